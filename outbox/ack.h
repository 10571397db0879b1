/* Result files: what is to be told of a file where its EHR sees it, and whether it was. The row is
 * made in the file's own transaction (intake.h), so that a crash between commit and writing leaves
 * it due; what the region answers later makes it due again, until it has answered every event.
 *
 *     intake (ack_dir, ack_forms)  ─▶ row, due ─▶ ack_due() ─▶ the watcher writes ─▶ ack_written()
 *     the region's answer, a replay ─────┘
 *
 * A file of the name that an older one had takes the name over: the older one's result file, unless
 * it is complete, gets the ledger's number behind its name. So an EHR that always exports under the
 * same name finds what became of the newest, and nothing that is still to be answered is dropped.
 */
#pragma once

#include "base/arena.h"
#include "outbox/intake.h"
#include "outbox/listing.h"

#define ACK_DUE_MAX 32 /* files at once */

enum ack_form { ACK_JSON = 1, ACK_HL7 = 2 }; /* bits */

/* How many of the file's events the region has answered how. */
struct ack_region {
	uint64_t applied, converged, late, conflict, duplicate, rejected;
	uint64_t waiting; /* not answered yet */
};

struct ack {
	struct listing_file file;
	const char *dir, *name; /* name "": a newer file has it, nothing is to be written */
	unsigned forms;		/* of enum ack_form */
	struct listing_bad *bad;
	size_t n_bad;
	struct ack_region region;
	usec_t answered; /* when the region's last answer was taken in; USEC_NONE: none for it */
	bool complete;	 /* every event is answered */
	bool wants_hl7;	 /* its messages have not been acknowledged under this name */
	bool has_hl7;	 /* for ack_written(): they are now */
	int64_t asked, counted; /* for ack_written() */
};

/* Inside the file's transaction. after, last: its events are among those numbered so (append.h). */
int ack_add(struct outbox *o, const struct intake_file *file, int64_t id, int64_t after,
	    int64_t last, usec_t now, struct err *err);
/* Likewise: something else is to be told of the file now; last as above.
 * Nothing if it has no row. */
int ack_again(struct outbox *o, int64_t id, int64_t last, struct err *err);

/* What is to be written, the oldest first, at most ACK_DUE_MAX; one consistent look. */
int ack_due(struct outbox *o, struct arena *a, struct ack **ret, size_t *ret_n, struct err *err);
/* They stand there now. Whatever changed since ack_due() stays due. */
int ack_written(struct outbox *o, const struct ack *acks, size_t n, usec_t now, struct err *err);
/* It cannot be written for now; problem is told by outbox_status(). */
int ack_failed(struct outbox *o, const struct ack *ack, const char *problem, struct err *err);
/* Is anything still to be told, or to be kept? */
enum ack_state { ACK_NONE, ACK_SETTLED, ACK_OPEN };
int ack_state(struct outbox *o, enum ack_state *ret, struct err *err);

/* ---- retention ---- */

struct ack_old {
	int64_t id;
	const char *dir, *name;
};
/* Written, or given up, before `before`. At most ACK_DUE_MAX. */
int ack_too_old(struct outbox *o, usec_t before, struct arena *a, struct ack_old **ret,
		size_t *ret_n, struct err *err);
int ack_forget(struct outbox *o, const struct ack_old *old, size_t n, struct err *err);
/* Does the file have a row? 1, 0, or < 0. */
int ack_is_known(struct outbox *o, int64_t id, struct err *err);

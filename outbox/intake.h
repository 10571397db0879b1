/* Taking one file in: a transaction that ends in commit, reject or abort, never half-way.
 *
 *     intake_begin(o, &file, now, &i)
 *       intake_verdict(i) == INTAKE_NEW?  adapter_run(…, intake_sink(i), intake_memory(i)) …
 *     intake_judge(i)       which of the next three it is to be
 *     intake_commit(i)      events, ledger row, quarantine, projection, memory: all
 *     intake_reject(i)      ledger row, quarantine, reason: no event, no memory
 *     intake_hold(i)        likewise, and what a census would do: a person decides
 *     intake_abort(i)       nothing
 *     intake_disposed(o, id, where)
 *
 * Errors stick: after the first, the sink refuses more and intake_commit returns it having changed
 * nothing. The write lock is held from begin to end. What the home's view adds to an event on its
 * way:
 *
 *   previous_status    as the source said; else the bed's status, unless the event is older than
 *                      the bed's last change: then it stays unknown, the bed keeps its status, and
 *                      the region will call it late
 *   changed_at         more than five minutes ahead of the clock: the event goes out (the region
 *                      refuses it), and the bed stays as it is
 *   a known event_id   is skipped
 *   census             an event that says of the bed nothing new (status, ward, care level) is
 *                      dropped
 */
#pragma once

#include "adapters/adapter.h"
#include "outbox/hold.h"
#include "outbox/outbox.h"

#define INTAKE_QUARANTINE_MAX 1000 /* rows kept per file; more are only counted */

struct intake_file {
	const char *dir;	/* where it was dropped */
	const char *name;	/* as it may be told: file_name.shown */
	struct digest name_key; /* file_name.key */
	struct digest digest;
	uint64_t size;
	usec_t mtime;
	const char *adapter;
	bool census;
	const char *ack_dir; /* where its result file is to stand (ack.h); NULL: none is wanted */
	unsigned ack_forms;
};

enum intake_verdict {
	INTAKE_NEW,	  /* read it */
	INTAKE_DUPLICATE, /* this content was committed before (census: with this mtime too); commit
			     notes it */
	INTAKE_REPEAT,	  /* this very file was committed, and the crash came before its disposal;
			     dispose of it */
	INTAKE_REPEAT_REJECTED, /* was rejected, or held, likewise */
};

struct intake_counts {
	uint64_t records, events, bad, warnings;
	uint64_t repeated;   /* events whose id was known */
	uint64_t unchanged;  /* census events that said nothing new */
	uint64_t late;	     /* events older than the bed's last change */
	uint64_t superseded; /* census events of which a newer census has told (hold.h) */
};

struct intake;
/* FULL: too little disk space for it. UNAVAILABLE: another process writes. */
int intake_begin(struct outbox *o, const struct intake_file *file, usec_t now, struct intake **ret,
		 struct err *err);
/* The file of the ledger's row `id` once more, whatever its state (replay.h): the verdict is NEW,
 * and intake_commit_again() leaves ledger and quarantine to the caller. */
int intake_begin_again(struct outbox *o, const struct intake_file *file, int64_t id, usec_t now,
		       struct intake **ret, struct err *err);
int intake_commit_again(struct intake *i, struct err *err);
/* What it has done is taken back, and what it would do is kept for a person; intake_commit_again()
 * ends it. */
int intake_hold_again(struct intake *i, struct err *err);
int64_t intake_id(const struct intake *i); /* the ledger row to be, if it is NEW */
enum intake_verdict intake_verdict(const struct intake *i);
const struct adapter_sink *intake_sink(struct intake *i);
const struct adapter_memory *intake_memory(struct intake *i);
/* One event by itself. What is set by hand goes through manual.h. */
int intake_event(struct intake *i, const struct event *e, struct err *err);
/* Has the outbox itself failed (rather than the file)?
 * Then *err says how, and the file must wait. */
bool intake_failed(const struct intake *i, struct err *err);
const struct intake_counts *
intake_counts(const struct intake *i); /* records is the caller's to set */
void intake_set_records(struct intake *i, uint64_t records);

/* What is to become of a file that was read to its end. The measure is the same for one that was
 * dropped and for one that is read again. */
enum intake_fate { INTAKE_TAKE, INTAKE_REJECT, INTAKE_HOLD };
struct intake_judged {
	enum intake_fate fate;
	const char *reason;		  /* a code; NULL: TAKE */
	char message[ADAPTER_JUDGED_MAX]; /* for people */
};
int intake_judge(struct intake *i, const struct adapter *a, const struct adapter_summary *s,
		 struct intake_judged *ret, struct err *err);

/* Each ends the transaction and frees i, whatever it returns. ret_id (may be NULL): the ledger row.
 * REPEAT: commit changes nothing and gives the row. */
int intake_commit(struct intake *i, int64_t *ret_id, struct err *err);
/* reason: a code ("too_many_bad", "not_readable"); message: for people,
 * without values of the file. */
int intake_reject(struct intake *i, const char *reason, const char *message, int64_t *ret_id,
		  struct err *err);
/* It is held for a person (hold.h). */
int intake_hold(struct intake *i, const char *reason, const char *message, int64_t *ret_id,
		struct err *err);
/* A census read again (replay.h) counts as its adapter's last one. */
void intake_is_whole(struct intake *i);
void intake_abort(struct intake *i);
DEFINE_CLEANUP(struct intake *, intake_abort)

/* The file has left its folder; where: the path it has now, "" if deleted. Written with the next
 * transaction or by intake_settle(): if a crash comes first, the next start finds the file gone,
 * and nothing is amiss. */
void intake_disposed(struct outbox *o, int64_t id, const char *where, usec_t now);
#define INTAKE_WHERE_GONE "?" /* as `where`: it has left its folder, and nobody knows to where */
/* At start: rows whose disposal was not written before a crash. where_is() says where the file is
 * now: NULL if it is still in its folder, else as for intake_disposed(). */
int intake_reconcile(struct outbox *o,
		     const char *(*where_is)(void *ctx, int64_t id, const struct intake_file *file),
		     void *ctx, usec_t now, struct err *err);
/* Writes what is pending; call when there is nothing else to do. */
int intake_settle(struct outbox *o, struct err *err);

/* A file that stays in its folder: no adapter matches, refused as no regular file, unreadable …
 * Listed by `bedpost files`. The same (dir, name, state) again changes nothing. */
int intake_waiting(struct outbox *o, const char *dir, const struct file_name *name,
		   const char *state, const char *message, usec_t now, struct err *err);
int intake_waiting_over(struct outbox *o, const char *dir, const struct file_name *name,
			struct err *err); /* it is gone or taken */
/* Many of them together: what is said between begin and commit is written
 * by commit or not at all. */
int intake_waiting_begin(struct outbox *o, struct err *err);
int intake_waiting_commit(struct outbox *o, struct err *err);
int intake_waiting_clear(struct outbox *o, struct err *err); /* at start */

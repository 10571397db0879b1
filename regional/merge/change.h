/* A change that a person makes at the region: a bed's status, or the settling of a conflict.
 *
 * It is an event like any other (adapter "api", audited, decided by decide()) but for three things:
 * its previous_status is what the region holds when its turn comes, so that it always fits; it
 * stands in a stream of the region's own, CHANGE_EPOCH; and the home does not know of it yet: the
 * home's next answers carry it, until a batch says by its rev that it was taken in.
 *
 *     change_job ─► merge_submit ─► the home's row is locked ─► version? conflict open? ─► event
 */
#pragma once

#include "bed/status.h"
#include "regional/merge/merge.h"

/* No outbox has the nil UUID. */
#define CHANGE_EPOCH	   "00000000-0000-0000-0000-000000000000"
#define CHANGE_ANY_VERSION (-1)

/* Why somebody settled a conflict as they did: a closed list. NULL-terminated. */
extern const char *const change_settle_reasons[];
const char *change_settle_reason(struct span s); /* of the list; NULL if it is not in it */

enum change_verdict {
	CHANGE_FAILED, /* PostgreSQL would not take it, or the clocks do not allow it */
	CHANGE_MADE,
	CHANGE_NO_BED,
	CHANGE_STALE,	/* the bed has another version */
	CHANGE_SETTLED, /* the conflict is not open any more */
};

struct change_bed {
	struct span ward;
	enum care_level care_level;
	enum bed_status status;
	int64_t version;
	bool unconfirmed;
	usec_t last_updated;
};

struct change {
	struct span facility_id, bed_id;
	int64_t version; /* the bed's as the person saw it, or CHANGE_ANY_VERSION */
	enum bed_status status;
	enum reason reason;	   /* RESOLVED where it settles */
	struct span changed_by;	   /* an identifier, or SPAN_NONE */
	struct span conflict_id;   /* the conflict that it settles; SPAN_NONE: none */
	const char *settle_reason; /* of the list, where it settles */
	/* the result, where the job's verdict is MERGE_TAKEN */
	enum change_verdict verdict;
	struct change_bed bed; /* as it stands now; not for NO_BED and FAILED */
};

/* Fills batch, received_at, arena and change of the job; the rest is the caller's. All lives until
 * done(). */
void change_job(struct change *c, struct arena *a, usec_t now, struct merge_job *job);

struct ledger;
struct play_batch;
/* Within a transaction (play.h): makes p's change. */
void change_play(struct ledger *l, struct play_batch *p);

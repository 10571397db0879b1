/* One batch and its answer: from the outbox to bytes, and from bytes to the outbox. No network, no
 * waiting.
 *
 *     look ──> encode ──> (the road) ──> take
 *
 * The outbox is touched by an answer only in take, in one transaction, and only when the whole
 * answer has been read and belongs to the batch. A crash before that sends the batch again; the
 * region knows it and says "duplicate".
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "outbox/outbox.h"
#include "syncd/answer.h"

struct exchange {
	const char *agent;	   /* "bedpost-syncd 0.1.0" */
	const char *transport;	   /* the road that the batch takes; "": none yet */
	struct outbox_batch batch; /* what was last looked at */
	uint64_t settled;	   /* events of it that an answer has settled since */
	struct buf body;	   /* it, encoded */
	struct arena arena;	   /* of the answer being taken */
};

void exchange_init(struct exchange *x, const char *agent);
void exchange_done(struct exchange *x);

/* What waits, at most `limit` events of it; batch.count is 0 when nothing does. */
int exchange_look(struct exchange *x, struct outbox *o, uint32_t limit, struct err *err);
uint64_t exchange_queued(
    const struct exchange *x); /* events not yet acknowledged, as of the last look or take */
/* The batch looked at, as bytes in body. */
int exchange_encode(struct exchange *x, const struct outbox *o, usec_t now, struct err *err);

enum exchange_verdict {
	EXCHANGE_TAKEN,	  /* in the outbox, committed */
	EXCHANGE_FOREIGN, /* the region is further than this outbox ever was: a new epoch is due */
	EXCHANGE_LOST,	 /* the region lacks what it had acknowledged: the outbox ships it again, if
			    it still holds it */
	EXCHANGE_FAILED, /* nonsense in the answer, or the outbox's own trouble; nothing was taken
			    in */
};

struct exchange_result {
	uint64_t through; /* TAKEN: how far the region has applied */
	uint64_t rejected, conflicts;
	usec_t clock; /* the region's, when the batch came; 0: not said */
	enum wire_sync in_sync;
	uint64_t snapshot; /* TAKEN: census events made because the region asked for a snapshot */
};

/* allow_snapshot: make census events now if the region asks and nothing is queued. err is filled
 * unless TAKEN. */
enum exchange_verdict exchange_take(struct exchange *x, struct outbox *o, struct span body,
				    usec_t now, bool allow_snapshot, struct exchange_result *ret,
				    struct err *err);

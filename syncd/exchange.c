/* LOST: going back is only a matter of the cursor while the events are still held. When they are
 * pruned a new epoch is begun: its first heartbeat carries a state digest that the region cannot
 * agree with, and it asks for a snapshot. */
#include "syncd/exchange.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/kill_point.h"

void exchange_init(struct exchange *x, const char *agent)
{
	*x = (struct exchange){.agent = agent, .transport = ""};
}

void exchange_done(struct exchange *x)
{
	outbox_batch_done(&x->batch);
	buf_done(&x->body);
	arena_done(&x->arena);
}

int exchange_look(struct exchange *x, struct outbox *o, uint32_t limit, struct err *err)
{
	const struct outbox_limits limits = {.events = limit};

	x->settled = 0;
	return outbox_peek(o, &limits, &x->batch, err);
}

uint64_t exchange_queued(const struct exchange *x)
{
	return x->batch.count + x->batch.queued - x->settled;
}

int exchange_encode(struct exchange *x, const struct outbox *o, usec_t now, struct err *err)
{
	const struct outbox_batch *b = &x->batch;
	struct wire_header header = {
	    .facility = span_str(outbox_facility(o)),
	    .epoch = span_str(b->epoch),
	    .first = b->first,
	    .last = b->last,
	    .count = b->count,
	    .clock = now,
	    .agent = span_str(x->agent),
	    .state = b->state,
	    .queued = b->queued,
	    .rev = b->rev,
	};

	buf_clear(&x->body);
	return wire_encode(&header, buf_span(&b->lines), &x->body, err);
}

static uint64_t settled(const struct outbox_batch *b, uint64_t through)
{
	if (b->count == 0 || through < b->first)
		return 0;
	return (through < b->last ? through : b->last) - b->first + 1;
}

/* Ship again from where the region is; a new epoch where that is not possible any more. */
static enum exchange_verdict go_back(struct outbox *o, uint64_t through, struct err *err)
{
	int r = outbox_rewind(o, through, err);

	if (r == -ERR_NOT_FOUND)
		return EXCHANGE_FOREIGN;
	if (r < 0)
		return EXCHANGE_FAILED;
	(void)err_set(err, ERR_CONFLICT,
		      "the region has lost events after seq %" PRIu64
		      " that it had acknowledged; they are shipped again",
		      through);
	return EXCHANGE_LOST;
}

static enum exchange_verdict apply(struct exchange *x, struct outbox *o,
				   const struct wire_answer *w, usec_t now, struct err *err)
{
	const struct outbox_sent sent = {x->batch.first, x->batch.last, x->transport};

	kill_point("before_ack_commit");
	int r = outbox_answer(o, w, &sent, now, err);
	if (r == -ERR_CONFLICT)
		return EXCHANGE_FOREIGN;
	if (r < 0)
		return EXCHANGE_FAILED;
	kill_point("after_ack_commit");
	return EXCHANGE_TAKEN;
}

enum exchange_verdict exchange_take(struct exchange *x, struct outbox *o, struct span body,
				    usec_t now, bool allow_snapshot, struct exchange_result *ret,
				    struct err *err)
{
	const struct outbox_batch *b = &x->batch;
	const struct answer_batch expected = {span_str(b->epoch), b->first, b->last};
	enum answer_verdict fits;
	struct wire_answer w;

	arena_reset(&x->arena);
	if (wire_answer_from_json(body, &x->arena, &w, err) < 0 ||
	    answer_check(&expected, &w, &fits, err) < 0)
		return EXCHANGE_FAILED;
	if (fits == ANSWER_LOST)
		return go_back(o, w.applied_through, err);
	enum exchange_verdict verdict = apply(x, o, &w, now, err);
	if (verdict != EXCHANGE_TAKEN)
		return verdict;
	x->settled = settled(b, w.applied_through);
	*ret = (struct exchange_result){
	    .through = w.applied_through,
	    .rejected = answer_count(&w, OUTCOME_REJECTED),
	    .conflicts = answer_count(&w, OUTCOME_CONFLICT),
	    .clock = w.clock,
	    .in_sync = w.in_sync,
	};
	if (w.snapshot_wanted && allow_snapshot && b->queued == 0 && w.applied_through >= b->last)
		return outbox_snapshot(o, now, &ret->snapshot, err) < 0 ? EXCHANGE_FAILED
									: EXCHANGE_TAKEN;
	return EXCHANGE_TAKEN;
}

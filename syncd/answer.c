/* An answer moves the cursor and makes dead letters: one that fits only half is not taken in at
 * all. */
#include "syncd/answer.h"

#include <inttypes.h>

static int check_outcomes(const struct answer_batch *batch, const struct wire_answer *w,
			  struct err *err)
{
	uint64_t before = 0;

	for (size_t i = 0; i < w->n_outcomes; i++) {
		uint64_t seq = w->outcomes[i].seq;
		if (seq < batch->first || seq > batch->last)
			return err_set(err, ERR_PROTOCOL,
				       "the answer speaks of seq %" PRIu64
				       ", the batch held %" PRIu64 " to %" PRIu64,
				       seq, batch->first, batch->last);
		if (seq <= before)
			return err_set(err, ERR_PROTOCOL,
				       "the answer's outcomes are out of order at seq %" PRIu64,
				       seq);
		if (seq > w->applied_through)
			return err_set(err, ERR_PROTOCOL,
				       "the answer settles seq %" PRIu64
				       " but has applied only through %" PRIu64,
				       seq, w->applied_through);
		before = seq;
	}
	return 0;
}

int answer_check(const struct answer_batch *batch, const struct wire_answer *w,
		 enum answer_verdict *ret, struct err *err)
{
	if (!span_eq(w->epoch, batch->epoch))
		return err_set(err, ERR_PROTOCOL, "the answer is for another epoch");
	int r = check_outcomes(batch, w, err);
	if (r < 0)
		return r;
	*ret = w->applied_through + 1 < batch->first ? ANSWER_LOST : ANSWER_GOOD;
	return 0;
}

size_t answer_count(const struct wire_answer *w, enum outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_outcomes; i++)
		n += w->outcomes[i].outcome == outcome;
	return n;
}

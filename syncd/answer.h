/* Does an answer belong to the batch it came for, and what does it say of the two ends? Pure. */
#pragma once

#include "bed/wire.h"
#include "base/err.h"

struct answer_batch {
	struct span epoch;
	uint64_t first, last; /* last is first - 1 for a heartbeat */
};

enum answer_verdict {
	ANSWER_GOOD,
	ANSWER_LOST, /* the region lacks events it acknowledged before: it was restored from a
			backup */
};

/* PROTOCOL, with the reason, for another epoch, outcomes out of order or outside the batch, or an
 * outcome for a seq that applied_through does not cover: nothing of it may then be taken in. */
int answer_check(const struct answer_batch *batch, const struct wire_answer *w,
		 enum answer_verdict *ret, struct err *err);
/* How many outcomes of this kind. */
size_t answer_count(const struct wire_answer *w, enum outcome outcome);

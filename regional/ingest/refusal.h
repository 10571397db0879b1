/* What a home is told when there is no answer: the same over every road. Texts name a reason and
 * never a value of the batch. */
#pragma once

#include "base/err.h"
#include "regional/merge/merge.h"

struct refusal {
	int status; /* of HTTP; over SFTP it stands in the problem */
	const char *code, *detail;
};

extern const struct refusal refusal_wrong_facility;
/* Of a batch that cannot be decoded; detail is err's. */
struct refusal refusal_of_bad_batch(const struct err *err);
/* For every verdict but TAKEN. */
struct refusal refusal_of_verdict(enum merge_verdict verdict);

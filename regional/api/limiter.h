/* How often an address may come with what opens nothing, at one process: a bucket of LIMITER_BURST
 * tries that fills by one every LIMITER_REFILL. Addresses share buckets by hash, so the memory is
 * fixed. Values only, `now` passed in; the caller locks. */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/span.h"

#define LIMITER_BURST	20
#define LIMITER_REFILL	(3 * USEC_PER_SEC)
#define LIMITER_BUCKETS 1024

struct limiter {
	struct limiter_bucket {
		int used;
		usec_t since; /* when `used` was last lowered */
	} buckets[LIMITER_BUCKETS];
};

bool limiter_is_over(struct limiter *l, struct span address, usec_t now);
void limiter_failed(struct limiter *l, struct span address, usec_t now);

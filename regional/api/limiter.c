#include "regional/api/limiter.h"

static struct limiter_bucket *bucket(struct limiter *l, struct span address, usec_t now)
{
	struct limiter_bucket *b = &l->buckets[span_hash(address) % LIMITER_BUCKETS];
	usec_t back = (now - b->since) / LIMITER_REFILL;

	if (back >= b->used) {
		b->used = 0;
		b->since = now;
	} else {
		b->used -= (int)back;
		b->since += back * LIMITER_REFILL;
	}
	return b;
}

bool limiter_is_over(struct limiter *l, struct span address, usec_t now)
{
	return bucket(l, address, now)->used >= LIMITER_BURST;
}

void limiter_failed(struct limiter *l, struct span address, usec_t now)
{
	bucket(l, address, now)->used++;
}

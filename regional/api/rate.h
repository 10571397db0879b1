/* How many requests a client may make: a bucket that holds a quarter of a minute's and fills all
 * the time. Clients share buckets by hash, so the memory is fixed; an IPv6 client is its /64, of
 * which anybody has all. Values only, `now` passed in; the caller locks. */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/span.h"

#define RATE_BUCKETS 8192
#define RATE_BURST   (USEC_PER_MIN / 4) /* what may be asked at once: so much time's worth */

struct rate {
	usec_t full[RATE_BUCKETS]; /* when all that was taken will have come back */
};

#define RATE_V6 16 /* bytes of an IPv6 address */

/* Whom a numeric address stands for: its text, or the /64. */
struct span rate_client(const char *address, char v6[RATE_V6]);

/* Of the machine itself: who asks from there without a proxy's word is no stranger. */
bool rate_is_here(const char *address);

/* 0: go on; else how long to wait. */
usec_t rate_take(struct rate *r, const char *address, int64_t per_minute, usec_t now);

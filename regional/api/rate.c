#include "regional/api/rate.h"

#include <arpa/inet.h>

#include "base/span.h"

static size_t place_of(const char *address)
{
	struct in6_addr v6;
	struct span key = span_str(address);

	if (inet_pton(AF_INET6, address, &v6) == 1)
		key = span_of((const char *)v6.s6_addr, 8);
	return span_hash(key) % RATE_BUCKETS;
}

usec_t rate_take(struct rate *r, const char *address, int64_t per_minute, usec_t now)
{
	usec_t *full = &r->full[place_of(address)];
	usec_t one = USEC_PER_MIN / per_minute, taken = *full > now ? *full - now : 0;

	if (taken > RATE_BURST)
		return taken - RATE_BURST;
	*full = now + taken + one;
	return 0;
}

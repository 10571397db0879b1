#include "regional/api/rate.h"

#include <arpa/inet.h>
#include <string.h>

struct span rate_client(const char *address, char v6[RATE_V6])
{
	return inet_pton(AF_INET6, address, v6) == 1 ? span_of(v6, RATE_V6 / 2) : span_str(address);
}

bool rate_is_here(const char *address)
{
	return span_starts(span_str(address), SPAN("127.")) || strcmp(address, "::1") == 0;
}

static size_t place_of(const char *address)
{
	char v6[RATE_V6];

	return span_hash(rate_client(address, v6)) % RATE_BUCKETS;
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

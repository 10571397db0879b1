#include "base/ulid.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

_hot_ struct ulid ulid_from_parts(usec_t at, const uint8_t tail[10])
{
	uint64_t ms = at < 0 ? 0 : (uint64_t)at / 1000;
	uint64_t first = htobe64(ms << 16 | (uint64_t)tail[0] << 8 | tail[1]);
	struct ulid u;

	memcpy(u.b, &first, sizeof(first));
	memcpy(u.b + sizeof(first), tail + 2, sizeof(u.b) - sizeof(first));
	return u;
}

struct ulid ulid_random(usec_t now)
{
	uint8_t tail[10];

	randombytes_buf(tail, sizeof(tail));
	return ulid_from_parts(now, tail);
}

/* 26 characters carry 130 bits: the first holds only the top three. */
char *ulid_format(struct ulid u, char out[ULID_CHARS + 1])
{
	unsigned __int128 v = 0;

	for (int i = 0; i < ULID_BYTES; i++)
		v = v << 8 | u.b[i];
	for (int i = ULID_CHARS - 1; i >= 0; i--) {
		out[i] = crockford[(int)(v & 31)];
		v >>= 5;
	}
	out[ULID_CHARS] = '\0';
	return out;
}

bool ulid_parse(struct span s, struct ulid *ret)
{
	unsigned __int128 v = 0;

	if (s.n != ULID_CHARS || s.p[0] < '0' || s.p[0] > '7')
		return false;
	for (size_t i = 0; i < ULID_CHARS; i++) {
		char c = s.p[i];
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		const char *at = c ? strchr(crockford, c) : NULL;
		if (!at)
			return false;
		v = v << 5 | (unsigned)(at - crockford);
	}
	for (int i = ULID_BYTES - 1; i >= 0; i--) {
		ret->b[i] = (uint8_t)v;
		v >>= 8;
	}
	return true;
}

bool ulid_eq(struct ulid a, struct ulid b)
{
	return memcmp(a.b, b.b, ULID_BYTES) == 0;
}

/* ULID: 128 bits, 48 of milliseconds since 1970 and 80 of randomness or hash, as 26 characters of
 * Crockford's base 32. Sorts by time as bytes and as text (github.com/ulid/spec). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/span.h"

#define ULID_BYTES 16
#define ULID_CHARS 26

struct ulid {
	uint8_t b[ULID_BYTES];
};

/* The same parts give the same id. at before 1970 counts as 0. */
struct ulid ulid_from_parts(usec_t at, const uint8_t tail[10]);
struct ulid ulid_random(usec_t now);
char *ulid_format(struct ulid u, char out[ULID_CHARS + 1]); /* upper case; returns out */
bool ulid_parse(struct span s, struct ulid *ret);	    /* either case; I L O U refused */
bool ulid_eq(struct ulid a, struct ulid b);

/* How fast PINs can be tried. Values only, `now` (monotonic) passed in; the caller locks.
 *
 * A PIN of six digits is one of a million, one of four digits one of ten thousand: what keeps them
 * from being guessed is that there are few tries. Failures are counted for the address (an IPv6
 * client is its /64), for the user, and for all together. Each count allows a few slips of the
 * finger, then asks for a wait that doubles with every further failure, and forgets one failure in
 * a period:
 *
 *               free   first wait   longest   forgets one in
 *     address      3          2 s       1 h      10 minutes
 *     user         5         30 s       2 h         2 hours
 *     total       15         10 s       1 h          1 hour
 *
 * So however many addresses somebody has: at all users together they get 15 tries, some ten more in
 * the hours that follow, and then 24 a day; at one user 5, some eight more, and then 12 a day. A
 * right PIN clears the address's count and nobody else's: who has a PIN of their own does not get
 * tries at others' by it. While a wait lasts even the right PIN is not looked at. Sessions that are
 * open go on.
 */
#pragma once

#include "base/clock.h"
#include "base/span.h"

#define GUARD_ADDRESSES 1024 /* by hash: they share counts where they fall together */
#define GUARD_USERS	256

struct guard_count {
	int failures;
	usec_t since; /* when `failures` was last lowered */
	usec_t until; /* nothing is tried before */
};

struct guard {
	struct guard_count total, addresses[GUARD_ADDRESSES], users[GUARD_USERS];
};

/* 0: a PIN may be tried; else how long to wait. */
usec_t guard_wait(const struct guard *g, const char *address, struct span user, usec_t now);
void guard_failed(struct guard *g, const char *address, struct span user, usec_t now);
void guard_succeeded(struct guard *g, const char *address);

/* How long to wait after a failed attempt: exponential with full jitter, Retry-After honoured.
 *
 * Pure: the random number is passed in. Full jitter (a wait drawn evenly from nothing up to a
 * ceiling that doubles) spreads two hundred homes that lost the same region over the whole
 * interval, so that its return is no storm.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/span.h"

#define BACKOFF_BASE	    (500 * USEC_PER_MSEC)
#define BACKOFF_CAP	    USEC_PER_MIN
#define BACKOFF_PERSON_BASE USEC_PER_MIN
#define BACKOFF_PERSON_CAP  (10 * USEC_PER_MIN)
#define RETRY_AFTER_MAX                                                                            \
	USEC_PER_HOUR /* a longer one is read as this: a slip must not silence a home for a day */

enum backoff_why {
	BACKOFF_TRANSIENT, /* network, 429, 5xx: heals by itself */
	BACKOFF_PERSON,	   /* certificate, 401, 403: somebody has to act; tried again slowly all the
			      same */
};

/* failures: in a row, 1 for the first. retry_after: 0 for none. random: 64 even bits.
 * TRANSIENT: even in [0, min(CAP, BASE * 2^(failures-1))]. PERSON: even in the upper half of its
 * ceiling. A retry_after is a floor, with up to a tenth of it (at least one second) added. */
usec_t backoff_delay(enum backoff_why why, unsigned failures, usec_t retry_after, uint64_t random);

/* The value of a Retry-After field (RFC 9110, 10.2.3): seconds, or any of the three HTTP dates,
 * seen from `now` (wall clock). A date in the past gives 0. False if it is neither. */
bool retry_after_parse(struct span value, usec_t now, usec_t *ret_delay);

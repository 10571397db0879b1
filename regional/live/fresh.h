/* Whether a home's numbers can be trusted now: one rule for who shows them and for who must say
 * that this has changed. */
#pragma once

#include "base/clock.h"

enum freshness { FRESH, STALE, OFFLINE, CLOSED }; /* CLOSED: nothing is expected of it */

struct freshness_rule {
	usec_t stale_after, offline_after;
};

/* Offline: never heard of, or not for offline_after. Stale: known through a time more than
 * stale_after ago. USEC_NONE: never. */
static inline enum freshness freshness_of(usec_t last_contact_at, usec_t as_of, usec_t now,
					  const struct freshness_rule *rule)
{
	if (last_contact_at == USEC_NONE || now - last_contact_at > rule->offline_after)
		return OFFLINE;
	return as_of == USEC_NONE || now - as_of > rule->stale_after ? STALE : FRESH;
}

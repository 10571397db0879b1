/* A time zone as a table of its changes (inside base/; others use clock.h). */
#pragma once

#include "base/clock.h"

/* The instant (seconds UTC) that a zone's wall clock meant by `wall` (local seconds since
 * 1970-01-01T00:00:00). */
int64_t zone_from_wall(const struct zone *z, int64_t wall, enum clock_doubt *ret_doubt);

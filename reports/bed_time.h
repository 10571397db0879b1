/* Bed-time: microseconds of beds, by how they were used. */
#pragma once

#include <stdint.h>

#include "reports/course.h"

struct bed_time {
	int64_t usec[USE_COUNT];
};

/* All but maintenance. */
static inline int64_t bed_time_in_service(const struct bed_time *t)
{
	return t->usec[USE_AVAILABLE] + t->usec[USE_OCCUPIED] + t->usec[USE_RESERVED] +
	       t->usec[USE_UNCONFIRMED];
}

/* A period of whole days of the calendar. The same days begin at other instants in another zone,
 * and a day has 23 or 25 hours where the clocks change. Pure. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "reports/text.h"

#define PERIOD_DAYS_MAX 3700 /* ten years */

struct period {
	int32_t first; /* days since 1970-01-01 */
	size_t n;      /* days */
};

/* What was asked for, as text; SPAN_NONE where it was not.
 *
 *     month          "2026-10"
 *     from, to       "2026-10-01": from that day on, up to the end of the day before `to`
 *
 * Without month and from: the last 30 days, or those before `to`; without `to`: through today. */
struct period_asked {
	struct span month, from, to;
};

bool period_is_day(struct span s);
bool period_is_month(struct span s);
int period_read(const struct period_asked *asked, const struct zone *zone, usec_t now,
		struct period *ret, struct err *err);
/* The day of the zone's calendar at that instant. */
int64_t period_day_at(const struct zone *zone, usec_t at);
/* The instant at which the zone's clocks come to that time of that day. */
usec_t period_instant(int64_t day, int64_t seconds, const struct zone *zone);
/* The n + 1 instants at which the days begin, and the last one ends. */
usec_t *period_bounds(const struct period *p, const struct zone *zone, struct arena *a);
/* The day of bounds that holds `at`, which lies within them. */
size_t period_day_of(const usec_t *bounds, size_t n, usec_t at);
/* "1 Oct 2026 – 31 Oct 2026" */
void period_add(const struct period *p, enum lang lang, struct buf *out);

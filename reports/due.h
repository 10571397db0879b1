/* When a scheduled report falls due, and of which days it then is. Pure.
 *
 *     range           falls due          is of                          its period is named
 *     yesterday       every day          the day before                 2026-10-31
 *     last_7_days     every day          the seven days before          2026-10-31 (the last of
 * them) last_30_days    every day          the thirty days before         2026-10-31 last_week on
 * Mondays         Monday to Sunday before        2026-W44 last_month      on a month's 1st   the
 * month before               2026-10 now             every day          that moment (an export)
 * 2026-11-01 (the day itself)
 *
 * at a time of day in a zone; where clocks skip it, at the moment they do; where it comes twice,
 * the first time. */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/span.h"

enum due_range {
	DUE_YESTERDAY,
	DUE_LAST_7_DAYS,
	DUE_LAST_30_DAYS,
	DUE_LAST_WEEK,
	DUE_LAST_MONTH,
	DUE_NOW,
	DUE_RANGES,
};

extern const char *const due_range_names[DUE_RANGES + 1]; /* NULL-terminated */

#define DUE_LABEL_MAX 40

struct due {
	usec_t at;
	int32_t first; /* days since 1970-01-01; nothing with DUE_NOW */
	size_t n;      /* days; 0 with DUE_NOW */
	char label[DUE_LABEL_MAX];
};

/* The last one at or before now, if back is 0; that many before it; with -1 the next one. seconds:
 * the time of day. */
struct due due_of(enum due_range range, int64_t seconds, const struct zone *zone, usec_t now,
		  int back);
/* s has the form of such a label. */
bool due_is_label(enum due_range range, struct span s);

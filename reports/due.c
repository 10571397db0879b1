/* Steps are taken on the calendar and only then turned into an instant: a day may have 23 hours,
 * and a month's beginning is no number of seconds. */
#include "reports/due.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "reports/period.h"

const char *const due_range_names[DUE_RANGES + 1] = {
    "yesterday", "last_7_days", "last_30_days", "last_week", "last_month", "now", NULL};

#define MONDAY 3 /* 1970-01-01 was a Thursday */

/* The last day up to `day` on which the range falls due. */
static int64_t due_day(enum due_range range, int64_t day)
{
	int y, m, d;

	switch (range) {
	case DUE_LAST_WEEK: return day - (day + MONDAY) % 7;
	case DUE_LAST_MONTH: civil_from_days(day, &y, &m, &d); return day - d + 1;
	case DUE_YESTERDAY:
	case DUE_LAST_7_DAYS:
	case DUE_LAST_30_DAYS:
	case DUE_NOW:
	case DUE_RANGES: break;
	}
	return day;
}

/* From one day on which it falls due to the one so many before it. */
static int64_t step_back(enum due_range range, int64_t day, int steps)
{
	int y, m, d;

	if (range == DUE_LAST_WEEK)
		return day - 7 * (int64_t)steps;
	if (range != DUE_LAST_MONTH)
		return day - steps;
	civil_from_days(day, &y, &m, &d);
	int64_t months = (int64_t)y * 12 + m - 1 - steps;
	return civil_to_days((int)floor_div(months, 12),
			     (int)(months - 12 * floor_div(months, 12)) + 1, 1);
}

static void set_days(struct due *due, enum due_range range, int64_t day)
{
	static const size_t lengths[DUE_RANGES] = {[DUE_YESTERDAY] = 1,
						   [DUE_LAST_7_DAYS] = 7,
						   [DUE_LAST_30_DAYS] = 30,
						   [DUE_LAST_WEEK] = 7};

	assert(range < DUE_RANGES);
	due->n =
	    range == DUE_LAST_MONTH ? (size_t)(day - step_back(range, day, 1)) : lengths[range];
	due->first = (int32_t)(day - (int64_t)due->n);
}

/* ISO 8601: a week is of the year in which its Thursday lies. */
static void name_week(struct due *due)
{
	int y, m, d;

	civil_from_days(due->first + 3, &y, &m, &d);
	int64_t of_year = due->first + 3 - civil_to_days(y, 1, 1);
	(void)snprintf(due->label, sizeof(due->label), "%04d-W%02d", y, (int)(of_year / 7) + 1);
}

static void name(struct due *due, enum due_range range, int64_t day)
{
	int y, m, d;

	if (range == DUE_LAST_WEEK) {
		name_week(due);
		return;
	}
	civil_from_days(range == DUE_NOW ? day : day - 1, &y, &m, &d);
	if (range == DUE_LAST_MONTH)
		(void)snprintf(due->label, sizeof(due->label), "%04d-%02d", y, m);
	else
		(void)snprintf(due->label, sizeof(due->label), "%04d-%02d-%02d", y, m, d);
}

struct due due_of(enum due_range range, int64_t seconds, const struct zone *zone, usec_t now,
		  int back)
{
	int64_t day = due_day(range, period_day_at(zone, now));
	struct due due = {0};

	if (period_instant(day, seconds, zone) > now)
		day = step_back(range, day, 1);
	day = step_back(range, day, back);
	due.at = period_instant(day, seconds, zone);
	set_days(&due, range, day);
	name(&due, range, day);
	return due;
}

bool due_is_label(enum due_range range, struct span s)
{
	const char *form = range == DUE_LAST_WEEK    ? "0000-W00"
			   : range == DUE_LAST_MONTH ? "0000-00"
						     : "0000-00-00";

	if (s.n != strlen(form))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (form[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form[i])
			return false;
	return true;
}

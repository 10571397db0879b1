/* When scheduled reports fall due, and how their periods are named. */
#include "reports/due.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void due(enum due_range range, const char *now, int back, const char *at, const char *label,
		size_t days)
{
	_cleanup_(zone_freep) struct zone *oslo = NULL;
	char text[CLOCK_RFC3339_MAX];
	usec_t then;

	assert_int_equal(zone_load("Europe/Oslo", &oslo, NULL), 0);
	assert_int_equal(clock_parse_rfc3339(span_str(now), &then, NULL), 0);
	struct due d = due_of(range, 6 * 3600 + 15 * 60, oslo, then, back);
	assert_string_equal(clock_format_rfc3339(d.at, text), at);
	assert_string_equal(d.label, label);
	assert_int_equal(d.n, days);
	assert_true(due_is_label(range, span_str(d.label)));
}

static void a_day_falls_due_at_its_time_of_day(void **state _unused_)
{
	due(DUE_YESTERDAY, "2026-11-22T05:14:59Z", 0, "2026-11-21T05:15:00Z", "2026-11-20", 1);
	due(DUE_YESTERDAY, "2026-11-22T05:15:00Z", 0, "2026-11-22T05:15:00Z", "2026-11-21", 1);
	due(DUE_YESTERDAY, "2026-11-22T05:15:00Z", -1, "2026-11-23T05:15:00Z", "2026-11-22", 1);
	due(DUE_LAST_7_DAYS, "2026-11-22T12:00:00Z", 1, "2026-11-21T05:15:00Z", "2026-11-20", 7);
	due(DUE_LAST_30_DAYS, "2026-11-22T12:00:00Z", 0, "2026-11-22T05:15:00Z", "2026-11-21", 30);
	due(DUE_NOW, "2026-11-22T12:00:00Z", 0, "2026-11-22T05:15:00Z", "2026-11-22", 0);
}

static void the_time_of_day_is_the_zones_on_that_day(void **state _unused_)
{
	due(DUE_YESTERDAY, "2026-10-25T12:00:00Z", 0, "2026-10-25T05:15:00Z", "2026-10-24", 1);
	due(DUE_YESTERDAY, "2026-10-25T12:00:00Z", 1, "2026-10-24T04:15:00Z", "2026-10-23", 1);
}

static void a_week_falls_due_on_monday_and_has_the_iso_number(void **state _unused_)
{
	due(DUE_LAST_WEEK, "2026-11-22T12:00:00Z", 0, "2026-11-16T05:15:00Z", "2026-W46", 7);
	due(DUE_LAST_WEEK, "2026-11-23T05:00:00Z", 0, "2026-11-16T05:15:00Z", "2026-W46", 7);
	due(DUE_LAST_WEEK, "2026-11-23T06:00:00Z", 0, "2026-11-23T05:15:00Z", "2026-W47", 7);
	/* the year of the Thursday */
	due(DUE_LAST_WEEK, "2027-01-04T06:00:00Z", 0, "2027-01-04T05:15:00Z", "2026-W53", 7);
	due(DUE_LAST_WEEK, "2027-01-04T06:00:00Z", -1, "2027-01-11T05:15:00Z", "2027-W01", 7);
	due(DUE_LAST_WEEK, "2025-01-06T06:00:00Z", 0, "2025-01-06T05:15:00Z", "2025-W01", 7);
}

static void a_month_falls_due_on_the_next_ones_first(void **state _unused_)
{
	due(DUE_LAST_MONTH, "2026-11-22T12:00:00Z", 0, "2026-11-01T05:15:00Z", "2026-10", 31);
	due(DUE_LAST_MONTH, "2026-11-22T12:00:00Z", 8, "2026-03-01T05:15:00Z", "2026-02", 28);
	due(DUE_LAST_MONTH, "2026-11-22T12:00:00Z", 10, "2026-01-01T05:15:00Z", "2025-12", 31);
	due(DUE_LAST_MONTH, "2026-12-31T12:00:00Z", -1, "2027-01-01T05:15:00Z", "2026-12", 31);
}

static void what_is_no_label_is_known(void **state _unused_)
{
	assert_false(due_is_label(DUE_LAST_MONTH, SPAN("2026-1")));
	assert_false(due_is_label(DUE_LAST_MONTH, SPAN("2026-10-01")));
	assert_false(due_is_label(DUE_LAST_WEEK, SPAN("2026-w10")));
	assert_false(due_is_label(DUE_YESTERDAY, SPAN("2026-10-1x")));
	assert_false(due_is_label(DUE_YESTERDAY, SPAN("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_day_falls_due_at_its_time_of_day),
	    cmocka_unit_test(the_time_of_day_is_the_zones_on_that_day),
	    cmocka_unit_test(a_week_falls_due_on_monday_and_has_the_iso_number),
	    cmocka_unit_test(a_month_falls_due_on_the_next_ones_first),
	    cmocka_unit_test(what_is_no_label_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Plans follow the log's growth, and do not outlive the month that they were made for. */
#include "regional/merge/replan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/err.h"

static usec_t at(const char *text)
{
	usec_t t = 0;

	assert_int_equal(clock_parse_rfc3339(span_str(text), &t, NULL), 0);
	return t;
}

/* How many plannings so many rows cost, each transaction of so many. */
static unsigned plannings(struct replan *r, usec_t now, size_t rows, size_t each)
{
	unsigned n = 0;

	for (size_t written = 0; written < rows; written += each) {
		n += replan_is_due(r, now);
		replan_wrote(r, each);
	}
	return n;
}

static void a_young_log_is_planned_for_each_time_it_doubles(void **state _unused_)
{
	struct replan r = {0};
	usec_t now = at("2026-11-22T12:00:00Z");

	assert_true(replan_is_due(&r, now));
	replan_wrote(&r, REPLAN_ROWS_MIN - 1);
	assert_false(replan_is_due(&r, now));
	replan_wrote(&r, 1);
	assert_true(replan_is_due(&r, now));
	replan_wrote(&r, REPLAN_ROWS_MIN);
	assert_false(replan_is_due(&r, now));
	replan_wrote(&r, REPLAN_ROWS_MIN);
	assert_true(replan_is_due(&r, now));
}

static void a_storm_of_a_million_rows_is_planned_for_some_thirty_times(void **state _unused_)
{
	struct replan r = {0};

	assert_in_range(plannings(&r, at("2026-11-22T12:00:00Z"), 1000000, 500), 25, 35);
}

static void a_month_that_nobody_has_written_to_begins_anew(void **state _unused_)
{
	struct replan r = {0};
	usec_t old = at("2026-11-30T23:59:59Z"), new = at("2026-12-01T00:00:00Z");

	(void)plannings(&r, old, 1000000, 500);
	(void)replan_is_due(&r, old);
	assert_false(replan_is_due(&r, old));
	assert_true(replan_is_due(&r, new));
	replan_wrote(&r, REPLAN_ROWS_MIN);
	assert_true(replan_is_due(&r, new));
	assert_false(replan_is_due(&r, old)); /* received before midnight, merged after it */
	assert_false(replan_is_due(&r, new));
	assert_true(replan_is_due(&r, at("2027-01-01T00:00:00Z")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_young_log_is_planned_for_each_time_it_doubles),
	    cmocka_unit_test(a_storm_of_a_million_rows_is_planned_for_some_thirty_times),
	    cmocka_unit_test(a_month_that_nobody_has_written_to_begins_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

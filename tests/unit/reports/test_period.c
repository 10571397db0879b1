/* Days of the calendar, and the instants at which they begin. */
#include "reports/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static usec_t at(const char *text)
{
	usec_t t;

	assert_int_equal(clock_parse_rfc3339(span_str(text), &t, NULL), 0);
	return t;
}

static struct zone *zone(const char *name)
{
	struct zone *z;

	assert_int_equal(zone_load(name, &z, NULL), 0);
	return z;
}

static int read_period(const char *month, const char *from, const char *to, struct period *ret)
{
	_cleanup_(zone_freep) struct zone *oslo = zone("Europe/Oslo");
	const struct period_asked asked = {span_str(month), span_str(from), span_str(to)};

	return period_read(&asked, oslo, at("2026-11-22T23:30:00Z"), ret, NULL);
}

static void says(const char *month, const char *from, const char *to, const char *expected)
{
	struct buf b = BUF_INIT;
	struct period p;

	assert_int_equal(read_period(month, from, to, &p), 0);
	period_add(&p, LANG_NB, &b);
	buf_addc(&b, '\0');
	assert_string_equal(b.p, expected);
	buf_done(&b);
}

static void a_period_is_read(void **state _unused_)
{
	says("2024-02", NULL, NULL, "01.02.2024 – 29.02.2024");
	says(NULL, "2026-10-01", "2026-10-02", "01.10.2026");
	says(NULL, "2026-10-01", "2026-11-01", "01.10.2026 – 31.10.2026");
	/* half past midnight of the 23rd in Oslo: today is the 23rd */
	says(NULL, NULL, NULL, "25.10.2026 – 23.11.2026");
	says(NULL, "2026-11-20", NULL, "20.11.2026 – 23.11.2026");
	says(NULL, NULL, "2026-03-01", "30.01.2026 – 28.02.2026");
}

static void a_period_that_is_none_is_refused(void **state _unused_)
{
	static const char *const wrong[][3] = {
	    {"2026-13", NULL, NULL},
	    {"2026-1", NULL, NULL},
	    {"2026-10-01", NULL, NULL},
	    {"2026-10", "2026-10-01", NULL},
	    {"2026-10", NULL, "2026-10-01"},
	    {NULL, "2026-02-29", NULL},
	    {NULL, "2026-10-02", "2026-10-02"},
	    {NULL, "2026-10-02", "2026-10-01"},
	    {NULL, "1999-01-01", NULL},
	    {NULL, "2026-1-01", NULL},
	    {NULL, "2026-+1-01", NULL},
	    {NULL, "", NULL},
	};
	struct period p;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_true(read_period(wrong[i][0], wrong[i][1], wrong[i][2], &p) < 0);
}

static void begins(const char *zone_called, int year_day, const char *expected, int hours)
{
	_cleanup_(zone_freep) struct zone *z = zone(zone_called);
	const struct period p = {year_day, 1};
	struct arena a = ARENA_INIT;
	const usec_t *bounds = period_bounds(&p, z, &a);

	assert_int_equal(bounds[0], at(expected));
	assert_int_equal(bounds[1] - bounds[0], hours * USEC_PER_HOUR);
	arena_done(&a);
}

#define DAY(text) ((int)(at(text "T00:00:00Z") / USEC_PER_DAY))

static void days_have_the_hours_that_the_clocks_give_them(void **state _unused_)
{
	begins("Europe/Oslo", DAY("2026-03-28"), "2026-03-27T23:00:00Z", 24);
	begins("Europe/Oslo", DAY("2026-03-29"), "2026-03-28T23:00:00Z", 23);
	begins("Europe/Oslo", DAY("2026-03-30"), "2026-03-29T22:00:00Z", 24);
	begins("Europe/Oslo", DAY("2026-10-25"), "2026-10-24T22:00:00Z", 25);
	begins("UTC", DAY("1969-12-31"), "1969-12-31T00:00:00Z", 24);
	begins("Pacific/Kiritimati", DAY("2026-01-01"), "2025-12-31T10:00:00Z", 24);
	/* the clocks skip midnight: the day begins at 01:00 */
	begins("America/Havana", DAY("2020-03-08"), "2020-03-08T05:00:00Z", 23);
	/* a day that the calendar left out is no time at all */
	begins("Pacific/Apia", DAY("2011-12-30"), "2011-12-30T10:00:00Z", 0);
}

static void a_moment_belongs_to_its_day(void **state _unused_)
{
	_cleanup_(zone_freep) struct zone *oslo = zone("Europe/Oslo");
	const struct period p = {DAY("2026-03-28"), 3};
	struct arena a = ARENA_INIT;
	const usec_t *bounds = period_bounds(&p, oslo, &a);

	for (size_t i = 0; i < p.n; i++) {
		assert_int_equal(period_day_of(bounds, p.n, bounds[i]), i);
		assert_int_equal(period_day_of(bounds, p.n, bounds[i + 1] - 1), i);
	}
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_period_is_read),
	    cmocka_unit_test(a_period_that_is_none_is_refused),
	    cmocka_unit_test(days_have_the_hours_that_the_clocks_give_them),
	    cmocka_unit_test(a_moment_belongs_to_its_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

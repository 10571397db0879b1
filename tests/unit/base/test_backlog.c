/* How far a backlog has got, as people are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/backlog.h"

#define LEAST 5000

static void a_few_that_wait_are_no_backlog(void **state)
{
	(void)state;
	struct backlog d = {0};

	assert_int_equal(backlog_step(&d, 0, 5000, LEAST, LEAST), BACKLOG_NOTHING);
	assert_false(d.active);
	assert_int_equal(backlog_left(&d), -1);
}

static void progress_is_told_every_few_seconds_with_rate_and_time_left(void **state)
{
	(void)state;
	struct backlog d = {0};
	usec_t now = 7 * USEC_PER_SEC;
	int told = 0;

	assert_int_equal(backlog_step(&d, now, 5000, 995000, LEAST), BACKLOG_BEGAN);
	assert_int_equal(d.of, 1000000);
	for (uint64_t left = 990000; left >= 795000; left -= 5000) {
		now += USEC_PER_SEC / 2;
		told += backlog_step(&d, now, 5000, left, LEAST) == BACKLOG_PROGRESS;
	}
	assert_int_equal(told, 4);
	assert_int_equal(d.done, 205000);
	assert_true(d.rate > 9990 && d.rate < 10010);
	assert_in_range(backlog_left(&d), 79, 81);
}

static void the_rate_follows_a_line_that_gets_slower(void **state)
{
	(void)state;
	struct backlog d = {0};
	usec_t now = 0;

	(void)backlog_step(&d, now, 0, 1000000, LEAST);
	for (int i = 0; i < 60; i++)
		(void)backlog_step(&d, now += USEC_PER_SEC, 10000, 900000, LEAST);
	for (int i = 0; i < 60; i++)
		(void)backlog_step(&d, now += USEC_PER_SEC, 100, 800000, LEAST);
	assert_true(d.rate > 90 && d.rate < 250);
}

static void what_is_dropped_meanwhile_counts_and_the_end_is_told_once(void **state)
{
	(void)state;
	struct backlog d = {0};

	(void)backlog_step(&d, 0, 0, 10000, LEAST);
	assert_int_equal(backlog_step(&d, 1, 5000, 7000, LEAST), BACKLOG_NOTHING);
	assert_int_equal(d.of, 12000);
	assert_int_equal(backlog_step(&d, 2, 7000, 0, LEAST), BACKLOG_OVER);
	assert_int_equal(d.done, 12000);
	assert_int_equal(backlog_step(&d, 3, 1, 0, LEAST), BACKLOG_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_few_that_wait_are_no_backlog),
	    cmocka_unit_test(progress_is_told_every_few_seconds_with_rate_and_time_left),
	    cmocka_unit_test(the_rate_follows_a_line_that_gets_slower),
	    cmocka_unit_test(what_is_dropped_meanwhile_counts_and_the_end_is_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

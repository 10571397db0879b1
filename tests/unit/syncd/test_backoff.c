/* Waiting: bounds of the draw, growth, ceilings, Retry-After. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "syncd/backoff.h"

static const usec_t second = USEC_PER_SEC;

static void a_transient_wait_is_drawn_from_nothing_up_to_a_doubling_ceiling(void **state)
{
	(void)state;
	usec_t top = BACKOFF_BASE;

	for (unsigned failures = 1; failures <= 40; failures++) {
		assert_int_equal(backoff_delay(BACKOFF_TRANSIENT, failures, 0, 0), 0);
		assert_int_equal(backoff_delay(BACKOFF_TRANSIENT, failures, 0, UINT64_MAX), top);
		top = top * 2 < BACKOFF_CAP ? top * 2 : BACKOFF_CAP;
	}
	assert_int_equal(top, BACKOFF_CAP);
	assert_int_equal(backoff_delay(BACKOFF_TRANSIENT, UINT32_MAX, 0, UINT64_MAX), BACKOFF_CAP);
}

static void the_draw_is_even_over_the_whole_interval(void **state)
{
	(void)state;
	unsigned in_tenth[10] = {0};

	for (uint64_t i = 0; i < 10000; i++) {
		usec_t d = backoff_delay(BACKOFF_TRANSIENT, 30, 0, i * (UINT64_MAX / 10000));
		in_tenth[d * 10 / (BACKOFF_CAP + 1)]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(in_tenth[i], 990, 1010);
}

static void a_wait_for_a_person_is_long_from_the_start_and_never_nothing(void **state)
{
	(void)state;
	assert_int_equal(backoff_delay(BACKOFF_PERSON, 1, 0, 0), BACKOFF_PERSON_BASE / 2);
	assert_int_equal(backoff_delay(BACKOFF_PERSON, 1, 0, UINT64_MAX), BACKOFF_PERSON_BASE);
	assert_int_equal(backoff_delay(BACKOFF_PERSON, 99, 0, 0), BACKOFF_PERSON_CAP / 2);
	assert_int_equal(backoff_delay(BACKOFF_PERSON, 99, 0, UINT64_MAX), BACKOFF_PERSON_CAP);
}

static void retry_after_is_a_floor_with_some_spread_above_it(void **state)
{
	(void)state;
	assert_int_equal(backoff_delay(BACKOFF_TRANSIENT, 1, 5 * second, 0), 5 * second);
	assert_int_equal(backoff_delay(BACKOFF_TRANSIENT, 1, 5 * second, UINT64_MAX), 6 * second);
	assert_int_equal(backoff_delay(BACKOFF_TRANSIENT, 1, 100 * second, UINT64_MAX),
			 110 * second);
	/* our own wait may be longer than what was asked for */
	assert_int_equal(backoff_delay(BACKOFF_TRANSIENT, 30, second, UINT64_MAX), BACKOFF_CAP);
	assert_int_equal(backoff_delay(BACKOFF_TRANSIENT, 1, 90 * USEC_PER_DAY, 0),
			 RETRY_AFTER_MAX);
}

static void retry_after_in_seconds_is_read(void **state)
{
	(void)state;
	usec_t d;

	assert_true(retry_after_parse(SPAN(" 120 \r\n"), 0, &d));
	assert_int_equal(d, 120 * second);
	assert_true(retry_after_parse(SPAN("0"), 0, &d));
	assert_int_equal(d, 0);
	assert_true(retry_after_parse(SPAN("99999999999"), 0, &d));
	assert_int_equal(d, RETRY_AFTER_MAX);
}

static void retry_after_as_any_http_date_is_seen_from_now(void **state)
{
	(void)state;
	const usec_t now = (usec_t)784111717 * second; /* Sun, 06 Nov 1994 08:48:37 GMT */
	static const struct span dates[] = {
	    {"Sun, 06 Nov 1994 08:49:37 GMT", 29},
	    {"Sunday, 06-Nov-94 08:49:37 GMT", 30},
	    {"Sun Nov  6 08:49:37 1994", 24},
	};
	usec_t d;

	for (size_t i = 0; i < 3; i++) {
		assert_true(retry_after_parse(dates[i], now, &d));
		assert_int_equal(d, 60 * second);
		assert_true(retry_after_parse(dates[i], now + USEC_PER_HOUR, &d));
		assert_int_equal(d, 0);
	}
}

static void nonsense_in_retry_after_is_no_delay_at_all(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "",
	    " ",
	    "-5",
	    "1.5",
	    "soon",
	    "Sun, 06 Nov 1994",
	    "06 Nov 1994 08:49:37 GMT",
	    "Sun, 06 Nov 1994 08:49:37 GMT and then some more characters than fit"};
	usec_t d = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(retry_after_parse(span_str(bad[i]), 0, &d));
	assert_int_equal(d, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_transient_wait_is_drawn_from_nothing_up_to_a_doubling_ceiling),
	    cmocka_unit_test(the_draw_is_even_over_the_whole_interval),
	    cmocka_unit_test(a_wait_for_a_person_is_long_from_the_start_and_never_nothing),
	    cmocka_unit_test(retry_after_is_a_floor_with_some_spread_above_it),
	    cmocka_unit_test(retry_after_in_seconds_is_read),
	    cmocka_unit_test(retry_after_as_any_http_date_is_seen_from_now),
	    cmocka_unit_test(nonsense_in_retry_after_is_no_delay_at_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

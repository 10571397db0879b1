#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/civil.h"
#include "base/clock.h"

static void assert_reads(const char *text, usec_t expected)
{
	struct err err;
	usec_t at;

	if (clock_parse_rfc3339(span_str(text), &at, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	if (at != expected)
		fail_msg("%s: read as %lld, not %lld", text, (long long)at, (long long)expected);
}

static void rfc3339_examples_name_their_instants(void **state)
{
	(void)state; /* RFC 3339 section 5.8 */
	assert_reads("1985-04-12T23:20:50.52Z", 482196050520000);
	assert_reads("1996-12-19T16:39:57-08:00", 851042397000000);
	assert_reads("1990-12-31T23:59:60Z", 662688000000000);
	assert_reads("1990-12-31T15:59:60-08:00", 662688000000000);
	assert_reads("1937-01-01T12:00:27.87+00:20", -1041337172130000);
	assert_reads("1970-01-01T00:00:00Z", 0);
	assert_reads("1969-12-31T23:59:59.999999Z", -1);
	assert_reads("2024-02-29T00:00:00+23:59", 1709078460000000);
}

static void small_letters_and_a_space_are_read_and_minus_zero_is_utc(void **state)
{
	(void)state;
	assert_reads("1970-01-01t00:00:01z", USEC_PER_SEC);
	assert_reads("1970-01-01 00:00:01Z", USEC_PER_SEC);
	assert_reads("1970-01-01T00:00:01-00:00", USEC_PER_SEC);
}

static void digits_beyond_microseconds_are_dropped(void **state)
{
	(void)state;
	assert_reads("1970-01-01T00:00:00.1Z", 100000);
	assert_reads("1970-01-01T00:00:00.1234569Z", 123456);
	assert_reads("1970-01-01T00:00:00.00000099999999999999Z", 0);
}

static void the_first_and_last_year_are_read(void **state)
{
	(void)state;
	assert_reads("0001-01-01T00:00:00Z", CIVIL_SEC_MIN * USEC_PER_SEC);
	assert_reads("9999-12-31T23:59:59.999999Z", CIVIL_SEC_MAX * USEC_PER_SEC + 999999);
}

static void what_rfc3339_does_not_allow_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "2026-04-20",
	    "2026-04-20T09:14:22", /* no offset */
	    "2026-04-20T09:14Z",
	    "2026-4-20T09:14:22Z",
	    "26-04-20T09:14:22Z",
	    "2026-04-20T09:14:22.Z",
	    "2026-04-20T09:14:22,5Z",
	    "2026-04-20T09:14:22+0200",
	    "2026-04-20T09:14:22+02",
	    "2026-04-20T09:14:22+24:00",
	    "2026-04-20T09:14:22+02:60",
	    "2026-04-20T09:14:22Z ",
	    " 2026-04-20T09:14:22Z",
	    "2026-04-20T09:14:22Zx",
	    "2026-00-20T09:14:22Z",
	    "2026-13-20T09:14:22Z",
	    "2026-04-00T09:14:22Z",
	    "2026-04-31T09:14:22Z",
	    "2026-02-29T09:14:22Z",
	    "1900-02-29T09:14:22Z",
	    "2026-04-20T24:00:00Z",
	    "2026-04-20T09:60:22Z",
	    "2026-04-20T09:14:61Z",
	    "0000-04-20T09:14:22Z",
	    "0001-01-01T00:00:00+00:01", /* before year 1 in UTC */
	    "9999-12-31T23:59:59-00:01", /* after year 9999 in UTC */
	    "-2026-04-20T09:14:22Z",
	    "2026-04-20T09:14:2\xD9\xA0Z", /* an Arabic digit */
	};
	usec_t at = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (clock_parse_rfc3339(span_str(bad[i]), &at, NULL) != -ERR_INVALID)
			fail_msg("\"%s\" was read", bad[i]);
	assert_int_equal(clock_parse_rfc3339(SPAN_NONE, &at, NULL), -ERR_INVALID);
	assert_int_equal(at, 42);
}

static void an_error_says_what_was_expected_where_and_never_the_value(void **state)
{
	struct err err;
	usec_t at;

	(void)state;
	clock_parse_rfc3339(SPAN("2026-04-20Thomas"), &at, &err);
	assert_string_equal(err.message, "time: expected two digits of an hour at position 12");
	clock_parse_rfc3339(SPAN("2026-04-20T09:14:22"), &at, &err);
	assert_string_equal(
	    err.message, "time: expected an offset from UTC where the value ends, at position 20");
	clock_parse_rfc3339(SPAN("2026-02-30T09:14:22Z"), &at, &err);
	assert_string_equal(err.message, "time: the day is out of range");
}

static void text_shows_a_fraction_only_where_there_is_one(void **state)
{
	char text[CLOCK_RFC3339_MAX];

	(void)state;
	assert_string_equal(clock_format_rfc3339(1776676462000000, text), "2026-04-20T09:14:22Z");
	assert_string_equal(clock_format_rfc3339(1776676462120000, text),
			    "2026-04-20T09:14:22.120Z");
	assert_string_equal(clock_format_rfc3339(1776676462000001, text),
			    "2026-04-20T09:14:22.000001Z");
	assert_string_equal(clock_format_rfc3339(-1, text), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(clock_format_rfc3339(-USEC_PER_SEC, text), "1969-12-31T23:59:59Z");
}

static void an_instant_beyond_what_text_can_say_shows_the_nearest(void **state)
{
	char text[CLOCK_RFC3339_MAX];

	(void)state;
	assert_string_equal(clock_format_rfc3339(USEC_NONE, text), "0001-01-01T00:00:00Z");
	assert_string_equal(clock_format_rfc3339(INT64_MAX, text), "9999-12-31T23:59:59Z");
}

static void any_instant_goes_round_through_text(void **state)
{
	char text[CLOCK_RFC3339_MAX];
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		int64_t sec = CIVIL_SEC_MIN +
			      (int64_t)((seed >> 16) % (uint64_t)(CIVIL_SEC_MAX - CIVIL_SEC_MIN));
		assert_reads(
		    clock_format_rfc3339(sec * USEC_PER_SEC + (int64_t)(seed % 1000000), text),
		    sec * USEC_PER_SEC + (int64_t)(seed % 1000000));
	}
}

static void every_day_of_the_calendar_follows_the_day_before(void **state)
{
	int64_t expected = civil_to_days(1, 1, 1);

	(void)state;
	assert_int_equal(civil_to_days(1970, 1, 1), 0);
	assert_int_equal(expected, CIVIL_SEC_MIN / SEC_PER_DAY);
	for (int year = 1; year <= 9999; year++) {
		for (int month = 1; month <= 12; month++) {
			for (int day = 1; day <= civil_month_days(year, month); day++, expected++) {
				int y, m, d;
				civil_from_days(expected, &y, &m, &d);
				if (civil_to_days(year, month, day) != expected || y != year ||
				    m != month || d != day)
					fail_msg("%04d-%02d-%02d", year, month, day);
			}
		}
	}
}

static void durations_need_a_unit(void **state)
{
	static const struct {
		const char *text;
		usec_t usec;
	} good[] = {
	    {"250ms", 250000},
	    {"2s", 2 * USEC_PER_SEC},
	    {"10m", 10 * USEC_PER_MIN},
	    {"1h", USEC_PER_HOUR},
	    {"7d", 7 * USEC_PER_DAY},
	    {"0s", 0},
	    {"106751991d", 106751991 * USEC_PER_DAY},
	};
	static const char *const bad[] = {"",
					  "5",
					  "s",
					  "-1s",
					  "1.5s",
					  "1 s",
					  "1w",
					  "1S",
					  "1ss",
					  "106751992d",
					  "99999999999999999999s"};
	usec_t usec = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(clock_parse_duration(span_str(bad[i]), &usec));
	assert_int_equal(usec, 42);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(clock_parse_duration(span_str(good[i].text), &usec));
		assert_int_equal(usec, good[i].usec);
	}
}

static void now_is_this_century_and_the_monotonic_clock_never_steps_back(void **state)
{
	usec_t before = clock_monotonic();

	(void)state;
	assert_in_range(clock_now(), 1700000000 * USEC_PER_SEC, 4102444800 * USEC_PER_SEC);
	for (int i = 0; i < 1000; i++) {
		usec_t now = clock_monotonic();
		assert_true(now >= before);
		before = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rfc3339_examples_name_their_instants),
	    cmocka_unit_test(small_letters_and_a_space_are_read_and_minus_zero_is_utc),
	    cmocka_unit_test(digits_beyond_microseconds_are_dropped),
	    cmocka_unit_test(the_first_and_last_year_are_read),
	    cmocka_unit_test(what_rfc3339_does_not_allow_is_refused),
	    cmocka_unit_test(an_error_says_what_was_expected_where_and_never_the_value),
	    cmocka_unit_test(text_shows_a_fraction_only_where_there_is_one),
	    cmocka_unit_test(an_instant_beyond_what_text_can_say_shows_the_nearest),
	    cmocka_unit_test(any_instant_goes_round_through_text),
	    cmocka_unit_test(every_day_of_the_calendar_follows_the_day_before),
	    cmocka_unit_test(durations_need_a_unit),
	    cmocka_unit_test(now_is_this_century_and_the_monotonic_clock_never_steps_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static struct zone *oslo;

/* One value read by one format in Europe/Oslo. */
struct claim {
	const char *format, *value, *instant;
};

static int read_by(const char *format, const char *value, const struct zone *zone,
		   struct clock_reading *ret, struct err *err)
{
	_cleanup_(clock_format_freep) struct clock_format *f = NULL;

	if (clock_format_compile(format, &f, err) < 0)
		fail_msg("%s: %s", format, err->message);
	return clock_read(f, span_str(value), zone, ret, err);
}

static struct clock_reading reading(const char *format, const char *value)
{
	struct clock_reading r;
	struct err err;

	if (read_by(format, value, oslo, &r, &err) < 0)
		fail_msg("%s by %s: %s", value, format, err.message);
	return r;
}

static void assert_claims(const struct claim *claims, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char text[CLOCK_RFC3339_MAX];
		struct clock_reading r = reading(claims[i].format, claims[i].value);
		if (strcmp(clock_format_rfc3339(r.at, text), claims[i].instant) != 0)
			fail_msg("\"%s\" by %s is %s, not %s", claims[i].value, claims[i].format,
				 text, claims[i].instant);
	}
}

static void assert_refused(const char *format, const char *value)
{
	struct clock_reading r = {.at = 42};
	struct err err;

	if (read_by(format, value, oslo, &r, &err) != -ERR_INVALID)
		fail_msg("\"%s\" was read by %s", value, format);
	assert_int_equal(r.at, 42);
	assert_int_equal(strncmp(err.message, "time: ", 6), 0);
}

static void hl7_is_read_in_every_precision_from_a_day(void **state)
{
	static const struct claim claims[] = {
	    {"hl7", "20260420", "2026-04-19T22:00:00Z"},
	    {"hl7", "2026042011", "2026-04-20T09:00:00Z"},
	    {"hl7", "202604201114", "2026-04-20T09:14:00Z"},
	    {"hl7", "20260420111422", "2026-04-20T09:14:22Z"},
	    {"hl7", "20260420111422.1", "2026-04-20T09:14:22.100Z"},
	    {"hl7", "20260420111422.12", "2026-04-20T09:14:22.120Z"},
	    {"hl7", "20260420111422.123", "2026-04-20T09:14:22.123Z"},
	    {"hl7", "20260420111422.1234", "2026-04-20T09:14:22.123400Z"},
	    {"hl7", "20260420111422.123456789", "2026-04-20T09:14:22.123456Z"},
	};

	(void)state;
	assert_claims(claims, ARRAY_LEN(claims));
	assert_true(reading("hl7", "20260420").date_only);
	assert_false(reading("hl7", "2026042011").date_only);
	assert_false(reading("hl7", "20260420111422").had_offset);
}

static void hl7_with_an_offset_needs_no_zone(void **state)
{
	static const struct claim claims[] = {
	    {"hl7", "20260420111422+0000", "2026-04-20T11:14:22Z"},
	    {"hl7", "20260420111422.5-0330", "2026-04-20T14:44:22.500Z"},
	    {"hl7", "202604201114+0545", "2026-04-20T05:29:00Z"},
	    {"hl7", "20260420+1400", "2026-04-19T10:00:00Z"},
	};
	struct clock_reading r;
	struct err err;

	(void)state;
	assert_claims(claims, ARRAY_LEN(claims));
	assert_int_equal(read_by("hl7", "20260420111422+0000", NULL, &r, &err), 0);
	assert_true(r.had_offset);
	assert_int_equal(read_by("hl7", "20260420111422", NULL, &r, &err), -ERR_INVALID);
	assert_string_equal(err.message, "time: the value has no offset and no zone is given");
}

static void hl7_that_says_no_day_or_more_than_its_form_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "2026",
	    "202604",
	    "2026042",
	    "202604201",
	    "20260420111",
	    "2026042011142",
	    "20260420111422.",
	    "20260420111422+",
	    "20260420111422+02",
	    "20260420111422+020",
	    "20260420111422+02:00",
	    "20260420111422Z",
	    "20260420 1114",
	    "20260420111422.1+2400",
	    "20260420111422.12345678901",
	    "20260431",
	    "20261301",
	    "2026042024",
	    "202604201160",
	    "2026-04-20",
	    "\"\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_refused("hl7", bad[i]);
}

static void doubt_about_the_local_time_is_told(void **state)
{
	(void)state;
	assert_int_equal(reading("hl7", "202603290230").doubt, CLOCK_NONEXISTENT);
	assert_int_equal(reading("%d.%m.%Y %H:%M", "25.10.2026 02:30").doubt, CLOCK_AMBIGUOUS);
	assert_int_equal(reading("hl7", "202610250130").doubt, CLOCK_SURE);
	assert_int_equal(reading("hl7", "202610250230+0100").doubt, CLOCK_SURE);
}

static void iso8601_is_read_basic_and_extended(void **state)
{
	static const struct claim claims[] = {
	    {"iso8601", "2026-04-20", "2026-04-19T22:00:00Z"},
	    {"iso8601", "20260420", "2026-04-19T22:00:00Z"},
	    {"iso8601", "2026-04-20T11", "2026-04-20T09:00:00Z"},
	    {"iso8601", "2026-04-20T11:14", "2026-04-20T09:14:00Z"},
	    {"iso8601", "2026-04-20 11:14:22", "2026-04-20T09:14:22Z"},
	    {"iso8601", "20260420T111422", "2026-04-20T09:14:22Z"},
	    {"iso8601", "20260420T1114", "2026-04-20T09:14:00Z"},
	    {"iso8601", "2026-04-20T11:14:22,5", "2026-04-20T09:14:22.500Z"},
	    {"iso8601", "2026-04-20T11:14:22.5Z", "2026-04-20T11:14:22.500Z"},
	    {"iso8601", "2026-04-20T11:14+01", "2026-04-20T10:14:00Z"},
	    {"iso8601", "2026-04-20T11:14:22+0100", "2026-04-20T10:14:22Z"},
	    {"iso8601", "20260420T111422-03:30", "2026-04-20T14:44:22Z"},
	};
	static const char *const bad[] = {
	    "2026-0420",      "202604-20",	 "2026-04-20T",	      "2026-04-20Z",
	    "2026-04-20T11:", "2026-04-20T11:1", "2026-04-20T11:14:", "2026-04-20T11:14:22.",
	    "2026-W17-1",
	};

	(void)state;
	assert_claims(claims, ARRAY_LEN(claims));
	assert_true(reading("iso8601", "2026-04-20").date_only);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_refused("iso8601", bad[i]);
}

/* The usual form is read by a way of its own: it must say what rfc3339 says, which has none. */
static void assert_same_as_rfc3339(const struct clock_format *iso, const struct clock_format *rfc,
				   struct span text)
{
	struct clock_reading a = {0}, b = {0};
	struct err err;
	int code = clock_read(iso, text, oslo, &a, &err);

	if (code != clock_read(rfc, text, oslo, &b, NULL) || a.at != b.at || a.doubt != b.doubt ||
	    a.had_offset != b.had_offset || a.date_only != b.date_only)
		fail_msg("\"%.*s\": %d", (int)text.n, text.p, code);
}

static void the_usual_time_is_read_alike_with_any_byte_at_any_place(void **state)
{
	_cleanup_(clock_format_freep) struct clock_format *iso = NULL, *rfc = NULL;
	char text[] = "2024-02-29T09:14:22Z";
	struct err err;

	(void)state;
	assert_int_equal(clock_format_compile("iso8601", &iso, &err), 0);
	assert_int_equal(clock_format_compile("rfc3339", &rfc, &err), 0);
	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		const char was = text[at];
		for (int c = 0; c < 256; c++) {
			text[at] = (char)c;
			assert_same_as_rfc3339(iso, rfc, span_of(text, sizeof(text) - 1));
		}
		text[at] = was;
	}
	for (int value = 0; value < 100; value++) {
		static const size_t places[] = {0, 2, 5, 8, 11, 14, 17};
		for (size_t i = 0; i < ARRAY_LEN(places); i++) {
			char other[sizeof(text)];
			memcpy(other, text, sizeof(text));
			other[places[i]] = (char)('0' + value / 10);
			other[places[i] + 1] = (char)('0' + value % 10);
			assert_same_as_rfc3339(iso, rfc, span_of(other, sizeof(text) - 1));
		}
	}
}

static void the_usual_local_time_is_read_alike_with_a_fraction(void **state)
{
	static const char *const times[] = {"2026-03-29T01:59:59", "2026-03-29T02:00:00",
					    "2026-03-29T02:30:00", "2026-03-29T03:00:00",
					    "2026-10-25T01:59:59", "2026-10-25T02:00:00",
					    "2026-10-25T02:59:59", "2026-10-25T03:00:00",
					    "1999-12-31T23:59:60", "0001-01-01T12:00:00"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		char longer[32];
		(void)snprintf(longer, sizeof(longer), "%s.0", times[i]);
		struct clock_reading a = reading("iso8601", times[i]),
				     b = reading("iso8601", longer);
		assert_int_equal(a.at, b.at);
		assert_int_equal(a.doubt, b.doubt);
		assert_false(a.had_offset || b.had_offset || a.date_only || b.date_only);
	}
}

static void unix_times_are_whole_numbers_of_either_sign(void **state)
{
	static const struct claim claims[] = {
	    {"unix", "0", "1970-01-01T00:00:00Z"},
	    {"unix", "1776676462", "2026-04-20T09:14:22Z"},
	    {"unix", "-1", "1969-12-31T23:59:59Z"},
	    {"unix_ms", "1776676462123", "2026-04-20T09:14:22.123Z"},
	    {"unix_ms", "-1", "1969-12-31T23:59:59.999Z"},
	    {"%s", "1776676462", "2026-04-20T09:14:22Z"},
	    {"%s.%f", "1776676462.25", "2026-04-20T09:14:22.250Z"},
	};
	static const char *const bad[] = {
	    "", "-", "1.5", "1e9", " 1", "9223372036854775807", "99999999999999999999",
	};

	(void)state;
	assert_claims(claims, ARRAY_LEN(claims));
	assert_true(reading("unix", "0").had_offset);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_refused("unix", bad[i]);
		assert_refused("unix_ms", bad[i]);
	}
}

static void the_legacy_formats_of_the_north_are_read(void **state)
{
	static const struct claim claims[] = {
	    {"%d.%m.%Y %H:%M", "20.04.2026 11:14", "2026-04-20T09:14:00Z"},
	    {"%d.%m.%Y %H:%M", "1.4.2026 9:05", "2026-04-01T07:05:00Z"},
	    {"%d.%m.%Y %H:%M", "20.04.2026   11:14", "2026-04-20T09:14:00Z"},
	    {"%d.%m.%Y %H:%M", "20.04.202611:14", "2026-04-20T09:14:00Z"},
	    {"%d/%m-%y %H.%M.%S", "20/04-26 11.14.22", "2026-04-20T09:14:22Z"},
	    {"%m/%d/%Y %I:%M %p", "04/20/2026 11:14 PM", "2026-04-20T21:14:00Z"},
	    {"%m/%d/%Y %I:%M%p", "4/20/2026 12:00am", "2026-04-19T22:00:00Z"},
	    {"%m/%d/%Y %I:%M%p", "4/20/2026 12:00pm", "2026-04-20T10:00:00Z"},
	    {"%m/%d/%Y %I:%M %p", "4/20/2026 12:30 a.m.", "2026-04-19T22:30:00Z"},
	    {"%m/%d/%Y %I:%M %p", "4/20/2026 1:30 P.M.", "2026-04-20T11:30:00Z"},
	    {"%Y%m%d%H%M", "202604201114", "2026-04-20T09:14:00Z"},
	    {"%Y-%m-%d %H:%M:%S.%f", "2026-04-20 11:14:22.5", "2026-04-20T09:14:22.500Z"},
	    {"%Y-%m-%dT%H:%M:%S%z", "2026-04-20T11:14:22+0200", "2026-04-20T09:14:22Z"},
	    {"%Y-%m-%dT%H:%M%z", "2026-04-20T11:14Z", "2026-04-20T11:14:00Z"},
	    {"%Y-%m-%dT%H:%M %z", "2026-04-20T11:14 -03:30", "2026-04-20T14:44:00Z"},
	    {"%e.%m.%Y", " 1.04.2026", "2026-03-31T22:00:00Z"},
	    {"%Y%j", "2026110", "2026-04-19T22:00:00Z"},
	    {"%Y/%j %H", "2024/366 00", "2024-12-30T23:00:00Z"},
	    {"kl. %H:%M den %d.%m.%Y 100%%", "kl. 11:14 den 20.04.2026 100%",
	     "2026-04-20T09:14:00Z"},
	    {"%d.%m.%Y %H:%M:%S", "31.12.2026 23:59:60", "2026-12-31T23:00:00Z"},
	};

	(void)state;
	assert_claims(claims, ARRAY_LEN(claims));
	assert_true(reading("%d.%m.%Y", "20.04.2026").date_only);
	assert_false(reading("%d.%m.%Y %H", "20.04.2026 00").date_only);
}

static void two_digits_of_a_year_turn_at_69(void **state)
{
	static const struct claim claims[] = {
	    {"%d.%m.%y %H:%M%z", "01.01.00 00:00Z", "2000-01-01T00:00:00Z"},
	    {"%d.%m.%y %H:%M%z", "01.01.68 00:00Z", "2068-01-01T00:00:00Z"},
	    {"%d.%m.%y %H:%M%z", "01.01.69 00:00Z", "1969-01-01T00:00:00Z"},
	    {"%d.%m.%y %H:%M%z", "01.01.99 00:00Z", "1999-01-01T00:00:00Z"},
	};

	(void)state;
	assert_claims(claims, ARRAY_LEN(claims));
}

static void month_names_are_read_in_five_languages_and_any_case(void **state)
{
	static const char *const months[12][8] = {
	    {"January", "JAN", "januar", "januari", "J\xC3\xA4nner", "jan."},
	    {"February", "feb", "februar", "Februari", "FEB"},
	    {"March", "mar", "mars", "marts", "M\xC3\xA4rz", "M\xC3\x84RZ", "mrz"},
	    {"April", "apr", "APRIL"},
	    {"May", "mai", "maj", "MAI"},
	    {"June", "jun", "juni"},
	    {"July", "jul", "juli"},
	    {"August", "aug", "augusti"},
	    {"September", "sep", "sept.", "SEPT"},
	    {"October", "oct", "oktober", "okt"},
	    {"November", "nov"},
	    {"December", "dec", "desember", "des", "dezember", "Dez", "december"},
	};

	(void)state;
	for (int m = 0; m < 12; m++) {
		for (int i = 0; i < 8 && months[m][i]; i++) {
			char value[64], instant[64];
			(void)snprintf(value, sizeof(value), "5 %s 2026 12:00Z", months[m][i]);
			(void)snprintf(instant, sizeof(instant), "2026-%02d-05T12:00:00Z", m + 1);
			assert_claims(&(struct claim){"%d %b %Y %H:%M%z", value, instant}, 1);
			assert_claims(&(struct claim){"%d %B %Y %H:%M%z", value, instant}, 1);
		}
	}
}

static void names_stand_beside_points_and_weekdays_are_passed_over(void **state)
{
	static const struct claim claims[] = {
	    {"%d.%b.%Y", "20.apr.2026", "2026-04-19T22:00:00Z"},
	    {"%d. %b %Y", "20. april 2026", "2026-04-19T22:00:00Z"},
	    {"%d%b%Y", "20APR2026", "2026-04-19T22:00:00Z"},
	    {"%A %d. %B %Y", "mandag 20. april 2026", "2026-04-19T22:00:00Z"},
	    {"%a, %d %b %Y %H:%M:%S %z", "Mon, 20 Apr 2026 09:14:22 +0000", "2026-04-20T09:14:22Z"},
	    {"%a %d.%m.%Y", "l\xC3\xB8r. 25.04.2026", "2026-04-24T22:00:00Z"},
	    {"%a %d.%m.%Y", "S\xC3\x96NDAG 26.04.2026", "2026-04-25T22:00:00Z"},
	};

	(void)state;
	assert_claims(claims, ARRAY_LEN(claims));
	assert_refused("%d %b %Y", "20 foo 2026");
	assert_refused("%d %b %Y", "20 ma 2026");
	assert_refused("%a %d.%m.%Y", "xyz 25.04.2026");
}

static void values_out_of_range_or_form_are_refused(void **state)
{
	static const struct {
		const char *format, *value;
	} bad[] = {
	    {"%d.%m.%Y", "29.02.2026"},
	    {"%d.%m.%Y", "0.1.2026"},
	    {"%d.%m.%Y", "1.13.2026"},
	    {"%d.%m.%Y", "1.1.0000"},
	    {"%d.%m.%Y", "1.1.26"},
	    {"%d.%m.%Y", "1.1.2026 "},
	    {"%d.%m.%Y", " 1.1.2026"},
	    {"%d.%m.%Y", "1.1.20260"},
	    {"%d.%m.%Y", ""},
	    {"%d.%m.%Y", "1.1."},
	    {"%d.%m.%Y %H:%M", "1.1.2026 24:00"},
	    {"%d.%m.%Y %H:%M", "1.1.2026 1:60"},
	    {"%d.%m.%Y %I:%M %p", "1.1.2026 0:30 AM"},
	    {"%d.%m.%Y %I:%M %p", "1.1.2026 13:30 PM"},
	    {"%d.%m.%Y %I:%M %p", "1.1.2026 1:30 XM"},
	    {"%d.%m.%Y %I:%M %p", "1.1.2026 1:30 P"},
	    {"%Y%j", "2026366"},
	    {"%Y%j", "2026000"},
	    {"%Y-%m-%d %H:%M:%S.%f", "2026-04-20 11:14:22."},
	    {"%Y-%m-%d %H:%M:%S.%f", "2026-04-20 11:14:22.1234567890"},
	    {"%Y-%m-%dT%H:%M%z", "2026-04-20T11:14"},
	    {"%Y-%m-%dT%H:%M%z", "2026-04-20T11:14+1"},
	    {"%Y-%m-%dT%H:%M%z", "2026-04-20T11:14+01:"},
	    {"%Y-%m-%dT%H:%M%z", "0001-01-01T00:00+01"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_refused(bad[i].format, bad[i].value);
}

static void no_error_repeats_the_value(void **state)
{
	static const char *const formats[] = {
	    "hl7", "iso8601", "rfc3339", "unix", "unix_ms", "%d.%m.%Y %H:%M", "%b %d %Y",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct clock_reading r;
		struct err err;
		assert_int_equal(read_by(formats[i], "Zqxwv Kjzqx", oslo, &r, &err), -ERR_INVALID);
		assert_null(strstr(err.message, "Zq"));
		assert_null(strstr(err.message, "Kj"));
	}
}

static void a_wrong_format_is_refused_with_its_column_and_reason(void **state)
{
	static const char not_one[] = "time format: column 1: neither % directives nor one of "
				      "rfc3339, iso8601, hl7, unix, unix_ms";
	static const struct {
		const char *format, *message;
	} bad[] = {
	    {"", not_one},
	    {"HL7", not_one},
	    {"%d.%m.%Q", "time format: column 7: unknown directive %Q"},
	    {"%d.%m.%Y %", "time format: column 10: a lone % at the end"},
	    {"%d.%m.%Y %d", "time format: column 10: %d says again what was said before"},
	    {"%d.%b.%m %Y", "time format: column 7: %m says again what was said before"},
	    {"%d.%m", "time format: column 1: \"%d.%m\" says no year (%Y or %y)"},
	    {"%m.%Y",
	     "time format: column 1: \"%m.%Y\" must say one day: %m (or %b) with %d, or %j alone"},
	    {"%d %j %Y", "time format: column 1: \"%d %j %Y\" must say one day: %m (or %b) with "
			 "%d, or %j alone"},
	    {"%d.%m.%Y %I:%M", "time format: column 1: \"%d.%m.%Y %I:%M\" %I and %p go together"},
	    {"%d.%m.%Y %M", "time format: column 1: \"%d.%m.%Y %M\" has %M without an hour"},
	    {"%d.%m.%Y %H:%S", "time format: column 1: \"%d.%m.%Y %H:%S\" has %S without %M"},
	    {"%d.%m.%Y %H:%M %f", "time format: column 1: \"%d.%m.%Y %H:%M %f\" has %f without %S"},
	    {"%d.%m.%Y %H %I %p",
	     "time format: column 1: \"%d.%m.%Y %H %I %p\" says the hour twice (%H and %I)"},
	    {"%d.%m.%Y %z", "time format: column 1: \"%d.%m.%Y %z\" has %z without an hour"},
	    {"%s %H", "time format: column 1: \"%s %H\" %s says all; it goes with %f only"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct clock_format *f = NULL;
		struct err err;
		assert_int_equal(clock_format_compile(bad[i].format, &f, &err), -ERR_INVALID);
		assert_string_equal(err.message, bad[i].message);
		assert_null(f);
	}
}

static void a_format_has_a_longest_length(void **state)
{
	char format[200] = "%d.%m.%Y";
	struct clock_format *f = NULL;

	(void)state;
	memset(format + 8, 'x', 120);
	assert_int_equal(clock_format_compile(format, &f, NULL), 0);
	clock_format_free(f);
	format[128] = 'x';
	f = NULL;
	assert_int_equal(clock_format_compile(format, &f, NULL), -ERR_LIMIT);
	assert_null(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hl7_is_read_in_every_precision_from_a_day),
	    cmocka_unit_test(hl7_with_an_offset_needs_no_zone),
	    cmocka_unit_test(hl7_that_says_no_day_or_more_than_its_form_is_refused),
	    cmocka_unit_test(doubt_about_the_local_time_is_told),
	    cmocka_unit_test(iso8601_is_read_basic_and_extended),
	    cmocka_unit_test(the_usual_time_is_read_alike_with_any_byte_at_any_place),
	    cmocka_unit_test(the_usual_local_time_is_read_alike_with_a_fraction),
	    cmocka_unit_test(unix_times_are_whole_numbers_of_either_sign),
	    cmocka_unit_test(the_legacy_formats_of_the_north_are_read),
	    cmocka_unit_test(two_digits_of_a_year_turn_at_69),
	    cmocka_unit_test(month_names_are_read_in_five_languages_and_any_case),
	    cmocka_unit_test(names_stand_beside_points_and_weekdays_are_passed_over),
	    cmocka_unit_test(values_out_of_range_or_form_are_refused),
	    cmocka_unit_test(no_error_repeats_the_value),
	    cmocka_unit_test(a_wrong_format_is_refused_with_its_column_and_reason),
	    cmocka_unit_test(a_format_has_a_longest_length),
	};

	if (zone_load("Europe/Oslo", &oslo, NULL) < 0)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	zone_free(oslo);
	return failed;
}

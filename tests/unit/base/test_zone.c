#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/zone.h"

static struct zone *zone(const char *name)
{
	struct zone *z = NULL;
	struct err err;

	if (zone_load(name, &z, &err) < 0)
		fail_msg("%s", err.message);
	return z;
}

static usec_t utc(const char *text)
{
	usec_t at = 0;

	assert_int_equal(clock_parse_rfc3339(span_str(text), &at, NULL), 0);
	return at;
}

/* A local time, written as if it were UTC, means this instant in the zone. */
static void assert_means(const char *name, const char *wall, const char *instant,
			 enum clock_doubt doubt)
{
	_cleanup_(zone_freep) struct zone *z = zone(name);
	enum clock_doubt got;
	char text[CLOCK_RFC3339_MAX];
	int64_t sec = zone_from_wall(z, utc(wall) / USEC_PER_SEC, &got);

	assert_string_equal(clock_format_rfc3339(sec * USEC_PER_SEC, text), instant);
	assert_int_equal(got, doubt);
}

static void the_hour_skipped_in_spring_is_read_with_the_offset_before(void **state)
{
	(void)state;
	assert_means("Europe/Oslo", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z", CLOCK_SURE);
	assert_means("Europe/Oslo", "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z",
		     CLOCK_NONEXISTENT);
	assert_means("Europe/Oslo", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z",
		     CLOCK_NONEXISTENT);
	assert_means("Europe/Oslo", "2026-03-29T02:59:59Z", "2026-03-29T01:59:59Z",
		     CLOCK_NONEXISTENT);
	assert_means("Europe/Oslo", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z", CLOCK_SURE);
}

static void the_hour_that_comes_twice_in_autumn_is_read_as_the_first(void **state)
{
	(void)state;
	assert_means("Europe/Oslo", "2026-10-25T01:59:59Z", "2026-10-24T23:59:59Z", CLOCK_SURE);
	assert_means("Europe/Oslo", "2026-10-25T02:00:00Z", "2026-10-25T00:00:00Z",
		     CLOCK_AMBIGUOUS);
	assert_means("Europe/Oslo", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z",
		     CLOCK_AMBIGUOUS);
	assert_means("Europe/Oslo", "2026-10-25T02:59:59Z", "2026-10-25T00:59:59Z",
		     CLOCK_AMBIGUOUS);
	assert_means("Europe/Oslo", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z", CLOCK_SURE);
}

static void south_of_the_equator_the_seasons_are_the_other_way_round(void **state)
{
	(void)state;
	assert_means("Australia/Sydney", "2026-01-15T12:00:00Z", "2026-01-15T01:00:00Z",
		     CLOCK_SURE);
	assert_means("Australia/Sydney", "2026-07-15T12:00:00Z", "2026-07-15T02:00:00Z",
		     CLOCK_SURE);
	assert_means("Australia/Sydney", "2026-04-05T02:30:00Z", "2026-04-04T15:30:00Z",
		     CLOCK_AMBIGUOUS);
	assert_means("Australia/Sydney", "2026-10-04T02:30:00Z", "2026-10-03T16:30:00Z",
		     CLOCK_NONEXISTENT);
}

static void a_change_of_half_an_hour_doubts_half_an_hour(void **state)
{
	(void)state; /* Lord Howe: +10:30 and +11 */
	assert_means("Australia/Lord_Howe", "2026-04-05T01:29:59Z", "2026-04-04T14:29:59Z",
		     CLOCK_SURE);
	assert_means("Australia/Lord_Howe", "2026-04-05T01:30:00Z", "2026-04-04T14:30:00Z",
		     CLOCK_AMBIGUOUS);
	assert_means("Australia/Lord_Howe", "2026-04-05T02:00:00Z", "2026-04-04T15:30:00Z",
		     CLOCK_SURE);
	assert_means("Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-03T15:45:00Z",
		     CLOCK_NONEXISTENT);
	assert_means("Asia/Kolkata", "2026-06-01T05:30:00Z", "2026-06-01T00:00:00Z", CLOCK_SURE);
	assert_means("Asia/Kathmandu", "2026-06-01T05:45:00Z", "2026-06-01T00:00:00Z", CLOCK_SURE);
}

static void a_whole_day_may_be_skipped(void **state)
{
	(void)state; /* Samoa had no 30 December 2011 */
	assert_means("Pacific/Apia", "2011-12-29T23:59:59Z", "2011-12-30T09:59:59Z", CLOCK_SURE);
	assert_means("Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T22:00:00Z",
		     CLOCK_NONEXISTENT);
	assert_means("Pacific/Apia", "2011-12-31T00:00:00Z", "2011-12-30T10:00:00Z", CLOCK_SURE);
}

static void utc_never_changes(void **state)
{
	_cleanup_(zone_freep) struct zone *z = zone("UTC");

	(void)state;
	assert_string_equal(zone_name(z), "UTC");
	for (int year = 1; year <= 9999; year += 7)
		assert_int_equal(zone_offset_at(z, civil_to_days(year, 6, 1) * USEC_PER_DAY), 0);
}

static void the_offset_changes_at_the_very_instant(void **state)
{
	_cleanup_(zone_freep) struct zone *z = zone("Europe/Oslo");

	(void)state;
	assert_int_equal(zone_offset_at(z, utc("2026-03-29T01:00:00Z") - 1), 3600);
	assert_int_equal(zone_offset_at(z, utc("2026-03-29T01:00:00Z")), 7200);
	assert_int_equal(zone_offset_at(z, utc("2026-10-25T01:00:00Z") - 1), 7200);
	assert_int_equal(zone_offset_at(z, utc("2026-10-25T01:00:00Z")), 3600);
	assert_int_equal(zone_offset_at(z, utc("2099-07-01T00:00:00Z")), 7200);
}

static void outside_the_table_the_offset_at_its_end_goes_on(void **state)
{
	_cleanup_(zone_freep) struct zone *z = zone("Europe/Oslo");

	(void)state;
	assert_int_equal(zone_offset_at(z, utc("9999-01-01T00:00:00Z")), 3600);
	assert_int_equal(zone_offset_at(z, utc("0001-01-01T00:00:00Z")), 3600);
	assert_int_equal(zone_offset_at(z, INT64_MAX), 3600);
	assert_int_equal(zone_offset_at(z, INT64_MIN), 3600);
}

static void a_local_time_that_is_not_in_doubt_goes_round(void **state)
{
	static const char *const names[] = {"Europe/Oslo",	   "America/St_Johns",
					    "Australia/Lord_Howe", "Africa/Casablanca",
					    "Asia/Tehran",	   "Pacific/Chatham"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_(zone_freep) struct zone *z = zone(names[i]);
		for (int64_t at = -2300000000; at < 4300000000; at += 100007) {
			enum clock_doubt doubt;
			int64_t wall = at + zone_offset_at(z, at * USEC_PER_SEC);
			int64_t back = zone_from_wall(z, wall, &doubt);
			/* the second passing of an ambiguous hour is read as the first */
			if (back != at && !(doubt == CLOCK_AMBIGUOUS && back < at))
				fail_msg("%s at %lld", names[i], (long long)at);
			assert_int_not_equal(doubt, CLOCK_NONEXISTENT);
		}
	}
}

static void an_unknown_name_is_not_found(void **state)
{
	static const char *const bad[] = {
	    "",
	    "Europe/Olso",
	    "europe/oslo",
	    "GMT+3",
	    "Etc/Unknown",
	    "+02:00",
	    "Europe/Oslo ",
	    "an/extremely/long/name/that/no/zone/in/the/world/has/ever/been/given",
	};
	struct zone *z = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (zone_load(bad[i], &z, NULL) != -ERR_NOT_FOUND)
			fail_msg("\"%s\" was found", bad[i]);
	assert_null(z);
}

static void local_text_shows_the_zones_offset(void **state)
{
	_cleanup_(zone_freep) struct zone *oslo = zone("Europe/Oslo");
	_cleanup_(zone_freep) struct zone *newfoundland = zone("America/St_Johns");
	char text[CLOCK_RFC3339_MAX];

	(void)state;
	assert_string_equal(clock_format_local(utc("2026-04-20T09:14:22Z"), oslo, text),
			    "2026-04-20T11:14:22+02:00");
	assert_string_equal(clock_format_local(utc("2026-12-31T23:30:00.123456Z"), oslo, text),
			    "2027-01-01T00:30:00.123456+01:00");
	assert_string_equal(clock_format_local(utc("2026-01-01T00:00:00Z"), newfoundland, text),
			    "2025-12-31T20:30:00-03:30");
}

static void local_text_names_the_same_instant_also_in_local_mean_time(void **state)
{
	_cleanup_(zone_freep) struct zone *z = zone("Africa/Monrovia"); /* -00:44:30 until 1972 */
	char text[CLOCK_RFC3339_MAX];

	(void)state;
	assert_int_equal(zone_offset_at(z, utc("1950-01-01T00:00:00Z")), -2670);
	for (usec_t at = utc("1901-01-01T00:00:00Z"); at < utc("1975-01-01T00:00:00Z");
	     at += 11 * USEC_PER_DAY)
		assert_int_equal(utc(clock_format_local(at, z, text)), at);
}

struct look {
	const struct zone *zone;
	int64_t sum;
};

static void *look_up(void *look_)
{
	struct look *look = look_;

	for (int64_t at = 0; at < 4000000000; at += 40009)
		look->sum += zone_offset_at(look->zone, at * USEC_PER_SEC);
	return NULL;
}

static void threads_share_a_zone(void **state)
{
	_cleanup_(zone_freep) struct zone *z = zone("Europe/Oslo");
	struct look looks[4], alone = {.zone = z};
	pthread_t threads[ARRAY_LEN(looks)];

	(void)state;
	look_up(&alone);
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		looks[i] = (struct look){.zone = z};
		assert_int_equal(pthread_create(&threads[i], NULL, look_up, &looks[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(looks[i].sum, alone.sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_hour_skipped_in_spring_is_read_with_the_offset_before),
	    cmocka_unit_test(the_hour_that_comes_twice_in_autumn_is_read_as_the_first),
	    cmocka_unit_test(south_of_the_equator_the_seasons_are_the_other_way_round),
	    cmocka_unit_test(a_change_of_half_an_hour_doubts_half_an_hour),
	    cmocka_unit_test(a_whole_day_may_be_skipped),
	    cmocka_unit_test(utc_never_changes),
	    cmocka_unit_test(the_offset_changes_at_the_very_instant),
	    cmocka_unit_test(outside_the_table_the_offset_at_its_end_goes_on),
	    cmocka_unit_test(a_local_time_that_is_not_in_doubt_goes_round),
	    cmocka_unit_test(an_unknown_name_is_not_found),
	    cmocka_unit_test(local_text_shows_the_zones_offset),
	    cmocka_unit_test(local_text_names_the_same_instant_also_in_local_mean_time),
	    cmocka_unit_test(threads_share_a_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

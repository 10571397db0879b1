/* Cells as text: rounding, grouping, languages. */
#include "reports/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "bed/status.h"

static void reads(enum cell_type type, enum cell_unit unit, struct cell c, const char *machine,
		  const char *en, const char *nb)
{
	const struct column column = {.type = type, .unit = unit};
	const char *const people[LANG_COUNT] = {en, nb};
	struct buf b = BUF_INIT;
	struct zone *zone;

	assert_int_equal(zone_load("Europe/Oslo", &zone, NULL), 0);
	cell_machine(&c, &column, &b);
	buf_addc(&b, '\0');
	assert_string_equal(b.p, machine);
	for (int lang = 0; lang < LANG_COUNT; lang++) {
		const struct document d = {.lang = (enum lang)lang, .zone = zone};
		buf_clear(&b);
		cell_human(&c, &column, &d, &b);
		buf_addc(&b, '\0');
		assert_string_equal(b.p, people[lang]);
	}
	buf_done(&b);
	zone_free(zone);
}

static void a_fraction_is_rounded_half_up(void **state _unused_)
{
	reads(CELL_SHARE, UNIT_NONE, cell_fraction(1, 3), "0.333333", "33.3\u202f%", "33,3\u202f%");
	reads(CELL_SHARE, UNIT_NONE, cell_fraction(2, 3), "0.666667", "66.7\u202f%", "66,7\u202f%");
	reads(CELL_SHARE, UNIT_NONE, cell_fraction(1, 2000000), "0.000001", "0.0\u202f%",
	      "0,0\u202f%");
	reads(CELL_SHARE, UNIT_NONE, cell_fraction(1, 1), "1.000000", "100.0\u202f%",
	      "100,0\u202f%");
	reads(CELL_MEAN, UNIT_NONE, cell_fraction(25, 200), "0.125000", "0.13", "0,13");
	reads(CELL_MEAN, UNIT_NONE, cell_fraction(-1, 8), "-0.125000", "-0.13", "-0,13");
}

static void a_year_of_every_bed_of_a_country_does_not_overflow(void **state _unused_)
{
	int64_t year = 366 * USEC_PER_DAY, beds = 100000;

	reads(CELL_MEAN, UNIT_NONE, cell_fraction(year * beds, year), "100000.000000", "100,000.00",
	      "100\u202f000,00");
	reads(CELL_SHARE, UNIT_NONE, cell_fraction(year * beds, year * beds), "1.000000",
	      "100.0\u202f%", "100,0\u202f%");
}

static void a_quotient_of_nothing_is_absent(void **state _unused_)
{
	reads(CELL_SHARE, UNIT_NONE, cell_fraction(0, 0), "", "–", "–");
	reads(CELL_TEXT, UNIT_NONE, cell_text(SPAN_NONE), "", "–", "–");
	reads(CELL_TIME, UNIT_NONE, cell_time(USEC_NONE), "", "–", "–");
}

static void a_ward_of_a_homes_own_is_told_from_the_common_ones(void **state _unused_)
{
	reads(CELL_PLACE, UNIT_NONE, cell_str("short_term"), "short_term", "Short term", "Korttid");
	reads(CELL_PLACE, UNIT_NONE, cell_str("nord_2"), "nord_2", "Nord 2 · own code",
	      "Nord 2 · egen kode");
	reads(CELL_PLACE, UNIT_NONE, cell_text(SPAN_NONE), "", "–", "–");
	reads(CELL_WORD, UNIT_NONE, cell_str("nord_2"), "nord_2", "nord_2", "nord_2");
}

static void durations_are_seconds_for_machines(void **state _unused_)
{
	reads(CELL_DURATION, UNIT_DAYS, cell_count(USEC_PER_DAY), "86400", "1.0", "1,0");
	reads(CELL_DURATION, UNIT_HOURS, cell_count(USEC_PER_DAY), "86400", "24.0", "24,0");
	reads(CELL_DURATION, UNIT_SECONDS, cell_count(250000), "0.25", "0.3", "0,3");
	reads(CELL_DURATION, UNIT_SECONDS, cell_count(-1), "-0.000001", "0.0", "0,0");
	reads(CELL_COUNT, UNIT_NONE, cell_count(1234567), "1234567", "1,234,567",
	      "1\u202f234\u202f567");
}

static void a_time_that_the_clocks_showed_twice_has_its_offset(void **state _unused_)
{
	const usec_t at = (usec_t)1792888200 * USEC_PER_SEC; /* 2026-10-25T00:30Z, in Oslo 02:30 */

	reads(CELL_TIME, UNIT_NONE, cell_time(at - USEC_PER_HOUR), "2026-10-24T23:30:00Z",
	      "25 Oct 2026 01:30:00", "25.10.2026 01:30:00");
	reads(CELL_TIME, UNIT_NONE, cell_time(at), "2026-10-25T00:30:00Z",
	      "25 Oct 2026 02:30:00 +02:00", "25.10.2026 02:30:00 +02:00");
	reads(CELL_TIME, UNIT_NONE, cell_time(at + USEC_PER_HOUR), "2026-10-25T01:30:00Z",
	      "25 Oct 2026 02:30:00 +01:00", "25.10.2026 02:30:00 +01:00");
	reads(CELL_TIME, UNIT_NONE, cell_time(at + 2 * USEC_PER_HOUR), "2026-10-25T02:30:00Z",
	      "25 Oct 2026 03:30:00", "25.10.2026 03:30:00");
}

static void every_reason_and_status_has_words(void **state _unused_)
{
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		const char *name = reason_name((enum reason)i);
		assert_ptr_not_equal(cell_word(span_str(name), LANG_NB).p, name);
	}
	for (int i = 0; i < BED_STATUS_COUNT; i++) {
		const char *name = bed_status_name((enum bed_status)i);
		assert_true(i == BED_UNKNOWN || cell_word(span_str(name), LANG_NB).p != name);
	}
}

static void instants_are_the_zones_for_people(void **state _unused_)
{
	usec_t at;

	assert_int_equal(clock_parse_rfc3339(SPAN("2026-03-29T00:59:59.5Z"), &at, NULL), 0);
	reads(CELL_TIME, UNIT_NONE, cell_time(at), "2026-03-29T00:59:59.500Z",
	      "29 Mar 2026 01:59:59", "29.03.2026 01:59:59");
	reads(CELL_TIME, UNIT_NONE, cell_time(at + USEC_PER_SEC), "2026-03-29T01:00:00.500Z",
	      "29 Mar 2026 03:00:00", "29.03.2026 03:00:00");
	reads(CELL_DATE, UNIT_NONE, cell_day(0), "1970-01-01", "1 Jan 1970", "01.01.1970");
	reads(CELL_WORD, UNIT_NONE, cell_str("occupied"), "occupied", "Occupied", "Opptatt");
	reads(CELL_WORD, UNIT_NONE, cell_str("ward_7"), "ward_7", "ward_7", "ward_7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_fraction_is_rounded_half_up),
	    cmocka_unit_test(a_year_of_every_bed_of_a_country_does_not_overflow),
	    cmocka_unit_test(a_quotient_of_nothing_is_absent),
	    cmocka_unit_test(durations_are_seconds_for_machines),
	    cmocka_unit_test(a_time_that_the_clocks_showed_twice_has_its_offset),
	    cmocka_unit_test(every_reason_and_status_has_words),
	    cmocka_unit_test(a_ward_of_a_homes_own_is_told_from_the_common_ones),
	    cmocka_unit_test(instants_are_the_zones_for_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

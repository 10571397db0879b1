#include "bed/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"

static void every_status_reads_back_from_its_name(void **state _unused_)
{
	for (int s = BED_AVAILABLE; s < BED_STATUS_COUNT; s++) {
		enum bed_status back = BED_UNKNOWN;
		assert_non_null(bed_status_name(s));
		assert_true(bed_status_parse(span_str(bed_status_name(s)), &back));
		assert_int_equal(back, s);
	}
}

static void every_care_level_reads_back_from_its_name(void **state _unused_)
{
	for (int c = CARE_LIGHT; c < CARE_LEVEL_COUNT; c++) {
		enum care_level back = CARE_UNKNOWN;
		assert_true(care_level_parse(span_str(care_level_name(c)), &back));
		assert_int_equal(back, c);
	}
}

static void every_reason_has_a_name_and_a_help_line(void **state _unused_)
{
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++) {
		enum reason back = REASON_NONE;
		assert_non_null(reason_name(r));
		assert_non_null(reason_help(r));
		assert_true(reason_parse(span_str(reason_name(r)), &back));
		assert_int_equal(back, r);
	}
}

static void every_outcome_reads_back_from_its_name(void **state _unused_)
{
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		enum outcome back = OUTCOME_COUNT;
		assert_true(outcome_parse(span_str(outcome_name(o)), &back));
		assert_int_equal(back, o);
	}
}

static void unknown_has_no_name_and_no_name_means_unknown(void **state _unused_)
{
	enum bed_status s = BED_RESERVED;
	enum reason r = REASON_SWAP;

	assert_null(bed_status_name(BED_UNKNOWN));
	assert_null(bed_status_name(BED_STATUS_COUNT));
	assert_null(care_level_name(CARE_UNKNOWN));
	assert_null(reason_name(REASON_NONE));
	assert_null(outcome_name(OUTCOME_COUNT));
	assert_false(bed_status_parse(SPAN_NONE, &s));
	assert_false(bed_status_parse(SPAN(""), &s));
	assert_false(reason_parse(SPAN_NONE, &r));
	assert_int_equal(s, BED_RESERVED);
	assert_int_equal(r, REASON_SWAP);
}

static void a_name_is_exact(void **state _unused_)
{
	enum bed_status s;

	assert_false(bed_status_parse(SPAN("Available"), &s));
	assert_false(bed_status_parse(SPAN("available "), &s));
	assert_false(bed_status_parse(SPAN("avail"), &s));
	assert_false(bed_status_parse(SPAN("available\0x"), &s));
}

static void the_lists_hold_all_names_and_end(void **state _unused_)
{
	size_t n = 0;

	while (bed_status_names()[n])
		n++;
	assert_int_equal(n, BED_STATUS_COUNT - 1);
	for (n = 0; care_level_names()[n];)
		n++;
	assert_int_equal(n, CARE_LEVEL_COUNT - 1);
	for (n = 0; reason_names()[n];)
		n++;
	assert_int_equal(n, REASON_COUNT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_status_reads_back_from_its_name),
	    cmocka_unit_test(every_care_level_reads_back_from_its_name),
	    cmocka_unit_test(every_reason_has_a_name_and_a_help_line),
	    cmocka_unit_test(every_outcome_reads_back_from_its_name),
	    cmocka_unit_test(unknown_has_no_name_and_no_name_means_unknown),
	    cmocka_unit_test(a_name_is_exact),
	    cmocka_unit_test(the_lists_hold_all_names_and_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

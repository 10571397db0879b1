/* Rows by place and rows parted by more than one character. */
#include "tests/unit/adapters/harness.h"

#define EVENT                                                                                      \
	"event:\n  bed_id: \"{BED}\"\n  ward: \"{WARD}\"\n"                                        \
	"  new_status: {from: \"{ST}\", map: {L: available, O: occupied}}\n"                       \
	"  changed_at: {from: \"{AT}\"}\n"
#define FIXED                                                                                      \
	"adapter: t\nformat: csv\ncsv: {columns: {BED: 1-6, WARD: 7-12, ST: 13, AT: 15-}}\n" EVENT
#define PARTED(options) "adapter: t\nformat: csv\ncsv: {delimiter: \"~|~\"" options "}\n" EVENT
#define AT		"2026-01-01T00:00:00Z"
#define TEXT(literal)	span_of("" literal, sizeof(literal) - 1)

static void columns_are_found_by_their_place(_unused_ void **state)
{
	expect_lines(FIXED,
		     TEXT("D-12-Asomat L 2026-01-01\r\n"
			  "\r\n"
			  "D-12-B      O 2026-01-01   \n"
			  "D-13  dem   L 2026-01-01"),
		     "1.0 d-12-a somat - ->available - " AT " - AT\n"
		     "2.0 d-12-b - - ->occupied - " AT " - AT\n"
		     "3.0 d-13 dem - ->available - " AT " - AT\n");
}

static void places_count_characters_and_not_bytes(_unused_ void **state)
{
	expect_lines(FIXED, TEXT("\xC3\x98-12-As\xC3\xB8r   L 2026-01-01\n"),
		     "1.0 o-12-a sor - ->available - " AT " - AT\n");
	expect_lines("encoding: windows-1252\n" FIXED, TEXT("\xD8-12-As\xF8r   L 2026-01-01\n"),
		     "1.0 o-12-a sor - ->available - " AT " - AT\n");
}

static void a_line_may_be_short_and_a_problem_names_the_column(_unused_ void **state)
{
	expect_lines("encoding: utf-8\n" FIXED,
		     TEXT("D-12-Asomat L 2026-01-01\nD-12-B\n"
			  "D-12-Csomat X 2026-01-01\nD-12-Dsomat L 20-01\n"
			  "D-12-E\xFF     L 2026-01-01\nD-1\0-Asomat L 2026-01-01\n"),
		     "1.0 d-12-a somat - ->available - " AT " - AT\n"
		     "bad 2 line 2 at 25 ST empty required\n"
		     "bad 3 line 3 at 32 ST letters unmapped\n"
		     "bad 4 line 4 at 57 AT date-like bad_time\n"
		     "bad 5 line 5 at 77 WARD not utf-8 bad_encoding\n"
		     "bad 6 line 6 at 102 - mixed bad_record\n");
}

static void titles_headers_comments_and_page_breaks_are_no_rows(_unused_ void **state)
{
	expect_lines("adapter: t\nformat: csv\ncsv: {header: true, skip_lines: 2, comment: \"*\","
		     " columns: {BED: 1-6, WARD: 7-12, ST: 13, AT: 15-24}}\n" EVENT,
		     TEXT("Beds of the house\r\n=====\r\nBED   WARD  S SINCE\r\n* end of head\r\n"
			  "D-12-Asomat L 2026-01-01 ignored\r\n\f* page 2\r\n"
			  "\fD-12-Bsomat O 2026-01-01\r\n"),
		     "1.0 d-12-a somat - ->available - " AT " - AT\n"
		     "2.0 d-12-b somat - ->occupied - " AT " - AT\n");
}

static void a_delimiter_may_have_several_characters(_unused_ void **state)
{
	expect_lines(PARTED(""),
		     TEXT("BED~|~WARD~|~ST~|~AT\na~b~|~w|1~|~L~|~2026-01-01\r\n"
			  "\"c ~|~ \"\"d\"\"\" ~|~w~|~O~|~2026-01-01~|~\n"
			  "e~|~w\n"
			  "f~|~w~|~L~|~2026-01-01~|~more\n"
			  "\"g~|~w~|~L~|~2026-01-01\n"
			  "\"h\"i~|~w~|~L~|~2026-01-01\n"),
		     "1.0 a_b w_1 - ->available - " AT " - AT\n"
		     "2.0 c_d w - ->occupied - " AT " - AT\n"
		     "bad 3 line 4 at 88 ST empty required\n"
		     "bad 4 line 5 at 94 - mixed bad_record\n"
		     "bad 5 line 6 at 124 BED mixed bad_record\n"
		     "bad 6 line 7 at 148 BED mixed bad_record\n");
	expect_lines(PARTED(", quote: none, header: false, columns: [BED, WARD, ST, AT]"),
		     TEXT("\"a~|~w~|~L~|~2026-01-01\n"), "1.0 a w - ->available - " AT " - AT\n");
	/* one character, but not of ASCII */
	expect_lines("adapter: t\nformat: csv\ncsv: {delimiter: \"\xC2\xA6\"}\n" EVENT,
		     TEXT("BED\xC2\xA6WARD\xC2\xA6ST\xC2\xA6"
			  "AT\n"
			  "a\xC2\xA6w\xC2\xA6L\xC2\xA6"
			  "2026-01-01\n"),
		     "1.0 a w - ->available - " AT " - AT\n");
}

static void a_line_without_an_end_costs_itself(_unused_ void **state)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < ADAPTER_RECORD_MAX * 2; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "\nD-12-Asomat L 2026-01-01\n");
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(FIXED);
	struct told t = {0};
	assert_int_equal(run_pieces(a, buf_span(&b), 100000, &t), 0);
	assert_string_equal(told_text(&t), "bad 1 line 1 at 0 - too long too_long\n"
					   "2.0 d-12-a somat - ->available - " AT " - AT\n");
	told_done(&t);
	buf_done(&b);
}

static void mistakes_are_shown_at_their_place(_unused_ void **state)
{
	problem_is("adapter: t\nformat: csv\ncsv: {columns: {BED: 0-6}}\n" EVENT,
		   "a.yaml:3:22: columns: expected the first and the last character");
	problem_is("adapter: t\nformat: csv\ncsv: {columns: {BED: 8-6}}\n" EVENT, "a.yaml:3:22");
	problem_is("adapter: t\nformat: csv\ncsv: {columns: {BEDS: 1-6}}\n" EVENT,
		   "did you mean \"BEDS\"?");
	problem_is("adapter: t\nformat: csv\ncsv: {delimiter: \";\", columns: {BED: 1-6}}\n" EVENT,
		   "delimiter: columns with places have none");
	problem_is("adapter: t\nformat: csv\ncsv: {delimiter: \"123456789\"}\n" EVENT,
		   "delimiter: expected up to 8 characters");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_are_found_by_their_place),
	    cmocka_unit_test(places_count_characters_and_not_bytes),
	    cmocka_unit_test(a_line_may_be_short_and_a_problem_names_the_column),
	    cmocka_unit_test(titles_headers_comments_and_page_breaks_are_no_rows),
	    cmocka_unit_test(a_delimiter_may_have_several_characters),
	    cmocka_unit_test(a_line_without_an_end_costs_itself),
	    cmocka_unit_test(mistakes_are_shown_at_their_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

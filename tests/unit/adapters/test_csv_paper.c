#include "tests/unit/adapters/harness.h"

#define EVENT                                                                                      \
	"event:\n  bed_id: '{ward}_{Room}_{Bed}'\n  ward: '{ward}'\n"                              \
	"  new_status: {from: '{State}', map: {F: available, O: occupied}}\n"
#define HEAD "adapter: t\nformat: csv\nmode: census\nmax_bad: 90%\n"
#define FIXED                                                                                      \
	HEAD "csv:\n  header: find\n  columns: {Room: 1-6, Bed: 7-11, State: 12-18}\n"             \
	     "  rows: {Room: '[0-9]*', Bed: '?', State: '*'}\n"                                    \
	     "  groups: {ward: ['Ward {} (cont.)', 'Ward {}']}\n  pass: ['Total *', 'Page "        \
	     "*']\n" EVENT
#define LIST                                                                                       \
	HEAD "csv:\n  delimiter: ';'\n  header: find\n  rows: {Room: '*', State: '*'}\n"           \
	     "  groups: {ward: '{}'}\n  pass: ['* total *']\n" EVENT
#define TIME " 1970-01-01T00:16:40Z census file\n"

static void a_ward_stands_above_its_rows(_unused_ void **state)
{
	expect_lines(FIXED,
		     SPAN("Beds of the house      20.04.2026\nWard North\n"
			  "Room  Bed  State  Name\n----------------------\n"
			  "101   A    F\n 102  B    O      Somebody\n\nTotal North: 2 beds\n"
			  "Ward South\nRoom  Bed  State  Name\n----------------------\n"
			  "101   A    O\n"),
		     "1.0 north_101_a north - ->available -" TIME
		     "2.0 north_102_b north - ->occupied -" TIME
		     "3.0 south_101_a south - ->occupied -" TIME);
}

static void the_turn_of_a_page_is_passed_over(_unused_ void **state)
{
	expect_lines(FIXED,
		     SPAN("Ward North\nRoom  Bed  State  Name\n101   A    F\n"
			  "Keep this list to yourself\n\fBeds of the house\nWard North (cont.)\n"
			  "Room  Bed  State  Name\n102   B    O\nPage 2\n"
			  "Keep this list to yourself\n"),
		     "1.0 north_101_a north - ->available -" TIME
		     "2.0 north_102_b north - ->occupied -" TIME);
}

static void what_may_be_a_bed_is_never_passed_over(_unused_ void **state)
{
	/* A room of another kind, a line in the midst of rows, one behind the last. */
	expect_lines(
	    FIXED,
	    SPAN("Ward North\nRoom  Bed  State  Name\n101   A    F\nK1    A    O\n"
		 "Room  Bed  State  Name\nWho knows what this is\n102   B    O\n"
		 "Nor this\n"),
	    "1.0 north_101_a north - ->available -" TIME "bad 2 line 4 at 47 - mixed bad_record\n"
	    "bad 3 line 6 at 83 - mixed bad_record\n"
	    "4.0 north_102_b north - ->occupied -" TIME "bad 5 line 8 at 119 - mixed bad_record\n");
}

/* The last row of a page: a status that is missing, one that runs into the next column. */
static void a_bed_at_the_end_of_a_page_is_never_passed_over(_unused_ void **state)
{
	expect_lines(
	    FIXED,
	    SPAN("Ward North\nRoom  Bed  State  Name\n101   A    F\n102   B\n"
		 "Room  Bed  State  Name\n103   A    O\n104   BBBBBBO\n"
		 "105   A    F\nBeds of the house at noon\n"
		 "Room  Bed  State  Name\n106   A    F\n"),
	    "1.0 north_101_a north - ->available -" TIME "bad 2 line 4 at 47 - mixed bad_record\n"
	    "3.0 north_103_a north - ->occupied -" TIME "bad 4 line 7 at 91 - mixed bad_record\n"
	    "5.0 north_105_a north - ->available -" TIME
	    "6.0 north_106_a north - ->available -" TIME);
	expect_lines(HEAD "csv:\n  delimiter: ';'\n  header: find\n"
			  "  rows: {ward: '*', Room: '*', State: '*'}\n" EVENT,
		     SPAN("ward;Room;Bed;State\nN;1;A;F\nN;2;A;\nward;Room;Bed;State\n"
			  "N;3;A;O\nPage;2;;\nward;Room;Bed;State\n"),
		     "1.0 n_1_a n - ->available -" TIME "bad 2 line 3 at 28 - mixed bad_record\n"
		     "3.0 n_3_a n - ->occupied -" TIME "bad 4 line 6 at 63 - mixed bad_record\n");
}

static void a_complete_row_counts_whatever_pass_and_groups_say(_unused_ void **state)
{
	expect_lines(LIST,
		     SPAN("Room;Bed;State;Name\nNorth;;;\n1;A;F;the total one\n"
			  "North total 1;;;\n;;;\nSouth;;;\n1;;O;\n"),
		     "1.0 north_1_a north - ->available -" TIME
		     "2.0 south_1 south - ->occupied -" TIME);
}

static void a_row_above_the_first_heading_is_bad(_unused_ void **state)
{
	expect_lines(LIST, SPAN("Room;Bed;State\n1;A;F\nNorth;;\n2;A;F\n"),
		     "bad 1 line 2 at 15 - empty required\n"
		     "2.0 north_2_a north - ->available -" TIME);
}

static void text_over_a_columns_beginning_makes_no_row(_unused_ void **state)
{
	expect_lines(HEAD "csv:\n  header: find\n  columns: {Room: 1-6, State: 7-}\n"
			  "  rows: {Room: '*'}\n  groups: {ward: '{}'}\nevent:\n"
			  "  bed_id: '{ward}_{Room}'\n"
			  "  new_status: {from: '{State}', map: {'': available}, default: "
			  "occupied}\n",
		     SPAN("Skjermet\nRoom  State\n1     Zz\n2\nAvdeling Vest\n1\n"),
		     "1.0 skjermet_1 - - ->occupied -" TIME "2.0 skjermet_2 - - ->available -" TIME
		     "3.0 avdeling_vest_1 - - ->available -" TIME);
}

static void a_cell_that_is_left_out_is_the_one_above(_unused_ void **state)
{
	expect_lines(HEAD "csv: {delimiter: ';', fill_down: [ward]}\n" EVENT,
		     SPAN("ward;Room;Bed;State\nN;1;A;F\n;2;A;O\nS;1;A;F\n"),
		     "1.0 n_1_a n - ->available -" TIME "2.0 n_2_a n - ->occupied -" TIME
		     "3.0 s_1_a s - ->available -" TIME);
}

static void a_heading_is_found_in_a_part_of_its_line(_unused_ void **state)
{
	expect_lines(FIXED,
		     SPAN("Ward North side      Date: 20.04.2026      Page: 1\n"
			  "Room  Bed  State\n101   A    F\n"),
		     "1.0 north_side_101_a north_side - ->available -" TIME);
	expect_lines(LIST, SPAN("Room;Bed;State\nNorth;;\n1;A;F\n"),
		     "1.0 north_1_a north - ->available -" TIME);
}

/* No piece of a file changes what is read: the harness feeds every expected run whole, in pieces
 * and byte by byte. What a line holds is in no message. */
static void a_message_never_holds_a_line(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(FIXED);
	struct told t = {0};

	assert_int_equal(run_pieces(a,
				    SPAN("Ward ZZ\nRoom  Bed  State\nZZ    A    ZZ\nZZ ZZ ZZ ZZ\n"
					 "101   A    ZZ\n"),
				    SIZE_MAX, &t),
			 0);
	assert_null(strstr(t.messages.p, "ZZ"));
	told_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_ward_stands_above_its_rows),
	    cmocka_unit_test(the_turn_of_a_page_is_passed_over),
	    cmocka_unit_test(what_may_be_a_bed_is_never_passed_over),
	    cmocka_unit_test(a_bed_at_the_end_of_a_page_is_never_passed_over),
	    cmocka_unit_test(a_complete_row_counts_whatever_pass_and_groups_say),
	    cmocka_unit_test(a_row_above_the_first_heading_is_bad),
	    cmocka_unit_test(text_over_a_columns_beginning_makes_no_row),
	    cmocka_unit_test(a_cell_that_is_left_out_is_the_one_above),
	    cmocka_unit_test(a_heading_is_found_in_a_part_of_its_line),
	    cmocka_unit_test(a_message_never_holds_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

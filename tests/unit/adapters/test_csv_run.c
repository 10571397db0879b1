#include "tests/unit/adapters/harness.h"

#define VISMA                                                                                      \
	"adapter: visma\n"                                                                         \
	"format: csv\n"                                                                            \
	"zone: Europe/Oslo\n"                                                                      \
	"csv: {delimiter: ';'}\n"                                                                  \
	"event:\n"                                                                                 \
	"  bed_id: 'bed_{AVD}_{ROM}_{SENG}'\n"                                                     \
	"  ward: {from: '{AVD}', map: {D: dementia, R: rehabilitation}}\n"                         \
	"  care_level: {from: '{NIVA}', map: {1: light, 2: medium, 3: intensive}, default: "       \
	"medium}\n"                                                                                \
	"  new_status: {from: '{STATUS}', map: {L: available, O: occupied, N: ~}}\n"               \
	"  changed_at: {from: '{TID}', format: '%d.%m.%Y %H:%M'}\n"                                \
	"  changed_by: {from: '{BRUKER}', prefix: user_}\n"
#define HEAD "AVD;ROM;SENG;NIVA;STATUS;TID;BRUKER\r\n"

static void a_row_becomes_an_event(_unused_ void **state)
{
	expect_lines(VISMA, SPAN(HEAD "D;12;A;3;O;20.04.2026 11:14;hansen\r\n"),
		     "1.0 bed_d_12_a dementia intensive ->occupied user_hansen "
		     "2026-04-20T09:14:00Z - TID\n");
}

static void a_bad_row_stands_beside_good_ones(_unused_ void **state)
{
	expect_lines(VISMA,
		     SPAN(HEAD "D;1;;1;L;20.04.2026 11:14;a\r\n"
			       "D;2;;1;X;20.04.2026 11:14;a\r\n"
			       "D;3;;1;O;2026-04-20;a\r\n"
			       "Q;4;;1;O;20.04.2026 11:14;a\r\n"
			       ";;;1;O;20.04.2026 11:14;a\r\n"
			       "D;6;;1;;20.04.2026 11:14;a\r\n"
			       ";;;;N;;a\r\n"
			       "D;8;;9;l;20.04.2026 11:14;\r\n"),
		     "1.0 bed_d_1 dementia light ->available user_a 2026-04-20T09:14:00Z - TID\n"
		     "bad 2 line 3 at 66 STATUS letters unmapped\n"
		     "bad 3 line 4 at 95 TID date-like bad_time\n"
		     "bad 4 line 5 at 118 AVD letters unmapped\n"
		     "bad 5 line 6 at 147 bed_id empty required\n"
		     "bad 6 line 7 at 174 STATUS empty required\n"
		     "8.0 bed_d_8 dementia medium ->available - 2026-04-20T09:14:00Z - TID\n");
}

static void a_message_never_holds_a_value(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(VISMA);
	struct told t = {0};

	assert_int_equal(run_pieces(a,
				    SPAN(HEAD "ZZ;1;A;1;O;20.04.2026 11:14;a\nD;1;A;1;ZZ;ZZ;ZZ\n"
					      "D;1;A;1;O;ZZ.ZZ;a\nD;1;\"ZZ\"Z;1;O\n"),
				    SIZE_MAX, &t),
			 0);
	assert_null(strstr(t.messages.p, "ZZ"));
	assert_null(strstr(t.text.p, "ZZ"));
	told_done(&t);
}

static void a_short_row_lacks_its_last_columns(_unused_ void **state)
{
	expect_lines(VISMA, SPAN(HEAD "D;12;A;3;O;20.04.2026 11:14\nD;12;A;3;O\n"),
		     "1.0 bed_d_12_a dementia intensive ->occupied - 2026-04-20T09:14:00Z - TID\n"
		     "bad 2 line 3 at 65 TID empty required\n");
}

static void a_long_row_is_bad_unless_nothing_is_in_what_is_too_much(_unused_ void **state)
{
	expect_lines(
	    VISMA, SPAN(HEAD "D;1;A;3;O;20.04.2026 11:14;x;; ;\nD;1;A;3;O;20.04.2026 11:14;x;y\n"),
	    "1.0 bed_d_1_a dementia intensive ->occupied user_x 2026-04-20T09:14:00Z - TID\n"
	    "bad 2 line 3 at 70 - mixed bad_record\n");
}

static void columns_may_stand_in_any_order(_unused_ void **state)
{
	expect_lines(
	    VISMA, SPAN("X;BRUKER;TID;STATUS;NIVA;SENG;ROM;AVD\nx;;20.04.2026 11:14;O;1;A;1;R\n"),
	    "1.0 bed_r_1_a rehabilitation light ->occupied - 2026-04-20T09:14:00Z - TID\n");
}

static void a_header_that_lacks_columns_refuses_the_file(_unused_ void **state)
{
	expect_refused(
	    VISMA, SPAN("AVD;ROM;SENG;NIVA;Status;TID;BRUKR\n"),
	    "line 1: the header lacks 2 of the 7 columns that the adapter reads: \"STATUS\" (did "
	    "you "
	    "mean \"Status\"?), \"BRUKER\" (did you mean \"BRUKR\"?); it has \"AVD\", \"ROM\"");
	expect_refused(
	    VISMA, SPAN("AVD;ROM;SENG;NIVA;Tilstand;TID;BRUKER;TLF\n"),
	    "it has \"AVD\", \"ROM\", \"SENG\", \"NIVA\", \"TID\", \"BRUKER\"; the adapter does "
	    "not read \"Tilstand\", \"TLF\"");
	expect_refused(VISMA, SPAN("AVD,ROM,SENG,NIVA,STATUS,TID,BRUKER\n"),
		       "is the delimiter right?");
	expect_refused(VISMA, SPAN("AVD;ROM;SENG;NIVA;STATUS;TID;BRUKER;TID\n"),
		       "the column \"TID\" twice, as columns 6 and 8");
}

static void a_first_row_that_is_no_header_is_not_shown(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(VISMA);
	struct told t = {0};

	assert_true(run_pieces(a, SPAN("Kari Hansen;Ola;Per;Anne;Nina;Siri;Liv\n"), SIZE_MAX, &t) <
		    0);
	assert_non_null(
	    strstr(t.messages.p, "0 of the 7 fields of its first row are among them: is it a"));
	assert_null(strstr(t.messages.p, "Kari"));
	told_done(&t);
}

static void a_value_that_is_called_like_a_column_makes_no_header(_unused_ void **state)
{
	static const char *const rows[] = {
	    "ROM;Kari;ROM1;O;L;now;Hansen\n", /* one of seven */
	    "AVD;ROM;SENG;NIVA;STATUS;20.04.2026 11:14;Kari\n",
	    "AVD;ROM;SENG;NIVA;STATUS;12;Kari\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(adapter_freep) struct adapter *a = adapter_of(VISMA);
		struct told t = {0};
		assert_true(run_pieces(a, span_str(rows[i]), SIZE_MAX, &t) < 0);
		assert_non_null(strstr(t.messages.p, "is it a header?"));
		assert_null(strstr(t.messages.p, "Kari"));
		told_done(&t);
	}
}

static void lines_swallowed_by_an_open_quote_never_name_a_bed(_unused_ void **state)
{
	expect_lines(VISMA,
		     SPAN("AVD;ROM;SENG;NIVA;STATUS;TID;BRUKER\n"
			  "D;\"1;A;3;O;20.04.2026 11:14;Kari\n"
			  "D;2\";A;3;O;20.04.2026 11:14;Kari\n"
			  "D;3;A;3;O;20.04.2026 11:14;\"Per\nKari\"\n"),
		     "bad 1 line 2 at 36 bed_id mixed bad_identifier\n"
		     "2.0 bed_d_3_a dementia intensive ->occupied - 2026-04-20T09:14:00Z - TID\n");
}

static void windows_1252_is_read_when_the_adapter_says_so(_unused_ void **state)
{
	expect_lines("adapter: a\nformat: csv\nencoding: windows-1252\n"
		     "event: {bed_id: '{BLÅ}', new_status: '{s}', changed_at: '{t}'}\n",
		     SPAN("BL\xC5,s,t\n\xD8"
			  "1,occupied,2026-04-20T09:14:22Z\n"),
		     "1.0 o1 - - ->occupied - 2026-04-20T09:14:22Z - t\n");
}

static void what_is_not_utf8_and_not_named_is_windows_1252(_unused_ void **state)
{
	const char *yaml = "adapter: a\nformat: csv\nevent: {bed_id: '{b}', new_status: '{s}', "
			   "changed_at: '{t}'}\n";

	expect_lines(yaml, SPAN("b,s,t\nBl\xE5 \x80 1,occupied,2026-04-20T09:14:22Z\nx,q,\n"),
		     "1.0 bla_1 - - ->occupied - 2026-04-20T09:14:22Z - t\n"
		     "bad 2 line 3 at 44 s letters unmapped\n");
	expect_said(yaml, SPAN("b,s,t\nBl\xE5,occupied,2026-04-20T09:14:22Z\n"),
		    "note 1 the file is not utf-8 and was read as windows-1252");
}

static void broken_utf8_in_a_field_that_is_read_makes_a_bad_record(_unused_ void **state)
{
	expect_lines("adapter: a\nformat: csv\nencoding: utf-8\nevent: {bed_id: '{b}', new_status: "
		     "'{s}', changed_at: "
		     "'{t}'}\n",
		     SPAN("\xEF\xBB\xBF"
			  "b,s,t,x\nBl\xE5,occupied,2026-04-20T09:14:22Z,\nb,occupied,2026-04-"
			  "20T09:14:22Z,\xE5\n"),
		     "bad 1 line 2 at 11 b not utf-8 bad_encoding\n"
		     "2.0 b - - ->occupied - 2026-04-20T09:14:22Z - t\n");
}

static void utf16_is_known_by_its_mark(_unused_ void **state)
{
	expect_lines("adapter: a\nformat: csv\nevent: {bed_id: '{b}', new_status: '{s}', "
		     "changed_at: '{t}'}\n",
		     SPAN("\xFF\xFE"
			  "b\0,\0s\0,\0t\0\n\0\xE5\0,\0O\0c\0c\0u\0p\0i\0e\0d\0,\0"
			  "2\0"
			  "0\0"
			  "2\0"
			  "6\0-\0"
			  "0\0"
			  "4\0-\0"
			  "2\0"
			  "0\0T\0"
			  "0\0"
			  "9\0Z\0\n\0"),
		     "1.0 a - - ->occupied - 2026-04-20T09:00:00Z - t\n");
}

static void without_a_header_columns_have_numbers_or_names(_unused_ void **state)
{
	expect_lines("adapter: a\nformat: csv\ncsv: {header: No}\n"
		     "event: {bed_id: '{1}', new_status: '{3}', changed_at: '{2}'}\n",
		     SPAN("b1,2026-04-20T09:14:22Z,occupied\n"),
		     "1.0 b1 - - ->occupied - 2026-04-20T09:14:22Z - 2\n");
	expect_lines("adapter: a\nformat: csv\ncsv: {header: false}\n"
		     "event: {bed_id: '{1}', new_status: '{3}', changed_at: '{2}'}\n",
		     SPAN("b1,2026-04-20T09:14:22Z,occupied\n"),
		     "1.0 b1 - - ->occupied - 2026-04-20T09:14:22Z - 2\n");
	expect_lines("adapter: a\nformat: csv\ncsv: {header: false, columns: [b, t, s]}\n"
		     "event: {bed_id: '{b}', new_status: '{s}', changed_at: '{t}'}\n",
		     SPAN("b1,2026-04-20T09:14:22Z,occupied\n"),
		     "1.0 b1 - - ->occupied - 2026-04-20T09:14:22Z - t\n");
}

static void a_local_time_in_doubt_is_read_and_warned_of(_unused_ void **state)
{
	expect_lines(VISMA,
		     SPAN(HEAD "D;1;A;1;O;27.10.2024 02:30;a\nD;1;A;1;L;30.03.2025 02:30;a\n"),
		     "1.0 bed_d_1_a dementia light ->occupied user_a 2024-10-27T00:30:00Z - TID\n"
		     "warning 1 line 2 at 37 TID date-like time_ambiguous\n"
		     "2.0 bed_d_1_a dementia light ->available user_a 2025-03-30T01:30:00Z - TID\n"
		     "warning 2 line 3 at 66 TID date-like time_nonexistent\n");
}

static void a_census_takes_the_files_time_and_tells_only_differences(_unused_ void **state)
{
	const char *yaml =
	    "adapter: a\nformat: csv\nmode: census\nevent: {bed_id: '{b}', new_status: '{s}'}\n";
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(yaml);
	_cleanup_(memory_table_freep) struct memory_table *memory = memory_table_new(NULL);
	struct told t = {.memory = memory};

	assert_int_equal(run_pieces(a, SPAN("b,s\n1,occupied\n2,available\n"), SIZE_MAX, &t), 0);
	assert_int_equal(run_pieces(a, SPAN("b,s\n1,occupied\n2,reserved\n"), SIZE_MAX, &t), 0);
	assert_string_equal(t.text.p, "1.0 1 - - ->occupied - 1970-01-01T00:16:40Z census file\n"
				      "2.0 2 - - ->available - 1970-01-01T00:16:40Z census file\n"
				      "2.0 2 - - ->reserved - 1970-01-01T00:16:40Z census file\n");
	assert_non_null(strstr(t.messages.p, "note 1 census: beds that are as they were"));
	told_done(&t);
}

static void a_column_that_was_renamed_is_named_with_what_it_is_called_now(_unused_ void **state)
{
	expect_refused(
	    "adapter: a\nformat: csv\nmode: census\nevent: {bed_id: 'bed_{Avd}_{Rom}_{Sengenr}', "
	    "new_status: '{Sengestatus}'}\n",
	    SPAN("Avd,Rom,Seng,Status seng,Merknad\nA,1,1,available,\n"),
	    "\"Sengenr\" (did you mean \"Seng\"?), \"Sengestatus\" (did you mean \"Status "
	    "seng\"?)");
	expect_refused("adapter: a\nformat: csv\nmode: census\nevent: {bed_id: 'bed_{Avd}_{Rom}', "
		       "new_status: '{Status}'}\n",
		       SPAN("Avd,Rom,Tilstand,Merknad\nA,1,available,\n"), "\"Status\"; it has");
}

static void a_date_that_programs_write_for_none_is_none(_unused_ void **state)
{
#define BEDS "event: {bed_id: '{b}', new_status: '{s}', changed_at: {from: '{t}', zone: UTC}}\n"
	expect_lines("adapter: a\nformat: csv\nmode: census\n" BEDS,
		     SPAN("b,s,t\n1,occupied,0001-01-01 00:00:00\n2,occupied,0000-00-00\n"),
		     "1.0 1 - - ->occupied - 1970-01-01T00:16:40Z census file\n"
		     "2.0 2 - - ->occupied - 1970-01-01T00:16:40Z census file\n");
	static const char *const none[] = {"00.00.0000", "00/00/0000", "01.01.0001", "01/01/0001",
					   "1/1/0001"};
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		char text[64];
		(void)snprintf(text, sizeof(text), "b,s,t\n1,occupied,%s 00:00\n", none[i]);
		expect_lines("adapter: a\nformat: csv\nmode: census\n" BEDS, span_str(text),
			     "1.0 1 - - ->occupied - 1970-01-01T00:16:40Z census file\n");
	}
	expect_lines("adapter: a\nformat: csv\n" BEDS, SPAN("b,s,t\n1,occupied,1900-01-01\n"),
		     "bad 1 line 2 at 6 t date-like bad_time\n");
#undef BEDS
}

static void what_is_not_read_is_said(_unused_ void **state)
{
	expect_said(VISMA,
		    SPAN("AVD;ROM;SENG;NIVA;STATUS;TID;BRUKER;PASIENT\nD;1;A;9;O;20.04.2026 "
			 "11:14;a;Kari\n;;\n"),
		    "note 1 care_level: values that are not in the map took the default\n"
		    "note 1 rows with nothing in them\n"
		    "note 1 column PASIENT is not read\n"
		    "records 1 events 1 bad 0 warnings 0 utf-8\n");
}

static void the_builtin_reads_the_events_own_names(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	struct told t = {0};
	struct err err = {0};

	assert_int_equal(adapter_builtin(FORMAT_CSV, "Europe/Oslo", &a, &err), 0);
	assert_int_equal(run_pieces(a,
				    SPAN("sep=;\nnew_status;bed_id;changed_at;reason\n"
					 "Occupied;Bed 1;2026-04-20 11:14;Admit\n"),
				    3, &t),
			 0);
	assert_string_equal(t.text.p,
			    "1.0 bed_1 - - ->occupied - 2026-04-20T09:14:00Z admit changed_at\n");
	assert_string_equal(adapter_path(a), "");
	told_done(&t);
}

static void a_delimiter_is_found_in_the_first_row_that_counts(_unused_ void **state)
{
	const char *yaml =
	    "adapter: a\nformat: csv\ncsv: {delimiter: auto, skip_lines: 1, comment: '#'}\n"
	    "event: {bed_id: '{b}', new_status: '{s}', changed_at: '{t}'}\n";
	const char *event = "1.0 x_y - - ->occupied - 2026-04-20T00:00:00Z - t\n";

	expect_lines(yaml,
		     SPAN("a,b,c,d\r\n# , , , ,\r\n\r\nb|s|\"t\"\r\nx,y|occupied|2026-04-20\r\n"),
		     event);
	expect_lines(yaml, SPAN(",,,\rb\ts\tt\rx;y\toccupied\t2026-04-20"), event);
	expect_lines(yaml, SPAN("a\n"), "");
	expect_lines(yaml, SPAN(""), "");
}

static void the_same_file_twice_makes_the_same_ids(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(VISMA);
	struct told one = {0}, two = {0};
	struct span file = SPAN(HEAD "D;12;A;3;O;20.04.2026 11:14;hansen\n");

	assert_int_equal(run_pieces(a, file, 5, &one), 0);
	assert_int_equal(run_pieces(a, file, SIZE_MAX, &two), 0);
	assert_true(ulid_eq(one.last.id, two.last.id));
	told_done(&one);
	told_done(&two);
}

static void an_isolated_bed_stays_occupied_if_somebody_lies_there(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a =
	    adapter_of("adapter: t\nformat: csv\nevent:\n  bed_id: \"{B}\"\n  changed_at: \"{T}\"\n"
		       "  new_status: {from: \"{S}\", map: {O: occupied, I: isolated}}\n");
	struct told t = {.memory = memory_table_new(NULL)};
	assert_int_equal(
	    run_pieces(a,
		       SPAN("B,S,T\na,O,2026-01-01T12:00:00Z\na,I,2026-01-01T13:00:00Z\n"
			    "b,I,2026-01-01T13:00:00Z\n"),
		       SIZE_MAX, &t),
	    0);
	assert_string_equal(told_text(&t),
			    "1.0 a - - ->occupied - 2026-01-01T12:00:00Z - T\n"
			    "2.0 a - - ->occupied - 2026-01-01T13:00:00Z isolation T\n"
			    "3.0 b - - ->maintenance - 2026-01-01T13:00:00Z isolation T\n");
	memory_table_free(t.memory);
	told_done(&t);
}

#define FINDS                                                                                      \
	"adapter: t\nformat: csv\ncsv: {delimiter: ';', header: find}\nevent:\n  bed_id: "         \
	"\"{B}\"\n"                                                                                \
	"  new_status: \"{S}\"\n  changed_at: \"{T?}\"\n  only: {\"{S}\": \"*\"}\nmode: census\n"

static void a_header_is_found_by_its_names(_unused_ void **state)
{
	static const char *const before[] = {"", "List of beds\n",
					     "List;of;beds\n\n;;;\nS;is not all\n\"open; B; S\n"};
	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		struct buf b = BUF_INIT;
		buf_addf(&b, "%sWard; B ;S\nx;a;occupied\nWard;B;S\nx;b;reserved\nSum;2;\n",
			 before[i]);
		expect_lines(FINDS, buf_span(&b),
			     "1.0 a - - ->occupied - 1970-01-01T00:16:40Z census file\n"
			     "2.0 b - - ->reserved - 1970-01-01T00:16:40Z census file\n");
		buf_done(&b);
	}
	expect_refused(
	    FINDS, SPAN("A;B\nx;y\n"),
	    "none of the first 2 rows is a header with all columns that are read: \"S\", \"B\"");
	expect_said(FINDS, SPAN("t\nB;S\na;occupied\nB;S\n"), "note 1 rows before the header");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_header_is_found_by_its_names),
	    cmocka_unit_test(an_isolated_bed_stays_occupied_if_somebody_lies_there),
	    cmocka_unit_test(a_row_becomes_an_event),
	    cmocka_unit_test(a_bad_row_stands_beside_good_ones),
	    cmocka_unit_test(a_message_never_holds_a_value),
	    cmocka_unit_test(a_short_row_lacks_its_last_columns),
	    cmocka_unit_test(a_long_row_is_bad_unless_nothing_is_in_what_is_too_much),
	    cmocka_unit_test(columns_may_stand_in_any_order),
	    cmocka_unit_test(a_header_that_lacks_columns_refuses_the_file),
	    cmocka_unit_test(a_first_row_that_is_no_header_is_not_shown),
	    cmocka_unit_test(a_value_that_is_called_like_a_column_makes_no_header),
	    cmocka_unit_test(lines_swallowed_by_an_open_quote_never_name_a_bed),
	    cmocka_unit_test(windows_1252_is_read_when_the_adapter_says_so),
	    cmocka_unit_test(what_is_not_utf8_and_not_named_is_windows_1252),
	    cmocka_unit_test(broken_utf8_in_a_field_that_is_read_makes_a_bad_record),
	    cmocka_unit_test(utf16_is_known_by_its_mark),
	    cmocka_unit_test(without_a_header_columns_have_numbers_or_names),
	    cmocka_unit_test(a_local_time_in_doubt_is_read_and_warned_of),
	    cmocka_unit_test(a_census_takes_the_files_time_and_tells_only_differences),
	    cmocka_unit_test(a_column_that_was_renamed_is_named_with_what_it_is_called_now),
	    cmocka_unit_test(a_date_that_programs_write_for_none_is_none),
	    cmocka_unit_test(what_is_not_read_is_said),
	    cmocka_unit_test(the_builtin_reads_the_events_own_names),
	    cmocka_unit_test(a_delimiter_is_found_in_the_first_row_that_counts),
	    cmocka_unit_test(the_same_file_twice_makes_the_same_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tables: people's and machines' views of the same rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/table.h"

static const struct table_column columns[] = {
    {"name", "NAME", TABLE_TEXT},
    {"n", "COUNT", TABLE_NUMBER},
    {"at", "AT", TABLE_TIME},
    {"ok", NULL, TABLE_BOOL},
    {0},
};

static struct table two_rows(void)
{
	struct table t = table_of(columns);
	table_text(&t, "bl\xc3\xa5");
	table_number(&t, 1234567);
	table_time(&t, 0);
	table_bool(&t, true);
	table_text(&t, NULL);
	table_number(&t, -1);
	table_time(&t, USEC_NONE);
	table_none(&t);
	return t;
}

static void columns_line_up_by_characters_and_numbers_stand_right(void **state)
{
	(void)state;
	struct table t = two_rows();
	struct buf out = BUF_INIT;
	table_to_text(&t, &out);
	assert_string_equal(out.p, "NAME    COUNT  AT\n"
				   "bl\xc3\xa5   1234567  1970-01-01T00:00:00Z\n"
				   "-          -1  -\n");
	buf_done(&out);
	table_done(&t);
}

static void json_has_every_column_with_its_type(void **state)
{
	(void)state;
	struct table t = two_rows();
	struct buf out = BUF_INIT;
	table_to_json(&t, &out);
	assert_string_equal(out.p, "[{\"name\":\"bl\xc3\xa5\",\"n\":1234567,\"at\":\"1970-01-01T00:"
				   "00:00Z\",\"ok\":true},\n"
				   " {\"name\":null,\"n\":-1,\"at\":null,\"ok\":null}]");
	buf_done(&out);
	table_done(&t);
}

static void no_file_name_can_drive_a_terminal_or_break_json(void **state)
{
	(void)state;
	static const struct table_column one[] = {{"name", "NAME", TABLE_TEXT}, {0}};
	struct table t = table_of(one);
	struct buf out = BUF_INIT;
	table_text(&t, "a\x1b[2J\n\xff\xc2\x9b\"b");
	table_to_text(&t, &out);
	assert_string_equal(out.p, "NAME\na\\x1b[2J\\x0a\\xff\\xc2\\x9b\"b\n");
	buf_clear(&out);
	table_to_json(&t, &out);
	assert_string_equal(out.p, "[{\"name\":\"a\\\\x1b[2J\\\\x0a\\\\xff\\\\xc2\\\\x9b\\\"b\"}]");
	buf_done(&out);
	table_done(&t);
}

static void a_record_is_one_line_per_column(void **state)
{
	(void)state;
	static const struct table_column two[] = {
	    {"a", "long title"}, {"b", "b", TABLE_NUMBER}, {0}};
	struct table t = table_of(two);
	struct buf out = BUF_INIT;
	table_text(&t, "x");
	table_number(&t, 5);
	table_record_to_text(&t, &out);
	assert_string_equal(out.p, "long title  x\nb           5\n");
	buf_done(&out);
	table_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_line_up_by_characters_and_numbers_stand_right),
	    cmocka_unit_test(json_has_every_column_with_its_type),
	    cmocka_unit_test(no_file_name_can_drive_a_terminal_or_break_json),
	    cmocka_unit_test(a_record_is_one_line_per_column),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

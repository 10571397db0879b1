#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/csv_cell.h"

static void assert_cell(const char *text, char separator, const char *expected)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	buf_adds(&b, "");
	csv_cell_add(span_str(text), separator, &b);
	assert_string_equal(b.p ? b.p : "", expected);
}

static void a_text_gets_quotes_only_where_it_needs_them(void **state)
{
	(void)state;
	assert_cell("Nordre Aker", ',', "Nordre Aker");
	assert_cell("Tåsenveien 1, 0853 Oslo", ',', "\"Tåsenveien 1, 0853 Oslo\"");
	assert_cell("Tåsenveien 1, 0853 Oslo", ';', "Tåsenveien 1, 0853 Oslo");
	assert_cell("a;b", ';', "\"a;b\"");
	assert_cell("the \"old\" wing", ',', "\"the \"\"old\"\" wing\"");
	assert_cell("two\nlines", ',', "\"two\nlines\"");
	assert_cell("", ',', "");
}

static void no_text_is_a_formula(void **state)
{
	(void)state;
	assert_cell("=1+1", ',', "'=1+1");
	assert_cell("+47 22 00 00 00", ',', "'+47 22 00 00 00");
	assert_cell("-1", ',', "'-1");
	assert_cell("@SUM(A1)", ',', "'@SUM(A1)");
	assert_cell("\tx", ',', "'\tx");
	assert_cell("=HYPERLINK(\"a\",1)", ',', "\"'=HYPERLINK(\"\"a\"\",1)\"");
	assert_cell("a=b", ',', "a=b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_gets_quotes_only_where_it_needs_them),
	    cmocka_unit_test(no_text_is_a_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

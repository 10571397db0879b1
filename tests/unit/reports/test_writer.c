/* Text formats byte for byte; the others are opened by tests/system/test_report_formats.py. */
#include "reports/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "reports/cell.h"

static const struct column columns[] = {
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 10},
    {"n", TEXT_INIT("Count", "Antall"), CELL_COUNT, UNIT_NONE, 5},
};
static const struct table first = {"first", TEXT_INIT("First", "Første"), columns, 2};
static const struct table second = {"second", TEXT_INIT("Second", "Andre"), columns, 2};

static int write_all(const char *format, const char *only, const char *name, struct buf *out)
{
	struct output *o = output_to_buf(out);
	struct writer *w = writer_new(writer_format_find(span_str(format)), o);
	struct zone *utc;
	struct cell cells[] = {cell_str(name), cell_count(-7)};

	assert_int_equal(zone_load("UTC", &utc, NULL), 0);
	const struct document d = {
	    .name = "test", .title = TEXT("Test", "Test"), .subtitle = "a & b", .zone = utc};
	w->only = only;
	(void)writer_begin(w, &d, NULL);
	(void)writer_table(w, &first, NULL);
	(void)writer_row(w, cells, NULL);
	(void)writer_total(w, cells, NULL);
	(void)writer_table_end(w, NULL);
	(void)writer_table(w, &second, NULL);
	(void)writer_table_end(w, NULL);
	int r = writer_end(w, NULL);
	writer_free(w);
	if (r == 0)
		r = output_commit(o, NULL);
	output_free(o);
	zone_free(utc);
	buf_addc(out, '\0');
	return r;
}

static void csv_row_is(const char *name, const char *row)
{
	struct buf b = BUF_INIT, expected = BUF_INIT;

	assert_int_equal(write_all("csv", NULL, name, &b), 0);
	buf_addf(&expected, "name,n\r\n%s,-7\r\n", row);
	assert_string_equal(b.p, expected.p);
	buf_done(&b);
	buf_done(&expected);
}

static void csv_quotes_what_needs_it(void **state _unused_)
{
	csv_row_is("plain", "plain");
	csv_row_is("a,b", "\"a,b\"");
	csv_row_is("say \"hi\"", "\"say \"\"hi\"\"\"");
	csv_row_is("two\nlines", "\"two\nlines\"");
	csv_row_is("Bjørn", "Bjørn");
	csv_row_is("", "");
	csv_row_is(NULL, "");
}

static void csv_holds_no_formula(void **state _unused_)
{
	csv_row_is("=1+1", "'=1+1");
	csv_row_is("+1", "'+1");
	csv_row_is("-1", "'-1");
	csv_row_is("@SUM(A1)", "'@SUM(A1)");
	csv_row_is("\t=1", "'\t=1");
	csv_row_is("\r=1", "\"'\r=1\"");
	csv_row_is("\n=1", "\"'\n=1\"");
	csv_row_is("=1,2", "\"'=1,2\"");
	csv_row_is("a=1", "a=1");
}

static void csv_is_one_table(void **state _unused_)
{
	struct buf b = BUF_INIT;

	assert_int_equal(write_all("csv", "second", "x", &b), 0);
	assert_string_equal(b.p, "name,n\r\n");
	buf_clear(&b);
	assert_int_equal(write_all("csv", "third", "x", &b), -ERR_NOT_FOUND);
	buf_done(&b);
}

static void json_has_its_documented_shape(void **state _unused_)
{
	struct buf b = BUF_INIT;

	assert_int_equal(write_all("json", NULL, "\"\x01", &b), 0);
	assert_string_equal(
	    b.p,
	    "{\"shape\":1,\"report\":\"test\",\"title\":\"Test\",\"subtitle\":\"a & b\","
	    "\"language\":\"en\",\"generated_at\":\"1970-01-01T00:00:00Z\",\n\"parameters\":{},\n"
	    "\"notes\":[],\n\"charts\":[],\n\"tables\":[\n"
	    "{\"key\":\"first\",\"title\":\"First\",\"columns\":["
	    "{\"key\":\"name\",\"title\":\"Name\",\"type\":\"text\",\"unit\":null},"
	    "{\"key\":\"n\",\"title\":\"Count\",\"type\":\"count\",\"unit\":null}],\"rows\":[\n"
	    "{\"name\":\"\\\"\\u0001\",\"n\":-7}],\n"
	    "\"totals\":{\"name\":\"\\\"\\u0001\",\"n\":-7}},\n"
	    "{\"key\":\"second\",\"title\":\"Second\",\"columns\":["
	    "{\"key\":\"name\",\"title\":\"Name\",\"type\":\"text\",\"unit\":null},"
	    "{\"key\":\"n\",\"title\":\"Count\",\"type\":\"count\",\"unit\":null}],\"rows\":[],\n"
	    "\"totals\":null}]}\n");
	buf_done(&b);
}

static void xml_escapes_what_it_must(void **state _unused_)
{
	struct buf b = BUF_INIT;

	assert_int_equal(write_all("xml", NULL, "<a href=\"x\">&\x01", &b), 0);
	assert_non_null(
	    strstr(b.p, "<name>&lt;a href=&quot;x&quot;&gt;&amp;\ufffd</name><n>-7</n>"));
	assert_non_null(strstr(b.p, "subtitle=\"a &amp; b\""));
	buf_done(&b);
}

static void an_unknown_format_is_none(void **state _unused_)
{
	assert_null(writer_format_find(SPAN("docx")));
	assert_null(writer_format_find(SPAN("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(csv_quotes_what_needs_it),
	    cmocka_unit_test(csv_holds_no_formula),
	    cmocka_unit_test(csv_is_one_table),
	    cmocka_unit_test(json_has_its_documented_shape),
	    cmocka_unit_test(xml_escapes_what_it_must),
	    cmocka_unit_test(an_unknown_format_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

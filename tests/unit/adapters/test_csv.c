#include "adapters/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"

/* Rows as "line@offset[a|b|c]" or "line@offset!fault", one after another. */
static struct buf scanned(const struct csv_options *options, struct span text, size_t piece)
{
	_cleanup_(csv_freep) struct csv *c = csv_new(options);
	struct buf out = BUF_INIT;
	struct csv_row row;
	enum csv_step step;
	bool last;

	do {
		size_t n = text.n < piece ? text.n : piece;
		last = n == text.n;
		csv_feed(c, span_of(text.p, n), last);
		text = span_of(text.p + n, text.n - n);
		while ((step = csv_next(c, &row)) != CSV_MORE) {
			buf_addf(&out, "%llu@%llu", (unsigned long long)row.line,
				 (unsigned long long)row.offset);
			if (step == CSV_BAD) {
				buf_addf(&out, "!%d ", row.fault);
				continue;
			}
			for (size_t i = 0; i < row.n; i++)
				buf_addf(&out, "%c" SPAN_FMT, i ? '|' : '[',
					 SPAN_ARG(row.fields[i]));
			buf_adds(&out, "] ");
		}
	} while (!last);
	return out;
}

static void expect_rows(const struct csv_options *options, struct span text, const char *rows)
{
	for (size_t piece = 1; piece <= text.n + 1; piece++) {
		struct buf out = scanned(options, text, piece);
		assert_string_equal(out.p ? out.p : "", rows);
		buf_done(&out);
	}
}

static const struct csv_options comma = {.delimiter = ',', .quote = '"'};

static void every_line_end_ends_a_row(_unused_ void **state)
{
	expect_rows(&comma, SPAN("a,b\nc,d\r\ne,f\rg,h"), "1@0[a|b] 2@4[c|d] 3@9[e|f] 4@13[g|h] ");
}

static void an_empty_line_is_no_row_and_still_counts(_unused_ void **state)
{
	expect_rows(&comma, SPAN("\n  \r\n\ra\r\n\r\nb\n"), "4@6[a] 6@11[b] ");
}

static void quotes_hold_delimiters_line_ends_and_doubled_quotes(_unused_ void **state)
{
	expect_rows(&comma, SPAN("\"a,b\",\"c\r\nd\",\"e\"\"f\"\"\"\nx,\"\",y\n"),
		    "1@0[a,b|c\r\nd|e\"f\"] 3@22[x||y] ");
}

static void spaces_around_a_quoted_field_are_not_part_of_it(_unused_ void **state)
{
	expect_rows(&comma, SPAN("  \"a\" ,\t\"b\"\t, c \n"), "1@0[a|b| c ] ");
}

static void a_quote_within_a_plain_field_is_a_character(_unused_ void **state)
{
	expect_rows(&comma, SPAN("5\" pipe,a\"b\"c\n"), "1@0[5\" pipe|a\"b\"c] ");
}

static void a_quote_never_closed_costs_its_own_line_only(_unused_ void **state)
{
	expect_rows(&comma, SPAN("a,\"b\nc,d\ne,f\n"), "1@0!1 2@5[c|d] 3@9[e|f] ");
	expect_rows(&comma, SPAN("a,\"b\nc,\"d\"\ne,f\n"), "1@0!2 2@5[c|d] 3@11[e|f] ");
	expect_rows(&comma, SPAN("\"x\ny\",\"b\nc,d\n"), "1@0!1 3@9[c|d] ");
}

static void text_behind_a_closing_quote_breaks_the_row(_unused_ void **state)
{
	expect_rows(&comma, SPAN("\"a\"b,c\nd,e\n"), "1@0!2 2@7[d|e] ");
}

static void the_last_line_needs_no_end(_unused_ void **state)
{
	expect_rows(&comma, SPAN("a,"), "1@0[a|] ");
	expect_rows(&comma, SPAN("a,\"b\""), "1@0[a|b] ");
	expect_rows(&comma, SPAN(""), "");
}

static void a_nul_byte_breaks_its_row(_unused_ void **state)
{
	expect_rows(&comma, SPAN("a\0b,c\nd,e\n"), "1@0!6 2@6[d|e] ");
}

static void other_signs_part_and_quote(_unused_ void **state)
{
	const struct csv_options o = {.delimiter = '\t', .quote = '\''};

	expect_rows(&o, SPAN("'a\tb'\t\t c\"\n"), "1@0[a\tb|| c\"] ");
	expect_rows(&(struct csv_options){.delimiter = ';'}, SPAN("\"a;b\"\n"), "1@0[\"a|b\"] ");
}

static void comments_and_leading_lines_are_skipped(_unused_ void **state)
{
	const struct csv_options o = {
	    .delimiter = ',', .quote = '"', .comment = "//", .skip_lines = 2};

	expect_rows(&o, SPAN("Export \"1\r\n\r\n// a,b\nc,/d\n/,e\n"), "4@20[c|/d] 5@25[/|e] ");
}

static void offsets_can_count_characters(_unused_ void **state)
{
	_cleanup_(csv_freep) struct csv *c = csv_new(&comma);
	struct csv_row row;

	csv_count(c, 3, true);
	csv_feed(c, SPAN("æ,\"ø\"\"å\"\nb\n"), true);
	assert_int_equal(csv_next(c, &row), CSV_ROW);
	assert_int_equal(row.offset, 3);
	assert_int_equal(csv_next(c, &row), CSV_ROW);
	assert_int_equal(row.offset, 3 + 9);
}

static void a_row_longer_than_the_limit_is_bad_and_the_next_is_read(_unused_ void **state)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < CSV_RECORD_MAX / 10 + 1; i++)
		buf_adds(&text, "012345678,");
	buf_adds(&text, "\na,b\n");
	for (size_t piece = 1000; piece < 3000000; piece *= 12) {
		struct buf out = scanned(&comma, buf_span(&text), piece);
		assert_non_null(strstr(out.p, "1@0!3 2@1048581[a|b] "));
		buf_done(&out);
	}
	buf_done(&text);
}

static void a_field_longer_than_the_limit_is_bad(_unused_ void **state)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "a,");
	memset(buf_reserve(&text, CSV_FIELD_MAX + 1), 'x', CSV_FIELD_MAX + 1);
	text.n += CSV_FIELD_MAX + 1;
	buf_adds(&text, "\nc,d\n");
	struct buf out = scanned(&comma, buf_span(&text), 4096);
	assert_string_equal(out.p, "1@0!4 2@65540[c|d] ");
	buf_done(&out);
	buf_done(&text);
}

static void an_open_quote_is_given_up_at_the_record_limit(_unused_ void **state)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "a,\"b\n");
	while (text.n < CSV_RECORD_MAX + 100)
		buf_adds(&text, "c,d\n");
	for (size_t piece = 1000; piece < 3000000; piece *= 12) {
		struct buf out = scanned(&comma, buf_span(&text), piece);
		assert_int_equal(strncmp(out.p, "1@0!1 2@5[c|d] 3@9[c|d] ", 24), 0);
		buf_done(&out);
	}
	buf_done(&text);
}

static void too_many_fields_are_bad(_unused_ void **state)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i <= CSV_COLUMNS_MAX; i++)
		buf_adds(&text, "x,");
	buf_adds(&text, "\na\n");
	struct buf out = scanned(&comma, buf_span(&text), 100);
	assert_string_equal(out.p, "1@0!5 2@8195[a] ");
	buf_done(&out);
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_line_end_ends_a_row),
	    cmocka_unit_test(an_empty_line_is_no_row_and_still_counts),
	    cmocka_unit_test(quotes_hold_delimiters_line_ends_and_doubled_quotes),
	    cmocka_unit_test(spaces_around_a_quoted_field_are_not_part_of_it),
	    cmocka_unit_test(a_quote_within_a_plain_field_is_a_character),
	    cmocka_unit_test(a_quote_never_closed_costs_its_own_line_only),
	    cmocka_unit_test(text_behind_a_closing_quote_breaks_the_row),
	    cmocka_unit_test(the_last_line_needs_no_end),
	    cmocka_unit_test(a_nul_byte_breaks_its_row),
	    cmocka_unit_test(other_signs_part_and_quote),
	    cmocka_unit_test(comments_and_leading_lines_are_skipped),
	    cmocka_unit_test(offsets_can_count_characters),
	    cmocka_unit_test(a_row_longer_than_the_limit_is_bad_and_the_next_is_read),
	    cmocka_unit_test(a_field_longer_than_the_limit_is_bad),
	    cmocka_unit_test(an_open_quote_is_given_up_at_the_record_limit),
	    cmocka_unit_test(too_many_fields_are_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

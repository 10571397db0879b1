#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/cleanup.h"
#include "base/span.h"

static void absent_and_empty_differ_but_both_hold_nothing(void **state)
{
	(void)state;
	assert_null(span_str(NULL).p);
	assert_non_null(span_str("").p);
	assert_true(span_is_empty(SPAN_NONE));
	assert_true(span_eq(SPAN_NONE, SPAN("")));
}

static void equality_looks_at_bytes_and_nocase_at_ascii_only(void **state)
{
	(void)state;
	assert_true(span_eq(SPAN("a\0b"), SPAN("a\0b")));
	assert_false(span_eq(SPAN("a\0b"), SPAN("a\0c")));
	assert_true(span_eq_nocase(SPAN("Oslo"), SPAN("oSLO")));
	assert_false(span_eq_nocase(SPAN("\xC3\x98"), SPAN("\xC3\xB8")));
	assert_false(span_eq_nocase(SPAN("@"), SPAN("`")));
}

static void order_is_by_bytes_and_a_prefix_comes_first(void **state)
{
	(void)state;
	assert_true(span_cmp(SPAN("a"), SPAN("b")) < 0);
	assert_true(span_cmp(SPAN("a"), SPAN("aa")) < 0);
	assert_true(span_cmp(SPAN("\xff"), SPAN("a")) > 0);
	assert_int_equal(span_cmp(SPAN_NONE, SPAN("")), 0);
}

static void starts_and_ends_take_the_whole_and_nothing_longer(void **state)
{
	(void)state;
	assert_true(span_starts(SPAN("abc"), SPAN("abc")));
	assert_true(span_starts(SPAN("abc"), SPAN("")));
	assert_false(span_starts(SPAN("abc"), SPAN("abcd")));
	assert_true(span_ends(SPAN("a.csv"), SPAN(".csv")));
	assert_false(span_ends(SPAN("csv"), SPAN(".csv")));
}

static void trim_takes_white_space_off_both_ends_only(void **state)
{
	(void)state;
	assert_true(span_eq_str(span_trim(SPAN(" \t a b\r\n")), "a b"));
	assert_int_equal(span_trim(SPAN(" \n ")).n, 0);
	assert_int_equal(span_trim(SPAN_NONE).n, 0);
}

static void cut_gives_every_part_also_the_empty_ones(void **state)
{
	struct span rest = SPAN("a||b|"), part;
	const char *parts[] = {"a", "", "b", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		assert_true(span_cut(&rest, '|', &part));
		assert_true(span_eq_str(part, parts[i]));
	}
	assert_false(span_cut(&rest, '|', &part));
	rest = SPAN("");
	assert_true(span_cut(&rest, '|', &part));
	assert_false(span_cut(&rest, '|', &part));
}

static void whole_numbers_to_their_last_value(void **state)
{
	int64_t i = 0;
	uint64_t u = 0;

	(void)state;
	assert_true(span_to_i64(SPAN("9223372036854775807"), &i) && i == INT64_MAX);
	assert_true(span_to_i64(SPAN("-9223372036854775808"), &i) && i == INT64_MIN);
	assert_true(span_to_i64(SPAN("+007"), &i) && i == 7);
	assert_true(span_to_u64(SPAN("18446744073709551615"), &u) && u == UINT64_MAX);
}

static void what_is_not_a_whole_number_is_refused_and_nothing_written(void **state)
{
	static const char *const bad[] = {"",
					  "-",
					  "+",
					  "--1",
					  "1 ",
					  " 1",
					  "1.0",
					  "0x1",
					  "1e3",
					  "one",
					  "9223372036854775808",
					  "-9223372036854775809"};
	int64_t i = 42;
	uint64_t u = 42;

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(bad); n++)
		assert_false(span_to_i64(span_str(bad[n]), &i));
	assert_false(span_to_u64(SPAN("18446744073709551616"), &u));
	assert_false(span_to_u64(SPAN("-1"), &u));
	assert_int_equal(i, 42);
	assert_int_equal(u, 42);
}

static void decimals_are_read_with_a_point_and_nothing_else(void **state)
{
	static const char *const bad[] = {"",	 ".",	"-",	 "1,5",	  "1e3",
					  "nan", "inf", "0x1p3", "1.2.3", "1-"};
	double d = 0;

	(void)state;
	assert_true(span_to_double(SPAN("59.913869"), &d));
	assert_true(fabs(d - 59.913869) < 1e-12);
	assert_true(span_to_double(SPAN("-.5"), &d) && fabs(d + 0.5) < 1e-12);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(span_to_double(span_str(bad[i]), &d));
}

static void utf8_is_refused_at_its_first_bad_byte(void **state)
{
	static const struct {
		struct span s;
		size_t bad;
	} cases[] = {
	    {SPAN("abcdefgh\x80"), 8},	   /* a continuation without a start */
	    {SPAN("\xC0\xAF"), 0},	   /* overlong */
	    {SPAN("a\xE0\x80\xAF"), 1},	   /* overlong */
	    {SPAN("\xED\xA0\x80"), 0},	   /* a surrogate */
	    {SPAN("\xF4\x90\x80\x80"), 0}, /* above U+10FFFF */
	    {SPAN("\xC3"), 0},		   /* cut off */
	    {SPAN("ok\xE2\x82"), 2},	   /* cut off */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t bad = 999;
		assert_false(span_is_utf8(cases[i].s, &bad));
		assert_int_equal(bad, cases[i].bad);
		assert_false(span_is_utf8(cases[i].s, NULL));
	}
	assert_true(span_is_utf8(
	    SPAN("S\xC3\xB8r-Tr\xC3\xB8ndelag \xE2\x82\xAC \xF0\x9F\x9B\x8F \xF4\x8F\xBF\xBF"),
	    NULL));
	assert_true(span_is_utf8(SPAN_NONE, NULL));
}

static void a_bad_byte_is_found_wherever_it_stands_in_a_long_text(void **state)
{
	char text[200];

	(void)state;
	for (size_t n = 2; n <= sizeof(text); n++) {
		for (size_t at = 0; at + 2 <= n; at++) {
			size_t bad = SIZE_MAX;
			memset(text, 'a', n);
			assert_true(span_is_ascii(span_of(text, n)));
			memcpy(text + at, "\xC3\xA5", 2);
			assert_true(span_is_utf8(span_of(text, n), &bad));
			assert_false(span_is_ascii(span_of(text, n)));
			text[at + 1] = 'a';
			assert_false(span_is_utf8(span_of(text, n), &bad));
			assert_int_equal(bad, at);
		}
	}
	assert_true(span_is_ascii(SPAN_NONE));
}

static void a_list_holds_its_items_whole(void **state)
{
	(void)state;
	assert_true(span_in_list(SPAN("bc"), "a,bc,d"));
	assert_false(span_in_list(SPAN("b"), "a,bc,d"));
	assert_false(span_in_list(SPAN("a,bc"), "a,bc,d"));
	assert_false(span_in_list(SPAN(""), "a"));
}

static void a_sequence_cut_off_at_the_end_is_left_out(void **state)
{
	const char text[] = "a\xC3\xB8\xE2\x82\xAC\xF0\x9F\x9B\x8F";
	static const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(whole); n++)
		assert_int_equal(span_utf8_whole(span_of(text, n)), whole[n]);
	assert_int_equal(span_utf8_whole(SPAN("\x80\x80\x80\x80\x80")),
			 5); /* not UTF-8: left alone */
}

static void what_is_put_is_the_text_and_nothing_behind_it(void **state)
{
	(void)state;
	for (size_t n = 0; n < 100; n++) {
		char from[100], to[101];
		for (size_t i = 0; i < n; i++)
			from[i] = (char)(i + 1);
		memset(to, '-', sizeof(to));
		assert_ptr_equal(span_put(to, span_of(n ? from : NULL, n)), to + n);
		assert_memory_equal(to, from, n);
		for (size_t i = n; i < sizeof(to); i++)
			assert_int_equal(to[i], '-');
	}
}

static void the_hash_is_fnv_1a(void **state)
{
	(void)state;
	assert_int_equal(span_hash(SPAN_NONE), 0xcbf29ce484222325ULL);
	assert_int_equal(span_hash(SPAN("a")), 0xaf63dc4c8601ec8cULL);
	assert_int_equal(span_hash(SPAN("foobar")), 0x85944171f73967e8ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(absent_and_empty_differ_but_both_hold_nothing),
	    cmocka_unit_test(equality_looks_at_bytes_and_nocase_at_ascii_only),
	    cmocka_unit_test(order_is_by_bytes_and_a_prefix_comes_first),
	    cmocka_unit_test(starts_and_ends_take_the_whole_and_nothing_longer),
	    cmocka_unit_test(trim_takes_white_space_off_both_ends_only),
	    cmocka_unit_test(cut_gives_every_part_also_the_empty_ones),
	    cmocka_unit_test(whole_numbers_to_their_last_value),
	    cmocka_unit_test(what_is_not_a_whole_number_is_refused_and_nothing_written),
	    cmocka_unit_test(decimals_are_read_with_a_point_and_nothing_else),
	    cmocka_unit_test(utf8_is_refused_at_its_first_bad_byte),
	    cmocka_unit_test(a_bad_byte_is_found_wherever_it_stands_in_a_long_text),
	    cmocka_unit_test(a_list_holds_its_items_whole),
	    cmocka_unit_test(a_sequence_cut_off_at_the_end_is_left_out),
	    cmocka_unit_test(what_is_put_is_the_text_and_nothing_behind_it),
	    cmocka_unit_test(the_hash_is_fnv_1a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static void what_is_added_stands_in_order_and_ends_with_nul(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	(void)state;
	buf_adds(&b, "bed");
	buf_addc(&b, ' ');
	buf_addf(&b, "%s-%d", "2b", 14);
	buf_add(&b, SPAN_NONE);
	assert_string_equal(b.p, "bed 2b-14");
	assert_int_equal(buf_span(&b).n, 9);
}

static void it_grows_past_any_first_guess(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, (char)('a' + i % 26));
	assert_int_equal(b.n, 100000);
	assert_int_equal(b.p[99999], 'a' + 99999 % 26);
	assert_int_equal(b.p[100000], 0);
}

static void an_untouched_buffer_reads_as_empty(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_span(&b).n, 0);
	assert_non_null(buf_span(&b).p);
	_cleanup_(freep) char *text = buf_take(&b);
	assert_string_equal(text, "");
}

static void clear_keeps_the_memory_and_take_gives_it_away(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_adds(&b, "one");
	const char *at = b.p;
	buf_clear(&b);
	assert_string_equal(b.p, "");
	buf_adds(&b, "two");
	assert_ptr_equal(b.p, at);
	_cleanup_(freep) char *text = buf_take(&b);
	assert_string_equal(text, "two");
	assert_null(b.p);
}

static void json_escapes_what_must_be_and_nothing_else(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	(void)state;
	buf_add_json(&b, SPAN("a\"b\\c\n\r\t\x01\x1f/ \xC3\xB8"));
	assert_string_equal(b.p, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f/ \xC3\xB8\"");
	buf_clear(&b);
	buf_add_json(&b, SPAN_NONE);
	assert_string_equal(b.p, "\"\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_added_stands_in_order_and_ends_with_nul),
	    cmocka_unit_test(it_grows_past_any_first_guess),
	    cmocka_unit_test(an_untouched_buffer_reads_as_empty),
	    cmocka_unit_test(clear_keeps_the_memory_and_take_gives_it_away),
	    cmocka_unit_test(json_escapes_what_must_be_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

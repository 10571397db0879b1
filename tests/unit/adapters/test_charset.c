#include "adapters/charset.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

static void expect_text(const char *name, const char *fallback, struct span bytes, struct span text,
			const char *read_as)
{
	for (size_t piece = 1; piece <= bytes.n + 1; piece++) {
		_cleanup_(charset_freep) struct charset *c = NULL;
		struct span rest = bytes;
		struct buf out = BUF_INIT;
		bool last;

		assert_int_equal(charset_new(name, fallback, &c, NULL), 0);
		do {
			size_t n = rest.n < piece ? rest.n : piece;
			last = n == rest.n;
			/* a copy of its own size: reading beyond the piece is seen */
			char *copy = malloc(n ? n : 1);
			memcpy(copy, rest.p, n);
			buf_add(&out, charset_decode(c, span_of(copy, n), last));
			free(copy);
			rest = span_of(rest.p + n, rest.n - n);
		} while (!last);
		if (!span_eq(buf_span(&out), text))
			fail_msg("pieces of %zu: %s", piece, out.p);
		assert_string_equal(charset_name(c), read_as);
		buf_done(&out);
	}
}

static void utf8_passes_as_it_is(_unused_ void **state)
{
	expect_text("UTF-8", NULL, SPAN("a\xC3\xA5\xE5z"), SPAN("a\xC3\xA5\xE5z"), "utf-8");
	expect_text(NULL, NULL, SPAN("\xEF\xBB\xBFhøy"), SPAN("høy"), "utf-8");
	expect_text(NULL, NULL, SPAN(""), SPAN(""), "utf-8");
	expect_text(NULL, NULL, SPAN("\xEF"), SPAN("\xEF"), "utf-8");
}

static void single_bytes_become_letters(_unused_ void **state)
{
	expect_text("windows-1252", NULL, SPAN("abcdefghij \xE5\x80\x9F 0123456789"),
		    SPAN("abcdefghij å€Ÿ 0123456789"), "windows-1252");
	expect_text("cp850", NULL, SPAN("\x86\x9B\x91"), SPAN("åøæ"), "cp850");
	expect_text("latin1", NULL, SPAN("\xF8"), SPAN("ø"), "latin1");
}

static void wide_characters_may_be_cut_anywhere(_unused_ void **state)
{
	expect_text(NULL, NULL,
		    SPAN("\xFF\xFE"
			 "a\0\xE5\0=\xD8\0\xDE"),
		    SPAN("aå😀"), "utf-16le");
	expect_text("utf-16be", NULL, SPAN("\0a\0\xE5\xD8=\xDE\0"), SPAN("aå😀"), "utf-16be");
	expect_text(NULL, NULL, SPAN("\xFE\xFF\0a"), SPAN("a"), "utf-16be");
	expect_text("shift_jis", NULL,
		    SPAN("\x93\xFA"
			 "a"),
		    SPAN("日a"), "shift_jis");
}

static void what_is_no_text_is_marked_and_not_replaced(_unused_ void **state)
{
	expect_text("utf-16le", NULL,
		    SPAN("a\0\0\xD8"
			 "b\0"),
		    SPAN("a\xFF"
			 "b"),
		    "utf-16le");
	expect_text("utf-16le", NULL, SPAN("a\0b"), SPAN("a\xFF"), "utf-16le");
	expect_text("iso-8859-7", NULL,
		    SPAN("a\xFF"
			 "b"),
		    SPAN("a\xFF"
			 "b"),
		    "iso-8859-7");
	expect_text("shift_jis", NULL, SPAN("a\x93"), SPAN("a\xFF"), "shift_jis");
}

static void what_is_not_utf8_turns_to_the_fallback(_unused_ void **state)
{
	expect_text(NULL, "windows-1252", SPAN("abc \xE5 \xC3\xA5"), SPAN("abc å Ã¥"),
		    "windows-1252");
	expect_text(NULL, "windows-1252", SPAN("abc \xE5"), SPAN("abc å"), "windows-1252");
	expect_text(NULL, "windows-1252", SPAN("abc"), SPAN("abc"), "utf-8");
}

static void one_broken_byte_in_utf8_does_not_turn_the_file(_unused_ void **state)
{
	expect_text(NULL, "windows-1252", SPAN("\xC3\xA5 \xE5 \xC3\xA5"),
		    SPAN("\xC3\xA5 \xE5 \xC3\xA5"), "utf-8");
}

static void a_mark_overrules_a_name(_unused_ void **state)
{
	_cleanup_(charset_freep) struct charset *c = NULL;

	expect_text("windows-1252", NULL, SPAN("\xEF\xBB\xBFø"), SPAN("ø"), "utf-8");
	assert_int_equal(charset_new("windows-1252", NULL, &c, NULL), 0);
	(void)charset_decode(c, SPAN("\xEF\xBB\xBFø"), true);
	assert_true(charset_is_overruled(c));
	assert_int_equal(charset_mark(c), 3);
}

static void an_unknown_name_is_refused(_unused_ void **state)
{
	struct charset *c = NULL;
	struct err err;

	assert_true(charset_new("klingon", NULL, &c, &err) < 0);
	assert_false(charset_is_known(""));
	assert_true(charset_is_known("ISO_8859-1"));
}

static void an_xml_declaration_names_its_encoding(_unused_ void **state)
{
	char name[CHARSET_NAME_MAX];

	assert_true(
	    charset_of_xml(SPAN("<?xml version='1.0' encoding = \"ISO-8859-1\" ?><a/>"), name));
	assert_string_equal(name, "ISO-8859-1");
	assert_true(charset_of_xml(SPAN("<\0?\0x\0"), name));
	assert_string_equal(name, "utf-16le");
	assert_false(charset_of_xml(SPAN("<?xml version='1.0'?><a encoding='x'/>"), name));
	assert_false(charset_of_xml(SPAN("<?xml encoding='"), name));
	assert_false(charset_of_xml(SPAN("<a/>"), name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(utf8_passes_as_it_is),
	    cmocka_unit_test(single_bytes_become_letters),
	    cmocka_unit_test(wide_characters_may_be_cut_anywhere),
	    cmocka_unit_test(what_is_no_text_is_marked_and_not_replaced),
	    cmocka_unit_test(what_is_not_utf8_turns_to_the_fallback),
	    cmocka_unit_test(one_broken_byte_in_utf8_does_not_turn_the_file),
	    cmocka_unit_test(a_mark_overrules_a_name),
	    cmocka_unit_test(an_unknown_name_is_refused),
	    cmocka_unit_test(an_xml_declaration_names_its_encoding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

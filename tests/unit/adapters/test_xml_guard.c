#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/xml_guard.h"
#include "base/buf.h"

/* What the guard says of a text that comes in pieces of this size; NULL: nothing. */
static const char *verdict(struct span text, size_t piece)
{
	struct xml_guard g = XML_GUARD_INIT;
	const char *why = NULL;

	while (text.n && !why) {
		struct span next = span_of(text.p, text.n < piece ? text.n : piece);
		(void)xml_guard_pass(&g, next, &why);
		text = span_of(text.p + next.n, text.n - next.n);
	}
	return why;
}

/* Byte by byte nothing can be passed over. */
static const char *expect_same(struct span text)
{
	static const size_t pieces[] = {SIZE_MAX, 7, 1000, 3000};
	const char *why = verdict(text, 1);

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		const char *other = verdict(text, pieces[i]);
		if (!why != !other || (why && strcmp(why, other) != 0))
			fail_msg("piece %zu: %s, not %s", pieces[i], other ? other : "-",
				 why ? why : "-");
	}
	return why;
}

static void add_attributes(struct buf *to, int n)
{
	for (int i = 0; i < n; i++)
		buf_addf(to, "a%d='>' ", i);
}

static void add_beds(struct buf *to, int n)
{
	for (int i = 0; i < n; i++)
		buf_addf(to, "<b r='%d'>text = more</b>\n", i);
}

/* opening, a tag of n attributes, beds around both */
static const char *verdict_of_tag(const char *opening, int n)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	buf_adds(&text, "<e>");
	add_beds(&text, 200);
	buf_adds(&text, opening);
	add_beds(&text, 7);
	buf_adds(&text, "<b ");
	add_attributes(&text, n);
	buf_adds(&text, "/>");
	add_beds(&text, 200);
	return expect_same(buf_span(&text));
}

static void a_tag_of_many_attributes_is_seen_wherever_it_stands(_unused_ void **state)
{
	static const char *const openings[] = {
	    "",	      "<!-- < ' -->", "<![CDATA[<x \"]]>", "<?p ' < ?>", "text ! and ? <x y='!'/>",
	    "<!---->"};

	for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
		assert_null(verdict_of_tag(openings[i], 512));
		const char *why = verdict_of_tag(openings[i], 513);
		assert_non_null(why);
		assert_non_null(strstr(why, "more than 512 attributes"));
	}
}

static void what_a_comment_holds_is_no_tag(_unused_ void **state)
{
	assert_null(verdict_of_tag("<!-- ", 600));
	assert_null(verdict_of_tag("<![CDATA[ ]] >", 600));
	assert_null(verdict_of_tag("<?p ", 600));
}

/* Of anything at all: the same verdict, however it is cut. */
static void pieces_change_nothing(_unused_ void **state)
{
	static const char *const words[] = {"<",      ">",   "\"", "'",	 "=",	"!",	 "?",
					    "-",      "--",  "<!", "<?", "<![", "]",	 "a=b",
					    "c='d' ", "<b ", "x",  " ",	 "/>",	"-->\n", "]]>"};
	uint32_t random = 1;
	int refused = 0;

	for (int round = 0; round < 3000; round++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;
		buf_adds(&text, "<");
		for (int i = 0; i < 400; i++) {
			random = random * 1664525 + 1013904223;
			uint32_t many = random >> 8 & 31 ? 1 : random >> 16 & 1023;
			const char *word = words[(random >> 24) % ARRAY_LEN(words)];
			for (uint32_t k = 0; k < many; k++)
				buf_adds(&text, word);
		}
		refused += expect_same(buf_span(&text)) != NULL;
	}
	assert_true(refused > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tag_of_many_attributes_is_seen_wherever_it_stands),
	    cmocka_unit_test(what_a_comment_holds_is_no_tag),
	    cmocka_unit_test(pieces_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

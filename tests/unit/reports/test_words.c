/* One word for one thing: what reports say is what the dashboard and the board say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "reports/cell.h"

#define FILE_MAX ((size_t)1 << 20)

static void read_texts(const char *path, struct buf *out)
{
	const char *top = getenv("srcdir");
	char full[4096];

	(void)snprintf(full, sizeof(full), "%s/%s", top ? top : ".", path);
	FILE *f = fopen(full, "re");
	assert_non_null(f);
	out->n += fread(buf_reserve(out, FILE_MAX), 1, FILE_MAX, f);
	(void)fclose(f);
}

static bool is_key(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* «prefix»code: "text" of a file of texts; false: no more of them. */
static bool next_text(struct span *rest, const char *prefix, struct span *code, struct span *text)
{
	const size_t n = strlen(prefix);
	const char *end = rest->p + rest->n, *at;

	for (const char *p = rest->p; (at = memmem(p, (size_t)(end - p), prefix, n)); p = at + n) {
		const char *key = at + n, *stop = key;
		while (stop < end && is_key(*stop))
			stop++;
		if (is_key(at[-1]) || end - stop < 3 || memcmp(stop, ": \"", 3) != 0)
			continue;
		const char *close = memchr(stop + 3, '"', (size_t)(end - stop - 3));
		assert_non_null(close);
		*code = span_of(key, (size_t)(stop - key));
		*text = span_of(stop + 3, (size_t)(close - stop - 3));
		*rest = span_of(close, (size_t)(end - close));
		return true;
	}
	return false;
}

static size_t holds(const struct buf *texts, const char *prefix, enum lang lang)
{
	struct span rest = buf_span(texts), code, text;
	size_t n = 0;

	for (; next_text(&rest, prefix, &code, &text); n++) {
		struct span word = cell_word(code, lang);
		if (!span_eq(word, text))
			fail_msg("%s" SPAN_FMT ": the page says \"" SPAN_FMT
				 "\", reports say \"" SPAN_FMT "\"",
				 prefix, SPAN_ARG(code), SPAN_ARG(text), SPAN_ARG(word));
	}
	return n;
}

static void reports_say_what_the_dashboard_says(void **state _unused_)
{
	static const char *const files[LANG_COUNT] = {
	    [LANG_EN] = "web/src/lib/texts_en.js", [LANG_NB] = "web/src/lib/texts_nb.js"};
	/* wards and levels; statuses of beds; reasons; outcomes; alert rules */
	static const struct {
		const char *prefix;
		size_t least;
	} lists[] = {{"w_", 14}, {"b_", 5}, {"x_", 30}, {"o_", 4}, {"r_", 8}};

	for (int lang = 0; lang < LANG_COUNT; lang++) {
		_cleanup_(buf_done) struct buf texts = BUF_INIT;
		read_texts(files[lang], &texts);
		for (size_t i = 0; i < ARRAY_LEN(lists); i++)
			assert_true(holds(&texts, lists[i].prefix, (enum lang)lang) >=
				    lists[i].least);
	}
}

static void reports_say_what_the_board_says_of_wards(void **state _unused_)
{
	_cleanup_(buf_done) struct buf texts = BUF_INIT;

	read_texts("web/board/texts.js", &texts);
	assert_true(holds(&texts, "ward_", LANG_NB) >= 11);
}

static void a_code_of_a_homes_own_stays_as_it_is(void **state _unused_)
{
	assert_null(place_word(SPAN("nord_2"), LANG_NB));
	assert_null(place_word(SPAN("occupied"), LANG_NB)); /* a word, but no ward */
	assert_true(span_eq(cell_word(SPAN("nord_2"), LANG_NB), SPAN("nord_2")));
	assert_string_equal(place_word(SPAN("respite"), LANG_NB), "Avlastning");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reports_say_what_the_dashboard_says),
	    cmocka_unit_test(reports_say_what_the_board_says_of_wards),
	    cmocka_unit_test(a_code_of_a_homes_own_stays_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

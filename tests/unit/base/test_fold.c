#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fold.h"

static struct arena arena;

static int stop(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static void case_and_accents_fall_away(void **state)
{
	(void)state;
	assert_string_equal(fold_text(SPAN("Åse KÅRE Ærlig Øst"), &arena).p, "ase kare aerlig ost");
	assert_string_equal(fold_text(SPAN("Café Müller"), &arena).p, "cafe muller");
	assert_string_equal(fold_text(SPAN("Cafe\xcc\x81"), &arena).p, "cafe");
	assert_string_equal(fold_text(SPAN(""), &arena).p, "");
}

static void bytes_that_are_no_text_are_read_as_such(void **state)
{
	(void)state;
	assert_string_equal(fold_text(SPAN("a\xff\xc3"), &arena).p, "a\xef\xbf\xbd\xef\xbf\xbd");
}

static void words_are_letters_and_numbers(void **state)
{
	struct span words[4], text = fold_text(SPAN("  St. Hanshaugen, 2-b «Åpen»"), &arena);

	(void)state;
	assert_int_equal(fold_words(text, words, 4), 4);
	assert_true(span_eq_str(words[0], "st."));
	assert_true(span_eq_str(words[1], "hanshaugen"));
	assert_true(span_eq_str(words[2], "2-b"));
	assert_true(span_eq_str(words[3], "apen"));
	assert_int_equal(fold_words(text, words, 2), 2);
	assert_int_equal(fold_words(SPAN(" , "), words, 4), 0);
	assert_int_equal(fold_words(SPAN(""), words, 4), 0);
}

static void a_word_may_stand_anywhere(void **state)
{
	(void)state;
	assert_true(fold_has(SPAN("majorstutunet sykehjem"), SPAN("stutun")));
	assert_false(fold_has(SPAN("majorstutunet"), SPAN("majorstutunets")));
	assert_true(fold_has(SPAN("anything"), SPAN("")));
}

static int compare(struct fold_order *o, const char *a, const char *b)
{
	return strcmp(fold_order_key(o, span_str(a), &arena),
		      fold_order_key(o, span_str(b), &arena));
}

static void each_language_has_its_order(void **state)
{
	_cleanup_(fold_order_closep) struct fold_order *nb = NULL, *en = NULL;

	(void)state;
	assert_int_equal(fold_order_open("nb", &nb, NULL), 0);
	assert_int_equal(fold_order_open("en", &en, NULL), 0);
	assert_true(compare(nb, "Ærfugl", "Østli") < 0 && compare(nb, "Østli", "Åsen") < 0);
	assert_true(compare(nb, "Zoo", "Ærfugl") < 0);
	assert_true(compare(en, "Åsen", "Berg") < 0);
	assert_true(compare(nb, "Rom 9", "Rom 10") < 0);
	assert_true(compare(nb, "", "a") < 0 && compare(nb, "a", "a") == 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, NULL, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(case_and_accents_fall_away),	 TEST(bytes_that_are_no_text_are_read_as_such),
	    TEST(words_are_letters_and_numbers), TEST(a_word_may_stand_anywhere),
	    TEST(each_language_has_its_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

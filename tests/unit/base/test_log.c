#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static char lines[16384];

/* What log_line() writes to standard error while `say` runs. */
static const char *heard(void (*say)(void))
{
	int ends[2], before = dup(STDERR_FILENO);
	size_t n = 0;
	ssize_t got;

	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	say();
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	close(ends[1]);
	while ((got = read(ends[0], lines + n, sizeof(lines) - 1 - n)) > 0)
		n += (size_t)got;
	close(ends[0]);
	lines[n] = '\0';
	return lines;
}

static void say_one(void)
{
	log_info("file_committed", "file=%s events=%d", log_quote(SPAN("a b.csv")).s, 3);
}

static void a_line_holds_time_level_program_event_and_pairs(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_init("watcher", LOG_LEVEL_INFO);
	const char *line = heard(say_one), *space = strchr(line, ' ');
	usec_t at;
	assert_non_null(space);
	assert_int_equal(clock_parse_rfc3339(span_of(line, (size_t)(space - line)), &at, NULL), 0);
	assert_true(clock_now() - at < USEC_PER_MIN);
	assert_string_equal(space, " info watcher file_committed file=\"a b.csv\" events=3\n");
}

static void under_systemd_the_priority_stands_for_the_time(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_init("watcher", LOG_LEVEL_INFO);
	assert_string_equal(heard(say_one), "<6>file_committed file=\"a b.csv\" events=3\n");
}

static void say_levels(void)
{
	log_debug("a", "");
	log_info("b", "");
	log_warn("c", "");
	log_error("d", " n=%d", 1);
}

static void below_the_level_nothing_is_said(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_init("x", LOG_LEVEL_WARN);
	assert_string_equal(heard(say_levels), "<4>c\n<3>d n=1\n");
	log_init("x", LOG_LEVEL_DEBUG);
	assert_string_equal(heard(say_levels), "<7>a\n<6>b\n<4>c\n<3>d n=1\n");
}

static void say_much(void)
{
	static char text[9000];

	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xC3\xB8", 3);
	log_error("long", "text=%s", text);
	log_error("torn", "text=%s", "two\nlines");
}

static void whatever_comes_is_one_whole_line_of_utf8(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_init("x", LOG_LEVEL_INFO);
	struct span rest = span_str(heard(say_much)), line;
	assert_true(span_cut(&rest, '\n', &line));
	assert_in_range(line.n, 4000, 4095);
	assert_true(span_is_utf8(line, NULL));
	assert_true(span_eq_str(rest, "<3>torn text=two lines\n"));
}

static void plain_words_stand_as_they_are_and_others_in_quotes(void **state)
{
	(void)state;
	assert_string_equal(log_quote(SPAN("BEDS_1.csv")).s, "BEDS_1.csv");
	assert_string_equal(log_quote(SPAN("")).s, "\"\"");
	assert_string_equal(log_quote(SPAN_NONE).s, "\"\"");
	assert_string_equal(log_quote(SPAN("a=b")).s, "\"a=b\"");
	assert_string_equal(log_quote(SPAN("a\"b\\c")).s, "\"a\\\"b\\\\c\"");
	assert_string_equal(log_quote(SPAN("a\nb\x7f")).s, "\"a\\x0ab\\x7f\"");
	assert_string_equal(log_quote(SPAN("S\xC3\xB8r")).s, "\"S\xC3\xB8r\"");
	assert_string_equal(log_quote(SPAN("S\xF8r")).s, "\"S\\xf8r\"");
}

static void long_texts_are_cut_between_letters(void **state)
{
	char text[2 * LOG_QUOTE_MAX];

	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		memset(text, 'a', sizeof(text));
		for (size_t i = shift; i + 2 <= sizeof(text); i += 2)
			memcpy(text + i, "\xC3\xB8", 2);
		struct log_text quoted = log_quote(span_of(text, sizeof(text) - shift));
		assert_true(strlen(quoted.s) < LOG_QUOTE_MAX);
		assert_true(span_is_utf8(span_str(quoted.s), NULL));
		assert_int_equal(quoted.s[strlen(quoted.s) - 1], '"');
	}
	memset(text, '\n', sizeof(text));
	assert_true(strlen(log_quote(span_of(text, sizeof(text))).s) < LOG_QUOTE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_holds_time_level_program_event_and_pairs),
	    cmocka_unit_test(under_systemd_the_priority_stands_for_the_time),
	    cmocka_unit_test(below_the_level_nothing_is_said),
	    cmocka_unit_test(whatever_comes_is_one_whole_line_of_utf8),
	    cmocka_unit_test(plain_words_stand_as_they_are_and_others_in_quotes),
	    cmocka_unit_test(long_texts_are_cut_between_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

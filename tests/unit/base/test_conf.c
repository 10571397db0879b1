#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/conf.h"

static struct conf *parsed(const char *text)
{
	struct conf *c = NULL;
	struct err err;

	if (conf_parse("t.yaml", span_str(text), &c, &err) < 0)
		fail_msg("%s", err.message);
	return c;
}

static void assert_refused(struct span text, const char *message)
{
	struct conf *c = NULL;
	struct err err;

	assert_int_equal(conf_parse("t.yaml", text, &c, &err), -ERR_INVALID);
	assert_string_equal(err.message, message);
	assert_null(c);
}

static const struct conf_node *at(const struct conf *c, const char *key)
{
	return conf_get(conf_root(c), key);
}

static void a_document_reads_as_mappings_sequences_and_texts(void **state)
{
	_cleanup_(conf_freep) struct conf *c = parsed("format: csv\n"
						      "csv: {delimiter: \";\", header: true}\n"
						      "tests:\n"
						      "  - one\n"
						      "  - 'two words'\n");
	struct span key;

	(void)state;
	assert_int_equal(conf_kind(conf_root(c)), CONF_MAPPING);
	assert_int_equal(conf_count(conf_root(c)), 3);
	assert_true(span_eq_str(conf_text(at(c, "format")), "csv"));
	assert_true(span_eq_str(conf_text(conf_get(at(c, "csv"), "delimiter")), ";"));
	assert_int_equal(conf_kind(at(c, "tests")), CONF_SEQUENCE);
	assert_int_equal(conf_count(at(c, "tests")), 2);
	assert_true(span_eq_str(conf_text(conf_item(at(c, "tests"), 1)), "two words"));
	assert_ptr_equal(conf_pair(conf_root(c), 1, &key), at(c, "csv"));
	assert_true(span_eq_str(key, "csv"));
	assert_true(span_eq_str(conf_text(conf_pair_key(conf_root(c), 2)), "tests"));
}

static void what_is_absent_answers_every_question(void **state)
{
	_cleanup_(conf_freep) struct conf *c = parsed("a: text\n");
	struct span key;

	(void)state;
	assert_null(at(c, "b"));
	assert_int_equal(conf_kind(NULL), CONF_ABSENT);
	assert_null(conf_get(NULL, "x"));
	assert_null(conf_get(at(c, "a"), "x"));
	assert_null(conf_text(NULL).p);
	assert_null(conf_text(conf_root(c)).p);
	assert_int_equal(conf_count(NULL) + conf_count(at(c, "a")), 0);
	assert_null(conf_item(conf_root(c), 0));
	assert_null(conf_pair(conf_root(c), 1, &key));
	assert_null(conf_pair_key(at(c, "a"), 0));
	assert_int_equal(conf_line(NULL), 1);
	conf_free(NULL);
}

static void a_plain_null_is_absent_and_a_quoted_one_is_text(void **state)
{
	_cleanup_(conf_freep) struct conf *c = parsed("a: null\nb: ~\nc:\nd: 'null'\ne: \"\"\n");

	(void)state;
	assert_null(conf_text(at(c, "a")).p);
	assert_null(conf_text(at(c, "b")).p);
	assert_null(conf_text(at(c, "c")).p);
	assert_int_equal(conf_kind(at(c, "c")), CONF_SCALAR);
	assert_true(span_eq_str(conf_text(at(c, "d")), "null"));
	assert_non_null(conf_text(at(c, "e")).p);
}

static void an_empty_file_is_an_empty_mapping(void **state)
{
	static const char *const empty[] = {"",	  "# a comment\n", "---\n", "\xEF\xBB\xBF", "{}\n",
					    "~\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
		_cleanup_(conf_freep) struct conf *c = parsed(empty[i]);
		assert_int_equal(conf_kind(conf_root(c)), CONF_MAPPING);
		assert_int_equal(conf_count(conf_root(c)), 0);
	}
}

static void every_node_knows_its_line_and_its_column_in_letters(void **state)
{
	_cleanup_(conf_freep) struct conf *c = parsed("# first\n"
						      "a: {b: 1, \"\xC3\xB8\xC3\xB8\": [x, y]}\n"
						      "c:\r\n"
						      "  - d\n");
	const struct conf_node *list = conf_get(at(c, "a"), "\xC3\xB8\xC3\xB8");

	(void)state;
	assert_int_equal(conf_line(at(c, "a")), 2);
	assert_int_equal(conf_column(at(c, "a")), 4);
	assert_int_equal(conf_column(conf_item(list, 0)), 18);
	assert_int_equal(conf_column(conf_item(list, 1)), 21);
	assert_int_equal(conf_line(conf_item(at(c, "c"), 0)), 4);
	assert_int_equal(conf_column(conf_item(at(c, "c"), 0)), 5);
	assert_int_equal(conf_line(conf_pair_key(conf_root(c), 1)), 3);
	assert_int_equal(conf_column(conf_pair_key(conf_root(c), 1)), 1);
}

static void a_byte_order_mark_takes_no_column(void **state)
{
	_cleanup_(conf_freep) struct conf *c = parsed("\xEF\xBB\xBF"
						      "a: 1\n");

	(void)state;
	assert_int_equal(conf_column(at(c, "a")), 4);
}

static void syntax_errors_show_place_reason_and_line(void **state)
{
	(void)state;
	assert_refused(SPAN("zone: a\n  count: 3\n"),
		       "t.yaml:1:7: invalid multiline plain key; is a space "
		       "missing behind a colon, or the next line indented too far?\n"
		       "    zone: a\n"
		       "          ^");
	assert_refused(SPAN("a: 1\nb: \"x\n"),
		       "t.yaml:2:5: double-quoted scalar without closing quote\n"
		       "    b: \"x\n"
		       "        ^");
	assert_refused(SPAN("zone: @x\n"), "t.yaml:1:7: plain scalar cannot start with '@'\n"
					   "    zone: @x\n"
					   "          ^");
}

static void a_key_twice_is_refused_at_its_second_place(void **state)
{
	(void)state;
	assert_refused(SPAN("a: 1\nb: 2\na: 3\n"),
		       "t.yaml:3:1: key \"a\" stands twice, first in line 1\n"
		       "    a: 3\n"
		       "    ^");
	assert_refused(SPAN("a: {b: 1, 'b': 2}\n"),
		       "t.yaml:1:11: key \"b\" stands twice, first in line 1\n"
		       "    a: {b: 1, 'b': 2}\n"
		       "              ^");
}

static void more_than_one_document_is_refused(void **state)
{
	(void)state;
	assert_refused(SPAN("a: 1\n---\nb: 1\n"), "t.yaml:2:1: more than one document in the file\n"
						  "    ---\n"
						  "    ^");
}

static void a_key_must_be_text(void **state)
{
	(void)state;
	assert_refused(SPAN("a:\n  ? [x]\n  : y\n"), "t.yaml:2:5: a key must be plain text\n"
						     "    ? [x]\n"
						     "      ^");
}

static void what_is_not_utf8_text_is_refused_where_it_stands(void **state)
{
	(void)state;
	assert_refused(SPAN("a: 1\n\xC3\xB8: \xff\n"), "t.yaml:2:4: not UTF-8\n"
						       "    \xC3\xB8: \xff\n"
						       "       ^");
	assert_refused(SPAN("a: 1\nb: \0\n"),
		       "t.yaml:2:4: a control character; a configuration is UTF-8 text\n"
		       "    b: \n"
		       "       ^");
	assert_refused(SPAN("a: |\n  \x0e\n"),
		       "t.yaml:2:3: a control character; a configuration is UTF-8 text\n"
		       "     \n"
		       "    ^");
	assert_refused(SPAN("a: 1\rb: 2\n"),
		       "t.yaml:1:5: a control character; a configuration is UTF-8 text\n"
		       "    a: 1 b: 2\n"
		       "        ^");
	assert_refused(SPAN("b: \"x\\0y\"\n"), "t.yaml:1:4: a NUL character in a value\n"
					       "    b: \"x\\0y\"\n"
					       "       ^");
}

static void an_alias_stands_for_what_was_anchored_before(void **state)
{
	_cleanup_(conf_freep) struct conf *c = parsed("a: &x {k: v}\nb: *x\n");

	(void)state;
	assert_true(span_eq_str(conf_text(conf_get(at(c, "b"), "k")), "v"));
	assert_int_equal(conf_line(at(c, "b")), 2);
	assert_int_equal(conf_column(at(c, "b")), 4);
	assert_refused(SPAN("a: *x\n"),
		       "t.yaml:1:4: alias (*) of an anchor (&) that does not stand before it; "
		       "text that begins with * stands in quotes\n"
		       "    a: *x\n"
		       "       ^");
	assert_refused(SPAN("a: &x [*x]\n"),
		       "t.yaml:1:8: alias (*) of an anchor (&) that does not stand before it; "
		       "text that begins with * stands in quotes\n"
		       "    a: &x [*x]\n"
		       "           ^");
}

static void a_bomb_of_aliases_is_refused(void **state)
{
	struct buf text = BUF_INIT;
	struct conf *c = NULL;
	struct err err;

	(void)state;
	buf_adds(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 10; i++) {
		buf_addf(&text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 9; j++)
			buf_addf(&text, "%s*a%d", j ? "," : "", i - 1);
		buf_adds(&text, "]\n");
	}
	assert_int_equal(conf_parse("t.yaml", buf_span(&text), &c, &err), -ERR_INVALID);
	assert_non_null(strstr(err.message, "too many nodes when aliases (*) are unfolded"));
	buf_done(&text);
}

static void brackets(struct buf *b, size_t depth)
{
	buf_clear(b);
	for (size_t i = 0; i < depth; i++)
		buf_addc(b, '[');
	for (size_t i = 0; i < depth; i++)
		buf_addc(b, ']');
}

static void depth_has_a_limit_also_through_aliases(void **state)
{
	struct buf text = BUF_INIT;
	struct conf *c = NULL;
	struct err err;

	(void)state;
	brackets(&text, CONF_DEPTH_MAX);
	assert_int_equal(conf_parse("t.yaml", buf_span(&text), &c, &err), 0);
	conf_free(c);
	brackets(&text, CONF_DEPTH_MAX + 1);
	assert_int_equal(conf_parse("t.yaml", buf_span(&text), &c, &err), -ERR_INVALID);
	assert_int_equal(strncmp(err.message, "t.yaml:1:33: nested too deeply\n", 31), 0);
	buf_clear(&text);
	buf_adds(&text, "a0: &a0 [x]\n");
	for (int i = 1; i <= CONF_DEPTH_MAX; i++)
		buf_addf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	assert_int_equal(conf_parse("t.yaml", buf_span(&text), &c, &err), -ERR_INVALID);
	assert_non_null(strstr(err.message, "nested too deeply when aliases (*) are unfolded"));
	buf_done(&text);
}

static void size_and_number_of_nodes_have_a_limit(void **state)
{
	struct buf text = BUF_INIT;
	struct conf *c = NULL;
	struct err err;

	(void)state;
	buf_addc(&text, '[');
	for (int i = 0; i < CONF_NODES_MAX; i++)
		buf_adds(&text, "x,");
	buf_addc(&text, ']');
	assert_int_equal(conf_parse("t.yaml", buf_span(&text), &c, &err), -ERR_INVALID);
	assert_non_null(strstr(err.message, "too many nodes"));
	while (text.n <= CONF_FILE_MAX)
		buf_addc(&text, ' ');
	assert_int_equal(conf_parse("t.yaml", buf_span(&text), &c, &err), -ERR_LIMIT);
	buf_done(&text);
}

static void problems_gather_and_are_told_with_their_lines(void **state)
{
	_cleanup_(conf_freep) struct conf *c = parsed("a:\n  b\nlist:\n    - {k: long}\n");
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct err err;

	(void)state;
	assert_int_equal(conf_check(c, &err), 0);
	conf_problem(c, conf_get(conf_item(at(c, "list"), 0), "k"), "not %s", "good");
	assert_int_equal(conf_check(c, &err), -ERR_INVALID);
	assert_string_equal(err.message, "t.yaml:4:11: not good\n    - {k: long}\n          ^");
	conf_problem(c, NULL, "second");
	conf_problem(c, at(c, "a"), "third");
	assert_int_equal(conf_problem_count(c), 3);
	assert_int_equal(conf_check(c, &err), -ERR_INVALID);
	assert_string_equal(err.message,
			    "t.yaml:4:11: not good\n    - {k: long}\n          ^\nand 2 more");
	struct conf_place place = conf_problem_at(c, 0);
	assert_string_equal(place.file, "t.yaml");
	assert_int_equal(place.line * 100 + place.column, 411);
	assert_string_equal(place.message, "not good");
	assert_string_equal(place.source, "    - {k: long}");
	assert_string_equal(conf_problem_at(c, 9).message, "");
	conf_problems_print(c, &text);
	assert_string_equal(text.p, "t.yaml:4:11: not good\n    - {k: long}\n          ^\n"
				    "t.yaml:1:1: second\n    a:\n    ^\n"
				    "t.yaml:2:3: third\n    b\n    ^\n");
}

static void a_long_line_is_shown_around_its_column(void **state)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT, out = BUF_INIT;

	(void)state;
	buf_adds(&text, "list: [");
	for (int i = 0; i < 200; i++)
		buf_adds(&text, "\xC3\xB8, ");
	buf_adds(&text, "here, ");
	for (int i = 0; i < 200; i++)
		buf_adds(&text, "b, ");
	buf_adds(&text, "]\n");
	_cleanup_(conf_freep) struct conf *c = parsed(text.p);
	conf_problem(c, conf_item(at(c, "list"), 200), "this one");
	conf_problems_print(c, &out);
	struct span rest = buf_span(&out), first, source, caret;
	assert_true(span_cut(&rest, '\n', &first) && span_cut(&rest, '\n', &source) &&
		    span_cut(&rest, '\n', &caret));
	assert_true(span_eq_str(first, "t.yaml:1:608: this one"));
	assert_true(source.n < 200 && span_is_utf8(source, NULL));
	size_t bytes = 0; /* the caret counts letters, the source bytes */
	for (size_t letters = 0; letters + 1 < caret.n; bytes++)
		letters += ((unsigned char)source.p[bytes + 1] & 0xC0) != 0x80;
	assert_true(span_starts(span_of(source.p + bytes, source.n - bytes), SPAN("here")));
}

/* Line and column of a problem at the last byte of the text under key "k". */
static unsigned place_of_last(const char *text)
{
	_cleanup_(conf_freep) struct conf *c = parsed(text);
	const struct conf_node *k = at(c, "k");

	conf_problem_inside(c, k, conf_text(k).n - 1, "here");
	return conf_problem_at(c, 0).line * 100 + conf_problem_at(c, 0).column;
}

static void a_problem_inside_a_text_is_placed_at_its_letter(void **state)
{
	(void)state;
	assert_int_equal(place_of_last("k: abc!\n"), 107);
	assert_int_equal(place_of_last("x: 1\nk: \xC3\xB8\xC3\xB8!\n"), 206);
	assert_int_equal(place_of_last("k: \"abc!\"\n"), 108);
	assert_int_equal(place_of_last("k: 'it''s!'\n"), 110);
}

static void where_the_letter_cannot_be_told_the_text_is(void **state)
{
	(void)state;
	assert_int_equal(place_of_last("k: \"a\\x41!\"\n"), 104);
	assert_int_equal(place_of_last("k: |-\n  two\n  lines!\n"), 201);
}

static void files_are_loaded_and_their_absence_told(void **state)
{
	char path[] = "/tmp/bedpost-conf-XXXXXX";
	struct conf *c = NULL;
	struct err err;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: 1\n", 5), 5);
	close(fd);
	assert_int_equal(conf_load(path, &c, &err), 0);
	assert_true(span_eq_str(conf_text(at(c, "a")), "1"));
	conf_free(c);
	c = NULL;
	unlink(path);
	assert_int_equal(conf_load(path, &c, &err), -ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, path));
	assert_true(conf_load("/", &c, &err) < 0);
	assert_int_equal(conf_load("/dev/zero", &c, &err), -ERR_LIMIT);
	assert_null(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_document_reads_as_mappings_sequences_and_texts),
	    cmocka_unit_test(what_is_absent_answers_every_question),
	    cmocka_unit_test(a_plain_null_is_absent_and_a_quoted_one_is_text),
	    cmocka_unit_test(an_empty_file_is_an_empty_mapping),
	    cmocka_unit_test(every_node_knows_its_line_and_its_column_in_letters),
	    cmocka_unit_test(a_byte_order_mark_takes_no_column),
	    cmocka_unit_test(syntax_errors_show_place_reason_and_line),
	    cmocka_unit_test(a_key_twice_is_refused_at_its_second_place),
	    cmocka_unit_test(more_than_one_document_is_refused),
	    cmocka_unit_test(a_key_must_be_text),
	    cmocka_unit_test(what_is_not_utf8_text_is_refused_where_it_stands),
	    cmocka_unit_test(an_alias_stands_for_what_was_anchored_before),
	    cmocka_unit_test(a_bomb_of_aliases_is_refused),
	    cmocka_unit_test(depth_has_a_limit_also_through_aliases),
	    cmocka_unit_test(size_and_number_of_nodes_have_a_limit),
	    cmocka_unit_test(problems_gather_and_are_told_with_their_lines),
	    cmocka_unit_test(a_long_line_is_shown_around_its_column),
	    cmocka_unit_test(a_problem_inside_a_text_is_placed_at_its_letter),
	    cmocka_unit_test(where_the_letter_cannot_be_told_the_text_is),
	    cmocka_unit_test(files_are_loaded_and_their_absence_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

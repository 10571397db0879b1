/* Command lines: what is understood, and what is refused with a usage error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command.h"

struct options {
	bool all;
	const char *name;
	int64_t limit;
	struct command_list tags;
};

static const struct command_option show_options[] = {
    {"all", 'a', COMMAND_FLAG, offsetof(struct options, all), NULL, "everything"},
    {"name", 'n', COMMAND_STRING, offsetof(struct options, name), "NAME", "by name"},
    {"limit", 0, COMMAND_INT, offsetof(struct options, limit), "N", "at most"},
    {"tag", 't', COMMAND_LIST, offsetof(struct options, tags), "TAG", "with a tag"},
    {0},
};

static struct {
	int runs;
	bool json;
	struct options options;
	char config[64], operands[256];
} seen;

static int show(const struct command_line *line)
{
	seen.runs++;
	seen.json = line->json;
	seen.options = *(const struct options *)line->options;
	(void)snprintf(seen.config, sizeof(seen.config), "%s", line->config);
	seen.operands[0] = '\0';
	for (size_t i = 0; i < line->n; i++) {
		strcat(seen.operands, line->operands[i]);
		strcat(seen.operands, "|");
	}
	return 7;
}

static const struct command commands[] = {
    {.name = "thing show",
     .operands = "FILE…",
     .min = 1,
     .max = 3,
     .help = "show things",
     .options = show_options,
     .options_size = sizeof(struct options),
     .run = show},
    {.name = "status",
     .help = "say how it is",
     .run = show,
     .options_size = sizeof(struct options)},
    {0},
};

static const struct command_program program = {"prog", "1.2", "A program.", "/etc/prog", commands};

#define RUN(...) run((char **)(const char *[]){"prog", __VA_ARGS__, NULL})
static int run(char **argv)
{
	int argc = 0;
	while (argv[argc])
		argc++;
	memset(&seen, 0, sizeof(seen));
	return command_main(&program, argc, argv);
}

static void a_command_of_two_words_gets_its_options_and_operands(void **state)
{
	(void)state;
	int code = RUN("thing", "show", "a", "--name=x", "--limit", "12", "-t", "p", "-tq", "-a",
		       "--json", "b");
	assert_int_equal(code, 7);
	assert_true(seen.json && seen.options.all);
	assert_string_equal(seen.options.name, "x");
	assert_int_equal(seen.options.limit, 12);
	assert_int_equal(seen.options.tags.n, 2);
	assert_string_equal(seen.options.tags.item[1], "q");
	assert_string_equal(seen.operands, "a|b|");
	assert_string_equal(seen.config, "/etc/prog");
}

static void two_dashes_end_the_options(void **state)
{
	(void)state;
	assert_int_equal(RUN("thing", "show", "--", "--all", "-"), 7);
	assert_string_equal(seen.operands, "--all|-|");
	assert_false(seen.options.all);
}

static void options_may_stand_before_the_command(void **state)
{
	(void)state;
	assert_int_equal(RUN("--config", "here", "status"), 7);
	assert_string_equal(seen.config, "here");
}

static void a_wrong_command_line_is_a_usage_error_and_runs_nothing(void **state)
{
	(void)state;
	assert_int_equal(RUN("thing", "show"), EXIT_USAGE);
	assert_int_equal(RUN("thing", "show", "a", "b", "c", "d"), EXIT_USAGE);
	assert_int_equal(RUN("thing", "show", "a", "--nope"), EXIT_USAGE);
	assert_int_equal(RUN("thing", "show", "a", "--all=yes"), EXIT_USAGE);
	assert_int_equal(RUN("thing", "show", "a", "--limit", "many"), EXIT_USAGE);
	assert_int_equal(RUN("thing", "show", "a", "--name"), EXIT_USAGE);
	assert_int_equal(RUN("thing", "shoe", "a"), EXIT_USAGE);
	assert_int_equal(RUN("thing"), EXIT_USAGE);
	assert_int_equal(RUN("status", "extra"), EXIT_USAGE);
	assert_int_equal(RUN("nothing"), EXIT_USAGE);
	assert_int_equal(command_main(&program, 1, (char **)(const char *[]){"prog", NULL}),
			 EXIT_USAGE);
	assert_int_equal(seen.runs, 0);
}

static void help_is_printed_instead_of_running(void **state)
{
	(void)state;
	assert_int_equal(RUN("thing", "show", "--help"), EXIT_OK);
	assert_int_equal(RUN("thing", "--help"), EXIT_OK);
	assert_int_equal(RUN("--help"), EXIT_OK);
	assert_int_equal(RUN("--version"), EXIT_OK);
	assert_int_equal(seen.runs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_command_of_two_words_gets_its_options_and_operands),
	    cmocka_unit_test(two_dashes_end_the_options),
	    cmocka_unit_test(options_may_stand_before_the_command),
	    cmocka_unit_test(a_wrong_command_line_is_a_usage_error_and_runs_nothing),
	    cmocka_unit_test(help_is_printed_instead_of_running),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* getopt_long() knows neither commands of two words nor options as a table with help, so a command
 * line is read here: one pass finds the command's words and operands, and looks every option up in
 * the command's table. */
#include "cli/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/span.h"

struct common {
	bool help, json;
	const char *config;
};

static const struct command_option common_options[] = {
    {"config", 'c', COMMAND_STRING, offsetof(struct common, config), "FILE", "configuration file"},
    {"json", 0, COMMAND_FLAG, offsetof(struct common, json), NULL, "print JSON"},
    {"help", 'h', COMMAND_FLAG, offsetof(struct common, help), NULL, "print this help"},
    {0},
};

static const char *program_name = "bedpost"; /* for messages; set once by command_main() */

int command_error(enum exit_code code, const char *format, ...)
{
	va_list ap;

	(void)fflush(stdout);
	(void)fprintf(stderr, "%s: ", program_name);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return (int)code;
}

int command_failed(const struct err *err)
{
	return command_error((enum exit_code)err_exit_code(err), "%s", err->message);
}

/* How many leading words of argv are this command's name? 0: it is another. */
static size_t name_words(const struct command *c, char **words, size_t n)
{
	struct span rest = span_str(c->name), part;
	size_t i = 0;

	while (span_cut(&rest, ' ', &part)) {
		if (i == n || !span_eq_str(part, words[i]))
			return 0;
		i++;
	}
	return i;
}

/* The longest that fits: "files show" before "files". */
static const struct command *find_command(const struct command_program *p, char **words, size_t n,
					  size_t *ret_words)
{
	const struct command *found = NULL;

	for (const struct command *c = p->commands; c->name; c++) {
		size_t w = name_words(c, words, n);
		if (w == 0 || (found && w <= *ret_words))
			continue;
		*ret_words = w;
		found = c;
	}
	return found;
}

/* "  left      right", by characters rather than bytes. */
static void print_help_line(const char *left, size_t width, const char *right)
{
	size_t columns = 0;

	for (const char *p = left; *p; p++)
		columns += ((unsigned char)*p & 0xc0) != 0x80;
	(void)printf("  %s%*s %s\n", left, columns < width ? (int)(width - columns) : 0, "", right);
}

static void print_options(const struct command_option *options)
{
	for (const struct command_option *o = options; o && o->name; o++) {
		char left[64];
		(void)snprintf(left, sizeof(left), "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
			       o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
			       o->value ? " " : "", o->value ? o->value : "");
		print_help_line(left, 26, o->help);
	}
}

static void print_command_help(const struct command_program *p, const struct command *c)
{
	(void)printf("Usage: %s %s [OPTION…]%s%s\n\n%s\n\nOptions:\n", p->name, c->name,
		     c->operands ? " " : "", c->operands ? c->operands : "", c->help);
	print_options(c->options);
	print_options(common_options);
	if (c->more)
		(void)printf("\n%s\n", c->more);
}

/* only: the first word of the commands to name, or NULL for all. */
static void print_program_help(const struct command_program *p, const char *only)
{
	(void)printf("Usage: %s COMMAND [OPTION…] [OPERAND…]\n\n%s\n\nCommands:\n", p->name,
		     p->help);
	for (const struct command *c = p->commands; c->name; c++) {
		struct span rest = span_str(c->name), word;
		(void)span_cut(&rest, ' ', &word);
		if (only && !span_eq_str(word, only))
			continue;
		char left[96];
		(void)snprintf(left, sizeof(left), "%s%s%s", c->name, c->operands ? " " : "",
			       c->operands ? c->operands : "");
		print_help_line(left, 34, c->help);
	}
	(void)printf("\nEvery command has --help, --json and --config FILE (default %s).\n",
		     p->config);
}

static bool is_group(const struct command_program *p, const char *word)
{
	for (const struct command *c = p->commands; c->name; c++)
		if (strncmp(c->name, word, strlen(word)) == 0 && c->name[strlen(word)] == ' ')
			return true;
	return false;
}

static const struct command_option *find_option(const struct command_option *options,
						struct span name, char letter)
{
	for (const struct command_option *o = options; o && o->name; o++)
		if (name.p ? span_eq_str(name, o->name) : o->letter == letter)
			return o;
	return NULL;
}

static int set_option(const struct command_option *o, void *out, const char *value)
{
	void *at = (char *)out + o->offset;

	switch (o->type) {
	case COMMAND_FLAG: *(bool *)at = true; return 0;
	case COMMAND_STRING: *(const char **)at = value; return 0;
	case COMMAND_INT:
		if (!span_to_i64(span_str(value), (int64_t *)at) || *(int64_t *)at < 0)
			return command_error(EXIT_USAGE, "--%s wants a whole number", o->name);
		return 0;
	case COMMAND_LIST: {
		struct command_list *list = at;
		if (list->n == COMMAND_LIST_MAX)
			return command_error(EXIT_USAGE, "--%s: at most %d of them", o->name,
					     COMMAND_LIST_MAX);
		list->item[list->n++] = value;
		return 0;
	}
	}
	return 0;
}

static void set_defaults(const struct command_option *options, void *out)
{
	for (const struct command_option *o = options; o && o->name; o++)
		if (o->type == COMMAND_INT)
			*(int64_t *)((char *)out + o->offset) = o->by_default;
}

struct reading {
	char **argv;
	int argc, at;
	const struct command *command; /* NULL while its words are not yet read */
	void *options;
	struct common common;
};

/* One option at argv[at]; at moves behind it and its value. Gives an exit code, 0 to go on. */
static int read_option(struct reading *r)
{
	const char *arg = r->argv[r->at++];
	bool is_long = arg[1] == '-';
	char letter = arg[1];
	struct span rest = span_str(arg + 2), name = SPAN_NONE;
	const char *value = NULL;

	if (is_long) {
		(void)span_cut(&rest, '=', &name);
		value = rest.p;
	} else if (arg[2]) {
		value = arg + 2;
	}
	void *out = &r->common;
	const struct command_option *o = find_option(common_options, name, letter);
	if (!o && r->command) {
		o = find_option(r->command->options, name, letter);
		out = r->options;
	}
	if (!o)
		return command_error(EXIT_USAGE, "unknown option %s; see --help", arg);
	if (o->type == COMMAND_FLAG && value)
		return command_error(EXIT_USAGE, "--%s takes no value", o->name);
	if (o->type != COMMAND_FLAG && !value) {
		if (r->at == r->argc)
			return command_error(EXIT_USAGE, "--%s wants a value: %s", o->name,
					     o->value);
		value = r->argv[r->at++];
	}
	return set_option(o, out, value);
}

/* Reads everything behind the command's words. */
static int read_arguments(struct reading *r, const char **operands, size_t *ret_n)
{
	bool options_over = false;
	size_t n = 0;

	while (r->at < r->argc) {
		const char *arg = r->argv[r->at];
		if (!options_over && strcmp(arg, "--") == 0) {
			options_over = true;
			r->at++;
		} else if (!options_over && arg[0] == '-' && arg[1]) {
			int code = read_option(r);
			if (code != 0)
				return code;
		} else {
			operands[n++] = r->argv[r->at++];
		}
	}
	*ret_n = n;
	return 0;
}

static int run_command(const struct command_program *p, struct reading *r)
{
	const struct command *c = r->command;
	_cleanup_(freep) void *options = calloc(1, c->options_size ? c->options_size : 1);
	_cleanup_(freep) const char **operands = calloc((size_t)r->argc + 1, sizeof(*operands));
	size_t n;

	if (!options || !operands)
		abort();
	r->options = options;
	set_defaults(c->options, options);
	int code = read_arguments(r, operands, &n);
	if (code != 0)
		return code;
	if (r->common.help) {
		print_command_help(p, c);
		return EXIT_OK;
	}
	if (n < c->min)
		return command_error(EXIT_USAGE, "%s wants %s; see %s %s --help", c->name,
				     c->operands, p->name, c->name);
	if (n > c->max)
		return command_error(EXIT_USAGE, "%s takes no \"%s\"; see %s %s --help", c->name,
				     operands[c->max], p->name, c->name);
	return c->run(&(struct command_line){
	    .command = c->name,
	    .options = options,
	    .operands = operands,
	    .n = n,
	    .config = r->common.config ? r->common.config : p->config,
	    .json = r->common.json,
	});
}

static int no_command(const struct command_program *p, const struct reading *r)
{
	const char *word = r->at < r->argc ? r->argv[r->at] : NULL;
	bool group = word && is_group(p, word);
	const char *second = word && r->at + 1 < r->argc ? r->argv[r->at + 1] : NULL;

	if (!word && !r->common.help)
		return command_error(EXIT_USAGE, "which command? see %s --help", p->name);
	if (!word || (group && (!second || second[0] == '-'))) {
		print_program_help(p, word);
		bool asked =
		    r->common.help ||
		    (second && (strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0));
		return asked ? EXIT_OK : EXIT_USAGE;
	}
	return command_error(EXIT_USAGE, "unknown command \"%s%s%s\"; see %s --help", word,
			     group ? " " : "", group ? second : "", p->name);
}

static int read_and_run(const struct command_program *p, int argc, char **argv)
{
	struct reading r = {.argv = argv, .argc = argc, .at = 1};
	size_t words = 0;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)printf("%s %s\n", p->name, p->version);
		return EXIT_OK;
	}
	while (r.at < argc && argv[r.at][0] == '-' && argv[r.at][1]) {
		int code = read_option(&r);
		if (code != 0)
			return code;
	}
	if (r.at < argc && strcmp(argv[r.at], "help") == 0) {
		print_program_help(p, NULL);
		return EXIT_OK;
	}
	r.command = find_command(p, argv + r.at, (size_t)(argc - r.at), &words);
	if (!r.command)
		return no_command(p, &r);
	r.at += (int)words;
	return run_command(p, &r);
}

int command_main(const struct command_program *program, int argc, char **argv)
{
	program_name = program->name;
	int code = read_and_run(program, argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(stderr, "%s: standard output: %s\n", program->name, strerror(errno));
		return code == EXIT_OK ? EXIT_FAILED : code;
	}
	return code;
}

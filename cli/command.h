/* A program as a table of commands.
 *
 *     static const struct command commands[] = {
 *             {.name = "adapter check", .operands = "FILE…", .min = 1, .max = COMMAND_ANY,
 *              .help = "check adapters", .options = check_options,
 *              .options_size = sizeof(struct check_options), .run = adapter_check},
 *             {0},
 *     };
 *     int main(int argc, char **argv)
 *     {
 *             static const struct command_program program = {.name = "bedpost", …};
 *             return command_main(&program, argc, argv);
 *     }
 *
 * A name is one or two words. Options stand anywhere after the program's name, as --name VALUE,
 * --name=VALUE or -x VALUE; "--" ends them. Every command has --help (-h), --json and --config
 * FILE; the program has --version. A usage error says what is wrong and ends with EXIT_USAGE.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/exit.h"

#define COMMAND_ANY	 SIZE_MAX
#define COMMAND_LIST_MAX 64

enum command_type {
	COMMAND_FLAG,	/* bool */
	COMMAND_STRING, /* const char * */
	COMMAND_INT,	/* int64_t, 0 or more */
	COMMAND_LIST,	/* struct command_list: may be given again and again */
};

struct command_list {
	const char *item[COMMAND_LIST_MAX];
	size_t n;
};

struct command_option {
	const char *name; /* without dashes; NULL ends a table */
	char letter;	  /* 0: none */
	enum command_type type;
	size_t offset;	   /* in the command's options struct */
	const char *value; /* how help names the value: "FILE"; NULL for a flag */
	const char *help;
	int64_t by_default; /* COMMAND_INT */
};

struct command_line {
	const char *command; /* its name, as in the table */
	const void *options; /* the command's own struct, zeroed and then filled */
	const char *const *operands;
	size_t n;
	const char *config; /* --config, or the program's default */
	bool json;
};

struct command {
	const char *name;		      /* NULL ends a table */
	const char *operands;		      /* as help shows them; NULL: none */
	size_t min, max;		      /* how many operands */
	const char *help;		      /* one line */
	const char *more;		      /* further text for --help; NULL: none */
	const struct command_option *options; /* NULL: none of its own */
	size_t options_size;
	int (*run)(const struct command_line *line); /* gives the exit code */
};

struct command_program {
	const char *name, *version, *help;
	const char *config; /* default of --config */
	const struct command *commands;
};

/* Parses, runs, flushes standard output (a full disk or closed pipe there is EXIT_FAILED), gives
 * the exit code. */
int command_main(const struct command_program *program, int argc, char **argv);

/* "bedpost: message" on standard error; gives err_exit_code(). */
int command_failed(const struct err *err);
/* Likewise with a text of one's own; gives code. */
int command_error(enum exit_code code, const char *format, ...) _printf_(2, 3);

/* The adapters that a command line names: files as they are, the *.yaml of folders. */
#pragma once

#include "base/arena.h"
#include "cli/command.h"
#include "outbox/home.h"

struct yaml_files {
	const char **path;
	size_t n;
	struct arena arena;
};
void yaml_files_done(struct yaml_files *y);

/* A file's name alone, where no such file is here: the home's adapter of that name, if it has one;
 * else as it is. home may be NULL. */
const char *yaml_files_find(const struct home *home, const char *name, struct arena *a);

/* Of the operands, or without any those of the home. 0, or has printed what is wrong and gives the
 * exit code. */
int yaml_files_of(const struct command_line *line, struct yaml_files *ret);

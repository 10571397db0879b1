/* The tree of a configuration (inside base/; others use conf.h): conf_load.c builds it, conf.c
 * gives it out and keeps the problems, conf_read.c reads tables. Everything lives in the document's
 * arena. */
#pragma once

#include "base/conf.h"

struct conf_node {
	enum conf_kind kind;
	bool is_null;
	unsigned line, column;		/* 1-based */
	struct span text;		/* of a scalar; NUL-terminated */
	const struct conf_node **items; /* of a sequence; of a mapping key, value, key, value */
	size_t n;			/* items or pairs */
	size_t weight;			/* nodes below and with this one, aliases unfolded */
	unsigned height;		/* levels below */
};

struct conf_problem {
	struct conf_problem *next;
	struct conf_place place;
};

struct conf {
	struct arena arena;
	const char *name;
	struct span text; /* the whole document, NUL-terminated */
	const struct conf_node *root;
	struct conf_problem *first, **last;
	size_t problems;
};

void conf_problem_place(struct conf *c, unsigned line, unsigned column, const char *format, ...)
    _printf_(4, 5);

/* Configuration: YAML through libfyaml, every problem with its place.
 *
 *     /etc/bedpost/home.yaml:7:12: unknown key "zon"; did you mean "zone"?
 *         zon: Europe/Oslo
 *         ^
 *
 * A reader describes its keys in a const table (struct conf_key), and conf_read() fills a struct
 * from it, collecting all problems rather than stopping at the first. `help` in the tables is what
 * the manual pages and `--help-config` print.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define CONF_FILE_MAX  ((size_t)1 << 20)
#define CONF_DEPTH_MAX 32
#define CONF_NODES_MAX 100000 /* an alias counts as all that it stands for */

struct conf;	  /* a parsed document; owns all nodes and strings it hands out */
struct conf_node; /* a place in it; NULL stands for "absent" in every function below */

enum conf_kind { CONF_ABSENT, CONF_SCALAR, CONF_MAPPING, CONF_SEQUENCE };

/* Load fails (INVALID with file:line:column and the line) on a syntax error, a duplicate key, an
 * alias bomb, more than one document; NOT_FOUND, DENIED as the system says. An empty file is an
 * empty mapping. */
int conf_load(const char *path, struct conf **ret, struct err *err);
/* name: for messages */
int conf_parse(const char *name, struct span text, struct conf **ret, struct err *err);
void conf_free(struct conf *c);
DEFINE_CLEANUP(struct conf *, conf_free)

const struct conf_node *conf_root(const struct conf *c);
enum conf_kind conf_kind(const struct conf_node *n);
/* NULL if absent */
const struct conf_node *conf_get(const struct conf_node *mapping, const char *key);
/* SPAN_NONE unless a scalar; a plain null is SPAN_NONE too */
struct span conf_text(const struct conf_node *scalar);
size_t conf_count(const struct conf_node *n); /* items or pairs */
const struct conf_node *conf_item(const struct conf_node *sequence, size_t i);
/* Pairs in the order of the file. */
const struct conf_node *conf_pair(const struct conf_node *mapping, size_t i, struct span *ret_key);
/* The key itself, as a place for problems with it. */
const struct conf_node *conf_pair_key(const struct conf_node *mapping, size_t i);
unsigned conf_line(const struct conf_node *n);	 /* 1-based */
unsigned conf_column(const struct conf_node *n); /* 1-based, in characters */

/* Problems gather in the document. conf_problem() adds one at a node; NULL: at its start. */
void conf_problem(struct conf *c, const struct conf_node *at, const char *format, ...)
    _printf_(3, 4);
/* At the character that byte `offset` of a scalar's text stands for; the scalar's start where its
 * text is not that of its line (block scalars, folded lines). */
void conf_problem_inside(struct conf *c, const struct conf_node *scalar, size_t offset,
			 const char *format, ...) _printf_(4, 5);
size_t conf_problem_count(const struct conf *c);
struct conf_place {
	const char *file;
	unsigned line, column;
	const char *message; /* without the place */
	const char *source;  /* the offending line, without its end */
};
struct conf_place conf_problem_at(const struct conf *c, size_t i);
/* As shown at the top, one after another. */
void conf_problems_print(const struct conf *c, struct buf *out);
/* 0 without problems, else INVALID with the first one in full and how many more there are. */
int conf_check(const struct conf *c, struct err *err);

enum conf_type {
	CONF_STRING,   /* const char * */
	CONF_INT,      /* int64_t, min..max */
	CONF_BOOL,     /* bool: true false yes no on off */
	CONF_DURATION, /* usec_t (int64_t): "2s" (clock.h), min..max in microseconds */
	CONF_SIZE,     /* int64_t bytes: "64KiB", "4MiB", "1GiB", "500" */
	CONF_ENUM,     /* int: index in names[] */
	CONF_NODE,     /* const struct conf_node *: the caller reads it */
};

struct conf_key {
	const char *name; /* NULL ends a table */
	enum conf_type type;
	size_t offset; /* in the struct to fill */
	bool required;
	int64_t min, max;	  /* INT, DURATION, SIZE; both 0: no bounds */
	const char *const *names; /* ENUM, NULL-terminated */
	const char *by_default; /* as text, read like the file's; NULL: leave the struct as it is */
	const char *help;	/* one line */
};

/* Reads a mapping into *out by the table: types, bounds, required keys, unknown keys with "did you
 * mean". Problems gather in c; a key with a problem gets its default. Strings live as long as c.
 * node NULL reads as an empty mapping (required keys are then problems). */
void conf_read(struct conf *c, const struct conf_node *node, const struct conf_key *keys,
	       void *out);
/* The words of CONF_BOOL, in any case: true, yes, on; false, no, off. Else *ret stays as it is. */
bool conf_to_bool(struct span s, bool *ret);
/* The same, and an unknown key that is one of another section (name NULL ends them) is told to
 * belong there. */
struct conf_section {
	const char *name;
	const struct conf_key *keys;
};
void conf_read_beside(struct conf *c, const struct conf_node *node, const struct conf_key *keys,
		      const struct conf_section *others, void *out);

/* The nearest of the names within 2 edits (1 for words of up to 4 letters), or NULL. */
const char *conf_did_you_mean(struct span word, const char *const *names);
/* A table as text: name, type, default, help; for manual pages and --help-config. */
void conf_describe(const struct conf_key *keys, struct buf *out);

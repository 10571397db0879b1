/* A list that was made for paper: which of its lines are rows, which headings, which are passed
 * over; what csv_paper.h reads, guessed. */
#pragma once

#include "adapters/propose/propose.h"
#include "adapters/propose/sample.h"

#define PAPER_REQUIRED_MAX 6
#define PAPER_PASS_MAX	   24
#define PAPER_GROUPS_MAX   2 /* levels: houses, and the wards in them */
#define PAPER_HEADINGS_MAX 12
#define PAPER_LEFT_SHOWN   5
#define PAPER_FILL_MAX	   3

enum paper_kind { PAPER_ROW, PAPER_HEADER, PAPER_RULE, PAPER_HEADING, PAPER_PASSED, PAPER_OTHER };

struct paper_row {
	const struct span *fields; /* trimmed */
	size_t n;
	uint64_t line;
	uint64_t crossed;	  /* columns over whose beginning text runs, as bits */
	struct span words, parts; /* as in csv_words */
	size_t pieces;
	enum paper_kind kind;
	struct span headings[PAPER_GROUPS_MAX]; /* that hold for it */
};

struct paper {
	bool is_used;
	size_t required[PAPER_REQUIRED_MAX]; /* columns that are filled in every row */
	const char *globs[PAPER_REQUIRED_MAX];
	size_t n_required;
	const char *pass[PAPER_PASS_MAX];
	size_t n_pass;
	const char *groups[PAPER_GROUPS_MAX]; /* names; the widest first */
	size_t n_groups;
	struct {
		const char *pattern;
		size_t group;
	} headings[PAPER_HEADINGS_MAX];
	size_t n_headings;
	size_t fill_down[PAPER_FILL_MAX];
	size_t n_fill_down;
	size_t headers; /* how often the header stands there */
	size_t passed;	/* lines that `pass` knows */
	size_t left;	/* lines nobody knows, that do not stand before a header */
	uint64_t left_lines[PAPER_LEFT_SHOWN]; /* where the first of them stand */
};

/* Of rows [0, n) with the header at `header`. is_fixed: columns have places. False: it is a plain
 * list; where n_required is set, each of its lines behind the header is a row. */
bool paper_read(struct arena *a, struct paper_row *rows, size_t n, size_t header, bool is_fixed,
		struct paper *ret);

/* The sample as rows and columns, whatever its format, and what can be counted about them. */
#pragma once

#include "adapters/words.h"

#define SAMPLE_COLUMNS_MAX 128
#define SAMPLE_CELLS_MAX   ((size_t)2 << 20)
#define SAMPLE_VALUES_MAX  64 /* distinct values of a column that are told apart */

struct sample_value {
	struct span text;
	size_t count;
};

struct column {
	struct span name;  /* as a template writes it; empty: it has none */
	struct span title; /* what says what it is: the name, of an XML path its last parts */
	bool is_shown;	   /* may the name be shown? */
	bool is_heading;   /* no column: stands above the rows */
	size_t filled, empty;
	size_t max_bytes;
	size_t digits;	/* values that are digits only */
	size_t dates;	/* that look like dates or times */
	size_t persons; /* that look like a birth number or "Surname, First name" */
	size_t spaced;	/* of several words */
	struct sample_value values[SAMPLE_VALUES_MAX]; /* the most frequent first */
	size_t n_values;
	size_t n_distinct; /* of filled cells */
	enum role role;
	unsigned score;
};

struct sample {
	struct arena *arena; /* of everything here */
	struct column *columns;
	size_t n_columns;
	struct span *cells; /* n_rows × n_columns, trimmed; SPAN_NONE: not there */
	uint64_t *lines;    /* of each row; 0: not known */
	size_t n_rows, cap_rows;
	uint64_t line; /* of the row that will be added next */
};

void sample_init(struct sample *s, struct arena *a, size_t n_columns);
/* Missing cells are absent; those behind the last column are dropped. False: it is full. */
bool sample_add(struct sample *s, const struct span *cells, size_t n);
struct span sample_cell(const struct sample *s, size_t row, size_t column);
void sample_count(struct sample *s); /* fills the columns' figures */

/* The rows of another sample of the same kind: columns by their names, or, where they have none, by
 * their places. What it lacks is absent. False: it has none of the named columns, or others of no
 * name; nothing was added. Counts anew. */
bool sample_join(struct sample *s, const struct sample *more);

/* How many different combinations these columns have, over rows in which at least one is filled. */
size_t sample_distinct(const struct sample *s, const size_t *columns, size_t n, size_t *ret_rows);
/* How many different identifiers they make: "A 1" and "a-1" are one bed. */
size_t sample_idents(const struct sample *s, const size_t *columns, size_t n, size_t *ret_rows);

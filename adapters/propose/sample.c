#include "adapters/propose/sample.h"

#include <stdlib.h>

#include "adapters/value_class.h"
#include "base/buf.h"
#include "bed/ident.h"

void sample_init(struct sample *s, struct arena *a, size_t n_columns)
{
	*s = (struct sample){.arena = a, .n_columns = n_columns};
	s->columns = arena_array(a, struct column, n_columns + 1);
}

bool sample_add(struct sample *s, const struct span *cells, size_t n)
{
	if ((s->n_rows + 1) * s->n_columns > SAMPLE_CELLS_MAX)
		return false;
	if (s->n_rows == s->cap_rows) {
		size_t cap = s->cap_rows ? 2 * s->cap_rows : 64;
		struct span *more = arena_array(s->arena, struct span, cap * s->n_columns + 1);
		if (s->n_rows)
			memcpy(more, s->cells, s->n_rows * s->n_columns * sizeof(*more));
		s->cells = more;
		uint64_t *lines = arena_array(s->arena, uint64_t, cap);
		if (s->n_rows)
			memcpy(lines, s->lines, s->n_rows * sizeof(*lines));
		s->lines = lines;
		s->cap_rows = cap;
	}
	s->lines[s->n_rows] = s->line;
	s->line = 0;
	struct span *row = &s->cells[s->n_rows++ * s->n_columns];
	for (size_t i = 0; i < s->n_columns && i < n; i++)
		row[i] = cells[i].p ? arena_span(s->arena, span_trim(cells[i])) : SPAN_NONE;
	return true;
}

struct span sample_cell(const struct sample *s, size_t row, size_t column)
{
	return s->cells[row * s->n_columns + column];
}

/* ---- counting ---- */

static int by_text(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static void keep_value(struct column *c, struct span text, size_t count)
{
	size_t at = c->n_values;

	c->n_distinct++;
	while (at > 0 && c->values[at - 1].count < count)
		at--;
	if (at >= SAMPLE_VALUES_MAX)
		return;
	if (c->n_values < SAMPLE_VALUES_MAX)
		c->n_values++;
	memmove(&c->values[at + 1], &c->values[at], (c->n_values - 1 - at) * sizeof(c->values[0]));
	c->values[at] = (struct sample_value){text, count};
}

static void look_at(struct column *c, struct span v)
{
	const char *kind = value_class(v);

	c->max_bytes = v.n > c->max_bytes ? v.n : c->max_bytes;
	c->digits += strcmp(kind, "digits") == 0;
	c->dates += strcmp(kind, "date-like") == 0;
	c->persons += value_class_is_person(v);
	c->spaced += memchr(v.p, ' ', v.n) != NULL;
}

static void count_column(struct sample *s, size_t column, struct span *values)
{
	struct column *c = &s->columns[column];
	size_t n = 0;

	for (size_t row = 0; row < s->n_rows; row++) {
		struct span v = sample_cell(s, row, column);
		if (!v.n) {
			c->empty++;
			continue;
		}
		values[n++] = v;
		look_at(c, v);
	}
	c->filled = n;
	qsort(values, n, sizeof(*values), by_text);
	for (size_t i = 0, first = 0; i < n; i++) {
		if (i + 1 < n && span_eq(values[i], values[i + 1]))
			continue;
		keep_value(c, values[i], i + 1 - first);
		first = i + 1;
	}
}

void sample_count(struct sample *s)
{
	struct span *values = calloc(s->n_rows + 1, sizeof(*values));

	if (!values)
		abort();
	for (size_t i = 0; i < s->n_columns; i++)
		count_column(s, i, values);
	free(values);
}

#define NOT_THERE SIZE_MAX

static size_t place_in(const struct sample *more, const struct sample *s, size_t column)
{
	struct span name = s->columns[column].name;

	if (!name.n)
		return column < more->n_columns && !more->columns[column].name.n ? column
										 : NOT_THERE;
	for (size_t i = 0; i < more->n_columns; i++)
		if (span_eq(more->columns[i].name, name))
			return i;
	return NOT_THERE;
}

bool sample_join(struct sample *s, const struct sample *more)
{
	size_t *places = arena_array(s->arena, size_t, s->n_columns + 1), found = 0;
	struct span *cells = arena_array(s->arena, struct span, s->n_columns + 1);

	for (size_t i = 0; i < s->n_columns; i++) {
		places[i] = place_in(more, s, i);
		found += places[i] != NOT_THERE;
	}
	if (found * 2 <= s->n_columns)
		return false;
	for (size_t row = 0; row < more->n_rows; row++) {
		for (size_t i = 0; i < s->n_columns; i++)
			cells[i] =
			    places[i] == NOT_THERE ? SPAN_NONE : sample_cell(more, row, places[i]);
		if (!sample_add(s, cells, s->n_columns))
			break;
	}
	for (size_t i = 0; i < s->n_columns; i++) {
		struct column *c = &s->columns[i];
		*c = (struct column){.name = c->name,
				     .title = c->title,
				     .is_shown = c->is_shown,
				     .is_heading = c->is_heading};
	}
	sample_count(s);
	return true;
}

/* What a row has in these columns, one behind the other; false: nothing. */
static bool key_of(const struct sample *s, size_t row, const size_t *columns, size_t n,
		   char between, struct buf *ret)
{
	bool filled = false;

	for (size_t i = 0; i < n; i++) {
		struct span v = sample_cell(s, row, columns[i]);
		filled |= v.n > 0;
		buf_add(ret, v);
		buf_addc(ret, between);
	}
	return filled;
}

static size_t count_distinct(struct span *keys, size_t n)
{
	size_t distinct = 0;

	qsort(keys, n, sizeof(*keys), by_text);
	for (size_t i = 0; i < n; i++)
		distinct += i == 0 || !span_eq(keys[i], keys[i - 1]);
	return distinct;
}

static size_t count_keys(const struct sample *s, const size_t *columns, size_t n, bool as_idents,
			 size_t *ret_rows)
{
	struct span *keys = calloc(s->n_rows + 1, sizeof(*keys));
	size_t rows = 0;

	if (!keys)
		abort();
	for (size_t row = 0; row < s->n_rows; row++) {
		struct buf key = BUF_INIT;
		if (key_of(s, row, columns, n, as_idents ? '_' : '\n', &key)) {
			struct span ident =
			    as_idents ? ident_make(s->arena, buf_span(&key)) : SPAN_NONE;
			keys[rows++] = ident.n ? ident : arena_span(s->arena, buf_span(&key));
		}
		buf_done(&key);
	}
	size_t distinct = count_distinct(keys, rows);
	free(keys);
	*ret_rows = rows;
	return distinct;
}

size_t sample_distinct(const struct sample *s, const size_t *columns, size_t n, size_t *ret_rows)
{
	return count_keys(s, columns, n, false, ret_rows);
}

size_t sample_idents(const struct sample *s, const size_t *columns, size_t n, size_t *ret_rows)
{
	return count_keys(s, columns, n, true, ret_rows);
}

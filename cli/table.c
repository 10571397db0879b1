/* Cells are kept typed and turned into text only when printed, so that JSON and the table can never
 * disagree. */
#include "cli/table.h"

#include <assert.h>
#include <inttypes.h>

struct table_cell {
	bool present;
	enum table_type type;
	union {
		struct span text;
		int64_t number; /* also times and booleans */
	};
};

struct table table_of(const struct table_column *columns)
{
	struct table t = {.columns = columns};

	while (columns[t.n_columns].key)
		t.n_columns++;
	return t;
}

void table_done(struct table *t)
{
	free(t->cells);
	arena_done(&t->arena);
	*t = (struct table){0};
}

static void add(struct table *t, struct table_cell cell)
{
	assert(!cell.present || cell.type == t->columns[t->n % t->n_columns].type);
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		t->cells = reallocarray(t->cells, t->cap, sizeof(*t->cells));
		if (!t->cells)
			abort();
	}
	t->cells[t->n++] = cell;
}

void table_span(struct table *t, struct span s)
{
	if (s.p)
		s = arena_span(&t->arena, s);
	add(t, (struct table_cell){.present = s.p != NULL, .type = TABLE_TEXT, .text = s});
}

void table_text(struct table *t, const char *s)
{
	table_span(t, span_str(s));
}

void table_text_if(struct table *t, const char *s)
{
	table_text(t, s && s[0] ? s : NULL);
}

void table_number(struct table *t, int64_t n)
{
	table_number_if(t, true, n);
}

void table_number_if(struct table *t, bool known, int64_t n)
{
	add(t, (struct table_cell){.present = known, .type = TABLE_NUMBER, .number = n});
}

void table_time(struct table *t, usec_t at)
{
	add(t, (struct table_cell){.present = at != USEC_NONE, .type = TABLE_TIME, .number = at});
}

void table_bool(struct table *t, bool b)
{
	add(t, (struct table_cell){.present = true, .type = TABLE_BOOL, .number = b});
}

void table_none(struct table *t)
{
	add(t, (struct table_cell){.present = false});
}

size_t table_rows(const struct table *t)
{
	return t->n / t->n_columns;
}

/* How many bytes at p are one printable character? 0: none, the byte must be escaped. */
static size_t printable(struct span s)
{
	unsigned char c = (unsigned char)s.p[0];
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;

	size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (n > s.n || !span_is_utf8(span_of(s.p, n), NULL))
		return 0;
	bool is_c1_control = c == 0xc2 && (unsigned char)s.p[1] < 0xa0;
	return is_c1_control ? 0 : n;
}

/* A backslash stays as it is: the text is for eyes, not for reading back. */
size_t table_add_visible(struct buf *out, struct span s)
{
	size_t columns = 0;

	while (s.n > 0) {
		size_t n = printable(s);
		if (n > 0) {
			buf_add(out, span_of(s.p, n));
			columns++;
		} else {
			buf_addf(out, "\\x%02x", (unsigned char)s.p[0]);
			columns += 4;
			n = 1;
		}
		s = span_of(s.p + n, s.n - n);
	}
	return columns;
}

void table_add_json_text(struct buf *out, struct span s)
{
	if (span_is_utf8(s, NULL)) {
		buf_add_json(out, s);
		return;
	}
	struct buf visible = BUF_INIT;
	(void)table_add_visible(&visible, s);
	buf_add_json(out, buf_span(&visible));
	buf_done(&visible);
}

static void cell_to_json(const struct table_cell *cell, struct buf *out)
{
	char at[CLOCK_RFC3339_MAX];

	if (!cell->present) {
		buf_adds(out, "null");
		return;
	}
	switch (cell->type) {
	case TABLE_TEXT: table_add_json_text(out, cell->text); break;
	case TABLE_NUMBER: buf_addf(out, "%" PRId64, cell->number); break;
	case TABLE_TIME: buf_addf(out, "\"%s\"", clock_format_rfc3339(cell->number, at)); break;
	case TABLE_BOOL: buf_adds(out, cell->number ? "true" : "false"); break;
	}
}

static size_t cell_to_text(const struct table_cell *cell, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX] = "-";

	if (cell->present) {
		switch (cell->type) {
		case TABLE_TEXT: return table_add_visible(out, cell->text);
		case TABLE_NUMBER:
			(void)snprintf(text, sizeof(text), "%" PRId64, cell->number);
			break;
		case TABLE_TIME: (void)clock_format_rfc3339(cell->number, text); break;
		case TABLE_BOOL:
			(void)snprintf(text, sizeof(text), "%s", cell->number ? "yes" : "no");
			break;
		}
	}
	return table_add_visible(out, span_str(text));
}

static void row_to_json(const struct table *t, size_t row, struct buf *out)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		buf_adds(out, c == 0 ? "{" : ",");
		buf_add_json(out, span_str(t->columns[c].key));
		buf_addc(out, ':');
		cell_to_json(&t->cells[row * t->n_columns + c], out);
	}
	buf_addc(out, '}');
}

static void rows_to_json(const struct table *t, bool any_before, struct buf *out)
{
	for (size_t row = 0; row < table_rows(t); row++) {
		buf_adds(out, row == 0 && !any_before ? "" : ",\n ");
		row_to_json(t, row, out);
	}
}

void table_to_json(const struct table *t, struct buf *out)
{
	buf_addc(out, '[');
	rows_to_json(t, false, out);
	buf_addc(out, ']');
}

void table_record_to_json(const struct table *t, struct buf *out)
{
	assert(table_rows(t) == 1);
	row_to_json(t, 0, out);
}

static void pad(struct buf *out, size_t have, size_t width)
{
	for (; have < width; have++)
		buf_addc(out, ' ');
}

static size_t column_width(const struct table *t, size_t c)
{
	struct buf scratch = BUF_INIT;
	size_t width = table_add_visible(&scratch, span_str(t->columns[c].title));

	for (size_t row = 0; row < table_rows(t); row++) {
		buf_clear(&scratch);
		size_t w = cell_to_text(&t->cells[row * t->n_columns + c], &scratch);
		width = w > width ? w : width;
	}
	buf_done(&scratch);
	return width;
}

static void trim_right(struct buf *out)
{
	while (out->n > 0 && out->p[out->n - 1] == ' ')
		out->p[--out->n] = '\0';
}

/* row SIZE_MAX: the titles. */
static void row_to_text(const struct table *t, size_t row, const size_t *widths, struct buf *out)
{
	struct buf cell = BUF_INIT;
	bool is_first = true;

	for (size_t c = 0; c < t->n_columns; c++) {
		if (!t->columns[c].title)
			continue;
		buf_clear(&cell);
		size_t w = row == SIZE_MAX ? table_add_visible(&cell, span_str(t->columns[c].title))
					   : cell_to_text(&t->cells[row * t->n_columns + c], &cell);
		if (!is_first)
			buf_adds(out, "  ");
		is_first = false;
		if (t->columns[c].type == TABLE_NUMBER)
			pad(out, w, widths[c]);
		buf_add(out, buf_span(&cell));
		if (t->columns[c].type != TABLE_NUMBER)
			pad(out, w, widths[c]);
	}
	trim_right(out);
	buf_addc(out, '\n');
	buf_done(&cell);
}

void table_to_text(const struct table *t, struct buf *out)
{
	if (table_rows(t) == 0)
		return;

	_cleanup_(freep) size_t *widths = calloc(t->n_columns, sizeof(*widths));
	if (!widths)
		abort();
	for (size_t c = 0; c < t->n_columns; c++)
		widths[c] = t->columns[c].title ? column_width(t, c) : 0;
	row_to_text(t, SIZE_MAX, widths, out);
	for (size_t row = 0; row < table_rows(t); row++)
		row_to_text(t, row, widths, out);
}

void table_record_to_text(const struct table *t, struct buf *out)
{
	size_t width = 0;

	assert(table_rows(t) == 1);
	for (size_t c = 0; c < t->n_columns; c++) {
		size_t n = t->columns[c].title ? strlen(t->columns[c].title) : 0;
		width = n > width ? n : width;
	}
	for (size_t c = 0; c < t->n_columns; c++) {
		if (!t->columns[c].title)
			continue;
		pad(out, table_add_visible(out, span_str(t->columns[c].title)), width + 2);
		(void)cell_to_text(&t->cells[c], out);
		buf_addc(out, '\n');
	}
}

static void print(struct buf *out)
{
	(void)fwrite(out->p, 1, out->n, stdout);
	buf_done(out);
}

void table_print(const struct table *t, bool json)
{
	table_print_list(t, NULL, json);
}

void table_print_list(const struct table *t, const char *key, bool json)
{
	struct buf out = BUF_INIT;

	if (json) {
		if (key)
			buf_addf(&out, "{\"%s\":", key);
		table_to_json(t, &out);
		buf_adds(&out, key ? "}\n" : "\n");
	} else if (table_rows(t) == 0) {
		buf_adds(&out, "none\n");
	} else {
		table_to_text(t, &out);
	}
	print(&out);
}

static void add_part(struct table *t, struct table_parts *p, struct buf *out)
{
	if (p->json && !p->any)
		buf_addf(out, "{\"%s\":[", p->key);
	if (p->json)
		rows_to_json(t, p->any, out);
	else
		table_to_text(t, out);
	p->any = true;
	t->n = 0;
	arena_reset(&t->arena);
}

void table_print_part(struct table *t, struct table_parts *p)
{
	struct buf out = BUF_INIT;

	if (table_rows(t) > 0)
		add_part(t, p, &out);
	print(&out);
}

void table_print_last_part(struct table *t, struct table_parts *p)
{
	struct buf out = BUF_INIT;

	if (!p->any && !p->json) {
		table_print_list(t, p->key, false);
		return;
	}
	if (table_rows(t) > 0 || !p->any)
		add_part(t, p, &out);
	if (p->json)
		buf_addf(&out, "]%s}\n", p->more ? p->more : "");
	print(&out);
}

void table_print_record(const struct table *t, bool json)
{
	struct buf out = BUF_INIT;

	if (json) {
		table_record_to_json(t, &out);
		buf_addc(&out, '\n');
	} else {
		table_record_to_text(t, &out);
	}
	print(&out);
}

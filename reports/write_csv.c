/* RFC 4180: CRLF, quotes doubled, a header of the columns' keys; one table, the first or the one
 * asked for, since a file of two tables is no table. Totals stay out: a column's sum must be the
 * reader's own.
 *
 * A text that a spreadsheet would take for a formula gets an apostrophe in front. */
#include "reports/formats.h"

#include "base/csv_cell.h"
#include "reports/cell.h"

struct csv {
	struct writer w;
	struct buf line;
	bool open;  /* the table that is open is the one */
	bool found; /* it came */
};

static int csv_begin(struct writer *w _unused_, struct err *err _unused_)
{
	return 0;
}

static int csv_table(struct writer *w, struct err *err)
{
	struct csv *c = (struct csv *)w;

	c->open = w->only ? span_eq_str(span_str(w->only), w->table->key) : w->tables == 1;
	if (!c->open)
		return 0;
	c->found = true;
	for (size_t i = 0; i < w->table->n_columns; i++)
		buf_addf(&c->line, "%s%s", i ? "," : "", w->table->columns[i].key);
	buf_adds(&c->line, "\r\n");
	return output_flush_buf(w->out, &c->line, err);
}

static int csv_row(struct writer *w, const struct cell *cells, enum row_kind kind, struct err *err)
{
	struct csv *c = (struct csv *)w;

	if (!c->open || kind == ROW_TOTAL)
		return 0;
	for (size_t i = 0; i < w->table->n_columns; i++) {
		const struct column *column = &w->table->columns[i];
		if (i)
			buf_addc(&c->line, ',');
		if (!cell_is_text(column->type))
			cell_machine(&cells[i], column, &c->line);
		else if (!cells[i].absent)
			csv_cell_add(cells[i].text, ',', &c->line);
	}
	buf_adds(&c->line, "\r\n");
	return output_flush_buf(w->out, &c->line, err);
}

static int csv_end(struct writer *w, struct err *err)
{
	const struct csv *c = (struct csv *)w;

	return c->found ? 0
			: err_set(err, ERR_NOT_FOUND, "the report %s has no table \"%s\"",
				  w->document->name, w->only ? w->only : "");
}

static void csv_free(struct writer *w)
{
	buf_done(&((struct csv *)w)->line);
}

struct writer *write_csv_new(void)
{
	static const struct writer_ops ops = {.begin = csv_begin,
					      .table = csv_table,
					      .row = csv_row,
					      .end = csv_end,
					      .free = csv_free};
	struct csv *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->w.ops = &ops;
	return &c->w;
}

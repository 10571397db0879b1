/* <report xmlns="urn:bedpost:report:1"> as reports/report.xsd describes it: the same as the JSON,
 * with a cell as an element of its column's key, left out where it is absent. */
#include "reports/formats.h"

#include "reports/cell.h"

#define XML_NAMESPACE "urn:bedpost:report:1"

struct xml {
	struct writer w;
	struct buf b, value;
	bool rows_open;
};

static void add_attribute(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(b, " %s=\"", name);
	writer_add_xml(b, span_str(value));
	buf_addc(b, '"');
}

static void add_value(struct xml *x, const struct cell *c, const struct column *column)
{
	cell_machine(c, column, &x->value);
	writer_add_xml(&x->b, buf_span(&x->value));
	buf_clear(&x->value);
}

static int xml_begin(struct writer *w, struct err *err)
{
	struct xml *x = (struct xml *)w;
	const struct document *d = w->document;
	const struct cell at = cell_time(d->generated_at);
	struct buf *b = &x->b;

	buf_addf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<report xmlns=\"%s\"",
		 XML_NAMESPACE);
	add_attribute(b, "name", d->name);
	add_attribute(b, "title", text_in(d->title, d->lang));
	add_attribute(b, "subtitle", d->subtitle);
	add_attribute(b, "xml:lang", d->lang == LANG_NB ? "nb" : "en");
	buf_adds(b, " generated_at=\"");
	add_value(x, &at, &(struct column){.type = CELL_TIME});
	buf_adds(b, "\">\n<parameters>\n");
	for (size_t i = 0; i < d->n_parameters; i++) {
		const struct column type = {.type = d->parameters[i].type};
		if (cell_is_absent(&d->parameters[i].value, &type))
			continue;
		buf_addf(b, "<parameter key=\"%s\">", d->parameters[i].key);
		add_value(x, &d->parameters[i].value, &type);
		buf_adds(b, "</parameter>\n");
	}
	buf_adds(b, "</parameters>\n");
	for (size_t i = 0; i < d->n_notes; i++) {
		buf_adds(b, "<note>");
		writer_add_xml(b, span_str(text_in(d->notes[i], d->lang)));
		buf_adds(b, "</note>\n");
	}
	return output_flush_buf(w->out, b, err);
}

static int xml_table(struct writer *w, struct err *err)
{
	static const char *const types[] = {
	    [CELL_TEXT] = "text",   [CELL_WORD] = "code",	  [CELL_PLACE] = "code",
	    [CELL_COUNT] = "count", [CELL_DURATION] = "duration", [CELL_SHARE] = "share",
	    [CELL_MEAN] = "mean",   [CELL_TIME] = "time",	  [CELL_DATE] = "date",
	};
	struct xml *x = (struct xml *)w;
	const struct table *t = w->table;
	struct buf *b = &x->b;

	buf_adds(b, "<table");
	add_attribute(b, "key", t->key);
	add_attribute(b, "title", text_in(t->title, w->document->lang));
	buf_adds(b, ">\n<columns>\n");
	for (size_t i = 0; i < t->n_columns; i++) {
		buf_adds(b, "<column");
		add_attribute(b, "key", t->columns[i].key);
		add_attribute(b, "title", text_in(t->columns[i].title, w->document->lang));
		add_attribute(b, "type", types[t->columns[i].type]);
		add_attribute(b, "unit", t->columns[i].type == CELL_DURATION ? "s" : NULL);
		buf_adds(b, "/>\n");
	}
	buf_adds(b, "</columns>\n<rows>\n");
	x->rows_open = true;
	return output_flush_buf(w->out, b, err);
}

static int xml_row(struct writer *w, const struct cell *cells, enum row_kind kind, struct err *err)
{
	struct xml *x = (struct xml *)w;
	const char *name = kind == ROW_TOTAL ? "totals" : "row";
	struct buf *b = &x->b;

	if (kind == ROW_TOTAL) {
		buf_adds(b, "</rows>\n");
		x->rows_open = false;
	}
	buf_addf(b, "<%s>", name);
	for (size_t i = 0; i < w->table->n_columns; i++) {
		const struct column *column = &w->table->columns[i];
		if (cell_is_absent(&cells[i], column))
			continue;
		buf_addf(b, "<%s>", column->key);
		add_value(x, &cells[i], column);
		buf_addf(b, "</%s>", column->key);
	}
	buf_addf(b, "</%s>\n", name);
	return output_flush_buf(w->out, b, err);
}

static int xml_table_end(struct writer *w, struct err *err)
{
	struct xml *x = (struct xml *)w;

	buf_adds(&x->b, x->rows_open ? "</rows>\n</table>\n" : "</table>\n");
	return output_flush_buf(w->out, &x->b, err);
}

static int xml_end(struct writer *w, struct err *err)
{
	return output_write(w->out, SPAN("</report>\n"), err);
}

static void xml_free(struct writer *w)
{
	buf_done(&((struct xml *)w)->b);
	buf_done(&((struct xml *)w)->value);
}

struct writer *write_xml_new(void)
{
	static const struct writer_ops ops = {.begin = xml_begin,
					      .table = xml_table,
					      .row = xml_row,
					      .table_end = xml_table_end,
					      .end = xml_end,
					      .free = xml_free};
	struct xml *x = calloc(1, sizeof(*x));

	if (!x)
		abort();
	x->w.ops = &ops;
	return &x->w;
}

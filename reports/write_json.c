/* {"report","title","subtitle","language","generated_at","parameters":{},"notes":[],"charts":[],
 *  "tables":[{"key","title","columns":[{"key","title","type","unit"}],"rows":[{}],"totals":{}}]}
 * docs/reports.md describes it; keys are only ever added. Rows stand one a line. */
#include "reports/formats.h"

#include "reports/cell.h"

#define JSON_SHAPE 1 /* grows when a key changes its meaning */

struct json {
	struct writer w;
	struct buf b;
	size_t charts;
	bool total; /* of the open table: written, after its rows */
};

static const char *const type_names[] = {
    [CELL_TEXT] = "text",   [CELL_WORD] = "code",	  [CELL_PLACE] = "code",
    [CELL_COUNT] = "count", [CELL_DURATION] = "duration", [CELL_SHARE] = "share",
    [CELL_MEAN] = "mean",   [CELL_TIME] = "time",	  [CELL_DATE] = "date",
};

static void add_value(struct buf *out, const struct cell *c, const struct column *column)
{
	if (cell_is_absent(c, column)) {
		buf_adds(out, "null");
	} else if (cell_is_number(column->type)) {
		cell_machine(c, column, out);
	} else if (cell_is_text(column->type)) {
		buf_add_json(out, c->text);
	} else {
		buf_addc(out, '"');
		cell_machine(c, column, out);
		buf_addc(out, '"');
	}
}

static void add_pair(struct buf *out, const char *key, const char *text)
{
	buf_addf(out, "\"%s\":", key);
	if (text)
		buf_add_json(out, span_str(text));
	else
		buf_adds(out, "null");
}

static int json_begin(struct writer *w, struct err *err)
{
	struct json *j = (struct json *)w;
	const struct document *d = w->document;
	struct buf *b = &j->b;

	buf_addf(b, "{\"shape\":%d,", JSON_SHAPE);
	add_pair(b, "report", d->name);
	buf_addc(b, ',');
	add_pair(b, "title", text_in(d->title, d->lang));
	buf_addc(b, ',');
	add_pair(b, "subtitle", d->subtitle);
	buf_addf(b, ",\"language\":\"%s\",\"generated_at\":", d->lang == LANG_NB ? "nb" : "en");
	const struct cell at = cell_time(d->generated_at);
	add_value(b, &at, &(struct column){.type = CELL_TIME});
	buf_adds(b, ",\n\"parameters\":{");
	for (size_t i = 0; i < d->n_parameters; i++) {
		const struct parameter *p = &d->parameters[i];
		buf_addf(b, "%s\"%s\":", i ? "," : "", p->key);
		add_value(b, &p->value, &(struct column){.type = p->type});
	}
	buf_adds(b, "},\n\"notes\":[");
	for (size_t i = 0; i < d->n_notes; i++) {
		if (i)
			buf_addc(b, ',');
		buf_add_json(b, span_str(text_in(d->notes[i], d->lang)));
	}
	buf_adds(b, "],\n\"charts\":[");
	return output_flush_buf(w->out, b, err);
}

static int json_chart(struct writer *w, const struct chart *c, struct err *err)
{
	struct json *j = (struct json *)w;
	const struct column day = {.type = CELL_DATE}, value = {.type = c->type};
	struct buf *b = &j->b;

	buf_adds(b, j->charts++ ? ",\n{" : "\n{");
	add_pair(b, "key", c->key);
	buf_addc(b, ',');
	add_pair(b, "title", text_in(c->title, w->document->lang));
	buf_addf(b, ",\"type\":\"%s\",\"days\":[", type_names[c->type]);
	for (size_t i = 0; i < c->n_days; i++) {
		const struct cell at = cell_day(c->days[i]);
		if (i)
			buf_addc(b, ',');
		add_value(b, &at, &day);
	}
	buf_adds(b, "],\"series\":[");
	for (size_t s = 0; s < c->n_series; s++) {
		buf_adds(b, s ? ",{" : "{");
		add_pair(b, "key", c->series[s].key);
		buf_addc(b, ',');
		add_pair(b, "title", text_in(c->series[s].title, w->document->lang));
		buf_adds(b, ",\"values\":[");
		for (size_t i = 0; i < c->n_days; i++) {
			if (i)
				buf_addc(b, ',');
			add_value(b, &c->series[s].values[i], &value);
		}
		buf_adds(b, "]}");
	}
	buf_adds(b, "]}");
	return output_flush_buf(w->out, b, err);
}

static const char *unit_of(const struct column *c)
{
	switch (c->type) {
	case CELL_DURATION: return "s";
	case CELL_SHARE: return "1";
	default: return NULL;
	}
}

static int json_table(struct writer *w, struct err *err)
{
	struct json *j = (struct json *)w;
	const struct table *t = w->table;
	struct buf *b = &j->b;

	j->total = false;
	buf_adds(b, w->tables == 1 ? "],\n\"tables\":[\n{" : ",\n{");
	add_pair(b, "key", t->key);
	buf_addc(b, ',');
	add_pair(b, "title", text_in(t->title, w->document->lang));
	buf_adds(b, ",\"columns\":[");
	for (size_t i = 0; i < t->n_columns; i++) {
		buf_adds(b, i ? ",{" : "{");
		add_pair(b, "key", t->columns[i].key);
		buf_addc(b, ',');
		add_pair(b, "title", text_in(t->columns[i].title, w->document->lang));
		buf_addf(b, ",\"type\":\"%s\",", type_names[t->columns[i].type]);
		add_pair(b, "unit", unit_of(&t->columns[i]));
		buf_addc(b, '}');
	}
	buf_adds(b, "],\"rows\":[");
	return output_flush_buf(w->out, b, err);
}

static int json_row(struct writer *w, const struct cell *cells, enum row_kind kind, struct err *err)
{
	struct json *j = (struct json *)w;
	struct buf *b = &j->b;

	if (kind == ROW_TOTAL) {
		buf_adds(b, "],\n\"totals\":");
		j->total = true;
	} else {
		buf_adds(b, w->rows > 1 ? ",\n" : "\n");
	}
	for (size_t i = 0; i < w->table->n_columns; i++) {
		buf_addf(b, "%s\"%s\":", i ? "," : "{", w->table->columns[i].key);
		add_value(b, &cells[i], &w->table->columns[i]);
	}
	buf_addc(b, '}');
	return output_flush_buf(w->out, b, err);
}

static int json_table_end(struct writer *w, struct err *err)
{
	struct json *j = (struct json *)w;

	buf_adds(&j->b, j->total ? "}" : "],\n\"totals\":null}");
	return output_flush_buf(w->out, &j->b, err);
}

static int json_end(struct writer *w, struct err *err)
{
	struct json *j = (struct json *)w;

	buf_adds(&j->b, w->tables ? "]}\n" : "],\"tables\":[]}\n");
	return output_flush_buf(w->out, &j->b, err);
}

static void json_free(struct writer *w)
{
	buf_done(&((struct json *)w)->b);
}

struct writer *write_json_new(void)
{
	static const struct writer_ops ops = {json_begin,     json_chart, json_table, json_row,
					      json_table_end, json_end,	  json_free};
	struct json *j = calloc(1, sizeof(*j));

	if (!j)
		abort();
	j->w.ops = &ops;
	return &j->w;
}

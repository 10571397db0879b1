/* The order of calls is checked here, once for all formats. */
#include "reports/writer.h"

#include <assert.h>

#include "reports/formats.h"

const struct writer_format writer_formats[] = {
    {"csv", "text/csv; charset=utf-8; header=present", false, write_csv_new},
    {"json", "application/json", false, write_json_new},
    {"xml", "application/xml", false, write_xml_new},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", true,
     write_xlsx_new},
    {"html", "text/html; charset=utf-8", false, write_html_new},
    {"pdf", "application/pdf", true, write_pdf_new},
    {0},
};

const struct writer_format *writer_format_find(struct span name)
{
	for (const struct writer_format *f = writer_formats; f->name; f++)
		if (span_eq_str(name, f->name))
			return f;
	return NULL;
}

struct writer *writer_new(const struct writer_format *f, struct output *out)
{
	struct writer *w = f->make();

	w->out = out;
	return w;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	w->ops->free(w);
	free(w);
}

/* 0, or the error that stuck. */
static int keep(struct writer *w, int r, const struct err *e, struct err *err)
{
	if (r < 0 && !w->failed.code)
		w->failed = *e;
	if (w->failed.code && err)
		*err = w->failed;
	return w->failed.code ? -(int)w->failed.code : 0;
}

#define GUARDED(w, call, err)                                                                      \
	__extension__({                                                                            \
		struct err _e = {0};                                                               \
		int _r = (w)->failed.code ? -1 : (call);                                           \
		keep((w), _r, &_e, (err));                                                         \
	})

int writer_begin(struct writer *w, const struct document *d, struct err *err)
{
	assert(!w->document);
	w->document = d;
	return GUARDED(w, w->ops->begin(w, &_e), err);
}

int writer_chart(struct writer *w, const struct chart *c, struct err *err)
{
	assert(w->document && w->tables == 0);
	return GUARDED(w, w->ops->chart ? w->ops->chart(w, c, &_e) : 0, err);
}

int writer_table(struct writer *w, const struct table *t, struct err *err)
{
	assert(w->document && !w->table && t->n_columns <= MODEL_COLUMNS_MAX);
	w->table = t;
	w->tables++;
	w->rows = 0;
	return GUARDED(w, w->ops->table(w, &_e), err);
}

int writer_row(struct writer *w, const struct cell *cells, struct err *err)
{
	assert(w->table);
	w->rows++;
	return GUARDED(w, w->ops->row(w, cells, ROW_PLAIN, &_e), err);
}

int writer_total(struct writer *w, const struct cell *cells, struct err *err)
{
	assert(w->table);
	return GUARDED(w, w->ops->row(w, cells, ROW_TOTAL, &_e), err);
}

int writer_table_end(struct writer *w, struct err *err)
{
	assert(w->table);
	int r = GUARDED(w, w->ops->table_end ? w->ops->table_end(w, &_e) : 0, err);
	w->table = NULL;
	return r;
}

int writer_end(struct writer *w, struct err *err)
{
	assert(!w->table);
	return GUARDED(w, w->ops->end(w, &_e), err);
}

void writer_add_xml(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		switch (c) {
		case '&': buf_adds(out, "&amp;"); break;
		case '<': buf_adds(out, "&lt;"); break;
		case '>': buf_adds(out, "&gt;"); break;
		case '"': buf_adds(out, "&quot;"); break;
		case '\t':
		case '\n':
		case '\r': buf_addf(out, "&#%d;", c); break;
		default:
			if (c < 0x20)
				buf_adds(out, "\ufffd");
			else
				buf_addc(out, (char)c);
		}
	}
}

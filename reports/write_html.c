/* One file: style and charts inside, no script, nothing fetched. Reads in the light and the dark,
 * prints on A4 with the tables' heads repeated on each page. On a screen as narrow as a phone a row
 * is a card of its own, each value under its column's title: the table brings those as --c1, --c2,
 * … for the style. On a wider one a table that is wider still is scrolled beside its first column.
 */
#include "reports/formats.h"

#include <string.h>

#include "reports/canvas.h"
#include "reports/cell.h"
#include "reports/chart.h"

struct html {
	struct writer w;
	struct buf b, value;
	bool body_open; /* of the open table */
};

#define WIDE_TEXT 22 /* characters that a column of names is given */

static const char style[] =
    ":root{color-scheme:light dark;--ink:#16202a;--muted:#52606d;--line:#c9d2da;"
    "--head:#e7eef4;--page:#fff;--stripe:#f6f8fa}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e4eaf0;--muted:#a3b0bc;--line:#3b4752;"
    "--head:#22303c;--page:#12181e;--stripe:#182028}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1.5rem;max-width:120rem;background:var(--page);"
    "color:var(--ink);font:15px/1.45 system-ui,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu S"
    "ans\",sans-serif}\n"
    "h1{font-size:1.7rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}\n"
    ".sub{font-size:1.05rem;color:var(--muted);margin:.2rem 0 1rem}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0;"
    "font-size:.9rem}dt{color:var(--muted)}dd{margin:0}\n"
    "ul.notes{font-size:.9rem;color:var(--muted);padding-left:1.2rem;margin:.8rem 0 0}\n"
    "figure{margin:0;overflow-x:auto}figcaption{font-weight:600;margin-bottom:.3rem}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr)"
    ");gap:1.5rem;margin-top:1.5rem}\n"
    "svg{width:100%;min-width:27rem;max-width:46rem;height:auto;display:block;"
    "font-family:inherit}\n"
    "svg .t{fill:var(--ink)}svg .m{fill:var(--muted)}svg line.m{stroke:var(--muted)}"
    "svg line.g{stroke:var(--line);stroke-width:.7}svg .l{fill:none;stroke-width:2;"
    "stroke-linejoin:round}\n"
    ".scroll{overflow:auto;max-height:90vh}\n"
    "table{border-collapse:collapse;width:100%;font-size:.88rem;"
    "font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.32rem .5rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}\n"
    "thead th{background:var(--head);vertical-align:bottom;position:sticky;top:0}\n"
    "th.n,td.n{text-align:right}td.n{white-space:nowrap}td.w{min-width:6.9rem}td.t{"
    "min-width:6.4rem}td.x{min-width:9.5rem;overflow-wrap:anywhere}\n"
    "tr{background:var(--page)}tbody tr:nth-child(even){background:var(--stripe)}\n"
    "tr>:first-child{position:sticky;left:0;background:inherit}thead th:first-child{"
    "z-index:1;background:var(--head)}\n"
    "tfoot td{font-weight:700;border-top:2px solid var(--muted);border-bottom:0}\n"
    "footer{margin-top:2rem;color:var(--muted);font-size:.85rem}\n"
    "@page{size:A4 landscape;margin:12mm}\n"
    "@media print{:root{--ink:#000;--muted:#444;--line:#bbb;--head:#e7eef4;--page:#fff;"
    "--stripe:#fff}body{padding:0;max-width:none;font-size:9pt}.o{display:none}"
    "svg,td.t,td.x,td.w{min-width:0}td.w{white-space:nowrap}td.x{overflow-wrap:normal}"
    "thead th,tr>:first-child{position:static}.scroll{overflow:visible;max-height:none}"
    "tfoot{display:table-row-group}tr,figure{break-inside:avoid}h2{break-after:avoid}"
    "thead th{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
    "@media screen and (max-width:44rem){body{padding:1rem}.scroll{overflow:visible;"
    "max-height:none}table,tbody,tfoot,td{display:block}thead{position:absolute;width:1px;"
    "height:1px;overflow:hidden;clip-path:inset(50%)}tr{display:grid;"
    "grid-template-columns:repeat(auto-fill,minmax(6.3rem,1fr));gap:.35rem .8rem;"
    "padding:.6rem .5rem;border-bottom:1px solid var(--line)}tfoot tr{"
    "border-top:2px solid var(--muted)}tr>td:nth-child(n){position:static;padding:0;"
    "border:0;min-width:0;text-align:left;white-space:normal;overflow-wrap:anywhere}"
    "tr>td.x{grid-column:span 2}tr>td:empty{display:none}tr>td:first-child{font-weight:600}"
    "td::before{display:block;color:var(--muted);font-size:.8em;font-weight:400;"
    "line-height:1.25}}\n";

static void add_series_styles(struct buf *b)
{
	for (int dark = 0; dark < 2; dark++) {
		if (dark)
			buf_adds(b, "@media screen and (prefers-color-scheme:dark){");
		for (size_t s = 0; s < CHART_SERIES_MAX; s++) {
			const struct canvas_style *c = &canvas_styles[s];
			const unsigned char *rgb = dark ? c->dark : c->rgb;
			buf_addf(b, "svg .l.s%zu{stroke:rgb(%d,%d,%d)", s, rgb[0], rgb[1], rgb[2]);
			if (!dark && c->dash[0] > 0)
				buf_addf(b, ";stroke-dasharray:%.0f %.0f", c->dash[0], c->dash[1]);
			buf_addf(b, "}svg .a.s%zu,svg .d.s%zu{fill:rgb(%d,%d,%d)}", s, s, rgb[0],
				 rgb[1], rgb[2]);
		}
		buf_adds(b, dark ? "}\n" : "\n");
	}
}

/* Which of a table's titles stands above a value, where its head is out of sight. */
static void add_card_styles(struct buf *b)
{
	buf_adds(b, "@media screen and (max-width:44rem){");
	for (int i = 1; i <= MODEL_COLUMNS_MAX; i++)
		buf_addf(b, "td:nth-child(%d)::before{content:var(--c%d)}", i, i);
	buf_adds(b, "}\n");
}

static void add_text(struct html *h, const char *s)
{
	writer_add_xml(&h->b, span_str(s ? s : ""));
}

/* A line may end after an underscore of an identifier. */
static void add_cell(struct html *h, const struct cell *c, const struct column *column)
{
	struct span rest;
	const char *line;

	cell_human(c, column, h->w.document, &h->value);
	rest = buf_span(&h->value);
	while (column->type == CELL_TEXT && rest.n > 0 && (line = memchr(rest.p, '_', rest.n))) {
		size_t n = (size_t)(line - rest.p) + 1;
		writer_add_xml(&h->b, span_of(rest.p, n));
		buf_adds(&h->b, "<wbr>");
		rest = span_of(rest.p + n, rest.n - n);
	}
	writer_add_xml(&h->b, rest);
	buf_clear(&h->value);
}

static int html_begin(struct writer *w, struct err *err)
{
	struct html *h = (struct html *)w;
	const struct document *d = w->document;
	struct buf *b = &h->b;

	buf_addf(
	    b,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	    d->lang == LANG_NB ? "nb" : "en");
	add_text(h, text_in(d->title, d->lang));
	buf_addf(b, "</title>\n<style>\n%s", style);
	add_series_styles(b);
	add_card_styles(b);
	buf_adds(b, "</style>\n</head>\n<body>\n<header>\n<h1>");
	add_text(h, text_in(d->title, d->lang));
	buf_adds(b, "</h1>\n<p class=\"sub\">");
	add_text(h, d->subtitle);
	buf_adds(b, "</p>\n<dl>\n");
	for (size_t i = 0; i < d->n_parameters; i++) {
		const struct column type = {.type = d->parameters[i].type};
		if (cell_is_absent(&d->parameters[i].value, &type))
			continue;
		buf_adds(b, "<dt>");
		add_text(h, text_in(d->parameters[i].title, d->lang));
		buf_adds(b, "</dt><dd>");
		add_cell(h, &d->parameters[i].value, &type);
		buf_adds(b, "</dd>\n");
	}
	buf_adds(b, "</dl>\n");
	if (d->n_notes)
		buf_adds(b, "<ul class=\"notes\">\n");
	for (size_t i = 0; i < d->n_notes; i++) {
		buf_adds(b, "<li>");
		add_text(h, text_in(d->notes[i], d->lang));
		buf_adds(b, "</li>\n");
	}
	buf_adds(b, d->n_notes ? "</ul>\n</header>\n<main>\n<div class=\"charts\">\n"
			       : "</header>\n<main>\n<div class=\"charts\">\n");
	return output_flush_buf(w->out, b, err);
}

static int html_chart(struct writer *w, const struct chart *c, struct err *err)
{
	struct html *h = (struct html *)w;
	struct canvas canvas = canvas_svg(&h->b);
	const char *title = text_in(c->title, w->document->lang);

	buf_adds(&h->b, "<figure><figcaption>");
	add_text(h, title);
	buf_addf(&h->b, "</figcaption>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
		 CHART_WIDTH, CHART_HEIGHT);
	add_text(h, title);
	buf_adds(&h->b, "\">\n");
	chart_draw(c, w->document->lang, &canvas);
	buf_adds(&h->b, "</svg></figure>\n");
	return output_flush_buf(w->out, &h->b, err);
}

/* A table that is wider than the window would leave each text no more than its longest word. */
static const char *look_of(const struct column *c)
{
	if (cell_is_number(c->type))
		return "n";
	if (c->type == CELL_TEXT)
		return c->width >= WIDE_TEXT ? "x" : "t";
	return c->type == CELL_TIME || c->type == CELL_DATE ? "w" : "";
}

static void add_class(struct buf *b, const struct column *c, const char *look)
{
	const char *off_paper = c->shown == SHOWN_OFF_PAPER ? "o" : "";

	if (*look || *off_paper)
		buf_addf(b, " class=\"%s%s%s\"", look, *look && *off_paper ? " " : "", off_paper);
}

/* Titles are of our own tables, and hold nothing that a string of CSS would take otherwise. */
static void add_titles(struct html *h)
{
	int shown = 0;

	buf_adds(&h->b, " style=\"");
	for (size_t i = 0; i < h->w.table->n_columns; i++) {
		const struct column *c = &h->w.table->columns[i];
		if (c->shown == SHOWN_TO_MACHINES)
			continue;
		buf_addf(&h->b, "%s--c%d:'", shown ? ";" : "", shown + 1);
		add_text(h, text_in(c->title, h->w.document->lang));
		buf_addc(&h->b, '\'');
		shown++;
	}
	buf_addc(&h->b, '"');
}

static int html_table(struct writer *w, struct err *err)
{
	struct html *h = (struct html *)w;
	struct buf *b = &h->b;

	if (w->tables == 1)
		buf_adds(b, "</div>\n");
	buf_addf(b, "<section>\n<h2 id=\"%s\">", w->table->key);
	add_text(h, text_in(w->table->title, w->document->lang));
	buf_addf(b, "</h2>\n<div class=\"scroll\" tabindex=\"0\">\n<table aria-labelledby=\"%s\"",
		 w->table->key);
	add_titles(h);
	buf_adds(b, ">\n<thead><tr>\n");
	for (size_t i = 0; i < w->table->n_columns; i++) {
		const struct column *c = &w->table->columns[i];
		if (c->shown == SHOWN_TO_MACHINES)
			continue;
		buf_adds(b, "<th scope=\"col\"");
		add_class(b, c, cell_is_number(c->type) ? "n" : "");
		buf_addc(b, '>');
		add_text(h, text_in(c->title, w->document->lang));
		buf_adds(b, "</th>\n");
	}
	buf_adds(b, "</tr></thead>\n<tbody>\n");
	h->body_open = true;
	return output_flush_buf(w->out, b, err);
}

static int html_row(struct writer *w, const struct cell *cells, enum row_kind kind, struct err *err)
{
	struct html *h = (struct html *)w;
	struct buf *b = &h->b;

	if (kind == ROW_TOTAL) {
		buf_adds(b, "</tbody>\n<tfoot>\n");
		h->body_open = false;
	}
	buf_adds(b, "<tr>");
	for (size_t i = 0; i < w->table->n_columns; i++) {
		const struct column *c = &w->table->columns[i];
		if (c->shown == SHOWN_TO_MACHINES)
			continue;
		buf_adds(b, "<td");
		add_class(b, c, look_of(c));
		buf_addc(b, '>');
		if (kind == ROW_PLAIN || !cell_is_absent(&cells[i], c))
			add_cell(h, &cells[i], c);
		buf_adds(b, "</td>");
	}
	buf_adds(b, "</tr>\n");
	return output_flush_buf(w->out, b, err);
}

static int html_table_end(struct writer *w, struct err *err)
{
	struct html *h = (struct html *)w;

	buf_addf(&h->b, "</%s>\n</table>\n</div>\n", h->body_open ? "tbody" : "tfoot");
	if (w->rows == 0) {
		buf_adds(&h->b, "<p>");
		add_text(h, w->document->lang == LANG_NB ? "Ingen rader i perioden."
							 : "No rows in this period.");
		buf_adds(&h->b, "</p>\n");
	}
	buf_adds(&h->b, "</section>\n");
	return output_flush_buf(w->out, &h->b, err);
}

static int html_end(struct writer *w, struct err *err)
{
	struct html *h = (struct html *)w;

	buf_adds(&h->b, w->tables ? "</main>\n<footer>Bedpost</footer>\n</body>\n</html>\n"
				  : "</div>\n</main>\n</body>\n</html>\n");
	return output_flush_buf(w->out, &h->b, err);
}

static void html_free(struct writer *w)
{
	buf_done(&((struct html *)w)->b);
	buf_done(&((struct html *)w)->value);
}

struct writer *write_html_new(void)
{
	static const struct writer_ops ops = {html_begin,     html_chart, html_table, html_row,
					      html_table_end, html_end,	  html_free};
	struct html *h = calloc(1, sizeof(*h));

	if (!h)
		abort();
	h->w.ops = &ops;
	return &h->w;
}

/* Pages of A4 on its side. A row goes out as it comes; one that does not fit begins a new page,
 * under the table's head again. */
#include "reports/formats.h"

#include <string.h>

#include "reports/cell.h"
#include "reports/chart.h"
#include "reports/paper.h"

#define WIDE		 (PAPER_WIDTH - 2 * PAPER_MARGIN)
#define FOOT		 (PAPER_HEIGHT - PAPER_MARGIN + 8) /* the footer's top */
#define BODY_END	 (PAPER_HEIGHT - PAPER_MARGIN - 4)
#define BODY_BEGIN	 (PAPER_MARGIN + 14) /* under the running title of later pages */
#define SIZE_TITLE	 20.0
#define SIZE_SUB	 11.0
#define SIZE_SECTION	 12.0
#define SIZE_BODY	 8.0
#define SIZE_SMALL	 7.5
#define CHARACTER	 0.6 /* its mean width, as part of the font's size */
#define PAD		 3.5 /* inside a cell, left and right */
#define PAD_ROW		 2.2 /* above and below */
#define ZERO_WIDTH_SPACE "\u200b"
#define CHART_GAP	 20.0
#define CHARTS_MAX	 8
#define SECTION_ROOM	 80.0 /* a table's title and head are not left alone at a page's end */

struct pdf {
	struct writer w;
	struct paper *paper;
	struct buf text;
	double y;
	unsigned page;
	const struct chart *charts[CHARTS_MAX];
	size_t n_charts;
	const struct column *shown[MODEL_COLUMNS_MAX]; /* of the open table */
	size_t n_shown;
	double left[MODEL_COLUMNS_MAX + 1]; /* of the shown columns, and their right end */
};

static int pdf_write(void *arg, struct span bytes, struct err *err)
{
	return output_write(((struct pdf *)arg)->w.out, bytes, err);
}

static const char *terminated(struct buf *b)
{
	buf_addc(b, '\0');
	return b->p;
}

static double put(struct pdf *f, double x, double y, const struct paper_text *t)
{
	return paper_put(f->paper, (struct point){x, y}, t);
}

/* ---- pages ---- */

static void draw_foot(struct pdf *f)
{
	const struct document *d = f->w.document;
	const struct cell at = cell_time(d->generated_at);

	buf_clear(&f->text);
	buf_adds(&f->text, d->lang == LANG_NB ? "Bedpost · laget " : "Bedpost · made ");
	cell_human(&at, &(struct column){.type = CELL_TIME}, d, &f->text);
	if (!d->zone_named)
		buf_addf(&f->text, " (%s)", zone_name(d->zone));
	(void)put(f, PAPER_MARGIN, FOOT,
		  &(struct paper_text){terminated(&f->text), SIZE_SMALL, .ink = INK_MUTED});
	buf_clear(&f->text);
	buf_addf(&f->text, d->lang == LANG_NB ? "Side %u" : "Page %u", f->page);
	(void)put(f, PAPER_MARGIN, FOOT,
		  &(struct paper_text){terminated(&f->text), SIZE_SMALL, .ink = INK_MUTED,
				       .anchor = ANCHOR_RIGHT, .width = WIDE});
}

static void next_page(struct pdf *f)
{
	const struct document *d = f->w.document;

	draw_foot(f);
	paper_next(f->paper);
	f->page++;
	buf_clear(&f->text);
	buf_addf(&f->text, "%s · %s", text_in(d->title, d->lang), d->subtitle ? d->subtitle : "");
	(void)put(f, PAPER_MARGIN, PAPER_MARGIN - 8,
		  &(struct paper_text){terminated(&f->text), SIZE_SMALL, .ink = INK_MUTED});
	f->y = BODY_BEGIN;
}

/* ---- the first page ---- */

static void draw_parameters(struct pdf *f)
{
	const struct document *d = f->w.document;
	double half = WIDE / 2;

	size_t shown = 0;
	double high = 0;
	for (size_t i = 0; i < d->n_parameters; i++) {
		const struct parameter *p = &d->parameters[i];
		const struct column type = {.type = p->type};
		if (cell_is_absent(&p->value, &type))
			continue;
		if (shown % 2 == 0 && shown)
			f->y += high + 2;
		double x = PAPER_MARGIN + (shown++ % 2 ? half : 0);
		(void)put(f, x, f->y,
			  &(struct paper_text){text_in(p->title, d->lang), SIZE_BODY,
					       .ink = INK_MUTED, .width = 110});
		buf_clear(&f->text);
		cell_human(&p->value, &type, d, &f->text);
		high =
		    put(f, x + 115, f->y,
			&(struct paper_text){terminated(&f->text), SIZE_BODY, .width = half - 125});
	}
	f->y += high + 2;
}

static int pdf_begin(struct writer *w, struct err *err _unused_)
{
	struct pdf *f = (struct pdf *)w;
	const struct document *d = w->document;

	f->paper = paper_new(&(struct paper_options){
	    .write = pdf_write,
	    .arg = f,
	    .title = text_in(d->title, d->lang),
	    .subject = d->subtitle,
	    .language = d->lang == LANG_NB ? "nb" : "en",
	    .made_at = d->generated_at,
	});
	f->page = 1;
	f->y = PAPER_MARGIN;
	f->y += put(f, PAPER_MARGIN, f->y,
		    &(struct paper_text){text_in(d->title, d->lang), SIZE_TITLE, PAPER_BOLD});
	f->y += put(f, PAPER_MARGIN, f->y + 1,
		    &(struct paper_text){d->subtitle ? d->subtitle : "", SIZE_SUB, .ink = INK_MUTED,
					 .width = WIDE});
	f->y += 10;
	draw_parameters(f);
	f->y += 5;
	for (size_t i = 0; i < d->n_notes; i++) {
		buf_clear(&f->text);
		buf_addf(&f->text, "• %s", text_in(d->notes[i], d->lang));
		f->y += put(f, PAPER_MARGIN, f->y,
			    &(struct paper_text){terminated(&f->text), SIZE_SMALL, .ink = INK_MUTED,
						 .width = WIDE});
	}
	f->y += 8;
	return 0;
}

static int pdf_chart(struct writer *w, const struct chart *c, struct err *err _unused_)
{
	struct pdf *f = (struct pdf *)w;

	if (f->n_charts < CHARTS_MAX)
		f->charts[f->n_charts++] = c;
	return 0;
}

/* Two in a line. */
static void draw_charts(struct pdf *f)
{
	double each = (WIDE - CHART_GAP) / 2;
	double scale = each / CHART_WIDTH, high = CHART_HEIGHT * scale + 16;

	for (size_t i = 0; i < f->n_charts; i++) {
		double x = PAPER_MARGIN + (i % 2 ? each + CHART_GAP : 0);
		if (i % 2 == 0 && f->y + high > BODY_END)
			next_page(f);
		(void)put(f, x, f->y,
			  &(struct paper_text){text_in(f->charts[i]->title, f->w.document->lang),
					       SIZE_BODY + 1, PAPER_BOLD, .width = each});
		struct canvas canvas =
		    paper_canvas_begin(f->paper, (struct point){x, f->y + 14}, scale);
		chart_draw(f->charts[i], f->w.document->lang, &canvas);
		paper_canvas_end(f->paper);
		if (i % 2 || i + 1 == f->n_charts)
			f->y += high + 8;
	}
	f->n_charts = 0;
}

/* ---- tables ---- */

static double width_of(struct pdf *f, struct span text)
{
	buf_clear(&f->text);
	buf_add(&f->text, text);
	return paper_width(f->paper,
			   &(struct paper_text){terminated(&f->text), SIZE_BODY, PAPER_BOLD});
}

/* What a column of that type holds on one line; of text a short word. */
static double room_of(struct pdf *f, enum cell_type t)
{
	static const char *const widest[] = {
	    [CELL_TEXT] = "omsorgssenter", [CELL_WORD] = "Reservert",  [CELL_COUNT] = "10 000",
	    [CELL_DURATION] = "100 000,0", [CELL_SHARE] = "100,0 %",   [CELL_MEAN] = "10 000,00",
	    [CELL_TIME] = "00.00.0000",	   [CELL_DATE] = "00.00.0000",
	};

	return width_of(f, span_str(widest[t]));
}

/* The least that a column may have: no word of its title is broken, and no number. */
static double least_of(struct pdf *f, const struct column *c)
{
	double least = room_of(f, c->type);
	const char *word = text_in(c->title, f->w.document->lang);

	while (*word) {
		size_t n = strcspn(word, " ");
		double wide = width_of(f, span_of(word, n));
		least = wide > least ? wide : least;
		word += n + (word[n] == ' ');
	}
	return least + 2 * PAD + 0.5; /* a line is broken at its very width */
}

/* Each column its least, and of the rest what it lacks of the width that
 * the report would give it. */
static void share_width(struct pdf *f)
{
	const struct table *t = f->w.table;
	double least[MODEL_COLUMNS_MAX] = {0}, lacks[MODEL_COLUMNS_MAX] = {0};
	double rest = WIDE, all = 0;

	f->n_shown = 0;
	for (size_t i = 0; i < t->n_columns; i++) {
		if (t->columns[i].shown != SHOWN)
			continue;
		size_t k = f->n_shown++;
		f->shown[k] = &t->columns[i];
		least[k] = least_of(f, f->shown[k]);
		double wanted = f->shown[k]->width * SIZE_BODY * CHARACTER + 2 * PAD;
		lacks[k] = wanted > least[k] ? wanted - least[k] : 1;
		rest -= least[k];
		all += lacks[k];
	}
	f->left[0] = PAPER_MARGIN;
	for (size_t i = 0; i < f->n_shown; i++)
		f->left[i + 1] = f->left[i] + (rest > 0 ? least[i] + rest * lacks[i] / all
							: least[i] * WIDE / (WIDE - rest));
}

struct line {
	const char *text[MODEL_COLUMNS_MAX];
	enum paper_weight weight;
};

static struct paper_text cell_of(const struct pdf *f, const struct line *l, size_t i)
{
	return (struct paper_text){.text = l->text[i],
				   .size = SIZE_BODY,
				   .weight = l->weight,
				   .anchor = cell_is_number(f->shown[i]->type) ? ANCHOR_RIGHT
									       : ANCHOR_LEFT,
				   .width = f->left[i + 1] - f->left[i] - 2 * PAD};
}

static double height_of(struct pdf *f, const struct line *l)
{
	double high = 0;

	for (size_t i = 0; i < f->n_shown; i++) {
		struct paper_text t = cell_of(f, l, i);
		double h = paper_measure(f->paper, &t);
		high = h > high ? h : high;
	}
	return high + 2 * PAD_ROW;
}

static void draw_line_of(struct pdf *f, const struct line *l, double high)
{
	for (size_t i = 0; i < f->n_shown; i++) {
		struct paper_text t = cell_of(f, l, i);
		(void)put(f, f->left[i] + PAD, f->y + PAD_ROW, &t);
	}
	f->y += high;
	paper_rule(f->paper, (struct point){PAPER_MARGIN, f->y},
		   (struct point){PAPER_MARGIN + WIDE, f->y}, 0.4, INK_GRID);
}

static void draw_head(struct pdf *f)
{
	struct line l = {.weight = PAPER_BOLD};

	for (size_t i = 0; i < f->n_shown; i++)
		l.text[i] = text_in(f->shown[i]->title, f->w.document->lang);
	double high = height_of(f, &l);
	paper_shade(f->paper, (struct point){PAPER_MARGIN, f->y}, WIDE, high);
	draw_line_of(f, &l, high);
}

static int pdf_table(struct writer *w, struct err *err _unused_)
{
	struct pdf *f = (struct pdf *)w;

	draw_charts(f);
	share_width(f);
	if (f->y + SECTION_ROOM > BODY_END)
		next_page(f);
	f->y += put(f, PAPER_MARGIN, f->y,
		    &(struct paper_text){text_in(w->table->title, w->document->lang), SIZE_SECTION,
					 PAPER_BOLD}) +
		4;
	draw_head(f);
	return 0;
}

/* A line may end after an underscore of an identifier, rather than in the midst of a word. */
static void add_breaking(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		buf_addc(b, text.p[i]);
		if (text.p[i] == '_')
			buf_adds(b, ZERO_WIDTH_SPACE);
	}
}

static void add_cell(struct pdf *f, const struct cell *c, const struct column *column)
{
	if (column->type == CELL_TEXT && !cell_is_absent(c, column))
		add_breaking(&f->text, c->text);
	else
		cell_human(c, column, f->w.document, &f->text);
}

/* Each cell's text, one after the other in one buffer. */
static void fill_line(struct pdf *f, const struct cell *cells, enum row_kind kind, struct line *l)
{
	size_t at[MODEL_COLUMNS_MAX];

	buf_clear(&f->text);
	for (size_t i = 0; i < f->n_shown; i++) {
		const struct cell *c = &cells[f->shown[i] - f->w.table->columns];
		at[i] = f->text.n;
		if (kind == ROW_PLAIN || !cell_is_absent(c, f->shown[i]))
			add_cell(f, c, f->shown[i]);
		buf_addc(&f->text, '\0');
	}
	for (size_t i = 0; i < f->n_shown; i++)
		l->text[i] = f->text.p + at[i];
	l->weight = kind == ROW_TOTAL ? PAPER_BOLD : PAPER_NORMAL;
}

static int pdf_row(struct writer *w, const struct cell *cells, enum row_kind kind,
		   struct err *err _unused_)
{
	struct pdf *f = (struct pdf *)w;
	struct line l;

	fill_line(f, cells, kind, &l);
	double high = height_of(f, &l);
	if (f->y + high > BODY_END) {
		next_page(f); /* which writes its title with the buffer that holds the row */
		draw_head(f);
		fill_line(f, cells, kind, &l);
	}
	if (kind == ROW_TOTAL)
		paper_rule(f->paper, (struct point){PAPER_MARGIN, f->y},
			   (struct point){PAPER_MARGIN + WIDE, f->y}, 1, INK_MUTED);
	draw_line_of(f, &l, high);
	return 0;
}

static int pdf_table_end(struct writer *w, struct err *err _unused_)
{
	struct pdf *f = (struct pdf *)w;

	if (w->rows == 0)
		f->y += put(f, PAPER_MARGIN + PAD, f->y + PAD_ROW,
			    &(struct paper_text){w->document->lang == LANG_NB
						     ? "Ingen rader i perioden."
						     : "No rows in this period.",
						 SIZE_BODY, .ink = INK_MUTED});
	f->y += 18;
	return 0;
}

static int pdf_end(struct writer *w, struct err *err)
{
	struct pdf *f = (struct pdf *)w;

	draw_charts(f);
	draw_foot(f);
	paper_next(f->paper);
	return paper_finish(f->paper, err);
}

static void pdf_free(struct writer *w)
{
	struct pdf *f = (struct pdf *)w;

	paper_free(f->paper);
	buf_done(&f->text);
}

struct writer *write_pdf_new(void)
{
	static const struct writer_ops ops = {pdf_begin,     pdf_chart, pdf_table, pdf_row,
					      pdf_table_end, pdf_end,	pdf_free};
	struct pdf *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	f->w.ops = &ops;
	return &f->w;
}

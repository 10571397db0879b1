/* Pages of A4 on its side. A table's first rows are kept back until its columns' widths can follow
 * what is in them; from then on a row goes out as it comes. One that does not fit begins a new
 * page, under the table's head again. */
#include "reports/formats.h"

#include <string.h>

#include "reports/cell.h"
#include "reports/chart.h"
#include "reports/paper.h"
#include "reports/widths.h"

#define WIDE		 (PAPER_WIDTH - 2 * PAPER_MARGIN)
#define FOOT		 (PAPER_HEIGHT - PAPER_MARGIN + 8) /* the footer's top */
#define BODY_END	 (PAPER_HEIGHT - PAPER_MARGIN - 4)
#define BODY_BEGIN	 (PAPER_MARGIN + 14) /* under the running title of later pages */
#define SIZE_TITLE	 20.0
#define SIZE_SUB	 11.0
#define SIZE_SECTION	 12.0
#define SIZE_BODY	 8.0
#define SIZE_SMALL	 7.5
#define SIZE_LEAST	 6.0   /* of a table with many columns */
#define WORD_MAX	 110.0 /* a longer one is broken */
#define LOOKED_AT	 120   /* rows of a table that its widths follow */
#define PAD		 3.5   /* inside a cell, left and right */
#define PAD_ROW		 2.2   /* above and below */
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
	double size;			    /* of its letters */
	struct buf row;			    /* a row's cells, each ended by a 0 */
	struct buf kept;		    /* the first rows, the same, until the widths are set */
	enum row_kind kinds[LOOKED_AT];
	size_t n_kept;
	bool is_set; /* the widths are */
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

struct line {
	const char *text[MODEL_COLUMNS_MAX];
	enum paper_weight weight;
};

static struct paper_text cell_of(const struct pdf *f, const struct line *l, size_t i)
{
	return (struct paper_text){.text = l->text[i],
				   .size = f->size,
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

static const struct line *head_of(const struct pdf *f, struct line *l)
{
	l->weight = PAPER_BOLD;
	for (size_t i = 0; i < f->n_shown; i++)
		l->text[i] = text_in(f->shown[i]->title, f->w.document->lang);
	return l;
}

static void draw_head(struct pdf *f)
{
	struct line l;
	double high = height_of(f, head_of(f, &l));

	paper_shade(f->paper, (struct point){PAPER_MARGIN, f->y}, WIDE, high);
	draw_line_of(f, &l, high);
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

/* Each cell's text, one after the other. */
static void add_row(struct pdf *f, const struct cell *cells, enum row_kind kind, struct buf *to)
{
	for (size_t i = 0; i < f->n_shown; i++) {
		const struct column *column = f->shown[i];
		const struct cell *c = &cells[column - f->w.table->columns];
		bool absent = cell_is_absent(c, column);

		if (column->type == CELL_TEXT && !absent)
			add_breaking(to, c->text);
		else if (kind == ROW_PLAIN || !absent)
			cell_human(c, column, f->w.document, to);
		buf_addc(to, '\0');
	}
}

/* The line whose texts begin at p; gives their end. */
static const char *line_at(const struct pdf *f, const char *p, enum row_kind kind,
			   struct line *ret_line)
{
	for (size_t i = 0; i < f->n_shown; i++) {
		ret_line->text[i] = p;
		p += strlen(p) + 1;
	}
	ret_line->weight = kind == ROW_TOTAL ? PAPER_BOLD : PAPER_NORMAL;
	return p;
}

static void draw_row(struct pdf *f, const struct line *l, enum row_kind kind)
{
	double high = height_of(f, l);

	if (f->y + high > BODY_END) {
		next_page(f);
		draw_head(f);
	}
	if (kind == ROW_TOTAL)
		paper_rule(f->paper, (struct point){PAPER_MARGIN, f->y},
			   (struct point){PAPER_MARGIN + WIDE, f->y}, 1, INK_MUTED);
	draw_line_of(f, l, high);
}

/* ---- how wide ---- */

/* A head stands once a page and may have several lines; a row that has them costs pages. */
static void wish_for(struct pdf *f, const struct line *l, bool is_head, struct wish *wishes)
{
	for (size_t i = 0; i < f->n_shown; i++) {
		const struct paper_text t = {
		    .text = l->text[i], .size = SIZE_BODY, .weight = l->weight};
		double least = paper_least(f->paper, &t);
		double whole = is_head ? least : paper_width(f->paper, &t);

		least = least < WORD_MAX ? least : WORD_MAX;
		wishes[i].least = least > wishes[i].least ? least : wishes[i].least;
		wishes[i].whole = whole > wishes[i].whole ? whole : wishes[i].whole;
	}
}

/* No word is broken, nor a number: rather all letters are smaller. */
static void set_widths(struct pdf *f)
{
	struct wish wishes[MODEL_COLUMNS_MAX] = {{0}};
	double widths[MODEL_COLUMNS_MAX];
	/* A line is broken at its very width. */
	const double pad = 2 * PAD + 0.5, room = WIDE - (double)f->n_shown * pad;
	const char *at = f->kept.p;
	struct line l;

	wish_for(f, head_of(f, &l), true, wishes);
	for (size_t i = 0; i < f->n_kept; i++) {
		at = line_at(f, at, f->kinds[i], &l);
		wish_for(f, &l, false, wishes);
	}
	f->size = SIZE_BODY * widths_scale(wishes, f->n_shown, room, SIZE_LEAST / SIZE_BODY);
	for (size_t i = 0; i < f->n_shown; i++) {
		wishes[i].least *= f->size / SIZE_BODY;
		wishes[i].whole *= f->size / SIZE_BODY;
	}
	widths_share(wishes, f->n_shown, room, widths);
	f->left[0] = PAPER_MARGIN;
	for (size_t i = 0; i < f->n_shown; i++)
		f->left[i + 1] = f->left[i] + widths[i] + pad;
}

/* The table's title, its head, and the rows that were kept back. */
static void draw_kept(struct pdf *f)
{
	const char *at = f->kept.p;
	struct line l;

	set_widths(f);
	f->is_set = true;
	if (f->y + SECTION_ROOM > BODY_END)
		next_page(f);
	f->y += put(f, PAPER_MARGIN, f->y,
		    &(struct paper_text){text_in(f->w.table->title, f->w.document->lang),
					 SIZE_SECTION, PAPER_BOLD}) +
		4;
	draw_head(f);
	for (size_t i = 0; i < f->n_kept; i++) {
		at = line_at(f, at, f->kinds[i], &l);
		draw_row(f, &l, f->kinds[i]);
	}
}

static int pdf_table(struct writer *w, struct err *err _unused_)
{
	struct pdf *f = (struct pdf *)w;

	draw_charts(f);
	f->n_shown = f->n_kept = 0;
	f->is_set = false;
	buf_clear(&f->kept);
	for (size_t i = 0; i < w->table->n_columns; i++)
		if (w->table->columns[i].shown == SHOWN)
			f->shown[f->n_shown++] = &w->table->columns[i];
	return 0;
}

static int pdf_row(struct writer *w, const struct cell *cells, enum row_kind kind,
		   struct err *err _unused_)
{
	struct pdf *f = (struct pdf *)w;
	struct line l;

	if (f->is_set) {
		buf_clear(&f->row);
		add_row(f, cells, kind, &f->row);
		(void)line_at(f, f->row.p, kind, &l);
		draw_row(f, &l, kind);
		return 0;
	}
	add_row(f, cells, kind, &f->kept);
	f->kinds[f->n_kept++] = kind;
	if (f->n_kept == LOOKED_AT)
		draw_kept(f);
	return 0;
}

static int pdf_table_end(struct writer *w, struct err *err _unused_)
{
	struct pdf *f = (struct pdf *)w;

	if (!f->is_set)
		draw_kept(f);
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
	buf_done(&f->row);
	buf_done(&f->kept);
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

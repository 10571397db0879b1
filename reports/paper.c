/* Cairo hands out a page's bytes when the page is done: memory holds one page. Pango picks the font
 * (any sans serif of the machine) and breaks lines by the language's rules. */
#include "reports/paper.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#define PAPER_FONT "DejaVu Sans, Noto Sans, Liberation Sans, sans-serif"

#if defined(__SANITIZE_ADDRESS__)
/* What fontconfig and pango keep of the machine's fonts until the process ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libpango\nleak:libcairo\n";
}
#endif

struct paper {
	struct paper_options o;
	cairo_surface_t *surface;
	cairo_t *cr;
	PangoLayout *layout;
	PangoFontDescription *fonts[2];
	struct err failed;
};

static cairo_status_t take_bytes(void *arg, const unsigned char *bytes, unsigned n)
{
	struct paper *p = arg;

	if (p->failed.code)
		return CAIRO_STATUS_WRITE_ERROR;
	return p->o.write(p->o.arg, span_of((const char *)bytes, n), &p->failed) < 0
		   ? CAIRO_STATUS_WRITE_ERROR
		   : CAIRO_STATUS_SUCCESS;
}

static PangoFontDescription *make_font(PangoWeight weight)
{
	PangoFontDescription *f = pango_font_description_from_string(PAPER_FONT);

	pango_font_description_set_weight(f, weight);
	return f;
}

struct paper *paper_new(const struct paper_options *o)
{
	struct paper *p = calloc(1, sizeof(*p));
	char at[CLOCK_RFC3339_MAX];

	if (!p)
		abort();
	p->o = *o;
	p->surface = cairo_pdf_surface_create_for_stream(take_bytes, p, PAPER_WIDTH, PAPER_HEIGHT);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, o->title);
	if (o->subject)
		cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_SUBJECT, o->subject);
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR, "Bedpost");
	cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE,
				       clock_format_rfc3339(o->made_at, at));
	p->cr = cairo_create(p->surface);
	p->layout = pango_cairo_create_layout(p->cr);
	PangoAttrList *plain = pango_attr_list_new();
	pango_attr_list_insert(plain, pango_attr_insert_hyphens_new(FALSE)); /* ids have none */
	pango_layout_set_attributes(p->layout, plain);
	pango_attr_list_unref(plain);
	pango_context_set_language(pango_layout_get_context(p->layout),
				   pango_language_from_string(o->language));
	p->fonts[PAPER_NORMAL] = make_font(PANGO_WEIGHT_NORMAL);
	p->fonts[PAPER_BOLD] = make_font(PANGO_WEIGHT_BOLD);
	return p;
}

void paper_free(struct paper *p)
{
	if (!p)
		return;
	pango_font_description_free(p->fonts[PAPER_NORMAL]);
	pango_font_description_free(p->fonts[PAPER_BOLD]);
	g_object_unref(p->layout);
	cairo_destroy(p->cr);
	cairo_surface_destroy(p->surface);
	free(p);
}

static void set_ink(cairo_t *cr, enum ink ink)
{
	static const double grey[] = {[INK_TEXT] = 0.07, [INK_MUTED] = 0.38, [INK_GRID] = 0.82};

	cairo_set_source_rgb(cr, grey[ink], grey[ink], grey[ink]);
}

static void lay(struct paper *p, const struct paper_text *t)
{
	PangoFontDescription *f = p->fonts[t->weight];

	pango_font_description_set_absolute_size(f, t->size * PANGO_SCALE);
	pango_layout_set_font_description(p->layout, f);
	pango_layout_set_width(p->layout, t->width > 0 ? (int)(t->width * PANGO_SCALE) : -1);
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(p->layout, t->width <= 0		   ? PANGO_ALIGN_LEFT
					      : t->anchor == ANCHOR_RIGHT  ? PANGO_ALIGN_RIGHT
					      : t->anchor == ANCHOR_MIDDLE ? PANGO_ALIGN_CENTER
									   : PANGO_ALIGN_LEFT);
	pango_layout_set_text(p->layout, t->text, -1);
}

double paper_width(struct paper *p, const struct paper_text *t)
{
	struct paper_text line = *t;
	int width;

	line.width = 0;
	lay(p, &line);
	pango_layout_get_size(p->layout, &width, NULL);
	return (double)width / PANGO_SCALE;
}

double paper_least(struct paper *p, const struct paper_text *t)
{
	struct paper_text narrow = *t;
	int width;

	narrow.width = 1;
	lay(p, &narrow);
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD);
	pango_layout_get_size(p->layout, &width, NULL);
	return (double)width / PANGO_SCALE;
}

double paper_measure(struct paper *p, const struct paper_text *t)
{
	int height;

	lay(p, t);
	pango_layout_get_size(p->layout, NULL, &height);
	return (double)height / PANGO_SCALE;
}

double paper_put(struct paper *p, struct point at, const struct paper_text *t)
{
	int width, height;

	lay(p, t);
	pango_layout_get_size(p->layout, &width, &height);
	if (t->width <= 0 && t->anchor != ANCHOR_LEFT)
		at.x -= (double)width / PANGO_SCALE / (t->anchor == ANCHOR_MIDDLE ? 2 : 1);
	set_ink(p->cr, t->ink);
	cairo_move_to(p->cr, at.x, at.y);
	pango_cairo_show_layout(p->cr, p->layout);
	return (double)height / PANGO_SCALE;
}

void paper_rule(struct paper *p, struct point a, struct point b, double width, enum ink ink)
{
	set_ink(p->cr, ink);
	cairo_set_line_width(p->cr, width);
	cairo_move_to(p->cr, a.x, a.y);
	cairo_line_to(p->cr, b.x, b.y);
	cairo_stroke(p->cr);
}

void paper_shade(struct paper *p, struct point at, double width, double height)
{
	cairo_set_source_rgb(p->cr, 0.906, 0.933, 0.957);
	cairo_rectangle(p->cr, at.x, at.y, width, height);
	cairo_fill(p->cr);
}

void paper_next(struct paper *p)
{
	cairo_show_page(p->cr);
}

int paper_finish(struct paper *p, struct err *err)
{
	cairo_surface_finish(p->surface);
	if (p->failed.code) {
		if (err)
			*err = p->failed;
		return -(int)p->failed.code;
	}
	cairo_status_t s = cairo_surface_status(p->surface);
	return s == CAIRO_STATUS_SUCCESS ? 0
					 : err_set(err, ERR_IO, "the pages cannot be drawn: %s",
						   cairo_status_to_string(s));
}

/* ---- charts ---- */

static void draw_line(struct canvas *c, struct point a, struct point b, enum ink ink)
{
	paper_rule(c->to, a, b, ink == INK_GRID ? 0.5 : 0.8, ink);
}

static void set_series(cairo_t *cr, size_t s, double alpha)
{
	const unsigned char *rgb = canvas_styles[s].rgb;

	cairo_set_source_rgba(cr, rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0, alpha);
}

static void trace(cairo_t *cr, const struct point *points, size_t n)
{
	cairo_new_path(cr); /* text leaves a point behind */
	for (size_t i = 0; i < n; i++)
		cairo_line_to(cr, points[i].x, points[i].y);
}

static void draw_polyline(struct canvas *c, const struct point *points, size_t n, size_t s)
{
	cairo_t *cr = ((struct paper *)c->to)->cr;
	const double *dash = canvas_styles[s].dash;

	set_series(cr, s, 1);
	cairo_set_line_width(cr, 1.6);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	cairo_set_dash(cr, dash, dash[0] > 0 ? 2 : 0, 0);
	trace(cr, points, n);
	cairo_stroke(cr);
	cairo_set_dash(cr, NULL, 0, 0);
}

static void draw_area(struct canvas *c, const struct point *points, size_t n, size_t s)
{
	cairo_t *cr = ((struct paper *)c->to)->cr;

	set_series(cr, s, 0.85);
	trace(cr, points, n);
	cairo_close_path(cr);
	cairo_fill(cr);
}

static void draw_dot(struct canvas *c, struct point at, size_t s)
{
	cairo_t *cr = ((struct paper *)c->to)->cr;

	set_series(cr, s, 1);
	cairo_new_path(cr);
	cairo_arc(cr, at.x, at.y, 2.5, 0, 2 * M_PI);
	cairo_fill(cr);
}

static void draw_text(struct canvas *c, struct point at, enum anchor anchor, double size,
		      enum ink ink, const char *text)
{
	struct paper *p = c->to;
	const struct paper_text t = {.text = text, .size = size, .ink = ink, .anchor = anchor};

	lay(p, &t);
	double baseline = (double)pango_layout_get_baseline(p->layout) / PANGO_SCALE;
	(void)paper_put(p, (struct point){at.x, at.y - baseline}, &t);
}

struct canvas paper_canvas_begin(struct paper *p, struct point at, double scale)
{
	static const struct canvas_ops ops = {draw_line, draw_polyline, draw_area, draw_dot,
					      draw_text};

	cairo_save(p->cr);
	cairo_translate(p->cr, at.x, at.y);
	cairo_scale(p->cr, scale, scale);
	return (struct canvas){&ops, p};
}

void paper_canvas_end(struct paper *p)
{
	cairo_restore(p->cr);
}

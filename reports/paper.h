/* Pages of a PDF (inside reports/): the only caller of cairo and pango. Lengths are points, A4 on
 * its side, y from the page's top. */
#pragma once

#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "reports/canvas.h"

#define PAPER_WIDTH  842.0
#define PAPER_HEIGHT 595.0
#define PAPER_MARGIN 40.0

struct paper;

struct paper_options {
	int (*write)(void *arg, struct span bytes, struct err *err);
	void *arg;
	const char *title, *subject, *language; /* language: "en", "nb" */
	usec_t made_at;
};

enum paper_weight { PAPER_NORMAL, PAPER_BOLD };

struct paper *paper_new(const struct paper_options *o);
void paper_free(struct paper *p);
DEFINE_CLEANUP(struct paper *, paper_free)

struct paper_text {
	const char *text;
	double size;
	enum paper_weight weight;
	enum ink ink;
	enum anchor anchor;
	double width; /* text is wrapped to it; 0: one line */
};

/* Its width on one line. */
double paper_width(struct paper *p, const struct paper_text *t);
/* That of its widest word, or what else is not broken between two lines. */
double paper_least(struct paper *p, const struct paper_text *t);
/* Its height. */
double paper_measure(struct paper *p, const struct paper_text *t);
/* at: top left of the text's box, whatever its anchor; gives its height. */
double paper_put(struct paper *p, struct point at, const struct paper_text *t);
void paper_rule(struct paper *p, struct point a, struct point b, double width, enum ink ink);
void paper_shade(struct paper *p, struct point at, double width, double height);
/* The page is done; what comes now is drawn on the next. */
void paper_next(struct paper *p);
/* Draws on `canvas` go to a box of the page at `at`, in the canvas's own lengths. */
struct canvas paper_canvas_begin(struct paper *p, struct point at, double scale);
void paper_canvas_end(struct paper *p);
int paper_finish(struct paper *p, struct err *err);

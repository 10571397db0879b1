/* What a chart is drawn on: SVG text inside a page, or cairo for a PDF. Lengths are points, y grows
 * downwards. Colours are roles: a page in the dark shows other ones than paper does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum ink { INK_TEXT, INK_MUTED, INK_GRID, INK_SERIES };

struct point {
	double x, y;
};

enum anchor { ANCHOR_LEFT, ANCHOR_MIDDLE, ANCHOR_RIGHT };

struct canvas;

struct canvas_ops {
	void (*line)(struct canvas *c, struct point a, struct point b, enum ink ink);
	/* of series s: each with its own colour and dashes */
	void (*polyline)(struct canvas *c, const struct point *p, size_t n, size_t s);
	void (*area)(struct canvas *c, const struct point *p, size_t n, size_t s);
	void (*dot)(struct canvas *c, struct point at, size_t s);
	/* at: its baseline */
	void (*text)(struct canvas *c, struct point at, enum anchor anchor, double size,
		     enum ink ink, const char *text);
};

struct canvas {
	const struct canvas_ops *ops;
	void *to; /* struct buf *, struct paper * */
};

struct canvas canvas_svg(struct buf *out);

/* Red, green, blue of 0 to 255 on white paper, and dashes (0 0: none). */
struct canvas_style {
	unsigned char rgb[3];
	unsigned char dark[3]; /* on a dark page */
	double dash[2];
};
extern const struct canvas_style canvas_styles[];

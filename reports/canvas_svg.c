/* Text stays text: it can be read aloud, found and copied, and the page's own style colours it. */
#include "reports/canvas.h"

#include "base/span.h"
#include "reports/writer.h"

/* After Okabe and Ito: told apart with any colour vision; dashes tell them apart in grey. */
const struct canvas_style canvas_styles[] = {
    {{0, 84, 143}, {110, 182, 235}, {0, 0}}, {{193, 78, 0}, {240, 150, 90}, {6, 3}},
    {{0, 122, 88}, {80, 200, 160}, {2, 3}},  {{150, 70, 125}, {215, 150, 195}, {8, 3}},
    {{140, 105, 0}, {220, 190, 80}, {1, 2}}, {{95, 95, 95}, {170, 170, 170}, {4, 4}},
};

static const char *const ink_class[] = {
    [INK_TEXT] = "t", [INK_MUTED] = "m", [INK_GRID] = "g", [INK_SERIES] = "s"};

static void svg_line(struct canvas *c, struct point a, struct point b, enum ink ink)
{
	buf_addf(c->to, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		 ink_class[ink], a.x, a.y, b.x, b.y);
}

static void add_points(struct buf *out, const struct point *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%.1f,%.1f", i ? " " : "", p[i].x, p[i].y);
}

static void svg_polyline(struct canvas *c, const struct point *p, size_t n, size_t s)
{
	buf_addf(c->to, "<polyline class=\"l s%zu\" points=\"", s);
	add_points(c->to, p, n);
	buf_adds(c->to, "\"/>\n");
}

static void svg_area(struct canvas *c, const struct point *p, size_t n, size_t s)
{
	buf_addf(c->to, "<polygon class=\"a s%zu\" points=\"", s);
	add_points(c->to, p, n);
	buf_adds(c->to, "\"/>\n");
}

static void svg_dot(struct canvas *c, struct point at, size_t s)
{
	buf_addf(c->to, "<circle class=\"d s%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>\n", s, at.x,
		 at.y);
}

static void svg_text(struct canvas *c, struct point at, enum anchor anchor, double size,
		     enum ink ink, const char *text)
{
	static const char *const anchors[] = {"start", "middle", "end"};

	buf_addf(c->to,
		 "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" text-anchor=\"%s\">",
		 ink_class[ink], at.x, at.y, size, anchors[anchor]);
	writer_add_xml(c->to, span_str(text));
	buf_adds(c->to, "</text>\n");
}

struct canvas canvas_svg(struct buf *out)
{
	static const struct canvas_ops ops = {svg_line, svg_polyline, svg_area, svg_dot, svg_text};

	return (struct canvas){&ops, out};
}

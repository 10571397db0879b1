/* A line per series over the days, or areas on top of each other. The axis begins at 0, always: a
 * chart that begins elsewhere makes much of little. */
#include "reports/chart.h"

#include <math.h>
#include <stdio.h>

#include "base/arena.h"
#include "reports/cell.h"

#define LEFT	  46.0
#define RIGHT	  18.0
#define TOP	  26.0 /* the legend stands there */
#define BOTTOM	  24.0
#define SIZE	  10.0
#define CHAR_WIDE 5.9 /* of an average character of that size: for the legend */
#define LABELS	  7   /* of days, at most */

struct plot {
	const struct chart *chart;
	struct canvas *canvas;
	enum lang lang;
	double top; /* the axis's greatest value */
	struct arena arena;
};

static struct column value_column(const struct chart *c)
{
	return (struct column){.type = c->type};
}

static double value(const struct chart *c, size_t s, size_t i)
{
	const struct column column = value_column(c);
	const struct cell *v = &c->series[s].values[i];

	return cell_is_absent(v, &column) ? NAN : cell_double(v, &column);
}

static double greatest(const struct chart *c)
{
	double top = 0;

	for (size_t i = 0; i < c->n_days; i++) {
		double sum = 0;
		for (size_t s = 0; s < c->n_series; s++) {
			double v = value(c, s, i);
			if (isnan(v))
				continue;
			sum = c->kind == CHART_STACKED ? sum + v : fmax(sum, v);
		}
		top = fmax(top, sum);
	}
	return top;
}

/* The least of 1, 2, 5, 10, 20 … of which five reach the top. */
static double nice_step(double top)
{
	static const double growth[] = {2, 2.5, 2};
	double step = 1;

	for (size_t i = 0; step * 5 < top; i++)
		step *= growth[i % 3];
	return step;
}

static double x_of(const struct plot *p, size_t i)
{
	size_t n = p->chart->n_days;
	double wide = CHART_WIDTH - LEFT - RIGHT;

	return LEFT + (n > 1 ? wide * (double)i / (double)(n - 1) : wide / 2);
}

static double y_of(const struct plot *p, double v)
{
	return TOP + (CHART_HEIGHT - TOP - BOTTOM) * (1 - v / p->top);
}

static void draw_axis(struct plot *p)
{
	bool share = p->chart->type == CELL_SHARE;
	double step;

	if (share) {
		p->top = 1;
		step = 0.25;
	} else {
		double most = fmax(greatest(p->chart), 1);
		step = nice_step(most);
		p->top = ceil(most / step) * step;
	}
	long n = lround(p->top / step);
	for (long i = 0; i <= n; i++) {
		char label[32];
		double v = (double)i * step, y = y_of(p, v);
		p->canvas->ops->line(p->canvas, (struct point){LEFT, y},
				     (struct point){CHART_WIDTH - RIGHT, y},
				     v == 0 ? INK_MUTED : INK_GRID);
		(void)snprintf(label, sizeof(label), share ? "%.0f %%" : "%.0f",
			       share ? v * 100 : v);
		p->canvas->ops->text(p->canvas, (struct point){LEFT - 6, y + 3.5}, ANCHOR_RIGHT,
				     SIZE, INK_MUTED, label);
	}
}

static void draw_days(struct plot *p)
{
	size_t n = p->chart->n_days, every = n / LABELS + 1;

	for (size_t i = 0; i < n; i += every) {
		struct buf label = BUF_INIT;
		cell_add_day(p->chart->days[i], p->lang, &label);
		/* without the year: the title has it */
		size_t cut = label.n > 5 ? label.n - 5 : label.n;
		label.p[p->lang == LANG_NB ? cut + 1 : cut] = '\0';
		p->canvas->ops->text(p->canvas, (struct point){x_of(p, i), CHART_HEIGHT - 8},
				     ANCHOR_MIDDLE, SIZE, INK_MUTED, label.p);
		buf_done(&label);
	}
}

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void draw_legend(struct plot *p)
{
	double x = LEFT;

	for (size_t s = 0; s < p->chart->n_series; s++) {
		const char *name = text_in(p->chart->series[s].title, p->lang);
		const struct point sample[] = {{x, 9}, {x + 22, 9}};
		const struct point box[] = {{x + 4, 4}, {x + 18, 4}, {x + 18, 14}, {x + 4, 14}};
		if (p->chart->kind == CHART_STACKED)
			p->canvas->ops->area(p->canvas, box, 4, s);
		else
			p->canvas->ops->polyline(p->canvas, sample, 2, s);
		p->canvas->ops->text(p->canvas, (struct point){x + 27, 12.5}, ANCHOR_LEFT, SIZE,
				     INK_TEXT, name);
		x += 27 + (double)characters(name) * CHAR_WIDE + 18;
	}
}

static void draw_lines(struct plot *p)
{
	size_t n = p->chart->n_days;
	struct point *run = arena_array(&p->arena, struct point, n + 1);

	for (size_t s = 0; s < p->chart->n_series; s++) {
		size_t length = 0;
		for (size_t i = 0; i <= n; i++) {
			double v = i < n ? value(p->chart, s, i) : NAN;
			if (!isnan(v)) {
				run[length++] = (struct point){x_of(p, i), y_of(p, v)};
				continue;
			}
			if (length > 1)
				p->canvas->ops->polyline(p->canvas, run, length, s);
			else if (length == 1)
				p->canvas->ops->dot(p->canvas, run[0], s);
			length = 0;
		}
	}
}

/* Without those at the end of which nothing is known: days to come are not empty ones. */
static size_t days_known(const struct chart *c)
{
	for (size_t n = c->n_days; n > 0; n--)
		for (size_t s = 0; s < c->n_series; s++)
			if (!isnan(value(c, s, n - 1)))
				return n;
	return 0;
}

/* The last series on top. A day alone is drawn as a bar as wide as the chart. */
static void draw_stack(struct plot *p)
{
	size_t n = p->chart->n_days, known = days_known(p->chart), wide = known > 1 ? known : 2;
	struct point *outline = arena_array(&p->arena, struct point, 2 * wide);
	double *sums = arena_array(&p->arena, double, wide);

	for (size_t s = 0; s < p->chart->n_series; s++) {
		for (size_t i = 0; i < wide; i++) {
			double x = n > 1 ? x_of(p, i) : i ? CHART_WIDTH - RIGHT : LEFT;
			double v = value(p->chart, s, n > 1 ? i : 0);
			outline[2 * wide - 1 - i] = (struct point){x, y_of(p, sums[i])};
			sums[i] += isnan(v) ? 0 : v;
			outline[i] = (struct point){x, y_of(p, sums[i])};
		}
		p->canvas->ops->area(p->canvas, outline, 2 * wide, s);
	}
}

void chart_draw(const struct chart *c, enum lang lang, struct canvas *canvas)
{
	struct plot p = {.chart = c, .canvas = canvas, .lang = lang};

	draw_axis(&p);
	draw_days(&p);
	draw_legend(&p);
	if (c->kind == CHART_STACKED)
		draw_stack(&p);
	else
		draw_lines(&p);
	arena_done(&p.arena);
}

/* Titles stand before a list and sums behind it, and know nothing of its columns; so a few lines at
 * either end are left out if more columns show without them. */
#include "adapters/propose/layout_fixed.h"

#include <ctype.h>

#define LINES_MAX    2000
#define LINES_MIN    5
#define WIDTH_MAX    512
#define TITLES_MAX   12
#define SUMS_MAX     4
#define COLUMN_WORTH 4 /* lines that may be left out for one column more */

struct line {
	bool *ink; /* WIDTH_MAX characters: is something there? */
	size_t n;
	struct span text;
	uint64_t number;
};

struct page {
	struct line *lines;
	size_t n;
	struct span ruler; /* "----  ---- ---": says where columns begin; empty: there is none */
	size_t below;	   /* the first line below it */
};

struct columns {
	size_t from[FIXED_COLUMNS_MAX], to[FIXED_COLUMNS_MAX]; /* 0-based, both included */
	size_t n;
};

bool layout_fixed_is_rule(struct span line)
{
	size_t signs = 0;

	for (size_t i = 0; i < line.n; i++) {
		if (!strchr("-=_+| \t\r", line.p[i]))
			return false;
		signs += line.p[i] != ' ';
	}
	return signs > 2;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* False: something is in it that no list for a printer has. */
static bool draw(struct span text, struct arena *a, struct line *ret)
{
	ret->ink = arena_array(a, bool, WIDTH_MAX);
	ret->n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\t' || ret->n == WIDTH_MAX)
			return false;
		if (!is_continuation(text.p[i]))
			ret->ink[ret->n++] = text.p[i] != ' ';
	}
	return true;
}

/* At least three strokes with blanks between. */
static bool is_ruler(struct span line)
{
	size_t strokes = 0;

	for (size_t i = 0; i < line.n; i++) {
		if (!strchr("-= ", line.p[i]))
			return false;
		strokes += line.p[i] != ' ' && (i == 0 || line.p[i - 1] == ' ');
	}
	return strokes > 2;
}

static bool read_page(struct span text, const char *comment, struct arena *a, struct page *ret)
{
	uint64_t number = 0;
	struct span line;

	*ret = (struct page){.lines = arena_array(a, struct line, LINES_MAX)};
	while (ret->n < LINES_MAX && span_cut(&text, '\n', &line)) {
		number++;
		while (line.n && isspace((unsigned char)line.p[line.n - 1]))
			line.n--;
		if (line.n && line.p[0] == '\f')
			line = span_of(line.p + 1, line.n - 1);
		if (!ret->ruler.n && ret->n > 0 && is_ruler(line)) {
			ret->ruler = line;
			ret->below = ret->n;
		}
		if (!line.n || layout_fixed_is_rule(line) ||
		    (comment && span_starts(line, span_str(comment))))
			continue;
		if (!draw(line, a, &ret->lines[ret->n]))
			return false;
		ret->lines[ret->n].text = line;
		ret->lines[ret->n++].number = number;
	}
	return ret->n >= LINES_MIN;
}

/* ---- the columns of some lines ---- */

static void find_columns(const struct page *p, size_t first, size_t last, struct columns *ret)
{
	bool ink[WIDTH_MAX + 1] = {false};

	for (size_t i = first; i <= last; i++)
		for (size_t x = 0; x < p->lines[i].n; x++)
			ink[x] |= p->lines[i].ink[x];
	ret->n = 0;
	for (size_t x = 0; x < WIDTH_MAX; x++) {
		if (ink[x] && (x == 0 || !ink[x - 1])) {
			if (ret->n == FIXED_COLUMNS_MAX)
				return;
			ret->from[ret->n++] = x;
		}
		if (ink[x])
			ret->to[ret->n - 1] = x;
	}
}

static bool has_ink(const struct line *l, size_t from, size_t to)
{
	for (size_t x = from; x <= to && x < l->n; x++)
		if (l->ink[x])
			return true;
	return false;
}

static void find_list(const struct page *p, size_t *ret_first, size_t *ret_last,
		      struct columns *ret)
{
	long most = -1;

	for (size_t titles = 0; titles <= TITLES_MAX; titles++) {
		for (size_t sums = 0; sums <= SUMS_MAX; sums++) {
			struct columns c;
			if ((titles + sums) * 2 > p->n || p->n - titles - sums < LINES_MIN)
				continue;
			find_columns(p, titles, p->n - 1 - sums, &c);
			long worth = (long)(c.n * COLUMN_WORTH) - (long)(titles + sums);
			if (worth <= most)
				continue;
			most = worth;
			*ret_first = titles;
			*ret_last = p->n - 1 - sums;
			*ret = c;
		}
	}
}

/* ---- the header ---- */

/* Characters from..to, both included. */
static struct span slice(struct span text, size_t from, size_t to)
{
	size_t start = text.n, at = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (is_continuation(text.p[i]))
			continue;
		if (at == from)
			start = i;
		if (at++ > to)
			return span_trim(span_of(text.p + start, i - start));
	}
	return span_trim(span_of(text.p + start, text.n - start));
}

static bool is_header(const struct line *l, const struct columns *c, struct arena *a)
{
	size_t known = 0;
	unsigned score;

	for (size_t i = 0; i < c->n; i++) {
		size_t to = i + 1 < c->n ? c->from[i + 1] - 1 : WIDTH_MAX;
		struct span name = slice(l->text, c->from[i], to);
		for (size_t k = 0; k < name.n; k++)
			if (isdigit((unsigned char)name.p[k]))
				return false;
		known += words_role(a, name, &score) != ROLE_NONE && score >= 60;
	}
	return known >= 2;
}

/* No name of its own stands above it: none at all, or the end of the one before. */
static bool is_nameless(const struct line *header, const struct columns *c, size_t i)
{
	size_t before = c->from[i] - 1;

	return !has_ink(header, c->from[i], c->to[i]) ||
	       (before < header->n && header->ink[before]);
}

/* One blank between, and no name above the second: "20.04.2026 11:14" below SINCE is one column,
 * and so are two halves of what happens to have its blank at one place. */
static void join_halves(const struct line *header, struct columns *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		bool joins = n > 0 && c->from[i] - c->to[n - 1] == 2 && is_nameless(header, c, i);
		if (!joins)
			c->from[n++] = c->from[i];
		c->to[n - 1] = c->to[i];
	}
	c->n = n;
}

/* Numbers stand at the right: a longer one will begin further left. */
static bool is_right_aligned(const struct page *p, size_t first, size_t last, size_t from,
			     size_t to)
{
	bool begins_late = false;

	for (size_t i = first; i <= last; i++) {
		const struct line *l = &p->lines[i];
		if (!has_ink(l, from, to))
			continue;
		if (to >= l->n || !l->ink[to])
			return false;
		begins_late |= !l->ink[from];
	}
	return begins_late;
}

static bool is_within(const struct line *l, const struct columns *c)
{
	for (size_t i = 1; i < c->n; i++)
		if (c->from[i] <= l->n && l->ink[c->from[i] - 1])
			return false;
	return true;
}

/* By the ruler below the header; sums cross its columns. False: the lines do not keep to it. */
static bool find_ruled(const struct page *p, size_t *ret_first, size_t *ret_last,
		       struct columns *ret)
{
	size_t within = 0;

	ret->n = 0;
	for (size_t x = 0; x < p->ruler.n; x++) {
		if (p->ruler.p[x] == ' ' || ret->n == FIXED_COLUMNS_MAX)
			continue;
		if (x == 0 || p->ruler.p[x - 1] == ' ')
			ret->from[ret->n++] = x;
		ret->to[ret->n - 1] = x;
	}
	*ret_first = p->below - 1;
	*ret_last = p->n - 1;
	if (ret->n < 3 || p->below + 2 > p->n)
		return false;
	while (*ret_last > p->below && *ret_last + 1 + SUMS_MAX > p->n &&
	       !is_within(&p->lines[*ret_last], ret))
		(*ret_last)--;
	for (size_t i = p->below; i <= *ret_last; i++)
		within += is_within(&p->lines[i], ret);
	return within * 10 >= (*ret_last - p->below + 1) * 9;
}

bool layout_fixed_find(struct span text, const char *comment, struct arena *a, struct fixed *ret)
{
	struct columns c = {0};
	struct page p;
	size_t first = 0, last = 0;

	if (!read_page(text, comment, a, &p))
		return false;
	bool ruled = p.ruler.n && find_ruled(&p, &first, &last, &c);
	if (!ruled)
		find_list(&p, &first, &last, &c);
	bool has_header = is_header(&p.lines[first], &c, a);
	if (!ruled && !has_header && first > 0 && is_header(&p.lines[first - 1], &c, a)) {
		has_header = true;
		first--;
	}
	if (has_header && !ruled)
		join_halves(&p.lines[first], &c);
	if (c.n < 3)
		return false;
	*ret = (struct fixed){.n = c.n,
			      .lines = last - first + 1,
			      .sums = p.n - 1 - last,
			      .first_line = p.lines[first].number,
			      .last_line = last + 1 == p.n ? UINT64_MAX : p.lines[last].number};
	for (size_t i = 0; i < c.n; i++) {
		bool is_right = !ruled && is_right_aligned(&p, first + 1, last, c.from[i], c.to[i]);
		size_t from = i == 0 ? 0 : is_right ? c.to[i - 1] + 1 : c.from[i];
		ret->places[i].from = (uint32_t)from + 1;
		ret->places[i].to = CSV_PLACE_OPEN;
		if (i > 0)
			ret->places[i - 1].to = (uint32_t)from;
	}
	return true;
}

/* ---- by the header, whatever else there is ---- */

#define HEADER_LINES 60 /* the header is looked for in so many */

/* What two blanks part. */
static void find_names(const struct line *l, struct columns *ret)
{
	ret->n = 0;
	for (size_t x = 0; x < l->n; x++) {
		if (!l->ink[x])
			continue;
		bool begins = ret->n == 0 || x - ret->to[ret->n - 1] > 2;
		if (begins && ret->n == FIXED_COLUMNS_MAX)
			return;
		if (begins)
			ret->from[ret->n++] = x;
		ret->to[ret->n - 1] = x;
	}
}

static void find_strokes(struct span ruler, struct columns *ret)
{
	ret->n = 0;
	for (size_t x = 0; x < ruler.n; x++) {
		if (ruler.p[x] == ' ' || ret->n == FIXED_COLUMNS_MAX)
			continue;
		if (x == 0 || ruler.p[x - 1] == ' ')
			ret->from[ret->n++] = x;
		ret->to[ret->n - 1] = x;
	}
}

static bool find_page_header(const struct page *p, struct arena *a, size_t *ret,
			     struct columns *names)
{
	for (size_t i = 0; i < p->n && i < HEADER_LINES; i++) {
		find_names(&p->lines[i], names);
		if (p->ruler.n && p->below == i + 1)
			find_strokes(p->ruler, names);
		*ret = i;
		if (names->n > 2 && is_header(&p->lines[i], names, a))
			return true;
	}
	return false;
}

/* Between the name before (its end) and this one: where the fewest lines have something, nearest to
 * this one. */
static size_t find_gutter(const size_t *ink, size_t end, size_t name)
{
	size_t best = name - 1;

	for (size_t x = name - 1; x > end; x--)
		if (ink[x] < ink[best])
			best = x;
	return best;
}

/* Titles and sums run on where columns begin: a third of the beginnings, say. */
static bool runs_over(const struct line *l, const struct columns *names)
{
	size_t over = 0;

	for (size_t i = 1; i < names->n; i++)
		over +=
		    names->from[i] < l->n && l->ink[names->from[i] - 1] && l->ink[names->from[i]];
	return over * 3 >= names->n - 1;
}

/* How many lines have something at each place; those that run over, unless most of them do, for
 * then numbers stand at the right. */
static size_t count_ink(const struct page *p, size_t header, const struct columns *names,
			size_t ink[WIDTH_MAX + 1])
{
	size_t lines = 0, over = 0;

	for (size_t i = header + 1; i < p->n; i++)
		over += runs_over(&p->lines[i], names);
	bool leaves_out = over * 2 < p->n - header;
	for (size_t i = header + 1; i < p->n; i++) {
		const struct line *l = &p->lines[i];
		if ((leaves_out && runs_over(l, names)) || span_eq(l->text, p->lines[header].text))
			continue;
		lines++;
		for (size_t x = 0; x < l->n; x++)
			ink[x] += l->ink[x];
	}
	return lines;
}

bool layout_fixed_find_pages(struct span text, const char *comment, struct arena *a,
			     struct fixed *ret)
{
	size_t ink[WIDTH_MAX + 1] = {0}, header, lines;
	struct columns names;
	struct page p;

	if (!read_page(text, comment, a, &p) || !find_page_header(&p, a, &header, &names))
		return false;
	lines = count_ink(&p, header, &names, ink);
	*ret = (struct fixed){.n = names.n,
			      .lines = lines,
			      .first_line = 1,
			      .last_line = UINT64_MAX,
			      .header_line = p.lines[header].number};
	ret->places[0].from = 1;
	ret->places[names.n - 1].to = CSV_PLACE_OPEN;
	for (size_t i = 1; i < names.n; i++) {
		size_t gutter = find_gutter(ink, names.to[i - 1], names.from[i]);
		if (ink[gutter] * 5 > lines * 2)
			return false;
		ret->places[i - 1].to = (uint32_t)gutter + 1;
		ret->places[i].from = (uint32_t)gutter + 2;
	}
	return lines >= LINES_MIN;
}

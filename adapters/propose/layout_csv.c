/* The delimiter is the one with which the rows come out equally long and longest. The header is a
 * row of names that are known, or of words above columns of numbers. */
#include <ctype.h>
#include <stdlib.h>

#include "adapters/csv.h"
#include "adapters/csv_paper.h"
#include "adapters/propose/layout_fixed.h"
#include "adapters/value_class.h"

#define TRY_ROWS    400
#define HEADER_ROWS 40 /* the header is looked for in so many */
#define WIDTHS_MAX  (SAMPLE_COLUMNS_MAX + 1)
#define TRY_BYTES   ((size_t)512 << 10)

static const char delimiters[] = ";,\t|^~";

struct shape {
	char delimiter, quote;
	size_t rows, bad, width, fits; /* width: that most rows have; fits: how many */
	double score;
};

static struct csv *scanner(const struct shape *s, const char *comment, struct span text)
{
	struct csv *c = csv_new(&(const struct csv_options){
	    .delimiter = s->delimiter, .quote = s->quote, .comment = comment});

	csv_feed(c, text, true);
	return c;
}

static void measure(struct span text, const char *comment, struct shape *s)
{
	_cleanup_(csv_freep) struct csv *c = scanner(s, comment, text);
	size_t widths[WIDTHS_MAX] = {0};
	struct csv_row row;
	enum csv_step step;

	while (s->rows + s->bad < TRY_ROWS && (step = csv_next(c, &row)) != CSV_MORE) {
		if (step == CSV_BAD)
			s->bad++;
		else if (row.n < WIDTHS_MAX)
			widths[row.n]++, s->rows++;
	}
	for (size_t n = 2; n < WIDTHS_MAX; n++)
		if (widths[n] > s->fits || (widths[n] == s->fits && widths[n] > 0))
			s->width = n, s->fits = widths[n];
	double share = s->rows ? (double)s->fits / (double)(s->rows + s->bad) : 0;
	s->score = s->width > 1 ? share * share * (double)(s->width > 6 ? 6 : s->width) : 0;
}

static const char *comment_of(struct span text)
{
	static const char *const signs[] = {"#", "//", "--"};
	struct span line;

	for (int i = 0; i < 50 && span_cut(&text, '\n', &line); i++) {
		if (layout_fixed_is_rule(line))
			continue;
		for (size_t k = 0; k < ARRAY_LEN(signs); k++)
			if (span_starts(line, span_str(signs[k])))
				return signs[k];
	}
	return NULL;
}

static struct shape best_shape(struct span text, const char *comment)
{
	struct shape best = {0};

	if (text.n > TRY_BYTES)
		text.n = TRY_BYTES;
	for (const char *d = delimiters; *d; d++) {
		struct shape s = {.delimiter = *d, .quote = '"'};
		measure(text, comment, &s);
		struct shape plain = {.delimiter = *d, .quote = '\0'};
		if (s.bad > 0)
			measure(text, comment, &plain);
		if (s.bad > 0 && plain.bad == 0 && plain.score >= s.score)
			s = plain;
		if (s.score > best.score)
			best = s;
	}
	return best;
}

/* 'like this' in most rows of some column. */
static bool has_single_quotes(struct span text, const struct shape *s, const char *comment)
{
	_cleanup_(csv_freep) struct csv *c = scanner(s, comment, text);
	size_t quoted = 0, rows = 0;
	struct csv_row row;

	while (rows < 100 && csv_next(c, &row) == CSV_ROW) {
		bool found = false;
		for (size_t i = 0; i < row.n; i++) {
			struct span v = span_trim(row.fields[i]);
			found |= v.n > 2 && v.p[0] == '\'' && v.p[v.n - 1] == '\'';
		}
		rows++;
		quoted += found;
	}
	return rows > 1 && quoted * 10 > rows * 8;
}

/* ---- the rows ---- */

struct kept {
	struct paper_row *rows;
	size_t n, cap;
};

/* Text runs over a column's beginning: a title or a sum. */
static uint64_t crossed_columns(const struct csv_row *row, struct span line)
{
	uint64_t crossed = 0;

	for (size_t i = 0; line.p && i < row->n && i < 64; i++) {
		struct span v = row->fields[i];
		if (v.n && v.p > line.p && v.p[0] != ' ' && v.p[-1] != ' ')
			crossed |= UINT64_C(1) << i;
	}
	return crossed;
}

/* line: where a line is a row; else SPAN_NONE. */
static void keep_row(struct proposal *p, const struct csv_row *row, struct span line,
		     struct kept *k)
{
	if (k->n == k->cap) {
		k->cap = k->cap ? 2 * k->cap : 256;
		struct paper_row *more = arena_array(&p->arena, struct paper_row, k->cap);
		if (k->n)
			memcpy(more, k->rows, k->n * sizeof(*more));
		k->rows = more;
	}
	struct span *fields = arena_array(&p->arena, struct span, row->n + 1);
	for (size_t i = 0; i < row->n; i++)
		fields[i] = arena_span(&p->arena, span_trim(row->fields[i]));
	struct paper_row *kept = &k->rows[k->n++];
	*kept = (struct paper_row){.fields = fields, .n = row->n, .line = row->line};
	kept->crossed = crossed_columns(row, line);
	struct csv_words words = {0};
	if (line.p)
		csv_words_of_line(&words, line);
	else
		csv_words_of_row(&words, row);
	kept->words = arena_span(&p->arena, buf_span(&words.text));
	kept->parts = arena_span(&p->arena, buf_span(&words.parts));
	kept->pieces = words.n_parts;
	csv_words_done(&words);
}

static void keep_rows(struct proposal *p, struct span text, const struct shape *s,
		      const char *comment, struct kept *ret)
{
	_cleanup_(csv_freep) struct csv *c = scanner(s, comment, text);
	size_t most = SAMPLE_CELLS_MAX / s->width;
	struct csv_row row;
	enum csv_step step;

	*ret = (struct kept){0};
	while (ret->n < most && (step = csv_next(c, &row)) != CSV_MORE)
		if (step == CSV_ROW)
			keep_row(p, &row, SPAN_NONE, ret);
}

static bool is_rule(const struct csv_row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->fields[i].n && !layout_fixed_is_rule(row->fields[i]))
			return false;
	return true;
}

/* The lines of the list itself, of titles and sums none. */
static void keep_lines(struct proposal *p, struct span text, const struct fixed *f,
		       const char *comment, struct kept *ret)
{
	_cleanup_(csv_lines_freep) struct csv_lines *c =
	    csv_lines_new(&(const struct csv_lines_options){
		.places = f->places, .n_places = f->n, .comment = comment});
	size_t most = SAMPLE_CELLS_MAX / f->n;
	struct csv_row row;
	enum csv_step step;

	*ret = (struct kept){0};
	csv_lines_feed(c, text, true);
	while (ret->n < most && (step = csv_lines_next(c, &row)) != CSV_MORE)
		if (step == CSV_ROW && row.line >= f->first_line && row.line <= f->last_line &&
		    !is_rule(&row))
			keep_row(p, &row, csv_lines_text(c), ret);
}

static bool is_value(struct span v)
{
	const char *kind = value_class(v);

	return strcmp(kind, "digits") == 0 || strcmp(kind, "date-like") == 0 ||
	       value_class_is_person(v);
}

/* Names that are known; 0 if something in it is a value rather than a name. */
static size_t known_names(struct proposal *p, const struct paper_row *row)
{
	size_t known = 0;
	unsigned score;

	for (size_t i = 0; i < row->n; i++) {
		if (is_value(row->fields[i]))
			return 0;
		known += words_role(&p->arena, row->fields[i], &score) != ROLE_NONE && score >= 60;
	}
	return known;
}

/* Words above a column of numbers or dates: how many. */
static size_t changes_below(const struct kept *k, size_t header)
{
	const struct paper_row *head = &k->rows[header];
	size_t n = 0;

	for (size_t i = 0; i < head->n; i++) {
		size_t values = 0, rows = 0;
		if (!head->fields[i].n || is_value(head->fields[i]))
			return 0;
		for (size_t r = header + 1; r < k->n && rows < 50; r++) {
			if (i >= k->rows[r].n || !k->rows[r].fields[i].n)
				continue;
			rows++;
			values += is_value(k->rows[r].fields[i]);
		}
		n += rows >= 2 && values == rows;
	}
	return n;
}

static bool may_be_header(const struct kept *k, size_t i, size_t width)
{
	return k->rows[i].n >= 2 && k->rows[i].n + 1 >= width && k->rows[i].n <= width + 1;
}

/* "Ward:;Sunny side" above the header has words too; the header has more of them. */
static size_t better_header(struct proposal *p, const struct kept *k, size_t width, size_t first,
			    size_t *known)
{
	size_t best = first;

	for (size_t i = first + 1; i < k->n && i < HEADER_ROWS; i++) {
		size_t n = may_be_header(k, i, width) ? known_names(p, &k->rows[i]) : 0;
		if (n < *known + 2 || k->rows[first].pieces > 2)
			continue;
		*known = n;
		best = i;
	}
	return best;
}

static bool find_header(struct proposal *p, struct layout *l, const struct kept *k, size_t width,
			size_t *ret)
{
	for (size_t i = 0; i < k->n && i < HEADER_ROWS; i++) {
		if (!may_be_header(k, i, width))
			continue;
		size_t known = known_names(p, &k->rows[i]);
		if (known >= 2 || (known == 1 && changes_below(k, i) > 0)) {
			*ret = better_header(p, k, width, i, &known);
			l->header_words = known;
			return true;
		}
		if (changes_below(k, i) >= 2) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static size_t first_wide(const struct kept *k, size_t width)
{
	size_t i = 0;

	while (i < k->n && (k->rows[i].n < width || k->rows[i].n > width + 1))
		i++;
	return i;
}

/* Where the line end behind a header is lost, its last names are the first row's values: only names
 * that are known are shown. */
static void name_columns(struct layout *l, const struct paper_row *header)
{
	size_t n_columns = l->sample.n_columns - l->paper.n_groups;

	for (size_t i = 0; i < l->paper.n_groups; i++) {
		struct column *c = &l->sample.columns[n_columns + i];
		c->name = c->title = span_str(l->paper.groups[i]);
		c->is_shown = c->is_heading = true;
	}
	for (size_t i = 0; i < n_columns; i++) {
		struct column *c = &l->sample.columns[i];
		unsigned score;
		c->name = c->title = i < header->n ? header->fields[i] : SPAN("");
		c->is_shown = l->header_words >= 2 && c->name.n > 0 && c->name.n <= 64 &&
			      words_role(l->sample.arena, c->name, &score) != ROLE_NONE &&
			      score >= 60;
	}
}

/* With what stands above it: cells that are left out in a group's rows, and headings. */
static bool add_paper_row(struct layout *l, const struct paper_row *row, size_t width,
			  struct span above[PAPER_FILL_MAX])
{
	struct span cells[SAMPLE_COLUMNS_MAX + PAPER_GROUPS_MAX] = {SPAN_NONE};

	for (size_t i = 0; i < row->n && i < width; i++)
		cells[i] = row->fields[i];
	for (size_t i = 0; i < l->paper.n_fill_down; i++) {
		struct span *cell = &cells[l->paper.fill_down[i]];
		if (cell->n)
			above[i] = *cell;
		else
			*cell = above[i];
	}
	for (size_t i = 0; i < l->paper.n_groups; i++)
		cells[width + i] = row->headings[i];
	return sample_add(&l->sample, cells, width + l->paper.n_groups);
}

static void note_odd(struct layout *l, uint64_t line)
{
	if (l->odd_rows < LAYOUT_ODD_SHOWN)
		l->odd_lines[l->odd_rows] = line;
	l->odd_rows++;
}

static void fill_sample(struct layout *l, const struct kept *k, size_t first, size_t width)
{
	struct span above[PAPER_FILL_MAX] = {SPAN_NONE};

	for (size_t i = first; i < k->n; i++) {
		const struct paper_row *row = &k->rows[i];
		size_t filled = 0;
		for (size_t f = 0; f < row->n; f++)
			filled += row->fields[f].n > 0;
		l->sample.line = row->line;
		if (l->paper.is_used) {
			if (row->kind == PAPER_ROW && !add_paper_row(l, row, width, above))
				break;
			continue;
		}
		if (filled == 0)
			continue;
		bool is_row = l->paper.n_required && row->kind == PAPER_ROW;
		if (!is_row && (filled < 2 || row->n * 2 < width))
			note_odd(l, row->line);
		else if (!sample_add(&l->sample, row->fields, row->n))
			break;
	}
}

static void tell(struct proposal *p, const struct layout *l, const struct shape *s)
{
	if (l->places)
		propose_guess(p, LIKELY, "columns", "by place",
			      "%zu lines have blanks at the same places", s->rows);
	else
		propose_guess(
		    p, s->fits * 10 >= s->rows * 9 ? SURE : LIKELY, "delimiter",
		    s->delimiter == '\t' ? "tab" : arena_printf(&p->arena, "%c", s->delimiter),
		    "%zu of %zu rows have %zu fields with it", s->fits, s->rows, s->width);
	if (l->quote != '"')
		propose_guess(p, LIKELY, "quote", l->quote ? "'" : "none",
			      l->quote ? "values stand in single quotes"
				       : "double quotes do not come in pairs");
	if (l->has_header && l->header_words)
		propose_guess(
		    p, l->header_words >= 2 ? SURE : LIKELY, "header",
		    arena_printf(&p->arena, "line %llu", (unsigned long long)l->header_line),
		    "%zu of its names are known", l->header_words);
	else if (l->has_header)
		propose_guess(
		    p, UNSURE, "header",
		    arena_printf(&p->arena, "line %llu", (unsigned long long)l->header_line),
		    "it has words where the rows below have numbers or dates");
	else
		propose_guess(p, UNSURE, "header", "none",
			      "no row has names that are known; columns are called by their place");
}

/* Tables that are drawn have their delimiter. */
static bool is_table(const struct shape *s)
{
	return s->delimiter == '|' && s->width > 2 && s->fits * 10 >= s->rows * 6;
}

/* A list of fixed width, where no delimiter does for nearly all rows. */
static bool take_fixed(struct proposal *p, struct span text, struct layout *l, struct shape *s,
		       struct kept *ret)
{
	struct fixed *f = arena_new(&p->arena, struct fixed);

	if (is_table(s) || (s->width > 2 && s->fits * 10 >= (s->rows + s->bad) * 9) ||
	    !layout_fixed_find(text, l->comment, &p->arena, f))
		return false;
	*s = (struct shape){.quote = '"', .rows = f->lines, .fits = f->lines, .width = f->n};
	l->places = f->places;
	l->odd_rows = f->sums;
	keep_lines(p, text, f, l->comment, ret);
	return true;
}

static int take_delimited(struct proposal *p, struct span text, struct layout *l, struct shape *s,
			  struct kept *ret, struct err *err)
{
	if (s->width < 2)
		return err_set(err, ERR_INVALID,
			       "no delimiter gives rows of equal length (tried ; , tab | ^ ~), no "
			       "columns of fixed width show, and it is neither XML nor HL7 v2");
	if (has_single_quotes(text, s, l->comment))
		s->quote = '\'';
	keep_rows(p, text, s, l->comment, ret);
	if (s->width > SAMPLE_COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d columns", SAMPLE_COLUMNS_MAX);
	return 0;
}

static bool header_at(const struct kept *k, uint64_t line, size_t *ret)
{
	for (size_t i = 0; i < k->n; i++) {
		if (k->rows[i].line == line) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* A list of fixed width whose header is known, with lines that are no rows: pages, headings, sums.
 */
static bool take_pages(struct proposal *p, struct span text, struct layout *l, struct shape *s,
		       struct kept *ret, size_t *ret_header)
{
	struct fixed *f = arena_new(&p->arena, struct fixed);

	if (is_table(s) || (s->width > 2 && s->fits * 10 >= (s->rows + s->bad) * 9) ||
	    !layout_fixed_find_pages(text, l->comment, &p->arena, f))
		return false;
	keep_lines(p, text, f, l->comment, ret);
	if (!header_at(ret, f->header_line, ret_header) ||
	    !paper_read(&p->arena, ret->rows, ret->n, *ret_header, true, &l->paper)) {
		l->paper = (struct paper){0};
		return false;
	}
	*s = (struct shape){.quote = '"', .rows = f->lines, .fits = f->lines, .width = f->n};
	l->places = f->places;
	l->header_words = known_names(p, &ret->rows[*ret_header]);
	return true;
}

/* Rows and what stands above them; the header, if there is one. */
static int take_rows(struct proposal *p, struct span text, struct layout *l, struct shape *s,
		     struct kept *k, size_t *ret_header, struct err *err)
{
	if (take_pages(p, text, l, s, k, ret_header)) {
		l->has_header = true;
		return 0;
	}
	int r = take_fixed(p, text, l, s, k) ? 0 : take_delimited(p, text, l, s, k, err);
	if (r < 0)
		return r;
	l->has_header = find_header(p, l, k, s->width, ret_header);
	if (l->has_header && !l->places && l->header_words >= 2)
		(void)paper_read(&p->arena, k->rows, k->n, *ret_header, false, &l->paper);
	return 0;
}

int layout_csv(struct proposal *p, struct span text, struct layout *l, struct err *err)
{
	l->comment = comment_of(text);
	struct shape s = best_shape(text, l->comment);
	struct kept k = {0};
	size_t header = 0, first;

	int r = take_rows(p, text, l, &s, &k, &header, err);
	if (r < 0)
		return r;
	l->delimiter = s.delimiter;
	l->quote = s.quote;
	first = l->has_header ? header + 1 : first_wide(&k, s.width);
	if (first >= k.n)
		return err_set(err, ERR_INVALID,
			       l->has_header ? "the sample has a header and no rows below"
					     : "the sample has no rows");
	sample_init(&l->sample, &p->arena, s.width + l->paper.n_groups);
	if (l->has_header) {
		l->header_line = k.rows[header].line;
		name_columns(l, &k.rows[header]);
	}
	l->first_line = k.rows[first].line;
	fill_sample(l, &k, first, s.width);
	for (size_t i = 0; l->paper.is_used && i < l->paper.left; i++)
		note_odd(l, i < PAPER_LEFT_SHOWN ? l->paper.left_lines[i] : 0);
	sample_count(&l->sample);
	tell(p, l, &s);
	return 0;
}

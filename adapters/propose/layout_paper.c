/* A row has its bed, its room and its status; what lacks one of them is something else. Of such a
 * line only words that reports are made of are ever written down (sum, page, ward): the rest of it
 * may be a name. */
#include "adapters/propose/layout_paper.h"

#include <fnmatch.h>

#include "adapters/csv_paper.h"
#include "adapters/propose/paper_words.h"
#include "adapters/value_class.h"

#define HEADING_BYTES_MAX 60
#define HEADING_WORDS_MAX 7
#define TITLES_LOOK_AT	  8 /* lines before the header: one may be the first heading */

struct paper_find {
	struct arena *a;
	struct paper_row *rows;
	size_t n, header;
	bool is_fixed;
	const struct paper_row *head;
	bool has_status; /* a column for it */
	struct paper *out;
	const char *hiding[PAPER_PASS_MAX]; /* patterns that would hide a heading */
	size_t n_hiding;
};

/* ---- columns ---- */

static enum role role_of(const struct paper_find *f, size_t column)
{
	unsigned score;
	enum role r = words_role(f->a, f->head->fields[column], &score);

	return score >= 60 ? r : ROLE_NONE;
}

static struct span field_at(const struct paper_row *row, size_t column)
{
	return column < row->n ? row->fields[column] : SPAN("");
}

static bool is_header_again(const struct paper_find *f, const struct paper_row *row)
{
	return span_eq(row->words, f->head->words);
}

static bool is_filled(const struct paper_row *row, size_t column)
{
	return field_at(row, column).n > 0 && (column > 63 || !(row->crossed >> column & 1));
}

static bool may_be_row(const struct paper_find *f, const struct paper_row *row)
{
	return row->pieces > 1 && !is_header_again(f, row) && !csv_paper_is_rule(row->words);
}

struct column_figures {
	size_t rows, filled, digits, letters;
};

static struct column_figures look_at(const struct paper_find *f, size_t column)
{
	struct column_figures c = {0};

	for (size_t i = f->header + 1; i < f->n; i++) {
		struct span v = field_at(&f->rows[i], column);
		if (!may_be_row(f, &f->rows[i]))
			continue;
		c.rows++;
		if (!is_filled(&f->rows[i], column))
			continue;
		c.filled++;
		c.digits += paper_is_digit(v.p[0]);
		c.letters += v.n == 1 && !paper_is_digit(v.p[0]);
	}
	return c;
}

static void require(struct paper_find *f, size_t column, const char *glob)
{
	struct paper *p = f->out;

	if (p->n_required == PAPER_REQUIRED_MAX)
		return;
	p->required[p->n_required] = column;
	p->globs[p->n_required++] = glob;
}

/* Where nothing but a resident's name says the status, it must stand in its place. */
static bool is_name_crossed(const struct paper_find *f, const struct paper_row *row)
{
	for (size_t i = 0; row->crossed && i < f->head->n && i < 64; i++)
		if (row->crossed >> i & 1 && role_of(f, i) == ROLE_PERSON && !f->has_status)
			return true;
	return false;
}

static bool fits(const struct paper_find *f, const struct paper_row *row)
{
	if (is_name_crossed(f, row))
		return false;
	for (size_t i = 0; i < f->out->n_required; i++)
		if (!is_filled(row, f->out->required[i]) ||
		    !csv_paper_fits(&(struct csv_shape){.glob = f->out->globs[i]},
				    field_at(row, f->out->required[i]), f->a))
			return false;
	return f->out->n_required > 0;
}

static bool is_status(enum role r)
{
	return r == ROLE_STATUS || r == ROLE_TAKEN || r == ROLE_FREE;
}

/* A bed of which no status is told: what looks like a sum is none. */
static bool has_beds_without(const struct paper_find *f, size_t column)
{
	for (size_t i = f->header + 1; i < f->n; i++) {
		const struct paper_row *row = &f->rows[i];
		if (may_be_row(f, row) && fits(f, row) && !is_filled(row, column) &&
		    !paper_pass_pattern(f->a, row->words))
			return true;
	}
	return false;
}

static bool has_sums_like_rows(const struct paper_find *f)
{
	for (size_t i = f->header + 1; i < f->n; i++)
		if (may_be_row(f, &f->rows[i]) && fits(f, &f->rows[i]) &&
		    paper_pass_pattern(f->a, f->rows[i].words))
			return true;
	return false;
}

static void find_required(struct paper_find *f)
{
	size_t width = f->head->n < 64 ? f->head->n : 64;
	const char *strict[PAPER_REQUIRED_MAX] = {0};

	for (size_t i = 0; i < width; i++)
		f->has_status |= is_status(role_of(f, i)) && look_at(f, i).filled;
	for (size_t i = 0; i < width; i++) {
		enum role r = role_of(f, i);
		struct column_figures c = look_at(f, i);
		bool is_bed = r == ROLE_BED || r == ROLE_ROOM;
		if (!is_bed || !c.rows || c.filled * 4 < c.rows * 3)
			continue;
		require(f, i,
			c.digits * 10 >= c.filled * 8			? "[0-9]*"
			: f->is_fixed && c.letters * 10 >= c.filled * 8 ? "?"
									: "*");
	}
	for (size_t i = 0; f->out->n_required && i < width; i++) {
		struct column_figures c = look_at(f, i);
		if (is_status(role_of(f, i)) && c.filled * 4 >= c.rows * 3 &&
		    !has_beds_without(f, i))
			require(f, i, "*");
	}
	/* Where a delimiter says what stands where, nothing more need be asked of several columns,
	 * unless sums fill them all. */
	if (f->is_fixed || f->out->n_required < 2)
		return;
	for (size_t i = 0; i < f->out->n_required; i++) {
		strict[i] = f->out->globs[i];
		f->out->globs[i] = "*";
	}
	if (has_sums_like_rows(f))
		memcpy(f->out->globs, strict, sizeof(strict));
}

/* ---- lines that are no rows ---- */

static void sort_lines(struct paper_find *f)
{
	enum role role;

	for (size_t i = 0; i < f->n; i++) {
		struct paper_row *row = &f->rows[i];
		row->kind = is_header_again(f, row)		   ? PAPER_HEADER
			    : csv_paper_is_rule(row->words)	   ? PAPER_RULE
			    : i > f->header && fits(f, row)	   ? PAPER_ROW
			    : paper_text_pattern(f->a, row, &role) ? PAPER_OTHER
			    : paper_pass_pattern(f->a, row->words) ? PAPER_PASSED
								   : PAPER_OTHER;
		f->out->headers += row->kind == PAPER_HEADER;
	}
}

static bool has_odd_lines(const struct paper_find *f)
{
	for (size_t i = f->header + 1; i < f->n; i++)
		if (f->rows[i].kind != PAPER_ROW)
			return true;
	return false;
}

static bool has_ward_column(const struct paper_find *f)
{
	for (size_t i = 0; i < f->head->n; i++)
		if (role_of(f, i) == ROLE_WARD && look_at(f, i).filled > 1)
			return true;
	return false;
}

/* ---- headings ---- */

/* A heading says a name of a few words, in one part. */
static bool may_be_heading(const struct paper_find *f, size_t at)
{
	const struct paper_row *row = &f->rows[at];
	size_t blanks = 0;
	enum role role;

	if (row->kind != PAPER_OTHER || at + TITLES_LOOK_AT < f->header)
		return false;
	if (paper_text_pattern(f->a, row, &role))
		return true;
	for (size_t i = 0; i < row->words.n; i++)
		blanks += row->words.p[i] == ' ';
	return row->pieces == 1 && row->words.n <= HEADING_BYTES_MAX &&
	       blanks < HEADING_WORDS_MAX && strcmp(value_class(row->words), "date-like") != 0 &&
	       !value_class_is_person(row->words);
}

static const char *pattern_of(const struct paper_find *f, size_t at, enum role *ret_role)
{
	const struct paper_row *row = &f->rows[at];
	const char *pattern = paper_text_pattern(f->a, row, ret_role);

	return pattern || row->pieces != 1 ? pattern
					   : paper_heading_pattern(f->a, row->words, ret_role);
}

/* Stands above every run of rows: a title of the page. */
static bool is_everywhere(const struct paper_find *f, size_t at)
{
	size_t runs = 0;
	bool found = false, in_rows = false;

	for (size_t i = 0; i < f->n; i++) {
		bool is_row = f->rows[i].kind == PAPER_ROW;
		if (is_row && !in_rows) {
			if (!found)
				return false;
			runs++;
			found = false;
		}
		in_rows = is_row;
		found |= span_eq(f->rows[i].words, f->rows[at].words);
	}
	return runs > 1;
}

static size_t group_named(struct paper *p, const char *name)
{
	for (size_t i = 0; i < p->n_groups; i++)
		if (strcmp(p->groups[i], name) == 0)
			return i;
	if (p->n_groups == PAPER_GROUPS_MAX)
		return SIZE_MAX;
	p->groups[p->n_groups] = name;
	return p->n_groups++;
}

static bool is_known_heading(const struct paper *p, const char *pattern)
{
	for (size_t i = 0; i < p->n_headings; i++)
		if (strcmp(p->headings[i].pattern, pattern) == 0)
			return true;
	return false;
}

static void add_heading(struct paper *p, const char *pattern, const char *group)
{
	size_t at = group_named(p, group);
	if (at == SIZE_MAX || p->n_headings == PAPER_HEADINGS_MAX)
		return;
	/* The first that fits counts: what says more comes first. */
	size_t place = p->n_headings++;
	for (; place > 0 && span_ends(span_str(p->headings[place - 1].pattern), SPAN("{}")) &&
	       !span_ends(span_str(pattern), SPAN("{}"));
	     place--)
		p->headings[place] = p->headings[place - 1];
	p->headings[place].pattern = pattern;
	p->headings[place].group = at;
}

/* The line that stands last above each run of rows, if it may be a heading: all of them say what
 * they are (true), or some do not. */
static bool all_say_what(const struct paper_find *f, size_t *ret_last)
{
	size_t last = SIZE_MAX;
	bool all = true, in_rows = false;
	enum role r;

	*ret_last = 0;
	for (size_t i = 0; i < f->n; i++) {
		if (f->rows[i].kind == PAPER_ROW && !in_rows && last != SIZE_MAX) {
			all &= pattern_of(f, last, &r) != NULL;
			(*ret_last)++;
		}
		in_rows = f->rows[i].kind == PAPER_ROW;
		if (in_rows)
			last = SIZE_MAX;
		else if (may_be_heading(f, i) && !is_everywhere(f, i))
			last = i;
	}
	return all;
}

/* Does a line of this pattern stand directly above rows, nothing but the header between? */
static bool is_innermost(const struct paper_find *f, const char *pattern)
{
	size_t last = SIZE_MAX;
	enum role r;

	for (size_t i = 0; i < f->n; i++) {
		if (f->rows[i].kind == PAPER_ROW && last != SIZE_MAX) {
			const char *its = pattern_of(f, last, &r);
			if (its && strcmp(its, pattern) == 0)
				return true;
			last = SIZE_MAX;
		} else if (may_be_heading(f, i) && pattern_of(f, i, &r)) {
			last = i;
		}
	}
	return false;
}

static void find_headings(struct paper_find *f)
{
	size_t last;
	bool all = all_say_what(f, &last);
	enum role r;

	if (last == 0 && all)
		all = true;
	for (size_t i = 0; i < f->n && all; i++) {
		const char *pattern = may_be_heading(f, i) ? pattern_of(f, i, &r) : NULL;
		if (pattern && !is_known_heading(f->out, pattern))
			add_heading(f->out, pattern, is_innermost(f, pattern) ? "ward" : "house");
	}
	if (!all && last > 1)
		add_heading(f->out, "{}", "ward");
}

/* The widest first: "house" before "ward". */
static void order_groups(struct paper *p)
{
	if (p->n_groups != 2 || strcmp(p->groups[0], "house") == 0)
		return;
	p->groups[0] = "house";
	p->groups[1] = "ward";
	for (size_t i = 0; i < p->n_headings; i++)
		p->headings[i].group = 1 - p->headings[i].group;
}

/* ---- lines to pass over ---- */

static bool is_known_pass(const struct paper *p, const char *pattern)
{
	for (size_t i = 0; i < p->n_pass; i++)
		if (strcmp(p->pass[i], pattern) == 0)
			return true;
	return p->n_pass == PAPER_PASS_MAX;
}

/* A line that would be a heading of another kind than those known by their text. The same pattern
 * comes again with each page: what was found hiding one is kept. */
static bool hides_heading(struct paper_find *f, const char *pattern)
{
	enum role role;

	for (size_t i = 0; i < f->n_hiding; i++)
		if (strcmp(f->hiding[i], pattern) == 0)
			return true;
	for (size_t i = 0; f->out->n_groups && i < f->n; i++) {
		if (!may_be_heading(f, i) || paper_text_pattern(f->a, &f->rows[i], &role) ||
		    fnmatch(pattern, f->rows[i].words.p, 0) != 0)
			continue;
		if (f->n_hiding < PAPER_PASS_MAX)
			f->hiding[f->n_hiding++] = pattern;
		return true;
	}
	return false;
}

static bool is_number(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!paper_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* A sum of which nothing but the number stands there: as many digits, or one more or less. */
static void pass_numbers(struct paper_find *f)
{
	static const char *const globs[] = {"[0-9]", "[0-9][0-9]", "[0-9][0-9][0-9]"};

	for (size_t i = 0; i < ARRAY_LEN(globs); i++)
		if (!is_known_pass(f->out, globs[i]))
			f->out->pass[f->out->n_pass++] = globs[i];
}

static void find_passed(struct paper_find *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct paper_row *row = &f->rows[i];
		const char *pattern =
		    row->kind == PAPER_PASSED ? paper_pass_pattern(f->a, row->words) : NULL;
		/* Before the header only where any line could be taken for a heading. */
		bool matters = i > f->header || f->out->n_groups > 0;
		if (row->kind == PAPER_OTHER && i > f->header && !f->is_fixed &&
		    !f->out->n_groups && row->words.n < 4 && is_number(row->words))
			pass_numbers(f);
		if (pattern && matters && !is_known_pass(f->out, pattern) &&
		    !hides_heading(f, pattern))
			f->out->pass[f->out->n_pass++] = pattern;
	}
}

/* As the program itself will do it. */
static void read_as(const struct paper_find *f, struct csv_paper *ret)
{
	*ret = (struct csv_paper){.n_headings = f->out->n_headings, .n_pass = f->out->n_pass};
	for (size_t i = 0; i < ret->n_pass; i++)
		ret->pass[i] = f->out->pass[i];
	for (size_t i = 0; i < ret->n_headings; i++) {
		const char *text = f->out->headings[i].pattern, *at = strstr(text, "{}");
		ret->headings[i] =
		    (struct csv_heading){arena_strndup(f->a, text, (size_t)(at - text)),
					 arena_strdup(f->a, at + 2), f->out->headings[i].group};
	}
}

static void read_line(const struct paper_find *f, const struct csv_paper *p, struct paper_row *row,
		      struct span now[PAPER_GROUPS_MAX])
{
	const struct csv_words words = {.text = {(char *)row->words.p, row->words.n, 0},
					.parts = {(char *)row->parts.p, row->parts.n, 0},
					.n_parts = row->pieces};
	struct span value;
	size_t group;

	bool by_text = csv_paper_is_heading(p, HEADING_BY_TEXT, &words, &group, &value);
	if (!by_text && csv_paper_is_passed(p, row->words.p)) {
		row->kind = PAPER_PASSED;
	} else if (by_text || csv_paper_is_heading(p, HEADING_OTHER, &words, &group, &value)) {
		row->kind = PAPER_HEADING;
		now[group] = arena_span(f->a, value);
	} else {
		row->kind = PAPER_OTHER;
	}
}

static void apply(struct paper_find *f)
{
	struct span now[PAPER_GROUPS_MAX] = {SPAN_NONE, SPAN_NONE};
	struct csv_paper *p = arena_new(f->a, struct csv_paper);

	read_as(f, p);
	for (size_t i = 0; i < f->n; i++) {
		struct paper_row *row = &f->rows[i];
		if (row->kind == PAPER_OTHER || row->kind == PAPER_PASSED)
			read_line(f, p, row, now);
		f->out->passed += i > f->header && row->kind == PAPER_PASSED;
		for (size_t k = 0; k < PAPER_GROUPS_MAX; k++)
			row->headings[k] = now[k];
	}
}

static bool stood_before(const struct paper_find *f, size_t at)
{
	for (size_t i = f->header + 1; i < at; i++)
		if (f->rows[i].kind == PAPER_OTHER && span_eq(f->rows[i].words, f->rows[at].words))
			return true;
	return false;
}

/* Lines of which nothing is known count if no header follows before the next row. */
static void note_left(struct paper *p, const struct paper_find *f, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (f->rows[i].kind != PAPER_OTHER || stood_before(f, i))
			continue;
		if (p->left < PAPER_LEFT_SHOWN)
			p->left_lines[p->left] = f->rows[i].line;
		p->left++;
	}
}

static void count_left(struct paper_find *f)
{
	size_t from = f->header + 1;

	for (size_t i = from; i < f->n; i++) {
		if (f->rows[i].kind == PAPER_ROW)
			note_left(f->out, f, from, i);
		if (f->rows[i].kind == PAPER_ROW || f->rows[i].kind == PAPER_HEADER)
			from = i + 1;
	}
	note_left(f->out, f, from, f->n);
}

/* ---- cells that stand only in the first of their rows ---- */

static void find_fill_down(struct paper_find *f)
{
	for (size_t i = 0; i < f->head->n && f->out->n_fill_down < PAPER_FILL_MAX; i++) {
		enum role r = role_of(f, i);
		size_t rows = 0, filled = 0;
		bool first = false;
		if (r != ROLE_WARD && r != ROLE_PLACE && r != ROLE_ROOM)
			continue;
		for (size_t k = f->header + 1; k < f->n; k++) {
			if (f->rows[k].kind != PAPER_ROW)
				continue;
			bool has = is_filled(&f->rows[k], i);
			first |= rows == 0 && has;
			rows++;
			filled += has;
		}
		if (first && rows > 3 && filled * 10 < rows * 7)
			f->out->fill_down[f->out->n_fill_down++] = i;
	}
}

bool paper_read(struct arena *a, struct paper_row *rows, size_t n, size_t header, bool is_fixed,
		struct paper *ret)
{
	struct paper_find f = {.a = a,
			       .rows = rows,
			       .n = n,
			       .header = header,
			       .is_fixed = is_fixed,
			       .head = &rows[header],
			       .out = ret};

	*ret = (struct paper){0};
	find_required(&f);
	if (!ret->n_required)
		return false;
	sort_lines(&f);
	find_fill_down(&f);
	if (!has_odd_lines(&f) && !ret->n_fill_down)
		return false;
	if (!has_ward_column(&f))
		find_headings(&f);
	order_groups(ret);
	find_passed(&f);
	apply(&f);
	count_left(&f);
	ret->is_used = true;
	return true;
}

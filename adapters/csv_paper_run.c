/* A line that is no row, and neither a heading nor to be passed over, waits for what comes: before
 * the next header it belongs to the turn of a page, before a row or the end it is a bad record
 * (unless it ended other pages too). One in which all is filled that a row needs, though not as in
 * a row, may be a bed: it does not wait, but for behind what says that the rows of a page have
 * ended.
 */
#include "adapters/csv_paper_run.h"

#include <string.h>

#define BETWEEN_PAGES "lines between the pages"
#define WAITING_MAX   64 /* lines at the turn of a page */

struct place {
	uint64_t line, offset;
	uint64_t hash; /* of its words, with all digits alike */
};

struct csv_paper_run {
	const struct csv_config *config;
	const struct csv_paper *paper;
	struct record_run *records;
	struct arena scratch;
	struct csv_words words;
	struct span line;
	struct buf headings[CSV_GROUPS_MAX];
	struct buf above[CSV_WANTED_MAX]; /* of columns that are filled down */
	struct place waiting[WAITING_MAX];
	size_t n_waiting;
	uint64_t turns[WAITING_MAX]; /* hashes of lines that stood between pages */
	size_t n_turns;
	bool has_ended; /* since the last row something came that is never between rows of a page */
};

struct csv_paper_run *csv_paper_run_new(const struct csv_config *config, struct record_run *records)
{
	struct csv_paper_run *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->config = config;
	p->paper = &config->paper;
	p->records = records;
	return p;
}

void csv_paper_run_free(struct csv_paper_run *p)
{
	if (!p)
		return;
	csv_words_done(&p->words);
	for (size_t i = 0; i < CSV_GROUPS_MAX; i++)
		buf_done(&p->headings[i]);
	for (size_t i = 0; i < CSV_WANTED_MAX; i++)
		buf_done(&p->above[i]);
	arena_done(&p->scratch);
	free(p);
}

void csv_paper_run_look(struct csv_paper_run *p, const struct csv_row *row, struct span line)
{
	p->line = line;
	if (line.p)
		csv_words_of_line(&p->words, line);
	else
		csv_words_of_row(&p->words, row);
}

/* ---- what a line is ---- */

static bool is_passed(struct csv_paper_run *p)
{
	bool is_rule = csv_paper_is_rule(buf_span(&p->words.text));

	if (!is_rule && !csv_paper_is_passed(p->paper, p->words.text.p))
		return false;
	run_out_note(
	    p->records->out,
	    is_rule ? "lines that are drawn" : "lines that the adapter's pass: passes over", 1);
	return true;
}

static bool take_heading(struct csv_paper_run *p, enum csv_heading_kind kind)
{
	struct span value;
	size_t group;

	if (!csv_paper_is_heading(p->paper, kind, &p->words, &group, &value))
		return false;
	buf_clear(&p->headings[group]);
	buf_add(&p->headings[group], value);
	run_out_note(p->records->out, "lines that are headings", 1);
	return true;
}

/* A heading, or one that is passed over. */
static bool is_dealt_with(struct csv_paper_run *p)
{
	return take_heading(p, HEADING_BY_TEXT) || is_passed(p) || take_heading(p, HEADING_OTHER);
}

/* Text runs over the column's beginning: a title, a sum, no row. */
static bool is_crossed(const struct csv_paper_run *p, struct span field)
{
	if (!p->line.p || !field.n || field.p <= p->line.p || field.p[0] == ' ')
		return false;
	return field.p[-1] != ' ' && field.p[-1] != '\f';
}

/* DOUBT: it may be a row all the same. */
enum fit { FITS, DOUBT, NO_FIT };

static bool crosses_any(const struct csv_paper_run *p, const struct csv_row *row,
			const size_t *columns)
{
	for (size_t i = 0; i < p->config->n_wanted; i++)
		if (columns[i] < row->n && is_crossed(p, row->fields[columns[i]]))
			return true;
	return false;
}

/* What has all that only a row has (a number where the bed stands) may be one, though text runs on
 * or its status is empty. Where nothing is asked of values but that they are there, most of them
 * must be, and a delimiter must say where. */
static enum fit fit_of(struct csv_paper_run *p, const struct csv_row *row, const size_t *columns)
{
	size_t n = p->paper->n_rows, filled = 0, fitting = 0, told = 0, told_fitting = 0;

	for (size_t i = 0; i < n; i++) {
		const struct csv_shape *shape = &p->paper->rows[i];
		size_t column = columns[shape->wanted];
		struct span field = column < row->n ? row->fields[column] : SPAN_NONE;
		bool is_told = strcmp(shape->glob, "*") != 0;
		bool fits = span_trim(field).n && csv_paper_fits(shape, field, &p->scratch);
		filled += span_trim(field).n > 0;
		fitting += fits;
		told += is_told;
		told_fitting += is_told && fits;
	}
	arena_reset(&p->scratch);
	bool is_crossed = crosses_any(p, row, columns);
	if (fitting == n && !is_crossed)
		return FITS;
	if (filled == n && !is_crossed)
		return DOUBT;
	bool is_doubtful = told ? told_fitting == told : !p->line.p && 2 * fitting > n;
	return is_doubtful ? DOUBT : NO_FIT;
}

static int tell_bad(struct csv_paper_run *p, uint64_t line, uint64_t offset, struct err *err)
{
	return record_run_bad(p->records, line, offset, "", "mixed", "bad_record",
			      "the line is no row (rows), no heading (groups) and none that is to "
			      "be passed over (pass)",
			      err);
}

static int tell_waiting(struct csv_paper_run *p, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->n_waiting; i++)
		r = tell_bad(p, p->waiting[i].line, p->waiting[i].offset, err);
	p->n_waiting = 0;
	return r;
}

static uint64_t hash_of(struct csv_paper_run *p)
{
	struct buf *b = &p->words.text;

	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] >= '0' && b->p[i] <= '9')
			b->p[i] = '0';
	return span_hash(buf_span(b));
}

static bool has_ended_pages(const struct csv_paper_run *p, uint64_t hash)
{
	for (size_t i = 0; i < p->n_turns; i++)
		if (p->turns[i] == hash)
			return true;
	return false;
}

static int wait_for_more(struct csv_paper_run *p, const struct csv_row *row, struct err *err)
{
	int r = p->n_waiting == WAITING_MAX || !p->config->finds_header ? tell_waiting(p, err) : 0;

	if (r == 0 && !p->config->finds_header)
		return tell_bad(p, row->line, row->offset, err);
	if (r == 0)
		p->waiting[p->n_waiting++] = (struct place){row->line, row->offset, hash_of(p)};
	return r;
}

static void keep_above(struct csv_paper_run *p, const struct csv_row *row, const size_t *columns)
{
	for (size_t i = 0; i < p->config->n_wanted; i++) {
		struct span field =
		    columns[i] < row->n ? span_trim(row->fields[columns[i]]) : SPAN_NONE;
		if (!p->config->wanted[i].fills_down || !field.n)
			continue;
		buf_clear(&p->above[i]);
		buf_add(&p->above[i], field);
	}
}

/* Without it the row would be another bed's. */
static bool lacks_heading(const struct csv_paper_run *p)
{
	for (size_t i = 0; i < p->config->n_wanted; i++) {
		const struct csv_wanted *w = &p->config->wanted[i];
		if (w->is_group && !p->headings[w->group].n)
			return true;
	}
	return false;
}

void csv_paper_run_title(struct csv_paper_run *p)
{
	(void)is_dealt_with(p);
}

void csv_paper_run_header(struct csv_paper_run *p)
{
	if (p->n_waiting)
		run_out_note(p->records->out, BETWEEN_PAGES, p->n_waiting);
	for (size_t i = 0; i < p->n_waiting; i++)
		if (p->n_turns < WAITING_MAX && !has_ended_pages(p, p->waiting[i].hash))
			p->turns[p->n_turns++] = p->waiting[i].hash;
	p->n_waiting = 0;
	p->has_ended = true;
}

int csv_paper_run_row(struct csv_paper_run *p, const struct csv_row *row, const size_t *columns,
		      bool *ret_is_row, struct err *err)
{
	enum fit fit = p->paper->n_rows ? fit_of(p, row, columns) : FITS;
	bool by_shape = p->paper->n_rows > 0;

	*ret_is_row = false;
	if ((!by_shape || fit != FITS) && is_dealt_with(p)) {
		p->has_ended = true;
		return 0;
	}
	if (fit == NO_FIT || (fit == DOUBT && p->has_ended))
		return wait_for_more(p, row, err);
	int r = tell_waiting(p, err);
	if (r < 0 || fit == DOUBT)
		return r < 0 ? r : tell_bad(p, row->line, row->offset, err);
	p->has_ended = false;
	if (lacks_heading(p))
		return record_run_bad(p->records, row->line, row->offset, "", "empty", "required",
				      "the row stands above the first heading (groups)", err);
	keep_above(p, row, columns);
	*ret_is_row = true;
	return 0;
}

int csv_paper_run_finish(struct csv_paper_run *p, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_waiting; i++) {
		if (!has_ended_pages(p, p->waiting[i].hash))
			p->waiting[n++] = p->waiting[i];
		else
			run_out_note(p->records->out, BETWEEN_PAGES, 1);
	}
	p->n_waiting = n;
	return tell_waiting(p, err);
}

struct span csv_paper_run_value(const struct csv_paper_run *p, size_t wanted, struct span field)
{
	const struct csv_wanted *w = &p->config->wanted[wanted];

	if (w->is_group)
		return p->headings[w->group].n ? buf_span(&p->headings[w->group]) : SPAN_NONE;
	if (w->fills_down && !span_trim(field).n)
		return p->above[wanted].n ? buf_span(&p->above[wanted]) : field;
	return field;
}

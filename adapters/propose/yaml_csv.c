/* `csv:` of a proposal: how the rows are written, and what of a list made for paper is a row. */
#include "adapters/propose/yaml.h"

bool yaml_is_plain(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < ' ' || strchr("{}\"\\", name.p[i]))
			return false;
	return name.n > 0 && name.n <= 64 && !span_ends(name, SPAN("?"));
}

static bool needs_places(const struct layout *l, const struct roles *r)
{
	const struct sample *s = &l->sample;

	for (size_t i = 0; i < s->n_columns; i++) {
		if (!yaml_is_used(r, i) || s->columns[i].is_heading)
			continue;
		if (!yaml_is_plain(s->columns[i].name))
			return true;
		for (size_t k = 0; k < s->n_columns; k++)
			if (k != i && span_eq(s->columns[k].name, s->columns[i].name))
				return true;
	}
	return false;
}

/* Names for columns that have none, by what they are. */
static void name_by_place(struct layout *l, const struct roles *r, struct arena *a)
{
	for (size_t i = 0; i < l->sample.n_columns; i++) {
		if (l->sample.columns[i].is_heading)
			continue;
		const char *what = i == r->ward		? "ward"
				   : i == r->care	? "care"
				   : i == r->status	? "status"
				   : i == r->previous	? "before"
				   : i == r->time	? "time"
				   : i == r->clock	? "clock"
				   : i == r->user	? "user"
				   : i == r->presence	? "resident"
				   : yaml_is_used(r, i) ? "bed"
							: "c";
		l->sample.columns[i].name = span_str(arena_printf(a, "%s%zu", what, i + 1));
	}
}

/* ---- lists made for paper ---- */

static bool is_required(const struct layout *l, size_t column)
{
	for (size_t i = 0; i < l->paper.n_required; i++)
		if (l->paper.required[i] == column)
			return true;
	return false;
}

static void add_rows(struct buf *b, const struct layout *l)
{
	buf_adds(b, "  # likely: a line is a row if these are filled, and so; what is none of the "
		    "lines below\n  # either is a bad record, unless a header follows\n  rows: {");
	for (size_t i = 0; i < l->paper.n_required; i++) {
		buf_adds(b, i ? ", " : "");
		yaml_quoted(b, l->sample.columns[l->paper.required[i]].name);
		buf_adds(b, ": ");
		yaml_quoted(b, span_str(l->paper.globs[i]));
	}
	buf_adds(b, "}\n");
}

static void add_groups(struct buf *b, const struct layout *l)
{
	for (size_t g = 0; g < l->paper.n_groups; g++) {
		size_t n = 0;
		buf_adds(b, g ? ""
			      : "  groups:  # likely: headings above the rows; {} is the value\n");
		buf_addf(b, "    %s: [", l->paper.groups[g]);
		for (size_t i = 0; i < l->paper.n_headings; i++) {
			if (l->paper.headings[i].group != g)
				continue;
			buf_adds(b, n++ ? ", " : "");
			yaml_quoted(b, span_str(l->paper.headings[i].pattern));
		}
		buf_adds(b, "]\n");
	}
}

static void add_paper(struct proposal *p, const struct layout *l)
{
	struct buf *b = &p->yaml;

	if (!l->paper.is_used)
		return;
	if (l->paper.n_required)
		add_rows(b, l);
	add_groups(b, l);
	for (size_t i = 0; i < l->paper.n_fill_down; i++) {
		buf_adds(b, i ? ", " : "  fill_down: [");
		yaml_quoted(b, l->sample.columns[l->paper.fill_down[i]].name);
	}
	if (l->paper.n_fill_down)
		buf_adds(b, "]  # likely: stands only in the first of its rows\n");
	for (size_t i = 0; i < l->paper.n_pass; i++) {
		buf_adds(b, i ? ", " : "  pass: [");
		yaml_quoted(b, span_str(l->paper.pass[i]));
	}
	if (l->paper.n_pass)
		buf_addf(b, "]  # likely: pages and sums, %zu lines\n", l->paper.passed);
}

/* Only what is read: of the rest nothing is looked at. */
static void add_places(struct proposal *p, const struct layout *l, const struct roles *r)
{
	bool finds = l->paper.is_used && !l->by_place;
	struct buf *b = &p->yaml;
	size_t n = 0;

	if (finds && l->paper.headers > 1)
		buf_addf(
		    b,
		    "csv:\n  header: find  # sure: its names are known, and it stands there %zu "
		    "times\n",
		    l->paper.headers);
	else if (finds)
		buf_adds(b, "csv:\n  header: find  # sure: its names are known; titles before it "
			    "are passed over\n");
	else
		buf_addf(b,
			 "csv:\n  header: false\n  skip_lines: %llu  # likely: lines before the "
			 "first row\n",
			 (unsigned long long)l->first_line - 1);
	if (l->comment)
		buf_addf(b, "  comment: \"%s\"  # sure: lines that begin with it\n", l->comment);
	buf_adds(b, "  columns: {");
	for (size_t i = 0; i < l->sample.n_columns; i++) {
		if ((!yaml_is_used(r, i) && !is_required(l, i)) || l->sample.columns[i].is_heading)
			continue;
		buf_adds(b, n++ ? ", " : "");
		yaml_quoted(b, l->sample.columns[i].name);
		buf_addf(b, ": %u-", l->places[i].from);
		if (l->places[i].to != CSV_PLACE_OPEN)
			buf_addf(b, "%u", l->places[i].to);
	}
	buf_addc(b, '}');
	yaml_why(p, "columns");
	add_paper(p, l);
}

static void add_csv(struct proposal *p, const struct layout *l)
{
	struct buf *b = &p->yaml;
	bool header = l->has_header && !l->by_place;
	uint64_t skip = header ? l->header_line - 1 : l->first_line - 1;

	buf_adds(b, "csv:\n  delimiter: ");
	if (l->delimiter == '\t')
		buf_adds(b, "tab");
	else
		yaml_quoted(b, span_of(&l->delimiter, 1));
	yaml_why(p, "delimiter");
	if (l->quote != '"') {
		buf_addf(b, "  quote: %s", l->quote ? "\"'\"" : "none");
		yaml_why(p, "quote");
	}
	/* There may be more lines before it tomorrow, and it may stand there once more. */
	bool finds = header && (skip || l->paper.headers > 1) && l->header_words >= 2;
	buf_addf(b, "  header: %s", finds ? "find" : header ? "true" : "false");
	yaml_why(p, "header");
	if (l->comment)
		buf_addf(b, "  comment: \"%s\"  # sure: lines that begin with it\n", l->comment);
	if (skip && !finds)
		buf_addf(b, "  skip_lines: %llu  # %s\n", (unsigned long long)skip,
			 header ? "likely: lines before the header"
				: "likely: lines before the first row");
	if (header) {
		add_paper(p, l);
		return;
	}
	buf_adds(b, "  columns: [");
	for (size_t i = 0; i < l->sample.n_columns - l->paper.n_groups; i++)
		buf_addf(b, "%s" SPAN_FMT, i ? ", " : "", SPAN_ARG(l->sample.columns[i].name));
	buf_adds(b, l->has_header
			? "]  # by their place: the header has a name twice, or none\n"
			: "]  # names made up here, by place and by what each seems to be\n");
	add_paper(p, l);
}

void yaml_csv_names(struct layout *l, const struct roles *r, struct arena *a)
{
	if (l->has_header && !needs_places(l, r))
		return;
	l->by_place = true;
	name_by_place(l, r, a);
}

void yaml_csv(struct proposal *p, const struct layout *l, const struct roles *r)
{
	if (l->places)
		add_places(p, l, r);
	else
		add_csv(p, l);
}

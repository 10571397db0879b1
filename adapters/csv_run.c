/* The CSV driver: bytes → text → rows → records. */
#include <stdio.h>

#include "adapters/charset.h"
#include "adapters/csv_config.h"
#include "adapters/csv_paper_run.h"
#include "adapters/csv_renamed.h"
#include "adapters/csv_sniff.h"
#include "adapters/record_run.h"
#include "adapters/value_class.h"

#define FALLBACK   "windows-1252" /* what is not UTF-8 and does not say what it is */
#define NO_COLUMN  SIZE_MAX
#define NAME_SHOWN 64	/* bytes of a column's name in messages */
#define TITLES_MAX 1000 /* rows before a header that is to be found */

struct csv_run {
	struct record_run records;
	const struct csv_config *config;
	struct charset *charset;
	struct csv *csv;	 /* NULL until text has come; */
	struct csv_lines *lines; /* or this one, for rows that it is not for */
	struct buf head;	 /* the text so far, while the delimiter is not known */
	struct arena arena;
	bool has_columns;	       /* the header was read, or there is none */
	uint64_t titles;	       /* rows before it */
	size_t width;		       /* columns; 0: any number */
	const struct span *names;      /* of the columns; NULL if they have none */
	size_t column[CSV_WANTED_MAX]; /* of each wanted one, or NO_COLUMN */
	const struct csv_row *row;
	bool is_utf8;		     /* all that was fed and not yet read */
	struct csv_paper_run *paper; /* NULL: the file is no list made for paper */
};

/* --- the columns --- */

/* A name as it may be shown: bounded, on one line. */
static const char *shown(struct csv_run *r, struct span name)
{
	size_t n = name.n < NAME_SHOWN ? name.n : NAME_SHOWN;

	while (n && n < name.n && ((unsigned char)name.p[n] & 0xC0) == 0x80)
		n--;
	if (!span_is_utf8(span_of(name.p, n), NULL))
		return "(not utf-8)";
	char *s = arena_strndup(&r->arena, name.p, n);
	for (char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return s;
}

static size_t find_column(const struct csv_run *r, struct span name)
{
	for (size_t i = 0; i < r->width; i++)
		if (span_eq(r->names[i], name))
			return i;
	return NO_COLUMN;
}

/* A header has most of the columns that the adapter reads, and no column is called by a number or a
 * date. Only then are its names shown: the first row of a file without a header holds values, and a
 * resident's name looks much like a column's. */
static bool is_header(const struct csv_run *r, size_t found)
{
	if (found == 0 || 2 * found < r->config->n_wanted)
		return false;
	for (size_t i = 0; i < r->width; i++) {
		const char *kind = value_class(r->names[i]);
		if (strcmp(kind, "digits") == 0 || strcmp(kind, "date-like") == 0)
			return false;
	}
	return true;
}

static bool is_read(const struct csv_run *r, size_t column)
{
	for (size_t w = 0; w < r->config->n_wanted; w++)
		if (r->column[w] == column)
			return true;
	return false;
}

static const char *near_name(struct csv_run *r, struct span wanted, bool shows)
{
	const char **names = arena_array(&r->arena, const char *, r->width + 1);
	size_t n = 0;

	for (size_t i = 0; i < r->width; i++) {
		if (span_eq_nocase(r->names[i], wanted))
			return shown(r, r->names[i]);
		if (shows && !is_read(r, i) && r->names[i].n && r->names[i].n <= NAME_SHOWN)
			names[n++] = shown(r, r->names[i]);
	}
	const char *near = conf_did_you_mean(wanted, names);
	return near ? near : csv_renamed(&r->arena, wanted, names);
}

/* The names that the adapter reads, or those that it does not: new ones, perhaps, or old ones by
 * another name. */
static void list_names(struct csv_run *r, bool read, const char *lead, struct buf *text)
{
	size_t listed = 0;

	for (size_t i = 0; i < r->width; i++) {
		if (!r->names[i].n || is_read(r, i) != read)
			continue;
		buf_addf(text, "%s \"%s\"", listed++ ? "," : lead, shown(r, r->names[i]));
	}
}

static int header_problem(struct csv_run *r, const struct csv_row *row, size_t missing,
			  size_t found, struct err *err)
{
	struct buf text = BUF_INIT;
	size_t listed = 0;
	bool shows = is_header(r, found);

	buf_addf(&text,
		 "line %llu: the header lacks %zu of the %zu columns that the adapter reads:",
		 (unsigned long long)row->line, missing, r->config->n_wanted);
	for (size_t i = 0; i < r->config->n_wanted; i++) {
		const struct csv_wanted *w = &r->config->wanted[i];
		if (r->column[i] != NO_COLUMN || w->optional || w->is_group)
			continue;
		const char *near = near_name(r, w->name, shows);
		buf_addf(&text, "%s \"%s\"%s%s%s", listed++ ? "," : "", shown(r, w->name),
			 near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	}
	if (shows) {
		list_names(r, true, "; it has", &text);
		list_names(r, false, "; the adapter does not read", &text);
	} else {
		buf_addf(&text, "; %s%zu of the %zu fields of its first row %s: is it a header?",
			 found ? "only " : "", found, r->width,
			 found == 1 ? "is one of them" : "are among them");
	}
	if (r->width == 1 && !found)
		buf_addf(&text, "; one column only: is the delimiter right?");
	int code = err_set(err, ERR_CONFLICT, "%s", text.p);
	buf_done(&text);
	return code;
}

static int check_twins(struct csv_run *r, const struct csv_row *row, size_t column, struct err *err)
{
	for (size_t i = column + 1; i < r->width; i++)
		if (span_eq(r->names[i], r->names[column]))
			return err_set(err, ERR_INVALID,
				       "line %llu: the header has the column \"%s\" twice, as "
				       "columns %zu and %zu",
				       (unsigned long long)row->line, shown(r, r->names[column]),
				       column + 1, i + 1);
	return 0;
}

/* Where the wanted columns are. */
static int place_columns(struct csv_run *r, const struct csv_row *row, struct err *err)
{
	size_t missing = 0, found = 0;

	for (size_t i = 0; i < r->config->n_wanted; i++) {
		const struct csv_wanted *w = &r->config->wanted[i];
		if (w->is_group)
			continue;
		r->column[i] = find_column(r, w->name);
		if (r->column[i] == NO_COLUMN && w->optional)
			r->column[i] = find_column(r, span_of(w->name.p, w->name.n - 1));
		if (r->column[i] == NO_COLUMN) {
			missing += !w->optional;
			continue;
		}
		found++;
		int code = check_twins(r, row, r->column[i], err);
		if (code < 0)
			return code;
	}
	return missing ? header_problem(r, row, missing, found, err) : 0;
}

static int read_header(struct csv_run *r, const struct csv_row *row, struct err *err)
{
	struct span *names = arena_array(&r->arena, struct span, row->n);

	for (size_t i = 0; i < row->n; i++)
		names[i] = arena_span(&r->arena, span_trim(row->fields[i]));
	r->names = names;
	r->width = row->n;
	r->has_columns = true;
	return place_columns(r, row, err);
}

/* Without a header: the names from the adapter, or numbers. */
static void take_columns(struct csv_run *r)
{
	const struct csv_config *c = r->config;

	r->has_columns = true;
	r->names = c->columns;
	r->width = c->n_columns;
	for (size_t i = 0; i < c->n_wanted; i++) {
		uint64_t n = 0;
		if (c->wanted[i].is_group)
			continue;
		if (c->columns)
			r->column[i] = find_column(r, c->wanted[i].name);
		else if (span_to_u64(c->wanted[i].name, &n))
			r->column[i] = (size_t)n - 1;
	}
}

static void note_unread(struct csv_run *r)
{
	for (size_t i = 0; r->names && i < r->width; i++)
		if (!is_read(r, i) && r->names[i].n)
			run_out_unread(r->records.out, UNREAD_COLUMN, shown(r, r->names[i]),
				       r->records.records);
}

/* --- the rows --- */

static struct span get(const struct record *record, const struct field_ref *ref,
		       _unused_ struct arena *scratch)
{
	const struct csv_run *r = record->data;
	size_t column = r->column[ref->index];

	return column < r->row->n ? r->row->fields[column] : SPAN_NONE;
}

static struct span get_of_paper(const struct record *record, const struct field_ref *ref,
				struct arena *scratch)
{
	const struct csv_run *r = record->data;

	return csv_paper_run_value(r->paper, ref->index, get(record, ref, scratch));
}

static const char *column_name(struct csv_run *r, size_t column)
{
	if (r->names && column < r->width)
		return shown(r, r->names[column]);
	return column == NO_COLUMN ? "" : arena_printf(&r->arena, "%zu", column + 1);
}

static int bad_row(struct csv_run *r, const struct csv_row *row, struct err *err)
{
	bool is_long = row->fault == CSV_RECORD_LONG || row->fault == CSV_FIELD_LONG ||
		       row->fault == CSV_TOO_MANY_FIELDS;
	bool whole = row->fault == CSV_RECORD_LONG || row->fault == CSV_NUL;

	return record_run_bad(&r->records, row->line, row->offset,
			      whole ? "" : column_name(r, row->field),
			      is_long ? "too long" : "mixed", is_long ? "too_long" : "bad_record",
			      csv_fault_text(row->fault), err);
}

static bool is_empty(const struct csv_row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (span_trim(row->fields[i]).n)
			return false;
	return true;
}

/* Fields behind the last column: none, or nothing in them (a delimiter at the line's end). */
static bool is_too_wide(const struct csv_run *r, const struct csv_row *row)
{
	for (size_t i = r->width; r->width && i < row->n; i++)
		if (span_trim(row->fields[i]).n)
			return true;
	return false;
}

/* "sep=;" is what a spreadsheet writes before the header. */
static bool is_separator_line(const struct csv_run *r, const struct csv_row *row)
{
	return !r->has_columns && row->line == 1 && row->n == 2 &&
	       span_eq_str(row->fields[0], "sep=") && !row->fields[1].n;
}

static bool has_name(const struct csv_row *row, struct span name)
{
	for (size_t i = 0; i < row->n; i++)
		if (span_eq(span_trim(row->fields[i]), name))
			return true;
	return false;
}

/* The names stand where their columns are. */
static bool is_header_by_place(const struct csv_run *r, const struct csv_row *row)
{
	for (size_t i = 0; i < r->config->n_columns; i++)
		if (!span_eq(span_trim(row->fields[i]), r->config->columns[i]))
			return false;
	return true;
}

/* Does the row name all columns that are read? */
static bool is_wanted_header(const struct csv_run *r, const struct csv_row *row)
{
	if (r->config->places)
		return is_header_by_place(r, row);
	for (size_t i = 0; i < r->config->n_wanted; i++) {
		const struct csv_wanted *w = &r->config->wanted[i];
		if (!w->optional && !w->is_group && !has_name(row, w->name))
			return false;
	}
	return true;
}

static int no_header(struct csv_run *r, struct err *err)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "none of the first %llu rows is a header with all columns that are read:",
		 (unsigned long long)r->titles);
	for (size_t i = 0, listed = 0; i < r->config->n_wanted; i++)
		if (!r->config->wanted[i].optional && !r->config->wanted[i].is_group)
			buf_addf(&text, "%s \"%s\"", listed++ ? "," : "",
				 shown(r, r->config->wanted[i].name));
	int code = err_set(err, ERR_CONFLICT, "%s", text.p);
	buf_done(&text);
	return code;
}

/* Titles, the date of the list, blank lines. */
static int pass_title(struct csv_run *r, struct err *err)
{
	r->titles++;
	return r->titles < TITLES_MAX ? 0 : no_header(r, err);
}

/* A list that is made for paper has its header on every page. */
static bool is_header_again(const struct csv_run *r, const struct csv_row *row)
{
	if (!r->config->finds_header || row->n != r->width)
		return false;
	for (size_t i = 0; i < row->n; i++)
		if (!span_eq(span_trim(row->fields[i]), r->names[i]))
			return false;
	return true;
}

/* As it stands in the file, where a line is a row. */
static struct span line_of(const struct csv_run *r)
{
	return r->config->places ? csv_lines_text(r->lines) : SPAN_NONE;
}

static int map_row(struct csv_run *r, const struct csv_row *row, struct err *err)
{
	struct record record = {.line = row->line,
				.offset = row->offset,
				.is_one_line = true,
				.is_utf8 = r->is_utf8 && !r->paper,
				.get = r->paper ? get_of_paper : get,
				.data = r};
	r->row = row;
	return record_run_map(&r->records, &record, err);
}

static int take_row(struct csv_run *r, const struct csv_row *row, struct err *err)
{
	bool is_row = true;
	int code = 0;

	if (is_separator_line(r, row))
		return 0;
	if (r->paper)
		csv_paper_run_look(r->paper, row, line_of(r));
	if (!r->has_columns && r->config->places && r->config->header && !r->config->finds_header) {
		take_columns(r); /* the places say it already */
		return 0;
	}
	if (!r->has_columns && r->config->finds_header && !is_wanted_header(r, row)) {
		if (r->paper)
			csv_paper_run_title(r->paper);
		return pass_title(r, err);
	}
	if (!r->has_columns && r->config->header && !r->config->places)
		return read_header(r, row, err);
	if (!r->has_columns) {
		take_columns(r);
		if (r->config->header)
			return 0;
	}
	if (is_header_again(r, row)) {
		run_out_note(r->records.out, "rows that are the header once more", 1);
		if (r->paper)
			csv_paper_run_header(r->paper);
		return 0;
	}
	if (row->n > 1 && is_empty(row)) {
		run_out_note(r->records.out, "rows with nothing in them", 1);
		return 0;
	}
	if (r->paper)
		code = csv_paper_run_row(r->paper, row, r->column, &is_row, err);
	if (code < 0 || !is_row)
		return code;
	if (is_too_wide(r, row))
		return record_run_bad(&r->records, row->line, row->offset, "", "mixed",
				      "bad_record",
				      "the row has more fields than there are columns; a delimiter "
				      "within a value must stand in quotes",
				      err);
	return map_row(r, row, err);
}

static int take_bad_row(struct csv_run *r, const struct csv_row *row, struct err *err)
{
	if (r->has_columns || !r->config->header)
		return bad_row(r, row, err);
	if (r->config->finds_header)
		return pass_title(r, err);
	return err_set(err, ERR_INVALID, "line %llu: the header cannot be read: %s",
		       (unsigned long long)row->line, csv_fault_text(row->fault));
}

/* --- the driver --- */

static void run_free(void *run)
{
	struct csv_run *r = run;

	csv_free(r->csv);
	csv_lines_free(r->lines);
	csv_paper_run_free(r->paper);
	buf_done(&r->head);
	charset_free(r->charset);
	record_run_done(&r->records);
	arena_done(&r->arena);
	free(r);
}
DEFINE_CLEANUP(void *, run_free)

static int run_new(const struct format_setup *setup, struct run_out *out, void **ret_run,
		   struct err *err)
{
	struct csv_run *r = calloc(1, sizeof(*r));
	_cleanup_(run_freep) void *guard = r;

	if (!r)
		abort();
	r->config = setup->config;
	record_run_init(&r->records, setup, out);
	if (r->config->is_paper)
		r->paper = csv_paper_run_new(r->config, &r->records);
	for (size_t i = 0; i < CSV_WANTED_MAX; i++)
		r->column[i] = NO_COLUMN;
	int code =
	    charset_new(setup->encoding, setup->encoding ? NULL : FALLBACK, &r->charset, err);
	if (code < 0)
		return code;
	*ret_run = TAKE_PTR(guard);
	return 0;
}

static int finish(struct csv_run *r, struct err *err)
{
	struct run_out *out = r->records.out;

	if (!r->has_columns && r->titles > 0)
		return no_header(r, err);
	int code = r->paper ? csv_paper_run_finish(r->paper, err) : 0;
	if (code < 0)
		return code;
	if (r->titles > 0)
		run_out_note(out, "rows before the header", r->titles);

	run_out_encoding(out, charset_name(r->charset));
	if (charset_is_guess(r->charset))
		run_out_note(out, "the file is not utf-8 and was read as " FALLBACK, 1);
	if (charset_is_overruled(r->charset))
		run_out_note(out,
			     "the file's byte order mark says another encoding than the adapter "
			     "and was followed",
			     1);
	note_unread(r);
	return 0;
}

/* The scanner is made when the first text is there, or, with the delimiter to be found, the first
 * row. False while more is needed. */
static bool start(struct csv_run *r, struct span *text, bool last)
{
	const struct csv_config *c = r->config;
	struct csv_options options = c->options;

	if (c->places || c->long_delimiter) {
		if (!text->n && !last)
			return false;
		const struct csv_lines_options lines = {c->places,	   c->n_columns,
							c->long_delimiter, options.quote,
							options.comment,   options.skip_lines};
		r->lines = csv_lines_new(&lines);
		csv_lines_count(r->lines, charset_mark(r->charset), false);
		return true;
	}
	if (r->config->find_delimiter) {
		buf_add(&r->head, *text);
		*text = buf_span(&r->head);
		if (!csv_sniff(*text, last, &options, &options.delimiter))
			return false;
	} else if (!text->n && !last) {
		return false;
	}
	r->csv = csv_new(&options);
	csv_count(r->csv, charset_mark(r->charset), false);
	return true;
}

/* Asked once of the text rather than of each field, which is cut off at ASCII. A sequence that the
 * piece's end cuts is in no row yet. A row that is longer than the pieces would be asked again with
 * each of them: then its fields are asked. */
static bool is_utf8(struct span unread, size_t fed, bool last)
{
	if (unread.n / 2 > fed)
		return false;
	return span_is_utf8(span_of(unread.p, last ? unread.n : span_utf8_whole(unread)), NULL);
}

/* What is unread then. */
static struct span feed_text(struct csv_run *r, struct span text, bool last)
{
	bool characters = charset_is_single_byte(r->charset);

	if (r->lines) {
		csv_lines_count(r->lines, 0, characters);
		csv_lines_feed(r->lines, text, last);
		return csv_lines_unread(r->lines);
	}
	csv_count(r->csv, 0, characters);
	csv_feed(r->csv, text, last);
	return csv_unread(r->csv);
}

static enum csv_step next_row(struct csv_run *r, struct csv_row *ret)
{
	return r->lines ? csv_lines_next(r->lines, ret) : csv_next(r->csv, ret);
}

static int run_feed(void *run, struct span bytes, bool last, struct err *err)
{
	struct csv_run *r = run;
	struct span text = charset_decode(r->charset, bytes, last);
	struct csv_row row;
	enum csv_step step;
	int code = 0;

	if (!r->csv && !r->lines && !start(r, &text, last))
		return 0;
	r->is_utf8 = is_utf8(feed_text(r, text, last), text.n, last);
	while (code == 0 && (step = next_row(r, &row)) != CSV_MORE)
		code = step == CSV_ROW ? take_row(r, &row, err) : take_bad_row(r, &row, err);
	return code == 0 && last ? finish(r, err) : code;
}

const struct format_ops csv_format = {
    .requires_status = true,
    .keys = csv_config_keys,
    .configure = csv_configure,
    .config_free = csv_config_free,
    .resolve = csv_resolve,
    .run_new = run_new,
    .run_feed = run_feed,
    .run_free = run_free,
};

#include "adapters/csv_lines.h"

#include "base/buf.h"

#define FORM_FEED '\f' /* before a page's first line, in what was meant for a printer */

struct csv_lines {
	struct csv_lines_options options;
	struct span delimiter, comment;
	struct buf in;
	size_t start, scanned; /* of the line that is being read; no line end before */
	bool last, after_cr, by_character;
	bool in_long_line; /* its start was given up */
	uint64_t line, offset, skip;
	struct span text; /* of the last row */
	struct span spans[CSV_COLUMNS_MAX];
};

struct csv_lines *csv_lines_new(const struct csv_lines_options *options)
{
	struct csv_lines *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->options = *options;
	c->delimiter = span_str(options->delimiter);
	c->comment = span_str(options->comment);
	c->skip = options->skip_lines;
	c->line = 1;
	return c;
}

void csv_lines_free(struct csv_lines *c)
{
	if (!c)
		return;
	buf_done(&c->in);
	free(c);
}

void csv_lines_count(struct csv_lines *c, uint64_t base, bool characters)
{
	c->offset += base;
	c->by_character = characters;
}

void csv_lines_feed(struct csv_lines *c, struct span bytes, bool last)
{
	if (c->start) {
		memmove(c->in.p, c->in.p + c->start, c->in.n - c->start);
		c->in.n -= c->start;
		c->scanned -= c->start;
		c->start = 0;
	}
	buf_add(&c->in, bytes);
	c->last = last;
}

struct span csv_lines_unread(const struct csv_lines *c)
{
	struct span in = buf_span(&c->in);

	return span_of(in.p + c->start, in.n - c->start);
}

/* --- lines --- */

static bool is_inner(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

static void advance(struct csv_lines *c, size_t to)
{
	uint64_t n = to - c->start;

	for (size_t i = c->start; c->by_character && i < to; i++)
		n -= is_inner(c->in.p[i]);
	c->offset += n;
	c->start = c->scanned = to;
}

/* The LF of a CRLF that two pieces parted. */
static void swallow_lf(struct csv_lines *c)
{
	if (!c->after_cr || c->start == c->in.n)
		return;
	if (c->in.p[c->start] == '\n')
		advance(c, c->start + 1);
	c->after_cr = false;
}

/* The next line; false if its end has not come. A line that is longer than a record is given up:
 * *ret_long, once. */
static bool take_line(struct csv_lines *c, struct span *ret, struct csv_row *ret_row,
		      bool *ret_long)
{
	swallow_lf(c);
	size_t at = c->scanned;
	while (at < c->in.n && c->in.p[at] != '\n' && c->in.p[at] != '\r')
		at++;
	c->scanned = at;
	*ret_row = (struct csv_row){.line = c->line, .offset = c->offset, .fields = c->spans};
	*ret_long = !c->in_long_line && at - c->start > CSV_RECORD_MAX;
	if (at == c->in.n && (!c->last || at == c->start)) {
		if (*ret_long || c->in_long_line)
			advance(c, at);
		c->in_long_line = c->in_long_line || *ret_long;
		return *ret_long;
	}
	*ret = c->in_long_line ? SPAN("") : span_of(c->in.p + c->start, at - c->start);
	c->in_long_line = false;
	bool ended = at < c->in.n;
	c->after_cr = ended && c->in.p[at] == '\r';
	advance(c, ended ? at + 1 : at);
	c->line++;
	return true;
}

/* --- fields --- */

/* The byte at which character n (0-based) begins, from the one at which character `of` does. */
static size_t byte_of(struct span line, size_t at, uint32_t of, uint32_t n)
{
	for (; of < n && at < line.n; of++)
		for (at++; at < line.n && is_inner(line.p[at]); at++)
			;
	return at;
}

static void cut_places(struct csv_lines *c, struct span line, struct csv_row *row)
{
	for (size_t i = 0; i < c->options.n_places; i++) {
		const struct csv_place *place = &c->options.places[i];
		size_t from = byte_of(line, 0, 0, place->from - 1), to = line.n;
		if (place->to != CSV_PLACE_OPEN)
			to = byte_of(line, from, place->from - 1, place->to);
		c->spans[i] = from < line.n ? span_of(line.p + from, to - from) : SPAN_NONE;
		if (c->spans[i].n > CSV_FIELD_MAX && row->fault == CSV_SOUND) {
			row->fault = CSV_FIELD_LONG;
			row->field = i;
		}
	}
	row->n = c->options.n_places;
}

static void fault(struct csv_row *row, enum csv_fault fault)
{
	if (row->fault == CSV_SOUND) {
		row->fault = fault;
		row->field = row->n;
	}
}

/* Of a field that begins with a quote: its text, with doubled quotes made single in place; *rest
 * then begins behind the closing one. */
static struct span take_quoted(const struct csv_lines *c, struct span *rest, struct csv_row *row)
{
	char *from = c->in.p + (rest->p - c->in.p) + 1,
	     *end = c->in.p + (rest->p - c->in.p) + rest->n;
	char *to = from, *start = from;

	for (; from < end; from++) {
		if (*from == c->options.quote) {
			if (from + 1 == end || from[1] != c->options.quote)
				break;
			from++;
		}
		*to++ = *from;
	}
	if (from == end)
		fault(row, CSV_QUOTE_OPEN);
	else
		from++;
	*rest = span_of(from, (size_t)(end - from));
	return span_of(start, (size_t)(to - start));
}

static struct span take_field(const struct csv_lines *c, struct span *rest, struct csv_row *row,
			      bool *ret_more)
{
	struct span field = span_trim(*rest);
	bool quoted = c->options.quote && field.n && field.p[0] == c->options.quote;

	if (quoted) {
		*rest = span_of(field.p, rest->n - (size_t)(field.p - rest->p));
		field = take_quoted(c, rest, row);
	}
	const char *at = memmem(rest->p, rest->n, c->delimiter.p, c->delimiter.n);
	size_t n = at ? (size_t)(at - rest->p) : rest->n;
	if (!quoted)
		field = span_of(rest->p, n);
	else if (span_trim(span_of(rest->p, n)).n)
		fault(row, CSV_QUOTE_INSIDE);
	*ret_more = at != NULL;
	*rest = at ? span_of(at + c->delimiter.n, rest->n - n - c->delimiter.n) : SPAN("");
	return field;
}

static void cut_delimited(struct csv_lines *c, struct span line, struct csv_row *row)
{
	bool more = true;

	while (more && row->n < CSV_COLUMNS_MAX) {
		struct span field = take_field(c, &line, row, &more);
		if (field.n > CSV_FIELD_MAX)
			fault(row, CSV_FIELD_LONG);
		c->spans[row->n++] = field;
	}
	if (more)
		fault(row, CSV_TOO_MANY_FIELDS);
}

struct span csv_lines_text(const struct csv_lines *c)
{
	return c->text;
}

enum csv_step csv_lines_next(struct csv_lines *c, struct csv_row *ret)
{
	struct span line;
	bool is_long;

	while (take_line(c, &line, ret, &is_long)) {
		if (is_long) {
			ret->fault = CSV_RECORD_LONG;
			return CSV_BAD;
		}
		if (c->skip) {
			c->skip--;
			continue;
		}
		if (line.n && line.p[0] == FORM_FEED)
			line = span_of(line.p + 1, line.n - 1);
		if (!span_trim(line).n || (c->comment.n && span_starts(line, c->comment)))
			continue;
		c->text = line;
		if (c->options.places)
			cut_places(c, line, ret);
		else
			cut_delimited(c, line, ret);
		if (memchr(line.p, '\0', line.n))
			fault(ret, CSV_NUL);
		return ret->fault == CSV_SOUND ? CSV_ROW : CSV_BAD;
	}
	return CSV_MORE;
}

/* The unread bytes, from the start of the row that is being read, lie in one buffer; a row is
 * scanned once, whatever the pieces, because the scanner keeps its place and its state between
 * them. Fields are kept as offsets from the row's start, so that the buffer may move. Doubled
 * quotes are taken out in place once the row is whole.
 *
 *     in.p   start            at                    in.n
 *      │ done │ row: fields … │ not yet scanned      │
 */
#include "adapters/csv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/buf.h"

enum scan_state {
	AT_ROW,	  /* nothing of the row read yet: a comment, an empty line? */
	AT_FIELD, /* spaces so far: will it be quoted? */
	IN_PLAIN,
	IN_QUOTED,
	AT_QUOTE,    /* behind a quote in a quoted field: doubled, or the end? */
	AFTER_QUOTE, /* behind a quoted field */
	SKIP_LINE,   /* to the end of the line, not a row */
};

struct field {
	uint32_t from, to; /* from the row's start */
	bool quoted, doubled;
};

struct csv {
	struct csv_options options;
	size_t n_comment;
	struct buf in;
	size_t start, at;
	bool last, saw_nul;
	/* the last line ended with CR at the end of the buffer: an LF belongs to it */
	bool after_cr;
	enum scan_state state;
	uint64_t skip;	       /* lines still to skip */
	uint64_t line, offset; /* of start */
	bool by_character;     /* offset counts characters */
	bool any_quoted;
	struct field field; /* being read */
	size_t n;
	enum csv_fault fault; /* of the row, one that does not stop it */
	size_t fault_field;
	struct field fields[CSV_COLUMNS_MAX];
	struct span spans[CSV_COLUMNS_MAX];
};

struct csv *csv_new(const struct csv_options *options)
{
	struct csv *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->options = *options;
	c->n_comment = options->comment ? strlen(options->comment) : 0;
	c->skip = options->skip_lines;
	c->state = c->skip ? SKIP_LINE : AT_ROW;
	c->line = 1;
	return c;
}

void csv_free(struct csv *c)
{
	if (!c)
		return;
	buf_done(&c->in);
	free(c);
}

void csv_feed(struct csv *c, struct span bytes, bool last)
{
	if (c->start) {
		memmove(c->in.p, c->in.p + c->start, c->in.n - c->start);
		c->in.n -= c->start;
		c->at -= c->start;
		c->start = 0;
	}
	c->saw_nul = c->saw_nul || (bytes.n && memchr(bytes.p, '\0', bytes.n));
	buf_add(&c->in, bytes);
	c->last = last;
}

struct span csv_unread(const struct csv *c)
{
	return span_of(c->in.p + c->start, c->in.n - c->start);
}

void csv_count(struct csv *c, uint64_t base, bool characters)
{
	c->offset += base;
	c->by_character = characters;
}

/* --- lines --- */

/* Line ends in a range; CRLF is one. */
static uint64_t count_lines(const char *p, size_t n)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < n; i++)
		if (p[i] == '\n' || (p[i] == '\r' && !(i + 1 < n && p[i + 1] == '\n')))
			lines++;
	return lines;
}

static uint64_t count_offset(const struct csv *c, size_t to)
{
	uint64_t n = to - c->start;

	for (size_t i = c->start; c->by_character && i < to; i++)
		n -= ((unsigned char)c->in.p[i] & 0xC0) == 0x80;
	return n;
}

/* What lies before `to` is done with. */
static void advance(struct csv *c, size_t to, uint64_t lines, uint64_t offset)
{
	c->offset += offset;
	c->line += lines;
	c->start = c->at = to;
	c->n = 0;
	c->any_quoted = false;
	c->fault = CSV_SOUND;
	c->state = AT_ROW;
}

/* Behind the line end at `at`. A CR at the very end of the buffer may have its LF in the next
 * piece. */
static size_t behind_line_end(struct csv *c, size_t at)
{
	if (c->in.p[at] == '\n')
		return at + 1;
	if (at + 1 == c->in.n)
		c->after_cr = true;
	return at + 1 < c->in.n && c->in.p[at + 1] == '\n' ? at + 2 : at + 1;
}

static size_t find_line_end(const struct csv *c, size_t at)
{
	while (at < c->in.n && c->in.p[at] != '\n' && c->in.p[at] != '\r')
		at++;
	return at;
}

/* To the first line end at or behind `from`; if it is not here yet,
 * what comes is skipped up to it. */
static void resume_behind_line(struct csv *c, size_t from)
{
	size_t end = find_line_end(c, from);

	if (end < c->in.n) {
		end = behind_line_end(c, end);
		advance(c, end, count_lines(c->in.p + c->start, end - c->start),
			count_offset(c, end));
		return;
	}
	advance(c, end, count_lines(c->in.p + c->start, end - c->start), count_offset(c, end));
	c->state = SKIP_LINE;
}

/* --- fields --- */

static bool is_stop(const struct csv *c, char b)
{
	return b == c->options.delimiter || b == '\n' || b == '\r';
}

/* The first delimiter or line end at or behind `at`. */
static size_t find_stop(const struct csv *c, size_t at)
{
	const char *p = c->in.p;
	size_t n = c->in.n;
	char delimiter = c->options.delimiter;

#ifdef __SSE2__
	const __m128i d = _mm_set1_epi8(delimiter), lf = _mm_set1_epi8('\n'),
		      cr = _mm_set1_epi8('\r');
	for (; n - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + at));
		__m128i hit =
		    _mm_or_si128(_mm_cmpeq_epi8(v, d),
				 _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));
		unsigned mask = (unsigned)_mm_movemask_epi8(hit);
		if (mask)
			return at + (size_t)__builtin_ctz(mask);
	}
#endif
	while (at < n && !is_stop(c, p[at]))
		at++;
	return at;
}

static void soft_fault(struct csv *c, enum csv_fault fault)
{
	if (c->fault == CSV_SOUND) {
		c->fault = fault;
		c->fault_field = c->n;
	}
}

/* The field ends before `to`; the next one starts at the scanner's place. */
static void end_field(struct csv *c, size_t to)
{
	c->field.to = (uint32_t)(to - c->start);
	if (c->field.to - c->field.from > CSV_FIELD_MAX)
		soft_fault(c, CSV_FIELD_LONG);
	if (c->n == CSV_COLUMNS_MAX) {
		soft_fault(c, CSV_TOO_MANY_FIELDS);
		return;
	}
	c->fields[c->n++] = c->field;
}

static void begin_field(struct csv *c)
{
	c->field = (struct field){.from = (uint32_t)(c->at - c->start)};
	c->state = AT_FIELD;
}

/* Spaces that may stand around a quoted field; a tab only if it does not part the fields. */
static bool is_padding(const struct csv *c, char b)
{
	return (b == ' ' || b == '\t') && b != c->options.delimiter;
}

static bool skip_padding(struct csv *c)
{
	while (c->at < c->in.n && is_padding(c, c->in.p[c->at]))
		c->at++;
	return c->at < c->in.n;
}

/* --- rows --- */

enum scan_result { SCAN_MORE, SCAN_ROW, SCAN_BROKEN };

/* At a delimiter, a line end or the end of the file: the field's end.
 * True if the row ends with it. */
static bool end_field_here(struct csv *c, size_t to)
{
	end_field(c, to);
	if (c->at < c->in.n && c->in.p[c->at] == c->options.delimiter) {
		c->at++;
		begin_field(c);
		return false;
	}
	return true;
}

static enum scan_result broken(struct csv *c, enum csv_fault fault)
{
	c->fault = fault;
	c->fault_field = c->n;
	return SCAN_BROKEN;
}

/* Asked wherever the place has moved, so that the verdict does not depend
 * on where the pieces end. */
static bool is_long(const struct csv *c)
{
	return c->at - c->start > CSV_RECORD_MAX;
}

static void open_field(struct csv *c)
{
	if (c->at >= c->in.n || !c->options.quote || c->in.p[c->at] != c->options.quote) {
		c->state = IN_PLAIN;
		return;
	}
	c->at++;
	c->field = (struct field){.from = (uint32_t)(c->at - c->start), .quoted = true};
	c->any_quoted = true;
	c->state = IN_QUOTED;
}

static enum scan_result scan(struct csv *c)
{
	for (;;) {
		switch (c->state) {
		case AT_FIELD:
			if (!skip_padding(c) && !c->last && !is_long(c))
				return SCAN_MORE;
			if (is_long(c))
				return broken(c, CSV_RECORD_LONG);
			open_field(c);
			break;
		case IN_PLAIN:
			c->at = find_stop(c, c->at);
			if (is_long(c))
				return broken(c, CSV_RECORD_LONG);
			if (c->at == c->in.n && !c->last)
				return SCAN_MORE;
			if (end_field_here(c, c->at))
				return SCAN_ROW;
			break;
		case IN_QUOTED: {
			const char *p = memchr(c->in.p + c->at, c->options.quote, c->in.n - c->at);
			c->at = p ? (size_t)(p - c->in.p) + 1 : c->in.n;
			if (is_long(c) || (!p && c->last))
				return broken(c, CSV_QUOTE_OPEN);
			if (!p)
				return SCAN_MORE;
			c->state = AT_QUOTE;
			break;
		}
		case AT_QUOTE:
			if (c->at == c->in.n && !c->last)
				return SCAN_MORE;
			if (c->at < c->in.n && c->in.p[c->at] == c->options.quote) {
				c->field.doubled = true;
				c->at++;
				c->state = IN_QUOTED;
				break;
			}
			c->field.to = (uint32_t)(c->at - 1 - c->start);
			c->state = AFTER_QUOTE;
			break;
		case AFTER_QUOTE:
			if (!skip_padding(c) && !c->last && !is_long(c))
				return SCAN_MORE;
			if (is_long(c))
				return broken(c, CSV_RECORD_LONG);
			if (c->at < c->in.n && !is_stop(c, c->in.p[c->at]))
				return broken(c, CSV_QUOTE_INSIDE);
			if (end_field_here(c, c->start + c->field.to))
				return SCAN_ROW;
			break;
		case AT_ROW:
		case SKIP_LINE:
		default: return SCAN_MORE;
		}
	}
}

/* The line is not a row: false until its end has come. */
static bool skip_line(struct csv *c)
{
	size_t end = find_line_end(c, c->at);

	if (end == c->in.n) {
		advance(c, end, 0, count_offset(c, end));
		c->state = SKIP_LINE;
		return false;
	}
	end = behind_line_end(c, end);
	advance(c, end, 1, count_offset(c, end));
	if (c->skip && --c->skip)
		c->state = SKIP_LINE;
	return true;
}

/* The LF of a CRLF that two pieces parted; it was counted with its CR. */
static void swallow_lf(struct csv *c)
{
	if (!c->after_cr || c->at == c->in.n)
		return;
	if (c->in.p[c->at] == '\n') {
		c->offset++;
		c->start = ++c->at;
	}
	c->after_cr = false;
}

/* The first bytes of a row: true if it can be scanned. */
static bool begin_row(struct csv *c)
{
	if (c->at == c->in.n)
		return false;
	struct span rest = span_of(c->in.p + c->at, c->in.n - c->at);
	if (c->n_comment) {
		if (rest.n < c->n_comment && !c->last)
			return false;
		if (span_starts(rest, span_of(c->options.comment, c->n_comment))) {
			c->state = SKIP_LINE;
			return true;
		}
	}
	begin_field(c);
	return true;
}

static struct span undouble(const struct csv *c, struct field f)
{
	char *from = c->in.p + c->start + f.from, *end = c->in.p + c->start + f.to, *to = from;
	char *start = from;

	while (from < end) {
		*to++ = *from;
		from += *from == c->options.quote ? 2 : 1;
	}
	return span_of(start, (size_t)(to - start));
}

static bool is_blank(const struct csv *c)
{
	return c->n == 1 && !c->fields[0].quoted &&
	       span_trim(span_of(c->in.p + c->start + c->fields[0].from,
				 c->fields[0].to - c->fields[0].from))
		       .n == 0;
}

static enum csv_step give_row(struct csv *c, struct csv_row *ret)
{
	if (c->saw_nul && memchr(c->in.p + c->start, '\0', c->at - c->start))
		soft_fault(c, CSV_NUL);
	ret->fault = c->fault;
	ret->field = c->fault_field;
	ret->n = c->n;
	ret->fields = c->spans;
	for (size_t i = 0; i < c->n; i++) {
		struct field f = c->fields[i];
		c->spans[i] = f.doubled ? undouble(c, f)
					: span_of(c->in.p + c->start + f.from, f.to - f.from);
	}
	return ret->fault == CSV_SOUND ? CSV_ROW : CSV_BAD;
}

enum csv_step csv_next(struct csv *c, struct csv_row *ret)
{
	for (;;) {
		swallow_lf(c);
		if (c->state == SKIP_LINE && !skip_line(c))
			return CSV_MORE;
		if (c->state == AT_ROW && !begin_row(c))
			return CSV_MORE;
		if (c->state == AT_ROW || c->state == SKIP_LINE)
			continue;
		enum scan_result r = scan(c);
		if (r == SCAN_MORE)
			return CSV_MORE;
		*ret = (struct csv_row){.line = c->line, .offset = c->offset};
		if (r == SCAN_BROKEN) {
			ret->fault = c->fault;
			ret->field = c->fault_field;
			resume_behind_line(c, c->start + c->field.from);
			return CSV_BAD;
		}
		bool blank = is_blank(c);
		size_t end = c->at < c->in.n ? behind_line_end(c, c->at) : c->at;
		uint64_t lines =
		    c->any_quoted ? count_lines(c->in.p + c->start, end - c->start) : 1;
		uint64_t offset = count_offset(c, end);
		enum csv_step step =
		    give_row(c, ret); /* takes doubled quotes out: counted before */
		advance(c, end, lines,
			offset); /* the fields stay readable: the buffer does not move */
		if (!blank || step == CSV_BAD)
			return step;
	}
}

const char *csv_fault_text(enum csv_fault fault)
{
	switch (fault) {
	case CSV_SOUND: return "nothing is wrong";
	case CSV_QUOTE_OPEN: return "a quote is opened and never closed";
	case CSV_QUOTE_INSIDE:
		return "text follows the closing quote of a field; a quote within a quoted field "
		       "is written twice";
	case CSV_RECORD_LONG: return "the row is longer than 1 MiB";
	case CSV_FIELD_LONG: return "a field is longer than 64 KiB";
	case CSV_TOO_MANY_FIELDS: return "the row has more than 4096 fields";
	case CSV_NUL:
		return "the row holds a NUL byte; is the file's encoding what the adapter says?";
	}
	return "";
}

/* Line by line: what a line begins with decides whether it ends the record before it. A piece is
 * taken in slices so that a file fed whole is not copied whole, and what is finished is dropped
 * after each slice. */
#include "adapters/hl7_stream.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "adapters/hl7_scan.h"

#define SLICE	   ((size_t)64 << 10)
#define CTRL_Z	   0x1A /* DOS's end of file */
#define KNOWN_FROM 4	/* characters that say what a line is */

enum line_kind { LINE_BLANK, LINE_OTHER, LINE_MSH, LINE_FHS, LINE_BHS, LINE_BTS, LINE_FTS };

void hl7_stream_init(struct hl7_stream *s, struct hl7_item_sink sink)
{
	*s = (struct hl7_stream){.sink = sink, .line = 1};
}

void hl7_stream_done(struct hl7_stream *s)
{
	if (s)
		buf_done(&s->pending);
}

/* What may stand before a segment: white space, MLLP's block start, NUL and Ctrl-Z padding, a byte
 * order mark. */
static struct span skip_lead(struct span line)
{
	while (line.n) {
		unsigned char c = (unsigned char)line.p[0];
		size_t n = 0;
		if (c <= ' ' || c == CTRL_Z)
			n = 1;
		else if (span_starts(line, SPAN("\xEF\xBB\xBF")))
			n = 3;
		if (n == 0)
			break;
		line = span_of(line.p + n, line.n - n);
	}
	return line;
}

static bool begins(struct span line, const char *id)
{
	if (line.n < 3 || strncasecmp(line.p, id, 3) != 0)
		return false;
	unsigned char next = line.n > 3 ? (unsigned char)line.p[3] : '|';
	return next > ' ' && next < 0x7F && !isalnum(next);
}

static enum line_kind classify(struct span text)
{
	static const struct {
		const char *id;
		enum line_kind kind;
	} starts[] = {{"MSH", LINE_MSH},
		      {"FHS", LINE_FHS},
		      {"BHS", LINE_BHS},
		      {"BTS", LINE_BTS},
		      {"FTS", LINE_FTS}};
	if (text.n == 0)
		return LINE_BLANK;
	if (!strchr("MFBmfb", text.p[0]))
		return LINE_OTHER;
	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (begins(text, starts[i].id))
			return starts[i].kind;
	return LINE_OTHER;
}

static int give(struct hl7_stream *s, const struct hl7_item *item, struct err *err)
{
	return s->sink.item(s->sink.ctx, item, err);
}

static int give_record(struct hl7_stream *s, enum hl7_item_kind kind, struct span bytes,
		       struct err *err)
{
	return give(
	    s,
	    &(struct hl7_item){
		.kind = kind, .bytes = bytes, .line = s->record_line, .offset = s->record_offset},
	    err);
}

/* The record that is open, if any, ends here. */
static int finish(struct hl7_stream *s, struct err *err)
{
	enum hl7_stream_state state = s->state;
	s->state = HL7_BETWEEN;
	if (state == HL7_IN_STRAY)
		return give_record(s, HL7_ITEM_STRAY, SPAN_NONE, err);
	if (state != HL7_IN_MESSAGE)
		return 0;
	struct span bytes =
	    span_of(s->pending.p + s->record_start, s->record_end - s->record_start);
	if (bytes.n > ADAPTER_RECORD_MAX)
		return give_record(s, HL7_ITEM_TOO_LONG, SPAN_NONE, err);
	return give_record(s, HL7_ITEM_MESSAGE, bytes, err);
}

static void begin(struct hl7_stream *s, enum hl7_stream_state state, size_t at)
{
	s->state = state;
	s->record_start = at;
	s->record_line = s->line;
	s->record_offset = s->base + at;
	if (state == HL7_IN_MESSAGE) {
		s->n_messages++;
		s->envelope.messages++;
	} else {
		s->n_stray++;
	}
}

/* An envelope segment, whose first field may be a count. */
static int take_envelope(struct hl7_stream *s, enum hl7_envelope_segment segment, struct span text,
			 size_t at, struct err *err)
{
	struct span count = SPAN_NONE;
	if (text.n > KNOWN_FROM) {
		struct span rest = span_of(text.p + KNOWN_FROM, text.n - KNOWN_FROM);
		(void)span_cut(&rest, text.p[3], &count);
	}
	return hl7_envelope_take(&s->envelope, &s->sink, segment, count, s->line, s->base + at,
				 err);
}

/* A whole line, or (more to come) the start of one that is let go. at: where its text stands in
 * pending. */
static int take_line(struct hl7_stream *s, struct span text, size_t at, struct err *err)
{
	enum line_kind kind = classify(text);
	if (kind == LINE_BLANK)
		return 0;
	int r = kind == LINE_OTHER ? 0 : finish(s, err);
	if (r < 0)
		return r;
	switch (kind) {
	case LINE_BLANK: break;
	case LINE_MSH: begin(s, HL7_IN_MESSAGE, at); break;
	case LINE_FHS: return take_envelope(s, HL7_FHS, text, at, err);
	case LINE_BHS: return take_envelope(s, HL7_BHS, text, at, err);
	case LINE_BTS: return take_envelope(s, HL7_BTS, text, at, err);
	case LINE_FTS: return take_envelope(s, HL7_FTS, text, at, err);
	case LINE_OTHER:
		if (s->state == HL7_BETWEEN)
			begin(s, HL7_IN_STRAY, at);
		break;
	}
	if (s->state == HL7_IN_MESSAGE)
		s->record_end = at + text.n;
	return 0;
}

static int end_line(struct hl7_stream *s, size_t to, char end, struct err *err)
{
	int r = 0;
	if (s->in_long_line) {
		s->in_long_line = false;
	} else {
		struct span text =
		    skip_lead(span_of(s->pending.p + s->line_start, to - s->line_start));
		r = take_line(s, text, (size_t)(text.p - s->pending.p), err);
	}
	if (r >= 0 && end == HL7_BLOCK_END)
		r = finish(s, err);
	return r;
}

/* What is kept must not grow beyond a record: of a line without an end its start says what it is,
 * the rest is let go. */
static int let_go(struct hl7_stream *s, struct err *err)
{
	size_t keep = s->state == HL7_IN_MESSAGE ? s->record_start : s->line_start;
	if (s->pending.n - keep <= ADAPTER_RECORD_MAX)
		return 0;
	if (!s->in_long_line) {
		struct span text =
		    skip_lead(span_of(s->pending.p + s->line_start, s->pending.n - s->line_start));
		if (s->state == HL7_IN_MESSAGE && classify(text) > LINE_OTHER) {
			int r = finish(s, err); /* the message before it was short enough */
			if (r < 0 || s->pending.n - s->line_start <= ADAPTER_RECORD_MAX)
				return r;
		}
		int r = take_line(s, text, (size_t)(text.p - s->pending.p), err);
		if (r < 0)
			return r;
	}
	s->in_long_line = true;
	s->line_start = s->scanned = s->pending.n;
	if (s->state != HL7_IN_MESSAGE)
		return 0;
	s->state = HL7_SKIPPING;
	return give_record(s, HL7_ITEM_TOO_LONG, SPAN_NONE, err);
}

static void drop_finished(struct hl7_stream *s)
{
	size_t keep = s->state == HL7_IN_MESSAGE ? s->record_start : s->line_start;
	if (keep == 0)
		return;
	memmove(s->pending.p, s->pending.p + keep, s->pending.n - keep);
	s->pending.n -= keep;
	s->base += keep;
	s->line_start -= keep;
	s->scanned -= keep;
	if (s->state == HL7_IN_MESSAGE) {
		s->record_end -= keep;
		s->record_start = 0;
	}
}

static int scan(struct hl7_stream *s, struct err *err)
{
	const char *end = s->pending.p + s->pending.n;
	for (;;) {
		const char *at = hl7_scan_line_end(s->pending.p + s->scanned, end);
		s->scanned = (size_t)(at - s->pending.p);
		if (at == end)
			return 0;
		bool of_cr = *at == '\n' && s->after_cr && s->scanned == s->line_start;
		int r = of_cr ? 0 : end_line(s, s->scanned, *at, err);
		if (r < 0)
			return r;
		s->line += !of_cr && *at != HL7_BLOCK_END;
		s->after_cr = *at == '\r';
		s->line_start = ++s->scanned;
	}
}

static int feed_slice(struct hl7_stream *s, struct span slice, struct err *err)
{
	buf_add(&s->pending, slice);
	int r = scan(s, err);
	if (r >= 0)
		r = let_go(s, err);
	if (r >= 0)
		drop_finished(s);
	return r;
}

static int end_file(struct hl7_stream *s, struct err *err)
{
	int r = 0;
	if (s->pending.n > s->line_start)
		r = end_line(s, s->pending.n, '\n', err);
	if (r >= 0)
		r = finish(s, err);
	return r < 0 ? r : hl7_envelope_end(&s->envelope, &s->sink, err);
}

int hl7_stream_feed(struct hl7_stream *s, struct span bytes, bool last, struct err *err)
{
	while (bytes.n) {
		size_t n = bytes.n < SLICE ? bytes.n : SLICE;
		int r = feed_slice(s, span_of(bytes.p, n), err);
		if (r < 0)
			return r;
		bytes = span_of(bytes.p + n, bytes.n - n);
	}
	return last ? end_file(s, err) : 0;
}

/* Line by line: what a line begins with decides whether it ends the record before it. A piece is
 * taken in slices, and what is finished is dropped after each of them. Only what is left at the end
 * of a piece is copied, to stand before the next one. */
#include "adapters/hl7_stream.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "adapters/hl7_scan.h"

#define SLICE	   ((size_t)64 << 10)
#define SLICE_COPY ((size_t)4 << 10) /* until what is left stands in the caller's bytes whole */
#define CTRL_Z	   0x1A		     /* DOS's end of file */
#define KNOWN_FROM 4		     /* characters that say what a line is */

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
	char first = (char)(text.p[0] & ~0x20); /* M, F or B, of either case */
	if (first != 'M' && first != 'F' && first != 'B')
		return LINE_OTHER;
	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (first == starts[i].id[0] && begins(text, starts[i].id))
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
	struct span bytes = span_of(s->view.p + s->record_start, s->record_end - s->record_start);
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
 * the view. */
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
		    skip_lead(span_of(s->view.p + s->line_start, to - s->line_start));
		r = take_line(s, text, (size_t)(text.p - s->view.p), err);
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
	if (s->view.n - keep <= ADAPTER_RECORD_MAX)
		return 0;
	if (!s->in_long_line) {
		struct span text =
		    skip_lead(span_of(s->view.p + s->line_start, s->view.n - s->line_start));
		if (s->state == HL7_IN_MESSAGE && classify(text) > LINE_OTHER) {
			int r = finish(s, err); /* the message before it was short enough */
			if (r < 0 || s->view.n - s->line_start <= ADAPTER_RECORD_MAX)
				return r;
		}
		int r = take_line(s, text, (size_t)(text.p - s->view.p), err);
		if (r < 0)
			return r;
	}
	s->in_long_line = true;
	s->line_start = s->scanned = s->view.n;
	if (s->state != HL7_IN_MESSAGE)
		return 0;
	s->state = HL7_SKIPPING;
	return give_record(s, HL7_ITEM_TOO_LONG, SPAN_NONE, err);
}

/* The caller's bytes are there for one call only. */
static void keep_view(struct hl7_stream *s)
{
	if (s->pending.p && s->view.p >= s->pending.p && s->view.p < s->pending.p + s->pending.n) {
		if (s->view.p > s->pending.p)
			memmove(s->pending.p, s->view.p, s->view.n);
		s->pending.n = s->view.n;
	} else {
		buf_clear(&s->pending);
		buf_add(&s->pending, s->view);
	}
	s->view = buf_span(&s->pending);
}

static void drop_finished(struct hl7_stream *s)
{
	size_t keep = s->state == HL7_IN_MESSAGE ? s->record_start : s->line_start;
	if (keep == 0)
		return;
	s->view = span_of(s->view.p + keep, s->view.n - keep);
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
	const char *end = s->view.p + s->view.n;
	for (;;) {
		const char *at = hl7_scan_line_end(s->view.p + s->scanned, end);
		s->scanned = (size_t)(at - s->view.p);
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

static bool stands_before(const struct hl7_stream *s, struct span bytes)
{
	return s->view.n == 0 || s->view.p + s->view.n == bytes.p;
}

/* What is left of earlier bytes and the next slice as one text. Where the first stands just before
 * the second nothing needs to be copied. */
static void extend_view(struct hl7_stream *s, struct span slice)
{
	if (stands_before(s, slice)) {
		s->view = span_of(s->view.n ? s->view.p : slice.p, s->view.n + slice.n);
	} else {
		keep_view(s);
		buf_add(&s->pending, slice);
		s->view = buf_span(&s->pending);
	}
}

/* What is left of a slice that was copied behind other bytes, as it stands in the slice. */
static void leave_copy(struct hl7_stream *s, struct span slice)
{
	if (s->view.n <= slice.n)
		s->view = span_of(slice.p + slice.n - s->view.n, s->view.n);
}

static int feed_slice(struct hl7_stream *s, struct span slice, struct err *err)
{
	extend_view(s, slice);
	int r = scan(s, err);
	if (r >= 0)
		r = let_go(s, err);
	if (r >= 0)
		drop_finished(s);
	leave_copy(s, slice);
	return r;
}

static int end_file(struct hl7_stream *s, struct err *err)
{
	int r = 0;
	if (s->view.n > s->line_start)
		r = end_line(s, s->view.n, '\n', err);
	if (r >= 0)
		r = finish(s, err);
	return r < 0 ? r : hl7_envelope_end(&s->envelope, &s->sink, err);
}

int hl7_stream_feed(struct hl7_stream *s, struct span bytes, bool last, struct err *err)
{
	while (bytes.n) {
		size_t most = stands_before(s, bytes) ? SLICE : SLICE_COPY,
		       n = bytes.n < most ? bytes.n : most;
		int r = feed_slice(s, span_of(bytes.p, n), err);
		if (r < 0)
			return r;
		bytes = span_of(bytes.p + n, bytes.n - n);
	}
	if (last)
		return end_file(s, err);
	keep_view(s);
	return 0;
}

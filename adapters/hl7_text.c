/* Segments are indexed at once, fields when asked for: of a message's twenty segments an ADT
 * reading asks for four, and of their fields for a dozen. */
#include "adapters/hl7_text.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "adapters/hl7_scan.h"

#define SEGMENT_ID_CHARS 3
#define BLOCK		 ((size_t)HL7_SCAN_STEPS * HL7_SCAN_STEP) /* as many bytes as a word has bits */

static bool is_id_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char upper(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	return c;
}

static bool is_delimiter(char c)
{
	unsigned char u = (unsigned char)c;
	return u > 0x20 && u < 0x7F && !is_id_char(c) && c != '"';
}

/* MSH-2. Some exports were printed by a program that doubled the backslash: ^~\\& can only mean
 * ^~\&. */
static int read_encoding(struct hl7_delimiters *d, struct span chars, struct err *err)
{
	char c[6] = {0};
	if (chars.n == 0)
		return err_set(err, ERR_INVALID,
			       "MSH-2 is empty: without delimiters the message cannot be read");
	if (chars.n > 5)
		return err_set(err, ERR_INVALID,
			       "MSH-2 has %zu characters; it should have four, as in ^~\\&",
			       chars.n);
	memcpy(c, chars.p, chars.n);
	if (chars.n == 5 && c[2] == c[3]) {
		c[3] = c[4];
		c[4] = 0;
	}
	for (size_t i = 0; c[i]; i++) {
		if (!is_delimiter(c[i]) || c[i] == d->field || memchr(c, c[i], i))
			return err_set(
			    err, ERR_INVALID,
			    "MSH-2's character %zu cannot be a delimiter: it is a letter, digit, "
			    "space or quote, or used twice",
			    i + 1);
	}
	d->component = c[0];
	d->repetition = c[1];
	d->escape = c[2];
	d->subcomponent = c[3];
	d->truncation = c[4];
	return 0;
}

static bool has_escape(const struct hl7_delimiters *d, const char *from, const char *end)
{
	return d->escape && memchr(from, d->escape, (size_t)(end - from));
}

static int read_delimiters(struct hl7_message *m, struct span bytes, struct err *err)
{
	struct hl7_delimiters *d = &m->delimiters;
	*d = (struct hl7_delimiters){0};
	if (bytes.n < SEGMENT_ID_CHARS || upper(bytes.p[0]) != 'M' || upper(bytes.p[1]) != 'S' ||
	    upper(bytes.p[2]) != 'H')
		return err_set(err, ERR_INVALID, "the message does not begin with MSH");
	if (bytes.n == SEGMENT_ID_CHARS || !is_delimiter(bytes.p[3]))
		return err_set(err, ERR_INVALID,
			       "MSH-1 is missing: after MSH the field separator should stand");
	d->field = bytes.p[3];
	const char *from = bytes.p + 4;
	const char *line_end = hl7_scan_line_end(from, bytes.p + bytes.n);
	const char *to = memchr(from, d->field, (size_t)(line_end - from));
	if (!to)
		to = line_end;
	int r = read_encoding(d, span_of(from, (size_t)(to - from)), err);
	m->has_escape = r >= 0 && has_escape(d, to, bytes.p + bytes.n);
	return r;
}

static void *grow(void *p, size_t *cap, size_t item, size_t first)
{
	*cap = *cap ? *cap * 2 : first;
	p = reallocarray(p, *cap, item);
	if (!p)
		abort();
	return p;
}

static int add_segment(struct hl7_message *m, const char *from, const char *to, struct err *err)
{
	if (m->n_segments == HL7_SEGMENTS_MAX)
		return err_set(err, ERR_LIMIT, "the message has more than %d segments",
			       HL7_SEGMENTS_MAX);
	if (m->n_segments == m->segments_cap)
		m->segments = grow(m->segments, &m->segments_cap, sizeof(*m->segments), 64);
	struct hl7_segment *s = &m->segments[m->n_segments++];
	*s = (struct hl7_segment){
	    .id = {upper(from[0]), upper(from[1]), upper(from[2])},
	    .start = (uint32_t)(from - m->bytes.p),
	    .length = (uint32_t)(to - from),
	};
	return 0;
}

static bool looks_like_segment(const struct hl7_message *m, const char *from, const char *to)
{
	return to - from >= SEGMENT_ID_CHARS && is_id_char(from[0]) &&
	       !isdigit((unsigned char)from[0]) && is_id_char(from[1]) && is_id_char(from[2]) &&
	       (to - from == SEGMENT_ID_CHARS || from[3] == m->delimiters.field);
}

static int add_line(struct hl7_message *m, const char *from, const char *to, struct err *err)
{
	const char *text = from;
	while (text < to && ((unsigned char)*text <= ' '))
		text++;
	if (text == to)
		return 0;
	if (looks_like_segment(m, text, to))
		return add_segment(m, text, to, err);
	struct hl7_segment *last = &m->segments[m->n_segments - 1];
	last->length = (uint32_t)(to - m->bytes.p) - last->start;
	m->joined_lines++;
	return 0;
}

int hl7_parse(struct hl7_message *m, struct span bytes, struct err *err)
{
	m->bytes = bytes;
	m->n_segments = m->n_field_ends = m->joined_lines = 0;
	m->too_long = false;
	if (bytes.n > ADAPTER_RECORD_MAX)
		return err_set(err, ERR_LIMIT, "the message is longer than %zu bytes",
			       ADAPTER_RECORD_MAX);
	int r = read_delimiters(m, bytes, err);
	if (r < 0)
		return r;
	const char *p = bytes.p, *end = bytes.p + bytes.n;
	while (p < end) {
		const char *to = hl7_scan_line_end(p, end);
		r = add_line(m, p, to, err);
		if (r < 0)
			return r;
		p = to + 1;
	}
	return 0;
}

void hl7_message_done(struct hl7_message *m)
{
	if (!m)
		return;
	free(m->segments);
	free(m->field_ends);
	*m = HL7_MESSAGE_INIT;
}

/* The nth segment (0-based) of this id at or after `from`. */
static ssize_t find_from(const struct hl7_message *m, const char id[static 4], size_t from,
			 size_t to)
{
	uint32_t word = hl7_id_word(id);

	for (size_t i = from; i < to; i++)
		if (hl7_id_word(m->segments[i].id) == word)
			return (ssize_t)i;
	return -1;
}

ssize_t hl7_find(const struct hl7_message *m, const char id[static 4], unsigned group)
{
	if (group == 0)
		return find_from(m, id, 0, m->n_segments);
	ssize_t first = find_from(m, "PID", 0, m->n_segments);
	ssize_t second = first < 0 ? -1 : find_from(m, "PID", (size_t)first + 1, m->n_segments);
	ssize_t found = second < 0 ? -1 : find_from(m, id, (size_t)second, m->n_segments);
	return found >= 0 || first < 0 ? found : find_from(m, id, 0, (size_t)first);
}

/* Room for the ends that some steps may find, and the last one. */
static uint32_t *field_ends(struct hl7_message *m, size_t used)
{
	if (m->field_ends_cap - used <= BLOCK)
		m->field_ends =
		    grow(m->field_ends, &m->field_ends_cap, sizeof(*m->field_ends), 256);
	return m->field_ends;
}

/* Fields are short, many of them empty: a block may end as many as it has bytes. Behind a segment
 * the message goes on, so that nearly always a whole block may be read at its end too. */
__attribute__((noinline)) static void index_fields(struct hl7_message *m, struct hl7_segment *s)
{
	const char *base = m->bytes.p + s->start;
	size_t at = 0, n = m->n_field_ends;
	uint32_t *ends = field_ends(m, n);
	size_t readable = m->bytes.n - s->start;
	s->fields = (uint32_t)n;
	for (; at < s->length && readable - at >= BLOCK; at += BLOCK) {
		uint64_t bits = hl7_scan_equal_steps(base + at, m->delimiters.field);
		if (s->length - at < BLOCK)
			bits &= ((uint64_t)1 << (s->length - at)) - 1;
		for (; bits; bits &= bits - 1)
			ends[n++] = (uint32_t)at + (uint32_t)__builtin_ctzll(bits);
		ends = field_ends(m, n);
	}
	for (; at < s->length; at++)
		if (base[at] == m->delimiters.field)
			ends[n++] = (uint32_t)at;
	ends[n++] = s->length;
	s->n_fields = (uint32_t)n - s->fields;
	m->n_field_ends = n;
}

static inline struct span field_of(struct hl7_message *m, size_t segment, unsigned field)
{
	assert(segment < m->n_segments && field > 0);
	struct hl7_segment *s = &m->segments[segment];
	const char *base = m->bytes.p + s->start;
	if (memcmp(s->id, "MSH", SEGMENT_ID_CHARS) == 0) {
		if (field == 1)
			return s->length > SEGMENT_ID_CHARS ? span_of(base + SEGMENT_ID_CHARS, 1)
							    : SPAN_NONE;
		field--;
	}
	if (s->n_fields == 0)
		index_fields(m, s);
	if (field >= s->n_fields)
		return SPAN_NONE;
	const uint32_t *ends = &m->field_ends[s->fields];
	return span_of(base + ends[field - 1] + 1, ends[field] - ends[field - 1] - 1);
}

struct span hl7_field(struct hl7_message *m, size_t segment, unsigned field)
{
	return field_of(m, segment, field);
}

/* The nth part (1-based); SPAN_NONE if there are fewer. Without a separator the whole is the first
 * part. */
static struct span nth(struct span s, char separator, unsigned n)
{
	struct span part = s;
	if (!separator || !s.p)
		return n == 1 ? s : SPAN_NONE;
	for (unsigned i = 0; i < n; i++)
		if (!span_cut(&s, separator, &part))
			return SPAN_NONE;
	return part;
}

/* The first component or repetition separator in [p, end), or end. Behind the field the message
 * goes on, so that whole steps may be read up to its end. */
static const char *component_end(const struct hl7_message *m, const char *p, const char *end)
{
	const struct hl7_delimiters *d = &m->delimiters;
	char repetition = (char)(d->repetition ? d->repetition : d->component);
	const char *limit = m->bytes.p + m->bytes.n;
	for (; p < end && limit - p >= HL7_SCAN_STEP; p += HL7_SCAN_STEP) {
		unsigned bits = hl7_scan_equal(p, d->component) | hl7_scan_equal(p, repetition);
		if (!bits)
			continue;
		p += __builtin_ctz(bits);
		break;
	}
	while (p < end && *p != d->component && *p != repetition)
		p++;
	return p < end ? p : end;
}

/* The nth component of the first repetition, which is what nearly all references mean. */
static struct span first_component(const struct hl7_message *m, struct span field, unsigned n)
{
	const char *from = field.p, *end = field.p + field.n;
	for (;;) {
		const char *to = component_end(m, from, end);
		if (--n == 0)
			return span_of(from, (size_t)(to - from));
		if (to == end || *to != m->delimiters.component)
			return SPAN_NONE;
		from = to + 1;
	}
}

struct span hl7_part(const struct hl7_message *m, struct span field, unsigned repetition,
		     unsigned component, unsigned subcomponent)
{
	const struct hl7_delimiters *d = &m->delimiters;
	struct span s = field;
	if (!s.p)
		return SPAN_NONE;
	if (component && repetition <= 1) {
		s = first_component(m, s, component);
	} else {
		s = nth(s, d->repetition, repetition ? repetition : 1);
		if (component)
			s = nth(s, d->component, component);
	}
	if (subcomponent)
		s = nth(s, m->delimiters.subcomponent, subcomponent);
	return s;
}

struct span hl7_get_at(struct hl7_message *m, size_t segment, const struct field_ref *ref,
		       struct arena *a)
{
	if (ref->hl7.field == 0)
		return SPAN_NONE;
	struct span field = field_of(m, segment, ref->hl7.field);
	if (field.n > HL7_FIELD_MAX) {
		m->too_long = true;
		return SPAN_NONE;
	}
	if (segment == 0 && ref->hl7.field <= 2) /* the delimiters stand for themselves */
		return field;
	struct span raw =
	    hl7_part(m, field, ref->hl7.repetition, ref->hl7.component, ref->hl7.subcomponent);
	if (!raw.p)
		return SPAN_NONE;
	raw = span_trim(raw);
	if (hl7_is_null(raw))
		return span_of(raw.p, 0);
	return m->has_escape ? span_trim(hl7_decode(m, raw, a)) : raw;
}

struct span hl7_get(struct hl7_message *m, const struct field_ref *ref, unsigned group,
		    struct arena *a)
{
	ssize_t segment = hl7_find(m, ref->hl7.segment, group);
	return segment < 0 ? SPAN_NONE : hl7_get_at(m, (size_t)segment, ref, a);
}

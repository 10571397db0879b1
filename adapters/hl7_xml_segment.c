#include "adapters/hl7_xml_segment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/adapter.h"

#define ESCAPE_MAX 130 /* bytes of an escape sequence that is passed on as it is */

void hl7_xml_segment_begin(struct hl7_xml_segment *s, const char *id)
{
	(void)snprintf(s->id, sizeof(s->id), "%s", id);
	s->n = 0;
	s->too_long = false;
	buf_clear(&s->text);
}

void hl7_xml_segment_done(struct hl7_xml_segment *s)
{
	free(s->leaves);
	buf_done(&s->text);
	*s = (struct hl7_xml_segment){0};
}

static void add(struct hl7_xml_segment *s, struct hl7_xml_leaf leaf)
{
	if (s->n == HL7_XML_LEAVES_MAX) {
		s->too_long = true;
		return;
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->leaves = reallocarray(s->leaves, s->cap, sizeof(*s->leaves));
		if (!s->leaves)
			abort();
	}
	leaf.from = leaf.to = (uint32_t)s->text.n;
	s->leaves[s->n++] = leaf;
}

void hl7_xml_segment_field(struct hl7_xml_segment *s, unsigned field)
{
	uint16_t repetition = 1;
	for (size_t i = s->n; i-- > 0 && repetition == 1;)
		if (s->leaves[i].field == field)
			repetition = (uint16_t)(s->leaves[i].repetition + 1);
		else if (s->leaves[i].field < field)
			break; /* nearly always they come in order */
	add(s, (struct hl7_xml_leaf){.field = (uint16_t)field,
				     .repetition = repetition,
				     .component = 1,
				     .subcomponent = 1});
}

void hl7_xml_segment_part(struct hl7_xml_segment *s, unsigned component, unsigned subcomponent)
{
	if (!s->n)
		return;
	struct hl7_xml_leaf leaf = s->leaves[s->n - 1];
	leaf.component = component ? (uint16_t)component : leaf.component;
	leaf.subcomponent = subcomponent ? (uint16_t)subcomponent : 1;
	add(s, leaf);
}

void hl7_xml_segment_text(struct hl7_xml_segment *s, struct span text)
{
	if (s->text.n + text.n > ADAPTER_RECORD_MAX)
		s->too_long = true;
	if (!s->n || s->too_long)
		return;
	buf_add(&s->text, text);
	s->leaves[s->n - 1].to = (uint32_t)s->text.n;
}

static struct span text_of(const struct hl7_xml_segment *s, const struct hl7_xml_leaf *leaf)
{
	return span_trim(span_of(buf_span(&s->text).p + leaf->from, leaf->to - leaf->from));
}

struct span hl7_xml_segment_first(const struct hl7_xml_segment *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->leaves[i].field == 1 && text_of(s, &s->leaves[i]).n)
			return text_of(s, &s->leaves[i]);
	return SPAN_NONE;
}

/* --- writing --- */

/* The place as a number; of one place the first that was met comes first. */
static int compare(const void *a, const void *b)
{
	const struct hl7_xml_leaf *x = a, *y = b;
	uint64_t px = (uint64_t)x->field << 48 | (uint64_t)x->repetition << 32 |
		      (uint64_t)x->component << 16 | x->subcomponent,
		 py = (uint64_t)y->field << 48 | (uint64_t)y->repetition << 32 |
		      (uint64_t)y->component << 16 | y->subcomponent;
	if (px != py)
		return px < py ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

/* \F\ and the like, which XML has no need of but senders leave as they were: its length. */
static size_t escape_at(struct span s)
{
	const char *close =
	    s.n > 2 ? memchr(s.p + 1, '\\', (s.n < ESCAPE_MAX ? s.n : ESCAPE_MAX) - 1) : NULL;
	size_t n = close ? (size_t)(close - s.p) + 1 : 0;
	if (n == 3)
		return strchr("FSTREPHN", s.p[1]) ? n : 0;
	if (n < 4 || (s.p[1] != 'X' && s.p[1] != '.'))
		return 0;
	for (const char *p = s.p + 2; p < close; p++)
		if (!isalnum((unsigned char)*p) && *p != '+' && *p != '-')
			return 0;
	return n;
}

static const char *escaped(char c)
{
	switch (c) {
	case '|': return "\\F\\";
	case '^': return "\\S\\";
	case '&': return "\\T\\";
	case '~': return "\\R\\";
	case '\\': return "\\E\\";
	case '\r': return "\\X0D\\";
	case '\n': return "\\X0A\\";
	default: return NULL;
	}
}

static void write_text(struct buf *out, struct span s)
{
	while (s.n) {
		size_t plain = 0;
		while (plain < s.n && !escaped(s.p[plain]))
			plain++;
		buf_add(out, span_of(s.p, plain));
		s = span_of(s.p + plain, s.n - plain);
		if (!s.n)
			break;
		size_t n = s.p[0] == '\\' ? escape_at(s) : 0;
		if (n)
			buf_add(out, span_of(s.p, n));
		else
			buf_adds(out, escaped(s.p[0]));
		s = span_of(s.p + (n ? n : 1), s.n - (n ? n : 1));
	}
}

static void pad(struct buf *out, char c, unsigned from, unsigned to)
{
	for (; from < to; from++)
		buf_addc(out, c);
}

/* The delimiters between two places. */
static void step(struct buf *out, const struct hl7_xml_leaf *from, const struct hl7_xml_leaf *to)
{
	bool same = to->field == from->field;
	pad(out, '|', from->field, to->field);
	pad(out, '~', same ? from->repetition : 1, to->repetition);
	same = same && to->repetition == from->repetition;
	pad(out, '^', same ? from->component : 1, to->component);
	same = same && to->component == from->component;
	pad(out, '&', same ? from->subcomponent : 1, to->subcomponent);
}

void hl7_xml_segment_write(struct hl7_xml_segment *s, struct buf *out)
{
	struct hl7_xml_leaf at = {0, 1, 1, 1, 0, 0};
	bool is_msh = strcmp(s->id, "MSH") == 0, filled = false;
	if (out->n)
		buf_addc(out, '\r');
	buf_adds(out, s->id);
	if (is_msh) {
		buf_adds(out, "|^~\\&");
		at.field = 2;
	}
	if (s->n)
		qsort(s->leaves, s->n, sizeof(*s->leaves), compare);
	for (size_t i = 0; i < s->n && out->n <= ADAPTER_RECORD_MAX; i++) {
		const struct hl7_xml_leaf *leaf = &s->leaves[i];
		struct span text = text_of(s, leaf);
		if (is_msh && leaf->field <= 2)
			continue;
		bool same = leaf->field == at.field && leaf->repetition == at.repetition &&
			    leaf->component == at.component &&
			    leaf->subcomponent == at.subcomponent;
		if (same && filled)
			continue;
		step(out, &at, leaf);
		write_text(out, text);
		at = *leaf;
		filled = text.n > 0;
	}
}

#include "adapters/hl7_xml_resume.h"

#include <ctype.h>
#include <string.h>

#define TAG_MAX 160 /* a start tag's beginning that shows whether it is a message's */

void hl7_xml_resume_done(struct hl7_xml_resume *r)
{
	buf_done(&r->way);
	buf_done(&r->held);
}

/* --- the elements around --- */

void hl7_xml_resume_element(struct hl7_xml_resume *r, unsigned depth, struct span tag)
{
	r->way.n = r->ends[depth - 1];
	size_t from = r->way.n;
	buf_add(&r->way, tag);
	buf_addc(&r->way, '>');
	/* A line end in a tag means what a blank does. */
	for (size_t i = from; i < r->way.n; i++)
		if (r->way.p[i] == '\n' || r->way.p[i] == '\r')
			r->way.p[i] = ' ';
	r->ends[depth] = r->way.n;
}

static bool is_name_end(char c)
{
	return c == '>' || c == '<' || c == '/' || (unsigned char)c <= ' ';
}

/* "<p:ADT_A01 …" → "ADT_A01". The whole tag if nothing ends it. */
static struct span local_name(struct span tag)
{
	size_t from = 1, to = 1;
	while (to < tag.n && !is_name_end(tag.p[to])) {
		if (tag.p[to] == ':')
			from = to + 1;
		to++;
	}
	return span_of(tag.p + from, to - from);
}

static struct span tag_at(const struct hl7_xml_resume *r, unsigned depth)
{
	return span_of(r->way.p + r->ends[depth - 1], r->ends[depth] - r->ends[depth - 1]);
}

void hl7_xml_resume_message(struct hl7_xml_resume *r, unsigned depth)
{
	r->around = depth - 1;
	struct span name = local_name(tag_at(r, depth));
	(void)snprintf(r->name, sizeof(r->name), "%.*s",
		       (int)(name.n < sizeof(r->name) ? name.n : 0), name.p);
}

/* --- text that is held --- */

static void drop(struct hl7_xml_resume *r, size_t n)
{
	memmove(r->held.p, r->held.p + n, r->held.n - n);
	r->held.n -= n;
	r->at += n;
	r->from = 0;
}

static void hold(struct hl7_xml_resume *r, struct span piece, uint64_t at)
{
	if (r->held.n == 0) {
		r->at = at;
		r->from = 0;
	}
	buf_add(&r->held, piece);
}

void hl7_xml_resume_keep(struct hl7_xml_resume *r, struct span piece, uint64_t at, uint64_t used)
{
	if (piece.n && used >= at) {
		uint64_t n = used - at < piece.n ? used - at : piece.n;
		r->held.n = 0;
		hold(r, span_of(piece.p + n, piece.n - n), at + n);
		return;
	}
	if (piece.n)
		hold(r, piece, at);
	if (used > r->at)
		drop(r, used - r->at < r->held.n ? used - r->at : r->held.n);
}

/* --- the next message --- */

/* ADT_A01: what HL7 calls its messages. ADT_A01.VISIT is a group in one. */
static bool is_structure(struct span name)
{
	static const char form[] = "AAA_Ann";
	if (name.n != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		bool good = form[i] == 'A'   ? isupper(c)
			    : form[i] == 'n' ? isdigit(c) || isupper(c)
					     : c == '_';
		if (!good)
			return false;
	}
	return true;
}

/* What stood around the last message, as far as it is still open; before the first one, around what
 * is named like one. */
static unsigned around(const struct hl7_xml_resume *r, unsigned depth)
{
	if (r->around)
		return r->around < depth ? r->around : depth;
	for (unsigned i = 2; i <= depth; i++)
		if (is_structure(local_name(tag_at(r, i))))
			return i - 1;
	return depth;
}

void hl7_xml_resume_break(struct hl7_xml_resume *r, const struct xml_sax *s, unsigned depth,
			  struct span piece, uint64_t at)
{
	if (piece.n)
		hold(r, piece, at);
	uint64_t from = s->broken_at > r->resumed ? s->broken_at : r->resumed;
	r->from = from > r->at ? from - r->at : 0;
	if (r->from > r->held.n)
		r->from = r->held.n;
	r->line = (uint64_t)s->broken_line + s->lines;
	r->column = s->broken_column - 1 - (s->broken_line == 1 ? s->lead : 0);
	r->around = around(r, depth);
	r->is_seeking = true;
	r->breaks++;
}

enum candidate { IS_NONE, IS_MESSAGE, IS_CUT };

static enum candidate candidate(const struct hl7_xml_resume *r, struct span at)
{
	if (at.n > TAG_MAX)
		at.n = TAG_MAX;
	struct span name = local_name(at);
	if (name.p + name.n == at.p + at.n)
		return at.n < TAG_MAX ? IS_CUT : IS_NONE;
	return is_structure(name) || (r->name[0] && span_eq_str(name, r->name)) ? IS_MESSAGE
										: IS_NONE;
}

static void pass_to(struct hl7_xml_resume *r, size_t to)
{
	const char *p = r->held.p + r->from, *end = r->held.p + to, *line;
	while ((line = memchr(p, '\n', (size_t)(end - p)))) {
		r->line++;
		r->column = 0;
		p = line + 1;
	}
	r->column += (int)(end - p);
	r->from = to;
}

bool hl7_xml_resume_seek(struct hl7_xml_resume *r, struct span piece, uint64_t at, struct span *ret)
{
	if (piece.n)
		hold(r, piece, at);
	enum candidate found = IS_NONE;
	size_t i = r->from;
	while (i < r->held.n) {
		const char *tag = memchr(r->held.p + i, '<', r->held.n - i);
		i = tag ? (size_t)(tag - r->held.p) : r->held.n;
		found = tag ? candidate(r, span_of(tag, r->held.n - i)) : IS_NONE;
		if (found != IS_NONE)
			break;
		i += i < r->held.n;
	}
	if (r->held.n)
		pass_to(r, i);
	if (found == IS_MESSAGE) {
		*ret = span_of(r->held.p + r->from, r->held.n - r->from);
		return true;
	}
	if (r->held.n)
		drop(r, r->from);
	return false;
}

struct span hl7_xml_resume_lead(struct hl7_xml_resume *r, struct xml_sax *s)
{
	size_t n = r->ends[r->around];
	r->is_seeking = false;
	r->resumed = r->at + r->from + 1;
	s->origin = r->at + r->from - n;
	s->lines = r->line - 1;
	s->lead = (int)n - r->column;
	return span_of(r->way.p, n);
}

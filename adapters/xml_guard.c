/* Neither a tag nor the text behind it holds a < (libxml2 ends the reading where one does), and
 * where the next < comes soon there is no room for too many attributes. So most of a file is passed
 * over in hops; only what is long without a < is followed byte by byte. Both ways say the same of
 * every file, however it is cut into pieces. */
#include "adapters/xml_guard.h"

#define ATTRIBUTE_MIN 4 /* bytes that an attribute takes: a="" and no less */
#define HOP_MAX	      ((size_t)XML_ATTRIBUTES_MAX * ATTRIBUTE_MIN)

enum guard_state {
	IN_TEXT,
	AT_LESS,    /* behind < */
	AT_BANG,    /* behind <! */
	AT_DASH,    /* behind <!- */
	IN_COMMENT, /* to --> */
	IN_CDATA,   /* to ]]> */
	IN_PI,	    /* to ?> */
	IN_DECL,    /* to > */
	IN_TAG,
	IN_DOUBLE, /* "…" of an attribute */
	IN_SINGLE,
};

static size_t find(struct span text, size_t at, char c)
{
	const char *p = memchr(text.p + at, c, text.n - at);

	return p ? (size_t)(p - text.p) : text.n;
}

/* Behind the > that ends a comment, a CDATA section or a processing instruction; the bytes before
 * it may lie in the piece before. */
static size_t pass_until(struct xml_guard *g, struct span text, size_t at, const char *before,
			 size_t n)
{
	for (; at < text.n; at++) {
		bool end = text.p[at] == '>' && g->last[1] == before[n - 1] &&
			   (n == 1 || g->last[0] == before[0]);
		g->last[0] = g->last[1];
		g->last[1] = text.p[at];
		if (end) {
			g->state = IN_TEXT;
			return at + 1;
		}
	}
	return at;
}

static void begin_less(struct xml_guard *g, char c)
{
	g->last[0] = g->last[1] = '\0';
	g->bytes = g->attributes = 0;
	switch (c) {
	case '!': g->state = AT_BANG; break;
	case '?': g->state = IN_PI; break;
	case '<': g->state = AT_LESS; break;
	case '>': g->state = IN_TEXT; break;
	default: g->state = IN_TAG;
	}
}

static const uint8_t tag_states[256] = {['"'] = IN_DOUBLE, ['\''] = IN_SINGLE, ['<'] = AT_LESS};

/* Of a tag, outside of quotes: to behind the quote that opens, or the tag's end or a <. Stops
 * behind each = too, so that attributes are counted one by one. */
static size_t pass_names(struct xml_guard *g, struct span text, size_t at)
{
	for (; at < text.n; at++) {
		char c = text.p[at];
		if (c == '=')
			g->attributes++;
		else if (c == '>')
			g->state = IN_TEXT;
		else if (tag_states[(unsigned char)c])
			g->state = tag_states[(unsigned char)c];
		else
			continue;
		return at + 1;
	}
	return at;
}

/* One step in a tag. */
static size_t pass_tag(struct xml_guard *g, struct span text, size_t at)
{
	size_t to;

	if (g->state == IN_TAG) {
		to = pass_names(g, text, at);
	} else {
		to = find(text, at, g->state == IN_DOUBLE ? '"' : '\'');
		size_t less = find(span_of(text.p, to), at, '<');
		if (to < text.n || less < to) {
			g->state = less < to ? AT_LESS : IN_TAG;
			to = less + 1;
		}
	}
	g->bytes += to - at;
	return to;
}

/* The first < with this character behind it. */
static size_t find_less(struct span text, char behind)
{
	for (size_t at = 0; (at = find(text, at, behind)) < text.n; at++)
		if (at && text.p[at - 1] == '<')
			return at - 1;
	return text.n;
}

/* Behind a <: to behind another. Between the two are only tags and text, and none of the tags has
 * room for too many attributes. */
static bool hop(struct span text, size_t at, size_t *ret)
{
	struct span near = span_of(text.p + at, text.n - at < HOP_MAX ? text.n - at : HOP_MAX);
	const char *less = memrchr(near.p, '<', near.n);

	if (!less || near.p[0] == '!' || near.p[0] == '?')
		return false;
	near.n = (size_t)(less - near.p);
	near.n = find_less(near, '!');
	near.n = find_less(near, '?');
	*ret = at + near.n + 1;
	return true;
}

static size_t step(struct xml_guard *g, struct span text, size_t at)
{
	size_t to;

	switch ((enum guard_state)g->state) {
	case IN_TEXT:
		at = find(text, at, '<');
		if (at < text.n)
			g->state = AT_LESS;
		return at < text.n ? at + 1 : at;
	case AT_LESS:
		if (hop(text, at, &to))
			return to;
		begin_less(g, text.p[at]);
		return at + 1;
	case AT_BANG:
		g->state = text.p[at] == '-' ? AT_DASH : text.p[at] == '[' ? IN_CDATA : IN_DECL;
		return at + 1;
	case AT_DASH: g->state = text.p[at] == '-' ? IN_COMMENT : IN_DECL; return at + 1;
	case IN_COMMENT: return pass_until(g, text, at, "--", 2);
	case IN_CDATA: return pass_until(g, text, at, "]]", 2);
	case IN_PI: return pass_until(g, text, at, "?", 1);
	case IN_DECL:
		at = find(text, at, '>');
		if (at < text.n)
			g->state = IN_TEXT;
		return at < text.n ? at + 1 : at;
	case IN_TAG:
	case IN_DOUBLE:
	case IN_SINGLE: return pass_tag(g, text, at);
	}
	return text.n;
}

static bool has_too_many(const struct xml_guard *g)
{
	return g->attributes > XML_ATTRIBUTES_MAX && g->bytes >= HOP_MAX;
}

size_t xml_guard_pass(struct xml_guard *g, struct span text, const char **ret_why)
{
	size_t at = 0;

	while (at < text.n) {
		at = step(g, text, at);
		if (has_too_many(g) || g->bytes > XML_TAG_MAX) {
			*ret_why = has_too_many(g) ? "an element with more than 512 attributes"
						   : "a tag longer than 1 MiB";
			/* to the tag's start, as far as it lies in this piece */
			return at > g->bytes ? at - g->bytes - 1 : 0;
		}
	}
	return at;
}

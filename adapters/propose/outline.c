#include "adapters/propose/outline.h"

#include <ctype.h>

#define DEPTH_MAX 64

struct walk {
	struct outline *o;
	struct arena *a;
	size_t open[DEPTH_MAX]; /* nodes of the elements around */
	unsigned depth;
	bool lost; /* deeper than can be followed */
};

static struct span local(struct span name)
{
	const char *colon = name.n ? memchr(name.p, ':', name.n) : NULL;

	return colon ? span_of(colon + 1, (size_t)(name.p + name.n - colon - 1)) : name;
}

static size_t node_of(struct walk *w, struct span name)
{
	size_t parent = w->depth ? w->open[w->depth - 1] : SIZE_MAX;

	for (size_t i = 0; i < w->o->n; i++)
		if (w->o->nodes[i].parent == parent && span_eq(w->o->nodes[i].name, name))
			return i;
	if (w->o->n == OUTLINE_NODES_MAX)
		return SIZE_MAX;
	w->o->nodes[w->o->n] =
	    (struct outline_node){.name = name, .parent = parent, .depth = w->depth};
	return w->o->n++;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == ':' ||
	       (c & 0x80);
}

static void add_attribute(struct outline_node *n, struct span name)
{
	if (span_starts(name, SPAN("xmlns")) || span_starts(name, SPAN("xsi:")))
		return;
	name = local(name);
	for (size_t i = 0; i < n->n_attributes; i++)
		if (span_eq(n->attributes[i], name))
			return;
	if (n->n_attributes < OUTLINE_ATTRIBUTES_MAX)
		n->attributes[n->n_attributes++] = name;
}

/* A name as a program gives it to a column: no quotes, no other signs. */
static bool may_be_key(struct span name, struct span value)
{
	static const char *const names[] = {"name", "Name",  "NAME",   "key", "Key",
					    "code", "field", "column", "id"};
	bool named = false;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		named |= span_eq(name, span_str(names[i]));
	if (!named || !value.n || value.n > 40 || !isalpha((unsigned char)value.p[0]))
		return false;
	for (size_t i = 0; i < value.n; i++)
		if (!is_name(value.p[i]) && value.p[i] != ' ')
			return false;
	return true;
}

static void add_key(struct walk *w, struct outline_node *n, struct span name, struct span value)
{
	name = local(name);
	if (!may_be_key(name, value))
		return;
	for (size_t i = 0; i < n->n_keys; i++) {
		if (span_eq(n->keys[i].value, value) && span_eq(n->keys[i].attribute, name)) {
			n->keys[i].count++;
			return;
		}
	}
	if (!n->keys)
		n->keys = arena_array(w->a, struct outline_key, OUTLINE_KEYS_MAX);
	if (n->n_keys < OUTLINE_KEYS_MAX)
		n->keys[n->n_keys++] = (struct outline_key){name, value, 1};
}

static void read_attributes(struct walk *w, struct outline_node *n, struct span tag)
{
	size_t i = 0;

	while (i < tag.n) {
		while (i < tag.n && !is_name(tag.p[i]))
			i++;
		size_t start = i;
		while (i < tag.n && is_name(tag.p[i]))
			i++;
		struct span name = span_of(tag.p + start, i - start);
		while (i < tag.n && tag.p[i] != '"' && tag.p[i] != '\'')
			i++;
		if (i == tag.n)
			return;
		const char *end = memchr(tag.p + i + 1, tag.p[i], tag.n - i - 1);
		if (!end)
			return;
		add_attribute(n, name);
		add_key(w, n, name, span_of(tag.p + i + 1, (size_t)(end - tag.p) - i - 1));
		i = (size_t)(end - tag.p) + 1;
	}
}

static void open_element(struct walk *w, struct span tag, bool closes)
{
	size_t n = 0;

	while (n < tag.n && is_name(tag.p[n]))
		n++;
	size_t node = node_of(w, local(span_of(tag.p, n)));
	if (node == SIZE_MAX || w->depth == DEPTH_MAX) {
		w->lost = true;
		return;
	}
	w->o->nodes[node].count++;
	if (w->depth)
		w->o->nodes[w->open[w->depth - 1]].with_children++;
	read_attributes(w, &w->o->nodes[node], span_of(tag.p + n, tag.n - n));
	if (!closes)
		w->open[w->depth++] = node;
}

/* Behind a comment, a CDATA section, a processing instruction; where it never ends, the end. */
static size_t behind(struct span text, size_t at, const char *end)
{
	const char *p = memmem(text.p + at, text.n - at, end, strlen(end));

	return p ? (size_t)(p - text.p) + strlen(end) : text.n;
}

static size_t tag_end(struct span text, size_t at)
{
	char quote = '\0';

	for (; at < text.n; at++) {
		char c = text.p[at];
		if (quote && c == quote)
			quote = '\0';
		else if (quote)
			continue;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			break;
	}
	return at;
}

static size_t take_tag(struct walk *w, struct span text, size_t at)
{
	struct span rest = span_of(text.p + at, text.n - at);

	if (span_starts(rest, SPAN("<!--")))
		return behind(text, at, "-->");
	if (span_starts(rest, SPAN("<![CDATA["))) {
		if (w->depth)
			w->o->nodes[w->open[w->depth - 1]].texts++;
		return behind(text, at, "]]>");
	}
	if (span_starts(rest, SPAN("<?")))
		return behind(text, at, "?>");
	size_t end = tag_end(text, at);
	struct span tag = span_of(text.p + at + 1, end - at - 1);
	if (span_starts(tag, SPAN("/")))
		w->depth -= w->depth > 0;
	else if (tag.n && is_name(tag.p[0]))
		open_element(w, tag, tag.p[tag.n - 1] == '/');
	return end + 1;
}

void outline_read(struct span text, struct arena *a, struct outline *ret)
{
	struct walk w = {.o = ret, .a = a};
	size_t at = 0;

	*ret = (struct outline){.nodes = arena_array(a, struct outline_node, OUTLINE_NODES_MAX)};
	while (at < text.n && !w.lost) {
		if (text.p[at] == '<') {
			at = take_tag(&w, text, at);
			continue;
		}
		const char *next = memchr(text.p + at, '<', text.n - at);
		size_t end = next ? (size_t)(next - text.p) : text.n;
		if (w.depth && span_trim(span_of(text.p + at, end - at)).n)
			w.o->nodes[w.open[w.depth - 1]].texts++;
		at = end;
	}
}

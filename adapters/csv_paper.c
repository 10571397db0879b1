#include "adapters/csv_paper.h"

#include <fnmatch.h>
#include <string.h>

#define VALUE_HERE	"{}"
#define HEADING_LOOK_AT 256 /* bytes of a line that may be a heading */

/* ---- the keys ---- */

static const char *text_of(struct conf *conf, const struct conf_node *node, const char *key,
			   struct arena *a)
{
	struct span text = span_trim(conf_text(node));

	if (conf_kind(node) == CONF_SCALAR && text.n)
		return arena_strndup(a, text.p, text.n);
	conf_problem(conf, node, "%s: expected a text", key);
	return NULL;
}

/* One, or a list of them. */
static size_t item_count(const struct conf_node *node)
{
	return conf_kind(node) == CONF_SEQUENCE ? conf_count(node) : node ? 1 : 0;
}

static const struct conf_node *item_at(const struct conf_node *node, size_t i)
{
	return conf_kind(node) == CONF_SEQUENCE ? conf_item(node, i) : node;
}

static bool is_mapping(struct conf *conf, const struct conf_node *node, const char *what)
{
	if (!node || conf_kind(node) == CONF_MAPPING)
		return node != NULL;
	conf_problem(conf, node, "%s", what);
	return false;
}

static bool has_room(struct conf *conf, const struct conf_node *node, const char *key, size_t n,
		     size_t most)
{
	if (n < most)
		return true;
	conf_problem(conf, node, "%s: more than %zu", key, most);
	return false;
}

static void read_rows(struct csv_paper *p, struct conf *conf, const struct conf_node *node,
		      struct arena *a)
{
	if (!is_mapping(conf, node,
			"rows: expected columns and what stands in them in every row: {BED: "
			"\"[0-9]*\", STATUS: \"*\"}"))
		return;
	for (size_t i = 0; i < conf_count(node); i++) {
		struct span name;
		const struct conf_node *value = conf_pair(node, i, &name);
		const char *glob = text_of(conf, value, "rows", a);
		if (glob && has_room(conf, value, "rows", p->n_rows, CSV_ROWS_MAX))
			p->rows[p->n_rows++] = (struct csv_shape){
			    .name = arena_span(a, span_trim(name)), .glob = glob};
	}
}

static void read_pass(struct csv_paper *p, struct conf *conf, const struct conf_node *node,
		      struct arena *a)
{
	for (size_t i = 0; i < item_count(node); i++) {
		const struct conf_node *item = item_at(node, i);
		const char *glob = text_of(conf, item, "pass", a);
		if (glob && has_room(conf, item, "pass", p->n_pass, CSV_PASS_MAX))
			p->pass[p->n_pass++] = glob;
	}
}

static void read_heading(struct csv_paper *p, struct conf *conf, const struct conf_node *node,
			 struct arena *a)
{
	const char *text = text_of(conf, node, "groups", a);
	const char *at = text ? strstr(text, VALUE_HERE) : NULL;

	if (!text || !has_room(conf, node, "groups", p->n_headings, CSV_PASS_MAX))
		return;
	if (!at || strstr(at + 1, VALUE_HERE)) {
		conf_problem(conf, node,
			     "groups: expected a heading with {} once, for what is its value: "
			     "\"Ward: {}\"");
		return;
	}
	struct csv_heading h = {arena_strndup(a, text, (size_t)(at - text)),
				arena_strdup(a, at + strlen(VALUE_HERE)), p->n_groups};
	if (!h.before[0] && !h.behind[0] && p->n_rows == 0)
		conf_problem(conf, node,
			     "groups: any line could be a heading that is nothing but {}; say what "
			     "is a row (rows)");
	p->headings[p->n_headings++] = h;
}

static void read_groups(struct csv_paper *p, struct conf *conf, const struct conf_node *node,
			struct arena *a)
{
	if (!is_mapping(conf, node,
			"groups: expected names and their headings: {ward: \"Ward: {}\"}"))
		return;
	for (size_t i = 0; i < conf_count(node); i++) {
		struct span name;
		const struct conf_node *value = conf_pair(node, i, &name);
		if (!has_room(conf, value, "groups", p->n_groups, CSV_GROUPS_MAX))
			return;
		for (size_t k = 0; k < item_count(value); k++)
			read_heading(p, conf, item_at(value, k), a);
		p->groups[p->n_groups++] = arena_span(a, span_trim(name));
	}
}

static void read_fill_down(struct csv_paper *p, struct conf *conf, const struct conf_node *node,
			   struct arena *a)
{
	for (size_t i = 0; i < item_count(node); i++) {
		const struct conf_node *item = item_at(node, i);
		const char *name = text_of(conf, item, "fill_down", a);
		if (name && has_room(conf, item, "fill_down", p->n_fill_down, CSV_FILL_MAX))
			p->fill_down[p->n_fill_down++] = span_str(name);
	}
}

void csv_paper_read(struct csv_paper *p, struct conf *conf, const struct csv_paper_keys *keys,
		    struct arena *arena)
{
	read_rows(p, conf, keys->rows, arena);
	read_pass(p, conf, keys->pass, arena);
	read_groups(p, conf, keys->groups, arena);
	read_fill_down(p, conf, keys->fill_down, arena);
}

bool csv_paper_is_used(const struct csv_paper *p)
{
	return p->n_rows || p->n_pass || p->n_groups || p->n_fill_down;
}

bool csv_paper_group(const struct csv_paper *p, struct span name, size_t *ret)
{
	for (size_t i = 0; i < p->n_groups; i++) {
		if (span_eq(p->groups[i], name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

bool csv_paper_fills_down(const struct csv_paper *p, struct span name)
{
	for (size_t i = 0; i < p->n_fill_down; i++)
		if (span_eq(p->fill_down[i], name))
			return true;
	return false;
}

/* ---- a line as words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == '\r' || c == '\n';
}

void csv_words_done(struct csv_words *w)
{
	buf_done(&w->text);
	buf_done(&w->parts);
}

static void add_words(struct csv_words *w, struct span text)
{
	size_t blanks = 2;

	for (size_t i = 0; i < text.n; i++) {
		if (is_blank(text.p[i]) || text.p[i] == '\0') {
			blanks++;
			continue;
		}
		if (blanks && w->text.n) {
			buf_addc(&w->text, ' ');
			buf_addc(&w->parts, (char)(blanks > 1 ? '\n' : ' '));
		}
		w->n_parts += blanks > 1;
		blanks = 0;
		buf_addc(&w->text, text.p[i]);
		buf_addc(&w->parts, text.p[i]);
	}
}

static void begin(struct csv_words *w)
{
	buf_clear(&w->text);
	buf_clear(&w->parts);
	buf_adds(&w->text, "");
	w->n_parts = 0;
}

void csv_words_of_line(struct csv_words *w, struct span line)
{
	begin(w);
	add_words(w, line);
}

void csv_words_of_row(struct csv_words *w, const struct csv_row *row)
{
	begin(w);
	for (size_t i = 0; i < row->n; i++)
		add_words(w, row->fields[i]);
}

/* ---- what it is ---- */

bool csv_paper_is_rule(struct span words)
{
	for (size_t i = 0; i < words.n; i++)
		if (!strchr("-=_+|* ", words.p[i]) || !words.p[i])
			return false;
	return words.n > 2;
}

bool csv_paper_is_passed(const struct csv_paper *p, const char *words)
{
	for (size_t i = 0; i < p->n_pass; i++)
		if (fnmatch(p->pass[i], words, 0) == 0)
			return true;
	return false;
}

/* The shortest beginning that fits, and then the shortest value. */
static bool value_of(const struct csv_heading *h, const char *words, struct span *ret)
{
	char begin[HEADING_LOOK_AT];
	size_t n = strlen(words);

	for (size_t from = 0; from < n; from++) {
		memcpy(begin, words, from);
		begin[from] = '\0';
		if (fnmatch(h->before, begin, 0) != 0)
			continue;
		for (size_t to = from + 1; to <= n; to++) {
			struct span value = span_trim(span_of(words + from, to - from));
			if (!value.n || fnmatch(h->behind, words + to, 0) != 0)
				continue;
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool part_value(const struct csv_heading *h, const struct csv_words *w, struct span *ret)
{
	struct span parts = buf_span(&w->parts), part;
	char text[HEADING_LOOK_AT];

	while (span_cut(&parts, '\n', &part)) {
		memcpy(text, part.p, part.n);
		text[part.n] = '\0';
		if (!value_of(h, text, ret))
			continue;
		*ret = span_of(part.p + (ret->p - text), ret->n);
		return true;
	}
	return false;
}

bool csv_paper_is_heading(const struct csv_paper *p, enum csv_heading_kind kind,
			  const struct csv_words *w, size_t *ret_group, struct span *ret_value)
{
	if (w->text.n == 0 || w->text.n >= HEADING_LOOK_AT)
		return false;
	for (size_t i = 0; i < p->n_headings; i++) {
		const struct csv_heading *h = &p->headings[i];
		bool is_bare = !h->before[0] && !h->behind[0];
		if ((h->before[0] != '\0') != (kind == HEADING_BY_TEXT))
			continue;
		if (is_bare && w->n_parts != 1)
			continue;
		if (!part_value(h, w, ret_value) && !value_of(h, w->text.p, ret_value))
			continue;
		*ret_group = h->group;
		return true;
	}
	return false;
}

bool csv_paper_fits(const struct csv_shape *shape, struct span value, struct arena *scratch)
{
	value = span_trim(value);
	if (!value.n || strcmp(shape->glob, "*") == 0)
		return value.n > 0;
	return fnmatch(shape->glob, arena_strndup(scratch, value.p, value.n), 0) == 0;
}

/* Text to tree, the only caller of libfyaml. Its event stream is used rather than its document
 * tree: places, depth, duplicate keys and aliases are then in our hands, and nothing of the library
 * outlives the load.
 *
 * An alias becomes a second pointer to the same children, so that a bomb costs no memory; but
 * whoever walks the tree would walk it unfolded, so that weight (nodes with aliases unfolded) and
 * depth are bounded too. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "base/conf_node.h"

#define ANCHORS_MAX 64

struct anchor {
	struct span name;
	const struct conf_node *node;
};

struct loader {
	struct conf *c;
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct anchor anchors[ANCHORS_MAX];
	size_t anchor_count, weight;
	size_t at; /* the byte of the node placed last, its line and column */
	unsigned line, column;
	bool failed;
};

/* A list of nodes that grows while a collection is read; its final copy goes to the arena. */
struct node_list {
	const struct conf_node **p;
	size_t n, cap;
};

static void node_list_done(struct node_list *l)
{
	free(l->p);
}

static void node_list_add(struct node_list *l, const struct conf_node *n)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 16;
		l->p = reallocarray(l->p, l->cap, sizeof(*l->p));
		if (!l->p)
			abort();
	}
	l->p[l->n++] = n;
}

static const struct conf_node *fail(struct loader *l, const struct conf_node *at,
				    const char *message)
{
	if (!l->failed)
		conf_problem(l->c, at, "%s", message);
	l->failed = true;
	return NULL;
}

/* Line and column (in characters) of a byte, counted here because the library's columns count a tab
 * as more than one. Nodes come in the order of the text, so that the count goes on from the one
 * before. */
static void move_to(struct loader *l, size_t at)
{
	struct span text = l->c->text;

	if (at < l->at) {
		l->at = 0;
		l->line = l->column = 1;
	}
	for (; l->at < at; l->at++) {
		l->column += ((unsigned char)text.p[l->at] & 0xC0) != 0x80;
		if (text.p[l->at] == '\n') {
			l->line++;
			l->column = 1;
		}
	}
}

/* The library's marks of quoted texts and aliases stand behind the quote or asterisk. What stands
 * nowhere (the empty value of "key:") is placed where the node before it is. */
static void place_node(struct loader *l, struct conf_node *n, const struct fy_mark *mark,
		       bool nowhere)
{
	struct span text = l->c->text;

	if (mark && !nowhere && mark->input_pos <= text.n) {
		size_t at = mark->input_pos;
		if (at > 0 && strchr("\"'*", text.p[at - 1]) && n->kind == CONF_SCALAR)
			at--;
		move_to(l, at);
	}
	n->line = l->line;
	n->column = l->column;
}

static bool is_null(struct span text, enum fy_scalar_style style)
{
	return style == FYSS_PLAIN &&
	       (text.n == 0 || span_eq_str(text, "~") || span_eq_str(text, "null") ||
		span_eq_str(text, "Null") || span_eq_str(text, "NULL"));
}

static struct span token_text(struct loader *l, struct fy_token *token)
{
	size_t n = 0;
	const char *p = token ? fy_token_get_text(token, &n) : NULL;

	return arena_span(&l->c->arena, span_of(p ? p : "", p ? n : 0));
}

static void destroy_iterator(struct fy_token_iter **i)
{
	if (*i)
		fy_token_iter_destroy(*i);
}

/* In chunks rather than as a whole: of some folded texts fy_token_get_text() gives more bytes than
 * it wrote, and it loses memory over texts of many quotes (0.7.12). */
static struct span scalar_text(struct loader *l, struct fy_token *token)
{
	_cleanup_(destroy_iterator) struct fy_token_iter *iterator = fy_token_iter_create(token);
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const struct fy_iter_chunk *chunk = NULL;

	if (!iterator)
		abort(); /* out of memory */
	while ((chunk = fy_token_iter_chunk_next(iterator, chunk, NULL)))
		buf_add(&text, span_of(chunk->str, chunk->len));
	return arena_span(&l->c->arena, buf_span(&text));
}

static bool is_empty_plain(struct fy_event *event)
{
	size_t n = 0;

	return event->type == FYET_SCALAR &&
	       fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN &&
	       (!fy_token_get_text(event->scalar.value, &n) || n == 0);
}

static struct conf_node *new_node(struct loader *l, struct fy_event *event, enum conf_kind kind)
{
	struct conf_node *n = arena_new(&l->c->arena, struct conf_node);

	n->kind = kind;
	n->weight = 1;
	place_node(l, n, fy_event_start_mark(event), is_empty_plain(event));
	return n;
}

static void remember_anchor(struct loader *l, struct span name, const struct conf_node *n)
{
	if (!name.p || l->failed)
		return;
	for (size_t i = 0; i < l->anchor_count; i++) {
		if (span_eq(l->anchors[i].name,
			    name)) { /* YAML 1.2.2, 7.1: the latest one counts */
			l->anchors[i].node = n;
			return;
		}
	}
	if (l->anchor_count == ANCHORS_MAX)
		(void)fail(l, n, "too many anchors (&)");
	else
		l->anchors[l->anchor_count++] = (struct anchor){name, n};
}

static const struct conf_node *read_alias(struct loader *l, struct fy_event *event, unsigned depth)
{
	struct conf_node *n = new_node(l, event, CONF_SCALAR);
	struct span name = token_text(l, event->alias.anchor);

	for (size_t i = 0; i < l->anchor_count; i++) {
		if (!span_eq(l->anchors[i].name, name))
			continue;
		const struct conf_node *to = l->anchors[i].node;
		unsigned line = n->line, column = n->column;
		*n = *to;
		n->line = line;
		n->column = column;
		l->weight += to->weight;
		if (l->weight > CONF_NODES_MAX)
			return fail(l, n, "too many nodes when aliases (*) are unfolded");
		if (depth + to->height > CONF_DEPTH_MAX)
			return fail(l, n, "nested too deeply when aliases (*) are unfolded");
		return n;
	}
	return fail(l, n,
		    "alias (*) of an anchor (&) that does not stand before it; text that begins "
		    "with * stands in quotes");
}

static const struct conf_node *read_scalar(struct loader *l, struct fy_event *event)
{
	struct conf_node *n = new_node(l, event, CONF_SCALAR);

	n->text = scalar_text(l, event->scalar.value);
	n->is_null = is_null(n->text, fy_token_scalar_style(event->scalar.value));
	if (n->text.n && memchr(n->text.p, '\0', n->text.n))
		return fail(l, n, "a NUL character in a value");
	if (!span_is_utf8(n->text, NULL))
		return fail(l, n, "an escaped character that Unicode does not have");
	return n;
}

static const struct conf_node *read_node(struct loader *l, struct fy_event *event, unsigned depth);

/* The nodes up to the collection's end event. */
static bool read_children(struct loader *l, enum fy_event_type end, unsigned depth,
			  struct node_list *list)
{
	for (;;) {
		struct fy_event *event = fy_parser_parse(l->parser);
		if (!event) {
			l->failed = true;
			return false;
		}
		bool at_end = event->type == end;
		const struct conf_node *n = at_end ? NULL : read_node(l, event, depth);
		fy_parser_event_free(l->parser, event);
		if (at_end)
			return true;
		if (!n)
			return false;
		node_list_add(list, n);
	}
}

static int by_text(const void *a, const void *b)
{
	const struct conf_node *x = *(const struct conf_node *const *)a,
			       *y = *(const struct conf_node *const *)b;
	int c = span_cmp(x->text, y->text);

	return c ? c : (x->line > y->line) - (x->line < y->line);
}

/* Sorted, equal keys stand side by side. */
static void check_keys(struct loader *l, const struct node_list *list)
{
	_cleanup_(node_list_done) struct node_list keys = {0};

	for (size_t i = 0; i < list->n; i += 2) {
		if (list->p[i]->kind != CONF_SCALAR)
			(void)fail(l, list->p[i], "a key must be plain text");
		node_list_add(&keys, list->p[i]);
	}
	if (l->failed || !keys.n)
		return;
	qsort(keys.p, keys.n, sizeof(*keys.p), by_text);
	for (size_t i = 1; i < keys.n && !l->failed; i++) {
		if (!span_eq(keys.p[i - 1]->text, keys.p[i]->text))
			continue;
		conf_problem(l->c, keys.p[i], "key \"" SPAN_FMT "\" stands twice, first in line %u",
			     SPAN_ARG(keys.p[i]->text), keys.p[i - 1]->line);
		l->failed = true;
	}
}

static const struct conf_node *read_collection(struct loader *l, struct fy_event *event,
					       unsigned depth)
{
	bool mapping = event->type == FYET_MAPPING_START;
	struct conf_node *n = new_node(l, event, mapping ? CONF_MAPPING : CONF_SEQUENCE);
	_cleanup_(node_list_done) struct node_list list = {0};

	if (depth >= CONF_DEPTH_MAX)
		return fail(l, n, "nested too deeply");
	if (!read_children(l, mapping ? FYET_MAPPING_END : FYET_SEQUENCE_END, depth + 1, &list))
		return NULL;
	if (mapping)
		check_keys(l, &list);
	if (l->failed)
		return NULL;
	n->n = mapping ? list.n / 2 : list.n;
	n->items = arena_alloc(&l->c->arena, list.n * sizeof(*n->items) + 1);
	for (size_t i = 0; i < list.n; i++) {
		n->items[i] = list.p[i];
		n->weight += list.p[i]->weight;
		if (list.p[i]->height + 1 > n->height)
			n->height = list.p[i]->height + 1;
	}
	return n;
}

static struct span anchor_of(struct loader *l, const struct fy_event *event)
{
	struct fy_token *anchor = NULL;

	if (event->type == FYET_SCALAR)
		anchor = event->scalar.anchor;
	else if (event->type == FYET_MAPPING_START)
		anchor = event->mapping_start.anchor;
	else if (event->type == FYET_SEQUENCE_START)
		anchor = event->sequence_start.anchor;
	return anchor ? token_text(l, anchor) : SPAN_NONE;
}

static const struct conf_node *read_node(struct loader *l, struct fy_event *event, unsigned depth)
{
	const struct conf_node *n = NULL;

	if (++l->weight > CONF_NODES_MAX)
		return fail(l, new_node(l, event, CONF_SCALAR), "too many nodes");
	switch (event->type) {
	case FYET_ALIAS: return read_alias(l, event, depth);
	case FYET_SCALAR: n = read_scalar(l, event); break;
	case FYET_MAPPING_START:
	case FYET_SEQUENCE_START: n = read_collection(l, event, depth); break;
	default: return fail(l, new_node(l, event, CONF_SCALAR), "not YAML");
	}
	if (n)
		remember_anchor(l, anchor_of(l, event), n);
	return l->failed ? NULL : n;
}

static const struct conf_node *empty_mapping(struct conf *c)
{
	struct conf_node *n = arena_new(&c->arena, struct conf_node);

	n->kind = CONF_MAPPING;
	n->line = n->column = 1;
	return n;
}

/* The events of a stream around its one document. */
static void read_stream(struct loader *l)
{
	for (;;) {
		struct fy_event *event = fy_parser_parse(l->parser);
		if (!event) {
			l->failed = true;
			return;
		}
		enum fy_event_type type = event->type;
		if (type == FYET_DOCUMENT_START && l->c->root)
			(void)fail(l, new_node(l, event, CONF_SCALAR),
				   "more than one document in the file");
		else if (type != FYET_STREAM_START && type != FYET_STREAM_END &&
			 type != FYET_DOCUMENT_START && type != FYET_DOCUMENT_END)
			l->c->root = read_node(l, event, 0);
		fy_parser_event_free(l->parser, event);
		if (l->failed || type == FYET_STREAM_END)
			return;
	}
}

/* What is behind the library's commonest complaints, for somebody who knows no YAML. */
static const char *hint_of(const char *message)
{
	static const struct {
		const char *message, *hint;
	} hints[] = {
	    {"invalid multiline plain key",
	     "; is a space missing behind a colon, or the next line indented too far?"},
	    {"invalid value after mapping", "; text that begins with { stands in quotes"},
	    {"invalid indentation", "; the keys of one section begin in the same column"},
	    {"wrongly indented flow mapping", "; a { without its }?"},
	    {"wrongly indented flow sequence", "; a [ without its ]?"},
	    {"wrongly indented double-quoted", "; a quote without its end?"},
	    {"wrongly indented single-quoted", "; a quote without its end?"},
	};

	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		if (strstr(message, hints[i].message))
			return hints[i].hint;
	return "";
}

/* The library's first error is the cause, those after it follow from it. */
static void take_library_error(struct loader *l)
{
	void *iterator = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(l->diag, &iterator);
	unsigned line = e && e->line > 0 ? (unsigned)e->line : 1,
		 column = e && e->column > 0 ? (unsigned)e->column : 1;

	const char *message = e && e->msg ? e->msg : "not YAML";

	conf_problem_place(l->c, line, column, "%s%s", message, hint_of(message));
}

static int parse(struct conf *c, struct err *err)
{
	struct loader l = {.c = c, .line = 1, .column = 1};
	struct fy_diag_cfg diag_cfg;

	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	diag_cfg.level = FYET_ERROR;
	diag_cfg.colorize = false;
	l.diag = fy_diag_create(&diag_cfg);
	if (!l.diag)
		return err_set(err, ERR_NO_MEMORY, "%s: out of memory", c->name);
	fy_diag_set_collect_errors(l.diag, true);
	struct fy_parse_cfg cfg = {
	    .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE, .diag = l.diag};
	l.parser = fy_parser_create(&cfg);
	if (l.parser && fy_parser_set_string(l.parser, c->text.p, c->text.n) == 0)
		read_stream(&l);
	else
		l.failed = true;
	if (l.failed && !c->problems)
		take_library_error(&l);
	fy_parser_destroy(l.parser);
	fy_diag_destroy(l.diag);
	if (!c->root || (c->root->kind == CONF_SCALAR && c->root->is_null))
		c->root = empty_mapping(c);
	return conf_check(c, err);
}

static struct conf *new_conf(const char *name)
{
	struct conf *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->last = &c->first;
	c->name = arena_strdup(&c->arena, name);
	return c;
}

/* The first byte that YAML 1.2 (5.1) does not allow in a stream, or the text's length. A lone CR is
 * among them, for the library would end a line there and editors do not. */
static size_t first_bad_byte(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool is_break = c == '\n' || (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n');
		if ((c < ' ' && c != '\t' && !is_break) || c == 0x7f)
			return i;
	}
	return text.n;
}

static bool is_indicator(struct span text, size_t i)
{
	return i < text.n && (text.p[i] == '-' || text.p[i] == '?' || text.p[i] == ':');
}

/* Blanks with a tab between two of YAML's indicators, as in "- :\t-": over some of these the
 * library ends the program (0.7.12), and nobody means them. Where they begin, or the text's length.
 */
static size_t first_bad_tab(struct span text)
{
	for (size_t i = 1; i < text.n; i++) {
		size_t start = i;
		bool has_tab = false;
		for (; i < text.n && (text.p[i] == ' ' || text.p[i] == '\t'); i++)
			has_tab |= text.p[i] == '\t';
		if (has_tab && is_indicator(text, start - 1) && is_indicator(text, i))
			return start;
	}
	return text.n;
}

/* Before the library sees the text, for it would take some bytes for another encoding or for a
 * line's end. A byte order mark is taken off. */
static void check_bytes(struct conf *c)
{
	if (span_starts(c->text, SPAN("\xEF\xBB\xBF")))
		c->text = span_of(c->text.p + 3, c->text.n - 3);
	struct loader l = {.c = c, .line = 1, .column = 1};
	size_t control = first_bad_byte(c->text), tab = first_bad_tab(c->text), bad = c->text.n;
	bool is_utf8 = span_is_utf8(c->text, &bad);

	if (is_utf8 && control == c->text.n) {
		if (tab < c->text.n) {
			move_to(&l, tab);
			conf_problem_place(c, l.line, l.column, "a tab; separate with spaces");
		}
		return;
	}
	move_to(&l, control < bad ? control : bad);
	conf_problem_place(c, l.line, l.column, "%s",
			   control < bad ? "a control character; a configuration is UTF-8 text"
					 : "not UTF-8");
}

int conf_parse(const char *name, struct span text, struct conf **ret, struct err *err)
{
	if (text.n > CONF_FILE_MAX)
		return err_set(err, ERR_LIMIT, "%s: longer than %zu bytes", name, CONF_FILE_MAX);
	_cleanup_(conf_freep) struct conf *c = new_conf(name);
	c->text = arena_span(&c->arena, text);
	check_bytes(c);
	int r = c->problems ? conf_check(c, err) : parse(c, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}

int conf_load(const char *path, struct conf **ret, struct err *err)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct buf text = BUF_INIT;
	ssize_t n = 0;

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	while (text.n <= CONF_FILE_MAX && (n = read(fd, buf_reserve(&text, 65536), 65536)) > 0)
		text.n += (size_t)n;
	int r =
	    n < 0 ? err_errno(err, errno, "%s", path) : conf_parse(path, buf_span(&text), ret, err);
	buf_done(&text);
	return r;
}

/* A loaded document: its nodes and its problems. */
#include "base/conf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/conf_node.h"

#define SHOWN_MAX 120 /* characters of an offending line that are shown */

void conf_free(struct conf *c)
{
	if (!c)
		return;
	arena_done(&c->arena);
	free(c);
}

const struct conf_node *conf_root(const struct conf *c)
{
	return c->root;
}

enum conf_kind conf_kind(const struct conf_node *n)
{
	return n ? n->kind : CONF_ABSENT;
}

static bool is(const struct conf_node *n, enum conf_kind kind)
{
	return n && n->kind == kind;
}

const struct conf_node *conf_get(const struct conf_node *mapping, const char *key)
{
	if (!is(mapping, CONF_MAPPING))
		return NULL;
	for (size_t i = 0; i < mapping->n; i++)
		if (span_eq_str(mapping->items[2 * i]->text, key))
			return mapping->items[2 * i + 1];
	return NULL;
}

struct span conf_text(const struct conf_node *scalar)
{
	return is(scalar, CONF_SCALAR) && !scalar->is_null ? scalar->text : SPAN_NONE;
}

size_t conf_count(const struct conf_node *n)
{
	return n ? n->n : 0;
}

const struct conf_node *conf_item(const struct conf_node *sequence, size_t i)
{
	return is(sequence, CONF_SEQUENCE) && i < sequence->n ? sequence->items[i] : NULL;
}

const struct conf_node *conf_pair_key(const struct conf_node *mapping, size_t i)
{
	return is(mapping, CONF_MAPPING) && i < mapping->n ? mapping->items[2 * i] : NULL;
}

const struct conf_node *conf_pair(const struct conf_node *mapping, size_t i, struct span *ret_key)
{
	const struct conf_node *key = conf_pair_key(mapping, i);

	if (!key)
		return NULL;
	*ret_key = key->text;
	return mapping->items[2 * i + 1];
}

unsigned conf_line(const struct conf_node *n)
{
	return n ? n->line : 1;
}

unsigned conf_column(const struct conf_node *n)
{
	return n ? n->column : 1;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

static struct span line_of(struct span text, unsigned line)
{
	struct span rest = text, part = SPAN_NONE;

	while (line-- > 0)
		if (!span_cut(&rest, '\n', &part))
			return SPAN_NONE;
	return part.n && part.p[part.n - 1] == '\r' ? span_of(part.p, part.n - 1) : part;
}

static void add_problem(struct conf *c, unsigned line, unsigned column, const char *message)
{
	struct conf_problem *p = arena_new(&c->arena, struct conf_problem);
	struct span source = line_of(c->text, line);

	p->place = (struct conf_place){c->name, line, column, arena_strdup(&c->arena, message),
				       arena_strndup(&c->arena, source.p, source.n)};
	*c->last = p;
	c->last = &p->next;
	c->problems++;
}

void conf_problem_place(struct conf *c, unsigned line, unsigned column, const char *format, ...)
{
	char message[ERR_MESSAGE_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	add_problem(c, line, column, message);
}

void conf_problem(struct conf *c, const struct conf_node *at, const char *format, ...)
{
	char message[ERR_MESSAGE_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	add_problem(c, conf_line(at), conf_column(at), message);
}

/* The column of byte `offset` of a scalar: its text is walked beside its source, in which quotes
 * stand around it, a quote may be doubled, and a backslash may begin an escape (the walk ends
 * there). */
static unsigned column_inside(const struct conf *c, const struct conf_node *scalar, size_t offset)
{
	struct span line = line_of(c->text, conf_line(scalar)), text = scalar->text;
	const char *p = line.p, *end = line.p + line.n;
	unsigned column = 1;
	char quote = '\0';

	for (; p < end && column < scalar->column; column++)
		for (p++; p < end && is_continuation(*p); p++)
			;
	if (p < end && (*p == '"' || *p == '\'')) {
		quote = *p++;
		column++;
	}
	for (size_t i = 0; i < offset && i < text.n; i++) {
		if (p < end && quote == '\'' && *p == '\'' && text.p[i] == '\'') {
			p++;
			column++;
		}
		if (p >= end || *p != text.p[i])
			return scalar->column;
		column += !is_continuation(*p++);
	}
	return column;
}

void conf_problem_inside(struct conf *c, const struct conf_node *scalar, size_t offset,
			 const char *format, ...)
{
	char message[ERR_MESSAGE_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	add_problem(c, conf_line(scalar), scalar ? column_inside(c, scalar, offset) : 1, message);
}

size_t conf_problem_count(const struct conf *c)
{
	return c->problems;
}

struct conf_place conf_problem_at(const struct conf *c, size_t i)
{
	const struct conf_problem *p = c->first;

	while (p && i-- > 0)
		p = p->next;
	return p ? p->place : (struct conf_place){c->name, 1, 1, "", ""};
}

/* The line without its indentation, cut so that the column stays in sight, and a caret below the
 * column. */
static void print_source(const struct conf_place *at, struct buf *out)
{
	const char *p = at->source;
	unsigned column = 1, shown = 0,
		 from = at->column > SHOWN_MAX / 2 ? at->column - SHOWN_MAX / 2 : 1;
	size_t caret = 0;

	while ((*p == ' ' || *p == '\t') && column < at->column) {
		p++;
		column++;
	}
	for (; *p && column < from; column++)
		for (p++; is_continuation(*p); p++)
			;
	buf_adds(out, "    ");
	for (; *p && shown < SHOWN_MAX; column++, shown++) {
		if (column < at->column)
			caret++;
		bool is_control = (unsigned char)*p < ' ' || *p == 0x7f;
		buf_add(out, is_control ? SPAN(" ") : span_of(p, 1));
		for (p++; is_continuation(*p); p++)
			buf_addc(out, *p);
	}
	buf_addf(out, "\n    %*s^\n", (int)caret, "");
}

static void print_place(const struct conf_place *at, struct buf *out)
{
	buf_addf(out, "%s:%u:%u: %s\n", at->file, at->line, at->column, at->message);
	if (at->source[0])
		print_source(at, out);
}

void conf_problems_print(const struct conf *c, struct buf *out)
{
	for (const struct conf_problem *p = c->first; p; p = p->next)
		print_place(&p->place, out);
}

int conf_check(const struct conf *c, struct err *err)
{
	struct buf text = BUF_INIT;

	if (!c->problems)
		return 0;
	print_place(&c->first->place, &text);
	if (c->problems > 1)
		buf_addf(&text, "and %zu more", c->problems - 1);
	else
		text.p[--text.n] = '\0'; /* the last line's end */
	int r = err_set(err, ERR_INVALID, "%s", text.p);
	buf_done(&text);
	return r;
}

#include "adapters/xml_path.h"

struct path_reader {
	struct span text;
	size_t at;
	const struct xml_prefixes *prefixes;
	struct arena *arena;
	struct err *err;
};

static int wrong(struct path_reader *r, const char *what)
{
	return err_set(r->err, ERR_INVALID, "path \"" SPAN_FMT "\", character %zu: %s",
		       SPAN_ARG(r->text), r->at + 1, what);
}

static bool take(struct path_reader *r, const char *token)
{
	struct span rest = span_of(r->text.p + r->at, r->text.n - r->at);

	if (!span_starts(rest, span_str(token)))
		return false;
	r->at += strlen(token);
	return true;
}

static bool at_end(const struct path_reader *r)
{
	return r->at == r->text.n;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

/* Empty where no name begins: none begins with a digit, a dot or a hyphen. */
static struct span take_word(struct path_reader *r)
{
	size_t from = r->at;

	if (r->at < r->text.n && strchr("0123456789.-", r->text.p[r->at]))
		return SPAN_NONE;
	while (r->at < r->text.n && is_name_char(r->text.p[r->at]))
		r->at++;
	return span_of(r->text.p + from, r->at - from);
}

static const char *uri_of(const struct path_reader *r, struct span prefix)
{
	for (size_t i = 0; i < r->prefixes->n; i++)
		if (span_eq(r->prefixes->p[i].prefix, prefix))
			return r->prefixes->p[i].uri;
	return span_eq_str(prefix, "xml") ? "http://www.w3.org/XML/1998/namespace" : NULL;
}

/* name, prefix:name, *, prefix:* */
static int take_name(struct path_reader *r, struct xml_name *ret)
{
	*ret = (struct xml_name){0};
	if (take(r, "*"))
		return 0;
	struct span word = take_word(r);
	if (!word.n)
		return wrong(r, r->at < r->text.n && r->text.p[r->at] == '.'
				    ? "expected a name; .. can stand at a field's beginning only"
				    : "expected a name");
	if (take(r, ":")) {
		ret->uri = uri_of(r, word);
		if (!ret->uri)
			return wrong(r, "the prefix is not in namespaces:");
		if (take(r, "*"))
			return 0;
		word = take_word(r);
		if (!word.n)
			return wrong(r, "expected a name behind the prefix");
	}
	ret->local = arena_strndup(r->arena, word.p, word.n);
	return 0;
}

/* [@a], [@a='v']; in a record's path also [name]. */
static int take_predicate(struct path_reader *r, struct xml_path *path, bool in_record)
{
	struct xml_step *step = &path->steps[path->n - 1];

	if (!take(r, "["))
		return 0;
	if (!take(r, "@")) {
		struct span word = take_word(r);
		if (!in_record || !word.n || !take(r, "]") || !at_end(r))
			return wrong(
			    r,
			    "expected [@name], [@name='value'] or, at the end of record:, [name]");
		path->holds = arena_strndup(r->arena, word.p, word.n);
		return 0;
	}
	int code = take_name(r, &step->attribute);
	if (code < 0)
		return code;
	step->has_attribute = true;
	if (take(r, "=")) {
		char quote = '\0';
		if (r->at < r->text.n)
			quote = r->text.p[r->at];
		const char *from = r->text.p + r->at + 1;
		const char *end = quote == '\'' || quote == '"'
				      ? memchr(from, quote, r->text.n - r->at - 1)
				      : NULL;
		if (!end)
			return wrong(r, "expected a value in quotes");
		step->value = arena_strndup(r->arena, from, (size_t)(end - from));
		r->at += (size_t)(end - from) + 2;
	}
	return take(r, "]") ? 0 : wrong(r, "expected ]");
}

static int take_step(struct path_reader *r, struct xml_path *path, bool descend, bool in_record)
{
	if (path->n == XML_STEPS_MAX)
		return wrong(r, "too many steps");
	struct xml_step *step = &path->steps[path->n++];
	*step = (struct xml_step){.descend = descend};
	int code = take_name(r, &step->name);
	return code < 0 ? code : take_predicate(r, path, in_record);
}

int xml_path_record(struct span text, const struct xml_prefixes *prefixes, struct arena *arena,
		    struct xml_path *ret, struct err *err)
{
	struct path_reader r = {span_trim(text), 0, prefixes, arena, err};
	bool descend = !take(&r, "/") || take(&r, "/");

	*ret = (struct xml_path){0};
	for (;;) {
		int code = take_step(&r, ret, descend, true);
		if (code < 0)
			return code;
		if (at_end(&r))
			return 0;
		if (!take(&r, "/"))
			return wrong(&r, "expected / and the next element");
		descend = take(&r, "/");
	}
}

/* What a path ends with: an attribute, text() or name(); true if it was that. */
static int take_end(struct path_reader *r, struct xml_path *path, bool *ret_done)
{
	*ret_done = true;
	if (take(r, "@")) {
		path->kind = XML_ATTRIBUTE;
		int code = take_name(r, &path->attribute);
		if (code < 0)
			return code;
		return at_end(r) ? 0 : wrong(r, "nothing can stand behind an attribute");
	}
	if (take(r, "text()")) {
		path->kind = XML_TEXT;
		return at_end(r) ? 0 : wrong(r, "nothing can stand behind text()");
	}
	if (take(r, "name()")) {
		path->kind = XML_NAME;
		return at_end(r) ? 0 : wrong(r, "nothing can stand behind name()");
	}
	*ret_done = false;
	return 0;
}

static int check_ups(struct path_reader *r, const struct xml_path *path)
{
	if (path->ups && path->n == 0 && path->kind != XML_ATTRIBUTE)
		return wrong(r, "expected an attribute or an element behind ..");
	for (size_t i = 0; path->ups && i < path->n; i++) {
		if (path->steps[i].descend)
			return wrong(r, "// cannot follow ..");
		if (path->steps[i].has_attribute && i + 1 < path->n)
			return wrong(r, "behind .. only the last element can have [@name]");
	}
	return 0;
}

int xml_path_field(struct span text, const struct xml_prefixes *prefixes, struct arena *arena,
		   struct xml_path *ret, struct err *err)
{
	struct path_reader r = {span_trim(text), 0, prefixes, arena, err};
	bool descend = false, done = false;
	int code;

	*ret = (struct xml_path){0};
	while (take(&r, "../"))
		if (++ret->ups > XML_UPS_MAX)
			return wrong(&r, "too many ..");
	if (!ret->ups && span_eq_str(r.text, "."))
		return 0;
	if (take(&r, ".//") || take(&r, "//"))
		descend = true;
	else if (take(&r, "/"))
		return wrong(
		    &r, "a field's path starts at the record; ../ leads to the elements around it");
	else
		(void)take(&r, "./");
	for (;;) {
		code = take_end(&r, ret, &done);
		if (code < 0)
			return code;
		if (done && descend)
			return wrong(&r, "expected an element behind //");
		if (!done)
			code = take_step(&r, ret, descend, false);
		if (code < 0)
			return code;
		if (done || at_end(&r))
			return check_ups(&r, ret);
		if (!take(&r, "/"))
			return wrong(&r, "expected / and what follows, or the end");
		descend = take(&r, "/");
	}
}

/* Mapping to struct by a table of keys. A default is read by the same code as a value from the
 * file, so that a wrong default is found by the first test that reads the table. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/conf_node.h"

#define WORD_MAX 64 /* longer words are not compared for "did you mean" */

/* Where a value goes and where its problems go. */
struct target {
	struct conf *c;
	const struct conf_node *at;
	const struct conf_key *key;
	void *out;
};

#define FIELD(t, type) (*(type *)(void *)((char *)(t)->out + (t)->key->offset))

/* "64KiB", "4MiB", "1GiB", "500" */
static bool parse_size(struct span s, int64_t *ret)
{
	static const struct {
		const char *name;
		int64_t bytes;
	} units[] = {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
	size_t digits = 0;
	int64_t n;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (!span_to_i64(span_of(s.p, digits), &n))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (span_eq_str(span_of(s.p + digits, s.n - digits), units[i].name))
			return !__builtin_mul_overflow(n, units[i].bytes, ret);
	return false;
}

bool conf_to_bool(struct span s, bool *ret)
{
	static const struct {
		const char *name;
		bool value;
	} words[] = {{"true", true},   {"yes", true}, {"on", true},
		     {"false", false}, {"no", false}, {"off", false}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (span_eq_nocase(s, span_str(words[i].name))) {
			*ret = words[i].value;
			return true;
		}
	}
	return false;
}

static bool problem(const struct target *t, const char *expected)
{
	conf_problem(t->c, t->at, "%s: expected %s", t->key->name, expected);
	return false;
}

/* A bound as its reader would write it. */
static void bound_text(enum conf_type type, int64_t v, char out[32])
{
	static const struct {
		enum conf_type type;
		int64_t unit;
		const char *name;
	} units[] = {
	    {CONF_SIZE, 1 << 30, "GiB"},	 {CONF_SIZE, 1 << 20, "MiB"},
	    {CONF_SIZE, 1 << 10, "KiB"},	 {CONF_DURATION, USEC_PER_DAY, "d"},
	    {CONF_DURATION, USEC_PER_HOUR, "h"}, {CONF_DURATION, USEC_PER_MIN, "m"},
	    {CONF_DURATION, USEC_PER_SEC, "s"},	 {CONF_DURATION, USEC_PER_MSEC, "ms"},
	};

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (units[i].type == type && v != 0 && v % units[i].unit == 0) {
			(void)snprintf(out, 32, "%lld%s", (long long)(v / units[i].unit),
				       units[i].name);
			return;
		}
	}
	(void)snprintf(out, 32, "%lld%s", (long long)v,
		       type == CONF_DURATION && v != 0 ? "us" : "");
}

static bool store_number(const struct target *t, int64_t v)
{
	const struct conf_key *key = t->key;

	if ((key->min || key->max) && (v < key->min || v > key->max)) {
		char min[32], max[32];
		bound_text(key->type, key->min, min);
		bound_text(key->type, key->max, max);
		conf_problem(t->c, t->at, "%s: must be between %s and %s", key->name, min, max);
		return false;
	}
	FIELD(t, int64_t) = v;
	return true;
}

static void add_names(struct buf *out, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		buf_addf(out, "%s%s", i ? ", " : "", names[i]);
}

static bool store_enum(const struct target *t, struct span text)
{
	struct buf names = BUF_INIT;

	for (int i = 0; t->key->names[i]; i++) {
		if (span_eq_str(text, t->key->names[i])) {
			FIELD(t, int) = i;
			return true;
		}
	}
	const char *near = conf_did_you_mean(text, t->key->names);
	add_names(&names, t->key->names);
	if (near)
		conf_problem(t->c, t->at, "%s: expected one of %s; did you mean \"%s\"?",
			     t->key->name, names.p, near);
	else
		conf_problem(t->c, t->at, "%s: expected one of %s", t->key->name, names.p);
	buf_done(&names);
	return false;
}

static bool store(const struct target *t, struct span text)
{
	int64_t v;
	bool flag;

	switch (t->key->type) {
	case CONF_STRING:
		FIELD(t, const char *) = arena_strndup(&t->c->arena, text.p, text.n);
		return true;
	case CONF_INT:
		return span_to_i64(text, &v) ? store_number(t, v) : problem(t, "a whole number");
	case CONF_DURATION:
		return clock_parse_duration(text, &v)
			   ? store_number(t, v)
			   : problem(t, "a duration with its unit: 250ms, 2s, 10m, 1h, 7d");
	case CONF_SIZE:
		return parse_size(text, &v) ? store_number(t, v)
					    : problem(t, "a size: 500, 64KiB, 4MiB, 1GiB");
	case CONF_BOOL:
		if (!conf_to_bool(text, &flag))
			return problem(t, "true or false");
		FIELD(t, bool) = flag;
		return true;
	case CONF_ENUM: return store_enum(t, text);
	case CONF_NODE: break;
	}
	return true;
}

/* False when the default is to be taken. */
static bool read_value(const struct target *t)
{
	if (t->key->type == CONF_NODE) {
		FIELD(t, const struct conf_node *) = t->at;
		return true;
	}
	if (t->at->kind != CONF_SCALAR)
		return problem(t, t->at->kind == CONF_MAPPING ? "one value, not a mapping"
							      : "one value, not a list");
	return store(t, t->at->text);
}

static void read_key(struct conf *c, const struct conf_node *node, const struct conf_key *key,
		     void *out)
{
	struct target t = {.c = c, .at = conf_get(node, key->name), .key = key, .out = out};
	bool is_absent = !t.at || (t.at->kind == CONF_SCALAR && t.at->is_null);

	if (is_absent && key->required)
		conf_problem(c, t.at ? t.at : node, "\"%s\" is required%s%s%s", key->name,
			     key->help ? " (" : "", key->help ? key->help : "",
			     key->help ? ")" : "");
	if (!is_absent && read_value(&t))
		return;
	if (key->type == CONF_NODE)
		FIELD(&t, const struct conf_node *) = NULL;
	else if (key->by_default)
		(void)store(&t, span_str(key->by_default));
}

static bool is_in_table(struct span name, const struct conf_key *keys)
{
	for (; keys->name; keys++)
		if (span_eq_str(name, keys->name))
			return true;
	return false;
}

static const char *section_of(struct span name, const struct conf_section *others)
{
	for (; others && others->name; others++)
		if (is_in_table(name, others->keys))
			return others->name;
	return NULL;
}

/* What might have been meant: a key of another section, one that is written nearly so, or, for who
 * does not know any, all that there are. */
static void add_advice(struct conf *c, struct span name, const struct conf_key *keys,
		       const struct conf_section *others, struct buf *out)
{
	const char *section = section_of(name, others), *near;
	size_t n = 0;

	while (keys[n].name)
		n++;
	const char **names = arena_array(&c->arena, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		names[i] = keys[i].name;
	near = conf_did_you_mean(name, names);
	if (section) {
		buf_addf(out, "; it belongs into %s:", section);
	} else if (near) {
		buf_addf(out, "; did you mean \"%s\"?", near);
	} else {
		for (size_t i = 0; i < n; i++)
			buf_addf(out, "%s%s", i ? ", " : "; the keys here are ", names[i]);
	}
}

static void check_unknown(struct conf *c, const struct conf_node *node, const struct conf_key *keys,
			  const struct conf_section *others)
{
	for (size_t i = 0; i < node->n; i++) {
		const struct conf_node *key = node->items[2 * i];
		struct buf advice = BUF_INIT;
		if (is_in_table(key->text, keys))
			continue;
		size_t n_shown = key->text.n > WORD_MAX ? WORD_MAX : key->text.n;
		int shown = (int)span_utf8_whole(span_of(key->text.p, n_shown));
		add_advice(c, key->text, keys, others, &advice);
		conf_problem(c, key, "unknown key \"%.*s\"%s", shown, key->text.p, advice.p);
		buf_done(&advice);
	}
}

void conf_read_beside(struct conf *c, const struct conf_node *node, const struct conf_key *keys,
		      const struct conf_section *others, void *out)
{
	bool is_null = node && node->kind == CONF_SCALAR && node->is_null;

	if (node && node->kind != CONF_MAPPING && !is_null)
		conf_problem(c, node, "expected keys with values, like {%s: ...}", keys->name);
	else if (node && !is_null)
		check_unknown(c, node, keys, others);
	for (; keys->name; keys++)
		read_key(c, node, keys, out);
}

void conf_read(struct conf *c, const struct conf_node *node, const struct conf_key *keys, void *out)
{
	conf_read_beside(c, node, keys, NULL, out);
}

/* Edits to turn a into b: a letter put in, left out or changed, two neighbours swapped (optimal
 * string alignment). */
static unsigned edit_distance(struct span a, struct span b)
{
	unsigned char d[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t i = 0; i <= a.n; i++)
		d[i][0] = (unsigned char)i;
	for (size_t j = 0; j <= b.n; j++)
		d[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= a.n; i++) {
		for (size_t j = 1; j <= b.n; j++) {
			unsigned best = d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
			if (d[i - 1][j] + 1u < best)
				best = d[i - 1][j] + 1u;
			if (d[i][j - 1] + 1u < best)
				best = d[i][j - 1] + 1u;
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1] && d[i - 2][j - 2] + 1u < best)
				best = d[i - 2][j - 2] + 1u;
			d[i][j] = (unsigned char)best;
		}
	}
	return d[a.n][b.n];
}

const char *conf_did_you_mean(struct span word, const char *const *names)
{
	const char *near = NULL;
	unsigned best = word.n <= 4 ? 2 : 3; /* one more than may be */

	if (!word.n || word.n > WORD_MAX)
		return NULL;
	for (; *names; names++) {
		struct span name = span_str(*names);
		if (name.n > WORD_MAX)
			continue;
		unsigned d = edit_distance(word, name);
		if (d < best) {
			best = d;
			near = *names;
		}
	}
	return near;
}

static void add_type(const struct conf_key *key, struct buf *out)
{
	static const char *const names[] = {
	    [CONF_STRING] = "text",	  [CONF_INT] = "number", [CONF_BOOL] = "true or false",
	    [CONF_DURATION] = "duration", [CONF_SIZE] = "size",	 [CONF_ENUM] = "",
	    [CONF_NODE] = "section",
	};

	if (key->type == CONF_ENUM)
		add_names(out, key->names);
	else
		buf_adds(out, names[key->type]);
	if (key->min || key->max) {
		char min[32], max[32];
		bound_text(key->type, key->min, min);
		bound_text(key->type, key->max, max);
		buf_addf(out, " %s to %s", min, max);
	}
}

void conf_describe(const struct conf_key *keys, struct buf *out)
{
	for (; keys->name; keys++) {
		buf_addf(out, "%s: ", keys->name);
		add_type(keys, out);
		if (keys->required)
			buf_adds(out, "; required");
		else if (keys->by_default)
			buf_addf(out, "; default %s", keys->by_default);
		buf_addf(out, "\n    %s\n", keys->help ? keys->help : "");
	}
}

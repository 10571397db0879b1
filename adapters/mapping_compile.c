/* `event:` → struct mapping. Every problem is located, those within a template at the very
 * character. */
#include <assert.h>
#include <stddef.h>

#include "adapters/mapping_field.h"
#include "adapters/words.h"
#include "bed/ident.h"

static bool parse_status(struct span s, int *ret)
{
	enum bed_status v;
	bool ok = bed_status_parse(s, &v);

	*ret = ok ? (int)v : 0;
	return ok;
}

static bool parse_new_status(struct span s, int *ret)
{
	if (!span_eq(s, SPAN("isolated")))
		return parse_status(s, ret);
	*ret = MAPPING_ISOLATED;
	return true;
}

static const char *const *new_status_names(void)
{
	static const char *const names[] = {"available",   "occupied", "reserved",
					    "maintenance", "isolated", NULL};

	return names;
}

static bool parse_care(struct span s, int *ret)
{
	enum care_level v;
	bool ok = care_level_parse(s, &v);

	*ret = ok ? (int)v : 0;
	return ok;
}

static bool parse_reason(struct span s, int *ret)
{
	enum reason v;
	bool ok = reason_parse(s, &v);

	*ret = ok ? (int)v : 0;
	return ok;
}

const struct mapping_field_spec mapping_specs[MAP_FIELDS] = {
    [MAP_BED_ID] = {"bed_id", KIND_IDENT},
    [MAP_WARD] = {"ward", KIND_IDENT},
    [MAP_CARE_LEVEL] = {"care_level", KIND_LIST, parse_care, care_level_names},
    [MAP_NEW_STATUS] = {"new_status", KIND_LIST, parse_new_status, new_status_names},
    [MAP_PREVIOUS_STATUS] = {"previous_status", KIND_LIST, parse_status, bed_status_names},
    [MAP_CHANGED_AT] = {"changed_at", KIND_TIME},
    [MAP_CHANGED_BY] = {"changed_by", KIND_USER},
    [MAP_REASON] = {"reason", KIND_LIST, parse_reason, reason_names},
};

/* The keys of a field written as a mapping. */
struct field_keys {
	const struct conf_node *from, *map, *by_default, *format;
	const char *zone, *prefix, *after, *before;
	bool pseudonym;
};

/* The keys of one of a field's templates written as a mapping. */
struct template_keys {
	const struct conf_node *from, *only;
};

#define KEY_FROM                                                                                   \
	{                                                                                          \
		"from", CONF_NODE, offsetof(struct field_keys, from),                              \
		    .required = true,                                                              \
		    .help = "a template in quotes, text with fields between braces"                \
	}
#define KEY_MAP                                                                                    \
	{"map", CONF_NODE, offsetof(struct field_keys, map), .help = "codes and what they mean"},  \
	{                                                                                          \
		"default", CONF_NODE, offsetof(struct field_keys, by_default),                     \
		    .help = "where the value is empty or not in the map"                           \
	}

#define KEY_PREFIX                                                                                 \
	{                                                                                          \
		"prefix", CONF_STRING, offsetof(struct field_keys, prefix),                        \
		    .by_default = "", .help = "put before a value that is not from the map"        \
	}

#define KEY_AFTER                                                                                  \
	{"after", CONF_STRING, offsetof(struct field_keys, after), .by_default = "",               \
	 .help = "only what stands behind the last such text counts: \"/\""},                      \
	{                                                                                          \
		"before", CONF_STRING, offsetof(struct field_keys, before),                        \
		    .by_default = "",                                                              \
		    .help = "and of that only what stands before the first such text"              \
	}

static const struct conf_key template_keys[] = {
    {"from", CONF_NODE, offsetof(struct template_keys, from), .required = true,
     .help = "a template in quotes, text with fields between braces"},
    {"only", CONF_NODE, offsetof(struct template_keys, only),
     .help = "values that must stand in the record, else the template is empty"},
    {NULL}};
static const struct conf_key list_keys[] = {KEY_FROM, KEY_MAP, KEY_AFTER, {NULL}};
static const struct conf_key ident_keys[] = {KEY_FROM, KEY_MAP, KEY_PREFIX, KEY_AFTER, {NULL}};
static const struct conf_key time_keys[] = {
    KEY_FROM,
    {"format", CONF_NODE, offsetof(struct field_keys, format),
     .help = "a time format or a list of formats to try in turn"},
    {"zone", CONF_STRING, offsetof(struct field_keys, zone), .help = "IANA zone of local times"},
    {NULL}};
static const struct conf_key user_keys[] = {
    KEY_FROM,
    KEY_MAP,
    KEY_PREFIX,
    KEY_AFTER,
    {"pseudonym", CONF_BOOL, offsetof(struct field_keys, pseudonym), .by_default = "false",
     .help = "a keyed digest in place of the name"},
    {NULL}};

const struct conf_key mapping_field_keys[] = {
    {"bed_id", CONF_NODE,
     .help = "the bed: an identifier, always the same for the same bed; required, but for HL7"},
    {"new_status", CONF_NODE,
     .help = "available, occupied, reserved or maintenance; required, but for HL7"},
    {"changed_at", CONF_NODE, .help = "when it happened; required, but for HL7 and a census"},
    {"ward", CONF_NODE, .help = "an identifier"},
    {"care_level", CONF_NODE, .help = "light, medium or intensive"},
    {"previous_status", CONF_NODE, .help = "a status, where the export says it"},
    {"changed_by", CONF_NODE, .help = "who did it"},
    {"reason", CONF_NODE, .help = "a code of the list of reasons"},
    {"only", CONF_NODE, .help = "values that must stand in a record for it to count"},
    {NULL}};

static const struct conf_key *keys_of(enum mapping_kind kind)
{
	switch (kind) {
	case KIND_TIME: return time_keys;
	case KIND_USER: return user_keys;
	case KIND_IDENT: return ident_keys;
	case KIND_LIST: break;
	}
	return list_keys;
}

const struct conf_key *mapping_keys_of_field(const char *field)
{
	for (size_t i = 0; i < MAP_FIELDS; i++)
		if (strcmp(mapping_specs[i].name, field) == 0)
			return keys_of(mapping_specs[i].kind);
	return NULL;
}

struct compiler {
	struct conf *conf;
	const struct mapping_resolver *resolver;
	struct mapping *m;
	const struct mapping_field_spec *spec;
	struct mapping_field *field;
};

static void compile_one(struct compiler *c, const struct conf_node *node, struct template *ret)
{
	struct template_problem problem;
	struct template_keys keys = {0};

	if (conf_kind(node) == CONF_MAPPING) {
		conf_read(c->conf, node, template_keys, &keys);
		if (!keys.from)
			return;
		node = keys.from;
	}
	if (conf_kind(node) != CONF_SCALAR) {
		conf_problem(c->conf, node,
			     "%s: expected a template in quotes, text with fields between braces",
			     c->spec->name);
		return;
	}
	struct span text = conf_text(node).p ? conf_text(node) : SPAN("");
	if (template_compile(text, c->resolver, &c->m->arena, ret, &problem) < 0)
		conf_problem_inside(c->conf, node, problem.offset, "%s: %s", c->spec->name,
				    problem.err.message);
	ret->only = condition_compile(c->conf, keys.only, c->spec->name, c->resolver, &c->m->arena);
}

/* One template, or a list of which the first that is not empty counts. */
static void compile_template(struct compiler *c, const struct conf_node *node)
{
	size_t n = conf_kind(node) == CONF_SEQUENCE ? conf_count(node) : 0;
	struct template *last = &c->field->from;

	if (conf_kind(node) == CONF_SEQUENCE && n == 0) {
		conf_problem(c->conf, node,
			     "%s: expected a template in quotes, and the list is empty",
			     c->spec->name);
		return;
	}
	if (n > MAPPING_TEMPLATES_MAX)
		conf_problem(c->conf, node, "%s: at most %d templates", c->spec->name,
			     MAPPING_TEMPLATES_MAX);
	compile_one(c, n ? conf_item(node, 0) : node, last);
	for (size_t i = 1; i < n && i < MAPPING_TEMPLATES_MAX; i++) {
		struct template *next = arena_new(&c->m->arena, struct template);
		compile_one(c, conf_item(node, i), next);
		last->otherwise = next;
		last = next;
	}
}

/* A status or level of care said in another word or language. */
static const char *same_meaning(struct compiler *c, struct span text)
{
	enum reason reason;

	if (c->spec == &mapping_specs[MAP_NEW_STATUS] ||
	    c->spec == &mapping_specs[MAP_PREVIOUS_STATUS])
		return bed_status_name(words_status(&c->m->arena, text, &reason));
	if (c->spec->parse == mapping_specs[MAP_CARE_LEVEL].parse)
		return care_level_name(words_care(&c->m->arena, text));
	return NULL;
}

static void unknown_name(struct compiler *c, const struct conf_node *node, struct span text)
{
	const char *near = conf_did_you_mean(text, c->spec->names());
	if (!near)
		near = same_meaning(c, text);
	struct buf names = BUF_INIT;
	for (const char *const *name = c->spec->names(); *name; name++)
		buf_addf(&names, "%s%s", names.n ? ", " : "", *name);
	if (near)
		conf_problem(c->conf, node,
			     "%s: \"" SPAN_FMT "\" is not known; did you mean \"%s\"?",
			     c->spec->name, SPAN_ARG(text), near);
	else
		conf_problem(c->conf, node, "%s: \"" SPAN_FMT "\" is not known; it is one of %s",
			     c->spec->name, SPAN_ARG(text), names.p);
	buf_done(&names);
}

/* What a code means: null, a name of the closed list, or an identifier. */
static void compile_value(struct compiler *c, const struct conf_node *node,
			  struct value_map_entry *ret)
{
	struct span text = conf_text(node);

	if (conf_kind(node) != CONF_SCALAR) {
		conf_problem(c->conf, node, "%s: expected one word", c->spec->name);
		return;
	}
	if (!text.p)
		return;
	ret->text = text;
	if (c->spec->kind != KIND_LIST) {
		if (!ident_is_valid(text))
			conf_problem(c->conf, node,
				     "%s: \"" SPAN_FMT
				     "\" is no identifier: a-z, 0-9, _ . -, up to %d characters",
				     c->spec->name, SPAN_ARG(text), IDENT_MAX);
		return;
	}
	if (c->spec->parse(text, &ret->value))
		return;
	unknown_name(c, node, text);
}

static void compile_map(struct compiler *c, const struct conf_node *node)
{
	if (!node)
		return;
	if (conf_kind(node) != CONF_MAPPING) {
		conf_problem(c->conf, node, "%s: map: expected pairs, {code: meaning, ...}",
			     c->spec->name);
		return;
	}
	size_t n = conf_count(node);
	if (n == 0)
		conf_problem(c->conf, node,
			     "%s: map: has no codes; without a map the value itself is taken",
			     c->spec->name);
	struct value_map_entry *entries = arena_array(&c->m->arena, struct value_map_entry, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct span key;
		const struct conf_node *value = conf_pair(node, i, &key);
		entries[i].key = span_trim(key);
		compile_value(c, value, &entries[i]);
	}
	c->field->map = value_map_new(&c->m->arena, entries, n);
}

static void compile_default(struct compiler *c, const struct conf_node *node)
{
	if (!node)
		return;
	struct value_map_entry *entry = arena_new(&c->m->arena, struct value_map_entry);
	compile_value(c, node, entry);
	c->field->by_default = entry;
}

/* "dd.MM.yyyy HH:mm", as most other programs write it, said with % directives; "" if it is not. */
static const char *advice_of(struct compiler *c, struct span text)
{
	static const struct {
		const char *letters, *directive;
	} words[] = {{"yyyy", "%Y"}, {"yy", "%y"}, {"dd", "%d"}, {"HH", "%H"},
		     {"hh", "%H"},   {"ss", "%S"}, {"MM", "%m"}, {"mm", NULL}};
	struct buf out = BUF_INIT;
	bool any = false, timed = false;

	while (text.n > 0) {
		size_t i = 0;
		while (i < ARRAY_LEN(words) && !span_starts(text, span_str(words[i].letters)))
			i++;
		if (i < ARRAY_LEN(words)) {
			const char *said = words[i].directive;
			timed |= said && strcmp(said, "%H") == 0;
			buf_adds(&out, said ? said : timed ? "%M" : "%m");
			text = span_of(text.p + strlen(words[i].letters),
				       text.n - strlen(words[i].letters));
			any = true;
		} else {
			buf_addc(&out, *text.p);
			text = span_of(text.p + 1, text.n - 1);
		}
	}
	const char *advice = any ? arena_printf(&c->m->arena, "; did you mean \"%s\"?", out.p) : "";
	buf_done(&out);
	return advice;
}

static void compile_format(struct compiler *c, const struct conf_node *node)
{
	struct clock_format *format = NULL;
	struct err err = {0};
	const char *by_default = c->resolver->time_format ? c->resolver->time_format : "iso8601";
	struct span text = node ? conf_text(node) : span_str(by_default);

	if (!text.p || !text.n) {
		conf_problem(c->conf, node, "%s: format: expected a time format", c->spec->name);
		return;
	}
	if (c->field->n_formats == MAPPING_FORMATS_MAX) {
		conf_problem(c->conf, node, "%s: format: at most %d formats", c->spec->name,
			     MAPPING_FORMATS_MAX);
		return;
	}
	if (clock_format_compile(text.p, &format, &err) < 0)
		conf_problem(c->conf, node, "%s: format: %s%s", c->spec->name, err.message,
			     advice_of(c, text));
	else
		c->field->formats[c->field->n_formats++] = format;
}

static void compile_time(struct compiler *c, const struct conf_node *node,
			 const struct field_keys *keys)
{
	struct err err = {0};

	if (conf_kind(keys->format) == CONF_SEQUENCE && conf_count(keys->format) > 0)
		for (size_t i = 0; i < conf_count(keys->format); i++)
			compile_format(c, conf_item(keys->format, i));
	else
		compile_format(c, keys->format);
	if (keys->zone && zone_load(keys->zone, &c->field->zone, &err) < 0)
		conf_problem(c->conf, conf_get(node, "zone"), "%s: zone: %s", c->spec->name,
			     err.message);
}

static void compile_prefix(struct compiler *c, const struct conf_node *node, const char *prefix)
{
	struct span text = span_str(prefix);

	if (text.n && (!ident_is_valid(text) || text.n > IDENT_MAX / 2))
		conf_problem(c->conf, conf_get(node, "prefix"),
			     "%s: prefix: a-z, 0-9, _ . -, up to %d characters", c->spec->name,
			     IDENT_MAX / 2);
	c->field->prefix = text;
}

static struct span constant_of(const struct mapping_field *f)
{
	const struct template *t = &f->from;

	if (!f->set || t->refs > 0 || t->otherwise || !t->parts)
		return SPAN_NONE;
	return t->n > 0 ? t->parts[0].literal : SPAN("");
}

/* A closed list's value that every record has must be a name of it. */
static void check_constant(struct compiler *c, const struct conf_node *node)
{
	struct span text = constant_of(c->field);
	int value;

	if (text.n && c->spec->kind == KIND_LIST && !c->field->map && !c->spec->parse(text, &value))
		unknown_name(c, node, text);
}

void mapping_check_constants(const struct mapping *m, struct conf *conf,
			     const struct conf_node *event)
{
	if (constant_of(&m->fields[MAP_BED_ID]).p)
		conf_problem(
		    conf, conf_get(event, "bed_id"),
		    "bed_id: reads no field, so every record would be the same bed; a field "
		    "stands between braces");
	if (constant_of(&m->fields[MAP_CHANGED_AT]).p)
		conf_problem(
		    conf, conf_get(event, "changed_at"),
		    "changed_at: reads no field, so every record would have the same time");
}

static void compile_field(struct compiler *c, const struct conf_node *node)
{
	struct field_keys keys = {0};

	c->field->set = true;
	if (conf_kind(node) != CONF_MAPPING) {
		compile_template(c, node);
	} else {
		conf_read(c->conf, node, keys_of(c->spec->kind), &keys);
		if (keys.from)
			compile_template(c, keys.from);
		compile_map(c, keys.map);
		/* By hand: `default: ~` is there, and means unknown. */
		compile_default(c, conf_get(node, "default"));
		compile_prefix(c, node, keys.prefix);
		c->field->pseudonym = keys.pseudonym;
		c->field->after = span_str(keys.after);
		c->field->before = span_str(keys.before);
	}
	if (c->spec->kind == KIND_TIME)
		compile_time(c, node, &keys);
	check_constant(c, node);
}

static bool is_field(struct span name)
{
	if (span_eq_str(name, "only"))
		return true;
	for (size_t i = 0; i < MAP_FIELDS; i++)
		if (span_eq_str(name, mapping_specs[i].name))
			return true;
	return false;
}

static void check_names(struct conf *conf, const struct conf_node *event)
{
	const char *names[MAP_FIELDS + 2] = {[MAP_FIELDS] = "only"};

	for (size_t i = 0; i < MAP_FIELDS; i++)
		names[i] = mapping_specs[i].name;
	for (size_t i = 0; i < conf_count(event); i++) {
		struct span key;
		(void)conf_pair(event, i, &key);
		if (is_field(key))
			continue;
		const char *near = conf_did_you_mean(key, names);
		conf_problem(conf, conf_pair_key(event, i),
			     "event: unknown field \"" SPAN_FMT "\"%s%s%s", SPAN_ARG(key),
			     near ? "; did you mean \"" : "; the fields are ",
			     near ? near
				  : "bed_id, ward, care_level, new_status, previous_status, "
				    "changed_at, changed_by, reason",
			     near ? "\"?" : "");
	}
}

static void require(struct conf *conf, const struct conf_node *event, const struct mapping *m,
		    enum mapping_field_index i)
{
	if (!m->fields[i].set)
		conf_problem(conf, event, "event: %s is missing", mapping_specs[i].name);
}

/* A format's defaults are written by us: a problem in them is a bug, and is shown as one of the
 * adapter. */
static int compile_defaults(struct conf *conf, const char *yaml,
			    const struct mapping_resolver *resolver, struct mapping *m,
			    struct err *err)
{
	struct conf *defaults = NULL;
	int r = conf_parse("built-in defaults", span_str(yaml), &defaults, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < MAP_FIELDS; i++) {
		const struct conf_node *node = conf_get(conf_root(defaults), mapping_specs[i].name);
		struct compiler c = {defaults, resolver, m, &mapping_specs[i], &m->fields[i]};
		if (!node || c.field->set)
			continue;
		compile_field(&c, node);
		/* Strings of the defaults die with their document. */
		c.field->prefix = arena_span(&m->arena, c.field->prefix);
		assert(!c.field->map && !c.field->by_default);
	}
	if (conf_problem_count(defaults))
		conf_problem(conf, NULL, "%s", conf_problem_at(defaults, 0).message);
	conf_free(defaults);
	return 0;
}

static struct span time_source_of(const struct mapping_field *f)
{
	struct span name = span_str(template_name(&f->from, "changed_at"));

	return name.n > EVENT_TIME_SOURCE_MAX ? SPAN("changed_at") : name;
}

int mapping_compile(struct conf *conf, const struct conf_node *event, const char *defaults_yaml,
		    const struct mapping_resolver *resolver, const struct zone *zone,
		    bool requires_status, struct mapping **ret, struct err *err)
{
	_cleanup_(mapping_freep) struct mapping *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	m->zone = zone;
	if (event && conf_kind(event) != CONF_MAPPING) {
		conf_problem(conf, event,
			     "event: expected fields, {bed_id: ..., new_status: ...}; is a colon "
			     "missing, or a - too many?");
		*ret = TAKE_PTR(m);
		return 0;
	}
	check_names(conf, event);
	m->only = condition_compile(conf, conf_get(event, "only"), "event", resolver, &m->arena);
	for (size_t i = 0; i < MAP_FIELDS; i++) {
		const struct conf_node *node = conf_get(event, mapping_specs[i].name);
		struct compiler c = {conf, resolver, m, &mapping_specs[i], &m->fields[i]};
		if (node)
			compile_field(&c, node);
	}
	int r = defaults_yaml ? compile_defaults(conf, defaults_yaml, resolver, m, err) : 0;
	if (r < 0)
		return r;
	m->time_source = time_source_of(&m->fields[MAP_CHANGED_AT]);
	require(conf, event, m, MAP_BED_ID);
	if (requires_status)
		require(conf, event, m, MAP_NEW_STATUS);
	*ret = TAKE_PTR(m);
	return 0;
}

void mapping_free(struct mapping *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < MAP_FIELDS; i++) {
		for (size_t f = 0; f < m->fields[i].n_formats; f++)
			clock_format_free(m->fields[i].formats[f]);
		zone_free(m->fields[i].zone);
	}
	arena_done(&m->arena);
	free(m);
}

bool mapping_has(const struct mapping *m, const char *field)
{
	for (size_t i = 0; i < MAP_FIELDS; i++)
		if (span_eq_str(span_str(field), mapping_specs[i].name))
			return m->fields[i].set;
	return false;
}

const char *mapping_field_name(unsigned i)
{
	return i < MAP_FIELDS ? mapping_specs[i].name : NULL;
}

#include "adapters/condition.h"

#include "adapters/value_map.h"

struct condition {
	struct template from;
	const struct value_map *values;
	bool any; /* "*" */
	const struct condition *next;
};

static void compile_from(struct conf *conf, const struct conf_node *key, struct span text,
			 const char *name, const struct mapping_resolver *resolver,
			 struct arena *arena, struct condition *c)
{
	struct template_problem problem;

	if (template_compile(text, resolver, arena, &c->from, &problem) < 0)
		conf_problem(conf, key, "%s: only: %s", name, problem.err.message);
	else if (!c->from.refs)
		conf_problem(conf, key,
			     "%s: only: expected fields between braces, {\"{TYPE}\": BED}", name);
}

/* One value, or a list of them. */
static void compile_values(struct conf *conf, const struct conf_node *node, const char *name,
			   struct arena *arena, struct condition *c)
{
	bool list = conf_kind(node) == CONF_SEQUENCE;
	size_t n = list ? conf_count(node) : 1, kept = 0;
	struct value_map_entry *entries = arena_array(arena, struct value_map_entry, n + 1);

	for (size_t i = 0; i < n; i++) {
		const struct conf_node *item = list ? conf_item(node, i) : node;
		struct span text = conf_text(item);
		if (conf_kind(item) != CONF_SCALAR)
			conf_problem(conf, item, "%s: only: expected a value or a list of values",
				     name);
		else if (span_eq(text, SPAN("*")))
			c->any = true;
		else
			entries[kept++].key = span_trim(text.p ? text : SPAN(""));
	}
	c->values = value_map_new(arena, entries, kept);
}

const struct condition *condition_compile(struct conf *conf, const struct conf_node *node,
					  const char *name, const struct mapping_resolver *resolver,
					  struct arena *arena)
{
	const struct condition *first = NULL;

	if (node && conf_kind(node) != CONF_MAPPING) {
		conf_problem(
		    conf, node,
		    "%s: only: expected fields and their values, {\"{TYPE}\": [BED, CRIB]}", name);
		return NULL;
	}
	for (size_t i = conf_count(node); i-- > 0;) {
		struct condition *c = arena_new(arena, struct condition);
		struct span key;
		const struct conf_node *value = conf_pair(node, i, &key);
		compile_from(conf, conf_pair_key(node, i), key, name, resolver, arena, c);
		compile_values(conf, value, name, arena, c);
		c->next = first;
		first = c;
	}
	return first;
}

bool condition_holds(const struct condition *c, const struct record *r, struct arena *arena)
{
	for (; c; c = c->next) {
		struct span text = span_trim(template_render(&c->from, r, arena));
		if ((!c->any || !text.n) && !value_map_find(c->values, text.p ? text : SPAN("")))
			return false;
	}
	return true;
}

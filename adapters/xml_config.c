#include "adapters/xml_config.h"

#include <stddef.h>

struct xml_keys {
	const struct conf_node *record, *namespaces;
};

const struct conf_key xml_config_keys[] = {
    {"record", CONF_NODE, offsetof(struct xml_keys, record), .required = true,
     .help = "the element that is one record: /b:Export/b:Bed, //Bed; or a list of such"},
    {"namespaces", CONF_NODE, offsetof(struct xml_keys, namespaces),
     .help = "prefixes for the paths: {b: \"urn:...\"}"},
    {NULL}};

static void read_namespaces(struct xml_config *c, struct conf *conf, const struct conf_node *node)
{
	size_t n = conf_count(node);

	if (node && conf_kind(node) != CONF_MAPPING) {
		conf_problem(conf, node, "namespaces: expected prefixes, {b: \"urn:...\"}");
		return;
	}
	struct xml_prefix *p = arena_array(&c->arena, struct xml_prefix, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct conf_node *value = conf_pair(node, i, &p[i].prefix);
		struct span uri = conf_text(value);
		if (conf_kind(value) != CONF_SCALAR)
			conf_problem(conf, value, "namespaces: expected the namespace's name");
		p[i].uri = uri.p ? uri.p : "";
	}
	c->prefixes = (struct xml_prefixes){p, n};
}

static void read_one_record(struct xml_config *c, struct conf *conf, const struct conf_node *node,
			    struct xml_path *path)
{
	struct span text = conf_text(node);
	struct err why = {0};

	if (!text.n)
		conf_problem(conf, node, "record: expected a path, like /Export/Bed or //Bed");
	else if (xml_path_record(text, &c->prefixes, &c->arena, path, &why) < 0)
		conf_problem(conf, node, "record: %s", why.message);
}

/* One path, or a list: an element that any of them leads to is a record. */
static void read_record(struct xml_config *c, struct conf *conf, const struct conf_node *node)
{
	bool list = conf_kind(node) == CONF_SEQUENCE;
	size_t n = list ? conf_count(node) : 1;
	struct xml_path *last = &c->record;
	struct buf texts = BUF_INIT;

	if (n == 0 || n > XML_RECORDS_MAX)
		conf_problem(conf, node, "record: expected one to %d paths", XML_RECORDS_MAX);
	for (size_t i = 0; i < n && i < XML_RECORDS_MAX; i++) {
		const struct conf_node *item = list ? conf_item(node, i) : node;
		struct xml_path *path = i ? arena_new(&c->arena, struct xml_path) : last;
		read_one_record(c, conf, item, path);
		if (n > 1 && path->holds)
			conf_problem(conf, item, "record: [%s] only where it is the only path",
				     path->holds);
		if (i)
			last->otherwise = path;
		last = path;
		buf_addf(&texts, "%s" SPAN_FMT, i ? ", " : "", SPAN_ARG(conf_text(item)));
	}
	c->record_text = arena_span(&c->arena, buf_span(&texts)).p;
	buf_done(&texts);
}

int xml_configure(struct conf *conf, const struct conf_node *node, void **ret_config,
		  _unused_ struct err *err)
{
	struct xml_config *c = calloc(1, sizeof(*c));
	struct xml_keys k = {0};

	if (!c)
		abort();
	*ret_config = c;
	if (!node) {
		conf_problem(conf, NULL,
			     "xml is missing: {record: \"//Bed\"} says which element is a record");
		return 0;
	}
	conf_read(conf, node, xml_config_keys, &k);
	read_namespaces(c, conf, k.namespaces);
	if (!k.record)
		return 0;
	read_record(c, conf, k.record);
	return 0;
}

void xml_config_free(void *config)
{
	struct xml_config *c = config;

	arena_done(&c->arena);
	free(c);
}

/* A record that is known at its end by [name] is read from what its element kept: children and
 * attributes. */
static int check_kept(const struct xml_config *c, const struct xml_path *path, struct err *err)
{
	for (size_t i = 0; c->record.holds && i < path->n; i++)
		if (path->steps[i].descend || (path->steps[i].has_attribute && i + 1 < path->n))
			return err_set(err, ERR_INVALID,
				       "with record: ...[%s] a field's path has no // and no "
				       "[@name] but at its end",
				       c->record.holds);
	return 0;
}

int xml_resolve(void *config, struct span text, struct field_ref *ret, struct err *err)
{
	struct xml_config *c = config;

	for (ret->index = 0; ret->index < c->n; ret->index++)
		if (span_eq(c->texts[ret->index], text))
			return 0;
	if (c->n == XML_FIELDS_MAX)
		return err_set(err, ERR_INVALID, "more than %d fields are read", XML_FIELDS_MAX);
	struct xml_path *path = &c->fields[c->n];
	int r = xml_path_field(text, &c->prefixes, &c->arena, path, err);
	if (r < 0)
		return r;
	r = check_kept(c, path, err);
	if (r < 0)
		return r;
	c->texts[c->n++] = arena_span(&c->arena, text);
	return 0;
}

#include "adapters/adapter_reference.h"

#include <string.h>

#include "adapters/adapter_inside.h"

#define SHARED_KEYS_MAX 16

/* A table's cell: its bars escaped. */
static void add_cell(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

static void add_kind(const struct conf_key *key, struct buf *out)
{
	static const char *const kinds[] = {
	    [CONF_STRING] = "text",	     [CONF_INT] = "number",
	    [CONF_BOOL] = "`true`, `false`", [CONF_DURATION] = "duration: `2s`",
	    [CONF_SIZE] = "size: `4MiB`",    [CONF_ENUM] = "",
	    [CONF_NODE] = "as told"};

	buf_adds(out, kinds[key->type]);
	for (const char *const *name = key->names; key->type == CONF_ENUM && *name; name++)
		buf_addf(out, "%s`%s`", name == key->names ? "" : ", ", *name);
	if (key->type == CONF_INT && (key->min || key->max))
		buf_addf(out, " %lld to %lld", (long long)key->min, (long long)key->max);
}

static void add_default(const struct conf_key *key, struct buf *out)
{
	if (key->required) {
		buf_adds(out, "required");
	} else if (key->by_default && key->by_default[0]) {
		buf_addc(out, '`');
		add_cell(out, key->by_default);
		buf_addc(out, '`');
	}
}

static void add_keys(const char *title, const struct conf_key *keys, struct buf *out)
{
	buf_addf(out, "### %s\n\n| key | is | default | |\n|---|---|---|---|\n", title);
	for (; keys->name; keys++) {
		buf_addf(out, "| `%s` | ", keys->name);
		add_kind(keys, out);
		buf_adds(out, " | ");
		add_default(keys, out);
		buf_adds(out, " | ");
		add_cell(out, keys->help ? keys->help : "");
		buf_adds(out, " |\n");
	}
	buf_addc(out, '\n');
}

/* ---- the keys of a field, each with the fields that take it ---- */

static bool takes(const char *field, const char *key)
{
	for (const struct conf_key *k = mapping_keys_of_field(field); k && k->name; k++)
		if (strcmp(k->name, key) == 0)
			return true;
	return false;
}

static void add_field_key(const struct conf_key *key, struct buf *out)
{
	size_t takers = 0, all = 0;
	struct buf names = BUF_INIT;

	for (const struct conf_key *f = mapping_field_keys; f->name; f++) {
		if (!mapping_keys_of_field(f->name))
			continue;
		all++;
		if (takes(f->name, key->name))
			buf_addf(&names, "%s`%s`", takers++ ? ", " : "", f->name);
	}
	buf_addf(out, "| `%s` | %s | ", key->name, takers == all ? "all" : names.p);
	add_default(key, out);
	buf_adds(out, " | ");
	add_cell(out, key->help ? key->help : "");
	buf_adds(out, " |\n");
	buf_done(&names);
}

static void add_field_keys(struct buf *out)
{
	const char *seen[SHARED_KEYS_MAX];
	size_t n = 0;

	buf_adds(out, "### A field that is more than a template\n\n| key | of | default | |\n"
		      "|---|---|---|---|\n");
	for (const struct conf_key *f = mapping_field_keys; f->name; f++) {
		for (const struct conf_key *k = mapping_keys_of_field(f->name); k && k->name; k++) {
			size_t i = 0;
			while (i < n && strcmp(seen[i], k->name) != 0)
				i++;
			if (i < n || n == SHARED_KEYS_MAX)
				continue;
			seen[n++] = k->name;
			add_field_key(k, out);
		}
	}
}

void adapter_reference(struct buf *out)
{
	add_keys("An adapter", adapter_keys, out);
	add_keys("`csv:`", csv_format.keys, out);
	add_keys("`xml:`", xml_format.keys, out);
	add_keys("`hl7:`", hl7_format.keys, out);
	add_keys("`event:`", mapping_field_keys, out);
	add_field_keys(out);
}

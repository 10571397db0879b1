/* `xml:` of an adapter, and the paths of its templates. Inside the XML driver. */
#pragma once

#include "adapters/format.h"
#include "adapters/xml.h"

struct xml_config {
	struct arena arena;
	const char *record_text;
	struct xml_path record;
	struct xml_prefixes prefixes;
	struct xml_path fields[XML_FIELDS_MAX]; /* field_ref.index is the place in the list */
	struct span texts[XML_FIELDS_MAX];
	size_t n;
};

extern const struct conf_key xml_config_keys[];
int xml_configure(struct conf *conf, const struct conf_node *node, void **ret_config,
		  struct err *err);
void xml_config_free(void *config);
int xml_resolve(void *config, struct span text, struct field_ref *ret, struct err *err);

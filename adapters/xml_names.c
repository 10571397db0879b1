#include "adapters/xml_names.h"

struct xml_name_met *xml_names_meet(struct xml_names *names, const unsigned char *element,
				    const unsigned char *attribute, bool *ret_first)
{
	size_t at = ((uintptr_t)element * 31 + (uintptr_t)attribute) >> 3;

	*ret_first = false;
	for (at &= XML_NAMES_SIZE - 1; names->met[at].element; at = (at + 1) & (XML_NAMES_SIZE - 1))
		if (names->met[at].element == element && names->met[at].attribute == attribute)
			return &names->met[at];
	if (names->n == XML_NAMES_MAX)
		return NULL;
	names->order[names->n++] = (uint16_t)at;
	names->met[at] = (struct xml_name_met){.element = element, .attribute = attribute};
	*ret_first = true;
	return &names->met[at];
}

void xml_names_count(struct xml_name_met *met, uint64_t place)
{
	met->records += met->last != place + 1;
	met->last = place + 1;
}

void xml_names_report(const struct xml_names *names,
		      void (*unread)(void *ctx, const char *element, const char *attribute,
				     uint64_t records),
		      void *ctx)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct xml_name_met *met = &names->met[names->order[i]];
		if (met->unread)
			unread(ctx, (const char *)met->element, (const char *)met->attribute,
			       met->records);
	}
}

#include "adapters/xml_match.h"

_hot_ const struct xml_match_attribute *xml_match_attribute(const struct xml_match_attributes *all,
							    const struct xml_match_name *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (xml_match_name(name, all->p[i].local, all->p[i].uri))
			return &all->p[i];
	return NULL;
}

_hot_ bool xml_match_step(const struct xml_match_step *s, const unsigned char *local,
			  const unsigned char *uri, const struct xml_match_attributes *all)
{
	if (!xml_match_name(&s->name, local, uri))
		return false;
	if (!s->has_attribute)
		return true;
	const struct xml_match_attribute *a = all ? xml_match_attribute(all, &s->attribute) : NULL;
	return a && (!s->value || span_eq_str(xml_match_value(a), s->value));
}

_hot_ uint32_t xml_match_advance(const struct xml_match_path *path, uint32_t parent,
				 const unsigned char *local, const unsigned char *uri,
				 const struct xml_match_attributes *all, bool *ret_final)
{
	uint32_t next = 0;

	*ret_final = false;
	for (size_t i = 0; i < path->n; i++) {
		if (!(parent >> i & 1))
			continue;
		if (path->steps[i].descend)
			next |= 1u << i;
		if (!xml_match_step(&path->steps[i], local, uri, all))
			continue;
		if (i + 1 == path->n)
			*ret_final = true;
		else
			next |= 1u << (i + 1);
	}
	return next;
}

/* Paths against open elements. Names are interned by the parser, so that equal names are equal
 * pointers; the document's names that a path does not care about are NULL in it.
 *
 * A path is followed as a set of states, one bit for each number of steps already done: a child's
 * set follows from its parent's. The record's path starts at the document, a field's path at the
 * record, each with the set 1.
 */
#pragma once

#include <stdint.h>

#include "adapters/xml_path.h"

struct xml_match_name {
	const unsigned char *local, *uri; /* interned; NULL: any */
	bool no_uri;			  /* in no namespace */
};

struct xml_match_step {
	struct xml_match_name name, attribute;
	bool descend, has_attribute;
	const char *value;
};

/* struct xml_path with the parser's own names. */
struct xml_match_path {
	unsigned ups;
	enum xml_kind kind;
	size_t n;
	struct xml_match_name attribute;
	struct xml_match_step steps[XML_STEPS_MAX];
};

/* The five pointers by which the parser hands out an attribute. */
struct xml_match_attribute {
	const unsigned char *local, *prefix, *uri, *from, *to;
};

struct xml_match_attributes {
	const struct xml_match_attribute *p;
	size_t n;
};

static inline bool xml_match_name(const struct xml_match_name *n, const unsigned char *local,
				  const unsigned char *uri)
{
	return (!n->local || n->local == local) && (!n->uri || n->uri == uri) &&
	       (!n->no_uri || !uri);
}

/* The first of this name; NULL if there is none. */
const struct xml_match_attribute *xml_match_attribute(const struct xml_match_attributes *all,
						      const struct xml_match_name *name);
static inline struct span xml_match_value(const struct xml_match_attribute *a)
{
	return span_of((const char *)a->from, (size_t)(a->to - a->from));
}

/* all: of the element; NULL: not known any more, a step that asks for one does not match. */
bool xml_match_step(const struct xml_match_step *s, const unsigned char *local,
		    const unsigned char *uri, const struct xml_match_attributes *all);
/* The states of a child, and whether the path ends there. */
uint32_t xml_match_advance(const struct xml_match_path *path, uint32_t parent,
			   const unsigned char *local, const unsigned char *uri,
			   const struct xml_match_attributes *all, bool *ret_final);

/* The elements of an XML text: which paths there are, how often, and what they carry. A quick look
 * that follows tags and no more; whether the file is well-formed is for the reader (xml.h) to say.
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

#define OUTLINE_NODES_MAX      1024
#define OUTLINE_ATTRIBUTES_MAX 32
#define OUTLINE_KEYS_MAX       48

struct outline_node {
	struct span name; /* without its prefix */
	size_t parent;	  /* SIZE_MAX: the root */
	unsigned depth;
	size_t count;
	size_t texts; /* in how many of them text stands directly */
	size_t with_children;
	struct span attributes[OUTLINE_ATTRIBUTES_MAX];
	size_t n_attributes;
	struct outline_key *keys; /* <field name="BED">: what its name attribute says */
	size_t n_keys;
};

struct outline_key {
	struct span attribute, value;
	size_t count;
};

struct outline {
	struct outline_node *nodes;
	size_t n;
};

/* Names live in the text. */
void outline_read(struct span text, struct arena *a, struct outline *ret);

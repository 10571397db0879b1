/* What libxml2 would need quadratic time for, seen before it is handed over: an element with very
 * many attributes is compared pair by pair, and so would a tag without an end be searched. Follows
 * the text just as far as to know what is a tag. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

#define XML_ATTRIBUTES_MAX 512
#define XML_TAG_MAX	   ((size_t)1 << 20)

struct xml_guard {
	int state;
	char last[2];		  /* bytes before, within comments and the like */
	size_t bytes, attributes; /* of the tag */
};

#define XML_GUARD_INIT ((struct xml_guard){0})

/* How much of the next piece may be parsed; less than all of it: *ret_why says what follows. */
size_t xml_guard_pass(struct xml_guard *g, struct span text, const char **ret_why);

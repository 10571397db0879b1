/* The names of elements and attributes that stand within records, and which of them no path reads.
 * What is decided of a name when it is first met holds for the file. Names are the parser's own:
 * equal names are equal pointers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XML_NAMES_MAX  256
#define XML_NAMES_SIZE 1024 /* a power of two */

struct xml_name_met {
	const unsigned char *element, *attribute; /* attribute NULL: of the element itself */
	bool unread;
	uint64_t records, last; /* in which it stands; where the last of them is, + 1 */
};

struct xml_names {
	struct xml_name_met met[XML_NAMES_SIZE]; /* open addressing */
	uint16_t order[XML_NAMES_MAX];
	size_t n;
};

/* NULL: more names than are counted. *ret_first: it was not met before. */
struct xml_name_met *xml_names_meet(struct xml_names *names, const unsigned char *element,
				    const unsigned char *attribute, bool *ret_first);
/* It stands in the record at this place of the file. */
void xml_names_count(struct xml_name_met *met, uint64_t place);
/* Those that are unread, in the order in which they were met. */
void xml_names_report(const struct xml_names *names,
		      void (*unread)(void *ctx, const char *element, const char *attribute,
				     uint64_t records),
		      void *ctx);

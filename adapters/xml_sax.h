/* UTF-8 in pieces → start tags, text and end tags, as the parser meets them. Nothing is built in
 * memory. Refused with line and column: what is not well-formed, a DOCTYPE, a tag that libxml2
 * would need quadratic time for (xml_guard.h), more than XML_DEPTH_MAX levels (the owner counts
 * them). There are no entities but the five of XML, nothing is fetched from anywhere. */
#pragma once

#include <stdint.h>

#include "adapters/xml_guard.h"
#include "base/err.h"
#include "base/span.h"

#define XML_DEPTH_MAX 64

struct _xmlParserCtxt;

/* As the parser calls them: names are interned, equal names are equal pointers; uri NULL: in no
 * namespace; of an attribute five pointers (struct xml_match_attribute). ctx is the owner. */
struct xml_sax_handler {
	void (*start)(void *ctx, const unsigned char *local, const unsigned char *prefix,
		      const unsigned char *uri, int n_namespaces, const unsigned char **namespaces,
		      int n_attributes, int n_defaulted, const unsigned char **attributes);
	void (*end)(void *ctx, const unsigned char *local, const unsigned char *prefix,
		    const unsigned char *uri);
	void (*text)(void *ctx, const unsigned char *text, int n);
};

/* Embedded as its owner's first member: the parser hands both to their functions by one pointer. */
struct xml_sax {
	struct _xmlParserCtxt *parser;
	struct xml_guard guard;
	/* Elements and attributes whose prefix is bound to no namespace: their names count all the
	 * same. */
	uint64_t unbound;
	/* Where the text stands in the file, if it doesn't begin it: what is added to offsets and
	 * lines, and taken from the columns of its first line. */
	uint64_t origin, lines;
	int lead;
	int code;	/* < 0: it failed, with err */
	bool is_broken; /* because it is not well-formed, at this offset, line and column; */
	uint64_t broken_at;
	int broken_line, broken_column; /* of the text at hand */
	struct err err;
};

void xml_sax_init(struct xml_sax *s, const struct xml_sax_handler *handler);
void xml_sax_done(struct xml_sax *s);
int xml_sax_feed(struct xml_sax *s, struct span text, bool last, struct err *err);

/* For the handlers: ends the reading, with the line and column at hand; or with err as it is. */
_cold_ void xml_sax_refuse(struct xml_sax *s, enum err_code code, const char *why);
void xml_sax_stop(struct xml_sax *s);
/* Has the file more different names than libxml2 can keep without slowing down? */
bool xml_sax_has_too_many_names(const struct xml_sax *s);
/* Where the start tag at hand begins: its line (1-based), and its offset in the text. */
void xml_sax_tag_place(const struct xml_sax *s, uint64_t *ret_line, uint64_t *ret_offset);
uint64_t xml_sax_offset(const struct xml_sax *s); /* so far, in the text */
struct span xml_sax_tag(const struct xml_sax *s); /* the start tag at hand, as far as its > */
const unsigned char *xml_sax_intern(struct xml_sax *s, const char *name);

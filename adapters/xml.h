/* The XML reader: UTF-8 in pieces → records, as the parser meets them (SAX2 push; nothing is built
 * in memory but the fields of the record being read). Refused with line and column: what is not
 * well-formed, a DOCTYPE, more than XML_DEPTH_MAX levels. There are no entities but the five of
 * XML, nothing is fetched from anywhere.
 *
 * A path that leads to several places takes the first that has it. An element around the record
 * must stand before it in the file to be read with "../".
 */
#pragma once

#include "adapters/xml_path.h"
#include "adapters/xml_sax.h"

#define XML_FIELDS_MAX 64
#define XML_RECORD_MAX ((size_t)1 << 20)
#define XML_FIELD_MAX  ((size_t)64 << 10)

struct xml_record {
	uint64_t line, offset;	   /* of its start tag, in the text */
	const struct span *values; /* of the fields; SPAN_NONE where the record has none */
	bool too_long;		   /* the record, or */
	size_t long_field;	   /* this field; SIZE_MAX: none */
};

struct xml_handler {
	void *ctx;
	int (*record)(void *ctx, const struct xml_record *record,
		      struct err *err); /* < 0 ends the reading */
	/* At the file's end, each element and attribute (else NULL) within records that no path
	 * reads, and in how many records it stands. */
	void (*unread)(void *ctx, const char *element, const char *attribute, uint64_t records);
};

struct xml;

/* record and fields must outlive the reader. */
struct xml *xml_new(const struct xml_path *record, const struct xml_path *fields, size_t n,
		    const struct xml_handler *handler);
void xml_free(struct xml *x);
DEFINE_CLEANUP(struct xml *, xml_free)
int xml_feed(struct xml *x, struct span text, bool last, struct err *err);

/* Can a record's path begin with the root element? */
bool xml_root_fits(const struct xml *x);
/* Elements and attributes whose prefix is bound to no namespace: their names count all the same. */
uint64_t xml_unbound(const struct xml *x);

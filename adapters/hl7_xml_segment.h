/* One segment of a v2.xml message, gathered field by field, as the line that stands for it in the
 * encoding with pipes. Elements may come in any order: each says its place by its number. */
#pragma once

#include "base/buf.h"
#include "base/span.h"

#define HL7_XML_LEAVES_MAX 16384 /* values of a segment */

/* A place, and the text there: text[from, to) */
struct hl7_xml_leaf {
	uint16_t field, repetition, component, subcomponent; /* 1-based */
	uint32_t from, to;
};

struct hl7_xml_segment {
	char id[4];
	struct hl7_xml_leaf *leaves;
	size_t n, cap;
	struct buf text;
	bool too_long; /* more than HL7_XML_LEAVES_MAX values, or than a record may have */
};

void hl7_xml_segment_begin(struct hl7_xml_segment *s, const char *id);
void hl7_xml_segment_done(struct hl7_xml_segment *s);
/* A field begins: one more repetition if it stands there already. */
void hl7_xml_segment_field(struct hl7_xml_segment *s, unsigned field);
/* A part of the field that began last. subcomponent 0: the component as a whole. */
void hl7_xml_segment_part(struct hl7_xml_segment *s, unsigned component, unsigned subcomponent);
/* Text of the place that began last. */
void hl7_xml_segment_text(struct hl7_xml_segment *s, struct span text);
/* The first field's text, so far. */
struct span hl7_xml_segment_first(const struct hl7_xml_segment *s);
/* Appends the line, with a CR before it if it is not the first; the delimiters are |^~\&. */
void hl7_xml_segment_write(struct hl7_xml_segment *s, struct buf *out);

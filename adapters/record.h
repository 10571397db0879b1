/* A record as the mapping sees it: a row, an element, a message; fields are asked for by a compiled
 * reference.
 *
 * How a reference is written depends on the format: {COLUMN} (CSV), {PV1-3.1} or {PL.1} (HL7),
 * {b:Room/@no} (XML).
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

struct field_ref {
	const char *text; /* as written in the YAML, for messages */
	union {
		size_t index; /* CSV: place among the columns that are read; XML: among the paths */
		/* HL7: 1-based, 0 = not given. "PL" = the location that the event is about. */
		struct {
			char segment[4];
			uint16_t field, repetition, component, subcomponent;
		} hl7;
	};
};

struct record {
	uint64_t number; /* 1-based */
	uint64_t line, offset;
	/* A line end in an identifier says that text of elsewhere came into the field: a quote not
	 * closed, a line broken. */
	bool is_one_line;
	/* Its text was found to be UTF-8 as a whole: fields need not be asked one by one. */
	bool is_utf8;
	/* Of a format whose fields are there as they are, each at its reference's index: these, and
	 * get is not asked. */
	const struct span *values;
	/* SPAN_NONE: the record has no such field. Empty: it has, with nothing in it. Decoded
	 * (escapes, quotes), UTF-8. */
	struct span (*get)(const struct record *r, const struct field_ref *ref,
			   struct arena *scratch);
	const void *data; /* the format's own */
};

static inline struct span record_get(const struct record *r, const struct field_ref *ref,
				     struct arena *scratch)
{
	return r->values ? r->values[ref->index] : r->get(r, ref, scratch);
}

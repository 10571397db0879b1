/* One HL7 v2 message as text: delimiters, segments, fields, repetitions, components, escapes.
 * Nothing here knows what a field means.
 *
 *     MSH|^~\&|SIMHOSP|SFAC|…            segment 0; MSH-1 is the "|" itself, MSH-2 the "^~\&"
 *     PV1|1|I|ED^1^2&a~ED^1^3            PV1-3[2].1 is "ED", PV1-3.3.2 is "a"
 *
 * A message is indexed, not copied: hl7_parse() notes where segments stand, a segment's fields are
 * found when one of them is first asked for. The same struct is used for message after message and
 * keeps its tables. Text is UTF-8.
 *
 * A line that does not look like a segment (three characters and the field separator) is part of
 * the segment before it: line ends inside a field are a fault that senders do have.
 */
#pragma once

#include <string.h>

#include "adapters/adapter.h"
#include "adapters/record.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#define HL7_SEGMENTS_MAX 4096
#define HL7_FIELD_MAX	 ADAPTER_FIELD_MAX

struct hl7_delimiters { /* 0: the message has none */
	char field, component, repetition, escape, subcomponent, truncation;
};

struct hl7_segment {
	char id[4];		/* upper case, NUL-terminated */
	uint32_t start, length; /* in the message's bytes, without the line end */
	/* Where its fields' ends stand in field_ends; n_fields 0: not looked for yet. */
	uint32_t fields, n_fields;
};

/* Three letters and their NUL as one number: ids are compared often. */
static inline uint32_t hl7_id_word(const char id[static 4])
{
	uint32_t word;

	memcpy(&word, id, sizeof(word));
	return word;
}

struct hl7_message {
	struct span bytes;
	struct hl7_delimiters delimiters;
	bool has_escape; /* behind MSH-2; without one there is nothing to decode */
	struct hl7_segment *segments;
	size_t n_segments;
	size_t joined_lines; /* lines that were no segment */
	bool too_long; /* a field over HL7_FIELD_MAX was asked for: SPAN_NONE was the answer */
	/* tables, kept from message to message */
	size_t segments_cap;
	uint32_t *field_ends;
	size_t n_field_ends, field_ends_cap;
};

#define HL7_MESSAGE_INIT ((struct hl7_message){.n_segments = 0})

/* bytes: from the M of MSH on; they must outlive the use of m. INVALID or LIMIT with what is wrong
 * with the message (never a value of it): no MSH, delimiters that are missing or not told apart,
 * too many segments. Accepted for what senders do: MSH-2 with fewer than four characters, with the
 * truncation character of v2.7, and with the escape character doubled ("^~\\&"). */
int hl7_parse(struct hl7_message *m, struct span bytes, struct err *err);
void hl7_message_done(struct hl7_message *m);

/* The index of the first segment of this id, or -1. group 1 is the second PID with what follows it
 * (a swap, A17); it sees also the segments that stand before the first PID. */
ssize_t hl7_find(const struct hl7_message *m, const char id[static 4], unsigned group);
/* As written, with its delimiters. field 1-based, as in HL7; SPAN_NONE if the segment ends before
 * it. */
struct span hl7_field(struct hl7_message *m, size_t segment, unsigned field);
/* A part of a field, as written. 1-based; 0: the first repetition, all components, all
 * subcomponents. */
struct span hl7_part(const struct hl7_message *m, struct span field, unsigned repetition,
		     unsigned component, unsigned subcomponent);
/* HL7's null, two quotes: the value is to be deleted, which differs from empty (nothing said). */
static inline bool hl7_is_null(struct span raw)
{
	return raw.n == 2 && raw.p[0] == '"' && raw.p[1] == '"';
}

/* Escapes undone: \F\ \S\ \T\ \R\ \E\ \P\ the delimiters, \X0D41\ bytes (UTF-8, else ISO 8859-1),
 * \.br\ \.sp\ \.ce\ a new line, \H\ \N\ nothing. Others (\Z…\, \C…\, what nobody knows) stay as
 * written. In the arena only if it holds an escape. */
struct span hl7_decode(const struct hl7_message *m, struct span raw, struct arena *a);
/* Decoded, white space off both ends; null as empty. SPAN_NONE: there is no such segment, field or
 * part. */
struct span hl7_get(struct hl7_message *m, const struct field_ref *ref, unsigned group,
		    struct arena *a);

/* The same of one segment; ref->hl7.segment is not looked at. */
struct span hl7_get_at(struct hl7_message *m, size_t segment, const struct field_ref *ref,
		       struct arena *a);

/* "PV1-3.1", "PV1-3[2].1.1", "MSH-9.2", "ZBE-1", "PL.1" (component 1 of the location an event is
 * about; `field` is 0). "PV1.3.1" is read like "PV1-3.1". ret->text is left alone. */
int hl7_ref_parse(struct span text, struct field_ref *ret, struct err *err);

/* A message on its way to its events: the effects of its trigger, mapped one by one. */
#pragma once

#include "adapters/format.h"
#include "adapters/hl7_adt.h"

struct hl7_record {
	const struct format_setup *setup;
	const struct clock_format *time_format;
	struct run_out *out; /* of notes */
	struct hl7_message *message;
	struct arena *arena; /* of this record */
	bool is_utf8;	     /* the message, as a whole */
	struct run_place place;
	struct hl7_reading adt;
	struct mapping_given given;
	struct span time;     /* where changed_at was read from */
	const char *bad_time; /* why it could not be; NULL: it could */
	struct event events[HL7_EFFECTS_MAX];
	size_t n;
	struct span beds[HL7_EFFECTS_MAX + 1]; /* of each effect; SPAN_NONE: as one before it */
	bool passed_over; /* the effect that was mapped last, by the adapter's `only` */
	struct mapping_problem problem; /* the first: of a bad record, or a warning */
};

void hl7_record_note(const struct hl7_record *x, const char *what); /* NULL: nothing */

/* given.changed_at and time_source, or bad_time: which is bad only if the adapter does not map
 * changed_at by itself. */
void hl7_event_time(struct hl7_record *x);

/* All effects → events, beds. 0, or INVALID with x->problem filled: the record is bad. */
int hl7_event_make(struct hl7_record *x);

/* A08: is the bed another one than is known of the visit and the bed? */
bool hl7_event_differs(struct hl7_record *x);

/* What an HL7 v2 ADT message means for beds: the trigger table of HL7-BED-EVENTS (HL7 v2.3 to v2.9 chapter 3; PL chapter 2A; table 0116), laid
 * out for every trigger, as pure functions of the message, the site's switches and the memory. */
#pragma once

#include "adapters/memory.h"
#include "base/arena.h"
#include "bed/status.h"

struct hl7_message; /* hl7_text.h */

#define HL7_EFFECTS_MAX 4

/* A site's switches (`hl7:` in the YAML). */
struct hl7_site {
	bool cleaning;			    /* a freed bed is in maintenance until an A20 says otherwise */
	const char *const *ignore_beds;	    /* globs on "ward^room^bed" and on the bed alone; NULL-terminated; may be NULL */
};

/* One bed that changes. */
struct hl7_effect {
	char segment[4];	/* where the location stands: "PV1", "NPU"; "" when the bed was remembered */
	uint16_t field;		/* 3, 6, 11, 42 */
	uint16_t group;		/* 0, or 1 for the second PID/PV1 of a swap (A17) */
	struct span bed_id;	/* the remembered bed */
	enum bed_status status, previous;
	enum reason reason;
};

/* What to write to the memory once the record's events are accepted. `forget`: the visit is over. */
struct hl7_visit_change {
	bool set;
	bool bed_is_effect;   /* bed becomes that of effects[effect] (its built bed_id) */
	size_t effect;
	struct digest visit;
	bool discharged;
};

struct hl7_reading {
	const char *trigger; /* "A01"; "" if the message has none */
	struct hl7_effect effects[HL7_EFFECTS_MAX];
	size_t n;
	struct hl7_visit_change visit;
	const char *note;    /* why there is no effect: "no bed in PV1-3", "no bed changes status" …; NULL if there is one */
	/* The message is bad: */
	const char *bad_field, *bad_reason, *bad_message;
};

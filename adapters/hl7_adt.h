/* What an HL7 v2 ADT message means for beds (HL7 v2.3 to v2.9 chapter 3; PL chapter 2A; table
 * 0116): a const table of all triggers, read as a pure function of the message, the site's switches
 * and what is remembered of the visit.
 *
 * The reading does not know how a bed is called: an effect says where its location stands (PV1-3,
 * PV1-6, PV1-42, NPU-1) and the mapping makes the bed's identifier of it, or it names a remembered
 * bed. What depends on the bed's present status is left to hl7_adt_settle(), once the identifier is
 * known.
 */
#pragma once

#include "adapters/hl7_text.h"
#include "adapters/memory.h"
#include "base/arena.h"
#include "bed/status.h"

#define HL7_EFFECTS_MAX	  256 /* A20 with all beds of a home; all others make two at most */
#define HL7_BED_CODES_MAX 64
#define HL7_TREAT_AS_MAX  64
#define HL7_BED_COMPONENT 3 /* PL-3, the bed */

/* A code of the site's own for NPU-2, beside table 0116. */
struct hl7_bed_code {
	const char *code;
	enum bed_status status;
	enum reason reason;
};

struct hl7_treat_as {
	char trigger[4], as[4]; /* as "": no bed changes */
};

/* A site's switches (`hl7:` in the YAML). */
struct hl7_site {
	bool cleaning; /* a freed bed is in maintenance until an A20 says otherwise */
	/* A location is a bed if this component of it is valued; 0: any location is. */
	unsigned bed_component;
	/* Globs on "ward^room^bed" and on the bed alone; NULL-terminated; may be NULL. */
	const char *const *ignore_beds;
	const struct hl7_bed_code *bed_codes;
	size_t n_bed_codes;
	const struct hl7_treat_as *treat_as;
	size_t n_treat_as;
};

enum hl7_rule {
	HL7_SET,	     /* the bed becomes `status` */
	HL7_SET_IF_RESERVED, /* only if it is reserved, or not known */
	HL7_RESTORE,	     /* what it was before it was occupied; `status` if not known */
	HL7_ISOLATE,	     /* table 0116 I: occupied if it is so now, else maintenance */
	HL7_CHECK,	     /* A08: no change, but a bed other than remembered is reported */
};

#define HL7_NOWHERE (-1)

/* One bed that changes. */
struct hl7_effect {
	ssize_t segment; /* the segment that holds its location; HL7_NOWHERE for a remembered bed */
	unsigned field;	 /* of that segment */
	unsigned group;	 /* 1 for the second patient of a swap */
	struct span bed_id; /* the remembered bed */
	bool unless_first;  /* nothing if its bed turns out to be that of effect 0 */
	enum hl7_rule rule;
	enum bed_status status; /* BED_UNKNOWN: a code that is not known (A20) */
	enum reason reason;
};

/* Where a visit lies after the message. An index of effects[], or one of these: */
enum {
	HL7_BED_NONE = -1,
	HL7_BED_KEEP = -2,
	HL7_BED_GIVEN_UP = -3, /* none if it was effect 0's, else kept */
};
/* Both the same effect: the bed is promised, and the visit lies in none. */
struct hl7_visit_change {
	struct digest visit;
	int bed, before;
};

struct hl7_reading {
	char trigger[4]; /* "A01"; "" if the message is no ADT */
	struct hl7_effect effects[HL7_EFFECTS_MAX];
	size_t n;
	struct hl7_visit_change visits[2];
	size_t n_visits;
	bool cancels;	  /* one of the triggers that cancel another */
	bool undoes_move; /* A12, A32: effect 0 is the bed they are back in, 1 the one they left */
	bool has_visit;	  /* PV1-19 is valued and there is a memory */
	struct digest visit;
	bool has_identity;		/* MSH-10 is valued and there is a memory */
	struct digest identity;		/* MSH-3, MSH-4 and MSH-10, hashed with the home's key */
	struct visit_memory remembered; /* before this message; beds absent if none are */
	struct span promised;		/* the bed that waits for the visit; SPAN_NONE: none */
	struct span tombstone;		/* of the visit (hl7_tombstone.h); SPAN_NONE: none */
	const char *note;  /* worth counting: above all why there is no effect; NULL: nothing */
	const char *doubt; /* a second note: EVN-1 contradicts MSH-9 */
	/* The message is bad (bad_field not NULL) unless, with effects, the adapter maps the status
	 * by itself. The value is raw text for value_class, never shown. */
	const char *bad_field, *bad_reason, *bad_message;
	struct span bad_value;
};

/* memory may be NULL. Texts and beds from the arena. */
void hl7_adt_read(struct hl7_message *m, const struct hl7_site *site,
		  const struct adapter_memory *memory, struct arena *a, struct hl7_reading *ret);

/* The status that an effect gives a bed of which this is known (NULL: nothing). false: the bed
 * stays as it is. */
bool hl7_adt_settle(const struct hl7_effect *e, const struct bed_memory *bed,
		    enum bed_status *ret_status, enum reason *ret_reason);

/* EVN-6, else EVN-2, else MSH-7: the first that is valued; which one. NULL: none is. When it was
 * recorded: the same without EVN-6. */
#define HL7_OCCURRED "EVN-6"
const char *hl7_adt_time(struct hl7_message *m, struct arena *a, struct span *ret);
const char *hl7_adt_time_recorded(struct hl7_message *m, struct arena *a, struct span *ret);

/* The visit's key: PV1-19.1 with its assigning authority (else the sending facility, MSH-4), hashed
 * with the home's key. false if the message names none. */
bool hl7_adt_visit(struct hl7_message *m, unsigned group, const struct adapter_memory *memory,
		   struct arena *a, struct digest *ret);

/* The table, for manuals and completion; NULL ends it. */
const char *hl7_trigger_name(size_t i);
const char *hl7_trigger_what(size_t i);
bool hl7_trigger_is_known(struct span name);

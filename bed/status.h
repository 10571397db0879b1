/* The closed lists. A name that is not in its list is refused at every door. */
#pragma once

#include <stdbool.h>

#include "base/span.h"

enum bed_status {
	BED_UNKNOWN = 0, /* null on the wire; only as a previous status */
	BED_AVAILABLE,
	BED_OCCUPIED,
	BED_RESERVED,
	BED_MAINTENANCE,
	BED_STATUS_COUNT,
};

enum care_level {
	CARE_UNKNOWN = 0, /* null on the wire: keep what is known of the bed */
	CARE_LIGHT,
	CARE_MEDIUM,
	CARE_INTENSIVE,
	CARE_LEVEL_COUNT,
};

/* Why a bed changed: a code, never free text. The table in status.c names each and says where it
 * comes from. */
enum reason {
	REASON_NONE = 0, /* null on the wire */
	REASON_ADMIT,
	REASON_DISCHARGE,
	REASON_TRANSFER,
	REASON_PREADMIT,
	REASON_PENDING_ADMIT,
	REASON_PENDING_TRANSFER,
	REASON_IN_TRANSIT,
	REASON_LEAVE_OF_ABSENCE,
	REASON_RETURN,
	REASON_ADMIT_CANCELLED,
	REASON_TRANSFER_CANCELLED,
	REASON_DISCHARGE_CANCELLED,
	REASON_RESERVATION_CANCELLED,
	REASON_LEAVE_CANCELLED,
	REASON_RETURN_CANCELLED,
	REASON_TRACKING_CANCELLED, /* A32, A33 */
	REASON_SWAP,
	REASON_HOUSEKEEPING, /* HL7 0116 H */
	REASON_CLEANING,
	REASON_CONTAMINATED,  /* HL7 0116 K */
	REASON_ISOLATION,     /* HL7 0116 I */
	REASON_CLOSED,	      /* HL7 0116 C */
	REASON_OPENED,	      /* back in use: HL7 0116 U */
	REASON_STATUS_UPDATE, /* A20 without a nearer reason */
	REASON_CENSUS,
	REASON_MANUAL,
	REASON_RESOLVED,	 /* a conflict settled at the region */
	REASON_PATIENT_ADMITTED, /* the long names that exports write for admit, discharge */
	REASON_PATIENT_DISCHARGED,
	REASON_OTHER, /* the source gave a reason outside this list */
	REASON_COUNT,
};

/* What the region decided of an event (DESIGN section 6). */
enum outcome {
	OUTCOME_APPLIED,
	OUTCOME_CONVERGED,
	OUTCOME_LATE,
	OUTCOME_CONFLICT,
	OUTCOME_DUPLICATE,
	OUTCOME_REJECTED,
	OUTCOME_COUNT,
};

/* Names are lower case; NULL for UNKNOWN and NONE. Parse: exact, false if not in the list. */
const char *bed_status_name(enum bed_status s);
bool bed_status_parse(struct span s, enum bed_status *ret);
const char *care_level_name(enum care_level c);
bool care_level_parse(struct span s, enum care_level *ret);
const char *reason_name(enum reason r);
const char *reason_help(enum reason r);
bool reason_parse(struct span s, enum reason *ret);
const char *outcome_name(enum outcome o);
bool outcome_parse(struct span s, enum outcome *ret);
/* NULL-terminated lists of all names, for configuration tables and "did you mean". */
const char *const *bed_status_names(void);
const char *const *care_level_names(void);
const char *const *reason_names(void);

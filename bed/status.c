/* Tables rather than switches: the order is the enum's, so a name is an index and a list of names
 * is the table itself. */
#include "bed/status.h"

#include "base/cleanup.h"

static const char *const statuses[] = {
    [BED_UNKNOWN] = NULL,	 [BED_AVAILABLE] = "available",	    [BED_OCCUPIED] = "occupied",
    [BED_RESERVED] = "reserved", [BED_MAINTENANCE] = "maintenance", [BED_STATUS_COUNT] = NULL,
};

static const char *const care_levels[] = {
    [CARE_UNKNOWN] = NULL,	    [CARE_LIGHT] = "light",    [CARE_MEDIUM] = "medium",
    [CARE_INTENSIVE] = "intensive", [CARE_LEVEL_COUNT] = NULL,
};

static const char *const outcomes[] = {
    [OUTCOME_APPLIED] = "applied",     [OUTCOME_CONVERGED] = "converged",
    [OUTCOME_LATE] = "late",	       [OUTCOME_CONFLICT] = "conflict",
    [OUTCOME_DUPLICATE] = "duplicate", [OUTCOME_REJECTED] = "rejected",
};

#define REASONS(X)                                                                                 \
	X(ADMIT, "admit", "a resident was admitted (HL7 A01, A04 with a bed, A06)")                \
	X(DISCHARGE, "discharge", "a resident was discharged (HL7 A03)")                           \
	X(TRANSFER, "transfer", "a resident moved from one bed to another (HL7 A02)")              \
	X(PREADMIT, "preadmit", "kept for an announced admission (HL7 A05)")                       \
	X(PENDING_ADMIT, "pending_admit", "kept for a pending admission (HL7 A14)")                \
	X(PENDING_TRANSFER, "pending_transfer", "kept for a pending transfer (HL7 A15)")           \
	X(IN_TRANSIT, "in_transit", "kept for a resident on the way (HL7 A09, A10)")               \
	X(LEAVE_OF_ABSENCE, "leave_of_absence", "kept while its resident is on leave (HL7 A21)")   \
	X(RETURN, "return", "its resident came back from leave (HL7 A22)")                         \
	X(ADMIT_CANCELLED, "admit_cancelled", "an admission was cancelled (HL7 A11)")              \
	X(TRANSFER_CANCELLED, "transfer_cancelled", "a transfer was cancelled (HL7 A12)")          \
	X(DISCHARGE_CANCELLED, "discharge_cancelled", "a discharge was cancelled (HL7 A13)")       \
	X(RESERVATION_CANCELLED, "reservation_cancelled",                                          \
	  "a reservation was cancelled (HL7 A26, A27, A38)")                                       \
	X(LEAVE_CANCELLED, "leave_cancelled", "a leave was cancelled (HL7 A52)")                   \
	X(RETURN_CANCELLED, "return_cancelled", "a return from leave was cancelled (HL7 A53)")     \
	X(TRACKING_CANCELLED, "tracking_cancelled", "tracking was cancelled (HL7 A32, A33)")       \
	X(SWAP, "swap", "two residents changed beds (HL7 A17)")                                    \
	X(HOUSEKEEPING, "housekeeping", "being made ready (HL7 table 0116 H)")                     \
	X(CLEANING, "cleaning", "being cleaned after its resident left")                           \
	X(CONTAMINATED, "contaminated", "contaminated (HL7 table 0116 K)")                         \
	X(ISOLATION, "isolation", "isolated (HL7 table 0116 I)")                                   \
	X(CLOSED, "closed", "closed (HL7 table 0116 C)")                                           \
	X(OPENED, "opened", "back in use (HL7 table 0116 U)")                                      \
	X(STATUS_UPDATE, "status_update", "a status without a nearer reason (HL7 A20)")            \
	X(CENSUS, "census", "a list of all beds showed it so")                                     \
	X(MANUAL, "manual", "set by hand, at the board or over the API")                           \
	X(RESOLVED, "resolved", "a conflict was settled at the region")                            \
	X(PATIENT_ADMITTED, "patient_admitted", "as admit; the long name that exports write")      \
	X(PATIENT_DISCHARGED, "patient_discharged",                                                \
	  "as discharge; the long name that exports write")                                        \
	X(OTHER, "other", "the source gave a reason outside this list")

#define REASON_NAME(code, name, help) [REASON_##code] = (name),
#define REASON_HELP(code, name, help) [REASON_##code] = (help),
static const char *const reasons[REASON_COUNT + 1] = {REASONS(REASON_NAME)};
static const char *const reason_helps[REASON_COUNT + 1] = {REASONS(REASON_HELP)};

static const char *name_of(const char *const *names, unsigned n, unsigned code)
{
	return code < n ? names[code] : NULL;
}

static bool parse(const char *const *names, unsigned n, struct span s, unsigned *ret)
{
	for (unsigned i = 0; i < n; i++) {
		if (names[i] && span_eq_str(s, names[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

const char *bed_status_name(enum bed_status s)
{
	return name_of(statuses, BED_STATUS_COUNT, s);
}

bool bed_status_parse(struct span s, enum bed_status *ret)
{
	unsigned code;

	if (!parse(statuses, BED_STATUS_COUNT, s, &code))
		return false;
	*ret = code;
	return true;
}

const char *care_level_name(enum care_level c)
{
	return name_of(care_levels, CARE_LEVEL_COUNT, c);
}

bool care_level_parse(struct span s, enum care_level *ret)
{
	unsigned code;

	if (!parse(care_levels, CARE_LEVEL_COUNT, s, &code))
		return false;
	*ret = code;
	return true;
}

const char *reason_name(enum reason r)
{
	return name_of(reasons, REASON_COUNT, r);
}

const char *reason_help(enum reason r)
{
	return name_of(reason_helps, REASON_COUNT, r);
}

bool reason_parse(struct span s, enum reason *ret)
{
	unsigned code;

	if (!parse(reasons, REASON_COUNT, s, &code))
		return false;
	*ret = code;
	return true;
}

const char *outcome_name(enum outcome o)
{
	return name_of(outcomes, ARRAY_LEN(outcomes), o);
}

bool outcome_parse(struct span s, enum outcome *ret)
{
	unsigned code;

	if (!parse(outcomes, ARRAY_LEN(outcomes), s, &code))
		return false;
	*ret = code;
	return true;
}

/* The first of each is the null of UNKNOWN or NONE; the one after the last ends the list. */
const char *const *bed_status_names(void)
{
	return statuses + 1;
}

const char *const *care_level_names(void)
{
	return care_levels + 1;
}

const char *const *reason_names(void)
{
	return reasons + 1;
}

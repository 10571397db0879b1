/* One row of availability: how many beds of one ward and care level of one home are what. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "bed/ident.h"
#include "bed/status.h"

/* As facility_availability holds it after a commit.
 * Owns its strings: rows are copied and queued. */
struct avail {
	char facility_id[IDENT_MAX + 1];
	char ward[IDENT_MAX + 1];
	enum care_level care_level;
	int32_t total, available, occupied, reserved, maintenance;
	int32_t unconfirmed; /* beds in conflict: counted in total, not in available */
	usec_t as_of;	     /* the time through which the home's beds are known */
	int64_t rev;	     /* grows with every change of the row */
	bool closed;	     /* of a home that is closed: all its counts are 0 */
};

#define AVAIL_KEY_MAX (2 * IDENT_MAX + 24)

bool avail_same_key(const struct avail *a, const struct avail *b);
bool avail_same_numbers(const struct avail *a, const struct avail *b);
uint64_t avail_hash(const struct avail *a); /* of the key */
/* "fac_oslo:dementia:intensive"; returns out */
char *avail_member(const struct avail *a, char out[AVAIL_KEY_MAX]);
/* {"available":…,"rev":…}; with_key puts facility_id, ward and care_level in front; the row of a
 * closed home has "closed":true at its end. */
void avail_to_json(const struct avail *a, bool with_key, struct buf *out);
bool avail_from_json(struct span json,
		     struct avail *ret); /* with its key; false if anything is missing */
void avail_copy_text(char to[IDENT_MAX + 1], struct span s);

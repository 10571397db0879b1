/* The state digest: what a home and the region compare to know that they agree.
 *
 *     BLAKE2b-256 over, for each bed sorted by id (byte order):  bed_id 0x1F status 0x0A
 *
 * with the status by its name; a bed whose status is not known is left out. No beds: the digest of
 * nothing. */
#pragma once

#include "base/digest.h"
#include "bed/status.h"

struct bed_state {
	struct span bed_id;
	enum bed_status status;
};

/* Sorts the array in place. Ids must differ. */
struct digest state_digest(struct bed_state *beds, size_t n);

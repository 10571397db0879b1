/* The audit log's months: partitions made before their time comes, and a look at whether any row
 * found none and went to the default partition. */
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/pg.h"

#define PARTITIONS_AHEAD 3 /* months after the current one */

/* Makes those that are missing, one program at a time (an advisory lock). As bedpost_owner or
 * bedpost_ingest. ret_made may be NULL. */
int partitions_make(struct pg *pg, int *ret_made, struct err *err);

struct partitions_state {
	int64_t default_rows; /* counted up to 100,000; 0 is as it should be */
	int months_ahead;     /* after that of `at`, without a hole; -1: not even that one */
};
int partitions_look(struct pg *pg, usec_t at, struct partitions_state *ret, struct err *err);

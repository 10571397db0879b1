/* What is wrong at a home, in words, and what to do about it. Pure: facts in, findings out. */
#pragma once

#include "cli/home/facts.h"
#include "cli/home/finding.h"

#define VERDICT_NEWS (7 * USEC_PER_DAY)	 /* what happened once is told for so long */
#define VERDICT_AWAY (2 * USEC_PER_MIN)	 /* a line that is down longer is a fault */
#define VERDICT_OLD  (15 * USEC_PER_MIN) /* an event that waits longer though the line is up */
/* With less than this free nothing can be written, not even what the watcher says of it. */
#define VERDICT_DISK_NONE    ((int64_t)1 << 20)
#define VERDICT_CLOCK_WARN   (30 * USEC_PER_SEC)
#define VERDICT_CLOCK_AHEAD  (5 * USEC_PER_MIN) /* the region refuses events beyond */
#define VERDICT_EXPIRY_AHEAD (30 * USEC_PER_DAY)

void verdict(const struct facts *f, struct findings *ret);
/* Parts of it, for the doctor. */
void verdict_daemons(const struct facts *f, struct findings *ret);
void verdict_disk(const struct facts *f, struct findings *ret);
/* What to do where a line damages what passes (ERR_DAMAGED). */
extern const char verdict_damaged[];
/* ahead of the region's clock by so much */
void verdict_clock(usec_t ahead, struct findings *ret);

/* When the prepared statements are to be planned anew, a pure count.
 *
 * PostgreSQL plans a statement once, from what the tables hold then. The plans of a young audit
 * log, where one index is as good as another, would read all of a home's rows for each event of a
 * storm; and those of a month that nobody has written to yet read all of that month (measured as
 * this daemon asks, 200 homes, 25,000 rows in the new month: 1.5 s for 500 events, 0.02 s planned
 * anew). PostgreSQL mends that by itself when it has gathered statistics, which is a minute too
 * late for a storm. So plans are made anew when the log has doubled since, after REPLAN_ROWS_MAX
 * rows at the latest, and from the beginning with each month: its partition was empty when it was
 * planned for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

#define REPLAN_ROWS_MIN 64
#define REPLAN_ROWS_MAX 50000

/* All zero: nothing was planned yet. */
struct replan {
	size_t written, due; /* audit rows since the plans were made; at how many they are due */
	int month;	     /* years * 12 + months, UTC, of the partition that is written to */
};

/* Before a transaction whose rows are received `now`: true if plans are to be discarded first. */
bool replan_is_due(struct replan *r, usec_t now);
/* After its commit. */
void replan_wrote(struct replan *r, size_t rows);

/* gmtime_r() and not the zone tables: months of the audit log are UTC. */
#include "regional/merge/replan.h"

#include <time.h>

static int month_of(usec_t at)
{
	time_t seconds = (time_t)(at / USEC_PER_SEC);
	struct tm tm;

	return gmtime_r(&seconds, &tm) ? tm.tm_year * 12 + tm.tm_mon : 0;
}

static size_t next_due(size_t due)
{
	if (due < REPLAN_ROWS_MIN)
		return REPLAN_ROWS_MIN;
	return 2 * due < REPLAN_ROWS_MAX ? 2 * due : REPLAN_ROWS_MAX;
}

bool replan_is_due(struct replan *r, usec_t now)
{
	int month = month_of(now);

	/* Batches received just before midnight may come just after it: only onwards. */
	if (month > r->month) {
		*r = (struct replan){.month = month, .due = REPLAN_ROWS_MIN};
		return true;
	}
	if (r->written < r->due)
		return false;
	r->written = 0;
	r->due = next_due(r->due);
	return true;
}

void replan_wrote(struct replan *r, size_t rows)
{
	r->written += rows;
}

/* What is looked after by the clock: at the start and once a minute. In every process, whatever
 * its roles, so that each one's /metrics and /readyz tell. PostgreSQL may be away; it is tried
 * again.
 *
 *     months      rows that found no partition, months made ahead (store/partitions.h)
 */
#pragma once

#include "base/err.h"
#include "regional/metrics.h"

struct upkeep_options {
	const char *database;
	const char *role;	 /* to look with: "bedpost_ingest" or "bedpost_api" */
	struct metrics *metrics; /* may be NULL */
};

struct upkeep;
int upkeep_start(const struct upkeep_options *o, struct upkeep **ret, struct err *err);
void upkeep_stop(struct upkeep *u); /* NULL allowed */

/* What is looked after by the clock: at the start and once a minute. In every process, whatever
 * its roles, so that each one's /metrics and /readyz tell. PostgreSQL may be away; it is tried
 * again.
 *
 *     months      rows that found no partition, months made ahead (store/partitions.h)
 *     signature   the heads of all chains, once a day (store/heads_folder.h), where a folder is
 *                 given
 *     alerts      how many are open, what could not be delivered; old ones are forgotten
 */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "regional/metrics.h"

struct upkeep_options {
	const char *database;
	const char *role;		   /* to look with: "bedpost_ingest" or "bedpost_api" */
	const char *audit_dir, *audit_key; /* NULL: nothing is signed */
	bool alerts;			   /* look after them too; wants bedpost_ingest */
	usec_t keep_history, keep_deliveries;
	struct metrics *metrics; /* may be NULL */
};

struct upkeep;
int upkeep_start(const struct upkeep_options *o, struct upkeep **ret, struct err *err);
void upkeep_stop(struct upkeep *u); /* NULL allowed */

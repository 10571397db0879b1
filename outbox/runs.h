/* What messages and visits have in common: their digests are random, so they are written in the
 * order in which they come, one run a file, and merged many at a time; and a process that holds
 * them in memory must see what another has written since.
 *
 * Runs are numbered for ever, and merges too: by the last number of each a process knows whether
 * what it has in memory is all there is. */
#pragma once

#include "outbox/db.h"

struct runs {
	int64_t merges, last; /* numbers that are known: of merges, of runs */
	bool is_loaded;
	bool is_current; /* in this transaction: nobody else can have written any more */
	bool has_merged; /* in this transaction */
	bool has_run;	 /* likewise: number last + 1 was written */
};

/* The statement that runs_refresh() asks, of the tables message_… or visit_…. */
#define RUNS_LAST(what)                                                                            \
	"SELECT coalesce((SELECT max(merge) FROM " what "_merges), 0),"                            \
	" max(coalesce((SELECT through FROM " what "_merges ORDER BY merge DESC LIMIT 1), 0),"     \
	" coalesce((SELECT max(run) FROM " what "_runs), 0))"

/* load: all that there is, or (after > 0) the runs behind this one. */
int runs_refresh(struct runs *r, struct db *db, const char *last,
		 int (*load)(void *ctx, int64_t after, struct err *err), void *ctx,
		 struct err *err);
/* After a transaction. What was merged in one that was not committed has to be loaded again. */
void runs_end(struct runs *r, bool committed);

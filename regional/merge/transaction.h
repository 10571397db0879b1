/* One transaction over some batches: load, play, save, commit. Run again it starts from nothing. */
#pragma once

#include "base/err.h"
#include "regional/live/avail.h"
#include "regional/merge/ledger.h"
#include "regional/merge/load.h"
#include "regional/merge/merge.h"
#include "regional/merge/play.h"
#include "regional/merge/replan.h"
#include "store/pg.h"

struct transaction {
	struct pg *pg; /* in pipeline mode */
	struct freshness_rule fresh;
	struct columns columns;
	struct ledger ledger;
	struct avail *rows; /* after a commit: what has changed */
	size_t n_rows;
	struct replan replan;
};

struct transaction_job {
	struct merge_job *job;
	size_t from, to; /* the items; 0 … count */
};

/* Sets the jobs' verdicts and appends their outcomes. After an error nothing was committed (if the
 * connection was lost: perhaps it was; run again, it will find out), the verdicts and answers are
 * to be ignored, and the transaction is rolled back. */
int transaction_run(struct transaction *t, struct transaction_job *jobs, size_t n, struct err *err);
void transaction_done(struct transaction *t); /* not the connection */

/* The ledger from PostgreSQL. The homes' rows are locked, in id order, so that whoever else merges
 * them waits and nobody waits in a circle; all the rest is read after the lock and thus stays true
 * until the commit.
 *
 *     first round trip     BEGIN, homes FOR NO KEY UPDATE, streams, refused seqs of the batches'
 *                          ranges, beds, open chains, views
 *     second, if needed    which of the events were seen before, and what their beds were then
 *
 * An event_id above the home's highest cannot have been seen (ids lead with their time), and one
 * that is newer than what is known of its bed needs no history: a home that reports as things
 * happen never needs the second. */
#pragma once

#include "base/err.h"
#include "regional/merge/ledger.h"
#include "regional/merge/play.h"
#include "store/pg.h"

#define LOAD_COLUMNS 8

struct columns { /* arrays for unnest, reused from transaction to transaction */
	struct pg_array a[PG_PARAMS_MAX];
};
void columns_done(struct columns *c);

/* Fills batches[].home, .stream and .probes. Leaves the transaction open; on an error the caller
 * rolls back. */
int load(struct pg *pg, struct columns *c, struct ledger *l, struct play_batch *batches, size_t n,
	 struct err *err);

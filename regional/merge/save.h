/* The ledger back to PostgreSQL, and COMMIT, in one round trip. */
#pragma once

#include "base/err.h"
#include "regional/live/avail.h"
#include "regional/merge/ledger.h"
#include "regional/merge/load.h"
#include "store/pg.h"

#define SAVE_CHANNEL "bedpost_changed"
/* NOTIFY's payload ends at 8,000 bytes. */
#define SAVE_PAYLOAD_MAX 4000

/* The availability rows that the commit makes, in the ledger's arena. Counts the homes' groups and
 * moves the revs of those that changed: once, before save(). */
size_t save_prepare(struct ledger *l, struct avail **ret);
/* An error before COMMIT leaves the transaction to be rolled back. If the connection is lost at
 * COMMIT nobody knows; the streams' applied_through will tell when the batches are played again.
 *
 * The payload on SAVE_CHANNEL is the ids of the homes whose beds changed or that are seen anew,
 * with commas, or
 * "*" for too many to name. */
int save(struct pg *pg, struct columns *c, struct ledger *l, const struct avail *rows,
	 size_t n_rows, struct err *err);

/* Where the sink stands in its topic, beside the cursors that say where it stands in each home.
 *
 * For each partition an offset: what lies before it, the cursors know of, for both are written in
 * one transaction. What our own sender has put behind it was sent, and the daemon died before the
 * cursors moved; it is read back at the next start, and place_pass() moves them past it. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

#define PLACE_UNKNOWN INT64_C(-1)

/* next[partitions]; PLACE_UNKNOWN where there is none. */
int place_load(struct pg *pg, const char *consumer, const char *topic, int partitions,
	       int64_t *next, struct err *err);
/* Those that are not PLACE_UNKNOWN. */
int place_save(struct pg *pg, const char *consumer, const char *topic, int partitions,
	       const int64_t *next, struct err *err);

/* A message that was found in the topic. */
struct place_found {
	struct span facility_id, event_id;
	int64_t n;
};
/* Moves the cursors past what the audit log holds just so. ret_known: how many it does; the others
 * are changes that this database has never seen, or no longer. */
int place_pass(struct pg *pg, const char *consumer, const struct place_found *found, size_t n,
	       size_t *ret_known, struct err *err);

/* The picture that the API answers from, shared: many readers, and writers that each know a part.
 *
 *     PostgreSQL LISTEN ─► feed ────┐
 *     every 30 s, all rows ─► feed ─┼─► snapshot_… ─► picture ─► changed() ─► live streams
 *     Redis avail.changed ─► follow ┘
 *
 * With Redis gone it is as right and as quick through PostgreSQL; with PostgreSQL gone it stands
 * still and says so by its age.
 */
#pragma once

#include "base/err.h"
#include "regional/live/picture.h"
#include "regional/metrics.h"
#include "store/pg.h"

#define SNAPSHOT_WATCHERS_MAX 2

struct snapshot;

/* Called by the writing thread, one at a time and in order, outside the readers' lock: these rows
 * have new numbers; these homes a new name, contact or as_of. Either may be none. */
typedef void (*snapshot_changed_t)(void *user, const struct avail *rows, size_t n_rows,
				   const struct facility *const *homes, size_t n_homes);

struct snapshot *snapshot_new(struct metrics *metrics); /* metrics may be NULL */
void snapshot_free(struct snapshot *s);
DEFINE_CLEANUP(struct snapshot *, snapshot_free)
/* Before threads start; SNAPSHOT_WATCHERS_MAX of them, called in the order in which they came. */
void snapshot_on_change(struct snapshot *s, snapshot_changed_t changed, void *user);

/* Readers: the picture does not change between the two calls. Keep it short; never call a writer
 * inside. */
const struct picture *snapshot_lock(struct snapshot *s);
void snapshot_unlock(struct snapshot *s);
bool snapshot_is_loaded(struct snapshot *s);
usec_t snapshot_read_at(
    struct snapshot *s); /* clock_now() of the last whole read; USEC_NONE before the first */

/* Writers. */
void snapshot_apply(struct snapshot *s, const struct avail *rows, size_t n);
int snapshot_read_all(struct snapshot *s, struct pg *pg, struct err *err);
int snapshot_read_facilities(struct snapshot *s, struct pg *pg, const struct span *ids, size_t n,
			     struct err *err);

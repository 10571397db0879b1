/* Availability in Redis, kept by a thread of its own.
 *
 *     merge worker ─ commit ─► live_changed() ─► queue, one row per key ─► thread ─► Redis
 *                                                                             ▲
 *                                     every 4 min, and when Redis came back: PostgreSQL
 *
 * Per row: SET avail:{facility_id}:{ward}:{care_level} (plain fields, "-" where the ward or level
 * is unknown) to
 *
 *     {"available":3,"total":12,"occupied":7,"reserved":1,"maintenance":1,"unconfirmed":0,"as_of":"…Z","rev":4711}
 *
 * with a TTL of 600 s, only if its rev is newer; SADD avail:index:<region>
 * <facility_id>:<ward>:<care_level>, unless the home is closed: then the counts are 0, and the
 * object ends with "closed":true; PUBLISH avail.changed with the same object plus facility_id,
 * ward, care_level in front. Redis is a copy: gone, flushed or restarted, nothing else stops; the
 * thread backs off, and rebuilds all keys from PostgreSQL when it is back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "regional/live/avail.h"
#include "regional/metrics.h"

/* One row for a rebuild, and the region whose index names it. */
struct live_row {
	struct avail a;
	char region_id[IDENT_MAX + 1];
};
/* Reads all rows; *ret is the caller's to free(). Runs in the thread of live. */
typedef int (*live_read_t)(void *user, struct live_row **ret, size_t *ret_n, struct err *err);

struct live_options {
	const char *redis;    /* "127.0.0.1:6379", "[::1]:6379", "unix:/run/redis.sock"; NULL: no
				 Redis, calls do nothing */
	const char *password; /* NULL: none */
	const char *database; /* libpq connection string for rebuilds */
	live_read_t read;     /* in place of the database, for tests; NULL: the database */
	void *read_user;
	usec_t ttl;		 /* 0: 600 s */
	usec_t refresh_every;	 /* 0: 240 s */
	struct metrics *metrics; /* NULL: nothing is counted */
};

struct live;

/* Starts the thread; Redis may be away. NULL is a fine struct live for all calls below. */
int live_start(const struct live_options *o, struct live **ret, struct err *err);
void live_stop(struct live *l); /* writes what is queued if Redis is there */

/* After commit: these rows changed. Copies; never blocks, never fails: what is lost here the next
 * rebuild mends. Any thread. */
void live_changed(struct live *l, const struct avail *rows, size_t n);

struct live_state {
	bool configured, connected;
	size_t queued; /* keys waiting */
	uint64_t rebuilds;
};
struct live_state live_state(struct live *l);

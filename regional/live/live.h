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
 * <facility_id>:<ward>:<care_level>; PUBLISH avail.changed with the same object plus facility_id,
 * ward, care_level in front. Redis is a copy: gone, flushed or restarted, nothing else stops; the
 * thread backs off, and rebuilds all keys from PostgreSQL when it is back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "bed/ident.h"
#include "bed/status.h"

/* One row of facility_availability as it stands after a commit. Holds its strings itself: rows are
 * queued. */
struct avail {
	char facility_id[IDENT_MAX + 1];
	char ward[IDENT_MAX + 1];   /* "": unknown */
	enum care_level care_level; /* CARE_UNKNOWN: unknown */
	int32_t total, available, occupied, reserved, maintenance;
	int32_t unconfirmed; /* beds in conflict: counted in total, not in available */
	usec_t as_of;
	int64_t rev; /* grows with every change of the row */
};

struct live_options {
	const char *redis;    /* "127.0.0.1:6379", "[::1]:6379", "unix:/run/redis.sock"; NULL: no
				 Redis, all calls do nothing */
	const char *password; /* NULL: none */
	const char *database; /* libpq connection string for rebuilds */
	usec_t ttl;	      /* 0: 600 s */
	usec_t refresh_every; /* 0: 240 s */
};

struct live;

/* Starts the thread; Redis may be away. */
int live_start(const struct live_options *o, struct live **ret, struct err *err);
void live_stop(struct live *l); /* writes what is queued if Redis is there; NULL allowed */

/* After commit: these rows changed. Copies; never blocks, never fails: what is lost here the next
 * rebuild mends. l may be NULL. Any thread. */
void live_changed(struct live *l, const struct avail *rows, size_t n);

struct live_state {
	bool configured, connected;
	size_t queued;		 /* keys waiting */
	uint64_t written, stale; /* keys set; keys refused because Redis held a newer rev */
	uint64_t rebuilds, failures;
	usec_t connected_since; /* USEC_NONE if not */
};
struct live_state live_state(struct live *l);

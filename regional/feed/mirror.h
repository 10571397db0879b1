/* Redis in step with what was committed, whoever did it: the role feed.
 *
 * A worker hands what it has committed to its own live thread. If it is killed in between, or its
 * connection breaks over the commit so that it finds only duplicates when it tries again, nobody
 * would write those rows before the next rebuild. So every daemon with this role compares its
 * picture with PostgreSQL at each notification, and writes what differs from what Redis told.
 */
#pragma once

#include "base/err.h"
#include "regional/live/live.h"
#include "regional/live/snapshot.h"
#include "regional/metrics.h"

struct mirror_options {
	const char *database;
	const char *redis;	 /* as in live.h; NULL: none */
	struct live *live;	 /* may be NULL: there is nothing to mirror to */
	struct metrics *metrics; /* may be NULL */
};

struct mirror;

/* A picture of its own, for a daemon that has no other. PostgreSQL and Redis may be away. */
int mirror_start(const struct mirror_options *o, struct mirror **ret, struct err *err);
void mirror_stop(struct mirror *m); /* before live_stop(); NULL allowed */
/* The same from a picture that is there; before its writers start. */
void mirror_watch(struct snapshot *s, struct live *live);

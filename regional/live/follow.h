/* Follows Redis's avail.changed into the snapshot: a commit merged by any regional daemon shows
 * here without asking PostgreSQL. Only a short cut: what it misses comes through the feed. */
#pragma once

#include "base/err.h"
#include "regional/live/snapshot.h"

struct follow;
/* redis, password as in live.h; redis NULL: *ret is NULL. Starts a thread; Redis may be away. */
int follow_start(const char *redis, const char *password, struct snapshot *s, struct follow **ret,
		 struct err *err);
void follow_stop(struct follow *f); /* NULL allowed */

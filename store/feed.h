/* The change feed's consumers as an administrator sees and sets them, and how far one is behind
 * (regional/feed/cursor.h moves them). Like registry.h: each change is noted in access_log, and
 * `who` names the administrator in it. Texts of results live in the arena. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

struct feed_lag {
	int64_t waiting;  /* changes it has not handled */
	usec_t oldest_at; /* when the region received the oldest of them; USEC_NONE: none waits */
};
int feed_lag(struct pg *pg, const char *consumer, struct feed_lag *ret, struct err *err);

struct feed_consumer {
	struct span consumer;
	int64_t homes; /* that have changes it has not handled */
	struct feed_lag lag;
	usec_t moved_at; /* its last step; USEC_NONE: none yet */
	usec_t made_at;
};
int feed_consumers(struct pg *pg, struct arena *a, struct feed_consumer **ret, size_t *ret_n,
		   struct err *err);

struct feed_home {
	struct span facility_id;
	int64_t n, last; /* handled up to; there are */
	struct feed_lag lag;
	usec_t moved_at;
};
/* Those that wait, the oldest first; all: the others too. NOT_FOUND: no such consumer. */
int feed_homes(struct pg *pg, const char *consumer, bool all, struct arena *a,
	       struct feed_home **ret, size_t *ret_n, struct err *err);

/* What a consumer is called towards others. NOT_FOUND. */
int feed_sender(struct pg *pg, const char *consumer, struct arena *a, struct span *ret,
		struct err *err);

enum feed_reset { FEED_BEGINNING, FEED_NOW };
/* It handles everything once more, or nothing of what waits. NOT_FOUND: no such consumer. */
int feed_reset(struct pg *pg, const char *who, const char *consumer, enum feed_reset to,
	       struct err *err);
/* Forgets it; where its daemon still runs it is made anew. NOT_FOUND. */
int feed_remove(struct pg *pg, const char *who, const char *consumer, struct err *err);

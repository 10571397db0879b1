/* A durable place in the change feed: every committed change once per consumer, a home's changes in
 * the order of its audit log, whatever is committed beside them and however slowly.
 *
 *     cursor_open(pg, "kafka", CURSOR_FROM_START, err)            once
 *
 *     BEGIN
 *     cursor_read(pg, "kafka", &limits, arena, &changes, &n, err)  the next ones; 0: none now
 *     … handle them …
 *     cursor_advance(pg, "kafka", changes, n, err)
 *     COMMIT
 *
 * Until the commit no other reader of the same consumer gets anything: it waits. What is handled by
 * statements of the same transaction is handled exactly once. What leaves PostgreSQL (a message to
 * somebody else) is repeated after a crash between handling and commit, so a consumer of that kind
 * must know a change again: (facility_id, n) names it for ever.
 *
 * Whoever has read all waits for the notification FEED_CHANNEL (feed.h). */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "bed/status.h"
#include "store/pg.h"

enum cursor_start {
	CURSOR_FROM_START, /* all that was ever committed */
	CURSOR_FROM_NOW,   /* what is committed from now on */
};

struct cursor_limits {
	int homes;   /* in one reading; those that waited longest come first */
	int changes; /* of one home in one reading */
};

struct cursor_change {
	struct span facility_id;
	int64_t n;	   /* of its audit chain */
	struct span epoch; /* with seq: its name where it comes from */
	int64_t seq;
	struct span event_id, bed_id;
	struct span ward; /* SPAN_NONE: none was ever said */
	enum care_level care_level;
	enum bed_status previous_status; /* as the event said; UNKNOWN: it did not */
	enum bed_status held_status;	 /* what the bed was; UNKNOWN: not registered */
	enum bed_status new_status;	 /* as the event said; what it came to is the outcome */
	enum outcome outcome;
	struct span outcome_reason, conflict_id; /* SPAN_NONE: none */
	bool in_history;			 /* part of the bed's accepted course */
	int64_t bed_version;			 /* after this change */
	struct span changed_by;			 /* SPAN_NONE: not said */
	enum reason reason;
	usec_t changed_at, received_at;
};

/* Makes the consumer if there is none; where it is there already, its place stays. */
int cursor_open(struct pg *pg, const char *consumer, enum cursor_start start, struct err *err);
/* Until the end of the transaction no other reader of the consumer gets anything. cursor_read()
 * does it too. */
int cursor_lock(struct pg *pg, const char *consumer, struct err *err);
/* Sorted by home, then n. Everything lives in the arena. */
int cursor_read(struct pg *pg, const char *consumer, const struct cursor_limits *limits,
		struct arena *a, struct cursor_change **ret, size_t *ret_n, struct err *err);
/* Past these changes, as they were read. Never moves back. */
int cursor_advance(struct pg *pg, const char *consumer, const struct cursor_change *changes,
		   size_t n, struct err *err);

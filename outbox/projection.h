/* The home's own view of its beds: table `beds`. Callers hold a transaction; those that change a
 * bed also let cursor.beds_version grow. */
#pragma once

#include "bed/event.h"
#include "bed/ident.h"
#include "bed/state.h"
#include "outbox/db.h"

struct projected_bed {
	bool known;
	enum bed_status status, before;
	usec_t changed_at;
	usec_t told;		  /* when the region told of it; USEC_NONE: the home's own news */
	char ward[IDENT_MAX + 1]; /* "" if unknown */
	enum care_level care_level;
	char changed_by[IDENT_MAX + 1]; /* "" if unknown */
};

int projection_get(struct db *db, struct span bed_id, struct projected_bed *ret, struct err *err);

/* Would the event tell nothing new of the bed? What census records are dropped for. */
bool projection_agrees(const struct projected_bed *bed, const struct event *e);

/* Older than the bed's last change? Such an event does not move the bed. */
bool projection_is_late(const struct projected_bed *bed, const struct event *e);

/* So far ahead of the clock that the region will refuse it? It must not move the bed either:
 * everything that follows would be late. */
#define PROJECTION_AHEAD_MAX (5 * USEC_PER_MIN)
bool projection_is_ahead(const struct event *e, usec_t now);

/* The bed after the event; a late one only tells ward and care level where none was known. */
void projection_move(struct projected_bed *bed, const struct event *e);
/* Into the table; a ward or care level that is not known leaves what stands there. */
int projection_put(struct db *db, struct span bed_id, const struct projected_bed *bed,
		   struct err *err);

/* Both at once. */
int projection_take(struct db *db, const struct projected_bed *bed, const struct event *e,
		    struct err *err);

/* A change made at the region. *ret_changed: it was not older than what is known and said something
 * else. */
int projection_set(struct db *db, struct span bed_id, enum bed_status status, usec_t changed_at,
		   usec_t now, bool *ret_changed, struct err *err);

int projection_digest(struct db *db, struct digest *ret, struct err *err);

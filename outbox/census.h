/* What a census would do, gathered while it is read: whether it is held is decided at its end. */
#pragma once

#include "bed/event.h"
#include "outbox/hold.h"
#include "outbox/projection.h"

struct census {
	struct outbox *outbox; /* NULL: the file is no census */
	struct hold_file self;
	bool is_again; /* read again: newer ones may have been taken meanwhile */
	struct hold_counts counts;
	struct hold_bed *changes; /* HOLD_BEDS_MAX of them, in the arena */
	size_t n_changes;
	struct arena *arena;
};

/* Each event of it, before the bed moves. 1: a newer census has told of the bed, and this one says
 * nothing of it any more; 0: it counts; or < 0. */
int census_see(struct census *c, const struct projected_bed *bed, const struct event *e, usec_t now,
	       struct err *err);
/* At its end: the counts are whole. */
int census_end(struct census *c, struct err *err);
/* "34 of 75 beds would change (30 occupied to available, …)", for people. */
void census_describe(const struct census *c, char *out, size_t size);
/* Held: what is to be shown; call before anything is rolled back. */
int census_hold(struct census *c, usec_t since, struct hold *ret, struct err *err);

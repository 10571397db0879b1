/* How far a backlog has got on its way to the region: how much of it, how fast, how long still.
 * Pure; `now` is monotonic.
 *
 * A backlog is more than what one batch carries. It is over when nothing waits; what is dropped
 * meanwhile counts as part of it. The rate is that of the last DRAIN_WINDOW or so, so that it
 * follows a line that gets slower.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "bed/wire.h"

#define DRAIN_BACKLOG	WIRE_EVENTS_MAX
#define DRAIN_LOG_EVERY (5 * USEC_PER_SEC)
#define DRAIN_WINDOW	(10 * USEC_PER_SEC)

struct drain {
	bool active;
	uint64_t sent, of; /* of the backlog */
	double rate;	   /* events a second; 0: not known yet */
	usec_t began, last, log_at;
};

enum drain_news { DRAIN_NOTHING, DRAIN_BEGAN, DRAIN_PROGRESS, DRAIN_OVER };

/* After each answer: so many events were settled by it, so many wait now. Says what is worth
 * telling: progress every DRAIN_LOG_EVERY. After OVER, sent and began tell of the whole. */
enum drain_news drain_step(struct drain *d, usec_t now, uint64_t settled, uint64_t queued);
/* Seconds still to go at this rate; -1: not known. */
int64_t drain_left(const struct drain *d);

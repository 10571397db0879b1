/* How far a backlog has got: how much of it, how fast, how long still: events on their way to the
 * region, files on their way into the outbox. Pure; `now` is monotonic.
 *
 * A backlog is over when nothing waits; what comes meanwhile counts as part of it. The rate is that
 * of the last BACKLOG_WINDOW or so, so that it follows a line that gets slower.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define BACKLOG_LOG_EVERY (5 * USEC_PER_SEC)
#define BACKLOG_WINDOW	  (10 * USEC_PER_SEC)

struct backlog {
	bool active;
	uint64_t done, of;
	double rate; /* a second; 0: not known yet */
	usec_t began, last, log_at;
};

enum backlog_news { BACKLOG_NOTHING, BACKLOG_BEGAN, BACKLOG_PROGRESS, BACKLOG_OVER };

/* So many were settled since the last step, so many wait now; more than `least` begin a backlog.
 * Says what is worth telling: progress every BACKLOG_LOG_EVERY. After OVER, done and began tell of
 * the whole. */
enum backlog_news backlog_step(struct backlog *b, usec_t now, uint64_t settled, uint64_t waiting,
			       uint64_t least);
/* Seconds still to go at this rate; -1: not known. */
int64_t backlog_left(const struct backlog *b);

/* The loop of bedpost-syncd: waits for the outbox's wake socket, for timers, for signals and for
 * the road, and does what ship.h says.
 *
 *   SIGTERM, SIGINT   end within a second; a batch under way is dropped and sent again at the next
 * start SIGHUP            read the enrolment again (after `bedpost-admin facility renew`) and try
 * at once
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "outbox/home.h"

#define SYNC_LOCK_FILE	"sync.lock"
#define SYNC_LOOK_EVERY (5 * USEC_PER_SEC) /* into the outbox, if no wake came */

struct sync_options {
	const struct home *home;
	bool once; /* ship what waits (at least say hello), then end */
};

/* 0 when ended by a signal, or with `once` when all was acknowledged. Fails when it cannot begin
 * (configuration, outbox, another syncd on it: EXISTS) and, with `once`, with what kept it from
 * shipping. A line that is down is never a reason to end otherwise. */
int sync_run(const struct sync_options *o, struct err *err);

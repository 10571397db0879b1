/* The thread that sends what is queued in `deliveries`. Any number of daemons may: a row is taken
 * with FOR UPDATE SKIP LOCKED and set aside for DELIVER_LEASE, so two never send it at once, and
 * one that dies leaves it to the others. A message is sent again until the receiver has taken it,
 * later and later; its id tells the receiver one that came twice (docs/api.md). */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "regional/alert/post.h"
#include "regional/metrics.h"

#define DELIVER_LEASE	    (POST_TIMEOUT + 5 * USEC_PER_SEC)
#define DELIVER_RETRY_FIRST USEC_PER_SEC
#define DELIVER_RETRY_MAX   (15 * USEC_PER_MIN)
/* deliveries.give_up_at: three days after it was queued */

/* How long after the attempt number `attempts` (1 …) the next one comes: doubling, with up to a
 * quarter off by `random`. */
usec_t deliver_delay(int64_t attempts, uint32_t random);

struct deliver;
int deliver_start(const char *database, const struct post_mail *mail,
		  const struct outbound *outbound, struct metrics *metrics, struct deliver **ret,
		  struct err *err);
void deliver_wake(struct deliver *d); /* from any thread: there is something to send */
void deliver_stop(struct deliver *d); /* what is under way goes back to the queue; NULL allowed */

/* What to send next, and when: a state machine over values, with `now` (monotonic) and randomness
 * passed in.
 *
 *              ship_next: SEND_EVENTS, SEND_HEARTBEAT
 *     READY ──────────────────────────────────────────> IN_FLIGHT
 *       ^                                                  │
 *       ├── ship_acknowledged, with progress ──────────────┤
 *       ├── ship_failed(REFUSED), more than one event ─────┤  half as many next time, at once
 *       ├── ship_failed(EPOCH), the first time ────────────┤  SHIP_NEW_EPOCH
 *       ├── ship_rewound, the first time ──────────────────┤  what the region lost, at once
 *       │                                                  │
 *       └── the wait is over ──── BACKING_OFF <────────────┘  everything else
 *
 * One event waits for nobody: whatever is queued goes as soon as nothing is in flight, and all of
 * it together.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "syncd/transport.h"

enum ship_state { SHIP_READY, SHIP_IN_FLIGHT, SHIP_BACKING_OFF };

enum ship_action { SHIP_WAIT, SHIP_SEND_EVENTS, SHIP_SEND_HEARTBEAT };

struct ship {
	enum ship_state state;
	usec_t heartbeat;    /* at most this long between two batches while the line is up */
	usec_t heartbeat_at; /* when the next one is due */
	usec_t retry_at;     /* BACKING_OFF: until then */
	unsigned failures;   /* in a row */
	uint32_t
	    limit; /* events in a batch: the wire's limit, less while a refused range is searched */
	uint64_t suspect_through; /* the end of the range known to hold what is refused; 0: none */
	uint64_t first, last;	  /* IN_FLIGHT: the batch; last < first for a heartbeat */
	bool new_epoch_taken; /* since the last acknowledgement: a second 409 is not answered with a
				 third epoch */
	bool rewound;	      /* since the last acknowledgement: losing twice in a row is a fault */
};

struct ship_step {
	enum ship_action action;
	usec_t until; /* WAIT: unless something happens first; USEC_NONE while IN_FLIGHT */
};

/* What the caller does about a failure, beside waiting. */
enum ship_remedy {
	SHIP_REMEDY_NONE,
	SHIP_SPLIT,	/* the next batch is smaller and goes at once */
	SHIP_NEW_EPOCH, /* begin one in the outbox, loudly; then the next batch goes at once */
	SHIP_CALL,	/* nothing heals this but a person; say so */
};

/* The first batch is due at once, even if empty. */
void ship_init(struct ship *s, usec_t heartbeat, usec_t now);
/* How many events are worth looking at: those that could go now; one, to know that there are any,
 * while backing off. */
uint32_t ship_limit(const struct ship *s, usec_t now);
struct ship_step ship_next(struct ship *s, usec_t now, uint64_t queued);
void ship_sent(struct ship *s, uint64_t first, uint64_t last);
/* through: how far the region has applied. Without progress on a batch with events it counts as a
 * failure (transient) and returns false. */
bool ship_acknowledged(struct ship *s, usec_t now, uint64_t through, uint64_t random);
/* The region answered that it has lost what it had acknowledged; the outbox stands where the region
 * does. That goes at once, whatever failed before the answer: it was away, and is not any more.
 * False: it loses again and again, which counts as a failure (transient). */
bool ship_rewound(struct ship *s, usec_t now, uint64_t random);
enum ship_remedy ship_failed(struct ship *s, usec_t now, enum reply_kind kind, usec_t retry_after,
			     uint64_t random);
void ship_cancelled(
    struct ship *s); /* what was in flight will not be waited for; nothing is counted */
void ship_hurry(struct ship *s, usec_t now); /* whatever is put off is due now */

/* A refused batch is searched by halving, as one searches a sorted list: suspect_through is the end
 * of the narrowest range known to hold what is refused. Behind it batches are whole again at once;
 * a second bad event costs a second search, not a crawl. */
#include "syncd/ship.h"

#include <assert.h>

#include "bed/wire.h"
#include "syncd/backoff.h"

static void set_state(struct ship *s, enum ship_state to)
{
	switch (s->state) {
	case SHIP_READY:
		assert(to == SHIP_IN_FLIGHT || to == SHIP_BACKING_OFF || to == SHIP_READY);
		break;
	case SHIP_IN_FLIGHT: assert(to == SHIP_READY || to == SHIP_BACKING_OFF); break;
	case SHIP_BACKING_OFF: assert(to == SHIP_READY); break;
	}
	s->state = to;
}

void ship_init(struct ship *s, usec_t heartbeat, usec_t now)
{
	*s = (struct ship){
	    .state = SHIP_READY,
	    .heartbeat = heartbeat,
	    .heartbeat_at = now,
	    .limit = WIRE_EVENTS_MAX,
	};
}

struct ship_step ship_next(struct ship *s, usec_t now, uint64_t queued)
{
	switch (s->state) {
	case SHIP_IN_FLIGHT: return (struct ship_step){SHIP_WAIT, USEC_NONE};
	case SHIP_BACKING_OFF:
		if (now < s->retry_at)
			return (struct ship_step){SHIP_WAIT, s->retry_at};
		set_state(s, SHIP_READY);
		s->heartbeat_at = now; /* the attempt is due, with events or without */
		break;
	case SHIP_READY: break;
	}
	if (queued > 0)
		return (struct ship_step){SHIP_SEND_EVENTS, now};
	if (now >= s->heartbeat_at)
		return (struct ship_step){SHIP_SEND_HEARTBEAT, now};
	return (struct ship_step){SHIP_WAIT, s->heartbeat_at};
}

uint32_t ship_limit(const struct ship *s, usec_t now)
{
	return s->state == SHIP_BACKING_OFF && now < s->retry_at ? 1 : s->limit;
}

void ship_sent(struct ship *s, uint64_t first, uint64_t last)
{
	s->first = first;
	s->last = last;
	set_state(s, SHIP_IN_FLIGHT);
}

static bool is_heartbeat(const struct ship *s)
{
	return s->last < s->first;
}

static void back_off(struct ship *s, usec_t now, enum backoff_why why, usec_t retry_after,
		     uint64_t random)
{
	s->failures++;
	s->retry_at = now + backoff_delay(why, s->failures, retry_after, random);
	set_state(s, SHIP_BACKING_OFF);
}

/* What is left of a suspect range after its good part must hold the bad one:
 * half of it goes next. */
static void narrow(struct ship *s, uint64_t through)
{
	if (through >= s->suspect_through) {
		s->suspect_through = 0;
		s->limit = WIRE_EVENTS_MAX;
	} else {
		s->limit = (uint32_t)((s->suspect_through - through + 1) / 2);
	}
}

bool ship_acknowledged(struct ship *s, usec_t now, uint64_t through, uint64_t random)
{
	s->heartbeat_at = now + s->heartbeat;
	if (!is_heartbeat(s) && through < s->first) {
		back_off(s, now, BACKOFF_TRANSIENT, 0, random);
		return false;
	}
	s->failures = 0;
	s->new_epoch_taken = s->rewound = false;
	narrow(s, through);
	set_state(s, SHIP_READY);
	return true;
}

/* Numbers before the range that was searched go next, so the search ends. */
static void begin_anew(struct ship *s, usec_t now)
{
	s->suspect_through = 0;
	s->limit = WIRE_EVENTS_MAX;
	set_state(s, SHIP_READY);
	s->heartbeat_at = now;
}

bool ship_rewound(struct ship *s, usec_t now, uint64_t random)
{
	if (s->rewound) {
		back_off(s, now, BACKOFF_TRANSIENT, 0, random);
		return false;
	}
	s->rewound = true;
	s->failures = 0;
	begin_anew(s, now);
	return true;
}

static enum ship_remedy split_or_call(struct ship *s, usec_t now, usec_t retry_after,
				      uint64_t random)
{
	uint64_t count = is_heartbeat(s) ? 0 : s->last - s->first + 1;

	if (count <= 1) {
		back_off(s, now, BACKOFF_PERSON, retry_after, random);
		return SHIP_CALL;
	}
	s->suspect_through = s->last;
	s->limit = (uint32_t)(count / 2);
	set_state(s, SHIP_READY);
	return SHIP_SPLIT;
}

enum ship_remedy ship_failed(struct ship *s, usec_t now, enum reply_kind kind, usec_t retry_after,
			     uint64_t random)
{
	switch (kind) {
	case REPLY_REFUSED: return split_or_call(s, now, retry_after, random);
	case REPLY_EPOCH:
		if (s->new_epoch_taken)
			break;
		s->new_epoch_taken = true;
		begin_anew(s, now);
		return SHIP_NEW_EPOCH;
	case REPLY_PERSON: break;
	case REPLY_ANSWERED: /* an answer that does not hold: retried like any fault of the other
				side */
	case REPLY_TRANSIENT:
		back_off(s, now, BACKOFF_TRANSIENT, retry_after, random);
		return SHIP_REMEDY_NONE;
	}
	back_off(s, now, BACKOFF_PERSON, retry_after, random);
	return SHIP_CALL;
}

void ship_cancelled(struct ship *s)
{
	set_state(s, SHIP_READY);
}

void ship_hurry(struct ship *s, usec_t now)
{
	s->heartbeat_at = now;
	s->retry_at = now;
}

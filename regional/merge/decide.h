/* What an event means to a bed: one of six outcomes, decided from values alone.
 *
 * The tests, in this order; the first that fits decides:
 *
 *     duplicate     the event was seen
 *     rejected      it cannot be read; it is another home's; it lies more than DECIDE_AHEAD_MAX
 *                   in the future; its bed is unknown and this home's are registered by hand
 *     applied       its bed is unknown and becomes known by it
 *     older than the newest that is known of the bed:
 *       late        it fits the history: previous_status is unknown or what the bed was then, or
 *                   nothing is known of then
 *       converged   it does not fit, but changes nothing: the bed was its new_status then
 *       conflict    otherwise
 *     applied       previous_status is unknown or the bed's status
 *     converged     the bed has its new_status already
 *     conflict      otherwise
 *
 * An old event never overwrites a newer status, even one that says the bed was what it is now: it
 * was written in knowledge of an earlier state, so its age is asked before its fit. It counts in
 * the history, where it belongs. Newer is also an event that said again what the bed is: it
 * converged, and its time is the bed's confirmed_at.
 *
 * Conflicts under the home's policy:
 *
 *     hold          The bed keeps its status and becomes unconfirmed: it is not counted under any
 *                   status until somebody settles it. A chain opens; later conflicts of the bed
 *                   join it, and so do events that go on from the other branch (previous_status
 *                   is where that branch has come to). An event that fits the bed's status is
 *                   applied as ever, and the bed stays unconfirmed.
 *     latest_wins   The event is taken unless it is older than the newest that is known. The
 *                   chain is settled as it opens.
 *     source_wins   The same, but only an event from the home's own system is taken; one that
 *                   somebody keyed in, on the board or at the region (adapter "board", "api"),
 *                   gives way.
 *
 * A bed whose chain is open when the policy changes stays unconfirmed: only a person settles an
 * open chain. */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "bed/event.h"
#include "bed/status.h"

/* How far changed_at may lie ahead of the region's clock. */
#define DECIDE_AHEAD_MAX (5 * USEC_PER_MIN)

enum conflict_policy { POLICY_HOLD, POLICY_SOURCE_WINS, POLICY_LATEST_WINS, POLICY_COUNT };

bool conflict_policy_parse(struct span s, enum conflict_policy *ret);
const char *conflict_policy_name(enum conflict_policy p);

struct decide_policy {
	enum conflict_policy conflict;
	bool auto_register; /* an unknown bed becomes known by its first event */
};

/* What the region holds of the bed before the event. */
struct decide_bed {
	bool known; /* false: the rest says nothing */
	bool unconfirmed;
	enum bed_status status;
	enum bed_status branch; /* if unconfirmed: where the other branch has come to */
	usec_t confirmed_at;	/* changed_at of the newest event that told its status */
};

struct decide_event {
	const struct event *event; /* NULL if it could not be read */
	const char *unreadable;	   /* why not */
	bool seen;
	bool foreign; /* names another home than the one that sent it */
};

enum decide_chain {
	CHAIN_NONE,
	CHAIN_OPENS,
	CHAIN_JOINS,
	CHAIN_SETTLED, /* opens, and the policy settles it at once */
};

struct decision {
	enum outcome outcome;
	const char *reason; /* a constant; NULL if none */
	bool registers;	    /* the bed becomes known */
	bool takes;    /* the bed takes status, place and time from the event; its version grows */
	bool confirms; /* the bed is known to be so at the event's time; nothing else changes */
	bool in_history; /* the event is part of the bed's accepted course */
	enum decide_chain chain;
};

/* then: the bed's status at the event's changed_at by its history, UNKNOWN if nothing is known;
 * asked only of events that decide_wants_history(). now: when the region received it. */
struct decision decide(const struct decide_bed *bed, const struct decide_event *e,
		       enum bed_status then, const struct decide_policy *policy, usec_t now);
/* Keyed in by a person, not read from the home's own system. */
bool decide_is_from_person(const struct event *e);
bool decide_wants_history(const struct decide_bed *bed, const struct event *e);

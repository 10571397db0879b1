/* What a decision does to the ledger: the bed, its course, its conflict chain, the audit row, and
 * what the home must think. Shared by events that come from homes (play.c) and changes that are
 * made at the region (change.c). */
#pragma once

#include "regional/merge/decide.h"
#include "regional/merge/ledger.h"

/* The bed as decide() asks for it; b NULL: not known. */
struct decide_bed effects_held(const struct ledger_bed *b);

/* Counts of the bed's place are to be made anew, and the home's rev grows. */
void effects_touch(struct ledger *l, struct ledger_bed *b);

/* Where an audit row says it came from. */
struct effects_origin {
	struct span epoch;
	uint64_t seq;
	usec_t received_at;
	struct span source_ip;
};

/* b: the event's bed, NULL if it is not known yet; held as effects_held() gave it before. chain: of
 * the audit row where the decision itself names none. Gives the bed. Not for duplicates and what is
 * rejected. */
struct ledger_bed *effects_take(struct ledger *l, struct ledger_home *h, struct ledger_bed *b,
				const struct event *e, const struct decision *d,
				const struct decide_bed *held, const struct ledger_chain *chain,
				const struct effects_origin *o);

/* The home takes every event of its own that is not older than what it holds, whatever we decide of
 * it. held: the bed before the event, b after it (NULL: not registered). */
void effects_see_as_home(struct ledger *l, struct ledger_home *h, const struct decide_bed *held,
			 const struct ledger_bed *b, const struct event *e);

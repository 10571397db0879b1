/* Plays batches through the ledger: checks that a batch continues its stream, decides each event in
 * seq order, makes its effects in memory and the home's answer. Pure but for the ledger it changes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "bed/wire.h"
#include "regional/live/fresh.h"
#include "regional/merge/ledger.h"

#define PLAY_SNAPSHOT_EVERY                                                                        \
	USEC_PER_HOUR /* a home whose state differs is asked for a census at most this often */

enum play_verdict {
	PLAY_TAKEN,   /* the answer stands; for a gap it settles nothing and says where to go on */
	PLAY_UNKNOWN, /* no such home, or it is closed */
	PLAY_CERTIFICATE, /* the home is let in, but not with this certificate */
	PLAY_EPOCH, /* the stream holds other events, or more, under this epoch: the outbox was
		       restored */
};

struct change;

struct play_batch {
	const struct wire_batch *batch;
	struct ledger_home *home;
	struct ledger_stream *stream;
	struct ledger_probe *probes; /* one per item */
	size_t from, to;	     /* the items to play; all: 0 … header.count */
	usec_t received_at;
	struct span source_ip;
	struct span certificate;    /* its fingerprint; SPAN_NONE: it came without one */
	struct arena *arena;	    /* for the answer's outcomes */
	struct wire_answer *answer; /* outcomes are appended, the rest is set */
	bool gap;		    /* set: the batch begins after applied_through + 1 */
	struct change *change; /* made at the region: the batch is its own; NULL: from a home */
	struct freshness_rule fresh;
};

enum play_verdict play(struct ledger *l, struct play_batch *p);

/* Inside outbox/: a file that is being taken in, between intake.c, which begins it and takes its
 * events, and intake_end.c. */
#pragma once

#include "base/arena.h"
#include "outbox/bed_cache.h"
#include "outbox/census.h"
#include "outbox/handle.h"
#include "outbox/intake.h"
#include "outbox/ledger.h"
#include "outbox/recall.h"
#include "outbox/sources.h"

struct intake {
	struct outbox *outbox;
	struct intake_file file; /* its strings are in the arena */
	struct ledger_find find;
	int64_t id;	     /* the ledger row to be */
	int64_t after, last; /* n of the last event given out, before this file and now */
	usec_t now;
	struct intake_counts counts;
	struct err err; /* sticky: the first failure of the outbox itself; code 0: none */
	bool beds_changed;
	struct bad_record *bad; /* INTAKE_QUARANTINE_MAX of them, strings in the arena */
	size_t n_bad;
	struct bed_cache *beds;
	struct sources sources;
	struct census census;
	bool is_again; /* the ledger has its row (replay.h) */
	bool is_whole; /* likewise: every record counts */
	struct recall recall;
	struct adapter_sink sink;
	struct buf scratch;
	struct arena arena;
};

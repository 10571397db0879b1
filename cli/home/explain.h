/* What `bedpost explain` shares between a file and a bed: the home that is asked, and a file of its
 * ledger read once more. */
#pragma once

#include "base/zone.h"
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/home/retrace.h"
#include "cli/table.h"
#include "outbox/trace.h"
#include "watcher/catalog.h"

struct explaining {
	const struct explain_options *options;
	const char
	    *from; /* where the bytes are: --from, or the operand itself; NULL: the archive */
	bool json;
	struct place place;
	struct catalog catalog;
	struct zone *zone;
	struct arena arena;
};

/* The file read again. NULL if that went well, else why it did not, as a sentence for people; what
 * was read before that is in *ret. */
const char *explain_read_again(struct explaining *x, struct listing_file *f, const char *from,
			       struct retrace *ret);
const struct adapter *explain_adapter(const struct explaining *x, const struct listing_file *f);

/* The cells behind an event's own: epoch, seq, added, road and batch, outcome, answered. NULL: an
 * event that was not made. */
#define EXPLAIN_WAY_COLUMNS                                                                        \
	{"epoch", NULL}, {"seq", "SEQ", TABLE_NUMBER}, {"added_at", NULL, TABLE_TIME},             \
	    {"transport", "ROAD"}, {"batch_first", NULL, TABLE_NUMBER},                            \
	    {"batch_last", NULL, TABLE_NUMBER}, {"outcome", "REGION"},                             \
	{                                                                                          \
		"answered_at", "ANSWERED", TABLE_TIME                                              \
	}
void explain_add_way(struct table *t, const struct trace_event *e);
/* Why the region did not simply apply it; NULL: it did, or has not answered. */
const char *explain_why(const struct trace_event *e);

/* Each gives the exit code. */
int explain_file(struct explaining *x, struct listing_file *f, size_t others);
int explain_bed(struct explaining *x, const char *bed_id);

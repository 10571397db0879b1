/* The way of events from the file to the region's answer, for `bedpost explain`. Reads only; rows
 * in an arena.
 *
 * Neither the file nor the bed of an event is an index: that would cost every event that is taken
 * in, and this question is asked now and then. It looks through the events that are kept, which
 * takes about a second for a million of them. */
#pragma once

#include "outbox/listing.h"

struct trace_event {
	int64_t n;
	const char *epoch;
	uint64_t seq; /* in it */
	usec_t added;
	int64_t file_id; /* 0: none */
	struct event event;
	const char *outcome;   /* "applied" "late" …; NULL: the region has not answered */
	const char *reason;    /* why it was not simply applied; "" if not said */
	usec_t answered;       /* USEC_NONE: not known */
	const char *transport; /* "https" "sftp"; "" if not known */
	uint64_t batch_first, batch_last; /* seq; 0: not known */
};

/* In the order in which they were taken in. */
int trace_of_file(struct outbox *o, int64_t file_id, struct arena *a, struct trace_event **ret,
		  size_t *ret_n, struct err *err);
/* Likewise, the last `limit` (0: all); *ret_all: how many there are. */
int trace_of_bed(struct outbox *o, const char *bed_id, size_t limit, struct arena *a,
		 struct trace_event **ret, size_t *ret_n, uint64_t *ret_all, struct err *err);

/* The last of each bed, by bed. */
int trace_last_of_beds(struct outbox *o, struct arena *a, struct trace_event **ret, size_t *ret_n,
		       struct err *err);

/* As it stands; NOT_FOUND: no such bed. */
int trace_bed(struct outbox *o, const char *bed_id, struct arena *a, struct listing_bed *ret,
	      struct err *err);
/* The newest row of the ledger with these bytes; NOT_FOUND. */
int trace_file_with(struct outbox *o, const struct digest *bytes, int64_t *ret_id, struct err *err);

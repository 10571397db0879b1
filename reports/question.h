/* What somebody asks of a report: which homes, which days, and as known when. */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "reports/period.h"
#include "reports/text.h"
#include "store/pg.h"

struct question {
	struct span facility, region; /* SPAN_NONE: all; one of them at most */
	struct span bed;	      /* facility-history: that bed alone */
	struct span ward;	      /* of beds: while they were of that ward; SPAN_NONE: any */
	struct period_asked period;
	usec_t known_at;  /* what was received later is left out; USEC_NONE: as known now */
	const char *zone; /* whose days lists go by, and in which instants are read; NULL: each
			     home's own. What beds were is counted by each home's own days anyway */
	enum lang lang;
};

/* A home was closed in the region: the time is not counted. */
struct closure {
	usec_t from, to; /* to: the home's end where it did not open before */
};

struct home {
	struct span id, name, region_id;
	const struct zone *zone;
	const usec_t *bounds;	  /* of the period's days in its zone */
	usec_t end;		  /* what is known of it ends here: the period's end, or before */
	struct closure *closures; /* those that begin before the end, in order */
	size_t n_closures;
};

/* The homes asked for, their zones and the period: the frame of every report. */
struct frame {
	const struct question *q;
	struct period period;
	struct home *homes; /* by id */
	size_t n_homes;
	const struct zone *zone; /* of the document */
	size_t n_home_zones;	 /* the first of zones are the homes' */
	usec_t from, to;	 /* the first and the last instant that lists may hold */
	const char *region_name; /* NULL: not one region */
	usec_t now;		 /* the snapshot's */
	usec_t horizon;		 /* known_at, or now */
	struct zone **zones;	 /* owned */
	size_t n_zones;
	struct arena arena;
};

/* The zone whose days the home's rows in lists go by, and in which they are read. */
static inline const struct zone *frame_list_zone(const struct frame *f, const struct zone *of_home)
{
	return f->q->zone ? f->zone : of_home;
}

/* NOT_FOUND where there is no such facility or region; INVALID for the period. */
int frame_make(struct pg *pg, const struct question *q, struct frame *ret, struct err *err);
void frame_done(struct frame *f);

/* The first part of [*from, to) in which the home was open is made [*from, *ret_to); false: there
 * is none. */
bool home_open_part(const struct home *h, usec_t *from, usec_t to, usec_t *ret_to);
/* How much of the period lies before the end of what is known and finds the home open: in
 * microseconds, of the home, the longest of all homes, the longest of that day. */
int64_t home_elapsed(const struct home *h);
int64_t home_closed(const struct home *h); /* and does not */
int64_t frame_elapsed(const struct frame *f);
int64_t frame_elapsed_of_day(const struct frame *f, size_t day);

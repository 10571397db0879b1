/* Reports of what beds were, from when to when: the frame of occupancy, availability and turnover.
 *
 *     for each home: its courses (history.h) ─→ pieces of a day each ─→ tallies  all, home, place,
 * day then charts and three tables, one row per tally:
 *
 *         facility_id  name                    │ what the report makes of the tally
 *         facility_id  name  ward  care_level  │
 *         day                                  │
 *
 * A place is a ward and a care level in it. Beside the bed-time a tally holds what a report counts
 * itself; so a report is the columns, the cells of a tally, and what else it counts. */
#pragma once

#include "reports/bed_time.h"
#include "reports/history.h"
#include "reports/report.h"

struct tally {
	struct bed_time time;
	int64_t elapsed; /* the row's part of the period, as far as it is known: beds are averaged
			    over it */
	void *own;	 /* the report's, own_size zero bytes at first */
};

struct place {
	const struct home *home;
	struct span ward;
	enum care_level care;
	struct tally tally;
};

/* Where something counts. */
enum tally_of { TALLY_ALL, TALLY_HOME, TALLY_PLACE, TALLY_DAY, TALLY_COUNT };

struct tallies {
	struct tally *of[TALLY_COUNT];
};

struct places {
	struct report_run *run;
	const struct places_report *report;
	struct tally all, *homes, *days;
	struct place **list; /* by home, ward, care level once all are read */
	size_t n, cap;
	size_t first;	   /* of the home that is being read */
	int32_t *calendar; /* the days */
};

struct places_table {
	const struct column *columns;
	size_t n;
	void (*cells)(struct tally *t, struct cell *out);
};

/* What may be NULL is told. */
struct places_report {
	size_t own_size;
	void (*own_done)(void *own); /* NULL: holds nothing */
	/* Before a home's pieces; NULL: nothing. */
	int (*home_begin)(struct places *p, size_t home, struct err *err);
	/* A bed was that, within one day; NULL: bed-time is all that counts. */
	void (*piece)(const struct tallies *at, const struct course_span *piece);
	/* After a home's pieces; its places are p->list[p->first] and on. NULL: nothing. */
	void (*home_end)(struct places *p, size_t home);
	void (*charts)(struct places *p);
	struct places_table homes, wards, days;
	bool total;	  /* of the homes */
	bool wards_first; /* before the homes */
};

int places_run(struct report_run *r, const struct places_report *report, struct err *err);

/* For the reports: */
/* The bed is of the ward that was asked for, then. */
bool places_wants(const struct places *p, const struct course_span *s);
/* Of that moment of a home, which lies in the period, at the span's ward and care level. */
struct tallies places_at(struct places *p, size_t home, const struct course_span *s, usec_t at);
struct tally *places_day(struct places *p, size_t home, usec_t at);
/* A chart over the days, and its series, whose cells are to be filled in: one per day. */
struct chart *places_chart(struct places *p, const char *key, struct text title, enum cell_type t);
struct cell *places_series(struct places *p, struct chart *c, const char *key, struct text title);

/* Availability over time: how many beds were free, at the least, on average and at the most, and
 * for how long none was. Counted by sweeping over the moments at which a place's beds changed. */
#include "reports/places.h"

#include <stdlib.h>

#include "reports/cell.h"

struct edge {
	usec_t at;
	int service, free; /* by how much they change */
};

struct edges {
	struct edge *list;
	size_t n, cap;
};

/* Of a place, a home or a day. */
struct level {
	struct edges edges;
	int64_t least, most; /* free beds, while any was in service */
	int64_t none_usec;   /* in service, and none free; of a day: over all places */
	int64_t any_usec;    /* in service */
	int64_t free_usec[CARE_LEVEL_COUNT]; /* of a day */
};

/* ---- the sweep ---- */

static void edges_add(struct edges *e, usec_t at, int service, int free_beds)
{
	if (e->n == e->cap) {
		e->cap = e->cap ? e->cap * 2 : 64;
		e->list = reallocarray(e->list, e->cap, sizeof(*e->list));
		if (!e->list)
			abort();
	}
	e->list[e->n++] = (struct edge){at, service, free_beds};
}

static void edges_add_span(struct edges *e, const struct course_span *s)
{
	int free_beds = s->use == USE_AVAILABLE;

	if (s->use == USE_MAINTENANCE)
		return;
	edges_add(e, s->from, 1, free_beds);
	edges_add(e, s->to, -1, -free_beds);
}

static int compare_edges(const void *a, const void *b)
{
	const struct edge *p = a, *q = b;

	return (p->at > q->at) - (p->at < q->at);
}

/* in_days: time without a free bed counts in its day as well. No time between two edges reaches
 * over a midnight while a bed is in service, for its pieces end there. */
static void sweep(struct level *l, struct places *p, size_t home, bool in_days)
{
	struct edges *e = &l->edges;
	int64_t service = 0, free_beds = 0;

	if (e->n > 0)
		qsort(e->list, e->n, sizeof(*e->list), compare_edges);
	for (size_t i = 0; i < e->n; i++) {
		service += e->list[i].service;
		free_beds += e->list[i].free;
		usec_t from = e->list[i].at, to = i + 1 < e->n ? e->list[i + 1].at : from;
		if (to == from || service == 0)
			continue;
		l->least = l->any_usec == 0 || free_beds < l->least ? free_beds : l->least;
		l->most = free_beds > l->most ? free_beds : l->most;
		l->any_usec += to - from;
		if (free_beds > 0)
			continue;
		l->none_usec += to - from;
		if (in_days)
			((struct level *)places_day(p, home, from)->own)->none_usec += to - from;
	}
	free(e->list);
	*e = (struct edges){0};
}

static void piece(const struct tallies *at, const struct course_span *s)
{
	struct level *day = at->of[TALLY_DAY]->own;

	edges_add_span(&((struct level *)at->of[TALLY_HOME]->own)->edges, s);
	edges_add_span(&((struct level *)at->of[TALLY_PLACE]->own)->edges, s);
	if (s->use == USE_AVAILABLE)
		day->free_usec[s->care] += s->to - s->from;
}

static void home_end(struct places *p, size_t home)
{
	sweep(p->homes[home].own, p, home, false);
	for (size_t i = p->first; i < p->n; i++)
		sweep(p->list[i]->tally.own, p, home, true);
}

static void level_done(void *own)
{
	free(((struct level *)own)->edges.list);
}

/* ---- what is shown ---- */

static const struct column columns[] = {
    {"mean_free", TEXT_INIT("Free beds, mean", "Ledige senger, snitt"), CELL_MEAN, UNIT_NONE, 11},
    {"least_free", TEXT_INIT("At the least", "På det minste"), CELL_COUNT, UNIT_NONE, 9},
    {"most_free", TEXT_INIT("At the most", "På det meste"), CELL_COUNT, UNIT_NONE, 9},
    {"mean_beds", TEXT_INIT("Beds in service, mean", "Senger i drift, snitt"), CELL_MEAN, UNIT_NONE,
     12},
    {"availability", TEXT_INIT("Free share", "Ledig andel"), CELL_SHARE, UNIT_NONE, 9},
    {"none_free_s", TEXT_INIT("No bed free, hours", "Ingen ledig, timer"), CELL_DURATION,
     UNIT_HOURS, 11},
    {"none_free", TEXT_INIT("No bed free, share of time", "Ingen ledig, andel av tiden"),
     CELL_SHARE, UNIT_NONE, 12},
};
static const struct column day_columns[] = {
    {"mean_free", TEXT_INIT("Free beds, mean", "Ledige senger, snitt"), CELL_MEAN, UNIT_NONE, 12},
    {"mean_beds", TEXT_INIT("Beds in service, mean", "Senger i drift, snitt"), CELL_MEAN, UNIT_NONE,
     14},
    {"availability", TEXT_INIT("Free share", "Ledig andel"), CELL_SHARE, UNIT_NONE, 10},
    {"none_free_s",
     TEXT_INIT("No bed free, hours of all wards and levels",
	       "Ingen ledig, timer over alle avdelinger og nivåer"),
     CELL_DURATION, UNIT_HOURS, 24},
};

static void cells(struct tally *t, struct cell *out)
{
	const struct level *l = t->own;
	int64_t service = bed_time_in_service(&t->time);

	out[0] = cell_fraction(t->time.usec[USE_AVAILABLE], t->elapsed);
	out[1] = l->any_usec == 0 ? CELL_ABSENT : cell_count(l->least);
	out[2] = l->any_usec == 0 ? CELL_ABSENT : cell_count(l->most);
	out[3] = cell_fraction(service, t->elapsed);
	out[4] = cell_fraction(t->time.usec[USE_AVAILABLE], service);
	out[5] = cell_count(l->none_usec);
	out[6] = cell_fraction(l->none_usec, l->any_usec);
}

static void day_cells(struct tally *t, struct cell *out)
{
	int64_t service = bed_time_in_service(&t->time);

	out[0] = cell_fraction(t->time.usec[USE_AVAILABLE], t->elapsed);
	out[1] = cell_fraction(service, t->elapsed);
	out[2] = cell_fraction(t->time.usec[USE_AVAILABLE], service);
	out[3] = cell_count(((const struct level *)t->own)->none_usec);
}

static void charts(struct places *p)
{
	struct chart *c = places_chart(p, "free_by_day",
				       TEXT("Free beds by day and care level, mean",
					    "Ledige senger per dag og omsorgsnivå, gjennomsnitt"),
				       CELL_MEAN);

	for (int care = CARE_LIGHT; care < CARE_LEVEL_COUNT; care++) {
		const char *name = care_level_name((enum care_level)care);
		struct cell *values = places_series(p, c, name, word_text(name));
		for (size_t i = 0; i < c->n_days; i++)
			values[i] =
			    cell_fraction(((const struct level *)p->days[i].own)->free_usec[care],
					  p->days[i].elapsed);
	}
	(void)writer_chart(p->run->writer, c, NULL);
}

int report_availability(struct report_run *r, struct err *err)
{
	static const struct places_report availability = {
	    .own_size = sizeof(struct level),
	    .own_done = level_done,
	    .piece = piece,
	    .home_end = home_end,
	    .charts = charts,
	    .homes = {columns, ARRAY_LEN(columns), cells},
	    .wards = {columns, ARRAY_LEN(columns), cells},
	    .days = {day_columns, ARRAY_LEN(day_columns), day_cells},
	    .wards_first = true,
	};

	report_note(
	    r, TEXT("A bed is free while it is available and no conflict about it is open. No bed "
		    "free: time in which beds were in service and none of them was free.",
		    "En seng er ledig når den er tilgjengelig og ikke i konflikt. Ingen ledig: tid "
		    "da senger var i drift og ingen av dem var ledig."));
	return places_run(r, &availability, err);
}

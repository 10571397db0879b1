/* Availability over time: how many beds were free, at the least, on average and at the most, and
 * for how long none was. Counted by sweeping over the moments at which a place's beds changed. */
#include "reports/cell.h"
#include "reports/history.h"
#include "reports/places.h"
#include "reports/report.h"

struct edge {
	usec_t at;
	int service, free; /* by how much they change */
};

struct edges {
	struct edge *list;
	size_t n, cap;
};

/* Of a place or a home. */
struct level {
	int64_t least, most; /* free beds, while any was in service; least < 0: never */
	int64_t none_usec;   /* in service, and none free */
	int64_t any_usec;    /* in service */
};

struct place_own {
	struct edges edges;
	struct level level;
};

struct availability {
	struct report_run *run;
	const struct frame *frame;
	struct places places;
	struct level *home_levels;
	struct bed_time *homes, *days;
	struct bed_time *days_of_care[CARE_LEVEL_COUNT];
	int64_t *none_of_day; /* over all places */
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

/* none(from, to) is told each time in which none was free. */
static struct level sweep(struct edges *e, void (*none)(void *arg, usec_t from, usec_t to),
			  void *arg)
{
	struct level l = {.least = -1};
	int64_t service = 0, free_beds = 0;

	if (e->n > 0)
		qsort(e->list, e->n, sizeof(*e->list), compare_edges);
	for (size_t i = 0; i < e->n; i++) {
		service += e->list[i].service;
		free_beds += e->list[i].free;
		usec_t from = e->list[i].at, to = i + 1 < e->n ? e->list[i + 1].at : from;
		if (to == from || service == 0)
			continue;
		l.any_usec += to - from;
		l.least = l.least < 0 || free_beds < l.least ? free_beds : l.least;
		l.most = free_beds > l.most ? free_beds : l.most;
		if (free_beds > 0)
			continue;
		l.none_usec += to - from;
		if (none)
			none(arg, from, to);
	}
	return l;
}

/* ---- a home ---- */

struct none_days {
	const struct availability *a;
	const struct home *home;
};

static void add_none(void *arg, usec_t from, usec_t to)
{
	const struct none_days *d = arg;
	const usec_t *bounds = d->home->bounds;
	size_t n = d->a->frame->period.n;

	for (size_t day = period_day_of(bounds, n, from); day < n && bounds[day] < to; day++) {
		usec_t a = from > bounds[day] ? from : bounds[day];
		usec_t b = to < bounds[day + 1] ? to : bounds[day + 1];
		d->a->none_of_day[day] += b - a;
	}
}

static void add_days(const struct availability *v, const struct home *h,
		     const struct course_span *s)
{
	size_t n = v->frame->period.n, day = period_day_of(h->bounds, n, s->from);

	for (; day < n && h->bounds[day] < s->to; day++) {
		usec_t from = s->from > h->bounds[day] ? s->from : h->bounds[day];
		usec_t to = s->to < h->bounds[day + 1] ? s->to : h->bounds[day + 1];
		v->days[day].usec[s->use] += to - from;
		v->days_of_care[s->care][day].usec[s->use] += to - from;
	}
}

static void add_span(struct availability *v, size_t home, const struct course_span *s,
		     struct edges *of_home)
{
	const struct home *h = &v->frame->homes[home];
	struct place *p = places_of(&v->places, h, s);

	if (!p->own)
		p->own = arena_new(v->run->arena, struct place_own);
	p->time.usec[s->use] += s->to - s->from;
	v->homes[home].usec[s->use] += s->to - s->from;
	edges_add_span(&((struct place_own *)p->own)->edges, s);
	edges_add_span(of_home, s);
	add_days(v, h, s);
}

static int add_home(struct availability *v, size_t i, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	const struct home *h = &v->frame->homes[i];
	struct none_days none = {v, h};
	struct edges of_home = {0};
	struct history_bed *beds;
	size_t n;
	int r = history_read(v->run->pg, v->frame, h, HISTORY_PERIOD, &a, &beds, &n, err);

	if (r < 0)
		return r;
	places_begin_home(&v->places);
	for (size_t b = 0; b < n; b++)
		for (size_t k = 0; k < beds[b].n_spans; k++)
			add_span(v, i, &beds[b].spans[k], &of_home);
	v->home_levels[i] = sweep(&of_home, NULL, NULL);
	free(of_home.list);
	for (size_t k = v->places.first; k < v->places.n; k++) {
		struct place_own *own = v->places.list[k]->own;
		own->level = sweep(&own->edges, add_none, &none);
		free(own->edges.list);
	}
	return 0;
}

/* ---- what is shown ---- */

#define LEVEL_COLUMNS                                                                              \
	{"mean_free", TEXT_INIT("Free beds, mean", "Ledige senger, snitt"), CELL_MEAN, UNIT_NONE,  \
	 11},                                                                                      \
	    {"least_free", TEXT_INIT("At the least", "På det minste"), CELL_COUNT, UNIT_NONE, 9},  \
	    {"most_free", TEXT_INIT("At the most", "På det meste"), CELL_COUNT, UNIT_NONE, 9},     \
	    {"mean_beds", TEXT_INIT("Beds in service, mean", "Senger i drift, snitt"), CELL_MEAN,  \
	     UNIT_NONE, 12},                                                                       \
	    {"availability", TEXT_INIT("Free share", "Ledig andel"), CELL_SHARE, UNIT_NONE, 9},    \
	    {"none_free_s", TEXT_INIT("No bed free, hours", "Ingen ledig, timer"), CELL_DURATION,  \
	     UNIT_HOURS, 11},                                                                      \
	{                                                                                          \
		"none_free",                                                                       \
		    TEXT_INIT("No bed free, share of time", "Ingen ledig, andel av tiden"),        \
		    CELL_SHARE, UNIT_NONE, 12                                                      \
	}
#define LEVEL_CELLS 7

static const struct column home_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Institusjon"), CELL_TEXT, UNIT_NONE, 20},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 26},
    LEVEL_COLUMNS,
};
static const struct column place_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Institusjon"), CELL_TEXT, UNIT_NONE, 18},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 22},
    {"ward", TEXT_INIT("Ward", "Avdeling"), CELL_WORD, UNIT_NONE, 14},
    {"care_level", TEXT_INIT("Care level", "Omsorgsnivå"), CELL_WORD, UNIT_NONE, 14},
    LEVEL_COLUMNS,
};
static const struct column day_columns[] = {
    {"day", TEXT_INIT("Day", "Dag"), CELL_DATE, UNIT_NONE, 12},
    {"mean_free", TEXT_INIT("Free beds, mean", "Ledige senger, snitt"), CELL_MEAN, UNIT_NONE, 12},
    {"mean_beds", TEXT_INIT("Beds in service, mean", "Senger i drift, snitt"), CELL_MEAN, UNIT_NONE,
     14},
    {"availability", TEXT_INIT("Free share", "Ledig andel"), CELL_SHARE, UNIT_NONE, 10},
    {"none_free_s",
     TEXT_INIT("No bed free, hours of all wards and levels",
	       "Ingen ledig, timer over alle avdelinger og nivåer"),
     CELL_DURATION, UNIT_HOURS, 24},
};

static const struct table homes_table = {"facilities", TEXT_INIT("By home", "Per institusjon"),
					 home_columns, ARRAY_LEN(home_columns)};
static const struct table places_table = {
    "wards", TEXT_INIT("By ward and care level", "Per avdeling og omsorgsnivå"), place_columns,
    ARRAY_LEN(place_columns)};
static const struct table days_table = {"days", TEXT_INIT("By day", "Per dag"), day_columns,
					ARRAY_LEN(day_columns)};

static void level_cells(const struct level *l, const struct bed_time *t, int64_t elapsed,
			struct cell *out)
{
	int64_t service = bed_time_in_service(t);

	out[0] = cell_fraction(t->usec[USE_AVAILABLE], elapsed);
	out[1] = l->least < 0 ? CELL_ABSENT : cell_count(l->least);
	out[2] = l->least < 0 ? CELL_ABSENT : cell_count(l->most);
	out[3] = cell_fraction(service, elapsed);
	out[4] = cell_fraction(t->usec[USE_AVAILABLE], service);
	out[5] = cell_count(l->none_usec);
	out[6] = cell_fraction(l->none_usec, l->any_usec);
}

static void write_tables(struct availability *v)
{
	struct writer *w = v->run->writer;
	struct cell cells[4 + LEVEL_CELLS];

	(void)writer_table(w, &places_table, NULL);
	for (size_t i = 0; i < v->places.n; i++) {
		const struct place *p = v->places.list[i];
		cells[0] = cell_text(p->home->id);
		cells[1] = cell_text(p->home->name);
		cells[2] = cell_text(p->ward);
		cells[3] = cell_str(care_level_name(p->care));
		level_cells(&((const struct place_own *)p->own)->level, &p->time,
			    home_elapsed(p->home), cells + 4);
		(void)writer_row(w, cells, NULL);
	}
	(void)writer_table_end(w, NULL);
	(void)writer_table(w, &homes_table, NULL);
	for (size_t i = 0; i < v->frame->n_homes; i++) {
		cells[0] = cell_text(v->frame->homes[i].id);
		cells[1] = cell_text(v->frame->homes[i].name);
		level_cells(&v->home_levels[i], &v->homes[i], home_elapsed(&v->frame->homes[i]),
			    cells + 2);
		(void)writer_row(w, cells, NULL);
	}
	(void)writer_table_end(w, NULL);
	(void)writer_table(w, &days_table, NULL);
	for (size_t i = 0; i < v->frame->period.n; i++) {
		int64_t elapsed = frame_elapsed_of_day(v->frame, i);
		int64_t service = bed_time_in_service(&v->days[i]);
		cells[0] = cell_day(v->frame->period.first + (int32_t)i);
		cells[1] = cell_fraction(v->days[i].usec[USE_AVAILABLE], elapsed);
		cells[2] = cell_fraction(service, elapsed);
		cells[3] = cell_fraction(v->days[i].usec[USE_AVAILABLE], service);
		cells[4] = cell_count(v->none_of_day[i]);
		(void)writer_row(w, cells, NULL);
	}
	(void)writer_table_end(w, NULL);
}

static void write_charts(struct availability *v)
{
	static const struct text names[CARE_LEVEL_COUNT] = {
	    [CARE_LIGHT] = TEXT_INIT("Light", "Lett"),
	    [CARE_MEDIUM] = TEXT_INIT("Medium", "Middels"),
	    [CARE_INTENSIVE] = TEXT_INIT("Intensive", "Omfattende"),
	};
	size_t n = v->frame->period.n;
	int32_t *days = arena_array(v->run->arena, int32_t, n);
	struct chart *c = arena_new(v->run->arena, struct chart);

	for (size_t i = 0; i < n; i++)
		days[i] = v->frame->period.first + (int32_t)i;
	*c = (struct chart){.key = "free_by_day",
			    .title = TEXT("Free beds by day and care level, mean",
					  "Ledige senger per dag og omsorgsnivå, gjennomsnitt"),
			    .kind = CHART_LINES,
			    .type = CELL_MEAN,
			    .days = days,
			    .n_days = n};
	for (int care = CARE_LIGHT; care < CARE_LEVEL_COUNT; care++) {
		struct cell *values = arena_array(v->run->arena, struct cell, n);
		for (size_t i = 0; i < n; i++)
			values[i] = cell_fraction(v->days_of_care[care][i].usec[USE_AVAILABLE],
						  frame_elapsed_of_day(v->frame, i));
		c->series[c->n_series++] =
		    (struct series){care_level_name((enum care_level)care), names[care], values};
	}
	(void)writer_chart(v->run->writer, c, NULL);
}

int report_availability(struct report_run *r, struct err *err)
{
	const struct frame *f = r->frame;
	struct availability v = {
	    .run = r,
	    .frame = f,
	    .places.arena = r->arena,
	    .home_levels = arena_array(r->arena, struct level, f->n_homes + 1),
	    .homes = arena_array(r->arena, struct bed_time, f->n_homes + 1),
	    .days = arena_array(r->arena, struct bed_time, f->period.n),
	    .none_of_day = arena_array(r->arena, int64_t, f->period.n),
	};
	int e = 0;

	for (int care = 0; care < CARE_LEVEL_COUNT; care++)
		v.days_of_care[care] = arena_array(r->arena, struct bed_time, f->period.n);
	report_note(
	    r, TEXT("A bed is free while it is available and no conflict about it is open. No bed "
		    "free: time in which beds were in service and none of them was free.",
		    "En seng er ledig når den er tilgjengelig og ikke i konflikt. Ingen ledig: tid "
		    "da senger var i drift og ingen av dem var ledig."));
	for (size_t i = 0; i < f->n_homes && e == 0; i++) {
		report_progress(r, (int64_t)i, (int64_t)f->n_homes);
		e = add_home(&v, i, err);
	}
	if (e == 0 && (e = writer_begin(r->writer, r->document, err)) == 0) {
		places_sort(&v.places);
		write_charts(&v);
		write_tables(&v);
	}
	places_done(&v.places);
	return e;
}

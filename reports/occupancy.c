/* Occupancy: of the time that beds were in service, how much were they occupied? Everything is the
 * sum of spans: of a home, of a place (ward and care level) in it, of a day. */
#include "reports/report.h"

#include "reports/bed_time.h"
#include "reports/cell.h"
#include "reports/history.h"
#include "reports/places.h"

struct occupancy {
	struct report_run *run;
	const struct frame *frame;
	struct bed_time *homes; /* one per home of the frame */
	struct bed_time *days;	/* one per day of the period */
	struct bed_time all;
	struct places places;
};

/* ---- sums ---- */

static void add_days(struct occupancy *o, const struct home *h, const struct course_span *s)
{
	size_t n = o->frame->period.n, day = period_day_of(h->bounds, n, s->from);

	for (; day < n && h->bounds[day] < s->to; day++) {
		usec_t from = s->from > h->bounds[day] ? s->from : h->bounds[day];
		usec_t to = s->to < h->bounds[day + 1] ? s->to : h->bounds[day + 1];
		o->days[day].usec[s->use] += to - from;
	}
}

static int add_home(struct occupancy *o, size_t i, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	const struct home *h = &o->frame->homes[i];
	struct history_bed *beds;
	size_t n;
	int r = history_read(o->run->pg, o->frame, h, HISTORY_PERIOD, &a, &beds, &n, err);

	if (r < 0)
		return r;
	places_begin_home(&o->places);
	for (size_t b = 0; b < n; b++) {
		for (size_t k = 0; k < beds[b].n_spans; k++) {
			const struct course_span *s = &beds[b].spans[k];
			int64_t usec = s->to - s->from;
			o->homes[i].usec[s->use] += usec;
			o->all.usec[s->use] += usec;
			places_of(&o->places, h, s)->time.usec[s->use] += usec;
			add_days(o, h, s);
		}
	}
	return 0;
}

/* ---- what is shown ---- */

#define TIME_COLUMNS                                                                               \
	{"occupancy", TEXT_INIT("Occupancy", "Belegg"), CELL_SHARE, UNIT_NONE, 9},                 \
	    {"availability", TEXT_INIT("Free share", "Ledig andel"), CELL_SHARE, UNIT_NONE, 8},    \
	    {"mean_beds", TEXT_INIT("Beds in service, mean", "Senger i drift, snitt"), CELL_MEAN,  \
	     UNIT_NONE, 11},                                                                       \
	    {"in_service_s", TEXT_INIT("In service, bed-days", "I drift, sengedøgn"),              \
	     CELL_DURATION, UNIT_DAYS, 11},                                                        \
	    {"occupied_s", TEXT_INIT("Occupied, bed-days", "Opptatt, sengedøgn"), CELL_DURATION,   \
	     UNIT_DAYS, 11},                                                                       \
	    {"available_s", TEXT_INIT("Available, bed-days", "Ledig, sengedøgn"), CELL_DURATION,   \
	     UNIT_DAYS, 11},                                                                       \
	    {"reserved_s", TEXT_INIT("Reserved, bed-days", "Reservert, sengedøgn"), CELL_DURATION, \
	     UNIT_DAYS, 11},                                                                       \
	    {"unconfirmed_s", TEXT_INIT("Unconfirmed, bed-days", "Ubekreftet, sengedøgn"),         \
	     CELL_DURATION, UNIT_DAYS, 12},                                                        \
	{                                                                                          \
		"maintenance_s", TEXT_INIT("Maintenance, bed-days", "Ute av drift, sengedøgn"),    \
		    CELL_DURATION, UNIT_DAYS, 12                                                   \
	}
#define TIME_CELLS 9

static const struct column home_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Institusjon"), CELL_TEXT, UNIT_NONE, 20},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 24},
    TIME_COLUMNS,
};
static const struct column place_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Institusjon"), CELL_TEXT, UNIT_NONE, 18},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 22},
    {"ward", TEXT_INIT("Ward", "Avdeling"), CELL_WORD, UNIT_NONE, 14},
    {"care_level", TEXT_INIT("Care level", "Omsorgsnivå"), CELL_WORD, UNIT_NONE, 14},
    TIME_COLUMNS,
};
static const struct column day_columns[] = {
    {"day", TEXT_INIT("Day", "Dag"), CELL_DATE, UNIT_NONE, 12},
    TIME_COLUMNS,
};

static const struct table homes_table = {"facilities", TEXT_INIT("By home", "Per institusjon"),
					 home_columns, ARRAY_LEN(home_columns)};
static const struct table places_table = {
    "wards", TEXT_INIT("By ward and care level", "Per avdeling og omsorgsnivå"), place_columns,
    ARRAY_LEN(place_columns)};
static const struct table days_table = {"days", TEXT_INIT("By day", "Per dag"), day_columns,
					ARRAY_LEN(day_columns)};

/* span: how long the time was in which the beds are averaged. */
static void time_cells(const struct bed_time *t, int64_t span, struct cell *out)
{
	int64_t service = bed_time_in_service(t);

	out[0] = cell_fraction(t->usec[USE_OCCUPIED], service);
	out[1] = cell_fraction(t->usec[USE_AVAILABLE], service);
	out[2] = cell_fraction(service, span);
	out[3] = cell_count(service);
	out[4] = cell_count(t->usec[USE_OCCUPIED]);
	out[5] = cell_count(t->usec[USE_AVAILABLE]);
	out[6] = cell_count(t->usec[USE_RESERVED]);
	out[7] = cell_count(t->usec[USE_UNCONFIRMED]);
	out[8] = cell_count(t->usec[USE_MAINTENANCE]);
}

static void write_homes(struct occupancy *o)
{
	struct writer *w = o->run->writer;
	struct cell cells[2 + TIME_CELLS];

	(void)writer_table(w, &homes_table, NULL);
	for (size_t i = 0; i < o->frame->n_homes; i++) {
		cells[0] = cell_text(o->frame->homes[i].id);
		cells[1] = cell_text(o->frame->homes[i].name);
		time_cells(&o->homes[i], home_elapsed(&o->frame->homes[i]), cells + 2);
		(void)writer_row(w, cells, NULL);
	}
	cells[0] = cell_str(text_in(TEXT("All", "Alle"), o->run->document->lang));
	cells[1] = CELL_ABSENT;
	time_cells(&o->all, frame_elapsed(o->frame), cells + 2);
	(void)writer_total(w, cells, NULL);
	(void)writer_table_end(w, NULL);
}

static void write_places(struct occupancy *o)
{
	struct writer *w = o->run->writer;
	struct cell cells[4 + TIME_CELLS];

	places_sort(&o->places);
	(void)writer_table(w, &places_table, NULL);
	for (size_t i = 0; i < o->places.n; i++) {
		const struct place *p = o->places.list[i];
		cells[0] = cell_text(p->home->id);
		cells[1] = cell_text(p->home->name);
		cells[2] = cell_text(p->ward);
		cells[3] = cell_str(care_level_name(p->care));
		time_cells(&p->time, home_elapsed(p->home), cells + 4);
		(void)writer_row(w, cells, NULL);
	}
	(void)writer_table_end(w, NULL);
}

static void write_days(struct occupancy *o)
{
	struct writer *w = o->run->writer;
	struct cell cells[1 + TIME_CELLS];

	(void)writer_table(w, &days_table, NULL);
	for (size_t i = 0; i < o->frame->period.n; i++) {
		cells[0] = cell_day(o->frame->period.first + (int32_t)i);
		time_cells(&o->days[i], frame_elapsed_of_day(o->frame, i), cells + 1);
		(void)writer_row(w, cells, NULL);
	}
	(void)writer_table_end(w, NULL);
}

static void write_charts(struct occupancy *o)
{
	static const struct {
		enum bed_use use;
		const char *key;
		struct text title;
	} shown[] = {
	    {USE_OCCUPIED, "occupied", TEXT_INIT("Occupied", "Opptatt")},
	    {USE_RESERVED, "reserved", TEXT_INIT("Reserved", "Reservert")},
	    {USE_AVAILABLE, "available", TEXT_INIT("Available", "Ledig")},
	    {USE_UNCONFIRMED, "unconfirmed", TEXT_INIT("Unconfirmed", "Ubekreftet")},
	};
	size_t n = o->frame->period.n;
	struct arena *a = o->run->arena;
	int32_t *days = arena_array(a, int32_t, n);
	struct chart *share = arena_new(a, struct chart), *beds = arena_new(a, struct chart);
	struct cell *occupied = arena_array(a, struct cell, n);

	for (size_t i = 0; i < n; i++) {
		days[i] = o->frame->period.first + (int32_t)i;
		occupied[i] =
		    cell_fraction(o->days[i].usec[USE_OCCUPIED], bed_time_in_service(&o->days[i]));
	}
	*share = (struct chart){.key = "occupancy_by_day",
				.title = TEXT("Occupancy by day", "Belegg per dag"),
				.type = CELL_SHARE,
				.days = days,
				.n_days = n,
				.series = {{"occupancy", TEXT("Occupancy", "Belegg"), occupied}},
				.n_series = 1};
	*beds = (struct chart){
	    .key = "beds_by_day",
	    .title = TEXT("Beds in service by day, mean", "Senger i drift per dag, gjennomsnitt"),
	    .kind = CHART_STACKED,
	    .type = CELL_MEAN,
	    .days = days,
	    .n_days = n,
	    .n_series = ARRAY_LEN(shown)};
	for (size_t s = 0; s < ARRAY_LEN(shown); s++) {
		struct cell *values = arena_array(a, struct cell, n);
		for (size_t i = 0; i < n; i++)
			values[i] = cell_fraction(o->days[i].usec[shown[s].use],
						  frame_elapsed_of_day(o->frame, i));
		beds->series[s] = (struct series){shown[s].key, shown[s].title, values};
	}
	(void)writer_chart(o->run->writer, share, NULL);
	(void)writer_chart(o->run->writer, beds, NULL);
}

int report_occupancy(struct report_run *r, struct err *err)
{
	const struct frame *f = r->frame;
	struct occupancy o = {.run = r,
			      .frame = f,
			      .places.arena = r->arena,
			      .homes = arena_array(r->arena, struct bed_time, f->n_homes + 1),
			      .days = arena_array(r->arena, struct bed_time, f->period.n)};
	int e = 0;

	report_note(
	    r,
	    TEXT("Occupancy is occupied bed-time divided by bed-time in service. A bed is in "
		 "service except under maintenance; one whose status is in conflict is in "
		 "service but counts as neither occupied nor free.",
		 "Belegg er opptatt sengetid delt på sengetid i drift. En seng er i drift "
		 "unntatt når den er ute av drift; en seng med status i konflikt er i drift, men "
		 "regnes verken som opptatt eller ledig."));
	report_note(
	    r, TEXT("A bed-day is 24 hours of one bed. Days are those of each home's time zone.",
		    "Et sengedøgn er 24 timer for én seng. Døgn følger institusjonens tidssone."));
	for (size_t i = 0; i < f->n_homes && e == 0; i++) {
		report_progress(r, (int64_t)i, (int64_t)f->n_homes);
		e = add_home(&o, i, err);
	}
	if (e == 0 && (e = writer_begin(r->writer, r->document, err)) == 0) {
		write_charts(&o);
		write_homes(&o);
		write_places(&o);
		write_days(&o);
	}
	places_done(&o.places);
	return e;
}

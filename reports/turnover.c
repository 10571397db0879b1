/* Turnover: stays that began and ended in beds. A stay is of a bed, not of a person, whom nobody
 * here knows: it lasts while the bed is occupied, or kept for a resident on leave. */
#include "reports/cell.h"
#include "reports/history.h"
#include "reports/places.h"
#include "reports/report.h"

struct durations {
	int64_t *list;
	size_t n, cap;
};

struct moves {
	int64_t admissions, admitted_by_transfer, discharges, discharged_by_transfer;
	struct durations stays, vacant;
};

struct turnover {
	struct report_run *run;
	const struct frame *frame;
	struct places places; /* own: struct moves */
	struct moves *homes, *days;
	struct moves all;
	struct bed_time *times; /* of homes */
	struct bed_time time;
};

/* ---- sums ---- */

static void durations_add(struct durations *d, int64_t usec)
{
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 16;
		d->list = reallocarray(d->list, d->cap, sizeof(*d->list));
		if (!d->list)
			abort();
	}
	d->list[d->n++] = usec;
}

static int compare(const void *a, const void *b)
{
	const int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;

	return (p > q) - (p < q);
}

/* The least that half of them do not exceed. */
static struct cell median(struct durations *d)
{
	if (d->n == 0)
		return CELL_ABSENT;
	qsort(d->list, d->n, sizeof(*d->list), compare);
	return cell_count(d->list[(d->n - 1) / 2]);
}

static void moves_done(struct moves *m)
{
	free(m->stays.list);
	free(m->vacant.list);
}

/* Where something is counted: the home, the place, the day, and over all. */
struct counted {
	struct moves *at[4];
};

static struct counted counted_at(struct turnover *t, size_t home, const struct course_span *s,
				 usec_t at)
{
	const struct home *h = &t->frame->homes[home];
	struct place *p = places_of(&t->places, h, s);

	if (!p->own)
		p->own = arena_new(t->run->arena, struct moves);
	return (struct counted){{&t->all, &t->homes[home], p->own,
				 &t->days[period_day_of(h->bounds, t->frame->period.n, at)]}};
}

static bool is_transfer(enum reason r)
{
	return r == REASON_TRANSFER || r == REASON_SWAP;
}

/* vacant: USEC_NONE if the bed's stay before is not known. */
static void admit(const struct counted *c, const struct course_span *s, usec_t vacant)
{
	for (size_t i = 0; i < ARRAY_LEN(c->at); i++) {
		c->at[i]->admissions++;
		c->at[i]->admitted_by_transfer += is_transfer(s->reason);
		if (vacant != USEC_NONE)
			durations_add(&c->at[i]->vacant, vacant);
	}
}

/* next: what followed; stay: USEC_NONE if its beginning is not known. */
static void discharge(const struct counted *c, const struct course_span *next, usec_t stay)
{
	for (size_t i = 0; i < ARRAY_LEN(c->at); i++) {
		c->at[i]->discharges++;
		c->at[i]->discharged_by_transfer += is_transfer(next->reason);
		if (stay != USEC_NONE)
			durations_add(&c->at[i]->stays, stay);
	}
}

/* ---- a bed ---- */

/* run: why the bed came to be as it is, over rows that repeat the status. */
static bool is_stay(const struct course_span *s, enum reason run)
{
	return s->use == USE_OCCUPIED ||
	       (s->use == USE_RESERVED &&
		(run == REASON_LEAVE_OF_ABSENCE || run == REASON_RETURN_CANCELLED));
}

static void add_bed(struct turnover *t, size_t home, const struct history_bed *b)
{
	const struct home *h = &t->frame->homes[home];
	usec_t began = USEC_NONE, ended = USEC_NONE; /* the stay that lasts; the one before */
	enum reason run = REASON_NONE;
	bool in_stay = false;

	for (size_t i = 0; i < b->n_spans; i++) {
		const struct course_span *s = &b->spans[i];
		if (i == 0 || b->spans[i - 1].use != s->use)
			run = s->reason;
		bool stays = is_stay(s, run), in_period = s->from >= h->bounds[0];
		if (i > 0 && stays && !in_stay) {
			began = s->from;
			if (in_period) {
				const struct counted c = counted_at(t, home, s, s->from);
				admit(&c, s, ended == USEC_NONE ? USEC_NONE : began - ended);
			}
		} else if (in_stay && !stays) {
			ended = s->from;
			if (in_period) {
				const struct counted c =
				    counted_at(t, home, &b->spans[i - 1], s->from);
				discharge(&c, s, began == USEC_NONE ? USEC_NONE : ended - began);
			}
		}
		in_stay = stays;
	}
}

static int add_home(struct turnover *t, size_t i, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	const struct home *h = &t->frame->homes[i];
	struct history_bed *beds;
	size_t n;
	int r = history_read(t->run->pg, t->frame, h, HISTORY_EVER, &a, &beds, &n, err);

	if (r < 0)
		return r;
	places_begin_home(&t->places);
	for (size_t b = 0; b < n; b++)
		add_bed(t, i, &beds[b]);
	arena_reset(&a);
	r = history_read(t->run->pg, t->frame, h, HISTORY_PERIOD, &a, &beds, &n, err);
	if (r < 0)
		return r;
	for (size_t b = 0; b < n; b++)
		for (size_t k = 0; k < beds[b].n_spans; k++) {
			const struct course_span *s = &beds[b].spans[k];
			t->times[i].usec[s->use] += s->to - s->from;
			t->time.usec[s->use] += s->to - s->from;
		}
	return 0;
}

/* ---- what is shown ---- */

#define COUNT_COLUMNS                                                                              \
	{"admissions", TEXT_INIT("Admissions", "Innflyttinger"), CELL_COUNT, UNIT_NONE, 11},       \
	    {"admitted_by_transfer", TEXT_INIT("of them transfers", "herav flyttinger"),           \
	     CELL_COUNT, UNIT_NONE, 10},                                                           \
	    {"discharges", TEXT_INIT("Discharges", "Utflyttinger"), CELL_COUNT, UNIT_NONE, 11},    \
	{                                                                                          \
		"discharged_by_transfer", TEXT_INIT("of them transfers", "herav flyttinger"),      \
		    CELL_COUNT, UNIT_NONE, 10                                                      \
	}
#define MEDIAN_COLUMNS                                                                             \
	{"median_stay_s", TEXT_INIT("Stay, median, days", "Opphold, median, døgn"), CELL_DURATION, \
	 UNIT_DAYS, 11},                                                                           \
	{                                                                                          \
		"median_vacant_s",                                                                 \
		    TEXT_INIT("Between stays, median, days", "Mellom opphold, median, døgn"),      \
		    CELL_DURATION, UNIT_DAYS, 13                                                   \
	}

static const struct column home_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Institusjon"), CELL_TEXT, UNIT_NONE, 20},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 26},
    COUNT_COLUMNS,
    {"turnover", TEXT_INIT("Discharges per bed", "Utflyttinger per seng"), CELL_MEAN, UNIT_NONE,
     11},
    MEDIAN_COLUMNS,
};
static const struct column place_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Institusjon"), CELL_TEXT, UNIT_NONE, 18},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 24},
    {"ward", TEXT_INIT("Ward", "Avdeling"), CELL_WORD, UNIT_NONE, 14},
    {"care_level", TEXT_INIT("Care level", "Omsorgsnivå"), CELL_WORD, UNIT_NONE, 14},
    COUNT_COLUMNS,
    MEDIAN_COLUMNS,
};
static const struct column day_columns[] = {
    {"day", TEXT_INIT("Day", "Dag"), CELL_DATE, UNIT_NONE, 12},
    COUNT_COLUMNS,
};

static const struct table homes_table = {"facilities", TEXT_INIT("By home", "Per institusjon"),
					 home_columns, ARRAY_LEN(home_columns)};
static const struct table places_table = {
    "wards", TEXT_INIT("By ward and care level", "Per avdeling og omsorgsnivå"), place_columns,
    ARRAY_LEN(place_columns)};
static const struct table days_table = {"days", TEXT_INIT("By day", "Per dag"), day_columns,
					ARRAY_LEN(day_columns)};

static void count_cells(const struct moves *m, struct cell *out)
{
	out[0] = cell_count(m->admissions);
	out[1] = cell_count(m->admitted_by_transfer);
	out[2] = cell_count(m->discharges);
	out[3] = cell_count(m->discharged_by_transfer);
}

static void home_cells(struct moves *m, const struct bed_time *time, int64_t elapsed,
		       struct cell *out)
{
	count_cells(m, out);
	out[4] = cell_fraction(m->discharges * elapsed, bed_time_in_service(time));
	out[5] = median(&m->stays);
	out[6] = median(&m->vacant);
}

static void write_homes(struct turnover *t)
{
	struct writer *w = t->run->writer;
	struct cell cells[ARRAY_LEN(home_columns)];

	(void)writer_table(w, &homes_table, NULL);
	for (size_t i = 0; i < t->frame->n_homes; i++) {
		cells[0] = cell_text(t->frame->homes[i].id);
		cells[1] = cell_text(t->frame->homes[i].name);
		home_cells(&t->homes[i], &t->times[i], home_elapsed(&t->frame->homes[i]),
			   cells + 2);
		(void)writer_row(w, cells, NULL);
	}
	cells[0] = cell_str(text_in(TEXT("All", "Alle"), t->run->document->lang));
	cells[1] = CELL_ABSENT;
	home_cells(&t->all, &t->time, frame_elapsed(t->frame), cells + 2);
	(void)writer_total(w, cells, NULL);
	(void)writer_table_end(w, NULL);
}

static void write_places(struct turnover *t)
{
	struct writer *w = t->run->writer;
	struct cell cells[ARRAY_LEN(place_columns)];

	(void)writer_table(w, &places_table, NULL);
	for (size_t i = 0; i < t->places.n; i++) {
		const struct place *p = t->places.list[i];
		struct moves *m = p->own;
		cells[0] = cell_text(p->home->id);
		cells[1] = cell_text(p->home->name);
		cells[2] = cell_text(p->ward);
		cells[3] = cell_str(care_level_name(p->care));
		count_cells(m, cells + 4);
		cells[8] = median(&m->stays);
		cells[9] = median(&m->vacant);
		(void)writer_row(w, cells, NULL);
	}
	(void)writer_table_end(w, NULL);
}

static void write_days(struct turnover *t)
{
	struct writer *w = t->run->writer;
	struct cell cells[ARRAY_LEN(day_columns)];

	(void)writer_table(w, &days_table, NULL);
	for (size_t i = 0; i < t->frame->period.n; i++) {
		cells[0] = cell_day(t->frame->period.first + (int32_t)i);
		count_cells(&t->days[i], cells + 1);
		(void)writer_row(w, cells, NULL);
	}
	(void)writer_table_end(w, NULL);
}

static void write_chart(struct turnover *t)
{
	size_t n = t->frame->period.n;
	struct arena *a = t->run->arena;
	int32_t *days = arena_array(a, int32_t, n);
	struct cell *in = arena_array(a, struct cell, n), *out = arena_array(a, struct cell, n);
	struct chart *c = arena_new(a, struct chart);

	for (size_t i = 0; i < n; i++) {
		days[i] = t->frame->period.first + (int32_t)i;
		in[i] = cell_fraction(t->days[i].admissions, 1);
		out[i] = cell_fraction(t->days[i].discharges, 1);
	}
	*c = (struct chart){
	    .key = "moves_by_day",
	    .title = TEXT("Admissions and discharges by day", "Inn- og utflyttinger per dag"),
	    .type = CELL_MEAN,
	    .days = days,
	    .n_days = n,
	    .series = {{"admissions", TEXT("Admissions", "Innflyttinger"), in},
		       {"discharges", TEXT("Discharges", "Utflyttinger"), out}},
	    .n_series = 2};
	(void)writer_chart(t->run->writer, c, NULL);
}

static void turnover_done(struct turnover *t)
{
	for (size_t i = 0; i < t->places.n; i++)
		moves_done(t->places.list[i]->own);
	for (size_t i = 0; i < t->frame->n_homes; i++)
		moves_done(&t->homes[i]);
	for (size_t i = 0; i < t->frame->period.n; i++)
		moves_done(&t->days[i]);
	moves_done(&t->all);
	places_done(&t->places);
}

int report_turnover(struct report_run *r, struct err *err)
{
	const struct frame *f = r->frame;
	struct turnover t = {.run = r,
			     .frame = f,
			     .places.arena = r->arena,
			     .homes = arena_array(r->arena, struct moves, f->n_homes + 1),
			     .days = arena_array(r->arena, struct moves, f->period.n),
			     .times = arena_array(r->arena, struct bed_time, f->n_homes + 1)};
	int e = 0;

	report_note(
	    r,
	    TEXT("A stay lasts while a bed is occupied, or kept for a resident on leave. It is of "
		 "a bed: a move to another bed ends one stay and begins another.",
		 "Et opphold varer så lenge en seng er opptatt, eller holdes av for en beboer på "
		 "permisjon. Det gjelder sengen: flytting til en annen seng avslutter ett opphold "
		 "og begynner et nytt."));
	for (size_t i = 0; i < f->n_homes && e == 0; i++) {
		report_progress(r, (int64_t)i, (int64_t)f->n_homes);
		e = add_home(&t, i, err);
	}
	if (e == 0 && (e = writer_begin(r->writer, r->document, err)) == 0) {
		places_sort(&t.places);
		write_chart(&t);
		write_homes(&t);
		write_places(&t);
		write_days(&t);
	}
	turnover_done(&t);
	return e;
}

/* Turnover: stays that began and ended in beds. A stay is of a bed, not of a person, whom nobody
 * here knows: it lasts while the bed is occupied, or kept for a resident on leave. */
#include "reports/places.h"

#include <stdlib.h>

#include "reports/cell.h"

struct durations {
	int64_t *list;
	size_t n, cap;
};

/* Of each tally. */
struct moves {
	int64_t admissions, admitted_by_transfer, discharges, discharged_by_transfer;
	struct durations stays, vacant;
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

static void moves_done(void *own)
{
	struct moves *m = own;

	free(m->stays.list);
	free(m->vacant.list);
}

static bool is_transfer(enum reason r)
{
	return r == REASON_TRANSFER || r == REASON_SWAP;
}

/* vacant: USEC_NONE if the bed's stay before is not known. */
static void admit(const struct tallies *at, const struct course_span *s, usec_t vacant)
{
	for (size_t i = 0; i < TALLY_COUNT; i++) {
		struct moves *m = at->of[i]->own;
		m->admissions++;
		m->admitted_by_transfer += is_transfer(s->reason);
		if (vacant != USEC_NONE)
			durations_add(&m->vacant, vacant);
	}
}

/* next: what followed; stay: USEC_NONE if its beginning is not known. */
static void discharge(const struct tallies *at, const struct course_span *next, usec_t stay)
{
	for (size_t i = 0; i < TALLY_COUNT; i++) {
		struct moves *m = at->of[i]->own;
		m->discharges++;
		m->discharged_by_transfer += is_transfer(next->reason);
		if (stay != USEC_NONE)
			durations_add(&m->stays, stay);
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

/* A bed's stays, as far as they are read. */
struct stays {
	struct places *places;
	size_t home;
	bool lasts;
	usec_t began, ended; /* the one that lasts; the one before; USEC_NONE: not known */
	usec_t read_to;
	const struct course_span *before;
};

static void add_part(struct stays *y, const struct course_span *s, usec_t from, bool stays)
{
	bool in_period = from >= y->places->run->frame->homes[y->home].bounds[0];

	if (from != y->read_to) { /* the first of the bed, or since the home opened */
		y->began = y->ended = USEC_NONE;
	} else if (stays && !y->lasts) {
		y->began = from;
		if (in_period && places_wants(y->places, s)) {
			const struct tallies at = places_at(y->places, y->home, s, from);
			admit(&at, s, y->ended == USEC_NONE ? USEC_NONE : from - y->ended);
		}
	} else if (!stays && y->lasts) {
		y->ended = from;
		if (in_period && places_wants(y->places, y->before)) {
			const struct tallies at = places_at(y->places, y->home, y->before, from);
			discharge(&at, s, y->began == USEC_NONE ? USEC_NONE : from - y->began);
		}
	}
	y->lasts = stays;
}

static void add_bed(struct places *p, size_t home, const struct history_bed *b)
{
	struct stays y = {.places = p, .home = home, .read_to = USEC_NONE};
	enum reason run = REASON_NONE;

	for (size_t i = 0; i < b->n_spans; i++) {
		const struct course_span *s = &b->spans[i];
		usec_t from = s->from, to;
		if (i == 0 || b->spans[i - 1].use != s->use)
			run = s->reason;
		for (; home_open_part(&p->run->frame->homes[home], &from, s->to, &to); from = to) {
			add_part(&y, s, from, is_stay(s, run));
			y.read_to = to;
		}
		y.before = s;
	}
}

static int home_begin(struct places *p, size_t home, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	const struct frame *f = p->run->frame;
	struct history_bed *beds;
	size_t n;
	int r = history_read(p->run->pg, f, &f->homes[home], HISTORY_EVER, &a, &beds, &n, err);

	for (size_t b = 0; r == 0 && b < n; b++)
		add_bed(p, home, &beds[b]);
	return r;
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
    COUNT_COLUMNS,
    {"turnover", TEXT_INIT("Discharges per bed", "Utflyttinger per seng"), CELL_MEAN, UNIT_NONE,
     11},
    MEDIAN_COLUMNS,
};
static const struct column ward_columns[] = {COUNT_COLUMNS, MEDIAN_COLUMNS};
static const struct column day_columns[] = {COUNT_COLUMNS};

enum { COUNT_CELLS = ARRAY_LEN(day_columns) };

static void day_cells(struct tally *t, struct cell *out)
{
	const struct moves *m = t->own;

	out[0] = cell_count(m->admissions);
	out[1] = cell_count(m->admitted_by_transfer);
	out[2] = cell_count(m->discharges);
	out[3] = cell_count(m->discharged_by_transfer);
}

static void ward_cells(struct tally *t, struct cell *out)
{
	struct moves *m = t->own;

	day_cells(t, out);
	out[COUNT_CELLS] = median(&m->stays);
	out[COUNT_CELLS + 1] = median(&m->vacant);
}

static void home_cells(struct tally *t, struct cell *out)
{
	struct moves *m = t->own;

	day_cells(t, out);
	out[COUNT_CELLS] = cell_fraction(m->discharges * t->elapsed, bed_time_in_service(&t->time));
	out[COUNT_CELLS + 1] = median(&m->stays);
	out[COUNT_CELLS + 2] = median(&m->vacant);
}

static void charts(struct places *p)
{
	struct chart *c = places_chart(
	    p, "moves_by_day",
	    TEXT("Admissions and discharges by day", "Inn- og utflyttinger per dag"), CELL_MEAN);
	struct cell *in = places_series(p, c, "admissions", TEXT("Admissions", "Innflyttinger"));
	struct cell *out = places_series(p, c, "discharges", TEXT("Discharges", "Utflyttinger"));

	for (size_t i = 0; i < c->n_days; i++) {
		const struct moves *m = p->days[i].own;
		in[i] = cell_fraction(m->admissions, 1);
		out[i] = cell_fraction(m->discharges, 1);
	}
	(void)writer_chart(p->run->writer, c, NULL);
}

int report_turnover(struct report_run *r, struct err *err)
{
	static const struct places_report turnover = {
	    .own_size = sizeof(struct moves),
	    .own_done = moves_done,
	    .home_begin = home_begin,
	    .charts = charts,
	    .homes = {home_columns, ARRAY_LEN(home_columns), home_cells},
	    .wards = {ward_columns, ARRAY_LEN(ward_columns), ward_cells},
	    .days = {day_columns, ARRAY_LEN(day_columns), day_cells},
	    .total = true,
	};

	report_note(
	    r,
	    TEXT("A stay lasts while a bed is occupied, or kept for a resident on leave. It is of "
		 "a bed: a move to another bed ends one stay and begins another.",
		 "Et opphold varer så lenge en seng er opptatt, eller holdes av for en beboer på "
		 "permisjon. Det gjelder sengen: flytting til en annen seng avslutter ett opphold "
		 "og begynner et nytt."));
	return places_run(r, &turnover, err);
}

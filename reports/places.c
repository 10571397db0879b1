/* A home has few places: they are looked through. */
#include "reports/places.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "reports/cell.h"

/* ---- tallies ---- */

static void tally_begin(struct places *p, struct tally *t, int64_t elapsed)
{
	t->elapsed = elapsed;
	t->own = arena_zalloc(p->run->arena, p->report->own_size);
}

static void tally_done(const struct places *p, struct tally *t)
{
	if (p->report->own_done && t->own)
		p->report->own_done(t->own);
}

static struct place *place_of(struct places *p, const struct home *h, const struct course_span *s)
{
	struct arena *a = p->run->arena;

	for (size_t i = p->first; i < p->n; i++)
		if (p->list[i]->care == s->care && span_eq(p->list[i]->ward, s->ward))
			return p->list[i];
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 64;
		p->list = reallocarray(p->list, p->cap, sizeof(struct place *));
		if (!p->list)
			abort();
	}
	struct place *made = arena_new(a, struct place);
	*made = (struct place){
	    .home = h, .ward = s->ward.p ? arena_span(a, s->ward) : s->ward, .care = s->care};
	tally_begin(p, &made->tally, home_elapsed(h));
	return p->list[p->n++] = made;
}

static int compare(const void *a, const void *b)
{
	const struct place *p = *(struct place *const *)a, *q = *(struct place *const *)b;
	int c = span_cmp(p->home->id, q->home->id);

	if (c == 0)
		c = span_cmp(p->ward, q->ward);
	return c ? c : (int)p->care - (int)q->care;
}

struct tally *places_day(struct places *p, size_t home, usec_t at)
{
	const struct frame *f = p->run->frame;

	return &p->days[period_day_of(f->homes[home].bounds, f->period.n, at)];
}

struct tallies places_at(struct places *p, size_t home, const struct course_span *s, usec_t at)
{
	struct place *place = place_of(p, &p->run->frame->homes[home], s);

	return (struct tallies){{&p->all, &p->homes[home], &place->tally, places_day(p, home, at)}};
}

/* ---- homes ---- */

static void add_piece(struct places *p, size_t home, const struct course_span *piece)
{
	const struct tallies at = places_at(p, home, piece, piece->from);

	for (size_t i = 0; i < TALLY_COUNT; i++)
		at.of[i]->time.usec[piece->use] += piece->to - piece->from;
	if (p->report->piece)
		p->report->piece(&at, piece);
}

bool places_wants(const struct places *p, const struct course_span *s)
{
	const struct span ward = p->run->frame->q->ward;

	return !ward.p || span_eq(ward, s->ward.p ? s->ward : SPAN("unassigned"));
}

/* Day by day, while the home was open. */
static void add_span(struct places *p, size_t home, struct course_span s)
{
	const struct home *h = &p->run->frame->homes[home];
	const usec_t end = s.to;

	if (!places_wants(p, &s))
		return;
	for (; home_open_part(h, &s.from, end, &s.to); s.from = s.to) {
		size_t day = period_day_of(h->bounds, p->run->frame->period.n, s.from);
		if (s.to > h->bounds[day + 1])
			s.to = h->bounds[day + 1];
		add_piece(p, home, &s);
	}
}

static int add_home(struct places *p, size_t home, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	const struct frame *f = p->run->frame;
	struct history_bed *beds = NULL;
	size_t n = 0;

	p->first = p->n;
	int r = p->report->home_begin ? p->report->home_begin(p, home, err) : 0;
	if (r == 0)
		r = history_read(p->run->pg, f, &f->homes[home], HISTORY_PERIOD, &a, &beds, &n,
				 err);
	if (r < 0)
		return r;
	for (size_t b = 0; b < n; b++)
		for (size_t k = 0; k < beds[b].n_spans; k++)
			add_span(p, home, beds[b].spans[k]);
	if (p->report->home_end)
		p->report->home_end(p, home);
	return 0;
}

/* ---- what is shown ---- */

static const struct column home_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Sykehjem"), CELL_TEXT, UNIT_NONE, 20},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 26},
    REPORT_ZONE_COLUMN,
    {"closed_s", TEXT_INIT("Closed, days", "Stengt, døgn"), CELL_DURATION, UNIT_DAYS, 8},
};
static const struct column place_columns[] = {
    {"facility_id", TEXT_INIT("Facility", "Sykehjem"), CELL_TEXT, UNIT_NONE, 18, SHOWN_OFF_PAPER},
    {"name", TEXT_INIT("Name", "Navn"), CELL_TEXT, UNIT_NONE, 24},
    {"ward", TEXT_INIT("Ward", "Avdeling"), CELL_PLACE, UNIT_NONE, 14},
    {"care_level", TEXT_INIT("Care level", "Omsorgsnivå"), CELL_WORD, UNIT_NONE, 14},
    REPORT_ZONE_COLUMN,
};
static const struct column day_columns[] = {
    {"day", TEXT_INIT("Day", "Dag"), CELL_DATE, UNIT_NONE, 12},
};

enum { HOME_CELLS = ARRAY_LEN(home_columns), PLACE_CELLS = ARRAY_LEN(place_columns) };

/* The table with the frame's columns before the report's. */
static void table_begin(struct places *p, struct table t, const struct column *frame, size_t n,
			const struct places_table *of)
{
	struct arena *a = p->run->arena;
	struct column *columns = arena_array(a, struct column, n + of->n);

	memcpy(columns, frame, n * sizeof(*columns));
	memcpy(columns + n, of->columns, of->n * sizeof(*columns));
	t.columns = columns;
	t.n_columns = n + of->n;
	(void)writer_table(p->run->writer,
			   report_table(p->run, &t, p->run->frame->n_home_zones > 1), NULL);
}

static void write_homes(struct places *p)
{
	const struct frame *f = p->run->frame;
	struct cell cells[MODEL_COLUMNS_MAX];

	table_begin(p, (struct table){"facilities", TEXT("By home", "Per sykehjem")}, home_columns,
		    HOME_CELLS, &p->report->homes);
	for (size_t i = 0; i < f->n_homes; i++) {
		cells[0] = cell_text(f->homes[i].id);
		cells[1] = cell_text(f->homes[i].name);
		cells[2] = cell_str(zone_name(f->homes[i].zone));
		cells[3] = cell_count(home_closed(&f->homes[i]));
		p->report->homes.cells(&p->homes[i], cells + HOME_CELLS);
		(void)writer_row(p->run->writer, cells, NULL);
	}
	if (p->report->total) {
		cells[0] = cell_str(text_in(TEXT("All", "Alle"), p->run->document->lang));
		cells[1] = cells[2] = cells[3] = CELL_ABSENT;
		p->report->homes.cells(&p->all, cells + HOME_CELLS);
		(void)writer_total(p->run->writer, cells, NULL);
	}
	(void)writer_table_end(p->run->writer, NULL);
}

static void write_wards(struct places *p)
{
	struct cell cells[MODEL_COLUMNS_MAX];

	if (p->n > 0)
		qsort(p->list, p->n, sizeof(struct place *), compare);
	table_begin(
	    p,
	    (struct table){"wards", TEXT("By ward and care level", "Per avdeling og omsorgsnivå")},
	    place_columns, PLACE_CELLS, &p->report->wards);
	for (size_t i = 0; i < p->n; i++) {
		struct place *place = p->list[i];
		cells[0] = cell_text(place->home->id);
		cells[1] = cell_text(place->home->name);
		cells[2] = cell_text(place->ward);
		cells[3] = cell_str(care_level_name(place->care));
		cells[4] = cell_str(zone_name(place->home->zone));
		p->report->wards.cells(&place->tally, cells + PLACE_CELLS);
		(void)writer_row(p->run->writer, cells, NULL);
	}
	(void)writer_table_end(p->run->writer, NULL);
}

static void write_days(struct places *p)
{
	struct cell cells[MODEL_COLUMNS_MAX];

	table_begin(p, (struct table){"days", TEXT("By day", "Per dag")}, day_columns, 1,
		    &p->report->days);
	for (size_t i = 0; i < p->run->frame->period.n; i++) {
		cells[0] = cell_day(p->calendar[i]);
		p->report->days.cells(&p->days[i], cells + 1);
		(void)writer_row(p->run->writer, cells, NULL);
	}
	(void)writer_table_end(p->run->writer, NULL);
}

struct chart *places_chart(struct places *p, const char *key, struct text title, enum cell_type t)
{
	struct chart *c = arena_new(p->run->arena, struct chart);

	*c = (struct chart){.key = key,
			    .title = title,
			    .type = t,
			    .days = p->calendar,
			    .n_days = p->run->frame->period.n};
	return c;
}

struct cell *places_series(struct places *p, struct chart *c, const char *key, struct text title)
{
	struct cell *values = arena_array(p->run->arena, struct cell, c->n_days);

	assert(c->n_series < CHART_SERIES_MAX);
	c->series[c->n_series++] = (struct series){key, title, values};
	return values;
}

/* ---- a report ---- */

static void places_begin(struct places *p)
{
	const struct frame *f = p->run->frame;

	p->homes = arena_array(p->run->arena, struct tally, f->n_homes + 1);
	p->days = arena_array(p->run->arena, struct tally, f->period.n);
	p->calendar = arena_array(p->run->arena, int32_t, f->period.n);
	tally_begin(p, &p->all, frame_elapsed(f));
	for (size_t i = 0; i < f->n_homes; i++)
		tally_begin(p, &p->homes[i], home_elapsed(&f->homes[i]));
	for (size_t i = 0; i < f->period.n; i++) {
		tally_begin(p, &p->days[i], frame_elapsed_of_day(f, i));
		p->calendar[i] = f->period.first + (int32_t)i;
	}
}

static void places_done(struct places *p)
{
	tally_done(p, &p->all);
	for (size_t i = 0; i < p->run->frame->n_homes; i++)
		tally_done(p, &p->homes[i]);
	for (size_t i = 0; i < p->run->frame->period.n; i++)
		tally_done(p, &p->days[i]);
	for (size_t i = 0; i < p->n; i++)
		tally_done(p, &p->list[i]->tally);
	free(p->list);
}

int places_run(struct report_run *r, const struct places_report *report, struct err *err)
{
	struct places p = {.run = r, .report = report};
	size_t n = r->frame->n_homes;
	int e = 0;

	places_begin(&p);
	for (size_t i = 0; i < n && e == 0; i++) {
		report_progress(r, (int64_t)i, (int64_t)n);
		e = add_home(&p, i, err);
	}
	if (e == 0 && (e = writer_begin(r->writer, r->document, err)) == 0) {
		report->charts(&p);
		if (report->wards_first)
			write_wards(&p);
		write_homes(&p);
		if (!report->wards_first)
			write_wards(&p);
		write_days(&p);
	}
	places_done(&p);
	return e;
}

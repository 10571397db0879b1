/* Zones are few and homes many: each zone is loaded, and its days counted out, once. */
#include "reports/question.h"

#include <assert.h>
#include <string.h>

#define ZONES_MAX 64

/* The homes of the region, or the one, or all. */
static const char sql_homes[] =
    "SELECT id, name, region_id, timezone FROM facilities "
    "WHERE ($1::text IS NULL OR id = $1) AND ($2::text IS NULL OR region_id = $2) ORDER BY id";

static int zone_of(struct frame *f, const char *name, const struct zone **ret, struct err *err)
{
	for (size_t i = 0; i < f->n_zones; i++) {
		if (strcmp(zone_name(f->zones[i]), name) == 0) {
			*ret = f->zones[i];
			return 0;
		}
	}
	if (f->n_zones == ZONES_MAX)
		return err_set(err, ERR_LIMIT, "the homes lie in more than %d time zones",
			       ZONES_MAX);
	int r = zone_load(name, &f->zones[f->n_zones], err);
	if (r < 0)
		return r;
	*ret = f->zones[f->n_zones++];
	return 0;
}

static int read_now(struct pg *pg, struct frame *f, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_query(pg, "SELECT now()", NULL, &r, err);

	if (e < 0)
		return e;
	f->now = pg_get_time(r, 0, 0);
	f->horizon = f->now;
	if (f->q->known_at != USEC_NONE && f->q->known_at < f->now)
		f->horizon = f->q->known_at;
	return 0;
}

static int read_region(struct pg *pg, struct frame *f, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&f->arena);

	if (!f->q->region.p)
		return 0;
	pg_add_text(&p, f->q->region);
	int e = pg_query(pg, "SELECT name FROM regions WHERE id = $1", &p, &r, err);
	if (e < 0)
		return e;
	if (pg_rows(r) == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no region " SPAN_FMT
			       "; bedpost-admin region list names them",
			       SPAN_ARG(f->q->region));
	f->region_name = arena_span(&f->arena, pg_get_text(r, 0, 0)).p;
	return 0;
}

static int read_homes(struct pg *pg, struct frame *f, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&f->arena);

	pg_add_text(&p, f->q->facility);
	pg_add_text(&p, f->q->region);
	int e = pg_query(pg, sql_homes, &p, &r, err);
	if (e < 0)
		return e;
	if (f->q->facility.p && pg_rows(r) == 0)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no facility " SPAN_FMT
			       "; bedpost-admin facility list names them",
			       SPAN_ARG(f->q->facility));
	f->n_homes = (size_t)pg_rows(r);
	f->homes = arena_array(&f->arena, struct home, f->n_homes + 1);
	for (int i = 0; i < pg_rows(r); i++) {
		struct home *h = &f->homes[i];
		h->id = arena_span(&f->arena, pg_get_text(r, i, 0));
		h->name = arena_span(&f->arena, pg_get_text(r, i, 1));
		h->region_id = arena_span(&f->arena, pg_get_text(r, i, 2));
		e = zone_of(f, arena_span(&f->arena, pg_get_text(r, i, 3)).p, &h->zone, err);
		if (e < 0)
			return err_prefix(err, "facility " SPAN_FMT, SPAN_ARG(h->id));
	}
	return 0;
}

static int choose_zone(struct frame *f, struct err *err)
{
	f->n_home_zones = f->n_zones;
	const char *name = f->n_zones == 1 ? zone_name(f->zones[0]) : "UTC";

	return zone_of(f, f->q->zone ? f->q->zone : name, &f->zone, err);
}

/* Where "today" is the latest: a period through today must hold what any home said by now. */
static const struct zone *zone_ahead(const struct frame *f)
{
	const struct zone *ahead = f->zone;

	for (size_t i = 0; i < f->n_home_zones && !f->q->zone; i++)
		if (period_day_at(f->zones[i], f->horizon) > period_day_at(ahead, f->horizon))
			ahead = f->zones[i];
	return ahead;
}

/* The days' instants, once per zone; and where what is known ends. */
static void set_bounds(struct frame *f)
{
	const usec_t *of_zone[ZONES_MAX] = {0};

	for (size_t i = 0; i < f->n_homes; i++) {
		struct home *h = &f->homes[i];
		for (size_t z = 0; z < f->n_zones; z++) {
			if (f->zones[z] != h->zone)
				continue;
			if (!of_zone[z])
				of_zone[z] = period_bounds(&f->period, h->zone, &f->arena);
			h->bounds = of_zone[z];
		}
		h->end = h->bounds[f->period.n];
		if (h->end > f->horizon)
			h->end = f->horizon;
	}
}

static void set_span(struct frame *f)
{
	const size_t n = f->n_home_zones;

	for (size_t i = 0; i < n || i == 0; i++) {
		const struct zone *z = n ? frame_list_zone(f, f->zones[i]) : f->zone;
		usec_t from = period_instant(f->period.first, 0, z);
		usec_t to = period_instant(f->period.first + (int64_t)f->period.n, 0, z);
		f->from = i == 0 || from < f->from ? from : f->from;
		f->to = i == 0 || to > f->to ? to : f->to;
	}
}

/* ---- closures ---- */

static const char sql_closures[] =
    "SELECT c.facility_id, c.closed_at, c.opened_at FROM facility_closures c "
    "JOIN facilities f ON f.id = c.facility_id "
    "WHERE ($1::text IS NULL OR f.id = $1) AND ($2::text IS NULL OR f.region_id = $2) "
    "ORDER BY c.facility_id, c.closed_at";

/* One that begins only after the end is not known yet;
 * nor is it known then that a home will open. */
static void take_closure(struct home *h, usec_t from, usec_t to)
{
	if (from >= h->end)
		return;
	h->closures[h->n_closures++] =
	    (struct closure){from, to == USEC_NONE || to > h->end ? h->end : to};
}

static int read_closures(struct pg *pg, struct frame *f, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&f->arena);
	size_t home = 0;

	pg_add_text(&p, f->q->facility);
	pg_add_text(&p, f->q->region);
	int e = pg_query(pg, sql_closures, &p, &r, err);
	if (e < 0)
		return e;
	struct closure *all = arena_array(&f->arena, struct closure, (size_t)pg_rows(r) + 1);
	for (int i = 0; i < pg_rows(r); i++) {
		while (home < f->n_homes && !span_eq(f->homes[home].id, pg_get_text(r, i, 0)))
			home++;
		assert(home < f->n_homes); /* both are ordered by home, in one snapshot */
		if (!f->homes[home].closures)
			f->homes[home].closures = &all[i];
		take_closure(&f->homes[home], pg_get_time(r, i, 1), pg_get_time(r, i, 2));
	}
	return 0;
}

bool home_open_part(const struct home *h, usec_t *from, usec_t to, usec_t *ret_to)
{
	for (size_t i = 0; i < h->n_closures; i++) {
		const struct closure *c = &h->closures[i];
		if (c->to <= *from)
			continue;
		if (c->from >= to)
			break;
		if (c->from > *from) {
			*ret_to = c->from;
			return true;
		}
		*from = c->to;
	}
	*ret_to = to;
	return *from < to;
}

/* ---- the frame ---- */

int frame_make(struct pg *pg, const struct question *q, struct frame *ret, struct err *err)
{
	struct frame f = {.q = q};
	int r;

	f.zones = arena_array(&f.arena, struct zone *, ZONES_MAX);
	if ((r = read_now(pg, &f, err)) < 0 || (r = read_region(pg, &f, err)) < 0 ||
	    (r = read_homes(pg, &f, err)) < 0 || (r = choose_zone(&f, err)) < 0 ||
	    (r = period_read(&q->period, zone_ahead(&f), f.horizon, &f.period, err)) < 0) {
		frame_done(&f);
		return r;
	}
	set_bounds(&f);
	if ((r = read_closures(pg, &f, err)) < 0) {
		frame_done(&f);
		return r;
	}
	set_span(&f);
	*ret = f;
	return 0;
}

void frame_done(struct frame *f)
{
	for (size_t i = 0; i < f->n_zones; i++)
		zone_free(f->zones[i]);
	f->n_zones = 0;
	arena_done(&f->arena);
}

/* ---- how much of the period is known ---- */

static int64_t open_time(const struct home *h, usec_t from, usec_t to)
{
	int64_t sum = 0;

	for (usec_t end = h->end < to ? h->end : to; home_open_part(h, &from, end, &to); from = to)
		sum += to - from;
	return sum;
}

int64_t home_elapsed(const struct home *h)
{
	return open_time(h, h->bounds[0], h->end);
}

int64_t home_closed(const struct home *h)
{
	return h->end > h->bounds[0] ? h->end - h->bounds[0] - home_elapsed(h) : 0;
}

int64_t frame_elapsed(const struct frame *f)
{
	int64_t most = 0;

	for (size_t i = 0; i < f->n_homes; i++)
		most = home_elapsed(&f->homes[i]) > most ? home_elapsed(&f->homes[i]) : most;
	return most;
}

int64_t frame_elapsed_of_day(const struct frame *f, size_t day)
{
	int64_t most = 0;

	for (size_t i = 0; i < f->n_homes; i++) {
		const struct home *h = &f->homes[i];
		int64_t open = open_time(h, h->bounds[day], h->bounds[day + 1]);
		most = open > most ? open : most;
	}
	return most;
}

/* Zones are few and homes many: each zone is loaded, and its days counted out, once. */
#include "reports/question.h"

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
	const char *name = f->n_zones == 1 ? zone_name(f->zones[0]) : "UTC";

	return zone_of(f, f->q->zone ? f->q->zone : name, &f->zone, err);
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

int frame_make(struct pg *pg, const struct question *q, struct frame *ret, struct err *err)
{
	struct frame f = {.q = q};
	int r;

	f.zones = arena_array(&f.arena, struct zone *, ZONES_MAX);
	if ((r = read_now(pg, &f, err)) < 0 || (r = read_region(pg, &f, err)) < 0 ||
	    (r = read_homes(pg, &f, err)) < 0 || (r = choose_zone(&f, err)) < 0 ||
	    (r = period_read(&q->period, f.zone, f.horizon, &f.period, err)) < 0) {
		frame_done(&f);
		return r;
	}
	set_bounds(&f);
	const usec_t *bounds = period_bounds(&f.period, f.zone, &f.arena);
	f.from = bounds[0];
	f.to = bounds[f.period.n];
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

int64_t home_elapsed(const struct home *h)
{
	return h->end > h->bounds[0] ? h->end - h->bounds[0] : 0;
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
		usec_t end = h->end < h->bounds[day + 1] ? h->end : h->bounds[day + 1];
		most = end - h->bounds[day] > most ? end - h->bounds[day] : most;
	}
	return most;
}

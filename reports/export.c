/* The counts are those that the merge keeps, not counted anew: an export must say what the screen
 * says. */
#include "reports/export.h"

#include "base/cleanup.h"

const char *const export_count_names[EXPORT_COUNTS] = {"available", "occupied", "reserved",
						       "maintenance", "unconfirmed"};

static const char sql_homes[] =
    "SELECT f.id, f.name, f.latitude, f.longitude, f.as_of FROM facilities f "
    "WHERE ($1::text IS NULL OR f.id = $1) AND ($2::text IS NULL OR f.region_id = $2)"
    " AND f.revoked_at IS NULL ORDER BY f.id";

static const char sql_places[] =
    "SELECT a.facility_id, a.ward, a.care_level, a.total, a.available, a.occupied, a.reserved,"
    " a.maintenance, a.unconfirmed FROM facility_availability a "
    "JOIN facilities f ON f.id = a.facility_id WHERE a.total > 0 AND f.revoked_at IS NULL"
    " AND ($1::text IS NULL OR f.id = $1) AND ($2::text IS NULL OR f.region_id = $2) "
    "ORDER BY a.facility_id, a.ward, a.care_level";

static int ask(struct report_run *r, const char *sql, struct pg_result **ret, struct err *err)
{
	struct pg_params p = PG_PARAMS(r->arena);

	pg_add_text(&p, r->frame->q->facility);
	pg_add_text(&p, r->frame->q->region);
	return pg_query(r->pg, sql, &p, ret, err);
}

static void read_home(struct export_home *h, const struct pg_result *homes, int i, struct arena *a)
{
	h->id = arena_span(a, pg_get_text(homes, i, 0));
	h->name = arena_span(a, pg_get_text(homes, i, 1));
	h->has_place = !pg_is_null(homes, i, 2) && !pg_is_null(homes, i, 3);
	h->latitude = pg_get_double(homes, i, 2);
	h->longitude = pg_get_double(homes, i, 3);
	h->as_of = pg_get_time(homes, i, 4);
}

static void read_place(struct export_place *p, const struct pg_result *places, int i,
		       struct arena *a)
{
	p->ward = arena_span(a, pg_get_text(places, i, 1));
	p->care_level = arena_span(a, pg_get_text(places, i, 2));
	p->total = pg_get_i64(places, i, 3);
	for (int k = 0; k < EXPORT_COUNTS; k++)
		p->beds[k] = pg_get_i64(places, i, 4 + k);
}

int export_read(struct report_run *r, struct export_home **ret, size_t *ret_n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *homes = NULL, *places = NULL;
	int e, next = 0;

	if (r->frame->q->known_at != USEC_NONE)
		return err_set(err, ERR_INVALID, "an export tells what is now: leave known-at out");
	if ((e = ask(r, sql_homes, &homes, err)) < 0 || (e = ask(r, sql_places, &places, err)) < 0)
		return e;
	*ret = arena_array(r->arena, struct export_home, (size_t)pg_rows(homes) + 1);
	struct export_place *all =
	    arena_array(r->arena, struct export_place, (size_t)pg_rows(places) + 1);
	for (int i = 0; i < pg_rows(homes); i++) {
		struct export_home *h = &(*ret)[i];
		read_home(h, homes, i, r->arena);
		h->places = &all[next];
		for (; next < pg_rows(places) && span_eq(pg_get_text(places, next, 0), h->id);
		     next++, h->n_places++)
			read_place(&all[next], places, next, r->arena);
	}
	*ret_n = (size_t)pg_rows(homes);
	return 0;
}

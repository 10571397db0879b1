/* Two queries; each asked for some homes or for all by whether its array is empty. The rows of a
 * closed home count nothing, under the rev that closing it gave them. */
#include "regional/live/source.h"

#include <math.h>
#include <stdlib.h>

/* o.one is 1 for an open home and 0 for a closed one. */
#define ROWS_SQL                                                                                   \
	"SELECT a.facility_id, a.ward, a.care_level, a.total * o.one, a.available * o.one, "       \
	"a.occupied * o.one, a.reserved * o.one, a.maintenance * o.one, a.unconfirmed * o.one, "   \
	"greatest(a.as_of, f.as_of), a.rev, f.region_id, f.revoked_at IS NOT NULL "                \
	"FROM facility_availability a JOIN facilities f ON f.id = a.facility_id "                  \
	"CROSS JOIN LATERAL (SELECT (f.revoked_at IS NULL)::int AS one) o"
#define FACILITIES_SQL                                                                             \
	"SELECT f.id, f.region_id, f.name, r.name, f.address, f.latitude, f.longitude, "           \
	"f.last_contact_at,"                                                                       \
	" f.offline_since, f.as_of, f.queue_depth, f.revoked_at FROM facilities f JOIN regions r " \
	"ON r.id = "                                                                               \
	"f.region_id"

static int ask(struct pg *pg, const char *all_sql, const char *some_sql, const struct span *ids,
	       size_t n, struct pg_result **ret, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array array = {0};

	if (!n)
		return pg_query(pg, all_sql, NULL, ret, err);
	pg_array_begin(&array, PG_TEXT);
	for (size_t i = 0; i < n; i++)
		pg_array_text(&array, ids[i]);
	pg_add_array(&p, &array);
	int r = pg_query(pg, some_sql, &p, ret, err);
	pg_array_done(&array);
	return r;
}

static void *array_of(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		abort();
	return p;
}

int source_rows(struct pg *pg, const struct span *facility_ids, size_t n, struct live_row **ret,
		size_t *ret_n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e =
	    ask(pg, ROWS_SQL, ROWS_SQL " WHERE a.facility_id = ANY ($1)", facility_ids, n, &r, err);

	if (e < 0)
		return e;
	size_t rows = (size_t)pg_rows(r);
	struct live_row *all = array_of(rows, sizeof(*all));
	for (int i = 0; i < (int)rows; i++) {
		struct avail *a = &all[i].a;
		avail_copy_text(a->facility_id, pg_get_text(r, i, 0));
		avail_copy_text(a->ward, pg_get_text(r, i, 1));
		(void)care_level_parse(pg_get_text(r, i, 2), &a->care_level);
		a->total = (int32_t)pg_get_i64(r, i, 3);
		a->available = (int32_t)pg_get_i64(r, i, 4);
		a->occupied = (int32_t)pg_get_i64(r, i, 5);
		a->reserved = (int32_t)pg_get_i64(r, i, 6);
		a->maintenance = (int32_t)pg_get_i64(r, i, 7);
		a->unconfirmed = (int32_t)pg_get_i64(r, i, 8);
		a->as_of = pg_get_time(r, i, 9);
		a->rev = pg_get_i64(r, i, 10);
		avail_copy_text(all[i].region_id, pg_get_text(r, i, 11));
		a->closed = pg_get_bool(r, i, 12);
	}
	*ret = all;
	*ret_n = rows;
	return 0;
}

void source_copy_text(char *to, size_t max, struct span s)
{
	if (s.n > max)
		s.n = span_utf8_whole(span_of(s.p, max));
	if (s.n)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
}

static double number_or_nan(const struct pg_result *r, int row, int col)
{
	return pg_is_null(r, row, col) ? NAN : pg_get_double(r, row, col);
}

int source_facilities(struct pg *pg, const struct span *ids, size_t n, struct facility **ret,
		      size_t *ret_n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = ask(pg, FACILITIES_SQL, FACILITIES_SQL " WHERE f.id = ANY ($1)", ids, n, &r, err);

	if (e < 0)
		return e;
	size_t rows = (size_t)pg_rows(r);
	struct facility *all = array_of(rows, sizeof(*all));
	for (int i = 0; i < (int)rows; i++) {
		struct facility *f = &all[i];
		struct span address = pg_get_text(r, i, 4);
		avail_copy_text(f->id, pg_get_text(r, i, 0));
		avail_copy_text(f->region_id, pg_get_text(r, i, 1));
		source_copy_text(f->name, FACILITY_NAME_MAX, pg_get_text(r, i, 2));
		source_copy_text(f->region_name, FACILITY_NAME_MAX, pg_get_text(r, i, 3));
		source_copy_text(f->address, FACILITY_ADDRESS_MAX,
				 address.p && address.n <= FACILITY_ADDRESS_MAX ? address
										: SPAN("{}"));
		f->latitude = number_or_nan(r, i, 5);
		f->longitude = number_or_nan(r, i, 6);
		f->last_contact_at = pg_get_time(r, i, 7);
		f->offline_since = pg_get_time(r, i, 8);
		f->as_of = pg_get_time(r, i, 9);
		f->queue_depth = pg_get_i64(r, i, 10);
		f->closed_at = pg_get_time(r, i, 11);
	}
	*ret = all;
	*ret_n = rows;
	return 0;
}

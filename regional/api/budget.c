/* A bucket is the moment when it will be full again: one statement reads it, one moves it on, and
 * whoever fails beside us moves it on as well. */
#include "regional/api/budget.h"

#include "regional/api/limiter.h"

static void add_place(struct pg_params *p, enum budget_kind kind, struct span name)
{
	pg_add_i32(p, (int32_t)kind);
	pg_add_i32(p, (int32_t)(span_hash(name) % BUDGET_PLACES));
}

int budget_check(struct pg *pg, enum budget_kind kind, struct span name, struct err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM login_budgets WHERE kind = $1 AND place = $2"
	    " AND full_at > clock_timestamp() + $3 * interval '1 microsecond'";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	add_place(&p, kind, name);
	pg_add_double(&p, (double)((LIMITER_BURST - 1) * LIMITER_REFILL));
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	return pg_rows(r) ? err_set(err, ERR_DENIED, "too many failed attempts") : 0;
}

int budget_spend(struct pg *pg, enum budget_kind kind, struct span name, struct err *err)
{
	static const char sql[] =
	    "INSERT INTO login_budgets AS b (kind, place, full_at)"
	    " VALUES ($1, $2, clock_timestamp() + $3 * interval '1 microsecond')"
	    " ON CONFLICT (kind, place) DO UPDATE SET full_at ="
	    " greatest(b.full_at, clock_timestamp()) + $3 * interval '1 microsecond'";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	add_place(&p, kind, name);
	pg_add_double(&p, (double)LIMITER_REFILL);
	return pg_query(pg, sql, &p, &r, err);
}

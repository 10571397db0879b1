/* A bucket is the moment when it will be full again: one statement reads both, one moves both on,
 * and whoever fails beside us moves them on as well. The address's comes first in each statement,
 * so that two that share buckets wait for one another in one order. */
#include "regional/api/budget.h"

#include "regional/api/limiter.h"

static void add_place(struct pg_params *p, enum budget_kind kind, struct span name)
{
	pg_add_i32(p, (int32_t)kind);
	pg_add_i32(p, (int32_t)(span_hash(name) % BUDGET_PLACES));
}

static void add_places(struct pg_params *p, const struct budget *b)
{
	add_place(p, BUDGET_ADDRESS, b->address);
	add_place(p, b->kind, b->name);
}

int budget_check(struct pg *pg, const struct budget *b, struct err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM login_budgets WHERE (kind, place) IN (($1, $2), ($3, $4))"
	    " AND full_at > clock_timestamp() + $5 * interval '1 microsecond'";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	add_places(&p, b);
	pg_add_double(&p, (double)((LIMITER_BURST - 1) * LIMITER_REFILL));
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	return pg_rows(r) ? err_set(err, ERR_DENIED, "too many failed attempts") : 0;
}

int budget_spend(struct pg *pg, const struct budget *b, struct err *err)
{
	static const char sql[] =
	    "INSERT INTO login_budgets AS b (kind, place, full_at)"
	    " SELECT kind, place, clock_timestamp() + $5 * interval '1 microsecond'"
	    " FROM (VALUES ($1, $2), ($3, $4)) AS spent (kind, place)"
	    " ON CONFLICT (kind, place) DO UPDATE SET full_at ="
	    " greatest(b.full_at, clock_timestamp()) + $5 * interval '1 microsecond'";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	add_places(&p, b);
	pg_add_double(&p, (double)LIMITER_REFILL);
	return pg_query(pg, sql, &p, &r, err);
}

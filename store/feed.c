/* Where a consumer is at the beginning, its cursors have no rows: what is oldest in the audit log
 * may not be number 1, once old months have left. */
#include "store/feed.h"

/* Homes with what a consumer ($1) has not handled. */
#define BEHIND                                                                                     \
	"FROM facilities f LEFT JOIN feed_cursors c ON c.facility_id = f.id AND c.consumer = $1 "  \
	"LEFT JOIN LATERAL (SELECT l.received_at FROM bed_audit_log l "                            \
	"WHERE l.facility_id = f.id AND l.n > coalesce(c.n, 0) ORDER BY l.n LIMIT 1) AS o "        \
	"ON f.audit_n > coalesce(c.n, 0) "

int feed_lag(struct pg *pg, const char *consumer, struct feed_lag *ret, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(consumer));
	int e = pg_query(pg,
			 "SELECT coalesce(sum(f.audit_n - coalesce(c.n, 0)), 0)::bigint, "
			 "min(o.received_at) " BEHIND "WHERE f.audit_n > coalesce(c.n, 0)",
			 &p, &r, err);
	if (e == 0)
		*ret = (struct feed_lag){pg_get_i64(r, 0, 0), pg_get_time(r, 0, 1)};
	return e;
}

int feed_consumers(struct pg *pg, struct arena *a, struct feed_consumer **ret, size_t *ret_n,
		   struct err *err)
{
	static const char sql[] =
	    "SELECT k.consumer, b.homes, b.waiting, b.oldest_at, "
	    "(SELECT max(moved_at) FROM feed_cursors m WHERE m.consumer = k.consumer), k.made_at "
	    "FROM feed_consumers k CROSS JOIN LATERAL (SELECT count(*) AS homes, "
	    "coalesce(sum(f.audit_n - coalesce(c.n, 0)), 0)::bigint AS waiting, "
	    "min((SELECT l.received_at FROM bed_audit_log l WHERE l.facility_id = f.id "
	    "AND l.n > coalesce(c.n, 0) ORDER BY l.n LIMIT 1)) AS oldest_at "
	    "FROM facilities f LEFT JOIN feed_cursors c "
	    "ON c.facility_id = f.id AND c.consumer = k.consumer "
	    "WHERE f.audit_n > coalesce(c.n, 0)) AS b ORDER BY k.consumer";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_query(pg, sql, NULL, &r, err);

	if (e < 0)
		return e;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct feed_consumer, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*ret)[i] = (struct feed_consumer){
		    .consumer = arena_span(a, pg_get_text(r, i, 0)),
		    .homes = pg_get_i64(r, i, 1),
		    .lag = {pg_get_i64(r, i, 2), pg_get_time(r, i, 3)},
		    .moved_at = pg_get_time(r, i, 4),
		    .made_at = pg_get_time(r, i, 5),
		};
	return 0;
}

int feed_sender(struct pg *pg, const char *consumer, struct arena *a, struct span *ret,
		struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, span_str(consumer));
	int e = pg_query(pg, "SELECT sender FROM feed_consumers WHERE consumer = $1", &p, &r, err);
	if (e < 0)
		return e;
	if (!pg_rows(r))
		return err_set(err, ERR_NOT_FOUND, "the feed has no consumer %s; see feed list",
			       consumer);
	*ret = arena_span(a, pg_get_text(r, 0, 0));
	return 0;
}

int feed_homes(struct pg *pg, const char *consumer, bool all, struct arena *a,
	       struct feed_home **ret, size_t *ret_n, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);
	struct span sender;

	int e = feed_sender(pg, consumer, a, &sender, err);
	if (e < 0)
		return e;
	pg_add_text(&p, span_str(consumer));
	pg_add_bool(&p, all);
	e = pg_query(pg,
		     "SELECT f.id, coalesce(c.n, 0), f.audit_n, f.audit_n - coalesce(c.n, 0), "
		     "o.received_at, c.moved_at " BEHIND "WHERE $2 OR f.audit_n > coalesce(c.n, 0) "
		     "ORDER BY o.received_at NULLS LAST, f.id",
		     &p, &r, err);
	if (e < 0)
		return e;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct feed_home, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*ret)[i] = (struct feed_home){
		    .facility_id = arena_span(a, pg_get_text(r, i, 0)),
		    .n = pg_get_i64(r, i, 1),
		    .last = pg_get_i64(r, i, 2),
		    .lag = {pg_get_i64(r, i, 3), pg_get_time(r, i, 4)},
		    .moved_at = pg_get_time(r, i, 5),
		};
	return 0;
}

/* ---- changes ---- */

/* The lock first: a batch that is on its way ends before. */
static int begin(struct pg *pg, const char *consumer, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);
	int e = pg_exec(pg, "BEGIN", err);

	pg_add_text(&p, span_str(consumer));
	if (e == 0)
		e = pg_query(pg, "SELECT 1 FROM feed_consumers WHERE consumer = $1 FOR UPDATE", &p,
			     &r, err);
	if (e == 0 && !pg_rows(r))
		e = err_set(err, ERR_NOT_FOUND, "the feed has no consumer %s; see feed list",
			    consumer);
	return e;
}

static int each(struct pg *pg, const char *const *statements, const char *consumer, struct err *err)
{
	int e = 0;

	for (; e == 0 && *statements; statements++) {
		_cleanup_(arena_done) struct arena a = ARENA_INIT;
		struct pg_params p = PG_PARAMS(&a);
		pg_add_text(&p, span_str(consumer));
		e = pg_query(pg, *statements, &p, NULL, err);
	}
	return e;
}

static int note(struct pg *pg, const char *who, const char *action, const char *consumer,
		const char *to, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, span_str(action));
	pg_add_text(&p, span_str(consumer));
	pg_add_text(&p, to ? span_str(to) : SPAN_NONE);
	return pg_query(pg,
			"INSERT INTO access_log (who, action, allowed, detail) VALUES ($1, $2, "
			"true, jsonb_build_object('consumer', $3::text, 'to', $4::text))",
			&p, NULL, err);
}

/* The statements in one transaction with their note. */
static int change(struct pg *pg, const char *who, const char *action, const char *consumer,
		  const char *to, const char *const *statements, struct err *err)
{
	int e = begin(pg, consumer, err);

	if (e == 0)
		e = each(pg, statements, consumer, err);
	if (e == 0)
		e = note(pg, who, action, consumer, to, err);
	if (e == 0)
		e = pg_exec(pg, "COMMIT", err);
	if (e < 0)
		(void)pg_exec(pg, "ROLLBACK", NULL);
	return e;
}

#define FORGET_PLACES  "DELETE FROM feed_places WHERE consumer = $1"
#define FORGET_CURSORS "DELETE FROM feed_cursors WHERE consumer = $1"

int feed_reset(struct pg *pg, const char *who, const char *consumer, enum feed_reset to,
	       struct err *err)
{
	static const char *const to_beginning[] = {FORGET_PLACES, FORGET_CURSORS, NULL};
	static const char *const to_now[] = {
	    FORGET_PLACES, FORGET_CURSORS,
	    "INSERT INTO feed_cursors (facility_id, consumer, n) "
	    "SELECT id, $1, audit_n FROM facilities WHERE audit_n > 0",
	    NULL};

	return change(pg, who, "feed_reset", consumer, to == FEED_NOW ? "now" : "beginning",
		      to == FEED_NOW ? to_now : to_beginning, err);
}

int feed_remove(struct pg *pg, const char *who, const char *consumer, struct err *err)
{
	static const char *const all[] = {FORGET_PLACES, FORGET_CURSORS,
					  "DELETE FROM feed_consumers WHERE consumer = $1", NULL};

	return change(pg, who, "feed_remove", consumer, NULL, all, err);
}

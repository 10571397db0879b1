#include "store/deliveries.h"

static void read_delivery(const struct pg_result *r, int i, struct arena *a, struct delivery *d)
{
	*d = (struct delivery){
	    .id = pg_get_i64(r, i, 0),
	    .subscription = pg_get_i64(r, i, 1),
	    .facility_id = pg_copy_text(a, r, i, 2),
	    .rule = pg_copy_text(a, r, i, 3),
	    .channel = pg_copy_text(a, r, i, 4),
	    .target = pg_copy_text(a, r, i, 5),
	    .notification_id = pg_copy_text(a, r, i, 6),
	    .attempts = pg_get_i64(r, i, 7),
	    .created_at = pg_get_time(r, i, 8),
	    .next_at = pg_get_time(r, i, 9),
	    .delivered_at = pg_get_time(r, i, 10),
	    .failed_at = pg_get_time(r, i, 11),
	    .last_error = pg_copy_text(a, r, i, 12),
	};
}

int deliveries_list(struct pg *pg, enum deliveries_kind kind, int64_t limit, struct arena *a,
		    struct delivery **ret, size_t *ret_n, struct err *err)
{
	static const char sql[] =
	    "SELECT d.id, d.subscription_id, d.facility_id, d.rule, s.channel, s.target, "
	    "d.notification_id, d.attempts::bigint, d.created_at, "
	    "CASE WHEN d.delivered_at IS NULL AND d.failed_at IS NULL THEN d.next_at END, "
	    "d.delivered_at, d.failed_at, d.last_error "
	    "FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id "
	    "WHERE CASE $1 WHEN 0 THEN d.delivered_at IS NULL AND d.failed_at IS NULL "
	    "WHEN 1 THEN d.failed_at IS NOT NULL ELSE true END ORDER BY d.id DESC LIMIT $2";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	_cleanup_(arena_done) struct arena scratch = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&scratch);

	pg_add_i64(&p, kind);
	pg_add_i64(&p, limit);
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct delivery, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		read_delivery(r, i, a, &(*ret)[i]);
	return 0;
}

int deliveries_retry(struct pg *pg, const char *who, int64_t id, int64_t *ret_n, struct err *err)
{
	static const char sql[] =
	    "WITH again AS (UPDATE deliveries d SET failed_at = NULL, next_at = now(), "
	    "attempts = 0, give_up_at = DEFAULT FROM subscriptions s "
	    "WHERE s.id = d.subscription_id AND s.ended_at IS NULL AND d.failed_at IS NOT NULL"
	    " AND ($2 = 0 OR d.id = $2) RETURNING d.id), "
	    "noted AS (INSERT INTO access_log (who, action, allowed, detail) "
	    "SELECT $1, 'alert_retry', true, jsonb_build_object('deliveries', count(*)) "
	    "FROM again HAVING count(*) > 0) "
	    "SELECT count(*) FROM again";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_i64(&p, id);
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	*ret_n = pg_get_i64(r, 0, 0);
	if (id && !*ret_n)
		return err_set(err, ERR_NOT_FOUND,
			       "there is no delivery %lld that was given up and is still wanted",
			       (long long)id);
	return 0;
}

/* A place per home, not one for all: writers of a home stand in one line at its row and number its
 * changes without gaps, so a place in that numbering can skip nothing. One place for all would have
 * to wait for the slowest open transaction, or lose what it commits. */
#include "regional/feed/cursor.h"

int cursor_open(struct pg *pg, const char *consumer, enum cursor_start start, struct err *err)
{
	static const char from_start[] =
	    "INSERT INTO feed_consumers (consumer) VALUES ($1) ON CONFLICT DO NOTHING";
	static const char from_now[] =
	    "WITH made AS (INSERT INTO feed_consumers (consumer) VALUES ($1) ON CONFLICT DO NOTHING"
	    " RETURNING consumer) "
	    "INSERT INTO feed_cursors (facility_id, consumer, n) "
	    "SELECT f.id, made.consumer, f.audit_n FROM made, facilities f";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(consumer));
	return pg_query(pg, start == CURSOR_FROM_NOW ? from_now : from_start, &p, NULL, err);
}

static void read_change(const struct pg_result *r, int i, struct arena *a, struct cursor_change *c)
{
	*c = (struct cursor_change){
	    .facility_id = arena_span(a, pg_get_text(r, i, 0)),
	    .n = pg_get_i64(r, i, 1),
	    .event_id = arena_span(a, pg_get_text(r, i, 2)),
	    .bed_id = arena_span(a, pg_get_text(r, i, 3)),
	    .ward = pg_copy_text(a, r, i, 4),
	    .changed_at = pg_get_time(r, i, 9),
	    .received_at = pg_get_time(r, i, 10),
	    .epoch = arena_span(a, pg_get_text(r, i, 11)),
	    .seq = pg_get_i64(r, i, 12),
	    .changed_by = pg_copy_text(a, r, i, 14),
	    .outcome_reason = pg_copy_text(a, r, i, 16),
	    .in_history = pg_get_bool(r, i, 17),
	    .bed_version = pg_get_i64(r, i, 18),
	    .conflict_id = pg_copy_text(a, r, i, 19),
	};
	(void)care_level_parse(pg_get_text(r, i, 5), &c->care_level);
	(void)bed_status_parse(pg_get_text(r, i, 6), &c->held_status);
	(void)bed_status_parse(pg_get_text(r, i, 7), &c->new_status);
	(void)outcome_parse(pg_get_text(r, i, 8), &c->outcome);
	(void)bed_status_parse(pg_get_text(r, i, 13), &c->previous_status);
	(void)reason_parse(pg_get_text(r, i, 15), &c->reason);
}

/* The lock is a statement of its own: the one that reads must see what its holder committed. */
int cursor_lock(struct pg *pg, const char *consumer, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(consumer));
	int e = pg_query(pg, "SELECT 1 FROM feed_consumers WHERE consumer = $1 FOR NO KEY UPDATE",
			 &p, &r, err);
	if (e < 0)
		return e;
	return pg_rows(r) ? 0
			  : err_set(err, ERR_NOT_FOUND, "the feed has no consumer %s", consumer);
}

int cursor_read(struct pg *pg, const char *consumer, const struct cursor_limits *limits,
		struct arena *a, struct cursor_change **ret, size_t *ret_n, struct err *err)
{
	static const char sql[] =
	    "SELECT a.facility_id, a.n, a.event_id, a.bed_id, a.ward, a.care_level, a.held_status, "
	    "a.new_status, a.outcome, a.changed_at, a.received_at, a.epoch, a.seq, "
	    "a.previous_status, a.changed_by, a.reason, a.outcome_reason, a.in_history, "
	    "a.bed_version, a.conflict_id "
	    "FROM (SELECT f.id, coalesce(c.n, 0) AS n FROM facilities f"
	    " LEFT JOIN feed_cursors c ON c.facility_id = f.id AND c.consumer = $1"
	    " WHERE f.audit_n > coalesce(c.n, 0)"
	    " ORDER BY c.moved_at NULLS FIRST, f.id LIMIT $2) AS home "
	    "CROSS JOIN LATERAL (SELECT * FROM bed_audit_log l WHERE l.facility_id = home.id"
	    " AND l.n > home.n AND l.n <= home.n + $3) AS a "
	    "ORDER BY a.facility_id, a.n";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);

	int e = cursor_lock(pg, consumer, err);
	if (e < 0)
		return e;
	pg_add_text(&p, span_str(consumer));
	pg_add_i64(&p, limits->homes);
	pg_add_i64(&p, limits->changes);
	e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct cursor_change, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		read_change(r, i, a, &(*ret)[i]);
	return 0;
}

int cursor_advance(struct pg *pg, const char *consumer, const struct cursor_change *changes,
		   size_t n, struct err *err)
{
	static const char sql[] =
	    "INSERT INTO feed_cursors AS c (facility_id, consumer, n) "
	    "SELECT w.facility_id, $1, w.n FROM unnest($2::text[], $3::bigint[]) AS "
	    "w(facility_id, n) "
	    "ON CONFLICT (facility_id, consumer) DO UPDATE SET n = excluded.n, moved_at = now() "
	    "WHERE c.n < excluded.n";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array homes = {0}, places = {0};

	if (n == 0)
		return 0;
	pg_array_begin(&homes, PG_TEXT);
	pg_array_begin(&places, PG_INT8);
	for (size_t i = 0; i < n; i++) { /* the last of each home */
		if (i + 1 < n && span_eq(changes[i].facility_id, changes[i + 1].facility_id))
			continue;
		pg_array_text(&homes, changes[i].facility_id);
		pg_array_i64(&places, changes[i].n);
	}
	pg_add_text(&p, span_str(consumer));
	pg_add_array(&p, &homes);
	pg_add_array(&p, &places);
	int e = pg_query(pg, sql, &p, NULL, err);
	pg_array_done(&homes);
	pg_array_done(&places);
	return e;
}

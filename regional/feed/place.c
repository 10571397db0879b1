/* A message counts as sent only if the audit log holds the same event under the same number: in a
 * database that was restored from a backup numbers are given out a second time. */
#include "regional/feed/place.h"

int place_load(struct pg *pg, const char *consumer, const char *topic, int partitions,
	       int64_t *next, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(consumer));
	pg_add_text(&p, span_str(topic));
	int e = pg_query(pg,
			 "SELECT partition, next_offset FROM feed_places "
			 "WHERE consumer = $1 AND topic = $2",
			 &p, &r, err);
	if (e < 0)
		return e;
	for (int i = 0; i < partitions; i++)
		next[i] = PLACE_UNKNOWN;
	for (int i = 0; i < pg_rows(r); i++)
		if (pg_get_i64(r, i, 0) < partitions)
			next[pg_get_i64(r, i, 0)] = pg_get_i64(r, i, 1);
	return 0;
}

int place_save(struct pg *pg, const char *consumer, const char *topic, int partitions,
	       const int64_t *next, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array numbers = {0}, offsets = {0};

	pg_array_begin(&numbers, PG_INT8);
	pg_array_begin(&offsets, PG_INT8);
	for (int i = 0; i < partitions; i++) {
		if (next[i] == PLACE_UNKNOWN)
			continue;
		pg_array_i64(&numbers, i);
		pg_array_i64(&offsets, next[i]);
	}
	pg_add_text(&p, span_str(consumer));
	pg_add_text(&p, span_str(topic));
	pg_add_array(&p, &numbers);
	pg_add_array(&p, &offsets);
	int e = pg_query(pg,
			 "INSERT INTO feed_places AS p (consumer, topic, partition, next_offset) "
			 "SELECT $1, $2, w.partition::integer, w.next_offset "
			 "FROM unnest($3::bigint[], $4::bigint[]) AS w(partition, next_offset) "
			 "ON CONFLICT (consumer, topic, partition) DO UPDATE "
			 "SET next_offset = excluded.next_offset "
			 "WHERE p.next_offset <> excluded.next_offset",
			 &p, NULL, err);
	pg_array_done(&numbers);
	pg_array_done(&offsets);
	return e;
}

int place_pass(struct pg *pg, const char *consumer, const struct place_found *found, size_t n,
	       size_t *ret_known, struct err *err)
{
	static const char sql[] =
	    "WITH known AS (SELECT l.facility_id, l.n "
	    "FROM unnest($2::text[], $3::bigint[], $4::text[]) AS w(facility_id, n, event_id) "
	    "JOIN bed_audit_log l ON l.facility_id = w.facility_id AND l.n = w.n "
	    "AND l.event_id = w.event_id), "
	    "moved AS (INSERT INTO feed_cursors AS c (facility_id, consumer, n) "
	    "SELECT facility_id, $1, max(n) FROM known GROUP BY facility_id "
	    "ON CONFLICT (facility_id, consumer) DO UPDATE SET n = excluded.n, moved_at = now() "
	    "WHERE c.n < excluded.n) "
	    "SELECT count(*) FROM known";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array homes = {0}, numbers = {0}, events = {0};

	pg_array_begin(&homes, PG_TEXT);
	pg_array_begin(&numbers, PG_INT8);
	pg_array_begin(&events, PG_TEXT);
	for (size_t i = 0; i < n; i++) {
		pg_array_text(&homes, found[i].facility_id);
		pg_array_i64(&numbers, found[i].n);
		pg_array_text(&events, found[i].event_id);
	}
	pg_add_text(&p, span_str(consumer));
	pg_add_array(&p, &homes);
	pg_add_array(&p, &numbers);
	pg_add_array(&p, &events);
	int e = pg_query(pg, sql, &p, &r, err);
	pg_array_done(&homes);
	pg_array_done(&numbers);
	pg_array_done(&events);
	if (e == 0)
		*ret_known = (size_t)pg_get_i64(r, 0, 0);
	return e;
}

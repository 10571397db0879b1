/* A cursor per home: the first rows come at once, however long the log is, and with an index on
 * (facility_id, n) nothing is sorted. */
#include "store/audit_verify.h"

#include <string.h>

static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
			    "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";

/* Homes, and whoever else has rows or was signed for once. */
static const char sql_all[] =
    "SELECT i.id, coalesce(f.audit_n, 0), f.audit_head FROM (SELECT id FROM facilities"
    " UNION SELECT facility_id FROM bed_audit_log GROUP BY facility_id"
    " UNION SELECT * FROM unnest($1::text[])) AS i(id) "
    "LEFT JOIN facilities f ON f.id = i.id ORDER BY i.id";
static const char sql_one[] =
    "SELECT i.id, coalesce(f.audit_n, 0), f.audit_head FROM (SELECT id FROM facilities WHERE id = "
    "$1"
    " UNION (SELECT facility_id FROM bed_audit_log WHERE facility_id = $1 LIMIT 1)"
    " UNION SELECT * FROM unnest($2::text[]) AS signed WHERE signed = $1) AS i(id) "
    "LEFT JOIN facilities f ON f.id = i.id";

static const char sql_first[] =
    "SELECT min(n) FROM bed_audit_log WHERE facility_id = $1 AND received_at >= $2";
static const char sql_last[] =
    "SELECT max(n) FROM bed_audit_log WHERE facility_id = $1 AND received_at < $2";

/* Whatever stands in a column must not end the query: infinite times and a source that is no object
 * are shown as what they are not, and differ. The last column tells what the hash does not cover.
 */
static const char sql_rows[] =
    "DECLARE audit_rows NO SCROLL CURSOR FOR SELECT n, epoch, seq, event_id, bed_id,"
    " previous_status, held_status, new_status, ward, care_level, changed_by,"
    " CASE WHEN isfinite(changed_at) THEN changed_at END,"
    " CASE WHEN isfinite(received_at) THEN received_at END, reason, source->>'adapter',"
    " source->>'file', source->>'record', source->>'ordinal', source->>'time_source',"
    " host(source_ip), outcome, outcome_reason, in_history, bed_version, conflict_id, prev_hash,"
    " hash,"
    " coalesce(masklen(source_ip) <> CASE family(source_ip) WHEN 4 THEN 32 ELSE 128 END, false)"
    " OR CASE WHEN source IS NULL THEN false WHEN jsonb_typeof(source) <> 'object' THEN true"
    " ELSE NOT source ? 'adapter' OR source - "
    "'{adapter,file,record,ordinal,time_source}'::text[] <> '{}'::jsonb END "
    "FROM bed_audit_log WHERE facility_id = $1 AND n >= $2 AND n <= $3 ORDER BY n";
static const char fetch[] = "FETCH FORWARD 4000 FROM audit_rows";

enum {
	COL_N,
	COL_EPOCH,
	COL_SEQ,
	COL_EVENT,
	COL_BED,
	COL_PREVIOUS,
	COL_HELD,
	COL_NEW,
	COL_WARD,
	COL_CARE,
	COL_BY,
	COL_CHANGED,
	COL_RECEIVED,
	COL_REASON,
	COL_ADAPTER,
	COL_FILE,
	COL_RECORD,
	COL_ORDINAL,
	COL_TIME_SOURCE,
	COL_IP,
	COL_OUTCOME,
	COL_OUTCOME_REASON,
	COL_HISTORY,
	COL_VERSION,
	COL_CONFLICT,
	COL_PREV,
	COL_HASH,
	COL_FOREIGN
};

struct verify {
	struct pg *pg;
	const struct audit_verify_options *o;
	struct audit_verify_result result;
	int64_t total;
};

/* An empty text hashes like none at all, and no row of ours holds one. */
static bool has_empty_text(const struct pg_result *r, int k)
{
	static const int columns[] = {
	    COL_EPOCH,	 COL_EVENT,	     COL_BED,	  COL_PREVIOUS, COL_HELD,
	    COL_NEW,	 COL_WARD,	     COL_CARE,	  COL_BY,	COL_REASON,
	    COL_ADAPTER, COL_FILE,	     COL_RECORD,  COL_ORDINAL,	COL_TIME_SOURCE,
	    COL_OUTCOME, COL_OUTCOME_REASON, COL_CONFLICT};

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (!pg_is_null(r, k, columns[i]) && pg_get_text(r, k, columns[i]).n == 0)
			return true;
	return false;
}

static void take_row(struct audit_walk *w, struct span facility_id, const struct pg_result *r,
		     int k)
{
	const struct audit_stored row = {
	    .facility_id = facility_id,
	    .n = pg_get_i64(r, k, COL_N),
	    .epoch = pg_get_text(r, k, COL_EPOCH),
	    .seq = pg_get_i64(r, k, COL_SEQ),
	    .event_id = pg_get_text(r, k, COL_EVENT),
	    .bed_id = pg_get_text(r, k, COL_BED),
	    .previous_status = pg_get_text(r, k, COL_PREVIOUS),
	    .held_status = pg_get_text(r, k, COL_HELD),
	    .new_status = pg_get_text(r, k, COL_NEW),
	    .ward = pg_get_text(r, k, COL_WARD),
	    .care_level = pg_get_text(r, k, COL_CARE),
	    .changed_by = pg_get_text(r, k, COL_BY),
	    .changed_at = pg_get_time(r, k, COL_CHANGED),
	    .received_at = pg_get_time(r, k, COL_RECEIVED),
	    .reason = pg_get_text(r, k, COL_REASON),
	    .adapter = pg_get_text(r, k, COL_ADAPTER),
	    .file = pg_get_text(r, k, COL_FILE),
	    .record = pg_get_text(r, k, COL_RECORD),
	    .ordinal = pg_get_text(r, k, COL_ORDINAL),
	    .time_source = pg_get_text(r, k, COL_TIME_SOURCE),
	    .source_ip = pg_get_text(r, k, COL_IP),
	    .outcome = pg_get_text(r, k, COL_OUTCOME),
	    .outcome_reason = pg_get_text(r, k, COL_OUTCOME_REASON),
	    .in_history = pg_get_bool(r, k, COL_HISTORY),
	    .bed_version = pg_get_i64(r, k, COL_VERSION),
	    .conflict_id = pg_get_text(r, k, COL_CONFLICT),
	};

	audit_walk_row(w, &row, pg_get_text(r, k, COL_PREV), pg_get_text(r, k, COL_HASH),
		       pg_get_bool(r, k, COL_FOREIGN) || has_empty_text(r, k));
}

/* A bound in time as one in places: rows are numbered in the order they were taken in, which is
 * that of their times but for clocks of several machines. `none` where there is no such row. */
static int place_at(struct pg *pg, const char *sql, struct span facility_id, usec_t at,
		    int64_t none, int64_t *ret, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, facility_id);
	pg_add_time(&p, at);
	int e = pg_query(pg, sql, &p, &r, err);
	if (e == 0)
		*ret = pg_is_null(r, 0, 0) ? none : pg_get_i64(r, 0, 0);
	return e;
}

static int declare(struct pg *pg, struct span facility_id, int64_t first, int64_t last,
		   struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, facility_id);
	pg_add_i64(&p, first);
	pg_add_i64(&p, last);
	return pg_query(pg, sql_rows, &p, NULL, err);
}

static int walk_rows(struct verify *v, struct audit_walk *w, struct span facility_id,
		     struct err *err)
{
	int e = 0, rows = 1;

	while (e == 0 && rows > 0) {
		_cleanup_(pg_result_freep) struct pg_result *r = NULL;
		e = pg_query(v->pg, fetch, NULL, &r, err);
		rows = pg_rows(r);
		for (int k = 0; k < rows; k++)
			take_row(w, facility_id, r, k);
		v->result.rows += rows;
		if (v->o->progress && rows > 0)
			v->o->progress(v->o->user, v->result.rows, v->total);
	}
	return e < 0 ? e : pg_exec(v->pg, "CLOSE audit_rows", err);
}

static int walk_home(struct verify *v, struct span facility_id, int64_t head_n, struct span head,
		     struct err *err)
{
	const struct heads_home *signed_heads =
	    v->o->heads ? heads_of(v->o->heads, facility_id) : NULL;
	int64_t first = INT64_MIN, last = INT64_MAX;
	int e = 0;

	if (v->o->from != USEC_NONE)
		e = place_at(v->pg, sql_first, facility_id, v->o->from, INT64_MAX, &first, err);
	if (e == 0 && v->o->to != USEC_NONE)
		e = place_at(v->pg, sql_last, facility_id, v->o->to, INT64_MIN, &last, err);
	if (e == 0 && (v->o->from != USEC_NONE || v->o->to != USEC_NONE) &&
	    (first > last || first == INT64_MAX))
		return 0; /* nothing was received then */
	if (e == 0)
		e = declare(v->pg, facility_id, first, last, err);
	if (e < 0)
		return e;
	struct audit_walk_options o = {.facility_id = facility_id,
				       .first = first > 1 ? first : 1,
				       .to_head = v->o->to == USEC_NONE,
				       .head_n = head_n,
				       .heads = signed_heads ? signed_heads->heads : NULL,
				       .n_heads = signed_heads ? signed_heads->n : 0,
				       .found = v->o->found,
				       .user = v->o->user};
	if (head.n == DIGEST_BYTES)
		memcpy(o.head.b, head.p, DIGEST_BYTES);
	struct audit_walk *w = audit_walk_begin(&o);
	e = walk_rows(v, w, facility_id, err);
	if (e < 0) {
		audit_walk_drop(w);
		return e;
	}
	v->result.wrong += audit_walk_end(w);
	v->result.facilities++;
	return 0;
}

static int list_homes(struct verify *v, struct pg_result **ret, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_array_done) struct pg_array ids = {0};
	struct pg_params p = PG_PARAMS(&a);

	pg_array_begin(&ids, PG_TEXT);
	for (size_t i = 0; v->o->heads && i < v->o->heads->n_homes; i++)
		pg_array_text(&ids, v->o->heads->homes[i].facility_id);
	if (v->o->facility_id.p)
		pg_add_text(&p, v->o->facility_id);
	pg_add_array(&p, &ids);
	return pg_query(v->pg, v->o->facility_id.p ? sql_one : sql_all, &p, ret, err);
}

static int walk_all(struct verify *v, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *homes = NULL;
	int e = list_homes(v, &homes, err);

	if (e == 0 && v->o->facility_id.p && pg_rows(homes) == 0)
		return err_set(err, ERR_NOT_FOUND, "nothing is known of this home");
	for (int i = 0; i < pg_rows(homes); i++)
		v->total += pg_get_i64(homes, i, 1);
	for (int i = 0; e == 0 && i < pg_rows(homes); i++)
		e = walk_home(v, pg_get_text(homes, i, 0), pg_get_i64(homes, i, 1),
			      pg_get_text(homes, i, 2), err);
	return e;
}

int audit_verify(struct pg *pg, const struct audit_verify_options *o,
		 struct audit_verify_result *ret, struct err *err)
{
	struct verify v = {.pg = pg, .o = o};
	usec_t began = clock_monotonic();
	int e = pg_exec(pg, begin, err);

	if (e == 0)
		e = walk_all(&v, err);
	(void)pg_exec(pg, "ROLLBACK", NULL); /* nothing was written */
	v.result.took = clock_monotonic() - began;
	if (e == 0)
		*ret = v.result;
	return e;
}

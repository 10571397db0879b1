/* GET /api/facilities/{id}/history: what happened, on two clocks. changed_at is when it was true at
 * the home, received_at when the region knew it.
 *
 *     without as_of   events, the newest first, by changed_at; known_at leaves out what was learnt
 *                     later
 *     with as_of      each bed as it was then: its accepted course up to then, as far as it was
 *                     known at known_at
 */
#include <inttypes.h>

#include "regional/api/params.h"
#include "regional/api/room.h"
#include "regional/api/rows.h"

struct history_params {
	struct span bed, cursor;
	usec_t as_of, known_at, from, to;
	int64_t limit;
	usec_t before;	  /* from the cursor: of events */
	int64_t before_n; /* likewise */
};

static const struct params_key keys[] = {
    {"bed", PARAMS_IDENT, offsetof(struct history_params, bed), NULL},
    {"as_of", PARAMS_TIME, offsetof(struct history_params, as_of), NULL},
    {"known_at", PARAMS_TIME, offsetof(struct history_params, known_at), NULL},
    {"from", PARAMS_TIME, offsetof(struct history_params, from), NULL},
    {"to", PARAMS_TIME, offsetof(struct history_params, to), NULL},
    {"limit", PARAMS_LIMIT, offsetof(struct history_params, limit), NULL},
    {"cursor", PARAMS_CURSOR, offsetof(struct history_params, cursor), NULL},
    {0},
};

/* ---- events ---- */

static const char sql_events[] =
    "SELECT n, event_id, bed_id, previous_status, held_status, new_status, ward, care_level,"
    " changed_by, changed_at, received_at, reason, source->>'adapter', outcome, outcome_reason,"
    " in_history, bed_version, conflict_id,"
    " (SELECT c.settled_reason FROM conflicts c WHERE l.reason = 'resolved'"
    "  AND c.facility_id = l.facility_id AND c.id = l.conflict_id) "
    "FROM bed_audit_log l WHERE facility_id = $1 AND ($2::text IS NULL OR bed_id = $2)"
    " AND ($3::timestamptz IS NULL OR changed_at >= $3)"
    " AND ($4::timestamptz IS NULL OR changed_at < $4)"
    " AND ($5::timestamptz IS NULL OR received_at <= $5)"
    " AND ($6::timestamptz IS NULL OR (changed_at, n) < ($6, $7::bigint)) "
    "ORDER BY changed_at DESC, n DESC LIMIT $8";

enum { EVENT_N = 0, EVENT_CHANGED_AT = 9 };

static const struct rows_column event_columns[] = {{"n", ROWS_NUMBER},
						   {"event_id", ROWS_TEXT},
						   {"bed_id", ROWS_TEXT},
						   {"previous_status", ROWS_TEXT},
						   {"held_status", ROWS_TEXT},
						   {"new_status", ROWS_TEXT},
						   {"ward", ROWS_TEXT},
						   {"care_level", ROWS_TEXT},
						   {"changed_by", ROWS_TEXT},
						   {"changed_at", ROWS_TIME},
						   {"received_at", ROWS_TIME},
						   {"reason", ROWS_TEXT},
						   {"adapter", ROWS_TEXT},
						   {"outcome", ROWS_TEXT},
						   {"outcome_reason", ROWS_TEXT},
						   {"in_history", ROWS_BOOL},
						   {"bed_version", ROWS_NUMBER},
						   {"conflict_id", ROWS_TEXT},
						   {"settled_reason", ROWS_TEXT},
						   {0}};

/* "<changed_at>-<n>": the last row of the page before. */
static bool read_event_cursor(struct history_params *q)
{
	struct span rest = q->cursor, at;

	if (!rest.p)
		return true;
	return span_cut(&rest, '-', &at) && rest.p && span_to_i64(at, &q->before) &&
	       span_to_i64(rest, &q->before_n);
}

static int ask_events(struct pg *pg, struct span facility, const struct history_params *q,
		      struct arena *a, struct pg_result **ret)
{
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, facility);
	pg_add_text(&p, q->bed);
	pg_add_time(&p, q->from);
	pg_add_time(&p, q->to);
	pg_add_time(&p, q->known_at);
	pg_add_time(&p, q->before);
	pg_add_i64(&p, q->before_n);
	pg_add_i64(&p, q->limit + 1);
	return pg_query(pg, sql_events, &p, ret, NULL);
}

static void add_events(const struct pg_result *r, int64_t limit, struct buf *out)
{
	rows_list("events", r, limit, event_columns, out);
	if (pg_rows(r) > limit)
		buf_addf(out, ",\"next\":\"%" PRId64 "-%" PRId64 "\"",
			 pg_get_time(r, (int)limit - 1, EVENT_CHANGED_AT),
			 pg_get_i64(r, (int)limit - 1, EVENT_N));
	else
		buf_adds(out, ",\"next\":null");
}

/* ---- beds as of ---- */

/* A bed was unconfirmed from where the accounts part to the moment at which that was settled, as it
 * was known then; a conflict that the policy settled as it opened raised no doubt. As in the
 * reports (docs/reports.md). */
static const char sql_beds[] =
    "SELECT b.id, a.ward, a.care_level, a.new_status, a.changed_at, a.received_at, a.event_id,"
    " EXISTS (SELECT FROM conflicts c WHERE c.facility_id = b.facility_id AND c.bed_id = b.id"
    "  AND (c.status = 'open' OR c.settled_reason IS NOT NULL)"
    "  AND (c.settled_at IS NULL OR c.settled_at > $2 OR c.settled_at > $3)"
    "  AND EXISTS (SELECT FROM bed_audit_log l WHERE l.facility_id = c.facility_id"
    "   AND l.bed_id = c.bed_id AND l.conflict_id = c.id AND l.outcome = 'conflict'"
    "   AND l.changed_at <= $2 AND ($3::timestamptz IS NULL OR l.received_at <= $3))) "
    "FROM beds b CROSS JOIN LATERAL (SELECT * FROM bed_audit_log l"
    " WHERE l.facility_id = b.facility_id AND l.bed_id = b.id AND l.changed_at <= $2"
    " AND l.in_history AND ($3::timestamptz IS NULL OR l.received_at <= $3)"
    " ORDER BY l.changed_at DESC, l.n DESC LIMIT 1) AS a "
    "WHERE b.facility_id = $1 AND ($4::text IS NULL OR b.id = $4)"
    " AND ($5::text IS NULL OR b.id > $5) ORDER BY b.id LIMIT $6";

static const struct rows_column bed_columns[] = {
    {"id", ROWS_TEXT},	     {"ward", ROWS_TEXT},	 {"care_level", ROWS_TEXT},
    {"status", ROWS_TEXT},   {"changed_at", ROWS_TIME},	 {"received_at", ROWS_TIME},
    {"event_id", ROWS_TEXT}, {"unconfirmed", ROWS_BOOL}, {0}};

static int ask_beds(struct pg *pg, struct span facility, const struct history_params *q,
		    struct arena *a, struct pg_result **ret)
{
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, facility);
	pg_add_time(&p, q->as_of);
	pg_add_time(&p, q->known_at);
	pg_add_text(&p, q->bed);
	pg_add_text(&p, q->cursor);
	pg_add_i64(&p, q->limit + 1);
	return pg_query(pg, sql_beds, &p, ret, NULL);
}

static void add_beds(const struct pg_result *r, int64_t limit, struct buf *out)
{
	rows_list("beds", r, limit, bed_columns, out);
	if (pg_rows(r) > limit)
		buf_addf(out, ",\"next\":\"" SPAN_FMT "\"",
			 SPAN_ARG(pg_get_text(r, (int)limit - 1, 0)));
	else
		buf_adds(out, ",\"next\":null");
}

/* ---- both ---- */

static bool read_question(struct httpd_rq *rq, struct history_params *q)
{
	bool then;

	*q = (struct history_params){.as_of = USEC_NONE,
				     .known_at = USEC_NONE,
				     .from = USEC_NONE,
				     .to = USEC_NONE,
				     .before = USEC_NONE,
				     .limit = PARAMS_LIMIT_DEFAULT};
	if (!params_read(rq, keys, q))
		return false;
	then = q->as_of != USEC_NONE;
	if (then && (q->from != USEC_NONE || q->to != USEC_NONE)) {
		httpd_bad_parameter(rq, "as_of", "as_of: goes without from and to");
		return false;
	}
	if (then ? q->cursor.p && !ident_is_valid(q->cursor) : !read_event_cursor(q)) {
		httpd_bad_parameter(rq, "cursor",
				    "cursor: expected the \"next\" of such an answer");
		return false;
	}
	return true;
}

void history_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct buf b = BUF_INIT;
	struct history_params q;

	if (!read_question(rq, &q))
		return;
	bool then = q.as_of != USEC_NONE;
	access_log_add(a->access_log, rq, who, "history", rq->params[0].p, true, NULL);
	if ((then ? ask_beds : ask_events)(pg, rq->params[0], &q, &rq->arena, &r) < 0) {
		api_away(rq);
		return;
	}
	buf_adds(&b, "{\"facility_id\":");
	buf_add_json(&b, rq->params[0]);
	buf_addc(&b, ',');
	view_time("as_of", q.as_of, &b);
	buf_addc(&b, ',');
	view_time("known_at", q.known_at, &b);
	buf_addc(&b, ',');
	(then ? add_beds : add_events)(r, q.limit, &b);
	buf_adds(&b, "}\n");
	api_answer_json(rq, &b);
}

/* Conflicts: which are open, and settling one. */
#include "base/ulid.h"
#include "regional/api/changes.h"
#include "regional/api/params.h"
#include "regional/api/rows.h"

struct list_params {
	struct span status, facility, cursor;
	int64_t limit;
};

static const struct params_key list_keys[] = {
    {"status", PARAMS_CHOICE, offsetof(struct list_params, status), "open,settled,closed,all"},
    {"facility", PARAMS_FACILITY, offsetof(struct list_params, facility), NULL},
    {"limit", PARAMS_LIMIT, offsetof(struct list_params, limit), NULL},
    {"cursor", PARAMS_CURSOR, offsetof(struct list_params, cursor), NULL},
    {0},
};

/* What is still open in a home that was closed waits for the home: nothing is taken from it, and
 * none of its beds is offered. */
#define STATE                                                                                      \
	"CASE WHEN c.status = 'open' AND f.revoked_at IS NOT NULL THEN 'closed' ELSE c.status END"

/* Ids lead with their time: the newest first. A conflict began where the accounts part: at the
 * earliest event that was set aside. Whose the two accounts are: who made the change that stood
 * when it opened, and the last one that was set aside. */
static const char sql_list[] =
    "SELECT c.id, c.facility_id, f.name, c.bed_id, b.ward, b.care_level, " STATE ", c.held_status,"
    " c.branch_status, c.events::bigint, c.opened_at, c.last_event_at, b.status, b.version,"
    " c.settled_at, c.settled_by, c.settled_status, c.settled_reason,"
    " (SELECT min(l.changed_at) FROM bed_audit_log l WHERE l.facility_id = c.facility_id"
    "  AND l.bed_id = c.bed_id AND l.conflict_id = c.id AND l.outcome = 'conflict'),"
    " held.changed_at, held.changed_by, branch.changed_at, branch.changed_by "
    "FROM conflicts c JOIN facilities f ON f.id = c.facility_id"
    " LEFT JOIN beds b ON b.facility_id = c.facility_id AND b.id = c.bed_id"
    " LEFT JOIN LATERAL (SELECT l.changed_at, l.changed_by FROM bed_audit_log l"
    "  WHERE l.facility_id = c.facility_id AND l.bed_id = c.bed_id AND l.outcome = 'applied'"
    "  AND l.received_at <= c.opened_at ORDER BY l.changed_at DESC, l.n DESC LIMIT 1) AS held ON "
    "true"
    " LEFT JOIN LATERAL (SELECT l.changed_at, l.changed_by FROM bed_audit_log l"
    "  WHERE l.facility_id = c.facility_id AND l.bed_id = c.bed_id AND l.conflict_id = c.id"
    "  AND l.outcome = 'conflict' ORDER BY l.changed_at DESC, l.n DESC LIMIT 1) AS branch ON true "
    "WHERE ($1::text IS NULL OR c.facility_id = $1) AND ($2::text IS NULL OR f.region_id = $2)"
    " AND ($3::text IS NULL OR c.facility_id = $3) AND ($4::text = 'all' OR " STATE " = $4)"
    " AND ($5::text IS NULL OR c.id < $5) ORDER BY c.id DESC LIMIT $6";

static const struct rows_column list_columns[] = {
    {"id", ROWS_TEXT},	       {"facility_id", ROWS_TEXT},    {"facility_name", ROWS_TEXT},
    {"bed_id", ROWS_TEXT},     {"ward", ROWS_TEXT},	      {"care_level", ROWS_TEXT},
    {"status", ROWS_TEXT},     {"held_status", ROWS_TEXT},    {"branch_status", ROWS_TEXT},
    {"events", ROWS_NUMBER},   {"opened_at", ROWS_TIME},      {"last_event_at", ROWS_TIME},
    {"bed_status", ROWS_TEXT}, {"bed_version", ROWS_NUMBER},  {"settled_at", ROWS_TIME},
    {"settled_by", ROWS_TEXT}, {"settled_status", ROWS_TEXT}, {"settled_reason", ROWS_TEXT},
    {"began_at", ROWS_TIME},   {"held_at", ROWS_TIME},	      {"held_by", ROWS_TEXT},
    {"branch_at", ROWS_TIME},  {"branch_by", ROWS_TEXT},      {0}};

static bool is_conflict_id(struct span s)
{
	struct ulid id;

	return span_starts(s, SPAN("cfl_")) && ulid_parse(span_of(s.p + 4, s.n - 4), &id);
}

static struct span or_null(const char *s)
{
	return s[0] ? span_str(s) : SPAN_NONE;
}

static int ask_list(struct pg *pg, const struct who *who, const struct list_params *q,
		    struct arena *a, struct pg_result **ret)
{
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, or_null(who->facility_id));
	pg_add_text(&p, or_null(who->region_id));
	pg_add_text(&p, q->facility);
	pg_add_text(&p, q->status);
	pg_add_text(&p, q->cursor);
	pg_add_i64(&p, q->limit + 1);
	return pg_query(pg, sql_list, &p, ret, NULL);
}

void conflicts_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct list_params q = {.status = SPAN("open"), .limit = PARAMS_LIMIT_DEFAULT};
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct buf b = BUF_INIT;

	if (!params_read(rq, list_keys, &q))
		return;
	if (q.cursor.p && !is_conflict_id(q.cursor)) {
		httpd_bad_parameter(rq, "cursor", "cursor: expected the \"next\" of an answer");
		return;
	}
	access_log_add(a->access_log, rq, who, "conflicts", or_null(who->facility_id).p, true,
		       NULL);
	if (ask_list(pg, who, &q, &rq->arena, &r) < 0) {
		api_away(rq);
		return;
	}
	buf_addc(&b, '{');
	rows_list("conflicts", r, q.limit, list_columns, &b);
	if (pg_rows(r) > q.limit)
		buf_addf(&b, ",\"next\":\"" SPAN_FMT "\"}\n",
			 SPAN_ARG(pg_get_text(r, (int)q.limit - 1, 0)));
	else
		buf_adds(&b, ",\"next\":null}\n");
	api_answer_json(rq, &b);
}

/* ---- settling ---- */

/* The home and the bed that the conflict is of. A conflict that there is not, and one of a home
 * that who does not see, end alike: without a home. false: it has answered. */
static bool find(struct httpd_rq *rq, struct pg *pg, struct change *c, bool *ret_closed)
{
	static const char sql[] =
	    "SELECT c.facility_id, c.bed_id, " STATE " = 'closed' FROM conflicts c"
	    " JOIN facilities f ON f.id = c.facility_id WHERE c.id = $1";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&rq->arena);

	if (!is_conflict_id(c->conflict_id))
		return true;
	pg_add_text(&p, c->conflict_id);
	if (pg_query(pg, sql, &p, &r, NULL) < 0) {
		api_away(rq);
		return false;
	}
	if (pg_rows(r) == 0)
		return true;
	c->facility_id = arena_span(&rq->arena, pg_get_text(r, 0, 0));
	c->bed_id = arena_span(&rq->arena, pg_get_text(r, 0, 1));
	*ret_closed = pg_get_bool(r, 0, 2);
	return true;
}

static void refuse_reason(struct httpd_rq *rq)
{
	_cleanup_(buf_done) struct buf codes = BUF_INIT;

	for (const char *const *s = change_settle_reasons; *s; s++)
		buf_addf(&codes, "%s%s", codes.n ? ", " : "", *s);
	httpd_problem(rq, 400, "bad-body", "reason: expected one of %s; never free text", codes.p);
}

/* The merge would refuse it too; here there is a word for why. */
static void refuse_closed(struct api *a, struct httpd_rq *rq, const struct who *who,
			  const struct change *c)
{
	access_log_add(a->access_log, rq, who, "conflict_resolve", c->facility_id.p, true,
		       "closed");
	httpd_problem(rq, 409, "closed",
		      "this home is closed; its conflicts wait until it is opened again");
}

void conflict_resolve_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct change c = {.conflict_id = rq->params[0], .reason = REASON_RESOLVED};
	struct span reason;
	bool closed = false;

	if (!changes_read_version(rq, false, &c.version) ||
	    !changes_read_body(rq, "reason", &c.status, &reason))
		return;
	c.settle_reason = reason.p ? change_settle_reason(reason) : NULL;
	if (!c.settle_reason) {
		refuse_reason(rq);
		return;
	}
	if (!find(rq, pg, &c, &closed) || !api_admit(a, rq, who, ACCESS_SETTLE, c.facility_id))
		return;
	if (closed)
		refuse_closed(a, rq, who, &c);
	else
		changes_make(a, rq, who, &c);
}

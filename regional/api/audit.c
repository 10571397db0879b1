/* GET /api/audit: the audit log of all homes, the newest first by received_at, for who answers for
 * the whole region. As JSON or, to who accepts text/csv and not JSON, as CSV; pages either way. */
#include <inttypes.h>

#include "base/csv_cell.h"
#include "regional/api/export.h"
#include "regional/api/params.h"
#include "regional/api/room.h"
#include "regional/api/rows.h"

#define OUTCOMES "applied,converged,late,conflict"

struct audit_params {
	struct span facility, bed, outcome, changed_by, cursor, format;
	usec_t from, to;
	int64_t limit;
	/* from the cursor: the last row of the page before */
	usec_t before;
	struct span before_facility;
	int64_t before_n;
};

static const struct params_key keys[] = {
    {"facility", PARAMS_FACILITY, offsetof(struct audit_params, facility), NULL},
    {"bed", PARAMS_IDENT, offsetof(struct audit_params, bed), NULL},
    {"from", PARAMS_TIME, offsetof(struct audit_params, from), NULL},
    {"to", PARAMS_TIME, offsetof(struct audit_params, to), NULL},
    {"outcome", PARAMS_CHOICE, offsetof(struct audit_params, outcome), OUTCOMES},
    {"changed_by", PARAMS_IDENT, offsetof(struct audit_params, changed_by), NULL},
    {"limit", PARAMS_LIMIT, offsetof(struct audit_params, limit), NULL},
    {"cursor", PARAMS_CURSOR, offsetof(struct audit_params, cursor), NULL},
    {"format", PARAMS_CHOICE, offsetof(struct audit_params, format), "json,csv"},
    {0},
};

/* Bounds are never null, so that the index on (received_at, facility_id, n) is entered at the
 * cursor. */
static const char sql_rows[] =
    "SELECT facility_id, n, event_id, bed_id, previous_status, held_status, new_status, ward,"
    " care_level, changed_by, changed_at, received_at, reason, source->>'adapter',"
    " host(source_ip), outcome, outcome_reason, in_history, bed_version, conflict_id,"
    " encode(hash, 'hex') "
    "FROM bed_audit_log WHERE ($1::text IS NULL OR facility_id = $1)"
    " AND ($2::text IS NULL OR bed_id = $2) AND ($3::text IS NULL OR outcome = $3)"
    " AND ($4::text IS NULL OR changed_by = $4)"
    " AND received_at >= coalesce($5::timestamptz, '-infinity')"
    " AND received_at < coalesce($6::timestamptz, 'infinity')"
    " AND (received_at, facility_id, n) <"
    " (coalesce($7::timestamptz, 'infinity'), coalesce($8::text, ''), $9::bigint) "
    "ORDER BY received_at DESC, facility_id DESC, n DESC LIMIT $10";

enum { ROW_FACILITY = 0, ROW_N = 1, ROW_RECEIVED_AT = 11 };

static const struct rows_column columns[] = {{"facility_id", ROWS_TEXT},
					     {"n", ROWS_NUMBER},
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
					     {"source_ip", ROWS_TEXT},
					     {"outcome", ROWS_TEXT},
					     {"outcome_reason", ROWS_TEXT},
					     {"in_history", ROWS_BOOL},
					     {"bed_version", ROWS_NUMBER},
					     {"conflict_id", ROWS_TEXT},
					     {"hash", ROWS_TEXT},
					     {0}};

/* "<received_at>-<n>-<facility>" */
static bool read_cursor(struct audit_params *q)
{
	struct span rest = q->cursor, at, n;

	if (!rest.p)
		return true;
	if (!span_cut(&rest, '-', &at) || !span_cut(&rest, '-', &n) || !rest.p ||
	    !span_to_i64(at, &q->before) || !span_to_i64(n, &q->before_n) ||
	    !ident_is_facility(rest))
		return false;
	q->before_facility = rest;
	return true;
}

static bool read_question(struct httpd_rq *rq, struct audit_params *q)
{
	*q = (struct audit_params){
	    .from = USEC_NONE, .to = USEC_NONE, .before = USEC_NONE, .limit = PARAMS_LIMIT_DEFAULT};
	if (!params_read(rq, keys, q))
		return false;
	if (!read_cursor(q)) {
		httpd_bad_parameter(rq, "cursor",
				    "cursor: expected the \"next\" of such an answer");
		return false;
	}
	return true;
}

static int ask(struct pg *pg, const struct audit_params *q, struct arena *a, struct pg_result **ret)
{
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, q->facility);
	pg_add_text(&p, q->bed);
	pg_add_text(&p, q->outcome);
	pg_add_text(&p, q->changed_by);
	pg_add_time(&p, q->from);
	pg_add_time(&p, q->to);
	pg_add_time(&p, q->before);
	pg_add_text(&p, q->before_facility);
	pg_add_i64(&p, q->before_n);
	pg_add_i64(&p, q->limit + 1);
	return pg_query(pg, sql_rows, &p, ret, NULL);
}

/* The place after the page's last row; "" on the last page. */
static char *next_of(const struct pg_result *r, int64_t limit, struct arena *a)
{
	int last = (int)limit - 1;

	if (pg_rows(r) <= limit)
		return arena_strdup(a, "");
	return arena_printf(a, "%" PRId64 "-%" PRId64 "-" SPAN_FMT,
			    pg_get_time(r, last, ROW_RECEIVED_AT), pg_get_i64(r, last, ROW_N),
			    SPAN_ARG(pg_get_text(r, last, ROW_FACILITY)));
}

/* ---- CSV ---- */

static void add_cell(const struct pg_result *r, int row, int col, struct buf *out)
{
	char at[CLOCK_RFC3339_MAX];

	if (pg_is_null(r, row, col))
		return;
	switch (columns[col].kind) {
	case ROWS_NUMBER: buf_addf(out, "%" PRId64, pg_get_i64(r, row, col)); break;
	case ROWS_BOOL: buf_adds(out, pg_get_bool(r, row, col) ? "true" : "false"); break;
	case ROWS_TIME: buf_adds(out, clock_format_rfc3339(pg_get_time(r, row, col), at)); break;
	case ROWS_TEXT: csv_cell_add(pg_get_text(r, row, col), ',', out); break;
	}
}

static void add_csv(const struct pg_result *r, int64_t limit, struct buf *out)
{
	for (int c = 0; columns[c].key; c++)
		buf_addf(out, c ? ",%s" : "%s", columns[c].key);
	buf_adds(out, "\r\n");
	for (int row = 0; row < pg_rows(r) && row < limit; row++) {
		for (int c = 0; columns[c].key; c++) {
			if (c)
				buf_addc(out, ',');
			add_cell(r, row, c, out);
		}
		buf_adds(out, "\r\n");
	}
}

void audit_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct buf b = BUF_INIT;
	struct audit_params q;
	bool csv;

	if (!read_question(rq, &q) || !export_choose(rq, q.format, &csv))
		return;
	access_log_add(a->access_log, rq, who, "audit", arena_span(&rq->arena, q.facility).p, true,
		       csv ? "csv" : NULL);
	if (ask(pg, &q, &rq->arena, &r) < 0) {
		api_away(rq);
		return;
	}
	const char *next = next_of(r, q.limit, &rq->arena);
	if (csv) {
		add_csv(r, q.limit, &b);
		export_answer(rq, "audit", next, &b);
		return;
	}
	buf_addc(&b, '{');
	rows_list("rows", r, q.limit, columns, &b);
	buf_addf(&b, *next ? ",\"next\":\"%s\"}\n" : ",\"next\":null}\n", next);
	api_answer_json(rq, &b);
}

/* GET /api/admin/access-log: who asked for what, and what an administrator changed; the newest
 * first, as JSON or CSV. Reading it is noted in it. */
#include "base/csv_cell.h"
#include "base/member.h"
#include "regional/api/admin.h"
#include "regional/api/export.h"
#include "regional/api/rows.h"
#include "store/access.h"

struct list_params {
	struct span who, action, facility, denied, cursor, format;
	usec_t from, to;
	int64_t limit;
};

static const struct params_key keys[] = {
    {"who", PARAMS_TEXT, offsetof(struct list_params, who), NULL},
    {"action", PARAMS_IDENT, offsetof(struct list_params, action), NULL},
    {"facility", PARAMS_FACILITY, offsetof(struct list_params, facility), NULL},
    {"denied", PARAMS_CHOICE, offsetof(struct list_params, denied), "true,false"},
    {"from", PARAMS_TIME, offsetof(struct list_params, from), NULL},
    {"to", PARAMS_TIME, offsetof(struct list_params, to), NULL},
    {"limit", PARAMS_LIMIT, offsetof(struct list_params, limit), NULL},
    {"cursor", PARAMS_CURSOR, offsetof(struct list_params, cursor), NULL},
    {"format", PARAMS_CHOICE, offsetof(struct list_params, format), "json,csv"},
    {0},
};

static void add_row(const struct access_row *row, struct buf *out)
{
	static const char *const names[] = {"who",    "role",	     "source_ip",
					    "action", "facility_id", "region_id"};
	const struct span texts[] = {row->who,	  row->role,	    row->source_ip,
				     row->action, row->facility_id, row->region_id};

	buf_addf(out, "{\"id\":%lld,", (long long)row->id);
	view_time("at", row->at, out);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		member_span(out, names[i], texts[i]);
	buf_addf(out, ",\"allowed\":%s,\"detail\":" SPAN_FMT "}", row->allowed ? "true" : "false",
		 SPAN_ARG(row->detail.p ? row->detail : SPAN("null")));
}

static void add_line(const struct access_row *row, struct buf *out)
{
	const struct span texts[] = {row->who,	  row->role,	    row->source_ip,
				     row->action, row->facility_id, row->region_id};
	char at[CLOCK_RFC3339_MAX];

	buf_addf(out, "%lld,%s", (long long)row->id, clock_format_rfc3339(row->at, at));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_addc(out, ',');
		csv_cell_add(texts[i], ',', out);
	}
	buf_addf(out, ",%s,", row->allowed ? "true" : "false");
	csv_cell_add(row->detail, ',', out);
	buf_adds(out, "\r\n");
}

/* Rows come oldest first: the one too many, which says that there is more, is the first. */
static void answer_rows(struct httpd_rq *rq, const struct access_row *rows, size_t n, bool more,
			const char *next)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"rows\":[");
	for (size_t i = n; i-- > (more ? 1 : 0);) {
		if (i < n - 1)
			buf_addc(&b, ',');
		add_row(&rows[i], &b);
	}
	buf_addf(&b, *next ? "],\"next\":\"%s\"}\n" : "],\"next\":null}\n", next);
	api_answer_json(rq, &b);
}

static void answer_lines(struct httpd_rq *rq, const struct access_row *rows, size_t n, bool more,
			 const char *next)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "id,at,who,role,source_ip,action,facility_id,region_id,allowed,detail\r\n");
	for (size_t i = n; i-- > (more ? 1 : 0);)
		add_line(&rows[i], &b);
	export_answer(rq, "access-log", next, &b);
}

static bool read_question(struct httpd_rq *rq, struct list_params *q, struct access_filter *ret,
			  bool *ret_csv)
{
	int64_t before = 0;

	*q =
	    (struct list_params){.from = USEC_NONE, .to = USEC_NONE, .limit = PARAMS_LIMIT_DEFAULT};
	if (!params_read(rq, keys, q))
		return false;
	if (q->cursor.p && (!span_to_i64(q->cursor, &before) || before < 1)) {
		httpd_bad_parameter(rq, "cursor", "cursor: expected the \"next\" of an answer");
		return false;
	}
	*ret = (struct access_filter){.since = q->from,
				      .until = q->to,
				      .who = q->who,
				      .action = q->action,
				      .facility_id = q->facility,
				      .only_denied = span_eq_str(q->denied, "true"),
				      .before = before,
				      .limit = q->limit + 1};
	return export_choose(rq, q->format, ret_csv);
}

void admin_access_log_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct access_filter f;
	struct access_row *rows;
	struct list_params q;
	bool csv;
	size_t n;

	if (!read_question(rq, &q, &f, &csv))
		return;
	access_log_add(a->access_log, rq, who, "access_log", NULL, true, csv ? "csv" : NULL);
	if (access_list(pg, &f, &rq->arena, &rows, &n, NULL) < 0) {
		api_away(rq);
		return;
	}
	bool more = n > (size_t)q.limit;
	const char *next = more ? arena_printf(&rq->arena, "%lld", (long long)rows[1].id) : "";
	(csv ? answer_lines : answer_rows)(rq, rows, n, more, next);
}

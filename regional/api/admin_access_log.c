/* GET /api/admin/access-log: who asked for what, and what an administrator changed; the newest
 * first. Reading it is noted in it. */
#include "regional/api/admin.h"
#include "regional/api/rows.h"
#include "store/access.h"

struct list_params {
	struct span who, action, facility, denied, cursor;
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
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		buf_addf(out, ",\"%s\":", names[i]);
		if (texts[i].p)
			buf_add_json(out, texts[i]);
		else
			buf_adds(out, "null");
	}
	buf_addf(out, ",\"allowed\":%s,\"detail\":" SPAN_FMT "}", row->allowed ? "true" : "false",
		 SPAN_ARG(row->detail.p ? row->detail : SPAN("null")));
}

void admin_access_log_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct list_params q = {.from = USEC_NONE, .to = USEC_NONE, .limit = PARAMS_LIMIT_DEFAULT};
	struct access_row *rows;
	struct buf b = BUF_INIT;
	int64_t before = 0;
	size_t n;

	if (!params_read(rq, keys, &q))
		return;
	if (q.cursor.p && (!span_to_i64(q.cursor, &before) || before < 1)) {
		httpd_bad_parameter(rq, "cursor", "cursor: expected the \"next\" of an answer");
		return;
	}
	access_log_add(a->access_log, rq, who, "access_log", NULL, true, NULL);
	const struct access_filter f = {.since = q.from,
					.until = q.to,
					.who = q.who,
					.action = q.action,
					.facility_id = q.facility,
					.only_denied = span_eq_str(q.denied, "true"),
					.before = before,
					.limit = q.limit + 1};
	if (access_list(pg, &f, &rq->arena, &rows, &n, NULL) < 0) {
		api_away(rq);
		return;
	}
	/* Oldest first: the one too many, which says that there is more, is the first. */
	bool more = n > (size_t)q.limit;
	buf_adds(&b, "{\"rows\":[");
	for (size_t i = n; i-- > (more ? 1 : 0);) {
		if (i < n - 1)
			buf_addc(&b, ',');
		add_row(&rows[i], &b);
	}
	if (more)
		buf_addf(&b, "],\"next\":\"%lld\"}\n", (long long)rows[1].id);
	else
		buf_adds(&b, "],\"next\":null}\n");
	api_answer_json(rq, &b);
}

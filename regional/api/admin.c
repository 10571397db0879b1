#include "regional/api/admin.h"

#include "store/row_scope.h"

#define JSON	"application/json"
#define PROBLEM "application/problem+json"

bool admin_begin(struct httpd_rq *rq, struct pg *pg)
{
	if (row_scope_from(pg, span_str(rq->peer), NULL) == 0)
		return true;
	api_away(rq);
	return false;
}

/* ---- answers ---- */

void admin_answer_page(struct httpd_rq *rq, const char *key, int code, const struct pg_result *r,
		       int64_t limit)
{
	struct buf b = BUF_INIT;

	if (code < 0) {
		api_away(rq);
		return;
	}
	buf_addf(&b, "{\"%s\":[", key);
	for (int i = 0; i < pg_rows(r) && i < limit; i++) {
		if (i)
			buf_addc(&b, ',');
		buf_add(&b, pg_get_text(r, i, EDIT_JSON));
	}
	buf_adds(&b, "],\"next\":");
	if (pg_rows(r) > limit)
		buf_add_json(&b, pg_get_text(r, (int)limit - 1, EDIT_KEY));
	else
		buf_adds(&b, "null");
	buf_adds(&b, "}\n");
	api_answer_json(rq, &b);
}

void admin_answer_one(struct httpd_rq *rq, int status, int code, const struct pg_result *r)
{
	struct buf b = BUF_INIT;

	if (code < 0) {
		api_away(rq);
		return;
	}
	if (!pg_rows(r)) {
		httpd_problem(rq, 404, "not-found", "there is no such thing in your scope");
		return;
	}
	buf_add(&b, pg_get_text(r, 0, EDIT_JSON));
	buf_addc(&b, '\n');
	httpd_set_header(rq, "ETag", "\"" SPAN_FMT "\"", SPAN_ARG(pg_get_text(r, 0, EDIT_TAG)));
	httpd_answer_buf(rq, status, JSON, &b);
}

void admin_answer_stale(struct httpd_rq *rq, int code, const struct pg_result *r)
{
	struct buf b = BUF_INIT;

	if (code < 0 || !pg_rows(r)) {
		admin_answer_one(rq, 200, code, r); /* away, or gone meanwhile */
		return;
	}
	buf_addf(&b,
		 "{\"type\":\"urn:bedpost:problem:stale\",\"title\":\"Conflict\",\"status\":409,"
		 "\"detail\":\"somebody changed it since the version that If-Match names\","
		 "\"current\":" SPAN_FMT "}\n",
		 SPAN_ARG(pg_get_text(r, 0, EDIT_JSON)));
	httpd_set_header(rq, "ETag", "\"" SPAN_FMT "\"", SPAN_ARG(pg_get_text(r, 0, EDIT_TAG)));
	httpd_answer_buf(rq, 409, PROBLEM, &b);
}

static void refuse_field(struct httpd_rq *rq, const char *field, const char *why)
{
	struct body b = {.rq = rq};

	body_fault(&b, field, why);
	body_refuse(&b);
}

void admin_answer_error(struct httpd_rq *rq, int code, const struct err *err, const char *field)
{
	if (field && (code == -ERR_NOT_FOUND || code == -ERR_INVALID || code == -ERR_DENIED))
		refuse_field(rq, field, err->message);
	else if (code == -ERR_NOT_FOUND)
		httpd_problem(rq, 404, "not-found", "%s", err->message);
	else if (code == -ERR_EXISTS)
		httpd_problem(rq, 409, "exists", "%s", err->message);
	else if (code == -ERR_FULL)
		httpd_problem(rq, 409, "too-many", "%s", err->message);
	else if (code == -ERR_INVALID || code == -ERR_DENIED)
		refuse_field(rq, NULL, err->message);
	else
		api_away(rq);
}

/* ---- questions ---- */

bool admin_read_version(struct httpd_rq *rq, struct span *ret)
{
	struct span s = span_trim(httpd_header(rq, "If-Match"));

	if (!s.n) {
		httpd_problem(rq, 428, "version-needed",
			      "the header If-Match must hold the etag as it was seen, in quotes, "
			      "so that nobody's change is overwritten unseen");
		return false;
	}
	if (span_eq(s, SPAN(EDIT_ANY))) {
		*ret = SPAN(EDIT_ANY);
		return true;
	}
	if (s.n > 2 && s.n <= 66 && s.p[0] == '"' && s.p[s.n - 1] == '"') {
		*ret = span_of(s.p + 1, s.n - 2);
		if (!span_eq(*ret, SPAN(EDIT_ANY)) && span_is_utf8(*ret, NULL))
			return true;
	}
	httpd_problem(rq, 400, "bad-version", "If-Match: expected one etag in quotes, or *");
	return false;
}

bool admin_read_id(struct httpd_rq *rq, int64_t *ret)
{
	if (span_to_i64(rq->params[0], ret) && *ret > 0)
		return true;
	httpd_problem(rq, 404, "not-found", "there is no such thing in your scope");
	return false;
}

bool admin_read_list(struct httpd_rq *rq, const struct params_key *keys, struct admin_list *q)
{
	int64_t after;

	*q = (struct admin_list){.limit = PARAMS_LIMIT_DEFAULT};
	if (!params_read(rq, keys, q))
		return false;
	if (!q->cursor.p || span_to_i64(q->cursor, &after))
		return true;
	httpd_bad_parameter(rq, "cursor", "cursor: expected the \"next\" of an answer");
	return false;
}

const struct alert_term *admin_rule(struct body *b)
{
	_cleanup_(buf_done) struct buf names = BUF_INIT;
	struct span name = body_text(b, "rule");
	enum alert_rule rule;

	if (!name.p)
		return NULL;
	if (alert_rule_parse(name, &rule))
		return alert_term(rule);
	buf_adds(&names, "expected ");
	alert_rule_list(&names);
	body_fault(b, "rule", names.p);
	return NULL;
}

void admin_answer_gone(struct httpd_rq *rq)
{
	httpd_answer(rq, 204, NULL, SPAN(""));
}

/* Alerts, from PostgreSQL. The scope stands in the statement: a home outside it has none. */
#include "regional/api/room.h"

#include <jansson.h>

#include "store/alert_terms.h"

#define LIMIT_DEFAULT 200
#define LIMIT_MAX     1000

struct question {
	struct span facility, rule;
	bool all; /* cleared ones too */
	int64_t limit;
};

static bool read_question(struct httpd_rq *rq, struct question *q)
{
	*q = (struct question){.limit = LIMIT_DEFAULT};
	for (size_t i = 0; i < rq->n_query; i++) {
		struct span name = rq->query[i].name, value = rq->query[i].value;
		if (span_eq_str(name, "facility")) {
			q->facility = value;
		} else if (span_eq_str(name, "rule")) {
			q->rule = value;
		} else if (span_eq_str(name, "state") &&
			   (span_eq_str(value, "open") || span_eq_str(value, "all"))) {
			q->all = span_eq_str(value, "all");
		} else if (!span_eq_str(name, "limit") || !span_to_i64(value, &q->limit) ||
			   q->limit < 1 || q->limit > LIMIT_MAX) {
			httpd_bad_parameter(rq, arena_strndup(&rq->arena, name.p, name.n),
					    "expected state=open|all, facility, rule, or limit up "
					    "to %d",
					    LIMIT_MAX);
			return false;
		}
	}
	return true;
}

static void add_scope(struct pg_params *p, const struct who *who)
{
	bool of_region = who->role == WHO_COORDINATOR, of_all = who->role == WHO_ADMIN;

	pg_add_text(p, of_region || of_all ? SPAN_NONE : span_str(who->facility_id));
	pg_add_text(p, of_region ? span_str(who->region_id) : SPAN_NONE);
}

#define IN_SCOPE "($1::text IS NULL OR f.id = $1) AND ($2::text IS NULL OR f.region_id = $2)"

void alerts_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	static const char sql[] =
	    "SELECT bedpost_alert_json(a) FROM alert_history a "
	    "JOIN facilities f ON f.id = a.facility_id WHERE " IN_SCOPE
	    " AND ($3 OR a.cleared_at IS NULL) AND ($4::text IS NULL OR a.facility_id = $4)"
	    " AND ($5::text IS NULL OR a.rule = $5) ORDER BY a.opened_at DESC, a.id LIMIT $6";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&rq->arena);
	struct buf b = BUF_INIT;
	struct question q;

	(void)a;
	if (!read_question(rq, &q))
		return;
	add_scope(&p, who);
	pg_add_bool(&p, q.all);
	pg_add_text(&p, q.facility);
	pg_add_text(&p, q.rule);
	pg_add_i64(&p, q.limit);
	if (pg_query(pg, sql, &p, &r, NULL) < 0) {
		api_away(rq);
		return;
	}
	buf_adds(&b, "{\"alerts\":[");
	for (int i = 0; i < pg_rows(r); i++) {
		if (i)
			buf_addc(&b, ',');
		buf_add(&b, pg_get_text(r, i, 0));
	}
	buf_adds(&b, "]}\n");
	if (httpd_not_modified(rq, buf_span(&b)))
		buf_done(&b);
	else
		httpd_answer_buf(rq, 200, "application/json", &b);
}

/* {"note":"seen"}; no body: the first of the notes. NULL: it has answered. */
static const char *read_note(struct httpd_rq *rq)
{
	_cleanup_(buf_done) struct buf notes = BUF_INIT;
	const char *note = NULL;

	if (!rq->body.n)
		return alert_notes[0];
	json_t *o = json_loadb(rq->body.p, rq->body.n, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(o, "note"));
	if (json_object_size(o) == 0 && json_is_object(o))
		note = alert_notes[0];
	else if (text && json_object_size(o) == 1)
		note = alert_word(alert_notes, span_str(text));
	json_decref(o);
	if (note)
		return note;
	alert_words(alert_notes, &notes);
	httpd_problem(rq, 400, "bad-body", "note: expected %s; never free text", notes.p);
	return NULL;
}

/* The first who acknowledges stays the one who did. */
void alert_acknowledge(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	static const char sql[] =
	    "UPDATE alert_history a SET acknowledged_at = coalesce(a.acknowledged_at, now()), "
	    "acknowledged_by = coalesce(a.acknowledged_by, $4), acknowledged_note = "
	    "CASE WHEN a.acknowledged_at IS NULL THEN $5 ELSE a.acknowledged_note END "
	    "FROM facilities f WHERE f.id = a.facility_id AND a.id = $3 AND " IN_SCOPE
	    " RETURNING bedpost_alert_json(a), a.facility_id";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&rq->arena);
	struct buf b = BUF_INIT;
	const char *note = read_note(rq);

	if (!note)
		return;
	add_scope(&p, who);
	pg_add_text(&p, rq->params[0]);
	pg_add_text(&p, span_str(who->name));
	pg_add_text(&p, span_str(note));
	if (pg_query(pg, sql, &p, &r, NULL) < 0) {
		api_away(rq);
		return;
	}
	if (!pg_rows(r)) {
		access_log_add(a->access_log, rq, who, "alert_acknowledge", NULL, false, "scope");
		httpd_problem(rq, 404, "not-found", "no such alert in your scope");
		return;
	}
	access_log_add(a->access_log, rq, who, "alert_acknowledge", pg_get_text(r, 0, 1).p, true,
		       note);
	buf_add(&b, pg_get_text(r, 0, 0));
	buf_addc(&b, '\n');
	httpd_answer_buf(rq, 200, "application/json", &b);
}

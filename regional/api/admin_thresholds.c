/* Alert rules, where they differ from the built-in ones. */
#include "regional/api/admin.h"
#include "store/thresholds.h"

#define SECONDS_MAX (366.0 * 86400)

static const struct params_key threshold_list_keys[] = {
    {"facility", PARAMS_FACILITY, offsetof(struct admin_list, facility), NULL},
    {"limit", PARAMS_LIMIT, offsetof(struct admin_list, limit), NULL},
    {"cursor", PARAMS_CURSOR, offsetof(struct admin_list, cursor), NULL},
    {0},
};
static const struct body_key new_threshold_keys[] = {
    {"rule", BODY_WARD, BODY_REQUIRED, NULL, 0, 0},
    {"region_id", BODY_REGION_ID, BODY_NULLABLE, NULL, 0, 0},
    {"facility_id", BODY_FACILITY_ID, BODY_NULLABLE, NULL, 0, 0},
    {"ward", BODY_WARD, BODY_NULLABLE, NULL, 0, 0},
    {"threshold", BODY_COUNT, BODY_NULLABLE, NULL, 0, SECONDS_MAX},
    {"enabled", BODY_FLAG, 0, NULL, 0, 0},
    {0},
};
static const struct body_key threshold_keys[] = {
    {"threshold", BODY_COUNT, BODY_NULLABLE, NULL, 0, SECONDS_MAX},
    {"enabled", BODY_FLAG, 0, NULL, 0, 0},
    {0},
};

void admin_thresholds_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct admin_list q;

	(void)a, (void)who;
	if (!admin_read_list(rq, threshold_list_keys, &q))
		return;
	const struct edit_page page = {q.cursor, q.limit};
	int code = thresholds_page(pg, 0, q.facility, &page, &rq->arena, &r, NULL);
	admin_answer_page(rq, "thresholds", code, r, q.limit);
}

static void answer_threshold(struct httpd_rq *rq, struct pg *pg, int64_t id, int status)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	const struct edit_page page = {SPAN_NONE, 1};
	int code = thresholds_page(pg, id, SPAN_NONE, &page, &rq->arena, &r, NULL);

	if (status == 409)
		admin_answer_stale(rq, code, r);
	else
		admin_answer_one(rq, status, code, r);
}

static bool read_threshold(struct body *b, struct alerts_rule *rule)
{
	*rule = (struct alerts_rule){.rule = body_text(b, "rule"),
				     .region_id = body_text(b, "region_id"),
				     .facility_id = body_text(b, "facility_id"),
				     .ward = body_text(b, "ward"),
				     .threshold = body_count(b, "threshold", ALERTS_DEFAULT),
				     .enabled = body_flag(b, "enabled", true)};
	const struct alert_term *term = admin_rule(b);
	if (rule->facility_id.p && rule->region_id.p)
		body_fault(b, "region_id", "a facility or a region, not both");
	if (rule->ward.p && !rule->facility_id.p)
		body_fault(b, "ward", "a ward goes with its facility_id");
	if (term && rule->ward.p && !term->of_ward)
		body_fault(b, "ward", "this rule is of a home as a whole");
	if (term && rule->threshold != ALERTS_DEFAULT && term->measure == ALERT_WITHOUT)
		body_fault(b, "threshold", "this rule has no threshold");
	return body_is_good(b);
}

void admin_thresholds_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body;
	struct alerts_rule rule;
	struct err err = {0};
	int64_t id;

	(void)a;
	if (!body_read(rq, new_threshold_keys, true, &body) || !read_threshold(&body, &rule) ||
	    !admin_begin(rq, pg))
		return;
	int code = thresholds_add(pg, who->name, &rule, &id, &err);
	if (code == -ERR_EXISTS)
		(void)err_set(&err, ERR_EXISTS,
			      "something is set for this rule and place already: change that");
	if (code < 0)
		admin_answer_error(rq, code, &err,
				   code != -ERR_NOT_FOUND ? NULL
				   : rule.facility_id.p	  ? "facility_id"
							  : "region_id");
	else
		answer_threshold(rq, pg, id, 201);
}

/* A rule without a threshold gets none. false: it has answered. */
static bool check_change(struct pg *pg, int64_t id, struct body *b)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	const struct edit_page page = {SPAN_NONE, 1};
	int code = thresholds_page(pg, id, SPAN_NONE, &page, &b->rq->arena, &r, NULL);

	if (code < 0 || !pg_rows(r)) {
		admin_answer_one(b->rq, 200, code, r);
		return false;
	}
	struct span text = pg_get_text(r, 0, EDIT_JSON);
	json_t *was = json_loadb(text.p, text.n, 0, NULL);
	if (body_count(b, "threshold", ALERTS_DEFAULT) != ALERTS_DEFAULT &&
	    json_is_null(json_object_get(was, "unit")))
		body_fault(b, "threshold", "this rule has no threshold");
	json_decref(was);
	return body_is_good(b);
}

void admin_threshold_patch(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body = {0};
	struct edit e = {.who = who->name};
	enum edit_verdict verdict;
	struct err err = {0};
	int64_t id;

	(void)a;
	if (!admin_read_id(rq, &id) || !admin_read_version(rq, &e.version) ||
	    !body_read(rq, threshold_keys, false, &body) || !check_change(pg, id, &body) ||
	    !admin_begin(rq, pg))
		return;
	e.patch = body_patch(&body);
	int code = thresholds_change(pg, &e, id, &verdict, &err);
	if (code < 0)
		admin_answer_error(rq, code, &err, "threshold");
	else
		answer_threshold(rq, pg, id, verdict == EDIT_STALE ? 409 : 200);
}

void admin_threshold_delete(struct api *a, struct httpd_rq *rq, const struct who *who,
			    struct pg *pg)
{
	struct edit e = {.who = who->name};
	enum edit_verdict verdict;
	struct err err = {0};
	int64_t id;

	(void)a;
	if (!admin_read_id(rq, &id) || !admin_read_version(rq, &e.version) || !admin_begin(rq, pg))
		return;
	int code = thresholds_remove(pg, &e, id, &verdict, &err);
	if (code < 0)
		admin_answer_error(rq, code, &err, NULL);
	else if (verdict == EDIT_MADE)
		admin_answer_gone(rq);
	else
		answer_threshold(rq, pg, id, verdict == EDIT_STALE ? 409 : 200);
}

#include "store/thresholds.h"

#define MANAGED(r)                                                                                 \
	"jsonb_build_object('rule', " r ".rule, 'region_id', " r ".region_id, 'facility_id', " r   \
	".facility_id, 'ward', " r ".ward, 'threshold', " r ".threshold, 'enabled', " r            \
	".enabled)"

#define RULE_NOW     MANAGED("r")
#define RULE_VERSION EDIT_VERSION(MANAGED("r"))

int thresholds_page(struct pg *pg, int64_t id, struct span facility, const struct edit_page *page,
		    struct arena *a, struct pg_result **ret, struct err *err)
{
	static const char sql[] =
	    "SELECT r.id::text, (jsonb_build_object('id', r.id) || " RULE_NOW " || "
	    "jsonb_build_object('unit', CASE WHEN r.rule = 'low' THEN 'beds' WHEN r.rule = "
	    "'gap' THEN 'events' WHEN r.rule NOT IN ('critical', 'conflict') THEN 'seconds' "
	    "END, 'set_at', bedpost_time(r.set_at), 'set_by', r.set_by, 'etag', " RULE_VERSION
	    "))::text, " RULE_VERSION " FROM alert_rules r WHERE ($1 = 0 OR r.id = $1) AND "
	    "($2::text IS NULL OR r.facility_id = $2) AND ($3::text IS NULL OR r.id > "
	    "$3::bigint) ORDER BY r.id LIMIT $4";
	struct pg_params p = PG_PARAMS(a);

	pg_add_i64(&p, id);
	pg_add_text(&p, facility);
	pg_add_text(&p, page->cursor);
	pg_add_i64(&p, page->limit + 1);
	return pg_query(pg, sql, &p, ret, err);
}

int thresholds_add(struct pg *pg, const char *who, const struct alerts_rule *rule, int64_t *ret_id,
		   struct err *err)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO alert_rules AS r (rule, region_id, facility_id, ward, "
	    "threshold, enabled, set_by) VALUES ($2, $3, $4, $5, $6, $7, $1) RETURNING r.id, "
	    "r.facility_id, r.region_id, " RULE_NOW " AS now_is), noted AS (INSERT INTO "
	    "access_log (who, action, facility_id, region_id, allowed, detail) SELECT $1, "
	    "'alert_rule_add', facility_id, region_id, true, now_is FROM made) SELECT id FROM "
	    "made";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	alerts_add_rule(&p, who, rule);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0)
		return edit_refused(pg, code, err);
	*ret_id = pg_get_i64(r, 0, 0);
	return 0;
}

#define OLD                                                                                        \
	"WITH old AS MATERIALIZED (SELECT r.id, " MANAGED(                                         \
	    "r") " AS was FROM alert_rules r WHERE r.id = $2 FOR UPDATE), "                        \
		 "fits AS (SELECT * FROM old WHERE $3 = '*' OR " EDIT_VERSION("was") " = $3), "
#define VERDICT "SELECT EXISTS (SELECT FROM old), EXISTS (SELECT FROM fits), true"

static int run(struct pg *pg, const char *sql, const struct edit *e, int64_t id, bool with_patch,
	       enum edit_verdict *ret, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(e->who));
	pg_add_i64(&p, id);
	if (with_patch)
		edit_add(&p, e);
	else
		pg_add_text(&p, e->version);
	return edit_run(pg, sql, &p, ret, err);
}

#define SET_THRESHOLD EDIT_AS(r, threshold, "($4->>'threshold')::bigint")
#define SET_ENABLED   EDIT_AS(r, enabled, "($4->>'enabled')::boolean")

int thresholds_change(struct pg *pg, const struct edit *e, int64_t id, enum edit_verdict *ret,
		      struct err *err)
{
	static const char sql[] =
	    OLD "made AS (UPDATE alert_rules r SET " SET_THRESHOLD ", " SET_ENABLED ", set_at "
		"= now(), set_by = $1 FROM fits WHERE r.id = fits.id RETURNING r.facility_id, "
		"r.region_id, fits.was, " RULE_NOW " AS now_is), noted AS (INSERT INTO access_log "
		"(who, action, facility_id, region_id, allowed, detail) SELECT $1, "
		"'alert_rule_change', facility_id, region_id, true, jsonb_build_object('rule', "
		"was->'rule', 'ward', was->'ward', 'changed', bedpost_changes(was, now_is)) FROM "
		"made WHERE was <> now_is) " VERDICT;

	return run(pg, sql, e, id, true, ret, err);
}

int thresholds_remove(struct pg *pg, const struct edit *e, int64_t id, enum edit_verdict *ret,
		      struct err *err)
{
	static const char sql[] =
	    OLD "gone AS (DELETE FROM alert_rules r USING fits WHERE r.id = fits.id "
		"RETURNING r.facility_id, r.region_id, fits.was), "
		"noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
		"detail) SELECT $1, 'alert_rule_remove', facility_id, region_id, true, was "
		"FROM gone) " VERDICT;

	return run(pg, sql, e, id, false, ret, err);
}

#include "store/alerts.h"

#include "store/subscriptions.h"

/* Region and home exist? Each may be SPAN_NONE. */
static int place_is_there(struct pg *pg, struct span region_id, struct span facility_id,
			  struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, region_id);
	pg_add_text(&p, facility_id);
	int e = pg_query(pg,
			 "SELECT $1::text IS NULL OR EXISTS (SELECT FROM regions WHERE id = $1), "
			 "$2::text IS NULL OR EXISTS (SELECT FROM facilities WHERE id = $2)",
			 &p, &r, err);
	if (e < 0)
		return e;
	if (!pg_get_bool(r, 0, 0))
		return err_set(err, ERR_NOT_FOUND, "there is no region " SPAN_FMT,
			       SPAN_ARG(region_id));
	if (!pg_get_bool(r, 0, 1))
		return err_set(err, ERR_NOT_FOUND, "there is no facility " SPAN_FMT,
			       SPAN_ARG(facility_id));
	return 0;
}

/* ---- rules ---- */

static int check_rule(struct span rule, enum alert_rule *ret, struct err *err)
{
	_cleanup_(buf_done) struct buf names = BUF_INIT;

	if (alert_rule_parse(rule, ret))
		return 0;
	alert_rule_list(&names);
	return err_set(err, ERR_INVALID, "not a rule; rules are %s", names.p);
}

static int check_place(struct span region_id, struct span facility_id, struct err *err)
{
	if (region_id.p && facility_id.p)
		return err_set(err, ERR_INVALID, "a region or a facility, not both");
	return 0;
}

static int check_setting(const struct alerts_rule *s, struct err *err)
{
	enum alert_rule rule;
	int e = check_rule(s->rule, &rule, err);

	if (e == 0)
		e = check_place(s->region_id, s->facility_id, err);
	if (e < 0)
		return e;
	const struct alert_term *term = alert_term(rule);
	if (s->ward.p && !s->facility_id.p)
		return err_set(err, ERR_INVALID, "a ward goes with its facility");
	if (s->ward.p && !term->of_ward)
		return err_set(err, ERR_INVALID, "%s is of a home as a whole, not of a ward",
			       term->name);
	if (s->threshold != ALERTS_DEFAULT && s->threshold < 0)
		return err_set(err, ERR_INVALID, "a threshold is 0 or more");
	if (s->threshold != ALERTS_DEFAULT && term->measure == ALERT_WITHOUT)
		return err_set(err, ERR_INVALID, "%s has no threshold", term->name);
	return 0;
}

void alerts_add_rule(struct pg_params *p, const char *who, const struct alerts_rule *rule)
{
	pg_add_text(p, span_str(who));
	pg_add_text(p, rule->rule);
	pg_add_text(p, rule->region_id);
	pg_add_text(p, rule->facility_id);
	pg_add_text(p, rule->ward);
	if (rule->threshold == ALERTS_DEFAULT)
		pg_add_null(p, PG_INT8);
	else
		pg_add_i64(p, rule->threshold);
	pg_add_bool(p, rule->enabled);
}

int alerts_rule_set(struct pg *pg, const char *who, const struct alerts_rule *rule, struct err *err)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO alert_rules (rule, region_id, facility_id, ward, threshold, "
	    "enabled, set_by) VALUES ($2, $3, $4, $5, $6, $7, $1) "
	    "ON CONFLICT (coalesce(facility_id, ''), coalesce(region_id, ''), coalesce(ward, ''), "
	    "rule) DO UPDATE SET threshold = excluded.threshold, enabled = excluded.enabled, "
	    "set_at = now(), set_by = excluded.set_by RETURNING facility_id, region_id) "
	    "INSERT INTO access_log (who, action, facility_id, region_id, allowed, detail) "
	    "SELECT $1, 'alert_rule_set', facility_id, region_id, true, "
	    "jsonb_build_object('rule', $2::text, 'ward', $5::text, 'threshold', $6::bigint, "
	    "'enabled', $7::boolean) FROM made";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	int e = check_setting(rule, err);
	if (e == 0)
		e = place_is_there(pg, rule->region_id, rule->facility_id, err);
	if (e < 0)
		return e;
	alerts_add_rule(&p, who, rule);
	return pg_query(pg, sql, &p, NULL, err);
}

int alerts_rules(struct pg *pg, struct arena *a, struct alerts_rule **ret, size_t *ret_n,
		 struct err *err)
{
	static const char sql[] =
	    "SELECT rule, region_id, facility_id, ward, coalesce(threshold, -1), enabled, set_at, "
	    "set_by FROM alert_rules ORDER BY facility_id NULLS FIRST, ward NULLS FIRST, "
	    "region_id NULLS FIRST, rule";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_query(pg, sql, NULL, &r, err);

	if (e < 0)
		return e;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct alerts_rule, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*ret)[i] = (struct alerts_rule){
		    .rule = pg_copy_text(a, r, i, 0),
		    .region_id = pg_copy_text(a, r, i, 1),
		    .facility_id = pg_copy_text(a, r, i, 2),
		    .ward = pg_copy_text(a, r, i, 3),
		    .threshold = pg_get_i64(r, i, 4),
		    .enabled = pg_get_bool(r, i, 5),
		    .set_at = pg_get_time(r, i, 6),
		    .set_by = pg_copy_text(a, r, i, 7),
		};
	return 0;
}

/* ---- subscriptions ---- */

static int check_secret(const struct alerts_subscription *s, struct err *err)
{
	bool webhook = span_eq_str(s->channel, "webhook");

	if (span_eq_str(s->channel, "email"))
		return s->secret.p ? err_set(err, ERR_INVALID, "email has no secret") : 0;
	if (!s->secret.p && !webhook)
		return 0;
	if (s->secret.n < (webhook ? ALERTS_SECRET_MIN : 1) || s->secret.n > ALERTS_SECRET_MAX)
		return err_set(err, ERR_INVALID, "a secret has %d to %d characters",
			       webhook ? ALERTS_SECRET_MIN : 1, ALERTS_SECRET_MAX);
	if (!webhook && !subscriptions_is_plain(s->secret))
		return err_set(err, ERR_INVALID, "a push server's token has no spaces in it");
	return 0;
}

static int check_subscription(const struct alerts_subscription *s, struct err *err)
{
	enum alert_rule rule;

	if (!alert_word(alert_channels, s->channel))
		return err_set(err, ERR_INVALID, "a channel is webhook, email or push");
	if (s->language.p && !alert_word(alert_languages, s->language))
		return err_set(err, ERR_INVALID, "a language is en or nb");
	const char *fault = subscriptions_target_fault(s->channel, s->target);
	if (fault)
		return err_set(err, ERR_INVALID, "the target: %s", fault);
	int e = check_place(s->region_id, s->facility_id, err);
	if (e == 0 && s->rule.p)
		e = check_rule(s->rule, &rule, err);
	return e < 0 ? e : check_secret(s, err);
}

int alerts_subscribe(struct pg *pg, const char *who, const struct alerts_subscription *s,
		     int64_t *ret_id, struct err *err)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO subscriptions (channel, target, secret, region_id, "
	    "facility_id, rule, language, created_by, user_id, token_id) SELECT $2, $3, $4, $5, "
	    "$6, $7, $8, $1, nullif($9::bigint, 0), nullif($10::bigint, 0) "
	    "WHERE ($9 = 0 AND $10 = 0) OR (SELECT count(*) FROM subscriptions WHERE ended_at IS "
	    "NULL "
	    "AND (user_id = nullif($9, 0) OR token_id = nullif($10, 0))) < $11 "
	    "RETURNING id, facility_id, region_id), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
	    "detail) SELECT $1, 'alert_subscribe', facility_id, region_id, true, "
	    "jsonb_build_object('subscription', id, 'channel', $2::text) FROM made) "
	    "SELECT id FROM made";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	int e = check_subscription(s, err);
	if (e == 0)
		e = place_is_there(pg, s->region_id, s->facility_id, err);
	if (e < 0)
		return e;
	pg_add_text(&p, span_str(who));
	pg_add_text(&p, s->channel);
	pg_add_text(&p, s->target);
	pg_add_bytes(&p, s->secret);
	pg_add_text(&p, s->region_id);
	pg_add_text(&p, s->facility_id);
	pg_add_text(&p, s->rule);
	pg_add_text(&p, s->language.p ? s->language : span_str(alert_languages[0]));
	pg_add_i64(&p, s->user_id);
	pg_add_i64(&p, s->token_id);
	pg_add_i64(&p, ALERTS_SUBSCRIPTIONS_MAX);
	e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	if (!pg_rows(r))
		return err_set(err, ERR_FULL, "%d subscriptions are enough: end one first",
			       ALERTS_SUBSCRIPTIONS_MAX);
	*ret_id = pg_get_i64(r, 0, 0);
	return 0;
}

int alerts_unsubscribe(struct pg *pg, const char *who, int64_t id, struct err *err)
{
	static const char sql[] =
	    "WITH ended AS (UPDATE subscriptions SET ended_at = coalesce(ended_at, now()) "
	    "WHERE id = $2 RETURNING id, facility_id, region_id), "
	    "given_up AS (UPDATE deliveries d SET failed_at = now(), last_error = 'unsubscribed' "
	    "FROM ended WHERE d.subscription_id = ended.id AND d.delivered_at IS NULL"
	    " AND d.failed_at IS NULL), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
	    "detail) SELECT $1, 'alert_unsubscribe', facility_id, region_id, true, "
	    "jsonb_build_object('subscription', id) FROM ended) "
	    "SELECT count(*) FROM ended";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_i64(&p, id);
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	return pg_get_i64(r, 0, 0)
		   ? 0
		   : err_set(err, ERR_NOT_FOUND, "there is no subscription %lld", (long long)id);
}

int alerts_subscriptions(struct pg *pg, struct arena *a, struct alerts_subscription **ret,
			 size_t *ret_n, struct err *err)
{
	static const char sql[] =
	    "SELECT s.id, s.channel, s.target, s.region_id, s.facility_id, s.rule, s.created_at, "
	    "s.ended_at, d.waiting, d.failed, d.last_error, s.language, s.created_by "
	    "FROM subscriptions s "
	    "CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE delivered_at IS NULL AND failed_at "
	    "IS NULL) AS waiting, count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed, "
	    "max(last_error) FILTER (WHERE delivered_at IS NULL AND failed_at IS NULL) AS "
	    "last_error FROM deliveries WHERE subscription_id = s.id) AS d ORDER BY s.id";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int e = pg_query(pg, sql, NULL, &r, err);

	if (e < 0)
		return e;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct alerts_subscription, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*ret)[i] = (struct alerts_subscription){
		    .id = pg_get_i64(r, i, 0),
		    .channel = pg_copy_text(a, r, i, 1),
		    .target = pg_copy_text(a, r, i, 2),
		    .region_id = pg_copy_text(a, r, i, 3),
		    .facility_id = pg_copy_text(a, r, i, 4),
		    .rule = pg_copy_text(a, r, i, 5),
		    .created_at = pg_get_time(r, i, 6),
		    .ended_at = pg_get_time(r, i, 7),
		    .waiting = pg_get_i64(r, i, 8),
		    .failed = pg_get_i64(r, i, 9),
		    .last_error = pg_copy_text(a, r, i, 10),
		    .language = pg_copy_text(a, r, i, 11),
		    .created_by = pg_copy_text(a, r, i, 12),
		};
	return 0;
}

/* ---- episodes ---- */

int alerts_episodes(struct pg *pg, bool all, int64_t limit, struct arena *a,
		    struct alerts_episode **ret, size_t *ret_n, struct err *err)
{
	static const char sql[] =
	    "SELECT id, facility_id, rule, ward, value, threshold, opened_at, cleared_at, "
	    "acknowledged_at, acknowledged_by, acknowledged_note FROM alert_history WHERE $1 OR "
	    "cleared_at IS NULL "
	    "ORDER BY opened_at DESC, id LIMIT $2";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	_cleanup_(arena_done) struct arena scratch = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&scratch);

	pg_add_bool(&p, all);
	pg_add_i64(&p, limit);
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct alerts_episode, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*ret)[i] = (struct alerts_episode){
		    .id = pg_copy_text(a, r, i, 0),
		    .facility_id = pg_copy_text(a, r, i, 1),
		    .rule = pg_copy_text(a, r, i, 2),
		    .ward = pg_copy_text(a, r, i, 3),
		    .value = pg_get_i64(r, i, 4),
		    .threshold = pg_get_i64(r, i, 5),
		    .opened_at = pg_get_time(r, i, 6),
		    .cleared_at = pg_get_time(r, i, 7),
		    .acknowledged_at = pg_get_time(r, i, 8),
		    .acknowledged_by = pg_copy_text(a, r, i, 9),
		    .acknowledged_note = pg_copy_text(a, r, i, 10),
		};
	return 0;
}

#include "store/subscriptions.h"

#include <string.h>

/* ---- targets ---- */

bool subscriptions_is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f ||
		    strchr("<>\"\\", s.p[i]))
			return false;
	return s.n > 0 && s.n <= ALERTS_TARGET_MAX;
}

static bool is_address(struct span s)
{
	struct span local;

	return span_cut(&s, '@', &local) && local.n && s.p && s.n && !memchr(s.p, '@', s.n);
}

/* A user name in a URL would be a password in it, or a host that looks like another. */
static bool is_url(struct span s)
{
	struct span host;

	if (span_starts(s, SPAN("https://")))
		s = span_of(s.p + 8, s.n - 8);
	else if (span_starts(s, SPAN("http://")))
		s = span_of(s.p + 7, s.n - 7);
	else
		return false;
	size_t n = 0;
	while (n < s.n && !strchr("/?#", s.p[n]))
		n++;
	host = span_of(s.p, n);
	return n > 0 && host.p[0] != ':' && !memchr(host.p, '@', n);
}

const char *subscriptions_target_fault(struct span channel, struct span target)
{
	if (span_eq_str(channel, "email"))
		return subscriptions_is_plain(target) && is_address(target)
			   ? NULL
			   : "expected an address such as a@example.org";
	return subscriptions_is_plain(target) && is_url(target)
		   ? NULL
		   : "expected an http:// or https:// address, without a user name in it";
}

/* ---- reading ---- */

#define MANAGED(s)                                                                                 \
	"jsonb_build_object('channel', " s ".channel, 'target', " s ".target, 'region_id', " s     \
	".region_id, 'facility_id', " s ".facility_id, 'rule', " s ".rule, 'language', " s         \
	".language)"
#define IS_THEIRS(s)                                                                               \
	"($1 OR " s ".user_id = nullif($2::bigint, 0) OR " s ".token_id = nullif($3::bigint, 0))"

static void add_owner(struct pg_params *p, const struct subscriptions_owner *o)
{
	pg_add_bool(p, o->all);
	pg_add_i64(p, o->user_id);
	pg_add_i64(p, o->token_id);
}

#define SUBSCRIPTION_NOW       MANAGED("s")
#define SUBSCRIPTION_VERSION   EDIT_VERSION(MANAGED("s"))
#define SUBSCRIPTION_IS_THEIRS IS_THEIRS("s")

int subscriptions_page(struct pg *pg, const struct subscriptions_owner *o,
		       const struct subscriptions_filter *f, struct arena *a,
		       struct pg_result **ret, struct err *err)
{
	static const char sql[] =
	    "SELECT s.id::text, (jsonb_build_object('id', s.id) || " SUBSCRIPTION_NOW " || "
	    "jsonb_build_object('has_secret', s.has_secret, 'owner', coalesce(u.login, "
	    "s.created_by), 'created_at', bedpost_time(s.created_at), 'created_by', "
	    "s.created_by, 'ended_at', bedpost_time(s.ended_at), 'waiting', d.waiting, "
	    "'failed', d.failed, 'last_error', d.last_error, 'last_delivered_at', "
	    "bedpost_time(d.delivered_at), 'etag', " SUBSCRIPTION_VERSION
	    "))::text, " SUBSCRIPTION_VERSION
	    " FROM subscriptions s LEFT JOIN users u ON u.id = s.user_id "
	    "CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE delivered_at IS NULL AND "
	    "failed_at IS NULL) AS waiting, count(*) FILTER (WHERE failed_at IS NOT NULL) AS "
	    "failed, max(delivered_at) AS delivered_at, (array_agg(last_error ORDER BY id "
	    "DESC) FILTER (WHERE last_error IS NOT NULL AND delivered_at IS NULL))[1] AS "
	    "last_error FROM deliveries WHERE subscription_id = s.id) AS d "
	    "WHERE " SUBSCRIPTION_IS_THEIRS
	    " AND ($4 = 0 OR s.id = $4) AND ($5 OR s.ended_at IS NULL) "
	    "AND ($6::text IS NULL OR s.id > $6::bigint) ORDER BY s.id LIMIT $7";
	struct pg_params p = PG_PARAMS(a);

	add_owner(&p, o);
	pg_add_i64(&p, f->id);
	pg_add_bool(&p, f->ended);
	pg_add_text(&p, f->page.cursor);
	pg_add_i64(&p, f->page.limit + 1);
	return pg_query(pg, sql, &p, ret, err);
}

int subscriptions_deliveries(struct pg *pg, const struct subscriptions_owner *o, int64_t id,
			     int64_t limit, struct arena *a, struct pg_result **ret,
			     struct err *err)
{
	static const char sql[] =
	    "SELECT d.id::text, jsonb_build_object('id', d.id, 'facility_id', d.facility_id, "
	    "'created_at', bedpost_time(d.created_at), 'attempts', d.attempts, 'rule', d.rule, "
	    "'delivered_at', bedpost_time(d.delivered_at), 'failed_at', bedpost_time(d.failed_at), "
	    "'next_at', CASE WHEN d.delivered_at IS NULL AND d.failed_at IS NULL THEN "
	    "bedpost_time(d.next_at) END, 'last_error', d.last_error)::text "
	    "FROM subscriptions s JOIN deliveries d ON d.subscription_id = s.id "
	    "WHERE " IS_THEIRS("s") " AND s.id = $4 ORDER BY d.id DESC LIMIT $5";
	struct pg_params p = PG_PARAMS(a);

	add_owner(&p, o);
	pg_add_i64(&p, id);
	pg_add_i64(&p, limit);
	return pg_query(pg, sql, &p, ret, err);
}

/* ---- changing ---- */

/* Here $1 to $3 are the owner, $4 is the version, $5 who, $6 the id. */
#define OLD                                                                                        \
	"WITH old AS MATERIALIZED (SELECT s.id, " MANAGED(                                         \
	    "s") " AS was FROM subscriptions s WHERE s.id = $6 AND s.ended_at IS NULL "            \
		 "AND " IS_THEIRS("s") " FOR UPDATE OF s), "                                       \
				       "fits AS (SELECT * FROM old WHERE $4 = '*' "                \
				       "OR " EDIT_VERSION("was") " = $4), "
#define VERDICT "SELECT EXISTS (SELECT FROM old), EXISTS (SELECT FROM fits), true"
/* Both values of an address, cut. */
#define SHOWN(m)                                                                                   \
	"(" m " || jsonb_build_object('target', regexp_replace(" m                                 \
	"->>'target', '^(https?://[^/?#]*).*$', '\\1')))"
#define NOTED(action, from, detail)                                                                \
	"noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, detail) " \
	"SELECT $5, '" action "', facility_id, region_id, true, jsonb_build_object("               \
	"'subscription', id) || " detail " FROM " from ") "

static void add_edit(struct pg_params *p, const struct subscriptions_owner *o, const struct edit *e,
		     int64_t id)
{
	add_owner(p, o);
	pg_add_text(p, e->version);
	pg_add_text(p, span_str(e->who));
	pg_add_i64(p, id);
}

#define PATCHED(column)                                                                            \
#column " = CASE WHEN $7::jsonb ? '" #column "' THEN $7->>'" #column "' ELSE s." #column   \
		" END"

/* The secret may be written and not read: so it is left out where it stays. */
#define CHANGE(set_secret, secret_changed)                                                         \
	OLD "made AS (UPDATE subscriptions s SET " PATCHED(target) ", " PATCHED(                   \
	    region_id) ", " PATCHED(facility_id) ", " PATCHED(rule) ", " PATCHED(language)         \
	    set_secret                                                                             \
	    " FROM fits WHERE s.id = fits.id RETURNING s.id, s.facility_id, s.region_id, "         \
	    "fits.was, " MANAGED("s") " AS now_is), " NOTED(                                       \
		"alert_subscription_change", "made WHERE was <> now_is OR " secret_changed,        \
		"jsonb_build_object('changed', bedpost_changes(" SHOWN("was") ", " SHOWN(          \
		    "now_is") "), 'target_changed', was->'target' <> now_is->'target', "           \
			      "'secret_changed', " secret_changed ")") VERDICT

int subscriptions_change(struct pg *pg, const struct subscriptions_owner *o, const struct edit *e,
			 int64_t id, struct span secret, enum edit_verdict *ret, struct err *err)
{
	static const char sql[] = CHANGE("", "false"),
			  sql_with_secret[] = CHANGE(", secret = $8", "true");
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	add_edit(&p, o, e, id);
	pg_add_json(&p, e->patch);
	if (secret.p)
		pg_add_bytes(&p, secret);
	return edit_run(pg, secret.p ? sql_with_secret : sql, &p, ret, err);
}

int subscriptions_end(struct pg *pg, const struct subscriptions_owner *o, const struct edit *e,
		      int64_t id, enum edit_verdict *ret, struct err *err)
{
	static const char sql[] = OLD
	    "ended AS (UPDATE subscriptions s SET ended_at = now() FROM fits "
	    "WHERE s.id = fits.id RETURNING s.id, s.facility_id, s.region_id, fits.was), "
	    "given_up AS (UPDATE deliveries SET failed_at = now(), last_error = 'unsubscribed' "
	    "WHERE subscription_id IN (SELECT id FROM ended) AND delivered_at IS NULL "
	    "AND failed_at IS NULL), " NOTED("alert_unsubscribe", "ended", SHOWN("was")) VERDICT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	add_edit(&p, o, e, id);
	return edit_run(pg, sql, &p, ret, err);
}

int subscriptions_test(struct pg *pg, const struct subscriptions_owner *o, const char *who,
		       int64_t id, struct span message_id, enum edit_verdict *ret, struct err *err)
{
	static const char sql[] = OLD
	    "free AS (SELECT f.* FROM fits f WHERE NOT EXISTS (SELECT FROM deliveries d WHERE "
	    "d.subscription_id = f.id AND d.rule = 'test' AND d.delivered_at IS NULL "
	    "AND d.failed_at IS NULL) AND ($1 OR (SELECT count(*) FROM deliveries d JOIN "
	    "subscriptions s ON s.id = d.subscription_id WHERE d.rule = 'test' AND " IS_THEIRS(
		"s") " AND d.created_at > now() - interval '1 minute') < $8)), "
		     "queued AS (INSERT INTO deliveries (subscription_id, notification_id, rule, "
		     "subject, "
		     "body, give_up_at) SELECT id, $7, 'test', CASE was->>'language' WHEN 'nb' "
		     "THEN "
		     "'Bedpost: en prøve' ELSE 'Bedpost: a test' END, CASE WHEN was->>'channel' = "
		     "'webhook' "
		     "THEN json_build_object('id', $7::text, 'at', bedpost_time(now()), 'rule', "
		     "'test', "
		     "'facility_id', NULL, 'facility_name', NULL, 'region_id', NULL, 'alerts', "
		     "'[]'::json)::text WHEN was->>'language' = 'nb' THEN 'Dette er en prøve av "
		     "abonnement "
		     "' "
		     "|| id || E' hos Bedpost. Ingenting har hendt.\\n' ELSE 'This is a test of "
		     "subscription ' "
		     "|| id || E' at Bedpost. Nothing has happened.\\n' END, now() FROM free), "
		     "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, "
		     "allowed, "
		     "detail) "
		     "SELECT $5, 'alert_subscription_test', was->>'facility_id', "
		     "was->>'region_id', true, "
		     "jsonb_build_object('subscription', id) FROM free) "
		     "SELECT EXISTS (SELECT FROM old), EXISTS (SELECT FROM free), true";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	const struct edit e = {.who = who, .version = SPAN(EDIT_ANY)};

	add_edit(&p, o, &e, id);
	pg_add_text(&p, message_id);
	pg_add_i64(&p, SUBSCRIPTIONS_TESTS_MAX);
	return edit_run(pg, sql, &p, ret, err);
}

int subscriptions_retry(struct pg *pg, const struct subscriptions_owner *o, const char *who,
			int64_t id, int64_t delivery, enum edit_verdict *ret, struct err *err)
{
	static const char sql[] = OLD
	    "again AS (UPDATE deliveries d SET failed_at = NULL, next_at = now(), attempts = 0, "
	    "give_up_at = DEFAULT FROM fits WHERE d.subscription_id = fits.id AND d.id = $7 "
	    "AND d.failed_at IS NOT NULL AND d.rule IS DISTINCT FROM 'test' "
	    "AND ($1 OR d.failed_at < now() - interval '" SUBSCRIPTIONS_RETRY_AFTER "') "
	    "RETURNING d.id), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
	    "detail) SELECT $5, 'alert_retry', was->>'facility_id', was->>'region_id', true, "
	    "jsonb_build_object('subscription', fits.id, 'delivery', again.id) FROM fits, again) "
	    "SELECT EXISTS (SELECT FROM old), EXISTS (SELECT FROM again), true";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	const struct edit e = {.who = who, .version = SPAN(EDIT_ANY)};

	add_edit(&p, o, &e, id);
	pg_add_i64(&p, delivery);
	return edit_run(pg, sql, &p, ret, err);
}

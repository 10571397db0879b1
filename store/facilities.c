#include "store/facilities.h"

#define MANAGED(f)                                                                                 \
	"jsonb_build_object('name', " f ".name, 'region_id', " f ".region_id, 'address', " f       \
	".address, 'latitude', " f ".latitude, 'longitude', " f ".longitude, 'timezone', " f       \
	".timezone, 'ward_config', " f ".ward_config, 'conflict_policy', " f                       \
	".conflict_policy, 'auto_register', " f ".auto_register, 'default_care_level', " f         \
	".default_care_level, 'state', CASE WHEN " f                                               \
	".revoked_at IS NULL THEN 'open' ELSE 'closed' END)"

/* ---- reading ---- */

static const char sql_list[] = "SELECT f.id, (jsonb_build_object('id', f.id) || " MANAGED(
    "f") " || jsonb_build_object('created_at', bedpost_time(f.created_at), 'revoked_at', "
	 "bedpost_time(f.revoked_at), 'last_contact_at', bedpost_time(f.last_contact_at), "
	 "'offline_since', bedpost_time(f.offline_since), 'in_sync_at', "
	 "bedpost_time(f.in_sync_at), "
	 "'as_of', bedpost_time(f.as_of), 'queue_depth', f.queue_depth, 'clock_skew_seconds', "
	 "f.clock_skew_us / 1000000, 'agent', f.agent, 'status', "
	 "CASE WHEN f.revoked_at IS NOT NULL THEN 'closed' "
	 "WHEN f.last_contact_at IS NULL OR f.last_contact_at < now() - make_interval(secs => "
	 "$7) "
	 "THEN 'offline' WHEN f.as_of IS NULL OR f.as_of < now() - make_interval(secs => $6) "
	 "THEN 'stale' ELSE 'fresh' END, "
	 "'beds', (SELECT count(*) FROM beds b WHERE b.facility_id = f.id), "
	 "'certificates', (SELECT coalesce(jsonb_agg(jsonb_build_object('fingerprint', "
	 "c.fingerprint, "
	 "'issued_at', bedpost_time(c.issued_at), 'expires_at', bedpost_time(c.expires_at), "
	 "'revoked_at', bedpost_time(c.revoked_at), 'revoked_by', c.revoked_by) "
	 "ORDER BY c.issued_at DESC, c.fingerprint), '[]') FROM certificates c "
	 "WHERE c.facility_id = f.id), "
	 "'certificates_pinned', f.certificates_pinned, "
	 "'refusals', (SELECT coalesce(jsonb_agg(jsonb_build_object('road', r.road, 'reason', "
	 "r.reason, "
	 "'fingerprint', nullif(r.fingerprint, ''), 'first_at', bedpost_time(r.first_at), "
	 "'last_at', "
	 "bedpost_time(r.last_at), 'count', r.n, 'source_ip', host(r.source_ip)) ORDER BY "
	 "r.last_at "
	 "DESC), '[]') FROM contact_refusals r WHERE r.facility_id = f.id), "
	 "'etag', " EDIT_VERSION(MANAGED("f")) "))::text, " EDIT_VERSION(
	     MANAGED("f")) " FROM facilities f WHERE ($1::text IS NULL OR f.id = $1)"
			   " AND ($2::text IS NULL OR f.region_id = $2)"
			   " AND ($3::text IS NULL OR (f.revoked_at IS NULL) = ($3 = 'open'))"
			   " AND ($4::text IS NULL OR f.id > $4) ORDER BY f.id LIMIT $5";

int facilities_list(struct pg *pg, const struct facilities_filter *f, struct arena *a,
		    struct pg_result **ret, struct err *err)
{
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, f->id);
	pg_add_text(&p, f->region_id);
	pg_add_text(&p, f->state);
	pg_add_text(&p, f->page.cursor);
	pg_add_i64(&p, f->page.limit + 1);
	pg_add_double(&p, (double)f->stale_after / USEC_PER_SEC);
	pg_add_double(&p, (double)f->offline_after / USEC_PER_SEC);
	return pg_query(pg, sql_list, &p, ret, err);
}

/* ---- changing ---- */

#define NOTED(action, from, detail)                                                                \
	"noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, detail) " \
	"SELECT $1, '" action "', id, region_id, true, " detail " FROM " from ") "

#define HOME_NOW	    MANAGED("f")
#define WAS_VERSION	    EDIT_VERSION("was")
#define SET_NAME	    EDIT_TEXT(f, name)
#define SET_REGION	    EDIT_TEXT(f, region_id)
#define SET_TIMEZONE	    EDIT_TEXT(f, timezone)
#define SET_CONFLICT_POLICY EDIT_TEXT(f, conflict_policy)
#define SET_CARE_LEVEL	    EDIT_TEXT(f, default_care_level)
#define SET_AUTO_REGISTER   EDIT_AS(f, auto_register, "($4->>'auto_register')::boolean")
#define SET_LATITUDE	    EDIT_AS(f, latitude, "($4->>'latitude')::double precision")
#define SET_LONGITUDE	    EDIT_AS(f, longitude, "($4->>'longitude')::double precision")
#define SET_ADDRESS                                                                                \
	EDIT_AS(f, address,                                                                        \
		"bedpost_merge_patch(f.address, coalesce(nullif($4->'address', 'null'), "          \
		"'{}'))")
#define SET_WARDS                                                                                  \
	EDIT_AS(f, ward_config,                                                                    \
		"bedpost_merge_patch(f.ward_config, "                                              \
		"coalesce(nullif($4->'ward_config', 'null'), '{}'))")
#define CHANGE_NOTED                                                                               \
	NOTED("facility_change", "made WHERE was <> now_is",                                       \
	      "jsonb_build_object('changed', bedpost_changes(was, now_is))")

/* The row is locked before it is compared: a version that fits then is the one that is changed. */
static const char sql_change[] =
    "WITH old AS MATERIALIZED (SELECT f.id, " HOME_NOW " AS was FROM facilities f "
    "WHERE f.id = $2 FOR NO KEY UPDATE), fits AS (SELECT * FROM old WHERE $3 = '*' OR " WAS_VERSION
    " = $3), made AS (UPDATE facilities f SET " SET_NAME ", " SET_REGION ", " SET_TIMEZONE
    ", " SET_CONFLICT_POLICY ", " SET_CARE_LEVEL ", " SET_AUTO_REGISTER ", " SET_LATITUDE
    ", " SET_LONGITUDE ", " SET_ADDRESS ", " SET_WARDS
    " FROM fits WHERE f.id = fits.id RETURNING f.id, f.region_id, fits.was, " HOME_NOW
    " AS now_is), " CHANGE_NOTED "SELECT EXISTS (SELECT FROM old), EXISTS "
    "(SELECT FROM fits), true, (SELECT count(pg_notify('bedpost_changed', id)) FROM "
    "made)";

int facilities_change(struct pg *pg, const struct edit *e, struct span id, enum edit_verdict *ret,
		      struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(e->who));
	pg_add_text(&p, id);
	edit_add(&p, e);
	return edit_run(pg, sql_change, &p, ret, err);
}

/* ---- certificates ---- */

static int one_home(struct pg *pg, const char *sql, const struct pg_params *p, struct span id,
		    struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = pg_query(pg, sql, p, &r, err);

	if (code < 0)
		return code;
	if (!pg_get_i64(r, 0, 0))
		return err_set(err, ERR_NOT_FOUND, "there is no facility " SPAN_FMT, SPAN_ARG(id));
	if (pg_get_bool(r, 0, 1))
		return err_set(err, ERR_DENIED,
			       "facility " SPAN_FMT
			       " is revoked; bedpost-admin facility enrol opens it again",
			       SPAN_ARG(id));
	return 0;
}

#define REVOCATION_NOTED                                                                           \
	NOTED("facility_revoke", "home",                                                           \
	      "jsonb_build_object('certificates', (SELECT coalesce(jsonb_agg(fingerprint), "       \
	      "'[]') FROM ended))")

int facilities_revoke(struct pg *pg, const char *who, struct span id, struct err *err)
{
	static const char sql[] =
	    "WITH home AS (UPDATE facilities SET revoked_at = coalesce(revoked_at, now()), "
	    "certificates_pinned = true WHERE id = $2 RETURNING id, region_id), ended AS "
	    "(UPDATE certificates SET revoked_at = now(), revoked_by = $1 WHERE facility_id = "
	    "$2 AND revoked_at IS NULL RETURNING fingerprint), " REVOCATION_NOTED "SELECT "
	    "count(pg_notify('bedpost_changed', id)), false FROM home";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, id);
	return one_home(pg, sql, &p, id, err);
}

#define ENROLMENT_NOTED                                                                            \
	NOTED("facility_enrol", "home WHERE NOT closed",                                           \
	      "jsonb_build_object('certificate', $3::text, 'revoked', (SELECT "                    \
	      "coalesce(jsonb_agg(fingerprint), '[]') FROM ended))")

int facilities_enrolled(struct pg *pg, const char *who, const struct facilities_certificate *c,
			struct err *err)
{
	static const char sql[] =
	    "WITH home AS (UPDATE facilities SET revoked_at = CASE WHEN $5 THEN NULL ELSE "
	    "revoked_at END, certificates_pinned = certificates_pinned OR $5 WHERE id = $2 "
	    "RETURNING id, region_id, revoked_at IS NOT NULL AS closed), made AS (INSERT INTO "
	    "certificates (facility_id, fingerprint, expires_at) SELECT id, $3, $4 FROM home "
	    "WHERE NOT closed ON CONFLICT DO NOTHING), ended AS (UPDATE certificates SET "
	    "revoked_at = now(), revoked_by = $1 WHERE $5 AND facility_id = $2 AND revoked_at "
	    "IS NULL RETURNING fingerprint), " ENROLMENT_NOTED "SELECT "
	    "count(pg_notify('bedpost_changed', id)), coalesce(bool_or(closed), false) FROM "
	    "home";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, c->facility_id);
	pg_add_text(&p, span_str(c->fingerprint));
	pg_add_time(&p, c->expires_at);
	pg_add_bool(&p, c->only);
	return one_home(pg, sql, &p, c->facility_id, err);
}

/* ---- refusals ---- */

int facilities_refused(struct pg *pg, const struct facilities_refusal *f, struct err *err)
{
	static const char sql[] =
	    "WITH seen AS (INSERT INTO contact_refusals AS c "
	    "(facility_id, road, reason, fingerprint, source_ip) "
	    "SELECT id, $2, $3, $4, $5::inet FROM facilities WHERE id = $1 "
	    "ON CONFLICT (facility_id, road, reason, fingerprint) DO UPDATE SET n = c.n + 1, "
	    "last_at = now(), source_ip = excluded.source_ip, noted_at = CASE WHEN "
	    "c.noted_at < now() - interval '1 hour' THEN now() ELSE c.noted_at END "
	    "RETURNING facility_id, noted_at, last_at) "
	    "INSERT INTO access_log (action, facility_id, region_id, allowed, source_ip, detail) "
	    "SELECT 'contact', seen.facility_id, f.region_id, false, $5::inet, "
	    "jsonb_build_object('reason', $3::text, 'road', $2::text, "
	    "'certificate', nullif($4::text, '')) FROM seen JOIN facilities f ON "
	    "f.id = seen.facility_id WHERE seen.noted_at = seen.last_at";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, f->facility_id);
	pg_add_text(&p, span_str(f->road));
	pg_add_text(&p, span_str(f->reason));
	pg_add_text(&p, f->fingerprint.p ? f->fingerprint : SPAN(""));
	pg_add_text(&p, f->source_ip.n ? f->source_ip : SPAN_NONE);
	int code = pg_send(pg, sql, &p, err);
	if (code == 0)
		code = pg_sync(pg, err);
	return code == 0 ? pg_received(pg, err) : code;
}

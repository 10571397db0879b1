/* Every change is one statement with its note in the access log: they stand or fall together even
 * without a transaction around them. */
#include "store/registry.h"

#include <stdio.h>
#include <string.h>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

#define TOKEN_BYTES 32

void registry_token_make(char ret[REGISTRY_TOKEN_CHARS + 1])
{
	uint8_t bytes[TOKEN_BYTES];
	int n = snprintf(ret, REGISTRY_TOKEN_CHARS + 1, "%s", REGISTRY_TOKEN_PREFIX);

	randombytes_buf(bytes, sizeof(bytes));
	(void)sodium_bin2base64(ret + n, (size_t)(REGISTRY_TOKEN_CHARS + 1 - n), bytes,
				sizeof(bytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
}

struct digest registry_token_hash(struct span token)
{
	return digest_of(token);
}

static int not_found(struct err *err, const char *what, struct span id)
{
	return err_set(err, ERR_NOT_FOUND, "there is no %s " SPAN_FMT, what, SPAN_ARG(id));
}

/* ---- regions ---- */

int registry_region_add(struct pg *pg, const char *who, struct span id, struct span name,
			enum registry_added *ret, struct err *err)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO regions (id, name) VALUES ($2, $3) ON CONFLICT (id) DO "
	    "NOTHING RETURNING id), "
	    "noted AS (INSERT INTO access_log (who, action, region_id, allowed) "
	    "SELECT $1, 'region_add', id, true FROM made) "
	    "SELECT (SELECT count(*) FROM made), (SELECT name FROM regions WHERE id = $2)";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, id);
	pg_add_text(&p, name);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0)
		return code;
	*ret = pg_get_i64(r, 0, 0) ? REGISTRY_NEW : REGISTRY_SAME;
	if (*ret == REGISTRY_SAME && !span_eq(pg_get_text(r, 0, 1), name))
		return err_set(err, ERR_EXISTS,
			       "region " SPAN_FMT " is there already and has another name",
			       SPAN_ARG(id));
	return 0;
}

int registry_regions(struct pg *pg, struct arena *a, struct registry_region **ret, size_t *ret_n,
		     struct err *err)
{
	static const char sql[] = "SELECT r.id, r.name, r.created_at, (SELECT count(*) FROM "
				  "facilities f WHERE f.region_id = r.id) "
				  "FROM regions r ORDER BY r.id";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = pg_query(pg, sql, NULL, &r, err);

	if (code < 0)
		return code;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct registry_region, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*ret)[i] = (struct registry_region){
		    .id = pg_copy_text(a, r, i, 0),
		    .name = pg_copy_text(a, r, i, 1),
		    .created_at = pg_get_time(r, i, 2),
		    .facilities = pg_get_i64(r, i, 3),
		};
	return 0;
}

/* ---- homes ---- */

static void add_place(struct pg_params *p, const struct registry_facility *f)
{
	if (f->has_place) {
		pg_add_double(p, f->latitude);
		pg_add_double(p, f->longitude);
	} else {
		pg_add_null(p, PG_FLOAT8);
		pg_add_null(p, PG_FLOAT8);
	}
}

static int region_is_there(struct pg *pg, struct span region, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, region);
	int code = pg_query(pg, "SELECT 1 FROM regions WHERE id = $1", &p, &r, err);
	if (code < 0)
		return code;
	return pg_rows(r) ? 0 : not_found(err, "region", region);
}

static int bad_policy(struct err *err)
{
	return err_set(err, ERR_INVALID, "a conflict policy is hold, source_wins or latest_wins");
}

int registry_facility_add(struct pg *pg, const char *who, const struct registry_facility *f,
			  enum registry_added *ret, struct err *err)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO facilities (id, name, region_id, timezone, address, "
	    "latitude, longitude, conflict_policy) "
	    "VALUES ($2, $3, $4, coalesce($5, 'UTC'), "
	    "CASE WHEN $6::text IS NULL THEN '{}' ELSE jsonb_build_object('text', $6::text) END, "
	    "$7, $8, coalesce($9, 'hold')) "
	    "ON CONFLICT (id) DO NOTHING RETURNING id, region_id), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed) "
	    "SELECT $1, 'facility_add', id, region_id, true FROM made) "
	    "SELECT (SELECT count(*) FROM made), f.name, f.region_id, f.revoked_at IS NOT NULL "
	    "FROM (SELECT 1) one LEFT JOIN facilities f ON f.id = $2";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	int code = region_is_there(pg, f->region_id, err);
	if (code < 0)
		return code;
	pg_add_text(&p, span_str(who));
	pg_add_text(&p, f->id);
	pg_add_text(&p, f->name);
	pg_add_text(&p, f->region_id);
	pg_add_text(&p, f->timezone);
	pg_add_text(&p, f->address);
	add_place(&p, f);
	pg_add_text(&p, f->conflict_policy);
	code = pg_query(pg, sql, &p, &r, err);
	if (code < 0 && strcmp(pg_sqlstate(pg), "23514") == 0)
		return bad_policy(err);
	if (code < 0)
		return code;
	*ret = pg_get_i64(r, 0, 0) ? REGISTRY_NEW : REGISTRY_SAME;
	if (*ret == REGISTRY_NEW)
		return 0;
	if (!span_eq(pg_get_text(r, 0, 1), f->name) || !span_eq(pg_get_text(r, 0, 2), f->region_id))
		return err_set(err, ERR_EXISTS,
			       "facility " SPAN_FMT
			       " is there already, with another name or region",
			       SPAN_ARG(f->id));
	if (pg_get_bool(r, 0, 3))
		return err_set(err, ERR_DENIED,
			       "facility " SPAN_FMT
			       " is revoked; bedpost-admin facility enrol opens it again",
			       SPAN_ARG(f->id));
	return 0;
}

static void read_facility(struct arena *a, const struct pg_result *r, int i,
			  struct registry_facility *f)
{
	*f = (struct registry_facility){
	    .id = pg_copy_text(a, r, i, 0),
	    .name = pg_copy_text(a, r, i, 1),
	    .region_id = pg_copy_text(a, r, i, 2),
	    .timezone = pg_copy_text(a, r, i, 3),
	    .address = pg_copy_text(a, r, i, 4),
	    .has_place = !pg_is_null(r, i, 5) && !pg_is_null(r, i, 6),
	    .latitude = pg_get_double(r, i, 5),
	    .longitude = pg_get_double(r, i, 6),
	    .created_at = pg_get_time(r, i, 7),
	    .revoked_at = pg_get_time(r, i, 8),
	    .last_contact_at = pg_get_time(r, i, 9),
	    .offline_since = pg_get_time(r, i, 10),
	    .beds = pg_get_i64(r, i, 11),
	    .conflict_policy = pg_copy_text(a, r, i, 12),
	};
}

int registry_facilities(struct pg *pg, struct span region, struct span facility, struct arena *a,
			struct registry_facility **ret, size_t *ret_n, struct err *err)
{
	static const char sql[] =
	    "SELECT f.id, f.name, f.region_id, f.timezone, f.address->>'text', f.latitude, "
	    "f.longitude, f.created_at, "
	    "f.revoked_at, f.last_contact_at, f.offline_since, "
	    "(SELECT count(*) FROM beds b WHERE b.facility_id = f.id), f.conflict_policy "
	    "FROM facilities f "
	    "WHERE ($1::text IS NULL OR f.region_id = $1) AND ($2::text IS NULL OR f.id = $2) "
	    "ORDER BY f.region_id, f.id";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);

	pg_add_text(&p, region);
	pg_add_text(&p, facility);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0)
		return code;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct registry_facility, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		read_facility(a, r, i, &(*ret)[i]);
	return 0;
}

int registry_facility_set_policy(struct pg *pg, const char *who, struct span id,
				 struct span conflict_policy, struct err *err)
{
	static const char sql[] =
	    "WITH home AS (UPDATE facilities SET conflict_policy = $3 WHERE id = $2 "
	    "RETURNING id, region_id), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
	    "detail) "
	    "SELECT $1, 'facility_set', id, region_id, true, "
	    "jsonb_build_object('conflict_policy', $3::text) FROM home) "
	    "SELECT count(*) FROM home";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, id);
	pg_add_text(&p, conflict_policy);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0 && strcmp(pg_sqlstate(pg), "23514") == 0) /* check_violation */
		return bad_policy(err);
	if (code < 0)
		return code;
	return pg_get_i64(r, 0, 0) ? 0 : not_found(err, "facility", id);
}

int registry_facility_is_there(struct pg *pg, struct span id, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, id);
	int code = pg_query(pg, "SELECT 1 FROM facilities WHERE id = $1", &p, &r, err);
	if (code < 0)
		return code;
	return pg_rows(r) ? 0 : not_found(err, "facility", id);
}

int registry_facility_renewed(struct pg *pg, const char *who, struct span id, struct err *err)
{
	static const char sql[] =
	    "WITH home AS (SELECT id, region_id, revoked_at FROM facilities WHERE id = $2), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed) "
	    "SELECT $1, 'facility_renew', id, region_id, revoked_at IS NULL FROM home) "
	    "SELECT revoked_at IS NOT NULL FROM home";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, id);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0)
		return code;
	if (pg_rows(r) == 0)
		return not_found(err, "facility", id);
	if (pg_get_bool(r, 0, 0))
		return err_set(err, ERR_DENIED,
			       "facility " SPAN_FMT
			       " is revoked; bedpost-admin facility enrol opens it again",
			       SPAN_ARG(id));
	return 0;
}

/* ---- tokens ---- */

static const struct {
	const char *name;
	bool of_facility, of_region;
} roles[] = {
    {"FACILITY_STAFF", .of_facility = true},
    {"FACILITY_MANAGER", .of_facility = true},
    {"REGIONAL_COORDINATOR", .of_region = true},
    {"SYSTEM_ADMIN"},
};

static int role_of(struct span role)
{
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (span_eq_str(role, roles[i].name))
			return (int)i;
	return -1;
}

bool registry_role_is_known(struct span role)
{
	return role_of(role) >= 0;
}

bool registry_role_is_of_facility(struct span role)
{
	int i = role_of(role);

	return i >= 0 && roles[i].of_facility;
}

bool registry_role_is_of_region(struct span role)
{
	int i = role_of(role);

	return i >= 0 && roles[i].of_region;
}

int registry_token_add(struct pg *pg, const char *who, const struct registry_token *t,
		       const struct digest *hash, int64_t *ret_id, struct err *err)
{
	static const char sql[] = "WITH made AS (INSERT INTO api_tokens (hash, name, role, "
				  "facility_id, region_id, expires_at) "
				  "VALUES ($2, $3, $4, $5, $6, $7) RETURNING id), "
				  "noted AS (INSERT INTO access_log (who, action, facility_id, "
				  "region_id, allowed, detail) "
				  "SELECT $1, 'token_add', $5, $6, true, "
				  "jsonb_build_object('token', id, 'role', $4::text) FROM made) "
				  "SELECT id FROM made";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_bytes(&p, span_of((const char *)hash->b, DIGEST_BYTES));
	pg_add_text(&p, t->name);
	pg_add_text(&p, t->role);
	pg_add_text(&p, t->facility_id);
	pg_add_text(&p, t->region_id);
	pg_add_time(&p, t->expires_at);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0 && strcmp(pg_sqlstate(pg), "23503") == 0) /* foreign_key_violation */
		return t->facility_id.p ? not_found(err, "facility", t->facility_id)
					: not_found(err, "region", t->region_id);
	if (code < 0)
		return code;
	*ret_id = pg_get_i64(r, 0, 0);
	return 0;
}

int registry_tokens(struct pg *pg, struct arena *a, struct registry_token **ret, size_t *ret_n,
		    struct err *err)
{
	static const char sql[] =
	    "SELECT id, name, role, facility_id, region_id, expires_at, created_at, revoked_at, "
	    "last_used_at FROM api_tokens ORDER BY id";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = pg_query(pg, sql, NULL, &r, err);

	if (code < 0)
		return code;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct registry_token, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*ret)[i] = (struct registry_token){
		    .id = pg_get_i64(r, i, 0),
		    .name = pg_copy_text(a, r, i, 1),
		    .role = pg_copy_text(a, r, i, 2),
		    .facility_id = pg_copy_text(a, r, i, 3),
		    .region_id = pg_copy_text(a, r, i, 4),
		    .expires_at = pg_get_time(r, i, 5),
		    .created_at = pg_get_time(r, i, 6),
		    .revoked_at = pg_get_time(r, i, 7),
		    .last_used_at = pg_get_time(r, i, 8),
		};
	return 0;
}

int registry_token_revoke(struct pg *pg, const char *who, int64_t id, struct err *err)
{
	static const char sql[] =
	    "WITH over AS (UPDATE api_tokens SET revoked_at = now() WHERE id "
	    "= $2 AND revoked_at IS NULL "
	    "RETURNING id, facility_id, region_id), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, "
	    "region_id, allowed, detail) "
	    "SELECT $1, 'token_revoke', facility_id, region_id, true, "
	    "jsonb_build_object('token', id) FROM over), "
	    "ended AS (UPDATE subscriptions SET ended_at = now() WHERE "
	    "ended_at IS NULL AND token_id IN (SELECT id FROM over) RETURNING id), "
	    "given_up AS (UPDATE deliveries SET failed_at = now(), last_error = "
	    "'unsubscribed' WHERE subscription_id IN (SELECT id FROM ended) AND "
	    "delivered_at IS NULL AND failed_at IS NULL) "
	    "SELECT count(*) FROM api_tokens WHERE id = $2";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_i64(&p, id);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0)
		return code;
	return pg_get_i64(r, 0, 0)
		   ? 0
		   : err_set(err, ERR_NOT_FOUND, "there is no token %lld", (long long)id);
}

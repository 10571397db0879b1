#include "regional/api/credentials.h"

#include <stdio.h>

#include "regional/live/source.h"
#include "store/users.h"

/* 0 token, 1 user, 2 name, 3 display, 4 role, 5 facility, 6 region,
 * 7 expires, 8 csrf, 9 password */
enum { TOKEN, USER, NAME, DISPLAY, ROLE, FACILITY, REGION, EXPIRES, CSRF, PASSWORD };

static void read_who(const struct pg_result *r, struct who *ret)
{
	struct span csrf = pg_get_text(r, 0, CSRF);

	*ret = (struct who){.token_id = pg_get_i64(r, 0, TOKEN),
			    .user_id = pg_get_i64(r, 0, USER),
			    .expires_at = pg_get_time(r, 0, EXPIRES),
			    .by_session = csrf.p != NULL};
	(void)who_role_parse(pg_get_text(r, 0, ROLE), &ret->role);
	avail_copy_text(ret->facility_id, pg_get_text(r, 0, FACILITY));
	avail_copy_text(ret->region_id, pg_get_text(r, 0, REGION));
	source_copy_text(ret->name, sizeof(ret->name) - 1, pg_get_text(r, 0, NAME));
	source_copy_text(ret->display, sizeof(ret->display) - 1, pg_get_text(r, 0, DISPLAY));
	(void)snprintf(ret->csrf, sizeof(ret->csrf), SPAN_FMT, SPAN_ARG(csrf));
}

static int ask(struct pg *pg, const char *sql, const struct pg_params *p, struct pg_result **ret,
	       struct who *ret_who, struct err *err)
{
	int e = pg_query(pg, sql, p, ret, err);

	if (e < 0)
		return e;
	if (!pg_rows(*ret))
		return err_set(err, ERR_NOT_FOUND, "no such credential");
	read_who(*ret, ret_who);
	return ret_who->role == WHO_NOBODY ? err_set(err, ERR_CORRUPT, "an unknown role") : 0;
}

static void add_key(struct pg_params *p, const struct digest *key)
{
	pg_add_bytes(p, span_of((const char *)key->b, DIGEST_BYTES));
}

int credentials_token(struct pg *pg, const struct digest *key, struct who *ret, struct err *err)
{
	static const char sql[] =
	    "SELECT id, NULL::bigint, name, name, role, facility_id, region_id, expires_at, "
	    "NULL::text FROM api_tokens WHERE hash = $1 AND revoked_at IS NULL"
	    " AND (expires_at IS NULL OR expires_at > now())";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	add_key(&p, key);
	return ask(pg, sql, &p, &r, ret, err);
}

/* A user's role and scope are those of now, not those of the login. */
int credentials_session(struct pg *pg, const struct digest *key, struct who *ret, struct err *err)
{
	static const char sql[] =
	    "SELECT t.id, u.id, coalesce(u.login, t.name), coalesce(u.name, t.name), "
	    "coalesce(u.role, t.role), coalesce(u.facility_id, t.facility_id), "
	    "coalesce(u.region_id, t.region_id), s.expires_at, encode(s.csrf, 'hex')"
	    " FROM sessions s LEFT JOIN api_tokens t ON t.id = s.token_id AND t.revoked_at IS NULL"
	    " AND (t.expires_at IS NULL OR t.expires_at > now())"
	    " LEFT JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL"
	    " WHERE s.hash = $1 AND s.expires_at > now() AND coalesce(t.id, u.id) IS NOT NULL"
	    " AND coalesce(s.last_used_at, s.created_at) > now() - $2 * interval '1 microsecond'";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	add_key(&p, key);
	pg_add_double(&p, CREDENTIALS_IDLE);
	return ask(pg, sql, &p, &r, ret, err);
}

int credentials_user(struct pg *pg, struct span login, struct who *ret,
		     char ret_hash[PASSWORD_HASH], struct err *err)
{
	static const char sql[] =
	    "SELECT NULL::bigint, id, login, name, role, facility_id, region_id, "
	    "NULL::timestamptz, NULL::text, password FROM users"
	    " WHERE login = $1 AND disabled_at IS NULL AND password IS NOT NULL";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, login);
	int e = ask(pg, sql, &p, &r, ret, err);
	if (e == 0)
		(void)snprintf(ret_hash, PASSWORD_HASH, SPAN_FMT,
			       SPAN_ARG(pg_get_text(r, 0, PASSWORD)));
	return e;
}

/* One statement, so that two first log-ins at once link one subject. What it links is not visible
 * to its own last part, hence the union. */
int credentials_identity(struct pg *pg, const struct credentials_identity *id, struct who *ret,
			 bool *ret_first, struct err *err)
{
	static const char sql[] =
	    "WITH linked AS (SELECT user_id FROM user_identities"
	    " WHERE issuer = $1 AND subject = $2),"
	    " fresh AS (INSERT INTO user_identities (issuer, subject, user_id, linked_by)"
	    " SELECT $1, $2, id, 'claim' FROM users WHERE login = $3 AND disabled_at IS NULL"
	    " AND NOT EXISTS (SELECT FROM linked) ON CONFLICT DO NOTHING RETURNING user_id)"
	    " SELECT NULL::bigint, u.id, u.login, u.name, u.role, u.facility_id, u.region_id, "
	    "NULL::timestamptz, NULL::text, u.disabled_at IS NOT NULL, EXISTS (SELECT FROM fresh)"
	    " FROM users u WHERE u.id IN (SELECT user_id FROM linked UNION SELECT user_id FROM "
	    "fresh) OR (u.login = $3 AND u.disabled_at IS NOT NULL AND NOT EXISTS (SELECT FROM "
	    "linked))";
	enum { DISABLED = PASSWORD, FIRST };
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, id->issuer);
	pg_add_text(&p, id->subject);
	pg_add_text(&p, id->login);
	int e = ask(pg, sql, &p, &r, ret, err);
	if (e == 0 && pg_get_bool(r, 0, DISABLED))
		e = err_set(err, ERR_DENIED, "the user is disabled");
	if (e == 0)
		*ret_first = pg_get_bool(r, 0, FIRST);
	return e;
}

void credentials_used(struct pg *pg, const struct who *who, const struct digest *key)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params token = PG_PARAMS(&a), session = PG_PARAMS(&a);

	if (who->token_id) {
		pg_add_i64(&token, who->token_id);
		(void)pg_query(
		    pg,
		    "UPDATE api_tokens SET last_used_at = now() WHERE id = $1"
		    " AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
		    &token, NULL, NULL);
	}
	if (who->by_session) {
		add_key(&session, key);
		(void)pg_query(
		    pg,
		    "UPDATE sessions SET last_used_at = now() WHERE hash = $1"
		    " AND coalesce(last_used_at, created_at) < now() - interval '1 minute'",
		    &session, NULL, NULL);
	}
}

static void note_login(struct pg *pg, int64_t user_id)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_i64(&p, user_id);
	(void)pg_query(pg, "UPDATE users SET last_login_at = now() WHERE id = $1", &p, NULL, NULL);
}

int credentials_open_session(struct pg *pg, const struct who *who, const struct digest *key,
			     const char *hash, const char *logout_url, struct err *err)
{
	static const char sql[] =
	    "WITH same AS MATERIALIZED (SELECT FROM users WHERE id = $3 AND password = $10 "
	    "AND disabled_at IS NULL FOR SHARE) "
	    "INSERT INTO sessions (hash, token_id, user_id, role, facility_id, region_id, csrf, "
	    "expires_at, logout_url) SELECT $1, nullif($2::bigint, 0), nullif($3::bigint, 0), $4, "
	    "$5, $6, decode($7, 'hex'), $8, $9 WHERE $10::text IS NULL OR EXISTS (SELECT FROM "
	    "same)";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	add_key(&p, key);
	pg_add_i64(&p, who->token_id);
	pg_add_i64(&p, who->user_id);
	pg_add_text(&p, span_str(who_role_name(who->role)));
	pg_add_text(&p, who->facility_id[0] ? span_str(who->facility_id) : SPAN_NONE);
	pg_add_text(&p, who->region_id[0] ? span_str(who->region_id) : SPAN_NONE);
	pg_add_text(&p, span_str(who->csrf));
	pg_add_time(&p, who->expires_at);
	pg_add_text(&p, span_str(logout_url));
	pg_add_text(&p, span_str(hash));
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	if (!pg_affected(r))
		return err_set(err, ERR_NOT_FOUND, "the password is another");
	if (who->user_id)
		note_login(pg, who->user_id);
	(void)pg_query(pg, "DELETE FROM sessions WHERE expires_at < now() - interval '1 day'", NULL,
		       NULL, NULL);
	return 0;
}

int credentials_close_session(struct pg *pg, const struct digest *key, struct arena *a,
			      const char **ret_logout_url, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);

	add_key(&p, key);
	int e =
	    pg_query(pg, "DELETE FROM sessions WHERE hash = $1 RETURNING logout_url", &p, &r, err);
	if (e == 0)
		*ret_logout_url = pg_rows(r) && !pg_is_null(r, 0, 0)
				      ? arena_span(a, pg_get_text(r, 0, 0)).p
				      : NULL;
	return e;
}

int credentials_set_password(struct pg *pg, int64_t user_id, const char *old_hash, const char *hash,
			     const struct digest *session, struct err *err)
{
	static const char sql[] =
	    "WITH changed AS (UPDATE users SET password = $3, password_at = now()"
	    " WHERE id = $1 AND password = $2 AND disabled_at IS NULL RETURNING id),"
	    " ended AS (DELETE FROM sessions WHERE user_id = (SELECT id FROM changed)"
	    " AND hash <> $4)"
	    " SELECT id FROM changed";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_i64(&p, user_id);
	pg_add_text(&p, span_str(old_hash));
	pg_add_text(&p, span_str(hash));
	add_key(&p, session);
	int e = users_begin(pg, SPAN_NONE, user_id, err);
	if (e == 0)
		e = pg_query(pg, sql, &p, &r, err);
	if (e == 0 && !pg_rows(r))
		e = err_set(err, ERR_NOT_FOUND, "the password is another");
	return users_end(pg, e, err);
}

int credentials_close_all(struct pg *pg, const struct who *who, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_i64(&p, who->token_id);
	pg_add_i64(&p, who->user_id);
	return pg_query(pg, "DELETE FROM sessions WHERE token_id = $1 OR user_id = $2", &p, NULL,
			err);
}

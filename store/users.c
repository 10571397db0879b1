/* What is changed ends the user's sessions in the same statement: nobody stays in by an old
 * password. */
#include "store/users.h"

#include <string.h>

#define CHANGED(action)                                                                            \
	", noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "       \
	"detail) SELECT $1, '" action "', facility_id, region_id, true, "                          \
	"jsonb_build_object('user', login) FROM changed) SELECT count(*) FROM changed"
#define SESSIONS_END ", over AS (DELETE FROM sessions WHERE user_id IN (SELECT id FROM changed))"
/* Who may no longer see a home is not told of it either. */
#define SUBSCRIPTIONS_END(of)                                                                      \
	", ended AS (UPDATE subscriptions SET ended_at = now() WHERE ended_at IS NULL AND "        \
	"user_id IN (" of ") RETURNING id), "                                                      \
	"given_up AS (UPDATE deliveries SET failed_at = now(), last_error = 'unsubscribed' "       \
	"WHERE subscription_id IN (SELECT id FROM ended) AND delivered_at IS NULL "                \
	"AND failed_at IS NULL)"
#define IS_ADMIN(u) u ".role = 'SYSTEM_ADMIN' AND " u ".disabled_at IS NULL"
#define COLUMNS	    " RETURNING id, login, facility_id, region_id)"

bool users_login_is_valid(struct span login)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789",
			  later[] = "abcdefghijklmnopqrstuvwxyz0123456789_.@-";

	if (!login.n || login.n > USERS_LOGIN_MAX)
		return false;
	for (size_t i = 0; i < login.n; i++)
		if (!login.p[i] || !strchr(i ? later : first, login.p[i]))
			return false;
	return true;
}

int users_add(struct pg *pg, const char *who, const struct users_row *u, const char *hash,
	      int64_t *ret_id, struct err *err)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO users (login, name, role, facility_id, region_id, password,"
	    " password_at) VALUES ($2, $3, $4, $5, $6, $7, CASE WHEN $7 IS NOT NULL THEN now() END)"
	    " RETURNING id), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
	    "detail) SELECT $1, 'user_add', $5, $6, true, "
	    "jsonb_build_object('user', $2::text, 'role', $4::text) FROM made) "
	    "SELECT id FROM made";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, u->login);
	pg_add_text(&p, u->name);
	pg_add_text(&p, u->role);
	pg_add_text(&p, u->facility_id);
	pg_add_text(&p, u->region_id);
	pg_add_text(&p, span_str(hash));
	int code = pg_query(pg, sql, &p, &r, err);
	if (code == -ERR_EXISTS)
		return err_set(err, ERR_EXISTS, "there is a user " SPAN_FMT " already",
			       SPAN_ARG(u->login));
	if (code < 0 && strcmp(pg_sqlstate(pg), "23503") == 0) /* foreign_key_violation */
		return err_set(err, ERR_NOT_FOUND, "there is no %s " SPAN_FMT,
			       u->facility_id.p ? "facility" : "region",
			       SPAN_ARG(u->facility_id.p ? u->facility_id : u->region_id));
	if (code < 0)
		return code;
	*ret_id = pg_get_i64(r, 0, 0);
	return 0;
}

int users_list(struct pg *pg, struct arena *a, struct users_row **ret, size_t *ret_n,
	       struct err *err)
{
	static const char sql[] =
	    "SELECT id, login, name, role, facility_id, region_id, created_at, password_at, "
	    "disabled_at, last_login_at FROM users ORDER BY login";
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = pg_query(pg, sql, NULL, &r, err);

	if (code < 0)
		return code;
	*ret_n = (size_t)pg_rows(r);
	*ret = arena_array(a, struct users_row, *ret_n + 1);
	for (int i = 0; i < pg_rows(r); i++)
		(*ret)[i] = (struct users_row){
		    .id = pg_get_i64(r, i, 0),
		    .login = pg_copy_text(a, r, i, 1),
		    .name = pg_copy_text(a, r, i, 2),
		    .role = pg_copy_text(a, r, i, 3),
		    .facility_id = pg_copy_text(a, r, i, 4),
		    .region_id = pg_copy_text(a, r, i, 5),
		    .created_at = pg_get_time(r, i, 6),
		    .password_at = pg_get_time(r, i, 7),
		    .disabled_at = pg_get_time(r, i, 8),
		    .last_login_at = pg_get_time(r, i, 9),
		};
	return 0;
}

static int change(struct pg *pg, const char *sql, const char *who, struct span login,
		  const char *hash, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, login);
	if (hash)
		pg_add_text(&p, span_str(hash));
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0)
		return code;
	return pg_get_i64(r, 0, 0)
		   ? 0
		   : err_set(err, ERR_NOT_FOUND, "there is no user " SPAN_FMT, SPAN_ARG(login));
}

int users_begin(struct pg *pg, struct span login, int64_t id, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	int code = pg_exec(pg, "BEGIN", err);

	pg_add_text(&p, login);
	pg_add_i64(&p, id);
	return code < 0 ? code
			: pg_query(pg, "SELECT 1 FROM users WHERE login = $1 OR id = $2 FOR UPDATE",
				   &p, NULL, err);
}

int users_end(struct pg *pg, int code, struct err *err)
{
	if (code == 0)
		code = pg_exec(pg, "COMMIT", err);
	if (code < 0)
		(void)pg_exec(pg, "ROLLBACK", NULL);
	return code;
}

int users_set_password(struct pg *pg, const char *who, struct span login, const char *hash,
		       struct err *err)
{
	int code = users_begin(pg, login, 0, err);

	if (code == 0)
		code = change(pg,
			      "WITH changed AS (UPDATE users SET password = $3, password_at = now()"
			      " WHERE login = $2" COLUMNS SESSIONS_END CHANGED("user_passwd"),
			      who, login, hash, err);
	return users_end(pg, code, err);
}

static int is_not_the_last(struct pg *pg, struct span login, struct err *err)
{
	static const char sql[] =
	    "SELECT EXISTS (SELECT FROM users u WHERE u.login = $1 AND " IS_ADMIN(
		"u") ") AND NOT EXISTS (SELECT FROM users u WHERE u.login <> $1 "
		     "AND " IS_ADMIN("u") ")";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, login);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code == 0 && pg_get_bool(r, 0, 0))
		code =
		    err_set(err, ERR_FULL, SPAN_FMT " is the last SYSTEM_ADMIN", SPAN_ARG(login));
	return code;
}

int users_disable(struct pg *pg, const char *who, struct span login, bool force, struct err *err)
{
	int code = force ? 0 : is_not_the_last(pg, login, err);

	if (code < 0)
		return code;
	return change(pg,
		      "WITH changed AS (UPDATE users SET disabled_at = coalesce(disabled_at, "
		      "now()) WHERE login = $2" COLUMNS SESSIONS_END SUBSCRIPTIONS_END(
			  "SELECT id FROM changed") CHANGED("user_disable"),
		      who, login, NULL, err);
}

int users_enable(struct pg *pg, const char *who, struct span login, struct err *err)
{
	return change(pg,
		      "WITH changed AS (UPDATE users SET disabled_at = NULL"
		      " WHERE login = $2" COLUMNS CHANGED("user_enable"),
		      who, login, NULL, err);
}

/* ---- over the API ---- */

#define MANAGED(u)                                                                                 \
	"jsonb_build_object('name', " u ".name, 'role', " u ".role, 'facility_id', " u             \
	".facility_id, 'region_id', " u ".region_id, 'disabled', " u ".disabled_at IS NOT NULL)"

#define USER_NOW     MANAGED("u")
#define USER_VERSION EDIT_VERSION(MANAGED("u"))

int users_page(struct pg *pg, const struct users_filter *f, struct arena *a, struct pg_result **ret,
	       struct err *err)
{
	static const char sql[] =
	    "SELECT u.login, (jsonb_build_object('id', u.id, 'login', u.login) || " USER_NOW " "
	    "|| jsonb_build_object('has_password', u.password IS NOT NULL, 'created_at', "
	    "bedpost_time(u.created_at), 'password_at', bedpost_time(u.password_at), "
	    "'disabled_at', bedpost_time(u.disabled_at), 'last_login_at', "
	    "bedpost_time(u.last_login_at), 'sessions', (SELECT count(*) FROM sessions s WHERE "
	    "s.user_id = u.id AND s.expires_at > now()), 'etag', " USER_VERSION
	    "))::text, " USER_VERSION
	    " FROM users u WHERE ($1 = 0 OR u.id = $1) AND ($2::text IS NULL OR "
	    "u.role = $2) AND ($3::text IS NULL OR u.facility_id = $3) AND ($4::text IS NULL "
	    "OR u.region_id = $4) AND ($5::text IS NULL OR u.login > $5) ORDER BY u.login "
	    "LIMIT $6";
	struct pg_params p = PG_PARAMS(a);

	pg_add_i64(&p, f->id);
	pg_add_text(&p, f->role);
	pg_add_text(&p, f->facility_id);
	pg_add_text(&p, f->region_id);
	pg_add_text(&p, f->page.cursor);
	pg_add_i64(&p, f->page.limit + 1);
	return pg_query(pg, sql, &p, ret, err);
}

#define USER_IS_ADMIN		   IS_ADMIN("u")
#define WAS_VERSION		   EDIT_VERSION("was")
#define SET_NAME		   EDIT_TEXT(u, name)
#define SET_ROLE		   EDIT_TEXT(u, role)
#define SET_FACILITY		   EDIT_TEXT(u, facility_id)
#define SET_REGION		   EDIT_TEXT(u, region_id)
#define SUBSCRIPTIONS_OF_MOVED_END SUBSCRIPTIONS_END("SELECT id FROM moved")

/* All administrators are locked first, in one order, so that two of them who disable each other at
 * the same moment stand in line. */
static const char sql_change[] =
    "WITH admins AS MATERIALIZED (SELECT u.id FROM users u WHERE " USER_IS_ADMIN " "
    "ORDER BY u.id FOR UPDATE), old AS MATERIALIZED (SELECT u.id, " USER_NOW " AS was "
    "FROM users u WHERE u.id = $2 AND (SELECT count(*) FROM admins) >= 0 FOR UPDATE), "
    "fits AS (SELECT * FROM old WHERE $3 = '*' OR " WAS_VERSION " = $3), may AS "
    "(SELECT * FROM fits WHERE NOT EXISTS (SELECT FROM admins WHERE id = $2) OR EXISTS "
    "(SELECT FROM admins WHERE id <> $2) OR (coalesce($4->>'role', 'SYSTEM_ADMIN') = "
    "'SYSTEM_ADMIN' AND NOT coalesce(($4->>'disabled')::boolean, false))), changed AS "
    "(UPDATE users u SET " SET_NAME ", " SET_ROLE ", " SET_FACILITY ", " SET_REGION ", "
    "disabled_at = CASE WHEN NOT $4::jsonb ? 'disabled' THEN u.disabled_at WHEN "
    "($4->>'disabled')::boolean THEN coalesce(u.disabled_at, now()) END FROM may WHERE "
    "u.id = may.id RETURNING u.id, u.login, u.facility_id, u.region_id, may.was, " USER_NOW
    " AS now_is), moved AS (SELECT id FROM changed WHERE was - 'name' <> "
    "now_is - 'name'), over AS (DELETE FROM sessions WHERE user_id IN (SELECT id FROM "
    "moved))" SUBSCRIPTIONS_OF_MOVED_END ", noted AS (INSERT INTO access_log (who, "
    "action, facility_id, region_id, allowed, detail) SELECT $1, 'user_change', "
    "facility_id, region_id, true, jsonb_build_object('user', login, 'changed', "
    "bedpost_changes(was, now_is)) FROM changed WHERE was <> now_is) SELECT EXISTS "
    "(SELECT FROM old), EXISTS (SELECT FROM fits), EXISTS (SELECT FROM may)";

int users_change(struct pg *pg, const struct edit *e, int64_t id, enum edit_verdict *ret,
		 struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(e->who));
	pg_add_i64(&p, id);
	edit_add(&p, e);
	return edit_run(pg, sql_change, &p, ret, err);
}

static int no_such_id(struct err *err, int64_t id)
{
	return err_set(err, ERR_NOT_FOUND, "there is no user %lld", (long long)id);
}

int users_login_of(struct pg *pg, int64_t id, struct arena *a, struct span *ret, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(a);

	pg_add_i64(&p, id);
	int code = pg_query(pg, "SELECT login FROM users WHERE id = $1", &p, &r, err);
	if (code < 0)
		return code;
	if (!pg_rows(r))
		return no_such_id(err, id);
	*ret = pg_copy_text(a, r, 0, 0);
	return 0;
}

int users_log_out(struct pg *pg, const char *who, int64_t id, int64_t *ret_ended, struct err *err)
{
	static const char sql[] =
	    "WITH one AS (SELECT id, login, facility_id, region_id FROM users WHERE id = $2), "
	    "over AS (DELETE FROM sessions WHERE user_id IN (SELECT id FROM one) RETURNING 1), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
	    "detail) SELECT $1, 'user_logout', facility_id, region_id, true, "
	    "jsonb_build_object('user', login) FROM one) "
	    "SELECT (SELECT count(*) FROM one), (SELECT count(*) FROM over)";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_i64(&p, id);
	int code = pg_query(pg, sql, &p, &r, err);
	if (code < 0)
		return code;
	if (!pg_get_i64(r, 0, 0))
		return no_such_id(err, id);
	*ret_ended = pg_get_i64(r, 0, 1);
	return 0;
}

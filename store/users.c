/* What is changed ends the user's sessions in the same statement: nobody stays in by an old
 * password. */
#include "store/users.h"

#include <string.h>

#define CHANGED(action)                                                                            \
	", noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "       \
	"detail) SELECT $1, '" action "', facility_id, region_id, true, "                          \
	"jsonb_build_object('user', login) FROM changed) SELECT count(*) FROM changed"
#define SESSIONS_END ", over AS (DELETE FROM sessions WHERE user_id IN (SELECT id FROM changed))"
#define COLUMNS	     " RETURNING id, login, facility_id, region_id)"

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
	    " password_at) VALUES ($2, $3, $4, $5, $6, $7, now()) RETURNING id), "
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

static struct span copy(struct arena *a, const struct pg_result *r, int row, int col)
{
	return pg_is_null(r, row, col) ? SPAN_NONE : arena_span(a, pg_get_text(r, row, col));
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
		    .login = copy(a, r, i, 1),
		    .name = copy(a, r, i, 2),
		    .role = copy(a, r, i, 3),
		    .facility_id = copy(a, r, i, 4),
		    .region_id = copy(a, r, i, 5),
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

int users_set_password(struct pg *pg, const char *who, struct span login, const char *hash,
		       struct err *err)
{
	return change(pg,
		      "WITH changed AS (UPDATE users SET password = $3, password_at = now()"
		      " WHERE login = $2" COLUMNS SESSIONS_END CHANGED("user_passwd"),
		      who, login, hash, err);
}

int users_disable(struct pg *pg, const char *who, struct span login, struct err *err)
{
	return change(pg,
		      "WITH changed AS (UPDATE users SET disabled_at = coalesce(disabled_at, "
		      "now()) WHERE login = $2" COLUMNS SESSIONS_END CHANGED("user_disable"),
		      who, login, NULL, err);
}

int users_enable(struct pg *pg, const char *who, struct span login, struct err *err)
{
	return change(pg,
		      "WITH changed AS (UPDATE users SET disabled_at = NULL"
		      " WHERE login = $2" COLUMNS CHANGED("user_enable"),
		      who, login, NULL, err);
}

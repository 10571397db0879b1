#include "store/identities.h"

static int find_user(struct pg *pg, struct span login, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, login);
	int e = pg_query(pg, "SELECT 1 FROM users WHERE login = $1", &p, &r, err);
	if (e < 0)
		return e;
	return pg_rows(r)
		   ? 0
		   : err_set(err, ERR_NOT_FOUND, "there is no user " SPAN_FMT, SPAN_ARG(login));
}

int identities_link(struct pg *pg, const char *who, const struct identity *i, struct err *err)
{
	static const char sql[] =
	    "WITH made AS (INSERT INTO user_identities (issuer, subject, user_id, linked_by)"
	    " SELECT $3, $4, id, $1 FROM users WHERE login = $2 ON CONFLICT DO NOTHING"
	    " RETURNING user_id), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
	    "detail) SELECT $1, 'user_link', facility_id, region_id, true, "
	    "jsonb_build_object('user', login, 'issuer', $3::text)"
	    " FROM users WHERE id IN (SELECT user_id FROM made)) "
	    "SELECT 1 FROM made UNION ALL SELECT 1 FROM user_identities n JOIN users u"
	    " ON u.id = n.user_id WHERE n.issuer = $3 AND n.subject = $4 AND u.login = $2";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, i->login);
	pg_add_text(&p, i->issuer);
	pg_add_text(&p, i->subject);
	int e = find_user(pg, i->login, err);
	if (e == 0)
		e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	return pg_rows(r) ? 0
			  : err_set(err, ERR_EXISTS,
				    "the subject is another user's, or " SPAN_FMT
				    " has another one of this issuer (user unlink ends that)",
				    SPAN_ARG(i->login));
}

int identities_unlink(struct pg *pg, const char *who, struct span login, struct err *err)
{
	static const char sql[] =
	    "WITH gone AS (DELETE FROM user_identities WHERE user_id = "
	    "(SELECT id FROM users WHERE login = $2) RETURNING user_id), "
	    "over AS (DELETE FROM sessions WHERE user_id IN (SELECT user_id FROM gone)), "
	    "noted AS (INSERT INTO access_log (who, action, facility_id, region_id, allowed, "
	    "detail) SELECT $1, 'user_unlink', facility_id, region_id, true, "
	    "jsonb_build_object('user', login)"
	    " FROM users WHERE id IN (SELECT user_id FROM gone)) "
	    "SELECT 1 FROM gone";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who));
	pg_add_text(&p, login);
	int e = pg_query(pg, sql, &p, &r, err);
	if (e < 0)
		return e;
	return pg_rows(r) ? 0
			  : err_set(err, ERR_NOT_FOUND, "there is no linked user " SPAN_FMT,
				    SPAN_ARG(login));
}

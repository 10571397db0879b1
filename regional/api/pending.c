#include "regional/api/pending.h"

#include <string.h>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

bool pending_return_is_safe(struct span path)
{
	if (path.n < 1 || path.n > PENDING_RETURN_MAX || path.p[0] != '/')
		return false;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] <= 0x20 || path.p[i] >= 0x7f || path.p[i] == '\\')
			return false;
	return !(path.n > 1 && path.p[1] == '/') && !span_starts(path, SPAN("/api/"));
}

static void derive(struct pending *p)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct digest key, d;

	(void)digest_parse_hex(span_str(p->secret), &key);
	buf_addf(&text, "nonce %s", p->state);
	d = digest_keyed(key.b, buf_span(&text));
	digest_hex(&d, p->nonce);
	buf_clear(&text);
	buf_addf(&text, "verifier %s", p->state);
	d = digest_keyed(key.b, buf_span(&text));
	digest_hex(&d, p->verifier);
	sodium_memzero(&key, sizeof(key));
}

static void random_hex(char ret[DIGEST_HEX + 1])
{
	struct digest d;

	randombytes_buf(d.b, sizeof(d.b));
	digest_hex(&d, ret);
}

void pending_make(struct pending *ret)
{
	random_hex(ret->state);
	random_hex(ret->secret);
	derive(ret);
}

bool pending_restore(struct span state, struct span secret, struct pending *ret)
{
	struct digest d;

	if (!digest_parse_hex(state, &d))
		return false;
	digest_hex(&d, ret->state);
	if (!digest_parse_hex(secret, &d))
		return false;
	digest_hex(&d, ret->secret);
	derive(ret);
	return true;
}

static void add_hash(struct pg_params *p, struct digest *d, const char *text)
{
	*d = digest_of(span_str(text));
	pg_add_bytes(p, span_of((const char *)d->b, DIGEST_BYTES));
}

int pending_begin(struct pg *pg, const struct pending *p, struct span return_to, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params params = PG_PARAMS(&a);
	struct digest state, browser;

	(void)pg_query(pg, "DELETE FROM oidc_logins WHERE expires_at < now()", NULL, NULL, NULL);
	add_hash(&params, &state, p->state);
	add_hash(&params, &browser, p->secret);
	pg_add_text(&params, return_to);
	pg_add_double(&params, PENDING_LIFE);
	pg_add_i64(&params, PENDING_MAX);
	int e = pg_query(pg,
			 "INSERT INTO oidc_logins (state, browser, return_to, expires_at)"
			 " SELECT $1, $2, $3, now() + $4 * interval '1 microsecond'"
			 " WHERE (SELECT count(*) FROM oidc_logins) < $5"
			 " RETURNING 1",
			 &params, &r, err);
	return e < 0 ? e : pg_rows(r) ? 0 : err_set(err, ERR_FULL, "too many log-ins under way");
}

int pending_take(struct pg *pg, const struct pending *p, struct arena *a, const char **ret_return,
		 struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params params = PG_PARAMS(a);
	struct digest state, browser = digest_of(span_str(p->secret)), its = {0};

	add_hash(&params, &state, p->state);
	int e = pg_query(pg,
			 "DELETE FROM oidc_logins WHERE state = $1"
			 " RETURNING browser, return_to, expires_at > now()",
			 &params, &r, err);
	if (e < 0)
		return e;
	if (!pg_rows(r) || !pg_get_bool(r, 0, 2))
		return err_set(err, ERR_NOT_FOUND, "no such log-in is under way");
	struct span stored = pg_get_text(r, 0, 0);
	if (stored.n == DIGEST_BYTES)
		memcpy(its.b, stored.p, DIGEST_BYTES);
	if (!digest_eq(&its, &browser))
		return err_set(err, ERR_DENIED, "the log-in was begun in another browser");
	*ret_return = arena_span(a, pg_get_text(r, 0, 1)).p;
	return 0;
}

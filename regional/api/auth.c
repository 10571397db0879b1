/* The cache is a fixed table in which the newer of two credentials with the same place wins; a lost
 * place costs one question. Secrets are 256 random bits, so a fast hash is enough and comparing
 * hashes by index gives nothing away. */
#include "regional/api/auth.h"

#include <pthread.h>
#include <stdlib.h>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/digest.h"
#include "regional/api/limiter.h"
#include "regional/live/source.h"
#include "store/registry.h"

#define PLACES	   4096
#define SECRET_MAX 128

struct place {
	struct digest key;
	struct who who; /* role WHO_NOBODY: not one of ours */
	usec_t asked;	/* clock_monotonic(); 0: free */
};

struct auth {
	struct metrics *metrics;
	pthread_mutex_t lock; /* all below */
	struct limiter limiter;
	struct place places[PLACES];
};

struct auth *auth_new(struct metrics *metrics)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->metrics = metrics;
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void auth_free(struct auth *a)
{
	if (!a)
		return;
	pthread_mutex_destroy(&a->lock);
	sodium_memzero(a, sizeof(*a));
	free(a);
}

/* ---- what came ---- */

struct credential {
	struct span text; /* SPAN_NONE: none */
	bool is_session;
};

static struct credential credential_of(const struct httpd_rq *rq)
{
	struct span header = httpd_header(rq, "Authorization"), scheme;

	if (header.p) {
		struct span rest = header;
		(void)span_cut(&rest, ' ', &scheme);
		bool bearer = rest.p && span_eq_nocase(scheme, SPAN("Bearer"));
		return (struct credential){bearer ? span_trim(rest) : SPAN(""), false};
	}
	return (struct credential){httpd_cookie(rq, AUTH_COOKIE), true};
}

static bool has_shape(struct credential c)
{
	if (c.text.n < 20 || c.text.n > SECRET_MAX)
		return false;
	return c.is_session || span_starts(c.text, SPAN("bpt_"));
}

/* ---- the cache ---- */

static struct place *place_of(struct auth *a, const struct digest *key)
{
	return &a->places[(key->b[0] | key->b[1] << 8) % PLACES];
}

static void keep(struct auth *a, const struct digest *key, const struct who *who)
{
	pthread_mutex_lock(&a->lock);
	struct place *p = place_of(a, key);
	*p = (struct place){.key = *key, .asked = clock_monotonic()};
	if (who)
		p->who = *who;
	pthread_mutex_unlock(&a->lock);
}

static void forget(struct auth *a, const struct digest *key)
{
	pthread_mutex_lock(&a->lock);
	*place_of(a, key) = (struct place){0};
	pthread_mutex_unlock(&a->lock);
}

static enum auth_answer from_cache(struct auth *a, const struct digest *key, usec_t for_long,
				   struct who *ret)
{
	enum auth_answer answer = AUTH_ASK;

	pthread_mutex_lock(&a->lock);
	const struct place *p = place_of(a, key);
	if (p->asked && digest_eq(&p->key, key) && clock_monotonic() - p->asked < for_long) {
		bool good = p->who.role != WHO_NOBODY &&
			    (p->who.expires_at == USEC_NONE || clock_now() < p->who.expires_at);
		answer = good ? AUTH_KNOWN : AUTH_REFUSED;
		*ret = p->who;
	}
	pthread_mutex_unlock(&a->lock);
	return answer;
}

static void failed(struct auth *a, const struct httpd_rq *rq)
{
	pthread_mutex_lock(&a->lock);
	limiter_failed(&a->limiter, span_str(rq->peer), clock_monotonic());
	pthread_mutex_unlock(&a->lock);
}

static bool is_limited(struct auth *a, const struct httpd_rq *rq)
{
	pthread_mutex_lock(&a->lock);
	bool over = limiter_is_over(&a->limiter, span_str(rq->peer), clock_monotonic());
	pthread_mutex_unlock(&a->lock);
	return over;
}

enum auth_answer auth_peek(struct auth *a, const struct httpd_rq *rq, struct who *ret)
{
	struct credential c = credential_of(rq);

	if (!c.text.p)
		return AUTH_NONE;
	if (has_shape(c)) {
		struct digest key = registry_token_hash(c.text);
		enum auth_answer answer = from_cache(a, &key, AUTH_KEEP, ret);
		if (answer != AUTH_ASK)
			return answer;
		/* Who is known is served whatever others at the same address do. */
		if (from_cache(a, &key, AUTH_KEEP_AWAY, ret) == AUTH_KNOWN)
			return AUTH_ASK;
	}
	if (is_limited(a, rq))
		return AUTH_LIMITED;
	if (has_shape(c))
		return AUTH_ASK;
	failed(a, rq);
	return AUTH_REFUSED;
}

/* ---- PostgreSQL ---- */

static void read_who(const struct pg_result *r, bool by_session, struct who *ret)
{
	struct span csrf = pg_get_text(r, 0, 6), name = pg_get_text(r, 0, 1);

	*ret = (struct who){.token_id = pg_get_i64(r, 0, 0), .by_session = by_session};
	(void)who_role_parse(pg_get_text(r, 0, 2), &ret->role);
	avail_copy_text(ret->facility_id, pg_get_text(r, 0, 3));
	avail_copy_text(ret->region_id, pg_get_text(r, 0, 4));
	ret->expires_at = pg_get_time(r, 0, 5);
	source_copy_text(ret->name, sizeof(ret->name) - 1, name);
	(void)snprintf(ret->csrf, sizeof(ret->csrf), SPAN_FMT, SPAN_ARG(csrf));
}

/* NOT_FOUND if there is none that is good now. */
static int ask(struct pg *pg, const struct digest *key, bool by_session, struct who *ret,
	       struct err *err)
{
	static const char tokens[] =
	    "SELECT id, name, role, facility_id, region_id, expires_at, NULL::text FROM api_tokens"
	    " WHERE hash = $1 AND revoked_at IS NULL"
	    " AND (expires_at IS NULL OR expires_at > now())";
	static const char sessions[] =
	    "SELECT s.token_id, t.name, s.role, s.facility_id, s.region_id, s.expires_at, "
	    "encode(s.csrf, 'hex')"
	    " FROM sessions s JOIN api_tokens t ON t.id = s.token_id WHERE s.hash = $1 AND "
	    "s.expires_at > now()"
	    " AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())";
	_cleanup_(arena_done) struct arena arena = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&arena);

	pg_add_bytes(&p, span_of((const char *)key->b, DIGEST_BYTES));
	int e = pg_query(pg, by_session ? sessions : tokens, &p, &r, err);
	if (e < 0)
		return e;
	if (!pg_rows(r))
		return err_set(err, ERR_NOT_FOUND, "no such credential");
	read_who(r, by_session, ret);
	return ret->role == WHO_NOBODY ? err_set(err, ERR_CORRUPT, "a token with an unknown role")
				       : 0;
}

/* For people who tidy up tokens: a minute's precision is enough, and spares writes. */
static void note_use(struct pg *pg, int64_t token_id)
{
	_cleanup_(arena_done) struct arena arena = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&arena);

	pg_add_i64(&p, token_id);
	(void)pg_query(pg,
		       "UPDATE api_tokens SET last_used_at = now() WHERE id = $1"
		       " AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
		       &p, NULL, NULL);
}

enum auth_answer auth_look_up(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
			      struct who *ret)
{
	struct credential c = credential_of(rq);
	struct digest key = registry_token_hash(c.text);
	int e = pg ? ask(pg, &key, c.is_session, ret, NULL) : -ERR_UNAVAILABLE;

	if (e == 0) {
		keep(a, &key, ret);
		note_use(pg, ret->token_id);
		return AUTH_KNOWN;
	}
	if (e == -ERR_NOT_FOUND) {
		keep(a, &key, NULL);
		failed(a, rq);
		return AUTH_REFUSED;
	}
	return from_cache(a, &key, AUTH_KEEP_AWAY, ret) == AUTH_KNOWN ? AUTH_KNOWN : AUTH_AWAY;
}

static void random_hex(char out[AUTH_SECRET])
{
	unsigned char bytes[32];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(out, AUTH_SECRET, bytes, sizeof(bytes));
}

static int make_session(struct pg *pg, const struct who *who, const struct digest *key,
			struct err *err)
{
	_cleanup_(arena_done) struct arena arena = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&arena);

	pg_add_bytes(&p, span_of((const char *)key->b, DIGEST_BYTES));
	pg_add_i64(&p, who->token_id);
	pg_add_text(&p, span_str(who_role_name(who->role)));
	pg_add_text(&p, who->facility_id[0] ? span_str(who->facility_id) : SPAN_NONE);
	pg_add_text(&p, who->region_id[0] ? span_str(who->region_id) : SPAN_NONE);
	pg_add_text(&p, span_str(who->csrf));
	pg_add_time(&p, who->expires_at);
	int e = pg_query(
	    pg,
	    "INSERT INTO sessions (hash, token_id, role, facility_id, region_id, csrf, expires_at)"
	    " VALUES ($1, $2, $3, $4, $5, decode($6, 'hex'), $7)",
	    &p, NULL, err);
	if (e == 0)
		(void)pg_query(pg,
			       "DELETE FROM sessions WHERE expires_at < now() - interval '1 day'",
			       NULL, NULL, NULL);
	return e;
}

enum auth_answer auth_log_in(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
			     struct span token, struct who *ret, char ret_session[AUTH_SECRET])
{
	struct credential c = {span_trim(token), false};
	struct digest key = registry_token_hash(c.text);
	struct who who;

	if (is_limited(a, rq))
		return AUTH_LIMITED;
	int e = !has_shape(c) ? -ERR_NOT_FOUND
		: pg	      ? ask(pg, &key, false, &who, NULL)
			      : -ERR_UNAVAILABLE;
	if (e == -ERR_NOT_FOUND) {
		failed(a, rq);
		return AUTH_REFUSED;
	}
	if (e < 0)
		return AUTH_AWAY;
	usec_t ends = clock_now() + AUTH_SESSION;
	who.expires_at =
	    who.expires_at != USEC_NONE && who.expires_at < ends ? who.expires_at : ends;
	who.by_session = true;
	random_hex(who.csrf);
	random_hex(ret_session);
	key = registry_token_hash(span_str(ret_session));
	if (make_session(pg, &who, &key, NULL) < 0)
		return AUTH_AWAY;
	note_use(pg, who.token_id);
	keep(a, &key, &who);
	*ret = who;
	return AUTH_KNOWN;
}

int auth_log_out(struct auth *a, struct pg *pg, const struct httpd_rq *rq, struct err *err)
{
	struct credential c = credential_of(rq);
	_cleanup_(arena_done) struct arena arena = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&arena);

	if (!c.text.p || !c.is_session)
		return 0;
	struct digest key = registry_token_hash(c.text);
	forget(a, &key);
	pg_add_bytes(&p, span_of((const char *)key.b, DIGEST_BYTES));
	return pg_query(pg, "DELETE FROM sessions WHERE hash = $1", &p, NULL, err);
}

bool auth_csrf_is_good(const struct who *who, const struct httpd_rq *rq)
{
	struct span sent = httpd_header(rq, "X-CSRF-Token");

	if (!who->by_session || strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0)
		return true;
	return sent.p && sent.n == strlen(who->csrf) &&
	       sodium_memcmp(sent.p, who->csrf, sent.n) == 0;
}

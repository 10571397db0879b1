/* The cache is a fixed table in which the newer of two credentials with the same place wins; a lost
 * place costs one question. Secrets are 256 random bits, so a fast hash is enough and comparing
 * hashes by index gives nothing away. */
#include "regional/api/auth.h"

#include <pthread.h>
#include <stdlib.h>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/digest.h"
#include "regional/api/budget.h"
#include "regional/api/credentials.h"
#include "regional/api/device.h"
#include "regional/api/limiter.h"
#include "regional/api/rate.h"
#include "store/registry.h"
#include "store/row_scope.h"

#define PLACES	   4096
#define SECRET_MAX 128

struct place {
	struct digest key;
	struct who who; /* role WHO_NOBODY: not one of ours */
	usec_t asked;	/* clock_monotonic(); 0: free */
};

struct auth {
	struct metrics *metrics;
	pthread_mutex_t lock;	/* all below */
	struct limiter limiter; /* by address: all that came to this process and was refused */
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
	char v6[RATE_V6];

	limiter_failed(&a->limiter, rate_client(rq->peer, v6), clock_monotonic());
	pthread_mutex_unlock(&a->lock);
}

bool auth_is_limited(struct auth *a, const struct httpd_rq *rq)
{
	pthread_mutex_lock(&a->lock);
	char v6[RATE_V6];
	bool over = limiter_is_over(&a->limiter, rate_client(rq->peer, v6), clock_monotonic());
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
	if (auth_is_limited(a, rq))
		return AUTH_LIMITED;
	if (has_shape(c))
		return AUTH_ASK;
	failed(a, rq);
	return AUTH_REFUSED;
}

/* ---- asking PostgreSQL ---- */

enum auth_answer auth_look_up(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
			      struct who *ret)
{
	struct credential c = credential_of(rq);
	struct digest key = registry_token_hash(c.text);
	int e = !pg || row_scope_login(pg, NULL) < 0 ? -ERR_UNAVAILABLE
		: c.is_session			     ? credentials_session(pg, &key, ret, NULL)
						     : credentials_token(pg, &key, ret, NULL);

	if (e == 0) {
		keep(a, &key, ret);
		credentials_used(pg, ret, &key);
		return AUTH_KNOWN;
	}
	if (e == -ERR_NOT_FOUND) {
		/* A page asks several things at once: a session that has ended is one failure. */
		bool counted = from_cache(a, &key, AUTH_KEEP, ret) == AUTH_REFUSED;
		keep(a, &key, NULL);
		if (!counted)
			failed(a, rq);
		return AUTH_REFUSED;
	}
	return from_cache(a, &key, AUTH_KEEP_AWAY, ret) == AUTH_KNOWN ? AUTH_KNOWN : AUTH_AWAY;
}

/* ---- logging in and out ---- */

static void random_hex(char out[AUTH_SECRET])
{
	unsigned char bytes[32];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(out, AUTH_SECRET, bytes, sizeof(bytes));
}

static int by_token(struct auth *a, struct pg *pg, const struct httpd_rq *rq, struct span token,
		    struct who *ret)
{
	struct credential c = {span_trim(token), false};
	struct digest key = registry_token_hash(c.text);
	int e = has_shape(c) ? credentials_token(pg, &key, ret, NULL) : -ERR_NOT_FOUND;

	if (e == -ERR_NOT_FOUND)
		failed(a, rq);
	return e;
}

/* What a wrong password for a login counts against, besides its address: the browser's own budget
 * where its user has logged in before (device.h), else one that all share who try this login. So
 * whoever tries passwords of others locks out those alone whose browser was never here. */
struct account {
	enum budget_kind kind;
	struct span name;
	char text[DIGEST_HEX + 1];
};

/* NOT_FOUND: they do not fit, which *b has been charged with. The same work is done for a login
 * that does not exist. DENIED: *b, or the address, is spent; whichever API process it was spent at.
 */
static int by_password(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
		       const struct auth_login *l, struct account *b, struct who *ret,
		       char ret_hash[PASSWORD_HASH])
{
	char v6[RATE_V6];
	struct span cookie = httpd_cookie(rq, DEVICE_COOKIE);
	int known = credentials_user(pg, l->login, ret, ret_hash, NULL);

	if (known < 0 && known != -ERR_NOT_FOUND)
		return known;
	if (known == 0 && b->kind == BUDGET_LOGIN &&
	    device_find(cookie, ret->user_id, ret_hash, b->text)) {
		b->kind = BUDGET_BROWSER;
		b->name = span_str(b->text);
	}
	const struct budget budget = {rate_client(rq->peer, v6), b->kind, b->name};
	int e = budget_check(pg, &budget, NULL);
	if (e < 0)
		return e;
	if (password_fits(known == 0 ? ret_hash : NULL, l->password))
		return 0;
	/* Counts even where it cannot be noted for all: then for this process's addresses. */
	failed(a, rq);
	(void)budget_spend(pg, &budget, NULL);
	return -ERR_NOT_FOUND;
}

int auth_open_session(struct auth *a, struct pg *pg, struct who *who, const char *hash,
		      const char *logout_url, char ret_session[AUTH_SECRET])
{
	usec_t ends = clock_now() + AUTH_SESSION;

	who->expires_at =
	    who->expires_at != USEC_NONE && who->expires_at < ends ? who->expires_at : ends;
	who->by_session = true;
	random_hex(who->csrf);
	random_hex(ret_session);
	struct digest key = registry_token_hash(span_str(ret_session));
	int e = credentials_open_session(pg, who, &key, hash, logout_url, NULL);
	if (e < 0)
		return e;
	credentials_used(pg, who, &key);
	keep(a, &key, who);
	return 0;
}

enum auth_answer auth_log_in(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
			     const struct auth_login *l, struct who *ret,
			     char ret_session[AUTH_SECRET], char ret_device[DEVICE_TEXT])
{
	struct account account = {.kind = BUDGET_LOGIN, .name = l->login};
	char hash[PASSWORD_HASH] = "";
	struct who who = {0};

	*ret = who;
	ret_device[0] = '\0';
	if (auth_is_limited(a, rq))
		return AUTH_LIMITED;
	if (!pg || row_scope_login(pg, NULL) < 0)
		return AUTH_AWAY;
	int e = l->token.p ? by_token(a, pg, rq, l->token, &who)
			   : by_password(a, pg, rq, l, &account, &who, hash);
	if (e == 0)
		e = auth_open_session(a, pg, &who, l->token.p ? NULL : hash, NULL, ret_session);
	if (e == 0 && !l->token.p)
		device_remember(httpd_cookie(rq, DEVICE_COOKIE), who.user_id, hash, ret_device);
	sodium_memzero(hash, sizeof(hash));
	if (e == 0 || e == -ERR_NOT_FOUND)
		*ret = who;
	return e == 0		     ? AUTH_KNOWN
	       : e == -ERR_NOT_FOUND ? AUTH_REFUSED
	       : e == -ERR_DENIED    ? AUTH_LIMITED
				     : AUTH_AWAY;
}

int auth_log_out(struct auth *a, struct pg *pg, struct httpd_rq *rq, const char **ret_logout_url,
		 struct err *err)
{
	struct credential c = credential_of(rq);

	if (!c.text.p || !c.is_session)
		return 0;
	struct digest key = registry_token_hash(c.text);
	forget(a, &key);
	int e = row_scope_login(pg, err);
	return e < 0 ? e : credentials_close_session(pg, &key, &rq->arena, ret_logout_url, err);
}

static bool is_session_of(const struct who *a, const struct who *b)
{
	return a->by_session && a->token_id == b->token_id && a->user_id == b->user_id;
}

/* All of the same user or token but one. */
static void forget_sessions(struct auth *a, const struct who *who, const struct digest *but)
{
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < PLACES; i++)
		if (a->places[i].asked && is_session_of(&a->places[i].who, who) &&
		    !(but && digest_eq(&a->places[i].key, but)))
			a->places[i] = (struct place){0};
	pthread_mutex_unlock(&a->lock);
}

int auth_log_out_everywhere(struct auth *a, struct pg *pg, const struct who *who, struct err *err)
{
	int e = row_scope_login(pg, err);

	if (e == 0)
		e = credentials_close_all(pg, who, err);
	if (e == 0)
		forget_sessions(a, who, NULL);
	return e;
}

static void forget_who(struct auth *a, int64_t user_id, int64_t token_id)
{
	pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < PLACES; i++) {
		const struct who *who = &a->places[i].who;
		if (a->places[i].asked && ((user_id && who->user_id == user_id) ||
					   (token_id && who->token_id == token_id)))
			a->places[i] = (struct place){0};
	}
	pthread_mutex_unlock(&a->lock);
}

void auth_forget_user(struct auth *a, int64_t user_id)
{
	forget_who(a, user_id, 0);
}

void auth_forget_token(struct auth *a, int64_t token_id)
{
	forget_who(a, 0, token_id);
}

static enum auth_answer set_password(struct pg *pg, const struct who *who, const char *old_hash,
				     struct span fresh, const struct digest *session,
				     struct span devices, char ret_device[DEVICE_TEXT])
{
	char hash[PASSWORD_HASH];
	int e = password_hash(fresh, hash, NULL);

	if (e == 0)
		e = credentials_set_password(pg, who->user_id, old_hash, hash, session, NULL);
	if (e == 0)
		device_remember(devices, who->user_id, hash, ret_device);
	sodium_memzero(hash, sizeof(hash));
	return e == 0 ? AUTH_KNOWN : e == -ERR_NOT_FOUND ? AUTH_REFUSED : AUTH_AWAY;
}

enum auth_answer auth_change_password(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
				      const struct who *who, struct span old, struct span fresh,
				      char ret_device[DEVICE_TEXT])
{
	const struct auth_login l = {.login = span_str(who->name), .password = old};
	struct digest session = registry_token_hash(credential_of(rq).text);
	struct account account = {.kind = BUDGET_BROWSER};
	enum auth_answer answer = AUTH_REFUSED;
	char hash[PASSWORD_HASH] = "";
	struct who same = {0};

	if (auth_is_limited(a, rq))
		return AUTH_LIMITED;
	if (!pg || row_scope_login(pg, NULL) < 0)
		return AUTH_AWAY;
	account.name = span_str(digest_hex(&session, account.text));
	int e = by_password(a, pg, rq, &l, &account, &same, hash);
	if (e == 0 && same.user_id == who->user_id)
		answer = set_password(pg, who, hash, fresh, &session,
				      httpd_cookie(rq, DEVICE_COOKIE), ret_device);
	else if (e == -ERR_DENIED)
		answer = AUTH_LIMITED;
	else if (e < 0 && e != -ERR_NOT_FOUND)
		answer = AUTH_AWAY;
	sodium_memzero(hash, sizeof(hash));
	if (answer == AUTH_KNOWN)
		forget_sessions(a, who, &session);
	return answer;
}

bool auth_csrf_is_good(const struct who *who, const struct httpd_rq *rq)
{
	struct span sent = httpd_header(rq, "X-CSRF-Token");

	if (!who->by_session || strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0)
		return true;
	return sent.p && sent.n == strlen(who->csrf) &&
	       sodium_memcmp(sent.p, who->csrf, sent.n) == 0;
}

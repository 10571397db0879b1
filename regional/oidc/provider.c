/* Requests copy what they need of what is known under the lock into their own arena: nobody waits
 * for another's question to the provider while holding anything. */
#include "regional/oidc/provider.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium/crypto_hash_sha256.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/log.h"
#include "regional/oidc/claims.h"
#include "regional/oidc/fetch.h"
#include "regional/oidc/jwt.h"
#include "regional/url.h"

#define ASSERTION_LIFE 60 /* seconds */
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* What it says of itself; texts in one arena. */
struct view {
	const char *authorization, *token, *jwks_uri;
	const char *userinfo, *end_session; /* NULL: not offered */
	bool sends_issuer;		    /* RFC 9207 */
	const char *jwks;
};

struct provider {
	struct provider_options o;
	struct jwt_key *key;
	char x5t[JWT_X5T]; /* "": no certificate */
	bool curl;
	atomic_bool end;
	pthread_mutex_t lock; /* all below */
	struct arena arena;
	struct view view;
	usec_t loaded; /* clock_monotonic(); 0: never */
	usec_t next_try;
};

/* ---- opening ---- */

static int read_certificate(struct provider *p, struct err *err)
{
	char pem[16384];

	if (!p->o.cert)
		return 0;
	_cleanup_(fclosep) FILE *f = fopen(p->o.cert, "re");
	if (!f)
		return err_errno(err, errno, "%s", p->o.cert);
	size_t n = fread(pem, 1, sizeof(pem), f);
	int e = jwt_certificate_digest(span_of(pem, n), p->x5t, err);
	return e < 0 ? err_prefix(err, "%s", p->o.cert) : 0;
}

int provider_open(const struct provider_options *o, struct provider **ret, struct err *err)
{
	struct provider *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	p->o = *o;
	p->arena = ARENA_INIT;
	pthread_mutex_init(&p->lock, NULL);
	int e = fetch_setup(err);
	p->curl = e == 0;
	if (e == 0)
		e = jwt_key_load(o->key, &p->key, err);
	if (e == 0)
		e = read_certificate(p, err);
	if (e < 0) {
		provider_close(p);
		return e;
	}
	*ret = p;
	return 0;
}

void provider_give_up(struct provider *p)
{
	if (p)
		atomic_store(&p->end, true);
}

void provider_close(struct provider *p)
{
	if (!p)
		return;
	jwt_key_free(p->key);
	arena_done(&p->arena);
	pthread_mutex_destroy(&p->lock);
	if (p->curl)
		fetch_done();
	free(p);
}

const struct provider_options *provider_options(const struct provider *p)
{
	return &p->o;
}

void provider_public_keys(const struct provider *p, struct buf *out)
{
	jwt_key_public(p->key, out);
}

/* ---- what it says of itself ---- */

static int get(struct provider *p, const char *url, json_t **ret, struct err *err)
{
	long status = 0;
	int e = fetch_json(&(struct fetch){.url = url, .ca_file = p->o.ca_file, .end = &p->end},
			   &status, ret, err);

	if (e == 0 && status != 200) {
		json_decref(TAKE_PTR(*ret));
		e = err_set(err, ERR_PROTOCOL, "%.200s answered with status %ld", url, status);
	}
	return e;
}

/* NULL unless it is there and safe. Only a provider on this machine leads to this machine. */
static const char *endpoint(const struct provider *p, struct arena *a, const json_t *discovery,
			    const char *name)
{
	const char *url = claims_text(discovery, name);
	bool is_here = span_starts(span_str(p->o.issuer), SPAN("http://"));

	return url && url_is_safe(span_str(url)) &&
		       (is_here || span_starts(span_str(url), SPAN("https://")))
		   ? arena_strdup(a, url)
		   : NULL;
}

static int read_discovery(const struct provider *p, const json_t *d, struct arena *a,
			  struct view *ret, struct err *err)
{
	const char *issuer = claims_text(d, "issuer");

	if (!issuer || strcmp(issuer, p->o.issuer) != 0)
		return err_set(err, ERR_PROTOCOL,
			       "the provider calls itself another issuer than region.yaml does: "
			       "compare letter by letter, also a slash at the end");
	*ret = (struct view){.authorization = endpoint(p, a, d, "authorization_endpoint"),
			     .token = endpoint(p, a, d, "token_endpoint"),
			     .jwks_uri = endpoint(p, a, d, "jwks_uri"),
			     .userinfo = endpoint(p, a, d, "userinfo_endpoint"),
			     .end_session = endpoint(p, a, d, "end_session_endpoint"),
			     .sends_issuer = json_is_true(json_object_get(
				 d, "authorization_response_iss_parameter_supported"))};
	if (!ret->authorization || !ret->token || !ret->jwks_uri)
		return err_set(err, ERR_PROTOCOL,
			       "the provider's discovery lacks an https authorization_endpoint, "
			       "token_endpoint or jwks_uri");
	return 0;
}

static int load_keys(struct provider *p, struct arena *a, struct view *v, struct err *err)
{
	_cleanup_(json_decrefp) json_t *keys = NULL;
	int e = get(p, v->jwks_uri, &keys, err);

	if (e < 0)
		return e;
	char *text = json_dumps(keys, JSON_COMPACT);
	if (!text)
		abort();
	v->jwks = arena_strdup(a, text);
	free(text);
	return 0;
}

static int load(struct provider *p, struct arena *a, struct view *ret, struct err *err)
{
	_cleanup_(json_decrefp) json_t *discovery = NULL;
	bool slash = p->o.issuer[strlen(p->o.issuer) - 1] == '/';
	const char *url =
	    arena_printf(a, "%s%s.well-known/openid-configuration", p->o.issuer, slash ? "" : "/");
	int e = get(p, url, &discovery, err);

	if (e == 0)
		e = read_discovery(p, discovery, a, ret, err);
	return e < 0 ? e : load_keys(p, a, ret, err);
}

static const char *copy(struct arena *a, const char *s)
{
	return s ? arena_strdup(a, s) : NULL;
}

static struct view copy_view(struct arena *a, const struct view *v)
{
	return (struct view){.authorization = copy(a, v->authorization),
			     .token = copy(a, v->token),
			     .jwks_uri = copy(a, v->jwks_uri),
			     .userinfo = copy(a, v->userinfo),
			     .end_session = copy(a, v->end_session),
			     .sends_issuer = v->sends_issuer,
			     .jwks = copy(a, v->jwks)};
}

static void keep(struct provider *p, const struct view *v)
{
	pthread_mutex_lock(&p->lock);
	arena_reset(&p->arena);
	p->view = copy_view(&p->arena, v);
	p->loaded = clock_monotonic();
	pthread_mutex_unlock(&p->lock);
}

/* 1: *ret is what is known; 0: somebody must ask; UNAVAILABLE: it was asked just now, in vain. */
static int known(struct provider *p, struct arena *a, struct view *ret, struct err *err)
{
	usec_t now = clock_monotonic();
	int answer = 0;

	pthread_mutex_lock(&p->lock);
	if (p->loaded && now - p->loaded < PROVIDER_KEEP) {
		*ret = copy_view(a, &p->view);
		answer = 1;
	} else if (now < p->next_try) {
		answer = err_set(err, ERR_UNAVAILABLE, "the provider was away a moment ago");
	}
	pthread_mutex_unlock(&p->lock);
	return answer;
}

/* Else hanging requests would gather behind a provider that is away. */
static int away(struct provider *p, int e)
{
	pthread_mutex_lock(&p->lock);
	p->next_try = clock_monotonic() + PROVIDER_RETRY_EVERY;
	pthread_mutex_unlock(&p->lock);
	return e;
}

static int look_up(struct provider *p, struct arena *a, struct view *ret, struct err *err)
{
	int e = known(p, a, ret, err);

	if (e != 0)
		return e < 0 ? e : 0;
	e = load(p, a, ret, err);
	if (e < 0)
		return away(p, e);
	keep(p, ret);
	return 0;
}

/* ---- to the provider ---- */

static const char *redirect_uri(const struct provider *p, struct arena *a)
{
	return arena_printf(a, "%s" PROVIDER_CALLBACK, p->o.public_url);
}

static void challenge_of(const char *verifier, char ret[JWT_X5T])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
	(void)sodium_bin2base64(ret, JWT_X5T, hash, sizeof(hash),
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void add_address(struct buf *ret, const char *url, const struct buf *query)
{
	assert(url);
	buf_addf(ret, "%s%c%s", url, strchr(url, '?') ? '&' : '?', query->p);
}

int provider_login_url(struct provider *p, const struct provider_login *l, struct buf *ret,
		       struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf q = BUF_INIT;
	char challenge[JWT_X5T];
	struct view v = {0};
	int e = look_up(p, &a, &v, err);

	if (e < 0)
		return e;
	challenge_of(l->verifier, challenge);
	fetch_add_field(&q, "response_type", "code");
	fetch_add_field(&q, "client_id", p->o.client_id);
	fetch_add_field(&q, "redirect_uri", redirect_uri(p, &a));
	fetch_add_field(&q, "scope", p->o.scope);
	fetch_add_field(&q, "state", l->state);
	fetch_add_field(&q, "nonce", l->nonce);
	fetch_add_field(&q, "code_challenge", challenge);
	fetch_add_field(&q, "code_challenge_method", "S256");
	if (p->o.acr_values)
		fetch_add_field(&q, "acr_values", p->o.acr_values);
	add_address(ret, v.authorization, &q);
	return 0;
}

/* ---- back from the provider ---- */

int provider_check_issuer(struct provider *p, const char *iss, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct view v = {0};

	if (iss)
		return strcmp(iss, p->o.issuer) == 0
			   ? 0
			   : err_set(err, ERR_DENIED, "iss: the answer is another issuer's");
	int e = look_up(p, &a, &v, err);
	if (e == 0 && v.sends_issuer)
		e = err_set(err, ERR_DENIED, "iss: the answer does not say whose it is");
	return e;
}

static int add_assertion(struct provider *p, const struct view *v, struct buf *form,
			 struct err *err)
{
	_cleanup_(buf_done) struct buf jwt = BUF_INIT;
	unsigned char random[16];
	char jti[2 * sizeof(random) + 1];
	json_int_t now = (json_int_t)(clock_now() / USEC_PER_SEC);

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(jti, sizeof(jti), random, sizeof(random));
	_cleanup_(json_decrefp) json_t *claims = json_pack(
	    "{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", p->o.client_id, "sub", p->o.client_id, "aud",
	    p->o.audience == PROVIDER_AUDIENCE_ISSUER ? p->o.issuer : v->token, "jti", jti, "iat",
	    now, "exp", now + ASSERTION_LIFE);
	int e = jwt_sign(p->key, claims, p->x5t[0] ? p->x5t : NULL, &jwt, err);
	if (e < 0)
		return e;
	fetch_add_field(form, "client_assertion_type", ASSERTION_TYPE);
	fetch_add_field(form, "client_assertion", jwt.p);
	return 0;
}

/* The error codes of RFC 6749 5.2 tell who must act; its descriptions are left out. */
static int refused(const json_t *answer, long status, struct err *err)
{
	static const char *const codes[] = {"invalid_request",	   "invalid_client",
					    "unauthorized_client", "unsupported_grant_type",
					    "invalid_scope",	   NULL};
	const char *code = claims_text(answer, "error");

	if (code && strcmp(code, "invalid_grant") == 0)
		return err_set(err, ERR_DENIED, "the provider does not take the code");
	for (size_t i = 0; code && codes[i]; i++)
		if (strcmp(code, codes[i]) == 0)
			return err_set(err, ERR_PROTOCOL,
				       "the provider's token endpoint says %s: compare client_id, "
				       "key and audience with what is registered there",
				       code);
	return err_set(err, ERR_PROTOCOL, "the provider's token endpoint answered with status %ld",
		       status);
}

static int ask_for_tokens(struct provider *p, const struct view *v, const char *code,
			  const struct provider_login *l, json_t **ret, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf form = BUF_INIT;
	long status = 0;

	fetch_add_field(&form, "grant_type", "authorization_code");
	fetch_add_field(&form, "code", code);
	fetch_add_field(&form, "redirect_uri", redirect_uri(p, &a));
	fetch_add_field(&form, "code_verifier", l->verifier);
	fetch_add_field(&form, "client_id", p->o.client_id);
	int e = add_assertion(p, v, &form, err);
	if (e == 0)
		e = fetch_json(
		    &(struct fetch){
			.url = v->token, .ca_file = p->o.ca_file, .form = form.p, .end = &p->end},
		    &status, ret, err);
	if (e == 0 && status != 200) {
		e = refused(*ret, status, err);
		json_decref(TAKE_PTR(*ret));
	}
	return e;
}

/* A key that is not in the set that is known may be in the one of now. */
static int verify(struct provider *p, struct view *v, struct arena *a, const char *token,
		  json_t **ret, struct err *err)
{
	int e = jwt_verify(span_str(token), span_str(v->jwks), ret, err);

	if (e != -ERR_NOT_FOUND)
		return e;
	log_info("oidc_keys_asked_again", "issuer=%s", log_quote(span_str(p->o.issuer)).s);
	e = load_keys(p, a, v, err);
	if (e < 0)
		return e;
	keep(p, v);
	e = jwt_verify(span_str(token), span_str(v->jwks), ret, err);
	return e == -ERR_NOT_FOUND ? err_set(err, ERR_DENIED, "%s",
					     "no key of the provider signed "
					     "the token")
				   : e;
}

/* An address that nobody has verified says nothing of whom it belongs to. */
static const char *login_of(const struct provider *p, const json_t *claims, struct arena *a)
{
	const char *text = claims_text(claims, p->o.first_claim);
	bool is_email = strcmp(p->o.first_claim, "email") == 0;

	if (!text || (is_email && !json_is_true(json_object_get(claims, "email_verified"))))
		return NULL;
	char *login = arena_strdup(a, text);
	for (char *c = login; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	return login;
}

/* Some providers tell claims only here. It fails quietly: then the user is not known by a claim. */
static const char *login_by_userinfo(struct provider *p, const struct view *v, const json_t *tokens,
				     const char *subject, struct arena *a)
{
	const char *access_token = claims_text(tokens, "access_token");
	_cleanup_(json_decrefp) json_t *info = NULL;
	struct err err = {0};
	long status = 0;

	if (!v->userinfo || !access_token)
		return NULL;
	const struct fetch f = {
	    .url = v->userinfo, .ca_file = p->o.ca_file, .bearer = access_token, .end = &p->end};
	if (fetch_json(&f, &status, &info, &err) < 0 || status != 200) {
		log_warn("oidc_no_userinfo", "status=%ld error=%s", status,
			 log_quote(span_str(err.message)).s);
		return NULL;
	}
	const char *its = claims_text(info, "sub");
	return its && strcmp(its, subject) == 0 ? login_of(p, info, a) : NULL;
}

static const char *logout_url(const struct provider *p, const struct view *v, struct arena *a)
{
	_cleanup_(buf_done) struct buf q = BUF_INIT, url = BUF_INIT;

	if (!v->end_session)
		return NULL;
	fetch_add_field(&q, "client_id", p->o.client_id);
	fetch_add_field(&q, "post_logout_redirect_uri", arena_printf(a, "%s/", p->o.public_url));
	add_address(&url, v->end_session, &q);
	return arena_strdup(a, url.p);
}

static int identify(struct provider *p, struct view *v, const json_t *tokens,
		    const struct provider_login *l, struct arena *a, struct provider_identity *ret,
		    struct err *err)
{
	const char *token = claims_text(tokens, "id_token");
	_cleanup_(json_decrefp) json_t *claims = NULL;

	if (!token)
		return err_set(err, ERR_PROTOCOL,
			       "the provider sent no ID token: does the scope "
			       "hold openid?");
	int e = verify(p, v, a, token, &claims, err);
	if (e == 0)
		e = claims_check(claims,
				 &(struct claims_expected){.issuer = p->o.issuer,
							   .client_id = p->o.client_id,
							   .nonce = l->nonce,
							   .acr_values = p->o.acr_values,
							   .now = clock_now()},
				 err);
	if (e < 0)
		return e;
	*ret = (struct provider_identity){.subject = arena_strdup(a, claims_text(claims, "sub")),
					  .logout_url = logout_url(p, v, a)};
	if (p->o.first_claim)
		ret->login = login_of(p, claims, a);
	if (p->o.first_claim && !ret->login)
		ret->login = login_by_userinfo(p, v, tokens, ret->subject, a);
	return 0;
}

int provider_redeem(struct provider *p, const char *code, const struct provider_login *l,
		    struct arena *a, struct provider_identity *ret, struct err *err)
{
	_cleanup_(json_decrefp) json_t *tokens = NULL;
	struct view v = {0};
	int e = look_up(p, a, &v, err);

	if (e == 0)
		e = ask_for_tokens(p, &v, code, l, &tokens, err);
	if (e == 0)
		e = identify(p, &v, tokens, l, a, ret, err);
	return e;
}

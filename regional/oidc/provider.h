/* The OpenID provider as this region's client sees it: authorization code flow with PKCE, and a
 * signed JWT (RFC 7523) to say who asks.
 *
 *     provider_login_url      where the browser goes
 *     provider_redeem         the code that came back, for who it is
 *
 * What the provider says of itself (discovery, keys) is asked for when it is first needed and kept
 * for PROVIDER_KEEP; its keys are asked for again when a token names one that is not known. All
 * calls may come from several threads, and block while they ask (fetch.h).
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

#define PROVIDER_KEEP	     USEC_PER_HOUR
#define PROVIDER_RETRY_EVERY USEC_PER_SEC /* after it was away: until then nobody waits for it */
#define PROVIDER_CALLBACK    "/api/oidc/callback"

enum provider_audience { PROVIDER_AUDIENCE_ISSUER, PROVIDER_AUDIENCE_TOKEN_ENDPOINT };

struct provider_options {
	const char *issuer; /* NULL: there is no provider */
	const char *client_id;
	const char *key;	/* file: ours, PEM */
	const char *cert;	/* file: its certificate, where the provider goes by that; NULL */
	const char *public_url; /* where browsers find this API, without a slash at the end */
	const char *label;	/* of the button */
	const char *scope;
	const char *acr_values;	 /* NULL: any */
	const char *first_claim; /* names the login of a user who is not linked yet; NULL: none */
	const char *ca_file;	 /* NULL: the system's */
	int audience;		 /* of our signed JWT: enum provider_audience */
};

struct provider;
/* The strings of o live as long as the provider, which may be away. */
int provider_open(const struct provider_options *o, struct provider **ret, struct err *err);
void provider_give_up(struct provider *p); /* whoever asks it now ends soon; NULL allowed */
void provider_close(struct provider *p);   /* NULL allowed */
DEFINE_CLEANUP(struct provider *, provider_close)
const struct provider_options *provider_options(const struct provider *p);
void provider_public_keys(const struct provider *p, struct buf *out); /* ours, as a JWK Set */

struct provider_login {
	const char *state, *nonce;
	const char *verifier; /* PKCE: 43 to 128 characters (RFC 7636) */
};

/* UNAVAILABLE: it is away. PROTOCOL: what it says of itself makes no sense. */
int provider_login_url(struct provider *p, const struct provider_login *l, struct buf *ret,
		       struct err *err);

struct provider_identity {
	const char *subject;
	const char
	    *login; /* by first_claim, in small letters; NULL: not told, or not to be trusted */
	const char *logout_url; /* ends the session at the provider; NULL: it offers none */
};

/* iss: as it came back beside the code (RFC 9207); NULL: it did not. */
int provider_check_issuer(struct provider *p, const char *iss, struct err *err);
/* Texts of *ret are in the arena. DENIED: the code or the token is refused; else as above. Messages
 * name no code, token or value of a claim. */
int provider_redeem(struct provider *p, const char *code, const struct provider_login *l,
		    struct arena *a, struct provider_identity *ret, struct err *err);

/* Log-ins that have gone to the OpenID provider and are not back yet, in PostgreSQL: whichever API
 * process the browser comes back to can go on, and only one can, once.
 *
 * The browser holds one secret in a cookie, and everything that must not be known to others follows
 * from it: the nonce and the PKCE verifier are keyed hashes of the state under that secret. The
 * table has hashes only. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

#define PENDING_LIFE	   (10 * USEC_PER_MIN)
#define PENDING_MAX	   100000 /* at once; above, nobody may begin */
#define PENDING_COOKIE	   "bedpost_oidc"
#define PENDING_RETURN_MAX 512

struct pending {
	char state[DIGEST_HEX + 1];  /* in the address */
	char secret[DIGEST_HEX + 1]; /* in the cookie */
	char nonce[DIGEST_HEX + 1], verifier[DIGEST_HEX + 1];
};

/* A path of our own pages: "/", "/?ward=x". Nothing that a browser takes for another site. */
bool pending_return_is_safe(struct span path);

void pending_make(struct pending *ret);
/* From what came back; false: it has not the shape. */
bool pending_restore(struct span state, struct span secret, struct pending *ret);

/* FULL: PENDING_MAX are under way. */
int pending_begin(struct pg *pg, const struct pending *p, struct span return_to, struct err *err);
/* Takes it up, for the only time. NOT_FOUND: there is none, or not any more. DENIED: it is another
 * browser's, and has ended with this. */
int pending_take(struct pg *pg, const struct pending *p, struct arena *a, const char **ret_return,
		 struct err *err);

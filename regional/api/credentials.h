/* What PostgreSQL holds of tokens, sessions and users: the statements behind auth.c. */
#pragma once

#include "base/digest.h"
#include "base/err.h"
#include "base/password.h"
#include "regional/api/scope.h"
#include "store/pg.h"

#define CREDENTIALS_IDLE USEC_PER_HOUR /* a session that is not used for so long has ended */

/* NOT_FOUND if there is none that is good now. */
int credentials_token(struct pg *pg, const struct digest *key, struct who *ret, struct err *err);
int credentials_session(struct pg *pg, const struct digest *key, struct who *ret, struct err *err);
/* NOT_FOUND: no such user, or a disabled one, or one without a password. */
int credentials_user(struct pg *pg, struct span login, struct who *ret,
		     char ret_hash[PASSWORD_HASH], struct err *err);

/* That it was used, to the minute: for idle sessions, and for people who tidy up tokens. key: of
 * the session, if who came with one. */
void credentials_used(struct pg *pg, const struct who *who, const struct digest *key);

/* Whom an OpenID provider vouches for. */
struct credentials_identity {
	struct span issuer, subject;
	struct span login; /* links a user who has no subject of this issuer yet; SPAN_NONE: none */
};
/* *ret_first: they were linked just now. NOT_FOUND: no user is linked or can be. DENIED: *ret is
 * one who is disabled. */
int credentials_identity(struct pg *pg, const struct credentials_identity *id, struct who *ret,
			 bool *ret_first, struct err *err);

/* hash: the password that let them in, NULL: none did. logout_url: see auth_open_session().
 * NOT_FOUND: the password, or the user, is so no more. */
int credentials_open_session(struct pg *pg, const struct who *who, const struct digest *key,
			     const char *hash, const char *logout_url, struct err *err);
/* *ret_logout_url: the session's, in the arena, or NULL. */
int credentials_close_session(struct pg *pg, const struct digest *key, struct arena *a,
			      const char **ret_logout_url, struct err *err);
/* In one transaction, with the end of all the user's sessions but this. NOT_FOUND: the old hash is
 * theirs no more. */
int credentials_set_password(struct pg *pg, int64_t user_id, const char *old_hash, const char *hash,
			     const struct digest *session, struct err *err);
/* All sessions of the same user or token. */
int credentials_close_all(struct pg *pg, const struct who *who, struct err *err);

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

int credentials_open_session(struct pg *pg, const struct who *who, const struct digest *key,
			     struct err *err);
int credentials_close_session(struct pg *pg, const struct digest *key, struct err *err);
/* All sessions of the same user or token. */
int credentials_close_all(struct pg *pg, const struct who *who, struct err *err);

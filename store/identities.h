/* Which user a subject of an OpenID provider stands for, as an administrator keeps it. Like
 * users.h: each change is one statement with its note in access_log. */
#pragma once

#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

#define IDENTITIES_SUBJECT_MAX 255

struct identity {
	struct span login, issuer, subject;
};
/* The same again changes nothing. NOT_FOUND: no such user. EXISTS: the subject is another user's,
 * or the user has another subject of this issuer. */
int identities_link(struct pg *pg, const char *who, const struct identity *i, struct err *err);
/* Of all issuers; ends the user's sessions. NOT_FOUND: no such user, or not linked. */
int identities_unlink(struct pg *pg, const char *who, struct span login, struct err *err);

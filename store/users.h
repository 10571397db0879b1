/* People who log in with a password, as an administrator keeps them. Like registry.h: each change
 * is one statement with its note in access_log, and `who` names the administrator in it.
 *
 * Texts of results live in the arena. A password comes as its hash (base/password.h). */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

#define USERS_LOGIN_MAX 64

struct users_row {
	int64_t id;
	struct span login, name, role;
	struct span facility_id, region_id; /* SPAN_NONE where the role has none */
	/* of a list only */
	usec_t created_at, password_at, disabled_at, last_login_at;
};

/* a-z 0-9 _ . @ -, a letter or digit first. */
bool users_login_is_valid(struct span login);
/* EXISTS: the login is taken. NOT_FOUND: no such facility or region. */
int users_add(struct pg *pg, const char *who, const struct users_row *u, const char *hash,
	      int64_t *ret_id, struct err *err);
int users_list(struct pg *pg, struct arena *a, struct users_row **ret, size_t *ret_n,
	       struct err *err);
/* Both end all sessions of the user. NOT_FOUND: no such login. */
int users_set_password(struct pg *pg, const char *who, struct span login, const char *hash,
		       struct err *err);
int users_disable(struct pg *pg, const char *who, struct span login, struct err *err);
int users_enable(struct pg *pg, const char *who, struct span login, struct err *err);

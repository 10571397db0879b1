/* People who log in with a password, as an administrator keeps them. Like registry.h: each change
 * is one statement with its note in access_log, and `who` names the administrator in it.
 *
 * Texts of results live in the arena. A password comes as its hash (base/password.h). */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "store/edit.h"
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
/* hash NULL: no password fits (an OpenID provider lets them in). EXISTS: the login is taken.
 * NOT_FOUND: no such facility or region. */
int users_add(struct pg *pg, const char *who, const struct users_row *u, const char *hash,
	      int64_t *ret_id, struct err *err);
int users_list(struct pg *pg, struct arena *a, struct users_row **ret, size_t *ret_n,
	       struct err *err);
/* A transaction in which a user's password changes: the row is locked before anything is read, so
 * that what ends the sessions sees each that was opened by the old password, and who is logging in
 * by it meanwhile waits and gets none (credentials_open_session). id 0: by the login. users_end()
 * commits, or rolls back where code is negative. */
int users_begin(struct pg *pg, struct span login, int64_t id, struct err *err);
int users_end(struct pg *pg, int code, struct err *err);
/* Both end all sessions of the user. NOT_FOUND: no such login. */
int users_set_password(struct pg *pg, const char *who, struct span login, const char *hash,
		       struct err *err);
/* FULL: it is the last SYSTEM_ADMIN who is not disabled; force: all the same. */
int users_disable(struct pg *pg, const char *who, struct span login, bool force, struct err *err);
int users_enable(struct pg *pg, const char *who, struct span login, struct err *err);

/* ---- as the API keeps them: rows as in edit.h; the shape is docs/api.md's ---- */

struct users_filter {
	int64_t id;				  /* 0: any */
	struct span role, facility_id, region_id; /* SPAN_NONE: any */
	struct edit_page page;			  /* by login */
};
int users_page(struct pg *pg, const struct users_filter *f, struct arena *a, struct pg_result **ret,
	       struct err *err);
/* Keys of the patch: name, role, facility_id, region_id, disabled. Whoever gets another role or
 * scope, or is disabled, loses sessions and subscriptions. LAST_ADMIN: no other SYSTEM_ADMIN would
 * be left who is not disabled. INVALID: role and scope do not go together; NOT_FOUND: no such
 * facility or region. */
int users_change(struct pg *pg, const struct edit *e, int64_t id, enum edit_verdict *ret,
		 struct err *err);
/* NOT_FOUND: no such id. */
int users_login_of(struct pg *pg, int64_t id, struct arena *a, struct span *ret, struct err *err);
/* Ends all sessions. NOT_FOUND: no such id. */
int users_log_out(struct pg *pg, const char *who, int64_t id, int64_t *ret_ended, struct err *err);

/* Who is asking: an API token ("Authorization: Bearer bpt_…") or a session cookie that a login made
 * from one, or from a login name and password.
 *
 * PostgreSQL holds BLAKE2b-256 hashes of tokens and sessions (credentials.h), argon2id ones of
 * passwords. A session ends after AUTH_SESSION, or when it was not used for CREDENTIALS_IDLE. What
 * was looked up is kept for AUTH_KEEP, so a token that is revoked works that much longer at most;
 * with PostgreSQL away, who was known within AUTH_KEEP_AWAY stays known. Too many failures from one
 * address are refused unseen (limiter.h). Too many wrong passwords from one address, or for one
 * login, are refused by all API processes together (budget.h); browsers in which the login's user
 * has logged in before have a budget each (device.h).
 */
#pragma once

#include "base/err.h"
#include "http/httpd.h"
#include "regional/api/device.h"
#include "regional/api/scope.h"
#include "regional/metrics.h"
#include "store/pg.h"

#define AUTH_KEEP      (5 * USEC_PER_SEC)
#define AUTH_KEEP_AWAY (15 * USEC_PER_MIN)
#define AUTH_SESSION   (12 * USEC_PER_HOUR) /* a session's life */
#define AUTH_COOKIE    "bedpost_session"
#define AUTH_SECRET    65 /* a session's text with its NUL */

struct auth;
struct auth *auth_new(struct metrics *metrics);
void auth_free(struct auth *a);

enum auth_answer {
	AUTH_NONE,    /* no credential came */
	AUTH_KNOWN,   /* *ret is set */
	AUTH_REFUSED, /* not one of ours, expired, revoked */
	AUTH_LIMITED, /* too many failures */
	AUTH_ASK,     /* PostgreSQL must be asked: auth_look_up() */
	AUTH_AWAY,    /* it cannot be asked */
};

enum auth_answer auth_peek(struct auth *a, const struct httpd_rq *rq, struct who *ret);
/* Not NONE, not ASK. pg NULL: PostgreSQL is away. */
enum auth_answer auth_look_up(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
			      struct who *ret);

/* Has this address failed too often? */
bool auth_is_limited(struct auth *a, const struct httpd_rq *rq);

struct auth_login {
	struct span token; /* or, if SPAN_NONE: */
	struct span login, password;
};
/* KNOWN: *ret is who they stand for, with a session made, whose text goes into the cookie; and
 * after a password the browser's cookie anew, else "". REFUSED: *ret is the user whose password it
 * is not, for the access log, or WHO_NOBODY. A password takes a tenth of a second of a core, also
 * for a login that does not exist. */
enum auth_answer auth_log_in(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
			     const struct auth_login *l, struct who *ret,
			     char ret_session[AUTH_SECRET], char ret_device[DEVICE_TEXT]);
/* For whom was made sure of by other means: a session as after auth_log_in(). hash: the
 * password's that it stands on, NULL: none; NOT_FOUND: it was changed meanwhile. logout_url: kept
 * with it; NULL: none. */
int auth_open_session(struct auth *a, struct pg *pg, struct who *who, const char *hash,
		      const char *logout_url, char ret_session[AUTH_SECRET]);
/* *ret_logout_url, if the session has one, is in the request's arena. */
int auth_log_out(struct auth *a, struct pg *pg, struct httpd_rq *rq, const char **ret_logout_url,
		 struct err *err);
/* Ends all sessions of the same user or token; other processes forget them within AUTH_KEEP. */
int auth_log_out_everywhere(struct auth *a, struct pg *pg, const struct who *who, struct err *err);

/* What is remembered of a user, or a token, is asked for anew: they have changed. */
void auth_forget_user(struct auth *a, int64_t user_id);
void auth_forget_token(struct auth *a, int64_t token_id);

/* A new password for the user of this session, by the old one, which is tried as a login is: KNOWN,
 * REFUSED (it is not theirs, or they have none), LIMITED, AWAY. All other sessions of the user end,
 * and no other browser of theirs is known any more. */
enum auth_answer auth_change_password(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
				      const struct who *who, struct span old, struct span fresh,
				      char ret_device[DEVICE_TEXT]);

/* A request that changes something and came with a cookie must repeat the session's csrf text in
 * X-CSRF-Token. */
bool auth_csrf_is_good(const struct who *who, const struct httpd_rq *rq);

/* Who is asking: an API token ("Authorization: Bearer bpt_…") or a session cookie that a login made
 * from one.
 *
 * PostgreSQL holds BLAKE2b-256 hashes of both. What was looked up is kept for AUTH_KEEP, so a token
 * that is revoked works that much longer at most; with PostgreSQL away, who was known within
 * AUTH_KEEP_AWAY stays known. Too many failures from one address are refused unseen (limiter.h).
 */
#pragma once

#include "base/err.h"
#include "http/httpd.h"
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
	AUTH_LIMITED, /* too many failures from this address */
	AUTH_ASK,     /* PostgreSQL must be asked: auth_look_up() */
	AUTH_AWAY,    /* it cannot be asked */
};

enum auth_answer auth_peek(struct auth *a, const struct httpd_rq *rq, struct who *ret);
/* Not NONE, not ASK. pg NULL: PostgreSQL is away. */
enum auth_answer auth_look_up(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
			      struct who *ret);

/* KNOWN: *ret is who the token stands for, with a session made, whose text goes into the cookie. */
enum auth_answer auth_log_in(struct auth *a, struct pg *pg, const struct httpd_rq *rq,
			     struct span token, struct who *ret, char ret_session[AUTH_SECRET]);
int auth_log_out(struct auth *a, struct pg *pg, const struct httpd_rq *rq, struct err *err);

/* A request that changes something and came with a cookie must repeat the session's csrf text in
 * X-CSRF-Token. */
bool auth_csrf_is_good(const struct who *who, const struct httpd_rq *rq);

/* What the endpoints of /api/admin share: pages, one thing with its version, If-Match, and what is
 * answered to a change that was not made. */
#pragma once

#include "regional/api/body.h"
#include "regional/api/params.h"
#include "regional/api/room.h"
#include "store/alert_terms.h"
#include "store/edit.h"

/* The connection notes where a change comes from; false: it has answered with 503. */
bool admin_begin(struct httpd_rq *rq, struct pg *pg);
/* {"<key>":[…],"next":…} of a page (store/edit.h), or 503 where code is negative. */
void admin_answer_page(struct httpd_rq *rq, const char *key, int code, const struct pg_result *r,
		       int64_t limit);
/* The first row as it is, with its version as ETag; 404 where there is none, 503 where code is
 * negative. */
void admin_answer_one(struct httpd_rq *rq, int status, int code, const struct pg_result *r);

/* If-Match: "3f0c…" or *. false: it has answered with 428 or 400. */
bool admin_read_version(struct httpd_rq *rq, struct span *ret);
/* The number in the address. false: it has answered with 404. */
bool admin_read_id(struct httpd_rq *rq, int64_t *ret);

/* A page of things whose keys are numbers. false: it has answered with 400. */
struct admin_list {
	struct span facility, state, cursor;
	int64_t limit;
};
bool admin_read_list(struct httpd_rq *rq, const struct params_key *keys, struct admin_list *ret);
/* The rule that a body names; NULL: none, or (body_fault) none that there is. */
const struct alert_term *admin_rule(struct body *b);
void admin_answer_gone(struct httpd_rq *rq); /* 204 */

/* A change that failed: 400, 404, 409 or 503. field: what it is about in the body, NULL: none. */
void admin_answer_error(struct httpd_rq *rq, int code, const struct err *err, const char *field);
/* 409 with the thing as it stands. */
void admin_answer_stale(struct httpd_rq *rq, int code, const struct pg_result *r);

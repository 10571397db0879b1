/* Who asked for what: queued by requests, written to access_log in batches by a thread of its own.
 * Never blocks a request; while PostgreSQL is away lines wait, and those above ACCESS_LOG_MAX (half
 * of it for those whom nobody knows) are lost and counted. */
#pragma once

#include "base/err.h"
#include "http/httpd.h"
#include "regional/api/scope.h"
#include "regional/metrics.h"

#define ACCESS_LOG_MAX 20000

struct access_log;
int access_log_start(const char *database, struct metrics *m, struct access_log **ret,
		     struct err *err);
void access_log_stop(
    struct access_log *l); /* writes what is queued if PostgreSQL is there; NULL allowed */
/* who NULL: nobody known. facility_id: that the address named; may be NULL. action, detail:
 * constant strings; detail a word, may be NULL. */
void access_log_add(struct access_log *l, const struct httpd_rq *rq, const struct who *who,
		    const char *action, const char *facility_id, bool allowed, const char *detail);

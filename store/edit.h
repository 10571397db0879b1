/* A change to what an administrator keeps, as two of them may make it at once: with the version in
 * mind that was seen, so that neither overwrites the other's unseen.
 *
 * A version follows from the values themselves (EDIT_VERSION of the columns that are kept), so no
 * table has a counter, and what the daemons write beside them does not count. A patch is a JSON
 * object of the keys that change (RFC 7396), its values checked by the caller; what the schema
 * still refuses is INVALID. Each change stands in access_log with what it was and what it is. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

#define EDIT_ANY	      "*" /* whatever the version is */
#define EDIT_VERSION(managed) "left(md5((" managed ")::text), 16)"

struct edit {
	const char *who; /* for the access log */
	struct span version;
	struct span patch; /* JSON */
};

enum edit_verdict {
	EDIT_MADE,
	EDIT_MISSING,	 /* there is no such thing, or it is not theirs */
	EDIT_STALE,	 /* it has another version */
	EDIT_LAST_ADMIN, /* of users: nobody would be left to administer */
};

/* Pages of such things: rows of (key, JSON text, version); one more than `limit` says that there is
 * a next page. */
enum { EDIT_KEY, EDIT_JSON, EDIT_TAG };

struct edit_page {
	struct span cursor; /* after this key; SPAN_NONE: from the beginning */
	int64_t limit;
};

/* For the statements: $1 who, $2 key (text or bigint), $3 version, $4 patch. */
void edit_add(struct pg_params *p, const struct edit *e);
/* CASE for a column of a patch: kept, or as the patch says. */
#define EDIT_TEXT(t, column) EDIT_AS(t, column, "$4->>'" #column "'")
#define EDIT_AS(t, column, value)                                                                  \
#column " = CASE WHEN $4::jsonb ? '" #column "' THEN " value " ELSE " #t "." #column " END"
/* What the schema refuses, in words: NOT_FOUND for a region or home that is not there, INVALID for
 * values that do not go together, DENIED for rows beyond the connection's scope. */
int edit_refused(struct pg *pg, int code, struct err *err);
/* Runs a statement that answers one row: is it there, does the version fit, may it be. */
int edit_run(struct pg *pg, const char *sql, const struct pg_params *p, enum edit_verdict *ret,
	     struct err *err);

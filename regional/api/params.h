/* A query's parameters, read by a table: a name that is not in it, or a value that makes no sense,
 * is an error that names it. */
#pragma once

#include "http/httpd.h"

#define PARAMS_LIMIT_DEFAULT 100
#define PARAMS_LIMIT_MAX     1000

enum params_kind {
	PARAMS_IDENT,	 /* struct span: an identifier (bed/ident.h) */
	PARAMS_FACILITY, /* struct span: a facility's */
	PARAMS_TIME,	 /* usec_t: RFC 3339 */
	PARAMS_LIMIT,	 /* int64_t: rows of a page, 1 to PARAMS_LIMIT_MAX */
	PARAMS_CURSOR,	 /* struct span: a page's `next` */
	PARAMS_TEXT,	 /* struct span: 1 to 128 bytes of UTF-8 */
	PARAMS_CHOICE,	 /* struct span: one of `choices` */
	PARAMS_REGION,	 /* struct span: a region's identifier */
	PARAMS_DAY,	 /* struct span: "2026-10-01" */
	PARAMS_MONTH,	 /* struct span: "2026-10" */
	PARAMS_ZONE,	 /* struct span: of the time zone database */
};

struct params_key {
	const char *name; /* NULL ends a table */
	enum params_kind kind;
	size_t at;	     /* offsetof the member */
	const char *choices; /* with commas */
};

/* Into *ret, where what is not given stays as it is. false: it has answered with 400. */
bool params_read(struct httpd_rq *rq, const struct params_key *keys, void *ret);

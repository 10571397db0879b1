/* A JSON body, read by a table: every field that is unknown, missing or makes no sense is named in
 * the answer by a JSON pointer (RFC 9457, `errors`), all of them at once. */
#pragma once

#include <jansson.h>

#include "base/clock.h"
#include "http/httpd.h"

#define BODY_MAX	((size_t)16 << 10)
#define BODY_ERRORS_MAX 20
#define BODY_TEXT_MAX	200 /* bytes of a text for people */

enum body_kind {
	BODY_TEXT,	  /* for people: one line, not empty */
	BODY_CHOICE,	  /* one of `choices` */
	BODY_FACILITY_ID, /* bed/ident.h */
	BODY_REGION_ID,
	BODY_WARD,
	BODY_LOGIN,
	BODY_PASSWORD,
	BODY_ZONE, /* a time zone's name */
	BODY_TIME, /* RFC 3339 */
	BODY_SECRET,
	BODY_TARGET,
	BODY_FLAG,
	BODY_COUNT,  /* a whole number from 0 */
	BODY_NUMBER, /* from low to high */
	BODY_TEXTS,  /* an object of texts, under the keys `choices` */
	BODY_WARDS,  /* an object of ward → {"name","beds"} */
};

enum { BODY_REQUIRED = 1, BODY_NULLABLE = 2 };

struct body_key {
	const char *name; /* NULL ends a table */
	enum body_kind kind;
	unsigned flags;
	const char *choices; /* with commas */
	double low, high;
};

struct body {
	json_t *fields;
	struct httpd_rq *rq;
	char errors[2048]; /* JSON objects with commas */
	size_t n, n_errors;
};

void body_done(struct body *b);
/* false: it has answered with 400. whole: required fields must be there; else it is a patch. */
bool body_read(struct httpd_rq *rq, const struct body_key *keys, bool whole, struct body *ret);
/* Adds to what is wrong; then body_refuse() answers. */
void body_fault(struct body *b, const char *name, const char *why);
void body_refuse(struct body *b);
bool body_is_good(struct body *b); /* else it has answered */

bool body_has(const struct body *b, const char *name);	       /* also as null */
struct span body_text(const struct body *b, const char *name); /* SPAN_NONE: absent, or null */
int64_t body_count(const struct body *b, const char *name, int64_t otherwise);
bool body_flag(const struct body *b, const char *name, bool otherwise);
/* As a patch: the fields that came, as JSON, in the request's arena. */
struct span body_patch(const struct body *b);

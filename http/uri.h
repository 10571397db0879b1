/* Addresses: percent-decoding, queries, and which route a path takes. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/span.h"
#include "http/httpd.h"

/* false: a broken escape, or one that hides a NUL. */
bool uri_decode(struct span s, bool plus_is_space, struct arena *a, struct span *ret);
/* false: a broken escape, or more than HTTPD_QUERY_MAX pairs. A name without '=' has an absent
 * value. */
bool uri_query(struct span query, struct arena *a, struct httpd_pair **ret, size_t *ret_n);

struct uri_match {
	const struct httpd_route
	    *route;	   /* NULL: no pattern fits, or none with this method (allow is then set) */
	const char *allow; /* "GET, HEAD, PUT" of the pattern that fits best; NULL if none does */
	struct span params[HTTPD_PARAMS_MAX];
};

/* path: still encoded, so that "%2F" stays inside its segment. Of several patterns that fit the one
 * that is more exact in the earliest segment is taken, whatever its methods. false: a broken
 * escape. */
bool uri_match(const struct httpd_route *routes, const char *method, struct span path,
	       struct arena *a, struct uri_match *ret);

/* Asks an OpenID provider: one HTTPS request, one JSON object back. The room's only caller of
 * libcurl. Blocks its thread, for FETCH_TIMEOUT at most; redirects are not followed. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

#define FETCH_TIMEOUT (5 * USEC_PER_SEC)
#define FETCH_MAX     ((size_t)256 << 10) /* bytes of an answer */

struct fetch {
	const char *url;
	const char *ca_file; /* PEM: who signed the other side's certificate; NULL: the system's */
	const char *form;    /* a body, application/x-www-form-urlencoded; NULL: GET */
	const char *bearer;  /* NULL: none */
	const atomic_bool *end; /* when set by anybody, the request ends within a second */
};

/* Once a process, before the first. */
int fetch_setup(struct err *err);
void fetch_done(void);
/* 0: *ret_status is the answer's and *ret its object, for the caller to free. UNAVAILABLE: not
 * reached, or busy (429, 5xx). PROTOCOL: reached, and no JSON object. */
int fetch_json(const struct fetch *f, long *ret_status, json_t **ret, struct err *err);
/* Adds name=value, escaped, with & before it unless it is the first. */
void fetch_add_field(struct buf *b, const char *name, const char *value);

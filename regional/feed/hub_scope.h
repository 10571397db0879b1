/* What a client of the hub may see and asked to see. Scopes are compared, so that clients who see
 * the same share what is made for them. */
#pragma once

#include "bed/ident.h"
#include "regional/live/picture.h"

/* What a client asked for of what it may see. Each list is NULL, for any, or holds names between
 * commas: ",fac_a,fac_b,". Homes' contacts and alerts go by region and home only. */
struct hub_filter {
	const char *regions, *facilities, *wards;
	unsigned levels; /* a bit for each care level; 0: any */
};

struct hub_scope {
	char facility_id[IDENT_MAX + 1], region_id[IDENT_MAX + 1]; /* both "": everything */
	struct hub_filter filter;				   /* hub_open() copies its lists */
};

bool hub_scope_sees(const struct hub_scope *scope, const struct facility *f);
bool hub_scope_sees_row(const struct hub_scope *scope, const struct facility *f,
			const struct avail *a);

/* With lists of its own, for hub_scope_done() to free. */
struct hub_scope hub_scope_copy(const struct hub_scope *scope);
void hub_scope_done(struct hub_scope *scope);
int hub_scope_compare(const struct hub_scope *a, const struct hub_scope *b); /* as strcmp() */

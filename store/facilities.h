/* Homes as an administrator keeps them: settings, certificates, and who was turned away. Like
 * registry.h: each change is one statement with its note in access_log, and whoever shows homes is
 * told (NOTIFY). */
#pragma once

#include "base/clock.h"
#include "store/edit.h"
#include "store/registry.h"

struct facilities_filter {
	struct span id, region_id; /* SPAN_NONE: any */
	struct span state;	   /* "open", "closed"; SPAN_NONE: both */
	usec_t stale_after, offline_after;
	struct edit_page page;
};
/* Rows as in edit.h; the shape is docs/api.md's. */
int facilities_list(struct pg *pg, const struct facilities_filter *f, struct arena *a,
		    struct pg_result **ret, struct err *err);

/* Keys of the patch: name, region_id, address, latitude, longitude, timezone, ward_config,
 * conflict_policy, auto_register, default_care_level. NOT_FOUND: no such region. */
int facilities_change(struct pg *pg, const struct edit *e, struct span id, enum edit_verdict *ret,
		      struct err *err);

/* Closes a home: every certificate it has is refused for ever, and so is all that comes from it
 * until facilities_enrolled(). One that is closed already stays so. NOT_FOUND. */
int facilities_revoke(struct pg *pg, const char *who, struct span id, struct err *err);

struct facilities_certificate {
	struct span facility_id;
	const char *fingerprint;
	usec_t expires_at;
	bool only; /* the others are refused from now on, and a closed home is open again */
};
/* A certificate was made. NOT_FOUND; DENIED if the home is closed and `only` is not set. */
int facilities_enrolled(struct pg *pg, const char *who, const struct facilities_certificate *c,
			struct err *err);

struct facilities_refusal {
	struct span facility_id;
	const char *road, *reason; /* "https", "sftp"; "closed", "certificate" */
	struct span fingerprint;   /* "": the road has none */
	struct span source_ip;	   /* SPAN_NONE: not known */
};
/* That a home was turned away, for administrators to see: counted, and once an hour in access_log.
 * A home that is not there leaves no trace here. On a connection that is in a pipeline (pg.h). */
int facilities_refused(struct pg *pg, const struct facilities_refusal *r, struct err *err);

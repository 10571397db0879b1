/* A row of availability as the API and the live streams show it. */
#pragma once

#include "base/buf.h"
#include "regional/live/picture.h"

struct view_rule {
	struct freshness_rule fresh;
	usec_t now;
};

#define VIEW_NO_DISTANCE (-1.0)

/* {"facility_id":…,"name":…,"ward":…,"care_level":…,"available_beds":…,"total_beds":…,"reserved_beds":…,
 * "occupied_beds":…,"maintenance_beds":…,"unconfirmed_beds":…,"as_of":…,"data_age_minutes":…,"status":…,
 * "distance_km":…}; distance_km is null for VIEW_NO_DISTANCE. */
void view_row(const struct facility *f, const struct avail *a, const struct view_rule *rule,
	      double distance_km, struct buf *out);
/* {"facility_id":…,"as_of":…,"status":…} */
void view_contact(const struct facility *f, const struct view_rule *rule, struct buf *out);
/* {"id":…,"name":…,"region_id":…,"region_name":…,"address":…,"latitude":…,"longitude":…,"last_contact_at":…,"offline_since":…,"closed_at":…,"as_of":…,
 * "queue_depth":…,"status":…} */
void view_facility(const struct facility *f, const struct view_rule *rule, struct buf *out);
/* "key":"…Z" or "key":null */
void view_time(const char *key, usec_t at, struct buf *out);

/* One writer for both, so that a row of the table and its live update cannot differ. */
#include "regional/live/view.h"

#include <math.h>
#include <stdio.h>

void view_time(const char *key, usec_t at, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];

	if (at == USEC_NONE)
		buf_addf(out, "\"%s\":null", key);
	else
		buf_addf(out, "\"%s\":\"%s\"", key, clock_format_rfc3339(at, text));
}

static void add_number(const char *key, double v, struct buf *out)
{
	if (isnan(v))
		buf_addf(out, "\"%s\":null", key);
	else
		buf_addf(out, "\"%s\":%.6g", key, v);
}

void view_row(const struct facility *f, const struct avail *a, const struct view_rule *rule,
	      double distance_km, struct buf *out)
{
	usec_t as_of = picture_as_of(f, a), age = rule->now > as_of ? rule->now - as_of : 0;
	const char *level = care_level_name(a->care_level);

	buf_addf(out, "{\"facility_id\":\"%s\",\"name\":", f->id);
	buf_add_json(out, span_str(f->name));
	buf_addf(out,
		 ",\"ward\":\"%s\",\"care_level\":%s%s%s,\"available_beds\":%d,\"total_beds\":%d,"
		 "\"reserved_beds\":%d,"
		 "\"occupied_beds\":%d,\"maintenance_beds\":%d,\"unconfirmed_beds\":%d,",
		 a->ward, level ? "\"" : "", level ? level : "null", level ? "\"" : "",
		 a->available, a->total, a->reserved, a->occupied, a->maintenance, a->unconfirmed);
	view_time("as_of", as_of, out);
	buf_addf(out, ",\"data_age_minutes\":%lld,\"status\":\"%s\",\"distance_km\":",
		 (long long)(age / USEC_PER_MIN),
		 freshness_name(picture_freshness(f, as_of, rule->now, &rule->fresh)));
	if (distance_km < 0)
		buf_adds(out, "null}");
	else
		buf_addf(out, "%.1f}", distance_km);
}

void view_contact(const struct facility *f, const struct view_rule *rule, struct buf *out)
{
	buf_addf(out, "{\"facility_id\":\"%s\",", f->id);
	view_time("as_of", f->as_of, out);
	buf_addf(out, ",\"status\":\"%s\"}",
		 freshness_name(picture_freshness(f, f->as_of, rule->now, &rule->fresh)));
}

/* Also where no daemon looks for alerts, or nobody wants this one's. */
static usec_t offline_since(const struct facility *f, const struct view_rule *rule)
{
	if (picture_is_closed(f))
		return USEC_NONE; /* nobody misses it */
	if (f->offline_since != USEC_NONE)
		return f->offline_since;
	return picture_freshness(f, f->as_of, rule->now, &rule->fresh) == OFFLINE
		   ? f->last_contact_at
		   : USEC_NONE;
}

void view_facility(const struct facility *f, const struct view_rule *rule, struct buf *out)
{
	buf_addf(out, "{\"id\":\"%s\",\"name\":", f->id);
	buf_add_json(out, span_str(f->name));
	buf_addf(out, ",\"region_id\":\"%s\",\"region_name\":", f->region_id);
	buf_add_json(out, span_str(f->region_name));
	buf_addf(out, ",\"address\":%s,", f->address[0] ? f->address : "{}");
	add_number("latitude", f->latitude, out);
	buf_addc(out, ',');
	add_number("longitude", f->longitude, out);
	buf_addc(out, ',');
	view_time("last_contact_at", f->last_contact_at, out);
	buf_addc(out, ',');
	view_time("offline_since", offline_since(f, rule), out);
	buf_addc(out, ',');
	view_time("closed_at", f->closed_at, out);
	buf_addc(out, ',');
	view_time("as_of", f->as_of, out);
	buf_addf(out, ",\"queue_depth\":%lld,\"status\":\"%s\"}", (long long)f->queue_depth,
		 freshness_name(picture_freshness(f, f->as_of, rule->now, &rule->fresh)));
}

/* HL7 FHIR R4 (4.0.1): a Bundle of what is now.
 *
 *     Location       per home (site), ward (wa) and bed (bd), each part of the one before; a bed's
 *                    operationalStatus is a Coding of v2-0116
 *     MeasureReport  per home: a group per ward and care level, a population per status
 *
 * R4's ids have no underscore, so resources are named by UUIDs that follow from our ids
 * (fullUrl "urn:uuid:…", to which references resolve within a Bundle); ours stand as identifiers.
 * v2-0116 knows no reserved bed: that is a code of our own. A bed in conflict has no
 * operationalStatus: nothing is asserted of it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/digest.h"
#include "reports/export.h"

#define V2_0116	      "http://terminology.hl7.org/CodeSystem/v2-0116"
#define PHYSICAL_TYPE "http://terminology.hl7.org/CodeSystem/location-physical-type"
#define ROLE_CODE     "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
#define UUID_CHARS    36

struct fhir {
	struct report_run *run;
	struct buf b;
	size_t entries;
};

/* The first 16 bytes of a digest of "kind/facility/…", marked as a name-based UUID. */
static char *uuid_of(const char *kind, struct span facility, struct span rest,
		     char out[UUID_CHARS + 1])
{
	struct buf name = BUF_INIT;

	buf_addf(&name, "%s/%.*s/%.*s", kind, SPAN_ARG(facility), SPAN_ARG(rest));
	struct digest d = digest_of(buf_span(&name));
	buf_done(&name);
	d.b[6] = (d.b[6] & 0x0f) | 0x80; /* version 8: RFC 9562 */
	d.b[8] = (d.b[8] & 0x3f) | 0x80;
	char *p = out;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p += sprintf(p, "%02x", d.b[i]);
	}
	return out;
}

static void begin_entry(struct fhir *f, const char *uuid, const char *type)
{
	buf_addf(&f->b, "%s{\"fullUrl\":\"urn:uuid:%s\",\"resource\":{\"resourceType\":\"%s\"",
		 f->entries++ ? ",\n" : "\n", uuid, type);
}

static int end_entry(struct fhir *f, struct err *err)
{
	buf_adds(&f->b, "}}");
	return output_flush_buf(f->run->out, &f->b, err);
}

static void add_text(struct fhir *f, const char *key, struct span value)
{
	buf_addf(&f->b, ",\"%s\":", key);
	buf_add_json(&f->b, value);
}

static void begin_location(struct fhir *f, const char *uuid, const char *kind, struct span facility,
			   struct span rest, const char *type, const char *display)
{
	struct buf id = BUF_INIT;

	buf_addf(&id, rest.p ? "%.*s/%.*s" : "%.*s", SPAN_ARG(facility), SPAN_ARG(rest));
	begin_entry(f, uuid, "Location");
	buf_addf(&f->b, ",\"identifier\":[{\"system\":\"urn:bedpost:%s\",\"value\":", kind);
	buf_add_json(&f->b, buf_span(&id));
	buf_addf(&f->b,
		 "}],\"status\":\"active\",\"mode\":\"instance\",\"physicalType\":{\"coding\":["
		 "{\"system\":\"" PHYSICAL_TYPE "\",\"code\":\"%s\",\"display\":\"%s\"}]}",
		 type, display);
	buf_done(&id);
}

static int write_site(struct fhir *f, const struct export_home *h, struct err *err)
{
	char uuid[UUID_CHARS + 1];

	begin_location(f, uuid_of("facility", h->id, SPAN(""), uuid), "facility", h->id, SPAN_NONE,
		       "si", "Site");
	add_text(f, "name", h->name);
	buf_adds(&f->b, ",\"type\":[{\"coding\":[{\"system\":\"" ROLE_CODE "\",\"code\":\"NCCF\","
			"\"display\":\"Nursing or custodial care facility\"}]}]");
	if (h->has_place)
		buf_addf(&f->b, ",\"position\":{\"longitude\":%.6f,\"latitude\":%.6f}",
			 h->longitude, h->latitude);
	return end_entry(f, err);
}

static void add_part_of(struct fhir *f, const char *kind, struct span facility, struct span rest)
{
	char uuid[UUID_CHARS + 1];

	buf_addf(&f->b, ",\"partOf\":{\"reference\":\"urn:uuid:%s\"}",
		 uuid_of(kind, facility, rest, uuid));
}

/* The places are ordered by ward: each ward once. */
static int write_wards(struct fhir *f, const struct export_home *h, struct err *err)
{
	char uuid[UUID_CHARS + 1];
	int e = 0;

	for (size_t i = 0; i < h->n_places && e == 0; i++) {
		if (i > 0 && span_eq(h->places[i].ward, h->places[i - 1].ward))
			continue;
		begin_location(f, uuid_of("ward", h->id, h->places[i].ward, uuid), "ward", h->id,
			       h->places[i].ward, "wa", "Ward");
		add_text(f, "name", h->places[i].ward);
		add_part_of(f, "facility", h->id, SPAN(""));
		e = end_entry(f, err);
	}
	return e;
}

static int write_measure(struct fhir *f, const struct export_home *h, struct err *err)
{
	char uuid[UUID_CHARS + 1], subject[UUID_CHARS + 1];
	char now[CLOCK_RFC3339_MAX], as_of[CLOCK_RFC3339_MAX];

	(void)clock_format_rfc3339(f->run->frame->now, now);
	(void)clock_format_rfc3339(h->as_of != USEC_NONE ? h->as_of : f->run->frame->now, as_of);
	begin_entry(f, uuid_of("measure", h->id, SPAN(""), uuid), "MeasureReport");
	buf_addf(
	    &f->b,
	    ",\"status\":\"complete\",\"type\":\"summary\",\"measure\":"
	    "\"urn:bedpost:measure:bed-availability\",\"subject\":{\"reference\":\"urn:uuid:%s\"},"
	    "\"date\":\"%s\",\"period\":{\"start\":\"%s\",\"end\":\"%s\"}",
	    uuid_of("facility", h->id, SPAN(""), subject), now, as_of, as_of);
	for (size_t i = 0; i < h->n_places; i++) {
		const struct export_place *p = &h->places[i];
		struct buf name = BUF_INIT;
		buf_addf(&name, "%.*s, %.*s", SPAN_ARG(p->ward), SPAN_ARG(p->care_level));
		buf_adds(&f->b, i ? ",{\"code\":{\"text\":" : ",\"group\":[{\"code\":{\"text\":");
		buf_add_json(&f->b, buf_span(&name));
		buf_addf(&f->b,
			 "},\"population\":[{\"code\":{\"coding\":[{\"system\":"
			 "\"urn:bedpost:bed-status\",\"code\":\"total\"}]},\"count\":%" PRId64 "}",
			 p->total);
		for (int k = 0; k < EXPORT_COUNTS; k++)
			buf_addf(&f->b,
				 ",{\"code\":{\"coding\":[{\"system\":\"urn:bedpost:bed-status\","
				 "\"code\":\"%s\"}]},\"count\":%" PRId64 "}",
				 export_count_names[k], p->beds[k]);
		buf_adds(&f->b, "]}");
		buf_done(&name);
	}
	if (h->n_places)
		buf_addc(&f->b, ']');
	return end_entry(f, err);
}

/* ---- beds ---- */

static const char sql_beds[] =
    "SELECT b.facility_id, b.id, b.ward, b.care_level, b.status, b.unconfirmed, l.reason "
    "FROM beds b LEFT JOIN LATERAL (SELECT a.reason FROM bed_audit_log a"
    " WHERE a.facility_id = b.facility_id AND a.bed_id = b.id AND a.changed_at = b.last_updated"
    " AND a.in_history ORDER BY a.n DESC LIMIT 1) AS l ON b.status = 'maintenance' "
    "WHERE b.facility_id = $1 ORDER BY b.id";

/* Code and display of v2-0116; a reserved bed has none. */
static const char *const *operational(struct span status, struct span reason)
{
	static const char *const
	    unoccupied[] = {"U", "Unoccupied"},
	    *const occupied[] = {"O", "Occupied"}, *const closed[] = {"C", "Closed"},
	    *const isolated[] = {"I", "Isolated"}, *const housekeeping[] = {"H", "Housekeeping"},
	    *const contaminated[] = {"K", "Contaminated"};

	if (span_eq_str(status, "available"))
		return unoccupied;
	if (span_eq_str(status, "occupied"))
		return occupied;
	if (!span_eq_str(status, "maintenance"))
		return NULL;
	if (span_eq_str(reason, "housekeeping") || span_eq_str(reason, "cleaning"))
		return housekeeping;
	if (span_eq_str(reason, "isolation"))
		return isolated;
	return span_eq_str(reason, "contaminated") ? contaminated : closed;
}

static int write_bed(struct fhir *f, const struct export_home *h, const struct pg_result *r, int i,
		     struct err *err)
{
	struct span bed = pg_get_text(r, i, 1), status = pg_get_text(r, i, 4);
	const char *const *code = operational(status, pg_get_text(r, i, 6));
	char uuid[UUID_CHARS + 1];

	begin_location(f, uuid_of("bed", h->id, bed, uuid), "bed", h->id, bed, "bd", "Bed");
	add_text(f, "name", bed);
	if (pg_get_bool(r, i, 5))
		; /* nothing is asserted */
	else if (code)
		buf_addf(&f->b,
			 ",\"operationalStatus\":{\"system\":\"" V2_0116
			 "\",\"code\":\"%s\",\"display\":\"%s\"}",
			 code[0], code[1]);
	else
		buf_addf(&f->b,
			 ",\"operationalStatus\":{\"system\":\"urn:bedpost:bed-status\","
			 "\"code\":\"%.*s\"}",
			 SPAN_ARG(status));
	buf_adds(&f->b, ",\"extension\":[{\"url\":\"urn:bedpost:care-level\",\"valueCode\":");
	buf_add_json(&f->b, pg_get_text(r, i, 3));
	buf_adds(&f->b, "}]");
	add_part_of(f, "ward", h->id, pg_get_text(r, i, 2));
	return end_entry(f, err);
}

static int write_beds(struct fhir *f, const struct export_home *h, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, h->id);
	int e = pg_query(f->run->pg, sql_beds, &p, &r, err);
	for (int i = 0; i < pg_rows(r) && e == 0; i++)
		e = write_bed(f, h, r, i, err);
	return e;
}

int report_fhir(struct report_run *r, struct err *err)
{
	struct fhir f = {.run = r};
	struct export_home *homes;
	char now[CLOCK_RFC3339_MAX];
	size_t n = 0;
	int e = export_read(r, &homes, &n, err);

	buf_addf(&f.b,
		 "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"timestamp\":\"%s\"%s",
		 clock_format_rfc3339(r->frame->now, now),
		 n ? ",\"entry\":[" : ""); /* no array may be empty */
	for (size_t i = 0; i < n && e == 0; i++) {
		report_progress(r, (int64_t)i, (int64_t)n);
		if ((e = write_site(&f, &homes[i], err)) == 0 &&
		    (e = write_wards(&f, &homes[i], err)) == 0 &&
		    (e = write_beds(&f, &homes[i], err)) == 0)
			e = write_measure(&f, &homes[i], err);
	}
	buf_adds(&f.b, n ? "\n]}\n" : "}\n");
	if (e == 0)
		e = output_flush_buf(r->out, &f.b, err);
	buf_done(&f.b);
	return e;
}

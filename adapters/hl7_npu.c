/* A20, bed status update: NPU-1 names a bed, NPU-2 its status by table 0116 or the site's own
 * codes. */
#include "adapters/hl7_effect.h"

#include <ctype.h>
#include <string.h>

/* Table 0116. */
static const struct {
	char code;
	enum bed_status status;
	enum reason reason;
	enum hl7_rule rule;
} bed_codes[] = {
    {'U', BED_AVAILABLE, REASON_OPENED, HL7_SET},
    {'O', BED_OCCUPIED, REASON_STATUS_UPDATE, HL7_SET},
    {'C', BED_MAINTENANCE, REASON_CLOSED, HL7_SET},
    {'H', BED_MAINTENANCE, REASON_HOUSEKEEPING, HL7_SET},
    {'K', BED_MAINTENANCE, REASON_CONTAMINATED, HL7_SET},
    {'I', BED_MAINTENANCE, REASON_ISOLATION, HL7_ISOLATE},
};

/* false: neither the site nor the table knows the code. */
static bool read_bed_code(const struct hl7_site *site, struct span code, struct hl7_effect *e)
{
	for (size_t i = 0; i < site->n_bed_codes; i++) {
		if (span_eq_nocase(code, span_str(site->bed_codes[i].code))) {
			e->status = site->bed_codes[i].status;
			e->reason = site->bed_codes[i].reason;
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(bed_codes); i++) {
		if (code.n == 1 && toupper((unsigned char)code.p[0]) == bed_codes[i].code) {
			e->status = bed_codes[i].status;
			e->reason = bed_codes[i].reason;
			e->rule = bed_codes[i].rule;
			return true;
		}
	}
	return false;
}

/* A code that is not known is bad, but the effect stays:
 * the adapter may map the status by itself. */
static void read_code(struct hl7_context *c, const struct hl7_location *bed)
{
	const char *field = "NPU-2";
	struct span code = hl7_effect_text(c, bed->segment, 2, 1);
	if (!code.n) { /* the location's own status */
		struct span own = hl7_effect_text(c, bed->segment, 1, 5);
		field = own.n ? "NPU-1.5" : field;
		code = own;
	}
	if (read_bed_code(c->site, code, hl7_effect_at(c, bed, BED_UNKNOWN, REASON_STATUS_UPDATE)))
		return;
	c->out->bad_field = field;
	c->out->bad_reason = code.n ? "unmapped" : "required";
	c->out->bad_message =
	    "the bed status is none of table 0116 (U O C H K I); name the site's own codes "
	    "under hl7: bed_status in the adapter";
	c->out->bad_value = code;
}

/* Some systems (MEDITECH) name a bed by one number alone, in the first part. */
static void refuse_without_bed(struct hl7_context *c, size_t segment)
{
	struct span location = hl7_effect_text(c, (ssize_t)segment, 1, 0);

	hl7_effect_refuse(
	    c, "NPU-1", "required",
	    location.n ? arena_printf(
			     c->a,
			     "a bed status update (A20) whose NPU-1 names a place, but no bed: "
			     "its part %u is empty; hl7: bed_component says which part is the bed",
			     c->site->bed_component)
		       : "a bed status update (A20) without a bed in NPU-1",
	    location);
}

/* false: the message as a whole is bad. */
static bool read_npu(struct hl7_context *c, size_t segment)
{
	struct hl7_location bed = hl7_location_read(c->m, c->site, c->a, (ssize_t)segment, 1);
	if (bed.state == HL7_LOCATION_IGNORED) {
		c->out->note = hl7_effect_why_not(&bed);
		return true;
	}
	if (bed.state == HL7_LOCATION_BED && c->out->n < HL7_EFFECTS_MAX) {
		read_code(c, &bed);
		return true;
	}
	if (bed.state == HL7_LOCATION_BED)
		hl7_effect_refuse(c, "NPU", "too_many_beds", "more than 256 beds in one message",
				  SPAN_NONE);
	else
		refuse_without_bed(c, segment);
	return false;
}

/* HL7 has one NPU in a message; some senders put the whole ward into one. */
void hl7_npu_read(struct hl7_context *c)
{
	bool seen = false;
	for (size_t i = 0; i < c->m->n_segments; i++) {
		if (strcmp(c->m->segments[i].id, "NPU") != 0)
			continue;
		seen = true;
		if (!read_npu(c, i))
			return;
	}
	if (!seen)
		hl7_effect_refuse(c, "NPU-1", "required",
				  "a bed status update (A20) without an NPU segment", SPAN_NONE);
}

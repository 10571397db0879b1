#include "adapters/hl7_effect.h"

#include <assert.h>

struct span hl7_effect_text(struct hl7_context *c, ssize_t segment, unsigned field,
			    unsigned component)
{
	return hl7_component(c->m, c->a, segment, field, component);
}

struct hl7_location hl7_effect_locate(struct hl7_context *c, unsigned field, unsigned group)
{
	struct hl7_location l =
	    hl7_location_read(c->m, c->site, c->a, hl7_find(c->m, "PV1", group), field);
	l.group = group;
	return l;
}

const char *hl7_effect_why_not(const struct hl7_location *l)
{
	if (l->state == HL7_LOCATION_IGNORED)
		return "the bed is on ignore_beds";
	if (l->field == PV1_PENDING)
		return "no bed in PV1-42";
	if (l->field == PV1_PRIOR)
		return "no bed in PV1-6";
	return l->state == HL7_LOCATION_DELETED ? "PV1-3 is \"\": the location was deleted"
						: "no bed in PV1-3";
}

static struct hl7_effect *add_effect(struct hl7_context *c, enum bed_status status,
				     enum reason reason)
{
	assert(c->out->n < HL7_EFFECTS_MAX);
	struct hl7_effect *e = &c->out->effects[c->out->n++];
	*e = (struct hl7_effect){.segment = HL7_NOWHERE, .status = status, .reason = reason};
	return e;
}

struct hl7_effect *hl7_effect_at(struct hl7_context *c, const struct hl7_location *l,
				 enum bed_status status, enum reason reason)
{
	struct hl7_effect *e = add_effect(c, status, reason);
	e->segment = l->segment;
	e->field = l->field;
	e->group = l->group;
	return e;
}

struct hl7_effect *hl7_effect_bed(struct hl7_context *c, struct span bed, enum bed_status status,
				  enum reason reason)
{
	struct hl7_effect *e = add_effect(c, status, reason);
	e->bed_id = bed;
	return e;
}

struct hl7_effect *hl7_effect_at_or_remembered(struct hl7_context *c, const struct hl7_location *l,
					       struct span remembered, enum bed_status status,
					       enum reason reason)
{
	if (l->state == HL7_LOCATION_BED)
		return hl7_effect_at(c, l, status, reason);
	if (l->state != HL7_LOCATION_IGNORED && remembered.n)
		return hl7_effect_bed(c, remembered, status, reason);
	c->out->note = hl7_effect_why_not(l);
	return NULL;
}

void hl7_effect_free(struct hl7_context *c, struct hl7_effect *e)
{
	/* Nobody lay in one that was only promised. */
	if (!e || !c->site->cleaning || e->rule == HL7_SET_IF_RESERVED)
		return;
	e->status = BED_MAINTENANCE;
	e->reason = REASON_CLEANING;
}

void hl7_effect_remember(struct hl7_context *c, int bed, int before)
{
	if (c->has_visit)
		c->out->visits[c->out->n_visits++] =
		    (struct hl7_visit_change){.visit = c->visit, .bed = bed, .before = before};
}

void hl7_effect_refuse(struct hl7_context *c, const char *field, const char *reason,
		       const char *message, struct span value)
{
	c->out->bad_field = field;
	c->out->bad_reason = reason;
	c->out->bad_message = message;
	c->out->bad_value = value;
	c->out->n = c->out->n_visits = 0;
}

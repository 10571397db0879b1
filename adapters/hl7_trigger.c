/* The trigger table and its readings: each reading is a row of the table in docs/hl7.md. Where
 * HL7 leaves a choice the comment says what senders do. */
#include "adapters/hl7_trigger.h"

#include <string.h>

#include "adapters/hl7_effect.h"

static struct span get_pv1(struct hl7_context *c, unsigned field, unsigned component)
{
	return hl7_effect_text(c, hl7_find(c->m, "PV1", 0), field, component);
}

static void read_none(struct hl7_context *c)
{
	c->out->note = arena_printf(c->a, "trigger %s: no bed changes status", c->out->trigger);
}

static void read_admit(struct hl7_context *c)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0);
	if (bed.state != HL7_LOCATION_BED) {
		c->out->note = hl7_effect_why_not(&bed);
		return;
	}
	hl7_effect_at(c, &bed, BED_OCCUPIED, c->trigger->reason);
	hl7_effect_remember(c, 0, HL7_BED_NONE);
}

static bool is_inpatient(struct hl7_context *c)
{
	return span_eq_nocase(get_pv1(c, PV1_CLASS, 1), SPAN("I"));
}

/* A registered outpatient lies in no bed, but some systems admit with A04: then the class is I. */
static void read_register(struct hl7_context *c)
{
	if (!is_inpatient(c))
		read_none(c);
	else
		read_admit(c);
}

/* What a visit gives up whose message names no bed: the one it lies in, else the one that is
 * promised to it, unless somebody else was put there. */
static struct span held_by_visit(struct hl7_context *c)
{
	return c->remembered.bed.n ? c->remembered.bed : c->promised;
}

static struct hl7_effect *give_up(struct hl7_context *c, const struct hl7_location *bed,
				  enum reason reason)
{
	struct hl7_effect *e =
	    hl7_effect_at_or_remembered(c, bed, held_by_visit(c), BED_AVAILABLE, reason);
	if (e && e->bed_id.n && !c->remembered.bed.n)
		e->rule = HL7_SET_IF_RESERVED;
	return e;
}

/* The patient left a bed: PV1-6, else the remembered one. Their leaving is certain even when the
 * new place is no bed. */
static bool add_left_bed(struct hl7_context *c, enum reason reason)
{
	struct hl7_location old = hl7_effect_locate(c, PV1_PRIOR, 0);
	struct hl7_effect *e = NULL;
	if (old.state == HL7_LOCATION_BED)
		e = hl7_effect_at(c, &old, BED_AVAILABLE, reason);
	else if (old.state != HL7_LOCATION_IGNORED && held_by_visit(c).n)
		e = give_up(c, &(struct hl7_location){.state = HL7_LOCATION_NO_BED}, reason);
	if (!e)
		return false;
	e->unless_first = c->out->n > 1;
	hl7_effect_free(c, e);
	return e->rule != HL7_SET_IF_RESERVED; /* nobody lay in it */
}

static void read_move(struct hl7_context *c)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0);
	bool to_bed = bed.state == HL7_LOCATION_BED;
	if (to_bed)
		hl7_effect_at(c, &bed, BED_OCCUPIED, c->trigger->reason);
	else
		c->out->note = hl7_effect_why_not(&bed);
	size_t n = c->out->n;
	int left = add_left_bed(c, REASON_TRANSFER) ? (int)c->out->n - 1 : HL7_BED_NONE;
	if (to_bed && c->out->n == n && c->trigger->reason == REASON_TRANSFER)
		c->out->note =
		    "a transfer that names no bed it leaves (PV1-6), of a visit (PV1-19) "
		    "that lay in none: only the new bed changes";
	hl7_effect_remember(c, to_bed ? 0 : HL7_BED_NONE, left);
}

static void read_discharge(struct hl7_context *c)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0);
	struct hl7_effect *e = give_up(c, &bed, c->trigger->reason);
	hl7_effect_free(c, e);
	hl7_effect_remember(c, HL7_BED_NONE, e ? 0 : HL7_BED_KEEP);
}

/* A07: the bed is the one before, PV1-6; where that is not sent, PV1-3 still names it. */
static void read_to_outpatient(struct hl7_context *c)
{
	struct hl7_location prior = hl7_effect_locate(c, PV1_PRIOR, 0),
			    now = hl7_effect_locate(c, PV1_LOCATION, 0);
	bool use_now = prior.state != HL7_LOCATION_BED && prior.state != HL7_LOCATION_IGNORED &&
		       !c->remembered.bed.n;
	struct hl7_effect *e = give_up(c, use_now ? &now : &prior, c->trigger->reason);
	hl7_effect_free(c, e);
	hl7_effect_remember(c, HL7_BED_NONE, e ? 0 : HL7_BED_KEEP);
}

/* A reservation stands in PV1-3 or, with some senders, in PV1-42. */
static struct hl7_location locate_reserved(struct hl7_context *c)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0),
			    pending = hl7_effect_locate(c, PV1_PENDING, 0);
	return bed.state == HL7_LOCATION_BED || pending.state != HL7_LOCATION_BED ? bed : pending;
}

/* Then a reservation does not take the place of their bed in the memory. */
static bool lies_in_a_bed(struct hl7_context *c)
{
	struct bed_memory bed;
	return c->remembered.bed.n && c->memory->bed(c->memory->ctx, c->remembered.bed, &bed) &&
	       (bed.status == BED_OCCUPIED || bed.status == BED_RESERVED);
}

static void read_reserve(struct hl7_context *c)
{
	struct hl7_location bed = locate_reserved(c);
	if (bed.state != HL7_LOCATION_BED) {
		c->out->note = hl7_effect_why_not(&bed);
		return;
	}
	hl7_effect_at(c, &bed, BED_RESERVED, c->trigger->reason);
	if (lies_in_a_bed(c))
		hl7_effect_remember(c, HL7_BED_KEEP, HL7_BED_KEEP);
	else
		hl7_effect_remember(c, 0, 0);
}

static void read_cancel_reserve(struct hl7_context *c)
{
	struct hl7_location bed = locate_reserved(c);
	struct hl7_effect *e = give_up(c, &bed, c->trigger->reason);
	if (!e)
		return;
	e->rule = HL7_SET_IF_RESERVED;
	hl7_effect_remember(c, HL7_BED_GIVEN_UP, HL7_BED_KEEP);
}

/* A15, A09: PV1-42 is promised; the patient still lies where they lie. */
static void read_pending(struct hl7_context *c)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_PENDING, 0);
	if (bed.state == HL7_LOCATION_BED)
		hl7_effect_at(c, &bed, BED_RESERVED, c->trigger->reason);
	else
		c->out->note = hl7_effect_why_not(&bed);
}

static void read_cancel_pending(struct hl7_context *c)
{
	read_pending(c);
	if (c->out->n) {
		c->out->effects[0].status = BED_AVAILABLE;
		c->out->effects[0].rule = HL7_SET_IF_RESERVED;
	}
}

static bool is_temporary(struct hl7_context *c)
{
	if (!get_pv1(c, PV1_TEMPORARY, 0).n)
		return false;
	c->out->note = "a temporary location (PV1-11): no bed changes status";
	return true;
}

static void read_depart(struct hl7_context *c)
{
	if (!is_temporary(c))
		read_pending(c);
}

static void read_arrive(struct hl7_context *c)
{
	if (!is_temporary(c))
		read_move(c);
}

static void read_cancel_depart(struct hl7_context *c)
{
	if (!is_temporary(c))
		read_cancel_pending(c);
}

static void read_update(struct hl7_context *c)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0);
	read_none(c);
	if (bed.state != HL7_LOCATION_BED || !c->memory || !is_inpatient(c))
		return;
	hl7_effect_at(c, &bed, BED_OCCUPIED, REASON_NONE)->rule = HL7_CHECK;
}

/* Cancels an A04 where the class says so and no bed is remembered: an A04 made none. */
static void read_cancel_admit(struct hl7_context *c)
{
	struct span class = get_pv1(c, PV1_CLASS, 1);
	bool outpatient = class.n == 1 && strchr("OEoe", class.p[0]);
	if (outpatient && !held_by_visit(c).n) {
		c->out->note = "cancels the registration of an outpatient: no bed changes status";
		return;
	}
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0);
	(void)give_up(c, &bed, c->trigger->reason);
	hl7_effect_remember(c, HL7_BED_NONE, HL7_BED_NONE);
}

/* PV1-3 is the original bed again. Some senders leave in PV1-6 the bed before the original one, or
 * the original itself: that is not the cancelled bed, the remembered one is. But without an
 * original no transfer is known: the visit stays where it lies. */
static void read_cancel_move(struct hl7_context *c)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0),
			    cancelled = hl7_effect_locate(c, PV1_PRIOR, 0);
	struct hl7_effect *e = hl7_effect_at_or_remembered(c, &bed, c->remembered.before,
							   BED_OCCUPIED, c->trigger->reason);
	int original = e ? 0 : HL7_BED_NONE;
	bool known = e || get_pv1(c, PV1_LOCATION, 0).n;
	e = NULL;
	if (cancelled.state == HL7_LOCATION_BED && !hl7_location_same(c->m, c->a, &bed, &cancelled))
		e = hl7_effect_at(c, &cancelled, BED_AVAILABLE, c->trigger->reason);
	else if (cancelled.state != HL7_LOCATION_IGNORED && known && c->remembered.bed.n)
		e = hl7_effect_bed(c, c->remembered.bed, BED_AVAILABLE, c->trigger->reason);
	if (e) {
		e->rule = HL7_RESTORE;
		e->unless_first = c->out->n > 1;
	}
	c->out->undoes_move = true;
	hl7_effect_remember(c, original, HL7_BED_NONE);
}

static void read_cancel_arrive(struct hl7_context *c)
{
	if (!is_temporary(c))
		read_cancel_move(c);
}

static void read_cancel_discharge(struct hl7_context *c)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0);
	struct hl7_effect *e = hl7_effect_at_or_remembered(c, &bed, c->remembered.before,
							   BED_OCCUPIED, c->trigger->reason);
	hl7_effect_remember(c, e ? 0 : HL7_BED_KEEP, e ? HL7_BED_NONE : HL7_BED_KEEP);
}

/* The bed stays the patient's: reserved while they are away, occupied when they are back. */
static void read_assigned(struct hl7_context *c, enum bed_status status)
{
	struct hl7_location bed = hl7_effect_locate(c, PV1_LOCATION, 0);
	if (hl7_effect_at_or_remembered(c, &bed, c->remembered.bed, status, c->trigger->reason))
		hl7_effect_remember(c, 0, HL7_BED_KEEP);
}

static void read_away(struct hl7_context *c)
{
	read_assigned(c, BED_RESERVED);
}

static void read_back(struct hl7_context *c)
{
	read_assigned(c, BED_OCCUPIED);
}

static void read_hint(struct hl7_context *c)
{
	c->out->note = arena_printf(
	    c->a, "trigger %s: a discharge is expected or no longer so; no bed changes status",
	    c->out->trigger);
}

/* Where both patients' prior beds are sent they must be crosswise the new ones. */
static bool is_crosswise(struct hl7_context *c, const struct hl7_location now[2])
{
	for (unsigned g = 0; g < 2; g++) {
		struct hl7_location prior = hl7_effect_locate(c, PV1_PRIOR, g);
		if (prior.state == HL7_LOCATION_BED &&
		    !hl7_location_same(c->m, c->a, &prior, &now[1 - g]))
			return false;
	}
	return true;
}

static void read_swap(struct hl7_context *c)
{
	struct hl7_location now[2] = {hl7_effect_locate(c, PV1_LOCATION, 0),
				      hl7_effect_locate(c, PV1_LOCATION, 1)};
	if (now[1].segment < 0 || now[0].segment == now[1].segment) {
		hl7_effect_refuse(
		    c, "PV1", "swap_incomplete",
		    "a swap (A17) needs two patients, each a PID with its PV1; the second is "
		    "missing",
		    SPAN_NONE);
	} else if (now[0].state == HL7_LOCATION_NO_BED && now[1].state == HL7_LOCATION_NO_BED) {
		c->out->note = "no bed in PV1-3";
	} else if (now[0].state != HL7_LOCATION_BED || now[1].state != HL7_LOCATION_BED) {
		hl7_effect_refuse(c, "PV1-3", "swap_incomplete",
				  "a swap (A17) needs a bed in PV1-3 of both patients", SPAN_NONE);
	} else if (hl7_location_same(c->m, c->a, &now[0], &now[1]) || !is_crosswise(c, now)) {
		hl7_effect_refuse(
		    c, "PV1-3", "swap_inconsistent",
		    "the beds of a swap (A17) do not change places: PV1-3 and PV1-6 of the two "
		    "patients disagree",
		    hl7_component(c->m, c->a, now[0].segment, PV1_LOCATION, 3));
	} else {
		for (unsigned g = 0; g < 2; g++) {
			hl7_effect_at(c, &now[g], BED_OCCUPIED, c->trigger->reason);
			struct digest visit;
			if (hl7_adt_visit(c->m, g, c->memory, c->a, &visit))
				c->out->visits[c->out->n_visits++] = (struct hl7_visit_change){
				    .visit = visit, .bed = (int)g, .before = 1 - (int)g};
		}
	}
}

/* HL7 v2.9 chapter 3; A56 to A59 are not defined. */
const struct hl7_trigger hl7_triggers[] = {
    {"A01", "admit", read_admit, REASON_ADMIT},
    {"A02", "transfer", read_move, REASON_TRANSFER},
    {"A03", "discharge", read_discharge, REASON_DISCHARGE},
    {"A04", "register an outpatient", read_register, REASON_ADMIT},
    {"A05", "pre-admit", read_reserve, REASON_PREADMIT},
    {"A06", "outpatient to inpatient", read_move, REASON_ADMIT},
    {"A07", "inpatient to outpatient", read_to_outpatient, REASON_DISCHARGE},
    {"A08", "update patient information", read_update, REASON_NONE},
    {"A09", "departing, tracking", read_depart, REASON_IN_TRANSIT},
    {"A10", "arriving, tracking", read_arrive, REASON_TRANSFER},
    {"A11", "cancel admit", read_cancel_admit, REASON_ADMIT_CANCELLED},
    {"A12", "cancel transfer", read_cancel_move, REASON_TRANSFER_CANCELLED},
    {"A13", "cancel discharge", read_cancel_discharge, REASON_DISCHARGE_CANCELLED},
    {"A14", "pending admit", read_reserve, REASON_PENDING_ADMIT},
    {"A15", "pending transfer", read_pending, REASON_PENDING_TRANSFER},
    {"A16", "pending discharge", read_hint, REASON_NONE},
    {"A17", "swap patients", read_swap, REASON_SWAP},
    {"A18", "merge patient information", read_none, REASON_NONE},
    {"A19", "patient query", read_none, REASON_NONE},
    {"A20", "bed status update", hl7_npu_read, REASON_STATUS_UPDATE},
    {"A21", "leave of absence", read_away, REASON_LEAVE_OF_ABSENCE},
    {"A22", "return from leave of absence", read_back, REASON_RETURN},
    {"A23", "delete a patient record", read_none, REASON_NONE},
    {"A24", "link patient information", read_none, REASON_NONE},
    {"A25", "cancel pending discharge", read_hint, REASON_NONE},
    {"A26", "cancel pending transfer", read_cancel_pending, REASON_RESERVATION_CANCELLED},
    {"A27", "cancel pending admit", read_cancel_reserve, REASON_RESERVATION_CANCELLED},
    {"A28", "add person information", read_none, REASON_NONE},
    {"A29", "delete person information", read_none, REASON_NONE},
    {"A30", "merge person information", read_none, REASON_NONE},
    {"A31", "update person information", read_none, REASON_NONE},
    {"A32", "cancel arriving, tracking", read_cancel_arrive, REASON_TRACKING_CANCELLED},
    {"A33", "cancel departing, tracking", read_cancel_depart, REASON_TRACKING_CANCELLED},
    {"A34", "merge patient id", read_none, REASON_NONE},
    {"A35", "merge account number", read_none, REASON_NONE},
    {"A36", "merge patient id and account number", read_none, REASON_NONE},
    {"A37", "unlink patient information", read_none, REASON_NONE},
    {"A38", "cancel pre-admit", read_cancel_reserve, REASON_RESERVATION_CANCELLED},
    {"A39", "merge person, patient id", read_none, REASON_NONE},
    {"A40", "merge patient, identifier list", read_none, REASON_NONE},
    {"A41", "merge account", read_none, REASON_NONE},
    {"A42", "merge visit", read_none, REASON_NONE},
    {"A43", "move patient information", read_none, REASON_NONE},
    {"A44", "move account information", read_none, REASON_NONE},
    {"A45", "move visit information", read_none, REASON_NONE},
    {"A46", "change patient id", read_none, REASON_NONE},
    {"A47", "change identifier list", read_none, REASON_NONE},
    {"A48", "change alternate patient id", read_none, REASON_NONE},
    {"A49", "change account number", read_none, REASON_NONE},
    {"A50", "change visit number", read_none, REASON_NONE},
    {"A51", "change alternate visit id", read_none, REASON_NONE},
    {"A52", "cancel leave of absence", read_back, REASON_LEAVE_CANCELLED},
    {"A53", "cancel return", read_away, REASON_RETURN_CANCELLED},
    {"A54", "change attending doctor", read_none, REASON_NONE},
    {"A55", "cancel change of attending doctor", read_none, REASON_NONE},
    {"A60", "update allergies", read_none, REASON_NONE},
    {"A61", "change consulting doctor", read_none, REASON_NONE},
    {"A62", "cancel change of consulting doctor", read_none, REASON_NONE},
};

const size_t hl7_n_triggers = ARRAY_LEN(hl7_triggers);

/* What a message is: its type, trigger, time and visit. What each trigger does stands in
 * hl7_trigger.c. */
#include "adapters/hl7_adt.h"

#include <ctype.h>
#include <string.h>

#include "adapters/hl7_location.h"
#include "adapters/hl7_trigger.h"
#include "base/buf.h"
#include "base/digest.h"

#define MSH_APPLICATION 3
#define MSH_FACILITY	4
#define MSH_TIME	7
#define MSH_TYPE	9
#define MSH_CONTROL_ID	10
#define EVN_TRIGGER	1
#define EVN_RECORDED	2
#define EVN_OCCURRED	6
#define PV1_VISIT	19
#define ZBE_HISTORIC	5

#define TRIGGER_CHARS 3

static struct span get(struct hl7_message *m, struct arena *a, const char *segment, unsigned field,
		       unsigned component)
{
	return hl7_component(m, a, hl7_find(m, segment, 0), field, component);
}

/* All names are of three characters. */
static const struct hl7_trigger *find_trigger(struct span name)
{
	char code[TRIGGER_CHARS];

	if (name.n != sizeof(code))
		return NULL;
	for (size_t i = 0; i < sizeof(code); i++)
		code[i] = (char)(name.p[i] >= 'a' && name.p[i] <= 'z' ? name.p[i] - 32 : name.p[i]);
	for (size_t i = 0; i < hl7_n_triggers; i++)
		if (memcmp(code, hl7_triggers[i].name, sizeof(code)) == 0)
			return &hl7_triggers[i];
	return NULL;
}

bool hl7_trigger_is_known(struct span name)
{
	return find_trigger(name);
}

const char *hl7_trigger_name(size_t i)
{
	return i < hl7_n_triggers ? hl7_triggers[i].name : NULL;
}

const char *hl7_trigger_what(size_t i)
{
	return i < hl7_n_triggers ? hl7_triggers[i].what : NULL;
}

/* Three letters and digits: what a trigger is made of. */
static bool is_code(struct span s)
{
	return s.n == 3 && isalpha((unsigned char)s.p[0]) && isalnum((unsigned char)s.p[1]) &&
	       isalnum((unsigned char)s.p[2]);
}

/* A letter and two digits: surely a trigger, and no name. */
static bool is_numbered(const char *trigger)
{
	return isdigit((unsigned char)trigger[1]) && isdigit((unsigned char)trigger[2]);
}

static void copy_code(char out[4], struct span code)
{
	for (size_t i = 0; i < 3; i++)
		out[i] = (char)toupper((unsigned char)code.p[i]);
	out[3] = 0;
}

/* MSH-9 is ADT^A01, ADT^A01^ADT_A01, ADT alone (then EVN-1 says which), or, with some senders,
 * ADT_A01. */
static void read_type(struct hl7_message *m, struct arena *a, struct span *ret_type,
		      struct span *ret_trigger)
{
	struct span type = get(m, a, "MSH", MSH_TYPE, 1), trigger = get(m, a, "MSH", MSH_TYPE, 2);
	if (!trigger.n && type.n == 7 && type.p[3] == '_') {
		trigger = span_of(type.p + 4, 3);
		type.n = 3;
	}
	*ret_type = type;
	*ret_trigger = trigger;
}

/* Of a file only types of the standard are printed: three letters might be anything. */
static const char *type_note(struct span type, struct arena *a)
{
	static const char known[] = "ACK ADR BAR BPS BRP BRT BTS CCF CCI CCM CCQ CCR CCU CQU CRM "
				    "CSU DBC DBU DEL DEO DER DFT "
				    "DOC DPR DRC DRG DSR EAC EAN EAR EDR EHC EQQ ERP ESR ESU INR "
				    "INU LSR LSU MCF MDM MFD MFK "
				    "MFN MFQ MFR NMD NMQ NMR OMB OMD OMG OMI OML OMN OMP OMQ OMS "
				    "OPL OPR OPU ORA ORB ORD ORF "
				    "ORG ORI ORL ORM ORN ORP ORR ORS ORU ORX OSM OSQ OSR OSU OUL "
				    "PEX PGL PIN PMU PPG PPP PPR "
				    "PPT PPV PRR PTR QBP QCK QCN QRY QSB QSX QVR RAR RAS RCI RCL "
				    "RDE RDR RDS RDY REF RER RGR "
				    "RGV ROR RPA RPI RPL RPR RQA RQC RQI RQP RQQ RRA RRD RRE RRG "
				    "RRI RSP RTB SCN SDN SDR SIU "
				    "SLN SLR SMD SPQ SQM SQR SRM SRR SSR SSU STC STI SUR TBR TCR "
				    "TCU UDM VQQ VXQ VXR VXU VXX ";

	for (size_t i = 0; type.n == 3 && i + 3 < sizeof(known); i += 4)
		if (span_eq_nocase(type, span_of(known + i, 3)))
			return arena_printf(a, "message type %.3s: not about beds", known + i);
	return "message of an unknown type: not about beds";
}

/* false: the message is no ADT, or says too little; the reading is complete. */
static bool find_out_trigger(struct hl7_message *m, struct arena *a, struct hl7_reading *out)
{
	struct span type, trigger, evn = get(m, a, "EVN", EVN_TRIGGER, 1);
	read_type(m, a, &type, &trigger);
	if (type.n && !span_eq_nocase(type, SPAN("ADT"))) {
		out->note = type_note(type, a);
		return false;
	}
	if (!trigger.n)
		trigger = evn;
	else if (evn.n && !span_eq_nocase(evn, trigger))
		out->doubt = "EVN-1 names another trigger than MSH-9.2, which holds";
	if (is_code(trigger)) {
		copy_code(out->trigger, trigger);
		return true;
	}
	out->bad_field = "MSH-9.2";
	out->bad_reason = trigger.n ? "bad_trigger" : "required";
	out->bad_message = "neither MSH-9.2 nor EVN-1 names a trigger such as A01";
	out->bad_value = trigger;
	return false;
}

/* What something is remembered by. A part counts up to its first NUL, if it has one. */
static struct span key_text(const struct span *parts, size_t n, struct arena *a)
{
	size_t total = n;

	for (size_t i = 0; i < n; i++)
		total += parts[i].n;
	char *text = arena_alloc(a, total), *to = text;
	for (size_t i = 0; i < n; i++) {
		size_t whole = parts[i].n ? strnlen(parts[i].p, parts[i].n) : 0;
		if (i)
			*to++ = '\x1F';
		if (whole)
			memcpy(to, parts[i].p, whole);
		to += whole;
	}
	return span_of(text, (size_t)(to - text));
}

/* Hashed with the home's key; nearly always all of them are short. */
static void hash_keys(const struct adapter_memory *memory, const struct span texts[DIGEST_FOUR],
		      struct digest ret[DIGEST_FOUR])
{
	bool all_short = true;

	for (size_t i = 0; i < DIGEST_FOUR; i++)
		all_short = all_short && texts[i].n <= DIGEST_SHORT_MAX;
	if (all_short) {
		digest_four_keyed(&memory->hashed_key, texts, ret);
		return;
	}
	for (size_t i = 0; i < DIGEST_FOUR; i++)
		if (texts[i].n)
			ret[i] = digest_keyed(memory->key, texts[i]);
}

/* PV1-19.1 with its assigning authority, else the sending facility (MSH-4); SPAN_NONE without one.
 */
static struct span visit_text(struct hl7_message *m, unsigned group, struct arena *a)
{
	ssize_t pv1 = hl7_find(m, "PV1", group);
	struct span number = hl7_component(m, a, pv1, PV1_VISIT, 1);
	if (!number.n)
		return SPAN_NONE;
	struct span authority = hl7_component(m, a, pv1, PV1_VISIT, 4);
	if (!authority.n)
		authority = get(m, a, "MSH", MSH_FACILITY, 0);
	return key_text((const struct span[]){number, authority}, 2, a);
}

/* SPAN_NONE without an id. That one of them is too long says nothing of the message. */
static struct span identity_text(struct hl7_message *m, struct arena *a)
{
	bool too_long = m->too_long;
	const struct span parts[] = {get(m, a, "MSH", MSH_APPLICATION, 0),
				     get(m, a, "MSH", MSH_FACILITY, 0),
				     get(m, a, "MSH", MSH_CONTROL_ID, 0)};
	m->too_long = too_long;
	return parts[2].n ? key_text(parts, ARRAY_LEN(parts), a) : SPAN_NONE;
}

bool hl7_adt_visit(struct hl7_message *m, unsigned group, const struct adapter_memory *memory,
		   struct arena *a, struct digest *ret)
{
	struct span texts[DIGEST_FOUR] = {memory ? visit_text(m, group, a) : SPAN_NONE};
	struct digest digests[DIGEST_FOUR];
	if (!texts[0].n)
		return false;
	hash_keys(memory, texts, digests);
	*ret = digests[0];
	return true;
}

/* By what the message is known, and its visit: one hash for both. */
static void identify(struct hl7_context *c)
{
	struct span texts[DIGEST_FOUR] = {SPAN_NONE};
	struct digest digests[DIGEST_FOUR];
	c->has_visit = c->out->has_identity = false;
	if (!c->memory)
		return;
	texts[0] = visit_text(c->m, 0, c->a);
	texts[1] = identity_text(c->m, c->a);
	c->has_visit = texts[0].n > 0;
	c->out->has_identity = texts[1].n > 0;
	if (!c->has_visit && !c->out->has_identity)
		return;
	hash_keys(c->memory, texts, digests);
	c->visit = digests[0];
	c->out->identity = digests[1];
}

static void recall(struct hl7_context *c)
{
	identify(c);
	c->promised = SPAN_NONE;
	if (!c->has_visit || !c->memory->visit(c->memory->ctx, &c->visit, &c->remembered)) {
		c->remembered = (struct visit_memory){SPAN_NONE, SPAN_NONE};
		return;
	}
	c->remembered.bed = arena_span(c->a, c->remembered.bed);
	c->remembered.before = arena_span(c->a, c->remembered.before);
	if (c->remembered.bed.n && span_eq(c->remembered.bed, c->remembered.before)) {
		c->promised = c->remembered.bed;
		c->remembered = (struct visit_memory){SPAN_NONE, SPAN_NONE};
	}
	if (!c->remembered.before.n || c->remembered.before.p[0] != '!')
		return;
	c->out->tombstone = c->remembered.before;
	c->remembered.before = SPAN_NONE;
}

static bool is_cancel(enum reason reason)
{
	switch (reason) {
	case REASON_ADMIT_CANCELLED:
	case REASON_TRANSFER_CANCELLED:
	case REASON_DISCHARGE_CANCELLED:
	case REASON_RESERVATION_CANCELLED:
	case REASON_LEAVE_CANCELLED:
	case REASON_RETURN_CANCELLED:
	case REASON_TRACKING_CANCELLED: return true;
	default: return false;
	}
}

/* IHE's segment for movements: one that was overtaken is told, corrected or cancelled after the
 * fact. The patient lies where a later one put them. */
static bool is_historic(struct hl7_message *m, struct arena *a)
{
	return span_eq_nocase(get(m, a, "ZBE", ZBE_HISTORIC, 1), SPAN("Y"));
}

/* The site's word on a trigger, else the trigger itself. */
static struct span treat_as(const struct hl7_site *site, const char *trigger)
{
	for (size_t i = 0; i < site->n_treat_as; i++)
		if (strcmp(site->treat_as[i].trigger, trigger) == 0)
			return span_str(site->treat_as[i].as);
	return span_str(trigger);
}

void hl7_adt_read(struct hl7_message *m, const struct hl7_site *site,
		  const struct adapter_memory *memory, struct arena *a, struct hl7_reading *ret)
{
	ret->n = ret->n_visits = 0;
	ret->note = ret->doubt = ret->bad_field = ret->bad_reason = ret->bad_message = NULL;
	ret->bad_value = SPAN_NONE;
	ret->remembered = (struct visit_memory){SPAN_NONE, SPAN_NONE};
	ret->has_visit = ret->undoes_move = ret->cancels = false;
	ret->tombstone = ret->promised = SPAN_NONE;
	ret->trigger[0] = 0;
	if (!find_out_trigger(m, a, ret))
		return;
	struct span as = treat_as(site, ret->trigger);
	struct hl7_context c = {.m = m,
				.site = site,
				.memory = memory,
				.a = a,
				.trigger = find_trigger(as),
				.out = ret};
	if (!c.trigger && as.n && !is_numbered(ret->trigger)) {
		ret->note = "a trigger of an unknown kind: no bed changes status";
		return;
	}
	if (!c.trigger) {
		ret->note = arena_printf(
		    a,
		    as.n ? "trigger %s: not known, no bed changes status"
			 : "trigger %s: no bed changes status (the adapter's triggers)",
		    ret->trigger);
		return;
	}
	if (is_historic(m, a)) {
		ret->note = "a historic movement (ZBE-5): no bed changes status";
		return;
	}
	recall(&c);
	ret->remembered = c.remembered;
	ret->promised = c.promised;
	ret->has_visit = c.has_visit;
	ret->visit = c.visit;
	ret->cancels = is_cancel(c.trigger->reason);
	c.trigger->read(&c);
}

bool hl7_adt_settle(const struct hl7_effect *e, const struct bed_memory *bed,
		    enum bed_status *ret_status, enum reason *ret_reason)
{
	*ret_status = e->status;
	*ret_reason = e->reason;
	switch (e->rule) {
	case HL7_SET: return true;
	case HL7_CHECK: return false;
	case HL7_SET_IF_RESERVED:
		if (bed && bed->status == BED_RESERVED && bed->before == BED_OCCUPIED)
			*ret_status = BED_OCCUPIED; /* somebody lay there when it was promised */
		return !bed || bed->status == BED_UNKNOWN || bed->status == BED_RESERVED;
	case HL7_RESTORE:
		if (bed && bed->status != BED_UNKNOWN && bed->status != BED_OCCUPIED)
			return false; /* it has moved on since */
		if (bed && bed->before != BED_UNKNOWN)
			*ret_status = bed->before;
		return true;
	case HL7_ISOLATE:
		if (bed && bed->status == BED_OCCUPIED)
			*ret_status = BED_OCCUPIED;
		return true;
	}
	return true;
}

static const struct {
	const char *segment;
	unsigned field;
	const char *name;
} times[] = {
    {"EVN", EVN_OCCURRED, HL7_OCCURRED},
    {"EVN", EVN_RECORDED, "EVN-2"},
    {"MSH", MSH_TIME, "MSH-7"},
};

static const char *first_time(struct hl7_message *m, struct arena *a, size_t from, struct span *ret)
{
	for (size_t i = from; i < ARRAY_LEN(times); i++) {
		*ret = get(m, a, times[i].segment, times[i].field, 1);
		if (ret->n)
			return times[i].name;
	}
	return NULL;
}

const char *hl7_adt_time(struct hl7_message *m, struct arena *a, struct span *ret)
{
	return first_time(m, a, 0, ret);
}

const char *hl7_adt_time_recorded(struct hl7_message *m, struct arena *a, struct span *ret)
{
	return first_time(m, a, 1, ret);
}

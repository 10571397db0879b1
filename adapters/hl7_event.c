/* Every reference to a location reads the location that the effect is about: one template serves
 * PV1-3, PV1-6, PV1-42 and NPU-1. */
#include "adapters/hl7_event.h"

#include <string.h>

#include "adapters/hl7_location.h"
#include "adapters/value_class.h"

#define PV1_LOCATION 3

/* What the mapping's references read. */
struct view {
	struct hl7_message *message;
	const struct hl7_effect *effect;
};

static struct span get_location(const struct view *v, const struct field_ref *ref, struct arena *a)
{
	struct field_ref at = *ref;
	if (v->effect->segment == HL7_NOWHERE)
		return SPAN_NONE;
	at.hl7.field = (uint16_t)v->effect->field;
	struct span s = hl7_get_at(v->message, (size_t)v->effect->segment, &at, a);
	if (s.n || ref->hl7.field || ref->hl7.component != HL7_PL_WARD)
		return s;
	at.hl7.component = HL7_PL_DESCRIPTION;
	struct span description = hl7_get_at(v->message, (size_t)v->effect->segment, &at, a);
	return description.n ? description : s;
}

static struct span get(const struct record *r, const struct field_ref *ref, struct arena *a)
{
	const struct view *v = r->data;
	ssize_t segment = v->effect->segment;
	if (ref->hl7.field == 0 ||
	    (ref->hl7.field == PV1_LOCATION && strcmp(ref->hl7.segment, "PV1") == 0))
		return get_location(v, ref, a);
	if (segment != HL7_NOWHERE &&
	    strcmp(ref->hl7.segment, v->message->segments[segment].id) == 0)
		return hl7_get_at(v->message, (size_t)segment, ref, a);
	return hl7_get(v->message, ref, v->effect->group, a);
}

void hl7_record_note(const struct hl7_record *x, const char *what)
{
	if (what)
		run_out_note(x->out, what, 1);
}

static void name_problem(struct hl7_record *x, const char *field, const char *value_class,
			 const char *reason, const char *message)
{
	x->problem.field = field;
	x->problem.value_class = value_class;
	x->problem.reason = reason;
	x->problem.message = message;
}

static bool has_offset(struct span s)
{
	return s.n > 1 && (memchr(s.p + 1, '+', s.n - 1) || memchr(s.p + 1, '-', s.n - 1));
}

/* What a cancel says of when it occurred is, by the standard, the time of what it cancels: news of
 * the bed from between would be taken for newer than the cancel. */
static void read_time_of_cancel(struct hl7_record *x, struct clock_reading *time)
{
	struct clock_reading recorded;
	struct span text;
	struct err err;
	const char *source = hl7_adt_time_recorded(x->message, x->arena, &text);

	if (!source || (!x->setup->zone && !has_offset(text)) ||
	    clock_read(x->time_format, text, x->setup->zone, &recorded, &err) < 0 ||
	    recorded.at <= time->at)
		return;
	*time = recorded;
	x->time = text;
	x->given.time_source = source;
}

static const char *read_time(struct hl7_record *x, struct clock_reading *ret)
{
	struct err err;
	if (!x->given.time_source)
		return "no time in EVN-6, EVN-2 or MSH-7";
	if (!x->setup->zone && !has_offset(x->time))
		return "a time without an offset from UTC, and no zone is known";
	if (clock_read(x->time_format, x->time, x->setup->zone, ret, &err) < 0)
		return arena_strdup(x->arena, err.message);
	if (mapping_is_no_date(ret->at))
		return "a date before 1901: what programs write for none, or a year that lacks a "
		       "figure";
	return NULL;
}

/* The events are made all the same. */
static void warn_of_doubt(struct hl7_record *x, bool twice)
{
	name_problem(x, x->given.time_source, value_class(x->time),
		     twice ? "time_ambiguous" : "time_nonexistent",
		     twice ? "the clocks were set back: this hour came twice, the first was taken"
			   : "the clocks were set forward: this hour was skipped, the time was "
			     "read an hour later");
}

void hl7_event_time(struct hl7_record *x)
{
	struct clock_reading reading;
	x->given.changed_at = USEC_NONE;
	x->given.time_source = hl7_adt_time(x->message, x->arena, &x->time);
	x->bad_time = read_time(x, &reading);
	if (x->bad_time)
		return;
	if (x->adt.cancels && strcmp(x->given.time_source, HL7_OCCURRED) == 0)
		read_time_of_cancel(x, &reading);
	x->given.changed_at = reading.at;
	if (reading.doubt != CLOCK_SURE && !mapping_has(x->setup->mapping, "changed_at"))
		warn_of_doubt(x, reading.doubt == CLOCK_AMBIGUOUS);
}

/* --- effects → events --- */

static bool known_bed(const struct hl7_record *x, struct span bed_id, struct bed_memory *ret)
{
	const struct adapter_memory *memory = x->setup->memory;
	return memory && memory->bed(memory->ctx, bed_id, ret);
}

static int too_long(struct hl7_record *x)
{
	name_problem(x, "", "too long", "too_long", "a field is longer than 65,536 bytes");
	return -ERR_LIMIT;
}

static int bad_time(struct hl7_record *x)
{
	name_problem(x, x->given.time_source ? x->given.time_source : "EVN-2", value_class(x->time),
		     "bad_time", x->bad_time);
	return -ERR_INVALID;
}

static int map(struct hl7_record *x, const struct hl7_effect *e, enum bed_status status,
	       enum reason reason, struct event *ret)
{
	struct view view = {x->message, e};
	struct record record = {.number = x->place.record,
				.is_one_line = true,
				.is_utf8 = x->is_utf8,
				.line = x->place.line,
				.offset = x->place.offset,
				.get = get,
				.data = &view};
	const uint8_t *key = x->setup->memory ? x->setup->memory->key : NULL;
	struct mapping_problem problem;
	x->given.bed_id = e->bed_id;
	x->given.new_status = status;
	x->given.reason = reason;
	x->message->too_long = false;
	int r = mapping_apply(x->setup->mapping, &record, &x->given, key, x->arena, ret, &problem);
	if (x->message->too_long)
		return too_long(x);
	/* Without a time of ours and none of the adapter's that is what the mapping complains of,
	 * or would have. */
	bool no_time = x->bad_time && !mapping_has(x->setup->mapping, "changed_at");
	if (no_time && (r < 0 || ret->changed_at == USEC_NONE))
		return bad_time(x);
	x->passed_over = problem.passed_over;
	problem.defaulted |= x->problem.defaulted;
	if (r < 0 || !x->problem.reason)
		x->problem = problem;
	return r;
}

/* The status of some effects depends on the bed, which is known only once it is mapped: then it is
 * mapped again. 1: *ret is an event; 0: the effect comes to nothing. */
static int make_one(struct hl7_record *x, const struct hl7_effect *e, struct event *ret)
{
	struct bed_memory bed;
	enum bed_status status;
	enum reason reason;
	int r = map(x, e, e->status, e->reason, ret);
	if (r < 0 || e->rule == HL7_SET || x->passed_over)
		return r < 0 ? r : 1;
	bool known = known_bed(x, ret->bed_id, &bed);
	/* Nothing is known of the transfer: the bed is what it is without it. */
	bool unmoved = e->rule == HL7_RESTORE && x->adt.has_visit && !x->adt.remembered.bed.n;
	if ((known && unmoved) || !hl7_adt_settle(e, known ? &bed : NULL, &status, &reason)) {
		hl7_record_note(
		    x, e->rule == HL7_RESTORE
			   ? "a transfer is cancelled, but the bed has changed since: it stays"
			   : "a reservation is cancelled, but the bed is not reserved: it stays");
		return 0;
	}
	if (status == e->status && reason == e->reason)
		return 1;
	r = map(x, e, status, reason, ret);
	return r < 0 ? r : 1;
}

static bool is_wanted(const struct hl7_record *x, const struct hl7_effect *e,
		      const struct event *event)
{
	if (event->new_status == BED_UNKNOWN) {
		hl7_record_note(x, x->passed_over ? "records that the adapter's only passes over"
						  : "records whose status is mapped to null");
		return false;
	}
	return !e->unless_first || !span_eq(event->bed_id, x->beds[0]);
}

/* A cancelled transfer names the bed that the patient is back in (PV1-3) and the one they were to
 * leave (PV1-6). Some senders repeat the transfer instead: then the two are crosswise where the
 * visit lies and where it lay before, and are read the other way round. */
static void turn_repeated_move(struct hl7_record *x)
{
	const struct visit_memory *was = &x->adt.remembered;
	struct hl7_effect *e = x->adt.effects, first = e[0];
	struct event event;
	struct span beds[2];

	if (!x->adt.undoes_move || x->adt.n != 2 || !was->bed.n || !was->before.n || e[1].bed_id.n)
		return;
	for (size_t i = 0; i < 2; i++) {
		if (map(x, &e[i], e[i].status, e[i].reason, &event) < 0 || !event.bed_id.p)
			return;
		beds[i] = event.bed_id;
	}
	if (!span_eq(beds[0], was->bed) || !span_eq(beds[1], was->before))
		return;
	e[0].status = e[1].status;
	e[0].rule = e[1].rule;
	e[1].status = first.status;
	e[1].rule = first.rule;
	if (x->adt.n_visits)
		x->adt.visits[0].bed = 1;
	hl7_record_note(x, "a cancelled transfer that names its beds as the transfer did: read so");
}

/* The bed that a cancelled transfer gives back is the one where the visit lies: in another,
 * whatever PV1-6 says, lies somebody else. */
static void give_back_its_own(struct hl7_record *x)
{
	const struct visit_memory *was = &x->adt.remembered;
	struct event event;

	for (size_t i = 0; i < x->adt.n; i++) {
		struct hl7_effect *e = &x->adt.effects[i];
		if (e->rule != HL7_RESTORE || e->bed_id.n || !was->bed.n ||
		    map(x, e, e->status, e->reason, &event) < 0 || !event.bed_id.p ||
		    span_eq(event.bed_id, was->bed))
			continue;
		e->segment = HL7_NOWHERE;
		e->bed_id = was->bed;
	}
}

int hl7_event_make(struct hl7_record *x)
{
	turn_repeated_move(x);
	give_back_its_own(x);
	for (size_t i = 0; i < x->adt.n; i++) {
		const struct hl7_effect *e = &x->adt.effects[i];
		struct event *event = &x->events[x->n];
		int r = make_one(x, e, event);
		if (r < 0)
			return r;
		bool wanted = r > 0 && is_wanted(x, e, event);
		if (wanted || r == 0)
			x->beds[i] = event->bed_id;
		x->n += wanted;
	}
	return 0;
}

bool hl7_event_differs(struct hl7_record *x)
{
	struct event event;
	struct bed_memory bed;
	struct span remembered = x->adt.remembered.bed;
	if (map(x, &x->adt.effects[0], BED_OCCUPIED, REASON_NONE, &event) < 0 || !event.bed_id.p)
		return false;
	if (remembered.n && !span_eq(remembered, event.bed_id))
		return true;
	return known_bed(x, event.bed_id, &bed) &&
	       (bed.status == BED_AVAILABLE || bed.status == BED_MAINTENANCE);
}

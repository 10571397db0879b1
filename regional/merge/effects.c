/* One function per effect; what the transaction writes back follows from the marks they set. */
#include "regional/merge/effects.h"

#include <assert.h>
#include <string.h>

void effects_touch(struct ledger *l, struct ledger_bed *b)
{
	(void)ledger_touch_group(l, b->home, b->ward, b->care_level);
	b->dirty = true;
	b->home->changed = true;
	b->home->dirty = true;
}

static struct ledger_bed *register_bed(struct ledger *l, struct ledger_home *h,
				       const struct event *e)
{
	struct ledger_bed *b = ledger_add_bed(l, h, e->bed_id);

	b->ward = SPAN(LEDGER_WARD_UNKNOWN);
	b->care_level = h->default_care_level;
	return b;
}

static void take(struct ledger *l, struct ledger_bed *b, const struct event *e)
{
	if (b->loaded || b->version > 0)
		effects_touch(l, b); /* the place it leaves */
	b->status = e->new_status;
	b->version++;
	b->region_rev = 0; /* the home's own, until a change at the region says otherwise */
	b->last_updated = b->confirmed_at = e->changed_at;
	if (e->ward.p)
		b->ward = arena_span(&l->arena, e->ward);
	if (e->care_level != CARE_UNKNOWN)
		b->care_level = e->care_level;
	effects_touch(l, b);
}

static void confirm(struct ledger_bed *b, const struct event *e)
{
	b->confirmed_at = e->changed_at;
	b->region_rev = 0; /* the home says so itself */
	b->dirty = true;
	b->home->dirty = true;
}

static void enter_course(struct ledger *l, struct ledger_bed *b, const struct event *e)
{
	struct ledger_course *c = arena_new(&l->arena, struct ledger_course);

	*c = (struct ledger_course){b->course, e->changed_at, e->new_status};
	b->course = c;
}

static struct ledger_chain *new_chain(struct ledger *l, struct ledger_bed *b, usec_t now)
{
	char id[4 + ULID_CHARS + 1] = "cfl_";

	(void)ulid_format(ulid_random(now), id + 4);
	struct ledger_chain *c = ledger_add_chain(l, b->home, span_str(id), b->id);
	c->held = b->status;
	c->opened_at = now;
	return c;
}

/* held: the bed's status before the event. */
static struct ledger_chain *enter_chain(struct ledger *l, struct ledger_bed *b,
					const struct event *e, const struct decision *d,
					enum bed_status held, usec_t now)
{
	struct ledger_chain *c = d->chain == CHAIN_JOINS ? b->chain : NULL;

	if (d->chain == CHAIN_NONE)
		return NULL;
	if (!c) {
		c = new_chain(l, b, now);
		c->held = held;
	}
	c->branch = e->new_status;
	c->events++;
	c->last_event_at = now;
	c->dirty = true;
	if (d->chain == CHAIN_SETTLED) {
		c->settled_by = conflict_policy_name(b->home->policy.conflict);
		c->settled_at = now;
		c->settled_status = b->status;
		return c;
	}
	b->chain = c;
	if (!b->unconfirmed) {
		b->unconfirmed = true;
		effects_touch(l, b);
	}
	return c;
}

static void audit(struct ledger *l, const struct event *e, const struct decision *d,
		  const struct ledger_bed *b, const struct ledger_chain *c, enum bed_status held,
		  const struct effects_origin *o)
{
	ledger_audit(l, b->home,
		     &(struct audit_row){
			 .epoch = o->epoch,
			 .seq = o->seq,
			 .event = e,
			 .held_status = held,
			 .ward = b->ward,
			 .care_level = b->care_level,
			 .received_at = o->received_at,
			 .source_ip = o->source_ip,
			 .outcome = d->outcome,
			 .outcome_reason = d->reason,
			 .in_history = d->in_history,
			 .bed_version = b->version,
			 .conflict_id = c ? c->id : SPAN_NONE,
		     });
	ledger_see(l, b->home, e->id);
	if (memcmp(e->id.b, b->home->newest_event.b, ULID_BYTES) > 0)
		b->home->newest_event = e->id;
}

struct decide_bed effects_held(const struct ledger_bed *b)
{
	if (!b)
		return (struct decide_bed){0};
	return (struct decide_bed){
	    .known = true,
	    .unconfirmed = b->unconfirmed,
	    .status = b->status,
	    .branch = b->chain ? b->chain->branch : BED_UNKNOWN,
	    .confirmed_at = b->confirmed_at,
	};
}

struct ledger_bed *effects_take(struct ledger *l, struct ledger_home *h, struct ledger_bed *b,
				const struct event *e, const struct decision *d,
				const struct decide_bed *held, const struct ledger_chain *chain,
				const struct effects_origin *o)
{
	if (d->registers)
		b = register_bed(l, h, e);
	assert(b); /* decide() registers a bed or rejects its event */
	if (d->takes)
		take(l, b, e);
	if (d->confirms)
		confirm(b, e);
	if (d->in_history)
		enter_course(l, b, e);
	const struct ledger_chain *own = enter_chain(l, b, e, d, held->status, o->received_at);
	audit(l, e, d, b, own ? own : chain, held->status, o);
	return b;
}

void effects_see_as_home(struct ledger *l, struct ledger_home *h, const struct decide_bed *held,
			 const struct ledger_bed *b, const struct event *e)
{
	struct ledger_view *v = ledger_find_view(l, h, e->bed_id);
	bool has_view = v && !v->gone;
	bool knows = has_view || held->known;
	usec_t since = has_view ? v->changed_at : held->confirmed_at;
	bool moves = !knows || e->changed_at >= since;
	usec_t at = moves ? e->changed_at : since;
	enum bed_status status = moves ? e->new_status : has_view ? v->status : held->status;
	bool agrees = b && b->status == status && b->confirmed_at == at;

	if (agrees && !has_view)
		return;
	if (!v)
		v = ledger_add_view(l, h, e->bed_id);
	v->status = status;
	v->changed_at = at;
	v->gone = agrees;
	v->dirty = true;
}

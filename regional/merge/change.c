/* The checks that a person relies on (is it still what I saw?) are made here, under the lock of the
 * home's row, and nowhere else. Run again after a lost connection, the change finds its own event
 * in the audit log and has been made. */
#include "regional/merge/change.h"

#include "regional/merge/effects.h"
#include "regional/merge/play.h"

const char *const change_settle_reasons[] = {
    "bed_checked", "home_confirmed", "keying_error", "late_entry", "system_error", "other", NULL};

const char *change_settle_reason(struct span s)
{
	for (const char *const *r = change_settle_reasons; *r; r++)
		if (span_eq_str(s, *r))
			return *r;
	return NULL;
}

void change_job(struct change *c, struct arena *a, usec_t now, struct merge_job *job)
{
	struct wire_batch *b = arena_new(a, struct wire_batch);

	/* The header of a batch for those who look at its size and its home; it counts no seq. */
	b->header = (struct wire_header){.facility = c->facility_id,
					 .epoch = SPAN(CHANGE_EPOCH),
					 .first = 1,
					 .last = 1,
					 .count = 1};
	b->items = arena_new(a, struct wire_item);
	*b->items = (struct wire_item){.seq = 1, .valid = true};
	b->items->event = (struct event){
	    .id = ulid_random(now),
	    .facility_id = c->facility_id,
	    .bed_id = c->bed_id,
	    .changed_by = c->changed_by,
	    .new_status = c->status,
	    .reason = c->reason,
	    .changed_at = now,
	    .source.adapter = SPAN("api"),
	};
	job->batch = b;
	job->received_at = now;
	job->arena = a;
	job->change = c;
}

static void show(struct change *c, const struct ledger_bed *b, struct arena *a)
{
	c->bed = (struct change_bed){
	    .ward = arena_span(a, b->ward),
	    .care_level = b->care_level,
	    .status = b->status,
	    .version = b->version,
	    .unconfirmed = b->unconfirmed,
	    .last_updated = b->last_updated,
	};
}

/* What stands in the way; MADE if nothing does. */
static enum change_verdict check(const struct change *c, const struct ledger_bed *b)
{
	if (c->conflict_id.p && !(b->chain && span_eq(b->chain->id, c->conflict_id)))
		return CHANGE_SETTLED;
	if (c->version != CHANGE_ANY_VERSION && c->version != b->version)
		return CHANGE_STALE;
	return CHANGE_MADE;
}

/* The home goes on thinking what it thought. A bed it has never spoken of has no view: it stands in
 * the state digest from when the home has heard of it (ledger_state). */
static void keep_view(struct ledger *l, const struct ledger_bed *b, const struct decide_bed *held)
{
	struct ledger_view *v = ledger_find_view(l, b->home, b->id);

	if ((v && !v->gone) || b->version == 0)
		return;
	if (!v)
		v = ledger_add_view(l, b->home, b->id);
	v->status = held->status;
	v->changed_at = held->confirmed_at;
	v->gone = false;
	v->dirty = true;
}

static void settle(struct ledger *l, struct ledger_bed *b, const struct change *c, usec_t now)
{
	struct ledger_chain *k = b->chain;

	k->settled_by = c->changed_by.p ? arena_strndup(&l->arena, c->changed_by.p, c->changed_by.n)
					: "unknown";
	k->settled_at = now;
	k->settled_status = c->status;
	k->settled_reason = c->settle_reason;
	k->dirty = true;
	b->chain = NULL;
	b->unconfirmed = false;
	effects_touch(l, b);
}

static enum change_verdict make(struct ledger *l, struct play_batch *p, struct ledger_bed *b)
{
	const struct change *c = p->change;
	struct event *e = arena_new(&l->arena, struct event);
	const struct decide_bed held = effects_held(b);
	struct ledger_chain *chain = c->conflict_id.p ? b->chain : NULL;
	const struct effects_origin origin = {p->stream->epoch, p->stream->applied_through + 1,
					      p->received_at, p->source_ip};

	*e = p->batch->items[0].event;
	e->previous_status = b->status;
	/* A home's clock may be ahead of ours; what a person says now is the
	 * newest all the same. */
	if (e->changed_at < b->confirmed_at)
		e->changed_at = b->confirmed_at;
	struct decision d = decide(&held, &(struct decide_event){.event = e}, BED_UNKNOWN,
				   &b->home->policy, p->received_at);
	if (d.outcome != OUTCOME_APPLIED)
		return CHANGE_FAILED;
	keep_view(l, b, &held);
	(void)effects_take(l, b->home, b, e, &d, &held, chain, &origin);
	b->by_region = true;
	p->stream->applied_through = origin.seq;
	if (p->stream->first_received_at == USEC_NONE)
		p->stream->first_received_at = p->received_at;
	p->stream->last_received_at = p->received_at;
	p->stream->dirty = true;
	if (chain)
		settle(l, b, c, p->received_at);
	return CHANGE_MADE;
}

void change_play(struct ledger *l, struct play_batch *p)
{
	const struct wire_item *item = &p->batch->items[0];
	struct ledger_bed *b = ledger_find_bed(l, p->home, item->event.bed_id);
	struct change *c = p->change;

	p->answer->epoch = p->batch->header.epoch;
	if (!item->valid)
		c->verdict = CHANGE_FAILED;
	else if (!b)
		c->verdict = CHANGE_NO_BED;
	else if (p->probes[0].seen)
		c->verdict = CHANGE_MADE;
	else
		c->verdict = check(c, b);
	if (c->verdict == CHANGE_MADE && !p->probes[0].seen)
		c->verdict = make(l, p, b);
	if (b)
		show(c, b, p->arena);
}

/* A batch is judged as a whole before its first effect (unknown home, gap, epoch), so that one that
 * is turned away leaves nothing behind in a transaction it shares with others. */
#include "regional/merge/play.h"

#include <assert.h>
#include <string.h>

/* Items the stream already holds must be the ones it holds. */
static bool is_known_as(const struct ledger *l, const struct play_batch *p, size_t i)
{
	const struct wire_item *item = &p->batch->items[i];

	if (ledger_find_refusal(l, p->stream, item->seq))
		return true;
	return item->valid && (p->probes[i].seen || ledger_has_seen(l, p->home, item->event.id));
}

static bool contradicts_stream(const struct ledger *l, const struct play_batch *p)
{
	const struct wire_header *h = &p->batch->header;

	/* A heartbeat names the outbox's last seq: one that lies before ours has forgotten what it
	 * sent. */
	if (h->count == 0)
		return h->queued == 0 && h->last < p->stream->applied_through;
	for (size_t i = p->from; i < p->to; i++) {
		if (p->batch->items[i].seq > p->stream->applied_through)
			return false;
		if (!is_known_as(l, p, i))
			return true;
	}
	return false;
}

static void touch_bed_group(struct ledger *l, struct ledger_bed *b)
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
		touch_bed_group(l, b); /* the place it leaves */
	b->status = e->new_status;
	b->version++;
	b->last_updated = b->confirmed_at = e->changed_at;
	if (e->ward.p)
		b->ward = arena_span(&l->arena, e->ward);
	if (e->care_level != CARE_UNKNOWN)
		b->care_level = e->care_level;
	touch_bed_group(l, b);
}

static void confirm(struct ledger_bed *b, const struct event *e)
{
	b->confirmed_at = e->changed_at;
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
		return c;
	}
	b->chain = c;
	if (!b->unconfirmed) {
		b->unconfirmed = true;
		touch_bed_group(l, b);
	}
	return c;
}

static void refuse(struct ledger *l, const struct play_batch *p, const struct wire_item *item,
		   const char *reason)
{
	struct ledger_refusal *f = ledger_add_refusal(l, p->home, p->stream, item->seq);
	char id[EVENT_ID_CHARS + 1];

	f->reason = arena_strdup(&l->arena, reason ? reason : "not an event");
	f->received_at = p->received_at;
	f->source_ip = p->source_ip;
	f->event_id = item->valid
			  ? span_str(arena_strdup(&l->arena, event_id_format(item->event.id, id)))
			  : SPAN_NONE;
	ledger_write_refusal(l, f);
}

static void audit(struct ledger *l, const struct play_batch *p, const struct wire_item *item,
		  const struct decision *d, const struct ledger_bed *b,
		  const struct ledger_chain *c, enum bed_status held)
{
	ledger_audit(l, p->home,
		     &(struct audit_row){
			 .epoch = p->stream->epoch,
			 .seq = item->seq,
			 .event = &item->event,
			 .held_status = held,
			 .ward = b->ward,
			 .care_level = b->care_level,
			 .received_at = p->received_at,
			 .source_ip = p->source_ip,
			 .outcome = d->outcome,
			 .outcome_reason = d->reason,
			 .in_history = d->in_history,
			 .bed_version = b->version,
			 .conflict_id = c ? c->id : SPAN_NONE,
		     });
	ledger_see(l, p->home, item->event.id);
	if (memcmp(item->event.id.b, p->home->newest_event.b, ULID_BYTES) > 0)
		p->home->newest_event = item->event.id;
}

static struct decide_bed bed_as_held(const struct ledger_bed *b)
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

/* The home takes every event of its own that is not older than what it holds, whatever we decide of
 * it. held: the bed before the event, b after it (NULL: not registered). */
static void see_as_home(struct ledger *l, const struct play_batch *p, const struct decide_bed *held,
			const struct ledger_bed *b, const struct event *e)
{
	struct ledger_view *v = ledger_find_view(l, p->home, e->bed_id);
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
		v = ledger_add_view(l, p->home, e->bed_id);
	v->status = status;
	v->changed_at = at;
	v->gone = agrees;
	v->dirty = true;
}

static struct decision play_item(struct ledger *l, const struct play_batch *p, size_t i)
{
	const struct wire_item *item = &p->batch->items[i];
	const struct event *e = item->valid ? &item->event : NULL;
	struct ledger_bed *b = e ? ledger_find_bed(l, p->home, e->bed_id) : NULL;
	struct decide_bed held = bed_as_held(b);
	struct decide_event event = {
	    .event = e,
	    .unreadable = item->reason,
	    .seen = e && (p->probes[i].seen || ledger_has_seen(l, p->home, e->id)),
	    .foreign = e && !span_eq(e->facility_id, p->home->id),
	};
	enum bed_status then = e && decide_wants_history(&held, e)
				   ? ledger_status_at(b, e->changed_at, &p->probes[i])
				   : BED_UNKNOWN;
	struct decision d = decide(&held, &event, then, &p->home->policy, p->received_at);

	if (d.outcome == OUTCOME_DUPLICATE)
		return d;
	if (d.outcome == OUTCOME_REJECTED) {
		refuse(l, p, item, d.reason);
		if (e && !event.foreign)
			see_as_home(l, p, &held, b, e);
		return d;
	}
	assert(e); /* decide() rejects what could not be read … */
	if (d.registers)
		b = register_bed(l, p->home, e);
	assert(b); /* … and registers a bed or rejects its event */
	if (d.takes)
		take(l, b, e);
	if (d.confirms)
		confirm(b, e);
	if (d.in_history)
		enter_course(l, b, e);
	audit(l, p, item, &d, b, enter_chain(l, b, e, &d, held.status, p->received_at),
	      held.status);
	see_as_home(l, p, &held, b, e);
	if (e->changed_at > p->home->as_of)
		p->home->as_of = e->changed_at < p->received_at ? e->changed_at : p->received_at;
	return d;
}

/* An event the stream held before: a refused one is refused again, for its dead letter may not have
 * arrived. */
static struct decision play_again(const struct ledger *l, const struct play_batch *p,
				  const struct wire_item *item)
{
	const struct ledger_refusal *f = ledger_find_refusal(l, p->stream, item->seq);

	return f ? (struct decision){.outcome = OUTCOME_REJECTED, .reason = f->reason}
		 : (struct decision){.outcome = OUTCOME_DUPLICATE};
}

/* What the home says of itself, and whether we agree with it. Only an empty queue makes the two
 * states comparable. */
static void take_contact(struct ledger *l, const struct play_batch *p)
{
	const struct wire_header *w = &p->batch->header;
	struct ledger_home *h = p->home;

	h->dirty = true;
	h->last_contact_at = p->received_at;
	h->queue_depth = (int64_t)w->queued;
	h->clock_skew = w->clock - p->received_at;
	h->agent = w->agent;
	if (w->queued > 0 || p->stream->applied_through < w->last)
		return;
	struct digest ours = ledger_state(l, h);
	if (digest_eq(&ours, &w->state)) {
		h->in_sync_at = h->as_of = p->received_at;
	} else if (h->snapshot_asked_at == USEC_NONE ||
		   p->received_at - h->snapshot_asked_at > PLAY_SNAPSHOT_EVERY) {
		h->snapshot_asked_at = p->received_at;
		p->answer->snapshot_wanted = true;
	}
}

static void answer_gap(struct play_batch *p)
{
	p->gap = true;
	p->answer->n_outcomes = 0;
	p->answer->applied_through = p->stream->applied_through;
	p->answer->facility_rev = p->home->rev;
}

static void add_outcome(struct play_batch *p, uint64_t seq, const struct decision *d)
{
	struct wire_answer *w = p->answer;

	if (!w->outcomes)
		w->outcomes = arena_array(p->arena, struct wire_outcome, p->batch->header.count);
	w->outcomes[w->n_outcomes++] = (struct wire_outcome){
	    seq, d->outcome, d->reason ? arena_strdup(p->arena, d->reason) : NULL};
}

enum play_verdict play(struct ledger *l, struct play_batch *p)
{
	struct ledger_stream *s = p->stream;
	uint64_t first = p->from < p->to ? p->batch->items[p->from].seq : p->batch->header.first;

	if (!p->home->found || p->home->revoked)
		return PLAY_UNKNOWN;
	p->answer->epoch = p->batch->header.epoch;
	if (first > s->applied_through + 1) {
		answer_gap(p);
		return PLAY_TAKEN;
	}
	if (contradicts_stream(l, p))
		return PLAY_EPOCH;
	for (size_t i = p->from; i < p->to; i++) {
		const struct wire_item *item = &p->batch->items[i];
		struct decision d;
		if (item->seq <= s->applied_through) {
			d = play_again(l, p, item);
		} else {
			d = play_item(l, p, i);
			s->applied_through = item->seq;
		}
		add_outcome(p, item->seq, &d);
	}
	if (s->first_received_at == USEC_NONE)
		s->first_received_at = p->received_at;
	s->last_received_at = p->received_at;
	s->dirty = true;
	if (p->to == p->batch->header.count)
		take_contact(l, p);
	p->answer->applied_through = s->applied_through;
	return PLAY_TAKEN;
}

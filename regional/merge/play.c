/* A batch is judged as a whole before its first effect (unknown home, gap, epoch), so that one that
 * is turned away leaves nothing behind in a transaction it shares with others. */
#include "regional/merge/play.h"

#include <assert.h>
#include <string.h>

#include "regional/merge/change.h"
#include "regional/merge/effects.h"

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

static struct decision play_item(struct ledger *l, const struct play_batch *p, size_t i)
{
	const struct wire_item *item = &p->batch->items[i];
	const struct event *e = item->valid ? &item->event : NULL;
	struct ledger_bed *b = e ? ledger_find_bed(l, p->home, e->bed_id) : NULL;
	struct decide_bed held = effects_held(b);
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
			effects_see_as_home(l, p->home, &held, b, e);
		return d;
	}
	assert(e); /* decide() rejects what could not be read */
	b = effects_take(
	    l, p->home, b, e, &d, &held, NULL,
	    &(struct effects_origin){p->stream->epoch, item->seq, p->received_at, p->source_ip});
	effects_see_as_home(l, p->home, &held, b, e);
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

/* What the home says of itself. */
static void hear(const struct play_batch *p)
{
	const struct wire_header *w = &p->batch->header;
	struct ledger_home *h = p->home;

	h->dirty = h->contacted = true;
	h->last_contact_at = p->received_at;
	h->queue_depth = (int64_t)w->queued;
	h->clock_skew = w->clock - p->received_at;
	h->agent = w->agent;
	p->answer->clock = p->received_at;
}

/* And whether we agree with it. Only an empty queue makes the two states comparable. */
static void take_contact(struct ledger *l, const struct play_batch *p)
{
	const struct wire_header *w = &p->batch->header;
	struct ledger_home *h = p->home;

	hear(p);
	if (w->queued > 0 || p->stream->applied_through < w->last)
		return;
	struct digest ours = ledger_state(l, h, w->rev);
	bool agree = digest_eq(&ours, &w->state);
	p->answer->in_sync = agree ? WIRE_SYNC_AGREES : WIRE_SYNC_DIFFERS;
	if (agree) {
		h->in_sync_at = h->as_of = p->received_at;
	} else if (h->snapshot_asked_at == USEC_NONE ||
		   p->received_at - h->snapshot_asked_at > PLAY_SNAPSHOT_EVERY) {
		h->snapshot_asked_at = p->received_at;
		p->answer->snapshot_wanted = true;
	}
}

/* The mark that the alert `gap` looks at. More of the same gap moves its end only. */
static void mark_gap(struct play_batch *p, uint64_t first)
{
	struct ledger_home *h = p->home;

	if (h->gap_since == USEC_NONE || !span_eq(h->gap_epoch, p->stream->epoch)) {
		h->gap_since = p->received_at;
		h->gap_epoch = p->stream->epoch;
		h->gap_through = 0;
	}
	if (h->gap_through < first - 1)
		h->gap_through = first - 1;
}

/* What was missing has come; or the home has begun a new epoch, and nothing of the old one will. */
static void unmark_gap(struct play_batch *p)
{
	struct ledger_home *h = p->home;

	if (h->gap_since != USEC_NONE && (!span_eq(h->gap_epoch, p->stream->epoch) ||
					  p->stream->applied_through >= h->gap_through)) {
		h->gap_since = USEC_NONE;
		h->dirty = true;
	}
}

static void answer_gap(struct play_batch *p, uint64_t first)
{
	mark_gap(p, first);
	hear(p);
	p->gap = true;
	p->answer->n_outcomes = 0;
	p->answer->applied_through = p->stream->applied_through;
	p->answer->facility_rev = p->home->rev;
}

/* By the home's EHR: neither keyed in nor part of a census that we asked for. */
static bool is_fed(const struct event *e)
{
	return e->source.adapter.p && !decide_is_from_person(e);
}

static void add_outcome(struct play_batch *p, uint64_t seq, const struct decision *d)
{
	struct wire_answer *w = p->answer;

	if (!w->outcomes)
		w->outcomes = arena_array(p->arena, struct wire_outcome, p->batch->header.count);
	w->outcomes[w->n_outcomes++] = (struct wire_outcome){
	    seq, d->outcome, d->reason ? arena_strdup(p->arena, d->reason) : NULL};
}

/* A road without certificates vouches for the home by itself. */
static bool is_certified(const struct play_batch *p)
{
	struct span rest = p->home->certificates, one;

	if (!rest.p || !p->certificate.p)
		return true;
	while (span_cut(&rest, ' ', &one))
		if (span_eq(one, p->certificate))
			return true;
	return false;
}

static enum play_verdict play_stream(struct ledger *l, struct play_batch *p)
{
	struct ledger_stream *s = p->stream;
	uint64_t first = p->from < p->to ? p->batch->items[p->from].seq : p->batch->header.first;

	if (span_eq_str(s->epoch, CHANGE_EPOCH))
		return PLAY_EPOCH;
	p->answer->epoch = p->batch->header.epoch;
	if (first > s->applied_through + 1) {
		answer_gap(p, first);
		return PLAY_TAKEN;
	}
	if (contradicts_stream(l, p))
		return PLAY_EPOCH;
	ledger_told(l, p->home, p->batch->header.rev);
	for (size_t i = p->from; i < p->to; i++) {
		const struct wire_item *item = &p->batch->items[i];
		struct decision d;
		if (item->seq <= s->applied_through) {
			d = play_again(l, p, item);
		} else {
			d = play_item(l, p, i);
			s->applied_through = item->seq;
			if (item->valid && is_fed(&item->event))
				p->home->fed_at = p->received_at;
		}
		add_outcome(p, item->seq, &d);
	}
	if (s->first_received_at == USEC_NONE)
		s->first_received_at = p->received_at;
	s->last_received_at = p->received_at;
	s->dirty = true;
	unmark_gap(p);
	if (p->to == p->batch->header.count)
		take_contact(l, p);
	p->answer->applied_through = s->applied_through;
	return PLAY_TAKEN;
}

static enum freshness freshness_now(const struct play_batch *p)
{
	return freshness_of(p->home->last_contact_at, p->home->as_of, p->received_at, &p->fresh);
}

enum play_verdict play(struct ledger *l, struct play_batch *p)
{
	if (!p->home->found || p->home->revoked)
		return PLAY_UNKNOWN;
	if (!is_certified(p))
		return PLAY_CERTIFICATE;
	if (p->change) {
		change_play(l, p);
		return PLAY_TAKEN;
	}
	/* Who watches is told of a home that is back, and not of every heartbeat. */
	enum freshness before = freshness_now(p);
	enum play_verdict verdict = play_stream(l, p);
	p->home->seen_anew |= freshness_now(p) != before;
	return verdict;
}

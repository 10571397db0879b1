/* Lookups by hash tables, walks by lists; both in the arena, so that a transaction ends with one
 * reset. */
#include "regional/merge/ledger.h"

#include <string.h>

#include "bed/state.h"

void ledger_reset(struct ledger *l)
{
	struct arena arena = l->arena;

	arena_reset(&arena);
	*l = (struct ledger){.arena = arena};
	l->homes_end = &l->homes;
}

void ledger_done(struct ledger *l)
{
	arena_done(&l->arena);
}

struct ledger_home *ledger_find_home(const struct ledger *l, struct span id)
{
	struct ledger_home *h;

	for (size_t at = 0; (h = table_next(&l->home_table, span_hash(id), &at));)
		if (span_eq(h->id, id))
			return h;
	return NULL;
}

struct ledger_home *ledger_home(struct ledger *l, struct span id)
{
	struct ledger_home *h = ledger_find_home(l, id);

	if (h)
		return h;
	h = arena_new(&l->arena, struct ledger_home);
	h->id = arena_span(&l->arena, id);
	h->last_contact_at = h->in_sync_at = h->as_of = h->snapshot_asked_at = USEC_NONE;
	h->gap_since = h->fed_at = USEC_NONE;
	*l->homes_end = h;
	l->homes_end = &h->next;
	l->n_homes++;
	table_add(&l->home_table, &l->arena, span_hash(h->id), h);
	return h;
}

struct ledger_stream *ledger_stream(struct ledger *l, struct ledger_home *h, struct span epoch)
{
	struct ledger_stream *s;

	for (s = h->streams; s; s = s->next)
		if (span_eq(s->epoch, epoch))
			return s;
	s = arena_new(&l->arena, struct ledger_stream);
	s->epoch = arena_span(&l->arena, epoch);
	s->first_received_at = s->last_received_at = USEC_NONE;
	s->next = h->streams;
	h->streams = s;
	return s;
}

static uint64_t bed_hash(const struct ledger_home *h, struct span id)
{
	return table_mix(span_hash(id), (uint64_t)(uintptr_t)h);
}

struct ledger_bed *ledger_find_bed(const struct ledger *l, const struct ledger_home *h,
				   struct span id)
{
	uint64_t hash = bed_hash(h, id);
	struct ledger_bed *b;

	for (size_t at = 0; (b = table_next(&l->bed_table, hash, &at));)
		if (b->home == h && span_eq(b->id, id))
			return b;
	return NULL;
}

struct ledger_bed *ledger_add_bed(struct ledger *l, struct ledger_home *h, struct span id)
{
	struct ledger_bed *b = arena_new(&l->arena, struct ledger_bed);

	b->home = h;
	b->id = arena_span(&l->arena, id);
	b->next = h->beds;
	h->beds = b;
	h->n_beds++;
	table_add(&l->bed_table, &l->arena, bed_hash(h, id), b);
	return b;
}

struct ledger_chain *ledger_add_chain(struct ledger *l, struct ledger_home *h, struct span id,
				      struct span bed_id)
{
	struct ledger_chain *c = arena_new(&l->arena, struct ledger_chain);

	c->home = h;
	c->id = arena_span(&l->arena, id);
	c->bed_id = arena_span(&l->arena, bed_id);
	c->next = h->chains;
	h->chains = c;
	return c;
}

struct ledger_view *ledger_find_view(const struct ledger *l, const struct ledger_home *h,
				     struct span bed_id)
{
	uint64_t hash = bed_hash(h, bed_id);
	struct ledger_view *v;

	for (size_t at = 0; (v = table_next(&l->view_table, hash, &at));)
		if (v->home == h && span_eq(v->bed_id, bed_id))
			return v;
	return NULL;
}

struct ledger_view *ledger_add_view(struct ledger *l, struct ledger_home *h, struct span bed_id)
{
	struct ledger_view *v = arena_new(&l->arena, struct ledger_view);

	v->home = h;
	v->bed_id = arena_span(&l->arena, bed_id);
	v->next = h->views;
	h->views = v;
	table_add(&l->view_table, &l->arena, bed_hash(h, bed_id), v);
	return v;
}

static struct ledger_group *find_group(const struct ledger_home *h, struct span ward,
				       enum care_level care)
{
	for (struct ledger_group *g = h->groups; g; g = g->next)
		if (g->care_level == care && span_eq(g->ward, ward))
			return g;
	return NULL;
}

struct ledger_group *ledger_touch_group(struct ledger *l, struct ledger_home *h, struct span ward,
					enum care_level care)
{
	struct ledger_group *g = find_group(h, ward, care);

	if (g)
		return g;
	g = arena_new(&l->arena, struct ledger_group);
	g->ward = arena_span(&l->arena, ward);
	g->care_level = care;
	g->next = h->groups;
	h->groups = g;
	return g;
}

struct seen {
	const struct ledger_home *home;
	struct ulid id;
};

static uint64_t seen_hash(const struct ledger_home *h, struct ulid id)
{
	uint64_t tail;
	memcpy(&tail, id.b + ULID_BYTES - sizeof(tail), sizeof(tail));
	return table_mix(tail, (uint64_t)(uintptr_t)h);
}

bool ledger_has_seen(const struct ledger *l, const struct ledger_home *h, struct ulid id)
{
	const struct seen *s;

	for (size_t at = 0; (s = table_next(&l->seen_table, seen_hash(h, id), &at));)
		if (s->home == h && ulid_eq(s->id, id))
			return true;
	return false;
}

void ledger_see(struct ledger *l, const struct ledger_home *h, struct ulid id)
{
	struct seen *s = arena_new(&l->arena, struct seen);

	*s = (struct seen){h, id};
	table_add(&l->seen_table, &l->arena, seen_hash(h, id), s);
}

static uint64_t refusal_hash(const struct ledger_stream *s, uint64_t seq)
{
	return table_mix(seq, (uint64_t)(uintptr_t)s);
}

struct ledger_refusal *ledger_find_refusal(const struct ledger *l, const struct ledger_stream *s,
					   uint64_t seq)
{
	struct ledger_refusal *f;

	for (size_t at = 0; (f = table_next(&l->refusal_table, refusal_hash(s, seq), &at));)
		if (f->stream == s && f->seq == seq)
			return f;
	return NULL;
}

struct ledger_refusal *ledger_add_refusal(struct ledger *l, struct ledger_home *h,
					  struct ledger_stream *s, uint64_t seq)
{
	struct ledger_refusal *f = arena_new(&l->arena, struct ledger_refusal);

	f->home = h;
	f->stream = s;
	f->seq = seq;
	table_add(&l->refusal_table, &l->arena, refusal_hash(s, seq), f);
	return f;
}

/* Room for one more; the old array stays in the arena. */
static void *grown(struct arena *a, void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	size_t more = *cap ? *cap * 2 : 256;
	void *p = arena_alloc(a, more * size);
	if (n)
		memcpy(p, items, n * size);
	*cap = more;
	return p;
}

void ledger_write_refusal(struct ledger *l, struct ledger_refusal *f)
{
	l->refusals = grown(&l->arena, l->refusals, l->n_refusals, &l->cap_refusals,
			    sizeof(struct ledger_refusal *));
	l->refusals[l->n_refusals++] = f;
}

void ledger_audit(struct ledger *l, struct ledger_home *h, const struct audit_row *row)
{
	l->audit =
	    grown(&l->arena, l->audit, l->n_audit, &l->cap_audit, sizeof(struct ledger_audit));
	struct ledger_audit *a = &l->audit[l->n_audit++];
	*a = (struct ledger_audit){.row = *row, .home = h};
	a->row.facility_id = h->id;
	a->row.n = ++h->audit_n;
	a->prev = h->audit_head;
	a->hash = h->audit_head = audit_hash(&a->row, &a->prev);
	h->dirty = true;
}

/* The latest change of this transaction at or before `at`; of two at the same time the one taken in
 * last. */
static const struct ledger_course *course_at(const struct ledger_bed *b, usec_t at)
{
	const struct ledger_course *best = NULL;

	for (const struct ledger_course *c = b->course; c; c = c->next)
		if (c->changed_at <= at && (!best || c->changed_at > best->changed_at))
			best = c;
	return best;
}

enum bed_status ledger_status_at(const struct ledger_bed *b, usec_t at,
				 const struct ledger_probe *probe)
{
	const struct ledger_course *here = course_at(b, at);

	if (b->loaded && at >= b->loaded_confirmed)
		return here && here->changed_at >= b->loaded_confirmed ? here->status
								       : b->loaded_status;
	if (probe->then != BED_UNKNOWN && !(here && here->changed_at >= probe->then_at))
		return probe->then;
	return here ? here->status : BED_UNKNOWN;
}

void ledger_count(struct ledger_home *h)
{
	for (struct ledger_group *g = h->groups; g; g = g->next) {
		memset(g->counts, 0, sizeof(g->counts));
		g->unconfirmed = g->total = 0;
	}
	for (const struct ledger_bed *b = h->beds; b; b = b->next) {
		struct ledger_group *g = find_group(h, b->ward, b->care_level);
		if (!g)
			continue;
		g->total++;
		if (b->unconfirmed)
			g->unconfirmed++;
		else
			g->counts[b->status]++;
	}
}

static size_t add_unregistered(const struct ledger *l, const struct ledger_home *h,
			       struct bed_state *to)
{
	size_t n = 0;

	for (const struct ledger_view *v = h->views; v; v = v->next)
		if (!v->gone && !ledger_find_bed(l, h, v->bed_id))
			to[n++] = (struct bed_state){v->bed_id, v->status};
	return n;
}

void ledger_told(struct ledger *l, struct ledger_home *h, int64_t rev)
{
	for (const struct ledger_bed *b = h->views ? h->beds : NULL; b; b = b->next) {
		if (b->region_rev == 0 || b->region_rev > rev)
			continue;
		struct ledger_view *v = ledger_find_view(l, h, b->id);
		if (!v || v->gone || v->changed_at > b->last_updated)
			continue;
		v->gone = v->dirty = true;
		h->dirty = true;
	}
}

struct digest ledger_state(struct ledger *l, const struct ledger_home *h, int64_t rev)
{
	size_t n = 0, n_views = 0;

	for (const struct ledger_view *v = h->views; v; v = v->next)
		n_views++;
	struct bed_state *beds = arena_array(&l->arena, struct bed_state, h->n_beds + n_views + 1);
	for (const struct ledger_bed *b = h->beds; b; b = b->next) {
		const struct ledger_view *v = h->views ? ledger_find_view(l, h, b->id) : NULL;
		if (v && !v->gone)
			beds[n++] = (struct bed_state){b->id, v->status};
		else if (b->version > 0 && b->region_rev <= rev)
			beds[n++] = (struct bed_state){b->id, b->status};
	}
	n += add_unregistered(l, h, beds + n);
	return state_digest(beds, n);
}

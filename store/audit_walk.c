/* A row's hash covers its place, so a row that was moved no longer fits its own hash: it is tried
 * at the places near by (all after it were renumbered), and at the end, with the other rows that
 * fit nowhere, at every place that is vacant. What then stays vacant was removed.
 *
 * A row can be judged only with its successor in sight: of two that claim one place the one that is
 * followed is the real one, and a row hashed anew is known by a successor that follows another. */
#include "store/audit_walk.h"

#include <stdlib.h>
#include <string.h>

#include "store/audit_places.h"

struct row {
	int64_t n;
	struct buf tail;
	struct digest prev, hash;
	bool whole; /* it is what its hash was made of */
	char event_id[48];
	usec_t received_at;
};

struct suspect {
	struct row row;
	bool claimed; /* nobody better stands at its place */
};

struct audit_walk {
	struct audit_walk_options o;
	struct row same[AUDIT_SAME_MAX]; /* rows at one place, not judged yet */
	size_t n_same;
	struct suspect suspects[AUDIT_SUSPECTS_MAX];
	size_t n_suspects;
	struct places taken; /* places that rows were written for */
	/* the row before */
	bool linked;
	struct row before; /* without its tail */
	int64_t before_place;
	bool before_told;
	int64_t shift; /* where the row before stands, less where it belongs */
	size_t next_head, agreed;
	bool disagreed;
	struct audit_finding findings[AUDIT_FINDINGS_MAX];
	size_t n_findings;
	int64_t wrong;
};

const char *audit_fault_name(enum audit_fault f)
{
	static const char *const names[] = {"changed", "removed", "added", "moved", "rewritten"};
	return names[f];
}

struct audit_walk *audit_walk_begin(const struct audit_walk_options *o)
{
	struct audit_walk *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->o = *o;
	w->before_place = o->first - 1;
	if (o->first == 1) {
		w->linked = w->before_told = true; /* nobody to blame before the first */
		w->before.hash = audit_genesis(o->facility_id);
	}
	while (w->next_head < o->n_heads && o->heads[w->next_head].n < o->first)
		w->next_head++;
	return w;
}

/* ---- findings ---- */

static void tell(struct audit_walk *w, struct audit_finding f)
{
	struct audit_finding *last = w->n_findings ? &w->findings[w->n_findings - 1] : NULL;

	w->wrong += f.through - f.n + 1;
	if (last && f.fault == AUDIT_MOVED && last->fault == AUDIT_MOVED &&
	    f.n == last->through + 1 && f.n - f.was == last->n - last->was)
		last->through = f.through;
	else if (w->n_findings < AUDIT_FINDINGS_MAX)
		w->findings[w->n_findings++] = f;
}

static void tell_row(struct audit_walk *w, enum audit_fault fault, const struct row *r, int64_t was)
{
	struct audit_finding f = {
	    .fault = fault, .n = r->n, .through = r->n, .was = was, .received_at = r->received_at};

	memcpy(f.event_id, r->event_id, sizeof(f.event_id));
	tell(w, f);
}

static bool is_told(const struct audit_walk *w, int64_t n)
{
	for (size_t i = 0; i < w->n_findings; i++)
		if (w->findings[i].n <= n && n <= w->findings[i].through)
			return true;
	return false;
}

/* ---- one row ---- */

static bool fits(const struct audit_walk *w, const struct row *tail, int64_t n,
		 const struct row *hashes)
{
	struct digest made =
	    audit_hash_tail(&hashes->prev, w->o.facility_id, n, buf_span(&tail->tail));

	return digest_eq(&made, &hashes->hash);
}

static void read_digest(struct span s, struct digest *ret)
{
	*ret = (struct digest){0};
	if (s.n == DIGEST_BYTES)
		memcpy(ret->b, s.p, DIGEST_BYTES);
}

static void read_row(struct audit_walk *w, struct row *r, const struct audit_stored *row,
		     struct span prev, struct span hash, bool foreign)
{
	size_t id = row->event_id.n < sizeof(r->event_id) ? row->event_id.n : 0;

	r->n = row->n;
	buf_clear(&r->tail);
	audit_tail(row, &r->tail);
	read_digest(prev, &r->prev);
	read_digest(hash, &r->hash);
	r->whole =
	    !foreign && prev.n == DIGEST_BYTES && hash.n == DIGEST_BYTES && fits(w, r, r->n, r);
	if (id)
		memcpy(r->event_id, row->event_id.p, id);
	r->event_id[id] = '\0';
	r->received_at = row->received_at;
}

static void suspect(struct audit_walk *w, const struct row *r, bool claimed)
{
	if (w->n_suspects == AUDIT_SUSPECTS_MAX) {
		tell_row(w, claimed ? AUDIT_CHANGED : AUDIT_ADDED, r, 0);
		if (claimed)
			places_add(&w->taken, r->n);
		return;
	}
	struct suspect *s = &w->suspects[w->n_suspects++];
	*s = (struct suspect){.row = *r, .claimed = claimed};
	s->row.tail = BUF_INIT;
	buf_add(&s->row.tail, buf_span(&r->tail));
}

/* Where a row belongs that was renumbered with those around it; 0: not found. */
static int64_t place_near_by(const struct audit_walk *w, const struct row *r)
{
	const int64_t shifts[] = {w->shift, w->shift + 1, w->shift - 1};

	for (size_t i = 0; i < ARRAY_LEN(shifts); i++)
		if (shifts[i] && fits(w, r, r->n - shifts[i], r))
			return r->n - shifts[i];
	return 0;
}

static void step(struct audit_walk *w, const struct row *r, int64_t place, bool told)
{
	struct buf none = BUF_INIT;

	w->before = *r;
	w->before.tail = none;
	w->before_place = place;
	w->before_told = told;
	w->linked = true;
}

/* The row is whole, but does not follow the one before it: true if the fault is its own. */
static bool blame(struct audit_walk *w, const struct row *r, int64_t place,
		  const struct digest *followed)
{
	if (place == w->before_place && !w->before_told) {
		tell_row(w, AUDIT_ADDED, &w->before, 0);
		return false;
	}
	if (place != w->before_place + 1)
		return false; /* a hole lies between them */
	if (w->before_told && w->before_place >= w->o.first)
		return false;
	if (!w->before_told && !(followed && !digest_eq(followed, &r->hash))) {
		tell_row(w, AUDIT_CHANGED, &w->before, 0);
		return false;
	}
	tell_row(w, AUDIT_CHANGED, r, 0);
	return true;
}

static void compare_signed(struct audit_walk *w, int64_t place, const struct row *r)
{
	const struct audit_signed *h = w->o.heads;

	while (w->next_head < w->o.n_heads && h[w->next_head].n < place)
		w->next_head++;
	for (; w->next_head < w->o.n_heads && h[w->next_head].n == place; w->next_head++) {
		if (digest_eq(&h[w->next_head].hash, &r->hash)) {
			w->agreed = w->next_head + 1;
			continue;
		}
		if (w->disagreed || is_told(w, r->n))
			continue;
		w->disagreed = true;
		int64_t from = w->agreed ? h[w->agreed - 1].n + 1 : w->o.first;
		tell(w, (struct audit_finding){.fault = AUDIT_REWRITTEN,
					       .n = from < place ? from : place,
					       .through = place,
					       .received_at = USEC_NONE,
					       .day = h[w->next_head].day});
	}
}

static void judge_real(struct audit_walk *w, const struct row *r, const struct digest *followed)
{
	int64_t place = r->whole ? r->n : place_near_by(w, r);

	if (!place) {
		suspect(w, r, true);
		step(w, r, r->n, true);
		return;
	}
	if (place < w->o.first || (w->o.to_head && place > w->o.head_n)) {
		tell_row(w, AUDIT_ADDED, r, 0);
		return;
	}
	bool broken = w->linked && !digest_eq(&r->prev, &w->before.hash);
	bool own = broken && blame(w, r, place, followed);
	if (place != r->n)
		tell_row(w, AUDIT_MOVED, r, place);
	w->shift = r->n - place;
	places_add(&w->taken, place);
	compare_signed(w, place, r);
	step(w, r, place, own || place != r->n);
}

/* Of several rows at one place the real one: whole, following and followed. */
static size_t real_one(const struct audit_walk *w, const struct digest *followed)
{
	size_t best = 0;
	int best_marks = -1;

	for (size_t i = 0; i < w->n_same; i++) {
		const struct row *r = &w->same[i];
		int marks = r->whole + 2 * (w->linked && digest_eq(&r->prev, &w->before.hash)) +
			    4 * (followed && digest_eq(followed, &r->hash));
		if (marks > best_marks) {
			best_marks = marks;
			best = i;
		}
	}
	return best;
}

static void judge_same(struct audit_walk *w, const struct digest *followed)
{
	size_t real = real_one(w, followed);

	for (size_t i = 0; i < w->n_same; i++) {
		if (i == real)
			continue;
		if (w->same[i].whole)
			tell_row(w, AUDIT_ADDED, &w->same[i], 0);
		else
			suspect(w, &w->same[i], false);
	}
	if (w->n_same)
		judge_real(w, &w->same[real], followed);
	w->n_same = 0;
}

void audit_walk_row(struct audit_walk *w, const struct audit_stored *row, struct span prev,
		    struct span hash, bool foreign)
{
	if (w->n_same && w->same[0].n != row->n) {
		struct digest followed;
		read_digest(prev, &followed);
		judge_same(w, w->same[0].n + 1 == row->n ? &followed : NULL);
	}
	if (w->n_same == AUDIT_SAME_MAX) {
		struct row one_more = {0};
		read_row(w, &one_more, row, prev, hash, foreign);
		tell_row(w, AUDIT_ADDED, &one_more, 0);
		buf_done(&one_more.tail);
		return;
	}
	read_row(w, &w->same[w->n_same++], row, prev, hash, foreign);
}

/* ---- the end ---- */

/* Where a row belongs that fits nowhere near by: among the vacant places, by its own hashes or, if
 * contents were exchanged, by those of another suspect. */
static int64_t place_far_off(const struct audit_walk *w, const struct row *r, const int64_t *vacant,
			     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (vacant[i] != r->n && fits(w, r, vacant[i], r))
			return vacant[i];
	for (size_t i = 0; i < w->n_suspects; i++) {
		const struct row *other = &w->suspects[i].row;
		if (other->n != r->n && fits(w, r, other->n, other))
			return other->n;
	}
	return 0;
}

static int64_t last_place(const struct audit_walk *w)
{
	int64_t last = places_last(&w->taken);

	if (w->o.to_head && w->o.head_n > last)
		last = w->o.head_n;
	if (w->o.to_head && w->o.n_heads && w->o.heads[w->o.n_heads - 1].n > last)
		last = w->o.heads[w->o.n_heads - 1].n;
	for (size_t i = 0; i < w->n_suspects; i++)
		if (!w->o.to_head && w->suspects[i].claimed && w->suspects[i].row.n > last)
			last = w->suspects[i].row.n;
	return last;
}

static void settle_suspects(struct audit_walk *w)
{
	int64_t vacant[AUDIT_SUSPECTS_MAX], was[AUDIT_SUSPECTS_MAX] = {0};
	int64_t last = last_place(w);
	size_t n = places_vacant(&w->taken, w->o.first, last, vacant, ARRAY_LEN(vacant));

	for (size_t i = 0; i < w->n_suspects; i++) {
		was[i] = place_far_off(w, &w->suspects[i].row, vacant, n);
		if (was[i])
			places_add(&w->taken, was[i]);
	}
	for (size_t i = 0; i < w->n_suspects; i++) {
		struct suspect *s = &w->suspects[i];
		bool ours = s->claimed && s->row.n >= w->o.first && s->row.n <= last &&
			    !places_has(&w->taken, s->row.n);
		if (was[i])
			tell_row(w, AUDIT_MOVED, &s->row, was[i]);
		else
			tell_row(w, ours ? AUDIT_CHANGED : AUDIT_ADDED, &s->row, 0);
		if (ours && !was[i])
			places_add(&w->taken, s->row.n);
	}
}

/* Which signature tells that there were rows up to this place; NULL: the home's own head does. */
static const char *day_of(const struct audit_walk *w, int64_t n)
{
	for (size_t i = 0; n > w->o.head_n && i < w->o.n_heads; i++)
		if (w->o.heads[i].n >= n)
			return w->o.heads[i].day;
	return NULL;
}

static void tell_removed(struct audit_walk *w)
{
	int64_t last = last_place(w), from = w->o.first, through;

	while (places_hole(&w->taken, from, last, &from, &through)) {
		tell(w, (struct audit_finding){.fault = AUDIT_REMOVED,
					       .n = from,
					       .through = through,
					       .received_at = USEC_NONE,
					       .day = day_of(w, through)});
		from = through + 1;
	}
}

static int by_place(const void *a, const void *b)
{
	const struct audit_finding *x = a, *y = b;

	return x->n != y->n ? (x->n > y->n) - (x->n < y->n) : (int)x->fault - (int)y->fault;
}

/* The last row against the head that the home's own row holds. */
static void compare_head(struct audit_walk *w)
{
	if (!w->o.to_head || !w->linked)
		return;
	if (w->before_place == w->o.head_n && !w->before_told &&
	    !digest_eq(&w->before.hash, &w->o.head))
		tell_row(w, AUDIT_CHANGED, &w->before, 0);
}

void audit_walk_drop(struct audit_walk *w)
{
	for (size_t i = 0; i < AUDIT_SAME_MAX; i++)
		buf_done(&w->same[i].tail);
	for (size_t i = 0; i < w->n_suspects; i++)
		buf_done(&w->suspects[i].row.tail);
	places_done(&w->taken);
	free(w);
}

int64_t audit_walk_end(struct audit_walk *w)
{
	judge_same(w, w->n_same && w->o.to_head && w->same[0].n == w->o.head_n ? &w->o.head : NULL);
	compare_head(w);
	settle_suspects(w);
	tell_removed(w);
	qsort(w->findings, w->n_findings, sizeof(w->findings[0]), by_place);
	for (size_t i = 0; i < w->n_findings; i++)
		w->o.found(w->o.user, w->o.facility_id, &w->findings[i]);
	int64_t wrong = w->wrong;
	audit_walk_drop(w);
	return wrong;
}

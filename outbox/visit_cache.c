/* Open addressing over entries of one size. A visit's digest is random: its first bytes are the
 * hash.
 */
#include "outbox/visit_cache.h"

#include <stdlib.h>

#define FIRST_SLOTS 64

/* A bed's identifier; absent differs from empty. */
struct kept_bed {
	bool present;
	uint8_t n;
	char text[IDENT_MAX];
};

struct cached_visit {
	struct digest visit;
	bool used, known, changed;
	struct kept_bed bed, before;
};

struct visit_cache {
	struct db *db;
	usec_t now;
	struct cached_visit *slots;
	size_t n, size; /* size: a power of two, or 0 */
};

static struct span span_of_digest(const struct digest *d)
{
	return span_of((const char *)d->b, sizeof(d->b));
}

static struct span span_of_bed(const struct kept_bed *b)
{
	return b->present ? span_of(b->text, b->n) : SPAN_NONE;
}

/* What is no identifier is no bed. */
static void keep(struct kept_bed *to, struct span bed)
{
	*to = (struct kept_bed){.present = bed.p && bed.n <= IDENT_MAX};
	if (!to->present || !bed.n)
		return;
	to->n = (uint8_t)bed.n;
	memcpy(to->text, bed.p, bed.n);
}

struct visit_cache *visit_cache_new(struct db *db, usec_t now)
{
	struct visit_cache *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->db = db;
	c->now = now;
	return c;
}

void visit_cache_clear(struct visit_cache *c)
{
	free(c->slots);
	*c = (struct visit_cache){.db = c->db, .now = c->now};
}

void visit_cache_free(struct visit_cache *c)
{
	if (!c)
		return;
	visit_cache_clear(c);
	free(c);
}

/* The slot of this visit, or the free one where it would stand. */
static struct cached_visit *slot_of(const struct visit_cache *c, const struct digest *visit)
{
	size_t at;

	memcpy(&at, visit->b, sizeof(at));
	for (at &= c->size - 1; c->slots[at].used; at = (at + 1) & (c->size - 1))
		if (memcmp(c->slots[at].visit.b, visit->b, sizeof(visit->b)) == 0)
			break;
	return &c->slots[at];
}

static void grow(struct visit_cache *c)
{
	struct visit_cache old = *c;

	c->size = old.size ? old.size * 2 : FIRST_SLOTS;
	c->slots = calloc(c->size, sizeof(*c->slots));
	if (!c->slots)
		abort();
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].used)
			*slot_of(c, &old.slots[i].visit) = old.slots[i];
	free(old.slots);
}

static int load(struct visit_cache *c, struct cached_visit *v, struct err *err)
{
	struct db_rows rows;
	int r = db_query(c->db, &rows, err, "SELECT bed, before FROM visits WHERE visit = ?", "b",
			 span_of_digest(&v->visit));

	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	v->known = true;
	keep(&v->bed, db_text(&rows, 0));
	keep(&v->before, db_text(&rows, 1));
	db_done(&rows);
	return 0;
}

static int find(struct visit_cache *c, const struct digest *visit, struct cached_visit **ret,
		struct err *err)
{
	struct cached_visit *v = c->size ? slot_of(c, visit) : NULL;
	int r = 0;

	if (!v || !v->used) {
		struct cached_visit fresh = {.visit = *visit, .used = true};
		r = load(c, &fresh, err);
		if (r == 0 && c->n == VISIT_CACHE_MAX && (r = visit_cache_write(c, err)) == 0)
			visit_cache_clear(c);
		if (r < 0)
			return r;
		if (2 * (c->n + 1) > c->size)
			grow(c);
		v = slot_of(c, visit);
		*v = fresh;
		c->n++;
	}
	*ret = v;
	return 0;
}

int visit_cache_get(struct visit_cache *c, const struct digest *visit, struct visit_memory *ret,
		    struct err *err)
{
	struct cached_visit *v;
	int r = find(c, visit, &v, err);

	if (r < 0 || !v->known)
		return r;
	*ret =
	    (struct visit_memory){.bed = span_of_bed(&v->bed), .before = span_of_bed(&v->before)};
	return 1;
}

int visit_cache_put(struct visit_cache *c, const struct digest *visit, const struct visit_memory *v,
		    struct err *err)
{
	struct cached_visit *known;
	int r = find(c, visit, &known, err);

	if (r < 0)
		return r;
	keep(&known->bed, v->bed);
	keep(&known->before, v->before);
	known->known = known->changed = true;
	return 0;
}

int visit_cache_write(struct visit_cache *c, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->size; i++) {
		struct cached_visit *v = &c->slots[i];
		if (!v->used || !v->changed)
			continue;
		r = db_run(
		    c->db, err,
		    "INSERT INTO visits (visit, bed, before, at) VALUES (?, ?, ?, ?) ON "
		    "CONFLICT (visit) DO"
		    " UPDATE SET bed = excluded.bed, before = excluded.before, at = excluded.at",
		    "btti", span_of_digest(&v->visit), span_of_bed(&v->bed),
		    span_of_bed(&v->before), (int64_t)c->now);
		v->changed = r < 0;
	}
	return r;
}

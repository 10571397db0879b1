/* Open addressing over indexes into an array, so that growing moves nothing but numbers. */
#include "outbox/bed_cache.h"

#include <stdlib.h>

#define FIRST_SLOTS 64
#define NONE	    UINT32_MAX

struct cached_bed {
	char bed_id[IDENT_MAX];
	size_t n;
	uint64_t hash;
	bool changed;
	struct projected_bed bed;
};

struct bed_cache {
	struct db *db;
	struct cached_bed *beds;
	size_t n;
	uint32_t *slots; /* twice as many as there is room for beds; NONE: free */
	size_t n_slots;
	size_t last; /* the bed that was given last */
};

static struct span id_of(const struct cached_bed *b)
{
	return span_of(b->bed_id, b->n);
}

struct bed_cache *bed_cache_new(struct db *db)
{
	struct bed_cache *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->db = db;
	return c;
}

void bed_cache_clear(struct bed_cache *c)
{
	free(c->beds);
	free(c->slots);
	*c = (struct bed_cache){.db = c->db};
}

void bed_cache_free(struct bed_cache *c)
{
	if (!c)
		return;
	bed_cache_clear(c);
	free(c);
}

/* The slot of this bed, or the free one where it would stand. */
static uint32_t *slot_of(const struct bed_cache *c, uint64_t hash, struct span bed_id)
{
	size_t at = (size_t)(hash ^ hash >> 32) & (c->n_slots - 1);

	while (c->slots[at] != NONE && !(c->beds[c->slots[at]].hash == hash &&
					 span_eq(id_of(&c->beds[c->slots[at]]), bed_id)))
		at = (at + 1) & (c->n_slots - 1);
	return &c->slots[at];
}

static void grow(struct bed_cache *c)
{
	c->n_slots = c->n_slots ? c->n_slots * 2 : FIRST_SLOTS;
	c->beds = reallocarray(c->beds, c->n_slots / 2, sizeof(*c->beds));
	free(c->slots);
	c->slots = malloc(c->n_slots * sizeof(*c->slots));
	if (!c->beds || !c->slots)
		abort();
	for (size_t i = 0; i < c->n_slots; i++)
		c->slots[i] = NONE;
	for (size_t i = 0; i < c->n; i++)
		*slot_of(c, c->beds[i].hash, id_of(&c->beds[i])) = (uint32_t)i;
}

static int make_room(struct bed_cache *c, struct err *err)
{
	if (c->n == BED_CACHE_MAX) {
		int r = bed_cache_write(c, err);
		if (r < 0)
			return r;
		bed_cache_clear(c);
	}
	if (c->n == c->n_slots / 2)
		grow(c);
	return 0;
}

int bed_cache_get(struct bed_cache *c, struct span bed_id, struct projected_bed **ret,
		  struct err *err)
{
	uint64_t hash = span_hash(bed_id);

	if (bed_id.n > IDENT_MAX)
		return err_set(err, ERR_INVALID, "bed_id: longer than %d bytes", IDENT_MAX);
	if (c->n_slots) {
		uint32_t at = *slot_of(c, hash, bed_id);
		if (at != NONE) {
			c->last = at;
			*ret = &c->beds[at].bed;
			return 0;
		}
	}
	int r = make_room(c, err);
	if (r < 0)
		return r;
	struct cached_bed *b = &c->beds[c->n];
	r = projection_get(c->db, bed_id, &b->bed, err);
	if (r < 0)
		return r;
	b->n = bed_id.n;
	b->hash = hash;
	b->changed = false;
	if (bed_id.n)
		memcpy(b->bed_id, bed_id.p, bed_id.n);
	*slot_of(c, hash, bed_id) = (uint32_t)c->n;
	c->last = c->n++;
	*ret = &b->bed;
	return 0;
}

void bed_cache_changed(struct bed_cache *c)
{
	c->beds[c->last].changed = true;
}

int bed_cache_write(struct bed_cache *c, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n; i++) {
		struct cached_bed *b = &c->beds[i];
		if (!b->changed)
			continue;
		r = projection_put(c->db, id_of(b), &b->bed, err);
		b->changed = r < 0;
	}
	return r;
}

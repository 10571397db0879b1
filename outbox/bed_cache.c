#include "outbox/bed_cache.h"

#include <stdlib.h>

#include "outbox/digest_table.h"

struct bed_key {
	uint64_t hash;
	char bed_id[IDENT_MAX]; /* zeros behind it: no identifier holds one */
};

struct cached_bed {
	struct bed_key key;
	size_t n; /* bytes of bed_id */
	bool changed;
	struct projected_bed bed;
};

struct bed_cache {
	struct db *db;
	struct cached_bed *beds;
	size_t n;
	struct digest_table table;
	size_t last; /* the bed that was given last */
};

static const struct digest_items like = {sizeof(struct cached_bed), sizeof(struct bed_key)};

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
	digest_table_done(&c->table);
	*c = (struct bed_cache){.db = c->db};
}

void bed_cache_free(struct bed_cache *c)
{
	if (!c)
		return;
	bed_cache_clear(c);
	free(c);
}

static struct bed_key key_of(struct span bed_id)
{
	uint64_t hash = span_hash(bed_id);
	struct bed_key key = {.hash = hash ^ hash >> 32};

	if (bed_id.n)
		memcpy(key.bed_id, bed_id.p, bed_id.n);
	return key;
}

static int make_room(struct bed_cache *c, struct err *err)
{
	if (c->n == BED_CACHE_MAX) {
		int r = bed_cache_write(c, err);
		if (r < 0)
			return r;
		bed_cache_clear(c);
	}
	c->beds = digest_table_room(&c->table, &like, c->beds, c->n);
	return 0;
}

int bed_cache_get(struct bed_cache *c, struct span bed_id, struct projected_bed **ret,
		  struct err *err)
{
	if (bed_id.n > IDENT_MAX)
		return err_set(err, ERR_INVALID, "bed_id: longer than %d bytes", IDENT_MAX);
	const struct bed_key key = key_of(bed_id);
	uint32_t place = c->n ? *digest_table_slot(&c->table, &like, c->beds, &key) : 0;
	if (place) {
		c->last = place - 1;
		*ret = &c->beds[c->last].bed;
		return 0;
	}
	int r = make_room(c, err);
	if (r < 0)
		return r;
	struct cached_bed *b = &c->beds[c->n];
	r = projection_get(c->db, bed_id, &b->bed, err);
	if (r < 0)
		return r;
	b->key = key;
	b->n = bed_id.n;
	b->changed = false;
	c->last = c->n++;
	*digest_table_slot(&c->table, &like, c->beds, &key) = (uint32_t)c->n;
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
		r = projection_put(c->db, span_of(b->key.bed_id, b->n), &b->bed, err);
		b->changed = r < 0;
	}
	return r;
}

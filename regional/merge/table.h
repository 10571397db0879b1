/* A hash table in an arena: pointers by a 64-bit hash, open addressing. It only grows, and goes
 * with its arena. Hashes of equal keys are equal; the caller compares keys. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct table_slot {
	uint64_t hash;
	void *value; /* NULL: free */
};

struct table {
	struct table_slot *slots;
	size_t n, cap; /* cap is a power of two */
};

/* Walks the values with this hash: start with *at = 0, ends with NULL. */
static inline void *table_next(const struct table *t, uint64_t hash, size_t *at)
{
	for (; t->cap && *at < t->cap; ++*at) {
		const struct table_slot *s = &t->slots[(hash + *at) & (t->cap - 1)];
		if (!s->value)
			return NULL;
		if (s->hash == hash) {
			++*at;
			return s->value;
		}
	}
	return NULL;
}

static inline void table_put_slot(struct table_slot *slots, size_t cap, uint64_t hash, void *value)
{
	size_t i = hash & (cap - 1);
	while (slots[i].value)
		i = (i + 1) & (cap - 1);
	slots[i] = (struct table_slot){hash, value};
}

static inline void table_add(struct table *t, struct arena *a, uint64_t hash, void *value)
{
	if (2 * (t->n + 1) > t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct table_slot *slots = arena_array(a, struct table_slot, cap);
		for (size_t i = 0; i < t->cap; i++)
			if (t->slots[i].value)
				table_put_slot(slots, cap, t->slots[i].hash, t->slots[i].value);
		t->slots = slots;
		t->cap = cap;
	}
	table_put_slot(t->slots, t->cap, hash, value);
	t->n++;
}

/* Spreads a pair of 64-bit numbers; FNV alone leaves the low bits of short keys close together. */
static inline uint64_t table_mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6) + (a >> 2))) *
		     UINT64_C(0xff51afd7ed558ccd);
	return x ^ (x >> 32);
}

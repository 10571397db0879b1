/* Open addressing with linear probing, at most half full. */
#include "regional/live/index.h"

#include <stdlib.h>
#include <string.h>

static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

size_t index_find(const struct index *ix, uint64_t hash, index_is_t is, const void *array,
		  const void *key)
{
	uint32_t h = fold(hash);

	if (!ix->n_slots)
		return INDEX_NONE;
	for (size_t i = h & (ix->n_slots - 1);; i = (i + 1) & (ix->n_slots - 1)) {
		const struct index_slot *s = &ix->slots[i];
		if (!s->at)
			return INDEX_NONE;
		if (s->hash == h && is(array, s->at - 1, key))
			return s->at - 1;
	}
}

static void put(struct index *ix, struct index_slot slot)
{
	size_t i = slot.hash & (ix->n_slots - 1);

	while (ix->slots[i].at)
		i = (i + 1) & (ix->n_slots - 1);
	ix->slots[i] = slot;
}

static void grow(struct index *ix)
{
	struct index bigger = {.n_slots = ix->n_slots ? 2 * ix->n_slots : 64, .n = ix->n};

	bigger.slots = calloc(bigger.n_slots, sizeof(*bigger.slots));
	if (!bigger.slots)
		abort();
	for (size_t i = 0; i < ix->n_slots; i++)
		if (ix->slots[i].at)
			put(&bigger, ix->slots[i]);
	free(ix->slots);
	*ix = bigger;
}

void index_add(struct index *ix, uint64_t hash, size_t at)
{
	if (2 * (ix->n + 1) > ix->n_slots)
		grow(ix);
	put(ix, (struct index_slot){fold(hash), (uint32_t)at + 1});
	ix->n++;
}

void index_done(struct index *ix)
{
	free(ix->slots);
	*ix = (struct index){0};
}

void *array_grow(void *array, size_t n, size_t *cap, size_t item_size)
{
	if (n < *cap)
		return array;
	*cap = *cap ? 2 * *cap : 64;
	array = realloc(array, *cap * item_size);
	if (!array)
		abort();
	return array;
}

/* Where in an array a thing stands, by the hash of its key. Holds no keys: the caller compares.
 * Nothing is removed one by one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INDEX_NONE SIZE_MAX

struct index_slot {
	uint32_t hash, at; /* at: place in the array + 1; 0: free */
};

struct index {
	struct index_slot *slots;
	size_t n_slots, n;
};

typedef bool (*index_is_t)(const void *array, size_t at, const void *key);

size_t index_find(const struct index *ix, uint64_t hash, index_is_t is, const void *array,
		  const void *key);
void index_add(struct index *ix, uint64_t hash, size_t at); /* a key that is not in it yet */
void index_done(struct index *ix);

/* Room for one more item in a growing array: the array, perhaps moved. */
void *array_grow(void *array, size_t n, size_t *cap, size_t item_size);

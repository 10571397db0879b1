/* Where things lie in an array, by the digest with which each of them begins.
 *
 * Open addressing over places in the array, so that growing moves little and the things keep the
 * order in which they came. A digest is random, and nobody who lacks the home's key can choose it:
 * its first bytes are the hash. What has no digest begins with a hash of its own, then what is
 * compared.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct digest_table {
	uint32_t *slots; /* places, counted from 1; 0: free */
	size_t size;	 /* a power of two, or 0; half of it has room in the array */
};

/* What the things are like: bytes of each, and how many of them are its digest. */
struct digest_items {
	size_t bytes, digest;
};

/* The slot of this digest, or the free one where it would be. There is at least one slot. */
static inline uint32_t *digest_table_slot(const struct digest_table *t,
					  const struct digest_items *like, const void *items,
					  const void *digest)
{
	size_t at;

	memcpy(&at, digest, sizeof(at));
	for (at &= t->size - 1; t->slots[at]; at = (at + 1) & (t->size - 1))
		if (memcmp((const char *)items + (t->slots[at] - 1) * like->bytes, digest,
			   like->digest) == 0)
			break;
	return &t->slots[at];
}

/* The n things, perhaps moved, with room for one more. */
void *digest_table_room(struct digest_table *t, const struct digest_items *like, void *items,
			size_t n);
void digest_table_done(struct digest_table *t);

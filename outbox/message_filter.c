/* Blocked (Putze, Sanders, Singler 2007): all bits of a message stand in one block. A digest is
 * random, so its own bits say which: the first four bytes the block, the last eight the bits in it.
 * With 16 bits a message and five of them set, about one stranger in three hundred is looked for.
 */
#include "outbox/message_filter.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_WORDS 8 /* of 64 bits: a cache line */
#define PER_BLOCK   32
#define PROBES	    5
#define PROBE_BITS  9

void message_filter_make(struct message_filter *f, size_t max)
{
	message_filter_done(f);
	f->max = max;
	f->blocks = max / PER_BLOCK + 1;
	f->words = aligned_alloc(BLOCK_WORDS * sizeof(*f->words),
				 f->blocks * BLOCK_WORDS * sizeof(*f->words));
	if (!f->words)
		abort();
	memset(f->words, 0, f->blocks * BLOCK_WORDS * sizeof(*f->words));
}

void message_filter_done(struct message_filter *f)
{
	free(f->words);
	*f = MESSAGE_FILTER_INIT;
}

static uint64_t *block_of(const struct message_filter *f, const struct message_mark *mark,
			  uint64_t *ret_bits)
{
	uint32_t which;

	memcpy(&which, mark->identity, sizeof(which));
	memcpy(ret_bits, mark->identity + MESSAGE_IDENTITY - sizeof(*ret_bits), sizeof(*ret_bits));
	return f->words + ((uint64_t)which * f->blocks >> 32) * BLOCK_WORDS;
}

void message_filter_add(struct message_filter *f, const struct message_mark *mark)
{
	uint64_t bits, *block = block_of(f, mark, &bits);

	for (int i = 0; i < PROBES; i++, bits >>= PROBE_BITS)
		block[bits % BLOCK_WORDS] |= (uint64_t)1 << (bits / BLOCK_WORDS % 64);
	f->n++;
}

bool message_filter_may_hold(const struct message_filter *f, const struct message_mark *mark)
{
	uint64_t bits, *block = block_of(f, mark, &bits), held = 1;

	for (int i = 0; i < PROBES; i++, bits >>= PROBE_BITS)
		held &= block[bits % BLOCK_WORDS] >> (bits / BLOCK_WORDS % 64);
	return held;
}

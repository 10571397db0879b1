/* BLAKE2b-256 (RFC 7693) of four short texts at the time of one: the hash works on 64-bit words, of
 * which a vector register holds four. The digests are those of digest_of().
 * Events' ids are made so: one of them costs more than reading its record. */
#pragma once

#include "base/digest.h"

#define DIGEST_FOUR	 4
#define DIGEST_SHORT_MAX 128 /* bytes of a text: one block of the hash */

#define DIGEST_EIGHT 8

/* A text that is not needed may be SPAN_NONE. */
void digest_four(const struct span texts[DIGEST_FOUR], struct digest ret[DIGEST_FOUR]);

/* Eight at the time of four, where a register holds as many. */
void digest_eight(const struct span texts[DIGEST_EIGHT], struct digest ret[DIGEST_EIGHT]);

/* A key that has been hashed: what is hashed with it need not begin with that. As secret as the key
 * itself. */
struct digest_key {
	uint64_t state[8];
};
struct digest_key digest_key_of(const uint8_t key[DIGEST_KEY_BYTES]);
/* The digests of digest_keyed(). Of an empty text there is none. */
void digest_four_keyed(const struct digest_key *key, const struct span texts[DIGEST_FOUR],
		       struct digest ret[DIGEST_FOUR]);

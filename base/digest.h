/* BLAKE2b-256 (RFC 7693) through libsodium: of files, batches, states; keyed for visit hashes and
 * tokens. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <sodium/crypto_generichash.h>

#include "base/span.h"

#define DIGEST_BYTES	 32
#define DIGEST_HEX	 64
#define DIGEST_KEY_BYTES 32

struct digest {
	uint8_t b[DIGEST_BYTES];
};

struct digest_stream {
	crypto_generichash_state state;
};

/* sodium_init(), aborts if it fails; call first thing in main() and in tests */
void digest_setup(void);

struct digest digest_of(struct span s);
struct digest digest_keyed(const uint8_t key[DIGEST_KEY_BYTES], struct span s);
void digest_begin(struct digest_stream *d);
void digest_add(struct digest_stream *d, struct span s);
struct digest digest_end(struct digest_stream *d);

char *digest_hex(const struct digest *d, char out[DIGEST_HEX + 1]); /* lower case; returns out */
bool digest_parse_hex(struct span s, struct digest *ret);
bool digest_eq(const struct digest *a, const struct digest *b); /* constant time */

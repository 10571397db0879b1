/* Sealed files (libsodium): everybody who has the public key can seal, only the secret key opens.
 *
 *     "bedpost sealed 1\n"
 *     a fresh stream key in a sealed box (crypto_box_seal)          80 bytes
 *     header of crypto_secretstream_xchacha20poly1305               24 bytes
 *     pieces of SEAL_PIECE bytes, 17 more each; the last is marked as the last, and may be short
 *
 * In the pieces: one byte, how long the file's name is; the name; the file's bytes. A file that was
 * cut off, changed or sealed for another key does not open.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define SEAL_KEY_BYTES 32
#define SEAL_NAME_MAX  255
#define SEAL_PIECE     ((size_t)64 << 10)

struct seal_key {
	uint8_t b[SEAL_KEY_BYTES];
	bool is_secret;
};

/* A new pair: PATH (secret, 0600) and PATH.pub, one line of text each.
 * EXISTS: neither is touched. */
int seal_key_make(const char *path, struct err *err);
/* INVALID: it holds no key, or one of the other kind. */
int seal_key_read(const char *path, bool secret, struct seal_key *ret, struct err *err);
void seal_key_forget(struct seal_key *key);

/* All bytes of `from`, from its beginning, wherever its offset is; `to` is written where it
 * stands. */
int seal_file(const struct seal_key *public_key, struct span name, int from, int to,
	      struct err *err);
uint64_t seal_size(uint64_t size, size_t name_length); /* of the sealed file */

/* Reads the name first; `begin` then gives the descriptor to write to, or a negative code.
 * DENIED: it was sealed for another key. CORRUPT: it is no sealed file, or damaged; what was
 * written by then is genuine, and not the whole. */
int seal_open(const struct seal_key *secret_key, int from,
	      int (*begin)(void *ctx, const char *name, int *ret_to, struct err *err), void *ctx,
	      struct err *err);

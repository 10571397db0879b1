/* The heads of all homes' chains, signed: one file a day, each bound to the one before it. Pure.
 *
 *     bedpost-audit-heads 1
 *     day 2026-04-20
 *     made_at 2026-04-20T00:00:41.215000Z
 *     previous 2026-04-19 <BLAKE2b-256 of that whole file, 64 hex>      (the first file: "none")
 *     key <the signer's ed25519 public key, 64 hex>
 *     head fac_oslo_nordre 1234 <hash of row 1234, 64 hex> 2026-04-19T21:14:22Z
 *     head …
 *     signature <ed25519 over every byte before this line, 128 hex>
 *
 * A head line says: this home's row 1234 has this hash, and was received then. Lines are ordered by
 * home. Whoever holds the public key and the files can tell a chain that was cut off or hashed
 * anew, without trusting the database or anybody with rights in it.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"

#define HEADS_DAY_CHARS	  10
#define HEADS_SECRET_LINE "bedpost-audit-secret "
#define HEADS_PUBLIC_LINE "bedpost-audit-public "

struct heads_key {
	uint8_t secret[64];
	struct digest public_key;
};
/* A key file's one line is one of the two words above and 64 hex digits. */
void heads_key_make(struct heads_key *ret, struct buf *ret_secret, struct buf *ret_public);
int heads_key_read(struct span text, struct heads_key *ret, struct err *err);
int heads_public_read(struct span text, struct digest *ret, struct err *err);

struct heads_line {
	struct span facility_id;
	int64_t n;
	struct digest hash;
	usec_t received_at;
};

struct heads {
	char day[HEADS_DAY_CHARS + 1];
	usec_t made_at;
	char previous_day[HEADS_DAY_CHARS + 1]; /* "": the first */
	struct digest previous;
	struct digest public_key;
	struct heads_line *lines;
	size_t n;
};

void heads_format(const struct heads *h, const struct heads_key *key, struct buf *out);
/* DENIED: the signature is not this key's; INVALID: it is, but the text is not in order. Texts of
 * ret lie in `text`. */
int heads_parse(struct span text, const struct digest *public_key, struct arena *a,
		struct heads *ret, struct err *err);
void heads_day_of(usec_t at, char out[HEADS_DAY_CHARS + 1]); /* UTC */

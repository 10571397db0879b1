/* What reading a file may ask about files read before. outbox/ answers from its database, inside
 * the transaction of the file; memory_table.h answers from memory, for `adapter try` and tests.
 *
 * A visit is known only by a keyed hash of its number (PV1-19): the number itself is never kept,
 * the hash never sent.
 */
#pragma once

#include "base/clock.h"
#include "base/digest_four.h"
#include "base/err.h"
#include "base/span.h"
#include "bed/status.h"

/* The home's own view of one bed (its projection). */
struct bed_memory {
	enum bed_status status;
	enum bed_status before; /* the last change; BED_UNKNOWN if that is not known */
	usec_t changed_at;	/* of the last change */
};

/* Where a visit lies, and where it lay before: bed identifiers, SPAN_NONE if none. */
struct visit_memory {
	struct span bed; /* now; absent after a discharge */
	/* before the last transfer, or the bed that a discharge freed; or a tombstone
	 * (hl7_tombstone.h), which begins with "!"; or the same as `bed`, which then is only
	 * promised to the visit: another may lie in it */
	struct span before;
};

enum message_seen { MESSAGE_NEW, MESSAGE_SAME, MESSAGE_CHANGED };

struct adapter_memory {
	void *ctx;
	/* For visit hashes and pseudonyms; made with the outbox, never leaves the home. */
	uint8_t key[DIGEST_KEY_BYTES];
	struct digest_key hashed_key; /* the same; adapter_memory_set_key() sets both */
	/* false if the bed or the visit is not known. Spans live until the next call. */
	bool (*bed)(void *ctx, struct span bed_id, struct bed_memory *ret);
	bool (*visit)(void *ctx, const struct digest *visit, struct visit_memory *ret);
	int (*visit_put)(void *ctx, const struct digest *visit, const struct visit_memory *v,
			 struct err *err);
	/* Has a message of this identity been read, with this content? Remembers it. */
	int (*message)(void *ctx, const struct digest *identity, const struct digest *content,
		       enum message_seen *ret, struct err *err);
};

static inline void adapter_memory_set_key(struct adapter_memory *m,
					  const uint8_t key[DIGEST_KEY_BYTES])
{
	memcpy(m->key, key, DIGEST_KEY_BYTES);
	m->hashed_key = digest_key_of(key);
}

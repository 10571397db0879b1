/* What an HL7 message is known by, and a table of many of them in memory.
 *
 * Sixteen bytes of the digest of its identity tell one message from all others, eight of that of
 * its content whether it says the same again: both digests are keyed with the home's key
 * (adapters/memory.h). The marks lie in the order in which they came, without gaps, so that they
 * can be written as they are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/span.h"
#include "outbox/digest_table.h"

#define MESSAGE_IDENTITY 16
#define MESSAGE_CONTENT	 8

struct message_mark {
	uint8_t identity[MESSAGE_IDENTITY], content[MESSAGE_CONTENT];
};

struct message_mark message_mark_of(const struct digest *identity, const struct digest *content);
static inline bool message_mark_is_of(const struct message_mark *m,
				      const struct message_mark *other)
{
	return memcmp(m->identity, other->identity, MESSAGE_IDENTITY) == 0;
}
/* Marks as they were written: the one with this identity, or NULL. */
const struct message_mark *message_mark_find(struct span marks, const struct message_mark *mark);

struct message_set {
	struct message_mark *marks;
	size_t n;
	struct digest_table table;
};

#define MESSAGE_SET_INIT ((struct message_set){.n = 0})

const struct message_mark *message_set_find(const struct message_set *s,
					    const struct message_mark *mark);
/* There is none of this identity yet. */
void message_set_add(struct message_set *s, const struct message_mark *mark);
/* marks: as they were written; what is no whole mark at their end is left out. */
void message_set_add_all(struct message_set *s, struct span marks);
struct span message_set_bytes(const struct message_set *s); /* the marks, to be written */
void message_set_clear(struct message_set *s);		    /* keeps its room */
void message_set_done(struct message_set *s);

/* A Bloom filter of messages: "surely not among them", or "look". Two bytes a message, one line of
 * the processor's cache a question. */
#pragma once

#include "outbox/message_set.h"

struct message_filter {
	uint64_t *words;
	size_t blocks;
	size_t n, max; /* messages in it, and for how many it was made */
};

#define MESSAGE_FILTER_INIT ((struct message_filter){.n = 0})

/* Empty, with room for `max`. More may be added: it then says "look" more often. */
void message_filter_make(struct message_filter *f, size_t max);
void message_filter_done(struct message_filter *f);
void message_filter_add(struct message_filter *f, const struct message_mark *mark);
bool message_filter_may_hold(const struct message_filter *f, const struct message_mark *mark);

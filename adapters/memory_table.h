/* An adapter's memory that lives in this process: for `adapter try` and for tests. It knows beds,
 * visits and messages as outbox/ would, and forgets them with memory_table_free. */
#pragma once

#include "adapters/memory.h"
#include "bed/event.h"

struct memory_table;

struct memory_table *memory_table_new(const uint8_t key[DIGEST_KEY_BYTES]); /* NULL: all zero */
void memory_table_free(struct memory_table *t);
DEFINE_CLEANUP(struct memory_table *, memory_table_free)

/* Lives as long as the table. */
const struct adapter_memory *memory_table_memory(struct memory_table *t);
/* What the home does with an accepted event: the bed has this status from now on. */
void memory_table_take(struct memory_table *t, const struct event *e);

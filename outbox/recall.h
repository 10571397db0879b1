/* Answers adapters/memory.h from the database, inside the transaction of a file. */
#pragma once

#include "adapters/memory.h"
#include "outbox/bed_cache.h"
#include "outbox/handle.h"

struct recall {
	struct outbox *outbox;
	struct bed_cache *beds;
	usec_t now;
	struct err err; /* sticky: the first failure of the database; code 0: none */
	struct adapter_memory memory;
};

/* r must stay where it is. */
void recall_init(struct recall *r, struct outbox *o, struct bed_cache *beds, usec_t now);

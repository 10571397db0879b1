/* A held census, as a person names it. */
#pragma once

#include "outbox/listing.h"

/* By its number in the ledger, or by a name: the newest of that name that is held. NOT_FOUND. */
int held_find(struct outbox *o, const char *operand, struct arena *a, struct listing_file *ret,
	      struct err *err);

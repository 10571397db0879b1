/* Libraries that read the same bytes and do less with them: what a field's own text costs, unmapped
 * and unchecked. */
#pragma once

#include "base/span.h"

struct bench_peer {
	const char *load; /* of bench_load.h */
	const char *name;
	/* How many records it found; 0: it cannot be measured here, and `name` says why. */
	uint64_t (*read)(struct span file);
};

extern const struct bench_peer bench_peers[]; /* name NULL ends it */

/* What the benchmarks of adapters/ read: exports as legacy systems write them, made of nothing but
 * a count, so that two runs read the same bytes. Times go forward, as they do in exports. */
#pragma once

#include "base/buf.h"

struct bench_load {
	const char *name; /* "hl7", "csv", "xml" */
	const char *what; /* one of its records: "messages" */
	const char *yaml; /* the adapter */
	void (*write)(struct buf *out, long first, long records);
};

extern const struct bench_load bench_loads[]; /* name NULL ends it */

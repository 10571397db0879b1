/* A run: homes take turns writing files until the bound is reached or somebody asks it to stop. */
#pragma once

#include <signal.h>

#include "base/buf.h"
#include "base/err.h"
#include "sim/options.h"

struct sim_summary {
	size_t homes;
	uint64_t files, records, bytes;
	uint64_t duplicate, bad, order, late; /* faults made */
	usec_t took;
};

/* Everything, --truth and --expect included. *stop ends it as its bound would. Without a home's
 * folder it is made. */
int run_sim(const struct sim_options *o, const volatile sig_atomic_t *stop, struct sim_summary *ret,
	    struct err *err);
void run_summary_json(const struct sim_summary *s, struct buf *out);

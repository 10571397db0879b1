/* Reading access_log: who asked for what, and what an administrator changed. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

struct access_filter {
	usec_t since, until; /* USEC_NONE: of all times; until itself is left out */
	struct span who, action, facility_id; /* SPAN_NONE: any */
	bool only_denied;
	int64_t before; /* an id: older rows; 0: any */
	int64_t limit;
};

struct access_row {
	int64_t id;
	usec_t at;
	struct span who, role, source_ip, action, facility_id, region_id;
	bool allowed;
	struct span detail; /* JSON */
};

/* The newest `limit` of those that fit, oldest first. Texts live in the arena. */
int access_list(struct pg *pg, const struct access_filter *f, struct arena *a,
		struct access_row **ret, size_t *ret_n, struct err *err);

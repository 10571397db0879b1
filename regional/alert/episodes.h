/* Homes and their alerts from PostgreSQL, and back. All within the caller's transaction. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "regional/alert/rules.h"
#include "store/pg.h"

struct episodes_home {
	struct rules_home home;
	struct rules_state state;
	usec_t offline_since; /* as the home's row says */
};

/* The rows of alert_rules; in the arena. */
int episodes_load_rules(struct pg *pg, struct arena *a, struct rules_policy *p, struct err *err);
/* ids NULL: all homes. Sorted by id; in the arena. */
int episodes_load(struct pg *pg, const struct span *ids, size_t n_ids, struct arena *a,
		  struct episodes_home **ret, size_t *ret_n, struct err *err);
/* Writes what rules_evaluate() changed and queues the notifications that are due; adds to *queued
 * how many deliveries that makes. A home that was closed since it was loaded is left as closing it
 * left it. The homes of one transaction come in the order of episodes_load(), as the merge locks
 * them. */
int episodes_save(struct pg *pg, struct episodes_home *h, struct arena *a, usec_t now,
		  int64_t *queued, struct err *err);

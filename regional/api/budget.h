/* How often one may fail to log in by password, over all API processes: a bucket of LIMITER_BURST
 * tries that fills by one every LIMITER_REFILL (limiter.h), in PostgreSQL, by its clock. Names
 * share buckets by hash, so the memory is fixed.
 *
 * The connection has a row scope of LOGIN (store/row_scope.h). */
#pragma once

#include "base/err.h"
#include "base/span.h"
#include "store/pg.h"

#define BUDGET_PLACES 16384

enum budget_kind {		       /* as stored */
		   BUDGET_ADDRESS = 1, /* as rate_client() has it */
		   BUDGET_LOGIN = 2,   /* guessing from many addresses */
		   BUDGET_BROWSER = 3, /* a browser or session that is the user's already */
};

/* What a wrong password counts against. */
struct budget {
	struct span address;
	enum budget_kind kind; /* of the other: LOGIN, BROWSER */
	struct span name;
};

/* DENIED: one of the two is spent. */
int budget_check(struct pg *pg, const struct budget *b, struct err *err);
int budget_spend(struct pg *pg, const struct budget *b, struct err *err);

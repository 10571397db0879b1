/* Where visits lie (adapters/memory.h). A visit is known by a digest, which is random, and of one
 * visit there come several messages: so what a file changed is written as one run, and only when
 * many have gathered are they merged into the table `visits`, in its order (runs.h). What was asked
 * for or changed stays in memory from file to file.
 *
 * All but visits_end() belongs into the write transaction of a file. */
#pragma once

#include "adapters/memory.h"
#include "outbox/db.h"

#define VISITS_KEPT_MAX 16384 /* different ones in memory */
#define VISITS_RUNS_MAX 65536 /* written in runs, until they are merged */

struct visits;

struct visits *visits_new(struct db *db);
void visits_free(struct visits *v);
/* 1: known, and the spans of *ret live until the next call; 0: not known. */
int visits_get(struct visits *v, const struct digest *visit, usec_t now, struct visit_memory *ret,
	       struct err *err);
/* A bed is an identifier: a longer text than IDENT_MAX is remembered as none. The spans are not
 * those of a get. */
int visits_put(struct visits *v, const struct digest *visit, usec_t now,
	       const struct visit_memory *memory, struct err *err);
/* All that were put in this transaction → the database. */
int visits_write(struct visits *v, usec_t now, struct err *err);
/* After the transaction, or after it was taken back to its beginning: then what it has put is
 * forgotten. Without a transaction nothing happens. */
void visits_end(struct visits *v, bool committed);

/* Those that have no bed and were put before `before`; 0 and the number of rows. */
int visits_prune(struct visits *v, usec_t now, usec_t before, int64_t rows, int64_t *ret_rows,
		 struct err *err);

/* The ledger of files: table `files`, one row each time a file is taken, and `waiting` for those
 * that are not. Callers hold a write transaction unless said otherwise. */
#pragma once

#include "outbox/handle.h"
#include "outbox/intake.h"

struct ledger_find {
	enum intake_verdict verdict;
	int64_t id; /* the row the verdict speaks of; 0 if NEW */
};
int ledger_look_up(struct outbox *o, const struct intake_file *file, struct ledger_find *ret,
		   struct err *err);
int ledger_next_id(struct outbox *o, int64_t *ret, struct err *err);

struct ledger_entry {
	int64_t id;
	const struct intake_file *file;
	const char *state, *reason, *message;
	const struct intake_counts *counts;
	int64_t first; /* of a duplicate: the row that came first; else 0 */
	usec_t taken;
};
int ledger_add(struct outbox *o, const struct ledger_entry *e, struct err *err);

/* Pending disposals are written by the next transaction that commits,
 * or here in one of their own. */
int ledger_write_disposals(struct outbox *o, struct err *err);
void ledger_forget_disposals(struct outbox *o); /* they are committed */

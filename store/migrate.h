/* The schema: store/migrations/NNNN_name.sql, built into the program, applied in order, each in its
 * own transaction under one advisory lock, and recorded with a checksum in schema_migrations. An
 * applied migration whose text has changed since, or one in the database that this program does not
 * know, is an error: somebody else's schema. One that came with a lower number than others that are
 * applied is applied after them.
 *
 * The one who migrates owns the schema: a member of bedpost_owner (the roles are made by the first
 * migration if it may; else the error says what an administrator must run). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "store/pg.h"

struct migration {
	unsigned number; /* rising, perhaps with gaps; 0 ends the list */
	const char *name;
	const char *sql;
};

extern const struct migration migrate_list[]; /* made by embed-migrations */

/* Brings the database up to date. ret_applied (may be NULL): how many were applied now. */
int migrate_up(struct pg *pg, unsigned *ret_applied, struct err *err);
int migrate_up_list(struct pg *pg, const struct migration *list, unsigned *ret_applied,
		    struct err *err);

enum migrate_state { MIGRATE_APPLIED, MIGRATE_PENDING, MIGRATE_CHANGED, MIGRATE_UNKNOWN };
const char *migrate_state_name(enum migrate_state s);

struct migrate_row {
	unsigned number;
	const char *name;
	enum migrate_state state;
	usec_t applied_at; /* USEC_NONE if pending */
};

/* Every migration of the program and of the database, by number. */
int migrate_status(struct pg *pg, struct arena *a, struct migrate_row **ret, size_t *ret_n,
		   struct err *err);
/* 0 if the database is exactly at this program's schema; CONFLICT with what to do otherwise. */
int migrate_check(struct pg *pg, struct err *err);
/* For who only reads: a database that a newer program has migrated is good enough. */
int migrate_check_reader(struct pg *pg, struct err *err);

/* The outbox's tables, in steps: a file made by an older program is brought up to date when it is
 * opened to write. */
#pragma once

#include "outbox/db.h"

#define SCHEMA_APPLICATION 0x42645062 /* "BdPb" in the file's header */

/* Runs the missing steps, each file once, under the write lock. CONFLICT if the file was made by a
 * newer program. */
int schema_upgrade(struct db *db, struct err *err);
/* 0 if the file is just as this program wants it, else CONFLICT, or CORRUPT if it is no outbox at
 * all. */
int schema_check(struct db *db, struct err *err);

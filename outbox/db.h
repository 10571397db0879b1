/* SQLite, and nothing of beds: the only file that calls it is db.c.
 *
 * A statement is given as a string literal with its values; it is prepared once per literal and
 * kept. Types of the values, one letter each:
 *
 *     i  int64_t           m  usec_t; USEC_NONE is NULL
 *     s  const char *      t  struct span as TEXT       b  struct span as a BLOB
 *
 * NULL and SPAN_NONE are NULL.
 * Bytes are not copied: they must live until the statement has run, for db_query() until its rows
 * are done.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

struct db;

enum db_access { DB_CREATE, DB_READ };

/* WAL, synchronous=FULL, foreign keys on. Busy: waits up to `busy` for another's write. */
int db_open(const char *path, enum db_access access, usec_t busy, struct db **ret, struct err *err);
void db_close(struct db *db);
DEFINE_CLEANUP(struct db *, db_close)

int db_script(struct db *db, const char *sql,
	      struct err *err); /* statements without values, not kept */
int db_run(struct db *db, struct err *err, const char *sql, const char *types, ...);
int64_t db_changes(struct db *db); /* rows that the last db_run() touched */

/* Rows of one query; the same literal cannot be asked again before they are done. */
struct db_rows {
	struct db *db;
	void *statement;
};
int db_query(struct db *db, struct db_rows *ret, struct err *err, const char *sql,
	     const char *types, ...);
int db_next(struct db_rows *r, struct err *err); /* 1: a row; 0: no more; < 0: failed */
void db_done(struct db_rows *r);
int64_t db_int(const struct db_rows *r, int column);
usec_t db_time(const struct db_rows *r, int column);	  /* USEC_NONE if NULL */
struct span db_text(const struct db_rows *r, int column); /* until db_next(); SPAN_NONE if NULL */
struct span db_blob(const struct db_rows *r, int column);

/* The first column of the first row as an integer; NOT_FOUND without a row. */
int db_get_int(struct db *db, int64_t *ret, struct err *err, const char *sql, const char *types,
	       ...);

/* BEGIN IMMEDIATE (the write lock is taken at once) or BEGIN (a consistent look). */
int db_begin(struct db *db, bool write, struct err *err);
int db_commit(struct db *db, struct err *err); /* a failed commit has been rolled back */
void db_rollback(struct db *db);	       /* nothing if there is no transaction */

/* Ends a write transaction: commits if so_far is 0, else rolls back; gives the first failure. */
int db_end(struct db *db, int so_far, struct err *err);

/* From here on nothing is kept: all that follows is one transaction, which ends with db_close(),
 * and what begin and commit stand around is a part of it. The write lock is held meanwhile. */
int db_rehearse(struct db *db, struct err *err);

/* Puts the log's pages into the file, without waiting for anybody. */
void db_checkpoint(struct db *db);

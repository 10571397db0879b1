/* The only caller of SQLite. Statements are kept by the address of their literal: some forty of
 * them, so a scan of an array costs less than what it saves. */
#include "outbox/db.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#define STATEMENTS_MAX 128
/* Of a new file. Each page is written twice, into the log and out of it, and what that costs is
 * mostly the call: a file of a thousand events takes half as many as with SQLite's own 4096. */
#define PAGE "8192"
#define LOG_BYTES                                                                                  \
	((int64_t)16 << 20) /* before a commit itself puts pages back; idle time does it earlier   \
			     */
#define WAL_ATTEMPT_PAUSE_NS 10000000L
/* SQLite's own handler soon sleeps 100 ms at a time. A watcher that works off a full folder leaves
 * the lock free for a millisecond between two files: the sync daemon must look often to get in. */
#define TURN_PAUSE_NS 300000L

struct db {
	sqlite3 *handle;
	usec_t busy;	   /* how long to wait for another's write */
	usec_t busy_until; /* of the wait that goes on; monotonic */
	struct {
		const char *sql;
		sqlite3_stmt *statement;
	} kept[STATEMENTS_MAX];
	size_t n_kept;
	bool is_rehearsal, is_in_part;
};

static enum err_code code_of(sqlite3 *handle, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_UNAVAILABLE;
	case SQLITE_FULL: return ERR_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH: return ERR_CORRUPT;
	case SQLITE_NOMEM: return ERR_NO_MEMORY;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH: return ERR_DENIED;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR: break;
	default: return ERR_IO;
	}
	switch (sqlite3_system_errno(handle)) {
	case ENOSPC:
	case EDQUOT: return ERR_FULL;
	case ENOENT: return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS: return ERR_DENIED;
	default: return ERR_IO;
	}
}

static int failed(struct db *db, int rc, struct err *err)
{
	return err_set(err, code_of(db->handle, rc), "outbox database: %s",
		       sqlite3_errmsg(db->handle));
}

/* Another process that opens the file for the first time holds it exclusively for a moment, and
 * SQLite does not wait there by itself. */
static int set_wal(struct db *db, usec_t busy, struct err *err)
{
	usec_t deadline = clock_monotonic() + busy;

	for (;;) {
		int rc =
		    sqlite3_exec(db->handle, "PRAGMA page_size=" PAGE "; PRAGMA journal_mode=WAL",
				 NULL, NULL, NULL);
		if (rc == SQLITE_OK)
			return 0;
		if ((rc & 0xff) != SQLITE_BUSY || clock_monotonic() > deadline)
			return failed(db, rc, err);
		(void)nanosleep(&(struct timespec){.tv_nsec = WAL_ATTEMPT_PAUSE_NS}, NULL);
	}
}

static int wait_for_turn(void *ctx, int attempt)
{
	struct db *db = ctx;
	usec_t now = clock_monotonic();

	if (attempt == 0)
		db->busy_until = now + db->busy;
	if (now >= db->busy_until)
		return 0;
	(void)nanosleep(&(struct timespec){.tv_nsec = TURN_PAUSE_NS}, NULL);
	return 1;
}

static int set_checkpoint(struct db *db, struct err *err)
{
	int64_t page;
	int r = db_get_int(db, &page, err, "PRAGMA page_size", "");

	if (r == 0)
		(void)sqlite3_wal_autocheckpoint(db->handle, (int)(LOG_BYTES / page));
	return r;
}

static int set_up(struct db *db, enum db_access access, usec_t busy, struct err *err)
{
	(void)sqlite3_extended_result_codes(db->handle, 1);
	db->busy = busy;
	(void)sqlite3_busy_handler(db->handle, wait_for_turn, db);
	if (access == DB_CREATE) {
		int r = set_wal(db, busy, err);
		if (r < 0)
			return r;
	}
	int r = db_script(
	    db,
	    "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
	    "PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=33554432",
	    err);
	return r < 0 ? r : set_checkpoint(db, err);
}

int db_open(const char *path, enum db_access access, usec_t busy, struct db **ret, struct err *err)
{
	_cleanup_(db_closep) struct db *db = calloc(1, sizeof(*db));
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;

	if (!db)
		abort();
	flags |=
	    access == DB_CREATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	int rc = sqlite3_open_v2(path, &db->handle, flags, NULL);
	if (rc != SQLITE_OK)
		return failed(db, rc, err);
	int r = set_up(db, access, busy, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(db);
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->n_kept; i++)
		(void)sqlite3_finalize(db->kept[i].statement);
	(void)sqlite3_close(db->handle);
	free(db);
}

int db_script(struct db *db, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : failed(db, rc, err);
}

static int statement_for(struct db *db, const char *sql, sqlite3_stmt **ret, struct err *err)
{
	for (size_t i = 0; i < db->n_kept; i++) {
		if (db->kept[i].sql == sql) {
			*ret = db->kept[i].statement;
			assert(!sqlite3_stmt_busy(*ret));
			return 0;
		}
	}
	assert(db->n_kept < STATEMENTS_MAX);
	int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
	if (rc != SQLITE_OK)
		return failed(db, rc, err);
	db->kept[db->n_kept].sql = sql;
	db->kept[db->n_kept++].statement = *ret;
	return 0;
}

static int bind_span(sqlite3_stmt *s, int at, struct span v, bool text)
{
	if (!v.p)
		return sqlite3_bind_null(s, at);
	return text ? sqlite3_bind_text64(s, at, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8)
		    : sqlite3_bind_blob64(s, at, v.p, v.n, SQLITE_STATIC);
}

static int bind(struct db *db, sqlite3_stmt *s, struct err *err, const char *types, va_list ap)
{
	assert((size_t)sqlite3_bind_parameter_count(s) == strlen(types));
	for (int at = 1; types[at - 1]; at++) {
		int rc = SQLITE_OK;
		switch (types[at - 1]) {
		case 'i': rc = sqlite3_bind_int64(s, at, va_arg(ap, int64_t)); break;
		case 'm': {
			usec_t t = va_arg(ap, usec_t);
			rc = t == USEC_NONE ? sqlite3_bind_null(s, at)
					    : sqlite3_bind_int64(s, at, t);
			break;
		}
		case 's': rc = bind_span(s, at, span_str(va_arg(ap, const char *)), true); break;
		case 't': rc = bind_span(s, at, va_arg(ap, struct span), true); break;
		case 'b': rc = bind_span(s, at, va_arg(ap, struct span), false); break;
		default: assert(!"a type letter of db.h");
		}
		if (rc != SQLITE_OK)
			return failed(db, rc, err);
	}
	return 0;
}

static void reset(sqlite3_stmt *s)
{
	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
}

static int prepare(struct db *db, sqlite3_stmt **ret, struct err *err, const char *sql,
		   const char *types, va_list ap)
{
	int r = statement_for(db, sql, ret, err);
	if (r < 0)
		return r;
	r = bind(db, *ret, err, types, ap);
	if (r < 0)
		reset(*ret);
	return r;
}

int db_run(struct db *db, struct err *err, const char *sql, const char *types, ...)
{
	sqlite3_stmt *s = NULL;
	va_list ap;

	va_start(ap, types);
	int r = prepare(db, &s, err, sql, types, ap);
	va_end(ap);
	if (r < 0)
		return r;
	int rc = sqlite3_step(s);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		r = failed(db, rc, err);
	reset(s);
	return r;
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

int db_query(struct db *db, struct db_rows *ret, struct err *err, const char *sql,
	     const char *types, ...)
{
	sqlite3_stmt *s = NULL;
	va_list ap;

	va_start(ap, types);
	int r = prepare(db, &s, err, sql, types, ap);
	va_end(ap);
	if (r < 0)
		return r;
	*ret = (struct db_rows){.db = db, .statement = s};
	return 0;
}

int db_next(struct db_rows *r, struct err *err)
{
	int rc = sqlite3_step(r->statement);
	if (rc == SQLITE_ROW)
		return 1;
	int result = rc == SQLITE_DONE ? 0 : failed(r->db, rc, err);
	db_done(r);
	return result;
}

void db_done(struct db_rows *r)
{
	if (r->statement)
		reset(r->statement);
	r->statement = NULL;
}

int64_t db_int(const struct db_rows *r, int column)
{
	return sqlite3_column_int64(r->statement, column);
}

usec_t db_time(const struct db_rows *r, int column)
{
	return sqlite3_column_type(r->statement, column) == SQLITE_NULL
		   ? USEC_NONE
		   : sqlite3_column_int64(r->statement, column);
}

struct span db_text(const struct db_rows *r, int column)
{
	const char *p = (const char *)sqlite3_column_text(r->statement, column);
	return p ? span_of(p, (size_t)sqlite3_column_bytes(r->statement, column)) : SPAN_NONE;
}

struct span db_blob(const struct db_rows *r, int column)
{
	if (sqlite3_column_type(r->statement, column) == SQLITE_NULL)
		return SPAN_NONE;
	const char *p = sqlite3_column_blob(r->statement, column);
	return span_of(p ? p : "", (size_t)sqlite3_column_bytes(r->statement, column));
}

int db_get_int(struct db *db, int64_t *ret, struct err *err, const char *sql, const char *types,
	       ...)
{
	sqlite3_stmt *s = NULL;
	va_list ap;

	va_start(ap, types);
	int r = prepare(db, &s, err, sql, types, ap);
	va_end(ap);
	if (r < 0)
		return r;
	int rc = sqlite3_step(s);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	else if (rc == SQLITE_DONE)
		r = err_set(err, ERR_NOT_FOUND, "outbox database: no such row");
	else
		r = failed(db, rc, err);
	reset(s);
	return r;
}

int db_rehearse(struct db *db, struct err *err)
{
	int r = db_begin(db, true, err);

	db->is_rehearsal = r == 0;
	return r;
}

int db_begin(struct db *db, bool write, struct err *err)
{
	if (db->is_rehearsal) {
		/* SQLite ends a transaction by itself where the disk is full. */
		if (sqlite3_get_autocommit(db->handle))
			return err_set(err, ERR_IO, "outbox database: the dry run was broken off");
		int r = db_run(db, err, "SAVEPOINT part", "");
		db->is_in_part = r == 0;
		return r;
	}
	return write ? db_run(db, err, "BEGIN IMMEDIATE", "") : db_run(db, err, "BEGIN", "");
}

int db_commit(struct db *db, struct err *err)
{
	int r =
	    db->is_rehearsal ? db_run(db, err, "RELEASE part", "") : db_run(db, err, "COMMIT", "");
	if (r == 0)
		db->is_in_part = false;
	if (r < 0)
		db_rollback(db);
	return r;
}

void db_rollback(struct db *db)
{
	if (db->is_rehearsal) {
		if (db->is_in_part)
			(void)db_run(db, NULL, "ROLLBACK TO part", "");
		if (db->is_in_part)
			(void)db_run(db, NULL, "RELEASE part", "");
		db->is_in_part = false;
		return;
	}
	if (!sqlite3_get_autocommit(db->handle))
		(void)db_run(db, NULL, "ROLLBACK", "");
}

int db_end(struct db *db, int so_far, struct err *err)
{
	if (so_far == 0)
		return db_commit(db, err);
	db_rollback(db);
	return so_far;
}

void db_checkpoint(struct db *db)
{
	(void)sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* PostgreSQL: the only caller of libpq.
 *
 * One struct pg is one connection, owned by one thread at a time. Nothing here reconnects by
 * itself: after an error with which pg_is_lost() is true the owner closes it, waits as its own
 * policy says, and opens a new one.
 *
 * A statement with its parameters is prepared once per connection under its text, so SQL is
 * constant text and values are always parameters. Parameters and results travel in binary form.
 *
 *     struct pg_params p = PG_PARAMS(&arena);
 *     pg_add_text(&p, facility);
 *     pg_add_i64(&p, limit);
 *     _cleanup_(pg_result_freep) struct pg_result *r = NULL;
 *     if (pg_query(pg, "SELECT id, version FROM beds WHERE facility_id = $1 LIMIT $2", &p, &r,
 *                  err) < 0)
 *             return …;
 *     for (int i = 0; i < pg_rows(r); i++)
 *             use(pg_get_text(r, i, 0), pg_get_i64(r, i, 1));
 *
 * Errors by SQLSTATE:
 *
 *     UNAVAILABLE   08, 53, 57P0x, 25006: no connection, lost, server stopping, out of resources
 *     CONFLICT      40001, 40P01, 55P03, with retriable set: serialization failure, deadlock, lock
 *                   not available; run the transaction again
 *     TIMEOUT       57014: statement_timeout
 *     EXISTS        23505: a unique key
 *     CONFLICT      23: other constraints
 *     INVALID       22: data
 *     DENIED        42501, 28: privileges, passwords
 *     IO            anything else
 *
 * The message is the server's primary one; DETAIL, which may repeat a row's values, is left out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/span.h"

struct pg;
struct pg_result;

struct pg_options {
	const char
	    *conninfo; /* libpq: "dbname=bedpost host=/run/postgresql" or a postgresql:// URI */
	const char
	    *role; /* SET ROLE after connecting, e.g. "bedpost_ingest"; NULL: stay who you are */
	const char *setup;	 /* a statement run after that, e.g. ROW_SCOPE_ALL; NULL: none */
	const char *application; /* shown in pg_stat_activity; NULL: "bedpost" */
	/* For a command that somebody waits for: a log-in that is refused is DENIED, a connection
	 * string that makes no sense or names no database INVALID, with what to do, where a daemon
	 * gets UNAVAILABLE: it waits until somebody has mended it. */
	bool gives_up;
	unsigned connect_seconds;   /* give up connecting after; 0: 5 */
	unsigned statement_seconds; /* the server gives up on a statement after; 0: no limit */
};

/* Waits for the connection. Time zone UTC, UTF-8. */
int pg_open(const struct pg_options *o, struct pg **ret, struct err *err);
void pg_close(struct pg *pg);
DEFINE_CLEANUP(struct pg *, pg_close)
bool pg_is_lost(
    const struct pg *pg); /* true for NULL: nothing more will come over this connection */
/* SQLSTATE of the last error on this connection, five characters; "" if it had none. */
const char *pg_sqlstate(const struct pg *pg);

/* Asks the server to give up the statement that runs now; it then fails with TIMEOUT. From any
 * thread, with a handle that the connection's owner made; nothing happens where nothing runs. */
struct pg_cancel;
struct pg_cancel *pg_cancel_new(struct pg *pg); /* NULL: no connection */
void pg_cancel_send(struct pg_cancel *c);	/* NULL allowed */
void pg_cancel_free(struct pg_cancel *c);
DEFINE_CLEANUP(struct pg_cancel *, pg_cancel_free)

/* ---- parameters ---- */

enum pg_type { PG_TEXT, PG_INT4, PG_INT8, PG_FLOAT8, PG_BOOL, PG_TIMESTAMPTZ, PG_BYTEA, PG_JSONB };

#define PG_PARAMS_MAX 32

struct pg_params {
	struct arena *arena; /* holds what is encoded; live until the query was sent */
	int n;
	unsigned types[PG_PARAMS_MAX];
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX];
};

#define PG_PARAMS(a) ((struct pg_params){.arena = (a)})

void pg_add_text(struct pg_params *p, struct span s); /* SPAN_NONE is NULL; not copied */
void pg_add_i32(struct pg_params *p, int32_t v);
void pg_add_i64(struct pg_params *p, int64_t v);
void pg_add_double(struct pg_params *p, double v);
void pg_add_bool(struct pg_params *p, bool v);
void pg_add_time(struct pg_params *p, usec_t at);	 /* USEC_NONE is NULL */
void pg_add_bytes(struct pg_params *p, struct span s);	 /* bytea; SPAN_NONE is NULL; not copied */
void pg_add_json(struct pg_params *p, struct span json); /* jsonb; SPAN_NONE is NULL */
void pg_add_null(struct pg_params *p, enum pg_type type);

/* A column of values for unnest($1, $2, …): one array per column, the same number of items in each.
 * The encoded array grows in the arena of pg_add_array's params only once; the builder keeps its
 * own memory and can be used again. */
struct pg_array {
	struct buf bytes;
	enum pg_type type;
	uint32_t n;
	bool has_null;
};

void pg_array_begin(struct pg_array *a, enum pg_type type); /* empties it */
void pg_array_done(struct pg_array *a);
void pg_array_text(struct pg_array *a, struct span s); /* TEXT, JSONB, BYTEA; SPAN_NONE is NULL */
void pg_array_i64(struct pg_array *a, int64_t v);      /* INT4, INT8 */
void pg_array_bool(struct pg_array *a, bool v);
void pg_array_double(struct pg_array *a, double v);
void pg_array_time(struct pg_array *a, usec_t at); /* USEC_NONE is NULL */
void pg_array_null(struct pg_array *a);
void pg_add_array(struct pg_params *p,
		  struct pg_array *a); /* not copied: a stays untouched until the query was sent */

/* ---- queries ---- */

/* One or more statements without parameters or rows, in the simple protocol: BEGIN, a migration. */
int pg_exec(struct pg *pg, const char *sql, struct err *err);
/* One statement. p may be NULL; ret may be NULL when no rows are wanted. */
int pg_query(struct pg *pg, const char *sql, const struct pg_params *p, struct pg_result **ret,
	     struct err *err);

/* Pipeline: several statements in one round trip. Statements sent between two syncs stand or fall
 * together: after the first that fails the rest are skipped (outside an explicit transaction all
 * are rolled back).
 *
 *     pg_pipeline_enter
 *             pg_send … pg_send, pg_sync, pg_receive (one per pg_send, in order), pg_received
 *             … again, as often as wanted
 *     pg_pipeline_leave
 *
 * An error of pg_receive is that of the statement itself or of the one before it that failed; go on
 * to pg_received, which reads on to the sync whatever has not been received. */
int pg_pipeline_enter(struct pg *pg, struct err *err);
int pg_send(struct pg *pg, const char *sql, const struct pg_params *p, struct err *err);
int pg_sync(struct pg *pg, struct err *err);
int pg_receive(struct pg *pg, struct pg_result **ret, struct err *err); /* ret may be NULL */
int pg_received(struct pg *pg, struct err *err); /* 0, or the first error since the last sync */
int pg_pipeline_leave(struct pg *pg, struct err *err);

/* ---- results ---- */

void pg_result_free(struct pg_result *r);
DEFINE_CLEANUP(struct pg_result *, pg_result_free)
int pg_rows(const struct pg_result *r);		/* 0 for NULL */
int64_t pg_affected(const struct pg_result *r); /* rows an INSERT, UPDATE or DELETE touched */
bool pg_is_null(const struct pg_result *r, int row, int col);
/* A NULL reads as SPAN_NONE, 0, false, USEC_NONE. The column's type must fit (a bug otherwise):
 * text, varchar, name, json, jsonb and bytea; int2, int4, int8; float4, float8; bool; timestamptz.
 * Anything else (numeric, uuid, date, enum) is cast in the query: "sum(n)::bigint". Spans live as
 * long as the result and are NUL-terminated. */
struct span pg_get_text(const struct pg_result *r, int row, int col);
int64_t pg_get_i64(const struct pg_result *r, int row, int col);
double pg_get_double(const struct pg_result *r, int row, int col);
bool pg_get_bool(const struct pg_result *r, int row, int col);
usec_t pg_get_time(const struct pg_result *r, int row, int col);
/* As pg_get_text(), but lives as long as the arena. */
static inline struct span pg_copy_text(struct arena *a, const struct pg_result *r, int row, int col)
{
	return pg_is_null(r, row, col) ? SPAN_NONE : arena_span(a, pg_get_text(r, row, col));
}

/* ---- notifications ---- */

/* After pg_exec(pg, "LISTEN bedpost_changed"): poll pg_fd() for reading, then take notifications
 * until 0. A connection that listens does nothing else meanwhile. */
int pg_fd(const struct pg *pg); /* -1 when lost */
struct pg_notification {
	struct span channel, payload; /* live until the next call */
};
int pg_next_notification(struct pg *pg, struct pg_notification *ret,
			 struct err *err); /* 1, 0 none, negative */
/* For whom it is enough to be woken. */
int pg_drop_notifications(struct pg *pg, struct err *err);

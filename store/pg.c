/* libpq behind one door. Parameters and results are binary: no text to escape, parse or round, and
 * arrays of a whole batch cost one copy. Prepared statements are found by their text: callers keep
 * no statement handles, and a connection that was opened anew prepares by itself. */
#include "store/pg.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "store/pg_result.h"
#include "store/pg_sqlstate.h"

#define PG_STATEMENTS_MAX 512 /* prepared at most; then statements go unprepared */
#define PG_IDENTIFIER_MAX 64

struct statement {
	uint64_t hash;
	char *sql;
	bool prepared; /* the server has said so */
};

/* What a queued message of the pipeline will answer. */
struct queued {
	int prepares; /* index of the statement this message prepares, or -1: it runs one */
};

struct pg {
	PGconn *conn;
	bool lost;
	char sqlstate[6];
	struct statement *statements;
	int n_statements;
	struct queued *queue; /* sent, not yet received */
	size_t queue_head, queue_n, queue_cap;
	bool sync_waits; /* a sync was sent and its answer not yet read */
	bool failed;	 /* since the last sync; the first error stands in `first` */
	struct err first;
	PGnotify *notification;
};

/* ---- errors ---- */

static int err_from_connection(struct pg *pg, const char *what, struct err *err)
{
	const char *message = PQerrorMessage(pg->conn);
	size_t n = strcspn(message, "\n");

	if (PQstatus(pg->conn) == CONNECTION_BAD)
		pg->lost = true;
	(void)snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", pg->lost ? "08006" : "");
	return err_set(err, pg->lost ? ERR_UNAVAILABLE : ERR_IO, "postgresql: %s: %.*s", what,
		       (int)n, n ? message : "no reason given");
}

static int err_from_result(struct pg *pg, const PGresult *res, struct err *err)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (!state)
		return err_from_connection(pg, "statement", err);
	bool retriable;
	enum err_code code = pg_sqlstate_code(state, &retriable);
	(void)snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", state);
	if (PQstatus(pg->conn) == CONNECTION_BAD || strncmp(state, "57P0", 4) == 0)
		pg->lost = true;
	int r = err_set(err, code, "postgresql: %s (%s)", primary ? primary : "error", state);
	if (err && retriable)
		err->retriable = true;
	return r;
}

const char *pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

bool pg_is_lost(const struct pg *pg)
{
	return !pg || pg->lost || PQstatus(pg->conn) == CONNECTION_BAD;
}

/* ---- connection ---- */

/* Notices (a warning raised by a function) are no errors; the daemon's log is not the place for a
 * server's chatter. */
static void ignore_notice(void *arg _unused_, const PGresult *res _unused_)
{
}

static bool makes_sense(const char *conninfo)
{
	PQconninfoOption *parts = PQconninfoParse(conninfo, NULL);

	PQconninfoFree(parts);
	return parts != NULL;
}

/* libpq tells the server's SQLSTATE of a refused log-in only in place of the text, and the
 * connection must be tried again for it. */
static int refuse(struct pg *pg, struct err *err)
{
	struct err why;

	(void)err_from_connection(pg, "connect", &why);
	if (PQconnectionNeedsPassword(pg->conn))
		return pg_refused("28P01", why.message, err);
	(void)PQsetErrorVerbosity(pg->conn, PQERRORS_SQLSTATE);
	PQreset(pg->conn);
	return pg_refused(PQerrorMessage(pg->conn), why.message, err);
}

static int connect_to(struct pg *pg, const struct pg_options *o, struct err *err)
{
	char seconds[16], settings[128];
	(void)snprintf(seconds, sizeof(seconds), "%u", o->connect_seconds ? o->connect_seconds : 5);
	(void)snprintf(settings, sizeof(settings), "-c timezone=UTC -c statement_timeout=%us",
		       o->statement_seconds);
	/* What stands in conninfo, coming last, overrules these. */
	const char *keys[] = {"connect_timeout",  "fallback_application_name",
			      "client_encoding",  "options",
			      "keepalives_idle",  "keepalives_interval",
			      "keepalives_count", "tcp_user_timeout",
			      "dbname",		  NULL};
	const char *values[] = {seconds,     o->application ? o->application : "bedpost",
				"UTF8",	     settings,
				"30",	     "10",
				"3",	     "30000",
				o->conninfo, NULL};

	if (o->gives_up && !makes_sense(o->conninfo))
		return pg_refused("3D000", "postgresql: the connection string makes no sense", err);
	pg->conn = PQconnectdbParams(keys, values, 1);
	if (!pg->conn)
		return err_set(err, ERR_NO_MEMORY, "postgresql: out of memory");
	(void)PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
	if (PQstatus(pg->conn) == CONNECTION_OK)
		return 0;
	if (o->gives_up)
		return refuse(pg, err);
	/* The server's reason for refusing (no such database, no such role) is in the text only;
	 * whatever it is, an administrator may mend it while we wait. */
	return err_from_connection(pg, "connect", err);
}

int pg_open(const struct pg_options *o, struct pg **ret, struct err *err)
{
	_cleanup_(pg_closep) struct pg *pg = calloc(1, sizeof(*pg));

	if (!pg)
		abort();
	int r = connect_to(pg, o, err);
	if (r < 0)
		return r;
	if (o->role) {
		char *quoted = PQescapeIdentifier(pg->conn, o->role, strlen(o->role));
		char sql[PG_IDENTIFIER_MAX * 2 + 16];
		if (!quoted)
			return err_set(err, ERR_INVALID,
				       "postgresql: the role's name is not UTF-8");
		(void)snprintf(sql, sizeof(sql), "SET ROLE %s", quoted);
		PQfreemem(quoted);
		r = pg_exec(pg, sql, err);
		if (r < 0)
			return err_prefix(err, "role %s", o->role);
	}
	if (o->setup && (r = pg_exec(pg, o->setup, err)) < 0)
		return r;
	*ret = TAKE_PTR(pg);
	return 0;
}

/* libpq's own handle, under a name of ours: nobody else knows libpq. */
struct pg_cancel *pg_cancel_new(struct pg *pg)
{
	return (struct pg_cancel *)(void *)PQgetCancel(pg->conn);
}

void pg_cancel_send(struct pg_cancel *c)
{
	char why[256];

	if (c)
		(void)PQcancel((PGcancel *)(void *)c, why, sizeof(why));
}

void pg_cancel_free(struct pg_cancel *c)
{
	PQfreeCancel((PGcancel *)(void *)c);
}

void pg_close(struct pg *pg)
{
	if (!pg)
		return;
	if (pg->notification)
		PQfreemem(pg->notification);
	PQfinish(pg->conn);
	for (int i = 0; i < pg->n_statements; i++)
		free(pg->statements[i].sql);
	free(pg->statements);
	free(pg->queue);
	free(pg);
}

/* ---- statements ---- */

/* The statement's index, -1 if the table is full. *ret_new: the server must prepare it first. */
static int find_statement(struct pg *pg, const char *sql)
{
	uint64_t hash = span_hash(span_str(sql));

	for (int i = 0; i < pg->n_statements; i++)
		if (pg->statements[i].hash == hash && strcmp(pg->statements[i].sql, sql) == 0)
			return i;
	if (pg->n_statements == PG_STATEMENTS_MAX)
		return -1;
	if (!pg->statements)
		pg->statements = calloc(PG_STATEMENTS_MAX, sizeof(*pg->statements));
	if (!pg->statements)
		abort();
	struct statement *s = &pg->statements[pg->n_statements];
	s->hash = hash;
	s->sql = strdup(sql);
	if (!s->sql)
		abort();
	return pg->n_statements++;
}

static const char *statement_name(int i, char out[16])
{
	(void)snprintf(out, 16, "s%d", i);
	return out;
}

static int check_result(struct pg *pg, const PGresult *res, struct err *err)
{
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY: return 0;
	default: return err_from_result(pg, res, err);
	}
}

/* Checks res; hands it out or frees it. */
static int take_result(struct pg *pg, PGresult *res, struct pg_result **ret, struct err *err)
{
	int r = check_result(pg, res, err);

	if (r < 0 || !ret) {
		PQclear(res);
		return r;
	}
	struct pg_result *result = malloc(sizeof(*result));
	if (!result)
		abort();
	result->res = res;
	*ret = result;
	return 0;
}

static int refuse_if_lost(struct pg *pg, struct err *err)
{
	return pg_is_lost(pg) ? err_set(err, ERR_UNAVAILABLE, "postgresql: the connection is lost")
			      : 0;
}

int pg_exec(struct pg *pg, const char *sql, struct err *err)
{
	int r = refuse_if_lost(pg, err);

	return r < 0 ? r : take_result(pg, PQexec(pg->conn, sql), NULL, err);
}

int pg_query(struct pg *pg, const char *sql, const struct pg_params *p, struct pg_result **ret,
	     struct err *err)
{
	static const struct pg_params none = {0};
	static const int binary[PG_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
						  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	char name[16];
	int r = refuse_if_lost(pg, err);

	if (r < 0)
		return r;
	if (!p)
		p = &none;
	int i = find_statement(pg, sql);
	if (i < 0)
		return take_result(
		    pg,
		    PQexecParams(pg->conn, sql, p->n, p->types, p->values, p->lengths, binary, 1),
		    ret, err);
	if (!pg->statements[i].prepared) {
		r = take_result(pg,
				PQprepare(pg->conn, statement_name(i, name), sql, p->n, p->types),
				NULL, err);
		if (r < 0)
			return r;
		pg->statements[i].prepared = true;
	}
	return take_result(pg,
			   PQexecPrepared(pg->conn, statement_name(i, name), p->n, p->values,
					  p->lengths, binary, 1),
			   ret, err);
}

/* ---- pipeline ---- */

static void queue_push(struct pg *pg, int prepares)
{
	if (pg->queue_head == pg->queue_n)
		pg->queue_head = pg->queue_n = 0;
	if (pg->queue_n == pg->queue_cap) {
		pg->queue_cap = pg->queue_cap ? pg->queue_cap * 2 : 32;
		pg->queue = reallocarray(pg->queue, pg->queue_cap, sizeof(*pg->queue));
		if (!pg->queue)
			abort();
	}
	pg->queue[pg->queue_n++] = (struct queued){prepares};
}

int pg_pipeline_enter(struct pg *pg, struct err *err)
{
	int r = refuse_if_lost(pg, err);

	if (r < 0)
		return r;
	pg->failed = false;
	return PQenterPipelineMode(pg->conn) ? 0 : err_from_connection(pg, "pipeline", err);
}

int pg_send(struct pg *pg, const char *sql, const struct pg_params *p, struct err *err)
{
	static const struct pg_params none = {0};
	int binary[PG_PARAMS_MAX], r = refuse_if_lost(pg, err);
	char name[16];

	if (r < 0)
		return r;
	if (!p)
		p = &none;
	for (int k = 0; k < p->n; k++)
		binary[k] = 1;
	int i = find_statement(pg, sql), sent;
	if (i >= 0 && !pg->statements[i].prepared) {
		if (!PQsendPrepare(pg->conn, statement_name(i, name), sql, p->n, p->types))
			return err_from_connection(pg, "prepare", err);
		pg->statements[i].prepared =
		    true; /* taken back if the server refuses or skips it */
		queue_push(pg, i);
	}
	if (i >= 0)
		sent = PQsendQueryPrepared(pg->conn, statement_name(i, name), p->n, p->values,
					   p->lengths, binary, 1);
	else
		sent = PQsendQueryParams(pg->conn, sql, p->n, p->types, p->values, p->lengths,
					 binary, 1);
	if (!sent)
		return err_from_connection(pg, "send", err);
	queue_push(pg, -1);
	return 0;
}

int pg_sync(struct pg *pg, struct err *err)
{
	int r = refuse_if_lost(pg, err);

	if (r < 0)
		return r;
	if (!PQpipelineSync(pg->conn))
		return err_from_connection(pg, "sync", err);
	pg->sync_waits = true;
	return 0;
}

static int pipeline_failed(struct pg *pg, struct err *err)
{
	if (err)
		*err = pg->first;
	return -(int)pg->first.code;
}

static void keep_first(struct pg *pg, const struct err *e)
{
	if (!pg->failed) {
		pg->failed = true;
		pg->first = *e;
	}
}

/* The next message's answer and the NULL that ends it. */
static int next_answer(struct pg *pg, struct pg_result **ret, struct err *err)
{
	struct queued q = pg->queue[pg->queue_head++];
	struct err e = {0};
	PGresult *res = PQgetResult(pg->conn);
	int r;

	if (!res) {
		r = err_from_connection(pg, "pipeline", &e);
		pg->lost = true;
	} else if (PQresultStatus(res) == PGRES_PIPELINE_ABORTED) {
		PQclear(res);
		r = -1;
	} else {
		r = take_result(pg, res, ret, &e);
	}
	while (res && (res = PQgetResult(pg->conn)))
		PQclear(res);
	if (r == 0)
		return 0;
	if (q.prepares >= 0)
		pg->statements[q.prepares].prepared = false;
	if (e.code)
		keep_first(pg, &e);
	return pipeline_failed(pg, err);
}

int pg_receive(struct pg *pg, struct pg_result **ret, struct err *err)
{
	assert(pg->queue_head < pg->queue_n);
	if (pg->lost)
		return err_set(err, ERR_UNAVAILABLE, "postgresql: the connection is lost");
	if (pg->queue[pg->queue_head].prepares >= 0 && next_answer(pg, NULL, err) < 0) {
		if (!pg->lost)
			(void)next_answer(
			    pg, NULL, NULL); /* the statement that could not be prepared: skipped */
		return pipeline_failed(pg, err);
	}
	return next_answer(pg, ret, err);
}

int pg_received(struct pg *pg, struct err *err)
{
	while (pg->queue_head < pg->queue_n && !pg->lost)
		(void)next_answer(pg, NULL, NULL);
	if (pg->sync_waits && !pg->lost) {
		PGresult *res = PQgetResult(pg->conn);
		if (!res || PQresultStatus(res) != PGRES_PIPELINE_SYNC) {
			struct err e = {0};
			(void)err_from_connection(pg, "pipeline", &e);
			pg->lost = true;
			keep_first(pg, &e);
		}
		PQclear(res);
		pg->sync_waits = false;
	}
	if (pg->failed) {
		pg->failed = false;
		return pipeline_failed(pg, err);
	}
	return refuse_if_lost(pg, err);
}

int pg_pipeline_leave(struct pg *pg, struct err *err)
{
	int r = refuse_if_lost(pg, err);

	if (r < 0)
		return r;
	return PQexitPipelineMode(pg->conn) ? 0 : err_from_connection(pg, "pipeline", err);
}

/* ---- notifications ---- */

int pg_fd(const struct pg *pg)
{
	return pg_is_lost(pg) ? -1 : PQsocket(pg->conn);
}

int pg_next_notification(struct pg *pg, struct pg_notification *ret, struct err *err)
{
	if (pg->notification) {
		PQfreemem(pg->notification);
		pg->notification = NULL;
	}
	if (pg_is_lost(pg) || !PQconsumeInput(pg->conn)) {
		pg->lost = true;
		return err_from_connection(pg, "listen", err);
	}
	pg->notification = PQnotifies(pg->conn);
	if (!pg->notification)
		return 0;
	ret->channel = span_str(pg->notification->relname);
	ret->payload = span_str(pg->notification->extra);
	return 1;
}

int pg_drop_notifications(struct pg *pg, struct err *err)
{
	struct pg_notification n;
	int e;

	while ((e = pg_next_notification(pg, &n, err)) > 0)
		;
	return e;
}

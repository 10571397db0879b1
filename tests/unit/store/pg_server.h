/* A PostgreSQL of the test's own, in a folder under /tmp, over a Unix socket; it dies with the test
 * program.
 *
 * Without server binaries the test says "SKIP: no PostgreSQL server" and ends with 77, which make
 * check shows as a skip. */
#pragma once

#include "base/buf.h"
#include "store/pg.h"

struct pg_server;

struct pg_server *
pg_server_start(void); /* ends the program with 77 without binaries, 1 if it does not start */
void pg_server_stop(struct pg_server *s); /* also removes the folder; NULL allowed */
DEFINE_CLEANUP(struct pg_server *, pg_server_stop)
void pg_server_kill(struct pg_server *s);  /* as kill -9: the folder stays */
void pg_server_again(struct pg_server *s); /* after a kill: starts it on the same folder */

/* A new database; the connection string is the caller's to free(). */
char *pg_server_database(struct pg_server *s);
/* Connects as the superuser or fails the test. */
struct pg *pg_server_connect(const char *conninfo);
/* Run statements or fail the test: on a connection of their own, and on the caller's. */
void pg_server_run(const char *conninfo, const char *sql);
void pg_server_exec(struct pg *pg, const char *sql);
int64_t pg_server_number(const char *conninfo,
			 const char *sql); /* first column of the first row; a bigint */

/* Group fixtures of a program whose tests share one server. */
extern struct pg_server *postgres;
int pg_server_set_up(void **state);
int pg_server_tear_down(void **state);

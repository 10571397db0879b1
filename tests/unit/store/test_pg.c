/* Against a real server: values through the binary forms and back, errors told apart, pipelines. */
#include "store/pg.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "store/pg_sqlstate.h"
#include "tests/unit/store/pg_server.h"

struct fixture {
	struct pg_server *server;
	char *conninfo;
	struct pg *pg;
	struct arena arena;
};
static struct fixture f;

#define SOME_TIME INT64_C(1776676462123456)

static void scalars_come_back_as_they_went(void **state _unused_)
{
	struct pg_params p = PG_PARAMS(&f.arena);
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;

	pg_add_text(&p, SPAN("blåbær \x01 \\ '"));
	pg_add_i32(&p, -7);
	pg_add_i64(&p, INT64_MIN);
	pg_add_double(&p, 59.9139);
	pg_add_bool(&p, true);
	pg_add_time(&p, SOME_TIME);
	pg_add_bytes(&p, span_of("\0\xff\x80", 3));
	pg_add_json(&p, SPAN("{\"b\": [1, null]}"));
	pg_add_time(&p, USEC_NONE);
	pg_add_text(&p, SPAN(""));
	pg_add_text(&p, SPAN_NONE);
	assert_int_equal(
	    pg_query(f.pg,
		     "SELECT $1::text, $2::int, $3::bigint, $4::float8, $5::bool, $6::timestamptz, "
		     "$7::bytea, $8::jsonb, $9::timestamptz, $10::text, $11::text, "
		     "$6 = '2026-04-20T09:14:22.123456Z'::timestamptz",
		     &p, &r, NULL),
	    0);
	assert_true(span_eq(pg_get_text(r, 0, 0), SPAN("blåbær \x01 \\ '")));
	assert_int_equal(pg_get_i64(r, 0, 1), -7);
	assert_true(pg_get_i64(r, 0, 2) == INT64_MIN);
	assert_true(pg_get_double(r, 0, 3) == 59.9139);
	assert_true(pg_get_bool(r, 0, 4));
	assert_true(pg_get_time(r, 0, 5) == SOME_TIME);
	assert_true(span_eq(pg_get_text(r, 0, 6), span_of("\0\xff\x80", 3)));
	assert_true(span_eq(pg_get_text(r, 0, 7), SPAN("{\"b\": [1, null]}")));
	assert_true(pg_get_time(r, 0, 8) == USEC_NONE);
	assert_true(pg_get_text(r, 0, 9).p && pg_get_text(r, 0, 9).n == 0);
	assert_null(pg_get_text(r, 0, 10).p);
	assert_true(pg_get_bool(r, 0, 11));
}

static void columns_of_values_unnest_into_rows(void **state _unused_)
{
	struct pg_array text = {0}, number = {0}, at = {0}, flag = {0}, json = {0};
	struct pg_params p = PG_PARAMS(&f.arena);
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;

	pg_array_begin(&text, PG_TEXT);
	pg_array_begin(&number, PG_INT4);
	pg_array_begin(&at, PG_TIMESTAMPTZ);
	pg_array_begin(&flag, PG_BOOL);
	pg_array_begin(&json, PG_JSONB);
	for (int i = 0; i < 3; i++) {
		pg_array_text(&text, i == 1 ? SPAN_NONE : SPAN("x,\"}"));
		pg_array_i64(&number, -i);
		pg_array_time(&at, i == 2 ? USEC_NONE : SOME_TIME + i);
		pg_array_bool(&flag, i == 1);
		pg_array_text(&json, SPAN("{\"a\": 1}"));
	}
	pg_add_array(&p, &text);
	pg_add_array(&p, &number);
	pg_add_array(&p, &at);
	pg_add_array(&p, &flag);
	pg_add_array(&p, &json);
	assert_int_equal(pg_query(f.pg,
				  "SELECT * FROM unnest($1::text[], $2::int[], $3::timestamptz[], "
				  "$4::bool[], $5::jsonb[])",
				  &p, &r, NULL),
			 0);
	assert_int_equal(pg_rows(r), 3);
	assert_true(span_eq(pg_get_text(r, 0, 0), SPAN("x,\"}")));
	assert_true(pg_is_null(r, 1, 0));
	assert_int_equal(pg_get_i64(r, 2, 1), -2);
	assert_true(pg_get_time(r, 1, 2) == SOME_TIME + 1);
	assert_true(pg_is_null(r, 2, 2));
	assert_true(pg_get_bool(r, 1, 3));
	assert_true(span_eq(pg_get_text(r, 2, 4), SPAN("{\"a\": 1}")));
	pg_array_done(&text);
	pg_array_done(&number);
	pg_array_done(&at);
	pg_array_done(&flag);
	pg_array_done(&json);
}

static void an_empty_column_unnests_into_no_rows(void **state _unused_)
{
	struct pg_array a = {0};
	struct pg_params p = PG_PARAMS(&f.arena);
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;

	pg_array_begin(&a, PG_TEXT);
	pg_add_array(&p, &a);
	assert_int_equal(pg_query(f.pg, "SELECT * FROM unnest($1::text[])", &p, &r, NULL), 0);
	assert_int_equal(pg_rows(r), 0);
	pg_array_done(&a);
}

static void errors_are_told_apart_and_repeat_no_row(void **state _unused_)
{
	struct err err = {0};

	assert_int_equal(
	    pg_exec(f.pg, "CREATE TEMP TABLE keys (k text PRIMARY KEY, n int CHECK (n > 0))", &err),
	    0);
	assert_int_equal(pg_exec(f.pg, "INSERT INTO keys VALUES ('somebody', 1)", &err), 0);
	assert_int_equal(pg_exec(f.pg, "INSERT INTO keys VALUES ('somebody', 2)", &err),
			 -ERR_EXISTS);
	assert_string_equal(pg_sqlstate(f.pg), "23505");
	assert_null(strstr(err.message, "somebody"));
	assert_false(err.retriable);
	assert_int_equal(pg_exec(f.pg, "INSERT INTO keys VALUES ('x', 0)", &err), -ERR_CONFLICT);
	assert_false(err.retriable);
	assert_int_equal(pg_exec(f.pg, "SELECT 1 / 0", &err), -ERR_INVALID);
	assert_int_equal(pg_exec(f.pg, "SELEC", &err), -ERR_IO);
	assert_false(pg_is_lost(f.pg));
}

static void what_may_pass_is_retriable(void **state _unused_)
{
	static const char *const passing[] = {"40001", "40P01", "55P03", "08006", "57P01",
					      "57P03", "53300", "57014", "25006"};
	static const char *const lasting[] = {"23505", "23514", "22P02", "42501",
					      "28P01", "42P01", "3D000", "XX000"};
	bool retriable;

	for (size_t i = 0; i < ARRAY_LEN(passing); i++) {
		(void)pg_sqlstate_code(passing[i], &retriable);
		assert_true(retriable);
	}
	for (size_t i = 0; i < ARRAY_LEN(lasting); i++) {
		(void)pg_sqlstate_code(lasting[i], &retriable);
		assert_false(retriable);
	}
}

static void a_pipeline_stands_or_falls_together(void **state _unused_)
{
	struct err err = {0};
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(f.conninfo);

	assert_int_equal(pg_exec(pg, "CREATE TABLE pipe (n int PRIMARY KEY)", NULL), 0);
	assert_int_equal(pg_pipeline_enter(pg, NULL), 0);
	assert_int_equal(pg_send(pg, "INSERT INTO pipe VALUES (1)", NULL, NULL), 0);
	assert_int_equal(pg_send(pg, "INSERT INTO pipe SELECT 1 / (n - 1) FROM pipe", NULL, NULL),
			 0);
	assert_int_equal(pg_send(pg, "INSERT INTO pipe VALUES (3)", NULL, NULL), 0);
	assert_int_equal(pg_sync(pg, NULL), 0);
	assert_int_equal(pg_receive(pg, NULL, &err), 0);
	assert_int_equal(pg_receive(pg, NULL, &err), -ERR_INVALID);
	assert_int_equal(pg_receive(pg, NULL, &err), -ERR_INVALID);
	assert_int_equal(pg_received(pg, &err), -ERR_INVALID);

	/* and the statements that were skipped run the next time, prepared or not */
	for (int i = 0; i < 2; i++) {
		_cleanup_(pg_result_freep) struct pg_result *r = NULL;
		assert_int_equal(pg_send(pg, "INSERT INTO pipe VALUES (3)", NULL, NULL), 0);
		assert_int_equal(pg_send(pg, "SELECT sum(n) FROM pipe", NULL, NULL), 0);
		assert_int_equal(pg_send(pg, "DELETE FROM pipe", NULL, NULL), 0);
		assert_int_equal(pg_sync(pg, NULL), 0);
		assert_int_equal(pg_receive(pg, NULL, &err), 0);
		assert_int_equal(pg_receive(pg, &r, &err), 0);
		assert_int_equal(pg_get_i64(r, 0, 0), 3);
		assert_int_equal(pg_received(pg, &err), 0);
	}
	assert_int_equal(pg_pipeline_leave(pg, NULL), 0);
	assert_int_equal(pg_exec(pg, "SELECT 1", NULL), 0);
}

static void a_statement_that_cannot_be_prepared_spoils_only_its_own_round(void **state _unused_)
{
	struct err err = {0};
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(f.conninfo);

	assert_int_equal(pg_pipeline_enter(pg, NULL), 0);
	assert_int_equal(pg_send(pg, "SELECT nothing_of_the_kind FROM nowhere", NULL, NULL), 0);
	assert_int_equal(pg_send(pg, "SELECT 1", NULL, NULL), 0);
	assert_int_equal(pg_sync(pg, NULL), 0);
	assert_int_equal(pg_receive(pg, NULL, &err), -ERR_IO);
	assert_int_equal(pg_received(pg, &err), -ERR_IO);
	assert_int_equal(pg_send(pg, "SELECT 1", NULL, NULL), 0);
	assert_int_equal(pg_sync(pg, NULL), 0);
	assert_int_equal(pg_received(pg, &err), 0);
}

static void a_notification_arrives_after_the_commit(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *listener = pg_server_connect(f.conninfo);
	struct pg_notification n;

	assert_int_equal(pg_exec(listener, "LISTEN bedpost_changed", NULL), 0);
	assert_int_equal(pg_next_notification(listener, &n, NULL), 0);
	assert_int_equal(pg_exec(f.pg, "SELECT pg_notify('bedpost_changed', 'fac_a')", NULL), 0);
	struct pollfd fd = {pg_fd(listener), POLLIN, 0};
	assert_int_equal(poll(&fd, 1, 60000), 1);
	assert_int_equal(pg_next_notification(listener, &n, NULL), 1);
	assert_true(span_eq(n.payload, SPAN("fac_a")));
	assert_int_equal(pg_next_notification(listener, &n, NULL), 0);
}

static void a_connection_that_was_ended_says_so_and_is_retriable(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(f.conninfo);
	struct err err = {0};

	assert_int_equal(
	    pg_exec(f.pg,
		    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
		    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
		    NULL),
	    0);
	assert_int_equal(pg_exec(pg, "SELECT 1", &err), -ERR_UNAVAILABLE);
	assert_true(err.retriable);
	assert_true(pg_is_lost(pg));
	assert_int_equal(pg_query(pg, "SELECT 1", NULL, NULL, &err), -ERR_UNAVAILABLE);
	assert_int_equal(pg_fd(pg), -1);
}

static void a_server_that_is_not_there_is_unavailable(void **state _unused_)
{
	struct pg *pg = NULL;
	struct err err = {0};

	assert_int_equal(
	    pg_open(&(struct pg_options){.conninfo = "host=/nowhere dbname=x"}, &pg, &err),
	    -ERR_UNAVAILABLE);
	assert_true(err.retriable);
}

static int set_up(void **state _unused_)
{
	f.server = pg_server_start();
	f.conninfo = pg_server_database(f.server);
	f.pg = pg_server_connect(f.conninfo);
	return 0;
}

static int tear_down(void **state _unused_)
{
	pg_close(f.pg);
	free(f.conninfo);
	arena_done(&f.arena);
	pg_server_stop(f.server);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scalars_come_back_as_they_went),
	    cmocka_unit_test(columns_of_values_unnest_into_rows),
	    cmocka_unit_test(an_empty_column_unnests_into_no_rows),
	    cmocka_unit_test(errors_are_told_apart_and_repeat_no_row),
	    cmocka_unit_test(what_may_pass_is_retriable),
	    cmocka_unit_test(a_pipeline_stands_or_falls_together),
	    cmocka_unit_test(a_statement_that_cannot_be_prepared_spoils_only_its_own_round),
	    cmocka_unit_test(a_notification_arrives_after_the_commit),
	    cmocka_unit_test(a_connection_that_was_ended_says_so_and_is_retriable),
	    cmocka_unit_test(a_server_that_is_not_there_is_unavailable),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* The real migrations on a real server, and small made-up lists for what must be refused. */
#include "store/migrate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "store/partitions.h"
#include "tests/unit/store/pg_server.h"

static const struct migration two[] = {
    {1, "first", "CREATE TABLE first (n int)"},
    {2, "second", "ALTER TABLE first ADD COLUMN t text; INSERT INTO first VALUES (1, 'x')"},
    {0},
};

struct database {
	char *conninfo;
	struct pg *pg;
};

static struct database new_database(void)
{
	struct database d = {.conninfo = pg_server_database(postgres)};
	d.pg = pg_server_connect(d.conninfo);
	return d;
}

static void database_done(struct database *d)
{
	pg_close(d->pg);
	free(d->conninfo);
}

static void every_migration_is_applied_once_in_order(void **state _unused_)
{
	_cleanup_(database_done) struct database d = new_database();
	unsigned applied = 99;

	assert_int_equal(migrate_up_list(d.pg, two, &applied, NULL), 0);
	assert_int_equal(applied, 2);
	assert_int_equal(migrate_up_list(d.pg, two, &applied, NULL), 0);
	assert_int_equal(applied, 0);
	assert_int_equal(pg_server_number(d.conninfo, "SELECT count(*) FROM first WHERE t = 'x'"),
			 1);
}

static void a_failing_migration_leaves_nothing_of_itself(void **state _unused_)
{
	static const struct migration bad[] = {
	    two[0], {2, "broken", "ALTER TABLE first ADD COLUMN t text; SELECT 1 / 0"}, {0}};
	_cleanup_(database_done) struct database d = new_database();
	struct err err = {0};

	assert_true(migrate_up_list(d.pg, bad, NULL, &err) < 0);
	assert_non_null(strstr(err.message, "0002_broken"));
	assert_int_equal(pg_server_number(d.conninfo, "SELECT count(*) FROM schema_migrations"), 1);
	assert_int_equal(migrate_up_list(d.pg, two, NULL, NULL), 0);
}

static void an_applied_migration_must_not_change(void **state _unused_)
{
	static const struct migration changed[] = {{1, "first", "CREATE TABLE first (n bigint)"},
						   {0}};
	_cleanup_(database_done) struct database d = new_database();
	struct err err = {0};

	assert_int_equal(migrate_up_list(d.pg, two, NULL, NULL), 0);
	assert_int_equal(migrate_up_list(d.pg, changed, NULL, &err), -ERR_CONFLICT);
	assert_non_null(strstr(err.message, "0001_first"));
}

static void a_schema_newer_than_the_program_is_refused(void **state _unused_)
{
	static const struct migration one[] = {two[0], {0}};
	_cleanup_(database_done) struct database d = new_database();
	struct err err = {0};

	assert_int_equal(migrate_up_list(d.pg, two, NULL, NULL), 0);
	assert_int_equal(migrate_up_list(d.pg, one, NULL, &err), -ERR_CONFLICT);
	assert_non_null(strstr(err.message, "0002_second"));
}

static void a_migration_that_fills_a_gap_is_applied_after_the_others(void **state _unused_)
{
	static const struct migration gap[] = {two[0],
					       {7, "seventh", "CREATE TABLE seventh ()"},
					       {0}},
				      filled[] = {two[0],
						  {4, "fourth", "ALTER TABLE seventh ADD t text"},
						  gap[1],
						  {0}};
	_cleanup_(database_done) struct database d = new_database();
	unsigned applied = 99;

	assert_int_equal(migrate_up_list(d.pg, gap, &applied, NULL), 0);
	assert_int_equal(applied, 2);
	assert_int_equal(migrate_up_list(d.pg, filled, &applied, NULL), 0);
	assert_int_equal(applied, 1);
	assert_int_equal(migrate_up_list(d.pg, filled, &applied, NULL), 0);
	assert_int_equal(applied, 0);
}

static void *migrate_in_thread(void *arg)
{
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(arg);
	struct err err = {0};

	if (migrate_up(pg, NULL, &err) == 0)
		return NULL;
	(void)fprintf(stderr, "%s\n", err.message);
	return arg;
}

/* Two programs on one database, and two databases of one cluster, which share the roles. */
static void programs_that_migrate_at_once_do_not_collide(void **state _unused_)
{
	char *conninfos[2] = {pg_server_database(postgres), pg_server_database(postgres)};
	pthread_t threads[8];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, migrate_in_thread, conninfos[i % 2]), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		void *failed;
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	for (int i = 0; i < 2; i++) {
		_cleanup_(pg_closep) struct pg *pg = pg_server_connect(conninfos[i]);
		struct err err = {0};
		assert_int_equal(migrate_check(pg, &err), 0);
		free(conninfos[i]);
	}
}

static void status_tells_pending_from_applied(void **state _unused_)
{
	_cleanup_(database_done) struct database d = new_database();
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct migrate_row *rows;
	size_t n;
	struct err err = {0};

	assert_int_equal(migrate_status(d.pg, &a, &rows, &n, NULL), 0);
	assert_true(n >= 5);
	assert_int_equal(rows[0].state, MIGRATE_PENDING);
	assert_int_equal(migrate_check(d.pg, &err), -ERR_CONFLICT);
	assert_non_null(strstr(err.message, "bedpost-admin db migrate"));
	assert_int_equal(migrate_up(d.pg, NULL, NULL), 0);
	assert_int_equal(migrate_status(d.pg, &a, &rows, &n, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(rows[i].state, MIGRATE_APPLIED);
		assert_true(rows[i].applied_at != USEC_NONE);
		assert_true(rows[i].number > (i ? rows[i - 1].number : 0));
	}
}

static const char audit_row[] = "INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, "
				"bed_id, new_status, changed_at, received_at,"
				" outcome, in_history, bed_version, prev_hash, hash) VALUES "
				"('fac_a', 1, 'e', 1, 'evt_1', 'bed_1', 'available',"
				" now(), now(), 'applied', true, 1, '', '')";

static void the_audit_log_only_grows(void **state _unused_)
{
	static const char *const forbidden[] = {"UPDATE bed_audit_log SET new_status = 'occupied'",
						"DELETE FROM bed_audit_log",
						"TRUNCATE bed_audit_log",
						"TRUNCATE bed_audit_log_default",
						"UPDATE refusals SET reason = ''",
						"DELETE FROM access_log"};
	_cleanup_(database_done) struct database d = new_database();
	struct err err = {0};

	assert_int_equal(migrate_up(d.pg, NULL, NULL), 0);
	assert_int_equal(pg_exec(d.pg, audit_row, NULL), 0);
	assert_int_equal(
	    pg_exec(d.pg,
		    "INSERT INTO refusals VALUES ('fac_a', 'e', 2, NULL, now(), 'r', NULL);"
		    "INSERT INTO access_log (action, allowed) VALUES ('login', true)",
		    NULL),
	    0);
	/* not even the superuser, short of dropping the triggers */
	for (size_t i = 0; i < ARRAY_LEN(forbidden); i++)
		assert_int_equal(pg_exec(d.pg, forbidden[i], &err), -ERR_DENIED);
	assert_int_equal(pg_server_number(d.conninfo, "SELECT count(*) FROM bed_audit_log"), 1);
}

static struct partitions_state look_at(struct pg *pg, usec_t at)
{
	struct partitions_state s = {-1, -2};

	assert_int_equal(partitions_look(pg, at, &s, NULL), 0);
	return s;
}

static void months_are_made_ahead_at_any_time(void **state _unused_)
{
	_cleanup_(database_done) struct database d = new_database();
	usec_t now = clock_now(), new_year;
	int made = 99;

	assert_int_equal(clock_parse_rfc3339(SPAN("2031-11-30T23:59:59Z"), &new_year, NULL), 0);
	assert_int_equal(migrate_up(d.pg, NULL, NULL), 0);
	assert_int_equal(look_at(d.pg, now).months_ahead, PARTITIONS_AHEAD);
	assert_int_equal(partitions_make(d.pg, &made, NULL), 0);
	assert_int_equal(made, 0);

	assert_int_equal(look_at(d.pg, new_year).months_ahead, -1);
	assert_int_equal(pg_server_number(d.conninfo, "SELECT bedpost_make_partitions(3, "
						      "'2031-11-30T23:59:59Z')::bigint"),
			 4);
	assert_int_equal(look_at(d.pg, new_year).months_ahead, 3);
	assert_int_equal(look_at(d.pg, new_year + USEC_PER_SEC).months_ahead, 2);
	/* the last of a month at 23:59 and the first of the next at 00:00, whatever the session's
	 * zone */
	pg_server_run(
	    d.conninfo,
	    "SET timezone = 'Pacific/Auckland';"
	    "INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, new_status,"
	    " changed_at, received_at, outcome, in_history, bed_version, prev_hash, hash)"
	    " SELECT 'fac_a', i, 'e', i, 'evt_1', 'bed_1', 'available', now(), t, 'applied',"
	    " true, 1, '', '' FROM (VALUES (1, '2031-12-31T23:59:59.999999Z'::timestamptz),"
	    " (2, '2032-01-01T00:00:00Z')) AS v(i, t)");
	assert_int_equal(pg_server_number(d.conninfo, "SELECT count(*) FROM bed_audit_log_2031_12"),
			 1);
	assert_int_equal(pg_server_number(d.conninfo, "SELECT count(*) FROM bed_audit_log_2032_01"),
			 1);
	assert_int_equal(look_at(d.pg, now).default_rows, 0);
}

static void a_row_that_found_no_month_is_told_of(void **state _unused_)
{
	_cleanup_(database_done) struct database d = new_database();

	assert_int_equal(migrate_up(d.pg, NULL, NULL), 0);
	pg_server_run(
	    d.conninfo,
	    "INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, new_status,"
	    " changed_at, received_at, outcome, in_history, bed_version, prev_hash, hash)"
	    " VALUES ('fac_a', 1, 'e', 1, 'evt_1', 'bed_1', 'available', now(),"
	    " '2040-05-05T00:00:00Z', 'applied', true, 1, '', '')");
	assert_int_equal(look_at(d.pg, clock_now()).default_rows, 1);
	/* its month cannot be made any more; the others can, and it is still told of */
	assert_int_equal(pg_server_number(d.conninfo, "SELECT bedpost_make_partitions(2, "
						      "'2040-04-01T00:00:00Z')::bigint"),
			 2);
	assert_int_equal(look_at(d.pg, clock_now()).default_rows, 1);
}

static void a_role_may_do_its_own_work_and_no_more(void **state _unused_)
{
	static const struct {
		const char *role, *sql;
		int result;
	} cases[] = {
	    {"bedpost_ingest", audit_row, 0},
	    {"bedpost_ingest", "SELECT bedpost_make_partitions(1)", 0},
	    {"bedpost_ingest", "SELECT bedpost_make_partitions(1, now())", -ERR_DENIED},
	    {"bedpost_ingest", "SELECT * FROM bedpost_audit_state(now())", 0},
	    {"bedpost_ingest", "UPDATE bed_audit_log SET ward = 'x'", -ERR_DENIED},
	    {"bedpost_ingest", "DELETE FROM bed_audit_log", -ERR_DENIED},
	    {"bedpost_ingest", "TRUNCATE bed_audit_log", -ERR_DENIED},
	    {"bedpost_ingest", "ALTER TABLE bed_audit_log DISABLE TRIGGER USER", -ERR_DENIED},
	    {"bedpost_ingest", "SELECT count(*) FROM bed_audit_log_default", -ERR_DENIED},
	    {"bedpost_api", "SELECT * FROM bedpost_audit_state(now())", 0},
	    {"bedpost_api", "UPDATE bed_audit_log SET ward = 'x'", -ERR_DENIED},
	    {"bedpost_api", "DELETE FROM bed_audit_log", -ERR_DENIED},
	    {"bedpost_api", "TRUNCATE bed_audit_log", -ERR_DENIED},
	    {"bedpost_ingest", "UPDATE facilities SET rev = rev + 1", 0},
	    {"bedpost_ingest", "UPDATE facilities SET revoked_at = NULL", -ERR_DENIED},
	    {"bedpost_ingest", "SELECT hash FROM api_tokens", -ERR_DENIED},
	    {"bedpost_api", "SELECT hash FROM api_tokens", 0},
	    {"bedpost_api", "INSERT INTO access_log (action, allowed) VALUES ('login', false)", 0},
	    {"bedpost_api", audit_row, -ERR_DENIED},
	    {"bedpost_api", "UPDATE beds SET status = 'available'", -ERR_DENIED},
	    {"bedpost_api", "UPDATE api_tokens SET role = 'SYSTEM_ADMIN'", -ERR_DENIED},
	    {"bedpost_report", "SELECT count(*) FROM bed_audit_log", 0},
	    {"bedpost_report", "SELECT count(*) FROM api_tokens", -ERR_DENIED},
	    {"bedpost_report", "DELETE FROM beds", -ERR_DENIED},
	};
	_cleanup_(database_done) struct database d = new_database();

	assert_int_equal(migrate_up(d.pg, NULL, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_(pg_closep) struct pg *pg = NULL;
		struct err err = {0};
		assert_int_equal(
		    pg_open(&(struct pg_options){.conninfo = d.conninfo, .role = cases[i].role},
			    &pg, &err),
		    0);
		int r = pg_exec(pg, cases[i].sql, &err);
		if (r != cases[i].result)
			fail_msg("%s: %s: %d %s", cases[i].role, cases[i].sql, r, err.message);
	}
}

static void a_user_who_may_not_make_roles_is_told_what_to_run(void **state _unused_)
{
	_cleanup_(pg_server_stopp) struct pg_server *own = pg_server_start();
	char *conninfo = pg_server_database(own), plain[200];
	struct err err = {0};

	pg_server_run(conninfo, "CREATE ROLE plain LOGIN; GRANT CREATE ON SCHEMA public TO plain");
	const char *rest = strstr(conninfo, " dbname=");
	(void)snprintf(plain, sizeof(plain), "%.*s user=plain%s", (int)strcspn(conninfo, " "),
		       conninfo, rest);
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(plain);
	assert_int_equal(migrate_up(pg, NULL, &err), -ERR_DENIED);
	assert_non_null(strstr(err.message, "CREATE ROLE bedpost_owner NOLOGIN"));
	assert_non_null(strstr(err.message, "GRANT bedpost_owner"));
	free(conninfo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_migration_is_applied_once_in_order),
	    cmocka_unit_test(a_failing_migration_leaves_nothing_of_itself),
	    cmocka_unit_test(an_applied_migration_must_not_change),
	    cmocka_unit_test(a_schema_newer_than_the_program_is_refused),
	    cmocka_unit_test(a_migration_that_fills_a_gap_is_applied_after_the_others),
	    cmocka_unit_test(programs_that_migrate_at_once_do_not_collide),
	    cmocka_unit_test(status_tells_pending_from_applied),
	    cmocka_unit_test(the_audit_log_only_grows),
	    cmocka_unit_test(months_are_made_ahead_at_any_time),
	    cmocka_unit_test(a_row_that_found_no_month_is_told_of),
	    cmocka_unit_test(a_role_may_do_its_own_work_and_no_more),
	    cmocka_unit_test(a_user_who_may_not_make_roles_is_told_what_to_run),
	};
	return cmocka_run_group_tests(tests, pg_server_set_up, pg_server_tear_down);
}

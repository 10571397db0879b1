/* Writers here do what the merge does: they lock a home's row, number its audit rows on from
 * audit_n, and commit when it pleases them. */
#include "regional/feed/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/ok.h"
#include "tests/unit/regional/homes.h"
#include "tests/unit/store/pg_server.h"

#define CONSUMER "test"

static const struct cursor_limits plenty = {.homes = 100, .changes = 1000};

static char *database;

static int new_database(void **state _unused_)
{
	database = homes_database(postgres, 3);
	return 0;
}

static int drop_database(void **state _unused_)
{
	free(database);
	return 0;
}

/* Without a COMMIT of its own. */
static void write_changes(struct pg *pg, const char *facility, int n)
{
	char sql[1500];

	(void)snprintf(
	    sql, sizeof(sql),
	    "SELECT 1 FROM facilities WHERE id = '%s' FOR NO KEY UPDATE;"
	    "INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, new_status, "
	    "changed_at, received_at, outcome, in_history, bed_version, prev_hash, hash)"
	    " SELECT id, audit_n + i, 'e', audit_n + i, 'evt_' || (audit_n + i), 'bed_1', "
	    "'occupied', now(), now(), 'applied', true, 1, '', ''"
	    " FROM facilities, generate_series(1, %d) AS i WHERE id = '%s';"
	    "UPDATE facilities SET audit_n = audit_n + %d WHERE id = '%s'",
	    facility, n, facility, n, facility);
	pg_server_exec(pg, sql);
}

static void commit_changes(const char *facility, int n)
{
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(database);

	pg_server_exec(pg, "BEGIN");
	write_changes(pg, facility, n);
	pg_server_exec(pg, "COMMIT");
}

static struct pg *reader(enum cursor_start from)
{
	struct err err = {0};
	struct pg *pg = pg_server_connect(database);

	pg_server_exec(pg, "SET ROLE bedpost_ingest");
	ok(cursor_open(pg, CONSUMER, from, &err), &err);
	return pg;
}

/* What one reading gives, as "fac_0:1-3 fac_2:1-1 ", each home's changes checked to be without
 * gaps. */
static const char *read_some(struct pg *pg, const struct cursor_limits *limits, bool advance)
{
	static char said[500];
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct cursor_change *c;
	struct err err = {0};
	size_t n, used = 0, first = 0;

	said[0] = '\0';
	ok(cursor_read(pg, CONSUMER, limits, &a, &c, &n, &err), &err);
	for (size_t i = 0; i < n; i++) {
		if (i > first)
			assert_int_equal(c[i].n, c[i - 1].n + 1);
		if (i + 1 < n && span_eq(c[i].facility_id, c[i + 1].facility_id))
			continue;
		used += (size_t)snprintf(said + used, sizeof(said) - used, SPAN_FMT ":%lld-%lld ",
					 SPAN_ARG(c[i].facility_id), (long long)c[first].n,
					 (long long)c[i].n);
		first = i + 1;
	}
	if (advance)
		ok(cursor_advance(pg, CONSUMER, c, n, &err), &err);
	return said;
}

static const char *take(struct pg *pg, const struct cursor_limits *limits)
{
	pg_server_exec(pg, "BEGIN");
	const char *said = read_some(pg, limits, true);
	pg_server_exec(pg, "COMMIT");
	return said;
}

static void every_change_comes_once_and_in_order(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = reader(CURSOR_FROM_START);

	commit_changes("fac_0", 3);
	commit_changes("fac_2", 1);
	assert_string_equal(take(pg, &plenty), "fac_0:1-3 fac_2:1-1 ");
	assert_string_equal(take(pg, &plenty), "");
	commit_changes("fac_0", 2);
	assert_string_equal(take(pg, &plenty), "fac_0:4-5 ");
}

static void a_change_is_read_as_it_was_written(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = reader(CURSOR_FROM_START);
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct cursor_change *c;
	struct err err = {0};
	size_t n;

	commit_changes("fac_1", 1);
	pg_server_exec(pg, "BEGIN");
	ok(cursor_read(pg, CONSUMER, &plenty, &a, &c, &n, &err), &err);
	pg_server_exec(pg, "ROLLBACK");
	assert_int_equal(n, 1);
	assert_true(span_eq_str(c->event_id, "evt_1"));
	assert_true(span_eq_str(c->bed_id, "bed_1"));
	assert_null(c->ward.p);
	assert_int_equal(c->held_status, BED_UNKNOWN);
	assert_int_equal(c->new_status, BED_OCCUPIED);
	assert_int_equal(c->outcome, OUTCOME_APPLIED);
	assert_true(c->received_at > 0 && c->changed_at > 0);
}

static void a_writer_that_is_slow_to_commit_is_not_skipped(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = reader(CURSOR_FROM_START);
	_cleanup_(pg_closep) struct pg *slow = pg_server_connect(database);

	pg_server_exec(slow, "BEGIN");
	write_changes(slow, "fac_0", 2);
	commit_changes("fac_1", 2);
	assert_string_equal(take(pg, &plenty), "fac_1:1-2 ");
	commit_changes("fac_1", 1);
	assert_string_equal(take(pg, &plenty), "fac_1:3-3 ");
	pg_server_exec(slow, "COMMIT");
	assert_string_equal(take(pg, &plenty), "fac_0:1-2 ");
	assert_string_equal(take(pg, &plenty), "");
}

static void what_was_rolled_back_never_comes(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = reader(CURSOR_FROM_START);
	_cleanup_(pg_closep) struct pg *writer = pg_server_connect(database);

	pg_server_exec(writer, "BEGIN");
	write_changes(writer, "fac_0", 2);
	pg_server_exec(writer, "ROLLBACK");
	assert_string_equal(take(pg, &plenty), "");
	commit_changes("fac_0", 1);
	assert_string_equal(take(pg, &plenty), "fac_0:1-1 ");
}

static void a_crash_between_handling_and_advancing_repeats(void **state _unused_)
{
	struct pg *pg = reader(CURSOR_FROM_START);

	commit_changes("fac_0", 2);
	pg_server_exec(pg, "BEGIN");
	assert_string_equal(read_some(pg, &plenty, false), "fac_0:1-2 ");
	pg_close(pg);
	pg = reader(CURSOR_FROM_START);
	pg_server_exec(pg, "BEGIN");
	assert_string_equal(read_some(pg, &plenty, true), "fac_0:1-2 ");
	pg_close(pg); /* advanced, but not committed */
	pg = reader(CURSOR_FROM_START);
	assert_string_equal(take(pg, &plenty), "fac_0:1-2 ");
	assert_string_equal(take(pg, &plenty), "");
	pg_close(pg);
}

static void two_readers_of_one_consumer_never_hold_the_same_changes(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *one = reader(CURSOR_FROM_START);
	_cleanup_(pg_closep) struct pg *other = reader(CURSOR_FROM_START);
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct cursor_change *c;
	struct err err = {0};
	size_t n;

	commit_changes("fac_0", 2);
	pg_server_exec(one, "BEGIN");
	assert_string_equal(read_some(one, &plenty, true), "fac_0:1-2 ");
	pg_server_exec(other, "SET lock_timeout = '50ms'; BEGIN");
	assert_int_equal(cursor_read(other, CONSUMER, &plenty, &a, &c, &n, &err), -ERR_CONFLICT);
	assert_true(err.retriable);
	pg_server_exec(other, "ROLLBACK");
	pg_server_exec(one, "COMMIT");
	assert_string_equal(take(other, &plenty), "");
}

static void limits_cut_and_nobody_starves(void **state _unused_)
{
	static const struct cursor_limits small = {.homes = 1, .changes = 2};
	_cleanup_(pg_closep) struct pg *pg = reader(CURSOR_FROM_START);

	commit_changes("fac_0", 5);
	commit_changes("fac_1", 1);
	assert_string_equal(take(pg, &small), "fac_0:1-2 ");
	assert_string_equal(take(pg, &small), "fac_1:1-1 ");
	assert_string_equal(take(pg, &small), "fac_0:3-4 ");
	assert_string_equal(take(pg, &small), "fac_0:5-5 ");
	assert_string_equal(take(pg, &small), "");
}

static void a_consumer_may_begin_with_what_comes_next(void **state _unused_)
{
	commit_changes("fac_0", 2);
	_cleanup_(pg_closep) struct pg *pg = reader(CURSOR_FROM_NOW);
	assert_string_equal(take(pg, &plenty), "");
	commit_changes("fac_0", 1);
	commit_changes("fac_1", 1);
	_cleanup_(pg_closep) struct pg *again = reader(CURSOR_FROM_NOW); /* keeps its place */
	assert_string_equal(take(again, &plenty), "fac_0:3-3 fac_1:1-1 ");
}

static void a_consumer_that_was_never_opened_is_told(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(database);
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct cursor_change *c;
	size_t n;

	assert_int_equal(cursor_read(pg, "nobody", &plenty, &a, &c, &n, NULL), -ERR_NOT_FOUND);
}

#define claim(f) cmocka_unit_test_setup_teardown(f, new_database, drop_database)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    claim(every_change_comes_once_and_in_order),
	    claim(a_change_is_read_as_it_was_written),
	    claim(a_writer_that_is_slow_to_commit_is_not_skipped),
	    claim(what_was_rolled_back_never_comes),
	    claim(a_crash_between_handling_and_advancing_repeats),
	    claim(two_readers_of_one_consumer_never_hold_the_same_changes),
	    claim(limits_cut_and_nobody_starves),
	    claim(a_consumer_may_begin_with_what_comes_next),
	    claim(a_consumer_that_was_never_opened_is_told),
	};

	return cmocka_run_group_tests(tests, pg_server_set_up, pg_server_tear_down);
}

/* From a commit in a real PostgreSQL to the picture; the reconcile is far away, so only notices can
 * bring it. */
#include "regional/feed/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "store/migrate.h"
#include "tests/unit/store/pg_server.h"

static char *database;
static struct snapshot *snapshot;
static struct feed *feed;

static int start(void **state)
{
	(void)state;
	digest_setup();
	postgres = pg_server_start();
	database = pg_server_database(postgres);
	struct pg *pg = pg_server_connect(database);
	assert_int_equal(migrate_up(pg, NULL, NULL), 0);
	pg_close(pg);
	pg_server_run(database,
		      "INSERT INTO regions (id, name) VALUES ('reg_a', 'A');"
		      "INSERT INTO facilities (id, name, region_id) VALUES ('fac_a', 'A', 'reg_a'),"
		      " ('fac_b', 'B', 'reg_a');"
		      "INSERT INTO facility_availability VALUES"
		      " ('fac_a', 'w', 'light', 9, 1, 0, 8, 0, 0, now(), 1),"
		      " ('fac_b', 'w', 'light', 9, 2, 0, 7, 0, 0, now(), 1)");
	snapshot = snapshot_new(NULL);
	return feed_start(&(struct feed_options){.database = database,
						 .reconcile_every = USEC_PER_HOUR,
						 .snapshot = snapshot},
			  &feed, NULL);
}

static int stop(void **state)
{
	(void)state;
	feed_stop(feed);
	snapshot_free(snapshot);
	free(database);
	pg_server_stop(postgres);
	return 0;
}

static int available(const char *facility)
{
	const struct picture *p = snapshot_lock(snapshot);
	const struct picture_row *r = picture_row(p, span_str(facility), SPAN("w"), CARE_LIGHT);
	int n = r ? r->a.available : -1;

	snapshot_unlock(snapshot);
	return n;
}

static void wait_available(const char *facility, int n)
{
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;

	while (available(facility) != n) {
		assert_true(clock_monotonic() < deadline);
		(void)usleep(1000);
	}
}

static void commit(const char *facility, int n, const char *notice)
{
	char sql[512], tell[128] = "";

	if (notice)
		(void)snprintf(tell, sizeof(tell), "; SELECT pg_notify('" FEED_CHANNEL "', '%s')",
			       notice);
	(void)snprintf(
	    sql, sizeof(sql),
	    "UPDATE facility_availability SET available = %d, occupied = 9 - %d, rev = rev + 1"
	    " WHERE facility_id = '%s'%s",
	    n, n, facility, tell);
	pg_server_run(database, sql);
}

static void everything_is_read_at_the_start(void **state)
{
	(void)state;
	wait_available("fac_a", 1);
	wait_available("fac_b", 2);
	assert_true(snapshot_is_loaded(snapshot));
}

static void a_notice_brings_the_homes_it_names(void **state)
{
	(void)state;
	commit("fac_b", 7, NULL);
	commit("fac_a", 5, "fac_a");
	wait_available("fac_a", 5);
	assert_int_equal(available("fac_b"), 2);
	commit("fac_a", 4, "fac_a,fac_b");
	wait_available("fac_a", 4);
	wait_available("fac_b", 7);
}

static void a_notice_that_names_no_homes_brings_all(void **state)
{
	static const char *const notices[] = {"", "*", "fac_a,nonsense!"};

	(void)state;
	for (int i = 0; i < (int)ARRAY_LEN(notices); i++) {
		commit("fac_a", i, NULL);
		commit("fac_b", i + 3, notices[i]);
		wait_available("fac_b", i + 3);
		wait_available("fac_a", i);
	}
}

static void what_was_committed_while_the_line_was_cut_is_read_after(void **state)
{
	(void)state;
	commit("fac_a", 8, NULL);
	(void)pg_server_number(database,
			       "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
			       " WHERE application_name = 'bedpost-feed'");
	wait_available("fac_a", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_read_at_the_start),
	    cmocka_unit_test(a_notice_brings_the_homes_it_names),
	    cmocka_unit_test(a_notice_that_names_no_homes_brings_all),
	    cmocka_unit_test(what_was_committed_while_the_line_was_cut_is_read_after),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

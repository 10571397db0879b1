/* What was found in the topic, against what the audit log holds. */
#include "regional/feed/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "regional/feed/cursor.h"
#include "store/feed.h"
#include "tests/unit/ok.h"
#include "tests/unit/regional/homes.h"
#include "tests/unit/store/pg_server.h"

#define CONSUMER "kafka"

static char *database;

/* Two homes with five changes each, evt_1 … evt_5, of which the consumer has handled none. */
static int new_database(void **state _unused_)
{
	struct err err = {0};

	database = homes_database(postgres, 2);
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(database);
	pg_server_exec(
	    pg,
	    "INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, new_status, "
	    "changed_at, received_at, outcome, in_history, bed_version, prev_hash, hash) "
	    "SELECT id, i, 'e', i, 'evt_' || i, 'bed_1', 'occupied', now(), now(), 'applied', "
	    "true, 1, '', '' FROM facilities, generate_series(1, 5) AS i;"
	    "UPDATE facilities SET audit_n = 5");
	ok(cursor_open(pg, CONSUMER, CURSOR_FROM_START, &err), &err);
	return 0;
}

static int drop_database(void **state _unused_)
{
	free(database);
	return 0;
}

static struct pg *sender(void)
{
	struct pg *pg = pg_server_connect(database);

	pg_server_exec(pg, "SET ROLE bedpost_ingest");
	return pg;
}

static int64_t waiting(struct pg *pg)
{
	struct feed_lag lag;
	struct err err = {0};

	ok(feed_lag(pg, CONSUMER, &lag, &err), &err);
	return lag.waiting;
}

static void places_are_kept_by_topic_and_partition(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = sender();
	const int64_t saved[] = {7, PLACE_UNKNOWN, 9}, moved[] = {PLACE_UNKNOWN, PLACE_UNKNOWN, 12};
	int64_t next[3];
	struct err err = {0};

	ok(place_save(pg, CONSUMER, "t", 3, saved, &err), &err);
	ok(place_save(pg, CONSUMER, "t", 3, moved, &err), &err);
	ok(place_load(pg, CONSUMER, "t", 3, next, &err), &err);
	assert_true(next[0] == 7 && next[1] == PLACE_UNKNOWN && next[2] == 12);
	ok(place_load(pg, CONSUMER, "another", 3, next, &err), &err);
	assert_true(next[0] == PLACE_UNKNOWN && next[2] == PLACE_UNKNOWN);
}

static void what_the_topic_holds_is_not_sent_again(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = sender();
	const struct place_found found[] = {{SPAN("fac_0"), SPAN("evt_1"), 1},
					    {SPAN("fac_0"), SPAN("evt_2"), 2},
					    {SPAN("fac_1"), SPAN("evt_1"), 1}};
	struct err err = {0};
	size_t known = 0;

	ok(place_pass(pg, CONSUMER, found, 3, &known, &err), &err);
	assert_int_equal(known, 3);
	assert_int_equal(waiting(pg), 7);
	ok(place_pass(pg, CONSUMER, found, 1, &known, &err), &err);
	assert_int_equal(waiting(pg), 7); /* never back */
}

static void a_number_that_was_given_out_twice_is_not_taken_for_sent(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = sender();
	const struct place_found found[] = {{SPAN("fac_0"), SPAN("evt_1"), 1},
					    {SPAN("fac_0"), SPAN("evt_lost"), 2},
					    {SPAN("fac_0"), SPAN("evt_9"), 9},
					    {SPAN("fac_gone"), SPAN("evt_1"), 1}};
	struct err err = {0};
	size_t known = 0;

	ok(place_pass(pg, CONSUMER, found, 4, &known, &err), &err);
	assert_int_equal(known, 1);
	assert_int_equal(waiting(pg), 9);
}

static void a_reset_forgets_places_and_cursors(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = sender(), *owner = pg_server_connect(database);
	const struct place_found found = {SPAN("fac_0"), SPAN("evt_5"), 5};
	const int64_t saved[] = {7};
	int64_t next[1];
	struct err err = {0};
	size_t known;

	ok(place_pass(pg, CONSUMER, &found, 1, &known, &err), &err);
	ok(place_save(pg, CONSUMER, "t", 1, saved, &err), &err);
	ok(feed_reset(owner, "shell:root", CONSUMER, FEED_BEGINNING, &err), &err);
	ok(place_load(pg, CONSUMER, "t", 1, next, &err), &err);
	assert_true(next[0] == PLACE_UNKNOWN);
	assert_int_equal(waiting(pg), 10);
	ok(feed_reset(owner, "shell:root", CONSUMER, FEED_NOW, &err), &err);
	assert_int_equal(waiting(pg), 0);
	ok(feed_remove(owner, "shell:root", CONSUMER, &err), &err);
	assert_int_equal(feed_reset(owner, "shell:root", CONSUMER, FEED_NOW, &err), -ERR_NOT_FOUND);
	assert_int_equal(cursor_lock(pg, CONSUMER, &err), -ERR_NOT_FOUND);
}

#define claim(f) cmocka_unit_test_setup_teardown(f, new_database, drop_database)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    claim(places_are_kept_by_topic_and_partition),
	    claim(what_the_topic_holds_is_not_sent_again),
	    claim(a_number_that_was_given_out_twice_is_not_taken_for_sent),
	    claim(a_reset_forgets_places_and_cursors),
	};

	return cmocka_run_group_tests(tests, pg_server_set_up, pg_server_tear_down);
}

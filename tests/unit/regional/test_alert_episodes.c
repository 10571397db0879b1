/* A home is closed by one connection while another opens an alert of it: whichever comes first,
 * none is open once both have committed. Who must wait is seen in PostgreSQL, not guessed by a
 * pause. */
#include "regional/alert/episodes.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "store/facilities.h"
#include "tests/unit/ok.h"
#include "tests/unit/regional/homes.h"
#include "tests/unit/store/pg_server.h"

#define HOME "fac_1"

static const struct rules_policy policy = {.offline_after = USEC_PER_SEC};

static char *database;

/* Three homes that were heard of long ago, and somebody who wants to know. */
static int new_database(void **state _unused_)
{
	database = homes_database(postgres, 3);
	pg_server_run(database, "UPDATE facilities SET last_contact_at = now() - interval '1 day';"
				"INSERT INTO subscriptions (channel, target, created_by) "
				"VALUES ('email', 'duty@example.org', 'test')");
	return 0;
}

static int drop_database(void **state _unused_)
{
	free(database);
	return 0;
}

/* ---- the two who meet ---- */

struct looking {
	struct pg *pg;
	struct arena arena;
	struct episodes_home *homes;
	size_t n;
	int64_t queued;
};

static struct looking look_begin(void)
{
	struct looking l = {.pg = pg_server_connect(database)};
	struct err err = {0};

	pg_server_exec(l.pg, "SET ROLE bedpost_ingest; SET application_name = 'looking'; BEGIN");
	ok(episodes_load(l.pg, NULL, 0, &l.arena, &l.homes, &l.n, &err), &err);
	for (size_t i = 0; i < l.n; i++)
		rules_evaluate(&policy, &l.homes[i].home, &l.homes[i].state, &l.arena, clock_now());
	return l;
}

static void *look_save(void *arg)
{
	struct looking *l = arg;
	struct err err = {0};

	for (size_t i = 0; i < l->n; i++)
		ok(episodes_save(l->pg, &l->homes[i], &l->arena, clock_now(), &l->queued, &err),
		   &err);
	return NULL;
}

static void look_end(struct looking *l)
{
	pg_server_exec(l->pg, "COMMIT");
	pg_close(l->pg);
	arena_done(&l->arena);
}

static void *close_home(void *arg)
{
	struct err err = {0};

	ok(facilities_revoke(arg, "admin", SPAN(HOME), &err), &err);
	return NULL;
}

static struct pg *closing_begin(void)
{
	struct pg *pg = pg_server_connect(database);

	pg_server_exec(pg, "SET application_name = 'closing'; BEGIN");
	return pg;
}

static void wait_until_blocked(const char *application)
{
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
		       "SELECT count(*) FROM pg_stat_activity WHERE application_name = '%s'"
		       " AND wait_event_type = 'Lock'",
		       application);
	while (!pg_server_number(database, sql)) {
		if (clock_monotonic() > deadline)
			fail_msg("%s does not wait for the other", application);
		(void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
}

/* ---- claims ---- */

static int64_t count(const char *of)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s AND facility_id = '" HOME "'",
		       of);
	return pg_server_number(database, sql);
}

static void others_have_theirs(void)
{
	assert_int_equal(
	    pg_server_number(database,
			     "SELECT count(*) FROM alert_history WHERE cleared_at IS NULL"),
	    2);
	assert_int_equal(
	    pg_server_number(database,
			     "SELECT count(*) FROM facilities WHERE offline_since IS NOT NULL"),
	    2);
}

static void what_is_opened_while_a_home_is_being_closed_is_dropped(void **state _unused_)
{
	struct pg *closing = closing_begin();
	struct looking l = look_begin(); /* sees the home open */
	pthread_t saving;

	(void)close_home(closing);
	assert_int_equal(pthread_create(&saving, NULL, look_save, &l), 0);
	wait_until_blocked("looking");
	pg_server_exec(closing, "COMMIT");
	assert_int_equal(pthread_join(saving, NULL), 0);
	look_end(&l);
	pg_close(closing);
	assert_int_equal(count("alert_history WHERE true"), 0);
	assert_int_equal(count("deliveries WHERE true"), 0);
	assert_int_equal(l.queued, 2);
	others_have_theirs();
}

static void what_was_opened_just_before_a_home_is_closed_is_cleared_by_it(void **state _unused_)
{
	struct looking l = look_begin();
	struct pg *closing = closing_begin();
	pthread_t closer;

	(void)look_save(&l);
	assert_int_equal(pthread_create(&closer, NULL, close_home, closing), 0);
	wait_until_blocked("closing");
	look_end(&l);
	assert_int_equal(pthread_join(closer, NULL), 0);
	pg_server_exec(closing, "COMMIT");
	pg_close(closing);
	assert_int_equal(count("alert_history WHERE cleared_at IS NULL"), 0);
	assert_int_equal(count("alert_history WHERE cleared_reason = 'closed'"), 1);
	others_have_theirs();
}

static void a_home_that_was_closed_between_looking_and_saving_gets_nothing(void **state _unused_)
{
	struct looking l = look_begin();
	struct pg *closing = closing_begin();

	(void)close_home(closing);
	pg_server_exec(closing, "COMMIT");
	pg_close(closing);
	(void)look_save(&l);
	look_end(&l);
	assert_int_equal(count("alert_history WHERE true"), 0);
	others_have_theirs();
}

static void those_who_were_told_hear_that_it_is_over(void **state _unused_)
{
	struct looking l = look_begin();

	(void)look_save(&l);
	look_end(&l);
	assert_int_equal(count("deliveries WHERE true"), 1);
	struct pg *closing = closing_begin();
	(void)close_home(closing);
	pg_server_exec(closing, "COMMIT");
	pg_close(closing);
	l = look_begin();
	(void)look_save(&l);
	look_end(&l);
	assert_int_equal(count("alert_history WHERE told_cleared"), 1);
	assert_int_equal(count("deliveries WHERE true"), 2);
}

#define claim(f) cmocka_unit_test_setup_teardown(f, new_database, drop_database)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    claim(what_is_opened_while_a_home_is_being_closed_is_dropped),
	    claim(what_was_opened_just_before_a_home_is_closed_is_cleared_by_it),
	    claim(a_home_that_was_closed_between_looking_and_saving_gets_nothing),
	    claim(those_who_were_told_hear_that_it_is_over),
	};

	return cmocka_run_group_tests(tests, pg_server_set_up, pg_server_tear_down);
}

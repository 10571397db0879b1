/* Against a real Redis; the database is a table in the test. */
#include "regional/live/live.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "regional/live/follow.h"
#include "regional/live/redis.h"
#include "tests/unit/regional/redis_server.h"

#define KEY "avail:fac_oslo:dementia:intensive"

static struct redis_server *server;
static struct redis *redis;
static struct live *live;

/* What the database holds. */
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct live_row table[3];
static size_t n_table;

static int read_table(void *user, struct live_row **ret, size_t *ret_n, struct err *err)
{
	(void)user, (void)err;
	pthread_mutex_lock(&table_lock);
	*ret = calloc(n_table + 1, sizeof(**ret));
	memcpy(*ret, table, n_table * sizeof(**ret));
	*ret_n = n_table;
	pthread_mutex_unlock(&table_lock);
	return 0;
}

static struct avail row(const char *facility, int available, int64_t rev)
{
	struct avail a = {.care_level = CARE_INTENSIVE,
			  .total = 12,
			  .available = available,
			  .occupied = 12 - available,
			  .as_of = 1776676462 * USEC_PER_SEC,
			  .rev = rev};

	avail_copy_text(a.facility_id, span_str(facility));
	avail_copy_text(a.ward, SPAN("dementia"));
	return a;
}

static void set_table(size_t at, struct avail a)
{
	pthread_mutex_lock(&table_lock);
	table[at].a = a;
	avail_copy_text(table[at].region_id, SPAN("reg_east"));
	if (at >= n_table)
		n_table = at + 1;
	pthread_mutex_unlock(&table_lock);
}

static void start_live(usec_t refresh_every)
{
	const struct live_options o = {.redis = redis_server_address(server),
				       .read = read_table,
				       .refresh_every = refresh_every};

	assert_int_equal(live_start(&o, &live, NULL), 0);
}

static int start(void **state)
{
	(void)state;
	n_table = 0;
	server = redis_server_start();
	if (!server)
		skip();
	assert_int_equal(redis_open(redis_server_address(server), NULL, USEC_PER_SEC, &redis, NULL),
			 0);
	set_table(0, row("fac_oslo", 5, 1));
	set_table(1, row("fac_bergen", 7, 1));
	start_live(0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	live_stop(TAKE_PTR(live));
	redis_close(TAKE_PTR(redis));
	redis_server_stop(TAKE_PTR(server));
	return 0;
}

static struct redis_value ask(struct span a, struct span b, struct span c)
{
	struct redis_value v = {0};
	struct span words[3] = {a, b, c};

	redis_send(redis, words, c.p ? 3 : b.p ? 2 : 1);
	assert_int_equal(redis_receive(redis, &v, NULL), 0);
	return v;
}

static struct redis_value get(const char *key)
{
	return ask(SPAN("GET"), span_str(key), SPAN_NONE);
}

static void wait_for(const char *key, const char *part)
{
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;

	for (;;) {
		struct redis_value v = get(key);
		if (v.kind == REDIS_TEXT && memmem(v.text.p, v.text.n, part, strlen(part)))
			return;
		assert_true(clock_monotonic() < deadline);
		(void)usleep(1000);
	}
}

static void wait_rebuilds(uint64_t n)
{
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;

	while (live_state(live).rebuilds < n) {
		assert_true(clock_monotonic() < deadline);
		(void)usleep(1000);
	}
}

static void change(struct avail a)
{
	live_changed(live, &a, 1);
}

static void a_start_fills_redis_from_the_database(void **state)
{
	(void)state;
	wait_rebuilds(1);
	struct redis_value v = get(KEY);
	assert_true(span_eq(
	    v.text,
	    SPAN("{\"available\":5,\"total\":12,\"occupied\":7,\"reserved\":0,\"maintenance\":0,"
		 "\"unconfirmed\":0,\"as_of\":\"2026-04-20T09:14:22Z\",\"rev\":1}")));
	v = ask(SPAN("SISMEMBER"), SPAN("avail:index:reg_east"),
		SPAN("fac_bergen:dementia:intensive"));
	assert_int_equal(v.number, 1);
	assert_int_equal(ask(SPAN("SCARD"), SPAN("avail:index:reg_east"), SPAN_NONE).number, 2);
}

static void a_change_is_written_and_lives_for_ten_minutes(void **state)
{
	(void)state;
	wait_rebuilds(1);
	change(row("fac_oslo", 4, 2));
	wait_for(KEY, "\"available\":4");
	int64_t ttl = ask(SPAN("TTL"), SPAN(KEY), SPAN_NONE).number;
	assert_true(ttl > 590 && ttl <= 600);
}

static void an_older_rev_never_covers_a_newer_one(void **state)
{
	(void)state;
	wait_rebuilds(1);
	change(row("fac_oslo", 3, 9));
	wait_for(KEY, "\"rev\":9");
	change(row("fac_oslo", 8, 4));
	change(row("fac_bergen", 1, 2)); /* behind it in the queue */
	wait_for("avail:fac_bergen:dementia:intensive", "\"rev\":2");
	wait_for(KEY, "\"available\":3");
}

static void a_flushed_redis_is_filled_again(void **state)
{
	(void)state;
	wait_rebuilds(1);
	set_table(0, row("fac_oslo", 2, 3));
	(void)ask(SPAN("FLUSHALL"), SPAN_NONE, SPAN_NONE);
	wait_for(KEY, "\"available\":2");
	wait_rebuilds(2);
	assert_int_equal(ask(SPAN("SCARD"), SPAN("avail:index:reg_east"), SPAN_NONE).number, 2);
}

static void a_redis_that_died_is_filled_when_it_is_back(void **state)
{
	(void)state;
	wait_rebuilds(1);
	redis_server_kill(server);
	redis_close(TAKE_PTR(redis));
	set_table(0, row("fac_oslo", 6, 5));
	change(row("fac_oslo", 6, 5));
	redis_server_again(server);
	assert_int_equal(redis_open(redis_server_address(server), NULL, USEC_PER_SEC, &redis, NULL),
			 0);
	wait_for(KEY, "\"rev\":5");
	wait_for("avail:fac_bergen:dementia:intensive", "\"rev\":1");
}

static void changes_while_redis_is_away_never_block_and_are_kept_once_per_key(void **state)
{
	(void)state;
	wait_rebuilds(1);
	redis_server_kill(server);
	redis_close(TAKE_PTR(redis));
	usec_t began = clock_monotonic();
	for (int i = 0; i < 10000; i++)
		change(row("fac_oslo", i % 12, 10 + i));
	assert_true(clock_monotonic() - began < 10 * USEC_PER_SEC);
	assert_true(live_state(live).queued <= 1);
	redis_server_again(server);
	assert_int_equal(redis_open(redis_server_address(server), NULL, USEC_PER_SEC, &redis, NULL),
			 0);
	wait_for(KEY, "\"rev\":10009");
}

static void a_new_home_gets_into_its_regions_index(void **state)
{
	(void)state;
	wait_rebuilds(1);
	set_table(2, row("fac_new", 1, 1));
	change(row("fac_new", 1, 1));
	wait_rebuilds(2);
	assert_int_equal(
	    ask(SPAN("SISMEMBER"), SPAN("avail:index:reg_east"), SPAN("fac_new:dementia:intensive"))
		.number,
	    1);
}

static void all_keys_are_refreshed_before_they_end(void **state)
{
	(void)state;
	wait_rebuilds(1);
	live_stop(TAKE_PTR(live));
	start_live(50 * USEC_PER_MSEC);
	(void)ask(SPAN("EXPIRE"), SPAN(KEY), SPAN("5"));
	wait_rebuilds(3);
	assert_true(ask(SPAN("TTL"), SPAN(KEY), SPAN_NONE).number > 590);
}

static void a_key_that_somebody_else_spoilt_is_written_over(void **state)
{
	(void)state;
	wait_rebuilds(1);
	(void)ask(SPAN("SET"), SPAN(KEY), SPAN("not json"));
	change(row("fac_oslo", 4, 2));
	wait_for(KEY, "\"rev\":2");
}

static void watchers_get_a_change_once_and_refreshes_never(void **state)
{
	struct redis *watcher;
	struct redis_value v;
	struct avail a;

	(void)state;
	wait_rebuilds(1);
	assert_int_equal(
	    redis_open(redis_server_address(server), NULL, USEC_PER_SEC, &watcher, NULL), 0);
	REDIS_SEND(watcher, SPAN("SUBSCRIBE"), SPAN("avail.changed"));
	assert_int_equal(redis_receive(watcher, &v, NULL), 0);
	change(row("fac_oslo", 4, 2));
	wait_for(KEY, "\"rev\":2");
	change(row("fac_oslo", 4, 2));
	change(row("fac_bergen", 4, 3));
	assert_int_equal(redis_wait(watcher, 60 * USEC_PER_SEC, &v, NULL), 1);
	assert_true(avail_from_json(v.items[2], &a));
	assert_string_equal(a.facility_id, "fac_oslo");
	assert_int_equal(redis_wait(watcher, 60 * USEC_PER_SEC, &v, NULL), 1);
	assert_true(avail_from_json(v.items[2], &a));
	assert_string_equal(a.facility_id, "fac_bergen");
	redis_close(watcher);
}

static void a_follower_brings_changes_into_the_snapshot(void **state)
{
	_cleanup_(snapshot_freep) struct snapshot *s = snapshot_new(NULL);
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;
	struct follow *f;
	int available = -1;

	(void)state;
	wait_rebuilds(1);
	assert_int_equal(follow_start(redis_server_address(server), NULL, s, &f, NULL), 0);
	/* The picture knows no home yet, so nothing may come of this. */
	change(row("fac_oslo", 4, 2));
	wait_for(KEY, "\"rev\":2");
	struct facility home = {.id = "fac_oslo"};
	assert_true(picture_set_facility((struct picture *)(uintptr_t)snapshot_lock(s), &home));
	snapshot_unlock(s);
	for (int64_t rev = 3; available != 9 && clock_monotonic() < deadline; rev++) {
		change(row("fac_oslo", 9, rev));
		(void)usleep(1000);
		const struct picture *p = snapshot_lock(s);
		if (p->n_rows)
			available = p->rows[0].a.available;
		snapshot_unlock(s);
	}
	assert_int_equal(available, 9);
	follow_stop(f);
}

static void without_redis_every_call_does_nothing(void **state)
{
	const struct live_options o = {0};
	struct live *none = (struct live *)state;
	struct avail a = row("fac_oslo", 1, 1);

	assert_int_equal(live_start(&o, &none, NULL), 0);
	assert_null(none);
	live_changed(none, &a, 1);
	assert_false(live_state(none).configured);
	live_stop(none);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_start_fills_redis_from_the_database),
	    TEST(a_change_is_written_and_lives_for_ten_minutes),
	    TEST(an_older_rev_never_covers_a_newer_one),
	    TEST(a_flushed_redis_is_filled_again),
	    TEST(a_redis_that_died_is_filled_when_it_is_back),
	    TEST(changes_while_redis_is_away_never_block_and_are_kept_once_per_key),
	    TEST(a_new_home_gets_into_its_regions_index),
	    TEST(all_keys_are_refreshed_before_they_end),
	    TEST(a_key_that_somebody_else_spoilt_is_written_over),
	    TEST(watchers_get_a_change_once_and_refreshes_never),
	    TEST(a_follower_brings_changes_into_the_snapshot),
	    cmocka_unit_test(without_redis_every_call_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

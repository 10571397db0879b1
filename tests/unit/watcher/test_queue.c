/* Which file is ready when, and which comes first; time is passed in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "watcher/queue.h"

#define SEC  USEC_PER_SEC
#define WALL (1776676462 * SEC)

static struct queue_sight sight(const char *name, int mtime, enum ready_rule rule)
{
	return (struct queue_sight){
	    .name = name,
	    .stat = {.inode = 7, .size = 100, .mtime = WALL + mtime * SEC},
	    .rule = rule,
	    .quiet = 3 * SEC,
	    .trusts_clock = true,
	};
}

static int setup(void **state)
{
	*state = queue_new();
	return 0;
}

static int teardown(void **state)
{
	queue_free(*state);
	return 0;
}

static void a_file_seen_to_be_closed_is_ready_at_once(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", 0, READY_CLOSE);

	s.closed = true;
	struct queue_file *f = queue_see(q, &s, 10 * SEC, WALL);
	assert_int_equal(f->state, QUEUE_READY);
	assert_ptr_equal(queue_take(q), f);
	assert_null(queue_take(q));
}

static void a_file_that_nobody_was_seen_to_close_settles_first(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", 0, READY_CLOSE);

	struct queue_file *f = queue_see(q, &s, 10 * SEC, WALL);
	assert_int_equal(f->state, QUEUE_WAITING);
	assert_null(queue_due(q, 11 * SEC));
	assert_int_equal(queue_next_look(q), 12 * SEC);
	assert_ptr_equal(queue_due(q, 12 * SEC), f);
	assert_int_equal(queue_see(q, &s, 12 * SEC, WALL + 2 * SEC)->state, QUEUE_READY);
}

static void a_file_old_by_a_trusted_clock_has_settled_already(void **state)
{
	struct queue *q = *state;
	struct queue_sight old = sight("old", -60, READY_CLOSE),
			   remote = sight("remote", -60, READY_CLOSE),
			   future = sight("future", 60, READY_CLOSE);

	remote.trusts_clock = false;
	assert_int_equal(queue_see(q, &old, 10 * SEC, WALL)->state, QUEUE_READY);
	assert_int_equal(queue_see(q, &remote, 10 * SEC, WALL)->state, QUEUE_WAITING);
	assert_int_equal(queue_see(q, &future, 10 * SEC, WALL)->state, QUEUE_WAITING);
	assert_int_equal(queue_see(q, &future, 12 * SEC, WALL + 2 * SEC)->state, QUEUE_READY);
}

static void an_empty_file_is_given_time_even_when_closed(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", 0, READY_CLOSE);

	s.closed = true;
	s.stat.size = 0;
	assert_int_equal(queue_see(q, &s, 10 * SEC, WALL)->state, QUEUE_WAITING);
	s.stat.size = 5;
	assert_int_equal(queue_see(q, &s, 10 * SEC + 1, WALL)->state, QUEUE_READY);
}

static void a_file_that_is_open_for_writing_waits_for_its_close(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", -600, READY_CLOSE);

	s.open = s.closed = true; /* renamed into the folder by somebody who goes on writing */
	assert_int_equal(queue_see(q, &s, 10 * SEC, WALL)->state, QUEUE_WAITING);
	assert_int_equal(queue_next_look(q), 10 * SEC + QUEUE_OPEN_LOOK_MIN);
	assert_int_equal(queue_see(q, &s, 11 * SEC - 1, WALL)->state, QUEUE_WAITING);
	assert_true(queue_next_look(q) <= 12 * SEC);
	s.open = false;
	assert_int_equal(queue_see(q, &s, 11 * SEC, WALL)->state, QUEUE_READY);
}

static void a_file_that_nobody_ever_closes_is_taken_in_the_end(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", -600, READY_CLOSE);

	s.open = true;
	assert_int_equal(queue_see(q, &s, 10 * SEC, WALL)->state, QUEUE_WAITING);
	assert_int_equal(queue_see(q, &s, 10 * SEC + QUEUE_SETTLE_OPEN, WALL)->state, QUEUE_READY);
}

static void a_quiet_file_starts_anew_with_every_change(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", 0, READY_QUIET);

	s.closed = true; /* somebody closed it, but the rule is quiet */
	assert_int_equal(queue_see(q, &s, 10 * SEC, WALL)->state, QUEUE_WAITING);
	s.stat.size++;
	assert_int_equal(queue_see(q, &s, 12 * SEC, WALL)->state, QUEUE_WAITING);
	assert_int_equal(queue_see(q, &s, 14 * SEC, WALL)->state, QUEUE_WAITING);
	assert_int_equal(queue_next_look(q), 15 * SEC);
	s.stat.inode++; /* another file under the same name */
	assert_int_equal(queue_see(q, &s, 15 * SEC, WALL)->state, QUEUE_WAITING);
	assert_int_equal(queue_see(q, &s, 18 * SEC, WALL)->state, QUEUE_READY);
}

static void a_file_with_a_done_file_waits_for_it_alone(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", -60, READY_DONE_FILE);

	s.closed = true;
	assert_int_equal(queue_see(q, &s, 10 * SEC, WALL)->state, QUEUE_WAITING);
	assert_int_equal(queue_next_look(q), USEC_NONE);
	s.done = true;
	assert_int_equal(queue_see(q, &s, 11 * SEC, WALL)->state, QUEUE_READY);
}

static void a_renamed_file_is_ready_whenever_it_is_seen(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", 0, READY_RENAME);

	assert_int_equal(queue_see(q, &s, 10 * SEC, WALL)->state, QUEUE_READY);
}

static void the_oldest_comes_first_then_the_name(void **state)
{
	struct queue *q = *state;
	static const struct {
		const char *name;
		int mtime;
	} files[] = {{"c", 5}, {"a", 9}, {"z", 1}, {"b", 5}, {"m", 7}};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct queue_sight s = sight(files[i].name, files[i].mtime, READY_RENAME);
		(void)queue_see(q, &s, 10 * SEC, WALL);
	}
	for (const char *p = "zbcma"; *p; p++) {
		struct queue_file *f = queue_take(q);
		assert_int_equal(f->name[0], *p);
		queue_done(q, f);
	}
	assert_null(queue_take(q));
}

static void thousands_of_files_keep_their_order(void **state)
{
	struct queue *q = *state;
	unsigned chance = 1;
	usec_t last = INT64_MIN;

	for (int i = 0; i < 20000; i++) {
		char name[32];
		chance = chance * 1103515245u + 12345u;
		(void)snprintf(name, sizeof(name), "file-%d", i);
		struct queue_sight s = sight(name, (int)(chance >> 16) % 5000, READY_RENAME);
		(void)queue_see(q, &s, 10 * SEC, WALL);
	}
	for (int i = 0; i < 20000; i++) {
		struct queue_file *f = queue_take(q);
		assert_non_null(f);
		assert_true(f->stat.mtime >= last);
		last = f->stat.mtime;
		assert_ptr_equal(queue_find(q, 0, f->name), f);
		queue_done(q, f);
	}
	assert_int_equal(queue_count(q, QUEUE_READY) + queue_count(q, QUEUE_TAKEN), 0);
}

/* Looking through all that wait, once per file, would take minutes here. */
static void a_hundred_thousand_waiting_files_come_due_in_order_and_at_once(void **state)
{
	struct queue *q = *state;
	usec_t began = clock_monotonic(), last = 0;
	struct queue_file *f;
	int n = 0;

	for (int i = 0; i < 100000; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "file-%d", i);
		struct queue_sight s = sight(name, 0, READY_QUIET);
		s.quiet = 3 * SEC + (i * 7919) % 100000;
		(void)queue_see(q, &s, 10 * SEC, WALL);
	}
	for (usec_t next; (next = queue_next_look(q)) != USEC_NONE; n++) {
		assert_true(next >= last);
		last = next;
		assert_null(queue_due(q, next - 1));
		f = queue_due(q, next);
		assert_non_null(f);
		queue_done(q, f);
	}
	assert_int_equal(n, 100000);
	assert_true(clock_monotonic() - began < 30 * SEC);
}

static void a_ready_file_that_changes_is_no_longer_ready(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", -60, READY_CLOSE);

	assert_int_equal(queue_see(q, &s, 10 * SEC, WALL)->state, QUEUE_READY);
	s.stat.mtime = WALL;
	s.stat.size++;
	assert_int_equal(queue_see(q, &s, 10 * SEC, WALL)->state, QUEUE_WAITING);
	assert_null(queue_take(q));
}

static void a_retry_waits_longer_each_time_and_a_change_ends_the_waiting(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", -60, READY_CLOSE);
	usec_t now = 10 * SEC, wait = QUEUE_RETRY_MIN;

	(void)queue_see(q, &s, now, WALL);
	for (int i = 0; i < 10; i++) {
		struct queue_file *f = queue_take(q);
		assert_non_null(f);
		queue_retry(q, f, now);
		assert_int_equal(queue_next_look(q), now + wait);
		assert_int_equal(queue_see(q, &s, now + wait / 2, WALL)->state,
				 QUEUE_WAITING); /* a scan */
		now += wait;
		assert_ptr_equal(queue_due(q, now), f);
		assert_int_equal(queue_see(q, &s, now, WALL)->state, QUEUE_READY);
		wait = 2 * wait < QUEUE_RETRY_MAX ? 2 * wait : QUEUE_RETRY_MAX;
	}
	queue_retry(q, queue_take(q), now);
	s.stat.size++;
	s.closed = true;
	assert_int_equal(queue_see(q, &s, now + 1, WALL)->state, QUEUE_READY);
}

static void a_stuck_file_stays_until_it_changes_or_other_adapters_come(void **state)
{
	struct queue *q = *state;
	struct queue_sight s = sight("a", -60, READY_CLOSE);

	s.stuck = true;
	struct queue_file *f = queue_see(q, &s, 10 * SEC, WALL);
	assert_int_equal(f->state, QUEUE_STUCK);
	assert_int_equal(queue_next_look(q), USEC_NONE);
	queue_unstick(q, 11 * SEC);
	assert_ptr_equal(queue_due(q, 11 * SEC), f);
	s.stuck = false;
	assert_int_equal(queue_see(q, &s, 11 * SEC, WALL)->state, QUEUE_READY);
}

static void count_gone(void *ctx, struct queue_file *f)
{
	(void)f;
	++*(int *)ctx;
}

static void a_scan_forgets_what_is_gone_in_its_folder_only(void **state)
{
	struct queue *q = *state;
	int gone = 0;

	for (int i = 0; i < 200; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "%d", i);
		struct queue_sight s = sight(name, 0, READY_QUIET);
		s.folder = (unsigned)i % 2;
		(void)queue_see(q, &s, 10 * SEC, WALL);
	}
	queue_scan_begin(q);
	for (int i = 0; i < 100; i += 2) {
		char name[16];
		(void)snprintf(name, sizeof(name), "%d", i);
		struct queue_sight s = sight(name, 0, READY_QUIET);
		(void)queue_see(q, &s, 11 * SEC, WALL);
	}
	queue_scan_end(q, 0, count_gone, &gone);
	assert_int_equal(gone, 50);
	assert_int_equal(queue_count(q, QUEUE_WAITING), 150);
	for (int i = 0; i < 200; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "%d", i);
		assert_true(!!queue_find(q, (unsigned)i % 2, name) == (i % 2 == 1 || i < 100));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_file_seen_to_be_closed_is_ready_at_once),
	    TEST(a_file_that_nobody_was_seen_to_close_settles_first),
	    TEST(a_file_old_by_a_trusted_clock_has_settled_already),
	    TEST(an_empty_file_is_given_time_even_when_closed),
	    TEST(a_file_that_is_open_for_writing_waits_for_its_close),
	    TEST(a_file_that_nobody_ever_closes_is_taken_in_the_end),
	    TEST(a_quiet_file_starts_anew_with_every_change),
	    TEST(a_file_with_a_done_file_waits_for_it_alone),
	    TEST(a_renamed_file_is_ready_whenever_it_is_seen),
	    TEST(the_oldest_comes_first_then_the_name),
	    TEST(thousands_of_files_keep_their_order),
	    TEST(a_hundred_thousand_waiting_files_come_due_in_order_and_at_once),
	    TEST(a_ready_file_that_changes_is_no_longer_ready),
	    TEST(a_retry_waits_longer_each_time_and_a_change_ends_the_waiting),
	    TEST(a_stuck_file_stays_until_it_changes_or_other_adapters_come),
	    TEST(a_scan_forgets_what_is_gone_in_its_folder_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

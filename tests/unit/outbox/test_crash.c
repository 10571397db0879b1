/* kill -9 at every named place of an intake and of an answer: after reopening, a file is there
 * whole or not at all, seq has no gap, each event stands once, and the cursor is where an answer
 * put it or where it was. */
#include <signal.h>

#include "fixture.h"

#define EVENTS_PER_FILE 5

static void file_number(int k, char name[16], struct intake_file *ret_file,
			struct event events[EVENTS_PER_FILE], char beds[EVENTS_PER_FILE][16])
{
	(void)snprintf(name, 16, "file-%d", k);
	*ret_file = file_of(name, name);
	for (int i = 0; i < EVENTS_PER_FILE; i++) {
		(void)snprintf(beds[i], 16, "bed_%d", i);
		events[i] = event_of(beds[i], (k + i) % 2 ? BED_OCCUPIED : BED_AVAILABLE,
				     k * 10 + i, (uint32_t)(k * EVENTS_PER_FILE + i));
	}
}

static void take_number(struct fixture *f, int k)
{
	struct event events[EVENTS_PER_FILE];
	char beds[EVENTS_PER_FILE][16], name[16];
	struct intake_file file;

	file_number(k, name, &file, events, beds);
	take(f, &file, events, EVENTS_PER_FILE);
}

static void three_files(struct fixture *f)
{
	for (int k = 0; k < 3; k++)
		take_number(f, k);
}

static void answer_ten(struct fixture *f)
{
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct wire_outcome rejected = {3, OUTCOME_REJECTED, "no"};

	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	OK(outbox_answer(f->o,
			 &(struct wire_answer){.epoch = span_str(b.epoch),
					       .applied_through = 10,
					       .outcomes = &rejected,
					       .n_outcomes = 1},
			 NULL, T0, &err));
}

static void a_kill_in_an_intake_leaves_whole_files_or_none(void **state)
{
	struct fixture *f = *state;
	static const char *const points[] = {
	    "mid_events:1",    "mid_events:4",	  "mid_events:7",    "mid_events:15",
	    "before_commit:1", "before_commit:2", "before_commit:3", "after_commit:1",
	    "after_commit:2",  "after_commit:3",
	};

	for (size_t p = 0; p < ARRAY_LEN(points); p++) {
		assert_true(killed_at(f, points[p], three_files));
		struct outbox_status s = status_of(f);
		assert_int_equal(s.last, s.files * EVENTS_PER_FILE);
		assert_verified(f);
		three_files(f); /* the folder still holds them all: repeats or completes */
		s = status_of(f);
		assert_int_equal(s.files, 3);
		assert_int_equal(s.last, 3 * EVENTS_PER_FILE);
		assert_int_equal(s.duplicates, 0);
		assert_verified(f);
		f = start_over(state);
	}
}

static void a_kill_in_an_answer_moves_the_cursor_with_its_dead_letters_or_not_at_all(void **state)
{
	struct fixture *f = *state;

	three_files(f);
	assert_true(killed_at(f, "before_ack_commit", answer_ten));
	assert_int_equal(status_of(f).acked, 0);
	assert_int_equal(status_of(f).dead_letters, 0);
	assert_true(killed_at(f, "after_ack_commit", answer_ten));
	assert_int_equal(status_of(f).acked, 10);
	assert_int_equal(status_of(f).dead_letters, 1);
	assert_false(killed_at(f, NULL, answer_ten));
	assert_int_equal(status_of(f).dead_letters, 1);
	assert_verified(f);
}

/* Not at a named place but at any: the child takes files until it is shot. */
static void take_for_ever(struct fixture *f)
{
	for (int k = 0;; k++)
		take_number(f, k);
}

static void a_kill_at_any_moment_leaves_whole_files(void **state)
{
	struct fixture *f = *state;
	uint64_t grown = 0;
	int ready[2];
	char byte;

	for (int round = 0; round < 20; round++) {
		outbox_close(f->o);
		f->o = NULL;
		assert_int_equal(pipe(ready), 0);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			kill_point_arm(NULL);
			open_again(f);
			(void)!write(ready[1], "r", 1);
			take_for_ever(f);
		}
		assert_int_equal(read(ready[0], &byte, 1), 1);
		(void)usleep((
		    useconds_t)(3000 + 1700 * round)); /* the moment itself is the test's subject */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		(void)close(ready[0]);
		(void)close(ready[1]);
		open_again(f);
		struct outbox_status s = status_of(f);
		assert_int_equal(s.last, s.files * EVENTS_PER_FILE);
		assert_true(s.last >= grown);
		grown = s.last;
		assert_verified(f);
	}
	assert_true(grown > 0);
}

static void two_processes_write_at_once_and_nothing_is_lost(void **state)
{
	struct fixture *f = *state;

	outbox_close(f->o);
	f->o = NULL;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		open_again(f);
		for (int k = 0; k < 60; k++)
			take_number(f, k);
		_exit(0);
	}
	open_again(f);
	for (int status = 0; waitpid(pid, &status, WNOHANG) == 0;) {
		_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
		OK(outbox_peek(f->o, &(struct outbox_limits){.events = 3}, &b, &err));
		OK(outbox_answer(
		    f->o,
		    &(struct wire_answer){.epoch = span_str(b.epoch), .applied_through = b.last},
		    NULL, T0, &err));
	}
	assert_int_equal(status_of(f).last, 60 * EVENTS_PER_FILE);
	assert_verified(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_kill_in_an_intake_leaves_whole_files_or_none),
	    TEST(a_kill_in_an_answer_moves_the_cursor_with_its_dead_letters_or_not_at_all),
	    TEST(a_kill_at_any_moment_leaves_whole_files),
	    TEST(two_processes_write_at_once_and_nothing_is_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

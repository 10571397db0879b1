/* kill -9 of the watcher at every named point: each file is taken once and put away once. */
#include "fixture.h"

static void after_a_kill_at_any_point_each_file_is_taken_once_and_archived_once(void **state)
{
	struct fixture *f = *state;
	static const char *const points[] = {
	    "after_digest",   "after_digest:3",	  "mid_events:2",  "mid_events:5",
	    "before_commit",  "before_commit:2",  "after_commit",  "after_commit:3",
	    "before_dispose", "before_dispose:2", "after_dispose", "after_dispose:3",
	};
	struct listing_check check;
	struct listing_file *files;
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		drop(f, "BEDS_1.csv", export(f, 3, (int)i * 3));
		drop(f, "BEDS_2.csv", export(f, 3, (int)i * 3 + 1));
		drop(f, "BEDS_bad.csv",
		     arena_printf(&f->a, "ROM;STATUS;TID\n%zu;?;x\n1;?;x\n1;?;x\n", i));
		run_until_killed(f, points[i]);
		start(f);
		step_until(f, folder_is_empty);
		struct outbox_status s = status(f);
		assert_int_equal(s.last, (i + 1) * 6);
		assert_int_equal(s.files, (i + 1) * 3);
		assert_int_equal(s.rejected, i + 1);
		assert_int_equal(s.duplicates, 0);
		assert_int_equal(count_names(f, "state/archive"), (i + 1) * 2);
		assert_int_equal(count_names(f, "state/rejected"),
				 (i + 1) * 2); /* with its reason */
		OK(listing_verify(f->w->outbox, &f->a, &check, &err));
		assert_int_equal(check.problems, 0);
		OK(intake_settle(f->w->outbox, &err));
		OK(listing_files(f->w->outbox, 0, &f->a, &files, &n, &err));
		for (size_t k = 0; k < n;
		     k++) { /* where each went is known, though the crash came before the note */
			assert_true(strcmp(files[k].state, "gone") != 0);
			assert_int_equal(access(files[k].where, F_OK), 0);
		}
	}
}

static void after_a_kill_while_it_is_sealed_a_file_is_in_the_archive_once(void **state)
{
	struct fixture *f = *state;
	static const char *const points[] = {"before_dispose", "mid_dispose", "mid_dispose:2",
					     "after_dispose"};
	struct listing_file *files;
	size_t n;

	stop(f);
	OK(seal_key_make(in(f, "key"), &err));
	load_home(f, "archive: {mode: sealed, key: key.pub}\n");
	start(f);
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		drop(f, "BEDS_1.csv", export(f, 3, (int)i * 3));
		drop(f, "BEDS_2.csv", export(f, 3, (int)i * 3 + 1));
		run_until_killed(f, points[i]);
		start(f);
		step_until(f, folder_is_empty);
		OK(intake_settle(f->w->outbox, &err));
		assert_int_equal(count_names(f, "state/archive"), (i + 1) * 2);
		assert_int_equal(status(f).last, (i + 1) * 6);
		OK(listing_archived(f->w->outbox, 0, &f->a, &files, &n, &err));
		assert_int_equal(n, (i + 1) * 2);
		for (size_t at = 0; at < n; at++)
			assert_int_equal(access(files[at].where, F_OK), 0);
	}
}

/* The ledger has the folder's name only as it may be told: the file is found in it all the same. */
static void after_a_kill_files_of_a_folder_within_are_found_again(void **state)
{
	struct fixture *f = *state;
	static const char *const points[] = {"after_digest", "before_commit", "after_commit",
					     "before_dispose", "after_dispose"};
	const char *folder = in(f, "drop/Kari Nordmann");
	struct listing_file *files;
	size_t n;

	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(mkdir(arena_printf(&f->a, "%s/inner", folder), 0755), 0);
	load_drop(f, "{dir: drop, recursive: yes}", "rescan: 1h\n");
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		write_file(arena_printf(&f->a, "%s/inner/BEDS_1.csv", folder),
			   export(f, 3, (int)i * 3));
		run_until_killed(f, points[i]);
		start(f);
		usec_t deadline = clock_monotonic() + DEADLINE;
		while (count_names(f, "drop/Kari Nordmann/inner") > 0 &&
		       clock_monotonic() < deadline)
			OK(watcher_step(f->w, 50 * USEC_PER_MSEC, &err));
		assert_int_equal(status(f).last, (i + 1) * 3);
		assert_int_equal(status(f).duplicates, 0);
		OK(intake_settle(f->w->outbox, &err));
		OK(listing_files(f->w->outbox, 0, &f->a, &files, &n, &err));
		assert_int_equal(n, i + 1);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(access(files[k].where, F_OK), 0);
	}
}

static void after_a_kill_at_any_point_a_census_that_is_far_off_is_held_once(void **state)
{
	struct fixture *f = *state;
	static const char *const points[] = {"mid_events:5", "before_commit", "after_commit",
					     "before_dispose", "after_dispose"};

	stop(f);
	write_adapter(f, "mode: census\n");
	start(f);
	drop(f, "BEDS_0.csv", export(f, 8, 0));
	step_until(f, folder_is_empty);
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		struct buf text = BUF_INIT;
		buf_adds(&text, "ROM;STATUS;TID\n");
		for (int bed = 0; bed < 8; bed++)
			buf_addf(&text, "%d;L;2026-04-20 09:%02zu\n", bed, i);
		drop(f, arena_printf(&f->a, "BEDS_%zu.csv", i + 1), text.p);
		buf_done(&text);
		run_until_killed(f, points[i]);
		start(f);
		step_until(f, folder_is_empty);
		assert_string_equal(newest(f).state, "held");
		assert_int_equal(access(newest(f).where, F_OK), 0);
		struct outbox_status s = status(f);
		assert_int_equal(s.held, 1); /* the one before is superseded */
		assert_int_equal(s.last, 8);
		assert_int_equal(s.files, i + 2);
		assert_int_equal(count_names(f, "state/rejected"), 2 * (i + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		after_a_kill_at_any_point_each_file_is_taken_once_and_archived_once, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(
		after_a_kill_while_it_is_sealed_a_file_is_in_the_archive_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(after_a_kill_files_of_a_folder_within_are_found_again,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(
		after_a_kill_at_any_point_a_census_that_is_far_off_is_held_once, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

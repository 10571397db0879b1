/* The whole watcher on real folders: what becomes of dropped files, whatever they are, and what a
 * kill leaves behind. */
#include "fixture.h"

#include "outbox/db.h"
#include "outbox/handle.h"
#include "watcher/retention.h"

static void a_dropped_file_becomes_events_and_goes_to_the_archive(void **state)
{
	struct fixture *f = *state;

	drop(f, "BEDS_1.csv", export(f, 5, 0));
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, 5);
	struct listing_file file = newest(f);
	assert_string_equal(file.state, "archived");
	assert_true(is_there(f, "state/archive/BEDS_1.csv"));
}

static void files_found_at_start_are_taken_oldest_first(void **state)
{
	struct fixture *f = *state;
	struct listing_file *files;
	size_t n;

	stop(f);
	static const char *const names[] = {"BEDS_3.csv", "BEDS_1.csv", "BEDS_2.csv"};
	for (int i = 0; i < 3; i++) {
		drop(f, names[i], export(f, 1, i));
		struct timespec t[2] = {{.tv_sec = 1700000000 + i}, {.tv_sec = 1700000000 + i}};
		assert_int_equal(
		    utimensat(AT_FDCWD, arena_printf(&f->a, "%s/drop/%s", f->dir, names[i]), t, 0),
		    0);
	}
	start(f);
	step_until(f, folder_is_empty);
	OK(listing_files(f->w->outbox, 0, &f->a, &files, &n, &err));
	for (int i = 0; i < 3; i++)
		assert_string_equal(files[2 - i].name, names[i]);
}

static void what_an_overflow_of_notices_hid_is_found_by_a_scan(void **state)
{
	struct fixture *f = *state;
	int limit = 16384;
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");

	if (file) {
		assert_int_equal(fscanf(file, "%d", &limit), 1);
		(void)fclose(file);
	}
	OK(watcher_step(f->w, 0, &err));  /* the first scan is over; the next is an hour away */
	for (int i = 0; i < limit; i++) { /* two notices each, of names that are ignored */
		int fd = open(in(f, i % 2 ? "drop/.a" : "drop/.b"), O_WRONLY | O_CREAT, 0600);
		assert_true(fd >= 0);
		(void)close(fd);
		if (i % 1000 == 0)
			arena_reset(&f->a);
	}
	assert_int_equal(unlink(in(f, "drop/.a")) + unlink(in(f, "drop/.b")), 0);
	drop(f, "BEDS_hidden.csv", export(f, 2, 0));
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, 2);
}

static void a_file_in_the_making_is_left_alone_until_it_is_closed(void **state)
{
	struct fixture *f = *state;
	int fd = open(in(f, "drop/BEDS_1.csv"), O_WRONLY | O_CREAT, 0600);
	const char *text = export(f, 3, 0);

	assert_true(fd >= 0);
	assert_true(write(fd, text, strlen(text) / 2) > 0);
	for (int i = 0; i < 10; i++)
		OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	assert_int_equal(status(f).files, 0);
	assert_true(write(fd, text + strlen(text) / 2, strlen(text) - strlen(text) / 2) > 0);
	(void)close(fd);
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, 3);
}

static void a_file_renamed_while_its_writer_goes_on_is_left_alone_until_it_is_closed(void **state)
{
	struct fixture *f = *state;
	const char *text = export(f, 3, 0);
	int fd = open(in(f, "being-written"), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_true(write(fd, text, strlen(text) / 2) > 0);
	assert_int_equal(rename(in(f, "being-written"), in(f, "drop/BEDS_1.csv")), 0);
	for (int i = 0; i < 10; i++)
		OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	assert_int_equal(status(f).files, 0);
	assert_true(write(fd, text + strlen(text) / 2, strlen(text) - strlen(text) / 2) > 0);
	(void)close(fd);
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, 3);
}

static bool one_is_left(struct fixture *f)
{
	return count_names(f, "drop") == 1;
}

static void a_done_file_releases_its_file_and_goes_with_it(void **state)
{
	struct fixture *f = *state;

	stop(f);
	write_adapter(f, "ready: {done_file: \"{name}.done\"}\n");
	start(f);
	drop(f, "BEDS_1.csv", export(f, 1, 0));
	drop(f, "BEDS_2.csv", export(f, 1, 1));
	drop(f, "BEDS_2.csv.done", "");
	step_until(f, one_is_left);
	assert_true(is_there(f, "drop/BEDS_1.csv"));
	assert_int_equal(status(f).waiting, 0);
	drop(f, "BEDS_1.csv.done", "");
	step_until(f, folder_is_empty);
}

static void a_file_with_too_many_bad_records_is_rejected_with_its_reason_beside_it(void **state)
{
	struct fixture *f = *state;

	drop(f, "BEDS_9.csv",
	     "ROM;STATUS;TID;NAVN\n1;O;2026-04-20 08:00;Kari\n"
	     "2;?;2026-04-20 08:00;Kari\n3;?;2026-04-20 08:00;Kari\n4;?;2026-04-20 08:00;Kari\n");
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, 0);
	assert_int_equal(status(f).quarantined, 3);
	assert_string_equal(newest(f).state, "rejected");
	assert_true(is_there(f, "state/rejected/BEDS_9.csv"));
	FILE *file = fopen(in(f, "state/rejected/BEDS_9.csv.reason.json"), "r");
	assert_non_null(file);
	char text[4096];
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
	assert_non_null(strstr(text, "\"too_many_bad\""));
	assert_non_null(strstr(text, "\"field\":\"STATUS\""));
	assert_null(strstr(text, "Kari"));
}

static void the_same_content_again_is_noted_and_makes_no_events(void **state)
{
	struct fixture *f = *state;

	drop(f, "BEDS_1.csv", export(f, 2, 0));
	step_until(f, folder_is_empty);
	drop(f, "BEDS_1.csv", export(f, 2, 0));
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, 2);
	assert_string_equal(newest(f).state, "duplicate");
	assert_int_equal(count_names(f, "state/archive"), 2); /* nothing was overwritten */
}

static bool three_are_reported(struct fixture *f)
{
	return status(f).waiting == 3;
}

static void links_pipes_and_unmatched_files_stay_and_are_reported_once(void **state)
{
	struct fixture *f = *state;

	write_file(in(f, "outside.csv"), export(f, 4, 0));
	assert_int_equal(symlink(in(f, "outside.csv"), in(f, "drop/BEDS_link.csv")), 0);
	assert_int_equal(mkfifo(in(f, "drop/BEDS_pipe.csv"), 0600), 0);
	assert_int_equal(mkdir(in(f, "drop/BEDS_dir.csv"), 0700), 0);
	write_file(in(f, "drop/notes.txt"), "hello");
	step_until(f, three_are_reported);
	assert_int_equal(status(f).files, 0);
	for (unsigned i = 0; i < f->w->n_folders; i++)
		f->w->folders[i]->next_scan = 0;
	OK(watcher_step(f->w, 0, &err));
	assert_int_equal(status(f).waiting, 3);
	assert_int_equal(unlink(in(f, "drop/notes.txt")), 0);
	f->w->folders[0]->next_scan = 0;
	OK(watcher_step(f->w, 0, &err));
	assert_int_equal(status(f).waiting, 2);
}

static void odd_names_are_taken(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {"BEDS_a b.csv", "BEDS_\n.csv",   "BEDS_%s%n.csv",
					    "BEDS_'\".csv", "BEDS_\xe6.csv", "BEDS_-rf.csv"};
	char longest[256] = "BEDS_";

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		drop(f, names[i], export(f, 1, (int)i));
	memset(longest + 5, 'x', 246);
	memcpy(longest + 251, ".csv", 5);
	drop(f, longest, export(f, 1, 30));
	drop(f, "BEDS_again.csv", export(f, 1, 31));
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, ARRAY_LEN(names) + 2);
	drop(f, longest, export(f, 1, 32));
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, ARRAY_LEN(names) + 3);
}

static bool events_are_two(struct fixture *f)
{
	return status(f).last == 2;
}

static void with_an_archive_that_cannot_be_written_events_are_kept_and_the_file_stays(void **state)
{
	struct fixture *f = *state;

	stop(f);
	write_file(in(f, "no-folder"), "");
	load_home(f, "archive: {dir: no-folder/archive}\n");
	start(f);
	drop(f, "BEDS_1.csv", export(f, 2, 0));
	step_until(f, events_are_two);
	assert_true(is_there(f, "drop/BEDS_1.csv"));
	assert_int_equal(status(f).waiting, 1);
	assert_int_equal(unlink(in(f, "no-folder")), 0);
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, 2);
	assert_int_equal(status(f).files, 1);
	assert_int_equal(status(f).waiting, 0);
}

static void with_too_little_room_files_wait_in_the_folder_until_there_is(void **state)
{
	struct fixture *f = *state;

	outbox_set_min_free(f->w->outbox, INT64_MAX / 2);
	drop(f, "BEDS_1.csv", export(f, 2, 0));
	for (int i = 0; i < 10; i++)
		OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	assert_true(f->w->is_full);
	assert_int_equal(status(f).files, 0);
	assert_true(is_there(f, "drop/BEDS_1.csv"));
	outbox_set_min_free(f->w->outbox, 0);
	step_until(f, folder_is_empty);
	assert_false(f->w->is_full);
	assert_int_equal(status(f).last, 2);
}

static void a_bad_reload_keeps_the_adapter_that_worked(void **state)
{
	struct fixture *f = *state;

	write_file(in(f, "adapters/plain.yaml"), "adapter: plain\nfrmat: csv\n");
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	drop(f, "BEDS_1.csv", export(f, 1, 0));
	step_until(f, folder_is_empty);
	assert_int_equal(f->w->catalog.n, 1);
	assert_int_equal(status(f).last, 1);
}

static void a_new_adapter_takes_what_was_waiting_for_it(void **state)
{
	struct fixture *f = *state;

	drop(f, "OTHER.csv", export(f, 1, 0));
	OK(watcher_step(f->w, USEC_PER_SEC, &err));
	write_file(
	    in(f, "adapters/other.yaml"),
	    "adapter: other\nformat: csv\nmatch: OTHER.csv\ncsv: {delimiter: \";\"}\nevent:\n"
	    "  bed_id: \"bed_{ROM}\"\n  new_status: {from: \"{STATUS}\", map: {O: occupied}}\n"
	    "  changed_at: {from: \"{TID}\", format: \"%Y-%m-%d %H:%M\", zone: UTC}\n");
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	step_until(f, folder_is_empty);
	assert_int_equal(status(f).last, 1);
	assert_int_equal(status(f).waiting, 0);
}

static void a_folder_that_comes_later_is_watched_from_then_on(void **state)
{
	struct fixture *f = *state;

	stop(f);
	assert_int_equal(rmdir(in(f, "drop")), 0);
	load_home(f, "");
	start(f);
	OK(watcher_step(f->w, 0, &err));
	assert_true(f->w->folders[0]->is_missing);
	assert_int_equal(mkdir(in(f, "drop"), 0755), 0);
	f->w->folders[0]->next_scan = 0;
	OK(watcher_step(f->w, 0, &err));
	drop(f, "BEDS_1.csv", export(f, 1, 0));
	step_until(f, folder_is_empty);
}

static void a_second_watcher_is_refused(void **state)
{
	struct fixture *f = *state;
	struct watcher *second = NULL;
	struct err err;

	assert_int_equal(watcher_new(f->home, &second, &err), -ERR_CONFLICT);
	assert_null(second);
}

static void sigterm_ends_the_loop(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(kill(getpid(), SIGTERM), 0);
	OK(watcher_run(f->w, &err));
}

static bool asked_once(void *ctx)
{
	return ++*(int *)ctx > 1;
}

static void nothing_committed(void *ctx)
{
	(void)ctx;
	fail_msg("a file that was given up is not committed");
}

static void a_large_file_is_given_up_when_the_watcher_must_stop(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(in(f, "drop/BEDS_large.csv"), "w");
	struct take_report report;
	struct err err;
	int asked = 0;

	assert_non_null(file);
	(void)fputs("ROM;STATUS;TID\n", file);
	for (int i = 0; i < 300000; i++)
		(void)fprintf(file, "%d;O;2026-04-20 08:00\n", i % 500);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(folder_open(f->w->folders[0], f->w->inotify, &err), 0);
	struct file_name shown;
	outbox_file_name(f->w->outbox, "BEDS_large.csv", "BEDS_*.csv", &shown);
	const struct take_order order = {
	    .home = f->home,
	    .outbox = f->w->outbox,
	    .shown = &shown,
	    .adapter = f->w->catalog.adapters[0],
	    .dir = f->w->folders[0]->fd,
	    .dir_path = f->w->folders[0]->path,
	    .name = "BEDS_large.csv",
	    .now = clock_now(),
	    .committed = nothing_committed,
	    .must_stop = asked_once,
	    .ctx = &asked,
	};
	assert_int_equal(take_file(&order, &report, &err), TAKE_LATER);
	assert_int_equal(asked, 2);
	assert_int_equal(status(f).last, 0);
	assert_true(is_there(f, "drop/BEDS_large.csv"));
}

static bool files_are_taken(struct fixture *f)
{
	return status(f).files == 1;
}

static void a_folder_without_its_marker_is_not_mounted_and_no_file_is_taken_from_it(void **state)
{
	struct fixture *f = *state;
	const struct condition_folder *told;

	stop(f);
	load_drop(f, "{dir: drop, marker: .mounted}", "rescan: 100ms\n");
	drop(f, "BEDS_1.csv", export(f, 1, 0));
	start(f);
	told = &f->w->condition.folders[0];
	for (int i = 0; i < 5; i++)
		OK(watcher_step(f->w, 20 * USEC_PER_MSEC, &err));
	assert_non_null(strstr(told->problem, "is it mounted?"));
	assert_int_equal(status(f).files, 0);
	write_file(in(f, "drop/.mounted"), "");
	step_until(f, files_are_taken);
	assert_string_equal(told->problem, "");
	assert_int_equal(unlink(in(f, "drop/.mounted")), 0);
	usec_t deadline = clock_monotonic() + DEADLINE;
	while (!told->problem[0] && clock_monotonic() < deadline)
		OK(watcher_step(f->w, 20 * USEC_PER_MSEC, &err));
	assert_non_null(strstr(told->problem, ".mounted is not in it"));
}

static void region_has_all(struct fixture *f)
{
	OK(db_run(f->w->outbox->db, &err, "UPDATE cursor SET acked = last", ""));
}

static bool one_is_in_the_archive(struct fixture *f)
{
	return count_names(f, "state/archive") == 1;
}

static void what_is_too_much_for_the_archive_goes_the_oldest_first_and_nothing_else(void **state)
{
	struct fixture *f = *state;

	stop(f);
	load_home(f, "archive: {max_size: 100}\n");
	start(f);
	for (int i = 0; i < 3; i++) {
		drop(f, arena_printf(&f->a, "BEDS_%d.csv", i), export(f, 2, i)); /* 75 bytes each */
		step_until(f, folder_is_empty);
		OK(intake_settle(f->w->outbox, &err));
	}
	write_file(in(f, "state/archive/notes"), "of somebody else");
	assert_false(retention_apply(f->w, clock_now()));
	assert_int_equal(count_names(f, "state/archive"), 4);
	region_has_all(f);
	assert_false(retention_apply(f->w, clock_now()));
	assert_int_equal(count_names(f, "state/archive"), 2);
	assert_true(is_there(f, "state/archive/BEDS_2.csv") && is_there(f, "state/archive/notes"));
	assert_string_equal(newest(f).state, "archived");
}

static void what_has_been_in_the_archive_long_enough_goes(void **state)
{
	struct fixture *f = *state;

	drop(f, "BEDS_1.csv", export(f, 2, 0));
	step_until(f, folder_is_empty);
	(void)retention_apply(f->w, clock_now() + 91 * USEC_PER_DAY);
	assert_true(one_is_in_the_archive(f)); /* while the region has not got its events */
	region_has_all(f);
	(void)retention_apply(f->w, clock_now() + 89 * USEC_PER_DAY);
	assert_true(one_is_in_the_archive(f));
	(void)retention_apply(f->w, clock_now() - 91 * USEC_PER_DAY); /* a clock set back */
	assert_true(one_is_in_the_archive(f));
	(void)retention_apply(f->w, clock_now() + 91 * USEC_PER_DAY);
	assert_int_equal(count_names(f, "state/archive"), 0);
	assert_string_equal(newest(f).state, "deleted");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_dropped_file_becomes_events_and_goes_to_the_archive),
	    TEST(files_found_at_start_are_taken_oldest_first),
	    TEST(what_an_overflow_of_notices_hid_is_found_by_a_scan),
	    TEST(a_file_in_the_making_is_left_alone_until_it_is_closed),
	    TEST(a_file_renamed_while_its_writer_goes_on_is_left_alone_until_it_is_closed),
	    TEST(a_done_file_releases_its_file_and_goes_with_it),
	    TEST(a_file_with_too_many_bad_records_is_rejected_with_its_reason_beside_it),
	    TEST(the_same_content_again_is_noted_and_makes_no_events),
	    TEST(links_pipes_and_unmatched_files_stay_and_are_reported_once),
	    TEST(odd_names_are_taken),
	    TEST(with_an_archive_that_cannot_be_written_events_are_kept_and_the_file_stays),
	    TEST(with_too_little_room_files_wait_in_the_folder_until_there_is),
	    TEST(a_bad_reload_keeps_the_adapter_that_worked),
	    TEST(a_new_adapter_takes_what_was_waiting_for_it),
	    TEST(a_folder_that_comes_later_is_watched_from_then_on),
	    TEST(a_second_watcher_is_refused),
	    TEST(sigterm_ends_the_loop),
	    TEST(what_is_too_much_for_the_archive_goes_the_oldest_first_and_nothing_else),
	    TEST(what_has_been_in_the_archive_long_enough_goes),
	    TEST(a_folder_without_its_marker_is_not_mounted_and_no_file_is_taken_from_it),
	    TEST(a_large_file_is_given_up_when_the_watcher_must_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Folders within drop folders. */
#include "tests/unit/watcher/fixture.h"

#include "watcher/folders.h"

static void begin(struct fixture *f, const char *more)
{
	stop(f);
	load_drop(f, "{dir: drop, recursive: yes}", arena_printf(&f->a, "rescan: 1h\n%s", more));
	start(f);
	OK(watcher_step(f->w, 0, &err));
}

static void make_folder(struct fixture *f, const char *path)
{
	assert_int_equal(mkdir(in(f, path), 0755), 0);
}

static bool one_was_taken(struct fixture *f)
{
	return status(f).files == 1;
}

static bool two_were_taken(struct fixture *f)
{
	return status(f).files == 2;
}

static unsigned folders_watched(const struct fixture *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->w->n_folders; i++)
		n += f->w->folders[i] && f->w->folders[i]->watch >= 0;
	return n;
}

static void turn(struct fixture *f, int times)
{
	for (int i = 0; i < times; i++)
		OK(watcher_step(f->w, 5 * USEC_PER_MSEC, &err));
}

static void files_in_folders_that_were_there_at_start_are_taken(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "drop/a");
	make_folder(f, "drop/a/b");
	write_file(in(f, "drop/a/BEDS_1.csv"), export(f, 1, 0));
	write_file(in(f, "drop/a/b/BEDS_1.csv"), export(f, 2, 5));
	begin(f, "");
	step_until(f, two_were_taken);
	assert_int_equal(count_names(f, "state/archive"), 2);
	assert_int_equal(count_names(f, "drop/a/b") + count_names(f, "drop/a"), 1);
}

static void what_is_put_into_a_folder_right_after_it_was_made_is_not_missed(void **state)
{
	struct fixture *f = *state;

	begin(f, "");
	for (int i = 0; i < 20; i++) {
		const char *folder = arena_printf(&f->a, "drop/d%d", i);
		make_folder(f, folder);
		write_file(in(f, arena_printf(&f->a, "%s/BEDS_%d.csv", folder, i)),
			   export(f, 1, i));
		if (i % 3 == 0)
			turn(f, 1);
	}
	usec_t deadline = clock_monotonic() + DEADLINE;
	while (status(f).files < 20 && clock_monotonic() < deadline)
		OK(watcher_step(f->w, 50 * USEC_PER_MSEC, &err));
	assert_int_equal(status(f).files, 20);
}

static void a_folder_that_is_renamed_is_followed_and_one_that_is_removed_forgotten(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "drop/old");
	make_folder(f, "drop/old/inner");
	make_folder(f, "drop/other");
	begin(f, "");
	assert_int_equal(folders_watched(f), 4);
	assert_int_equal(rename(in(f, "drop/old"), in(f, "drop/new")), 0);
	assert_int_equal(rmdir(in(f, "drop/other")), 0);
	turn(f, 3);
	assert_int_equal(folders_watched(f), 3);
	assert_int_equal(folders_below(f->w, 0), 2);
	write_file(in(f, "drop/new/inner/BEDS_1.csv"), export(f, 1, 0));
	step_until(f, one_was_taken);
	/* A file that stays is listed, and no longer when its folder goes. */
	write_file(in(f, "drop/new/notes.txt"), "");
	turn(f, 3);
	assert_int_equal(status(f).waiting, 1);
	assert_int_equal(rename(in(f, "drop/new"), in(f, "moved-out")), 0);
	turn(f, 3);
	assert_int_equal(status(f).waiting, 0);
	assert_int_equal(folders_watched(f), 1);
	assert_int_equal(rename(in(f, "moved-out"), in(f, "drop/back")), 0);
	turn(f, 3);
	assert_int_equal(folders_watched(f), 3);
	assert_int_equal(status(f).waiting, 1);
}

static void folders_too_deep_and_links_to_folders_are_refused_and_told(void **state)
{
	struct fixture *f = *state;
	const char *path = "drop";

	assert_int_equal(mkdir(in(f, "elsewhere"), 0755), 0);
	write_file(in(f, "elsewhere/BEDS_1.csv"), export(f, 1, 0));
	assert_int_equal(symlink(in(f, "elsewhere"), in(f, "drop/link")), 0);
	for (int depth = 1; depth <= FOLDERS_DEPTH_MAX + 1; depth++)
		make_folder(f, path = arena_printf(&f->a, "%s/%d", path, depth));
	write_file(in(f, arena_printf(&f->a, "%s/BEDS_9.csv", path)), export(f, 1, 1));
	begin(f, "");
	turn(f, 5);
	assert_int_equal(folders_below(f->w, 0), FOLDERS_DEPTH_MAX);
	assert_int_equal(status(f).waiting, 2);
	assert_int_equal(status(f).files, 0);
	assert_true(is_there(f, "elsewhere/BEDS_1.csv"));
}

static void the_watchers_own_folders_and_other_drop_folders_are_left_out(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "drop/rejected");
	make_folder(f, "drop/other");
	make_folder(f, "drop/.hidden");
	stop(f);
	load_drop(f, "{dir: drop, recursive: yes}, {dir: drop/other}",
		  "archive: {dir: drop/archive}\nrejected: drop/rejected\nrescan: 100ms\n");
	start(f);
	write_file(in(f, "drop/BEDS_1.csv"), export(f, 1, 0));
	write_file(in(f, "drop/BEDS_2.csv"), "nonsense\n");
	step_until(f, two_were_taken);
	turn(f, 30);
	assert_int_equal(folders_below(f->w, 0), 0);
	assert_int_equal(status(f).files, 2);
	assert_int_equal(status(f).waiting, 0);
	assert_int_equal(count_names(f, "drop/archive"), 1);
	assert_int_equal(count_names(f, "drop/rejected"), 2);
}

static void a_drop_folder_that_is_the_archive_is_an_alarm_and_no_circle(void **state)
{
	struct fixture *f = *state;

	stop(f);
	load_drop(f, "{dir: drop}", "archive: {dir: drop}\nrescan: 100ms\n");
	start(f);
	write_file(in(f, "drop/BEDS_1.csv"), export(f, 1, 0));
	turn(f, 5);
	assert_non_null(strstr(f->w->condition.folders[0].problem, "of the watcher's own"));
	assert_int_equal(status(f).files, 0);
	assert_true(is_there(f, "drop/BEDS_1.csv"));
}

static void one_name_in_two_folders_is_two_files_in_the_archive(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "drop/a");
	make_folder(f, "drop/b");
	begin(f, "");
	write_file(in(f, "drop/a/BEDS_1.csv"), export(f, 1, 0));
	write_file(in(f, "drop/b/BEDS_1.csv"), export(f, 2, 5));
	step_until(f, two_were_taken);
	assert_int_equal(count_names(f, "state/archive"), 2);
	assert_int_equal(count_names(f, "drop/a") + count_names(f, "drop/b"), 0);
}

/* A folder per resident: its name is nobody's business. */
static void a_folders_name_is_told_only_as_far_as_it_can_be_nobodys(void **state)
{
	struct fixture *f = *state;

	make_folder(f, "drop/Kari Nordmann");
	begin(f, "");
	write_file(in(f, "drop/Kari Nordmann/BEDS_1.csv"), export(f, 1, 0));
	step_until(f, one_was_taken);
	struct listing_file file = newest(f);
	assert_null(strstr(file.dir, "Nordmann"));
	assert_non_null(strstr(file.dir, "/drop/x_x"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(files_in_folders_that_were_there_at_start_are_taken),
	    TEST(what_is_put_into_a_folder_right_after_it_was_made_is_not_missed),
	    TEST(a_folder_that_is_renamed_is_followed_and_one_that_is_removed_forgotten),
	    TEST(folders_too_deep_and_links_to_folders_are_refused_and_told),
	    TEST(the_watchers_own_folders_and_other_drop_folders_are_left_out),
	    TEST(a_drop_folder_that_is_the_archive_is_an_alarm_and_no_circle),
	    TEST(one_name_in_two_folders_is_two_files_in_the_archive),
	    TEST(a_folders_name_is_told_only_as_far_as_it_can_be_nobodys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

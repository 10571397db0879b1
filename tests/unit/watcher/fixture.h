/* A home with a drop folder and a watcher, in a temporary folder. */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/kill_point.h"
#include "base/seal.h"
#include "outbox/intake.h"
#include "outbox/listing.h"
#include "tests/unit/ok.h"
#include "tests/unit/temp_folder.h"
#include "watcher/take.h"
#include "watcher/watcher.h"

#define DEADLINE (60 * USEC_PER_SEC)

_unused_ static const char adapter_yaml[] =
    "adapter: plain\n"
    "format: csv\n"
    "match: [\"BEDS_*.csv\"]\n"
    "csv: {delimiter: \";\", header: true}\n"
    "max_bad: 2\n"
    "%s"
    "event:\n"
    "  bed_id: \"bed_{ROM}\"\n"
    "  new_status: {from: \"{STATUS}\", map: {L: available, O: occupied}}\n"
    "  changed_at: {from: \"{TID}\", format: \"%%Y-%%m-%%d %%H:%%M\", zone: UTC}\n";

struct fixture {
	char dir[64];
	struct home *home;
	struct watcher *w;
	struct arena a;
};

_unused_ static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

_unused_ static const char *in(struct fixture *f, const char *name)
{
	return arena_printf(&f->a, "%s/%s", f->dir, name);
}

_unused_ static void write_adapter(struct fixture *f, const char *more)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), adapter_yaml, more);
	write_file(in(f, "adapters/plain.yaml"), text);
}

_unused_ static void start(struct fixture *f)
{
	OK(watcher_new(f->home, &f->w, &err));
}

_unused_ static void stop(struct fixture *f)
{
	watcher_free(f->w);
	f->w = NULL;
}

/* drop: the one drop folder, as home.yaml has it. */
_unused_ static void load_drop(struct fixture *f, const char *drop, const char *more)
{
	home_free(f->home);
	f->home = NULL;
	write_file(
	    in(f, "home.yaml"),
	    arena_printf(&f->a,
			 "facility: fac_test\nstate_dir: state\nadapters: adapters\ndrop: [%s]\n"
			 "min_free: 0\nlog_level: error\n%s",
			 drop, more));
	OK(home_load(in(f, "home.yaml"), &f->home, NULL, &err));
}

_unused_ static void load_home(struct fixture *f, const char *more)
{
	load_drop(f, "{dir: drop}", arena_printf(&f->a, "rescan: 1h\n%s", more));
}

_unused_ static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	digest_setup();
	log_init("test", LOG_LEVEL_ERROR + 1); /* what is wrong on purpose is not to be printed */
	temp_folder_make(f->dir);
	assert_int_equal(mkdir(in(f, "drop"), 0755), 0);
	assert_int_equal(mkdir(in(f, "adapters"), 0755), 0);
	write_adapter(f, "");
	load_home(f, "");
	start(f);
	*state = f;
	return 0;
}

_unused_ static int teardown(void **state)
{
	struct fixture *f = *state;

	stop(f);
	home_free(f->home);
	temp_folder_remove(f->dir);
	arena_done(&f->a);
	free(f);
	return 0;
}

/* Rows of beds 0 … n - 1, all occupied at the given minute. */
_unused_ static const char *export(struct fixture *f, int n, int minute)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "ROM;STATUS;TID;NAVN\n");
	for (int i = 0; i < n; i++)
		buf_addf(&text, "%d;O;2026-04-20 %02d:%02d;Kari\n", i, 8 + minute / 60,
			 minute % 60);
	const char *s = arena_strdup(&f->a, text.p);
	buf_done(&text);
	return s;
}

_unused_ static void drop(struct fixture *f, const char *name, const char *text)
{
	write_file(in(f, "being-written"), text);
	assert_int_equal(
	    rename(in(f, "being-written"), arena_printf(&f->a, "%s/drop/%s", f->dir, name)), 0);
}

_unused_ static size_t count_names(struct fixture *f, const char *dir)
{
	DIR *d = opendir(in(f, dir));
	size_t n = 0;

	if (!d)
		return 0;
	for (const struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	(void)closedir(d);
	return n;
}

_unused_ static bool is_there(struct fixture *f, const char *path)
{
	struct stat st;

	return lstat(in(f, path), &st) == 0;
}

_unused_ static bool folder_is_empty(struct fixture *f)
{
	return count_names(f, "drop") == 0;
}

_unused_ static void step_until(struct fixture *f, bool (*done)(struct fixture *f))
{
	usec_t deadline = clock_monotonic() + DEADLINE;

	while (!done(f)) {
		if (clock_monotonic() > deadline)
			fail_msg("deadline passed");
		OK(watcher_step(f->w, 50 * USEC_PER_MSEC, &err));
	}
}

_unused_ static struct outbox_status status(struct fixture *f)
{
	struct outbox_status s;

	OK(outbox_status(f->w->outbox, &s, &err));
	return s;
}

_unused_ static struct listing_file newest(struct fixture *f)
{
	struct listing_file *files;
	size_t n;

	OK(intake_settle(f->w->outbox, &err));
	OK(listing_files(f->w->outbox, 1, &f->a, &files, &n, &err));
	assert_int_equal(n, 1);
	return files[0];
}

/* The watcher dies at this point; it is not started again. */
_unused_ static void run_until_killed(struct fixture *f, const char *point)
{
	stop(f); /* no handle is carried over a fork */
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err err;
		kill_point_arm(point);
		if (watcher_new(f->home, &f->w, &err) == 0)
			(void)watcher_run(f->w, &err);
		_exit(1);
	}
	int how;
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
}

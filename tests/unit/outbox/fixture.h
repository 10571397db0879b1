/* A home in a temporary folder: what every test of outbox/ starts from. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/kill_point.h"
#include "bed/state.h"
#include "outbox/db.h"
#include "outbox/intake.h"
#include "outbox/listing.h"
#include "outbox/outbox.h"
#include "tests/unit/ok.h"
#include "tests/unit/temp_folder.h"

#define HOME_ID "fac_test"
#define NOW	(T0 + USEC_PER_HOUR)		    /* when files are taken */
#define T0	((usec_t)1776676462 * USEC_PER_SEC) /* 2026-04-20T09:14:22Z */

struct fixture {
	char dir[64];
	struct outbox *o;
	struct arena a;
};

_unused_ static void open_again(struct fixture *f)
{
	outbox_close(f->o);
	f->o = NULL;
	OK(outbox_open(f->dir, HOME_ID, OUTBOX_WRITE, &f->o, &err));
	outbox_set_min_free(f->o, 0);
}

_unused_ static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	digest_setup();
	temp_folder_make(f->dir);
	open_again(f);
	*state = f;
	return 0;
}

_unused_ static int teardown(void **state)
{
	struct fixture *f = *state;

	outbox_close(f->o);
	temp_folder_remove(f->dir);
	arena_done(&f->a);
	free(f);
	return 0;
}

/* Looked at from outside, as another process would. */
_unused_ static int64_t count(struct fixture *f, const char *sql)
{
	char path[96];
	_cleanup_(db_closep) struct db *db = NULL;
	int64_t n = -1;

	(void)snprintf(path, sizeof(path), "%s/" OUTBOX_FILE, f->dir);
	OK(db_open(path, DB_READ, USEC_PER_SEC, &db, &err));
	OK(db_get_int(db, &n, &err, sql, ""));
	return n;
}

/* Another home, as new. */
_unused_ static struct fixture *start_over(void **state)
{
	(void)teardown(state);
	(void)setup(state);
	return *state;
}

/* Runs body in a child that dies at the point; true if it did die there. */
_unused_ static bool killed_at(struct fixture *f, const char *point,
			       void (*body)(struct fixture *f))
{
	int status;

	outbox_close(f->o); /* no handle is carried over a fork */
	f->o = NULL;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		kill_point_arm(point);
		open_again(f);
		body(f);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	open_again(f);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

/* An event of the bed at T0 + seconds; record makes its id. */
_unused_ static struct event event_of(const char *bed, enum bed_status status, int seconds,
				      uint32_t record)
{
	struct event e = {
	    .facility_id = SPAN(HOME_ID),
	    .bed_id = span_str(bed),
	    .new_status = status,
	    .changed_at = T0 + seconds * USEC_PER_SEC,
	    .source = {.adapter = SPAN("test"),
		       .file = SPAN("00112233445566778899aabbccddeeff"),
		       .record = record},
	};
	e.id = event_id_from_source(&e);
	return e;
}

_unused_ static struct intake_file file_of(const char *name, const char *content)
{
	return (struct intake_file){
	    .dir = "/drop",
	    .name = name,
	    .name_key = digest_of(span_str(name)),
	    .digest = digest_of(span_str(content)),
	    .size = strlen(content),
	    .mtime = T0,
	    .adapter = "test",
	};
}

/* Takes one file with these events in; gives its ledger row. */
_unused_ static int64_t take(struct fixture *f, const struct intake_file *file,
			     const struct event *events, size_t n)
{
	struct intake *i = NULL;
	int64_t id = 0;

	OK(intake_begin(f->o, file, NOW, &i, &err));
	if (intake_verdict(i) == INTAKE_NEW)
		for (size_t k = 0; k < n; k++)
			OK(intake_event(i, &events[k], &err));
	OK(intake_commit(i, &id, &err));
	return id;
}

/* The body of the event with this seq, parsed. */
/* Of three beds, by turns available and occupied, a second apart. */
_unused_ static void ten_events(struct fixture *f)
{
	struct event events[10];
	struct intake_file a = file_of("a", "a");
	static const char *const beds[] = {"bed_0", "bed_1", "bed_2"};

	for (int k = 0; k < 10; k++)
		events[k] =
		    event_of(beds[k % 3], k % 2 ? BED_OCCUPIED : BED_AVAILABLE, k, (uint32_t)k + 1);
	take(f, &a, events, 10);
}

_unused_ static struct event event_at(struct fixture *f, uint64_t seq)
{
	struct listing_event *events;
	size_t n = 0;

	OK(listing_events(f->o, seq - 1, 1, &f->a, &events, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(events[0].seq, seq);
	return events[0].event;
}

_unused_ static struct outbox_status status_of(struct fixture *f)
{
	struct outbox_status s;

	OK(outbox_status(f->o, &s, &err));
	return s;
}

_unused_ static void assert_verified(struct fixture *f)
{
	struct listing_check check;

	OK(listing_verify(f->o, &f->a, &check, &err));
	if (check.problems)
		fail_msg("%s", check.what[0]);
}

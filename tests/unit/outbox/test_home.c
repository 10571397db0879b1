/* home.yaml: defaults, relative paths, and problems with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "outbox/home.h"

static char path[] = "/tmp/bedpost-home-XXXXXX";

static int load(const char *text, struct home **ret, struct buf *problems, struct err *err)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	(void)fputs(text, file);
	(void)fclose(file);
	return home_load(path, ret, problems, err);
}

static void everything_but_the_facility_has_a_default(void **state)
{
	(void)state;
	_cleanup_(home_freep) struct home *h = NULL;
	struct err err;

	assert_int_equal(load("facility: fac_a\nstate_dir: state\n", &h, NULL, &err), 0);
	assert_string_equal(h->facility, "fac_a");
	assert_string_equal(h->zone, "UTC");
	assert_string_equal(h->state_dir, "/tmp/state");
	assert_string_equal(h->archive_dir, "/tmp/state/archive");
	assert_string_equal(h->rejected_dir, "/tmp/state/rejected");
	assert_int_equal(h->archive, HOME_ARCHIVE_PLAIN);
	assert_int_equal(h->n_transports, 1);
	assert_int_equal(h->transports[0], HOME_HTTPS);
	assert_int_equal(h->heartbeat, 60 * USEC_PER_SEC);
	assert_int_equal(h->n_drops, 0);
}

static void drop_folders_name_their_adapters(void **state)
{
	(void)state;
	_cleanup_(home_freep) struct home *h = NULL;
	struct err err;

	assert_int_equal(
	    load("facility: fac_a\nzone: Europe/Oslo\ndrop:\n  - {dir: in, adapters: [a, b]}\n"
		 "  - dir: /srv/x\narchive: {mode: none}\nrescan: 5s\nlog_level: debug\n",
		 &h, NULL, &err),
	    0);
	assert_int_equal(h->n_drops, 2);
	assert_string_equal(h->drops[0].dir, "/tmp/in");
	assert_string_equal(h->drops[0].adapters[1], "b");
	assert_null(h->drops[0].adapters[2]);
	assert_string_equal(h->drops[1].dir, "/srv/x");
	assert_null(h->drops[1].adapters);
	assert_int_equal(h->archive, HOME_ARCHIVE_NONE);
	assert_int_equal(h->rescan, 5 * USEC_PER_SEC);
	assert_int_equal(h->log_level, LOG_LEVEL_DEBUG);
}

static void every_problem_is_named_with_its_place(void **state)
{
	(void)state;
	struct buf problems = BUF_INIT;
	struct home *h = NULL;
	struct err err;

	assert_int_equal(
	    load("facility: Nordre\nzon: UTC\ntransports: [https, post]\ndrop: [{adapters: [a]}]\n",
		 &h, &problems, &err),
	    -ERR_INVALID);
	assert_null(h);
	assert_non_null(strstr(problems.p, ":1:11: "));
	assert_non_null(strstr(problems.p, ":2:1: "));
	assert_non_null(strstr(problems.p, "zone"));
	assert_non_null(strstr(problems.p, ":3:21: "));
	assert_non_null(strstr(problems.p, ":4:8: "));
	buf_done(&problems);
}

static void an_unknown_zone_is_refused(void **state)
{
	(void)state;
	struct home *h = NULL;
	struct err err;

	assert_int_equal(load("facility: fac_a\nzone: Europe/Atlantis\n", &h, NULL, &err),
			 -ERR_INVALID);
	assert_non_null(strstr(err.message, ":2:7: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_but_the_facility_has_a_default),
	    cmocka_unit_test(drop_folders_name_their_adapters),
	    cmocka_unit_test(every_problem_is_named_with_its_place),
	    cmocka_unit_test(an_unknown_zone_is_refused),
	};
	int fd = mkstemp(path);
	if (fd < 0)
		return 1;
	(void)close(fd);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return failed;
}

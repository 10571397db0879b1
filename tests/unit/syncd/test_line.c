/* The state of the line as people read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "syncd/line.h"

static const usec_t t0 = (usec_t)1776676462 * USEC_PER_SEC; /* 2026-04-20T09:14:22Z */
static const struct err away = {ERR_UNAVAILABLE, true, "the region cannot be reached"};
static const struct err denied = {ERR_DENIED, false, "the region does not let this home in"};

static void the_time_away_counts_from_its_first_failure(void **state)
{
	(void)state;
	struct line l;

	line_init(&l, "https", "https://h", t0);
	assert_true(line_succeeded(&l, t0 + 1));
	assert_false(line_succeeded(&l, t0 + 2));
	assert_true(line_failed(&l, t0 + 10, false, &away, t0 + 20));
	assert_false(line_failed(&l, t0 + 20, false, &away, t0 + 30));
	assert_true(line_failed(&l, t0 + 30, true, &denied, t0 + 40));
	assert_int_equal(l.since, t0 + 10);
	assert_int_equal(l.failures, 3);
	assert_true(line_succeeded(&l, t0 + 50));
	assert_int_equal(l.since, t0 + 50);
	assert_int_equal(l.failures, 0);
}

static void the_file_is_replaced_whole(void **state)
{
	(void)state;
	char dir[] = "/tmp/test_line-XXXXXX", path[64], text[4096];
	struct line l;
	struct err err;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/" LINE_FILE, dir);
	line_init(&l, "https", "https://h", t0);
	assert_int_equal(line_write(&l, dir, t0, &err), 0);
	(void)line_failed(&l, t0, true, &denied, USEC_NONE);
	l.queued = 12;
	assert_int_equal(line_write(&l, dir, t0, &err), 0);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	assert_non_null(
	    strstr(text, "\"state\":\"needs_person\",\"since\":\"2026-04-20T09:14:22Z\""));
	assert_non_null(strstr(text, "\"queued\":12"));
	assert_non_null(strstr(text, "\"last_success\":null"));
	assert_non_null(strstr(text, "\"last_error\":\"the region does not let this home in\","
				     "\"last_error_code\":\"denied\""));
	(void)unlink(path);
	assert_int_equal(rmdir(dir), 0); /* nothing else was left there */
}

static void a_message_cut_in_mid_character_is_still_json(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	struct err cut = {ERR_IO, false, "ab\xc3"};
	struct line l;

	line_init(&l, "https", "https://h", t0);
	(void)line_failed(&l, t0, false, &cut, USEC_NONE);
	line_to_json(&l, t0, 1, &out);
	assert_non_null(strstr(out.p, "\"last_error\":\"ab\""));
}

static void each_road_keeps_its_own_trouble(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	struct line l;

	line_init(&l, NULL, NULL, t0);
	line_road_set(&l, 0, "https", "https://h", t0);
	line_road_set(&l, 1, "sftp", "sftp://h", t0);
	assert_true(line_road_failed(&l, 0, t0 + 1, true, &denied));
	assert_true(line_road_answered(&l, 1, t0 + 2));
	assert_false(line_road_answered(&l, 1, t0 + 3));
	line_road_set(&l, 0, "https", "https://h", t0 + 4); /* opened again: what is known stays */
	l.carries = 1;
	line_to_json(&l, t0, 1, &out);
	assert_non_null(strstr(out.p, "\"transport\":\"https\",\"url\":\"https://h\",\"state\":"
				      "\"needs_person\",\"carries\":false"));
	assert_non_null(strstr(out.p, "\"state\":\"up\",\"carries\":true"));
	assert_non_null(strstr(out.p, "\"failures\":1"));
}

static void a_clock_is_only_as_wrong_as_the_exchange_proves(void **state)
{
	(void)state;
	assert_int_equal(line_clock_ahead(100, 300, 200), 0);
	assert_int_equal(line_clock_ahead(100, 300, 100), 0);
	assert_int_equal(line_clock_ahead(100, 300, 40), 60);
	assert_int_equal(line_clock_ahead(100, 300, 350), -50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_time_away_counts_from_its_first_failure),
	    cmocka_unit_test(the_file_is_replaced_whole),
	    cmocka_unit_test(each_road_keeps_its_own_trouble),
	    cmocka_unit_test(a_clock_is_only_as_wrong_as_the_exchange_proves),
	    cmocka_unit_test(a_message_cut_in_mid_character_is_still_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

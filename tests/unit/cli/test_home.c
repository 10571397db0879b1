/* Trying and testing adapters: what a trial makes of a file, and how an expectation is compared
 * with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cli/home/expectation.h"
#include "cli/home/trial.h"
#include "tests/unit/temp_folder.h"

struct fixture {
	char dir[64];
	struct adapter *adapter;
	struct arena a;
};

static const char adapter_yaml[] =
    "adapter: plain\n"
    "format: csv\n"
    "csv: {delimiter: \";\", header: true}\n"
    "event:\n"
    "  bed_id: \"bed_{ROM}\"\n"
    "  new_status: {from: \"{STATUS}\", map: {L: available, O: occupied}}\n"
    "  changed_at: {from: \"{TID}\", format: rfc3339}\n";

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	digest_setup();
	temp_folder_make(f->dir);
	assert_int_equal(
	    adapter_parse("plain.yaml", span_str(adapter_yaml), &f->adapter, NULL, &err), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	adapter_free(f->adapter);
	temp_folder_remove(f->dir);
	arena_done(&f->a);
	free(f);
	return 0;
}

static const char *write_file(struct fixture *f, const char *name, const char *text)
{
	const char *path = arena_printf(&f->a, "%s/%s", f->dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return path;
}

static struct trial try_file(struct fixture *f, const char *path, size_t limit)
{
	struct trial t;

	trial_run(
	    &(struct trial_settings){
		.adapter = f->adapter, .facility = "fac_a", .limit = limit, .file_time = USEC_NONE},
	    path, &t);
	return t;
}

static struct trial try_text(struct fixture *f, const char *text, size_t limit)
{
	return try_file(f, write_file(f, "in.csv", text), limit);
}

#define TWO_ROWS "ROM;STATUS;TID\n1;L;2026-04-20T10:00:00Z\n1;O;2026-04-20T11:00:00Z\n"

static void a_trial_fills_previous_statuses_as_a_new_home_would(void **state)
{
	struct trial t = try_text(*state, TWO_ROWS, 0);

	assert_int_equal(t.err.code, ERR_NONE);
	assert_int_equal(t.n_events, 2);
	assert_int_equal(t.events[0].previous_status, BED_UNKNOWN);
	assert_int_equal(t.events[1].previous_status, BED_AVAILABLE);
	assert_null(t.rejected);
	trial_done(&t);
}

static void a_trial_keeps_so_many_events_and_counts_all(void **state)
{
	struct trial t = try_text(*state, TWO_ROWS, 1);

	assert_int_equal(t.n_events, 1);
	assert_int_equal(t.summary.events, 2);
	trial_done(&t);
}

static void a_trial_names_what_is_bad_and_says_when_the_watcher_would_reject(void **state)
{
	struct trial t = try_text(*state, "ROM;STATUS;TID\n1;?;2026-04-20T10:00:00Z\n", 0);

	assert_int_equal(t.n_bad, 1);
	assert_string_equal(t.bad[0].field, "STATUS");
	assert_int_equal(t.bad[0].line, 2);
	trial_done(&t);
	t = try_text(*state, "ROM;STATUS;TID\n", 0);
	assert_string_equal(t.rejected, "no_records");
	assert_int_equal(t.err.code, ERR_INVALID);
	trial_done(&t);
}

static void a_trial_opens_nothing_but_regular_files(void **state)
{
	struct fixture *f = *state;
	const char *pipe = arena_printf(&f->a, "%s/pipe", f->dir);
	struct trial t;

	assert_int_equal(mkfifo(pipe, 0600), 0);
	t = try_file(f, pipe, 0);
	assert_int_equal(t.err.code, ERR_INVALID);
	trial_done(&t);
	t = try_file(f, f->dir, 0);
	assert_int_not_equal(t.err.code, ERR_NONE);
	trial_done(&t);
	t = try_file(f, "/nonexistent", 0);
	assert_int_equal(t.err.code, ERR_NOT_FOUND);
	trial_done(&t);
}

/* The differences of this expectation with TWO_ROWS. */
static size_t differences(struct fixture *f, const char *json, struct buf *out)
{
	_cleanup_(expectation_freep) struct expectation *e = NULL;
	struct trial t = try_text(f, TWO_ROWS, 0);
	struct err err;

	assert_int_equal(expectation_load(write_file(f, "expect.json", json), &e, &err), 0);
	size_t n = expectation_compare(e, &t, out);
	trial_done(&t);
	return n;
}

static void only_the_keys_that_are_expected_are_compared(void **state)
{
	struct buf out = BUF_INIT;

	assert_int_equal(
	    differences(*state, "[{\"bed_id\":\"bed_1\"},{\"source\":{\"record\":2}}]", &out), 0);
	assert_int_equal(
	    differences(*state, "{\"events\":[{},{\"previous_status\":\"available\"}]}", &out), 0);
	assert_int_equal(out.n, 0);
}

static void every_difference_is_named(void **state)
{
	struct buf out = BUF_INIT;

	assert_int_equal(
	    differences(*state,
			"[{\"bed_id\":\"bed_9\",\"ward\":\"x\",\"source\":{\"record\":1}},{},"
			"{\"bed_id\":\"bed_3\"}]",
			&out),
	    2);
	assert_non_null(strstr(out.p, "~ event 1 (record 1), bed_1:\n"
				      "      bed_id: - \"bed_9\"\n              + \"bed_1\"\n"
				      "      ward: - \"x\"\n            + null\n"));
	assert_non_null(strstr(out.p, "- event 3, bed_3  : expected, and not made\n"));
	buf_clear(&out);
	assert_int_equal(differences(*state, "[]", &out), 2);
	assert_non_null(strstr(out.p, "+ record 1, bed_1 available"));
	buf_done(&out);
}

/* TWO_ROWS are two events of bed_1. */
static void one_event_too_many_does_not_make_those_behind_it_differ(void **state)
{
	struct buf out = BUF_INIT;

	assert_int_equal(differences(*state,
				     "[{\"bed_id\":\"bed_0\",\"new_status\":\"reserved\"},"
				     "{\"bed_id\":\"bed_1\",\"new_status\":\"available\"},"
				     "{\"bed_id\":\"bed_1\",\"new_status\":\"occupied\"}]",
				     &out),
			 1);
	assert_non_null(strstr(out.p, "- event 1, bed_0 reserved"));
	buf_clear(&out);
	assert_int_equal(
	    differences(*state, "[{\"bed_id\":\"bed_1\",\"new_status\":\"occupied\"}]", &out), 1);
	assert_non_null(strstr(out.p, "+ record 1, bed_1 available"));
	buf_done(&out);
}

static void bad_records_are_compared_where_they_are_expected(void **state)
{
	struct fixture *f = *state;
	_cleanup_(expectation_freep) struct expectation *e = NULL;
	struct trial t = try_text(f, "ROM;STATUS;TID\n1;?;2026-04-20T10:00:00Z\n", 0);
	struct buf out = BUF_INIT;
	struct err err;

	assert_int_equal(expectation_load(write_file(f, "e.json",
						     "{\"events\":[],\"bad\":[{\"record\":1,"
						     "\"reason\":\"unmapped\"}]}"),
					  &e, &err),
			 0);
	assert_int_equal(expectation_compare(e, &t, &out), 0);
	expectation_free(TAKE_PTR(e));
	assert_int_equal(
	    expectation_load(write_file(f, "e.json", "{\"events\":[],\"bad\":[]}"), &e, &err), 0);
	assert_int_equal(expectation_compare(e, &t, &out), 1);
	assert_non_null(strstr(out.p, "+ bad record 1, line 2, STATUS unmapped"));
	buf_done(&out);
	trial_done(&t);
}

static void what_is_written_is_what_would_be_expected(void **state)
{
	struct fixture *f = *state;
	_cleanup_(expectation_freep) struct expectation *old = NULL, *new = NULL;
	struct trial t = try_text(f, TWO_ROWS, 0);
	struct buf out = BUF_INIT, diff = BUF_INIT;
	struct err err;

	expectation_write(NULL, &t, &out);
	assert_null(strstr(out.p, "event_id"));
	assert_int_equal(expectation_load(write_file(f, "e.json", out.p), &new, &err), 0);
	assert_int_equal(expectation_compare(new, &t, &diff), 0);
	assert_int_equal(
	    expectation_load(write_file(f, "o.json", "[{\"bed_id\":\"x\"}]"), &old, &err), 0);
	buf_clear(&out);
	expectation_write(old, &t, &out);
	assert_string_equal(out.p, "[\n{\"bed_id\": \"bed_1\"},\n{\"bed_id\": \"bed_1\"}\n]\n");
	buf_done(&out);
	buf_done(&diff);
	trial_done(&t);
}

static void an_expectation_that_is_no_list_is_refused_with_its_place(void **state)
{
	struct fixture *f = *state;
	struct expectation *e = NULL;
	struct err err;

	assert_int_equal(expectation_load(write_file(f, "e.json", "[{]"), &e, &err), -ERR_INVALID);
	assert_non_null(strstr(err.message, "e.json:1:"));
	assert_int_equal(expectation_load(write_file(f, "e.json", "{}"), &e, &err), -ERR_INVALID);
	assert_int_equal(expectation_load("/nonexistent", &e, &err), -ERR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_trial_fills_previous_statuses_as_a_new_home_would),
	    TEST(a_trial_keeps_so_many_events_and_counts_all),
	    TEST(a_trial_names_what_is_bad_and_says_when_the_watcher_would_reject),
	    TEST(a_trial_opens_nothing_but_regular_files),
	    TEST(only_the_keys_that_are_expected_are_compared),
	    TEST(every_difference_is_named),
	    TEST(one_event_too_many_does_not_make_those_behind_it_differ),
	    TEST(bad_records_are_compared_where_they_are_expected),
	    TEST(what_is_written_is_what_would_be_expected),
	    TEST(an_expectation_that_is_no_list_is_refused_with_its_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

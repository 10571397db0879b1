/* Result files: what they say, that a kill neither loses nor doubles one, and when they go. */
#include <jansson.h>

#include "fixture.h"
#include "outbox/ack.h"

#define FOLDER "state/ack"

static int setup_with_acks(void **state)
{
	int r = setup(state);
	struct fixture *f = *state;

	stop(f);
	write_adapter(f, "ack: json\n");
	start(f);
	return r;
}

/* ---- the region, played ---- */

static void region_answers(struct fixture *f, uint64_t through, enum outcome outcome)
{
	struct outbox_status s = status(f);
	struct outbox *o = NULL;
	struct wire_outcome *outcomes = arena_array(&f->a, struct wire_outcome, through);
	const struct wire_answer w = {.epoch = span_str(arena_strdup(&f->a, s.epoch)),
				      .applied_through = through,
				      .outcomes = outcomes,
				      .n_outcomes = outcome == OUTCOME_APPLIED ? 0 : through};

	for (uint64_t i = 0; i < through; i++)
		outcomes[i] = (struct wire_outcome){.seq = i + 1, .outcome = outcome};
	OK(outbox_open(in(f, "state"), "fac_test", OUTBOX_WRITE, &o, &err));
	OK(outbox_answer(o, &w, NULL, clock_now(), &err));
	outbox_close(o);
}

/* ---- looking ---- */

static json_t *read_ack(struct fixture *f, const char *name)
{
	return json_load_file(in(f, arena_printf(&f->a, FOLDER "/%s.ack.json", name)), 0, NULL);
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Steps until the file says so; the key may be one of the region's. */
static json_t *wait_for(struct fixture *f, const char *name, const char *key, json_int_t value)
{
	usec_t deadline = clock_monotonic() + DEADLINE;

	for (;;) {
		json_t *o = read_ack(f, name);
		const json_t *region = json_object_get(o, "region");
		if (o && (number(o, key) == value) &&
		    (json_object_get(o, key) || number(region, key) == value))
			return o;
		if (o && json_object_get(region, key) && number(region, key) == value)
			return o;
		json_decref(o);
		if (clock_monotonic() > deadline)
			fail_msg("%s: %s is not %lld", name, key, (long long)value);
		f->w->ack_at = 0; /* rather than after a second */
		OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	}
}

/* ---- claims ---- */

static void a_file_is_answered_at_once_and_again_when_the_region_has_spoken(void **state)
{
	struct fixture *f = *state;

	drop(f, "BEDS_1.csv", export(f, 3, 0));
	step_until(f, folder_is_empty);
	json_t *o = wait_for(f, "BEDS_1.csv", "waiting", 3);
	assert_string_equal(json_string_value(json_object_get(o, "result")), "taken");
	assert_string_equal(json_string_value(json_object_get(o, "file")), "BEDS_1.csv");
	assert_int_equal(number(o, "records"), 3);
	assert_int_equal(number(o, "events"), 3);
	assert_true(json_is_false(json_object_get(o, "complete")));
	assert_true(json_is_null(json_object_get(json_object_get(o, "region"), "answered_at")));
	json_decref(o);

	region_answers(f, 2, OUTCOME_APPLIED);
	o = wait_for(f, "BEDS_1.csv", "applied", 2);
	assert_int_equal(number(json_object_get(o, "region"), "waiting"), 1);
	assert_true(json_is_false(json_object_get(o, "complete")));
	json_decref(o);

	region_answers(f, 3, OUTCOME_REJECTED);
	o = wait_for(f, "BEDS_1.csv", "waiting", 0);
	assert_true(json_is_true(json_object_get(o, "complete")));
	assert_true(json_is_string(json_object_get(json_object_get(o, "region"), "answered_at")));
	json_decref(o);
}

static void bad_records_are_listed_with_place_and_reason_and_without_value(void **state)
{
	struct fixture *f = *state;

	drop(f, "BEDS_2.csv",
	     "ROM;STATUS;TID;NAVN\n1;O;2026-04-20 08:00;Kari\n2;Nordmann;2026-04-20 08:00;Kari\n");
	step_until(f, folder_is_empty);
	json_t *o = wait_for(f, "BEDS_2.csv", "bad", 1);
	const json_t *bad = json_array_get(json_object_get(o, "bad_records"), 0);
	assert_int_equal(number(bad, "record"), 2);
	assert_int_equal(number(bad, "line"), 3);
	assert_int_equal(number(bad, "offset"), 46);
	assert_string_equal(json_string_value(json_object_get(bad, "reason")), "unmapped");
	assert_string_equal(json_string_value(json_object_get(bad, "value_class")), "letters");
	_cleanup_(freep) char *text = json_dumps(o, 0);
	assert_null(strstr(text, "Nordmann"));
	assert_null(strstr(text, "Kari"));
	json_decref(o);
}

static void a_rejected_file_says_why_and_is_complete(void **state)
{
	struct fixture *f = *state;

	drop(f, "BEDS_3.csv", "ROM;STATUS;TID\n1;?;x\n1;?;x\n1;?;x\n");
	step_until(f, folder_is_empty);
	json_t *o = wait_for(f, "BEDS_3.csv", "bad", 3);
	assert_string_equal(json_string_value(json_object_get(o, "result")), "rejected");
	assert_string_equal(json_string_value(json_object_get(o, "reason")), "too_many_bad");
	assert_true(json_is_true(json_object_get(o, "complete")));
	json_decref(o);
	drop(f, "BEDS_4.csv", export(f, 3, 0));
	drop(f, "BEDS_5.csv", export(f, 3, 0));
	step_until(f, folder_is_empty);
	json_decref(wait_for(f, "BEDS_4.csv", "records", 3));
	o = wait_for(f, "BEDS_5.csv", "records", 0);
	assert_string_equal(json_string_value(json_object_get(o, "result")), "duplicate");
	assert_int_equal(number(o, "duplicate_of"), 2);
	json_decref(o);
}

static void the_newest_file_of_a_name_has_the_name_and_none_is_left_unanswered(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		drop(f, "BEDS_x.csv", export(f, 3, i));
		step_until(f, folder_is_empty);
		json_decref(wait_for(f, "BEDS_x.csv", "id", i + 1));
		if (i == 0)
			region_answers(f, 3, OUTCOME_APPLIED);
		if (i == 0)
			json_decref(wait_for(f, "BEDS_x.csv", "applied", 3));
	}
	assert_int_equal(count_names(f, FOLDER), 2); /* the first was complete */
	region_answers(f, 9, OUTCOME_LATE);
	json_decref(wait_for(f, "BEDS_x.csv.2", "late", 3));
	json_decref(wait_for(f, "BEDS_x.csv", "late", 3));
	assert_int_equal(count_names(f, FOLDER), 2);
}

static void after_a_kill_at_any_point_each_file_is_answered_once(void **state)
{
	struct fixture *f = *state;
	static const char *const points[] = {"before_commit",  "after_commit", "before_dispose",
					     "after_dispose",  "mid_ack",      "mid_ack:2",
					     "before_ack_told"};

	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		const char *name = arena_printf(&f->a, "BEDS_%zu.csv", i);
		const char *bad = arena_printf(&f->a, "BEDS_9%zu.csv", i);
		drop(f, name, export(f, 3, (int)i));
		drop(f, bad, arena_printf(&f->a, "ROM;STATUS;TID\n%zu;?;x\n1;?;x\n1;?;x\n", i));
		run_until_killed(f, points[i]);
		start(f);
		step_until(f, folder_is_empty);
		json_decref(wait_for(f, bad, "bad", 3));
		json_decref(wait_for(f, name, "waiting", 3));
		region_answers(f, 3 * (i + 1), OUTCOME_APPLIED);
		json_decref(wait_for(f, name, "applied", 3));
		assert_int_equal(count_names(f, FOLDER), 2 * (i + 1));
	}
}

static void after_a_kill_at_any_point_each_message_is_acknowledged(void **state)
{
	struct fixture *f = *state;
	static const char *const points[] = {"mid_events",    "before_commit", "after_commit",
					     "after_dispose", "mid_ack",       "before_ack_told"};

	stop(f);
	write_file(in(f, "adapters/adt.yaml"),
		   "adapter: adt\nformat: hl7\nmatch: \"*.hl7\"\nack: [hl7]\n");
	start(f);
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		const char *name = arena_printf(&f->a, "%zu.hl7", i);
		const char *path = arena_printf(&f->a, "%s/" FOLDER "/%s.ack.hl7", f->dir, name);
		drop(f, name,
		     arena_printf(&f->a,
				  "MSH|^~\\&|E|H|||2026042008||ADT^A01|M%zu|P|2.5\r"
				  "EVN|A01|2026042008\rPV1|1|I|W^1^B%zu\r"
				  "MSH|^~\\&|E|H|||2026042008||ADT^A20|N%zu|P|2.5\r"
				  "EVN|A20|2026042008\rNPU|W^1^B|Kari\r",
				  i, i, i));
		run_until_killed(f, points[i]);
		start(f);
		usec_t deadline = clock_monotonic() + DEADLINE;
		while (access(path, F_OK) < 0) {
			assert_true(clock_monotonic() < deadline);
			f->w->ack_at = 0;
			OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
		}
		char text[2048] = "";
		FILE *file = fopen(path, "re");
		assert_non_null(file);
		assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
		(void)fclose(file);
		assert_non_null(strstr(text, arena_printf(&f->a, "MSA|AA|M%zu\r", i)));
		assert_non_null(strstr(text, arena_printf(&f->a, "MSA|AE|N%zu\r", i)));
		assert_null(strstr(text, "Kari"));
		assert_int_equal(count_names(f, FOLDER), i + 1); /* hl7 alone was asked for */
		assert_int_equal(count_names(f, "state/ack.kept"), i + 1);
	}
	assert_int_equal(unlink(in(f, FOLDER "/0.hl7.ack.hl7")), 0);
	region_answers(f, ARRAY_LEN(points), OUTCOME_APPLIED);
	f->w->ack_at = 0;
	OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	assert_int_equal(count_names(f, FOLDER), ARRAY_LEN(points) - 1); /* not again */
}

static void a_folder_that_is_not_there_is_told_and_tried_again(void **state)
{
	struct fixture *f = *state;

	stop(f);
	load_drop(f, "{dir: drop, ack: answers}", "rescan: 1h\n");
	start(f);
	drop(f, "BEDS_1.csv", export(f, 1, 0));
	step_until(f, folder_is_empty);
	while (status(f).acks_failed == 0)
		OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	assert_non_null(strstr(status(f).acks_problem, "answers"));
	assert_int_equal(mkdir(in(f, "answers"), 0755), 0);
	usec_t deadline = clock_monotonic() + DEADLINE;
	while (!is_there(f, "answers/BEDS_1.csv.ack.json")) {
		assert_true(clock_monotonic() < deadline);
		f->w->ack_at = 0;
		OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	}
	assert_int_equal(status(f).acks_failed, 0);
}

static void nothing_is_written_where_exports_are_read(void **state)
{
	struct fixture *f = *state;

	stop(f);
	load_drop(f, "{dir: drop, ack: answers}", "rescan: 1h\n");
	assert_int_equal(symlink(in(f, "drop"), in(f, "answers")), 0);
	start(f);
	drop(f, "BEDS_1.csv", export(f, 1, 0));
	step_until(f, folder_is_empty);
	while (status(f).acks_failed == 0)
		OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	assert_int_equal(count_names(f, "drop"), 0);
}

static void a_configuration_that_answers_into_a_drop_folder_is_refused(void **state)
{
	struct fixture *f = *state;
	struct buf problems = BUF_INIT;
	struct home *h = NULL;

	write_file(in(f, "bad.yaml"),
		   "facility: fac_a\ndrop: [{dir: /a/b}, {dir: /c, ack: /a/b/d}]\n");
	assert_int_equal(home_load(in(f, "bad.yaml"), &h, &problems, NULL), -ERR_INVALID);
	assert_non_null(strstr(problems.p, "ack must be a folder of its own"));
	buf_done(&problems);
}

static void result_files_go_when_they_have_stood_there_long_enough(void **state)
{
	struct fixture *f = *state;

	drop(f, "BEDS_1.csv", export(f, 1, 0));
	step_until(f, folder_is_empty);
	region_answers(f, 1, OUTCOME_APPLIED);
	json_decref(wait_for(f, "BEDS_1.csv", "applied", 1));
	stop(f);
	load_home(f, "keep_acks: 1ms\n");
	start(f);
	usec_t deadline = clock_monotonic() + DEADLINE;
	while (count_names(f, FOLDER) > 0) {
		assert_true(clock_monotonic() < deadline);
		f->w->ack_at = 0;
		OK(watcher_step(f->w, 10 * USEC_PER_MSEC, &err));
	}
	assert_int_equal(ack_is_known(f->w->outbox, 1, NULL), 0);
}

#define TEST(claim) cmocka_unit_test_setup_teardown(claim, setup_with_acks, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_file_is_answered_at_once_and_again_when_the_region_has_spoken),
	    TEST(bad_records_are_listed_with_place_and_reason_and_without_value),
	    TEST(a_rejected_file_says_why_and_is_complete),
	    TEST(the_newest_file_of_a_name_has_the_name_and_none_is_left_unanswered),
	    TEST(after_a_kill_at_any_point_each_file_is_answered_once),
	    TEST(after_a_kill_at_any_point_each_message_is_acknowledged),
	    TEST(a_folder_that_is_not_there_is_told_and_tried_again),
	    TEST(nothing_is_written_where_exports_are_read),
	    TEST(a_configuration_that_answers_into_a_drop_folder_is_refused),
	    TEST(result_files_go_when_they_have_stood_there_long_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A bed set by hand: one event a request, nothing overwritten unseen, whole after a kill at any
 * instruction. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/kill_point.h"
#include "fixture.h"
#include "outbox/manual.h"

static void with_a_bed(struct fixture *f, usec_t changed_at)
{
	struct event e = event_of("bed_1", BED_AVAILABLE, 0, 1);
	struct intake_file a = file_of("a", "a");

	e.changed_at = changed_at;
	e.ward = SPAN("dementia");
	e.changed_by = SPAN("user_ehr");
	e.id = event_id_from_source(&e);
	take(f, &a, &e, 1);
}

static struct manual_change change_of(enum bed_status seen, enum bed_status status, const char *key)
{
	return (struct manual_change){.bed_id = SPAN("bed_1"),
				      .seen = seen,
				      .status = status,
				      .reason = REASON_MANUAL,
				      .changed_by = SPAN("user_kari"),
				      .key = span_str(key)};
}

static struct manual_result set(struct fixture *f, const struct manual_change *c, usec_t now)
{
	struct manual_result r;

	OK(manual_set(f->o, c, now, &r, &err));
	return r;
}

static int refused(struct fixture *f, const struct manual_change *c, usec_t now)
{
	struct manual_result r;
	uint64_t last = status_of(f).last;
	int code = manual_set(f->o, c, now, &r, NULL);

	assert_int_equal(status_of(f).last, last);
	return code;
}

static void a_change_is_one_event_with_who_when_why_and_what_was_seen(void **state)
{
	struct fixture *f = *state;
	struct manual_change c = change_of(BED_AVAILABLE, BED_OCCUPIED, "0123456789abcdef");

	with_a_bed(f, T0);
	struct manual_result r = set(f, &c, NOW);
	assert_int_equal(r.outcome, MANUAL_SET);
	assert_int_equal(r.bed.status, BED_OCCUPIED);
	assert_int_equal(r.bed.changed_at, NOW);
	assert_string_equal(r.bed.changed_by, "user_kari");
	struct event e = event_at(f, 2);
	assert_true(ulid_eq(e.id, r.event_id));
	assert_true(ulid_eq(e.id, event_id_from_source(&e)));
	assert_int_equal(e.previous_status, BED_AVAILABLE);
	assert_int_equal(e.new_status, BED_OCCUPIED);
	assert_int_equal(e.reason, REASON_MANUAL);
	assert_true(span_eq_str(e.source.adapter, "board"));
	assert_true(span_eq_str(e.changed_by, "user_kari"));
	assert_verified(f);
}

static void the_same_request_again_makes_one_event(void **state)
{
	struct fixture *f = *state;
	struct manual_change c = change_of(BED_AVAILABLE, BED_OCCUPIED, "0123456789abcdef");

	with_a_bed(f, T0);
	struct manual_result first = set(f, &c, NOW);
	open_again(f);
	struct manual_result second = set(f, &c, NOW + USEC_PER_MIN);
	assert_int_equal(second.outcome, MANUAL_REPEATED);
	assert_true(ulid_eq(first.event_id, second.event_id));
	/* also when the bed has gone on */
	struct manual_change next = change_of(BED_OCCUPIED, BED_RESERVED, "fedcba9876543210");
	assert_int_equal(set(f, &next, NOW + 2 * USEC_PER_MIN).outcome, MANUAL_SET);
	second = set(f, &c, NOW + 3 * USEC_PER_MIN);
	assert_int_equal(second.outcome, MANUAL_REPEATED);
	assert_int_equal(second.bed.status, BED_RESERVED);
	assert_int_equal(status_of(f).last, 3);
	c.status = BED_MAINTENANCE;
	assert_int_equal(refused(f, &c, NOW), -ERR_INVALID);
	assert_verified(f);
}

static void who_saw_another_status_is_told_and_nothing_is_written(void **state)
{
	struct fixture *f = *state;
	struct manual_change c = change_of(BED_RESERVED, BED_OCCUPIED, "0123456789abcdef");

	with_a_bed(f, T0);
	struct manual_result r = set(f, &c, NOW);
	assert_int_equal(r.outcome, MANUAL_OVERTAKEN);
	assert_int_equal(r.bed.status, BED_AVAILABLE);
	assert_string_equal(r.bed.changed_by, "user_ehr");
	c = change_of(BED_RESERVED, BED_AVAILABLE, "0123456789abcdef");
	assert_int_equal(set(f, &c, NOW).outcome, MANUAL_ALREADY);
	assert_int_equal(status_of(f).last, 1);
	c = change_of(BED_UNKNOWN, BED_OCCUPIED, "0123456789abcdef");
	assert_int_equal(set(f, &c, NOW).outcome, MANUAL_SET);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct fixture *f = *state;
	struct manual_change c = change_of(BED_AVAILABLE, BED_OCCUPIED, "0123456789abcdef");

	with_a_bed(f, T0);
	struct manual_change x = c;
	x.bed_id = SPAN("bed_2");
	assert_int_equal(refused(f, &x, NOW), -ERR_NOT_FOUND);
	x = c;
	x.key = SPAN("short");
	assert_int_equal(refused(f, &x, NOW), -ERR_INVALID);
	x = c;
	x.changed_by = SPAN("Kari Hansen");
	assert_int_equal(refused(f, &x, NOW), -ERR_INVALID);
	outbox_set_min_free(f->o, INT64_MAX / 2);
	assert_int_equal(refused(f, &c, NOW), -ERR_FULL);
}

static void a_clock_a_little_ahead_does_not_make_it_old_news(void **state)
{
	struct fixture *f = *state;
	struct manual_change c = change_of(BED_AVAILABLE, BED_OCCUPIED, "0123456789abcdef");

	with_a_bed(f, NOW + USEC_PER_MIN);
	struct manual_result r = set(f, &c, NOW);
	assert_int_equal(r.outcome, MANUAL_SET);
	assert_int_equal(r.bed.status, BED_OCCUPIED);
	assert_int_equal(r.bed.changed_at, NOW + USEC_PER_MIN + 1);
	c = change_of(BED_OCCUPIED, BED_AVAILABLE, "fedcba9876543210");
	assert_int_equal(refused(f, &c, NOW - USEC_PER_HOUR), -ERR_CONFLICT);
}

static void a_kill_at_any_instruction_repeats_or_completes(void **state)
{
	struct fixture *f = *state;
	static const char *const points[] = {"mid_manual", "before_manual_commit",
					     "after_manual_commit"};
	enum bed_status is = BED_AVAILABLE;

	with_a_bed(f, T0);
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		enum bed_status to = is == BED_AVAILABLE ? BED_OCCUPIED : BED_AVAILABLE;
		char key[32];
		(void)snprintf(key, sizeof(key), "0123456789abcde%zu", i);
		struct manual_change c = change_of(is, to, key);
		struct manual_result r;
		outbox_close(f->o); /* no handle is carried over a fork */
		f->o = NULL;
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			kill_point_arm(points[i]);
			open_again(f);
			(void)manual_set(f->o, &c, NOW + (usec_t)i, &r, NULL);
			_exit(0);
		}
		int how;
		assert_int_equal(waitpid(pid, &how, 0), pid);
		assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
		open_again(f);
		bool was_committed = status_of(f).last == i + 2;
		assert_int_equal(was_committed, i == 2);
		assert_verified(f);
		r = set(f, &c, NOW + USEC_PER_SEC + (usec_t)i); /* the page sends it again */
		assert_int_equal(r.outcome, was_committed ? MANUAL_REPEATED : MANUAL_SET);
		assert_int_equal(r.bed.status, to);
		assert_int_equal(status_of(f).last, i + 2);
		assert_verified(f);
		is = to;
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_change_is_one_event_with_who_when_why_and_what_was_seen),
	    TEST(the_same_request_again_makes_one_event),
	    TEST(who_saw_another_status_is_told_and_nothing_is_written),
	    TEST(what_makes_no_sense_is_refused),
	    TEST(a_clock_a_little_ahead_does_not_make_it_old_news),
	    TEST(a_kill_at_any_instruction_repeats_or_completes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The way of an event: its file, its batch, its road, what the region said and when. */
#include "outbox/trace.h"

#include "fixture.h"

static void answer(struct fixture *f, uint64_t through, struct wire_outcome *outcomes, size_t n,
		   const char *transport, usec_t at)
{
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};

	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	const struct wire_answer w = {.epoch = span_str(b.epoch),
				      .applied_through = through,
				      .outcomes = outcomes,
				      .n_outcomes = n};
	const struct outbox_sent sent = {b.first, b.last, transport};
	OK(outbox_answer(f->o, &w, &sent, at, &err));
}

static struct trace_event *of_file(struct fixture *f, int64_t file, size_t *ret_n)
{
	struct trace_event *events = NULL;

	*ret_n = 0;
	OK(trace_of_file(f->o, file, &f->a, &events, ret_n, &err));
	return events;
}

static void an_event_knows_its_answers_road_batch_and_time(void **state)
{
	struct fixture *f = *state;
	struct wire_outcome late = {2, OUTCOME_LATE, "old news"},
			    none = {5, OUTCOME_CONVERGED, NULL};
	size_t n;

	ten_events(f);
	answer(f, 4, &late, 1, "https", T0 + 1);
	answer(f, 9, &none, 1, "sftp", T0 + 2);
	struct trace_event *e = of_file(f, 1, &n);
	assert_int_equal(n, 10);
	assert_string_equal(e[0].outcome, "applied");
	assert_int_equal(e[0].answered, T0 + 1);
	assert_string_equal(e[0].transport, "https");
	assert_int_equal(e[0].batch_last, 10);
	assert_string_equal(e[1].outcome, "late");
	assert_string_equal(e[1].reason, "old news");
	assert_string_equal(e[4].outcome, "converged");
	assert_string_equal(e[4].transport, "sftp");
	assert_int_equal(e[4].batch_first, 5);
	assert_int_equal(e[8].answered, T0 + 2);
	assert_null(e[9].outcome);
	assert_int_equal(e[9].answered, USEC_NONE);
	assert_int_equal(e[9].seq, 10);
}

static void an_answer_that_comes_twice_or_says_duplicate_keeps_what_was_said_first(void **state)
{
	struct fixture *f = *state;
	struct wire_outcome no = {3, OUTCOME_REJECTED, "no"}, seen = {3, OUTCOME_DUPLICATE, NULL};
	size_t n;

	ten_events(f);
	answer(f, 4, &no, 1, "https", T0 + 1);
	answer(f, 4, &no, 1, "https", T0 + 2);
	OK(outbox_rewind(f->o, 2, &err));
	answer(f, 4, &seen, 1, "sftp", T0 + 3);
	struct trace_event *e = of_file(f, 1, &n);
	assert_string_equal(e[2].outcome, "rejected");
	assert_string_equal(e[2].reason, "no");
	assert_int_equal(e[1].answered, T0 + 1);
}

static void what_was_numbered_anew_is_told_in_its_new_epoch(void **state)
{
	struct fixture *f = *state;
	size_t n;

	ten_events(f);
	answer(f, 4, NULL, 0, "https", T0 + 1);
	OK(outbox_new_epoch(f->o, "test", T0 + 2, &err));
	struct trace_event *e = of_file(f, 1, &n);
	assert_int_equal(e[3].seq, 4);
	assert_int_equal(e[4].seq, 1);
	assert_string_not_equal(e[3].epoch, e[4].epoch);
	assert_string_equal(e[3].outcome, "applied");
	assert_null(e[4].outcome);
}

static void a_beds_events_come_in_order_and_only_the_last_where_that_is_asked(void **state)
{
	struct fixture *f = *state;
	struct trace_event *e;
	struct listing_bed bed;
	struct err why;
	uint64_t all;
	size_t n;

	ten_events(f);
	OK(trace_of_bed(f->o, "bed_0", 0, &f->a, &e, &n, &all, &err));
	assert_int_equal(n, 4);
	assert_int_equal(e[3].seq, 10);
	OK(trace_of_bed(f->o, "bed_0", 3, &f->a, &e, &n, &all, &err));
	assert_int_equal(n, 3);
	assert_int_equal(all, 4);
	assert_int_equal(e[0].seq, 4);
	OK(trace_bed(f->o, "bed_0", &f->a, &bed, &err));
	assert_int_equal(bed.status, BED_OCCUPIED);
	assert_int_equal(trace_bed(f->o, "bed_9", &f->a, &bed, &why), -ERR_NOT_FOUND);
}

static void a_file_is_found_by_its_bytes(void **state)
{
	struct fixture *f = *state;
	struct intake_file a = file_of("a", "a"), other = file_of("b", "other");
	struct err why;
	int64_t id = 0;

	ten_events(f);
	OK(trace_file_with(f->o, &a.digest, &id, &err));
	assert_int_equal(id, 1);
	assert_int_equal(trace_file_with(f->o, &other.digest, &id, &why), -ERR_NOT_FOUND);
}

static void answers_go_when_their_events_do(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("bed_5", BED_RESERVED, 500, 99);
	struct intake_file file = file_of("b", "b");
	bool more = true;
	size_t n;

	ten_events(f);
	answer(f, 4, NULL, 0, "https", T0 + 1);
	answer(f, 10, NULL, 0, "https", T0 + 2);
	OK(outbox_prune(f->o, T0, USEC_PER_HOUR, NULL, &err));
	assert_string_equal(of_file(f, 1, &n)[0].transport, "https");
	OK(outbox_prune(f->o, T0 + USEC_PER_DAY, USEC_PER_HOUR, &more, &err));
	assert_false(more);
	(void)of_file(f, 1, &n);
	assert_int_equal(n, 0);
	take(f, &file, &e, 1);
	assert_int_equal(of_file(f, 2, &n)->answered, USEC_NONE);
	assert_verified(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_event_knows_its_answers_road_batch_and_time),
	    TEST(an_answer_that_comes_twice_or_says_duplicate_keeps_what_was_said_first),
	    TEST(what_was_numbered_anew_is_told_in_its_new_epoch),
	    TEST(a_beds_events_come_in_order_and_only_the_last_where_that_is_asked),
	    TEST(a_file_is_found_by_its_bytes),
	    TEST(answers_go_when_their_events_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

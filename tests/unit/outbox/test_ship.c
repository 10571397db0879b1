/* Shipping: what a peek gives, what an answer changes, and what it may not. */
#include <poll.h>

#include "fixture.h"

static struct wire_answer answer_to(const struct outbox_batch *b, uint64_t applied_through)
{
	return (struct wire_answer){.epoch = span_str(b->epoch),
				    .applied_through = applied_through};
}

static void a_batch_is_what_the_wire_wants(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct buf out = BUF_INIT;
	struct wire_batch read;

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){.events = 4}, &b, &err));
	assert_int_equal(b.first, 1);
	assert_int_equal(b.last, 4);
	assert_int_equal(b.count, 4);
	assert_int_equal(b.queued, 6);
	struct wire_header h = {.facility = SPAN(HOME_ID),
				.epoch = span_str(b.epoch),
				.first = b.first,
				.last = b.last,
				.count = b.count,
				.clock = T0,
				.agent = SPAN("test"),
				.state = b.state,
				.queued = b.queued,
				.rev = b.rev};
	OK(wire_encode(&h, buf_span(&b.lines), &out, &err));
	OK(wire_decode(buf_span(&out), &f->a, &read, &err));
	for (int k = 0; k < 4; k++)
		assert_true(read.items[k].valid);
	assert_true(span_eq_str(read.items[3].event.bed_id, "bed_0"));
	buf_done(&out);
}

static void a_peek_can_go_on_behind_what_is_in_flight(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){.after = 7, .events = 2}, &b, &err));
	assert_int_equal(b.first, 8);
	assert_int_equal(b.last, 9);
	assert_int_equal(b.queued, 1);
	OK(outbox_peek(f->o, &(struct outbox_limits){.after = 10}, &b, &err));
	assert_int_equal(b.count, 0);
	assert_int_equal(b.first, 11);
	assert_int_equal(b.last, 10);
	assert_int_equal(b.lines.n, 0);
}

static void a_batch_keeps_to_its_bytes_but_gives_one_event_at_least(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){.bytes = 1}, &b, &err));
	assert_int_equal(b.count, 1);
	size_t one = b.lines.n;
	OK(outbox_peek(f->o, &(struct outbox_limits){.bytes = one * 3 + 30}, &b, &err));
	assert_int_equal(b.count, 3);
	assert_true(b.lines.n <= one * 3 + 30);
}

static void the_cursor_moves_only_to_what_was_answered_and_never_back(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer four = answer_to(&b, 4), two = answer_to(&b, 2);
	OK(outbox_answer(f->o, &four, NULL, T0, &err));
	OK(outbox_answer(f->o, &two, NULL, T0, &err));
	assert_int_equal(status_of(f).acked, 4);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	assert_int_equal(b.first, 5);
	assert_verified(f);
}

static void an_answer_for_another_epoch_or_beyond_the_last_seq_changes_nothing(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct wire_bed bed = {SPAN("bed_9"), BED_RESERVED, T0};
	struct err why;

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer foreign = answer_to(&b, 3), beyond = answer_to(&b, 11);
	foreign.epoch = SPAN("00000000-0000-4000-8000-000000000000");
	foreign.beds = beyond.beds = &bed;
	foreign.n_beds = beyond.n_beds = 1;
	assert_int_equal(outbox_answer(f->o, &foreign, NULL, T0, &why), -ERR_CONFLICT);
	assert_int_equal(outbox_answer(f->o, &beyond, NULL, T0, &why), -ERR_CONFLICT);
	assert_int_equal(status_of(f).acked, 0);
	assert_int_equal(status_of(f).beds, 3);
}

static void a_rejected_event_becomes_a_dead_letter_once(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct wire_outcome outcomes[] = {{1, OUTCOME_APPLIED, NULL},
					  {2, OUTCOME_REJECTED, "bed is not known"}};
	struct listing_dead *dead;
	size_t n;

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer w = answer_to(&b, 2);
	w.outcomes = outcomes;
	w.n_outcomes = 2;
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(listing_dead_letters(f->o, 0, &f->a, &dead, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(dead[0].seq, 2);
	assert_string_equal(dead[0].reason, "bed is not known");
	assert_memory_equal(dead[0].event_id, "evt_", 4);
	assert_int_equal(status_of(f).acked, 2);
}

static void a_change_made_at_the_region_enters_the_view_unless_the_home_knows_newer(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct wire_bed beds[] = {
	    {SPAN("bed_0"), BED_MAINTENANCE, T0 + 100 * USEC_PER_SEC}, /* newer */
	    {SPAN("bed_1"), BED_MAINTENANCE, T0 - 100 * USEC_PER_SEC}, /* older */
	    {SPAN("bed_7"), BED_RESERVED, T0},			       /* not known here */
	};
	struct listing_bed *rows;
	size_t n;

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer w = answer_to(&b, 10);
	w.beds = beds;
	w.n_beds = 3;
	w.facility_rev = 12;
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(listing_beds(f->o, &f->a, &rows, &n, &err));
	assert_int_equal(n, 4);
	assert_int_equal(rows[0].status, BED_MAINTENANCE);
	assert_int_equal(rows[0].before, BED_OCCUPIED);
	assert_int_not_equal(rows[1].status, BED_MAINTENANCE);
	assert_int_equal(rows[3].status, BED_RESERVED);
	assert_int_equal(status_of(f).rev, 12);
	assert_int_equal(status_of(f).last, 10); /* it makes no event of ours */
}

static void the_state_digest_follows_every_change_of_a_bed(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct bed_state empty[1], three[] = {{SPAN("bed_0"), BED_OCCUPIED},
					      {SPAN("bed_1"), BED_OCCUPIED},
					      {SPAN("bed_2"), BED_AVAILABLE}};
	struct digest none = state_digest(empty, 0), expected = state_digest(three, 3), zero = {0};
	struct wire_bed change = {SPAN("bed_0"), BED_RESERVED, T0 + USEC_PER_HOUR};

	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	assert_true(digest_eq(&b.state, &none));
	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){.events = 1}, &b, &err));
	assert_true(digest_eq(&b.state, &zero)); /* not comparable while more is queued */
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	assert_true(digest_eq(&b.state, &expected));
	struct wire_answer w = answer_to(&b, 10);
	w.beds = &change;
	w.n_beds = 1;
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	assert_false(digest_eq(&b.state, &expected));
}

static void the_digest_is_new_when_another_process_has_changed_a_bed(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	_cleanup_(outbox_closep) struct outbox *syncd = NULL;
	struct event e = event_of("bed_0", BED_RESERVED, 500, 99);
	struct intake_file file = file_of("b", "b");

	ten_events(f);
	OK(outbox_open(f->dir, HOME_ID, OUTBOX_WRITE, &syncd, &err));
	OK(outbox_peek(syncd, &(struct outbox_limits){0}, &b, &err));
	struct digest before = b.state;
	take(f, &file, &e, 1);
	OK(outbox_peek(syncd, &(struct outbox_limits){0}, &b, &err));
	assert_int_equal(b.count, 11);
	assert_false(digest_eq(&b.state, &before));
}

static void a_new_epoch_numbers_what_is_pending_from_1_and_loses_none(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0}, after = {0};

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer w = answer_to(&b, 4);
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	struct event fifth = event_at(f, 5);
	OK(outbox_new_epoch(f->o, "restored from a backup", T0, &err));
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &after, &err));
	assert_string_not_equal(after.epoch, b.epoch);
	assert_int_equal(after.first, 1);
	assert_int_equal(after.count, 6);
	assert_true(ulid_eq(event_at(f, 1).id, fifth.id));
	assert_string_equal(status_of(f).epoch_reason, "restored from a backup");
	struct err why;
	assert_int_equal(outbox_answer(f->o, &w, NULL, T0, &why), -ERR_CONFLICT);
	assert_verified(f);
}

static void the_cursor_can_be_rewound_while_the_events_are_kept(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct err why;

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer w = answer_to(&b, 10);
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(outbox_rewind(f->o, 6, &err));
	assert_int_equal(status_of(f).queued, 4);
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(outbox_prune(f->o, T0 + USEC_PER_DAY, USEC_PER_HOUR, NULL, &err));
	assert_int_equal(outbox_rewind(f->o, 6, &why), -ERR_NOT_FOUND);
	assert_int_equal(status_of(f).queued, 0);
}

static void pruning_keeps_what_is_not_acknowledged_and_never_reuses_a_seq(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct event e = event_of("bed_5", BED_RESERVED, 500, 99);
	struct intake_file file = file_of("b", "b");

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer w = answer_to(&b, 4);
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(outbox_prune(f->o, T0 + USEC_PER_DAY, USEC_PER_HOUR, NULL, &err));
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	assert_int_equal(b.first, 5);
	assert_int_equal(b.count, 6);
	w.applied_through = 10;
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(outbox_prune(f->o, T0 + USEC_PER_DAY, USEC_PER_HOUR, NULL, &err));
	open_again(f);
	take(f, &file, &e, 1);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	assert_int_equal(b.first, 11);
	assert_int_equal(b.count, 1);
	assert_verified(f);
}

static void pruning_stops_at_the_first_event_that_is_young_and_keeps_its_file(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct event e = event_of("bed_5", BED_RESERVED, 500, 99);
	struct intake_file file = file_of("b", "b");
	struct outbox_status s;
	bool more = true;

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer w = answer_to(&b, 10);
	OK(outbox_answer(f->o, &w, NULL, T0, &err));
	OK(outbox_prune(f->o, T0, USEC_PER_HOUR, &more, &err));
	assert_false(more);
	OK(outbox_peek(f->o, &(struct outbox_limits){.after = 0}, &b, &err));
	take(f, &file, &e, 1);
	OK(outbox_prune(f->o, T0 + USEC_PER_DAY, USEC_PER_HOUR, &more, &err));
	OK(outbox_status(f->o, &s, &err));
	assert_int_equal(s.queued, 1);
	assert_verified(f);
}

static void an_answer_proves_agreement_only_while_nothing_new_waits(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_batch_done) struct outbox_batch b = {0};
	struct event e = event_of("bed_5", BED_RESERVED, 500, 99);
	struct intake_file file = file_of("b", "b");
	struct outbox_status s;

	ten_events(f);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &b, &err));
	struct wire_answer w = answer_to(&b, 10);
	take(f, &file, &e, 1); /* while the batch was on its way */
	w.in_sync = WIRE_SYNC_AGREES;
	OK(outbox_answer(f->o, &w, NULL, T0 + 1, &err));
	OK(outbox_status(f->o, &s, &err));
	assert_int_equal(s.in_sync, USEC_NONE);
	w.applied_through = 11;
	OK(outbox_answer(f->o, &w, NULL, T0 + 2, &err));
	w.in_sync = WIRE_SYNC_DIFFERS;
	OK(outbox_answer(f->o, &w, NULL, T0 + 3, &err));
	OK(outbox_status(f->o, &s, &err));
	assert_int_equal(s.in_sync, T0 + 2);
}

static void a_snapshot_tells_every_bed_again_with_its_own_time(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 0;

	ten_events(f);
	OK(outbox_snapshot(f->o, T0 + USEC_PER_DAY, &n, &err));
	assert_int_equal(n, 3);
	struct event e = event_at(f, 11);
	assert_string_equal(e.bed_id.p, "bed_0");
	assert_int_equal(e.reason, REASON_CENSUS);
	assert_int_equal(e.new_status, BED_OCCUPIED);
	assert_int_equal(e.changed_at, T0 + 9 * USEC_PER_SEC);
	assert_verified(f);
}

static void a_wake_reaches_the_listener_and_never_blocks_without_one(void **state)
{
	struct fixture *f = *state;
	int fd = -1;

	outbox_wake(f->dir);
	OK(outbox_wake_listen(f->dir, &fd, &err));
	for (int k = 0; k < 10000; k++) /* far more than the socket holds */
		outbox_wake(f->dir);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	assert_int_equal(poll(&p, 1, 60000), 1);
	outbox_wake_drain(fd);
	assert_int_equal(poll(&p, 1, 0), 0);
	(void)close(fd);
	OK(outbox_wake_listen(f->dir, &fd, &err)); /* over one left behind */
	outbox_wake(f->dir);
	p.fd = fd;
	assert_int_equal(poll(&p, 1, 60000), 1);
	(void)close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_batch_is_what_the_wire_wants),
	    TEST(a_peek_can_go_on_behind_what_is_in_flight),
	    TEST(a_batch_keeps_to_its_bytes_but_gives_one_event_at_least),
	    TEST(the_cursor_moves_only_to_what_was_answered_and_never_back),
	    TEST(an_answer_for_another_epoch_or_beyond_the_last_seq_changes_nothing),
	    TEST(a_rejected_event_becomes_a_dead_letter_once),
	    TEST(a_change_made_at_the_region_enters_the_view_unless_the_home_knows_newer),
	    TEST(the_state_digest_follows_every_change_of_a_bed),
	    TEST(the_digest_is_new_when_another_process_has_changed_a_bed),
	    TEST(a_new_epoch_numbers_what_is_pending_from_1_and_loses_none),
	    TEST(the_cursor_can_be_rewound_while_the_events_are_kept),
	    TEST(pruning_stops_at_the_first_event_that_is_young_and_keeps_its_file),
	    TEST(an_answer_proves_agreement_only_while_nothing_new_waits),
	    TEST(pruning_keeps_what_is_not_acknowledged_and_never_reuses_a_seq),
	    TEST(a_snapshot_tells_every_bed_again_with_its_own_time),
	    TEST(a_wake_reaches_the_listener_and_never_blocks_without_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Taking files in: what is committed, what is known again,
 * and how the home's view fills an event. */
#include "fixture.h"

static void events_get_seq_1_2_3_across_files(void **state)
{
	struct fixture *f = *state;
	struct event first[] = {event_of("bed_1", BED_OCCUPIED, 0, 1),
				event_of("bed_2", BED_RESERVED, 1, 2)};
	struct event second[] = {event_of("bed_3", BED_AVAILABLE, 2, 3)};
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");

	take(f, &a, first, 2);
	take(f, &b, second, 1);
	assert_string_equal(event_at(f, 1).bed_id.p, "bed_1");
	assert_string_equal(event_at(f, 3).bed_id.p, "bed_3");
	assert_int_equal(status_of(f).last, 3);
	assert_verified(f);
}

static void an_aborted_file_leaves_nothing_and_no_gap(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("bed_1", BED_OCCUPIED, 0, 1);
	struct intake_file a = file_of("a", "a");
	struct intake *i;

	OK(intake_begin(f->o, &a, T0, &i, &err));
	OK(intake_event(i, &e, &err));
	intake_abort(i);
	assert_int_equal(status_of(f).last, 0);
	assert_int_equal(status_of(f).files, 0);
	take(f, &a, &e, 1);
	assert_int_equal(status_of(f).last, 1);
	assert_verified(f);
}

static void a_rejected_file_leaves_its_row_and_quarantine_but_no_event_and_no_memory(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("bed_1", BED_OCCUPIED, 0, 1);
	struct intake_file a = file_of("a", "a");
	struct digest visit = digest_of(SPAN("visit"));
	struct bad_record bad = {.record = 2,
				 .line = 3,
				 .field = "STATUS",
				 .value_class = "letters",
				 .reason = "unmapped",
				 .message = "no status is mapped from it"};
	struct listing_file *files;
	struct listing_bad *rows;
	struct intake *i;
	size_t n;

	OK(intake_begin(f->o, &a, T0, &i, &err));
	OK(intake_sink(i)->events(intake_sink(i)->ctx, &e, 1, &err));
	OK(intake_sink(i)->bad(intake_sink(i)->ctx, &bad, &err));
	const struct adapter_memory *m = intake_memory(i);
	OK(m->visit_put(m->ctx, &visit, &(struct visit_memory){.bed = SPAN("bed_1")}, &err));
	OK(intake_reject(i, "too_many_bad", "half of the records are bad", NULL, &err));

	struct outbox_status s = status_of(f);
	assert_int_equal(s.last, 0);
	assert_int_equal(s.beds, 0);
	assert_int_equal(s.rejected, 1);
	assert_int_equal(s.quarantined, 1);
	OK(listing_files(f->o, 0, &f->a, &files, &n, &err));
	assert_string_equal(files[0].state, "rejected");
	assert_string_equal(files[0].reason, "too_many_bad");
	assert_int_equal(files[0].bad, 1);
	OK(listing_quarantine(f->o, files[0].id, 0, &f->a, &rows, &n, &err));
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].field, "STATUS");
	assert_int_equal(rows[0].line, 3);

	/* Mended and dropped again, it is read again. */
	intake_disposed(f->o, files[0].id, "/rejected/a", T0);
	OK(intake_begin(f->o, &a, T0, &i, &err));
	assert_int_equal(intake_verdict(i), INTAKE_NEW);
	m = intake_memory(i);
	struct visit_memory v;
	assert_false(m->visit(m->ctx, &visit, &v));
	intake_abort(i);
}

static void the_same_content_again_is_a_duplicate_that_makes_no_events(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("bed_1", BED_OCCUPIED, 0, 1);
	struct intake_file a = file_of("a", "same"), b = file_of("b", "same");
	struct listing_file *files;
	struct intake *i;
	size_t n;

	int64_t first = take(f, &a, &e, 1);
	intake_disposed(f->o, first, "/archive/a", T0);
	OK(intake_begin(f->o, &b, T0, &i, &err));
	assert_int_equal(intake_verdict(i), INTAKE_DUPLICATE);
	OK(intake_commit(i, NULL, &err));
	assert_int_equal(status_of(f).last, 1);
	OK(listing_files(f->o, 0, &f->a, &files, &n, &err));
	assert_int_equal(n, 2);
	assert_string_equal(files[0].state, "duplicate");
	assert_int_equal(files[0].duplicate_of, first);
	assert_string_equal(files[1].state, "archived");
}

static void a_committed_file_that_is_still_in_its_folder_is_a_repeat_and_no_duplicate(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("bed_1", BED_OCCUPIED, 0, 1);
	struct intake_file a = file_of("a", "x");
	struct intake *i;
	int64_t id = take(f, &a, &e, 1), again;

	open_again(f);
	OK(intake_begin(f->o, &a, T0, &i, &err));
	assert_int_equal(intake_verdict(i), INTAKE_REPEAT);
	OK(intake_commit(i, &again, &err));
	assert_int_equal(again, id);
	assert_int_equal(status_of(f).files, 1);
	assert_int_equal(status_of(f).last, 1);
}

static void a_known_event_id_is_skipped_in_another_file(void **state)
{
	struct fixture *f = *state;
	struct event events[] = {event_of("bed_1", BED_OCCUPIED, 0, 1),
				 event_of("bed_2", BED_OCCUPIED, 0, 2)};
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");
	struct listing_file *files;
	size_t n;

	take(f, &a, events, 1);
	take(f, &b, events, 2);
	assert_int_equal(status_of(f).last, 2);
	OK(listing_files(f->o, 0, &f->a, &files, &n, &err));
	assert_int_equal(files[0].repeated, 1);
	assert_int_equal(files[0].events, 1);
	assert_verified(f);
}

static void previous_status_comes_from_the_homes_view_unless_the_source_says(void **state)
{
	struct fixture *f = *state;
	struct event events[] = {
	    event_of("bed_1", BED_OCCUPIED, 0, 1),
	    event_of("bed_1", BED_AVAILABLE, 1, 2),
	    event_of("bed_1", BED_RESERVED, 1, 3), /* the same second is not older */
	    event_of("bed_1", BED_OCCUPIED, 2, 4),
	};
	struct intake_file a = file_of("a", "a");

	events[3].previous_status = BED_MAINTENANCE;
	take(f, &a, events, 4);
	assert_int_equal(event_at(f, 1).previous_status, BED_UNKNOWN);
	assert_int_equal(event_at(f, 2).previous_status, BED_OCCUPIED);
	assert_int_equal(event_at(f, 3).previous_status, BED_AVAILABLE);
	assert_int_equal(event_at(f, 4).previous_status, BED_MAINTENANCE);
}

static void
an_event_older_than_the_beds_last_change_leaves_the_bed_and_its_previous_unknown(void **state)
{
	struct fixture *f = *state;
	struct event events[] = {event_of("bed_1", BED_OCCUPIED, 100, 1),
				 event_of("bed_1", BED_AVAILABLE, 50, 2)};
	struct intake_file a = file_of("a", "a");
	struct listing_bed *beds;
	size_t n;

	take(f, &a, events, 2);
	assert_int_equal(event_at(f, 2).previous_status, BED_UNKNOWN);
	OK(listing_beds(f->o, &f->a, &beds, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(beds[0].status, BED_OCCUPIED);
	assert_int_equal(beds[0].changed, T0 + 100 * USEC_PER_SEC);
}

static void an_event_far_ahead_of_the_clock_goes_out_but_does_not_move_the_bed(void **state)
{
	struct fixture *f = *state;
	struct event events[] = {event_of("bed_1", BED_OCCUPIED, 0, 1),
				 event_of("bed_1", BED_RESERVED, 7200, 2),
				 event_of("bed_1", BED_AVAILABLE, 60, 3)};
	struct intake_file a = file_of("a", "a");
	struct listing_bed *beds;
	size_t n;

	take(f, &a, events, 3);
	assert_int_equal(status_of(f).last, 3);
	assert_int_equal(event_at(f, 3).previous_status, BED_OCCUPIED);
	OK(listing_beds(f->o, &f->a, &beds, &n, &err));
	assert_int_equal(beds[0].status, BED_AVAILABLE);
}

static void the_view_remembers_the_status_before_and_what_it_knew_of_ward_and_level(void **state)
{
	struct fixture *f = *state;
	struct event events[] = {event_of("bed_1", BED_OCCUPIED, 0, 1),
				 event_of("bed_1", BED_AVAILABLE, 1, 2),
				 event_of("bed_1", BED_AVAILABLE, 2, 3)};
	struct intake_file a = file_of("a", "a");
	struct listing_bed *beds;
	size_t n;

	events[0].ward = SPAN("dementia");
	events[0].care_level = CARE_INTENSIVE;
	take(f, &a, events, 3);
	OK(listing_beds(f->o, &f->a, &beds, &n, &err));
	assert_int_equal(beds[0].status, BED_AVAILABLE);
	assert_int_equal(beds[0].before, BED_OCCUPIED);
	assert_string_equal(beds[0].ward, "dementia");
	assert_int_equal(beds[0].care_level, CARE_INTENSIVE);
}

static void of_a_census_only_differences_become_events(void **state)
{
	struct fixture *f = *state;
	struct event before[] = {event_of("bed_1", BED_OCCUPIED, 0, 1),
				 event_of("bed_2", BED_AVAILABLE, 0, 2)};
	struct event census[] = {event_of("bed_1", BED_OCCUPIED, 60, 3),
				 event_of("bed_2", BED_OCCUPIED, 60, 4),
				 event_of("bed_3", BED_AVAILABLE, 60, 5)};
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");

	take(f, &a, before, 2);
	b.census = true;
	take(f, &b, census, 3);
	assert_int_equal(status_of(f).last, 4);
	assert_string_equal(event_at(f, 3).bed_id.p, "bed_2");
	assert_int_equal(event_at(f, 3).previous_status, BED_AVAILABLE);
	assert_string_equal(event_at(f, 4).bed_id.p, "bed_3");
}

static void the_same_census_at_another_time_is_another_statement(void **state)
{
	struct fixture *f = *state;
	struct event first = event_of("bed_1", BED_OCCUPIED, 0, 1),
		     later = event_of("bed_1", BED_OCCUPIED, 120, 1),
		     between = event_of("bed_1", BED_AVAILABLE, 60, 7);
	struct intake_file census = file_of("c", "list"), delta = file_of("d", "delta");
	struct intake *i;

	census.census = true;
	intake_disposed(f->o, take(f, &census, &first, 1), "", T0);
	take(f, &delta, &between, 1);
	OK(intake_begin(f->o, &census, T0, &i, &err));
	assert_int_equal(intake_verdict(i), INTAKE_DUPLICATE);
	intake_abort(i);
	census.mtime += 120 * USEC_PER_SEC;
	take(f, &census, &later, 1);
	assert_int_equal(status_of(f).last, 3);
	assert_int_equal(event_at(f, 3).new_status, BED_OCCUPIED);
}

static void an_event_of_another_facility_is_refused(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("bed_1", BED_OCCUPIED, 0, 1);
	struct intake_file a = file_of("a", "a");
	struct intake *i;
	struct err why;

	e.facility_id = SPAN("fac_other");
	OK(intake_begin(f->o, &a, T0, &i, &err));
	assert_int_equal(intake_event(i, &e, &why), -ERR_DENIED);
	assert_false(intake_failed(i, NULL));
	intake_abort(i);
}

static void an_outbox_of_another_facility_does_not_open(void **state)
{
	struct fixture *f = *state;
	struct outbox *o = NULL;
	struct err why;

	assert_int_equal(outbox_open(f->dir, "fac_other", OUTBOX_WRITE, &o, &why), -ERR_INVALID);
	assert_int_equal(outbox_open("/nonexistent", NULL, OUTBOX_READ, &o, &why), -ERR_NOT_FOUND);
	assert_null(o);
}

static void visits_and_messages_are_remembered_across_files(void **state)
{
	struct fixture *f = *state;
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");
	struct digest visit = digest_of(SPAN("v")), id = digest_of(SPAN("id")),
		      c1 = digest_of(SPAN("1")), c2 = digest_of(SPAN("2"));
	struct visit_memory v = {.bed = SPAN("bed_2"), .before = SPAN("bed_1")};
	enum message_seen seen;
	struct intake *i;

	OK(intake_begin(f->o, &a, T0, &i, &err));
	const struct adapter_memory *m = intake_memory(i);
	OK(m->visit_put(m->ctx, &visit, &v, &err));
	OK(m->message(m->ctx, &id, &c1, &seen, &err));
	assert_int_equal(seen, MESSAGE_NEW);
	OK(intake_commit(i, NULL, &err));
	open_again(f);

	OK(intake_begin(f->o, &b, T0, &i, &err));
	m = intake_memory(i);
	struct visit_memory got;
	assert_true(m->visit(m->ctx, &visit, &got));
	assert_true(span_eq_str(got.bed, "bed_2") && span_eq_str(got.before, "bed_1"));
	OK(m->message(m->ctx, &id, &c1, &seen, &err));
	assert_int_equal(seen, MESSAGE_SAME);
	OK(m->message(m->ctx, &id, &c2, &seen, &err));
	assert_int_equal(seen, MESSAGE_CHANGED);
	intake_abort(i);
}

static void with_too_little_room_intake_stops_and_shipping_goes_on(void **state)
{
	struct fixture *f = *state;
	struct event e = event_of("bed_1", BED_OCCUPIED, 0, 1);
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");
	_cleanup_(outbox_batch_done) struct outbox_batch batch = {0};
	struct intake *i = NULL;
	struct err why;

	take(f, &a, &e, 1);
	outbox_set_min_free(f->o, INT64_MAX / 2);
	assert_int_equal(intake_begin(f->o, &b, T0, &i, &why), -ERR_FULL);
	assert_true(why.retriable);
	assert_true(status_of(f).disk_full);
	OK(outbox_peek(f->o, &(struct outbox_limits){0}, &batch, &err));
	assert_int_equal(batch.count, 1);
}

static void quarantine_keeps_so_many_rows_per_file_and_counts_the_rest(void **state)
{
	struct fixture *f = *state;
	struct intake_file a = file_of("a", "a");
	struct listing_file *files;
	struct intake *i;
	size_t n;

	OK(intake_begin(f->o, &a, T0, &i, &err));
	for (uint64_t k = 1; k <= INTAKE_QUARANTINE_MAX + 5; k++)
		OK(intake_sink(i)->bad(intake_sink(i)->ctx,
				       &(struct bad_record){.record = k,
							    .field = "",
							    .value_class = "",
							    .reason = "bad_record",
							    .message = ""},
				       &err));
	OK(intake_commit(i, NULL, &err));
	OK(listing_files(f->o, 0, &f->a, &files, &n, &err));
	assert_int_equal(files[0].bad, INTAKE_QUARANTINE_MAX + 5);
	assert_int_equal(status_of(f).quarantined, INTAKE_QUARANTINE_MAX);
}

static void a_waiting_file_is_listed_until_it_is_over(void **state)
{
	struct fixture *f = *state;
	struct listing_file *files;
	size_t n;

	struct file_name name;
	outbox_file_name(f->o, "x\xff", NULL, &name);
	OK(intake_waiting(f->o, "/drop", &name, "unmatched", "no adapter matches", T0, &err));
	OK(intake_waiting(f->o, "/drop", &name, "unmatched", "no adapter matches", T0 + 1, &err));
	OK(listing_files(f->o, 0, &f->a, &files, &n, &err));
	assert_int_equal(n, 1);
	assert_string_equal(files[0].state, "unmatched");
	assert_int_equal(files[0].taken, T0);
	OK(intake_waiting_over(f->o, "/drop", &name, &err));
	OK(listing_files(f->o, 0, &f->a, &files, &n, &err));
	assert_int_equal(n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(events_get_seq_1_2_3_across_files),
	    TEST(an_aborted_file_leaves_nothing_and_no_gap),
	    TEST(a_rejected_file_leaves_its_row_and_quarantine_but_no_event_and_no_memory),
	    TEST(the_same_content_again_is_a_duplicate_that_makes_no_events),
	    TEST(a_committed_file_that_is_still_in_its_folder_is_a_repeat_and_no_duplicate),
	    TEST(a_known_event_id_is_skipped_in_another_file),
	    TEST(previous_status_comes_from_the_homes_view_unless_the_source_says),
	    TEST(an_event_older_than_the_beds_last_change_leaves_the_bed_and_its_previous_unknown),
	    TEST(an_event_far_ahead_of_the_clock_goes_out_but_does_not_move_the_bed),
	    TEST(the_view_remembers_the_status_before_and_what_it_knew_of_ward_and_level),
	    TEST(of_a_census_only_differences_become_events),
	    TEST(the_same_census_at_another_time_is_another_statement),
	    TEST(an_event_of_another_facility_is_refused),
	    TEST(an_outbox_of_another_facility_does_not_open),
	    TEST(visits_and_messages_are_remembered_across_files),
	    TEST(with_too_little_room_intake_stops_and_shipping_goes_on),
	    TEST(quarantine_keeps_so_many_rows_per_file_and_counts_the_rest),
	    TEST(a_waiting_file_is_listed_until_it_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

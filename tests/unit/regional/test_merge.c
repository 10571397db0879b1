/* The merge against a real PostgreSQL. */
#include "regional/merge/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bed/state.h"
#include "tests/unit/regional/homes.h"
#include "tests/unit/store/pg_server.h"

struct region {
	char *conninfo;
	struct merge *merge;
	struct arena arena;
};

static struct region open_region(int homes)
{
	struct region r = {.conninfo = homes_database(postgres, homes)};

	r.merge = homes_merge_start(r.conninfo, 2);
	return r;
}

static void close_region(struct region *r)
{
	merge_stop(r->merge);
	arena_done(&r->arena);
	free(r->conninfo);
}

static struct wire_batch *one_event(struct region *r, uint64_t seq, const char *bed,
				    enum bed_status previous, enum bed_status next, usec_t at)
{
	struct wire_batch *b = homes_batch(&r->arena, "fac_0", HOMES_EPOCH, seq, 1);

	(void)homes_event(b, 0, bed, previous, next, at);
	return b;
}

static enum outcome take(struct region *r, struct wire_batch *b)
{
	struct merge_job job = homes_merge(r->merge, &r->arena, b, HOMES_T0 + USEC_PER_DAY);

	assert_int_equal(job.verdict, MERGE_TAKEN);
	assert_int_equal(job.answer.n_outcomes, 1);
	assert_int_equal(job.answer.applied_through, b->header.last);
	return job.answer.outcomes[0].outcome;
}

static int64_t number(struct region *r, const char *sql)
{
	return pg_server_number(r->conninfo, sql);
}

static void each_outcome_has_its_effect(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);
	struct wire_batch *first = one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);

	assert_int_equal(take(&r, first), OUTCOME_APPLIED);
	assert_int_equal(
	    take(&r, one_event(&r, 2, "bed_1", BED_AVAILABLE, BED_OCCUPIED, HOMES_T0 + 100)),
	    OUTCOME_APPLIED);
	assert_int_equal(
	    take(&r, one_event(&r, 3, "bed_1", BED_RESERVED, BED_OCCUPIED, HOMES_T0 + 200)),
	    OUTCOME_CONVERGED);
	assert_int_equal(
	    take(&r, one_event(&r, 4, "bed_1", BED_AVAILABLE, BED_RESERVED, HOMES_T0 + 50)),
	    OUTCOME_LATE);
	assert_int_equal(
	    number(&r, "SELECT version FROM beds WHERE status = 'occupied' AND NOT unconfirmed"),
	    2);
	assert_int_equal(
	    take(&r, one_event(&r, 5, "bed_1", BED_MAINTENANCE, BED_AVAILABLE, HOMES_T0 + 300)),
	    OUTCOME_CONFLICT);
	assert_int_equal(
	    number(&r, "SELECT version FROM beds WHERE status = 'occupied' AND unconfirmed"), 2);
	assert_int_equal(
	    take(&r, one_event(&r, 6, "bed_1", BED_AVAILABLE, BED_RESERVED, HOMES_T0 + 400)),
	    OUTCOME_CONFLICT);
	assert_int_equal(number(&r, "SELECT events::bigint FROM conflicts WHERE status = 'open' "
				    "AND branch_status = 'reserved'"),
			 2);
	struct wire_batch *again =
	    one_event(&r, 7, "bed_1", BED_AVAILABLE, BED_AVAILABLE, HOMES_T0);
	again->items[0].event.id = first->items[0].event.id;
	assert_int_equal(take(&r, again), OUTCOME_DUPLICATE);
	struct wire_batch *ahead =
	    one_event(&r, 8, "bed_1", BED_OCCUPIED, BED_AVAILABLE, HOMES_T0 + 2 * USEC_PER_DAY);
	assert_int_equal(take(&r, ahead), OUTCOME_REJECTED);
	assert_int_equal(number(&r, "SELECT count(*) FROM bed_audit_log"), 6);
	assert_int_equal(number(&r, "SELECT count(DISTINCT conflict_id) FROM bed_audit_log"), 1);
	assert_int_equal(number(&r, "SELECT count(*) FROM refusals WHERE seq = 8"), 1);
	assert_int_equal(number(&r, "SELECT unconfirmed::bigint FROM facility_availability WHERE "
				    "total = 1 AND available = 0"),
			 1);
}

static void news_older_than_a_confirmation_is_old_news(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);

	assert_int_equal(take(&r, one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0)),
			 OUTCOME_APPLIED);
	assert_int_equal(
	    take(&r, one_event(&r, 2, "bed_1", BED_RESERVED, BED_OCCUPIED, HOMES_T0 + 200)),
	    OUTCOME_CONVERGED);
	assert_int_equal(
	    take(&r, one_event(&r, 3, "bed_1", BED_OCCUPIED, BED_AVAILABLE, HOMES_T0 + 100)),
	    OUTCOME_LATE);
	assert_int_equal(number(&r, "SELECT version FROM beds WHERE status = 'occupied' AND "
				    "confirmed_at > last_updated"),
			 1);
}

static void a_batch_sent_twice_counts_once(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);
	struct wire_batch *b = homes_batch(&r.arena, "fac_0", HOMES_EPOCH, 1, 3);

	(void)homes_event(b, 0, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);
	b->items[1].reason = "not JSON"; /* it cannot be read */
	(void)homes_event(b, 2, "bed_1", BED_AVAILABLE, BED_OCCUPIED, HOMES_T0 + 1);
	for (int i = 0; i < 2; i++) {
		struct merge_job job = homes_merge(r.merge, &r.arena, b, HOMES_T0 + 2);
		assert_int_equal(job.verdict, MERGE_TAKEN);
		assert_int_equal(job.answer.applied_through, 3);
		assert_int_equal(job.answer.outcomes[0].outcome,
				 i ? OUTCOME_DUPLICATE : OUTCOME_APPLIED);
		/* refused each time: the first answer, and with it the dead letter, may have been
		 * lost */
		assert_int_equal(job.answer.outcomes[1].outcome, OUTCOME_REJECTED);
		assert_string_equal(job.answer.outcomes[1].reason, "not JSON");
	}
	assert_int_equal(number(&r, "SELECT count(*) FROM bed_audit_log"), 2);
	assert_int_equal(number(&r, "SELECT version FROM beds"), 2);
	assert_int_equal(number(&r, "SELECT rev FROM facilities"), 1);
}

static void a_gap_settles_nothing_and_says_where_to_go_on(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);

	assert_int_equal(take(&r, one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0)),
			 OUTCOME_APPLIED);
	struct merge_job job = homes_merge(
	    r.merge, &r.arena, one_event(&r, 3, "bed_1", BED_AVAILABLE, BED_OCCUPIED, HOMES_T0 + 2),
	    HOMES_T0 + 5);
	assert_int_equal(job.verdict, MERGE_TAKEN);
	assert_int_equal(job.answer.applied_through, 1);
	assert_int_equal(job.answer.n_outcomes, 0);
	assert_int_equal(number(&r, "SELECT count(*) FROM bed_audit_log"), 1);
}

static int64_t gap(struct region *r)
{
	return number(r, "SELECT coalesce(gap_through, 0) FROM facilities");
}

static void a_gap_is_remembered_until_it_is_filled(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);

	take(&r, one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0));
	homes_merge(r.merge, &r.arena,
		    one_event(&r, 4, "bed_2", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0 + 2),
		    HOMES_T0 + USEC_PER_MIN);
	assert_int_equal(gap(&r), 3);
	homes_merge(r.merge, &r.arena,
		    one_event(&r, 3, "bed_3", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0 + 2),
		    HOMES_T0 + 2 * USEC_PER_MIN);
	assert_int_equal(gap(&r), 3); /* still, and since the first of them */
	assert_int_equal(number(&r, "SELECT extract(epoch FROM gap_since)::bigint FROM facilities"),
			 (HOMES_T0 + USEC_PER_MIN) / USEC_PER_SEC);
	/* The home was heard of, but not what its beds are. */
	assert_int_equal(
	    number(&r, "SELECT extract(epoch FROM last_contact_at)::bigint FROM facilities"),
	    (HOMES_T0 + 2 * USEC_PER_MIN) / USEC_PER_SEC);
	assert_int_equal(number(&r, "SELECT extract(epoch FROM as_of)::bigint FROM facilities"),
			 HOMES_T0 / USEC_PER_SEC);
	take(&r, one_event(&r, 2, "bed_4", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0 + 2));
	assert_int_equal(gap(&r), 3);
	take(&r, one_event(&r, 3, "bed_3", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0 + 2));
	assert_int_equal(gap(&r), 0);
	assert_int_equal(number(&r, "SELECT count(*) FROM facilities WHERE gap_since IS NULL"), 1);
}

static void a_new_epoch_ends_the_gap_of_the_old_one(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);
	struct wire_batch *anew = one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0);

	homes_merge(r.merge, &r.arena,
		    one_event(&r, 9, "bed_2", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0), HOMES_T0);
	assert_int_equal(gap(&r), 8);
	anew->header.epoch = SPAN("11111111-0000-4000-8000-000000000000");
	homes_merge(r.merge, &r.arena, anew, HOMES_T0 + 5);
	assert_int_equal(gap(&r), 0);
}

static void only_news_from_the_ehr_feeds(void **state _unused_)
{
	static const char *const fed = "SELECT count(*) FROM facilities WHERE fed_at IS NOT NULL";
	static const struct {
		struct span adapter;
		int64_t fed;
	} cases[] = {{{0}, 0}, {{"board", 5}, 0}, {{"plain", 5}, 1}};
	_cleanup_(close_region) struct region r = open_region(1);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wire_batch *b =
		    one_event(&r, i + 1, "bed_1", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0 + (usec_t)i);
		b->items[0].event.source.adapter = cases[i].adapter;
		take(&r, b);
		assert_int_equal(number(&r, fed), cases[i].fed);
	}
}

static void another_event_under_the_same_seq_asks_for_a_new_epoch(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);

	assert_int_equal(take(&r, one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0)),
			 OUTCOME_APPLIED);
	struct wire_batch *other =
	    one_event(&r, 1, "bed_1", BED_AVAILABLE, BED_OCCUPIED, HOMES_T0 + 1);
	assert_int_equal(homes_merge(r.merge, &r.arena, other, HOMES_T0 + 5).verdict, MERGE_EPOCH);
	struct wire_batch *heartbeat = homes_batch(&r.arena, "fac_0", HOMES_EPOCH, 1, 0);
	heartbeat->header.queued = 0;
	assert_int_equal(homes_merge(r.merge, &r.arena, heartbeat, HOMES_T0 + 5).verdict,
			 MERGE_EPOCH);
	assert_int_equal(number(&r, "SELECT count(*) FROM bed_audit_log"), 1);
	other->header.epoch = SPAN("99999999-2222-3333-4444-555555555555");
	assert_int_equal(take(&r, other), OUTCOME_APPLIED);
	assert_int_equal(number(&r, "SELECT count(*) FROM streams"), 2);
}

static void an_unknown_or_revoked_home_is_turned_away_alone(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(2);
	struct merge_job jobs[2] = {0};

	pg_server_run(r.conninfo, "UPDATE facilities SET revoked_at = now() WHERE id = 'fac_1'");
	for (int i = 0; i < 2; i++) {
		jobs[i] = (struct merge_job){
		    .batch = one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0),
		    .received_at = HOMES_T0,
		    .arena = &r.arena};
	}
	jobs[1].batch->header.facility = SPAN("fac_1");
	/* one arena for two workers would be a race: one after the other */
	homes_merge_all(r.merge, &jobs[0], 1);
	homes_merge_all(r.merge, &jobs[1], 1);
	assert_int_equal(jobs[0].verdict, MERGE_TAKEN);
	assert_int_equal(jobs[1].verdict, MERGE_UNKNOWN);
	struct wire_batch *stranger = homes_batch(&r.arena, "fac_9", HOMES_EPOCH, 1, 0);
	assert_int_equal(homes_merge(r.merge, &r.arena, stranger, HOMES_T0).verdict, MERGE_UNKNOWN);
	assert_int_equal(number(&r, "SELECT count(*) FROM bed_audit_log"), 1);
}

static void an_event_for_another_home_is_rejected(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(2);
	struct wire_batch *b = one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);

	b->items[0].event.facility_id = SPAN("fac_1");
	assert_int_equal(take(&r, b), OUTCOME_REJECTED);
	assert_int_equal(number(&r, "SELECT count(*) FROM beds"), 0);
}

static void a_bed_that_moves_leaves_a_row_of_zero_behind(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);
	struct wire_batch *b = one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);

	b->items[0].event.ward = SPAN("dementia");
	b->items[0].event.care_level = CARE_LIGHT;
	assert_int_equal(take(&r, b), OUTCOME_APPLIED);
	b = one_event(&r, 2, "bed_1", BED_AVAILABLE, BED_AVAILABLE, HOMES_T0 + 1);
	b->items[0].event.care_level = CARE_INTENSIVE;
	assert_int_equal(take(&r, b), OUTCOME_APPLIED);
	assert_int_equal(number(&r, "SELECT total::bigint FROM facility_availability WHERE ward = "
				    "'dementia' AND care_level = 'light'"),
			 0);
	assert_int_equal(number(&r, "SELECT available::bigint FROM facility_availability WHERE "
				    "ward = 'dementia' AND care_level = 'intensive'"),
			 1);
}

static void unknown_beds_wait_for_an_administrator_where_the_home_says_so(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);

	pg_server_run(r.conninfo, "UPDATE facilities SET auto_register = false");
	assert_int_equal(take(&r, one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0)),
			 OUTCOME_REJECTED);
	pg_server_run(r.conninfo, "INSERT INTO beds (facility_id, id, ward, care_level, status, "
				  "last_updated, confirmed_at)"
				  " VALUES ('fac_0', 'bed_1', 'dementia', 'light', 'available', "
				  "'2026-01-01Z', '2026-01-01Z')");
	assert_int_equal(take(&r, one_event(&r, 2, "bed_1", BED_AVAILABLE, BED_OCCUPIED, HOMES_T0)),
			 OUTCOME_APPLIED);
	assert_int_equal(
	    number(&r,
		   "SELECT occupied::bigint FROM facility_availability WHERE ward = 'dementia'"),
	    1);
}

static struct wire_batch *heartbeat(struct region *r, enum bed_status status, usec_t at)
{
	struct wire_batch *b = homes_batch(&r->arena, "fac_0", HOMES_EPOCH, 2, 0);
	struct bed_state beds[] = {{SPAN("bed_1"), status}};

	b->header.queued = 0;
	b->header.clock = at;
	b->header.state = state_digest(beds, 1);
	return b;
}

static void a_home_is_known_through_its_last_contact_only_while_both_agree(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);
	usec_t at = HOMES_T0 + USEC_PER_HOUR;

	assert_int_equal(take(&r, one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0)),
			 OUTCOME_APPLIED);
	assert_int_equal(number(&r, "SELECT extract(epoch FROM as_of)::bigint FROM facilities"),
			 HOMES_T0 / USEC_PER_SEC);
	struct merge_job job = homes_merge(r.merge, &r.arena, heartbeat(&r, BED_AVAILABLE, at), at);
	assert_false(job.answer.snapshot_wanted);
	assert_int_equal(number(&r, "SELECT extract(epoch FROM as_of)::bigint FROM facilities "
				    "WHERE as_of = in_sync_at"),
			 at / USEC_PER_SEC);
	/* The home says otherwise: a census is asked for, once, and what we know does not get
	 * younger. */
	job = homes_merge(r.merge, &r.arena, heartbeat(&r, BED_OCCUPIED, at + USEC_PER_MIN),
			  at + USEC_PER_MIN);
	assert_true(job.answer.snapshot_wanted);
	job = homes_merge(r.merge, &r.arena, heartbeat(&r, BED_OCCUPIED, at + USEC_PER_MIN),
			  at + 2 * USEC_PER_MIN);
	assert_false(job.answer.snapshot_wanted);
	assert_int_equal(number(&r, "SELECT extract(epoch FROM as_of)::bigint FROM facilities"),
			 at / USEC_PER_SEC);
	assert_int_equal(
	    number(&r, "SELECT extract(epoch FROM last_contact_at)::bigint FROM facilities"),
	    (at + 2 * USEC_PER_MIN) / USEC_PER_SEC);
	assert_int_equal(number(&r, "SELECT rev FROM facilities"), 1);
}

static void
a_difference_that_a_conflict_or_a_refusal_explains_asks_for_no_census(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);
	struct wire_batch *b = homes_batch(&r.arena, "fac_0", HOMES_EPOCH, 1, 4);
	/* bed_3's event will be refused, bed_1's last one set aside; the home holds both */
	struct bed_state as_the_home_sees_it[] = {{SPAN("bed_1"), BED_RESERVED},
						  {SPAN("bed_2"), BED_OCCUPIED},
						  {SPAN("bed_3"), BED_AVAILABLE}};

	(void)homes_event(b, 0, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);
	(void)homes_event(b, 1, "bed_2", BED_UNKNOWN, BED_OCCUPIED, HOMES_T0);
	(void)homes_event(b, 2, "bed_3", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0 + USEC_PER_DAY);
	(void)homes_event(b, 3, "bed_1", BED_OCCUPIED, BED_RESERVED, HOMES_T0 + 1);
	b->header.queued = 0;
	b->header.state = state_digest(as_the_home_sees_it, 3);
	struct merge_job job = homes_merge(r.merge, &r.arena, b, HOMES_T0 + 2);
	assert_int_equal(job.answer.outcomes[2].outcome, OUTCOME_REJECTED);
	assert_int_equal(job.answer.outcomes[3].outcome, OUTCOME_CONFLICT);
	assert_false(job.answer.snapshot_wanted);
	assert_int_equal(number(&r, "SELECT count(*) FROM home_views"), 2);
	assert_int_equal(number(&r, "SELECT count(*) FROM facilities WHERE in_sync_at IS NOT NULL"),
			 1);

	/* the home comes round: nothing is left to explain */
	b = one_event(&r, 5, "bed_1", BED_AVAILABLE, BED_OCCUPIED, HOMES_T0 + 3);
	b->header.queued = 0;
	as_the_home_sees_it[0].status = BED_OCCUPIED;
	b->header.state = state_digest(as_the_home_sees_it, 3);
	assert_int_equal(take(&r, b), OUTCOME_APPLIED);
	assert_int_equal(number(&r, "SELECT count(*) FROM home_views WHERE bed_id = 'bed_3'"), 1);
	assert_int_equal(number(&r, "SELECT count(*) FROM home_views"), 1);
	assert_int_equal(
	    number(&r, "SELECT count(*) FROM facilities WHERE snapshot_asked_at IS NULL"), 1);
}

/* A constraint of the test's own plays the row that no one foresaw. */
static void
one_event_that_postgresql_refuses_blocks_neither_its_home_nor_others(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(8);
	struct arena arenas[8] = {0};
	struct merge_job jobs[8] = {0};
	char facility[8][16];

	pg_server_run(r.conninfo,
		      "ALTER TABLE bed_audit_log ADD CHECK (changed_by <> 'user_poison')");
	for (int i = 0; i < 8; i++) {
		(void)snprintf(facility[i], sizeof(facility[i]), "fac_%d", i);
		struct wire_batch *b = homes_batch(&arenas[i], facility[i], HOMES_EPOCH, 1, 3);
		(void)homes_event(b, 0, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);
		struct event *e =
		    homes_event(b, 1, "bed_1", BED_AVAILABLE, BED_OCCUPIED, HOMES_T0 + 1);
		if (i == 3)
			e->changed_by = SPAN("user_poison");
		(void)homes_event(b, 2, "bed_2", BED_UNKNOWN, BED_RESERVED, HOMES_T0 + 2);
		jobs[i] = (struct merge_job){
		    .batch = b, .received_at = HOMES_T0 + 5, .arena = &arenas[i]};
	}
	homes_merge_all(r.merge, jobs, 8);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(jobs[i].verdict, MERGE_TAKEN);
		assert_int_equal(jobs[i].answer.applied_through, 3);
		assert_int_equal(jobs[i].answer.n_outcomes, 3);
		assert_int_equal(jobs[i].answer.outcomes[1].outcome,
				 i == 3 ? OUTCOME_REJECTED : OUTCOME_APPLIED);
		assert_int_equal(jobs[i].answer.outcomes[2].outcome, OUTCOME_APPLIED);
		arena_done(&arenas[i]);
	}
	assert_int_equal(number(&r, "SELECT count(*) FROM bed_audit_log"), 23);
	assert_int_equal(
	    number(&r, "SELECT count(*) FROM refusals WHERE facility_id = 'fac_3' AND seq = 2"), 1);
	assert_int_equal(number(&r, "SELECT count(*) FROM beds WHERE id = 'bed_2'"), 8);
}

static void while_postgresql_is_away_batches_are_sent_back_and_later_taken(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);
	struct wire_batch *b = one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);

	pg_server_kill(postgres);
	assert_int_equal(homes_merge(r.merge, &r.arena, b, HOMES_T0).verdict, MERGE_AWAY);
	usec_t deadline = clock_monotonic() + 30 * USEC_PER_SEC;
	while (merge_state(r.merge).connected >
	       0) /* noticed by every worker, also those that had nothing to do */
		assert_true(clock_monotonic() < deadline);
	pg_server_again(postgres);
	homes_wait_connected(r.merge);
	assert_int_equal(take(&r, b), OUTCOME_APPLIED);
}

static void the_database_ending_our_connection_costs_nobody_a_retry(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region(1);

	assert_int_equal(take(&r, one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0)),
			 OUTCOME_APPLIED);
	pg_server_run(
	    r.conninfo,
	    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = "
	    "'bedpost-regional merge'");
	assert_int_equal(
	    take(&r, one_event(&r, 2, "bed_1", BED_AVAILABLE, BED_OCCUPIED, HOMES_T0 + 1)),
	    OUTCOME_APPLIED);
}

static void a_schema_that_is_not_ours_is_as_good_as_away(void **state _unused_)
{
	char *conninfo = pg_server_database(postgres);
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct merge *m;
	struct err err = {0};

	assert_int_equal(
	    merge_start(&(struct merge_options){.database = conninfo, .workers = 1}, &m, &err), 0);
	assert_int_equal(
	    homes_merge(m, &a, homes_batch(&a, "fac_0", HOMES_EPOCH, 1, 0), HOMES_T0).verdict,
	    MERGE_AWAY);
	merge_stop(m);
	free(conninfo);
}

struct seen_change {
	int calls;
	struct avail last;
};

static void remember(void *user, const struct avail *rows, size_t n)
{
	struct seen_change *s = user;

	s->calls++;
	s->last = rows[n - 1];
}

static void changes_are_told_after_the_commit_with_the_homes_new_rev(void **state _unused_)
{
	char *conninfo = homes_database(postgres, 1);
	struct seen_change seen = {0};
	struct region r = {.conninfo = conninfo};
	struct err err = {0};

	assert_int_equal(merge_start(&(struct merge_options){.database = conninfo,
							     .workers = 1,
							     .changed = remember,
							     .user = &seen},
				     &r.merge, &err),
			 0);
	homes_wait_connected(r.merge);
	_cleanup_(pg_closep) struct pg *listener = pg_server_connect(conninfo);
	assert_int_equal(pg_exec(listener, "LISTEN bedpost_changed", NULL), 0);
	assert_int_equal(take(&r, one_event(&r, 1, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0)),
			 OUTCOME_APPLIED);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.last.available, 1);
	assert_int_equal(seen.last.rev, 1);
	assert_string_equal(seen.last.ward, "unassigned");
	assert_int_equal(pg_exec(listener, "SELECT 1", NULL), 0);
	struct pg_notification n;
	assert_int_equal(pg_next_notification(listener, &n, NULL), 1);
	assert_true(span_eq(n.payload, SPAN("fac_0")));
	close_region(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_outcome_has_its_effect),
	    cmocka_unit_test(news_older_than_a_confirmation_is_old_news),
	    cmocka_unit_test(a_batch_sent_twice_counts_once),
	    cmocka_unit_test(a_gap_settles_nothing_and_says_where_to_go_on),
	    cmocka_unit_test(a_gap_is_remembered_until_it_is_filled),
	    cmocka_unit_test(a_new_epoch_ends_the_gap_of_the_old_one),
	    cmocka_unit_test(only_news_from_the_ehr_feeds),
	    cmocka_unit_test(another_event_under_the_same_seq_asks_for_a_new_epoch),
	    cmocka_unit_test(an_unknown_or_revoked_home_is_turned_away_alone),
	    cmocka_unit_test(an_event_for_another_home_is_rejected),
	    cmocka_unit_test(a_bed_that_moves_leaves_a_row_of_zero_behind),
	    cmocka_unit_test(unknown_beds_wait_for_an_administrator_where_the_home_says_so),
	    cmocka_unit_test(a_home_is_known_through_its_last_contact_only_while_both_agree),
	    cmocka_unit_test(a_difference_that_a_conflict_or_a_refusal_explains_asks_for_no_census),
	    cmocka_unit_test(one_event_that_postgresql_refuses_blocks_neither_its_home_nor_others),
	    cmocka_unit_test(while_postgresql_is_away_batches_are_sent_back_and_later_taken),
	    cmocka_unit_test(the_database_ending_our_connection_costs_nobody_a_retry),
	    cmocka_unit_test(a_schema_that_is_not_ours_is_as_good_as_away),
	    cmocka_unit_test(changes_are_told_after_the_commit_with_the_homes_new_rev),
	};
	return cmocka_run_group_tests(tests, pg_server_set_up, pg_server_tear_down);
}

/* Changes made at the region, against a real PostgreSQL: with their home's own events before, after
 * and in between. */
#include "regional/merge/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "bed/state.h"
#include "tests/unit/regional/homes.h"
#include "tests/unit/store/pg_server.h"

#define NOW (HOMES_T0 + USEC_PER_HOUR)

struct region {
	char *conninfo;
	struct merge *merge;
	struct arena arena;
	uint64_t seq; /* the home's last */
};

static struct region open_region(void)
{
	struct region r = {.conninfo = homes_database(postgres, 1)};

	r.merge = homes_merge_start(r.conninfo, 1);
	return r;
}

static void close_region(struct region *r)
{
	merge_stop(r->merge);
	arena_done(&r->arena);
	free(r->conninfo);
}

static int64_t number(struct region *r, const char *sql)
{
	return pg_server_number(r->conninfo, sql);
}

/* One event of the home, which then holds bed_1 as `sees` and has taken in rev. */
static struct wire_answer home_says(struct region *r, enum bed_status previous,
				    enum bed_status next, usec_t at, enum bed_status sees,
				    int64_t rev)
{
	uint32_t n = next == BED_UNKNOWN ? 0 : 1;
	struct wire_batch *b = homes_batch(&r->arena, "fac_0", HOMES_EPOCH, r->seq + 1, n);
	struct bed_state state = {SPAN("bed_1"), sees};

	if (n)
		(void)homes_event(b, 0, "bed_1", previous, next, at);
	r->seq += n;
	b->header.queued = 0;
	b->header.rev = rev;
	b->header.state = state_digest(&state, 1);
	struct merge_job job = homes_merge(r->merge, &r->arena, b, NOW + 2 * USEC_PER_HOUR);
	assert_int_equal(job.verdict, MERGE_TAKEN);
	return job.answer;
}

static struct wire_answer heartbeat(struct region *r, enum bed_status sees, int64_t rev)
{
	return home_says(r, BED_UNKNOWN, BED_UNKNOWN, 0, sees, rev);
}

static struct change change(struct region *r, struct change c, usec_t now)
{
	struct merge_job job = {.source_ip = SPAN("192.0.2.9")};

	c.facility_id = SPAN("fac_0");
	c.bed_id = c.bed_id.p ? c.bed_id : SPAN("bed_1");
	c.changed_by = SPAN("user_manager");
	change_job(&c, &r->arena, now, &job);
	homes_merge_all(r->merge, &job, 1);
	assert_int_equal(job.verdict, MERGE_TAKEN);
	return c;
}

static struct change set(struct region *r, enum bed_status status, int64_t version, usec_t now)
{
	return change(
	    r, (struct change){.version = version, .status = status, .reason = REASON_MANUAL}, now);
}

static struct change settle(struct region *r, const char *id, enum bed_status status, usec_t now)
{
	return change(r,
		      (struct change){.version = CHANGE_ANY_VERSION,
				      .status = status,
				      .reason = REASON_RESOLVED,
				      .conflict_id = span_str(id),
				      .settle_reason = change_settle_reasons[0]},
		      now);
}

static void a_change_is_told_to_the_home_until_it_says_that_it_knows(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();

	struct wire_answer w =
	    home_says(&r, BED_UNKNOWN, BED_AVAILABLE, HOMES_T0, BED_AVAILABLE, 0);
	assert_int_equal(w.n_beds, 0);
	struct change c = set(&r, BED_OCCUPIED, 1, NOW);
	assert_int_equal(c.verdict, CHANGE_MADE);
	assert_int_equal(c.bed.version, 2);
	/* told, and told again where the answer was lost; its not knowing is no difference */
	for (int i = 0; i < 2; i++) {
		w = heartbeat(&r, BED_AVAILABLE, 1);
		assert_int_equal(w.n_beds, 1);
		assert_true(span_eq(w.beds[0].bed_id, SPAN("bed_1")));
		assert_int_equal(w.beds[0].status, BED_OCCUPIED);
		assert_int_equal(w.beds[0].changed_at, NOW);
		assert_int_equal(w.facility_rev, 2);
		assert_false(w.snapshot_wanted);
	}
	w = heartbeat(&r, BED_OCCUPIED, 2);
	assert_int_equal(w.n_beds, 0);
	assert_false(w.snapshot_wanted);
	assert_int_equal(number(&r, "SELECT count(*) FROM home_views"), 0);
	assert_int_equal(number(&r, "SELECT available::bigint FROM facility_availability"), 0);
}

static void a_home_that_did_not_know_conflicts_and_its_own_word_is_its_view(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();

	(void)home_says(&r, BED_UNKNOWN, BED_AVAILABLE, HOMES_T0, BED_AVAILABLE, 0);
	(void)set(&r, BED_OCCUPIED, 1, NOW);
	struct wire_answer w =
	    home_says(&r, BED_AVAILABLE, BED_RESERVED, NOW + USEC_PER_MIN, BED_RESERVED, 1);
	assert_int_equal(w.outcomes[0].outcome, OUTCOME_CONFLICT);
	assert_false(w.snapshot_wanted);
	/* told of the older change it keeps its own, newer word */
	w = heartbeat(&r, BED_RESERVED, w.facility_rev);
	assert_false(w.snapshot_wanted);
	assert_int_equal(number(&r, "SELECT count(*) FROM home_views WHERE status = 'reserved'"),
			 1);
}

static void news_from_before_the_change_is_late_and_the_home_is_told_the_same(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();

	(void)home_says(&r, BED_UNKNOWN, BED_AVAILABLE, HOMES_T0, BED_AVAILABLE, 0);
	(void)set(&r, BED_OCCUPIED, 1, NOW);
	struct wire_answer w =
	    home_says(&r, BED_AVAILABLE, BED_RESERVED, HOMES_T0 + 1, BED_RESERVED, 1);
	assert_int_equal(w.outcomes[0].outcome, OUTCOME_LATE);
	assert_int_equal(w.n_beds, 1);
	assert_false(w.snapshot_wanted);
	assert_false(heartbeat(&r, BED_OCCUPIED, w.facility_rev).snapshot_wanted);
	assert_int_equal(number(&r, "SELECT count(*) FROM home_views"), 0);
}

static void a_home_that_saw_the_same_itself_is_told_nothing(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();

	(void)home_says(&r, BED_UNKNOWN, BED_AVAILABLE, HOMES_T0, BED_AVAILABLE, 0);
	(void)set(&r, BED_OCCUPIED, 1, NOW);
	struct wire_answer w =
	    home_says(&r, BED_AVAILABLE, BED_OCCUPIED, NOW + USEC_PER_MIN, BED_OCCUPIED, 1);
	assert_int_equal(w.outcomes[0].outcome, OUTCOME_CONVERGED);
	assert_int_equal(w.n_beds, 0);
	assert_false(w.snapshot_wanted);
}

static void what_a_person_saw_must_still_be_so(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();

	(void)home_says(&r, BED_UNKNOWN, BED_AVAILABLE, HOMES_T0, BED_AVAILABLE, 0);
	assert_int_equal(set(&r, BED_OCCUPIED, 0, NOW).verdict, CHANGE_STALE);
	struct change c = set(&r, BED_OCCUPIED, 2, NOW);
	assert_int_equal(c.verdict, CHANGE_STALE);
	assert_int_equal(c.bed.version, 1);
	assert_int_equal(c.bed.status, BED_AVAILABLE);
	c = (struct change){.bed_id = SPAN("bed_9"), .version = 1, .status = BED_OCCUPIED};
	assert_int_equal(change(&r, c, NOW).verdict, CHANGE_NO_BED);
	assert_int_equal(number(&r, "SELECT count(*) FROM bed_audit_log"), 1);
	assert_int_equal(number(&r, "SELECT rev FROM facilities"), 1);
}

static void a_change_says_nothing_of_the_homes_line(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();
	const char *contact = "SELECT count(*) FROM facilities WHERE offline_since IS NOT NULL AND"
			      " clock_skew_us = 7 AND as_of = last_contact_at";

	(void)home_says(&r, BED_UNKNOWN, BED_AVAILABLE, HOMES_T0, BED_AVAILABLE, 0);
	pg_server_run(r.conninfo, "UPDATE facilities SET offline_since = now(), clock_skew_us = 7");
	assert_int_equal(number(&r, contact), 1);
	assert_int_equal(set(&r, BED_OCCUPIED, 1, NOW + 3 * USEC_PER_HOUR).verdict, CHANGE_MADE);
	assert_int_equal(number(&r, contact), 1);
}

static void a_settled_conflict_confirms_the_bed_and_goes_home(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(r.conninfo);
	_cleanup_(pg_result_freep) struct pg_result *id = NULL;

	(void)home_says(&r, BED_UNKNOWN, BED_OCCUPIED, HOMES_T0, BED_OCCUPIED, 0);
	struct wire_answer w =
	    home_says(&r, BED_RESERVED, BED_AVAILABLE, HOMES_T0 + 1, BED_AVAILABLE, 1);
	assert_int_equal(w.outcomes[0].outcome, OUTCOME_CONFLICT);
	/* a change that fits the bed's status leaves the conflict open */
	assert_true(set(&r, BED_OCCUPIED, 1, NOW).bed.unconfirmed);
	assert_int_equal(pg_query(pg, "SELECT id FROM conflicts", NULL, &id, NULL), 0);
	struct change c = settle(&r, pg_get_text(id, 0, 0).p, BED_AVAILABLE, NOW + 1);
	assert_int_equal(c.verdict, CHANGE_MADE);
	assert_false(c.bed.unconfirmed);
	assert_int_equal(number(&r, "SELECT available::bigint FROM facility_availability WHERE "
				    "unconfirmed = 0"),
			 1);
	assert_int_equal(number(&r, "SELECT count(*) FROM conflicts WHERE status = 'settled' AND "
				    "settled_by = 'user_manager' AND settled_status = 'available' "
				    "AND settled_reason IS NOT NULL"),
			 1);
	assert_int_equal(number(&r,
				"SELECT count(*) FROM bed_audit_log a JOIN conflicts c ON "
				"a.conflict_id = c.id WHERE reason = 'resolved' AND in_history"),
			 1);
	w = heartbeat(&r, BED_AVAILABLE, w.facility_rev);
	assert_int_equal(w.n_beds, 1);
	assert_false(w.snapshot_wanted);
	assert_false(heartbeat(&r, BED_AVAILABLE, w.facility_rev).snapshot_wanted);
	assert_int_equal(number(&r, "SELECT count(*) FROM home_views"), 0);
	assert_int_equal(settle(&r, pg_get_text(id, 0, 0).p, BED_OCCUPIED, NOW + 2).verdict,
			 CHANGE_SETTLED);
	assert_int_equal(number(&r, "SELECT count(*) FROM beds WHERE status = 'available'"), 1);
}

static void no_home_may_speak_as_the_region(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();
	struct wire_batch *b = homes_batch(&r.arena, "fac_0", CHANGE_EPOCH, 1, 1);

	(void)homes_event(b, 0, "bed_1", BED_UNKNOWN, BED_AVAILABLE, HOMES_T0);
	assert_int_equal(homes_merge(r.merge, &r.arena, b, NOW).verdict, MERGE_EPOCH);
	assert_int_equal(number(&r, "SELECT count(*) FROM bed_audit_log"), 0);
}

static void a_home_whose_clock_is_ahead_does_not_stop_a_person(void **state _unused_)
{
	_cleanup_(close_region) struct region r = open_region();

	struct wire_batch *b = homes_batch(&r.arena, "fac_0", HOMES_EPOCH, 1, 1);
	(void)homes_event(b, 0, "bed_1", BED_UNKNOWN, BED_AVAILABLE, NOW + 4 * USEC_PER_MIN);
	assert_int_equal(homes_merge(r.merge, &r.arena, b, NOW).answer.outcomes[0].outcome,
			 OUTCOME_APPLIED);
	struct change c = set(&r, BED_OCCUPIED, 1, NOW + 1);
	assert_int_equal(c.verdict, CHANGE_MADE);
	assert_int_equal(c.bed.last_updated, NOW + 4 * USEC_PER_MIN);
	assert_int_equal(c.bed.status, BED_OCCUPIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_change_is_told_to_the_home_until_it_says_that_it_knows),
	    cmocka_unit_test(a_home_that_did_not_know_conflicts_and_its_own_word_is_its_view),
	    cmocka_unit_test(news_from_before_the_change_is_late_and_the_home_is_told_the_same),
	    cmocka_unit_test(a_home_that_saw_the_same_itself_is_told_nothing),
	    cmocka_unit_test(what_a_person_saw_must_still_be_so),
	    cmocka_unit_test(a_change_says_nothing_of_the_homes_line),
	    cmocka_unit_test(a_settled_conflict_confirms_the_bed_and_goes_home),
	    cmocka_unit_test(no_home_may_speak_as_the_region),
	    cmocka_unit_test(a_home_whose_clock_is_ahead_does_not_stop_a_person),
	};
	return cmocka_run_group_tests(tests, pg_server_set_up, pg_server_tear_down);
}

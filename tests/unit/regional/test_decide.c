/* Every combination of what an event can say and what a bed can be, against the table of decide.h
 * written a second time: there as a list of tests in order, here as one condition per outcome. */
#include "regional/merge/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define NOON INT64_C(1776686400000000)

struct given {
	bool seen, foreign, readable, known, auto_register, unconfirmed, person;
	enum bed_status previous, next, status, branch, then;
	enum conflict_policy policy;
	int age; /* of the event: -1 older than the bed's last change, 0 the same time, 1 newer, 2
		    too far ahead */
};

static struct decision decided(const struct given *g)
{
	const struct event event = {
	    .facility_id = SPAN("fac_a"),
	    .bed_id = SPAN("bed_1"),
	    .previous_status = g->previous,
	    .new_status = g->next,
	    .changed_at = g->age == 2 ? NOON + DECIDE_AHEAD_MAX + 1 : NOON + g->age,
	    .source.adapter = g->person ? SPAN("board") : SPAN("visma"),
	};
	const struct decide_event e = {.event = g->readable ? &event : NULL,
				       .unreadable = "not JSON",
				       .seen = g->seen,
				       .foreign = g->foreign};
	const struct decide_bed bed = {.known = g->known,
				       .unconfirmed = g->unconfirmed,
				       .status = g->status,
				       .branch = g->branch,
				       .confirmed_at = NOON};
	const struct decide_policy policy = {g->policy, g->auto_register};

	return decide(&bed, &e, g->then, &policy, NOON);
}

/* The second writing. */
static enum outcome expected(const struct given *g)
{
	bool refusable =
	    !g->readable || g->foreign || g->age == 2 || (!g->known && !g->auto_register);
	bool older = g->age < 0;
	bool fits_then =
	    g->previous == BED_UNKNOWN || g->then == BED_UNKNOWN || g->previous == g->then;
	bool fits_now = g->previous == BED_UNKNOWN || g->previous == g->status;
	bool follows_branch = g->unconfirmed && g->previous == g->branch;

	if (g->seen)
		return OUTCOME_DUPLICATE;
	if (refusable)
		return OUTCOME_REJECTED;
	if (!g->known || (!older && fits_now))
		return OUTCOME_APPLIED;
	if (older && fits_then)
		return OUTCOME_LATE;
	if (older ? g->next == g->then : g->next == g->status && !follows_branch)
		return OUTCOME_CONVERGED;
	return OUTCOME_CONFLICT;
}

static void check(const struct given *g)
{
	struct decision d = decided(g);
	enum outcome want = expected(g);
	bool policy_takes = want == OUTCOME_CONFLICT && g->policy != POLICY_HOLD && g->age >= 0 &&
			    (g->policy == POLICY_LATEST_WINS || !g->person);

	assert_int_equal(d.outcome, want);
	assert_int_equal(d.takes, want == OUTCOME_APPLIED || policy_takes);
	assert_int_equal(d.registers, want == OUTCOME_APPLIED && !g->known);
	assert_int_equal(d.confirms, want == OUTCOME_CONVERGED && g->age >= 0);
	assert_int_equal(d.in_history, want == OUTCOME_APPLIED || want == OUTCOME_LATE ||
					   want == OUTCOME_CONVERGED || policy_takes);
	if (want != OUTCOME_CONFLICT)
		assert_int_equal(d.chain, CHAIN_NONE);
	else if (g->unconfirmed)
		assert_int_equal(d.chain, CHAIN_JOINS);
	else
		assert_int_equal(d.chain, g->policy == POLICY_HOLD ? CHAIN_OPENS : CHAIN_SETTLED);
	assert_int_equal(d.reason != NULL, want == OUTCOME_REJECTED || want == OUTCOME_CONFLICT);
}

/* All flags as bits, all statuses, ages and policies: 128 × 5 × 4 × 4 × 4 × 5 × 3 × 4 = 2,457,600
 * cases. */
static void every_combination_has_its_outcome(void **state _unused_)
{
	struct given g;

	for (int flags = 0; flags < 128; flags++) {
		g = (struct given){.seen = flags & 1,
				   .foreign = flags & 2,
				   .readable = flags & 4,
				   .known = flags & 8,
				   .auto_register = flags & 16,
				   .unconfirmed = flags & 32,
				   .person = flags & 64};
		for (g.previous = BED_UNKNOWN; g.previous < BED_STATUS_COUNT; g.previous++)
			for (g.next = BED_AVAILABLE; g.next < BED_STATUS_COUNT; g.next++)
				for (g.status = BED_AVAILABLE; g.status < BED_STATUS_COUNT;
				     g.status++)
					for (g.branch = BED_AVAILABLE; g.branch < BED_STATUS_COUNT;
					     g.branch++)
						for (g.then = BED_UNKNOWN;
						     g.then < BED_STATUS_COUNT; g.then++)
							for (g.policy = 0; g.policy < POLICY_COUNT;
							     g.policy++)
								for (g.age = -1; g.age <= 2;
								     g.age++)
									check(&g);
	}
}

static const struct given plain = {.readable = true,
				   .known = true,
				   .auto_register = true,
				   .previous = BED_AVAILABLE,
				   .next = BED_OCCUPIED,
				   .status = BED_AVAILABLE,
				   .branch = BED_RESERVED,
				   .then = BED_AVAILABLE,
				   .age = 1};

static void an_old_event_never_overwrites_a_newer_status(void **state _unused_)
{
	struct given g = plain;

	g.age = -1; /* it fits the bed as it is, too */
	assert_int_equal(decided(&g).outcome, OUTCOME_LATE);
	assert_false(decided(&g).takes);
	for (g.policy = 0; g.policy < POLICY_COUNT; g.policy++) {
		g.then = BED_MAINTENANCE;
		assert_int_equal(decided(&g).outcome, OUTCOME_CONFLICT);
		assert_false(decided(&g).takes);
	}
}

static void five_minutes_ahead_is_taken_and_a_microsecond_more_is_not(void **state _unused_)
{
	struct given g = plain;

	g.age = (int)DECIDE_AHEAD_MAX;
	assert_int_equal(decided(&g).outcome, OUTCOME_APPLIED);
	g.age = (int)DECIDE_AHEAD_MAX + 1;
	assert_int_equal(decided(&g).outcome, OUTCOME_REJECTED);
}

static void the_losing_branch_stays_in_its_chain(void **state _unused_)
{
	struct given g = plain;

	g.unconfirmed = true;
	g.previous = g.branch;
	assert_int_equal(decided(&g).chain, CHAIN_JOINS);
	/* also where it says what the bed is: the two accounts differ in how they came there */
	g.next = g.status;
	assert_int_equal(decided(&g).chain, CHAIN_JOINS);
	/* an event that goes on from the bed's status is applied;
	 * decide leaves the bed unconfirmed */
	g.previous = g.status;
	assert_int_equal(decided(&g).outcome, OUTCOME_APPLIED);
	assert_int_equal(decided(&g).chain, CHAIN_NONE);
}

static void source_wins_believes_the_homes_system_not_the_board(void **state _unused_)
{
	struct given g = plain;

	g.policy = POLICY_SOURCE_WINS;
	g.previous = BED_MAINTENANCE;
	assert_true(decided(&g).takes);
	g.person = true;
	assert_false(decided(&g).takes);
	g.policy = POLICY_LATEST_WINS;
	assert_true(decided(&g).takes);
}

static void a_policy_has_one_name(void **state _unused_)
{
	enum conflict_policy p;

	for (int i = 0; i < POLICY_COUNT; i++) {
		assert_true(conflict_policy_parse(
		    span_str(conflict_policy_name((enum conflict_policy)i)), &p));
		assert_int_equal(p, i);
	}
	assert_false(conflict_policy_parse(SPAN("Hold"), &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_combination_has_its_outcome),
	    cmocka_unit_test(an_old_event_never_overwrites_a_newer_status),
	    cmocka_unit_test(five_minutes_ahead_is_taken_and_a_microsecond_more_is_not),
	    cmocka_unit_test(the_losing_branch_stays_in_its_chain),
	    cmocka_unit_test(source_wins_believes_the_homes_system_not_the_board),
	    cmocka_unit_test(a_policy_has_one_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

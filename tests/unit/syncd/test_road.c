/* Which road a batch takes, with time set by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "syncd/road.h"

enum { HTTPS, SFTP };

static const usec_t start = 1000 * USEC_PER_SEC;
static const uint64_t least = 0, most = UINT64_MAX;

static struct road two_roads(void)
{
	struct road r;

	road_init(&r, 2, 3);
	return r;
}

static enum road_effect one_failure(struct road *r, usec_t now)
{
	(void)road_choose(r, now);
	return road_failed(r, now, false, most);
}

/* On the second road, as three failures of the first leave it. */
static struct road fallen_over(usec_t now)
{
	struct road r = two_roads();

	for (int i = 0; i < 3; i++)
		(void)one_failure(&r, now);
	assert_int_equal(r.current, SFTP);
	return r;
}

static void a_road_that_carries_is_kept(void **state)
{
	(void)state;
	struct road r = two_roads();

	for (int i = 0; i < 5; i++) {
		assert_int_equal(road_choose(&r, start), HTTPS);
		assert_int_equal(road_answered(&r), ROAD_STAYS);
	}
}

static void the_next_road_is_taken_after_so_many_failures_in_a_row(void **state)
{
	(void)state;
	struct road r = two_roads();

	assert_int_equal(one_failure(&r, start), ROAD_STAYS);
	assert_int_equal(one_failure(&r, start), ROAD_STAYS);
	assert_int_equal(one_failure(&r, start), ROAD_CHANGED);
	assert_true(road_is_fresh(&r));
	assert_int_equal(road_choose(&r, start), SFTP);
}

static void an_answer_between_forgets_the_failures(void **state)
{
	(void)state;
	struct road r = two_roads();

	(void)one_failure(&r, start);
	(void)one_failure(&r, start);
	(void)road_choose(&r, start);
	(void)road_answered(&r);
	assert_int_equal(one_failure(&r, start), ROAD_STAYS);
	assert_int_equal(one_failure(&r, start), ROAD_STAYS);
	assert_int_equal(road_choose(&r, start), HTTPS);
}

static void what_only_a_person_mends_is_left_at_once(void **state)
{
	(void)state;
	struct road r = two_roads();

	(void)road_choose(&r, start);
	assert_int_equal(road_failed(&r, start, true, most), ROAD_CHANGED);
	assert_int_equal(road_choose(&r, start), SFTP);
}

static void the_first_road_is_probed_and_taken_again_when_it_answers(void **state)
{
	(void)state;
	struct road r = fallen_over(start);

	assert_int_equal(road_choose(&r, start + ROAD_PROBE_BASE - 1), SFTP);
	assert_int_equal(road_answered(&r), ROAD_STAYS);
	assert_int_equal(road_choose(&r, start + ROAD_PROBE_BASE), HTTPS);
	assert_int_equal(road_answered(&r), ROAD_CHANGED);
	assert_int_equal(road_choose(&r, start + ROAD_PROBE_BASE), HTTPS);
}

static void a_failed_probe_costs_the_road_that_carries_nothing(void **state)
{
	(void)state;
	struct road r = fallen_over(start);
	usec_t now = start + ROAD_PROBE_BASE;

	assert_int_equal(one_failure(&r, now), ROAD_PROBED);
	assert_int_equal(r.failures, 0);
	assert_int_equal(road_choose(&r, now), SFTP);
	assert_int_equal(road_choose(&r, now + 2 * ROAD_PROBE_BASE - 1), SFTP);
	assert_int_equal(road_choose(&r, now + 2 * ROAD_PROBE_BASE), HTTPS);
}

static void probes_come_ever_more_seldom_up_to_a_cap(void **state)
{
	(void)state;
	struct road r = fallen_over(start);
	usec_t now = start, last = 0;

	for (int i = 0; i < 20; i++) {
		now = r.probe_at;
		assert_int_equal(one_failure(&r, now), ROAD_PROBED);
		assert_true(r.probe_at - now >= last);
		last = r.probe_at - now;
	}
	assert_true(last == ROAD_PROBE_CAP);
	(void)road_choose(&r, r.probe_at);
	(void)road_failed(&r, now, false, least);
	assert_true(r.probe_at - now == ROAD_PROBE_CAP / 2);
}

static void with_both_down_they_take_turns_and_neither_is_fresh(void **state)
{
	(void)state;
	struct road r = fallen_over(start);

	(void)one_failure(&r, start);
	(void)one_failure(&r, start);
	assert_int_equal(one_failure(&r, start), ROAD_CHANGED);
	assert_int_equal(r.current, HTTPS);
	assert_false(road_is_fresh(&r));
	(void)road_choose(&r, start);
	(void)road_answered(&r);
	assert_true(road_is_fresh(&r));
}

static void a_single_road_is_never_left(void **state)
{
	(void)state;
	struct road r;

	road_init(&r, 1, 1);
	for (int i = 0; i < 9; i++)
		assert_int_equal(one_failure(&r, start), ROAD_STAYS);
	assert_int_equal(road_choose(&r, start), 0);
}

static void somebody_who_mended_something_need_not_wait_for_the_probe(void **state)
{
	(void)state;
	struct road r = fallen_over(start);

	road_probe_soon(&r, start + 1);
	assert_int_equal(road_choose(&r, start + 1), HTTPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_road_that_carries_is_kept),
	    cmocka_unit_test(the_next_road_is_taken_after_so_many_failures_in_a_row),
	    cmocka_unit_test(an_answer_between_forgets_the_failures),
	    cmocka_unit_test(what_only_a_person_mends_is_left_at_once),
	    cmocka_unit_test(the_first_road_is_probed_and_taken_again_when_it_answers),
	    cmocka_unit_test(a_failed_probe_costs_the_road_that_carries_nothing),
	    cmocka_unit_test(probes_come_ever_more_seldom_up_to_a_cap),
	    cmocka_unit_test(with_both_down_they_take_turns_and_neither_is_fresh),
	    cmocka_unit_test(a_single_road_is_never_left),
	    cmocka_unit_test(somebody_who_mended_something_need_not_wait_for_the_probe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

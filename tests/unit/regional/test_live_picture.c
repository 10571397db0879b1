#include "regional/live/picture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct picture p;

static struct avail row(const char *facility, int available, int64_t rev)
{
	struct avail a = {.ward = "dementia",
			  .care_level = CARE_LIGHT,
			  .total = 9,
			  .available = available,
			  .rev = rev,
			  .as_of = 1000};

	avail_copy_text(a.facility_id, span_str(facility));
	return a;
}

static bool set(const char *facility, int available, int64_t rev, usec_t now, usec_t truth_since)
{
	struct avail a = row(facility, available, rev);

	return picture_set_row(&p, &a, now, truth_since);
}

static int start(void **state)
{
	struct facility f = {.id = "fac_a", .name = "A", .latitude = NAN, .longitude = NAN};

	(void)state;
	assert_true(picture_set_facility(&p, &f));
	assert_false(picture_set_facility(&p, &f));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	picture_done(&p);
	return 0;
}

static void the_newest_rev_wins_whatever_the_order(void **state)
{
	(void)state;
	assert_true(set("fac_a", 3, 5, 0, USEC_NONE));
	assert_false(set("fac_a", 2, 4, 1, USEC_NONE));
	assert_false(set("fac_a", 2, 5, 1, USEC_NONE));
	assert_int_equal(p.rows[0].a.available, 3);
	assert_true(set("fac_a", 1, 6, 1, USEC_NONE));
	assert_int_equal(p.rows[0].a.available, 1);
	assert_int_equal(p.n_rows, 1);
}

static void a_restored_database_decides_over_what_is_older_than_its_reading(void **state)
{
	(void)state;
	assert_true(set("fac_a", 3, 50, 100, USEC_NONE));
	assert_false(set("fac_a", 2, 4, 200, 90)); /* the row came after the reading began */
	assert_true(set("fac_a", 2, 4, 200, 110));
	assert_int_equal(p.rows[0].a.rev, 4);
}

static void a_row_of_an_unknown_home_is_left_out(void **state)
{
	(void)state;
	assert_false(set("fac_unknown", 1, 1, 0, USEC_NONE));
	assert_int_equal(p.n_rows, 0);
}

static void many_rows_are_all_found_again(void **state)
{
	char id[32];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct facility f = {.name = "x"};
		(void)snprintf(f.id, sizeof(f.id), "fac_%d", i);
		assert_true(picture_set_facility(&p, &f));
		assert_true(set(f.id, i % 9, 1, 0, USEC_NONE));
	}
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(id, sizeof(id), "fac_%d", i);
		assert_string_equal(picture_facility(&p, span_str(id))->id, id);
		assert_true(set(id, 9, 2, 0, USEC_NONE));
	}
	assert_int_equal(p.n_rows, 5000);
}

static void a_number_is_fresh_stale_or_offline_by_its_home(void **state)
{
	const struct freshness_rule rule = {.stale_after = 10 * USEC_PER_MIN,
					    .offline_after = 30 * USEC_PER_MIN};
	const usec_t now = 100 * USEC_PER_HOUR;
	const struct {
		usec_t contact_ago, as_of_ago;
		bool marked_offline, never;
		enum freshness want;
	} cases[] = {
	    {USEC_PER_MIN, USEC_PER_MIN, false, false, FRESH},
	    {10 * USEC_PER_MIN, 10 * USEC_PER_MIN, false, false, FRESH},
	    {USEC_PER_MIN, 10 * USEC_PER_MIN + 1, false, false, STALE},
	    {30 * USEC_PER_MIN, 30 * USEC_PER_MIN, false, false, STALE},
	    {30 * USEC_PER_MIN + 1, 30 * USEC_PER_MIN, false, false, OFFLINE},
	    {USEC_PER_MIN, USEC_PER_MIN, true, false, OFFLINE},
	    {USEC_PER_MIN, USEC_PER_MIN, false, true, OFFLINE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct facility f = {.last_contact_at =
					 cases[i].never ? USEC_NONE : now - cases[i].contact_ago,
				     .offline_since = cases[i].marked_offline ? now : USEC_NONE,
				     .closed_at = USEC_NONE};
		assert_int_equal(picture_freshness(&f, now - cases[i].as_of_ago, now, &rule),
				 cases[i].want);
	}
}

static void a_closed_home_is_closed_however_lately_it_was_heard(void **state)
{
	const usec_t now = 1000 * USEC_PER_MIN;
	const struct freshness_rule rule = {10 * USEC_PER_MIN, 30 * USEC_PER_MIN};
	struct facility f = {
	    .last_contact_at = now, .offline_since = USEC_NONE, .closed_at = USEC_NONE};

	(void)state;
	assert_int_equal(picture_freshness(&f, now, now, &rule), FRESH);
	f.closed_at = now;
	assert_int_equal(picture_freshness(&f, now, now, &rule), CLOSED);
	f.offline_since = now;
	assert_int_equal(picture_freshness(&f, now, now, &rule), CLOSED);
}

static void a_contact_makes_the_homes_rows_younger(void **state)
{
	struct facility f = {.as_of = 5000};
	struct avail a = row("fac_a", 1, 1);

	(void)state;
	assert_int_equal(picture_as_of(&f, &a), 5000);
	f.as_of = USEC_NONE;
	assert_int_equal(picture_as_of(&f, &a), 1000);
}

static void a_row_says_the_same_after_json_and_back(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct avail a = row("fac_a", 4, 1LL << 40), back;

	(void)state;
	a.as_of = 1776676462123456;
	a.unconfirmed = 2;
	avail_to_json(&a, true, &b);
	assert_true(avail_from_json(buf_span(&b), &back));
	assert_true(avail_same_key(&a, &back) && avail_same_numbers(&a, &back));
	assert_int_equal(back.rev, a.rev);
	assert_int_equal(back.as_of, a.as_of);
	assert_false(back.closed);
	a.closed = true;
	buf_clear(&b);
	avail_to_json(&a, true, &b);
	assert_true(avail_from_json(buf_span(&b), &back) && back.closed);
	assert_false(avail_from_json(SPAN("{\"facility_id\":\"fac_a\"}"), &back));
	assert_false(avail_from_json(SPAN("[]"), &back));
	assert_false(avail_from_json(SPAN("not json"), &back));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_newest_rev_wins_whatever_the_order),
	    TEST(a_restored_database_decides_over_what_is_older_than_its_reading),
	    TEST(a_row_of_an_unknown_home_is_left_out),
	    TEST(many_rows_are_all_found_again),
	    cmocka_unit_test(a_number_is_fresh_stale_or_offline_by_its_home),
	    TEST(a_closed_home_is_closed_however_lately_it_was_heard),
	    TEST(a_contact_makes_the_homes_rows_younger),
	    TEST(a_row_says_the_same_after_json_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

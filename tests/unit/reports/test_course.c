/* A bed's rows as spans: "0-10 occupied 10-20 available". Times are hours. */
#include "reports/course.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/buf.h"

#define AT(h)	     ((h)*USEC_PER_HOUR)
#define ROW(h, s, r) ((struct course_row){AT(h), BED_##s, REASON_##r, SPAN("w"), CARE_LIGHT})

static void cut(const struct course_row *rows, size_t n, const struct course_doubt *doubts,
		size_t n_doubts, int from, int to, const char *expected)
{
	struct arena a = ARENA_INIT;
	struct buf b = BUF_INIT;
	size_t n_spans;
	const struct course_span *s =
	    course_cut(rows, n, doubts, n_doubts, AT(from), AT(to), &a, &n_spans);

	for (size_t i = 0; i < n_spans; i++)
		buf_addf(&b, "%s%" PRId64 "-%" PRId64 " %s", i ? " " : "",
			 s[i].from / USEC_PER_HOUR, s[i].to / USEC_PER_HOUR,
			 bed_use_name(s[i].use));
	buf_addc(&b, '\0');
	assert_string_equal(b.p, expected);
	buf_done(&b);
	arena_done(&a);
}

#define CUT(rows, from, to, expected) cut(rows, ARRAY_LEN(rows), NULL, 0, from, to, expected)

static void a_row_holds_until_the_next(void **state _unused_)
{
	const struct course_row rows[] = {ROW(2, OCCUPIED, ADMIT), ROW(5, AVAILABLE, DISCHARGE)};

	CUT(rows, 0, 10, "2-5 occupied 5-10 available");
	CUT(rows, 3, 4, "3-4 occupied");
	CUT(rows, 5, 6, "5-6 available");
	CUT(rows, 0, 2, "");
	CUT(rows, 8, 8, "");
	CUT(rows, 9, 8, "");
}

static void of_two_rows_at_one_time_the_later_taken_in_holds(void **state _unused_)
{
	const struct course_row rows[] = {ROW(2, OCCUPIED, ADMIT), ROW(2, RESERVED, MANUAL)};

	CUT(rows, 0, 4, "2-4 reserved");
}

static void a_cancelled_change_never_was(void **state _unused_)
{
	const struct course_row rows[] = {ROW(0, OCCUPIED, ADMIT), ROW(2, AVAILABLE, DISCHARGE),
					  ROW(6, OCCUPIED, DISCHARGE_CANCELLED)};

	CUT(rows, 0, 8, "0-2 occupied 2-6 occupied 6-8 occupied");
	CUT(rows, 3, 5, "3-5 occupied");
}

static void a_cancel_reaches_over_rows_that_repeat_the_status(void **state _unused_)
{
	const struct course_row rows[] = {ROW(0, OCCUPIED, ADMIT), ROW(2, AVAILABLE, DISCHARGE),
					  ROW(3, AVAILABLE, CENSUS),
					  ROW(6, OCCUPIED, DISCHARGE_CANCELLED)};

	CUT(rows, 2, 7, "2-3 occupied 3-6 occupied 6-7 occupied");
}

static void a_cancel_of_something_else_voids_nothing(void **state _unused_)
{
	const struct course_row other[] = {ROW(0, OCCUPIED, ADMIT), ROW(2, MAINTENANCE, CLEANING),
					   ROW(6, OCCUPIED, DISCHARGE_CANCELLED)};
	const struct course_row kept[] = {ROW(0, RESERVED, PENDING_ADMIT),
					  ROW(2, AVAILABLE, RESERVATION_CANCELLED)};
	const struct course_row first[] = {ROW(2, AVAILABLE, ADMIT_CANCELLED)};

	CUT(other, 0, 7, "0-2 occupied 2-6 maintenance 6-7 occupied");
	CUT(kept, 0, 3, "0-2 reserved 2-3 available");
	CUT(first, 0, 3, "2-3 available");
}

static void a_cancel_reaches_31_days_and_no_farther(void **state _unused_)
{
	const struct course_row just[] = {ROW(0, OCCUPIED, ADMIT),
					  ROW(744, AVAILABLE, ADMIT_CANCELLED)};
	const struct course_row late[] = {ROW(0, OCCUPIED, ADMIT),
					  ROW(745, AVAILABLE, ADMIT_CANCELLED)};

	CUT(just, 0, 746, "0-744 available 744-746 available");
	CUT(late, 0, 746, "0-745 occupied 745-746 available");
}

static void cancels_nest(void **state _unused_)
{
	const struct course_row rows[] = {
	    ROW(0, OCCUPIED, ADMIT), ROW(2, AVAILABLE, DISCHARGE), ROW(3, OCCUPIED, ADMIT),
	    ROW(4, AVAILABLE, ADMIT_CANCELLED), ROW(5, OCCUPIED, DISCHARGE_CANCELLED)};

	CUT(rows, 2, 6, "2-3 occupied 3-4 occupied 4-5 occupied 5-6 occupied");
}

static void a_doubt_lies_over_everything_known(void **state _unused_)
{
	const struct course_row rows[] = {ROW(2, OCCUPIED, ADMIT), ROW(6, AVAILABLE, DISCHARGE)};
	const struct course_doubt doubts[] = {
	    {AT(7), AT(8)}, {AT(0), AT(3)}, {AT(5), AT(7)}, {AT(9), USEC_NONE}};

	cut(rows, 2, doubts, 4, 0, 12,
	    "2-3 unconfirmed 3-5 occupied 5-6 unconfirmed 6-8 unconfirmed 8-9 available 9-12 "
	    "unconfirmed");
	cut(rows, 2, doubts, 4, 4, 5, "4-5 occupied");
	cut(rows, 2, doubts + 3, 1, 0, 9, "2-6 occupied 6-9 available");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_holds_until_the_next),
	    cmocka_unit_test(of_two_rows_at_one_time_the_later_taken_in_holds),
	    cmocka_unit_test(a_cancelled_change_never_was),
	    cmocka_unit_test(a_cancel_reaches_over_rows_that_repeat_the_status),
	    cmocka_unit_test(a_cancel_of_something_else_voids_nothing),
	    cmocka_unit_test(a_cancel_reaches_31_days_and_no_farther),
	    cmocka_unit_test(cancels_nest),
	    cmocka_unit_test(a_doubt_lies_over_everything_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

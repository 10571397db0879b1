#include "bed/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"

static void the_digest_is_that_of_the_documented_bytes(void **state _unused_)
{
	struct bed_state beds[] = {
	    {SPAN("bed_b"), BED_OCCUPIED},
	    {SPAN("bed_a"), BED_AVAILABLE},
	};
	struct digest d = state_digest(beds, 2);
	struct digest want = digest_of(SPAN("bed_a\x1F"
					    "available\nbed_b\x1F"
					    "occupied\n"));

	assert_true(digest_eq(&d, &want));
	assert_true(span_eq(beds[0].bed_id, SPAN("bed_a")));
}

static void the_order_of_the_beds_does_not_matter(void **state _unused_)
{
	struct bed_state one[] = {
	    {SPAN("a"), BED_RESERVED}, {SPAN("aa"), BED_OCCUPIED}, {SPAN("a_"), BED_AVAILABLE}};
	struct bed_state two[] = {
	    {SPAN("a_"), BED_AVAILABLE}, {SPAN("a"), BED_RESERVED}, {SPAN("aa"), BED_OCCUPIED}};
	struct digest x = state_digest(one, 3), y = state_digest(two, 3);

	assert_true(digest_eq(&x, &y));
}

static void another_status_makes_another_digest(void **state _unused_)
{
	struct bed_state one[] = {{SPAN("a"), BED_RESERVED}}, two[] = {{SPAN("a"), BED_OCCUPIED}};
	struct digest x = state_digest(one, 1), y = state_digest(two, 1);

	assert_false(digest_eq(&x, &y));
}

static void a_bed_of_unknown_status_is_left_out(void **state _unused_)
{
	struct bed_state beds[] = {{SPAN("a"), BED_RESERVED}, {SPAN("b"), BED_UNKNOWN}};
	struct digest both = state_digest(beds, 2), first = state_digest(beds, 1);

	assert_true(digest_eq(&both, &first));
}

static void no_beds_give_the_digest_of_nothing(void **state _unused_)
{
	struct digest d = state_digest(NULL, 0), nothing = digest_of(SPAN(""));

	assert_true(digest_eq(&d, &nothing));
}

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_digest_is_that_of_the_documented_bytes),
	    cmocka_unit_test(the_order_of_the_beds_does_not_matter),
	    cmocka_unit_test(another_status_makes_another_digest),
	    cmocka_unit_test(a_bed_of_unknown_status_is_left_out),
	    cmocka_unit_test(no_beds_give_the_digest_of_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "reports/widths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

static const struct wish wishes[] = {{20, 30}, {50, 250}, {30, 30}};
#define N (sizeof(wishes) / sizeof(*wishes))

static double sum_of(const double *widths)
{
	double sum = 0;

	for (size_t i = 0; i < N; i++)
		sum += widths[i];
	return sum;
}

static void every_column_has_its_least_and_who_lacks_most_gets_most(void **state)
{
	double widths[N];

	(void)state;
	widths_share(wishes, N, 205, widths);
	assert_true(fabs(widths[0] - 25) < 1e-9);
	assert_true(fabs(widths[1] - 150) < 1e-9);
	assert_true(fabs(widths[2] - 30) < 1e-9);
}

static void what_nobody_lacks_is_shared_out_evenly(void **state)
{
	double widths[N];

	(void)state;
	widths_share(wishes, N, 340, widths);
	assert_true(fabs(widths[0] - 40) < 1e-9);
	assert_true(fabs(widths[1] - 260) < 1e-9);
	assert_true(fabs(widths[2] - 40) < 1e-9);
}

static void too_many_columns_give_up_the_same_part_and_fill_the_page(void **state)
{
	double widths[N];

	(void)state;
	widths_share(wishes, N, 50, widths);
	assert_true(fabs(widths[1] - 25) < 1e-9);
	assert_true(fabs(sum_of(widths) - 50) < 1e-9);
}

static void letters_are_smaller_only_where_a_word_would_be_broken_and_never_tiny(void **state)
{
	(void)state;
	assert_true(widths_scale(wishes, N, 100, 0.75) == 1);
	assert_true(fabs(widths_scale(wishes, N, 90, 0.75) - 0.9) < 1e-9);
	assert_true(widths_scale(wishes, N, 10, 0.75) == 0.75);
}

static void nobody_who_wishes_for_nothing_gets_less_than_the_others(void **state)
{
	static const struct wish none[N] = {{0, 0}};
	double widths[N];

	(void)state;
	widths_share(none, N, 90, widths);
	assert_true(fabs(widths[0] - 30) < 1e-9);
	assert_true(widths_scale(none, N, 90, 0.75) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_column_has_its_least_and_who_lacks_most_gets_most),
	    cmocka_unit_test(what_nobody_lacks_is_shared_out_evenly),
	    cmocka_unit_test(too_many_columns_give_up_the_same_part_and_fill_the_page),
	    cmocka_unit_test(letters_are_smaller_only_where_a_word_would_be_broken_and_never_tiny),
	    cmocka_unit_test(nobody_who_wishes_for_nothing_gets_less_than_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

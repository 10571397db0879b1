/* Hashes of passwords: their parameters, and that nobody's hash costs what somebody's does. */
#include "base/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/digest.h"

#define GOOD "correct horse battery"

static void only_the_password_itself_fits_its_hash(void **state _unused_)
{
	char one[PASSWORD_HASH], other[PASSWORD_HASH];

	assert_int_equal(password_hash(SPAN(GOOD), one, NULL), 0);
	assert_int_equal(password_hash(SPAN(GOOD), other, NULL), 0);
	assert_string_not_equal(one, other);
	assert_memory_equal(one, "$argon2id$v=19$m=65536,t=2,p=1$", 31);
	assert_true(password_fits(one, SPAN(GOOD)));
	assert_true(password_fits(other, SPAN(GOOD)));
	assert_false(password_fits(one, SPAN(GOOD "s")));
	assert_false(password_fits(one, SPAN("")));
	assert_false(password_fits("not a hash", SPAN(GOOD)));
}

/* Of the processor's time: how long it takes by the clock depends on who else is at it. */
static clock_t quickest(const char *hash)
{
	clock_t best = 60 * (clock_t)CLOCKS_PER_SEC;

	for (int i = 0; i < 3; i++) {
		clock_t began = clock();
		assert_false(password_fits(hash, SPAN("wrong wrong wrong")));
		clock_t took = clock() - began;
		best = took < best ? took : best;
	}
	return best;
}

/* A hash that is not understood is refused in microseconds; nobody's must not be. */
static void nobody_takes_as_long_as_somebody(void **state _unused_)
{
	char hash[PASSWORD_HASH];

	assert_int_equal(password_hash(SPAN(GOOD), hash, NULL), 0);
	assert_true(quickest(NULL) * 4 > quickest(hash));
	assert_false(password_fits(NULL, SPAN("")));
}

static void a_poor_password_is_told_from_a_good_one(void **state _unused_)
{
	char longest[PASSWORD_MAX + 2];

	memset(longest, 'x', sizeof(longest));
	assert_null(password_fault(SPAN(GOOD)));
	assert_null(password_fault(SPAN("blåbærsyltetøy")));
	assert_non_null(password_fault(SPAN("elevenchars")));
	assert_non_null(password_fault(SPAN("aaaaaaaaaaaaaaaa")));
	assert_non_null(password_fault(SPAN("two lines\nof text")));
	assert_non_null(password_fault(SPAN("not utf-8 \xff\xfe text")));
	assert_non_null(password_fault(span_of(longest, PASSWORD_MAX + 1)));
	longest[0] = 'y';
	assert_null(password_fault(span_of(longest, PASSWORD_MAX)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_the_password_itself_fits_its_hash),
	    cmocka_unit_test(nobody_takes_as_long_as_somebody),
	    cmocka_unit_test(a_poor_password_is_told_from_a_good_one),
	};

	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

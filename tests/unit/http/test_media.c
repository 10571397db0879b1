#include "http/media.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static bool accepts(const char *accept)
{
	return media_accepts(span_str(accept), SPAN("application/json"));
}

static void no_accept_header_takes_anything(void **state)
{
	(void)state;
	assert_true(accepts(NULL));
	assert_true(accepts(" "));
}

static void ranges_admit_what_they_cover(void **state)
{
	(void)state;
	assert_true(accepts("text/html, application/json"));
	assert_true(accepts("Application/JSON;charset=utf-8"));
	assert_true(accepts("text/html, */*;q=0.1"));
	assert_true(accepts("application/*"));
	assert_false(accepts("text/html"));
	assert_false(accepts("application/jsonp"));
}

static void the_most_exact_range_decides(void **state)
{
	(void)state;
	assert_false(accepts("application/json;q=0, */*"));
	assert_false(accepts("*/*, application/json; q=0.0"));
	assert_true(accepts("*/*;q=0, application/json"));
}

static void a_content_type_is_compared_without_its_parameters(void **state)
{
	(void)state;
	assert_true(media_in_list(SPAN("application/json; charset=utf-8"),
				  SPAN("text/csv, application/json")));
	assert_false(media_in_list(SPAN("application/jso"), SPAN("text/csv, application/json")));
	assert_false(media_in_list(SPAN_NONE, SPAN("application/json")));
}

static void a_coding_is_taken_only_by_name(void **state)
{
	(void)state;
	assert_true(media_accepts_coding(SPAN("br, gzip;q=0.5"), SPAN("gzip")));
	assert_false(media_accepts_coding(SPAN("gzip;q=0"), SPAN("gzip")));
	assert_false(media_accepts_coding(SPAN_NONE, SPAN("gzip")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_accept_header_takes_anything),
	    cmocka_unit_test(ranges_admit_what_they_cover),
	    cmocka_unit_test(the_most_exact_range_decides),
	    cmocka_unit_test(a_content_type_is_compared_without_its_parameters),
	    cmocka_unit_test(a_coding_is_taken_only_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "http/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

static const struct httpd_route routes[] = {
    {"GET", "/api/facilities"},
    {"GET", "/api/facilities/{id}"},
    {"PUT", "/api/facilities/{id}"},
    {"GET", "/api/facilities/mine"},
    {"PUT", "/api/facilities/{id}/beds/{bed}/status"},
    {"POST", "/api/login"},
    {"GET", "/{path...}"},
    {0},
};

static struct uri_match match(const char *method, const char *path)
{
	struct uri_match m;

	assert_true(uri_match(routes, method, span_str(path), &arena, &m));
	return m;
}

static void assert_pattern(const char *method, const char *path, const char *pattern)
{
	struct uri_match m = match(method, path);

	assert_non_null(m.route);
	assert_string_equal(m.route->pattern, pattern);
}

static void a_name_takes_one_segment(void **state)
{
	struct uri_match m = match("PUT", "/api/facilities/fac_a/beds/bed_1/status");

	(void)state;
	assert_non_null(m.route);
	assert_true(span_eq_str(m.params[0], "fac_a"));
	assert_true(span_eq_str(m.params[1], "bed_1"));
	assert_pattern("GET", "/api/facilities//beds", "/{path...}");
}

static void an_exact_segment_beats_a_name(void **state)
{
	(void)state;
	assert_pattern("GET", "/api/facilities/mine", "/api/facilities/mine");
	assert_pattern("GET", "/api/facilities/fac_a", "/api/facilities/{id}");
	assert_pattern("GET", "/api/facilities", "/api/facilities");
}

static void the_rest_takes_many_segments_and_none(void **state)
{
	struct uri_match m = match("GET", "/css/a.css");

	(void)state;
	assert_true(span_eq_str(m.params[0], "css/a.css"));
	assert_true(span_eq_str(match("GET", "/").params[0], ""));
}

static void a_method_that_is_not_served_names_those_that_are(void **state)
{
	struct uri_match m = match("DELETE", "/api/facilities/fac_a");

	(void)state;
	assert_null(m.route);
	assert_string_equal(m.allow, "GET, HEAD, PUT");
	m = match("GET", "/api/login");
	assert_null(m.route);
	assert_string_equal(m.allow, "POST");
}

static void head_is_served_where_get_is(void **state)
{
	(void)state;
	assert_pattern("HEAD", "/api/facilities", "/api/facilities");
}

static void an_encoded_slash_stays_inside_its_segment(void **state)
{
	struct uri_match m = match("GET", "/api/facilities/a%2Fb");

	(void)state;
	assert_string_equal(m.route->pattern, "/api/facilities/{id}");
	assert_true(span_eq_str(m.params[0], "a/b"));
}

static void broken_escapes_and_hidden_nuls_are_refused(void **state)
{
	struct span s;

	(void)state;
	assert_false(uri_decode(SPAN("a%00b"), false, &arena, &s));
	assert_false(uri_decode(SPAN("a%2"), false, &arena, &s));
	assert_false(uri_decode(SPAN("a%"), false, &arena, &s));
	assert_false(uri_decode(SPAN("%g1"), false, &arena, &s));
	assert_false(uri_decode(SPAN("a%ff"), false, &arena, &s));
	assert_false(uri_decode(SPAN("%c3"), false, &arena, &s));
	assert_false(uri_decode(SPAN("%ed%a0%80"), false, &arena, &s));
	assert_true(uri_decode(SPAN("%c3%B8+"), false, &arena, &s));
	assert_true(span_eq_str(s, "ø+"));
}

static void a_query_is_decoded_pair_by_pair(void **state)
{
	struct httpd_pair *q;
	size_t n;

	(void)state;
	assert_true(uri_query(SPAN("ward=a+b&ward=c%26d&&flag&empty="), &arena, &q, &n));
	assert_int_equal(n, 4);
	assert_true(span_eq_str(q[0].value, "a b"));
	assert_true(span_eq_str(q[1].value, "c&d"));
	assert_null(q[2].value.p);
	assert_non_null(q[3].value.p);
	assert_int_equal(q[3].value.n, 0);
}

static void a_query_of_too_many_pairs_is_refused(void **state)
{
	char text[4 * HTTPD_QUERY_MAX + 8] = "";
	struct httpd_pair *q;
	size_t n;

	(void)state;
	for (int i = 0; i < HTTPD_QUERY_MAX; i++)
		strcat(text, "a=1&");
	assert_true(uri_query(span_str(text), &arena, &q, &n));
	strcat(text, "a=1");
	assert_false(uri_query(span_str(text), &arena, &q, &n));
}

static int empty_arena(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_takes_one_segment),
	    cmocka_unit_test(an_exact_segment_beats_a_name),
	    cmocka_unit_test(the_rest_takes_many_segments_and_none),
	    cmocka_unit_test(a_method_that_is_not_served_names_those_that_are),
	    cmocka_unit_test(head_is_served_where_get_is),
	    cmocka_unit_test(an_encoded_slash_stays_inside_its_segment),
	    cmocka_unit_test(broken_escapes_and_hidden_nuls_are_refused),
	    cmocka_unit_test(a_query_is_decoded_pair_by_pair),
	    cmocka_unit_test(a_query_of_too_many_pairs_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, empty_arena);
}

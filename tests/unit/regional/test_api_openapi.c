/* The API's description: every route has its manual, and every manual its route. */
#include "regional/api/openapi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "regional/api/room.h"

static void every_route_is_in_the_manual(void **state _unused_)
{
	for (const struct httpd_route *r = api_routes; r->method; r++)
		if (!openapi_manual(r->method, r->pattern))
			fail_msg("%s %s is not in api_manual", r->method, r->pattern);
}

static bool is_route(const struct manual *m)
{
	for (const struct httpd_route *r = api_routes; r->method; r++)
		if (strcmp(r->method, m->method) == 0 && strcmp(r->pattern, m->pattern) == 0)
			return true;
	return false;
}

static void the_manual_tells_of_no_route_that_is_not_there(void **state _unused_)
{
	for (const struct manual *m = api_manual; m->method; m++)
		if (!is_route(m))
			fail_msg("%s %s is no route", m->method, m->pattern);
}

static void the_description_is_json_and_lists_every_route(void **state _unused_)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	size_t routes = 0, operations = 0;
	const char *path;
	json_t *ops;

	openapi_print(&text);
	json_t *o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	for (const struct httpd_route *r = api_routes; r->method; r++)
		routes++;
	json_object_foreach(json_object_get(o, "paths"), path, ops)
	{
		operations += json_object_size(ops);
	}
	assert_int_equal(operations, routes);
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_route_is_in_the_manual),
	    cmocka_unit_test(the_manual_tells_of_no_route_that_is_not_there),
	    cmocka_unit_test(the_description_is_json_and_lists_every_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What waits to be written while PostgreSQL is away. */
#include "regional/api/access_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"

static void those_whom_nobody_knows_take_no_room_from_those_who_are(void **unused _unused_)
{
	const struct who known = {.role = WHO_ADMIN, .name = "admin"};
	struct metrics *m = metrics_new();
	struct httpd_rq rq = {.peer = "192.0.2.7"};
	struct access_log *l = NULL;

	assert_int_equal(access_log_start("host=/nowhere dbname=none", m, &l, NULL), 0);
	for (int i = 0; i < 2 * ACCESS_LOG_MAX; i++)
		access_log_add(l, &rq, NULL, "beds", NULL, false, "login");
	int64_t lost = (int64_t)metric_get(m, METRIC_ACCESS_LOST, 0);
	assert_true(lost > 0);
	for (int i = 0; i < ACCESS_LOG_MAX / 2; i++)
		access_log_add(l, &rq, &known, "beds", NULL, true, NULL);
	assert_int_equal(metric_get(m, METRIC_ACCESS_LOST, 0), lost);
	assert_int_equal(metric_get(m, METRIC_ACCESS_QUEUE, 0), ACCESS_LOG_MAX);
	access_log_add(l, &rq, &known, "beds", NULL, true, NULL);
	assert_int_equal(metric_get(m, METRIC_ACCESS_LOST, 0), lost + 1);
	access_log_stop(l);
	metrics_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(those_whom_nobody_knows_take_no_room_from_those_who_are),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

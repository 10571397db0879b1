#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/kill_point.h"

/* A child walks by its points; how many it passed before it was killed, or -1 if it was not. */
static int passed_before_death(void (*arm)(void), const char *const *points)
{
	int ends[2], status = 0, passed = 0;
	char mark;

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		arm();
		for (; *points; points++) {
			kill_point(*points);
			(void)!write(ends[1], "x", 1);
		}
		_exit(0);
	}
	close(ends[1]);
	while (read(ends[0], &mark, 1) == 1)
		passed++;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? passed : -1;
}

static const char *const walk[] = {"before", "after", "after", "after", NULL};

static void arm_first(void)
{
	kill_point_arm("after");
}

static void arm_third(void)
{
	kill_point_arm("after:3");
}

static void arm_elsewhere(void)
{
	kill_point_arm("nowhere");
}

static void arm_nothing(void)
{
	kill_point_arm(NULL);
}

static void arm_by_environment(void)
{
	setenv("BEDPOST_KILL_AT", "after:2", 1);
}

static void arm_by_empty_environment(void)
{
	setenv("BEDPOST_KILL_AT", "", 1);
}

static void the_process_dies_at_the_named_point(void **state)
{
	(void)state;
	assert_int_equal(passed_before_death(arm_first, walk), 1);
	assert_int_equal(passed_before_death(arm_third, walk), 3);
}

static void the_variable_arms_at_the_first_passage(void **state)
{
	(void)state;
	assert_int_equal(passed_before_death(arm_by_environment, walk), 2);
}

static void other_points_and_none_do_nothing(void **state)
{
	(void)state;
	assert_int_equal(passed_before_death(arm_elsewhere, walk), -1);
	assert_int_equal(passed_before_death(arm_nothing, walk), -1);
	assert_int_equal(passed_before_death(arm_by_empty_environment, walk), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_process_dies_at_the_named_point),
	    cmocka_unit_test(the_variable_arms_at_the_first_passage),
	    cmocka_unit_test(other_points_and_none_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "sim/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int parse(struct sim_options *ret, struct err *err, const char *first, ...)
{
	char *argv[16] = {(char *)"bedpost-sim"};
	int argc = 1;
	va_list ap;

	va_start(ap, first);
	for (const char *s = first; s; s = va_arg(ap, const char *))
		argv[argc++] = (char *)(uintptr_t)s;
	va_end(ap);
	return options_parse(argc, argv, ret, err);
}

#define refused(says, ...)                                                                         \
	do {                                                                                       \
		struct sim_options o_;                                                             \
		struct err e_;                                                                     \
		assert_int_equal(parse(&o_, &e_, __VA_ARGS__, NULL), -ERR_INVALID);                \
		if (!strstr(e_.message, says))                                                     \
			fail_msg("\"%s\" does not say \"%s\"", e_.message, says);                  \
	} while (0)

static void values_come_after_a_space_or_an_equals_sign(void **state _unused_)
{
	struct sim_options o;

	assert_int_equal(parse(&o, NULL, "--out", "d", "--homes=7", "--rate", "0.5", "--count", "9",
			       "--json", "--start", "2025-04-22T06:00:00Z", "--duration=2m",
			       "--faults", "bad,late", NULL),
			 0);
	assert_string_equal(o.out, "d");
	assert_int_equal(o.homes, 7);
	assert_true(o.rate == 0.5);
	assert_int_equal(o.count, 9);
	assert_true(o.json);
	assert_int_equal(o.start, 1745301600 * USEC_PER_SEC);
	assert_int_equal(o.duration, 120 * USEC_PER_SEC);
	assert_int_equal(o.faults, FAULT_BAD | FAULT_LATE);
	assert_int_equal(o.ready, DROP_RENAME);
}

static void homes_can_be_named(void **state _unused_)
{
	struct sim_options o;

	assert_int_equal(parse(&o, NULL, "--out", "d", "--home", "fac_a", "--home=fac_b", NULL), 0);
	assert_int_equal(o.n_names, 2);
	assert_string_equal(o.names[1], "fac_b");
	refused("--home", "--out", "d", "--home", "oslo");
	refused("exclude", "--out", "d", "--home", "fac_a", "--homes", "2");
}

static void what_is_wrong_is_named(void **state _unused_)
{
	refused("--out DIR is missing", "--homes", "1");
	refused("unknown option --hoems", "--hoems", "1");
	refused("unexpected", "drop");
	refused("--out needs DIR", "--out");
	refused("--homes", "--out", "d", "--homes", "0");
	refused("--homes", "--out", "d", "--homes", "many");
	refused("--beds", "--out", "d", "--beds", "100000");
	refused("--rate", "--out", "d", "--rate", "-1");
	refused("--rate 0", "--out", "d", "--rate", "0");
	refused("--format", "--out", "d", "--format", "pdf");
	refused("--faults", "--out", "d", "--faults", "bad,");
	refused("--ready", "--out", "d", "--ready", "soon");
	refused("--start", "--out", "d", "--start", "yesterday");
	refused("--duration", "--out", "d", "--duration", "5");
	refused("no value", "--out", "d", "--json=yes");
}

static void help_and_version_need_nothing_else(void **state _unused_)
{
	struct sim_options o;

	assert_int_equal(parse(&o, NULL, "--help", NULL), 0);
	assert_true(o.help);
	assert_int_equal(parse(&o, NULL, "--version", NULL), 0);
	assert_true(o.version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_come_after_a_space_or_an_equals_sign),
	    cmocka_unit_test(homes_can_be_named),
	    cmocka_unit_test(what_is_wrong_is_named),
	    cmocka_unit_test(help_and_version_need_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

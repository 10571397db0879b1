/* The name of a batch as a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bed/batch_name.h"

#define EPOCH "0b1fa2c3-4d5e-4f60-8a9b-0c1d2e3f4a5b"

static void what_is_formatted_is_read_back(void **state)
{
	(void)state;
	static const char *const facilities[] = {"fac_a", "fac_oslo-nordre.2", "fac_1-2-3"};
	char text[BATCH_NAME_MAX], whole[BATCH_NAME_MAX + 16];

	for (size_t i = 0; i < 3; i++) {
		const struct batch_name n = {span_str(facilities[i]), SPAN(EPOCH), 7, 4711};
		struct batch_name back;
		batch_name_format(&n, text);
		(void)snprintf(whole, sizeof(whole), "%s%s", text, BATCH_NAME_SUFFIX);
		assert_true(batch_name_parse(span_str(whole), &back));
		assert_true(span_eq_str(back.facility, facilities[i]));
		assert_true(span_eq(back.epoch, SPAN(EPOCH)));
		assert_true(back.first == 7 && back.last == 4711);
	}
}

static void a_heartbeat_has_a_name_too(void **state)
{
	(void)state;
	struct batch_name n;

	assert_true(batch_name_parse(SPAN("fac_a-" EPOCH "-1-0.ndjson.zst"), &n));
	assert_true(n.first == 1 && n.last == 0);
}

static void anything_else_is_no_batch(void **state)
{
	(void)state;
	static const char *const names[] = {
	    "",
	    ".ndjson.zst",
	    "fac_a-" EPOCH "-1-2.ndjson",
	    "fac_a-" EPOCH "-1-2.json",
	    ".fac_a-" EPOCH "-1-2.ndjson.zst.part",
	    "fac_a-" EPOCH "-01-2.ndjson.zst",
	    "fac_a-" EPOCH "-1-+2.ndjson.zst",
	    "fac_a-" EPOCH "-0-0.ndjson.zst",
	    "fac_a-" EPOCH "-9-2.ndjson.zst",
	    "fac_a-" EPOCH "-1-18446744073709551616.ndjson.zst",
	    "fac_a-" EPOCH "-1-18446744073709551615.ndjson.zst",
	    "fac_a" EPOCH "-1-2.ndjson.zst",
	    "-" EPOCH "-1-2.ndjson.zst",
	    "oslo-" EPOCH "-1-2.ndjson.zst",
	    "../fac_a-" EPOCH "-1-2.ndjson.zst",
	    "fac_a-0B1FA2C3-4d5e-4f60-8a9b-0c1d2e3f4a5b-1-2.ndjson.zst",
	    "fac_a-0b1fa2c3-4d5e-4f60-8a9b_0c1d2e3f4a5b-1-2.ndjson.zst",
	};
	struct batch_name n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(batch_name_parse(span_str(names[i]), &n));
}

static void batches_of_a_home_stand_in_the_order_of_their_numbers(void **state)
{
	(void)state;
	struct batch_name a = {SPAN("fac_a"), SPAN(EPOCH), 9, 12};
	struct batch_name b = {SPAN("fac_a"), SPAN(EPOCH), 10, 11};
	struct batch_name c = {SPAN("fac_a"), SPAN(EPOCH), 10, 30};

	assert_true(batch_name_cmp(&a, &b) < 0);
	assert_true(batch_name_cmp(&b, &c) < 0);
	assert_true(batch_name_cmp(&c, &a) > 0);
	assert_int_equal(batch_name_cmp(&c, &c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_formatted_is_read_back),
	    cmocka_unit_test(a_heartbeat_has_a_name_too),
	    cmocka_unit_test(anything_else_is_no_batch),
	    cmocka_unit_test(batches_of_a_home_stand_in_the_order_of_their_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

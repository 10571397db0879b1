#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/digest.h"
#include "base/ulid.h"

static const uint8_t tail[10] = {0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, 0x88, 0x77, 0x66};
static const uint8_t zeros[10], ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

static void known_times_have_the_texts_of_the_specification(void **state)
{
	char text[ULID_CHARS + 1];

	(void)state;
	assert_string_equal(
	    ulid_format(ulid_from_parts(1469918176385 * USEC_PER_MSEC, zeros), text),
	    "01ARYZ6S410000000000000000");
	assert_string_equal(ulid_format(ulid_from_parts(1469922850259 * USEC_PER_MSEC, tail), text),
			    "01ARZ3NDEKZZQDVK5VNACRGXV6");
	assert_string_equal(
	    ulid_format(ulid_from_parts(281474976710655 * USEC_PER_MSEC, ones), text),
	    "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
}

static void the_specifications_example_holds_its_time(void **state)
{
	struct ulid u;
	uint64_t ms = 0;

	(void)state;
	assert_true(ulid_parse(SPAN("01ARZ3NDEKTSV4RRFFQ69G5FAV"), &u));
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | u.b[i];
	assert_int_equal(ms, 1469922850259);
}

static void text_and_bytes_go_round_in_either_case(void **state)
{
	char text[ULID_CHARS + 1];
	struct ulid u = ulid_from_parts(1776676462000000, tail), back;

	(void)state;
	ulid_format(u, text);
	assert_true(ulid_parse(span_str(text), &back));
	assert_true(ulid_eq(u, back));
	for (char *p = text; *p; p++)
		*p = (char)(*p >= 'A' ? *p + 32 : *p);
	memset(&back, 0, sizeof(back));
	assert_true(ulid_parse(span_str(text), &back));
	assert_true(ulid_eq(u, back));
}

static void what_is_no_ulid_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "01ARZ3NDEKTSV4RRFFQ69G5FA",   /* short */
	    "01ARZ3NDEKTSV4RRFFQ69G5FAVX", /* long */
	    "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",  /* above 128 bits */
	    "01ARZ3NDEKTSV4RRFFQ69G5FAI",
	    "01ARZ3NDEKTSV4RRFFQ69G5FAL",
	    "01ARZ3NDEKTSV4RRFFQ69G5FAO",
	    "01ARZ3NDEKTSV4RRFFQ69G5FAU",
	    "01ARZ3NDEKTSV4RRFFQ69G5FA-",
	    "01ARZ3NDEKTSV4RRFFQ69G5FA{",
	};
	struct ulid u;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(ulid_parse(span_str(bad[i]), &u));
	assert_false(ulid_parse(span_of("01ARZ3NDEKTSV4RRFFQ69G5FA\0", 26), &u));
}

static void later_sorts_after_as_bytes_and_as_text(void **state)
{
	char before[ULID_CHARS + 1], after[ULID_CHARS + 1];
	usec_t at = 0;

	(void)state;
	for (int i = 0; i < 47; i++, at = at * 2 + USEC_PER_MSEC) {
		struct ulid a = ulid_from_parts(at, ones),
			    b = ulid_from_parts(at + USEC_PER_MSEC, zeros);
		assert_true(memcmp(a.b, b.b, ULID_BYTES) < 0);
		assert_true(strcmp(ulid_format(a, before), ulid_format(b, after)) < 0);
	}
}

static void the_same_parts_make_the_same_id_and_before_1970_counts_as_0(void **state)
{
	(void)state;
	assert_true(ulid_eq(ulid_from_parts(5000, tail), ulid_from_parts(5999, tail)));
	assert_false(ulid_eq(ulid_from_parts(5000, tail), ulid_from_parts(6000, tail)));
	assert_false(ulid_eq(ulid_from_parts(5000, tail), ulid_from_parts(5000, zeros)));
	assert_true(ulid_eq(ulid_from_parts(-1, tail), ulid_from_parts(0, tail)));
}

static void random_ones_differ_at_the_same_time(void **state)
{
	(void)state;
	assert_false(ulid_eq(ulid_random(0), ulid_random(0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_times_have_the_texts_of_the_specification),
	    cmocka_unit_test(the_specifications_example_holds_its_time),
	    cmocka_unit_test(text_and_bytes_go_round_in_either_case),
	    cmocka_unit_test(what_is_no_ulid_is_refused),
	    cmocka_unit_test(later_sorts_after_as_bytes_and_as_text),
	    cmocka_unit_test(the_same_parts_make_the_same_id_and_before_1970_counts_as_0),
	    cmocka_unit_test(random_ones_differ_at_the_same_time),
	};

	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

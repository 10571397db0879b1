#include "bed/ident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void folds_to(const char *from, const char *to)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct span s = ident_make(&a, span_str(from));

	if (!to) {
		assert_null(s.p);
		return;
	}
	assert_non_null(s.p);
	assert_string_equal(s.p, to);
	assert_true(ident_is_valid(s));
	struct span again = ident_make(&a, s);
	assert_string_equal(again.p, to);
}

static void letters_become_lower_case_and_lose_their_marks(void **state _unused_)
{
	folds_to("Bed_2B Room 14", "bed_2b_room_14");
	folds_to("ÆØÅ æøå", "aeoa_aeoa");
	folds_to("Göteborg Straße", "goteborg_strasse");
	folds_to("ÉÈÊË éèêë ñ ç", "eeee_eeee_n_c");
	folds_to("Łódź Þórr Œuvre ĳ", "lodz_thorr_oeuvre_ij");
	folds_to("STRAẞE", "strasse");
}

static void a_letter_and_its_combining_mark_are_one_letter(void **state _unused_)
{
	folds_to("Ba\xCC\x8A"
		 "der",
		 "bader"); /* a and U+030A, as macOS writes å */
}

static void a_run_of_other_characters_is_one_underscore(void **state _unused_)
{
	folds_to("a  /  b", "a_b");
	folds_to("a__b", "a_b");
	folds_to("a - b", "a_b");
	folds_to("a--b", "a_b");
	folds_to("ward 3 \xE2\x82\xAC x", "ward_3_x");
	folds_to("2×3÷4", "2_3_4");
	folds_to("a\tb\nc", "a_b_c");
}

static void a_single_point_or_hyphen_stays(void **state _unused_)
{
	folds_to("Rom-14.2", "rom-14.2");
}

static void nothing_is_left_at_either_end(void **state _unused_)
{
	folds_to("  (bed 1)  ", "bed_1");
	folds_to("-bed-", "bed");
	folds_to("._-x-_.", "x");
}

static void a_text_without_letters_or_digits_is_no_identifier(void **state _unused_)
{
	folds_to("", NULL);
	folds_to("---", NULL);
	folds_to("Юлия", NULL);
}

static void text_that_is_not_utf8_is_no_identifier(void **state _unused_)
{
	folds_to("bed\xE6", NULL);
	folds_to("\xED\xA0\x80x", NULL);
	folds_to("\xC0\xAF", NULL);
}

/* Short texts are folded all at once, longer ones character by character. */
static void a_text_folds_alike_alone_and_within_a_longer_one(void **state _unused_)
{
	static const char letters[] = "abZ09_.-  /\t";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	uint32_t random = 1;
	char text[72] = "X234567890123456789012345678901";

	for (int round = 0; round < 20000; round++) {
		size_t n = 1 + (size_t)round % 32;
		char *tail = text + 31;
		for (size_t i = 0; i < n; i++) {
			random = random * 1664525 + 1013904223;
			tail[i] = letters[(random >> 20) % (sizeof(letters) - 1)];
		}
		tail[0] = 'A';
		tail[n] = '\0';
		struct span alone = ident_make(&a, span_of(tail, n)),
			    within = ident_make(&a, span_of(text, 31 + n));
		assert_int_equal(within.n, 31 + alone.n);
		assert_memory_equal(within.p, "x234567890123456789012345678901", 31);
		assert_string_equal(within.p + 31, alone.p);
		assert_true(ident_is_valid(alone));
	}
}

static void a_zero_byte_separates_like_any_other(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct span s = ident_make(&a, span_of("a\0b", 3));

	assert_string_equal(s.p, "a_b");
}

static void sixty_four_bytes_fit_and_no_more(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	char text[70];

	memset(text, 'x', sizeof(text));
	assert_int_equal(ident_make(&a, span_of(text, 64)).n, 64);
	assert_null(ident_make(&a, span_of(text, 65)).p);
	text[64] = ' ';
	assert_int_equal(ident_make(&a, span_of(text, 65)).n, 64);
	memcpy(text + 63, "\xC3\xA6", 2); /* æ needs two */
	assert_null(ident_make(&a, span_of(text, 65)).p);
	assert_true(ident_is_valid(
	    span_of("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 64)));
	assert_false(ident_is_valid(
	    span_of("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 65)));
}

static void the_shape_is_held_to_the_byte(void **state _unused_)
{
	assert_true(ident_is_valid(SPAN("a")));
	assert_true(ident_is_valid(SPAN("0.a-b_c")));
	assert_false(ident_is_valid(SPAN_NONE));
	assert_false(ident_is_valid(SPAN("")));
	assert_false(ident_is_valid(SPAN("_a")));
	assert_false(ident_is_valid(SPAN("-a")));
	assert_false(ident_is_valid(SPAN("A")));
	assert_false(ident_is_valid(SPAN("a b")));
	assert_false(ident_is_valid(SPAN("a/b")));
	assert_false(ident_is_valid(SPAN("\xC3\xA6")));
	assert_false(ident_is_valid(span_of("a\0b", 3)));
}

static void so_it_is_of_every_byte_at_every_place(void **state _unused_)
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
	char text[IDENT_MAX];

	for (size_t n = 2; n <= IDENT_MAX; n++) {
		memset(text, 'x', sizeof(text));
		for (size_t at = 1; at < n; at++) {
			for (int c = 0; c < 256; c++) {
				text[at] = (char)c;
				assert_int_equal(ident_is_valid(span_of(text, n)),
						 c && strchr(valid, c) != NULL);
			}
			text[at] = 'x';
		}
	}
}

static void facilities_and_regions_carry_their_prefix(void **state _unused_)
{
	assert_true(ident_is_facility(SPAN("fac_oslo_nordre")));
	assert_false(ident_is_facility(SPAN("fac_")));
	assert_false(ident_is_facility(SPAN("oslo_nordre")));
	assert_false(ident_is_facility(SPAN("fac_Oslo")));
	assert_true(ident_is_region(SPAN("reg_norge")));
	assert_false(ident_is_region(SPAN("fac_norge")));
	assert_false(ident_is_region(SPAN("reg_")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(letters_become_lower_case_and_lose_their_marks),
	    cmocka_unit_test(a_letter_and_its_combining_mark_are_one_letter),
	    cmocka_unit_test(a_run_of_other_characters_is_one_underscore),
	    cmocka_unit_test(a_single_point_or_hyphen_stays),
	    cmocka_unit_test(nothing_is_left_at_either_end),
	    cmocka_unit_test(a_text_without_letters_or_digits_is_no_identifier),
	    cmocka_unit_test(text_that_is_not_utf8_is_no_identifier),
	    cmocka_unit_test(a_text_folds_alike_alone_and_within_a_longer_one),
	    cmocka_unit_test(a_zero_byte_separates_like_any_other),
	    cmocka_unit_test(sixty_four_bytes_fit_and_no_more),
	    cmocka_unit_test(the_shape_is_held_to_the_byte),
	    cmocka_unit_test(so_it_is_of_every_byte_at_every_place),
	    cmocka_unit_test(facilities_and_regions_carry_their_prefix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

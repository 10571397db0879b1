#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

static void every_piece_is_aligned_and_stays_as_written(void **state)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	unsigned char *pieces[500];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		pieces[i] = arena_alloc(&a, i);
		assert_int_equal((uintptr_t)pieces[i] % 16, 0);
		memset(pieces[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		for (size_t j = 0; j < i; j++)
			assert_int_equal(pieces[i][j], i & 0xff);
}

static void a_piece_larger_than_any_block_is_given(void **state)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	size_t size = (size_t)5 << 20;

	(void)state;
	char *p = arena_zalloc(&a, size);
	assert_int_equal(p[0] + p[size - 1], 0);
	assert_non_null(arena_alloc(&a, 1));
	assert_true(a.total >= size);
}

static void reset_gives_the_newest_block_again(void **state)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;

	(void)state;
	for (int i = 0; i < 1000; i++)
		(void)arena_alloc(&a, 1000);
	arena_reset(&a);
	assert_int_equal(a.total, 0);
	char *first = arena_alloc(&a, 100);
	arena_reset(&a);
	assert_ptr_equal(arena_alloc(&a, 100), first);
}

static void reset_of_an_unused_arena_does_nothing(void **state)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;

	(void)state;
	arena_reset(&a);
	assert_int_equal(a.total, 0);
	assert_non_null(arena_alloc(&a, 0));
}

static void after_done_it_may_be_used_again(void **state)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;

	(void)state;
	(void)arena_strdup(&a, "one");
	arena_done(&a);
	assert_string_equal(arena_strdup(&a, "two"), "two");
}

static void copies_end_with_nul_and_do_not_share(void **state)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	char text[] = "ward";

	(void)state;
	struct span copy = arena_span(&a, span_str(text));
	char *part = arena_strndup(&a, text, 2);
	text[0] = 'x';
	assert_string_equal(copy.p, "ward");
	assert_string_equal(part, "wa");
	assert_string_equal(arena_strndup(&a, NULL, 0), "");
	assert_string_equal(arena_printf(&a, "%s %d", "bed", 7), "bed 7");
}

static void typed_pieces_are_zeroed(void **state)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;

	(void)state;
	memset(arena_alloc(&a, 4000), 0xff, 4000);
	arena_reset(&a);
	int64_t *numbers = arena_array(&a, int64_t, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(numbers[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_piece_is_aligned_and_stays_as_written),
	    cmocka_unit_test(a_piece_larger_than_any_block_is_given),
	    cmocka_unit_test(reset_gives_the_newest_block_again),
	    cmocka_unit_test(reset_of_an_unused_arena_does_nothing),
	    cmocka_unit_test(after_done_it_may_be_used_again),
	    cmocka_unit_test(copies_end_with_nul_and_do_not_share),
	    cmocka_unit_test(typed_pieces_are_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

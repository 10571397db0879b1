#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"

static void the_code_comes_back_negative_and_the_message_is_filled(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, ERR_INVALID, "line %d", 7), -ERR_INVALID);
	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.message, "line 7");
}

static void without_a_struct_only_the_code_comes_back(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_LIMIT, "x"), -ERR_LIMIT);
	assert_int_equal(err_errno(NULL, ENOSPC, "x"), -ERR_FULL);
	assert_true(err_prefix(NULL, "x") < 0);
}

static void only_unavailable_timeout_and_full_are_worth_a_retry(void **state)
{
	(void)state;
	for (int code = ERR_INVALID; code <= ERR_NO_MEMORY; code++) {
		struct err err;
		err_set(&err, (enum err_code)code, "x");
		assert_int_equal(err.retriable, code == ERR_UNAVAILABLE || code == ERR_TIMEOUT ||
						    code == ERR_FULL);
	}
}

static void the_code_follows_from_errno(void **state)
{
	static const struct {
		int errnum;
		enum err_code code;
	} cases[] = {
	    {ENOENT, ERR_NOT_FOUND},
	    {EEXIST, ERR_EXISTS},
	    {EACCES, ERR_DENIED},
	    {ENOSPC, ERR_FULL},
	    {ECONNREFUSED, ERR_UNAVAILABLE},
	    {ETIMEDOUT, ERR_TIMEOUT},
	    {EIO, ERR_IO},
	    {EINVAL, ERR_INVALID},
	    {ENOMEM, ERR_NO_MEMORY},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(err_errno(NULL, cases[i].errnum, "x"), -(int)cases[i].code);
}

static void errno_says_its_reason_after_what_was_tried(void **state)
{
	struct err err;

	(void)state;
	err_errno(&err, ENOENT, "open %s", "a.csv");
	assert_string_equal(err.message, "open a.csv: No such file or directory");
}

static void a_prefix_stands_before_and_the_code_stays(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_TIMEOUT, "no answer");
	assert_int_equal(err_prefix(&err, "region %s", "east"), -ERR_TIMEOUT);
	assert_string_equal(err.message, "region east: no answer");
	assert_true(err.retriable);
}

static void a_long_message_is_cut_and_ended(void **state)
{
	char text[3 * ERR_MESSAGE_MAX];
	struct err err;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	err_set(&err, ERR_IO, "%s", text);
	assert_int_equal(strlen(err.message), ERR_MESSAGE_MAX - 1);
	err_prefix(&err, "%s", text);
	assert_true(strlen(err.message) < ERR_MESSAGE_MAX);
	err_errno(&err, EIO, "%s", text);
	assert_non_null(strstr(err.message, ": Input/output error"));
}

static void a_cut_never_splits_a_letter(void **state)
{
	char text[2 * ERR_MESSAGE_MAX] = "";
	struct err err;

	(void)state;
	for (int shift = 0; shift < 2; shift++) {
		memset(text, 'a', (size_t)shift);
		for (size_t i = (size_t)shift; i + 2 < sizeof(text); i += 2)
			memcpy(text + i, "\xC3\xB8", 3);
		err_set(&err, ERR_IO, "%s", text);
		size_t n = strlen(err.message);
		assert_in_range(n, ERR_MESSAGE_MAX - 2, ERR_MESSAGE_MAX - 1);
		assert_int_equal((unsigned char)err.message[n - 1], 0xB8);
	}
}

static void a_message_may_be_made_from_the_one_before(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_IO, "disk");
	err_set(&err, ERR_INVALID, "first %s, then %s", err.message, "more");
	assert_string_equal(err.message, "first disk, then more");
}

static void exit_codes_tell_a_retry_from_a_mistake(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_UNAVAILABLE, "x");
	assert_int_equal(err_exit_code(&err), 75);
	err_set(&err, ERR_NOT_FOUND, "x");
	assert_int_equal(err_exit_code(&err), 3);
	err_set(&err, ERR_INVALID, "x");
	assert_int_equal(err_exit_code(&err), 4);
	err_set(&err, ERR_DENIED, "x");
	assert_int_equal(err_exit_code(&err), 5);
	err_set(&err, ERR_CORRUPT, "x");
	assert_int_equal(err_exit_code(&err), 1);
}

static void every_code_has_its_own_name(void **state)
{
	(void)state;
	for (int a = ERR_NONE; a <= ERR_NO_MEMORY; a++)
		for (int b = a + 1; b <= ERR_NO_MEMORY + 1; b++)
			assert_string_not_equal(err_code_name((enum err_code)a),
						err_code_name((enum err_code)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_code_comes_back_negative_and_the_message_is_filled),
	    cmocka_unit_test(without_a_struct_only_the_code_comes_back),
	    cmocka_unit_test(only_unavailable_timeout_and_full_are_worth_a_retry),
	    cmocka_unit_test(the_code_follows_from_errno),
	    cmocka_unit_test(errno_says_its_reason_after_what_was_tried),
	    cmocka_unit_test(a_prefix_stands_before_and_the_code_stays),
	    cmocka_unit_test(a_long_message_is_cut_and_ended),
	    cmocka_unit_test(a_cut_never_splits_a_letter),
	    cmocka_unit_test(a_message_may_be_made_from_the_one_before),
	    cmocka_unit_test(exit_codes_tell_a_retry_from_a_mistake),
	    cmocka_unit_test(every_code_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Which browsers are known, by a cookie that holds all there is to know. */
#include "regional/api/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/digest.h"

#define KARI "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$a"
#define OLA  "$argon2id$v=19$m=65536,t=2,p=1$b3RoZXJzYWx0$b"

static int start(void **state _unused_)
{
	digest_setup();
	return 0;
}

static bool knows(const char *cookie, int64_t user_id, const char *hash)
{
	char name[DEVICE_NAME];

	return device_find(span_str(cookie), user_id, hash, name);
}

static void a_browser_is_known_where_its_user_has_logged_in(void **state _unused_)
{
	char one[DEVICE_TEXT], other[DEVICE_TEXT];

	device_remember(SPAN_NONE, 1, KARI, one);
	device_remember(SPAN_NONE, 1, KARI, other);
	assert_true(knows(one, 1, KARI));
	assert_true(knows(other, 1, KARI));
	assert_string_not_equal(one, other);
	assert_false(knows("", 1, KARI));
	assert_false(device_find(SPAN_NONE, 1, KARI, (char[DEVICE_NAME]){0}));
}

static void it_is_of_one_user_and_one_password(void **state _unused_)
{
	char cookie[DEVICE_TEXT];

	device_remember(SPAN_NONE, 1, KARI, cookie);
	assert_false(knows(cookie, 2, KARI));
	assert_false(knows(cookie, 1, OLA));
	assert_false(knows(cookie, 11, KARI));
}

static void nobody_makes_one_up(void **state _unused_)
{
	char cookie[DEVICE_TEXT];

	device_remember(SPAN_NONE, 1, KARI, cookie);
	for (size_t i = 0; cookie[i]; i++) {
		char was = cookie[i];
		cookie[i] = was == '0' ? '1' : '0';
		assert_false(knows(cookie, 1, KARI));
		cookie[i] = '\0';
		assert_false(knows(cookie, 1, KARI));
		cookie[i] = was;
	}
	assert_true(knows(cookie, 1, KARI));
}

static void several_users_share_a_browser_and_each_stands_in_it_once(void **state _unused_)
{
	char one[DEVICE_TEXT], both[DEVICE_TEXT], again[DEVICE_TEXT];

	device_remember(SPAN_NONE, 1, KARI, one);
	device_remember(span_str(one), 2, OLA, both);
	device_remember(span_str(both), 1, KARI, again);
	assert_true(knows(again, 1, KARI) && knows(again, 2, OLA));
	assert_int_equal(strlen(again), strlen(both));
	assert_int_equal(strlen(both), 2 * strlen(one) + 1);
}

static void the_user_who_was_longest_away_is_forgotten(void **state _unused_)
{
	char cookie[DEVICE_TEXT] = "", next[DEVICE_TEXT];

	for (int64_t user = 1; user <= DEVICE_USERS + 3; user++) {
		device_remember(span_str(cookie), user, KARI, next);
		memcpy(cookie, next, sizeof(next));
	}
	assert_int_equal(strlen(cookie), DEVICE_TEXT - 1);
	for (int64_t user = 1; user <= DEVICE_USERS + 3; user++)
		assert_int_equal(knows(cookie, user, KARI), user > 3);
}

static void what_is_no_cookie_of_ours_is_left_out(void **state _unused_)
{
	static const char *const odd[] = {"x",
					  ".",
					  "....",
					  "a.b.c",
					  "\"",
					  "ghijklmnopqrstuvwxyzghij"
					  "00000000000000000000000000000000"};
	char cookie[DEVICE_TEXT], alone[DEVICE_TEXT];

	device_remember(SPAN_NONE, 1, KARI, alone);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		assert_false(knows(odd[i], 1, KARI));
		device_remember(span_str(odd[i]), 1, KARI, cookie);
		assert_int_equal(strlen(cookie), strlen(alone));
		assert_true(knows(cookie, 1, KARI));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_browser_is_known_where_its_user_has_logged_in),
	    cmocka_unit_test(it_is_of_one_user_and_one_password),
	    cmocka_unit_test(nobody_makes_one_up),
	    cmocka_unit_test(several_users_share_a_browser_and_each_stands_in_it_once),
	    cmocka_unit_test(the_user_who_was_longest_away_is_forgotten),
	    cmocka_unit_test(what_is_no_cookie_of_ours_is_left_out),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}

/* The board's rules that need no network: how fast PINs can be tried, which PINs are none, what the
 * file of PINs must be, sessions, and by which names the board may be called. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "watcher/board/guard.h"
#include "watcher/board/host.h"
#include "watcher/board/pins.h"
#include "watcher/board/sessions.h"

#define T0   (1000 * USEC_PER_SEC)
#define KARI SPAN("user_kari")

/* Tries as often as it is let, for so long; each time another address.
 * Gives how many tries it had. */
static int tries_within(struct guard *g, usec_t span, bool same_address, bool same_user)
{
	int tries = 0;

	for (usec_t now = T0; now < T0 + span;) {
		char address[32], user[32];
		(void)snprintf(address, sizeof(address), "10.0.%d.%d",
			       same_address ? 0 : tries / 250, same_address ? 1 : tries % 250);
		(void)snprintf(user, sizeof(user), "user_%d", same_user ? 1 : tries % 20);
		usec_t wait = guard_wait(g, address, span_str(user), now);
		if (wait > 0) {
			now += wait < USEC_PER_MIN ? wait : USEC_PER_MIN;
			continue;
		}
		guard_failed(g, address, span_str(user), now);
		tries++;
	}
	return tries;
}

static void many_addresses_and_all_users_get_few_tries_a_day(void **state)
{
	(void)state;
	_cleanup_(freep) struct guard *g = calloc(1, sizeof(*g));
	int first = tries_within(g, USEC_PER_DAY, false, false);

	assert_in_range(first, 15, 15 + 24 + 10);
	_cleanup_(freep) struct guard *month = calloc(1, sizeof(*month));
	/* One of ten thousand four-digit PINs: under one in ten after a
	 * month that nobody looked. */
	assert_in_range(tries_within(month, 30 * USEC_PER_DAY, false, false), 1, 999);
}

static void one_user_gets_fewer_still(void **state)
{
	(void)state;
	_cleanup_(freep) struct guard *g = calloc(1, sizeof(*g));

	assert_in_range(tries_within(g, USEC_PER_DAY, false, true), 5, 5 + 12 + 10);
}

static void slips_of_the_finger_cost_nothing_and_then_waits_double(void **state)
{
	(void)state;
	_cleanup_(freep) struct guard *g = calloc(1, sizeof(*g));
	usec_t now = T0, last = 0;

	for (int i = 0; i < 2; i++) {
		guard_failed(g, "10.0.0.1", KARI, now);
		assert_int_equal(guard_wait(g, "10.0.0.1", KARI, now), 0);
	}
	for (int i = 0; i < 4; i++) {
		guard_failed(g, "10.0.0.1", SPAN("user_ola"), now);
		usec_t wait = guard_wait(g, "10.0.0.1", SPAN("user_per"), now);
		assert_true(wait >= 2 * last && wait >= 2 * USEC_PER_SEC);
		assert_int_equal(guard_wait(g, "10.0.0.2", SPAN("user_per"), now), 0);
		now += wait;
		last = wait;
	}
	guard_succeeded(g, "10.0.0.1");
	assert_int_equal(guard_wait(g, "10.0.0.1", SPAN("user_per"), now), 0);
}

static void an_ipv6_client_is_its_network(void **state)
{
	(void)state;
	_cleanup_(freep) struct guard *g = calloc(1, sizeof(*g));

	for (int i = 0; i < 4; i++)
		guard_failed(g, "2001:db8::1", KARI, T0);
	assert_true(guard_wait(g, "2001:db8::abcd", SPAN("user_x"), T0) > 0);
	assert_int_equal(guard_wait(g, "2001:db8:0:1::1", SPAN("user_x"), T0), 0);
}

static void pins_that_are_guessed_first_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"",	  "123",    "1111",   "1234",
					  "4321", "2580a",  "1984",   "2024",
					  "1212", "121212", "987654", "1234567890123"};
	static const char *const good[] = {"4711", "7350", "402951", "19842", "202411"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_non_null(pin_fault(span_str(bad[i])));
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_null(pin_fault(span_str(good[i])));
}

static void pins_are_written_whole_and_for_one_account_alone(void **state)
{
	(void)state;
	char dir[] = "/tmp/bedpost-pins-XXXXXX", path[64];
	_cleanup_(pins_freep) struct pins *p = NULL, *again = NULL;
	struct stat st;
	struct err err;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/board.pins", dir);
	assert_int_equal(pins_load(path, &p, &err), -ERR_NOT_FOUND);
	assert_int_equal(p->n, 0);
	assert_int_equal(pins_put(p, "user_ola", "$argon2id$x", &err), 0);
	assert_int_equal(pins_put(p, "user_kari", "$argon2id$y", &err), 0);
	assert_int_equal(pins_put(p, "user_ola", "$argon2id$z", &err), 0);
	assert_int_equal(pins_write(p, path, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(pins_load(path, &again, &err), 0);
	assert_int_equal(again->n, 2);
	assert_string_equal(pins_hash(again, SPAN("user_ola")), "$argon2id$z");
	assert_null(pins_hash(again, SPAN("user_per")));
	assert_int_equal(pins_put(again, "user_per", NULL, &err), -ERR_NOT_FOUND);
	assert_int_equal(pins_put(again, "user_ola", NULL, &err), 0);
	assert_null(pins_hash(again, SPAN("user_ola")));

	assert_int_equal(chmod(path, 0644), 0);
	pins_free(TAKE_PTR(again));
	assert_int_equal(pins_load(path, &again, &err), -ERR_DENIED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void a_session_ends_with_time_and_with_its_pin(void **state)
{
	(void)state;
	_cleanup_(freep) struct sessions *s = calloc(1, sizeof(*s));
	_cleanup_(pins_freep) struct pins *p = calloc(1, sizeof(*p));
	char token[DIGEST_HEX + 1], csrf[DIGEST_HEX + 1];
	struct err err;

	s->life = USEC_PER_MIN;
	assert_int_equal(pins_put(p, "user_kari", "$argon2id$1", &err), 0);
	sessions_begin(s, "user_kari", "$argon2id$1", T0, token);
	struct session *one = sessions_find(s, span_str(token), p, T0);
	assert_string_equal(one->user, "user_kari");
	sessions_csrf(span_str(token), csrf);
	assert_string_not_equal(csrf, token);
	assert_null(sessions_find(s, span_str(csrf), p, T0));
	assert_null(sessions_find(s, SPAN_NONE, p, T0));
	assert_null(sessions_find(s, span_str(token), p, T0 + USEC_PER_MIN));
	sessions_keep(s, one, T0 + 50 * USEC_PER_SEC);
	assert_non_null(sessions_find(s, span_str(token), p, T0 + USEC_PER_MIN));
	for (usec_t now = T0; now < T0 + 12 * USEC_PER_MIN; now += 30 * USEC_PER_SEC)
		sessions_keep(s, one, now);
	assert_null(sessions_find(s, span_str(token), p, T0 + 12 * USEC_PER_MIN));

	sessions_begin(s, "user_kari", "$argon2id$1", T0, token);
	assert_int_equal(pins_put(p, "user_kari", "$argon2id$2", &err), 0);
	assert_null(sessions_find(s, span_str(token), p, T0));
}

static void names_of_elsewhere_are_not_ours(void **state)
{
	(void)state;
	static const char *const named[] = {"tavle.hjem.example", NULL};
	static const char *const ours[] = {
	    "192.168.1.5",
	    "192.168.1.5:8089",
	    "[fe80::1]:8089",
	    "[::1]",
	    "localhost:80",
	    "bedbox",
	    "BEDBOX.local:8089",
	    "bedbox.hjem.example",
	    "Tavle.hjem.example:8089",
	    "localhost.",
	};
	static const char *const not_ours[] = {
	    "",
	    "evil.example",
	    "evil.example:8089",
	    "192.168.1.5.evil.example",
	    "bedbox.evil.example",
	    "localhost.evil.example",
	    "192.168.1.5:80x",
	    "[::1",
	    "[::1]x",
	    "192.168.1",
	    "::1",
	};

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (!host_is_ours(span_str(ours[i]), "bedbox.hjem.example", named))
			fail_msg("%s is ours", ours[i]);
	for (size_t i = 0; i < ARRAY_LEN(not_ours); i++)
		if (host_is_ours(span_str(not_ours[i]), "bedbox.hjem.example", named))
			fail_msg("%s is not ours", not_ours[i]);
	assert_false(host_is_ours(SPAN_NONE, NULL, NULL));
	assert_true(host_is_origin(SPAN("http://10.0.0.1:8089"), SPAN("10.0.0.1:8089")));
	assert_false(host_is_origin(SPAN("http://10.0.0.1"), SPAN("10.0.0.1:8089")));
	assert_false(host_is_origin(SPAN("null"), SPAN("10.0.0.1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_addresses_and_all_users_get_few_tries_a_day),
	    cmocka_unit_test(one_user_gets_fewer_still),
	    cmocka_unit_test(slips_of_the_finger_cost_nothing_and_then_waits_double),
	    cmocka_unit_test(an_ipv6_client_is_its_network),
	    cmocka_unit_test(pins_that_are_guessed_first_are_refused),
	    cmocka_unit_test(pins_are_written_whole_and_for_one_account_alone),
	    cmocka_unit_test(a_session_ends_with_time_and_with_its_pin),
	    cmocka_unit_test(names_of_elsewhere_are_not_ours),
	};

	digest_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

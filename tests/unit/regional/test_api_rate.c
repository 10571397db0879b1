/* Whom a request comes from, and how many it may make. */
#include "regional/api/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "regional/proxies.h"

static const char *client(const char *peer, const char *forwarded)
{
	static char ret[INET6_ADDRSTRLEN];
	struct proxies p = {0};

	assert_true(proxies_add(&p, SPAN("127.0.0.1")));
	assert_true(proxies_add(&p, SPAN("10.0.0.0/9")));
	assert_true(proxies_add(&p, SPAN("fd00::/8")));
	proxies_client(&p, peer, span_str(forwarded), ret);
	return ret;
}

static void only_a_trusted_proxy_is_believed(void **state _unused_)
{
	assert_string_equal(client("203.0.113.9", "198.51.100.1"), "203.0.113.9");
	assert_string_equal(client("127.0.0.1", "198.51.100.1"), "198.51.100.1");
	assert_string_equal(client("10.127.255.255", "198.51.100.1"), "198.51.100.1");
	assert_string_equal(client("10.128.0.0", "198.51.100.1"), "10.128.0.0");
	assert_string_equal(client("fd12::1", "2001:db8::7"), "2001:db8::7");
	assert_string_equal(client("127.0.0.1", NULL), "127.0.0.1");
}

static void what_a_client_says_of_itself_is_not_believed(void **state _unused_)
{
	assert_string_equal(client("127.0.0.1", "1.2.3.4, 198.51.100.1"), "198.51.100.1");
	assert_string_equal(client("127.0.0.1", "1.2.3.4,198.51.100.1 , 10.0.0.7"), "198.51.100.1");
	assert_string_equal(client("127.0.0.1", "10.0.0.8, 10.0.0.7"), "10.0.0.8");
	assert_string_equal(client("127.0.0.1", "198.51.100.1, unknown"), "127.0.0.1");
	assert_string_equal(client("127.0.0.1", "198.51.100.1, "), "127.0.0.1");
}

static void what_is_no_address_is_no_proxy(void **state _unused_)
{
	static const char *const wrong[] = {"",		"proxy.example", "10.0.0.0/33", "::/129",
					    "10.0.0/8", "1.2.3.4/",	 "1.2.3.4/x"};
	struct proxies p = {0};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(proxies_add(&p, span_str(wrong[i])));
	while (p.n < PROXIES_MAX)
		assert_true(proxies_add(&p, SPAN("::1")));
	assert_false(proxies_add(&p, SPAN("::1")));
}

/* How many of `tries` are let through at `now`. */
static int let_through(struct rate *r, const char *address, int tries, usec_t now)
{
	int n = 0;

	for (int i = 0; i < tries; i++)
		n += rate_take(r, address, 60, now) == 0;
	return n;
}

static void a_client_may_ask_so_often_and_others_meanwhile(void **state _unused_)
{
	struct rate *r = calloc(1, sizeof(*r));
	usec_t now = 1000 * USEC_PER_SEC;

	assert_non_null(r);
	assert_int_equal(let_through(r, "198.51.100.1", 100, now), 16);
	assert_true(rate_take(r, "198.51.100.1", 60, now) > 0);
	assert_true(rate_take(r, "198.51.100.1", 60, now) <= 2 * USEC_PER_SEC);
	assert_int_equal(let_through(r, "198.51.100.2", 3, now), 3);
	assert_int_equal(let_through(r, "198.51.100.1", 100, now + 5 * USEC_PER_SEC), 5);
	assert_int_equal(let_through(r, "198.51.100.1", 100, now + USEC_PER_HOUR), 16);
	assert_int_equal(let_through(r, "2001:db8::1", 100, now), 16);
	assert_int_equal(let_through(r, "2001:db8::2", 100, now), 0);
	assert_int_equal(let_through(r, "2001:db8:0:1::1", 100, now), 16);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_a_trusted_proxy_is_believed),
	    cmocka_unit_test(what_a_client_says_of_itself_is_not_believed),
	    cmocka_unit_test(what_is_no_address_is_no_proxy),
	    cmocka_unit_test(a_client_may_ask_so_often_and_others_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

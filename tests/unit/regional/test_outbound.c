/* Where webhooks and push messages may go. */
#include "regional/outbound.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

static bool calls(const struct outbound *o, const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return outbound_allows(o, (const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return outbound_allows(o, (const struct sockaddr *)&v6);
}

static void this_machine_its_link_and_groups_are_not_called(void **unused _unused_)
{
	const struct outbound any = {0};
	static const char *const not_called[] = {"127.0.0.1",
						 "127.8.9.10",
						 "0.0.0.0",
						 "169.254.169.254",
						 "224.0.0.1",
						 "255.255.255.255",
						 "::1",
						 "::",
						 "fe80::1",
						 "ff02::1",
						 "::ffff:127.0.0.1",
						 "::ffff:169.254.1.1"};
	static const char *const called[] = {"192.0.2.7", "8.8.8.8", "2001:db8::1", "2606:4700::1"};

	for (size_t i = 0; i < sizeof(not_called) / sizeof(not_called[0]); i++)
		assert_false(calls(&any, not_called[i]));
	for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); i++)
		assert_true(calls(&any, called[i]));
}

static void private_networks_are_not_called_unless_they_are_named(void **unused _unused_)
{
	struct outbound named = {0};
	const struct outbound any = {0};
	static const char *const not_called[] = {"10.1.2.3",	"172.16.0.1",	   "172.31.255.255",
						 "192.168.1.1", "100.100.100.200", "192.0.0.8",
						 "198.19.0.1",	"fc00::1",	   "fd00:ec2::254",
						 "fec0::1",	"::ffff:10.1.2.3"};

	for (size_t i = 0; i < sizeof(not_called) / sizeof(not_called[0]); i++)
		assert_false(calls(&any, not_called[i]));
	assert_true(calls(&any, "172.32.0.1"));
	assert_true(proxies_add(&named.only, span_str("10.1.0.0/16")));
	assert_true(calls(&named, "10.1.2.3"));
	assert_false(calls(&named, "10.2.2.3"));
}

static void a_network_that_is_named_opens_no_closed_one_that_it_holds(void **unused _unused_)
{
	struct outbound o = {0};

	assert_true(proxies_add(&o.only, span_str("0.0.0.0/0")));
	assert_true(proxies_add(&o.only, span_str("::/0")));
	assert_true(proxies_add(&o.only, span_str("10.20.0.0/16")));
	assert_true(calls(&o, "8.8.8.8"));
	assert_true(calls(&o, "2606:4700::1"));
	assert_true(calls(&o, "10.20.1.1"));
	assert_false(calls(&o, "10.21.1.1"));
	assert_false(calls(&o, "127.0.0.1"));
	assert_false(calls(&o, "169.254.169.254"));
	assert_false(calls(&o, "::1"));
}

static void an_ipv6_address_that_stands_for_an_ipv4_one_is_that(void **unused _unused_)
{
	const struct outbound any = {0};
	static const char *const not_called[] = {
	    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a01:203",  "64:ff9b:1::a01:203",
	    "2002:7f00:1::1",  "2002:a01:203::",     "2002:c0a8:101::1",  "::127.0.0.1",
	    "::10.1.2.3",      "::ffff:0:127.0.0.1", "2001:0:1:2:3:4:5:6"};

	for (size_t i = 0; i < sizeof(not_called) / sizeof(not_called[0]); i++)
		assert_false(calls(&any, not_called[i]));
	assert_true(calls(&any, "64:ff9b::808:808"));
	assert_non_null(outbound_url_fault(&any, span_str("http://[64:ff9b::a9fe:a9fe]/latest")));
}

static void networks_that_are_named_are_the_only_ones(void **unused _unused_)
{
	struct outbound o = {0};

	assert_true(proxies_add(&o.only, span_str("127.0.0.0/8")));
	assert_true(proxies_add(&o.only, span_str("2001:db8::/32")));
	assert_true(calls(&o, "127.0.0.1"));
	assert_true(calls(&o, "2001:db8::5"));
	assert_false(calls(&o, "192.0.2.7"));
	assert_false(calls(&o, "::1"));
}

static void an_address_in_a_url_is_seen_however_it_is_written(void **unused _unused_)
{
	const struct outbound any = {0};
	static const char *const faults[] = {"http://127.0.0.1/",
					     "https://127.0.0.1:8443/x?y",
					     "http://localhost",
					     "http://LOCALHOST:9/",
					     "http://[::1]/x",
					     "http://[::ffff:127.0.0.1]:80/",
					     "http://169.254.169.254/latest"};
	static const char *const fine[] = {"https://pager.example.org/x", "http://192.0.2.7:8080",
					   "http://[2001:db8::1]/"};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		assert_non_null(outbound_url_fault(&any, span_str(faults[i])));
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		assert_null(outbound_url_fault(&any, span_str(fine[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(this_machine_its_link_and_groups_are_not_called),
	    cmocka_unit_test(networks_that_are_named_are_the_only_ones),
	    cmocka_unit_test(private_networks_are_not_called_unless_they_are_named),
	    cmocka_unit_test(a_network_that_is_named_opens_no_closed_one_that_it_holds),
	    cmocka_unit_test(an_ipv6_address_that_stands_for_an_ipv4_one_is_that),
	    cmocka_unit_test(an_address_in_a_url_is_seen_however_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

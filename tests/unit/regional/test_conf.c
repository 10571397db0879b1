#include "config.h"

#include "regional/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static char path[] = "/tmp/bedpost-conf-XXXXXX";

static int load(const char *text, struct regional_conf **ret, struct buf *problems)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "w");
	struct err err = {0};

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fflush(f) == 0);
	return regional_conf_load(path, ret, problems, &err);
}

static const char smallest[] = "database: dbname=bedpost\n"
			       "ingest: {cert: c, key: k, client_ca: ca}\n";

static void the_smallest_file_has_the_documented_defaults(void **state _unused_)
{
	_cleanup_(regional_conf_freep) struct regional_conf *c = NULL;

	assert_int_equal(load(smallest, &c, NULL), 0);
	assert_string_equal(c->database, "dbname=bedpost");
	assert_null(c->redis);
	assert_int_equal(c->roles, ROLE_INGEST | ROLE_API | ROLE_FEED | ROLE_ALERT);
	assert_string_equal(c->ingest.address, "0.0.0.0:8443");
	assert_string_equal(c->api.address, "127.0.0.1:8080");
	assert_null(c->api.cert);
	assert_int_equal(c->requests_per_minute, 6000);
	assert_int_equal(c->proxies.n, 0);
	assert_int_equal(c->merge_workers, 2);
	assert_true(c->stale_after == 5 * USEC_PER_MIN);
	assert_true(c->offline_after == 30 * USEC_PER_MIN);
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
}

static void the_folder_of_an_sftp_server_is_optional(void **state _unused_)
{
	_cleanup_(regional_conf_freep) struct regional_conf *c = NULL, *bare = NULL, *none = NULL;

	assert_int_equal(load("database: d\ningest: {cert: c, key: k, client_ca: ca, sftp: {inbox: "
			      "/srv/bedpost}}\n",
			      &c, NULL),
			 0);
	assert_string_equal(c->inbox, "/srv/bedpost");
	assert_int_equal(load(smallest, &bare, NULL), 0);
	assert_null(bare->inbox);
	assert_int_equal(
	    load("database: d\ningest: {cert: c, key: k, client_ca: ca, sftp: {}}\n", &none, NULL),
	    -ERR_INVALID);
}

static void every_key_is_read(void **state _unused_)
{
	_cleanup_(regional_conf_freep) struct regional_conf *c = NULL;

	assert_int_equal(
	    load("database: d\nredis: \"unix:/r\"\nroles: [api, feed]\n"
		 "ingest: {listen: \"[::1]:1\", cert: a, key: b, client_ca: c}\n"
		 "api: {listen: \"0.0.0.0:2\", cert: d, key: e, web_root: /w,\n"
		 "      requests_per_minute: 9, trusted_proxies: [127.0.0.1, 10.0.0.0/8]}\n"
		 "merge: {workers: 7}\naudit: {dir: /h, key: /k}\n"
		 "stale_after: 1m\noffline_after: 1h\nlog_level: debug\n",
		 &c, NULL),
	    0);
	assert_string_equal(c->redis, "unix:/r");
	assert_int_equal(c->roles, ROLE_API | ROLE_FEED);
	assert_string_equal(c->ingest.address, "[::1]:1");
	assert_string_equal(c->ingest.client_ca, "c");
	assert_string_equal(c->api.key, "e");
	assert_string_equal(c->web_root, "/w");
	assert_int_equal(c->requests_per_minute, 9);
	assert_int_equal(c->proxies.n, 2);
	assert_int_equal(c->merge_workers, 7);
	assert_string_equal(c->audit_dir, "/h");
	assert_string_equal(c->audit_key, "/k");
	assert_true(c->stale_after == USEC_PER_MIN && c->offline_after == USEC_PER_HOUR);
	assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
}

static void all_problems_are_told_with_their_places(void **state _unused_)
{
	static const char *const expected[] = {
	    ":1:1: unknown key \"databse\"; did you mean \"database\"?",
	    "\"database\" is required",
	    "unknown role",
	    "listen is address:port",
	    "\"client_ca\" is required",
	    "api needs both cert and key",
	    "workers",
	    "audit needs both dir and key",
	    "offline_after is shorter"};
	_cleanup_(buf_done) struct buf problems = BUF_INIT;
	struct regional_conf *c = NULL;

	assert_int_equal(
	    load("databse: d\nroles: [ingest, bogus]\ningest: {listen: nowhere, cert: a, key: b}\n"
		 "api: {cert: x}\nmerge: {workers: 0}\naudit: {dir: /h}\noffline_after: 1m\n",
		 &c, &problems),
	    -ERR_INVALID);
	assert_null(c);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		if (!strstr(problems.p, expected[i]))
			fail_msg("%s is missing in:\n%s", expected[i], problems.p);
}

#define WITH_KAFKA "database: d\nroles: [feed]\nkafka: "

#ifdef HAVE_RDKAFKA
static void kafka_needs_nothing_but_brokers(void **state _unused_)
{
	_cleanup_(regional_conf_freep) struct regional_conf *c = NULL, *none = NULL;

	assert_int_equal(load(WITH_KAFKA "{brokers: \"k:9092\"}\n", &c, NULL), 0);
	assert_string_equal(c->kafka.brokers, "k:9092");
	assert_string_equal(c->kafka.topic, "bed.status.changed");
	assert_int_equal(c->kafka.start, KAFKA_FROM_BEGINNING);
	assert_string_equal(c->kafka.security_protocol, "plaintext");
	assert_null(c->kafka.sasl_mechanism);
	assert_int_equal(load(smallest, &none, NULL), 0);
	assert_null(none->kafka.brokers);
}

static void settings_of_kafka_that_do_not_go_together_are_told(void **state _unused_)
{
	static const struct {
		const char *text, *expected;
	} wrong[] = {
	    {"{}", ":3:8: \"brokers\" is required"},
	    {"{brokers: a, start: end}", "start"},
	    {"{brokers: a, security_protocol: ssl, cert: c}", "both cert and key"},
	    {"{brokers: a, ca: c}", ":3:25: ca, cert and key are for"},
	    {"{brokers: a, security_protocol: sasl_ssl, sasl_user: u}", "sasl_password_file with"},
	    {"{brokers: a, sasl_user: u}", "sasl_user and sasl_password_file are for"},
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT, problems = BUF_INIT;
		struct regional_conf *c = NULL;
		buf_addf(&text, WITH_KAFKA "%s\n", wrong[i].text);
		assert_int_equal(load(text.p, &c, &problems), -ERR_INVALID);
		if (!strstr(problems.p, wrong[i].expected))
			fail_msg("%s is missing in:\n%s", wrong[i].expected, problems.p);
	}
}
#else
static void a_program_without_kafka_says_so_where_the_section_stands(void **state _unused_)
{
	_cleanup_(buf_done) struct buf problems = BUF_INIT;
	struct regional_conf *c = NULL;

	assert_int_equal(load(WITH_KAFKA "{brokers: \"k:9092\"}\n", &c, &problems), -ERR_INVALID);
	assert_non_null(strstr(problems.p, ":3:8: this program was built without Kafka"));
}
#endif

static void a_daemon_that_takes_nothing_in_needs_no_section_ingest(void **state _unused_)
{
	struct regional_conf *c = NULL;

	assert_int_equal(load("database: d\nroles: [api]\n", &c, NULL), 0);
	regional_conf_free(c);
	assert_int_equal(load("database: d\nroles: [ingest]\n", &c, NULL), -ERR_INVALID);
}

static void roles_on_the_command_line_are_a_list_of_known_names(void **state _unused_)
{
	unsigned roles = 0;

	assert_int_equal(regional_roles_parse(SPAN("ingest, feed"), &roles, NULL), 0);
	assert_int_equal(roles, ROLE_INGEST | ROLE_FEED);
	assert_int_equal(regional_roles_parse(SPAN("ingest,alerts"), &roles, NULL), -ERR_INVALID);
	assert_int_equal(regional_roles_parse(SPAN(""), &roles, NULL), -ERR_INVALID);
}

static int set_up(void **state _unused_)
{
	int fd = mkstemp(path);

	closep(&fd);
	return fd < 0;
}

static int tear_down(void **state _unused_)
{
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_folder_of_an_sftp_server_is_optional),
	    cmocka_unit_test(the_smallest_file_has_the_documented_defaults),
	    cmocka_unit_test(every_key_is_read),
	    cmocka_unit_test(all_problems_are_told_with_their_places),
#ifdef HAVE_RDKAFKA
	    cmocka_unit_test(kafka_needs_nothing_but_brokers),
	    cmocka_unit_test(settings_of_kafka_that_do_not_go_together_are_told),
#else
	    cmocka_unit_test(a_program_without_kafka_says_so_where_the_section_stands),
#endif
	    cmocka_unit_test(a_daemon_that_takes_nothing_in_needs_no_section_ingest),
	    cmocka_unit_test(roles_on_the_command_line_are_a_list_of_known_names),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

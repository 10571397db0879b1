/* The certificate authority, looked at with openssl(1), which shares no code with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "cli/admin/ca.h"
#include "base/files.h"

struct fixture {
	char dir[64];
	usec_t now;
	struct ca *ca;
};

/* Runs a command in the fixture's folder; its output (both streams) goes to out. Returns the exit
 * status. */
static int sh(const struct fixture *f, char out[8192], const char *command)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "cd %s && { %s; } 2>&1", f->dir, command);
	FILE *p = popen(line, "re");
	assert_non_null(p);
	out[fread(out, 1, 8191, p)] = '\0';
	return WEXITSTATUS(pclose(p));
}

static void save(const struct fixture *f, const char *name, struct span text)
{
	char path[128];
	struct err err;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(files_create(path, 0600, text, &err), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_admin_ca-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->now = clock_now();
	assert_int_equal(ca_init(f->dir, "Bedpost CA of the test", f->now, &err), 0);
	assert_int_equal(ca_open(f->dir, &f->ca, &err), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char out[8192];

	ca_free(f->ca);
	(void)sh(f, out, "rm -rf -- \"$PWD\"");
	free(f);
	return 0;
}

static void a_ca_is_made_once_and_its_key_is_secret(void **state)
{
	struct fixture *f = *state;
	char path[128], out[8192];
	struct stat st;
	struct err err;

	(void)snprintf(path, sizeof(path), "%s/" CA_KEY_FILE, f->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(ca_init(f->dir, "Another", f->now, &err), -ERR_EXISTS);
	assert_int_equal(sh(f, out, "openssl verify -x509_strict -CAfile ca.crt ca.crt"), 0);
	assert_int_equal(sh(f, out, "openssl x509 -in ca.crt -noout -text"), 0);
	assert_non_null(strstr(out, "CN = Bedpost CA of the test"));
	assert_non_null(strstr(out, "CA:TRUE, pathlen:0"));
	assert_non_null(strstr(out, "prime256v1"));
}

static void a_key_that_others_may_read_is_not_used(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct ca *ca = NULL;
	struct err err;

	(void)snprintf(path, sizeof(path), "%s/" CA_KEY_FILE, f->dir);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(ca_open(f->dir, &ca, &err), -ERR_DENIED);
	assert_null(ca);
}

static void a_home_s_certificate_is_good_for_a_client_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	_cleanup_(ca_leaf_done) struct ca_leaf leaf = {0};
	char out[8192];
	struct err err;

	assert_int_equal(
	    ca_issue_client(f->ca, "fac_oslo_nordre", f->now, CA_CLIENT_VALID, &leaf, &err), 0);
	save(f, "c.crt", buf_span(&leaf.cert));
	assert_int_equal(
	    sh(f, out, "openssl verify -x509_strict -purpose sslclient -CAfile ca.crt c.crt"), 0);
	assert_int_not_equal(sh(f, out, "openssl verify -purpose sslserver -CAfile ca.crt c.crt"),
			     0);
	assert_int_equal(
	    sh(f, out, "openssl x509 -in c.crt -noout -subject -ext basicConstraints,keyUsage"), 0);
	assert_non_null(strstr(out, "CN = fac_oslo_nordre"));
	assert_non_null(strstr(out, "CA:FALSE"));
	assert_int_equal(sh(f, out, "grep -c 'kind=client name=fac_oslo_nordre' " CA_LOG_FILE), 0);
}

static void a_server_s_certificate_names_hosts_and_addresses(void **state)
{
	struct fixture *f = *state;
	static const char *const hosts[] = {"beds.example.org", "127.0.0.1", "::1"};
	_cleanup_(ca_leaf_done) struct ca_leaf leaf = {0};
	char out[8192];
	struct err err;

	assert_int_equal(ca_issue_server(f->ca, hosts, 3, f->now, CA_SERVER_VALID, &leaf, &err), 0);
	save(f, "s.crt", buf_span(&leaf.cert));
	assert_int_equal(sh(f, out,
			    "openssl verify -x509_strict -purpose sslserver -verify_hostname "
			    "beds.example.org -CAfile ca.crt s.crt"),
			 0);
	assert_int_equal(sh(f, out, "openssl verify -verify_ip 127.0.0.1 -CAfile ca.crt s.crt"), 0);
	assert_int_equal(sh(f, out, "openssl verify -verify_ip ::1 -CAfile ca.crt s.crt"), 0);
	assert_int_not_equal(
	    sh(f, out, "openssl verify -verify_hostname other.example.org -CAfile ca.crt s.crt"),
	    0);
}

static void what_is_no_host_is_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {"", "a b", "x/y", "a..b", ".a", "https://h", "-h"};
	struct err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ca_leaf leaf = {0};
		assert_int_equal(
		    ca_issue_server(f->ca, &bad[i], 1, f->now, CA_SERVER_VALID, &leaf, &err),
		    -ERR_INVALID);
		ca_leaf_done(&leaf);
	}
}

static void no_certificate_outlives_the_ca(void **state)
{
	struct fixture *f = *state;
	_cleanup_(ca_leaf_done) struct ca_leaf leaf = {0};
	struct ca_cert_info info;
	struct err err;

	assert_int_equal(ca_issue_client(f->ca, "fac_x", f->now, 2 * CA_VALID, &leaf, &err), 0);
	assert_true(leaf.until <= f->now + CA_VALID);
	assert_int_equal(ca_inspect(f->ca, buf_span(&leaf.cert), f->now, &info, &err), 0);
	assert_string_equal(info.name, "fac_x");
	assert_true(info.ours);
	assert_true(info.from <= f->now - CA_BACKDATE + USEC_PER_SEC);
	assert_int_equal(
	    ca_inspect(f->ca, buf_span(&leaf.cert), f->now + 2 * CA_VALID, &info, &err), 0);
	assert_false(info.ours);
}

static void another_ca_s_certificate_is_not_ours(void **state)
{
	struct fixture *f = *state;
	char dir[80];
	struct ca *other = NULL;
	_cleanup_(ca_leaf_done) struct ca_leaf leaf = {0};
	struct ca_cert_info info;
	struct err err;

	(void)snprintf(dir, sizeof(dir), "%s/other", f->dir);
	assert_int_equal(ca_init(dir, "Bedpost CA of the test", f->now, &err), 0);
	assert_int_equal(ca_open(dir, &other, &err), 0);
	assert_int_equal(ca_issue_client(other, "fac_x", f->now, USEC_PER_DAY, &leaf, &err), 0);
	assert_int_equal(ca_inspect(f->ca, buf_span(&leaf.cert), f->now, &info, &err), 0);
	assert_false(info.ours);
	ca_free(other);
}

static void serials_are_random_and_long(void **state)
{
	struct fixture *f = *state;
	char out[8192], again[8192];
	struct err err;

	for (int i = 0; i < 2; i++) {
		_cleanup_(ca_leaf_done) struct ca_leaf leaf = {0};
		assert_int_equal(ca_issue_client(f->ca, "fac_x", f->now, USEC_PER_DAY, &leaf, &err),
				 0);
		save(f, i ? "2.crt" : "1.crt", buf_span(&leaf.cert));
	}
	(void)sh(f, out, "openssl x509 -in 1.crt -noout -serial");
	(void)sh(f, again, "openssl x509 -in 2.crt -noout -serial");
	assert_int_equal(strlen(out), strlen("serial=") + 32 + 1);
	assert_string_not_equal(out, again);
}

/* Both certificates in a real handshake: s_server demands the client's, s_client verifies host and
 * CA. */
static void the_two_ends_shake_hands(void **state)
{
	struct fixture *f = *state;
	static const char *const hosts[] = {"localhost"};
	_cleanup_(ca_leaf_done) struct ca_leaf server = {0}, client = {0};
	char out[8192];
	struct err err;

	assert_int_equal(ca_issue_server(f->ca, hosts, 1, f->now, CA_SERVER_VALID, &server, &err),
			 0);
	assert_int_equal(ca_issue_client(f->ca, "fac_x", f->now, CA_CLIENT_VALID, &client, &err),
			 0);
	save(f, "s.crt", buf_span(&server.cert));
	save(f, "s.key", buf_span(&server.key));
	save(f, "c.crt", buf_span(&client.cert));
	save(f, "c.key", buf_span(&client.key));
	/* s_server answers one connection on a Unix socket with its status page, and ends. */
	static const char handshake[] =
	    "openssl s_server -unix s.sock -cert s.crt -key s.key -CAfile ca.crt -Verify 1 "
	    "-verify_return_error -www "
	    "-naccept 1 >s.log 2>&1 & "
	    "for i in $(seq 500); do [ -S s.sock ] && break; sleep 0.01; done; "
	    "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 10 openssl s_client -unix s.sock -cert "
	    "c.crt -key c.key "
	    "-CAfile ca.crt -servername localhost -verify_hostname localhost -verify_return_error "
	    "-tls1_3 -ign_eof; wait";
	(void)sh(f, out, handshake);
	assert_non_null(strstr(out, "Verify return code: 0 (ok)"));
	assert_non_null(strstr(out, "CN = localhost"));
	assert_non_null(strstr(out, "HTTP/1.0 200 ok"));
}

#define with_ca(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    with_ca(a_ca_is_made_once_and_its_key_is_secret),
	    with_ca(a_key_that_others_may_read_is_not_used),
	    with_ca(a_home_s_certificate_is_good_for_a_client_and_nothing_else),
	    with_ca(a_server_s_certificate_names_hosts_and_addresses),
	    with_ca(what_is_no_host_is_refused),
	    with_ca(no_certificate_outlives_the_ca),
	    with_ca(another_ca_s_certificate_is_not_ours),
	    with_ca(serials_are_random_and_long),
	    with_ca(the_two_ends_shake_hands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The enrolment file: what is written is read back, and nobody else may read it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "syncd/enrolment.h"

#define CA   "-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n"
#define CERT "-----BEGIN CERTIFICATE-----\nQ0VSVA==\nMORE\n-----END CERTIFICATE-----\n"
#define KEY  "-----BEGIN PRIVATE KEY-----\nS0VZ\n-----END PRIVATE KEY-----\n"

static const struct enrolment_parts good = {
    .facility = "fac_oslo_nordre",
    .url = "https://beds.example.org:8443/",
    .ca = {CA, sizeof(CA) - 1},
    .cert = {CERT, sizeof(CERT) - 1},
    .key = {KEY, sizeof(KEY) - 1},
    .expires = (usec_t)1776676462 * USEC_PER_SEC,
};

static void write_file(const char *path, struct span text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), text.n);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	_cleanup_(enrolment_freep) struct enrolment *e = NULL;
	char path[] = "/tmp/test_enrolment-XXXXXX";
	struct err err;

	(void)close(mkstemp(path));
	assert_int_equal(enrolment_format(&good, &text, &err), 0);
	write_file(path, buf_span(&text), 0600);
	int r = enrolment_load(path, &e, &err);
	(void)unlink(path);
	assert_int_equal(r, 0);
	assert_string_equal(enrolment_facility(e), "fac_oslo_nordre");
	assert_string_equal(enrolment_url(e), "https://beds.example.org:8443");
	assert_true(span_eq(enrolment_ca(e), SPAN(CA)));
	assert_true(span_eq(enrolment_cert(e), SPAN(CERT)));
	assert_true(span_eq(enrolment_key(e), SPAN(KEY)));
	assert_int_equal(enrolment_expires(e), good.expires);
}

static void a_file_that_others_may_read_is_refused(void **state)
{
	(void)state;
	static const mode_t modes[] = {0644, 0640, 0604, 0620, 0601};
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	char path[] = "/tmp/test_enrolment-XXXXXX";
	struct err err;

	(void)close(mkstemp(path));
	assert_int_equal(enrolment_format(&good, &text, &err), 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct enrolment *e = NULL;
		write_file(path, buf_span(&text), modes[i]);
		assert_int_equal(enrolment_load(path, &e, &err), -ERR_DENIED);
		assert_non_null(strstr(err.message, "0600"));
		assert_null(e);
	}
	(void)unlink(path);
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	struct enrolment *e = NULL;
	struct err err;

	assert_int_equal(enrolment_load("/nowhere/enrolment.yaml", &e, &err), -ERR_NOT_FOUND);
	assert_true(enrolment_load("/tmp", &e, &err) < 0);
	assert_null(e);
}

static void parts_that_are_not_what_they_should_be_are_named(void **state)
{
	(void)state;
	struct enrolment_parts bad[6] = {good, good, good, good, good, good};
	static const char *const named[] = {"facility", "url", "key", "ca", "cert", "key"};
	struct err err;

	bad[0].facility = "oslo";
	bad[1].url = "http://beds.example.org";
	bad[2].url = "https://user@host/\nkey: x";
	bad[3].ca = SPAN(KEY);
	bad[4].cert = SPAN("");
	bad[5].key = SPAN(CERT);
	for (size_t i = 0; i < 6; i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;
		assert_int_equal(enrolment_format(&bad[i], &text, &err), -ERR_INVALID);
		assert_non_null(strstr(err.message, named[i]));
	}
}

static void a_broken_key_is_not_shown(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	struct enrolment *e = NULL;
	struct err err;

	buf_addf(&text, "facility: fac_x\nurl: https://h\nca: |\n  x\ncert: |\n  x\nkey: |\n  "
			"c2VjcmV0\n  bW9yZQ==\n");
	assert_int_equal(enrolment_parse("enrolment.yaml", buf_span(&text), &e, &err),
			 -ERR_INVALID);
	assert_null(strstr(err.message, "c2VjcmV0"));
}

#define HOST_KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"

static struct enrolment_parts with_sftp(const char *url)
{
	struct enrolment_parts p = good;

	p.sftp_url = url;
	p.sftp_host_key = SPAN(HOST_KEY);
	p.sftp_key = SPAN(KEY);
	return p;
}

static void the_road_over_sftp_is_read_back(void **state)
{
	(void)state;
	static const struct {
		const char *url, *user, *host, *dir;
		uint16_t port;
	} table[] = {
	    {"sftp://bedpost-nordre@beds.example.org", "bedpost-nordre", "beds.example.org", "",
	     22},
	    {"sftp://a@10.0.0.1:2222/", "a", "10.0.0.1", "", 2222},
	    {"sftp://a@[::1]:2222/srv/home//", "a", "::1", "/srv/home/", 2222},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;
		_cleanup_(enrolment_freep) struct enrolment *e = NULL;
		const struct enrolment_parts p = with_sftp(table[i].url);
		struct err err;

		assert_int_equal(enrolment_format(&p, &text, &err), 0);
		assert_int_equal(enrolment_parse("e", buf_span(&text), &e, &err), 0);
		const struct enrolment_sftp *s = enrolment_sftp(e);
		assert_non_null(s);
		assert_string_equal(s->user, table[i].user);
		assert_string_equal(s->host, table[i].host);
		assert_string_equal(s->dir, table[i].dir);
		assert_int_equal(s->port, table[i].port);
		assert_string_equal(s->host_key_type, "ssh-ed25519");
		assert_int_equal(s->host_key.n, 51);
		assert_string_equal(s->key, KEY);
	}
}

static void an_enrolment_without_sftp_has_none(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	_cleanup_(enrolment_freep) struct enrolment *e = NULL;
	struct err err;

	assert_int_equal(enrolment_format(&good, &text, &err), 0);
	assert_int_equal(enrolment_parse("e", buf_span(&text), &e, &err), 0);
	assert_null(enrolment_sftp(e));
}

static void a_part_of_the_sftp_road_that_is_wrong_is_named(void **state)
{
	(void)state;
	static const char *const urls[] = {
	    "https://a@h",  "sftp://h",	      "sftp://@h",	 "sftp://a@",
	    "sftp://a@h:0", "sftp://a@h:99x", "sftp://a@h/x y",	 "sftp://a@[::1",
	    "sftp://a@h:",  "sftp://a@b@h",   "sftp://a;b@h/in", "sftp://a@h\nkey: x",
	};
	struct err err;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;
		const struct enrolment_parts p = with_sftp(urls[i]);
		assert_int_equal(enrolment_format(&p, &text, &err), -ERR_INVALID);
	}
	static const char *const host_keys[] = {
	    "",
	    "ssh-ed25519",
	    "ssh-ed25519 !!!!",
	    "ssh-ed25519 AAAA",
	    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==",
	    "ecdsa-sha2-nistp256 "
	    "AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g",
	};
	for (size_t i = 0; i < sizeof(host_keys) / sizeof(host_keys[0]); i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;
		struct enrolment_parts p = with_sftp("sftp://a@h");
		p.sftp_host_key = span_str(host_keys[i]);
		assert_int_equal(enrolment_format(&p, &text, &err), -ERR_INVALID);
		assert_non_null(strstr(err.message, "host_key"));
	}
}

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read_back),
	    cmocka_unit_test(a_file_that_others_may_read_is_refused),
	    cmocka_unit_test(what_is_no_file_is_refused),
	    cmocka_unit_test(parts_that_are_not_what_they_should_be_are_named),
	    cmocka_unit_test(a_broken_key_is_not_shown),
	    cmocka_unit_test(the_road_over_sftp_is_read_back),
	    cmocka_unit_test(an_enrolment_without_sftp_has_none),
	    cmocka_unit_test(a_part_of_the_sftp_road_that_is_wrong_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

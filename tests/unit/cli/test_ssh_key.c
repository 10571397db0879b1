/* A home's SSH key: what OpenSSL reads from the PEM is what authorized_keys will hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/digest.h"
#include "cli/admin/ssh_key.h"

/* The last 32 bytes of the DER public key, as openssl(1) derives it. */
static void public_by_openssl(const struct buf *pem, unsigned char out[32])
{
	char path[] = "/tmp/test_ssh_key-XXXXXX", command[128];
	unsigned char der[256];
	int fd = mkstemp(path);

	assert_int_equal(write(fd, pem->p, pem->n), pem->n);
	(void)close(fd);
	(void)snprintf(command, sizeof(command), "openssl pkey -in %s -pubout -outform DER", path);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	size_t n = fread(der, 1, sizeof(der), f);
	assert_int_equal(pclose(f), 0);
	(void)unlink(path);
	assert_int_equal(n, 44);
	memcpy(out, der + n - 32, 32);
}

static void the_public_line_is_of_the_private_key(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf pem = BUF_INIT, line = BUF_INIT;
	unsigned char blob[51], expected[32];
	size_t n;
	struct err err;

	ssh_key_make(&pem);
	assert_int_equal(ssh_key_public(buf_span(&pem), "fac_home", &line, &err), 0);
	struct span rest = buf_span(&line), type, base64;
	assert_true(span_cut(&rest, ' ', &type) && span_cut(&rest, ' ', &base64));
	assert_true(span_eq_str(type, "ssh-ed25519"));
	assert_true(span_eq_str(rest, "fac_home"));
	assert_int_equal(sodium_base642bin(blob, sizeof(blob), base64.p, base64.n, NULL, &n, NULL,
					   sodium_base64_VARIANT_ORIGINAL),
			 0);
	assert_int_equal(n, sizeof(blob));
	assert_memory_equal(blob, "\0\0\0\013ssh-ed25519\0\0\0 ", 19);
	public_by_openssl(&pem, expected);
	assert_memory_equal(blob + 19, expected, 32);
}

static void every_key_is_another(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf a = BUF_INIT, b = BUF_INIT;

	ssh_key_make(&a);
	ssh_key_make(&b);
	assert_false(span_eq(buf_span(&a), buf_span(&b)));
}

static void another_kind_of_key_is_refused_and_not_shown(void **state)
{
	(void)state;
	static const char *const pems[] = {
	    "",
	    "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
	    "-----BEGIN PRIVATE KEY-----\n",
	    "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n",
	};
	for (size_t i = 0; i < sizeof(pems) / sizeof(pems[0]); i++) {
		_cleanup_(buf_done) struct buf line = BUF_INIT;
		struct err err;
		assert_int_equal(ssh_key_public(span_str(pems[i]), "x", &line, &err), -ERR_INVALID);
		assert_null(strstr(err.message, "c2VjcmV0"));
		assert_int_equal(line.n, 0);
	}
}

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_public_line_is_of_the_private_key),
	    cmocka_unit_test(every_key_is_another),
	    cmocka_unit_test(another_kind_of_key_is_refused_and_not_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Certificates are made with openssl(1), the client is curl(1). */
#include "http/httpd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char dir[] = "/tmp/bedpost-tls-XXXXXX";
static struct httpd *server;

static int run(const char *format, ...) _printf_(1, 2);
static int run(const char *format, ...)
{
	char command[4096];
	va_list ap;

	va_start(ap, format);
	int n = snprintf(command, sizeof(command), "cd %s && { ", dir);
	n += vsnprintf(command + n, sizeof(command) - (size_t)n, format, ap);
	va_end(ap);
	(void)snprintf(command + n, sizeof(command) - (size_t)n, "; } >>log 2>&1");
	return system(command);
}

#define NEW_KEY "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
#define CURL	"curl -sS -m 10 --noproxy '*' --cacert ca.pem "

static int make_ca(const char *name)
{
	return run(NEW_KEY "-x509 -days 2 -subj /CN=%s -keyout %s.key -out %s.pem", name, name,
		   name);
}

static int make_cert(const char *ca, const char *name, const char *extensions)
{
	return run("printf '%s' > %s.ext && " NEW_KEY
		   "-subj /CN=%s -keyout %s.key -out %s.csr && openssl x509 -req "
		   "-days 2 -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -extfile %s.ext "
		   "-out %s.pem",
		   extensions, name, name, name, name, name, ca, ca, name, name);
}

static void who(struct httpd_rq *rq, void *user)
{
	struct buf b = BUF_INIT;

	(void)user;
	buf_addf(&b, SPAN_FMT " %s", SPAN_ARG(rq->client_cn), rq->client_fingerprint);
	httpd_answer_buf(rq, 200, "text/plain", &b);
}

static const struct httpd_route routes[] = {{"GET", "/who", who}, {0}};

static int start(void **state)
{
	char cert[64], key[64], ca[64];
	struct err err;

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	if (make_ca("ca") || make_ca("stranger") ||
	    make_cert("ca", "localhost",
		      "subjectAltName=DNS:localhost\\nextendedKeyUsage=serverAuth\\n") ||
	    make_cert("ca", "fac_oslo", "extendedKeyUsage=clientAuth\\n") ||
	    make_cert("stranger", "fac_false", "extendedKeyUsage=clientAuth\\n"))
		return -1;
	(void)snprintf(cert, sizeof(cert), "%s/localhost.pem", dir);
	(void)snprintf(key, sizeof(key), "%s/localhost.key", dir);
	(void)snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	const struct httpd_options o = {.listen = "127.0.0.1:0",
					.cert_file = cert,
					.key_file = key,
					.client_ca_file = ca,
					.routes = routes};
	if (httpd_open(&o, &server, &err) < 0) {
		print_error("%s\n", err.message);
		return -1;
	}
	return 0;
}

static int stop(void **state)
{
	(void)state;
	httpd_close(server, USEC_PER_SEC);
	return run("cd / && rm -r %s && mkdir %s", dir, dir) + rmdir(dir);
}

static int ask_as(const char *name, const char *more)
{
	return run(CURL "--cert %s.pem --key %s.key %s https://localhost:%u/who > out", name, name,
		   more, httpd_port(server));
}

static void a_certificate_of_the_ca_names_its_bearer(void **state)
{
	(void)state;
	assert_int_equal(ask_as("fac_oslo", ""), 0);
	assert_int_equal(run("read -r cn print < out || true; [ \"$cn\" = fac_oslo ] && [ "
			     "\"$print\" = \"$(openssl x509 -in "
			     "fac_oslo.pem -noout -fingerprint -sha256 | cut -d= -f2 | tr -d : | "
			     "tr A-F a-f)\" ]"),
			 0);
}

static void no_certificate_ends_the_handshake(void **state)
{
	(void)state;
	assert_int_not_equal(run(CURL "https://localhost:%u/who", httpd_port(server)), 0);
}

static void a_certificate_of_another_ca_ends_the_handshake(void **state)
{
	(void)state;
	assert_int_not_equal(ask_as("fac_false", ""), 0);
}

static void a_server_certificate_is_no_client_certificate(void **state)
{
	(void)state;
	assert_int_not_equal(ask_as("localhost", ""), 0);
}

static void old_protocols_are_refused(void **state)
{
	(void)state;
	assert_int_equal(ask_as("fac_oslo", "--tlsv1.2 --tls-max 1.2"), 0);
	assert_int_not_equal(
	    ask_as("fac_oslo", "--ciphers DEFAULT@SECLEVEL=0 --tlsv1.0 --tls-max 1.1"), 0);
}

static void plain_http_gets_nothing(void **state)
{
	(void)state;
	assert_int_not_equal(
	    run("curl -sS -m 10 --noproxy '*' http://localhost:%u/who", httpd_port(server)), 0);
}

static void a_key_that_does_not_fit_is_an_error(void **state)
{
	char cert[64], key[64];
	struct httpd *h = NULL;
	struct err err;

	(void)state;
	(void)snprintf(cert, sizeof(cert), "%s/localhost.pem", dir);
	(void)snprintf(key, sizeof(key), "%s/fac_oslo.key", dir);
	struct httpd_options o = {
	    .listen = "127.0.0.1:0", .cert_file = cert, .key_file = key, .routes = routes};
	assert_true(httpd_open(&o, &h, &err) < 0);
	o.key_file = NULL;
	assert_int_equal(httpd_open(&o, &h, &err), -ERR_INVALID);
	o.key_file = "/nonexistent/key.pem";
	assert_int_equal(httpd_open(&o, &h, &err), -ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, "/nonexistent/key.pem"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_certificate_of_the_ca_names_its_bearer),
	    cmocka_unit_test(no_certificate_ends_the_handshake),
	    cmocka_unit_test(a_certificate_of_another_ca_ends_the_handshake),
	    cmocka_unit_test(a_server_certificate_is_no_client_certificate),
	    cmocka_unit_test(old_protocols_are_refused),
	    cmocka_unit_test(plain_http_gets_nothing),
	    cmocka_unit_test(a_key_that_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

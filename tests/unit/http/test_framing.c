/* What a proxy in front takes for a body would be the next request here, or the other way round: so
 * every head that two readers could take apart differently is refused, over a raw connection. */
#include "http/framing.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/digest.h"
#include "tests/unit/http/client.h"

static struct httpd *server;

static void echo(struct httpd_rq *rq, void *user _unused_)
{
	httpd_answer(rq, 200, "text/plain", arena_span(&rq->arena, rq->body));
}

static const struct httpd_route routes[] = {
    {"POST", "/echo", echo, .body_max = 100000}, {"GET", "/echo", echo}, {0}};

static int start(void **state _unused_)
{
	const struct httpd_options o = {.listen = "127.0.0.1:0", .routes = routes};
	struct err err;

	digest_setup();
	if (httpd_open(&o, &server, &err) == 0)
		return 0;
	print_error("%s\n", err.message);
	return -1;
}

static int stop(void **state _unused_)
{
	httpd_close(TAKE_PTR(server), 10 * USEC_PER_SEC);
	return 0;
}

/* Bytes as they go on the line: a NUL may be among them. */
#define LINES(text)                                                                                \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

/* Sends a head of these lines, a body of "0" CRLF CRLF and another request after it; everything
 * that comes back until the server ends the connection, or both have been answered. */
static void send_head(struct span version, struct span lines, struct buf *ret)
{
	_cleanup_(closep) int fd = client_connect(httpd_port(server));
	_cleanup_(buf_done) struct buf request = BUF_INIT;

	buf_addf(&request, "POST /echo HTTP/" SPAN_FMT "\r\nHost: x\r\n", SPAN_ARG(version));
	buf_add(&request, lines);
	buf_adds(&request, "\r\n0\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n"
			   "Connection: close\r\n\r\n");
	client_send_span(fd, buf_span(&request));
	errno = 0;
	(void)client_read_until(fd, ret, "nothing that is ever said");
	if (errno == EAGAIN)
		fail_msg("the connection stays open: " SPAN_FMT, SPAN_ARG(lines));
}

static size_t count_answers(const struct buf *b)
{
	size_t n = 0;

	for (const char *at = b->p; at && (at = strstr(at, "HTTP/1.1 ")); at++)
		n++;
	return n;
}

/* The library answers for itself where a length is no number, and says its head twice. */
static void assert_refused(struct span version, struct span lines)
{
	_cleanup_(buf_done) struct buf all = BUF_INIT;

	send_head(version, lines, &all);
	if (!all.p || strncmp(all.p, "HTTP/1.1 4", 10) != 0 || strstr(all.p, "HTTP/1.1 2"))
		fail_msg("not refused: " SPAN_FMT "\n%s", SPAN_ARG(lines),
			 all.p ? all.p : "(nothing)");
	if (count_answers(&all) != 1 && strstr(all.p, "application/problem+json"))
		fail_msg("the connection went on: " SPAN_FMT "\n%s", SPAN_ARG(lines), all.p);
}

static void a_request_whose_end_can_be_seen_at_two_places_is_refused(void **state _unused_)
{
	static const struct span heads[] = {
	    LINES("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
	    LINES("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
	    LINES("Content-Length: 5\r\nContent-Length: 38\r\n"),
	    LINES("Content-Length: 5\r\nContent-Length: 5\r\n"),
	    LINES("content-length: 5\r\nX: y\r\nCONTENT-LENGTH: 0\r\n"),
	    LINES("Content-Length: 5, 5\r\n"),
	    LINES("Content-Length: 5,\r\n"),
	    LINES("Content-Length: +5\r\n"),
	    LINES("Content-Length: -5\r\n"),
	    LINES("Content-Length: 5 5\r\n"),
	    LINES("Content-Length: 5;\r\n"),
	    LINES("Content-Length: 0x5\r\n"),
	    LINES("Content-Length: 5.0\r\n"),
	    LINES("Content-Length: five\r\n"),
	    LINES("Content-Length:\r\n"),
	    LINES("Content-Length: \v5\r\n"),
	    LINES("Transfer-Encoding:\r\n"),
	    LINES("Transfer-Encoding: xchunked\r\n"),
	    LINES("Transfer-Encoding: \vchunked\r\n"),
	    LINES("Transfer-Encoding: chunked, chunked\r\n"),
	    LINES("Transfer-Encoding: gzip, chunked\r\n"),
	    LINES("Transfer-Encoding: chunked;q=1\r\n"),
	    LINES("Transfer-Encoding: identity\r\n"),
	    LINES("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
	    LINES("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
	    LINES("Content-Length: 18446744073709551621\r\n"),
	    LINES("Host: y\r\n"),
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		assert_refused(SPAN("1.1"), heads[i]);
}

static void an_old_client_sends_no_chunks(void **state _unused_)
{
	assert_refused(SPAN("1.0"), SPAN("Transfer-Encoding: chunked\r\n"));
}

static void a_header_that_goes_on_in_the_next_line_is_refused(void **state _unused_)
{
	static const struct span heads[] = {
	    LINES("Content-Length: 5\r\n 0\r\n"),
	    LINES("Content-Length: 5\r\n \r\n"),
	    LINES("Content-Length:\r\n 5\r\n"),
	    LINES("Content-Length: 5\r\n\t\r\nX: y\r\n"),
	    LINES("Content-Length: 5\n 0\n"),
	    LINES("Transfer-Encoding: chunked\r\n\tx\r\n"),
	    LINES("Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n"),
	    LINES("X: y\r\n Content-Length: 5\r\n"),
	    LINES("X: y\r\n z\r\nContent-Length: 5\r\n"),
	    LINES("X: y\r\n z\r\n z\r\nContent-Length: 5\r\n"),
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		assert_refused(SPAN("1.1"), heads[i]);
}

static void a_header_whose_name_or_value_is_odd_is_refused(void **state _unused_)
{
	static const struct span heads[] = {
	    LINES("Transfer-Encoding : chunked\r\nContent-Length: 5\r\n"),
	    LINES("Content-Length\t: 5\r\n"),
	    LINES("Content Length: 5\r\n"),
	    LINES("Content-Length\v: 5\r\n"),
	    LINES("Content-Length\xc2\xa0: 5\r\n"),
	    LINES(": 5\r\nContent-Length: 5\r\n"),
	    LINES("Content-Length: 5\r\n: 5\r\n"),
	    LINES("X: y\rContent-Length: 5\r\n"),
	    LINES("Content-Length: 5\r\nX: y\rTransfer-Encoding: chunked\r\n"),
	    LINES("Content-Length: 5\0, 6\r\n"),
	    LINES("Content-Length: 5\r\nX: y\0z\r\n"),
	    LINES("X: y\0z\r\nContent-Length: 5\r\n"),
	    LINES("Content-Length: 5\r\nX: y\x01\r\n"),
	    LINES("no colon\r\nContent-Length: 5\r\n"),
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		assert_refused(SPAN("1.1"), heads[i]);
	assert_refused(SPAN("1.1\r\n X: y"), SPAN("Content-Length: 5\r\n"));
}

static void what_is_plain_is_served(void **state _unused_)
{
	static const struct span heads[] = {
	    LINES("Content-Length: 5\r\n"),
	    LINES("content-length:5\r\n"),
	    LINES("Content-Length: \t 05\r\n"),
	    LINES("Content-Length: 5\nX:\n"),
	    LINES("X:\r\nY: \r\nContent-Length: 5\r\nX:\r\n"),
	    LINES("X: y\tz, \xc3\xb8\r\nContent-Length: 5\r\nX-1!#$%&'*+-.^_`|~: \"a:b\"\r\n"),
	    LINES("Cookie: a=b; c=d\r\nContent-Length: 5\r\nCookie: e=f\r\n"),
	    LINES("Transfer-Encoding: chunked\r\n"),
	    LINES("transfer-encoding: CHUNKED\r\n"),
	};

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		_cleanup_(buf_done) struct buf all = BUF_INIT;

		send_head(SPAN("1.1"), heads[i], &all);
		if (count_answers(&all) != 2 || strncmp(all.p, "HTTP/1.1 200 ", 13) != 0)
			fail_msg("not served: " SPAN_FMT "\n%s", SPAN_ARG(heads[i]), all.p);
	}
}

/* Empty lines before a request, long and many headers, and several requests on one connection: none
 * may blur where the head was seen to begin and end. */
static void a_head_is_found_wherever_it_stands(void **state _unused_)
{
	_cleanup_(closep) int fd = client_connect(httpd_port(server));
	_cleanup_(buf_done) struct buf request = BUF_INIT, all = BUF_INIT;

	for (int n = 0; n < 40; n++) {
		buf_adds(&request, n % 3 ? "" : "\r\n");
		buf_addf(&request, "POST /echo?%0*d HTTP/1.1\r\nHost: x\r\n", 1 + n * 7, n);
		for (int i = 0; i < n; i++)
			buf_addf(&request, "X-%d: %0*d\r\n", i, 1 + i * 5, i);
		buf_addf(&request, "Content-Length: %d\r\n%s\r\n%0*d", n + 1,
			 n == 39 ? "Connection: close\r\n" : "", n + 1, n);
	}
	client_send(fd, request.p);
	(void)client_read_until(fd, &all, "nothing that is ever said");
	assert_int_equal(count_answers(&all), 40);
	assert_null(strstr(all.p, "HTTP/1.1 4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_whose_end_can_be_seen_at_two_places_is_refused),
	    cmocka_unit_test(an_old_client_sends_no_chunks),
	    cmocka_unit_test(a_header_that_goes_on_in_the_next_line_is_refused),
	    cmocka_unit_test(a_header_whose_name_or_value_is_odd_is_refused),
	    cmocka_unit_test(what_is_plain_is_served),
	    cmocka_unit_test(a_head_is_found_wherever_it_stands),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

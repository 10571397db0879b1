#include "http/httpd.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#include "base/digest.h"
#include "tests/unit/http/client.h"

#define STREAMS 600

static struct httpd *server;
static struct httpd_stream *streams[STREAMS];
static _Atomic unsigned n_streams, done_count;
static struct httpd_rq *_Atomic waiting;

static void echo(struct httpd_rq *rq, void *user)
{
	(void)user;
	httpd_set_header(rq, "X-Method", "%s", rq->method);
	httpd_answer(rq, 200, "text/plain", arena_span(&rq->arena, rq->body));
}

static void name(struct httpd_rq *rq, void *user)
{
	(void)user;
	httpd_answer(rq, 200, "text/plain", rq->params[0]);
}

static void tagged(struct httpd_rq *rq, void *user)
{
	(void)user;
	if (!httpd_not_modified(rq, SPAN("the same")))
		httpd_answer(rq, 200, "text/plain", SPAN("the same"));
}

static void later(struct httpd_rq *rq, void *user)
{
	(void)user;
	httpd_suspend(rq);
	atomic_store(&waiting, rq);
}

static void at_once(struct httpd_rq *rq, void *user)
{
	(void)user;
	httpd_suspend(rq);
	httpd_answer(rq, 200, "text/plain", SPAN("already"));
	httpd_resume(rq);
}

static void *answer_soon(void *rq)
{
	(void)nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL); /* work, not a wait */
	httpd_answer(rq, 200, "text/plain", SPAN("soon"));
	httpd_resume(rq);
	return NULL;
}

static void soon(struct httpd_rq *rq, void *user)
{
	pthread_t thread;

	(void)user;
	httpd_suspend(rq);
	if (pthread_create(&thread, NULL, answer_soon, rq))
		abort();
	(void)pthread_detach(thread);
}

static void stream(struct httpd_rq *rq, void *user)
{
	(void)user;
	unsigned i = atomic_load(&n_streams);
	do
		if (i == STREAMS) {
			httpd_problem(rq, 503, "full", "no more");
			return;
		}
	while (!atomic_compare_exchange_weak(&n_streams, &i, i + 1));
	streams[i] = httpd_stream_open(rq, "text/event-stream");
	struct httpd_chunk *hello = httpd_chunk_new(SPAN(": hello\n\n"));
	(void)httpd_stream_push(streams[i], hello);
	httpd_chunk_unref(hello);
}

static bool gate(struct httpd_rq *rq, void *user)
{
	(void)user;
	if (rq->route->access == 0 || httpd_header(rq, "X-Pass").p)
		return true;
	httpd_problem(rq, 401, "unauthorized", "no pass");
	return false;
}

static void count_done(const struct httpd_rq *rq, void *user)
{
	(void)rq, (void)user;
	atomic_fetch_add(&done_count, 1);
}

static const struct httpd_route routes[] = {
    {"POST", "/echo", echo, .body_max = 100000},
    {"GET", "/echo", echo},
    {"GET", "/json", echo, .produces = "application/json"},
    {"POST", "/json", echo, .body_max = 100, .consumes = "application/json"},
    {"POST", "/closed", echo, .body_max = 100000, .access = 1},
    {"GET", "/name/{x}", name},
    {"GET", "/tagged", tagged},
    {"GET", "/later", later},
    {"GET", "/at-once", at_once},
    {"GET", "/soon", soon},
    {"GET", "/stream", stream},
    {0},
};

static int start(void **state)
{
	const struct httpd_options o = {
	    .listen = "127.0.0.1:0", .routes = routes, .gate = gate, .done = count_done};
	struct err err;

	(void)state;
	digest_setup();
	atomic_store(&n_streams, 0);
	atomic_store(&waiting, NULL);
	if (httpd_open(&o, &server, &err) < 0) {
		print_error("%s\n", err.message);
		return -1;
	}
	return 0;
}

static int stop(void **state)
{
	(void)state;
	httpd_close(TAKE_PTR(server), 10 * USEC_PER_SEC);
	for (unsigned i = 0; i < n_streams; i++)
		httpd_stream_unref(streams[i]);
	return 0;
}

static int ask(const char *request, struct buf *out)
{
	return client_ask(httpd_port(server), request, out);
}

static void assert_problem(const char *request, int status, const char *code)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	assert_int_equal(ask(request, &b), status);
	assert_non_null(strstr(b.p, "Content-Type: application/problem+json\r\n"));
	assert_non_null(strstr(b.p, code));
}

static void every_answer_carries_the_security_headers(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const char *requests[] = {"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n",
				  "GET /none HTTP/1.1\r\nHost: x\r\n\r\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		(void)ask(requests[i], &b);
		assert_non_null(strstr(b.p, "X-Content-Type-Options: nosniff\r\n"));
		assert_non_null(strstr(b.p, "Content-Security-Policy: default-src 'none'"));
		assert_non_null(strstr(b.p, "Cache-Control: no-store\r\n"));
	}
}

static void what_cannot_be_served_is_said_as_a_problem(void **state)
{
	(void)state;
	assert_problem("GET /none HTTP/1.1\r\nHost: x\r\n\r\n", 404, "problem:not-found");
	assert_problem("PUT /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405, "problem:method-not-allowed");
	assert_problem("GET /json HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n", 406,
		       "problem:not-acceptable");
	assert_problem("POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: "
		       "text/csv\r\nContent-Length: 2\r\n\r\n{}",
		       415, "problem:unsupported-media-type");
	assert_problem("GET /name/a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400, "problem:bad-address");
	assert_problem("GET /echo?a=%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "problem:bad-address");
}

static void a_405_names_the_methods(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	(void)state;
	(void)ask("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n", &b);
	assert_non_null(strstr(b.p, "Allow: POST, GET, HEAD\r\n"));
}

static void a_body_arrives_whole(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT, rq = BUF_INIT;

	(void)state;
	buf_adds(&rq, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
	memset(buf_reserve(&rq, 100000), 'b', 100000);
	rq.n += 100000;
	rq.p[rq.n] = '\0';
	assert_int_equal(ask(rq.p, &b), 200);
	assert_int_equal(strlen(strstr(b.p, "\r\n\r\n") + 4), 100000);
	assert_int_equal(ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
			     "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
			     &b),
			 200);
	assert_string_equal(strstr(b.p, "\r\n\r\n") + 4, "abcde");
}

static void a_body_above_the_limit_is_refused_and_the_connection_goes_on(void **state)
{
	_cleanup_(buf_done) struct buf rq = BUF_INIT, b = BUF_INIT;
	_cleanup_(closep) int fd = client_connect(httpd_port(server));

	(void)state;
	buf_adds(&rq, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");
	memset(buf_reserve(&rq, 100001), 'b', 100001);
	rq.n += 100001;
	rq.p[rq.n] = '\0';
	client_send(fd, rq.p);
	assert_int_equal(client_read(fd, &b, false), 413);
	buf_clear(&b);
	client_send(fd, "GET /name/next HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(client_read(fd, &b, false), 200);
	assert_problem("POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
		       "Transfer-Encoding: chunked\r\n\r\n"
		       "65\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		       "aaaaaaaaaaaaaaaaaaa"
		       "aaaaaaaaaaaaa\r\n0\r\n\r\n",
		       413, "problem:too-large");
	assert_problem("GET /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na", 413,
		       "problem:too-large");
}

static void headers_above_the_limit_are_refused(void **state)
{
	_cleanup_(buf_done) struct buf rq = BUF_INIT, b = BUF_INIT;

	(void)state;
	buf_adds(&rq, "GET /echo HTTP/1.1\r\nHost: x\r\nX-Long: ");
	size_t n = HTTPD_HEADER_MAX - rq.n - 4;
	memset(buf_reserve(&rq, n), 'h', n);
	rq.n += n;
	buf_adds(&rq, "\r\n\r\n");
	assert_int_equal(ask(rq.p, &b), 200);
	rq.n -= 4;
	buf_adds(&rq, "h\r\n\r\n");
	assert_problem(rq.p, 431, "problem:headers-too-large");
}

static void the_gate_refuses_before_the_body(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	_cleanup_(closep) int fd = client_connect(httpd_port(server));

	(void)state;
	/* More is announced than the server would read only to be polite; none of it is sent. */
	client_send(fd, "POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n");
	assert_int_equal(client_read(fd, &b, false), 401);
	assert_problem("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", 401,
		       "problem:unauthorized");
	assert_int_equal(
	    ask("POST /closed HTTP/1.1\r\nHost: x\r\nX-Pass: 1\r\nContent-Length: 2\r\n\r\nab", &b),
	    200);
}

static void head_answers_without_a_body(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(ask("HEAD /name/abc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", &b),
			 200);
	assert_non_null(strstr(b.p, "Content-Length: 3\r\n"));
	assert_string_equal(strstr(b.p, "\r\n\r\n"), "\r\n\r\n");
}

static void what_has_not_changed_is_not_sent_again(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT, rq = BUF_INIT;

	(void)state;
	assert_int_equal(ask("GET /tagged HTTP/1.1\r\nHost: x\r\n\r\n", &b), 200);
	const char *tag = strstr(b.p, "ETag: ") + 6;
	buf_addf(&rq, "GET /tagged HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"other\", %.*s\r\n\r\n",
		 (int)strcspn(tag, "\r"), tag);
	assert_int_equal(ask(rq.p, &b), 304);
	assert_int_equal(
	    ask("GET /tagged HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"other\"\r\n\r\n", &b), 200);
}

static void *answer_when_asked(void *arg)
{
	struct httpd_rq *rq;

	(void)arg;
	while (!(rq = atomic_load(&waiting)))
		sched_yield();
	httpd_answer(rq, 200, "text/plain", SPAN("from afar"));
	httpd_resume(rq);
	return NULL;
}

static void another_thread_can_answer_later(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	pthread_t t;

	(void)state;
	pthread_create(&t, NULL, answer_when_asked, NULL);
	assert_int_equal(ask("GET /later HTTP/1.1\r\nHost: x\r\n\r\n", &b), 200);
	pthread_join(t, NULL);
	assert_non_null(strstr(b.p, "from afar"));
}

static void the_answer_may_come_before_the_handler_returns(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(ask("GET /at-once HTTP/1.1\r\nHost: x\r\n\r\n", &b), 200);
}

static void a_client_that_left_while_it_waited_harms_nobody(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int fd = client_connect(httpd_port(server));

	(void)state;
	client_send(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	while (!atomic_load(&waiting))
		sched_yield();
	close(fd);
	answer_when_asked(NULL);
	assert_int_equal(ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", &b), 200);
}

static void closing_waits_for_the_answer(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	_cleanup_(closep) int fd = client_connect(httpd_port(server));
	pthread_t t;

	client_send(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	while (!atomic_load(&waiting))
		sched_yield();
	pthread_create(&t, NULL, answer_when_asked, NULL);
	(void)stop(state);
	pthread_join(t, NULL);
	assert_int_equal(client_read(fd, &b, false), 200);
	(void)start(state);
}

static void push_to_all(const char *text)
{
	struct httpd_chunk *c = httpd_chunk_new(span_str(text));

	for (unsigned i = 0; i < n_streams; i++)
		(void)httpd_stream_push(streams[i], c);
	httpd_chunk_unref(c);
}

static void hundreds_of_streams_get_every_chunk_in_order(void **state)
{
	static int fds[STREAMS];
	static struct buf b[STREAMS];

	(void)state;
	for (int i = 0; i < STREAMS; i++) {
		fds[i] = client_connect(httpd_port(server));
		client_send(fds[i], "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_true(client_read_until(fds[i], &b[i], ": hello\n\n"));
	}
	push_to_all("data: one\n\n");
	push_to_all("data: two\n\n");
	for (int i = 0; i < STREAMS; i++) {
		assert_true(client_read_until(fds[i], &b[i], "data: two\n\n"));
		assert_true(strstr(b[i].p, "data: one\n\n") < strstr(b[i].p, "data: two\n\n"));
		close(fds[i]);
		buf_done(&b[i]);
	}
}

static void a_client_that_does_not_read_is_dropped_and_others_are_not(void **state)
{
	_cleanup_(closep) int slow = client_connect(httpd_port(server)),
			      quick = client_connect(httpd_port(server));
	_cleanup_(buf_done) struct buf b = BUF_INIT, last = BUF_INIT, block = BUF_INIT;
	char mark[32];
	int round = 0;

	(void)state;
	client_send(slow, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(client_read_until(slow, &b, ": hello\n\n"));
	buf_clear(&b);
	client_send(quick, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(client_read_until(quick, &b, ": hello\n\n"));
	memset(buf_reserve(&block, 200000), '.', 200000);
	block.n = 200000;
	struct httpd_chunk *c = httpd_chunk_new(buf_span(&block));
	/* The kernel takes a few megabytes for the slow one before its queue begins to grow. */
	while (httpd_stream_push(streams[0], c) && round < 1000) {
		(void)snprintf(mark, sizeof(mark), "round %d\n", round++);
		struct httpd_chunk *m = httpd_chunk_new(span_str(mark));
		assert_true(httpd_stream_push(streams[1], m));
		httpd_chunk_unref(m);
		assert_true(client_read_until(quick, &b, mark));
	}
	httpd_chunk_unref(c);
	assert_true(round >= 5 && round < 1000); /* at least what its queue holds */
	assert_false(client_read_until(slow, &last, "never sent"));
	assert_true(last.n < 200000 * (size_t)round);
}

static void a_first_chunk_may_be_larger_than_the_queue_and_more_may_follow(void **state)
{
	_cleanup_(closep) int fd = client_connect(httpd_port(server));
	_cleanup_(buf_done) struct buf b = BUF_INIT, all = BUF_INIT;
	size_t n = 8 * HTTPD_STREAM_QUEUE_MAX;

	(void)state;
	client_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(client_read_until(fd, &b, ": hello\n\n"));
	memset(buf_reserve(&all, n), '.', n);
	all.n = n;
	struct httpd_chunk *snapshot = httpd_chunk_new(buf_span(&all)),
			   *change = httpd_chunk_new(SPAN("data: change\n\n"));
	assert_true(httpd_stream_push(streams[0], snapshot));
	assert_true(httpd_stream_push(streams[0], change));
	httpd_chunk_unref(snapshot);
	httpd_chunk_unref(change);
	assert_true(client_read_until(fd, &b, "data: change\n\n"));
	assert_true(b.n > n);
}

static void a_stream_whose_client_left_says_so(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int fd = client_connect(httpd_port(server));
	struct httpd_chunk *c = httpd_chunk_new(SPAN(": beat\n\n"));
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;

	(void)state;
	client_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(client_read_until(fd, &b, ": hello\n\n"));
	assert_false(httpd_stream_is_gone(streams[0]));
	close(fd);
	while (!httpd_stream_is_gone(streams[0])) /* without anything being sent */
		assert_true(clock_monotonic() < deadline);
	while (httpd_stream_push(streams[0], c))
		assert_true(clock_monotonic() < deadline);
	httpd_chunk_unref(c);
}

static void closing_ends_streams(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	_cleanup_(closep) int fd = client_connect(httpd_port(server));

	client_send(fd, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(client_read_until(fd, &b, ": hello\n\n"));
	(void)stop(state);
	assert_true(client_read_until(fd, &b, "\r\n0\r\n\r\n"));
	(void)start(state);
}

static void every_request_is_counted_once(void **state)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	unsigned before = atomic_load(&done_count);
	usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;

	(void)state;
	for (int i = 0; i < 20; i++)
		(void)ask(i % 2 ? "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
				: "GET /at-once HTTP/1.1\r\nHost: x\r\n\r\n",
			  &b);
	while (atomic_load(&done_count) < before + 20)
		assert_true(clock_monotonic() < deadline);
	assert_int_equal(atomic_load(&done_count), before + 20);
}

struct asker {
	unsigned port;
	_Atomic unsigned answers;
};

/* Asks over one connection until it ends; counts the answers. */
static void *keep_asking(void *arg)
{
	struct asker *a = arg;
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	_cleanup_(closep) int fd = client_connect(a->port);

	for (;;) {
		buf_clear(&b);
		client_send(fd, "GET /soon HTTP/1.1\r\nHost: x\r\n\r\n");
		int status = client_read(fd, &b, false);
		if (status == 0)
			return NULL;
		if (status == 200)
			atomic_fetch_add(&a->answers, 1);
		if (status == 503)
			return NULL;
	}
}

static void closing_amid_requests_answers_or_turns_away_each(void **state)
{
	for (int round = 0; round < 20; round++) {
		struct asker a = {.port = httpd_port(server)};
		pthread_t clients[4];

		for (size_t i = 0; i < ARRAY_LEN(clients); i++)
			assert_int_equal(pthread_create(&clients[i], NULL, keep_asking, &a), 0);
		usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;
		while (atomic_load(&a.answers) < 20)
			assert_true(clock_monotonic() < deadline);
		httpd_close(TAKE_PTR(server), 10 * USEC_PER_SEC);
		for (size_t i = 0; i < ARRAY_LEN(clients); i++)
			(void)pthread_join(clients[i], NULL);
		assert_int_equal(start(state), 0);
	}
}

static void an_address_that_cannot_be_used_is_named(void **state)
{
	struct httpd_options o = {.listen = "nowhere", .routes = routes};
	struct httpd *h = NULL;
	struct err err;
	char taken[32];

	(void)state;
	assert_int_equal(httpd_open(&o, &h, &err), -ERR_INVALID);
	assert_non_null(strstr(err.message, "nowhere"));
	(void)snprintf(taken, sizeof(taken), "127.0.0.1:%u", httpd_port(server));
	o.listen = taken;
	assert_true(httpd_open(&o, &h, &err) < 0);
	assert_non_null(strstr(err.message, taken));
	o.listen = "::1:80";
	assert_int_equal(httpd_open(&o, &h, &err), -ERR_INVALID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_answer_carries_the_security_headers),
	    TEST(what_cannot_be_served_is_said_as_a_problem),
	    TEST(a_405_names_the_methods),
	    TEST(a_body_arrives_whole),
	    TEST(a_body_above_the_limit_is_refused_and_the_connection_goes_on),
	    TEST(headers_above_the_limit_are_refused),
	    TEST(the_gate_refuses_before_the_body),
	    TEST(head_answers_without_a_body),
	    TEST(what_has_not_changed_is_not_sent_again),
	    TEST(another_thread_can_answer_later),
	    TEST(the_answer_may_come_before_the_handler_returns),
	    TEST(a_client_that_left_while_it_waited_harms_nobody),
	    TEST(closing_waits_for_the_answer),
	    TEST(closing_amid_requests_answers_or_turns_away_each),
	    TEST(hundreds_of_streams_get_every_chunk_in_order),
	    TEST(a_client_that_does_not_read_is_dropped_and_others_are_not),
	    TEST(a_first_chunk_may_be_larger_than_the_queue_and_more_may_follow),
	    TEST(a_stream_whose_client_left_says_so),
	    TEST(closing_ends_streams),
	    TEST(every_request_is_counted_once),
	    TEST(an_address_that_cannot_be_used_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What syncd and the child for the SFTP line say to each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "syncd/child_wire.h"

static struct span body_of(const struct buf *message, enum child_message expected)
{
	struct child_head head;
	struct span body;
	bool whole = false;

	assert_int_equal(child_next(buf_span(message), &whole, &head, &body, NULL), 0);
	assert_true(whole);
	assert_int_equal(head.message, expected);
	return body;
}

static void the_road_arrives_as_it_was_given(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf message = BUF_INIT;
	struct enrolment_sftp read, to = {
					.user = (char[]){"home"},
					.host = (char[]){"::1"},
					.dir = (char[]){""},
					.host_key_type = (char[]){"ssh-ed25519"},
					.port = 2222,
					.key = "-----BEGIN PRIVATE KEY-----\n",
				    };
	const struct sftp_options o = {.to = &to, .answer_timeout = 15, .left = "fac_a-e-1-2"};
	struct sftp_options got;

	buf_add(&to.host_key, span_of("\0\0\0\13ssh", 7));
	child_add_open(&message, &o);
	assert_int_equal(child_read_open(body_of(&message, CHILD_OPEN), &read, &got, NULL), 0);
	assert_ptr_equal(got.to, &read);
	assert_int_equal(got.answer_timeout, 15);
	assert_string_equal(got.left, "fac_a-e-1-2");
	assert_string_equal(read.user, "home");
	assert_string_equal(read.host, "::1");
	assert_string_equal(read.dir, "");
	assert_string_equal(read.host_key_type, "ssh-ed25519");
	assert_int_equal(read.port, 2222);
	assert_string_equal(read.key, to.key);
	assert_true(span_eq(buf_span(&read.host_key), buf_span(&to.host_key)));
	free((char *)got.left);
	child_open_done(&read);
	buf_done(&to.host_key);
}

static void a_batch_arrives_with_its_body_behind_it(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf message = BUF_INIT;
	const struct transport_batch b = {.body = SPAN("bytes"),
					  .name = {SPAN("fac_a"), SPAN("epoch"), 7, 9}};
	struct transport_batch got;
	struct child_head head;
	struct span body;
	bool whole = true;

	child_add_send(&message, &b);
	assert_int_equal(child_next(buf_span(&message), &whole, &head, &body, NULL), 0);
	assert_false(whole); /* the body is still on its way */
	buf_add(&message, b.body);
	assert_int_equal(child_read_send(body_of(&message, CHILD_SEND), &got, NULL), 0);
	assert_true(span_eq(got.body, b.body));
	assert_true(span_eq(got.name.facility, b.name.facility));
	assert_true(span_eq(got.name.epoch, b.name.epoch));
	assert_int_equal(got.name.first, 7);
	assert_int_equal(got.name.last, 9);
}

static void make_reply(struct buf *message)
{
	struct transport_reply r = {.kind = REPLY_TRANSIENT,
				    .status = 503,
				    .body = SPAN("{}"),
				    .retry_after = 5,
				    .unheard = true};

	(void)err_set(&r.why, ERR_UNAVAILABLE, "away");
	child_add_reply(message, &r);
}

static void a_reply_arrives_whole_with_its_words(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf message = BUF_INIT;
	struct transport_reply got;

	make_reply(&message);
	assert_int_equal(child_read_reply(body_of(&message, CHILD_REPLY), &got, NULL), 0);
	assert_int_equal(got.kind, REPLY_TRANSIENT);
	assert_int_equal(got.status, 503);
	assert_int_equal(got.retry_after, 5);
	assert_true(got.unheard);
	assert_int_equal(got.why.code, ERR_UNAVAILABLE);
	assert_true(got.why.retriable);
	assert_string_equal(got.why.message, "away");
	assert_true(span_eq(got.body, SPAN("{}")));
}

static void a_message_cut_anywhere_is_not_whole_and_its_body_cut_anywhere_is_refused(void **state)
{
	(void)state;
	_cleanup_(buf_done) struct buf message = BUF_INIT;
	struct transport_reply got;
	struct child_head head;
	struct span body;
	bool whole;

	make_reply(&message);
	for (size_t n = 0; n < message.n; n++) {
		assert_int_equal(child_next(span_of(message.p, n), &whole, &head, &body, NULL), 0);
		assert_false(whole);
	}
	body = body_of(&message, CHILD_REPLY);
	for (size_t n = 0; n < body.n; n++)
		assert_int_equal(child_read_reply(span_of(body.p, n), &got, NULL), -ERR_CORRUPT);
}

static void what_is_no_message_is_refused(void **state)
{
	(void)state;
	const struct child_head bad[] = {
	    {.message = 0}, {.message = 77}, {.message = CHILD_REPLY, .n = UINT32_MAX}};
	struct child_head head;
	struct span body;
	bool whole;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(child_next(span_of((const char *)&bad[i], sizeof(bad[i])), &whole,
					    &head, &body, NULL),
				 -ERR_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_road_arrives_as_it_was_given),
	    cmocka_unit_test(a_batch_arrives_with_its_body_behind_it),
	    cmocka_unit_test(a_reply_arrives_whole_with_its_words),
	    cmocka_unit_test(
		a_message_cut_anywhere_is_not_whole_and_its_body_cut_anywhere_is_refused),
	    cmocka_unit_test(what_is_no_message_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "bed/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#define EPOCH "0f8fad5b-d9cb-469f-a165-70867728950e"
#define AT    (1776676462 * USEC_PER_SEC)

static struct event event_number(unsigned n, char id[16])
{
	(void)snprintf(id, 16, "bed_%u", n);
	struct event e = {
	    .facility_id = SPAN("fac_a"),
	    .bed_id = span_str(id),
	    .ward = SPAN("dementia"),
	    .new_status = BED_OCCUPIED,
	    .changed_at = AT + n,
	    .source = {SPAN("x"), SPAN("00112233445566778899aabbccddeeff"), n, 0, SPAN("TID")},
	};
	e.id = event_id_from_source(&e);
	return e;
}

static void add_lines(struct buf *lines, uint64_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		_cleanup_(buf_done) struct buf json = BUF_INIT;
		char id[16];
		struct event e = event_number(i, id);
		event_to_json(&e, &json);
		wire_add_line(lines, first + i, buf_span(&json));
	}
}

static struct wire_header header(uint64_t first, uint32_t count)
{
	return (struct wire_header){
	    .facility = SPAN("fac_a"),
	    .epoch = SPAN(EPOCH),
	    .first = first,
	    .last = first + count - 1,
	    .count = count,
	    .clock = AT,
	    .agent = SPAN("bedpost-syncd 0.1.0"),
	    .state = digest_of(SPAN("state")),
	    .queued = 4,
	    .rev = 12,
	};
}

static void encode(struct buf *out, uint64_t first, unsigned n)
{
	_cleanup_(buf_done) struct buf lines = BUF_INIT;
	struct wire_header h = header(first, n);

	add_lines(&lines, first, n);
	assert_int_equal(wire_encode(&h, buf_span(&lines), out, NULL), 0);
}

/* A plain batch with whatever lines and header text are wanted; "%s" in head takes the right
 * digest. */
static void plain_batch(struct buf *out, const char *first_last_count, const char *lines)
{
	struct digest d = digest_of(span_str(lines));
	char hex[DIGEST_HEX + 1];

	digest_hex(&d, hex);
	buf_addf(out,
		 "{\"bedpost\":1,\"facility\":\"fac_a\",\"epoch\":\"" EPOCH
		 "\",%s,\"digest\":\"%s\","
		 "\"clock\":\"2026-04-20T09:14:22Z\",\"agent\":\"x\",\"state\":\"%s\",\"queued\":0,"
		 "\"rev\":0}\n%s",
		 first_last_count, hex, hex, lines);
}

static void refused(struct span body, enum err_code code, const char *message)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct wire_batch b;
	struct err err = {0};

	assert_int_equal(wire_decode(body, &a, &b, &err), -(int)code);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
}

static void plain_refused(const char *first_last_count, const char *lines, enum err_code code,
			  const char *message)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	plain_batch(&b, first_last_count, lines);
	refused(buf_span(&b), code, message);
}

static void holds_events(struct span body, uint64_t first, unsigned n)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct wire_batch b;
	struct err err = {0};

	if (wire_decode(body, &a, &b, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(b.header.count, n);
	assert_int_equal(b.header.first, first);
	assert_int_equal(b.header.last, first + n - 1);
	for (unsigned i = 0; i < n; i++) {
		char id[16];
		struct event e = event_number(i, id);
		assert_int_equal(b.items[i].seq, first + i);
		assert_true(b.items[i].valid);
		assert_true(ulid_eq(b.items[i].event.id, e.id));
		assert_true(span_eq(b.items[i].event.bed_id, e.bed_id));
		assert_int_equal(b.items[i].event.changed_at, e.changed_at);
	}
}

static void gzip(struct span plain, struct buf *out)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)plain.p, .avail_in = (uInt)plain.n};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	size_t bound = deflateBound(&z, plain.n);
	z.next_out = (Bytef *)buf_reserve(out, bound);
	z.avail_out = (uInt)bound;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->n += bound - z.avail_out;
	(void)deflateEnd(&z);
}

static void unpack(struct span body, struct buf *out)
{
	size_t max = (size_t)1 << 22;
	size_t n = ZSTD_decompress(buf_reserve(out, max), max, body.p, body.n);

	assert_false(ZSTD_isError(n));
	out->n += n;
}

static void a_batch_reads_back(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf body = BUF_INIT;
	struct wire_header want = header(7, 3);
	struct wire_batch b;

	encode(&body, 7, 3);
	holds_events(buf_span(&body), 7, 3);
	assert_int_equal(wire_decode(buf_span(&body), &a, &b, NULL), 0);
	assert_true(span_eq(b.header.facility, want.facility));
	assert_true(span_eq(b.header.epoch, want.epoch));
	assert_true(span_eq(b.header.agent, want.agent));
	assert_true(digest_eq(&b.header.state, &want.state));
	assert_int_equal(b.header.clock, want.clock);
	assert_int_equal(b.header.queued, 4);
	assert_int_equal(b.header.rev, 12);
}

static void the_same_batch_makes_the_same_bytes(void **state _unused_)
{
	_cleanup_(buf_done) struct buf one = BUF_INIT, two = BUF_INIT;

	encode(&one, 7, 100);
	encode(&two, 7, 100);
	assert_true(span_eq(buf_span(&one), buf_span(&two)));
}

static void gzip_and_plain_are_known_by_their_first_bytes(void **state _unused_)
{
	_cleanup_(buf_done) struct buf body = BUF_INIT, plain = BUF_INIT, gz = BUF_INIT;

	encode(&body, 1, 5);
	unpack(buf_span(&body), &plain);
	holds_events(buf_span(&plain), 1, 5);
	gzip(buf_span(&plain), &gz);
	holds_events(buf_span(&gz), 1, 5);
	refused(SPAN(""), ERR_INVALID, "neither");
	refused(SPAN("\x28\xB5"), ERR_INVALID, "neither");
	refused(SPAN("PK\x03\x04"), ERR_INVALID, "neither");
}

static void a_plain_body_is_left_as_it_was(void **state _unused_)
{
	_cleanup_(buf_done) struct buf body = BUF_INIT, plain = BUF_INIT;

	encode(&body, 1, 2);
	unpack(buf_span(&body), &plain);
	struct digest before = digest_of(buf_span(&plain));
	holds_events(buf_span(&plain), 1, 2);
	struct digest after = digest_of(buf_span(&plain));
	assert_true(digest_eq(&before, &after));
}

static void a_full_batch_fits(void **state _unused_)
{
	_cleanup_(buf_done) struct buf body = BUF_INIT;

	encode(&body, 1, WIRE_EVENTS_MAX);
	holds_events(buf_span(&body), 1, WIRE_EVENTS_MAX);
}

static void a_heartbeat_is_a_batch_of_none(void **state _unused_)
{
	_cleanup_(buf_done) struct buf body = BUF_INIT;

	encode(&body, 1, 0);
	holds_events(buf_span(&body), 1, 0);
	body.n = 0;
	encode(&body, 4711, 0);
	holds_events(buf_span(&body), 4711, 0);
}

static void encoding_refuses_what_decoding_would(void **state _unused_)
{
	_cleanup_(buf_done) struct buf lines = BUF_INIT, out = BUF_INIT;
	struct wire_header h;

	add_lines(&lines, 1, 2);
	h = header(1, 3);
	assert_int_equal(wire_encode(&h, buf_span(&lines), &out, NULL), -ERR_INVALID);
	h = header(0, 2);
	assert_int_equal(wire_encode(&h, buf_span(&lines), &out, NULL), -ERR_INVALID);
	h = header(1, 2);
	h.last = 3;
	assert_int_equal(wire_encode(&h, buf_span(&lines), &out, NULL), -ERR_INVALID);
	h = header(1, 2);
	h.epoch = SPAN("0F8FAD5B-D9CB-469F-A165-70867728950E");
	assert_int_equal(wire_encode(&h, buf_span(&lines), &out, NULL), -ERR_INVALID);
	h = header(1, WIRE_EVENTS_MAX + 1);
	assert_int_equal(wire_encode(&h, buf_span(&lines), &out, NULL), -ERR_LIMIT);
	h = header(1, 2);
	assert_int_equal(wire_encode(&h, span_of(lines.p, WIRE_LINES_MAX + 1), &out, NULL),
			 -ERR_LIMIT);
	assert_int_equal(out.n, 0);
}

static void a_cut_batch_is_refused_at_every_length(void **state _unused_)
{
	_cleanup_(buf_done) struct buf body = BUF_INIT, plain = BUF_INIT, gz = BUF_INIT;
	const struct buf *all[] = {&body, &plain, &gz};

	encode(&body, 1, 3);
	unpack(buf_span(&body), &plain);
	gzip(buf_span(&plain), &gz);
	for (size_t k = 0; k < ARRAY_LEN(all); k++) {
		for (size_t n = 0; n < all[k]->n; n++) {
			_cleanup_(arena_done) struct arena a = ARENA_INIT;
			struct wire_batch b;
			assert_true(wire_decode(span_of(all[k]->p, n), &a, &b, NULL) < 0);
		}
	}
}

static void a_changed_byte_is_noticed(void **state _unused_)
{
	_cleanup_(buf_done) struct buf body = BUF_INIT, plain = BUF_INIT;

	encode(&body, 1, 2);
	unpack(buf_span(&body), &plain);
	size_t start = (size_t)((char *)memchr(plain.p, '\n', plain.n) - plain.p) + 1;
	for (size_t i = start; i < plain.n; i++) {
		_cleanup_(arena_done) struct arena a = ARENA_INIT;
		struct wire_batch b;
		plain.p[i] ^= 1;
		assert_int_equal(wire_decode(buf_span(&plain), &a, &b, NULL), -ERR_INVALID);
		plain.p[i] ^= 1;
	}
	/* The header is not under the digest: whatever a changed byte makes of it, reading it is
	 * safe. */
	for (size_t i = 0; i < start; i++) {
		_cleanup_(arena_done) struct arena a = ARENA_INIT;
		struct wire_batch b;
		plain.p[i] ^= 1;
		(void)wire_decode(buf_span(&plain), &a, &b, NULL);
		plain.p[i] ^= 1;
	}
	for (size_t i = 0; i < body.n; i++) { /* nor does a changed frame do harm */
		_cleanup_(arena_done) struct arena a = ARENA_INIT;
		struct wire_batch b;
		body.p[i] ^= 0x55;
		(void)wire_decode(buf_span(&body), &a, &b, NULL);
		body.p[i] ^= 0x55;
	}
}

static void bytes_after_the_end_are_refused(void **state _unused_)
{
	_cleanup_(buf_done) struct buf body = BUF_INIT, plain = BUF_INIT, gz = BUF_INIT;

	encode(&body, 1, 1);
	unpack(buf_span(&body), &plain);
	gzip(buf_span(&plain), &gz);
	buf_addc(&body, 'x');
	buf_addc(&gz, 'x');
	refused(buf_span(&body), ERR_INVALID, "after the end");
	refused(buf_span(&gz), ERR_INVALID, "after the end");
}

static void a_bomb_stops_at_the_limit(void **state _unused_)
{
	_cleanup_(buf_done) struct buf zeros = BUF_INIT, zst = BUF_INIT, gz = BUF_INIT;
	size_t big = WIRE_PLAIN_MAX + 1;

	memset(buf_reserve(&zeros, big), ' ', big);
	zeros.p[0] = '{';
	zeros.n = big;
	size_t bound = ZSTD_compressBound(big);
	zst.n = ZSTD_compress(buf_reserve(&zst, bound), bound, zeros.p, big, 1);
	gzip(buf_span(&zeros), &gz);
	assert_true(zst.n < WIRE_BODY_MAX && gz.n < WIRE_BODY_MAX);
	refused(buf_span(&zst), ERR_LIMIT, "decompressed");
	refused(buf_span(&gz), ERR_LIMIT, "decompressed");
	refused(span_of(zeros.p, WIRE_BODY_MAX + 1), ERR_LIMIT, "more than");
}

/* A frame that asks for a 2 GiB window: magic, descriptor (no single segment), window byte, an
 * empty last block. */
static void a_frame_that_asks_for_a_huge_window_is_refused(void **state _unused_)
{
	refused(SPAN("\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00"), ERR_INVALID, "zstd");
}

#define LINE(seq) "{\"seq\":" seq ",\"event_id\":\"evt_01HX9ZZZZZZZZZZZZZZZZZZZZZ\"}\n"

static void the_header_s_count_must_be_the_number_of_lines(void **state _unused_)
{
	plain_refused("\"first\":1,\"last\":2,\"count\":2", LINE("1"), ERR_INVALID,
		      "number of lines");
	plain_refused("\"first\":1,\"last\":1,\"count\":1", LINE("1") LINE("2"), ERR_INVALID,
		      "number of lines");
	plain_refused("\"first\":1,\"last\":1,\"count\":1", "{\"seq\":1,}", ERR_INVALID,
		      "number of lines");
	plain_refused("\"first\":1,\"last\":5,\"count\":1", LINE("1"), ERR_INVALID, "do not agree");
	plain_refused("\"first\":1,\"last\":5001,\"count\":5001", "", ERR_LIMIT, "more than");
	plain_refused("\"first\":1,\"last\":4294967297,\"count\":4294967297", "", ERR_LIMIT,
		      "more than");
	plain_refused("\"first\":0,\"last\":0,\"count\":1", LINE("0"), ERR_INVALID, "do not agree");
	plain_refused("\"first\":9223372036854775807,\"last\":9223372036854775807,\"count\":1",
		      LINE("9223372036854775807"), ERR_INVALID, "do not agree");
	plain_refused("\"first\":-1,\"last\":1,\"count\":3", "", ERR_INVALID, "whole number");
	plain_refused("\"first\":1.0,\"last\":1,\"count\":1", LINE("1"), ERR_INVALID,
		      "whole number");
	plain_refused("\"first\":18446744073709551616,\"last\":1,\"count\":1", "", ERR_INVALID, "");
}

static void the_sequence_has_no_gap_and_no_double(void **state _unused_)
{
	plain_refused("\"first\":1,\"last\":2,\"count\":2", LINE("1") LINE("1"), ERR_INVALID,
		      "line 3");
	plain_refused("\"first\":1,\"last\":2,\"count\":2", LINE("1") LINE("3"), ERR_INVALID,
		      "line 3");
	plain_refused("\"first\":1,\"last\":2,\"count\":2", LINE("2") LINE("1"), ERR_INVALID,
		      "line 2");
	plain_refused("\"first\":1,\"last\":1,\"count\":1", "{\"event_id\":\"x\"}\n", ERR_INVALID,
		      "line 2");
	plain_refused("\"first\":1,\"last\":1,\"count\":1", "{\"seq\":1}\n", ERR_INVALID, "line 2");
	plain_refused("\"first\":1,\"last\":1,\"count\":1", "{\"seq\":+1,}\n", ERR_INVALID,
		      "line 2");
	plain_refused("\"first\":1,\"last\":1,\"count\":1",
		      "{\"seq\":18446744073709551617,\"x\":1}\n", ERR_INVALID, "line 2");
	plain_refused("\"first\":1,\"last\":1,\"count\":1", "\n", ERR_INVALID, "line 2");
}

static void a_header_that_is_not_whole_is_refused(void **state _unused_)
{
	refused(SPAN("{}\n"), ERR_INVALID, "version 1");
	refused(SPAN("{\"bedpost\":2}\n"), ERR_INVALID, "version 1");
	refused(SPAN("{\"bedpost\":1}\n"), ERR_INVALID, "twelve keys");
	refused(SPAN("{\"bedpost\":1"), ERR_INVALID, "no header line");
	plain_refused("\"first\":1,\"last\":0,\"count\":0,\"patient\":\"x\"", "", ERR_INVALID,
		      "twelve keys");
	plain_refused("\"first\":1,\"first\":1,\"last\":0", "", ERR_INVALID, "not a JSON object");
}

static void an_event_that_is_wrong_stands_beside_the_good_ones(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf lines = BUF_INIT, json = BUF_INIT, body = BUF_INIT;
	struct wire_header h = header(1, 5);
	struct wire_batch b;
	char id[16];
	struct event e = event_number(0, id);

	event_to_json(&e, &json);
	wire_add_line(&lines, 1, buf_span(&json));
	wire_add_line(&lines, 2, SPAN("{\"patient_ref\":\"CANARY\"}"));
	json.n--;
	buf_adds(&json, ",\"CANARY\":1}");
	wire_add_line(&lines, 3, buf_span(&json));
	wire_add_line(&lines, 4, SPAN("{CANARY"));
	buf_clear(&json);
	event_to_json(&e, &json);
	wire_add_line(&lines, 5, buf_span(&json));
	assert_int_equal(wire_encode(&h, buf_span(&lines), &body, NULL), 0);
	assert_int_equal(wire_decode(buf_span(&body), &a, &b, NULL), 0);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(b.items[i].seq, i + 1);
		assert_int_equal(b.items[i].valid, i == 0 || i == 4);
		if (!b.items[i].valid)
			assert_null(strstr(b.items[i].reason, "CANARY"));
	}
	assert_non_null(strstr(b.items[2].reason, "unknown key"));
}

static void an_event_beyond_its_limit_is_wrong_alone(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf lines = BUF_INIT, body = BUF_INIT, json = BUF_INIT;
	struct wire_header h = header(1, 2);
	struct wire_batch b;

	buf_addc(&json, '{');
	while (json.n < EVENT_JSON_MAX)
		buf_addc(&json, ' ');
	buf_addc(&json, '}');
	wire_add_line(&lines, 1, buf_span(&json));
	add_lines(&lines, 2, 1);
	assert_int_equal(wire_encode(&h, buf_span(&lines), &body, NULL), 0);
	assert_int_equal(wire_decode(buf_span(&body), &a, &b, NULL), 0);
	assert_false(b.items[0].valid);
	assert_true(b.items[1].valid);
}

static void an_answer_reads_back(void **state _unused_)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf json = BUF_INIT;
	struct wire_outcome outcomes[] = {
	    {7, OUTCOME_APPLIED, NULL},
	    {8, OUTCOME_REJECTED, "changed_at: \"ahead\" of now"},
	};
	struct wire_bed beds[] = {{SPAN("bed_1"), BED_RESERVED, AT}};
	struct wire_answer
	    w = {SPAN(EPOCH),	  8, outcomes, 2, 13, beds, 1, true, 1776676462000000,
		 WIRE_SYNC_AGREES},
	    back;

	wire_answer_to_json(&w, &json);
	assert_int_equal(wire_answer_from_json(buf_span(&json), &a, &back, NULL), 0);
	assert_true(span_eq(back.epoch, w.epoch));
	assert_int_equal(back.applied_through, 8);
	assert_int_equal(back.n_outcomes, 2);
	assert_int_equal(back.outcomes[0].outcome, OUTCOME_APPLIED);
	assert_null(back.outcomes[0].reason);
	assert_int_equal(back.outcomes[1].seq, 8);
	assert_string_equal(back.outcomes[1].reason, outcomes[1].reason);
	assert_int_equal(back.facility_rev, 13);
	assert_int_equal(back.n_beds, 1);
	assert_true(span_eq(back.beds[0].bed_id, beds[0].bed_id));
	assert_int_equal(back.beds[0].status, BED_RESERVED);
	assert_int_equal(back.beds[0].changed_at, AT);
	assert_true(back.snapshot_wanted);
}

static void an_answer_that_is_nonsense_is_a_protocol_error(void **state _unused_)
{
#define ANSWER(outcomes, beds)                                                                     \
	"{\"epoch\":\"" EPOCH "\",\"applied_through\":1,\"outcomes\":" outcomes                    \
	",\"facility_rev\":0,\"beds\":" beds "}"
	static const char *const bad[] = {
	    "",
	    "<html>502</html>",
	    "[]",
	    "{}",
	    ANSWER("{}", "[]"),
	    ANSWER("[{\"seq\":1,\"outcome\":\"fine\"}]", "[]"),
	    ANSWER("[{\"seq\":-1,\"outcome\":\"applied\"}]", "[]"),
	    ANSWER("[1]", "[]"),
	    ANSWER("[]", "[{\"bed_id\":\"B 1\",\"status\":\"occupied\",\"changed_at\":"
			 "\"2026-04-20T09:14:22Z\"}]"),
	    ANSWER("[]", "null"),
	};
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct wire_answer w;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(wire_answer_from_json(span_str(bad[i]), &a, &w, NULL),
				 -ERR_PROTOCOL);
	assert_int_equal(wire_answer_from_json(SPAN(ANSWER("[]", "[]")), &a, &w, NULL), 0);
	assert_false(w.snapshot_wanted);
}

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_batch_reads_back),
	    cmocka_unit_test(the_same_batch_makes_the_same_bytes),
	    cmocka_unit_test(gzip_and_plain_are_known_by_their_first_bytes),
	    cmocka_unit_test(a_plain_body_is_left_as_it_was),
	    cmocka_unit_test(a_full_batch_fits),
	    cmocka_unit_test(a_heartbeat_is_a_batch_of_none),
	    cmocka_unit_test(encoding_refuses_what_decoding_would),
	    cmocka_unit_test(a_cut_batch_is_refused_at_every_length),
	    cmocka_unit_test(a_changed_byte_is_noticed),
	    cmocka_unit_test(bytes_after_the_end_are_refused),
	    cmocka_unit_test(a_bomb_stops_at_the_limit),
	    cmocka_unit_test(a_frame_that_asks_for_a_huge_window_is_refused),
	    cmocka_unit_test(the_header_s_count_must_be_the_number_of_lines),
	    cmocka_unit_test(the_sequence_has_no_gap_and_no_double),
	    cmocka_unit_test(a_header_that_is_not_whole_is_refused),
	    cmocka_unit_test(an_event_that_is_wrong_stands_beside_the_good_ones),
	    cmocka_unit_test(an_event_beyond_its_limit_is_wrong_alone),
	    cmocka_unit_test(an_answer_reads_back),
	    cmocka_unit_test(an_answer_that_is_nonsense_is_a_protocol_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

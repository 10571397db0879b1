#include "adapters/hl7_stream.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

/* What a stream gave, one line an item: "message 3@25 MSH|…", "stray 1@0",
 * "count BTS 2/1 9@80" … */
struct heard {
	struct buf text;
};

static int hear(void *ctx, const struct hl7_item *item, struct err *err)
{
	struct heard *h = ctx;
	(void)err;
	switch (item->kind) {
	case HL7_ITEM_MESSAGE:
		buf_addf(&h->text, "message %lu@%lu ", item->line, item->offset);
		for (size_t i = 0; i < item->bytes.n; i++)
			buf_addc(&h->text, item->bytes.p[i] == '\r' || item->bytes.p[i] == '\n'
					       ? '/'
					       : item->bytes.p[i]);
		break;
	case HL7_ITEM_STRAY: buf_addf(&h->text, "stray %lu@%lu", item->line, item->offset); break;
	case HL7_ITEM_TOO_LONG:
		buf_addf(&h->text, "too long %lu@%lu", item->line, item->offset);
		break;
	case HL7_ITEM_COUNT:
		buf_addf(&h->text, "count %s %ld/%ld %lu@%lu", item->segment, item->expected,
			 item->counted, item->line, item->offset);
		break;
	case HL7_ITEM_UNCLOSED:
		buf_addf(&h->text, "unclosed %s %lu@%lu", item->segment, item->line, item->offset);
		break;
	case HL7_ITEM_BROKEN:
	case HL7_ITEM_CUT: fail_msg("pipes know nothing of XML");
	}
	buf_addc(&h->text, '\n');
	return 0;
}

/* The file in pieces of so many bytes. */
static char *stream(struct span file, size_t piece)
{
	struct heard h = {BUF_INIT};
	struct hl7_stream s;
	hl7_stream_init(&s, (struct hl7_item_sink){&h, hear});
	while (file.n) {
		size_t n = file.n < piece ? file.n : piece;
		char *copy = malloc(n); /* so that a sanitizer sees what is kept of a piece */
		memcpy(copy, file.p, n);
		assert_int_equal(hl7_stream_feed(&s, span_of(copy, n), false, NULL), 0);
		free(copy);
		file = span_of(file.p + n, file.n - n);
	}
	assert_int_equal(hl7_stream_feed(&s, SPAN_NONE, true, NULL), 0);
	hl7_stream_done(&s);
	return buf_take(&h.text);
}

static void gives(const char *file, const char *expected)
{
	for (size_t piece = 1; piece <= 1000; piece = piece * 3 + 1) {
		char *heard = stream(span_str(file), piece);
		assert_string_equal(heard, expected);
		free(heard);
	}
}

static void cr_lf_and_crlf_end_lines_also_mixed(void **state)
{
	(void)state;
	gives("MSH|1\rPV1|1\rMSH|2\rPV1|2\r",
	      "message 1@0 MSH|1/PV1|1\nmessage 3@12 MSH|2/PV1|2\n");
	gives("MSH|1\nPV1|1\nMSH|2\n", "message 1@0 MSH|1/PV1|1\nmessage 3@12 MSH|2\n");
	gives("MSH|1\r\nPV1|1\r\nMSH|2\r\n", "message 1@0 MSH|1//PV1|1\nmessage 3@14 MSH|2\n");
	gives("MSH|1\rPV1|1\r\nMSH|2\nPV1|2",
	      "message 1@0 MSH|1/PV1|1\nmessage 3@13 MSH|2/PV1|2\n");
}

static void blank_lines_stand_between_messages_and_count_as_lines(void **state)
{
	(void)state;
	gives("\n\nMSH|1\rPV1|1\r\n\n\nMSH|2\r \t\r\rPV1|2\n\n",
	      "message 3@2 MSH|1/PV1|1\nmessage 7@17 MSH|2/ \t//PV1|2\n");
}

static void mllp_bytes_frame_messages(void **state)
{
	(void)state;
	gives("\x0BMSH|1\rPV1|1\r\x1C\r\x0BMSH|2\r\x1C\r",
	      "message 1@1 MSH|1/PV1|1\nmessage 4@16 MSH|2\n");
	gives("\x0BMSH|1\x1C\x0BMSH|2\x1C", "message 1@1 MSH|1\nmessage 1@8 MSH|2\n");
}

static void what_follows_a_block_end_belongs_to_no_message(void **state)
{
	(void)state;
	gives("MSH|1\r\x1C\rPV1|1\rMSH|2", "message 1@0 MSH|1\nstray 3@8\nmessage 4@14 MSH|2\n");
}

static void a_byte_order_mark_and_white_space_may_stand_before_a_segment(void **state)
{
	(void)state;
	gives("\xEF\xBB\xBFMSH|1\r  PV1|1\r\t MSH|2",
	      "message 1@3 MSH|1/  PV1|1\nmessage 3@19 MSH|2\n");
}

static void msh_in_lower_case_begins_a_message(void **state)
{
	(void)state;
	gives("msh|1\rpv1|1\rMsh|2", "message 1@0 msh|1/pv1|1\nmessage 3@12 Msh|2\n");
}

static void msh_begins_a_message_only_before_a_delimiter(void **state)
{
	(void)state;
	gives("MSH|1\rMSHA|2\rMSH is text\rMSH",
	      "message 1@0 MSH|1/MSHA|2/MSH is text\nmessage 4@25 MSH\n");
}

static void garbage_before_the_first_message_has_its_place(void **state)
{
	(void)state;
	gives("hello\nworld\nMSH|1", "stray 1@0\nmessage 3@12 MSH|1\n");
	gives("\nPID|1\rPV1|1", "stray 2@1\n");
}

static void an_empty_file_gives_nothing(void **state)
{
	(void)state;
	gives("", "");
	gives("\r\n\n \n\x1A", "");
}

static void an_envelope_whose_counts_agree_is_silent(void **state)
{
	(void)state;
	gives("FHS|x\rBHS|x\rMSH|1\rMSH|2\rBTS|2\rBHS|x\rMSH|3\rBTS|1\rFTS|2\r",
	      "message 3@12 MSH|1\nmessage 4@18 MSH|2\nmessage 7@36 MSH|3\n");
	gives("FHS|x\rMSH|1\rFTS|1\r", "message 2@6 MSH|1\n");
	gives("BHS|x\rBTS|0\r", "");
	gives("BHS|x\rMSH|1\rBTS\rFHS|x\rFTS|\r", "message 2@6 MSH|1\n");
	gives("BHS@x\rMSH@1\rBTS@1@comment\r", "message 2@6 MSH@1\n");
}

static void an_envelope_that_counts_otherwise_is_reported_and_its_messages_go_on(void **state)
{
	(void)state;
	gives("BHS|x\rMSH|1\rBTS|2\rMSH|2\r",
	      "message 2@6 MSH|1\ncount BTS 2/1 3@12\nmessage 4@18 MSH|2\n");
	gives("FHS|x\rBHS|x\rMSH|1\rBTS|1\rFTS|3\r", "message 3@12 MSH|1\ncount FTS 3/1 5@24\n");
	gives("BHS|x\rMSH|1\rBTS|many\r", "message 2@6 MSH|1\ncount BTS -1/1 3@12\n");
}

static void an_envelope_that_is_not_closed_may_be_a_file_that_was_cut(void **state)
{
	(void)state;
	gives("FHS|x\rBHS|x\rMSH|1\r", "message 3@12 MSH|1\nunclosed BHS 2@6\nunclosed FHS 1@0\n");
	gives("BHS|x\rMSH|1\rBHS|x\rMSH|2\rBTS|1\r",
	      "message 2@6 MSH|1\nunclosed BHS 1@0\nmessage 4@18 MSH|2\n");
	gives("FHS|x\rBHS|x\rMSH|1\rFTS|1\r", "message 3@12 MSH|1\nunclosed BHS 2@6\n");
}

static void segments_in_an_envelope_without_a_message_are_stray(void **state)
{
	(void)state;
	gives("BHS|x\rPID|1\rPV1|1\rBTS|1\r", "stray 2@6\ncount BTS 1/0 4@18\n");
}

static void long_file(struct buf *b, size_t length)
{
	buf_adds(b, "MSH|1\rOBX|");
	size_t n = length - b->n;
	memset(buf_reserve(b, n), 'x', n);
	b->n += n;
	buf_adds(b, "\rMSH|2\r");
}

static void a_message_of_the_longest_length_is_whole(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	long_file(&b, ADAPTER_RECORD_MAX);
	char *heard = stream(buf_span(&b), 10007);
	assert_int_equal(strncmp(heard, "message 1@0 MSH|1/OBX|xx", 24), 0);
	assert_non_null(strstr(heard, "x\nmessage 3@1048577 MSH|2\n"));
	free(heard);
	buf_done(&b);
}

static void a_longer_one_is_passed_over_and_the_next_is_read(void **state)
{
	(void)state;
	for (size_t more = 1; more < 4000000; more = more * 20 + 1) {
		struct buf b = BUF_INIT;
		char expected[100];
		long_file(&b, ADAPTER_RECORD_MAX + more);
		(void)snprintf(expected, sizeof(expected), "too long 1@0\nmessage 3@%zu MSH|2\n",
			       b.n - 6);
		for (size_t piece = 9973; piece < 5000000; piece *= 20) {
			char *heard = stream(buf_span(&b), piece);
			assert_string_equal(heard, expected);
			free(heard);
		}
		buf_done(&b);
	}
}

static void garbage_without_an_end_is_one_record_and_is_not_kept(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	memset(buf_reserve(&b, 5000000), 'x', 5000000);
	b.n = 5000000;
	buf_adds(&b, "\rMSH|1");
	char *heard = stream(buf_span(&b), 65536);
	assert_string_equal(heard, "stray 1@0\nmessage 2@5000001 MSH|1\n");
	free(heard);
	buf_done(&b);
}

static void a_long_message_does_not_hide_the_one_before_it(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	buf_adds(&b, "MSH|0\rMSH|1");
	memset(buf_reserve(&b, 3000000), 'x', 3000000);
	b.n += 3000000;
	char *heard = stream(buf_span(&b), 65536);
	assert_string_equal(heard, "message 1@0 MSH|0\ntoo long 2@6\n");
	free(heard);
	buf_done(&b);
}

static int refuse(void *ctx, const struct hl7_item *item, struct err *err)
{
	(void)ctx;
	(void)item;
	return err_set(err, ERR_FULL, "no");
}

static void a_sink_that_fails_ends_the_feed(void **state)
{
	struct hl7_stream s;
	(void)state;
	hl7_stream_init(&s, (struct hl7_item_sink){NULL, refuse});
	assert_int_equal(hl7_stream_feed(&s, SPAN("MSH|1\rMSH|2\r"), false, NULL), -ERR_FULL);
	hl7_stream_done(&s);
}

/* Messages shorter and longer than the slices that are looked at, cut anywhere. */
static void a_large_file_says_the_same_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = {4095, 4096, 5000, 65535, 65536, 70001, 200000};
	_cleanup_(buf_done) struct buf file = BUF_INIT;

	(void)state;
	for (int i = 0; i < 120; i++) {
		buf_addf(&file, "MSH|^~\\&|%d\rPV1|1\r", i);
		for (int k = 0; k < i * i * (i % 9 == 0) + i; k++)
			buf_addf(&file, "ZZZ|%d|%d%s", i, k, k % 3 ? "\r" : "\r\n");
		buf_adds(&file, i % 7 ? "\n" : "\x1C\rNTE|1\r");
	}
	char *whole = stream(buf_span(&file), file.n);
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		char *heard = stream(buf_span(&file), pieces[i]);
		assert_string_equal(heard, whole);
		free(heard);
	}
	char *bytewise = stream(buf_span(&file), 1);
	assert_string_equal(bytewise, whole);
	free(bytewise);
	free(whole);
	assert_true(file.n > 300000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cr_lf_and_crlf_end_lines_also_mixed),
	    cmocka_unit_test(blank_lines_stand_between_messages_and_count_as_lines),
	    cmocka_unit_test(mllp_bytes_frame_messages),
	    cmocka_unit_test(what_follows_a_block_end_belongs_to_no_message),
	    cmocka_unit_test(a_byte_order_mark_and_white_space_may_stand_before_a_segment),
	    cmocka_unit_test(msh_in_lower_case_begins_a_message),
	    cmocka_unit_test(msh_begins_a_message_only_before_a_delimiter),
	    cmocka_unit_test(garbage_before_the_first_message_has_its_place),
	    cmocka_unit_test(an_empty_file_gives_nothing),
	    cmocka_unit_test(an_envelope_whose_counts_agree_is_silent),
	    cmocka_unit_test(an_envelope_that_counts_otherwise_is_reported_and_its_messages_go_on),
	    cmocka_unit_test(an_envelope_that_is_not_closed_may_be_a_file_that_was_cut),
	    cmocka_unit_test(segments_in_an_envelope_without_a_message_are_stray),
	    cmocka_unit_test(a_message_of_the_longest_length_is_whole),
	    cmocka_unit_test(a_longer_one_is_passed_over_and_the_next_is_read),
	    cmocka_unit_test(garbage_without_an_end_is_one_record_and_is_not_kept),
	    cmocka_unit_test(a_long_message_does_not_hide_the_one_before_it),
	    cmocka_unit_test(a_sink_that_fails_ends_the_feed),
	    cmocka_unit_test(a_large_file_says_the_same_in_pieces_of_any_size),
	};
	return cmocka_run_group_tests_name("hl7_stream", tests, NULL, NULL);
}

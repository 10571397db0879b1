/* A cancel that comes before what it cancels. */
#include "tests/unit/adapters/harness.h"

static const char YAML[] = "adapter: t\nformat: hl7\n";

/* One message of visit V: PV1-3 and PV1-42 are bed, PV1-6 is W^1^A where it is a transfer. */
static void add(struct buf *b, const char *trigger, int minute, const char *bed)
{
	bool moves = strcmp(trigger, "A02") == 0 || strcmp(trigger, "A10") == 0;
	buf_addf(b,
		 "MSH|^~\\&|E|H|||2026010112%02dZ||ADT^%s|%s%zu|P|2.5\rEVN||2026010112%02d+0000\r"
		 "PV1|1|I|%s|||%s|||||||||||||V|||||||||||||||||||||||%s\r",
		 minute, trigger, trigger, b->n, minute, bed, moves ? "W^1^A" : "", bed);
}

/* The events as "bed status", one a line, and how often a message was found to be cancelled. */
static char *read_all(struct buf *b, const char *note)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(YAML);
	struct told t = {.memory = memory_table_new(NULL)};
	struct buf out = BUF_INIT;
	struct span rest, line, part[5];
	assert_int_equal(run_pieces(a, buf_span(b), SIZE_MAX, &t), 0);
	rest = span_str(told_text(&t));
	while (rest.n && span_cut(&rest, '\n', &line)) {
		for (size_t i = 0; i < ARRAY_LEN(part); i++)
			(void)span_cut(&line, ' ', &part[i]);
		buf_addf(&out, SPAN_FMT " " SPAN_FMT "\n", SPAN_ARG(part[1]), SPAN_ARG(part[4]));
	}
	if (note && !strstr(t.messages.p, note))
		fail_msg("\"%s\" is not in %s", note, t.messages.p);
	if (!note && strstr(t.messages.p, "cancelled before"))
		fail_msg("a message was stopped: %s", t.messages.p);
	memory_table_free(t.memory);
	told_done(&t);
	buf_done(b);
	return buf_take(&out);
}

static const char *const pairs[][2] = {
    {"A01", "A11"}, {"A02", "A12"}, {"A03", "A13"}, {"A15", "A26"}, {"A14", "A27"},
    {"A10", "A32"}, {"A09", "A33"}, {"A05", "A38"}, {"A21", "A52"}, {"A22", "A53"}};

static void what_was_cancelled_before_it_came_changes_no_bed(_unused_ void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct buf alone = BUF_INIT, both = BUF_INIT;
		add(&alone, pairs[i][1], 30, "W^1^B");
		add(&both, pairs[i][1], 30, "W^1^B");
		add(&both, pairs[i][0], 10, "W^1^B");
		char *one = read_all(&alone, NULL),
		     *two = read_all(&both, "note 1 messages that were cancelled before they came");
		assert_string_equal(two, one);
		free(one);
		free(two);
	}
}

static void a_cancel_that_names_no_bed_leaves_one_too(_unused_ void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct buf b = BUF_INIT;
		add(&b, pairs[i][1], 30, "");
		add(&b, pairs[i][0], 10, "W^1^B");
		char *lines = read_all(&b, "note 1 messages that were cancelled before they came");
		assert_string_equal(lines, "");
		free(lines);
	}
}

static void what_comes_after_the_cancel_by_its_own_time_is_read(_unused_ void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct buf b = BUF_INIT;
		add(&b, pairs[i][1], 10, "");
		add(&b, pairs[i][0], 30, "W^1^B");
		char *lines = read_all(&b, NULL);
		assert_non_null(strstr(lines, "bed_w_1_b"));
		free(lines);
	}
}

static void a_cancel_that_found_what_it_cancels_leaves_none(_unused_ void **state)
{
	struct buf b = BUF_INIT;
	add(&b, "A01", 10, "W^1^B");
	add(&b, "A11", 10, "W^1^B");
	add(&b, "A01", 10, "W^1^C"); /* admitted anew within the same minute */
	char *lines = read_all(&b, NULL);
	assert_string_equal(lines, "bed_w_1_b ->occupied\nbed_w_1_b ->available\n"
				   "bed_w_1_c ->occupied\n");
	free(lines);
}

static void another_message_between_does_not_disturb(_unused_ void **state)
{
	struct buf b = BUF_INIT;
	add(&b, "A12", 30, "W^1^A"); /* back in A, it says; the admission and the transfer follow */
	add(&b, "A01", 5, "W^1^A");
	add(&b, "A02", 10, "W^1^B");
	char *lines = read_all(&b, "note 1 messages that were cancelled before they came");
	assert_string_equal(lines, "bed_w_1_a ->occupied\nbed_w_1_a ->occupied\n");
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_cancelled_before_it_came_changes_no_bed),
	    cmocka_unit_test(a_cancel_that_names_no_bed_leaves_one_too),
	    cmocka_unit_test(what_comes_after_the_cancel_by_its_own_time_is_read),
	    cmocka_unit_test(a_cancel_that_found_what_it_cancels_leaves_none),
	    cmocka_unit_test(another_message_between_does_not_disturb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

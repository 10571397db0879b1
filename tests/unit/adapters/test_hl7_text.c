#include "adapters/hl7_text.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

struct fixture {
	struct hl7_message m;
	struct arena a;
};

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){.m = HL7_MESSAGE_INIT};
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	hl7_message_done(&f->m);
	arena_done(&f->a);
	return 0;
}

static void parse(struct fixture *f, const char *text)
{
	struct err err = {0};
	if (hl7_parse(&f->m, span_str(text), &err) < 0)
		fail_msg("%s", err.message);
}

static struct span get(struct fixture *f, const char *reference)
{
	struct field_ref ref = {0};
	struct err err = {0};
	if (hl7_ref_parse(span_str(reference), &ref, &err) < 0)
		fail_msg("%s", err.message);
	return hl7_get(&f->m, &ref, 0, &f->a);
}

static void assert_text(struct span s, const char *expected)
{
	assert_non_null(s.p);
	assert_int_equal(s.n, strlen(expected));
	assert_memory_equal(s.p, expected, s.n);
}

static void refused(const char *text, const char *because)
{
	struct hl7_message m = HL7_MESSAGE_INIT;
	struct err err = {0};
	assert_int_equal(hl7_parse(&m, span_str(text), &err), -ERR_INVALID);
	if (!strstr(err.message, because))
		fail_msg("\"%s\" does not say \"%s\"", err.message, because);
	hl7_message_done(&m);
}

#define MSH "MSH|^~\\&|EHR|HOME|||20260420||ADT^A01^ADT_A01|7|P|2.5\r"

static void msh_counts_its_own_separator_as_field_1(void **state)
{
	parse(*state, MSH);
	assert_text(get(*state, "MSH-1"), "|");
	assert_text(get(*state, "MSH-2"), "^~\\&");
	assert_text(get(*state, "MSH-3"), "EHR");
	assert_text(get(*state, "MSH-9.2"), "A01");
	assert_text(get(*state, "MSH-12"), "2.5");
	assert_null(get(*state, "MSH-13").p);
}

static void any_delimiters_that_are_told_apart_will_do(void **state)
{
	parse(*state, "MSH@~&#\\@EHR@@@@@@ADT~A01\rPV1@1@I@W~1\\2~3&X~4");
	assert_text(get(*state, "MSH-9.2"), "A01");
	assert_text(get(*state, "PV1-3.2.2"), "2");
	assert_text(get(*state, "PV1-3[2].2"), "4");
}

static void the_truncation_character_of_v27_is_no_subcomponent_separator(void **state)
{
	parse(*state, "MSH|^~\\&#|EHR\rPV1|1|I|a&b#c");
	assert_text(get(*state, "PV1-3.1.2"), "b#c");
}

static void a_doubled_escape_character_in_msh2_is_one(void **state)
{
	parse(*state, "MSH|^~\\\\&|EHR\rPV1|1|I|a&b\\S\\c");
	assert_text(get(*state, "PV1-3.1.2"), "b^c");
}

static void msh2_may_be_short_and_the_rest_is_then_plain_text(void **state)
{
	parse(*state, "MSH|^|EHR\rPV1|1|I|a^b~c&d\\F\\");
	assert_text(get(*state, "PV1-3.2"), "b~c&d\\F\\");
}

static void delimiters_that_are_missing_or_ambiguous_are_named(void **state)
{
	(void)state;
	refused("MSH", "MSH-1 is missing");
	refused("MSHA^~\\&", "MSH-1 is missing");
	refused("MSH||EHR", "MSH-2 is empty");
	refused("MSH|\rPV1|1", "MSH-2 is empty");
	refused("MSH|^~\\&#%|EHR", "6 characters");
	refused("MSH|^^\\&|EHR", "character 2");
	refused("MSH|^~\\A|EHR", "character 4");
	refused("MSH|^~\\ |EHR", "character 4");
	refused("PID|1", "does not begin with MSH");
	refused("", "does not begin with MSH");
}

static void segments_end_with_cr_lf_or_crlf_also_mixed(void **state)
{
	parse(*state, "MSH|^~\\&|EHR\nEVN|A01|2\r\nPV1|1|I\r\rZZZ|1\n\n");
	struct fixture *f = *state;
	assert_int_equal(f->m.n_segments, 4);
	assert_text(get(f, "MSH-3"), "EHR");
	assert_text(get(f, "EVN-2"), "2");
	assert_text(get(f, "PV1-2"), "I");
	assert_text(get(f, "ZZZ-1"), "1");
}

static void segment_ids_in_lower_case_are_the_same(void **state)
{
	parse(*state, "msh|^~\\&|EHR\rpv1|1|I");
	assert_text(get(*state, "PV1-2"), "I");
	assert_text(get(*state, "msh-3"), "EHR");
}

static void a_line_that_is_no_segment_belongs_to_the_one_before(void **state)
{
	parse(*state, MSH "OBX|1|TX|first\nsecond line|after\rPV1|1|I");
	struct fixture *f = *state;
	assert_int_equal(f->m.joined_lines, 1);
	assert_text(get(f, "OBX-3"), "first\nsecond line");
	assert_text(get(f, "OBX-4"), "after");
	assert_text(get(f, "PV1-2"), "I");
}

static void absent_differs_from_empty(void **state)
{
	parse(*state, MSH "PV1|1||a^^c\r");
	assert_null(get(*state, "EVN-1").p);
	assert_null(get(*state, "PV1-4").p);
	assert_null(get(*state, "PV1-3[2]").p);
	assert_null(get(*state, "PV1-3.4").p);
	assert_null(get(*state, "PV1-3.1.2").p);
	assert_text(get(*state, "PV1-2"), "");
	assert_text(get(*state, "PV1-3.2"), "");
}

static void null_is_told_apart_from_empty(void **state)
{
	struct fixture *f = *state;
	parse(f, MSH "PV1|1|\"\"||\"");
	size_t pv1 = (size_t)hl7_find(&f->m, "PV1", 0);
	assert_true(hl7_is_null(hl7_field(&f->m, pv1, 2)));
	assert_false(hl7_is_null(hl7_field(&f->m, pv1, 3)));
	assert_false(hl7_is_null(hl7_field(&f->m, pv1, 4)));
	assert_text(get(f, "PV1-2"), "");
}

static void repetitions_components_and_subcomponents(void **state)
{
	parse(*state, MSH "PV1|1|I|W^1^A&b~V^2^C&d&e");
	assert_text(get(*state, "PV1-3"), "W^1^A&b");
	assert_text(get(*state, "PV1-3.1"), "W");
	assert_text(get(*state, "PV1-3[2]"), "V^2^C&d&e");
	assert_text(get(*state, "PV1-3[2].3.3"), "e");
	assert_text(get(*state, "PV1.3[2].1.1"), "V");
}

static void white_space_around_a_value_is_not_part_of_it(void **state)
{
	parse(*state, MSH "PV1|1|  I |  W 1 ^");
	assert_text(get(*state, "PV1-2"), "I");
	assert_text(get(*state, "PV1-3.1"), "W 1");
}

static void escapes(void **state)
{
	static const struct {
		const char *written, *read;
	} cases[] = {
	    {"a\\F\\b", "a|b"},
	    {"a\\S\\b", "a^b"},
	    {"a\\T\\b", "a&b"},
	    {"a\\R\\b", "a~b"},
	    {"a\\E\\b", "a\\b"},
	    {"\\E\\F\\E\\", "\\F\\"},
	    {"\\X41\\\\X42\\", "AB"},
	    {"\\XC3A5\\", "\xC3\xA5"},
	    {"\\XE5\\", "\xC3\xA5"},
	    {"\\XZZ\\", "\\XZZ\\"},
	    {"\\X4\\", "\\X4\\"},
	    {"\\X00\\", "\\X00\\"},
	    {"a\\.br\\b", "a\nb"},
	    {"a\\.sp+2\\b", "a\nb"},
	    {"\\H\\loud\\N\\", "loud"},
	    {"\\Z99\\", "\\Z99\\"},
	    {"\\C2842\\", "\\C2842\\"},
	    {"c:\\dir", "c:\\dir"},
	    {"c:\\dir\\F\\x", "c:\\dir|x"},
	    {"open\\", "open\\"},
	    {"\\\\", "\\\\"},
	};
	struct fixture *f = *state;
	parse(f, MSH);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_text(hl7_decode(&f->m, span_str(cases[i].written), &f->a), cases[i].read);
}

static void text_without_escapes_is_not_copied(void **state)
{
	struct fixture *f = *state;
	parse(f, MSH);
	struct span raw = SPAN("plain");
	assert_ptr_equal(hl7_decode(&f->m, raw, &f->a).p, raw.p);
	assert_int_equal(f->a.total, 0);
}

static void the_second_patient_of_a_swap_has_segments_of_their_own(void **state)
{
	struct fixture *f = *state;
	parse(f, MSH "EVN|A17|2\rPID|1\rPV1|1|I|A\rPID|2\rPV1|1|I|B\r");
	assert_int_equal(hl7_find(&f->m, "PV1", 0), 3);
	assert_int_equal(hl7_find(&f->m, "PV1", 1), 5);
	assert_int_equal(hl7_find(&f->m, "EVN", 1), 1);
	parse(f, MSH "PID|1\rPV1|1|I|A\r");
	assert_int_equal(hl7_find(&f->m, "PV1", 1), -1);
}

static void more_segments_than_the_limit_are_refused(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT;
	struct err err = {0};
	buf_adds(&b, MSH);
	for (int i = 1; i < HL7_SEGMENTS_MAX; i++)
		buf_adds(&b, "NTE|1\r");
	assert_int_equal(hl7_parse(&f->m, buf_span(&b), &err), 0);
	assert_int_equal(f->m.n_segments, HL7_SEGMENTS_MAX);
	buf_adds(&b, "NTE|1\r");
	assert_int_equal(hl7_parse(&f->m, buf_span(&b), &err), -ERR_LIMIT);
	buf_done(&b);
}

static void a_field_longer_than_the_limit_is_not_read_and_said_so(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT;
	struct err err = {0};
	buf_adds(&b, MSH "PV1|1|");
	memset(buf_reserve(&b, HL7_FIELD_MAX + 1), 'x', HL7_FIELD_MAX + 1);
	b.n += HL7_FIELD_MAX;
	buf_adds(&b, "|W");
	assert_int_equal(hl7_parse(&f->m, buf_span(&b), &err), 0);
	assert_int_equal(get(f, "PV1-2").n, HL7_FIELD_MAX);
	assert_false(f->m.too_long);
	buf_clear(&b);
	buf_adds(&b, MSH "PV1|1|");
	memset(buf_reserve(&b, HL7_FIELD_MAX + 1), 'x', HL7_FIELD_MAX + 1);
	b.n += HL7_FIELD_MAX + 1;
	buf_adds(&b, "|W");
	assert_int_equal(hl7_parse(&f->m, buf_span(&b), &err), 0);
	assert_text(get(f, "PV1-3"), "W");
	assert_false(f->m.too_long);
	assert_null(get(f, "PV1-2").p);
	assert_true(f->m.too_long);
	buf_done(&b);
}

static void a_reference_says_segment_field_repetition_component_subcomponent(void **state)
{
	struct field_ref r = {0};
	(void)state;
	assert_int_equal(hl7_ref_parse(SPAN("PV1-3[2].1.4"), &r, NULL), 0);
	assert_string_equal(r.hl7.segment, "PV1");
	assert_int_equal(r.hl7.field, 3);
	assert_int_equal(r.hl7.repetition, 2);
	assert_int_equal(r.hl7.component, 1);
	assert_int_equal(r.hl7.subcomponent, 4);
	assert_int_equal(hl7_ref_parse(SPAN("pl.4.1"), &r, NULL), 0);
	assert_string_equal(r.hl7.segment, "PL");
	assert_int_equal(r.hl7.field, 0);
	assert_int_equal(r.hl7.component, 4);
	assert_int_equal(r.hl7.subcomponent, 1);
	assert_int_equal(hl7_ref_parse(SPAN(" ZBE-2 "), &r, NULL), 0);
	assert_string_equal(r.hl7.segment, "ZBE");
}

static void what_is_no_reference_is_refused(void **state)
{
	static const char *const cases[] = {
	    "",	     "PV1",	 "PV1-",	"PV1-0",    "PV-3",    "PV1-3.", "PL",
	    "PL.",   "PL.0",	 "PV12-3",	"PV1-3[0]", "PV1-3[2", "PV13",	 "PV1-3.x",
	    "1V1-3", "PV1-1000", "PV1-3.1.1.1", "PL.1.1.1", "STATUS",  "PV1 -3", "PV1-3.1[2]"};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct field_ref r = {0};
		if (hl7_ref_parse(span_str(cases[i]), &r, NULL) != -ERR_INVALID)
			fail_msg("\"%s\" was accepted", cases[i]);
	}
}

/* The nth part (1-based) as a plain walk finds it. */
static struct span split(struct span s, char separator, unsigned n)
{
	struct span part = SPAN_NONE;
	for (unsigned i = 0; i < n; i++)
		if (!span_cut(&s, separator, &part))
			return SPAN_NONE;
	return part;
}

static void assert_same(struct span found, struct span expected)
{
	assert_true(!found.p == !expected.p);
	assert_true(span_eq(found, expected));
}

/* Messages of all lengths, so that steps of many bytes end within fields
 * and at the message's end. */
static void parts_are_those_that_a_plain_split_finds(void **state)
{
	struct fixture *f = *state;
	static const char alphabet[] = "||^^~&abcdef";
	uint32_t seed = 1;
	for (size_t n = 0; n < 300; n++) {
		char text[400] = "MSH|^~\\&|A\rPV1|";
		size_t head = strlen(text);
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			text[head + i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		parse(f, text);
		struct span rest = span_of(text + head, n);
		for (unsigned field = 1; field < 40; field++) {
			struct span whole = hl7_field(&f->m, 1, field);
			assert_same(whole, split(rest, '|', field));
			for (unsigned part = 1; whole.p && part < 6; part++) {
				struct span first = split(whole, '~', 1);
				assert_same(hl7_part(&f->m, whole, 0, part, 0),
					    split(first, '^', part));
				assert_same(hl7_part(&f->m, whole, part, 1, 0),
					    split(split(whole, '~', part), '^', 1));
			}
		}
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(msh_counts_its_own_separator_as_field_1),
	    T(any_delimiters_that_are_told_apart_will_do),
	    T(the_truncation_character_of_v27_is_no_subcomponent_separator),
	    T(a_doubled_escape_character_in_msh2_is_one),
	    T(msh2_may_be_short_and_the_rest_is_then_plain_text),
	    T(delimiters_that_are_missing_or_ambiguous_are_named),
	    T(segments_end_with_cr_lf_or_crlf_also_mixed),
	    T(segment_ids_in_lower_case_are_the_same),
	    T(a_line_that_is_no_segment_belongs_to_the_one_before),
	    T(absent_differs_from_empty),
	    T(null_is_told_apart_from_empty),
	    T(repetitions_components_and_subcomponents),
	    T(parts_are_those_that_a_plain_split_finds),
	    T(white_space_around_a_value_is_not_part_of_it),
	    T(escapes),
	    T(text_without_escapes_is_not_copied),
	    T(the_second_patient_of_a_swap_has_segments_of_their_own),
	    T(more_segments_than_the_limit_are_refused),
	    T(a_field_longer_than_the_limit_is_not_read_and_said_so),
	    T(a_reference_says_segment_field_repetition_component_subcomponent),
	    T(what_is_no_reference_is_refused),
	};
	return cmocka_run_group_tests_name("hl7_text", tests, NULL, NULL);
}

/* Acknowledgements: of which message, in which words of its version,
 * and what is never said back. */
#include "tests/unit/adapters/harness.h"

#include "adapters/hl7_ack.h"
#include "adapters/hl7_control_id.h"

#define YAML "adapter: t\nformat: hl7\nmatch: \"*\"\nzone: UTC\n"
#define MSH(id, version, more)                                                                     \
	"MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|" id "|P|" version more "\r"
#define GOOD		 "EVN|A01|20260101120000|||nurse\rPV1|1|I|W^1^B\r"
#define BAD		 "EVN|A20|20260101120000\rNPU|W^1^B|?\r"
#define A20(id, version) "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A20|" id "|P|" version "\r" BAD

struct acks {
	struct buf lines;
};

static int keep(void *ctx, struct span line, struct err *err)
{
	(void)err;
	buf_add(&((struct acks *)ctx)->lines, line);
	return 0;
}

static int no_events(void *ctx, const struct event *e, size_t n, struct err *err)
{
	(void)ctx, (void)e, (void)n, (void)err;
	return 0;
}

/* What a file is answered with, CR as newline. rejected: as in struct hl7_ack_file. */
static char *answer(struct span file, const char *rejected)
{
	struct acks kept = {0};
	struct buf out = BUF_INIT;
	struct adapter *a;
	struct adapter_run *run;
	struct err err;
	const struct adapter_acks acks = {&kept, keep};
	const struct adapter_sink sink = {.events = no_events};
	const struct adapter_input input = {
	    .facility = "fac_t", .file = digest_of(file), .file_time = 0, .acks = &acks};
	const struct hl7_ack_file of = {.facility = "fac_t",
					.digest = digest_of(SPAN("x")),
					.taken = (usec_t)1776676462 * USEC_PER_SEC,
					.rejected = rejected};

	assert_int_equal(adapter_parse("t", SPAN(YAML), &a, NULL, &err), 0);
	assert_int_equal(adapter_run_new(a, &input, &sink, NULL, &run, &err), 0);
	assert_int_equal(adapter_run_feed(run, file, true, &err), 0);
	struct span rest = buf_span(&kept.lines), line;
	while (rest.n > 0 && span_cut(&rest, '\n', &line) && line.n > 0) {
		struct hl7_ack ack;
		assert_int_equal(hl7_ack_from_line(line, &ack, &err), 0);
		hl7_ack_write(&ack, &of, &out);
	}
	for (size_t i = 0; i < out.n; i++)
		if (out.p[i] == '\r')
			out.p[i] = '\n';
	adapter_run_free(run);
	adapter_free(a);
	buf_done(&kept.lines);
	return buf_take(&out);
}

#define FILE_OF(text) span_of("" text, sizeof(text) - 1)

static void each_message_is_answered_in_the_words_of_its_version(void **state)
{
	(void)state;
	char id[16], text[2048];
	char hex[DIGEST_HEX + 1];
	struct digest d = digest_of(SPAN("x"));
	(void)snprintf(id, sizeof(id), "%.9s", digest_hex(&d, hex));
	(void)snprintf(
	    text, sizeof(text),
	    "MSH|^~\\&|BEDPOST|fac_t|||20260420091422+0000||ACK^A01^ACK|%s.1|P|2.5\nMSA|AA|M1\n"
	    "MSH|^~\\&|BEDPOST|fac_t|||20260420091422+0000||ACK^A20^ACK|%s.2|P|2.7\nMSA|AE|M2\n"
	    "ERR||NPU^1^2|103^Table value not found^HL70357|E|unmapped^^L|||",
	    id, id);
	_cleanup_(freep) char *said =
	    answer(FILE_OF(MSH("M1", "2.5", "") GOOD A20("M2", "2.7")), NULL);
	assert_int_equal(strncmp(said, text, strlen(text)), 0);
	_cleanup_(freep) char *old = answer(FILE_OF(A20("M3", "2.3")), NULL);
	assert_non_null(strstr(old, "||ACK|"));
	assert_non_null(strstr(old, "\nMSA|AE|M3|"));
	assert_non_null(strstr(old, "\nERR|NPU^1^2^103&Table value not found&HL70357\n"));
}

static void what_cannot_be_read_is_refused_if_it_has_a_header(void **state)
{
	(void)state;
	_cleanup_(freep) char *said =
	    answer(FILE_OF("garbage\rMSH|^^\\&|EHR\rPV1|1\r" MSH("M1", "2.5", "") GOOD), NULL);
	assert_null(strstr(said, "AR"));
	assert_non_null(strstr(said, "\nMSA|AA|M1\n"));
	struct buf b = BUF_INIT;
	buf_adds(&b, MSH("M9", "2.5", ""));
	for (int i = 0; i < HL7_SEGMENTS_MAX + 5; i++)
		buf_adds(&b, "ZZ1|1\r");
	_cleanup_(freep) char *many = answer(buf_span(&b), NULL);
	assert_non_null(strstr(many, "\nMSA|AR|M9\n"));
	assert_non_null(strstr(many, "\nERR|||207^Application internal error^HL70357|E|"));
	buf_done(&b);
}

static void a_file_that_is_rejected_whole_takes_every_acceptance_back(void **state)
{
	(void)state;
	_cleanup_(freep) char *said =
	    answer(FILE_OF(MSH("M1", "2.5", "") GOOD A20("M2", "2.5")), "too_many_bad");
	assert_null(strstr(said, "MSA|AA"));
	assert_non_null(strstr(said, "\nMSA|AR|M1\nERR|||207^Application internal "
				     "error^HL70357|E|too_many_bad^^L|||the file was rejected"));
	assert_non_null(strstr(said, "\nMSA|AR|M2\nERR||NPU^1^2|103^"));
}

static void the_enhanced_mode_says_who_wants_an_answer(void **state)
{
	static const struct {
		const char *accept, *application, *good, *bad;
	} cases[] = {
	    {"", "", "AA", "AE"},     {"AL", "AL", "AA", "AE"}, {"AL", "NE", "CA", "CE"},
	    {"NE", "NE", "", ""},     {"NE", "ER", "", "AE"},	{"NE", "SU", "AA", ""},
	    {"AL", "ER", "CA", "AE"}, {"AL", "", "CA", "CE"},	{"", "AL", "AA", "AE"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf file = BUF_INIT;
		char good[16], bad[16];
		for (int k = 0; k < 2; k++)
			buf_addf(
			    &file,
			    "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^%s|M%d|P|2.5|||%s|%s\r%s",
			    k ? "A20" : "A01", k, cases[i].accept, cases[i].application,
			    k ? BAD : GOOD);
		_cleanup_(freep) char *said = answer(buf_span(&file), NULL);
		(void)snprintf(good, sizeof(good), "MSA|%s|M0", cases[i].good);
		(void)snprintf(bad, sizeof(bad), "MSA|%s|M1", cases[i].bad);
		assert_int_equal(strstr(said, cases[i].good[0] ? good : "|M0") != NULL,
				 cases[i].good[0] != 0);
		assert_int_equal(strstr(said, cases[i].bad[0] ? bad : "|M1") != NULL,
				 cases[i].bad[0] != 0);
		buf_done(&file);
	}
}

static void nothing_of_the_message_but_a_harmless_control_id_is_said_back(void **state)
{
	(void)state;
	_cleanup_(freep) char *said = answer(
	    FILE_OF(
		"MSH|^~\\&|KARI|NORDMANN|OLA|KARI|20260101120000|SECRET|ADT^A20^KARI|"
		"31129956715|KARI|KARI|||KARI|||KARI\rEVN|A20|20260101\rNPU|KARI^1^B|NORDMANN\r"),
	    NULL);
	static const char *const never[] = {"KARI", "NORDMANN", "OLA", "SECRET", "31129956715"};
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		assert_null(strstr(said, never[i]));
	assert_non_null(strstr(said, "\nMSA|AE|withheld-"));
}

static void control_ids_that_count_or_tell_a_time_are_harmless(void **state)
{
	static const char *const safe[] = {"1",
					   "M1",
					   "MSG00001",
					   "12345",
					   "8451203",
					   "20260420091422",
					   "20260420091422001",
					   "ADT-20260420-1",
					   "Q335939501T337311002",
					   "SIMHOSP-12",
					   "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
					   "MSGID12349876",
					   "HL7.2026.000017",
					   "0000012345",
					   "CTRL_99",
					   "9999999999"};
	static const char *const unsafe[] = {"",
					     "31129956715",
					     "P31129956715",
					     "311299-56715",
					     "MSG311299567150001",
					     "KARI",
					     "nordmann1",
					     "19400101",
					     "19400101-1234",
					     "010140 12345",
					     "010140-123A",
					     "01011940",
					     "4001011234",
					     "A^B",
					     "Kari/1",
					     "MSG-1940.01.01",
					     "ABC-DEF-GHI-1",
					     "æ1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(safe); i++)
		if (!hl7_control_id_is_safe(span_str(safe[i])))
			fail_msg("%s is withheld", safe[i]);
	for (size_t i = 0; i < ARRAY_LEN(unsafe); i++)
		if (hl7_control_id_is_safe(span_str(unsafe[i])))
			fail_msg("%s is said back", unsafe[i]);
}

int main(void)
{
	digest_setup();
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_message_is_answered_in_the_words_of_its_version),
	    cmocka_unit_test(what_cannot_be_read_is_refused_if_it_has_a_header),
	    cmocka_unit_test(a_file_that_is_rejected_whole_takes_every_acceptance_back),
	    cmocka_unit_test(the_enhanced_mode_says_who_wants_an_answer),
	    cmocka_unit_test(nothing_of_the_message_but_a_harmless_control_id_is_said_back),
	    cmocka_unit_test(control_ids_that_count_or_tell_a_time_are_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

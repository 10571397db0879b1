/* From file to file: messages that come again, identities that are reused, visits. */
#include "tests/unit/adapters/hl7_files.h"

static void runs(const char *const *files, size_t n, const char *lines, const char *said)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(YAML);
	_cleanup_(memory_table_freep) struct memory_table *memory = memory_table_new(NULL);
	struct told t = {.memory = memory};
	for (size_t i = 0; i < n; i++)
		if (run_pieces(a, span_str(files[i]), SIZE_MAX, &t) < 0)
			fail_msg("%s", t.messages.p);
	assert_string_equal(told_text(&t), lines);
	if (!strstr(t.messages.p, said))
		fail_msg("\"%s\" is not in: %s", said, t.messages.p);
	told_done(&t);
}

static void the_same_message_again_makes_nothing(void **state)
{
	static const char *const files[] = {
	    A01, "\n" MSH("7", "") "EVN|A01|20260101120000|||nurse \n\nPV1|1|I|W^1^B"};
	(void)state;
	runs(files, 2, A01_LINE, "records 1 events 0 bad 0 warnings 0");
}

static void another_message_with_the_same_id_is_read_and_flagged(void **state)
{
	static const char *const files[] = {A01,
					    MSH("7", "") "EVN|A01|20260101120000\rPV1|1|I|W^1^C\r"};
	(void)state;
	runs(files, 2,
	     A01_LINE "1.0 bed_w_1_c w - ->occupied - 2026-01-01T11:00:00Z admit EVN-2\n"
		      "warning 1 line 1 at 0 MSH-10 mixed message_id_reused\n",
	     "both were read");
}

static void messages_that_share_an_id_are_each_read_once(void **state)
{
	static const char *const files[] = {A01,
					    MSH("7", "") "PV1|1|I|W^1^C\r",
					    MSH("7", "") "PV1|1|I|W^1^D\r",
					    MSH("7", "") "PV1|1|I|W^1^C\r",
					    A01,
					    MSH("7", "") "PV1|1|I|W^1^D\r"};
	(void)state;
	runs(files, 6,
	     A01_LINE "1.0 bed_w_1_c w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n"
		      "warning 1 line 1 at 0 MSH-10 mixed message_id_reused\n"
		      "1.0 bed_w_1_d w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n"
		      "warning 1 line 1 at 0 MSH-10 mixed message_id_reused\n",
	     "records 1 events 0 bad 0 warnings 0");
}

static void a_message_without_an_id_is_always_new(void **state)
{
	static const char *const files[] = {
	    MSH("", "") "EVN|A01|20260101120000|||nurse\rPV1|1|I|W^1^B\r",
	    MSH("", "") "EVN|A01|20260101120000|||nurse\rPV1|1|I|W^1^B\r"};
	(void)state;
	runs(files, 2, A01_LINE A01_LINE, "records 1 events 1");
}

static void a_bad_message_can_be_read_again(void **state)
{
	static const char *const files[] = {MSH("7", "") "EVN|A01|2026\rPV1|1|I|W^1^B\r",
					    MSH("7", "") "EVN|A01|2026\rPV1|1|I|W^1^B\r"};
	(void)state;
	runs(files, 2,
	     "bad 1 line 1 at 0 EVN-2 digits bad_time\nbad 1 line 1 at 0 EVN-2 digits bad_time\n",
	     "records 1 events 0 bad 1");
}

static void a_visit_is_followed_from_file_to_file(void **state)
{
	/* A ward system that reuses its message id and sends no PV1-6. */
#define TRAK(trigger, bed)                                                                         \
	"MSH|^~\\&|TRAK|Z|R|R|20210711155500||ADT^" trigger "|6z819|P|2.4\r"                       \
	"PV1|1|I|" bed "^ZZ101||||||||||||||||ZZ1000100\r"
	static const char *const files[] = {TRAK("A01", "GEN^^GEN-1"), TRAK("A02", "OBS^^OBS-3"),
					    TRAK("A03", "OBS^^OBS-3")};
	(void)state;
	runs(files, 3,
	     "1.0 bed_gen_gen-1 gen - ->occupied - 2021-07-11T13:55:00Z admit MSH-7\n"
	     "1.0 bed_obs_obs-3 obs - ->occupied - 2021-07-11T13:55:00Z transfer MSH-7\n"
	     "1.1 bed_gen_gen-1 - - ->available - 2021-07-11T13:55:00Z transfer MSH-7\n"
	     "warning 1 line 1 at 0 MSH-10 mixed message_id_reused\n"
	     "1.0 bed_obs_obs-3 obs - ->available - 2021-07-11T13:55:00Z discharge MSH-7\n"
	     "warning 1 line 1 at 0 MSH-10 mixed message_id_reused\n",
	     "both were read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_message_again_makes_nothing),
	    cmocka_unit_test(another_message_with_the_same_id_is_read_and_flagged),
	    cmocka_unit_test(messages_that_share_an_id_are_each_read_once),
	    cmocka_unit_test(a_message_without_an_id_is_always_new),
	    cmocka_unit_test(a_bad_message_can_be_read_again),
	    cmocka_unit_test(a_visit_is_followed_from_file_to_file),
	};
	return cmocka_run_group_tests_name("hl7_again", tests, NULL, NULL);
}

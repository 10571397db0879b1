/* HL7 files through whole adapters: times, places, references, what is reported. */
#include "tests/unit/adapters/hl7_files.h"

/* --- what the stream and the text give --- */

static void a_message_becomes_an_event(void **state)
{
	(void)state;
	expect_lines(YAML, SPAN(A01), A01_LINE);
}

static void bad_messages_stand_beside_good_ones(void **state)
{
	(void)state;
	expect_lines(
	    YAML,
	    SPAN("garbage\r" A01 "MSH|^^\\&|EHR\rPV1|1|I|W^1^C\r\x1C\rPV1|1\rMSH|^~\\&|EHR\r" A01),
	    "bad 1 line 1 at 0 MSH empty no_msh\n"
	    "2.0 bed_w_1_b w - ->occupied user_nurse 2026-01-01T11:00:00Z admit EVN-2\n"
	    "bad 3 line 5 at 111 MSH mixed bad_header\n"
	    "bad 4 line 8 at 140 MSH empty no_msh\n"
	    "bad 5 line 9 at 146 MSH-9.2 empty required\n"
	    "6.0 bed_w_1_b w - ->occupied user_nurse 2026-01-01T11:00:00Z admit EVN-2\n");
}

static void a_file_without_any_message_is_refused_whole(void **state)
{
	(void)state;
	expect_refused(YAML, SPAN("BED;STATUS\r\n1;free\r\n"), "not HL7 v2");
}

static void an_empty_file_has_no_records(void **state)
{
	(void)state;
	expect_said(YAML, SPAN("\r\n"), "records 0 events 0 bad 0");
}

static void an_envelope_that_counts_otherwise_is_a_warning(void **state)
{
	(void)state;
	expect_lines(YAML, SPAN("BHS|^~\\&\r" A01 "BTS|2\r"),
		     A01_LINE "warning 1 line 5 at 112 BTS-1 digits count_differs\n");
	expect_said(YAML, SPAN("BHS|^~\\&\r" A01 "BTS|2\r"),
		    "BTS-1 counts more than stand before it, 1:");
	expect_lines(YAML, SPAN("BHS|^~\\&\r" A01),
		     A01_LINE "warning 1 line 1 at 0 BHS empty envelope_unclosed\n");
}

static void a_field_that_is_too_long_is_bad_only_if_it_is_asked_for(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	buf_adds(&b, A01 "OBX|");
	for (int i = 0; i < 70000; i++)
		buf_addc(&b, 'x');
	buf_addc(&b, '\r');
	expect_lines(YAML, buf_span(&b), A01_LINE);
	buf_clear(&b);
	buf_adds(&b, MSH("7", "") "EVN|A01|20260101120000\rPV1|1|I|");
	for (int i = 0; i < 70000; i++)
		buf_addc(&b, 'x');
	expect_lines(YAML, buf_span(&b), "bad 1 line 1 at 0 - too long too_long\n");
	buf_done(&b);
}

/* --- trigger --- */

static void msh_9_wins_over_evn_1_and_the_contradiction_is_noted(void **state)
{
	(void)state;
	static const char file[] = MSH("7", "") "EVN|A03|20260101120000\rPV1|1|I|W^1^B\r";
	expect_lines(YAML, FILE_OF(MSH("7", "") "EVN|A03|20260101120000\rPV1|1|I|W^1^B\r"),
		     "1.0 bed_w_1_b w - ->occupied - 2026-01-01T11:00:00Z admit EVN-2\n");
	expect_said(YAML, span_of(file, sizeof(file) - 1), "note 1 EVN-1 names another trigger");
}

static void msh_9_may_be_written_in_several_ways(void **state)
{
	static const char *const types[] = {
	    "ADT", "ADT^A01", "ADT^A01^ADT_A01", "adt^a01", "ADT_A01", "", "ADT^"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct buf b = BUF_INIT;
		buf_addf(&b, "MSH|^~\\&|EHR|HOME|||20260101120000||%s|7\rEVN|A01|\rPV1|1|I|W^1^B\r",
			 types[i]);
		expect_lines(YAML, buf_span(&b),
			     "1.0 bed_w_1_b w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n");
		buf_done(&b);
	}
}

static void messages_that_are_not_adt_are_noted_and_not_bad(void **state)
{
	(void)state;
	expect_said(YAML, SPAN("MSH|^~\\&|EHR|||||^~|ORU^R01|7\rMSH|^~\\&|EHR|||||^~|ORM^O01|8\r"),
		    "note 1 message type ORU: not about beds");
	expect_lines(YAML, SPAN("MSH|^~\\&|EHR|||||^~|ORU^R01|7\rPV1|1|I|W^1^B\r"), "");
}

static void an_adt_without_a_trigger_is_bad(void **state)
{
	(void)state;
	expect_lines(YAML, SPAN("MSH|^~\\&|EHR||||20260101||ADT|7\rPV1|1|I|W^1^B\r"),
		     "bad 1 line 1 at 0 MSH-9.2 empty required\n");
	expect_lines(YAML, SPAN("MSH|^~\\&|EHR||||20260101||ADT^12345|7\rPV1|1|I|W^1^B\r"),
		     "bad 1 line 1 at 0 MSH-9.2 digits bad_trigger\n");
}

/* --- time --- */

static void time_is(const char *msh7, const char *evn2, const char *evn6, const char *line)
{
	struct buf b = BUF_INIT;
	buf_addf(&b, "MSH|^~\\&|EHR|HOME|||%s||ADT^A01|7\rEVN|A01|%s||||%s\rPV1|1|I|W^1^B\r", msh7,
		 evn2, evn6);
	expect_lines(YAML, buf_span(&b), line);
	buf_done(&b);
}

static void time_is_evn_6_else_evn_2_else_msh_7(void **state)
{
	(void)state;
	time_is("20260101", "20260102030405", "202601020200",
		"1.0 bed_w_1_b w - ->occupied - 2026-01-02T01:00:00Z admit EVN-6\n");
	time_is("20260101", "20260102030405", "\"\"",
		"1.0 bed_w_1_b w - ->occupied - 2026-01-02T02:04:05Z admit EVN-2\n");
	time_is("20260101040000", "", "",
		"1.0 bed_w_1_b w - ->occupied - 2026-01-01T03:00:00Z admit MSH-7\n");
}

static void a_cancel_is_timed_by(const char *evn2, const char *evn6, const char *line)
{
	struct buf b = BUF_INIT;
	buf_addf(&b,
		 "MSH|^~\\&|EHR|HOME|||20260102050000||ADT^A13|7\rEVN|A13|%s||||%s\r"
		 "PV1|1|I|W^1^B\r",
		 evn2, evn6);
	expect_lines(YAML, buf_span(&b), line);
	buf_done(&b);
}

static void a_cancel_is_as_late_as_it_was_recorded(void **state)
{
	(void)state;
	/* EVN-6 is when the discharge occurred that is cancelled. */
	a_cancel_is_timed_by(
	    "20260102030405", "20260102020000",
	    "1.0 bed_w_1_b w - ->occupied - 2026-01-02T02:04:05Z discharge_cancelled EVN-2\n");
	a_cancel_is_timed_by(
	    "20260102020000", "20260102020058",
	    "1.0 bed_w_1_b w - ->occupied - 2026-01-02T01:00:58Z discharge_cancelled EVN-6\n");
	a_cancel_is_timed_by(
	    "", "20260102020000",
	    "1.0 bed_w_1_b w - ->occupied - 2026-01-02T04:00:00Z discharge_cancelled MSH-7\n");
	a_cancel_is_timed_by(
	    "yesterday", "20260102020000",
	    "1.0 bed_w_1_b w - ->occupied - 2026-01-02T01:00:00Z discharge_cancelled EVN-6\n");
}

static void a_time_s_own_offset_wins_over_the_zone(void **state)
{
	(void)state;
	time_is("", "20260102030405.25-0500", "",
		"1.0 bed_w_1_b w - ->occupied - 2026-01-02T08:04:05.250Z admit EVN-2\n");
}

static void an_unusable_time_is_bad(void **state)
{
	(void)state;
	time_is("20260101", "2026", "", "bad 1 line 1 at 0 EVN-2 digits bad_time\n");
	time_is("20260101", "2023-06-", "", "bad 1 line 1 at 0 EVN-2 date-like bad_time\n");
	time_is("", "", "", "bad 1 line 1 at 0 EVN-2 empty bad_time\n");
}

static void an_adapter_may_take_the_time_from_elsewhere(void **state)
{
	(void)state;
	expect_lines(YAML "event:\n  changed_at: {from: \"{PV1-44}\", format: hl7}\n",
		     SPAN("MSH|^~\\&|EHR|HOME|||2026||ADT^A01|7\r"
			  "PV1|1|I|W^1^B|||||||||||||||||||||||||||||||||||||||||20260101120000\r"),
		     "1.0 bed_w_1_b w - ->occupied - 2026-01-01T11:00:00Z admit PV1-44\n");
}

static void an_hour_that_comes_twice_or_never_is_a_warning(void **state)
{
	(void)state;
	time_is("20261025023000", "", "",
		"1.0 bed_w_1_b w - ->occupied - 2026-10-25T00:30:00Z admit MSH-7\n"
		"warning 1 line 1 at 0 MSH-7 digits time_ambiguous\n");
	time_is("", "20260329023000", "",
		"1.0 bed_w_1_b w - ->occupied - 2026-03-29T01:30:00Z admit EVN-2\n"
		"warning 1 line 1 at 0 EVN-2 digits time_nonexistent\n");
}

/* --- references --- */

static void every_location_is_read_by_one_template(void **state)
{
	static const char *const templates[] = {
	    "bed_{PL.1}_{PL.2}_{PL.3}",
	    "bed_{PV1-3.1}_{PV1-3.2}_{PV1-3.3}",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		struct buf yaml = BUF_INIT;
		buf_addf(&yaml,
			 YAML "event:\n  bed_id: \"%s\"\n  ward: {from: \"{PV1-3.1}\", map: {W: "
			      "dementia, V: rehab}}\n",
			 templates[i]);
		expect_lines(
		    yaml.p,
		    SPAN("MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A02|7\rPV1|1|I|W^1^B|||V^2^C\r"
			 "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A20|8\rNPU|V^2^C|K\r"),
		    "1.0 bed_w_1_b dementia - ->occupied - 2026-01-01T11:00:00Z transfer MSH-7\n"
		    "1.1 bed_v_2_c rehab - ->available - 2026-01-01T11:00:00Z transfer MSH-7\n"
		    "2.0 bed_v_2_c rehab - ->maintenance - 2026-01-01T11:00:00Z contaminated "
		    "MSH-7\n");
		buf_done(&yaml);
	}
}

static void the_ward_may_stand_in_the_location_s_description(void **state)
{
	(void)state;
	expect_lines(
	    YAML,
	    SPAN("MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|7\rPV1|1|I|^1^B^^^^^^North Wing\r"),
	    "1.0 bed_north_wing_1_b north_wing - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n");
}

static void empty_parts_of_a_location_leave_no_gap(void **state)
{
	(void)state;
	expect_lines(YAML,
		     SPAN("MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|7\rPV1|1|I|GEN^^GEN-1\r"),
		     "1.0 bed_gen_gen-1 gen - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n");
}

static void a_home_whose_beds_are_rooms_needs_no_switch(void **state)
{
	static const char file[] = "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|7\rPV1|1|I|W^14\r"
				   "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|8\rPV1|1|I|W\r";
	(void)state;
	expect_lines(YAML "event: {bed_id: \"bed_{PL.2}\"}\n", span_of(file, sizeof(file) - 1),
		     "1.0 bed_14 w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n");
	expect_lines(YAML "hl7: {bed_component: 1}\n", span_of(file, sizeof(file) - 1),
		     "1.0 bed_w_14 w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n"
		     "2.0 bed_w w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n");
}

static void z_segments_can_be_read(void **state)
{
	(void)state;
	expect_lines(
	    YAML "event: {care_level: {from: \"{ZBE-2.1}\", map: {\"3\": intensive}}}\n",
	    SPAN(A01 "ZBE|1|3^x\r"),
	    "1.0 bed_w_1_b w intensive ->occupied user_nurse 2026-01-01T11:00:00Z admit EVN-2\n");
}

static void what_could_name_a_patient_is_never_read(void **state)
{
	static const char *const references[] = {"PID-3.1",  "NK1-2",  "DG1-3", "OBX-5",
						 "PV1-19.1", "PV1-50", "PV2-3", "MRG-1"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(references); i++) {
		struct buf yaml = BUF_INIT;
		buf_addf(&yaml, YAML "event:\n  changed_by: \"{%s}\"\n", references[i]);
		char *problems = problems_of(yaml.p);
		if (!strstr(problems, "never"))
			fail_msg("%s", problems);
		free(problems);
		buf_done(&yaml);
	}
}

static void what_is_wrong_in_the_section_is_named(void **state)
{
	static const struct {
		const char *hl7, *said;
	} cases[] = {
	    {"{cleaning: perhaps}", "cleaning"},
	    {"{ignore_beds: POOL}", "expected a list"},
	    {"{bed_component: 12}", "bed_component"},
	    {"{bed_status: {\"1\": clean}}", "expected available, occupied"},
	    {"{bed_status: [1]}", "expected up to"},
	    {"{triggers: {A04: A99}}", "A01 to A62"},
	    {"{clening: true}", "did you mean \"cleaning\""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf yaml = BUF_INIT;
		buf_addf(&yaml, YAML "hl7: %s\n", cases[i].hl7);
		char *problems = problems_of(yaml.p);
		if (!strstr(problems, cases[i].said) || !strstr(problems, "a.yaml:5:"))
			fail_msg("%s", problems);
		free(problems);
		buf_done(&yaml);
	}
}

static void an_unmapped_value_makes_the_record_bad_and_no_event(void **state)
{
	(void)state;
	expect_lines(
	    YAML "event: {ward: {from: \"{PL.1}\", map: {W: dementia}}}\n",
	    SPAN("MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A02|7\rPV1|1|I|W^1^B|||V^2^C\r"),
	    "bad 1 line 1 at 0 PL.1 letters unmapped\n");
}

static void an_adapter_may_map_the_bed_status_by_itself(void **state)
{
	static const char file[] = "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A20|7\rNPU|W^1^B|9\r"
				   "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|8\rPV1|1|I|W^1^C\r"
				   "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A20|9\rNPU|W^1^B|8\r";
	(void)state;
	expect_lines(YAML "event: {new_status: {from: \"{NPU-2}\", map: {\"9\": maintenance}}}\n",
		     span_of(file, sizeof(file) - 1),
		     "1.0 bed_w_1_b w - ->maintenance - 2026-01-01T11:00:00Z status_update MSH-7\n"
		     "2.0 bed_w_1_c w - ->occupied - 2026-01-01T11:00:00Z admit MSH-7\n"
		     "bad 3 line 5 at 118 NPU-2 digits unmapped\n");
}

static void segments_that_nobody_reads_are_counted(void **state)
{
	(void)state;
	expect_said(YAML, SPAN(A01 "ZBE|1\rZBE|2\rDG1|1\r"), "note 2 segment ZBE is not read");
	expect_said(YAML, SPAN(A01 "ZBE|1\rZBE|2\rDG1|1\r"), "note 1 segment DG1 is not read");
}

static void one_a20_may_tell_of_a_whole_home(void **state)
{
	struct buf file = BUF_INIT, lines = BUF_INIT;
	(void)state;
	buf_adds(&file, "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A20|7\r");
	for (int i = 0; i < 256; i++) {
		buf_addf(&file, "NPU|W^1^%d|U\r", i);
		buf_addf(&lines,
			 "1.%d bed_w_1_%d w - ->available - 2026-01-01T11:00:00Z opened MSH-7\n", i,
			 i);
	}
	expect_lines(YAML, buf_span(&file), lines.p);
	buf_adds(&file, "NPU|W^2^1|U\r");
	expect_lines(YAML, buf_span(&file), "bad 1 line 1 at 0 NPU empty too_many_beds\n");
	buf_done(&file);
	buf_done(&lines);
}

#define IN_PL_9 YAML "hl7: {ignore_beds: [DUMMY, 'POOL^*']}\nevent: {bed_id: 'bed_{PL.9}_{PL.2}'}\n"

static void a_bed_and_a_ward_of_the_sites_own_components_are_the_bed_and_the_ward(void **state)
{
	static const char file[] =
	    "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A02|7\rPV1|1|I|^1^^^^^^^E|||^1^^^^^^^W\r"
	    "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A02|8\rPV1|1|I|^DUMMY^^^^^^^E|||^1^^^^^^^E\r"
	    "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|9\rPV1|1|I|^2^^^^^^^POOL\r";
	(void)state;
	expect_lines(IN_PL_9, span_of(file, sizeof(file) - 1),
		     "1.0 bed_e_1 e - ->occupied - 2026-01-01T11:00:00Z transfer MSH-7\n"
		     "1.1 bed_w_1 w - ->available - 2026-01-01T11:00:00Z transfer MSH-7\n"
		     "2.0 bed_e_1 e - ->available - 2026-01-01T11:00:00Z transfer MSH-7\n");
}

/* A line of text that was broken can begin like a segment. */
static void what_is_called_like_no_segment_type_or_trigger_is_not_named(void **state)
{
	static const char types[] = "MSH|^~\\&|EHR|HOME|||20260101120000||OLA^A01|7\r"
				    "MSH|^~\\&|EHR|HOME|||20260101120000||oru^R01|8\r"
				    "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^OLA|9\r"
				    "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A77|10\r";
	(void)state;
	expect_said(YAML, SPAN(A01 "OLA|1\rPER|2\r"),
		    "note 2 segments of other kinds are not read");
	expect_said(YAML, span_of(types, sizeof(types) - 1),
		    "note 1 message of an unknown type: not about beds\n"
		    "note 1 message type ORU: not about beds\n"
		    "note 1 a trigger of an unknown kind: no bed changes status\n"
		    "note 1 trigger A77: not known, no bed changes status\n");
}

static void a_line_broken_within_a_location_names_no_bed(void **state)
{
	static const char file[] = "MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|7\r"
				   "PV1|1|I|W^1^B\rKari Hansen\r";
	(void)state;
	expect_lines(YAML, span_of(file, sizeof(file) - 1),
		     "bad 1 line 1 at 0 bed_id mixed bad_identifier\n");
}

static void a_year_that_lacks_a_figure_is_no_time_of_a_bed(void **state)
{
	(void)state;
	expect_lines(YAML, SPAN(MSH("7", "") "EVN|A01|20260101||||022604011645\rPV1|1|I|W^1^B\r"),
		     "bad 1 line 1 at 0 EVN-6 digits bad_time\n");
	expect_said(YAML, SPAN(MSH("7", "") "EVN|A01|17530101000000\rPV1|1|I|W^1^B\r"),
		    "a date before 1901");
}

static void a_bed_status_without_a_bed_says_which_part_is_empty(void **state)
{
	(void)state;
	expect_said(YAML, SPAN("MSH|^~\\&|E|H|||20260101||ADT^A20|7|P|2.4\rNPU|1051|1\r"),
		    "its part 3 is empty; hl7: bed_component");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_becomes_an_event),
	    cmocka_unit_test(bad_messages_stand_beside_good_ones),
	    cmocka_unit_test(a_file_without_any_message_is_refused_whole),
	    cmocka_unit_test(an_empty_file_has_no_records),
	    cmocka_unit_test(an_envelope_that_counts_otherwise_is_a_warning),
	    cmocka_unit_test(a_field_that_is_too_long_is_bad_only_if_it_is_asked_for),
	    cmocka_unit_test(msh_9_wins_over_evn_1_and_the_contradiction_is_noted),
	    cmocka_unit_test(msh_9_may_be_written_in_several_ways),
	    cmocka_unit_test(messages_that_are_not_adt_are_noted_and_not_bad),
	    cmocka_unit_test(an_adt_without_a_trigger_is_bad),
	    cmocka_unit_test(time_is_evn_6_else_evn_2_else_msh_7),
	    cmocka_unit_test(a_cancel_is_as_late_as_it_was_recorded),
	    cmocka_unit_test(a_time_s_own_offset_wins_over_the_zone),
	    cmocka_unit_test(an_unusable_time_is_bad),
	    cmocka_unit_test(an_adapter_may_take_the_time_from_elsewhere),
	    cmocka_unit_test(an_hour_that_comes_twice_or_never_is_a_warning),
	    cmocka_unit_test(every_location_is_read_by_one_template),
	    cmocka_unit_test(the_ward_may_stand_in_the_location_s_description),
	    cmocka_unit_test(empty_parts_of_a_location_leave_no_gap),
	    cmocka_unit_test(a_home_whose_beds_are_rooms_needs_no_switch),
	    cmocka_unit_test(z_segments_can_be_read),
	    cmocka_unit_test(what_could_name_a_patient_is_never_read),
	    cmocka_unit_test(what_is_wrong_in_the_section_is_named),
	    cmocka_unit_test(an_unmapped_value_makes_the_record_bad_and_no_event),
	    cmocka_unit_test(an_adapter_may_map_the_bed_status_by_itself),
	    cmocka_unit_test(segments_that_nobody_reads_are_counted),
	    cmocka_unit_test(one_a20_may_tell_of_a_whole_home),
	    cmocka_unit_test(a_bed_and_a_ward_of_the_sites_own_components_are_the_bed_and_the_ward),
	    cmocka_unit_test(what_is_called_like_no_segment_type_or_trigger_is_not_named),
	    cmocka_unit_test(a_line_broken_within_a_location_names_no_bed),
	    cmocka_unit_test(a_year_that_lacks_a_figure_is_no_time_of_a_bed),
	    cmocka_unit_test(a_bed_status_without_a_bed_says_which_part_is_empty),
	};
	return cmocka_run_group_tests_name("hl7_run", tests, NULL, NULL);
}

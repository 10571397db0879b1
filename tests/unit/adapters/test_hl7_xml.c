/* HL7 in its XML encoding: what the standard has, what senders make of it, and what is refused.
 * That every message means the same in pipes and in XML is held by tests/system/test_v2xml.py. */
#include "tests/unit/adapters/harness.h"

#define YAML "adapter: t\nformat: hl7\nmatch: \"*\"\n"
#define NS   " xmlns=\"urn:hl7-org:v2xml\""
#define MSH                                                                                        \
	"<MSH><MSH.1>|</MSH.1><MSH.2>^~\\&amp;</MSH.2><MSH.7><TS.1>20260101120000</TS.1></MSH.7>"  \
	"<MSH.9><MSG.1>ADT</MSG.1><MSG.2>A01</MSG.2></MSH.9></MSH>"
#define PV1(bed)                                                                                   \
	"<PV1><PV1.2>I</PV1.2><PV1.3><PL.1>W</PL.1><PL.2>1</PL.2><PL.3>" bed "</PL.3></PV1.3></"   \
	"PV1>"
#define ADT(bed)      "<ADT_A01" NS ">" MSH PV1(bed) "</ADT_A01>"
#define LINE(n, bed)  n ".0 " bed " w - ->occupied - 2026-01-01T12:00:00Z admit MSH-7\n"
#define TEXT(literal) span_of("" literal, sizeof(literal) - 1)

static void a_message_is_the_element_around_an_msh(_unused_ void **state)
{
	static const char *const around[][2] = {
	    {"<ADT_A01" NS ">", "</ADT_A01>"},
	    {"<?xml version=\"1.0\"?>\n<ADT_A01>", "</ADT_A01>\n"},
	    {"<h:Batch xmlns:h='urn:x'><ADT>", "</ADT></h:Batch>"},
	    {"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><HL7Message>",
	     "</HL7Message></s:Body></s:Envelope>"},
	    {"<!DOCTYPE ADT_A01 SYSTEM \"hl7.dtd\">\n<ADT_A01>", "</ADT_A01>"},
	    {"\xEF\xBB\xBF<!-- <MSH> --><ADT_A01><![CDATA[<MSH>]]>", "</ADT_A01>"},
	};
	for (size_t i = 0; i < ARRAY_LEN(around); i++) {
		struct buf b = BUF_INIT;
		buf_addf(&b, "%s%s%s", around[i][0], MSH PV1("B"), around[i][1]);
		expect_lines(YAML, buf_span(&b), LINE("1", "bed_w_1_b"));
		buf_done(&b);
	}
}

static void documents_may_stand_one_behind_the_other(_unused_ void **state)
{
	static const char file[] = "<?xml version='1.0'?>" ADT("A") "\n<?xml version='1.0'?>" ADT(
	    "B") "\x0B<?xml version='1.0'?>\r\n" ADT("C") "\x1C\r\x0B" ADT("D") "\x1C\r\xEF\xBB"
										"\xBF" ADT("E");
	expect_lines(YAML, span_of(file, sizeof(file) - 1),
		     LINE("1", "bed_w_1_a") LINE("2", "bed_w_1_b") LINE("3", "bed_w_1_c")
			 LINE("4", "bed_w_1_d") LINE("5", "bed_w_1_e"));
}

static void a_declaration_within_a_value_is_text(_unused_ void **state)
{
	expect_lines(YAML,
		     TEXT("<ADT_A01>" MSH
			  "<OBX><OBX.5><![CDATA[<?xml version=\"1.0\"?><a>]]></OBX.5>"
			  "</OBX>" PV1("B") "</ADT_A01>"),
		     LINE("1", "bed_w_1_b"));
}

static void the_number_of_an_element_says_its_place(_unused_ void **state)
{
	/* fields and components out of order, Mirth's names, a repetition, a group */
	expect_lines(YAML,
		     TEXT("<HL7Message>" MSH "<ADT_A01.VISIT><PV1><PV1.3><PV1.3.3>B</PV1.3.3>"
			  "<PV1.3.1>W</PV1.3.1><PV1.3.2>1</PV1.3.2></PV1.3><PV1.3><PL.1>no</PL.1>"
			  "</PV1.3><PV1.2>I</PV1.2></PV1></ADT_A01.VISIT></HL7Message>"),
		     LINE("1", "bed_w_1_b"));
}

static void a_value_may_hold_the_delimiters(_unused_ void **state)
{
	expect_lines(YAML, TEXT("<ADT_A01>" MSH PV1("B^|~&amp;\\2") "</ADT_A01>"),
		     LINE("1", "bed_w_1_b_2"));
	/* left as they were by a sender who only moved the fields */
	expect_lines(YAML, TEXT("<ADT_A01>" MSH PV1("\\F\\B\\T\\") "</ADT_A01>"),
		     LINE("1", "bed_w_1_b"));
	expect_lines(YAML, TEXT("<ADT_A01>" MSH PV1("\n  B<escape V=\"H\"/>2\n  ") "</ADT_A01>"),
		     LINE("1", "bed_w_1_b2"));
}

static void a_value_of_two_lines_is_no_identifier(_unused_ void **state)
{
	expect_lines(YAML, TEXT("<ADT_A01>" MSH PV1("B\nC") "</ADT_A01>"),
		     "bad 1 line 1 at 9 bed_id mixed bad_identifier\n");
}

static void another_encoding_is_read_as_declared(_unused_ void **state)
{
	expect_lines(
	    YAML, TEXT("<?xml version='1.0' encoding='ISO-8859-1'?><A>" MSH PV1("\xD8st") "</A>"),
	    LINE("1", "bed_w_1_ost"));
}

static void two_patients_of_a_swap_are_told_apart(_unused_ void **state)
{
	expect_lines(
	    YAML,
	    TEXT("<ADT_A17><MSH><MSH.7>20260101120000</MSH.7><MSH.9><MSG.1>ADT</MSG.1><MSG.2>A17"
		 "</MSG.2></MSH.9></MSH><PID/>" PV1("A") "<PID/>" PV1("B") "</ADT_A17>"),
	    "1.0 bed_w_1_a w - ->occupied - 2026-01-01T12:00:00Z swap MSH-7\n"
	    "1.1 bed_w_1_b w - ->occupied - 2026-01-01T12:00:00Z swap MSH-7\n");
}

static void envelopes_are_counted_as_in_pipes(_unused_ void **state)
{
	expect_lines(
	    YAML,
	    TEXT("<File><FHS/><BHS/>" ADT("A") ADT("B") "\n<BTS><BTS.1>3</BTS.1></BTS><FTS>"
							"<FTS.1>1</FTS.1></FTS></File>"),
	    LINE("1", "bed_w_1_a")
		LINE("2", "bed_w_1_b") "warning 2 line 2 at 563 BTS-1 digits count_differs\n");
	expect_lines(YAML, TEXT("<File><BHS/>" ADT("A") "</File>"),
		     LINE("1", "bed_w_1_a") "warning 1 line 1 at 6 BHS empty envelope_unclosed\n");
}

static void segments_without_an_msh_are_one_bad_record(_unused_ void **state)
{
	expect_lines(YAML, TEXT("<B><X>" PV1("A") "</X>" ADT("B") "</B>"),
		     "bad 1 line 1 at 11 MSH empty no_msh\n" LINE("2", "bed_w_1_b"));
}

static void a_message_that_is_too_long_is_passed_over(_unused_ void **state)
{
	struct buf b = BUF_INIT;
	buf_adds(&b, "<B><A>" MSH "<OBX><OBX.5>");
	for (int i = 0; i < 1100000; i++)
		buf_addc(&b, 'x');
	buf_adds(&b, "</OBX.5></OBX>" PV1("A") "</A>" ADT("B") "</B>");
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(YAML);
	struct told t = {0};
	assert_int_equal(run_pieces(a, buf_span(&b), SIZE_MAX, &t), 0);
	assert_string_equal(told_text(&t),
			    "bad 1 line 1 at 6 - too long too_long\n" LINE("2", "bed_w_1_b"));
	told_done(&t);
	buf_done(&b);
}

/* --- what is not well-formed --- */

#define BROKEN(bed) "<ADT_A01" NS ">" MSH "<PID><PID.5>A & B</PID.5></PID>" PV1(bed) "</ADT_A01>"

static void a_broken_message_stands_alone(_unused_ void **state)
{
	static const char *const around[][2] = {
	    {"<Batch>\n", "</Batch>"},
	    {"<h:Batch\n xmlns:h='urn:x'>", "</h:Batch>\n"},
	    {"\n", ""},
	    {"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\n",
	     "</s:Body></s:Envelope>"},
	};
	for (size_t i = 0; i < ARRAY_LEN(around); i++) {
		struct buf b = BUF_INIT;
		buf_addf(&b, "%s%s%s", around[i][0], ADT("A") BROKEN("B") ADT("C"), around[i][1]);
		const char *broken = strchr(strstr(b.p, "</ADT_A01>"), '<') + 10;
		char lines[512];
		(void)snprintf(lines, sizeof(lines),
			       LINE("1", "bed_w_1_a") "bad 2 line 2 at %zu - mixed "
						      "not_well_formed\n" LINE("3", "bed_w_1_c"),
			       (size_t)(strstr(broken, "<MSH>") - b.p));
		expect_lines(YAML, buf_span(&b), lines);
		buf_done(&b);
	}
	expect_said(YAML, TEXT(ADT("A") "\n" BROKEN("B")),
		    "line 2, column 194: not well-formed: a < or & that begins no name");
}

static void what_breaks_is_told_from_what_is_around_it(_unused_ void **state)
{
	static const struct {
		const char *what, *bad;
	} broken[] = {
	    {"<ADT_A01" NS ">" MSH PV1("B") "</PID></ADT_A01>", "in"},
	    {"<ADT_A01" NS ">" MSH "<PID><PID.5>&nbsp;</PID.5></PID></ADT_A01>", "in"},
	    {"<ADT_A01" NS ">" MSH "<PID><PID.5 a=b/></PID></ADT_A01>", "in"},
	    {"<ADT_A01" NS ">" MSH "<PID><PID.5>\x01</PID.5></PID></ADT_A01>", "in"},
	    {"<ADT_A01" NS ">" MSH "<PID><PID.5>\xF8</PID.5></PID></ADT_A01>", "in"},
	    {"<ADT_A01" NS ">" MSH "<PID><![CDATA[ ]]</PID></ADT_A01><a>]]></a>", "in"},
	    {"<ADT_A01 xmlns=urn:hl7-org:v2xml>" MSH "</ADT_A01>", "behind"},
	    {"&", "behind"},
	    {"<ADT_A01" NS "><MSH", "behind"},
	    {"</Batch><Batch></a><b>", "behind"},
	};
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		struct buf b = BUF_INIT;
		char *text;
		_cleanup_(adapter_freep) struct adapter *a = adapter_of(YAML);
		buf_addf(&b, "<Batch>%s\n\n%s\n%s%s</Batch>", ADT("A"), broken[i].what, ADT("C"),
			 ADT("D"));
		for (size_t piece = 1; piece <= b.n; piece += piece < 40 ? 3 : b.n - 40) {
			struct told t = {0};
			assert_int_equal(run_pieces(a, buf_span(&b), piece, &t), 0);
			text = strstr(told_text(&t), "bad 2 line ");
			if (!text || strncmp(told_text(&t), LINE("1", "bed_w_1_a"), 20) != 0 ||
			    !strstr(text, " - mixed not_well_formed\n" LINE("3", "bed_w_1_c")
					      LINE("4", "bed_w_1_d")))
				fail_msg("%zu, pieces of %zu: %s", i, piece, told_text(&t));
			told_done(&t);
		}
		buf_done(&b);
	}
}

static void a_cut_file_keeps_the_messages_that_ended(_unused_ void **state)
{
	expect_lines(YAML, TEXT("<B>" ADT("A") "<ADT_A01>" MSH PV1("B")),
		     LINE("1", "bed_w_1_a") "bad 2 line 1 at 284 - mixed not_well_formed\n");
	expect_lines(YAML, TEXT("<B>" ADT("A")),
		     LINE("1", "bed_w_1_a") "warning 1 line 1 at 275 - empty envelope_unclosed\n");
	expect_lines(YAML, TEXT("<B>" ADT("A") "<ADT"),
		     LINE("1", "bed_w_1_a") "warning 1 line 1 at 279 - empty envelope_unclosed\n");
}

static void a_message_without_its_end_ends_where_the_next_begins(_unused_ void **state)
{
	expect_lines(
	    YAML, TEXT("<B><ADT_A01>" MSH PV1("A") ADT("B") "</B>" ADT("C")),
	    LINE("1", "bed_w_1_a")
		LINE("2", "bed_w_1_b") "bad 3 line 1 at 515 - mixed not_well_formed\n" LINE(
		    "4", "bed_w_1_c"));
}

static void a_file_of_breaks_is_refused(_unused_ void **state)
{
	struct buf b = BUF_INIT;
	buf_adds(&b, ADT("A"));
	for (int i = 0; i < 1001; i++)
		buf_adds(&b, "<ADT_A01<");
	expect_refused(YAML, buf_span(&b), "more than 1,000 places that are not well-formed");
	buf_done(&b);
}

static void what_is_no_v2_xml_is_refused_with_the_place(_unused_ void **state)
{
	expect_refused(YAML, TEXT("<Export><Bed id='1'/></Export>"), "without an element MSH");
	expect_refused(YAML, TEXT("<A xmlns='urn:hl7-org:v3'>" MSH "</A>"),
		       "without an element MSH");
	expect_refused(YAML, TEXT("\n<ADT_A01>" MSH "<PV1>"),
		       "line 2, column 158: not well-formed: an element is not closed: the "
		       "file is cut (in message 1)");
	expect_refused(YAML, TEXT("<ADT_A01>\n" MSH "<PV1></PID></ADT_A01>"),
		       "line 2, column 155: not well-formed: an end tag that is not its start");
	expect_refused(YAML, TEXT("<!DOCTYPE a [<!ENTITY b \"c\">]>" ADT("&b;")),
		       "line 1, column 1: a DOCTYPE with declarations of its own");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_is_the_element_around_an_msh),
	    cmocka_unit_test(documents_may_stand_one_behind_the_other),
	    cmocka_unit_test(a_declaration_within_a_value_is_text),
	    cmocka_unit_test(the_number_of_an_element_says_its_place),
	    cmocka_unit_test(a_value_may_hold_the_delimiters),
	    cmocka_unit_test(a_value_of_two_lines_is_no_identifier),
	    cmocka_unit_test(another_encoding_is_read_as_declared),
	    cmocka_unit_test(two_patients_of_a_swap_are_told_apart),
	    cmocka_unit_test(envelopes_are_counted_as_in_pipes),
	    cmocka_unit_test(segments_without_an_msh_are_one_bad_record),
	    cmocka_unit_test(a_message_that_is_too_long_is_passed_over),
	    cmocka_unit_test(a_broken_message_stands_alone),
	    cmocka_unit_test(what_breaks_is_told_from_what_is_around_it),
	    cmocka_unit_test(a_cut_file_keeps_the_messages_that_ended),
	    cmocka_unit_test(a_message_without_its_end_ends_where_the_next_begins),
	    cmocka_unit_test(a_file_of_breaks_is_refused),
	    cmocka_unit_test(what_is_no_v2_xml_is_refused_with_the_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

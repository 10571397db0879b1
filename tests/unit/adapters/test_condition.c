/* `only:` and `after:` of an adapter, and records by several paths. */
#include "tests/unit/adapters/harness.h"

#define CSV "adapter: t\nformat: csv\nevent:\n"
#define HL7                                                                                        \
	"MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|7|T|2.5\rPV1|1|I|W^1^B\r"                    \
	"MSH|^~\\&|EHR|HOME|||20260101120000||ADT^A01|8|P|2.5\rPV1|1|I|W^1^C\r"

static void only_records_that_fit_make_events(_unused_ void **state)
{
	static const char yaml[] = CSV "  only: {\"{TYPE}\": [bed, CRIB], \"{END}\": \"\"}\n"
				       "  bed_id: \"{ID}\"\n"
				       "  new_status: occupied\n"
				       "  changed_at: \"{T}\"\n";
	static const char file[] =
	    "ID,TYPE,END,T\n1,BED,,2026-01-01\n2,chair,\n3,CRIB,x\n4,crib,,2026-01-01\n5,,\n";
	expect_lines(yaml, span_str(file),
		     "1.0 1 - - ->occupied - 2026-01-01T00:00:00Z - T\n"
		     "4.0 4 - - ->occupied - 2026-01-01T00:00:00Z - T\n");
	expect_said(yaml, span_str(file), "note 3 records that the adapter's only passes over");
	/* what is passed over cannot be bad */
	expect_said(yaml, SPAN("ID,TYPE,END,T\n,chair,\n"), "records 1 events 0 bad 0");
}

static void a_star_is_any_value_but_an_empty_one(_unused_ void **state)
{
	expect_lines(
	    CSV "  bed_id: \"{ID}\"\n"
		"  new_status: {from: [{from: gone, only: {\"{END}\": \"*\"}}, \"{NOW}\"], "
		"map: {gone: available, O: occupied}}\n"
		"  changed_at: {from: [{from: \"{END}\", only: {\"{NOW}\": O}}, \"{START}\"]}\n",
	    SPAN("ID,NOW,START,END\n1,O,2026-01-01,\n2,O,2026-01-01,2026-01-02\n"
		 "3,gone,2026-01-01,2026-01-02\n"),
	    "1.0 1 - - ->occupied - 2026-01-01T00:00:00Z - changed_at\n"
	    "2.0 2 - - ->available - 2026-01-02T00:00:00Z - changed_at\n"
	    "3.0 3 - - ->available - 2026-01-01T00:00:00Z - changed_at\n");
}

static void hl7_messages_are_chosen_too(_unused_ void **state)
{
	static const char yaml[] = "adapter: t\nformat: hl7\nevent: {only: {\"{MSH-11}\": P}}\n";
	expect_lines(yaml, SPAN(HL7),
		     "2.0 bed_w_1_c w - ->occupied - 2026-01-01T12:00:00Z admit MSH-7\n");
	expect_said(yaml, SPAN(HL7), "note 1 records that the adapter's only passes over");
}

static void after_takes_what_stands_behind_the_last(_unused_ void **state)
{
	expect_lines(CSV "  bed_id: {from: \"{ID}\", after: \"/\", prefix: bed_}\n"
			 "  ward: {from: \"{WARD}\", after: \"ward \", map: {1: first}}\n"
			 "  new_status: occupied\n"
			 "  changed_at: \"{T}\"\n",
		     SPAN("ID,WARD,T\nhttps://a/Location/7,ward 1,2026-01-01\n8,1,2026-01-01\n"),
		     "1.0 bed_7 first - ->occupied - 2026-01-01T00:00:00Z - T\n"
		     "2.0 bed_8 first - ->occupied - 2026-01-01T00:00:00Z - T\n");
}

static void records_may_have_several_paths(_unused_ void **state)
{
	expect_lines("adapter: t\nformat: xml\nxml: {record: [//Bed, /X/Stay/Place]}\nevent:\n"
		     "  bed_id: \"{@id}\"\n"
		     "  new_status: {from: \"{name()}\", map: {Bed: available, Place: occupied}}\n"
		     "  changed_at: \"{../@at}\"\n",
		     SPAN("<X at='2026-01-01'><Bed id='1'><Place id='no'/></Bed>"
			  "<Stay at='2026-01-02'><Place id='2'/></Stay><Place id='no'/></X>"),
		     "1.0 1 - - ->available - 2026-01-01T00:00:00Z - ../@at\n"
		     "2.0 2 - - ->occupied - 2026-01-02T00:00:00Z - ../@at\n");
}

static void mistakes_are_shown_at_their_place(_unused_ void **state)
{
	problem_is(CSV "  only: BED\n",
		   "a.yaml:4:9: event: only: expected fields and their values");
	problem_is(CSV "  only: {TYPE: BED}\n", "event: only: expected fields between braces");
	problem_is(CSV "  only: {\"{TYPE}\": {a: b}}\n", "event: only: expected a value or a list");
	problem_is(CSV "  onyl: {\"{TYPE}\": b}\n", "did you mean \"only\"?");
	problem_is(CSV "  ward: [\"{W}\", {form: \"{X}\"}]\n", "did you mean \"from\"?");
	problem_is("adapter: t\nformat: xml\nxml: {record: [//a, '//*[b]']}\n",
		   "record: [b] only where it is the only path");
	problem_is("adapter: t\nformat: xml\nxml: {record: [a, b, c, d, e]}\n",
		   "record: expected one to 4 paths");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_records_that_fit_make_events),
	    cmocka_unit_test(a_star_is_any_value_but_an_empty_one),
	    cmocka_unit_test(hl7_messages_are_chosen_too),
	    cmocka_unit_test(after_takes_what_stands_behind_the_last),
	    cmocka_unit_test(records_may_have_several_paths),
	    cmocka_unit_test(mistakes_are_shown_at_their_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

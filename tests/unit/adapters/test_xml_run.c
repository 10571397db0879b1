#include "tests/unit/adapters/harness.h"

#define GERICA                                                                                     \
	"adapter: gerica\n"                                                                        \
	"format: xml\n"                                                                            \
	"xml: {record: '/b:Export/b:Ward/b:Bed', namespaces: {b: 'urn:beds'}}\n"                   \
	"event:\n"                                                                                 \
	"  bed_id: 'bed_{../@code}_{@id}'\n"                                                       \
	"  ward: '{../b:Name}'\n"                                                                  \
	"  new_status: '{b:Status/@code}'\n"                                                       \
	"  changed_at: '{b:Status/@since}'\n"                                                      \
	"  changed_by: '{b:Status/b:By}'\n"                                                        \
	"  reason: '{.//b:Why}'\n"

#define T "since='2026-04-20T09:14:22Z'"
#define PLAIN(record, fields)                                                                      \
	"adapter: a\nformat: xml\nxml: {record: '" record "'}\nevent:\n  new_status: '{s}'\n"      \
	"  changed_at: '{t}'\n" fields
#define ST   "<s>occupied</s><t>2026-04-20T09:14:22Z</t>"
#define SAYS " - - ->occupied - 2026-04-20T09:14:22Z - t\n"

static void elements_attributes_and_parents_are_read(_unused_ void **state)
{
	expect_lines(
	    GERICA,
	    SPAN("<?xml version='1.0'?>\n<x:Export xmlns:x='urn:beds'>\n<x:Ward "
		 "code='D'><x:Name>De&#109;entia</x:Name>\n"
		 "<x:Bed id='1'><x:Status code='occupied' " T
		 "><x:By>K<!-- c -->ari</x:By></x:Status>"
		 "<x:More><x:Why>admit</x:Why></x:More></x:Bed>\n</x:Ward>\n"
		 "<x:Ward code='R'><x:Bed\n id='2'><x:Status code='available' " T
		 "/></x:Bed></x:Ward>\n</x:Export>\n"),
	    "1.0 bed_d_1 dementia - ->occupied kari 2026-04-20T09:14:22Z admit b:Status/@since\n"
	    "2.0 bed_r_2 - - ->available - 2026-04-20T09:14:22Z - b:Status/@since\n");
}

static void a_prefix_means_its_namespace_and_none_means_any(_unused_ void **state)
{
	expect_lines(GERICA, SPAN("<Export><Ward code='D'><Bed id='1'/></Ward></Export>"), "");
	expect_lines(
	    GERICA,
	    SPAN("<Export xmlns='urn:beds'><Ward code='D'><Bed id='1'><Status code='occupied' " T
		 "/></Bed></Ward></Export>"),
	    "1.0 bed_d_1 - - ->occupied - 2026-04-20T09:14:22Z - b:Status/@since\n");
	expect_lines(
	    PLAIN("//Bed", "  bed_id: '{Id}'\n"),
	    SPAN("<a:e xmlns:a='urn:1' xmlns:c='urn:2'><a:Bed><c:Id>7</c:Id>" ST "</a:Bed></a:e>"),
	    "1.0 7" SAYS);
}

static void a_record_is_found_at_any_depth_and_not_within_itself(_unused_ void **state)
{
	expect_lines(
	    PLAIN("//Bed", "  bed_id: '{@id}'\n"),
	    SPAN("<e><w><Bed id='1'>" ST "<Bed id='2'/></Bed></w><Bed id='3'>" ST "</Bed></e>"),
	    "1.0 1" SAYS "2.0 3" SAYS);
}

static void an_attribute_can_choose_the_record_and_the_field(_unused_ void **state)
{
	expect_lines(
	    PLAIN("/set/row[@table=\"bed\"]", "  bed_id: '{f[@n=\"no\"]}{f[@n=\"id\"]/@v}'\n"),
	    SPAN("<set><row table='ward'><f n='id' v='9'/></row>"
		 "<row table='bed'><f n='x' v='8'/><f n='id' v='7'/>" ST "</row></set>"),
	    "1.0 7" SAYS);
}

static void text_is_its_own_and_an_elements_value_is_all_within(_unused_ void **state)
{
	expect_lines(PLAIN("/e/b", "  bed_id: '{r/text()}_{r}'\n"),
		     SPAN("<e><b><r>1<i>2</i>3<![CDATA[&]]></r>" ST "</b></e>"), "1.0 13_123" SAYS);
}

static void the_first_of_several_counts(_unused_ void **state)
{
	expect_lines(PLAIN("/e/b", "  bed_id: '{r}'\n"),
		     SPAN("<e><b><r>1</r><r>2</r>" ST "</b></e>"), "1.0 1" SAYS);
	expect_lines(PLAIN("/e/b", "  bed_id: '{*/@r}'\n"),
		     SPAN("<e><b><x/><y r='5'/><y r='6'/>" ST "</b></e>"), "1.0 5" SAYS);
}

static void entities_of_xml_are_characters_also_in_attributes(_unused_ void **state)
{
	expect_lines(PLAIN("/e/b", "  bed_id: {from: '{@r}', map: {'a&<\"': x}}\n"),
		     SPAN("<e><b r='a&amp;&lt;&#34;'>" ST "</b></e>"), "1.0 x" SAYS);
}

static void a_bad_record_stands_beside_good_ones(_unused_ void **state)
{
	expect_lines(
	    PLAIN("//b", "  bed_id: '{@r}'\n"),
	    SPAN("<e>\n<b r=''>" ST "</b>\n <b\n r='1'><s>x</s></b>\n<b r='2'>" ST "</b></e>"),
	    "bad 1 line 2 at 4 @r empty required\n"
	    "bad 2 line 3 at 60 s letters unmapped\n"
	    "3.0 2" SAYS);
}

static void a_doctype_is_refused(_unused_ void **state)
{
	const char *yaml = PLAIN("//b", "  bed_id: '{@r}'\n");

	expect_refused(yaml,
		       SPAN("<?xml version='1.0'?>\n<!DOCTYPE e [<!ENTITY x 'y'>]>\n<e>&x;</e>"),
		       "a DOCTYPE");
	expect_refused(yaml, SPAN("<!DOCTYPE e SYSTEM 'file:///etc/passwd'><e/>"),
		       "line 1, column");
}

static void what_is_not_well_formed_fails_with_its_place(_unused_ void **state)
{
	const char *yaml = PLAIN("//b", "  bed_id: '{@r}'\n");

	expect_refused(yaml, SPAN("<e>\n<b></e>"), "line 2, column 8: not well-formed: an end tag");
	expect_refused(yaml, SPAN("<e>\n<b>"), "line 2");
	expect_refused(yaml, SPAN("<e>&nbsp;</e>"), "an entity that XML does not know");
	expect_refused(yaml, SPAN("<e>ZZ\xE5</e>"), "not of the file's character set");
	expect_refused(yaml, SPAN("ZZ;1;2"), "no XML");
	expect_refused(yaml, SPAN("<e/>ZZ"), "something follows");
	expect_refused(yaml, SPAN("<?xml version='1.0'?>"), "not well-formed");
}

static void too_deep_is_refused(_unused_ void **state)
{
	struct buf text = BUF_INIT;

	for (int i = 0; i < 65; i++)
		buf_adds(&text, "<e>");
	expect_refused(PLAIN("//b", "  bed_id: '{@r}'\n"), buf_span(&text),
		       "more than 64 elements");
	buf_done(&text);
}

/* What would take libxml2 quadratic time. */
static void many_attributes_and_names_are_refused(_unused_ void **state)
{
	const char *yaml = PLAIN("//b", "  bed_id: '{@r}'\n");
	struct buf attributes = BUF_INIT, names = BUF_INIT, tag = BUF_INIT;

	buf_adds(&attributes, "<e>\n<!-- <x a='> --><![CDATA[<y b=\"]]><?p <z c='?><b/><b ");
	for (int i = 0; i < 513; i++)
		buf_addf(&attributes, "a%d='>' ", i);
	buf_adds(&attributes, "/></e>");
	expect_refused(yaml, buf_span(&attributes), "line 2, column");
	expect_refused(yaml, buf_span(&attributes), "more than 512 attributes");
	buf_adds(&names, "<e>");
	for (int i = 0; i < 20000; i++)
		buf_addf(&names, "<n%d/>", i);
	buf_adds(&names, "</e>");
	expect_refused(yaml, buf_span(&names), "more than 16,384 different names");
	buf_adds(&tag, "<e a='");
	while (tag.n < 1100000)
		buf_adds(&tag, "0123456789");
	buf_adds(&tag, "'/>");
	expect_refused(yaml, buf_span(&tag), "a tag longer than 1 MiB");
	buf_done(&attributes);
	buf_done(&names);
	buf_done(&tag);
}

static void more_names_than_are_kept_in_mind_are_followed_all_the_same(_unused_ void **state)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "<e>");
	for (int record = 0; record < 2; record++) {
		buf_addf(&text, "<b r='%d'>", record);
		for (int i = 0; i < 1000; i++)
			buf_addf(&text, "<n%d><v>%d</v></n%d>", i, i, i);
		buf_adds(&text, ST "</b>");
	}
	buf_adds(&text, "</e>");
	expect_lines(PLAIN("//b", "  bed_id: '{@r}_{n900/v}_{n3/v}'\n"), buf_span(&text),
		     "1.0 0_900_3" SAYS "2.0 1_900_3" SAYS);
	buf_done(&text);
}

/* Every set of a to g, one within the other, leads to a place of its own. */
static void more_places_than_are_kept_in_mind_are_followed_all_the_same(_unused_ void **state)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "<e><b>");
	for (unsigned set = 1; set < 128; set++) {
		for (int i = 0; i < 7; i++)
			if (set >> i & 1)
				buf_addf(&text, "<%c>", 'a' + i);
		buf_addf(&text, "<z>%u</z>", set);
		for (int i = 6; i >= 0; i--)
			if (set >> i & 1)
				buf_addf(&text, "</%c>", 'a' + i);
	}
	buf_adds(&text, ST "</b></e>");
	expect_lines(PLAIN("//b", "  bed_id: '{.//a//z}_{.//b//z}_{.//c//z}_{.//d//z}_{.//e//z}_"
				  "{.//f//z}_{.//g//z}_{.//b//d//f//z}_{.//b//c//d//e//f//g/z}'\n"),
		     buf_span(&text), "1.0 1_2_4_8_16_32_64_42_126" SAYS);
	buf_done(&text);
}

static void what_attributes_decide_is_decided_for_each_element(_unused_ void **state)
{
	expect_lines(PLAIN("//b", "  bed_id: '{f[@n=\"id\"]/v}_{f[@x]//w}'\n"),
		     SPAN("<e><b><f n='no'><v>1</v><w>2</w></f><f n='id'><v>3</v><w>4</w></f>"
			  "<f x=''><v>5</v><u><w>6</w></u></f>" ST "</b>"
			  "<b><f n='id'><v>7</v></f><f><w>8</w></f><f x=''><w>9</w></f>" ST
			  "</b></e>"),
		     "1.0 3_6" SAYS "2.0 7_9" SAYS);
}

static void comments_and_their_kind_hide_nothing(_unused_ void **state)
{
	expect_lines(PLAIN("//b", "  bed_id: '{@r}'\n"),
		     SPAN("<e><!-- <b r='9'> - > --><![CDATA[<b r='8'>]] >]]><?p <b r='7'> ?>"
			  "<b r=\"1'\">" ST "</b><!----><b r='2'>" ST "</b></e>"),
		     "1.0 1" SAYS "2.0 2" SAYS);
}

static void a_field_longer_than_the_limit_makes_a_bad_record(_unused_ void **state)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "<e><b r='1'><s>");
	for (int i = 0; i < 70000; i++)
		buf_addc(&text, 'x');
	buf_adds(&text, "</s></b><b r='2'>" ST "</b></e>");
	expect_lines(PLAIN("//b", "  bed_id: '{@r}'\n"), buf_span(&text),
		     "bad 1 line 1 at 3 s too long too_long\n2.0 2" SAYS);
	buf_done(&text);
}

static void the_declared_encoding_the_mark_and_the_adapter_are_followed(_unused_ void **state)
{
	const char *yaml = PLAIN("//b", "  bed_id: '{@r}'\n");

	expect_lines(
	    yaml,
	    SPAN("<?xml version='1.0' encoding='windows-1252'?><e><b r='\xE5\x80'>" ST "</b></e>"),
	    "1.0 a" SAYS);
	expect_lines(yaml, SPAN("\xEF\xBB\xBF<e><b r='\xC3\xA5'>" ST "</b></e>"), "1.0 a" SAYS);
	expect_lines(yaml,
		     SPAN("<?xml version='1.0' encoding='UTF-16'?><e><b r='1'>" ST "</b></e>"),
		     "1.0 1" SAYS);
	expect_lines("adapter: a\nencoding: iso-8859-1\nformat: xml\nxml: {record: //b}\n"
		     "event: {bed_id: '{@r}', new_status: '{s}', changed_at: '{t}'}\n",
		     SPAN("<e><b r='\xF8'>" ST "</b></e>"), "1.0 o" SAYS);
	/* behind blank lines, which XML does not allow */
	expect_lines(
	    yaml,
	    SPAN("\r\n <?xml version='1.0' encoding='iso-8859-1'?><e><b r='\xF8'>" ST "</b></e>"),
	    "1.0 o" SAYS);
	expect_refused(
	    yaml, SPAN("<e/><?xml version='1.0'?><e/>"),
	    "line 1, column 10: not well-formed: an XML declaration that is not at the start");
	expect_refused(yaml, SPAN("<?xml version='1.0' encoding='none-such'?><e/>"),
		       "encoding that is not known");
}

static void what_is_not_read_is_said_by_name_only(_unused_ void **state)
{
	expect_said(PLAIN("//b", "  bed_id: '{@r}'\n"),
		    SPAN("<e><b r='1' q='ZZ'>" ST "<who a='ZZ'><n>ZZ</n></who><who/></b></e>"),
		    "note 1 attributes that stand in one record only are not read, and not named\n"
		    "note 1 elements that stand in one record only are not read, and not named\n"
		    "records 1");
	expect_said(PLAIN("//b", "  bed_id: '{@r}'\n"),
		    SPAN("<e><b r='1' q='ZZ'>" ST "<who/></b><b r='2' q=''>" ST
			 "<zz_kari><who/></zz_kari></b><b r='3'><who/><who/>" ST "</b></e>"),
		    "note 2 attribute b/@q is not read\n"
		    "note 2 element who is not read\n"
		    "note 1 elements that stand in one record only are not read, and not named\n"
		    "records 3");
}

static void an_attribute_that_another_one_leads_to_is_read(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a =
	    adapter_of(PLAIN("//b", "  bed_id: '{f[@n=\"r\"]/@v}'\n"));
	struct told t = {0};

	assert_int_equal(
	    run_pieces(a, SPAN("<e><b><f n='r' v='1'/>" ST "</b><b><f n='r' v='2'/>" ST "</b></e>"),
		       SIZE_MAX, &t),
	    0);
	assert_null(strstr(t.messages.p, "note"));
	assert_non_null(strstr(t.messages.p, "records 2 events 2"));
	told_done(&t);
}

static void a_file_without_records_is_told_why_and_its_root_is_not_named(_unused_ void **state)
{
	expect_said(PLAIN("//b", "  bed_id: '{@r}'\n"), SPAN("<zz_kari/>"),
		    "note 1 no element is a record by //b\n");
	expect_said(PLAIN("/e/b", "  bed_id: '{@r}'\n"), SPAN("<e/>"),
		    "note 1 no element is a record by /e/b\n");
	expect_said(
	    PLAIN("/e/b", "  bed_id: '{@r}'\n"), SPAN("<zz_kari/>"),
	    "note 1 no element is a record by /e/b; the root element is another, or in another");
	expect_said(PLAIN("/e", "  bed_id: '{@r}'\n"), SPAN(""),
		    "note 1 no element is a record by /e: the file is empty");
}

static void an_elements_name_can_be_a_value(_unused_ void **state)
{
	expect_lines(PLAIN("//b", "  bed_id: '{@r}_{occ/name()}{free/name()}_{s/*/name()}'\n"),
		     SPAN("<e xmlns:y='u:x'><b r='1'>" ST "<y:occ by='ZZ'/></b>"
			  "<b r='2'><free/>" ST "</b><b r='3'><s><bad/>occupied</s>"
			  "<t>2026-04-20T09:14:22Z</t></b></e>"),
		     "1.0 1_occ" SAYS "2.0 2_free" SAYS "3.0 3_bad" SAYS);
}

static void an_empty_file_has_no_records_and_is_no_error(_unused_ void **state)
{
	expect_lines(PLAIN("//b", "  bed_id: '{@r}'\n"), SPAN(""), "");
}

static void the_builtin_reads_whatever_holds_a_bed_id(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = NULL;
	struct told t = {0};
	struct err err = {0};

	assert_int_equal(adapter_builtin(FORMAT_XML, NULL, &a, &err), 0);
	assert_int_equal(
	    run_pieces(a,
		       SPAN("<e><head/><w ward='D'><bed bed_id='B1' new_status='occupied' "
			    "changed_at='2026-04-20T09:14:22Z'/></w>"
			    "<x><ward>R</ward><bed_id>B2</bed_id><new_status>available</new_status>"
			    "<changed_at>2026-04-20T09:14:22Z</changed_at></x></e>"),
		       9, &t),
	    0);
	assert_string_equal(told_text(&t),
			    "1.0 b1 - - ->occupied - 2026-04-20T09:14:22Z - changed_at\n"
			    "2.0 b2 r - ->available - 2026-04-20T09:14:22Z - changed_at\n");
	told_done(&t);
}

static void a_path_that_is_wrong_is_shown_at_its_place(_unused_ void **state)
{
	char *said = problems_of("adapter: a\nformat: xml\nxml: {record: '//q:Bed'}\nevent:\n  "
				 "bed_id: 'bed_{@id}_{a//}'\n"
				 "  new_status: '{../@a/b}'\n  changed_at: '{/x}'\n"
				 "  ward: '{x/../y}'\n");

	assert_non_null(strstr(said, "a.yaml:3:15: record: path \"//q:Bed\", character 5: the "
				     "prefix is not in namespaces:"));
	assert_non_null(
	    strstr(said, "a.yaml:5:23: bed_id: path \"a//\", character 4: expected a name"));
	assert_non_null(strstr(said, "a.yaml:6:17: new_status: path \"../@a/b\", character 6: "
				     "nothing can stand behind an attribute"));
	assert_non_null(strstr(said, "a.yaml:7:17: changed_at: path \"/x\""));
	assert_non_null(strstr(said, "a.yaml:8:11: ward: path \"x/../y\", character 3: expected a "
				     "name; .. can stand at a field's beginning only"));
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(elements_attributes_and_parents_are_read),
	    cmocka_unit_test(a_prefix_means_its_namespace_and_none_means_any),
	    cmocka_unit_test(a_record_is_found_at_any_depth_and_not_within_itself),
	    cmocka_unit_test(an_attribute_can_choose_the_record_and_the_field),
	    cmocka_unit_test(text_is_its_own_and_an_elements_value_is_all_within),
	    cmocka_unit_test(the_first_of_several_counts),
	    cmocka_unit_test(entities_of_xml_are_characters_also_in_attributes),
	    cmocka_unit_test(a_bad_record_stands_beside_good_ones),
	    cmocka_unit_test(a_doctype_is_refused),
	    cmocka_unit_test(what_is_not_well_formed_fails_with_its_place),
	    cmocka_unit_test(too_deep_is_refused),
	    cmocka_unit_test(many_attributes_and_names_are_refused),
	    cmocka_unit_test(more_names_than_are_kept_in_mind_are_followed_all_the_same),
	    cmocka_unit_test(more_places_than_are_kept_in_mind_are_followed_all_the_same),
	    cmocka_unit_test(what_attributes_decide_is_decided_for_each_element),
	    cmocka_unit_test(comments_and_their_kind_hide_nothing),
	    cmocka_unit_test(a_field_longer_than_the_limit_makes_a_bad_record),
	    cmocka_unit_test(the_declared_encoding_the_mark_and_the_adapter_are_followed),
	    cmocka_unit_test(what_is_not_read_is_said_by_name_only),
	    cmocka_unit_test(an_attribute_that_another_one_leads_to_is_read),
	    cmocka_unit_test(a_file_without_records_is_told_why_and_its_root_is_not_named),
	    cmocka_unit_test(an_elements_name_can_be_a_value),
	    cmocka_unit_test(an_empty_file_has_no_records_and_is_no_error),
	    cmocka_unit_test(the_builtin_reads_whatever_holds_a_bed_id),
	    cmocka_unit_test(a_path_that_is_wrong_is_shown_at_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

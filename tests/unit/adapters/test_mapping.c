/* What a field's value becomes, shown on CSV rows: a row of `v` → the field. */
#include "adapters/value_class.h"
#include "tests/unit/adapters/harness.h"

/* The event's line for one value, with the field described by this YAML. */
static void expect_field(const char *field_yaml, const char *value, const char *line)
{
	struct buf yaml = BUF_INIT, file = BUF_INIT;

	buf_addf(&yaml,
		 "adapter: a\nformat: csv\ncsv: {delimiter: ';'}\nevent:\n  bed_id: '{b}'\n  "
		 "new_status: occupied\n"
		 "  changed_at: {from: '{t}', format: unix}\n  %s\n",
		 field_yaml);
	buf_addf(&file, "v;w;t;b\n%s;1000;b\n", value);
	expect_lines(yaml.p, buf_span(&file), line);
	buf_done(&yaml);
	buf_done(&file);
}

#define WARD(w)	  "1.0 b " w " - ->occupied - 1970-01-01T00:16:40Z - t\n"
#define CARE(c)	  "1.0 b - " c " ->occupied - 1970-01-01T00:16:40Z - t\n"
#define USER(u)	  "1.0 b - - ->occupied " u " 1970-01-01T00:16:40Z - t\n"
#define REASON(r) "1.0 b - - ->occupied - 1970-01-01T00:16:40Z " r " t\n"
#define FROM(f)	  "1.0 b - - " f ">occupied - 1970-01-01T00:16:40Z - t\n"
#define BAD(what) "bad 1 line 2 at 8 " what "\n"

static void identifiers_are_folded(_unused_ void **state)
{
	expect_field("ward: '{v}'", "  Sørlig  Fløy/2 ;", WARD("sorlig_floy_2"));
	expect_field("ward: '{v}_{w}'", "A;B", WARD("a_b"));
	expect_field("ward: '{v}_{w}_x'", "A;", WARD("a_x"));
	expect_field("ward: '{v}_{w}_x'", ";", WARD("-"));
	expect_field("ward: '{{{v}}}'", "A;", WARD("a"));
	expect_field("ward: {from: '{v}', prefix: ward_, map: {x: y}, default: z}", "x;",
		     WARD("y"));
	expect_field("ward: {from: '{v}', prefix: ward_}", "A 1;", WARD("ward_a_1"));
	expect_field("ward: {from: '{v}', prefix: ward_}", ";", WARD("-"));
	expect_field("ward: '{v}'", "東;", BAD("v letters bad_identifier"));
}

static void a_map_matches_exactly_else_without_case(_unused_ void **state)
{
	const char *yaml = "ward: {from: '{v}', map: {d: dementia, D: day, 1: one, N: north, ~: "
			   "nothing, '': none}}";

	expect_field(yaml, "d;", WARD("dementia"));
	expect_field(yaml, " D ;", WARD("day"));
	expect_field(yaml, "n;", WARD("north"));
	expect_field(yaml, "1;", WARD("one"));
	expect_field(yaml, ";", WARD("none"));
	expect_field(yaml, "q;", BAD("v letters unmapped"));
	expect_field("ward: {from: '{v}', map: {d: ~}}", "d;", WARD("-"));
}

static void a_default_stands_for_what_is_empty_or_not_in_the_map(_unused_ void **state)
{
	const char *yaml = "care_level: {from: '{v}', map: {1: light}, default: medium}";

	expect_field(yaml, "1;", CARE("light"));
	expect_field(yaml, "7;", CARE("medium"));
	expect_field(yaml, ";", CARE("medium"));
	expect_field("care_level: {from: '{v}', default: medium}", "Intensive;", CARE("intensive"));
	expect_field("care_level: {from: '{v}', default: medium}", "high;", CARE("medium"));
	expect_field("care_level: '{v}'", ";", CARE("-"));
	expect_field("care_level: '{v}'", "high;", BAD("v letters unmapped"));
}

static void a_reason_outside_the_list_is_other(_unused_ void **state)
{
	expect_field("reason: '{v}'", "Admit;", REASON("admit"));
	expect_field("reason: '{v}'", "because;", REASON("other"));
	expect_field("reason: {from: '{v}', map: {x: admit}}", "y;", BAD("v letters unmapped"));
}

static void who_changed_it_gets_a_prefix(_unused_ void **state)
{
	expect_field("changed_by: {from: '{v}', prefix: user_}", "Kari Hansen;",
		     USER("user_kari_hansen"));
	expect_field("changed_by: {from: '{v}', prefix: user_}", ";", USER("-"));
	expect_field("changed_by: {from: '{v}', prefix: user_, map: {x: system}}", "x;",
		     USER("system"));
}

static void without_a_key_a_pseudonym_is_nobody(_unused_ void **state)
{
	expect_field("changed_by: {from: '{v}', pseudonym: true}", "Kari;", USER("-"));
}

static void a_pseudonym_is_the_same_for_the_same_name(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a =
	    adapter_of("adapter: a\nformat: csv\nmode: census\nevent: {bed_id: '{b}', new_status: "
		       "occupied, changed_by: "
		       "{from: '{u}', prefix: user_, pseudonym: true}}\n");
	_cleanup_(memory_table_freep) struct memory_table *memory = memory_table_new(NULL);
	struct told t = {.memory = memory};
	char first[64], second[64], third[64];

	assert_int_equal(
	    run_pieces(a, SPAN("b,u\n1,Kari Hansen\n2,KARI  HANSEN\n3,Ola\n"), SIZE_MAX, &t), 0);
	assert_int_equal(sscanf(t.text.p,
				"%*s %*s %*s %*s %*s %63s %*[^\n] %*s %*s %*s %*s %*s %63s %*[^\n] "
				"%*s %*s %*s %*s %*s %63s",
				first, second, third),
			 3);
	assert_int_equal(strlen(first), strlen("user_") + 12);
	assert_string_equal(first, second);
	assert_string_not_equal(first, third);
	assert_null(strstr(t.text.p, "kari"));
	told_done(&t);
}

static void a_previous_status_may_be_unknown(_unused_ void **state)
{
	expect_field("previous_status: '{v}'", "available;", FROM("available"));
	expect_field("previous_status: '{v}'", ";", FROM("-"));
	expect_field("previous_status: '{v}'", "free;", BAD("v letters unmapped"));
}

static void formats_are_tried_in_turn(_unused_ void **state)
{
	const char *yaml = "adapter: a\nformat: csv\nzone: Europe/Oslo\nevent: {bed_id: '{b}', "
			   "new_status: occupied, changed_at: "
			   "{from: '{d} {t}', format: ['%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M', "
			   "'%d.%m.%Y'], zone: UTC}}\n";

	expect_lines(yaml,
		     SPAN("b,d,t\nb,20.04.2026,11:14\nb,20.04.2026,11:14:05\nb,20.04.2026,\n,,\nb,"
			  "20.04.26,\n"),
		     "1.0 b - - ->occupied - 2026-04-20T11:14:00Z - changed_at\n"
		     "2.0 b - - ->occupied - 2026-04-20T11:14:05Z - changed_at\n"
		     "3.0 b - - ->occupied - 2026-04-20T00:00:00Z - changed_at\n"
		     "bad 4 line 6 at 64 changed_at date-like bad_time\n");
}

static void the_first_template_of_a_list_that_is_not_empty_counts(_unused_ void **state)
{
	expect_field("ward: ['{v}', 'ward_{w}']", "A;B", WARD("a"));
	expect_field("ward: {from: ['{v}', 'ward_{w}', x], map: {x: none, ward_b: b}}", ";B",
		     WARD("b"));
	expect_field("ward: {from: ['{v}', 'ward_{w}', x], map: {x: none}}", ";", WARD("none"));
	expect_field("ward: ['{v}', '{w}']", ";東", BAD("ward letters bad_identifier"));
	char *said = problems_of("adapter: a\nformat: csv\nevent:\n  bed_id: ['{a}', '{b', []]\n"
				 "  ward: []\n  care_level: [1,2,3,4,5,6,7,8,9]\n");
	assert_non_null(strstr(said, "a.yaml:4:20: bed_id: a { without its }"));
	assert_non_null(strstr(said, "a.yaml:4:25: bed_id: expected a template"));
	assert_non_null(strstr(said, "a.yaml:5:9: ward: expected a template"));
	assert_non_null(strstr(said, "a.yaml:6:15: care_level: at most 8 templates"));
	free(said);
}

static void classes_say_what_a_value_is_and_no_more(_unused_ void **state)
{
	static const struct {
		struct span value;
		const char *class;
	} cases[] = {{{"", 0}, "empty"},
		     {{"  ", 2}, "empty"},
		     {{"0123", 4}, "digits"},
		     {{"Åse B", 6}, "letters"},
		     {{"2026-04-20", 10}, "date-like"},
		     {{"A12", 3}, "mixed"},
		     {{"\xE5", 1}, "not utf-8"}};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(value_class(cases[i].value), cases[i].class);
	while (b.n <= ADAPTER_FIELD_MAX)
		buf_adds(&b, "0123456789");
	assert_string_equal(value_class(buf_span(&b)), "too long");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(identifiers_are_folded),
	    cmocka_unit_test(a_map_matches_exactly_else_without_case),
	    cmocka_unit_test(a_default_stands_for_what_is_empty_or_not_in_the_map),
	    cmocka_unit_test(a_reason_outside_the_list_is_other),
	    cmocka_unit_test(who_changed_it_gets_a_prefix),
	    cmocka_unit_test(without_a_key_a_pseudonym_is_nobody),
	    cmocka_unit_test(a_pseudonym_is_the_same_for_the_same_name),
	    cmocka_unit_test(a_previous_status_may_be_unknown),
	    cmocka_unit_test(formats_are_tried_in_turn),
	    cmocka_unit_test(the_first_template_of_a_list_that_is_not_empty_counts),
	    cmocka_unit_test(classes_say_what_a_value_is_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

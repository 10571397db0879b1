#include "tests/unit/adapters/harness.h"

#define EVENT "event: {bed_id: '{b}', new_status: '{s}', changed_at: '{t}'}\n"

static void expect_problem(const char *yaml, const char *problem)
{
	char *said = problems_of(yaml);

	if (!strstr(said, problem))
		fail_msg("\"%s\" is not in:\n%s", problem, said);
	free(said);
}

static void what_an_adapter_says_can_be_asked(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of(
	    "adapter: visma-beds\nformat: csv\nmatch: ['BEDS_*.csv', '*.txt']\nmode: census\n"
	    "ready: {quiet: 5s}\nfacility: fac_oslo\nallow_empty: yes\n" EVENT
	    "tests:\n  - {input: a.csv, expect: a.json}\n");
	const struct adapter_test *tests;

	assert_string_equal(adapter_name(a), "visma-beds");
	assert_int_equal(adapter_format(a), FORMAT_CSV);
	assert_int_equal(adapter_mode(a), MODE_CENSUS);
	assert_string_equal(adapter_facility(a), "fac_oslo");
	assert_true(adapter_allows_empty(a));
	assert_int_equal(adapter_ready(a)->rule, READY_QUIET);
	assert_int_equal(adapter_ready(a)->quiet, 5 * USEC_PER_SEC);
	assert_true(adapter_matches(a, "BEDS_1.csv"));
	assert_true(adapter_matches(a, "x.txt"));
	assert_false(adapter_matches(a, "beds_1.csv"));
	assert_false(adapter_matches(a, ".txt"));
	assert_int_equal(adapter_tests(a, &tests), 1);
	assert_string_equal(tests[0].input, "a.csv");
	assert_string_equal(tests[0].expect, "a.json");
}

static void ready_rules_are_four(_unused_ void **state)
{
	static const struct {
		const char *yaml;
		enum ready_rule rule;
	} cases[] = {{"", READY_CLOSE},
		     {"ready: close\n", READY_CLOSE},
		     {"ready: rename\n", READY_RENAME},
		     {"ready: quiet\n", READY_QUIET},
		     {"ready: {done_file: '{name}.ok'}\n", READY_DONE_FILE}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf yaml = BUF_INIT;
		buf_addf(&yaml, "adapter: a\nformat: csv\n" EVENT "%s", cases[i].yaml);
		_cleanup_(adapter_freep) struct adapter *a = adapter_of(yaml.p);
		assert_int_equal(adapter_ready(a)->rule, cases[i].rule);
		buf_done(&yaml);
	}
	expect_problem("adapter: a\nformat: csv\nready: qiet\n" EVENT,
		       "a.yaml:3:8: ready: expected");
	expect_problem("adapter: a\nformat: csv\nready: {done_file: done}\n" EVENT,
		       "a.yaml:3:20: done_file: expected a name made of {name}");
	expect_problem("adapter: a\nformat: csv\nready: {quiet: 2}\n" EVENT, "a.yaml:3:16: quiet:");
}

static void max_bad_is_a_count_or_a_part(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *none =
	    adapter_of("adapter: a\nformat: csv\n" EVENT);
	_cleanup_(adapter_freep) struct adapter *count =
	    adapter_of("adapter: a\nformat: csv\nmax_bad: 3\n" EVENT);
	_cleanup_(adapter_freep) struct adapter *part =
	    adapter_of("adapter: a\nformat: csv\nmax_bad: \"5%\"\n" EVENT);

	assert_false(adapter_rejects(none, 9, 9));
	assert_false(adapter_rejects(none, 5, 10));
	assert_true(adapter_rejects(none, 6, 10));
	assert_false(adapter_rejects(count, 3, 3));
	assert_true(adapter_rejects(count, 4, 100000));
	assert_false(adapter_rejects(part, 5, 100));
	assert_true(adapter_rejects(part, 6, 100));
	expect_problem("adapter: a\nformat: csv\nmax_bad: many\n" EVENT,
		       "a.yaml:3:10: max_bad: expected a count");
}

static void every_problem_is_told_at_its_place(_unused_ void **state)
{
	char *said =
	    problems_of("adapter: My Beds\n"  /* 1 */
			"format: csv\n"	      /* 2 */
			"mod: delta\n"	      /* 3 */
			"encoding: klingon\n" /* 4 */
			"zone: Europe/Olso\n" /* 5 */
			"facility: oslo\n"    /* 6 */
			"xml: {}\n"	      /* 7 */
			"csv: {delimiter: ';;;;;;;;;', header: true, columns: [a]}\n"
			"event:\n"		    /* 9 */
			"  bed: '{b}'\n"	    /* 10 */
			"  bed_id: \"bed_{A}_{\"\n" /* 11 */
			"  ward: {from: '{A}', map: {D: Dementia}}\n"
			"  new_status: {from: '{S}', map: {L: availble, O: taken}}\n"
			"  changed_at: {from: '{T}', format: '%d.%Q', zone: Nowhere, map: {}}\n"
			"  changed_by: {from: '{B}', prefix: 'User '}\n");
	static const char *const expected[] = {
	    "a.yaml:1:10: adapter: expected a name",
	    "a.yaml:3:1: unknown key \"mod\"; did you mean \"mode\"?",
	    "a.yaml:4:11: encoding: \"klingon\" is not known",
	    "a.yaml:5:7: zone:",
	    "a.yaml:6:11: facility: expected an identifier that begins with fac_",
	    "a.yaml:7:6: xml: is not read with format: csv",
	    "a.yaml:8:18: delimiter: expected up to 8 characters",
	    "a.yaml:8:54: columns: names the columns of a file without a header",
	    "a.yaml:10:3: event: unknown field \"bed\"",
	    "a.yaml:11:20: bed_id: a { without its }",
	    "a.yaml:12:32: ward: \"Dementia\" is no identifier",
	    "a.yaml:13:38: new_status: \"availble\" is not known; did you mean \"available\"?",
	    "a.yaml:13:51: new_status: \"taken\" is not known; did you mean \"occupied\"?",
	    "a.yaml:14:37: changed_at: format:",
	    "a.yaml:14:52: changed_at: zone:",
	    "a.yaml:14:61: unknown key \"map\"",
	    "a.yaml:15:37: changed_by: prefix:",
	};

	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		if (!strstr(said, expected[i]))
			fail_msg("\"%s\" is not in:\n%s", expected[i], said);
	free(said);
}

/* What somebody writes who knows no YAML. */
static void a_slip_of_the_pen_is_told_with_what_to_do(_unused_ void **state)
{
	expect_problem(
	    "adapter: a\nformat: csv\nevent:\n  bed_id: {A}_{B}\n",
	    "a.yaml:4:14: invalid value after mapping; text that begins with { stands in "
	    "quotes");
	expect_problem("adapter: a\nformat: csv\nmatch: *.csv\n" EVENT,
		       "text that begins with * stands in quotes");
	expect_problem("adapter: a\nformat: csv\nevent:\n  bed_id: {A}\n",
		       "\"from\" is required (a template in quotes");
	expect_problem("adapter: a\nformat: csv\nevent:\nbed_id: '{A}'\n  ward: '{A}'\n",
		       "the keys of one section begin in the same column");
	expect_problem("adapter: a\nformat: csv\nevent: {bed_id: 'bed_{A_{B}'}\n",
		       "a.yaml:3:23: bed_id: a { within a field: the one before lacks its }");
	expect_problem("adapter: a\nformat: csv\ncsv: {delimiter: '\"'}\n" EVENT,
		       "a.yaml:3:18: quote: is the delimiter too; quote: none says");
	expect_problem("adapter: a\nformat: csv\ntests: [{input: x}]\n" EVENT,
		       "\"expect\" is required\n");
}

static void what_is_missing_is_told(_unused_ void **state)
{
	expect_problem("format: csv\n" EVENT, "adapter");
	expect_problem("adapter: a\n" EVENT, "format");
	expect_problem("adapter: a\nformat: csv\n", "event is missing");
	expect_problem("adapter: a\nformat: csv\nevent: {ward: '{w}'}\n",
		       "event: bed_id is missing");
	expect_problem("adapter: a\nformat: csv\nevent: {bed_id: '{w}'}\n",
		       "event: new_status is missing");
	expect_problem("adapter: a\nformat: csv\nevent: {bed_id: '{w}', new_status: '{s}'}\n",
		       "event: changed_at is missing (only with mode: census");
	expect_problem("adapter: a\nformat: xml\n" EVENT, "xml is missing");
	expect_problem("adapter: a\nformat: xml\nxml: {}\n" EVENT, "record");
	expect_problem("- a\n", "expected an adapter");
	expect_problem("", "adapter");
	expect_problem("adapter: [a\n", "a.yaml:");
}

static void columns_that_are_not_listed_are_told(_unused_ void **state)
{
	expect_problem("adapter: a\nformat: csv\ncsv: {header: false, columns: [bed, stat, t]}\n"
		       "event: {bed_id: 'x{bd}', new_status: '{stat}', changed_at: '{t}'}\n",
		       "a.yaml:4:20: bed_id: \"bd\" is not in columns:; did you mean \"bed\"?");
	expect_problem("adapter: a\nformat: csv\ncsv: {header: false}\n" EVENT,
		       "columns are called {1}, {2}, {3}");
	expect_problem("adapter: a\nformat: csv\ncsv: {header: false, columns: [b, s, b]}\n" EVENT,
		       "\"b\" is also column 1");
}

static void another_homes_adapter_reads_nothing_here(_unused_ void **state)
{
	expect_refused("adapter: a\nformat: csv\nfacility: fac_other\n" EVENT, SPAN("b,s,t\n"),
		       "the adapter a is for fac_other, this home is fac_test");
}

static void the_homes_zone_holds_where_the_adapter_names_none(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of("adapter: a\nformat: csv\n" EVENT);
	_cleanup_(zone_freep) struct zone *zone = NULL;
	struct told t = {0};
	struct adapter_sink sink = {&t, tell_events, tell_bad, NULL};
	struct adapter_input input = {.facility = "fac_test", .file_time = USEC_NONE};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;

	assert_int_equal(zone_load("Europe/Oslo", &zone, NULL), 0);
	input.zone = zone;
	assert_int_equal(adapter_run_new(a, &input, &sink, NULL, &run, NULL), 0);
	assert_int_equal(
	    adapter_run_feed(run, SPAN("b,s,t\nx,occupied,2026-04-20 11:14\n"), true, NULL), 0);
	assert_string_equal(told_text(&t), "1.0 x - - ->occupied - 2026-04-20T09:14:00Z - t\n");
	told_done(&t);
}

static int refuse_event(_unused_ void *ctx, _unused_ const struct event *e, _unused_ size_t n,
			struct err *err)
{
	return err_set(err, ERR_FULL, "no room");
}

static void a_sink_that_fails_ends_the_run(_unused_ void **state)
{
	_cleanup_(adapter_freep) struct adapter *a = adapter_of("adapter: a\nformat: csv\n" EVENT);
	struct adapter_sink sink = {.events = refuse_event};
	struct adapter_input input = {.facility = "fac_test"};
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	struct err err;

	assert_int_equal(adapter_run_new(a, &input, &sink, NULL, &run, &err), 0);
	assert_int_equal(
	    adapter_run_feed(run, SPAN("b,s,t\nx,occupied,2026-04-20\ny,occupied,2026-04-20\n"),
			     false, &err),
	    -ERR_FULL);
	assert_true(err.retriable);
	assert_true(adapter_run_feed(run, SPAN("z,occupied,2026-04-20\n"), true, &err) < 0);
}

static void formats_have_names(_unused_ void **state)
{
	enum adapter_format f;

	assert_true(adapter_format_parse(SPAN("xml"), &f));
	assert_string_equal(adapter_format_name(f), "xml");
	assert_false(adapter_format_parse(SPAN("XML"), &f));
}

/* What a reader copies from docs/adapters.md must load. */
static void every_adapter_of_the_manual_loads(_unused_ void **state)
{
	const char *top = getenv("srcdir");
	struct buf path = BUF_INIT, manual = BUF_INIT;
	size_t n, loaded = 0;

	buf_addf(&path, "%s/docs/adapters.md", top ? top : "..");
	_cleanup_(fclosep) FILE *f = fopen(path.p, "rb");
	assert_non_null(f);
	while ((n = fread(buf_reserve(&manual, 65536), 1, 65536, f)) > 0)
		manual.n += n;
	(void)buf_reserve(&manual, 1);
	manual.p[manual.n] = '\0';
	for (char *at = manual.p, *end; (at = strstr(at, "```yaml\n")); at = end + 1) {
		at += strlen("```yaml\n");
		end = strstr(at, "```");
		assert_non_null(end);
		*end = '\0';
		adapter_free(adapter_of(at));
		loaded++;
	}
	assert_true(loaded >= 6);
	buf_done(&path);
	buf_done(&manual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_an_adapter_says_can_be_asked),
	    cmocka_unit_test(ready_rules_are_four),
	    cmocka_unit_test(max_bad_is_a_count_or_a_part),
	    cmocka_unit_test(every_problem_is_told_at_its_place),
	    cmocka_unit_test(a_slip_of_the_pen_is_told_with_what_to_do),
	    cmocka_unit_test(what_is_missing_is_told),
	    cmocka_unit_test(columns_that_are_not_listed_are_told),
	    cmocka_unit_test(another_homes_adapter_reads_nothing_here),
	    cmocka_unit_test(the_homes_zone_holds_where_the_adapter_names_none),
	    cmocka_unit_test(a_sink_that_fails_ends_the_run),
	    cmocka_unit_test(formats_have_names),
	    cmocka_unit_test(every_adapter_of_the_manual_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

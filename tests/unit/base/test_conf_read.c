#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/conf.h"

struct home {
	const char *zone;
	int64_t retries, buffer;
	usec_t poll;
	int mode;
	bool strict;
	const struct conf_node *event;
};

static const char *const modes[] = {"delta", "census", NULL};
static const struct conf_key keys[] = {
    {"zone", CONF_STRING, offsetof(struct home, zone), .required = true,
     .help = "the home's IANA zone"},
    {"retries", CONF_INT, offsetof(struct home, retries), .min = 1, .max = 10, .by_default = "3",
     .help = "tries"},
    {"poll", CONF_DURATION, offsetof(struct home, poll), .min = USEC_PER_SEC, .max = USEC_PER_DAY,
     .by_default = "2s", .help = "time between looks"},
    {"buffer", CONF_SIZE, offsetof(struct home, buffer), .min = 1024, .max = 1 << 30,
     .by_default = "4MiB", .help = "bytes kept"},
    {"mode", CONF_ENUM, offsetof(struct home, mode), .names = modes, .by_default = "delta",
     .help = "what a file lists"},
    {"strict", CONF_BOOL, offsetof(struct home, strict), .by_default = "yes",
     .help = "refuse odd files"},
    {"event", CONF_NODE, offsetof(struct home, event), .help = "the mapping"},
    {0},
};

static struct home home;
static struct conf *conf;

/* Reads a text by the table; what problems there were, one after another without their lines. */
static const char *problems(const char *text)
{
	static char all[4096];
	struct err err;

	conf_free(conf);
	conf = NULL;
	memset(&home, 0, sizeof(home));
	if (conf_parse("t.yaml", span_str(text), &conf, &err) < 0)
		fail_msg("%s", err.message);
	conf_read(conf, conf_root(conf), keys, &home);
	all[0] = '\0';
	for (size_t i = 0; i < conf_problem_count(conf); i++) {
		struct conf_place place = conf_problem_at(conf, i);
		size_t n = strlen(all);
		(void)snprintf(all + n, sizeof(all) - n, "%u:%u: %s\n", place.line, place.column,
			       place.message);
	}
	return all;
}

static void what_is_absent_gets_its_default(void **state)
{
	(void)state;
	assert_string_equal(problems("zone: UTC\n"), "");
	assert_string_equal(home.zone, "UTC");
	assert_int_equal(home.retries, 3);
	assert_int_equal(home.poll, 2 * USEC_PER_SEC);
	assert_int_equal(home.buffer, 4 << 20);
	assert_int_equal(home.mode, 0);
	assert_true(home.strict);
	assert_null(home.event);
}

static void every_type_is_read(void **state)
{
	(void)state;
	assert_string_equal(
	    problems("zone: Europe/Oslo\nretries: 10\npoll: 250s\nbuffer: 64KiB\nmode: census\n"
		     "strict: Off\nevent: {bed_id: x}\n"),
	    "");
	assert_string_equal(home.zone, "Europe/Oslo");
	assert_int_equal(home.retries, 10);
	assert_int_equal(home.poll, 250 * USEC_PER_SEC);
	assert_int_equal(home.buffer, 65536);
	assert_int_equal(home.mode, 1);
	assert_false(home.strict);
	assert_true(span_eq_str(conf_text(conf_get(home.event, "bed_id")), "x"));
}

static void sizes_are_bytes_or_binary_multiples(void **state)
{
	(void)state;
	assert_string_equal(problems("zone: x\nbuffer: 2000\n"), "");
	assert_int_equal(home.buffer, 2000);
	assert_string_equal(problems("zone: x\nbuffer: 2048B\n"), "");
	assert_int_equal(home.buffer, 2048);
	assert_string_equal(problems("zone: x\nbuffer: 1GiB\n"), "");
	assert_int_equal(home.buffer, 1 << 30);
}

static void a_wrong_value_is_told_at_its_place_and_gets_its_default(void **state)
{
	(void)state;
	assert_string_equal(
	    problems("zone: UTC\nretries: many\npoll: 5\nbuffer: 3kb\nmode: both\nstrict: maybe\n"),
	    "2:10: retries: expected a whole number\n"
	    "3:7: poll: expected a duration with its unit: 250ms, 2s, 10m, 1h, 7d\n"
	    "4:9: buffer: expected a size: 500, 64KiB, 4MiB, 1GiB\n"
	    "5:7: mode: expected one of delta, census\n"
	    "6:9: strict: expected true or false\n");
	assert_int_equal(home.retries, 3);
	assert_int_equal(home.poll, 2 * USEC_PER_SEC);
	assert_int_equal(home.buffer, 4 << 20);
	assert_true(home.strict);
}

static void bounds_are_told_as_their_reader_would_write_them(void **state)
{
	(void)state;
	assert_string_equal(problems("zone: UTC\nretries: 11\npoll: 999ms\nbuffer: 2GiB\n"),
			    "2:10: retries: must be between 1 and 10\n"
			    "3:7: poll: must be between 1s and 1d\n"
			    "4:9: buffer: must be between 1KiB and 1GiB\n");
	assert_string_equal(problems("zone: UTC\nretries: 0\npoll: 2d\nbuffer: 9999999999GiB\n"),
			    "2:10: retries: must be between 1 and 10\n"
			    "3:7: poll: must be between 1s and 1d\n"
			    "4:9: buffer: expected a size: 500, 64KiB, 4MiB, 1GiB\n");
}

static void what_is_required_is_missed_where_it_should_stand(void **state)
{
	(void)state;
	assert_string_equal(problems("retries: 2\n"),
			    "1:1: \"zone\" is required (the home's IANA zone)\n");
	assert_string_equal(problems("retries: 2\nzone:\n"),
			    "2:1: \"zone\" is required (the home's IANA zone)\n");
	assert_string_equal(problems(""), "1:1: \"zone\" is required (the home's IANA zone)\n");
}

static void an_unknown_key_is_told_with_its_nearest_name(void **state)
{
	(void)state;
	assert_string_equal(
	    problems("zone: UTC\nretrys: 3\nwhatever: 1\n"),
	    "2:1: unknown key \"retrys\"; did you mean \"retries\"?\n"
	    "3:1: unknown key \"whatever\"; the keys here are zone, retries, poll, buffer, "
	    "mode, strict, event\n");
	assert_string_equal(problems("zone: UTC\nmode: censsu\n"),
			    "2:7: mode: expected one of delta, census; did you mean \"census\"?\n");
}

static void a_collection_is_no_value_and_a_value_no_mapping(void **state)
{
	(void)state;
	assert_string_equal(problems("zone: {a: b}\nretries: [1]\n"),
			    "1:7: zone: expected one value, not a mapping\n"
			    "2:10: retries: expected one value, not a list\n");
	assert_string_equal(problems("- zone\n"),
			    "1:1: expected keys with values, like {zone: ...}\n"
			    "1:1: \"zone\" is required (the home's IANA zone)\n");
}

static void an_absent_section_reads_as_an_empty_one(void **state)
{
	struct home inner = {0};

	(void)state;
	(void)problems("zone: UTC\nevent:\n");
	assert_int_equal(conf_problem_count(conf), 0);
	assert_null(home.event);
	conf_read(conf, conf_get(conf_root(conf), "nowhere"), keys, &inner);
	assert_int_equal(conf_problem_count(conf), 1);
	assert_int_equal(inner.retries, 3);
	conf_read(conf, conf_get(conf_root(conf), "event"), keys, &inner);
	assert_int_equal(conf_problem_count(conf), 2);
	assert_int_equal(conf_problem_at(conf, 1).line, 2);
}

static void a_name_is_near_within_two_edits_or_one_in_a_short_word(void **state)
{
	static const char *const names[] = {"zone", "delimiter", "facility", "event", NULL};

	(void)state;
	assert_string_equal(conf_did_you_mean(SPAN("zon"), names), "zone");
	assert_string_equal(conf_did_you_mean(SPAN("ozne"), names),
			    "zone"); /* neighbours swapped */
	assert_null(conf_did_you_mean(SPAN("zo"), names));
	assert_string_equal(conf_did_you_mean(SPAN("delimtr"), names), "delimiter");
	assert_null(conf_did_you_mean(SPAN("delmtr"), names));
	assert_null(conf_did_you_mean(SPAN("facilities"), names));
	assert_null(conf_did_you_mean(SPAN(""), names));
	assert_null(conf_did_you_mean(
	    SPAN("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), names));
}

static void a_table_describes_itself(void **state)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	(void)state;
	conf_describe(keys, &text);
	assert_string_equal(text.p, "zone: text; required\n    the home's IANA zone\n"
				    "retries: number 1 to 10; default 3\n    tries\n"
				    "poll: duration 1s to 1d; default 2s\n    time between looks\n"
				    "buffer: size 1KiB to 1GiB; default 4MiB\n    bytes kept\n"
				    "mode: delta, census; default delta\n    what a file lists\n"
				    "strict: true or false; default yes\n    refuse odd files\n"
				    "event: section\n    the mapping\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_absent_gets_its_default),
	    cmocka_unit_test(every_type_is_read),
	    cmocka_unit_test(sizes_are_bytes_or_binary_multiples),
	    cmocka_unit_test(a_wrong_value_is_told_at_its_place_and_gets_its_default),
	    cmocka_unit_test(bounds_are_told_as_their_reader_would_write_them),
	    cmocka_unit_test(what_is_required_is_missed_where_it_should_stand),
	    cmocka_unit_test(an_unknown_key_is_told_with_its_nearest_name),
	    cmocka_unit_test(a_collection_is_no_value_and_a_value_no_mapping),
	    cmocka_unit_test(an_absent_section_reads_as_an_empty_one),
	    cmocka_unit_test(a_name_is_near_within_two_edits_or_one_in_a_short_word),
	    cmocka_unit_test(a_table_describes_itself),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	conf_free(conf);
	return failed;
}

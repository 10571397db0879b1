/* What a home's state means, in words: each fault by its code and level,
 * and none without a cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/exit.h"
#include "cli/home/verdict.h"
#include "cli/home/words.h"
#include "outbox/status_file.h"

static const usec_t now = (usec_t)1776676462 * USEC_PER_SEC; /* 2026-04-20T09:14:22Z */

static struct home_drop drop = {.dir = "/srv/ehr"};
static struct home home = {.facility = "fac_a",
			   .state_dir = "/state",
			   .adapters = "/adapters",
			   .drops = &drop,
			   .n_drops = 1,
			   .heartbeat = USEC_PER_MIN};

/* A home that is well. */
static struct facts well(void)
{
	struct facts f = {.home = &home,
			  .now = now,
			  .watcher_runs = true,
			  .syncd_runs = true,
			  .has_outbox = true};

	f.outbox = (struct outbox_status){.epochs = 1,
					  .epoch_began = now - USEC_PER_HOUR,
					  .oldest = USEC_NONE,
					  .dead_last = USEC_NONE,
					  .quarantined_last = USEC_NONE,
					  .rejected_last = USEC_NONE,
					  .disk_min = (int64_t)100 << 20,
					  .disk_free = (int64_t)1000 << 20};
	f.line = (struct facts_line){.known = true,
				     .state = "up",
				     .since = now - USEC_PER_HOUR,
				     .written_at = now,
				     .next_attempt = USEC_NONE,
				     .expires = USEC_NONE,
				     .clock_ahead_ms = 0,
				     .in_sync = 1};
	f.intake.known = true;
	f.intake.adapters[0] = (struct facts_item){"/adapters/a.yaml", "on", NULL, USEC_NONE};
	f.intake.n_adapters = 1;
	return f;
}

static const struct finding *find(const struct findings *found, const char *code)
{
	for (size_t i = 0; i < found->n; i++)
		if (strcmp(found->item[i].code, code) == 0)
			return &found->item[i];
	return NULL;
}

/* The one finding there is. */
static enum finding_level only(const struct facts *f, const char *code, const char *says)
{
	struct findings found = FINDINGS_INIT;

	verdict(f, &found);
	assert_int_equal(found.n, 1);
	const struct finding *it = find(&found, code);
	assert_non_null(it);
	assert_non_null(it->todo);
	if (!strstr(it->text, says))
		fail_msg("\"%s\" does not say \"%s\"", it->text, says);
	enum finding_level level = it->level;
	findings_done(&found);
	return level;
}

static void a_home_that_is_well_has_no_finding(void **state)
{
	(void)state;
	struct findings found = FINDINGS_INIT;
	struct facts f = well();

	verdict(&f, &found);
	assert_int_equal(found.n, 0);
	assert_int_equal(findings_exit(&found), EXIT_OK);
	findings_done(&found);
}

static void a_line_that_is_down_becomes_a_fault_after_a_while(void **state)
{
	(void)state;
	struct facts f = well();

	f.line.state = "down";
	f.line.last_error = "the region's name does not resolve (x)";
	f.line.since = now - USEC_PER_MIN;
	f.line.next_attempt = now + 5 * USEC_PER_SEC;
	assert_int_equal(only(&f, "line_down", "tried again"), FINDING_WARN);
	f.line.since = now - VERDICT_AWAY;
	f.line.next_attempt = now - 1;
	assert_int_equal(only(&f, "line_down", "being tried now"), FINDING_FAIL);
	f.line.last_error = "the region is not ready (status 503)";
	struct findings found = FINDINGS_INIT;
	verdict(&f, &found);
	assert_non_null(strstr(find(&found, "line_down")->todo, "Tell the region"));
	findings_done(&found);
	f.line.state = "needs_person";
	f.line.since = now;
	assert_int_equal(only(&f, "line_needs_person", "without a person"), FINDING_FAIL);
}

static void a_silent_syncd_hangs_unless_it_said_how_long_it_would_wait(void **state)
{
	(void)state;
	struct facts f = well();

	f.line.written_at = now - 2 * USEC_PER_MIN - STATUS_FILE_SILENCE;
	struct findings found = FINDINGS_INIT;
	verdict(&f, &found);
	assert_int_equal(found.n, 0);
	f.line.written_at--;
	assert_int_equal(only(&f, "syncd_hangs", "said nothing"), FINDING_FAIL);
	f.line.next_attempt = now + USEC_PER_HOUR; /* Retry-After */
	verdict(&f, &found);
	assert_int_equal(found.n, 0);
	findings_done(&found);
}

static void what_happened_once_is_told_for_a_week(void **state)
{
	(void)state;
	struct findings found = FINDINGS_INIT;
	struct facts f = well();

	f.outbox.quarantined = 1200;
	f.outbox.quarantined_since = f.outbox.quarantined_last = now - VERDICT_NEWS + 1;
	assert_int_equal(only(&f, "quarantine", "1,200 record(s)"), FINDING_WARN);
	f.outbox.quarantined_last = now - VERDICT_NEWS;
	verdict(&f, &found);
	assert_int_equal(found.n, 0);
	f.outbox.epochs = 2;
	(void)snprintf(f.outbox.epoch_reason, sizeof(f.outbox.epoch_reason), "why it did");
	assert_int_equal(only(&f, "new_epoch", "why it did"), FINDING_WARN);
	findings_done(&found);
}

static void a_clock_is_judged_by_what_the_region_makes_of_it(void **state)
{
	(void)state;
	struct facts f = well();

	f.line.clock_ahead_ms = 301 * 1000;
	assert_int_equal(only(&f, "clock_ahead", "refuses"), FINDING_FAIL);
	f.line.clock_ahead_ms = 299 * 1000;
	assert_int_equal(only(&f, "clock_ahead", "4 min ahead"), FINDING_WARN);
	f.line.clock_ahead_ms = -3600 * 1000;
	assert_int_equal(only(&f, "clock_behind", "60 min behind"), FINDING_WARN);
}

static void an_adapter_is_named_by_place_and_what_is_in_use_is_told(void **state)
{
	(void)state;
	struct facts f = well();

	f.intake.adapters[0].state = "old";
	f.intake.adapters[0].problem = "/adapters/a.yaml:2:9: format: no\n    format: cvs\n      ^";
	assert_int_equal(only(&f, "adapter_old", "a.yaml:2:9: format: no"), FINDING_WARN);
	f.intake.adapters[0].state = "off";
	assert_int_equal(only(&f, "adapter_off", "a.yaml:2:9"), FINDING_FAIL);
}

static void a_disk_is_low_before_it_is_full(void **state)
{
	(void)state;
	struct facts f = well();

	f.outbox.disk_free = (int64_t)399 << 20;
	assert_int_equal(only(&f, "disk_low", "399 MiB free"), FINDING_WARN);
	f.outbox.disk_free = (int64_t)99 << 20;
	f.outbox.disk_full = true;
	f.intake.stopped = "no room";
	assert_int_equal(only(&f, "disk_full", "99 MiB free"), FINDING_FAIL);
}

static void one_road_down_is_a_warning_while_another_carries(void **state)
{
	(void)state;
	struct facts f = well();

	f.line.roads[0] = (struct facts_road){.transport = "https",
					      .state = "needs_person",
					      .last_error = "a certificate (x)",
					      .since = now - USEC_PER_MIN,
					      .next_probe = now + USEC_PER_MIN};
	f.line.roads[1] = (struct facts_road){.transport = "sftp", .state = "up", .carries = true};
	f.line.n_roads = 2;
	assert_int_equal(only(&f, "road_needs_person", "The other road carries"), FINDING_WARN);
	f.line.roads[0].next_probe = now; /* it is due; nothing was sent since */
	assert_int_equal(only(&f, "road_needs_person", "again with the next batch"), FINDING_WARN);
}

static void damage_on_the_way_is_known_by_its_code_and_not_by_words(void **state)
{
	(void)state;
	struct findings by_code = FINDINGS_INIT, by_words = FINDINGS_INIT;
	struct facts f = well();

	f.line.state = "down";
	f.line.since = now;
	f.line.last_error = "the line damages bytes";
	f.line.last_error_code = err_code_name(ERR_DAMAGED);
	verdict(&f, &by_code);
	assert_string_equal(find(&by_code, "line_down")->todo, verdict_damaged);
	f.line.last_error_code = NULL; /* as an older syncd writes it */
	verdict(&f, &by_words);
	assert_non_null(strstr(find(&by_words, "line_down")->todo, "bedpost doctor"));
	findings_done(&by_code);
	findings_done(&by_words);
}

static void a_queue_is_only_a_fault_when_it_stands(void **state)
{
	(void)state;
	struct findings found = FINDINGS_INIT;
	struct facts f = well();

	f.outbox.queued = 400000;
	f.outbox.oldest = now - 5 * USEC_PER_HOUR;
	f.line.backlog.known = true;
	f.line.in_sync = -1;
	verdict(&f, &found);
	assert_int_equal(found.n, 0);
	f.line.backlog.known = false;
	assert_int_equal(only(&f, "queue_stands", "400,000 event(s)"), FINDING_WARN);
	findings_done(&found);
}

static void words_are_those_people_use(void **state)
{
	(void)state;
	char out[WORDS_MAX];

	assert_string_equal(words_duration(119 * USEC_PER_SEC, out), "119 s");
	assert_string_equal(words_duration(-12 * USEC_PER_MIN, out), "12 min");
	assert_string_equal(words_duration(123 * USEC_PER_MIN, out), "2 h 3 min");
	assert_string_equal(words_duration(72 * USEC_PER_HOUR, out), "3 days");
	assert_string_equal(words_number(1000000, out), "1,000,000");
	assert_string_equal(words_number(999, out), "999");
	assert_string_equal(words_bytes(1536, out), "1.5 KiB");
	assert_string_equal(words_moment(USEC_NONE, now, out), "never");
	assert_string_equal(words_moment(now - 3 * USEC_PER_SEC, now, out),
			    "2026-04-20T09:14:19Z (3 s ago)");
}

static void a_daemons_file_that_is_no_json_is_not_known(void **state)
{
	(void)state;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct facts_intake in;
	struct facts_line l;

	facts_read_line(SPAN("{\"state\":"), &a, &l);
	assert_false(l.known);
	assert_int_equal(l.clock_ahead_ms, FACTS_UNKNOWN);
	facts_read_line(SPAN("{\"state\":\"up\",\"roads\":[{\"transport\":7},3],\"backlog\":4}"),
			&a, &l);
	assert_true(l.known);
	assert_int_equal(l.n_roads, 0);
	assert_false(l.backlog.known);
	facts_read_intake(SPAN("[]"), &a, &in);
	assert_false(in.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_home_that_is_well_has_no_finding),
	    cmocka_unit_test(a_line_that_is_down_becomes_a_fault_after_a_while),
	    cmocka_unit_test(a_silent_syncd_hangs_unless_it_said_how_long_it_would_wait),
	    cmocka_unit_test(what_happened_once_is_told_for_a_week),
	    cmocka_unit_test(a_clock_is_judged_by_what_the_region_makes_of_it),
	    cmocka_unit_test(an_adapter_is_named_by_place_and_what_is_in_use_is_told),
	    cmocka_unit_test(a_disk_is_low_before_it_is_full),
	    cmocka_unit_test(one_road_down_is_a_warning_while_another_carries),
	    cmocka_unit_test(damage_on_the_way_is_known_by_its_code_and_not_by_words),
	    cmocka_unit_test(a_queue_is_only_a_fault_when_it_stands),
	    cmocka_unit_test(words_are_those_people_use),
	    cmocka_unit_test(a_daemons_file_that_is_no_json_is_not_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Time is set by hand; a home of one ward unless said. */
#include "regional/alert/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/digest.h"
#include "regional/alert/deliver.h"
#include "regional/alert/message.h"

#define T0    INT64_C(1776672000000000)
#define EVERY (15 * USEC_PER_MIN)

static struct arena arena;
static struct rules_ward ward;
static struct rules_home home;
static struct rules_state state;
static struct rules_policy policy;
static usec_t now;

static int set_up(void **unused)
{
	(void)unused;
	arena_reset(&arena);
	now = T0;
	ward = (struct rules_ward){SPAN("dementia"), 5, 10};
	home = (struct rules_home){.id = SPAN("fac_a"),
				   .name = SPAN("Home A"),
				   .region_id = SPAN("reg_a"),
				   .last_contact_at = now,
				   .in_sync_at = now,
				   .snapshot_asked_at = USEC_NONE,
				   .gap_since = USEC_NONE,
				   .fed_at = USEC_NONE,
				   .wards = &ward,
				   .n_wards = 1};
	policy = (struct rules_policy){.offline_after = 30 * USEC_PER_MIN, .notify_every = EVERY};
	state = rules_state_empty();
	return 0;
}

static void look(void)
{
	rules_evaluate(&policy, &home, &state, &arena, now);
}

/* So many free beds, so much later; the home is heard of meanwhile. */
static void free_beds(int64_t available, usec_t later)
{
	now += later;
	home.last_contact_at = home.in_sync_at = now;
	ward.available = available;
	look();
}

static size_t count(enum alert_rule rule, bool open)
{
	size_t n = 0;

	for (const struct rules_episode *e = state.episodes; e; e = e->next)
		n += e->rule == rule && (e->cleared_at == USEC_NONE) == open;
	return n;
}

static const struct rules_episode *newest(enum alert_rule rule)
{
	for (const struct rules_episode *e = state.episodes; e; e = e->next)
		if (e->rule == rule)
			return e;
	fail_msg("no episode");
	return NULL;
}

static void an_episode_opens_once_and_clears_once(void **unused _unused_)
{
	free_beds(2, 0);
	assert_int_equal(count(ALERT_LOW, true), 0);
	free_beds(1, USEC_PER_SEC);
	assert_int_equal(count(ALERT_LOW, true), 1);
	assert_int_equal(newest(ALERT_LOW)->opened_at, now);
	free_beds(1, USEC_PER_SEC);
	free_beds(0, USEC_PER_SEC);
	assert_int_equal(count(ALERT_LOW, true), 1);
	assert_int_equal(newest(ALERT_LOW)->value, 0); /* the farthest it came */
	assert_int_equal(count(ALERT_CRITICAL, true), 1);
	free_beds(1, USEC_PER_SEC);
	assert_int_equal(newest(ALERT_LOW)->value, 0);
	assert_int_equal(count(ALERT_CRITICAL, true), 0);
	free_beds(2, USEC_PER_SEC);
	assert_int_equal(count(ALERT_LOW, true), 0);
	assert_int_equal(count(ALERT_LOW, false), 1);
	assert_int_equal(newest(ALERT_LOW)->cleared_at, now);
}

static void fifty_crossings_are_told_once_and_then_as_it_stands(void **unused _unused_)
{
	size_t told = 0;

	for (int i = 0; i < 50; i++) {
		free_beds(i % 2, USEC_PER_SEC);
		told += state.notify[ALERT_CRITICAL];
	}
	assert_int_equal(told, 1);
	assert_int_equal(count(ALERT_CRITICAL, true), 0);
	free_beds(1, EVERY - 51 * USEC_PER_SEC);
	assert_false(state.notify[ALERT_CRITICAL]);
	free_beds(1, 2 * USEC_PER_SEC);
	assert_true(state.notify[ALERT_CRITICAL]); /* the first one, which was told, has cleared */
	size_t tells = 0;
	for (const struct rules_episode *e = state.episodes; e; e = e->next)
		tells += e->rule == ALERT_CRITICAL && e->tell;
	assert_int_equal(tells, 1);
	free_beds(1, USEC_PER_DAY);
	assert_false(state.notify[ALERT_CRITICAL]);
}

static void what_opens_within_the_time_is_told_after_it(void **unused _unused_)
{
	free_beds(0, 0);
	assert_true(state.notify[ALERT_CRITICAL]);
	free_beds(1, USEC_PER_MIN);
	free_beds(0, USEC_PER_MIN);
	assert_false(state.notify[ALERT_CRITICAL]);
	free_beds(0, EVERY - 2 * USEC_PER_MIN);
	assert_true(state.notify[ALERT_CRITICAL]);
	assert_true(newest(ALERT_CRITICAL)->tell && newest(ALERT_CRITICAL)->told_opened);
}

static void wards_of_a_home_share_a_notification_and_rules_do_not(void **unused _unused_)
{
	struct rules_ward wards[] = {{SPAN("a"), 0, 3}, {SPAN("b"), 0, 3}, {SPAN("empty"), 0, 0}};
	size_t tells = 0;

	home.wards = wards;
	home.n_wards = 3;
	look();
	assert_int_equal(count(ALERT_CRITICAL, true), 2); /* a ward without beds is no alert */
	assert_true(state.notify[ALERT_CRITICAL] && state.notify[ALERT_LOW]);
	for (const struct rules_episode *e = state.episodes; e; e = e->next)
		tells += e->rule == ALERT_CRITICAL && e->tell;
	assert_int_equal(tells, 2);
}

static void a_silent_home_opens_and_its_return_clears(void **unused _unused_)
{
	now += 30 * USEC_PER_MIN;
	look();
	assert_int_equal(count(ALERT_OFFLINE, true), 0);
	now += USEC_PER_SEC;
	look();
	assert_int_equal(count(ALERT_OFFLINE, true), 1);
	free_beds(5, USEC_PER_MIN);
	assert_int_equal(count(ALERT_OFFLINE, true), 0);
	home.last_contact_at = USEC_NONE; /* never heard of: not missed */
	look();
	assert_int_equal(count(ALERT_OFFLINE, true), 0);
}

static void a_clock_may_be_off_by_two_minutes_either_way(void **unused _unused_)
{
	home.clock_skew_us = 120 * USEC_PER_SEC;
	look();
	assert_int_equal(count(ALERT_CLOCK_SKEW, true), 0);
	home.clock_skew_us = -121 * USEC_PER_SEC;
	look();
	assert_int_equal(count(ALERT_CLOCK_SKEW, true), 1);
}

static void states_that_differ_for_long_open_until_they_agree(void **unused _unused_)
{
	home.snapshot_asked_at = now + 1;
	now += 5 * USEC_PER_MIN;
	look();
	assert_int_equal(count(ALERT_DIGEST_MISMATCH, true), 0);
	now += 2 * USEC_PER_SEC;
	look();
	assert_int_equal(count(ALERT_DIGEST_MISMATCH, true), 1);
	home.snapshot_asked_at = now; /* asked again */
	now += USEC_PER_SEC;
	look();
	assert_int_equal(count(ALERT_DIGEST_MISMATCH, true), 1);
	home.in_sync_at = now;
	look();
	assert_int_equal(count(ALERT_DIGEST_MISMATCH, true), 0);
}

static void a_conflict_opens_until_the_last_is_settled(void **unused _unused_)
{
	home.conflicts = 2;
	look();
	home.conflicts = 1;
	look();
	assert_int_equal(count(ALERT_CONFLICT, true), 1);
	home.conflicts = 0;
	look();
	assert_int_equal(count(ALERT_CONFLICT, true), 0);
	assert_int_equal(count(ALERT_CONFLICT, false), 1);
}

static void a_large_gap_opens_at_once_a_small_one_when_it_lasts(void **unused _unused_)
{
	home.gap_since = now;
	home.gap_events = 3;
	look();
	now += RULES_GAP_WAIT;
	look();
	assert_int_equal(count(ALERT_GAP, true), 0);
	now += 1;
	look();
	assert_int_equal(count(ALERT_GAP, true), 1);
	home.gap_events = 1; /* it is being filled */
	home.gap_since = now;
	look();
	assert_int_equal(count(ALERT_GAP, true), 1);
	home.gap_since = USEC_NONE;
	look();
	assert_int_equal(count(ALERT_GAP, true), 0);
	home.gap_since = now;
	home.gap_events = 1001;
	look();
	assert_int_equal(count(ALERT_GAP, true), 1);
}

static void a_feed_is_silent_only_while_the_home_is_heard(void **unused _unused_)
{
	home.fed_at = now;
	now += 8 * USEC_PER_DAY; /* the line is down: nothing is known of the feed */
	look();
	assert_int_equal(count(ALERT_FEED_SILENT, true), 0);
	home.last_contact_at = now;
	look();
	assert_int_equal(count(ALERT_FEED_SILENT, true), 1);
	now += USEC_PER_DAY; /* and down again: what is open stays so */
	look();
	assert_int_equal(count(ALERT_FEED_SILENT, true), 1);
	home.last_contact_at = home.fed_at = now;
	look();
	assert_int_equal(count(ALERT_FEED_SILENT, true), 0);
	home.fed_at = USEC_NONE; /* a home without a feed is not missed */
	now += 30 * USEC_PER_DAY;
	home.last_contact_at = now;
	look();
	assert_int_equal(count(ALERT_FEED_SILENT, true), 0);
}

static void a_home_is_offline_since_its_last_contact(void **unused _unused_)
{
	usec_t heard = now;

	look();
	assert_int_equal(rules_offline_since(&home, &state), USEC_NONE);
	now += 31 * USEC_PER_MIN;
	look();
	assert_int_equal(rules_offline_since(&home, &state), heard);
	home.last_contact_at = now;
	look();
	assert_int_equal(rules_offline_since(&home, &state), USEC_NONE);
}

static void the_most_exact_threshold_counts(void **unused _unused_)
{
	static const struct rules_row rows[] = {
	    {ALERT_LOW, {0}, {"fac_a", 5}, {"dementia", 8}, true, 7},
	    {ALERT_LOW, {0}, {"fac_a", 5}, {0}, true, 6},
	    {ALERT_LOW, {"reg_a", 5}, {0}, {0}, true, 5},
	    {ALERT_LOW, {0}, {0}, {0}, true, 4},
	    {ALERT_CRITICAL, {0}, {0}, {0}, false, -1},
	    {ALERT_OFFLINE, {"reg_b", 5}, {0}, {0}, true, -1},
	};
	struct span a = SPAN("fac_a"), other = SPAN("fac_x"), reg_a = SPAN("reg_a"),
		    reg_b = SPAN("reg_b");

	policy.rows = rows;
	policy.n = ARRAY_LEN(rows);
	assert_int_equal(rules_setting(&policy, ALERT_LOW, reg_a, a, SPAN("dementia")).threshold,
			 7);
	assert_int_equal(rules_setting(&policy, ALERT_LOW, reg_a, a, SPAN("w")).threshold, 6);
	assert_int_equal(rules_setting(&policy, ALERT_LOW, reg_a, other, SPAN("w")).threshold, 5);
	assert_int_equal(rules_setting(&policy, ALERT_LOW, reg_b, other, SPAN("w")).threshold, 4);
	assert_false(rules_setting(&policy, ALERT_CRITICAL, reg_a, a, SPAN("w")).enabled);
	assert_int_equal(rules_setting(&policy, ALERT_OFFLINE, reg_b, a, SPAN("")).threshold, 1800);
}

static void a_rule_that_is_turned_off_and_a_home_that_is_revoked_clear(void **unused _unused_)
{
	static const struct rules_row off[] = {{ALERT_LOW, {0}, {0}, {0}, false, -1}};

	free_beds(0, 0);
	policy.rows = off;
	policy.n = 1;
	look();
	assert_int_equal(count(ALERT_LOW, true), 0);
	assert_int_equal(count(ALERT_CRITICAL, true), 1);
	for (const struct rules_episode *e = state.episodes; e; e = e->next)
		assert_false(e->closed);
	home.revoked = true;
	look();
	assert_int_equal(count(ALERT_CRITICAL, true), 0);
	for (const struct rules_episode *e = state.episodes; e; e = e->next)
		assert_true(e->closed == (e->rule == ALERT_CRITICAL));
}

/* ---- what is told ---- */

static void a_message_says_what_changed_and_no_more(void **unused _unused_)
{
	_cleanup_(buf_done) struct buf json = BUF_INIT, subject = BUF_INIT, text = BUF_INIT;

	free_beds(0, 0);
	state.episodes->id = SPAN("alr_2"); /* the newest: critical */
	assert_int_equal(state.episodes->rule, ALERT_CRITICAL);
	const struct message m = {&home, ALERT_CRITICAL, state.episodes, SPAN("ntf_1"), now};
	message_json(&m, &json);
	assert_string_equal(
	    json.p,
	    "{\"id\":\"ntf_1\",\"at\":\"2026-04-20T08:00:00Z\",\"rule\":\"critical\","
	    "\"facility_id\":\"fac_a\",\"facility_name\":\"Home A\",\"region_id\":\"reg_a\","
	    "\"alerts\":[{\"id\":\"alr_2\",\"ward\":\"dementia\",\"state\":\"open\",\"value\":0,"
	    "\"threshold\":0,\"opened_at\":\"2026-04-20T08:00:00Z\",\"cleared_at\":null,"
	    "\"cleared_reason\":null}]}");
	message_subject(&m, MESSAGE_EN, &subject);
	assert_string_equal(subject.p, "Bedpost: no free bed at fac_a");
	message_text(&m, MESSAGE_EN, &text);
	assert_string_equal(text.p, "Home A (fac_a)\n\nno free bed, ward dementia (free 0), since "
				    "2026-04-20T08:00:00Z  [critical alr_2]\n");
	buf_clear(&text);
	message_text(&m, MESSAGE_NB, &text);
	assert_string_equal(text.p, "Home A (fac_a)\n\ningen ledig seng, avdeling dementia (ledige "
				    "0), siden 2026-04-20T08:00:00Z  [critical alr_2]\n");
}

static void what_cleared_is_less_urgent_than_what_is_open(void **unused _unused_)
{
	_cleanup_(buf_done) struct buf open = BUF_INIT, over = BUF_INIT, subject = BUF_INIT;
	struct message m = {&home, ALERT_CRITICAL, NULL, SPAN("ntf_1"), now};

	free_beds(0, 0);
	m.episodes = state.episodes;
	assert_int_equal(message_priority(&m), 5);
	message_tags(&m, &open);
	assert_string_equal(open.p, "rotating_light,critical");
	free_beds(1, EVERY);
	m.episodes = state.episodes;
	assert_int_equal(message_priority(&m), 2);
	message_tags(&m, &over);
	assert_string_equal(over.p, "white_check_mark,critical");
	message_subject(&m, MESSAGE_NB, &subject);
	assert_string_equal(subject.p, "Bedpost: over: ingen ledig seng, fac_a");
}

static void every_rule_is_told_in_every_language(void **unused _unused_)
{
	for (enum alert_rule r = 0; r < ALERT_RULE_COUNT; r++) {
		struct rules_episode e = {.rule = r,
					  .ward = SPAN(""),
					  .id = SPAN("alr_1"),
					  .value = 7200,
					  .opened_at = now,
					  .cleared_at = USEC_NONE,
					  .tell = true};
		const struct message m = {&home, r, &e, SPAN("ntf_1"), now};
		assert_in_range(message_priority(&m), 3, 5);
		for (enum message_language l = 0; l < MESSAGE_LANGUAGES; l++) {
			_cleanup_(buf_done) struct buf b = BUF_INIT;
			message_subject(&m, l, &b);
			message_text(&m, l, &b);
			assert_null(strstr(b.p, "(null)"));
			assert_true(alert_term(r)->measure != ALERT_SECONDS || strstr(b.p, "2 h") ||
				    strstr(b.p, "2 t"));
		}
	}
}

static void a_header_beyond_ascii_is_encoded_by_whole_characters(void **unused _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	message_header_text(SPAN("no free bed"), &b);
	assert_string_equal(b.p, "no free bed");
	buf_clear(&b);
	message_header_text(SPAN("f\xc3\xa5 senger"), &b);
	assert_string_equal(b.p, "=?UTF-8?B?ZsOlIHNlbmdlcg==?=");
	buf_clear(&b);
	/* 23 characters of two bytes: 22 of them in the first word. Python's email agrees. */
	message_header_text(SPAN("\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5"
				 "\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5"
				 "\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5\xc3\xa5"),
			    &b);
	assert_string_equal(
	    b.p, "=?UTF-8?B?w6XDpcOlw6XDpcOlw6XDpcOlw6XDpcOlw6XDpcOlw6XDpcOlw6XDpcOlw6U=?= "
		 "=?UTF-8?B?w6U=?=");
	buf_clear(&b);
	message_header_text(SPAN("a\r\nBcc: x"), &b); /* no line may end in it */
	assert_null(strchr(b.p, '\n'));
}

static void a_mail_beyond_ascii_is_base64_and_no_line_of_it_is_long(void **unused _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT, text = BUF_INIT;
	struct span rest, line;

	message_mail_body(SPAN("Home A\n\nno free bed\n"), &b);
	assert_non_null(strstr(b.p, "7bit\r\n\r\nHome A\r\n\r\nno free bed\r\n"));
	buf_clear(&b);
	message_mail_body(SPAN("f\xc3\xa5\n"), &b);
	assert_non_null(strstr(b.p, "base64\r\n\r\nZsOlDQo"));
	for (int i = 0; i < 1000; i++)
		buf_addc(&text, 'a');
	buf_clear(&b);
	message_mail_body(buf_span(&text), &b);
	for (rest = buf_span(&b); span_cut(&rest, '\n', &line);)
		assert_true(line.n <= 77);
}

/* Worked out by Python's hmac. */
static void a_signature_is_hmac_sha256_over_time_and_body(void **unused _unused_)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	message_signature(SPAN("a secret of some length"), SPAN("{}"), T0, &b);
	assert_string_equal(
	    b.p,
	    "t=1776672000,v1=617c2a87f2f0c999695dde8da42cf048064e1b9ef8ce89b5ceee2633687516b9");
}

static void attempts_grow_apart_up_to_a_quarter_of_an_hour(void **unused _unused_)
{
	assert_int_equal(deliver_delay(1, 0), USEC_PER_SEC);
	assert_int_equal(deliver_delay(2, 0), 2 * USEC_PER_SEC);
	assert_int_equal(deliver_delay(5, 0), 16 * USEC_PER_SEC);
	assert_int_equal(deliver_delay(100, 0), DELIVER_RETRY_MAX);
	assert_true(deliver_delay(3, UINT32_MAX) >= 3 * USEC_PER_SEC);
	assert_true(deliver_delay(3, UINT32_MAX) < 4 * USEC_PER_SEC);
}

#define claim(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    claim(an_episode_opens_once_and_clears_once),
	    claim(fifty_crossings_are_told_once_and_then_as_it_stands),
	    claim(what_opens_within_the_time_is_told_after_it),
	    claim(wards_of_a_home_share_a_notification_and_rules_do_not),
	    claim(a_silent_home_opens_and_its_return_clears),
	    claim(a_clock_may_be_off_by_two_minutes_either_way),
	    claim(states_that_differ_for_long_open_until_they_agree),
	    claim(a_conflict_opens_until_the_last_is_settled),
	    claim(a_large_gap_opens_at_once_a_small_one_when_it_lasts),
	    claim(a_feed_is_silent_only_while_the_home_is_heard),
	    claim(a_home_is_offline_since_its_last_contact),
	    claim(the_most_exact_threshold_counts),
	    claim(a_rule_that_is_turned_off_and_a_home_that_is_revoked_clear),
	    claim(a_message_says_what_changed_and_no_more),
	    claim(what_cleared_is_less_urgent_than_what_is_open),
	    claim(every_rule_is_told_in_every_language),
	    claim(a_header_beyond_ascii_is_encoded_by_whole_characters),
	    claim(a_mail_beyond_ascii_is_base64_and_no_line_of_it_is_long),
	    claim(a_signature_is_hmac_sha256_over_time_and_body),
	    claim(attempts_grow_apart_up_to_a_quarter_of_an_hour),
	};

	digest_setup();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_done(&arena);
	return failed;
}

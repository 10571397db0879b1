/* What to send next, with time set by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bed/wire.h"
#include "syncd/backoff.h"
#include "syncd/ship.h"

static const usec_t start = 1000 * USEC_PER_SEC, beat = 60 * USEC_PER_SEC;
static const uint64_t least = 0, most = UINT64_MAX; /* the ends of the random draw */

static struct ship new_ship(void)
{
	struct ship s;

	ship_init(&s, beat, start);
	return s;
}

static void expect(struct ship *s, usec_t now, uint64_t queued, enum ship_action action)
{
	assert_int_equal(ship_next(s, now, queued).action, action);
}

static void the_first_batch_goes_at_once_even_if_it_is_empty(void **state)
{
	(void)state;
	struct ship s = new_ship();

	expect(&s, start, 0, SHIP_SEND_HEARTBEAT);
	expect(&s, start, 3, SHIP_SEND_EVENTS);
}

static void one_event_waits_for_nobody(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 1, 0);
	assert_true(ship_acknowledged(&s, start, 0, least));
	expect(&s, start + 1, 0, SHIP_WAIT);
	assert_int_equal(ship_limit(&s, start + 1), WIRE_EVENTS_MAX);
	expect(&s, start + 1, 1, SHIP_SEND_EVENTS);
}

static void nothing_is_sent_while_a_batch_is_in_flight(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 1, 5);
	expect(&s, start + USEC_PER_HOUR, 100, SHIP_WAIT);
	assert_true(ship_next(&s, start, 100).until == USEC_NONE);
}

static void an_idle_line_beats(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 1, 3);
	assert_true(ship_acknowledged(&s, start, 3, least));
	struct ship_step step = ship_next(&s, start, 0);
	assert_int_equal(step.action, SHIP_WAIT);
	assert_int_equal(step.until, start + beat);
	expect(&s, start + beat - 1, 0, SHIP_WAIT);
	expect(&s, start + beat, 0, SHIP_SEND_HEARTBEAT);
}

static void failures_wait_longer_and_an_answer_forgets_them(void **state)
{
	(void)state;
	struct ship s = new_ship();
	usec_t now = start, expected = BACKOFF_BASE;

	for (int i = 0; i < 12; i++) {
		ship_sent(&s, 1, 1);
		assert_int_equal(ship_failed(&s, now, REPLY_TRANSIENT, 0, most), SHIP_REMEDY_NONE);
		struct ship_step step = ship_next(&s, now, 1);
		assert_int_equal(step.action, SHIP_WAIT);
		assert_int_equal(step.until - now, expected);
		expect(&s, step.until - 1, 1, SHIP_WAIT);
		now = step.until;
		expect(&s, now, 1, SHIP_SEND_EVENTS);
		expected = expected * 2 < BACKOFF_CAP ? expected * 2 : BACKOFF_CAP;
	}
	ship_sent(&s, 1, 1);
	assert_true(ship_acknowledged(&s, now, 1, least));
	ship_sent(&s, 2, 2);
	(void)ship_failed(&s, now, REPLY_TRANSIENT, 0, most);
	assert_int_equal(s.retry_at - now, BACKOFF_BASE);
}

static void after_a_wait_an_empty_queue_is_tried_with_a_heartbeat(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 1, 0);
	(void)ship_failed(&s, start, REPLY_TRANSIENT, 0, most);
	expect(&s, start + BACKOFF_BASE, 0, SHIP_SEND_HEARTBEAT);
}

static void retry_after_is_kept_to(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 1, 1);
	(void)ship_failed(&s, start, REPLY_TRANSIENT, 30 * USEC_PER_SEC, least);
	expect(&s, start + 30 * USEC_PER_SEC - 1, 1, SHIP_WAIT);
	expect(&s, start + 30 * USEC_PER_SEC, 1, SHIP_SEND_EVENTS);
}

static void what_needs_a_person_is_said_and_tried_again_slowly(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 1, 1);
	assert_int_equal(ship_failed(&s, start, REPLY_PERSON, 0, least), SHIP_CALL);
	expect(&s, start + BACKOFF_PERSON_BASE / 2 - 1, 1, SHIP_WAIT);
	expect(&s, start + BACKOFF_PERSON_CAP, 1, SHIP_SEND_EVENTS);
}

/* A region that refuses every batch with `bad` in it; returns how many batches were sent until it
 * stood alone. */
static unsigned ship_until_alone(struct ship *s, uint64_t bad, uint64_t last)
{
	uint64_t next = 1;

	for (unsigned sent = 1;; sent++) {
		expect(s, start, last - next + 1, SHIP_SEND_EVENTS);
		uint64_t limit = ship_limit(s, start),
			 end = next + limit - 1 < last ? next + limit - 1 : last;
		ship_sent(s, next, end);
		if (bad < next || bad > end) {
			assert_true(ship_acknowledged(s, start, end, least));
			next = end + 1;
		} else if (ship_failed(s, start, REPLY_REFUSED, 0, least) == SHIP_CALL) {
			assert_int_equal(next, bad);
			assert_int_equal(end, bad);
			return sent;
		}
		assert_true(sent < 200);
	}
}

static void a_refused_batch_is_halved_down_to_the_one_event(void **state)
{
	(void)state;
	static const uint64_t places[] = {1, 2, 2500, 2501, 4999, 5000};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct ship s = new_ship();
		assert_true(ship_until_alone(&s, places[i], 5000) <= 14);
	}
}

static void a_refused_single_event_is_not_given_up(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 4, 4);
	assert_int_equal(ship_failed(&s, start, REPLY_REFUSED, 0, least), SHIP_CALL);
	expect(&s, start + BACKOFF_PERSON_CAP, 1, SHIP_SEND_EVENTS);
}

static void batches_are_whole_again_behind_the_refused_range(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 1, 100);
	assert_int_equal(ship_failed(&s, start, REPLY_REFUSED, 0, least), SHIP_SPLIT);
	assert_int_equal(ship_limit(&s, start), 50);
	ship_sent(&s, 1, 50);
	assert_true(ship_acknowledged(&s, start, 50, least));
	assert_int_equal(ship_limit(&s, start), 25); /* 51 to 100 would be refused, that is known */
	ship_sent(&s, 51, 75);
	assert_int_equal(ship_failed(&s, start, REPLY_REFUSED, 0, least), SHIP_SPLIT);
	ship_sent(&s, 51, 62);
	assert_true(ship_acknowledged(&s, start, 62, least));
	ship_sent(&s, 63, 75); /* mended meanwhile */
	assert_true(ship_acknowledged(&s, start, 75, least));
	assert_int_equal(ship_limit(&s, start), WIRE_EVENTS_MAX);
}

static void a_foreign_epoch_is_answered_with_one_new_epoch_and_no_third(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 7, 9);
	assert_int_equal(ship_failed(&s, start, REPLY_EPOCH, 0, least), SHIP_NEW_EPOCH);
	expect(&s, start, 3, SHIP_SEND_EVENTS);
	ship_sent(&s, 1, 3);
	assert_int_equal(ship_failed(&s, start, REPLY_EPOCH, 0, least), SHIP_CALL);
	expect(&s, start, 3, SHIP_WAIT);
	expect(&s, start + BACKOFF_PERSON_CAP, 3, SHIP_SEND_EVENTS);
	ship_sent(&s, 1, 3);
	assert_true(ship_acknowledged(&s, start, 3, least));
	ship_sent(&s, 4, 4);
	assert_int_equal(ship_failed(&s, start, REPLY_EPOCH, 0, least), SHIP_NEW_EPOCH);
}

static void an_answer_without_progress_is_no_reason_to_hurry(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 5, 9);
	assert_false(ship_acknowledged(&s, start, 4, most));
	expect(&s, start, 5, SHIP_WAIT);
	expect(&s, start + BACKOFF_BASE, 5, SHIP_SEND_EVENTS);
	ship_sent(&s, 5, 9);
	assert_true(ship_acknowledged(&s, start, 6, most)); /* some of it: on with the rest */
	expect(&s, start, 3, SHIP_SEND_EVENTS);
}

static void what_the_region_lost_goes_at_once_however_long_it_was_away(void **state)
{
	(void)state;
	struct ship s = new_ship();
	usec_t now = start;

	for (int i = 0; i < 12; i++) {
		ship_sent(&s, 11, 10);
		(void)ship_failed(&s, now, REPLY_TRANSIENT, 0, most);
		now = s.retry_at;
		expect(&s, now, 0, SHIP_SEND_HEARTBEAT);
	}
	ship_sent(&s, 11, 10);
	assert_true(ship_rewound(&s, now, most));
	expect(&s, now, 5, SHIP_SEND_EVENTS);
	ship_sent(&s, 6, 10);
	assert_true(ship_acknowledged(&s, now, 10, most));
	assert_int_equal(s.failures, 0);
	ship_sent(&s, 11, 10);
	assert_true(ship_rewound(&s, now, most)); /* another accident, later */
}

static void a_region_that_loses_again_and_again_is_waited_for(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 11, 10);
	assert_true(ship_rewound(&s, start, most));
	for (int i = 1; i <= 3; i++) {
		usec_t now = s.state == SHIP_BACKING_OFF ? s.retry_at : start;
		expect(&s, now, 5, SHIP_SEND_EVENTS);
		ship_sent(&s, 6, 10);
		assert_false(ship_rewound(&s, now, most));
		assert_int_equal(s.state, SHIP_BACKING_OFF);
		assert_int_equal(s.failures, i);
	}
}

static void what_is_put_off_can_be_hurried(void **state)
{
	(void)state;
	struct ship s = new_ship();

	ship_sent(&s, 1, 1);
	(void)ship_failed(&s, start, REPLY_PERSON, 0, most);
	assert_int_equal(ship_limit(&s, start + 1), 1);
	expect(&s, start + 1, 1, SHIP_WAIT);
	ship_hurry(&s, start + 1);
	expect(&s, start + 1, 1, SHIP_SEND_EVENTS);
}

static void every_status_has_its_meaning(void **state)
{
	(void)state;
	static const struct {
		int status;
		enum reply_kind kind;
	} table[] = {
	    {200, REPLY_ANSWERED},  {204, REPLY_PERSON},    {301, REPLY_PERSON},
	    {400, REPLY_REFUSED},   {401, REPLY_PERSON},    {403, REPLY_PERSON},
	    {404, REPLY_PERSON},    {408, REPLY_TRANSIENT}, {409, REPLY_EPOCH},
	    {413, REPLY_REFUSED},   {422, REPLY_REFUSED},   {429, REPLY_TRANSIENT},
	    {500, REPLY_TRANSIENT}, {502, REPLY_TRANSIENT}, {503, REPLY_TRANSIENT},
	    {599, REPLY_TRANSIENT},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(transport_kind_of_status(table[i].status), table[i].kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_batch_goes_at_once_even_if_it_is_empty),
	    cmocka_unit_test(one_event_waits_for_nobody),
	    cmocka_unit_test(nothing_is_sent_while_a_batch_is_in_flight),
	    cmocka_unit_test(an_idle_line_beats),
	    cmocka_unit_test(failures_wait_longer_and_an_answer_forgets_them),
	    cmocka_unit_test(after_a_wait_an_empty_queue_is_tried_with_a_heartbeat),
	    cmocka_unit_test(retry_after_is_kept_to),
	    cmocka_unit_test(what_needs_a_person_is_said_and_tried_again_slowly),
	    cmocka_unit_test(a_refused_batch_is_halved_down_to_the_one_event),
	    cmocka_unit_test(a_refused_single_event_is_not_given_up),
	    cmocka_unit_test(batches_are_whole_again_behind_the_refused_range),
	    cmocka_unit_test(a_foreign_epoch_is_answered_with_one_new_epoch_and_no_third),
	    cmocka_unit_test(an_answer_without_progress_is_no_reason_to_hurry),
	    cmocka_unit_test(what_the_region_lost_goes_at_once_however_long_it_was_away),
	    cmocka_unit_test(a_region_that_loses_again_and_again_is_waited_for),
	    cmocka_unit_test(what_is_put_off_can_be_hurried),
	    cmocka_unit_test(every_status_has_its_meaning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

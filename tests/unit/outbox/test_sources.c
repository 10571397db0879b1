/* Which events are kept already: no event stands twice, although no index forbids it. */
#include "fixture.h"

#define MANY 200

static void run_script(struct fixture *f, const char *sql)
{
	_cleanup_(db_closep) struct db *db = NULL;
	char path[96];

	outbox_close(f->o);
	f->o = NULL;
	(void)snprintf(path, sizeof(path), "%s/" OUTBOX_FILE, f->dir);
	OK(db_open(path, DB_CREATE, USEC_PER_SEC, &db, &err));
	OK(db_script(db, sql, &err));
}

static void fill(struct event events[MANY])
{
	for (int k = 0; k < MANY; k++)
		events[k] = event_of(k % 2 ? "bed_1" : "bed_2",
				     k / 2 % 2 ? BED_OCCUPIED : BED_AVAILABLE, k, (uint32_t)k + 1);
}

static uint64_t repeated_in_last_file(struct fixture *f)
{
	struct listing_file *files;
	size_t n;

	OK(listing_files(f->o, 0, &f->a, &files, &n, &err));
	return files[0].repeated;
}

static void a_files_events_are_known_after_a_restart_and_those_behind_them_are_new(void **state)
{
	struct fixture *f = *state;
	struct event events[MANY];
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b"), c = file_of("c", "c");

	fill(events);
	take(f, &a, events, MANY / 2);
	open_again(f);
	take(f, &b, events, MANY);
	assert_int_equal(repeated_in_last_file(f), MANY / 2);
	assert_int_equal(status_of(f).last, MANY);
	take(f, &c, events, MANY); /* of two runs by now */
	assert_int_equal(repeated_in_last_file(f), MANY);
	assert_int_equal(status_of(f).last, MANY);
	assert_verified(f);
}

static void an_event_that_comes_twice_in_one_file_is_taken_once(void **state)
{
	struct fixture *f = *state;
	struct event events[MANY], twice[2 * MANY];
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");

	fill(events);
	for (int k = 0; k < MANY; k++)
		twice[k] = twice[2 * MANY - 1 - k] = events[k];
	take(f, &a, twice, 2 * MANY);
	assert_int_equal(repeated_in_last_file(f), MANY);
	assert_int_equal(status_of(f).last, MANY);
	take(f, &b, events, MANY);
	assert_int_equal(status_of(f).last, MANY);
	assert_verified(f);
}

static void events_that_come_out_of_their_order_are_all_taken(void **state)
{
	struct fixture *f = *state;
	struct event events[MANY], backwards[MANY];
	struct intake_file a = file_of("a", "a");

	fill(events);
	for (int k = 0; k < MANY; k++)
		backwards[k] = events[MANY - 1 - k];
	take(f, &a, backwards, MANY);
	assert_int_equal(repeated_in_last_file(f), 0);
	assert_int_equal(status_of(f).last, MANY);
	assert_verified(f);
}

static void events_of_two_sources_by_turns_are_known_each_among_its_own(void **state)
{
	struct fixture *f = *state;
	struct event events[MANY];
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");

	fill(events);
	for (int k = 1; k < MANY; k += 2) {
		events[k].source.file = SPAN("ffeeddccbbaa99887766554433221100");
		events[k].id = event_id_from_source(&events[k]);
	}
	take(f, &a, events, MANY - 10);
	take(f, &b, events, MANY);
	assert_int_equal(repeated_in_last_file(f), MANY - 10);
	assert_int_equal(status_of(f).last, MANY);
	assert_verified(f);
}

static void what_was_taken_back_is_not_known(void **state)
{
	struct fixture *f = *state;
	struct event events[MANY];
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");
	struct intake *i;

	fill(events);
	OK(intake_begin(f->o, &a, NOW, &i, &err));
	for (int k = 0; k < MANY; k++)
		OK(intake_event(i, &events[MANY - 1 - k], &err));
	OK(intake_reject(i, "too_many_bad", "", NULL, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM event_sources"), 0);
	take(f, &b, events, MANY);
	assert_int_equal(status_of(f).last, MANY);
	assert_verified(f);
}

static struct event killed_events[MANY];

static void take_them(struct fixture *f)
{
	struct intake_file a = file_of("a", "a");

	take(f, &a, killed_events, MANY / 2);
}

static void a_killed_file_is_known_whole_or_not_at_all(void **state)
{
	static const char *const points[] = {"mid_events:7", "before_commit", "after_commit"};
	struct intake_file b = file_of("b", "b");

	fill(killed_events);
	for (size_t p = 0; p < ARRAY_LEN(points); p++) {
		struct fixture *f = start_over(state);
		assert_true(killed_at(f, points[p], take_them));
		take(f, &b, killed_events, MANY);
		assert_int_equal(repeated_in_last_file(f), p == 2 ? MANY / 2 : 0);
		assert_int_equal(status_of(f).last, MANY);
		assert_verified(f);
	}
}

static void an_outbox_from_before_keeps_its_events_and_knows_them(void **state)
{
	struct fixture *f = *state;
	struct event events[MANY];
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");
	char version[64];

	fill(events);
	take(f, &a, events, MANY / 2);
	(void)snprintf(version, sizeof(version), "PRAGMA user_version=%lld",
		       (long long)count(f, "PRAGMA user_version") - 2);
	run_script(f, "ALTER TABLE census_beds DROP COLUMN gone; DROP TABLE event_sources;"
		      "CREATE TABLE was (n INTEGER PRIMARY KEY, event_id BLOB NOT NULL UNIQUE,"
		      " bed_id TEXT NOT NULL, body TEXT NOT NULL, file INTEGER, added INTEGER NOT"
		      " NULL, outcome TEXT, outcome_reason TEXT) STRICT;"
		      "INSERT INTO was SELECT n, event_id, bed_id, body, file, added, 'late', 'why'"
		      " FROM events; DROP TABLE events; ALTER TABLE was RENAME TO events;");
	run_script(f, version);
	open_again(f);
	assert_int_equal(count(f, "SELECT count(*) FROM events WHERE outcome = 'late' AND"
				  " outcome_reason = 'why' AND file IS NOT NULL"),
			 MANY / 2);
	assert_int_equal(count(f, "SELECT count(*) FROM sqlite_schema WHERE tbl_name = 'events'"),
			 1);
	take(f, &b, events, MANY);
	assert_int_equal(repeated_in_last_file(f), MANY / 2);
	assert_int_equal(status_of(f).last, MANY);
	assert_verified(f);
}

static void a_file_is_forgotten_with_its_last_event(void **state)
{
	struct fixture *f = *state;
	struct event events[MANY];
	struct intake_file a = file_of("a", "a"), b = file_of("b", "b");

	fill(events);
	take(f, &a, events, MANY / 2);
	take(f, &b, events + MANY / 2, MANY / 2);
	OK(outbox_answer(f->o,
			 &(struct wire_answer){.epoch = span_str(status_of(f).epoch),
					       .applied_through = MANY / 2},
			 NULL, NOW, &err));
	OK(outbox_prune(f->o, NOW + USEC_PER_HOUR, 1, NULL, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM events"), MANY / 2);
	assert_int_equal(count(f, "SELECT count(*) FROM event_sources"), 1);
	assert_int_equal(count(f, "SELECT first FROM event_sources"), MANY / 2 + 1);
}

static void verify_tells_an_event_that_stands_twice(void **state)
{
	struct fixture *f = *state;
	struct listing_check check;

	ten_events(f);
	assert_verified(f);
	run_script(f, "UPDATE events SET event_id = (SELECT event_id FROM events WHERE n = 1),"
		      " body = (SELECT body FROM events WHERE n = 1), bed_id = (SELECT bed_id FROM"
		      " events WHERE n = 1) WHERE n = 4");
	open_again(f);
	OK(listing_verify(f->o, &f->a, &check, &err));
	assert_int_equal(check.problems, 1);
	assert_string_equal(check.what[0], "events that stand there more than once: 1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_files_events_are_known_after_a_restart_and_those_behind_them_are_new),
	    TEST(an_event_that_comes_twice_in_one_file_is_taken_once),
	    TEST(events_that_come_out_of_their_order_are_all_taken),
	    TEST(events_of_two_sources_by_turns_are_known_each_among_its_own),
	    TEST(what_was_taken_back_is_not_known),
	    TEST(a_killed_file_is_known_whole_or_not_at_all),
	    TEST(an_outbox_from_before_keeps_its_events_and_knows_them),
	    TEST(a_file_is_forgotten_with_its_last_event),
	    TEST(verify_tells_an_event_that_stands_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

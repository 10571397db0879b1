/* A message that was read before is a duplicate, wherever the first one is kept by now: in the same
 * file, in one before it, merged, or from before there were runs; after a crash, after a file that
 * was taken back, and where another process has read in between. */
#include "fixture.h"
#include "outbox/message_filter.h"
#include "outbox/messages.h"

#define MANY (MESSAGES_RECENT_MAX + 5000)

static struct digest digest_of_number(const char *what, int64_t number)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s %lld", what, (long long)number);
	return digest_of(span_str(text));
}

static enum message_seen see(struct intake *i, int64_t number, const char *content)
{
	const struct adapter_memory *m = intake_memory(i);
	struct digest identity = digest_of_number("message", number),
		      said = digest_of_number(content, number);
	enum message_seen seen = MESSAGE_NEW;

	OK(m->message(m->ctx, &identity, &said, &seen, &err));
	return seen;
}

/* Messages from … to - 1, of which each has to be seen as said. */
static void see_all(struct intake *i, int64_t from, int64_t to, enum message_seen expected)
{
	for (int64_t k = from; k < to; k++)
		if (see(i, k, "content") != expected)
			fail_msg("message %lld is not seen as %d", (long long)k, expected);
}

static struct intake *begin_file(struct outbox *o, const char *name)
{
	struct intake_file file = file_of(name, name);
	struct intake *i = NULL;

	OK(intake_begin(o, &file, NOW, &i, &err));
	return i;
}

static void take_messages(struct outbox *o, const char *name, int64_t from, int64_t to,
			  enum message_seen expected)
{
	struct intake *i = begin_file(o, name);

	if (intake_verdict(i) == INTAKE_NEW)
		see_all(i, from, to, expected);
	OK(intake_commit(i, NULL, &err));
}

static void script(struct fixture *f, const char *sql)
{
	char path[96];
	_cleanup_(db_closep) struct db *db = NULL;

	(void)snprintf(path, sizeof(path), "%s/" OUTBOX_FILE, f->dir);
	OK(db_open(path, DB_CREATE, USEC_PER_SEC, &db, &err));
	OK(db_script(db, sql, &err));
}

static void a_message_is_known_again_in_its_file_in_the_next_and_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct intake *i = begin_file(f->o, "a");

	see_all(i, 0, 1000, MESSAGE_NEW);
	see_all(i, 0, 1000, MESSAGE_SAME);
	assert_int_equal(see(i, 7, "other"), MESSAGE_CHANGED);
	OK(intake_commit(i, NULL, &err));
	take_messages(f->o, "b", 0, 1000, MESSAGE_SAME);
	take_messages(f->o, "c", 1000, 1001, MESSAGE_NEW);
	open_again(f);
	i = begin_file(f->o, "d");
	see_all(i, 0, 1001, MESSAGE_SAME);
	assert_int_equal(see(i, 7, "other"), MESSAGE_CHANGED);
	assert_int_equal(see(i, 1001, "content"), MESSAGE_NEW);
	OK(intake_commit(i, NULL, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM message_runs"), 3);
}

static void a_message_is_known_again_after_many_others(void **state)
{
	struct fixture *f = *state;

	take_messages(f->o, "a", 0, 3000, MESSAGE_NEW);
	take_messages(f->o, "b", 3000, MANY, MESSAGE_NEW);
	assert_int_equal(count(f, "SELECT count(*) FROM message_merges"), 1);
	assert_int_equal(count(f, "SELECT sum(length(marks)) / 24 FROM message_buckets"),
			 MESSAGES_RECENT_MAX);
	take_messages(f->o, "c", 0, MANY, MESSAGE_SAME);
	take_messages(f->o, "d", MANY, 2 * MANY, MESSAGE_NEW);
	take_messages(f->o, "e", 0, 2 * MANY, MESSAGE_SAME);
	open_again(f);
	take_messages(f->o, "f", 0, 2 * MANY, MESSAGE_SAME);
	struct intake *i = begin_file(f->o, "g");
	assert_int_equal(see(i, 5, "other"), MESSAGE_CHANGED);
	assert_int_equal(see(i, 2 * MANY - 1, "other"), MESSAGE_CHANGED);
	OK(intake_commit(i, NULL, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM message_merges"), 2);
	assert_verified(f);
}

static void what_a_file_has_seen_that_was_aborted_or_rejected_is_new_again(void **state)
{
	struct fixture *f = *state;

	take_messages(f->o, "a", 0, 10, MESSAGE_NEW);
	struct intake *i = begin_file(f->o, "b");
	see_all(i, 10, 20, MESSAGE_NEW);
	intake_abort(i);
	i = begin_file(f->o, "c");
	see_all(i, 10, 20, MESSAGE_NEW);
	OK(intake_reject(i, "too_many_bad", "", NULL, &err));
	take_messages(f->o, "d", 10, 20, MESSAGE_NEW);
	take_messages(f->o, "e", 0, 20, MESSAGE_SAME);
}

/* Then the merge is taken back too. */
static void so_it_is_where_so_many_were_seen_that_they_were_merged(void **state)
{
	struct fixture *f = *state;

	take_messages(f->o, "a", 0, 10, MESSAGE_NEW);
	struct intake *i = begin_file(f->o, "b");
	see_all(i, 10, MANY, MESSAGE_NEW);
	intake_abort(i);
	i = begin_file(f->o, "c");
	see_all(i, 10, MANY, MESSAGE_NEW);
	OK(intake_reject(i, "too_many_bad", "", NULL, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM message_merges"), 0);
	i = begin_file(f->o, "d");
	see_all(i, 0, 10, MESSAGE_SAME);
	see_all(i, 10, MANY, MESSAGE_NEW);
	OK(intake_commit(i, NULL, &err));
	take_messages(f->o, "e", 0, MANY, MESSAGE_SAME);
}

static void what_another_process_has_read_in_between_is_known(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_closep) struct outbox *other = NULL;

	OK(outbox_open(f->dir, HOME_ID, OUTBOX_WRITE, &other, &err));
	outbox_set_min_free(other, 0);
	take_messages(f->o, "a", 0, 10, MESSAGE_NEW);
	take_messages(other, "b", 10, 20, MESSAGE_NEW);
	take_messages(f->o, "c", 0, 20, MESSAGE_SAME);
	take_messages(f->o, "d", 20, 30, MESSAGE_NEW);
	take_messages(other, "e", 0, 30, MESSAGE_SAME);
	take_messages(other, "f", 30, MANY, MESSAGE_NEW); /* merges */
	take_messages(f->o, "g", 0, MANY, MESSAGE_SAME);
	take_messages(f->o, "h", MANY, 2 * MANY, MESSAGE_NEW); /* merges too */
	take_messages(other, "i", 0, 2 * MANY, MESSAGE_SAME);
	assert_verified(f);
}

/* ---- an outbox of before ---- */

static void messages_of_an_outbox_from_before_there_were_runs_are_known(void **state)
{
	struct fixture *f = *state;
	char sql[1024], id[DIGEST_HEX + 1], content[DIGEST_HEX + 1];
	struct digest identity = digest_of_number("message", 1),
		      said = digest_of_number("content", 1);

	outbox_close(f->o);
	f->o = NULL;
	int64_t version = count(f, "PRAGMA user_version");
	(void)snprintf(sql, sizeof(sql),
		       "DROP TABLE message_runs; DROP TABLE message_merges; DROP TABLE "
		       "message_buckets; DROP TABLE visit_runs; DROP TABLE visit_merges;"
		       "DROP TABLE event_sources; ALTER TABLE census_beds DROP COLUMN gone;"
		       "PRAGMA user_version=%lld;"
		       "INSERT INTO messages (identity, content, at) VALUES (x'%s', x'%s', %lld)",
		       (long long)version - 4, digest_hex(&identity, id),
		       digest_hex(&said, content), (long long)T0);
	script(f, sql);
	open_again(f);
	assert_int_equal(count(f, "PRAGMA user_version"), version);
	struct intake *i = begin_file(f->o, "a");
	assert_int_equal(see(i, 1, "content"), MESSAGE_SAME);
	assert_int_equal(see(i, 1, "other"), MESSAGE_CHANGED);
	see_all(i, 2, MANY, MESSAGE_NEW);
	OK(intake_commit(i, NULL, &err));
	open_again(f);
	take_messages(f->o, "b", 1, MANY, MESSAGE_SAME);
	OK(outbox_prune(f->o, T0 + 2, 1, NULL, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM messages"), 0);
	open_again(f);
	take_messages(f->o, "c", 1, 2, MESSAGE_NEW);
}

/* ---- forgetting ---- */

static void old_messages_are_forgotten_and_no_number_comes_twice(void **state)
{
	struct fixture *f = *state;
	bool more = true;

	take_messages(f->o, "a", 0, MANY, MESSAGE_NEW);
	take_messages(f->o, "b", MANY, MANY + 1, MESSAGE_NEW);
	OK(outbox_prune(f->o, NOW, USEC_PER_HOUR, &more, &err));
	open_again(f);
	take_messages(f->o, "c", 0, MANY + 1, MESSAGE_SAME);
	int64_t last = count(f, "SELECT max(run) FROM message_runs");
	for (more = true; more;)
		OK(outbox_prune(f->o, NOW + USEC_PER_HOUR, 1, &more, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM message_buckets"), 0);
	assert_int_equal(count(f, "SELECT sum(length(marks)) FROM message_runs"), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM message_merges"), 1);
	open_again(f);
	take_messages(f->o, "d", 0, 10, MESSAGE_NEW);
	assert_int_equal(count(f, "SELECT max(run) FROM message_runs"), last + 1);
	take_messages(f->o, "e", 0, 10, MESSAGE_SAME);
}

/* ---- kill -9 ---- */

static void three_files(struct fixture *f)
{
	take_messages(f->o, "a", 0, 10, MESSAGE_NEW);
	take_messages(f->o, "b", 10, MANY, MESSAGE_NEW);
	take_messages(f->o, "c", MANY, MANY + 10, MESSAGE_NEW);
}

/* A file is known whole or not at all, and with it its messages: the next start reads it again, and
 * what comes in another file is a duplicate only then. */
static void a_kill_leaves_the_messages_of_whole_files_or_none(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *point;
		int64_t known; /* messages */
	} kills[] = {
	    {"before_commit:1", 0},	   {"after_commit:1", 10},   {"mid_merge:1", 10},
	    {"before_commit:2", 10},	   {"after_commit:2", MANY}, {"before_commit:3", MANY},
	    {"after_commit:3", MANY + 10},
	};

	for (size_t k = 0; k < ARRAY_LEN(kills); k++) {
		assert_true(killed_at(f, kills[k].point, three_files));
		struct intake *i = begin_file(f->o, "look");
		see_all(i, 0, kills[k].known, MESSAGE_SAME);
		see_all(i, kills[k].known, MANY + 10, MESSAGE_NEW);
		intake_abort(i);
		three_files(f); /* the folder still holds them all: repeats or completes */
		take_messages(f->o, "d", 0, MANY + 10, MESSAGE_SAME);
		assert_verified(f);
		f = start_over(state);
	}
}

/* ---- the filter ---- */

static void the_filter_knows_all_it_was_given_and_few_others(void **state)
{
	struct message_filter filter = MESSAGE_FILTER_INIT;
	const int n = 20000;
	int mistaken = 0;

	(void)state;
	message_filter_make(&filter, (size_t)n);
	for (int k = 0; k < 2 * n; k++) {
		struct digest d = digest_of_number("filter", k);
		struct message_mark mark = message_mark_of(&d, &d);
		if (k >= n)
			mistaken += message_filter_may_hold(&filter, &mark);
		else
			message_filter_add(&filter, &mark);
	}
	for (int k = 0; k < n; k++) {
		struct digest d = digest_of_number("filter", k);
		struct message_mark mark = message_mark_of(&d, &d);
		assert_true(message_filter_may_hold(&filter, &mark));
	}
	assert_true(mistaken < n / 100);
	message_filter_done(&filter);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_message_is_known_again_in_its_file_in_the_next_and_after_a_restart),
	    TEST(a_message_is_known_again_after_many_others),
	    TEST(what_a_file_has_seen_that_was_aborted_or_rejected_is_new_again),
	    TEST(so_it_is_where_so_many_were_seen_that_they_were_merged),
	    TEST(what_another_process_has_read_in_between_is_known),
	    TEST(messages_of_an_outbox_from_before_there_were_runs_are_known),
	    TEST(old_messages_are_forgotten_and_no_number_comes_twice),
	    TEST(a_kill_leaves_the_messages_of_whole_files_or_none),
	    cmocka_unit_test(the_filter_knows_all_it_was_given_and_few_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where a visit lies is remembered, wherever that is kept by now: in the file, in one before it,
 * merged, or from before there were runs; after a crash, after a file that was taken back, and
 * where another process has read in between. What was said last holds. */
#include "fixture.h"
#include "outbox/visits.h"

static struct digest visit_number(int number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "visit %d", number);
	return digest_of(span_str(text));
}

/* The visit lies in bed_<bed> now, and was in bed_<bed - 1>; bed 0: in none. */
static void put(struct intake *i, int number, int bed)
{
	const struct adapter_memory *m = intake_memory(i);
	struct digest visit = visit_number(number);
	char now[32], before[32];

	(void)snprintf(now, sizeof(now), "bed_%d", bed);
	(void)snprintf(before, sizeof(before), "bed_%d", bed - 1);
	struct visit_memory v = {.bed = bed ? span_str(now) : SPAN_NONE,
				 .before = bed > 1 ? span_str(before) : SPAN_NONE};
	OK(m->visit_put(m->ctx, &visit, &v, &err));
}

/* Its bed, 0 for none; -1: the visit is not known. */
static int bed_of(struct intake *i, int number)
{
	const struct adapter_memory *m = intake_memory(i);
	struct digest visit = visit_number(number);
	struct visit_memory v;
	char text[32];

	if (!m->visit(m->ctx, &visit, &v))
		return -1;
	if (!v.bed.p)
		return 0;
	(void)snprintf(text, sizeof(text), SPAN_FMT, SPAN_ARG(v.bed));
	return atoi(text + strlen("bed_"));
}

static struct intake *begin_file(struct outbox *o, const char *name)
{
	struct intake_file file = file_of(name, name);
	struct intake *i = NULL;

	OK(intake_begin(o, &file, NOW, &i, &err));
	return i;
}

/* Visits from … to - 1 into the bed; a file that is there already puts nothing. */
static void put_all(struct outbox *o, const char *name, int from, int to, int bed)
{
	struct intake *i = begin_file(o, name);

	for (int k = from; k < to && intake_verdict(i) == INTAKE_NEW; k++)
		put(i, k, bed);
	OK(intake_commit(i, NULL, &err));
}

static void all_lie_in(struct outbox *o, int from, int to, int bed)
{
	struct intake *i = begin_file(o, "look");

	for (int k = from; k < to; k++)
		if (bed_of(i, k) != bed)
			fail_msg("visit %d lies in %d, not in %d", k, bed_of(i, k), bed);
	intake_abort(i);
}

static void what_was_said_last_holds_in_the_file_in_the_next_and_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct intake *i = begin_file(f->o, "a");

	assert_int_equal(bed_of(i, 1), -1);
	put(i, 1, 5);
	put(i, 2, 7);
	put(i, 1, 6);
	assert_int_equal(bed_of(i, 1), 6);
	OK(intake_commit(i, NULL, &err));
	put_all(f->o, "b", 2, 3, 0);
	all_lie_in(f->o, 1, 2, 6);
	all_lie_in(f->o, 2, 3, 0);
	all_lie_in(f->o, 3, 4, -1);
	open_again(f);
	all_lie_in(f->o, 1, 2, 6);
	all_lie_in(f->o, 2, 3, 0);
	assert_int_equal(count(f, "SELECT count(*) FROM visit_runs"), 2);
	assert_int_equal(count(f, "SELECT count(*) FROM visits"), 0);
}

/* More than are kept in memory, and so many times that the runs are merged. */
static void visits_are_known_again_after_many_others(void **state)
{
	struct fixture *f = *state;
	char name[24];

	put_all(f->o, "a", 0, VISITS_KEPT_MAX + 100, 3);
	all_lie_in(f->o, 0, VISITS_KEPT_MAX + 100, 3);
	for (int k = 1; k <= VISITS_RUNS_MAX / 10000 + 1; k++) {
		(void)snprintf(name, sizeof(name), "again %d", k);
		put_all(f->o, name, 0, 10000, 10 + k);
	}
	open_again(f);
	all_lie_in(f->o, 0, 10000, 10 + VISITS_RUNS_MAX / 10000 + 1);
	all_lie_in(f->o, 10000, VISITS_KEPT_MAX + 100, 3);
	assert_true(count(f, "SELECT max(merge) FROM visit_merges") >= 2);
	assert_verified(f);
}

static void what_a_file_has_said_that_was_taken_back_did_not_happen(void **state)
{
	struct fixture *f = *state;

	put_all(f->o, "a", 0, 10, 3);
	for (int many = 0; many < 2; many++) { /* the second time they are merged before */
		int to = many ? VISITS_KEPT_MAX + 100 : 20;
		struct intake *i = begin_file(f->o, "b");
		for (int k = 0; k < to; k++)
			put(i, k, 4);
		intake_abort(i);
		all_lie_in(f->o, 0, 10, 3);
		all_lie_in(f->o, 10, to, -1);
		i = begin_file(f->o, many ? "d" : "c");
		for (int k = 0; k < to; k++)
			put(i, k, 4);
		OK(intake_reject(i, "too_many_bad", "", NULL, &err));
		all_lie_in(f->o, 0, 10, 3);
		all_lie_in(f->o, 10, to, -1);
	}
	assert_int_equal(count(f, "SELECT count(*) FROM visit_merges"), 0);
	put_all(f->o, "e", 5, 15, 6);
	all_lie_in(f->o, 0, 5, 3);
	all_lie_in(f->o, 5, 15, 6);
}

static void what_another_process_has_said_in_between_holds(void **state)
{
	struct fixture *f = *state;
	_cleanup_(outbox_closep) struct outbox *other = NULL;

	OK(outbox_open(f->dir, HOME_ID, OUTBOX_WRITE, &other, &err));
	outbox_set_min_free(other, 0);
	put_all(f->o, "a", 0, 10, 1);
	put_all(other, "b", 5, 15, 2);
	all_lie_in(f->o, 0, 5, 1);
	all_lie_in(f->o, 5, 15, 2);
	put_all(other, "c", 0, VISITS_KEPT_MAX + 100, 3); /* merges */
	all_lie_in(f->o, 0, VISITS_KEPT_MAX + 100, 3);
	put_all(f->o, "d", 0, 10, 0);
	all_lie_in(other, 0, 10, 0);
	all_lie_in(other, 10, 20, 3);
}

static void visits_of_an_outbox_from_before_there_were_runs_are_known(void **state)
{
	struct fixture *f = *state;
	char path[96], sql[512], hex[DIGEST_HEX + 1];
	struct digest visit = visit_number(1);

	int64_t version = count(f, "PRAGMA user_version");
	outbox_close(f->o);
	f->o = NULL;
	(void)snprintf(path, sizeof(path), "%s/" OUTBOX_FILE, f->dir);
	(void)snprintf(
	    sql, sizeof(sql),
	    "DROP TABLE visit_runs; DROP TABLE visit_merges; DROP TABLE event_sources;"
	    "ALTER TABLE census_beds DROP COLUMN gone;"
	    "PRAGMA user_version=%lld;"
	    "INSERT INTO visits (visit, bed, before, at) VALUES (x'%s', 'bed_9', NULL, 1)",
	    (long long)version - 3, digest_hex(&visit, hex));
	{
		_cleanup_(db_closep) struct db *db = NULL;
		OK(db_open(path, DB_CREATE, USEC_PER_SEC, &db, &err));
		OK(db_script(db, sql, &err));
	}
	open_again(f);
	assert_int_equal(count(f, "PRAGMA user_version"), version);
	all_lie_in(f->o, 1, 2, 9);
	put_all(f->o, "a", 1, 2, 8);
	open_again(f);
	all_lie_in(f->o, 1, 2, 8);
}

static void who_left_is_forgotten_when_it_is_long_ago_and_who_lies_in_a_bed_is_not(void **state)
{
	struct fixture *f = *state;

	put_all(f->o, "a", 0, 10, 3);
	put_all(f->o, "b", 5, 10, 0);
	OK(outbox_prune(f->o, NOW, USEC_PER_HOUR, NULL, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM visit_runs"), 2);
	OK(outbox_prune(f->o, NOW + USEC_PER_HOUR, 1, NULL, &err));
	assert_int_equal(count(f, "SELECT count(*) FROM visit_runs"), 0);
	assert_int_equal(count(f, "SELECT count(*) FROM visits"), 5);
	put_all(f->o, "c", 0, 1, 4);
	assert_int_equal(count(f, "SELECT max(run) FROM visit_runs"), 3);
	open_again(f);
	all_lie_in(f->o, 0, 1, 4);
	all_lie_in(f->o, 1, 5, 3);
	all_lie_in(f->o, 5, 10, -1);
}

static void two_files(struct fixture *f)
{
	put_all(f->o, "a", 0, 10, 1);
	put_all(f->o, "b", 5, VISITS_KEPT_MAX + 100, 2);
}

/* A file's visits are moved with its ledger row, or not at all. */
static void a_kill_leaves_the_visits_of_whole_files_or_none(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *point;
		int first, second; /* beds of visits 0 … 4, and 5 … 9, after the kill */
	} kills[] = {{"before_commit:1", -1, -1},
		     {"after_commit:1", 1, 1},
		     {"mid_visits:1", 1, 1},
		     {"before_commit:2", 1, 1},
		     {"after_commit:2", 1, 2}};

	for (size_t k = 0; k < ARRAY_LEN(kills); k++) {
		assert_true(killed_at(f, kills[k].point, two_files));
		all_lie_in(f->o, 0, 5, kills[k].first);
		all_lie_in(f->o, 5, 10, kills[k].second);
		two_files(f); /* the folder still holds them: repeats or completes */
		all_lie_in(f->o, 0, 5, 1);
		all_lie_in(f->o, 5, VISITS_KEPT_MAX + 100, 2);
		assert_verified(f);
		f = start_over(state);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_was_said_last_holds_in_the_file_in_the_next_and_after_a_restart),
	    TEST(visits_are_known_again_after_many_others),
	    TEST(what_a_file_has_said_that_was_taken_back_did_not_happen),
	    TEST(what_another_process_has_said_in_between_holds),
	    TEST(visits_of_an_outbox_from_before_there_were_runs_are_known),
	    TEST(who_left_is_forgotten_when_it_is_long_ago_and_who_lies_in_a_bed_is_not),
	    TEST(a_kill_leaves_the_visits_of_whole_files_or_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

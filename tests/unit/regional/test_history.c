/* Random histories of several homes through two daemons at once, with answers lost, batches
 * repeated and connections cut in the middle; afterwards the database must hold what a plain model
 * holds: nothing lost, nothing doubled, every audit chain whole, every count right.
 * BEDPOST_TEST_SEED=n runs another history. */
#include "regional/merge/merge.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "store/audit.h"
#include "tests/unit/regional/homes.h"
#include "tests/unit/store/pg_server.h"

#define HOMES	  5
#define EVENTS	  1200 /* a home */
#define BATCH_MAX 60
#define NOW	  (HOMES_T0 + USEC_PER_DAY)
#define CUT_EVERY                                                                                  \
	40000 /* microseconds between two cuts of all connections, on a machine that is idle */

struct home {
	char id[16];
	struct wire_item items[EVENTS]; /* what the home has to tell, in order */
	bool foreign[EVENTS];
	uint64_t settled;
	struct arena arena; /* of the batch under way */
	struct model model;
};

static struct pg_server *server;
static char *conninfo;
static struct home homes[HOMES];
static unsigned randomness;

static unsigned random_below(unsigned n)
{
	return (unsigned)rand_r(&randomness) % n;
}

static const char *const bed_ids[MODEL_BEDS] = {"bed_a", "bed_b", "bed_c", "bed_d",
						"bed_e", "bed_f", "bed_g", "bed_h",
						"bed_i", "bed_j", "bed_k", "bed_l"};
static const struct span wards[] = {
    {NULL, 0}, {"dementia", 8}, {"rehabilitation", 14}, {"acute", 5}};

/* Mostly in order, sometimes late, sometimes at the same microsecond, seldom in the future; mostly
 * fitting. */
static void make_event(struct home *h, size_t i, usec_t *clock, enum bed_status *believed)
{
	struct wire_item *item = &h->items[i];
	unsigned bed = random_below(MODEL_BEDS), dice = random_below(100);
	usec_t at = *clock += random_below(3) * USEC_PER_SEC;

	item->seq = i + 1;
	if (dice == 0) {
		item->reason = "not JSON";
		return;
	}
	if (dice < 12)
		at -= (usec_t)random_below(40) * USEC_PER_SEC;
	else if (dice == 12)
		at = NOW + 6 * USEC_PER_MIN;
	enum bed_status previous =
	    dice < 60 ? believed[bed] : (enum bed_status)random_below(BED_STATUS_COUNT);
	item->valid = true;
	item->event = (struct event){
	    .id = i > 0 && dice == 13 && h->items[i - 1].valid ? h->items[i - 1].event.id
							       : ulid_random(at),
	    .facility_id = span_str(h->id),
	    .bed_id = span_str(bed_ids[bed]),
	    .ward = wards[random_below(8) ? 0 : random_below(4)],
	    .care_level =
		random_below(8) ? CARE_UNKNOWN : (enum care_level)random_below(CARE_LEVEL_COUNT),
	    .changed_by = random_below(2) ? SPAN("user_x") : SPAN_NONE,
	    .previous_status = previous,
	    .new_status = (enum bed_status)(1 + random_below(BED_STATUS_COUNT - 1)),
	    .reason = (enum reason)random_below(REASON_COUNT),
	    .changed_at = at,
	    .source = {.adapter = random_below(4) ? SPAN("visma") : SPAN("board"),
		       .file = SPAN("00112233445566778899aabbccddeeff"),
		       .record = (uint32_t)i,
		       .time_source = random_below(2) ? SPAN("TÍD \"1\"") : SPAN_NONE},
	};
	if (dice == 14) {
		item->event.facility_id = SPAN("fac_elsewhere");
		h->foreign[i] = true;
	}
	believed[bed] = item->event.new_status;
}

static void make_homes(void)
{
	for (int i = 0; i < HOMES; i++) {
		struct home *h = &homes[i];
		enum bed_status believed[MODEL_BEDS] = {0};
		usec_t clock = HOMES_T0;
		(void)snprintf(h->id, sizeof(h->id), "fac_%d", i);
		h->model.policy =
		    (struct decide_policy){(enum conflict_policy)(i % POLICY_COUNT), i != 4};
		for (size_t k = 0; k < EVENTS; k++) {
			make_event(h, k, &clock, believed);
			h->model.outcomes[k] =
			    model_take(&h->model, &h->items[k], h->foreign[k], NOW);
		}
		char sql[200];
		(void)snprintf(sql, sizeof(sql),
			       "UPDATE facilities SET conflict_policy = '%s', auto_register = %s "
			       "WHERE id = '%.15s'",
			       conflict_policy_name(h->model.policy.conflict),
			       i != 4 ? "true" : "false", h->id);
		pg_server_run(conninfo, sql);
	}
}

/* The next batch, now and then one that was settled before, or one that leaves a gap. */
static struct merge_job next_job(struct home *h)
{
	uint64_t first = h->settled + 1;
	unsigned dice = random_below(20);

	arena_reset(&h->arena);
	if (dice == 0 && h->settled > 0)
		first -= random_below((unsigned)(h->settled < BATCH_MAX ? h->settled : BATCH_MAX));
	else if (dice == 1)
		first += 1 + random_below(5);
	if (first > EVENTS)
		first = EVENTS;
	uint32_t n = 1 + random_below(BATCH_MAX);
	if (first + n - 1 > EVENTS)
		n = (uint32_t)(EVENTS - first + 1);
	struct wire_batch *b = homes_batch(&h->arena, h->id, HOMES_EPOCH, first, n);
	memcpy(b->items, &h->items[first - 1], n * sizeof(b->items[0]));
	return (struct merge_job){
	    .batch = b, .received_at = NOW, .source_ip = SPAN("192.0.2.9"), .arena = &h->arena};
}

static void take_answer(struct home *h, const struct merge_job *job)
{
	if (job->verdict == MERGE_AWAY)
		return;
	assert_int_equal(job->verdict, MERGE_TAKEN);
	/* half the answers never arrive, and then the home knows nothing of them */
	if (random_below(2))
		return;
	assert_true(job->answer.applied_through >= h->settled);
	for (size_t i = 0; i < job->answer.n_outcomes; i++) {
		const struct wire_outcome *o = &job->answer.outcomes[i];
		enum outcome want = h->model.outcomes[o->seq - 1];
		if (o->outcome != OUTCOME_DUPLICATE || want == OUTCOME_REJECTED)
			assert_int_equal(o->outcome, want);
	}
	h->settled = job->answer.applied_through;
}

static atomic_bool cutting;
static atomic_uint rounds; /* that were merged and answered */

/* On a machine so busy that nothing is merged between two cuts,
 * the pause grows until something is. */
static void *cut_connections(void *arg _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(conninfo);
	usec_t pause = CUT_EVERY;

	while (cutting) {
		unsigned before = rounds;
		(void)pg_exec(pg,
			      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
			      " WHERE application_name = 'bedpost-regional merge'",
			      NULL);
		(void)nanosleep(&(struct timespec){.tv_sec = pause / USEC_PER_SEC,
						   .tv_nsec = pause % USEC_PER_SEC * 1000},
				NULL);
		pause = rounds == before ? pause * 2 : CUT_EVERY;
	}
	return NULL;
}

static void run_history(void)
{
	struct merge *daemons[2];
	pthread_t cutter;
	bool more = true;

	for (int i = 0; i < 2; i++) {
		struct err err = {0};
		if (merge_start(&(struct merge_options){.database = conninfo, .workers = 2},
				&daemons[i], &err) < 0)
			fail_msg("%s", err.message);
		homes_wait_connected(daemons[i]);
	}
	cutting = true;
	assert_int_equal(pthread_create(&cutter, NULL, cut_connections, NULL), 0);
	while (more) {
		struct merge_job jobs[HOMES];
		for (int i = 0; i < HOMES; i++)
			jobs[i] = next_job(&homes[i]);
		homes_merge_all(daemons[random_below(2)], jobs, HOMES);
		more = false;
		for (int i = 0; i < HOMES; i++) {
			take_answer(&homes[i], &jobs[i]);
			more |= homes[i].settled < EVENTS;
		}
		rounds++;
	}
	cutting = false;
	(void)pthread_join(cutter, NULL);
	for (int i = 0; i < 2; i++)
		merge_stop(daemons[i]);
}

/* ---- what must be ---- */

static struct pg_result *rows_of(struct pg *pg, struct arena *a, const char *sql,
				 const char *facility)
{
	struct pg_params p = PG_PARAMS(a);
	struct pg_result *r = NULL;
	struct err err = {0};

	pg_add_text(&p, span_str(facility));
	if (pg_query(pg, sql, &p, &r, &err) < 0)
		fail_msg("%s", err.message);
	return r;
}

static void every_event_stands_once_with_its_outcome(struct pg *pg, struct home *h)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *audited = rows_of(
	    pg, &a, "SELECT seq, outcome FROM bed_audit_log WHERE facility_id = $1 ORDER BY seq",
	    h->id);
	_cleanup_(pg_result_freep) struct pg_result *refused =
	    rows_of(pg, &a, "SELECT seq FROM refusals WHERE facility_id = $1 ORDER BY seq", h->id);
	int next_audited = 0, next_refused = 0;

	for (int seq = 1; seq <= EVENTS; seq++) {
		enum outcome want = h->model.outcomes[seq - 1];
		if (want == OUTCOME_REJECTED) {
			assert_int_equal(pg_get_i64(refused, next_refused++, 0), seq);
		} else if (want != OUTCOME_DUPLICATE) {
			assert_int_equal(pg_get_i64(audited, next_audited, 0), seq);
			assert_true(span_eq_str(pg_get_text(audited, next_audited++, 1),
						outcome_name(want)));
		}
	}
	assert_int_equal(next_audited, pg_rows(audited));
	assert_int_equal(next_refused, pg_rows(refused));
}

static void the_chain_is_whole(struct pg *pg, struct home *h)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r =
	    rows_of(pg, &a,
		    "SELECT l.n, l.seq, l.held_status, l.ward, l.care_level, l.received_at, "
		    "l.outcome, l.outcome_reason,"
		    " l.in_history, l.bed_version, l.conflict_id, l.prev_hash, l.hash, "
		    "f.audit_head, f.audit_n"
		    " FROM bed_audit_log l JOIN facilities f ON f.id = l.facility_id WHERE f.id = "
		    "$1 ORDER BY l.n",
		    h->id);
	struct digest prev = audit_genesis(span_str(h->id));

	for (int k = 0; k < pg_rows(r); k++) {
		struct audit_row row = {.facility_id = span_str(h->id),
					.n = k + 1,
					.epoch = SPAN(HOMES_EPOCH),
					.seq = (uint64_t)pg_get_i64(r, k, 1),
					.ward = pg_get_text(r, k, 3),
					.received_at = pg_get_time(r, k, 5),
					.source_ip = SPAN("192.0.2.9"),
					.outcome_reason = pg_get_text(r, k, 7).p,
					.in_history = pg_get_bool(r, k, 8),
					.bed_version = pg_get_i64(r, k, 9),
					.conflict_id = pg_get_text(r, k, 10)};
		row.event = &h->items[row.seq - 1].event;
		assert_int_equal(pg_get_i64(r, k, 0), k + 1);
		(void)(pg_is_null(r, k, 2) ||
		       bed_status_parse(pg_get_text(r, k, 2), &row.held_status));
		assert_true(care_level_parse(pg_get_text(r, k, 4), &row.care_level));
		assert_true(outcome_parse(pg_get_text(r, k, 6), &row.outcome));
		assert_memory_equal(pg_get_text(r, k, 11).p, prev.b, DIGEST_BYTES);
		prev = audit_hash(&row, &prev);
		assert_memory_equal(pg_get_text(r, k, 12).p, prev.b, DIGEST_BYTES);
		if (k + 1 == pg_rows(r)) {
			assert_memory_equal(pg_get_text(r, k, 13).p, prev.b, DIGEST_BYTES);
			assert_int_equal(pg_get_i64(r, k, 14), k + 1);
		}
	}
}

static const struct model_bed *model_bed_by_id(const struct home *h, struct span id)
{
	for (size_t i = 0; i < MODEL_BEDS; i++)
		if (span_eq_str(id, h->model.beds[i].id))
			return &h->model.beds[i];
	fail_msg("a bed that no event named");
	return NULL;
}

static void every_bed_is_what_the_model_says(struct pg *pg, struct home *h)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r =
	    rows_of(pg, &a,
		    "SELECT id, status, version, last_updated, unconfirmed, ward, care_level, "
		    "confirmed_at FROM "
		    "beds WHERE facility_id = $1",
		    h->id);
	int known = 0;

	for (int k = 0; k < pg_rows(r); k++) {
		const struct model_bed *b = model_bed_by_id(h, pg_get_text(r, k, 0));
		assert_true(span_eq_str(pg_get_text(r, k, 1), bed_status_name(b->status)));
		assert_int_equal(pg_get_i64(r, k, 2), b->version);
		assert_int_equal(pg_get_time(r, k, 3), b->last_updated);
		assert_int_equal(pg_get_time(r, k, 7), b->confirmed_at);
		assert_int_equal(pg_get_bool(r, k, 4), b->unconfirmed);
		assert_true(span_eq_str(pg_get_text(r, k, 5), b->ward));
		assert_true(span_eq_str(pg_get_text(r, k, 6), care_level_name(b->care_level)));
	}
	for (size_t i = 0; i < MODEL_BEDS; i++)
		known += h->model.beds[i].known;
	assert_int_equal(known, pg_rows(r));
}

static void nothing_is_lost_or_doubled_and_all_counts_hold(void **state _unused_)
{
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(conninfo);

	make_homes();
	run_history();
	for (int i = 0; i < HOMES; i++) {
		every_event_stands_once_with_its_outcome(pg, &homes[i]);
		the_chain_is_whole(pg, &homes[i]);
		every_bed_is_what_the_model_says(pg, &homes[i]);
	}
	/* availability is the count of beds, and a row without beds is all zero */
	assert_int_equal(
	    pg_server_number(
		conninfo,
		"SELECT count(*) FROM (SELECT facility_id, ward, care_level, count(*) AS total,"
		" count(*) FILTER (WHERE status = 'available' AND NOT unconfirmed) AS available,"
		" count(*) FILTER (WHERE status = 'reserved' AND NOT unconfirmed) AS reserved,"
		" count(*) FILTER (WHERE status = 'occupied' AND NOT unconfirmed) AS occupied,"
		" count(*) FILTER (WHERE status = 'maintenance' AND NOT unconfirmed) AS "
		"maintenance,"
		" count(*) FILTER (WHERE unconfirmed) AS unconfirmed FROM beds GROUP BY 1, 2, 3) "
		"AS c"
		" FULL JOIN facility_availability a USING (facility_id, ward, care_level)"
		" WHERE (coalesce(c.total, 0), coalesce(c.available, 0), coalesce(c.reserved, 0), "
		"coalesce(c.occupied, 0),"
		" coalesce(c.maintenance, 0), coalesce(c.unconfirmed, 0)) IS DISTINCT FROM"
		" (a.total, a.available, a.reserved, a.occupied, a.maintenance, a.unconfirmed)"),
	    0);
	/* an open chain for every unconfirmed bed and no other; its events are audit rows */
	assert_int_equal(
	    pg_server_number(conninfo,
			     "SELECT count(*) FROM beds b FULL JOIN"
			     " (SELECT * FROM conflicts WHERE status = 'open') AS c"
			     " ON c.facility_id = b.facility_id AND c.bed_id = b.id"
			     " WHERE coalesce(b.unconfirmed, false) <> (c.id IS NOT NULL)"),
	    0);
	assert_int_equal(
	    pg_server_number(conninfo,
			     "SELECT count(*) FROM conflicts c WHERE events <> (SELECT count(*)"
			     " FROM bed_audit_log l WHERE l.facility_id = c.facility_id AND"
			     " l.conflict_id = c.id)"),
	    0);
	assert_int_equal(pg_server_number(conninfo, "SELECT min(applied_through) FROM streams"),
			 EVENTS);
}

static int set_up(void **state _unused_)
{
	const char *seed = getenv("BEDPOST_TEST_SEED");

	digest_setup();
	randomness = seed ? (unsigned)atoi(seed) : 1;
	server = pg_server_start();
	conninfo = homes_database(server, HOMES);
	return 0;
}

static int tear_down(void **state _unused_)
{
	for (int i = 0; i < HOMES; i++) {
		arena_done(&homes[i].arena);
		arena_done(&homes[i].model.arena);
	}
	free(conninfo);
	pg_server_stop(server);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_lost_or_doubled_and_all_counts_hold),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

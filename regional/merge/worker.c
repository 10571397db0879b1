/* The thread sleeps until there is a batch; with or without one it looks after its connection: a
 * PostgreSQL that went away in a quiet hour is noticed, and found again, without any home's help.
 */
#include "regional/merge/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cond.h"
#include "base/kill_point.h"
#include "base/log.h"
#include "regional/merge/transaction.h"
#include "store/facilities.h"
#include "store/migrate.h"
#include "store/partitions.h"

#define LOOK_EVERY	  USEC_PER_SEC /* at an idle connection */
#define RECONNECT_FIRST	  (USEC_PER_SEC / 4)
#define RECONNECT_MAX	  (5 * USEC_PER_SEC)
#define TRIES_MAX	  4 /* of one transaction, while PostgreSQL is there */
#define PARTITIONS_EVERY  (12 * USEC_PER_HOUR)
#define STATEMENT_SECONDS 60

struct worker {
	pthread_t thread;
	pthread_mutex_t lock; /* of the queue, `stopping` and `state` */
	pthread_cond_t wake;
	struct merge_job *head, **tail;
	size_t waiting;
	bool stopping;
	struct merge_state state;

	/* the thread's own */
	struct transaction t;
	struct merge_options options;
	bool keeps_partitions;
	usec_t try_at, retry_wait, partitions_at; /* monotonic */
	bool away_logged;
};

/* ---- connection ---- */

/* Every lookup of the merge goes by an index, whatever the planner believes of tables that were
 * small yesterday. */
static const char session_settings[] =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    "SET plan_cache_mode = force_generic_plan; SET jit = off; SET work_mem = '64MB';"
    "SET lock_timeout = '5s'";

static int connect_session(struct worker *w, struct pg **ret, struct err *err)
{
	const struct pg_options o = {.conninfo = w->options.database,
				     .role = "bedpost_ingest",
				     .application = "bedpost-regional merge",
				     .statement_seconds = STATEMENT_SECONDS};
	_cleanup_(pg_closep) struct pg *pg = NULL;
	int r = pg_open(&o, &pg, err);

	if (r == 0)
		r = migrate_check(pg, err);
	if (r == 0 && w->keeps_partitions)
		r = partitions_make(pg, NULL, err);
	if (r == 0)
		r = pg_exec(pg, session_settings, err);
	if (r == 0)
		r = pg_pipeline_enter(pg, err);
	if (r == 0)
		*ret = TAKE_PTR(pg);
	return r;
}

static void set_connected(struct worker *w, bool connected)
{
	(void)pthread_mutex_lock(&w->lock);
	w->state.connected = connected;
	(void)pthread_mutex_unlock(&w->lock);
}

static void disconnect(struct worker *w)
{
	pg_close(w->t.pg);
	w->t.pg = NULL;
	set_connected(w, false);
}

static bool reconnect(struct worker *w)
{
	struct err err = {0};

	disconnect(w);
	if (connect_session(w, &w->t.pg, &err) < 0) {
		if (!w->away_logged)
			log_warn("merge_away", "reason=%s", log_quote(span_str(err.message)).s);
		w->away_logged = true;
		w->try_at = clock_monotonic() + w->retry_wait;
		w->retry_wait =
		    w->retry_wait * 2 < RECONNECT_MAX ? w->retry_wait * 2 : RECONNECT_MAX;
		return false;
	}
	if (w->away_logged)
		log_info("merge_back", "database=connected");
	w->away_logged = false;
	w->retry_wait = RECONNECT_FIRST;
	w->partitions_at = clock_monotonic() + PARTITIONS_EVERY;
	set_connected(w, true);
	return true;
}

/* A connection, old or new; false: none now. */
static bool have_connection(struct worker *w)
{
	if (!pg_is_lost(w->t.pg))
		return true;
	return clock_monotonic() >= w->try_at && reconnect(w);
}

static void look_after_connection(struct worker *w)
{
	struct pg_notification n;

	if (!pg_is_lost(w->t.pg))
		(void)pg_next_notification(w->t.pg, &n, NULL); /* reads: learns of an end */
	if (!have_connection(w))
		set_connected(w, false);
	else if (w->keeps_partitions && clock_monotonic() >= w->partitions_at)
		(void)reconnect(w); /* which makes them */
}

/* ---- answering ---- */

static void count_outcomes(struct metrics *m, const struct wire_answer *w)
{
	uint64_t n[OUTCOME_COUNT] = {0};

	for (size_t i = 0; i < w->n_outcomes; i++)
		n[w->outcomes[i].outcome]++;
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (n[i])
			metric_add(m, METRIC_EVENTS, (unsigned)i, n[i]);
}

/* Nothing of the batch was taken in, for what comes before it is missing. */
static bool is_gap(const struct merge_job *job)
{
	return !job->change && job->answer.n_outcomes == 0 &&
	       job->answer.applied_through + 1 < job->batch->header.first;
}

static void count_taken(struct worker *w, const struct merge_job *job)
{
	struct span facility = job->batch->header.facility;

	count_outcomes(w->options.metrics, &job->answer);
	if (!is_gap(job))
		return;
	metric_add(w->options.metrics, METRIC_GAPS, 0, 1);
	log_warn("gap", "facility=%s first=%" PRIu64 " expected=%" PRIu64, log_quote(facility).s,
		 job->batch->header.first, job->answer.applied_through + 1);
}

/* For administrators to see. The refusal stands without it. */
static void note_refused(struct worker *w, const struct merge_job *job)
{
	bool certificate = job->verdict == MERGE_CERTIFICATE;
	const struct facilities_refusal r = {.facility_id = job->batch->header.facility,
					     .road = job->road,
					     .reason = certificate ? "certificate" : "closed",
					     .fingerprint = job->certificate,
					     .source_ip = job->source_ip};
	struct err err = {0};

	metric_add(w->options.metrics, METRIC_TURNED_AWAY,
		   certificate ? METRIC_AWAY_CERTIFICATE : METRIC_AWAY_CLOSED, 1);
	if (job->road && !pg_is_lost(w->t.pg) && facilities_refused(w->t.pg, &r, &err) < 0)
		log_warn("refusal_not_noted", "reason=%s", log_quote(span_str(err.message)).s);
}

static void answer(struct worker *w, struct transaction_job *jobs, size_t n)
{
	kill_point("before_answer");
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].job->verdict == MERGE_TAKEN)
			count_taken(w, jobs[i].job);
		if (jobs[i].job->verdict == MERGE_UNKNOWN ||
		    jobs[i].job->verdict == MERGE_CERTIFICATE)
			note_refused(w, jobs[i].job);
		jobs[i].job->done(jobs[i].job, jobs[i].job->user);
	}
}

static void answer_all(struct worker *w, struct transaction_job *jobs, size_t n,
		       enum merge_verdict verdict)
{
	for (size_t i = 0; i < n; i++)
		jobs[i].job->verdict = verdict;
	answer(w, jobs, n);
}

/* ---- transactions ---- */

enum fate { FATE_DONE, FATE_AWAY, FATE_POISONED };

static void count_transaction(struct worker *w, bool again)
{
	(void)pthread_mutex_lock(&w->lock);
	if (again)
		w->state.retries++;
	else
		w->state.transactions++;
	(void)pthread_mutex_unlock(&w->lock);
}

/* Runs one transaction, again where that helps. Does not answer. */
static enum fate run(struct worker *w, struct transaction_job *jobs, size_t n, struct err *err)
{
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		if (!have_connection(w))
			return FATE_AWAY;
		usec_t began = clock_monotonic();
		if (transaction_run(&w->t, jobs, n, err) == 0) {
			metric_observe(w->options.metrics, METRIC_MERGE_TIME,
				       clock_monotonic() - began);
			metric_add(w->options.metrics, METRIC_MERGE_BATCHES, 0, n);
			if (w->options.changed && w->t.n_rows)
				w->options.changed(w->options.user, w->t.rows, w->t.n_rows);
			count_transaction(w, false);
			return FATE_DONE;
		}
		count_transaction(w, true);
		if (pg_is_lost(w->t.pg)) {
			disconnect(w);
			w->try_at =
			    0; /* at once, the first time: it may just have been restarted */
		} else if (!err->retriable) {
			return FATE_POISONED;
		}
	}
	return FATE_AWAY;
}

/* The one event that PostgreSQL refuses is rejected. */
static enum fate run_event(struct worker *w, struct merge_job *job, size_t i, struct err *err)
{
	struct transaction_job one = {job, i, i + 1};
	enum fate fate = run(w, &one, 1, err);

	if (fate != FATE_POISONED)
		return fate;
	struct wire_item *item = &job->batch->items[i];
	log_error("event_refused_by_database", "facility=%s seq=%" PRIu64 " reason=%s",
		  log_quote(job->batch->header.facility).s, item->seq,
		  log_quote(span_str(err->message)).s);
	item->valid = false;
	item->reason = "the region's database refused it";
	(void)pthread_mutex_lock(&w->lock);
	w->state.poisoned++;
	(void)pthread_mutex_unlock(&w->lock);
	return run(w, &one, 1, err);
}

static void run_event_by_event(struct worker *w, struct transaction_job *job, struct err *err)
{
	size_t count = job->job->batch->header.count;

	for (size_t i = 0; i < count; i++) {
		enum fate fate = run_event(w, job->job, i, err);
		if (fate != FATE_DONE) {
			answer_all(w, job, 1, fate == FATE_AWAY ? MERGE_AWAY : MERGE_FAILED);
			return;
		}
		if (job->job->verdict != MERGE_TAKEN)
			break;
	}
	if (count == 0)
		job->job->verdict = MERGE_FAILED;
	answer(w, job, 1);
}

static void run_alone(struct worker *w, struct transaction_job *job)
{
	struct err err = {0};

	switch (run(w, job, 1, &err)) {
	case FATE_DONE: answer(w, job, 1); return;
	case FATE_AWAY: answer_all(w, job, 1, MERGE_AWAY); return;
	case FATE_POISONED: break;
	}
	log_error("batch_refused_by_database", "facility=%s reason=%s",
		  log_quote(job->job->batch->header.facility).s,
		  log_quote(span_str(err.message)).s);
	run_event_by_event(w, job, &err);
}

static void merge_jobs(struct worker *w, struct transaction_job *jobs, size_t n)
{
	struct err err = {0};

	if (n == 1) {
		run_alone(w, jobs);
		return;
	}
	switch (run(w, jobs, n, &err)) {
	case FATE_DONE: answer(w, jobs, n); return;
	case FATE_AWAY: answer_all(w, jobs, n, MERGE_AWAY); return;
	case FATE_POISONED: break;
	}
	for (size_t i = 0; i < n; i++)
		run_alone(w, &jobs[i]);
}

/* ---- the thread ---- */

/* Takes what waits, within the bounds of one transaction. The lock is held. */
static size_t take_jobs(struct worker *w, struct transaction_job jobs[MERGE_BATCHES_MAX])
{
	size_t n = 0, events = 0;

	while (w->head && n < MERGE_BATCHES_MAX) {
		struct merge_job *job = w->head;
		uint32_t count = job->batch->header.count;
		if (n > 0 && events + count > MERGE_EVENTS_MAX)
			break;
		events += count;
		jobs[n++] = (struct transaction_job){job, 0, count};
		w->head = job->next;
		w->waiting--;
	}
	if (!w->head)
		w->tail = &w->head;
	return n;
}

static void wait_a_little(struct worker *w)
{
	usec_t pause = w->state.connected ? LOOK_EVERY : RECONNECT_FIRST;

	(void)cond_wait_until(&w->wake, &w->lock, clock_monotonic() + pause);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct transaction_job jobs[MERGE_BATCHES_MAX];

	look_after_connection(w);
	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		size_t n = take_jobs(w, jobs);
		if (n == 0 && w->stopping)
			break;
		if (n == 0)
			wait_a_little(w);
		bool idle = n == 0 && !w->head;
		(void)pthread_mutex_unlock(&w->lock);
		if (n > 0)
			merge_jobs(w, jobs, n);
		else if (idle)
			look_after_connection(w);
		(void)pthread_mutex_lock(&w->lock);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

int worker_start(const struct merge_options *o, bool keeps_partitions, struct worker **ret,
		 struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->options = *o;
	w->t.fresh = o->fresh;
	w->keeps_partitions = keeps_partitions;
	w->retry_wait = RECONNECT_FIRST;
	w->tail = &w->head;
	(void)pthread_mutex_init(&w->lock, NULL);
	cond_init(&w->wake);
	int r = pthread_create(&w->thread, NULL, work, w);
	if (r != 0) {
		free(w);
		return err_errno(err, r, "merge: cannot start a thread");
	}
	*ret = w;
	return 0;
}

void worker_stop(struct worker *w)
{
	if (!w)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	pg_close(w->t.pg);
	transaction_done(&w->t);
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

bool worker_submit(struct worker *w, struct merge_job *job)
{
	(void)pthread_mutex_lock(&w->lock);
	bool room = w->waiting < MERGE_QUEUE_MAX && !w->stopping;
	if (room) {
		job->next = NULL;
		*w->tail = job;
		w->tail = &job->next;
		w->waiting++;
		(void)pthread_cond_signal(&w->wake);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return room;
}

void worker_add_state(struct worker *w, struct merge_state *s)
{
	(void)pthread_mutex_lock(&w->lock);
	s->workers++;
	s->connected += w->state.connected;
	s->waiting += w->waiting;
	s->transactions += w->state.transactions;
	s->retries += w->state.retries;
	s->poisoned += w->state.poisoned;
	(void)pthread_mutex_unlock(&w->lock);
}

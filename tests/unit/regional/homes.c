/* The model is as plain as can be: arrays walked from end to end, one event at a time. */
#include "tests/unit/regional/homes.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "store/migrate.h"
#include "tests/unit/ok.h"
#include "tests/unit/store/pg_server.h"

struct wire_batch *homes_batch(struct arena *a, const char *facility, const char *epoch,
			       uint64_t first, uint32_t n)
{
	struct wire_batch *b = arena_new(a, struct wire_batch);

	b->header = (struct wire_header){.facility = span_str(arena_strdup(a, facility)),
					 .epoch = span_str(arena_strdup(a, epoch)),
					 .first = first,
					 .last = first + n - 1,
					 .count = n,
					 .clock = HOMES_T0,
					 .agent = SPAN("test 1"),
					 .queued = 1};
	b->items = arena_array(a, struct wire_item, n + 1);
	for (uint32_t i = 0; i < n; i++)
		b->items[i].seq = first + i;
	return b;
}

struct event *homes_event(struct wire_batch *b, uint32_t i, const char *bed,
			  enum bed_status previous, enum bed_status next, usec_t changed_at)
{
	struct event *e = &b->items[i].event;

	b->items[i].valid = true;
	*e = (struct event){
	    .id = ulid_random(changed_at),
	    .facility_id = b->header.facility,
	    .bed_id = span_str(bed),
	    .changed_by = SPAN("user_test"),
	    .previous_status = previous,
	    .new_status = next,
	    .reason = REASON_STATUS_UPDATE,
	    .changed_at = changed_at,
	    .source = {.adapter = SPAN("visma"), .record = i, .time_source = SPAN("TID")}};
	return e;
}

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t left;
};

static void count_down(struct merge_job *job _unused_, void *user)
{
	struct waiting *w = user;

	(void)pthread_mutex_lock(&w->lock);
	w->left--;
	(void)pthread_cond_signal(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

void homes_merge_all(struct merge *m, struct merge_job *jobs, size_t n)
{
	struct waiting w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, n};

	for (size_t i = 0; i < n; i++) {
		jobs[i].done = count_down;
		jobs[i].user = &w;
		merge_submit(m, &jobs[i]);
	}
	(void)pthread_mutex_lock(&w.lock);
	while (w.left)
		(void)pthread_cond_wait(&w.changed, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
}

struct merge_job homes_merge(struct merge *m, struct arena *a, struct wire_batch *b,
			     usec_t received_at)
{
	struct merge_job job = {
	    .batch = b, .received_at = received_at, .source_ip = SPAN("192.0.2.7"), .arena = a};

	homes_merge_all(m, &job, 1);
	return job;
}

void homes_wait_connected(struct merge *m)
{
	usec_t deadline = clock_monotonic() + 30 * USEC_PER_SEC;

	for (;;) {
		struct merge_state s = merge_state(m);
		if (s.connected == s.workers)
			return;
		if (clock_monotonic() > deadline)
			fail_msg("the merge did not connect");
		(void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
}

struct merge *homes_merge_start(const char *conninfo, unsigned workers)
{
	struct merge *m = NULL;
	struct err err = {0};

	ok(merge_start(&(struct merge_options){.database = conninfo, .workers = workers}, &m, &err),
	   &err);
	homes_wait_connected(m);
	return m;
}

char *homes_database(struct pg_server *s, int n)
{
	char *conninfo = pg_server_database(s), sql[300];
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(conninfo);
	struct err err = {0};

	ok(migrate_up(pg, NULL, &err), &err);
	(void)snprintf(
	    sql, sizeof(sql),
	    "INSERT INTO regions (id, name) VALUES ('reg_a', 'A');"
	    "INSERT INTO facilities (id, name, region_id) SELECT 'fac_' || i, 'Home ' || i, 'reg_a'"
	    " FROM generate_series(0, %d) AS i",
	    n - 1);
	ok(pg_exec(pg, sql, &err), &err);
	return conninfo;
}

/* ---- model ---- */

static struct model_bed *model_bed(struct model *m, struct span id)
{
	for (size_t i = 0; i < MODEL_BEDS; i++) {
		if (!m->beds[i].id[0])
			memcpy(m->beds[i].id, id.p, id.n);
		if (span_eq_str(id, m->beds[i].id))
			return &m->beds[i];
	}
	fail_msg("the model has no more beds");
	return NULL;
}

static enum bed_status status_then(const struct model_bed *b, usec_t at)
{
	const struct model_change *best = NULL;

	for (size_t i = 0; i < b->n_course; i++)
		if (b->course[i].at <= at && (!best || b->course[i].at >= best->at))
			best = &b->course[i];
	return best ? best->status : BED_UNKNOWN;
}

static bool was_seen(const struct model *m, struct ulid id)
{
	for (size_t i = 0; i < m->n_seen; i++)
		if (ulid_eq(m->seen[i], id))
			return true;
	return false;
}

enum outcome model_take(struct model *m, const struct wire_item *item, bool foreign, usec_t now)
{
	const struct event *e = &item->event;
	struct model_bed *b = item->valid ? model_bed(m, e->bed_id) : &(struct model_bed){0};
	const struct decide_bed held = {b->known, b->unconfirmed, b->status, b->branch,
					b->confirmed_at};
	const struct decide_event event = {item->valid ? e : NULL, item->reason,
					   item->valid && was_seen(m, e->id), foreign};
	struct decision d =
	    decide(&held, &event, item->valid ? status_then(b, e->changed_at) : BED_UNKNOWN,
		   &m->policy, now);

	if (d.outcome == OUTCOME_DUPLICATE || d.outcome == OUTCOME_REJECTED)
		return d.outcome;
	m->seen[m->n_seen++] = e->id;
	if (d.registers) {
		b->known = true;
		b->ward = "unassigned";
		b->care_level = CARE_MEDIUM;
	}
	if (d.takes) {
		b->status = e->new_status;
		b->last_updated = b->confirmed_at = e->changed_at;
		b->version++;
		if (e->ward.p)
			b->ward = e->ward.p;
		if (e->care_level)
			b->care_level = e->care_level;
	}
	if (d.confirms)
		b->confirmed_at = e->changed_at;
	if (d.in_history) {
		if (!b->course)
			b->course = arena_array(&m->arena, struct model_change, MODEL_EVENTS);
		b->course[b->n_course++] = (struct model_change){e->changed_at, e->new_status};
	}
	if (d.chain == CHAIN_OPENS || d.chain == CHAIN_JOINS) {
		b->unconfirmed = true;
		b->branch = e->new_status;
	}
	return d.outcome;
}

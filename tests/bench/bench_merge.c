/* How many events a second the merge alone takes in, from decoded batches to the commit.
 *
 *     bench_merge [CONNINFO [HOMES [BEDS [EVENTS PER BATCH [SECONDS [WORKERS]]]]]]
 *
 * CONNINFO names a migrated database of the bench's own (without it: a private server that does not
 * wait for the disk): it adds region reg_bench and homes
 * fac_bench_…. Each home has one batch under way at a time, as real ones do, so that a transaction
 * takes what has gathered meanwhile. With 1 event per batch and few homes it tells the latency of
 * one commit. At the end the audit log of all that is proved (bedpost-admin audit verify). */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "regional/merge/merge.h"
#include "store/audit_verify.h"
#include "store/migrate.h"
#include "store/pg.h"
#include "tests/unit/store/pg_server.h"

struct bench {
	struct merge *merge;
	int homes, beds, per_batch;
	usec_t end;
	pthread_mutex_t lock;
	pthread_cond_t idle;
	int under_way;
	uint64_t events, batches, refused;
	usec_t *latencies; /* of batches */
	size_t n_latencies, cap_latencies;
};

struct home {
	struct bench *bench;
	char id[32], epoch[WIRE_EPOCH_CHARS + 1];
	struct arena arena;
	struct wire_batch batch;
	struct merge_job job;
	uint64_t seq;
	enum bed_status *status;
	char (*beds)[16];
	usec_t clock, sent;
	unsigned random;
};

static void make_batch(struct home *h)
{
	struct bench *b = h->bench;

	arena_reset(&h->arena);
	h->batch = (struct wire_batch){
	    .header = {.facility = span_str(h->id),
		       .epoch = span_str(h->epoch),
		       .first = h->seq + 1,
		       .last = h->seq + (uint64_t)b->per_batch,
		       .count = (uint32_t)b->per_batch,
		       .clock = clock_now(),
		       .agent = SPAN("bench"),
		       .queued = 1},
	    .items = arena_array(&h->arena, struct wire_item, (size_t)b->per_batch),
	};
	for (int i = 0; i < b->per_batch; i++) {
		int bed = rand_r(&h->random) % b->beds;
		enum bed_status next =
		    (enum bed_status)(1 + rand_r(&h->random) % (BED_STATUS_COUNT - 1));
		h->clock += USEC_PER_MSEC;
		h->batch.items[i] = (struct wire_item){
		    .seq = ++h->seq,
		    .valid = true,
		    .event = {.id = ulid_random(h->clock),
			      .facility_id = span_str(h->id),
			      .bed_id = span_str(h->beds[bed]),
			      .ward = bed % 3 ? SPAN("dementia") : SPAN("rehabilitation"),
			      .care_level = CARE_MEDIUM,
			      .changed_by = SPAN("user_nurse_hansen"),
			      .previous_status = h->status[bed],
			      .new_status = next,
			      .reason = REASON_STATUS_UPDATE,
			      .changed_at = h->clock,
			      .source = {.adapter = SPAN("visma-beds"),
					 .file = SPAN("00112233445566778899aabbccddeeff"),
					 .record = (uint32_t)i,
					 .time_source = SPAN("EVN-6")}},
		};
		h->status[bed] = next;
	}
}

static void send_batch(struct home *h);

static void answered(struct merge_job *job, void *user)
{
	struct home *h = user;
	struct bench *b = h->bench;
	usec_t now = clock_monotonic();

	(void)pthread_mutex_lock(&b->lock);
	if (job->verdict == MERGE_TAKEN && job->answer.applied_through == h->seq)
		b->events += job->answer.n_outcomes;
	else
		b->refused++;
	b->batches++;
	if (b->n_latencies < b->cap_latencies)
		b->latencies[b->n_latencies++] = now - h->sent;
	bool more = now < b->end;
	if (!more && --b->under_way == 0)
		(void)pthread_cond_signal(&b->idle);
	(void)pthread_mutex_unlock(&b->lock);
	if (more)
		send_batch(h);
}

static void send_batch(struct home *h)
{
	make_batch(h);
	h->sent = clock_monotonic();
	h->job = (struct merge_job){.batch = &h->batch,
				    .received_at = clock_now(),
				    .source_ip = SPAN("192.0.2.1"),
				    .arena = &h->arena,
				    .done = answered,
				    .user = h};
	merge_submit(h->bench->merge, &h->job);
}

static void prepare(const char *conninfo, int homes)
{
	struct err err = {0};
	_cleanup_(pg_closep) struct pg *pg = NULL;
	char sql[400];

	(void)snprintf(
	    sql, sizeof(sql),
	    "INSERT INTO regions (id, name) VALUES ('reg_bench', 'Bench') ON CONFLICT DO NOTHING;"
	    "INSERT INTO facilities (id, name, region_id) SELECT 'fac_bench_' || i, 'Home', "
	    "'reg_bench'"
	    " FROM generate_series(0, %d) AS i ON CONFLICT DO NOTHING",
	    homes - 1);
	if (pg_open(&(struct pg_options){.conninfo = conninfo}, &pg, &err) < 0 ||
	    pg_exec(pg, sql, &err) < 0) {
		(void)fprintf(stderr, "bench_merge: %s\n", err.message);
		exit(1);
	}
}

static struct home *make_homes(struct bench *b)
{
	struct home *homes = calloc((size_t)b->homes, sizeof(*homes));

	for (int i = 0; homes && i < b->homes; i++) {
		struct home *h = &homes[i];
		h->bench = b;
		h->random = (unsigned)i + (unsigned)time(NULL);
		(void)snprintf(h->id, sizeof(h->id), "fac_bench_%d", i);
		(void)snprintf(h->epoch, sizeof(h->epoch), "%08x-%04x-4000-8000-%012x",
			       (unsigned)time(NULL), (unsigned)getpid() & 0xffff, (unsigned)i);
		h->status = calloc((size_t)b->beds, sizeof(*h->status));
		h->beds = calloc((size_t)b->beds, sizeof(*h->beds));
		h->clock = clock_now() - USEC_PER_HOUR;
		for (int k = 0; k < b->beds; k++)
			(void)snprintf(h->beds[k], sizeof(h->beds[k]), "bed_%d", k);
	}
	return homes;
}

static int by_time(const void *a, const void *b)
{
	usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
	return (x > y) - (x < y);
}

static void report(struct bench *b, usec_t took)
{
	struct merge_state s = merge_state(b->merge);

	qsort(b->latencies, b->n_latencies, sizeof(usec_t), by_time);
	(void)printf("%d homes, %d beds, %d events a batch, %d workers: %.0f events/s, %ju batches "
		     "in %ju transactions, "
		     "p50 %.2f ms, p99 %.2f ms, %ju not taken\n",
		     b->homes, b->beds, b->per_batch, s.workers,
		     (double)b->events * USEC_PER_SEC / (double)took, (uintmax_t)b->batches,
		     (uintmax_t)s.transactions, (double)b->latencies[b->n_latencies / 2] / 1000,
		     (double)b->latencies[b->n_latencies * 99 / 100] / 1000, (uintmax_t)b->refused);
}

static void count_fault(void *user, struct span facility_id, const struct audit_finding *f)
{
	(void)user, (void)facility_id;
	(void)fprintf(stderr, "bench_merge: row %jd %s\n", (intmax_t)f->n,
		      audit_fault_name(f->fault));
}

static void verify(const char *conninfo)
{
	const struct audit_verify_options o = {
	    .from = USEC_NONE, .to = USEC_NONE, .found = count_fault};
	struct audit_verify_result r = {0};
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(conninfo);
	struct err err = {0};

	if (audit_verify(pg, &o, &r, &err) < 0 || r.wrong) {
		(void)fprintf(stderr, "bench_merge: audit verify: %s\n", err.message);
		exit(1);
	}
	(void)printf("audit verify: %jd rows of %jd homes, %.0f rows/s\n", (intmax_t)r.rows,
		     (intmax_t)r.facilities, (double)r.rows * USEC_PER_SEC / (double)r.took);
}

static int argument(int argc, char **argv, int i, int by_default)
{
	return argc > i ? atoi(argv[i]) : by_default;
}

static void run(struct bench *b, const char *conninfo, int seconds, int workers)
{
	struct err err = {0};

	prepare(conninfo, b->homes);
	if (merge_start(&(struct merge_options){.database = conninfo, .workers = workers},
			&b->merge, &err) < 0) {
		(void)fprintf(stderr, "bench_merge: %s\n", err.message);
		exit(1);
	}
	usec_t deadline = clock_monotonic() + 30 * USEC_PER_SEC;
	while (merge_state(b->merge).connected < workers && clock_monotonic() < deadline)
		(void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	struct home *homes = make_homes(b);
	usec_t began = clock_monotonic();
	b->end = began + seconds * USEC_PER_SEC;
	b->under_way = b->homes;
	for (int i = 0; i < b->homes; i++)
		send_batch(&homes[i]);
	(void)pthread_mutex_lock(&b->lock);
	while (b->under_way > 0)
		(void)pthread_cond_wait(&b->idle, &b->lock);
	(void)pthread_mutex_unlock(&b->lock);
	report(b, clock_monotonic() - began);
	merge_stop(b->merge);
}

static char *private_database(struct pg_server **ret_server)
{
	*ret_server = pg_server_start();
	char *conninfo = pg_server_database(*ret_server);
	_cleanup_(pg_closep) struct pg *pg = pg_server_connect(conninfo);
	struct err err = {0};

	if (migrate_up(pg, NULL, &err) < 0) {
		(void)fprintf(stderr, "bench_merge: %s\n", err.message);
		exit(1);
	}
	return conninfo;
}

int main(int argc, char **argv)
{
	_cleanup_(pg_server_stopp) struct pg_server *server = NULL;
	struct bench b = {.homes = argument(argc, argv, 2, 200),
			  .beds = argument(argc, argv, 3, 75),
			  .per_batch = argument(argc, argv, 4, 500),
			  .lock = PTHREAD_MUTEX_INITIALIZER,
			  .idle = PTHREAD_COND_INITIALIZER,
			  .cap_latencies = 1 << 20};

	digest_setup();
	b.latencies = calloc(b.cap_latencies, sizeof(usec_t));
	_cleanup_(freep) char *own = argc > 1 ? NULL : private_database(&server);
	run(&b, own ? own : argv[1], argument(argc, argv, 5, 10), argument(argc, argv, 6, 2));
	verify(own ? own : argv[1]);
	return 0;
}

#include "regional/alert/deliver.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sodium/randombytes.h>

#include "base/log.h"
#include "store/pg.h"

#define LOOK_EVERY   USEC_PER_SEC
#define CONNECT_WAIT (2 * USEC_PER_SEC)

struct deliver {
	char *database;
	pthread_t thread;
	_Atomic bool stop;
	struct metrics *metrics;
	struct pg *pg;
	struct post *post;
	usec_t connect_at;
};

usec_t deliver_delay(int64_t attempts, uint32_t random)
{
	usec_t wait = DELIVER_RETRY_FIRST;

	for (int64_t i = 1; i < attempts && wait < DELIVER_RETRY_MAX; i++)
		wait *= 2;
	if (wait > DELIVER_RETRY_MAX)
		wait = DELIVER_RETRY_MAX;
	return wait - (usec_t)(random % 1024) * (wait / 4) / 1024;
}

static bool have_connection(struct deliver *d)
{
	const struct pg_options o = {.conninfo = d->database,
				     .role = "bedpost_ingest",
				     .application = "bedpost-deliver",
				     .connect_seconds = 2,
				     .statement_seconds = 10};

	if (!pg_is_lost(d->pg))
		return true;
	pg_close(TAKE_PTR(d->pg));
	if (clock_monotonic() < d->connect_at)
		return false;
	d->connect_at = clock_monotonic() + CONNECT_WAIT;
	return pg_open(&o, &d->pg, NULL) == 0;
}

/* The connection is opened anew, after a while. */
static void fail(struct deliver *d, const struct err *err)
{
	log_warn("alerts_not_sent", "error=%s", log_quote(span_str(err->message)).s);
	pg_close(TAKE_PTR(d->pg));
	d->connect_at = clock_monotonic() + CONNECT_WAIT;
}

/* ---- taking ---- */

/* One of a subscription at a time: a receiver that hangs takes one place, not all. */
static const char sql_take[] =
    "WITH due AS MATERIALIZED (SELECT d.id, d.subscription_id FROM deliveries d"
    " WHERE d.delivered_at IS NULL AND d.failed_at IS NULL AND d.next_at <= now()"
    " AND d.subscription_id <> ALL ($1) ORDER BY d.next_at, d.id LIMIT 1000"
    " FOR UPDATE SKIP LOCKED), "
    "one AS (SELECT DISTINCT ON (subscription_id) id FROM due ORDER BY subscription_id, id), "
    "taken AS (SELECT id FROM one LIMIT $2) "
    "UPDATE deliveries d SET next_at = now() + make_interval(secs => $3), "
    "attempts = d.attempts + 1 "
    "FROM taken, subscriptions s WHERE d.id = taken.id AND s.id = d.subscription_id "
    "RETURNING d.id, d.subscription_id, s.channel, s.target, s.secret, d.subject, d.body, "
    "d.notification_id, d.priority::bigint, d.tags";

static enum post_channel channel(struct span name)
{
	return span_eq_str(name, "email")  ? POST_EMAIL
	       : span_eq_str(name, "push") ? POST_PUSH
					   : POST_WEBHOOK;
}

static void begin_taken(struct deliver *d, const struct pg_result *r)
{
	for (int i = 0; i < pg_rows(r); i++)
		post_begin(d->post, &(struct post_job){
					.id = pg_get_i64(r, i, 0),
					.subscription = pg_get_i64(r, i, 1),
					.channel = channel(pg_get_text(r, i, 2)),
					.target = pg_get_text(r, i, 3),
					.secret = pg_get_text(r, i, 4),
					.subject = pg_get_text(r, i, 5),
					.body = pg_get_text(r, i, 6),
					.notification = pg_get_text(r, i, 7),
					.priority = pg_get_i64(r, i, 8),
					.tags = pg_get_text(r, i, 9),
				    });
}

static void take(struct deliver *d)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array busy = {0};
	struct err err = {0};
	int64_t ids[POST_AT_ONCE], subscriptions[POST_AT_ONCE];
	size_t n = post_under_way(d->post, ids, subscriptions);

	if (n == POST_AT_ONCE || !have_connection(d))
		return;
	pg_array_begin(&busy, PG_INT8);
	for (size_t i = 0; i < n; i++)
		pg_array_i64(&busy, subscriptions[i]);
	pg_add_array(&p, &busy);
	pg_add_i64(&p, (int64_t)(POST_AT_ONCE - n));
	pg_add_double(&p, (double)DELIVER_LEASE / USEC_PER_SEC);
	if (pg_query(d->pg, sql_take, &p, &r, &err) == 0)
		begin_taken(d, r);
	else
		fail(d, &err);
	pg_array_done(&busy);
}

/* ---- recording ---- */

static void tell(struct deliver *d, const struct post_result *result, bool given_up)
{
	enum metric_attempt what = result->sent ? METRIC_ATTEMPT_DELIVERED
				   : given_up	? METRIC_ATTEMPT_GIVEN_UP
						: METRIC_ATTEMPT_FAILED;

	metric_add(d->metrics, METRIC_ALERT_ATTEMPTS, what, 1);
	if (!result->sent)
		log_warn(given_up ? "alert_given_up" : "alert_not_delivered",
			 "delivery=%lld subscription=%lld reason=%s", (long long)result->id,
			 (long long)result->subscription, log_quote(span_str(result->why)).s);
}

/* A result that cannot be recorded is lost: the message is sent again when
 * its time aside is over. */
static void record(struct deliver *d, const struct post_result *result)
{
	static const char sql[] =
	    "UPDATE deliveries SET delivered_at = CASE WHEN $2 THEN now() END, last_error = $3, "
	    "failed_at = CASE WHEN NOT $2 AND give_up_at < now() THEN now() END, "
	    "next_at = now() + make_interval(secs => $4[least(greatest(attempts, 1), 32)]) "
	    "WHERE id = $1 AND delivered_at IS NULL AND failed_at IS NULL "
	    "RETURNING failed_at IS NOT NULL";
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array delays = {0};
	uint32_t random = randombytes_random();
	struct err err = {0};

	if (!have_connection(d))
		return;
	pg_array_begin(&delays, PG_FLOAT8);
	for (int64_t attempts = 1; attempts <= 32; attempts++)
		pg_array_double(&delays, (double)deliver_delay(attempts, random) / USEC_PER_SEC);
	pg_add_i64(&p, result->id);
	pg_add_bool(&p, result->sent);
	pg_add_text(&p, result->sent ? SPAN_NONE : span_str(result->why));
	pg_add_array(&p, &delays);
	if (pg_query(d->pg, sql, &p, &r, &err) < 0)
		fail(d, &err);
	pg_array_done(&delays);
	tell(d, result, r && pg_rows(r) && pg_get_bool(r, 0, 0));
}

static void *run(void *arg)
{
	struct deliver *d = arg;
	struct post_result result;

	while (!atomic_load(&d->stop)) {
		take(d);
		if (post_wait(d->post, LOOK_EVERY, &result))
			do
				record(d, &result);
			while (post_wait(d->post, 0, &result));
	}
	return NULL;
}

void deliver_wake(struct deliver *d)
{
	post_wake(d->post);
}

static void deliver_free(struct deliver *d)
{
	post_free(d->post);
	pg_close(d->pg);
	free(d->database);
	free(d);
}

int deliver_start(const char *database, const struct post_mail *mail,
		  const struct outbound *outbound, struct metrics *metrics, struct deliver **ret,
		  struct err *err)
{
	struct deliver *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	d->database = strdup(database);
	d->metrics = metrics;
	int e = post_new(mail, outbound, &d->post, err);
	if (e < 0) {
		deliver_free(d);
		return e;
	}
	e = pthread_create(&d->thread, NULL, run, d);
	if (e) {
		deliver_free(d);
		return err_errno(err, e, "thread of the deliveries");
	}
	*ret = d;
	return 0;
}

/* What is under way goes back at once, not when its time aside is over. */
static void give_back(struct deliver *d)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array under_way = {0};
	int64_t ids[POST_AT_ONCE], subscriptions[POST_AT_ONCE];
	size_t n = post_under_way(d->post, ids, subscriptions);

	if (!n || pg_is_lost(d->pg))
		return;
	pg_array_begin(&under_way, PG_INT8);
	for (size_t i = 0; i < n; i++)
		pg_array_i64(&under_way, ids[i]);
	pg_add_array(&p, &under_way);
	(void)pg_query(d->pg, "UPDATE deliveries SET next_at = now() WHERE id = ANY ($1)", &p, NULL,
		       NULL);
	pg_array_done(&under_way);
}

void deliver_stop(struct deliver *d)
{
	if (!d)
		return;
	atomic_store(&d->stop, true);
	post_wake(d->post);
	pthread_join(d->thread, NULL);
	give_back(d);
	deliver_free(d);
}

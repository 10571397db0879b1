/* There is one way to begin, and every trouble leads back to it: what is exercised at each start is
 * what holds after a crash. */
#include "regional/feed/sink.h"

#include <stdlib.h>

#include "base/kill_point.h"
#include "base/log.h"
#include "regional/feed/feed.h"
#include "regional/feed/message.h"
#include "regional/feed/place.h"
#include "regional/thread.h"
#include "store/feed.h"
#include "store/migrate.h"

#define LOCK	      "4851370044" /* pg_advisory_lock: any number nobody else uses */
#define LOCK_EVERY    (2 * USEC_PER_SEC)
#define LOOK_EVERY    (5 * USEC_PER_SEC) /* at how much waits; and for changes without a word */
#define BACKOFF_FIRST (250 * USEC_PER_MSEC)
#define SAY_EVERY     (60 * USEC_PER_SEC)
#define FOUND_MAX     5000 /* messages read back that are looked up together */

/* What a batch holds at most, in memory too. */
static const struct cursor_limits limits = {.homes = 32, .changes = 500};

struct sink {
	struct sink_options o;
	struct thread thread;
	struct pg *pg, *listener;
	struct kafka *kafka;
	char *transactional_id;
	usec_t next_look;
};

static bool is_stopped(void *user)
{
	const struct sink *s = user;

	return thread_is_stopped(&s->thread);
}

static void set_state(const struct sink *s, enum metric_kafka state)
{
	metric_set(s->o.metrics, METRIC_KAFKA_STATE, state);
}

/* Not after every batch: with a backlog of many homes it costs more than the batch. */
static int look_at_lag(struct sink *s, struct err *err)
{
	struct feed_lag lag;

	if (clock_monotonic() < s->next_look)
		return 0;
	s->next_look = clock_monotonic() + LOOK_EVERY;
	int e = feed_lag(s->pg, SINK_CONSUMER, &lag, err);
	if (e < 0)
		return e;
	metric_set(s->o.metrics, METRIC_KAFKA_WAITING, lag.waiting);
	metric_set(s->o.metrics, METRIC_KAFKA_OLDEST,
		   lag.oldest_at == USEC_NONE ? 0 : lag.oldest_at / USEC_PER_SEC);
	return 0;
}

/* ---- one batch ---- */

static struct kafka_message *messages_of(const struct cursor_change *c, size_t n, struct arena *a,
					 struct buf *values)
{
	struct kafka_message *m = arena_array(a, struct kafka_message, n);

	for (size_t i = 0; i < n; i++) {
		size_t from = values->n;
		message_write(&c[i], values);
		m[i] = (struct kafka_message){.facility_id = c[i].facility_id,
					      .event_id = c[i].event_id,
					      .n = c[i].n,
					      .value = {NULL, values->n - from}};
	}
	const char *p = values->p; /* grows no more */
	for (size_t i = 0; i < n; p += m[i++].value.n)
		m[i].value.p = p;
	return m;
}

/* A consumer without any place has not sent yet, or was reset: what the topic holds by now is not
 * to be taken for sent. A partition without one was added. */
static int load_places(const struct sink *s, int64_t *next, struct err *err)
{
	int partitions = kafka_partitions(s->kafka), unknown = 0;
	int e = place_load(s->pg, SINK_CONSUMER, s->o.kafka.topic, partitions, next, err);

	for (int i = 0; e == 0 && i < partitions; i++)
		unknown += next[i] == PLACE_UNKNOWN;
	if (e < 0 || !unknown)
		return e;
	if (unknown == partitions)
		e = kafka_ends(s->kafka, next, err);
	for (int i = 0; i < partitions; i++)
		if (next[i] == PLACE_UNKNOWN)
			next[i] = 0;
	return e < 0 ? e
		     : place_save(s->pg, SINK_CONSUMER, s->o.kafka.topic, partitions, next, err);
}

static int send_changes(struct sink *s, const struct cursor_change *c, size_t n, struct arena *a,
			struct err *err)
{
	_cleanup_(buf_done) struct buf values = BUF_INIT;
	int partitions = kafka_partitions(s->kafka);
	int64_t *next = arena_array(a, int64_t, (size_t)partitions);
	struct kafka_message *messages = messages_of(c, n, a, &values);
	usec_t began = clock_monotonic();

	for (int i = 0; i < partitions; i++)
		next[i] = PLACE_UNKNOWN;
	int e = kafka_send(s->kafka, messages, n, next, err);
	if (e < 0)
		return e;
	kill_point("kafka_after_commit");
	metric_observe(s->o.metrics, METRIC_KAFKA_TIME, clock_monotonic() - began);
	e = place_save(s->pg, SINK_CONSUMER, s->o.kafka.topic, partitions, next, err);
	return e < 0 ? e : cursor_advance(s->pg, SINK_CONSUMER, c, n, err);
}

static int send_next(struct sink *s, struct arena *a, size_t *ret_n, struct err *err)
{
	int64_t *next = arena_array(a, int64_t, (size_t)kafka_partitions(s->kafka));
	struct cursor_change *changes;

	int e = cursor_read(s->pg, SINK_CONSUMER, &limits, a, &changes, ret_n, err);
	if (e == 0 && *ret_n)
		e = load_places(s, next, err);
	if (e == 0 && *ret_n)
		e = send_changes(s, changes, *ret_n, a, err);
	return e;
}

static int batch(struct sink *s, size_t *ret_n, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	int e = pg_exec(s->pg, "BEGIN", err);

	*ret_n = 0;
	if (e == 0)
		e = send_next(s, &a, ret_n, err);
	if (e == 0)
		e = pg_exec(s->pg, "COMMIT", err);
	if (e == 0)
		metric_add(s->o.metrics, METRIC_KAFKA_SENT, 0, *ret_n);
	return e; /* after an error the connection is given up, and the transaction with it */
}

static int catch_up(struct sink *s, struct err *err)
{
	size_t n;
	int e;

	do {
		e = batch(s, &n, err);
		if (e == 0)
			e = look_at_lag(s, err);
	} while (e == 0 && n && !is_stopped(s));
	return e;
}

/* ---- what a predecessor left ---- */

struct looking_back {
	struct sink *s;
	struct arena arena; /* of found[] */
	struct place_found *found;
	size_t n, all, known;
};

static int pass(struct looking_back *l, struct err *err)
{
	size_t known = 0;
	int e = l->n ? place_pass(l->s->pg, SINK_CONSUMER, l->found, l->n, &known, err) : 0;

	l->all += l->n;
	l->known += known;
	l->n = 0;
	arena_done(&l->arena);
	l->arena = ARENA_INIT;
	return e;
}

static int found_one(void *user, const struct kafka_message *m, struct err *err)
{
	struct looking_back *l = user;

	l->found[l->n++] = (struct place_found){
	    .facility_id = arena_span(&l->arena, m->facility_id),
	    .event_id = arena_span(&l->arena, m->event_id),
	    .n = m->n,
	};
	return l->n < FOUND_MAX ? 0 : pass(l, err);
}

static int look_back(struct sink *s, struct looking_back *l, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	int partitions = kafka_partitions(s->kafka);
	int64_t *next = arena_array(&a, int64_t, (size_t)partitions);

	l->found = arena_array(&a, struct place_found, FOUND_MAX);
	int e = pg_exec(s->pg, "BEGIN", err);
	if (e == 0)
		e = cursor_lock(s->pg, SINK_CONSUMER, err);
	if (e == 0)
		e = load_places(s, next, err);
	if (e == 0)
		e = kafka_read_back(s->kafka, next, found_one, l, err);
	if (e == 0)
		e = pass(l, err);
	if (e == 0)
		e = place_save(s->pg, SINK_CONSUMER, s->o.kafka.topic, partitions, next, err);
	return e < 0 ? e : pg_exec(s->pg, "COMMIT", err);
}

static int take_over(struct sink *s, struct err *err)
{
	struct looking_back l = {.s = s};
	struct kafka_options o = s->o.kafka;

	o.transactional_id = s->transactional_id;
	o.stopped = is_stopped;
	o.user = s;
	int e = kafka_open(&o, &s->kafka, err);
	if (e == 0)
		e = look_back(s, &l, err);
	arena_done(&l.arena);
	if (e < 0)
		return e;
	if (l.all > l.known)
		log_warn("kafka_topic_ahead", "messages=%zu topic=%s", l.all - l.known, o.topic);
	log_info("kafka_sending", "topic=%s partitions=%d read_back=%zu transactional_id=%s",
		 o.topic, kafka_partitions(s->kafka), l.all, o.transactional_id);
	set_state(s, METRIC_KAFKA_SENDING);
	return 0;
}

/* ---- the thread ---- */

static int follow(struct sink *s, struct err *err)
{
	int e = 0;

	while (e == 0 && !is_stopped(s)) {
		e = pg_drop_notifications(s->listener, err);
		if (e == 0)
			e = catch_up(s, err);
		if (e == 0)
			thread_sleep_until(&s->thread, pg_fd(s->listener), s->next_look);
	}
	return e;
}

static int wait_for_lock(struct sink *s, struct err *err)
{
	int e = 0;

	while (e == 0 && !is_stopped(s)) {
		_cleanup_(pg_result_freep) struct pg_result *r = NULL;
		e = pg_query(s->pg, "SELECT pg_try_advisory_lock(" LOCK ")", NULL, &r, err);
		if (e < 0 || pg_get_bool(r, 0, 0))
			return e;
		set_state(s, METRIC_KAFKA_STANDBY);
		e = look_at_lag(s, err);
		if (e == 0)
			thread_sleep_until(&s->thread, -1, clock_monotonic() + LOCK_EVERY);
	}
	return e;
}

static int learn_name(struct sink *s, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf name = BUF_INIT;
	struct span sender;
	int e = feed_sender(s->pg, SINK_CONSUMER, &a, &sender, err);

	if (e < 0)
		return e;
	buf_addf(&name, "bedpost-" SPAN_FMT, SPAN_ARG(sender));
	free(s->transactional_id);
	s->transactional_id = buf_take(&name);
	return 0;
}

static int connect_database(struct sink *s, struct err *err)
{
	struct pg_options o = {.conninfo = s->o.database,
			       .role = "bedpost_ingest",
			       .application = "bedpost-kafka",
			       .statement_seconds = 30};
	int e = pg_open(&o, &s->pg, err);

	if (e == 0)
		e = pg_open(&o, &s->listener, err);
	if (e == 0)
		e = migrate_check(s->pg, err);
	if (e == 0)
		e = pg_exec(s->listener, "LISTEN " FEED_CHANNEL, err);
	if (e == 0)
		e = cursor_open(s->pg, SINK_CONSUMER, s->o.start, err);
	if (e == 0)
		e = learn_name(s, err);
	if (e == 0)
		e = look_at_lag(s, err);
	return e;
}

static void disconnect(struct sink *s)
{
	kafka_close(TAKE_PTR(s->kafka));
	pg_close(TAKE_PTR(s->pg));
	pg_close(TAKE_PTR(s->listener));
}

static void *run(void *arg)
{
	struct sink *s = arg;
	usec_t backoff = BACKOFF_FIRST, say = 0;

	while (!is_stopped(s)) {
		struct err err = {0};
		int e = connect_database(s, &err);
		if (e == 0)
			e = wait_for_lock(s, &err);
		if (e == 0 && !is_stopped(s))
			e = take_over(s, &err);
		if (e == 0 && s->kafka) {
			backoff = BACKOFF_FIRST;
			say = 0;
			e = follow(s, &err);
		}
		disconnect(s);
		if (e == 0 || is_stopped(s))
			break;
		set_state(s, METRIC_KAFKA_AWAY);
		s->next_look = 0;
		if (clock_monotonic() >= say) {
			log_warn("kafka_waits", "error=%s", log_quote(span_str(err.message)).s);
			say = clock_monotonic() + SAY_EVERY;
		}
		thread_sleep_until(&s->thread, -1, clock_monotonic() + thread_backoff(&backoff));
	}
	return NULL;
}

static void sink_free(struct sink *s)
{
	free(s->transactional_id);
	free(s);
}

int sink_start(const struct sink_options *o, struct sink **ret, struct err *err)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	s->o = *o;
	set_state(s, METRIC_KAFKA_AWAY);
	int e = thread_start(&s->thread, run, s, "the Kafka sink", err);
	if (e < 0) {
		sink_free(s);
		return e;
	}
	*ret = s;
	return 0;
}

void sink_stop(struct sink *s)
{
	if (!s)
		return;
	thread_stop(&s->thread);
	sink_free(s);
}

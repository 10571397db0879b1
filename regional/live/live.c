/* One thread, one connection, one queue that holds a key once.
 *
 * Redis is trusted to hold all keys only while avail:complete exists: it is set at the end of a
 * rebuild and lives as long as the keys do, so a flushed or newly started Redis lacks it, and a
 * look once a second finds out. After a lost connection everything is written again whether it is
 * there or not: nobody knows what the other side missed.
 *
 * The rev is compared in a script, inside Redis: two regional daemons, or a rebuild that overtakes
 * a commit, cannot put an older number over a newer one. The same rev is written again, for its TTL
 * and its as_of. */
#include "regional/live/live.h"

#include <pthread.h>
#include <stdlib.h>

#include <sodium/randombytes.h>

#include "base/cond.h"
#include "base/log.h"
#include "regional/live/index.h"
#include "regional/live/redis.h"
#include "regional/live/source.h"
#include "regional/thread.h"
#include "store/row_scope.h"

#define TIMEOUT	      (1 * USEC_PER_SEC)
#define LOOK_EVERY    (1 * USEC_PER_SEC)
#define BACKOFF_FIRST (100 * USEC_PER_MSEC)
#define REBUILD_RETRY (2 * USEC_PER_SEC)
#define PIPELINE_MAX  500
#define COMPLETE_KEY  "avail:complete"

/* KEYS[1] the row's key; ARGV its value, rev, TTL, and the message for watchers. 1 new, 2 the same
 * rev again, 0 older than what is held. */
static const char script[] =
    "local held = redis.call('GET', KEYS[1])\n"
    "local rev = -1\n"
    "if held then\n"
    "  local ok, value = pcall(cjson.decode, held)\n"
    "  if ok and type(value) == 'table' then rev = tonumber(value.rev) or -1 end\n"
    "end\n"
    "local new = tonumber(ARGV[2])\n"
    "if rev > new then return 0 end\n"
    "redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])\n"
    "if rev == new then return 2 end\n"
    "redis.call('PUBLISH', 'avail.changed', ARGV[4])\n"
    "return 1\n";

struct rows {
	struct avail *p;
	size_t n, cap;
	struct index index;
};

struct live {
	struct live_options o;
	pthread_t thread;
	pthread_mutex_t lock; /* queue, stop, state */
	pthread_cond_t wake;
	struct rows queue;
	bool stop;
	struct live_state state;

	/* The thread's own. */
	struct redis *redis;
	struct pg *pg;
	char sha[64];
	struct rows known; /* keys of the last rebuild: those of open homes are in their region's
			      index */
	usec_t backoff, next_try, next_look, next_rebuild;
	bool said_down;
};

/* ---- rows by key ---- */

static bool is_row(const void *array, size_t at, const void *key)
{
	return avail_same_key((const struct avail *)array + at, key);
}

/* Does the index name this row if, and only if, it should? */
static bool is_indexed_right(const struct rows *known, const struct avail *a)
{
	size_t at = index_find(&known->index, avail_hash(a), is_row, known->p, a);

	return at == INDEX_NONE ? a->closed : known->p[at].closed == a->closed;
}

static void rows_put(struct rows *r, const struct avail *a)
{
	uint64_t hash = avail_hash(a);
	size_t at = index_find(&r->index, hash, is_row, r->p, a);

	if (at == INDEX_NONE) {
		r->p = array_grow(r->p, r->n, &r->cap, sizeof(*r->p));
		index_add(&r->index, hash, r->n);
		r->p[r->n++] = *a;
	} else if (a->rev >= r->p[at].rev) {
		r->p[at] = *a;
	}
}

static void rows_done(struct rows *r)
{
	free(r->p);
	index_done(&r->index);
	*r = (struct rows){0};
}

void live_changed(struct live *l, const struct avail *rows, size_t n)
{
	if (!l || !n)
		return;
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < n; i++)
		rows_put(&l->queue, &rows[i]);
	l->state.queued = l->queue.n;
	metric_set(l->o.metrics, METRIC_LIVE_QUEUE, (int64_t)l->queue.n);
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

static struct rows take_queue(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	struct rows taken = l->queue;
	l->queue = (struct rows){0};
	l->state.queued = 0;
	pthread_mutex_unlock(&l->lock);
	metric_set(l->o.metrics, METRIC_LIVE_QUEUE, 0);
	return taken;
}

/* ---- talking to Redis ---- */

static void set_connected(struct live *l, bool up)
{
	pthread_mutex_lock(&l->lock);
	l->state.connected = up;
	pthread_mutex_unlock(&l->lock);
	metric_set(l->o.metrics, METRIC_REDIS_UP, up);
}

static void lose(struct live *l, const struct err *err)
{
	redis_close(TAKE_PTR(l->redis));
	set_connected(l, false);
	if (!l->said_down)
		log_warn("redis_down", "error=%s", log_quote(span_str(err->message)).s);
	l->said_down = true;
	l->next_try = clock_monotonic() + thread_backoff(&l->backoff);
}

/* One answer, where an error reply is an error. */
static int receive(struct live *l, struct redis_value *ret, struct err *err)
{
	int e = redis_receive(l->redis, ret, err);

	if (e == 0 && ret->kind == REDIS_REFUSED)
		return err_set(err, ERR_PROTOCOL, "Redis: " SPAN_FMT, SPAN_ARG(ret->text));
	return e;
}

static bool connect_redis(struct live *l)
{
	struct redis_value v;
	struct err err;

	if (redis_open(l->o.redis, l->o.password, TIMEOUT, &l->redis, &err) < 0) {
		lose(l, &err);
		return false;
	}
	REDIS_SEND(l->redis, SPAN("SCRIPT"), SPAN("LOAD"), span_str(script));
	if (receive(l, &v, &err) < 0 || v.text.n >= sizeof(l->sha)) {
		lose(l, &err);
		return false;
	}
	memcpy(l->sha, v.text.p, v.text.n);
	l->sha[v.text.n] = '\0';
	l->next_rebuild = 0;
	l->next_look = clock_monotonic() + LOOK_EVERY;
	set_connected(l, true);
	return true;
}

static void send_row(struct live *l, const struct avail *a)
{
	_cleanup_(buf_done) struct buf value = BUF_INIT, message = BUF_INIT;
	char member[AVAIL_KEY_MAX], key[AVAIL_KEY_MAX + 8], rev[24], ttl[24];

	(void)snprintf(key, sizeof(key), "avail:%s", avail_member(a, member));
	(void)snprintf(rev, sizeof(rev), "%lld", (long long)a->rev);
	(void)snprintf(ttl, sizeof(ttl), "%lld", (long long)(l->o.ttl / USEC_PER_SEC));
	avail_to_json(a, false, &value);
	avail_to_json(a, true, &message);
	REDIS_SEND(l->redis, SPAN("EVALSHA"), span_str(l->sha), SPAN("1"), span_str(key),
		   buf_span(&value), span_str(rev), span_str(ttl), buf_span(&message));
}

/* Writes rows in pipelines. ret_done: how many are surely there. */
static int write_rows(struct live *l, const struct avail *rows, size_t n, size_t *ret_done,
		      struct err *err)
{
	struct redis_value v;

	*ret_done = 0;
	for (size_t at = 0; at < n; at += PIPELINE_MAX) {
		size_t end = at + PIPELINE_MAX < n ? at + PIPELINE_MAX : n;
		for (size_t i = at; i < end; i++)
			send_row(l, &rows[i]);
		for (size_t i = at; i < end; i++) {
			int e = receive(l, &v, err);
			if (e < 0)
				return e;
			metric_add(l->o.metrics, METRIC_LIVE_KEYS,
				   v.number ? METRIC_KEY_WRITTEN : METRIC_KEY_STALE, 1);
			++*ret_done;
		}
	}
	return 0;
}

static void write_queue(struct live *l)
{
	struct rows rows = take_queue(l);
	struct err err;
	size_t done;

	if (write_rows(l, rows.p, rows.n, &done, &err) < 0) {
		live_changed(l, rows.p + done, rows.n - done);
		lose(l, &err);
	}
	for (size_t i = 0; i < done && l->next_rebuild; i++)
		if (!is_indexed_right(&l->known, &rows.p[i]))
			l->next_rebuild = 0;
	rows_done(&rows);
}

/* ---- the rebuild ---- */

static int read_database(struct live *l, struct live_row **ret, size_t *ret_n, struct err *err)
{
	const struct pg_options o = {.conninfo = l->o.database,
				     .role = SOURCE_ROLE,
				     .setup = ROW_SCOPE_ALL,
				     .application = "bedpost-live",
				     .statement_seconds = 30};

	if (l->o.read)
		return l->o.read(l->o.read_user, ret, ret_n, err);
	int e = l->pg ? 0 : pg_open(&o, &l->pg, err);
	if (e == 0)
		e = source_rows(l->pg, NULL, 0, ret, ret_n, err);
	if (e < 0)
		pg_close(TAKE_PTR(l->pg));
	return e;
}

static int by_region(const void *a, const void *b)
{
	return strcmp(((const struct live_row *)a)->region_id,
		      ((const struct live_row *)b)->region_id);
}

/* Puts one region's index in place of the old one, at once. */
static int write_index(struct live *l, const struct live_row *rows, size_t n, struct err *err)
{
	char key[IDENT_MAX + 16], member[AVAIL_KEY_MAX], ttl[24];
	struct redis_value v;
	size_t sent = 4;

	(void)snprintf(key, sizeof(key), "avail:index:%s", rows[0].region_id);
	(void)snprintf(ttl, sizeof(ttl), "%lld", (long long)(l->o.ttl / USEC_PER_SEC));
	REDIS_SEND(l->redis, SPAN("MULTI"));
	REDIS_SEND(l->redis, SPAN("DEL"), span_str(key));
	for (size_t i = 0; i < n; i++) {
		if (rows[i].a.closed)
			continue;
		REDIS_SEND(l->redis, SPAN("SADD"), span_str(key),
			   span_str(avail_member(&rows[i].a, member)));
		sent++;
	}
	REDIS_SEND(l->redis, SPAN("EXPIRE"), span_str(key), span_str(ttl));
	REDIS_SEND(l->redis, SPAN("EXEC"));
	for (size_t i = 0; i < sent; i++) {
		int e = receive(l, &v, err);
		if (e < 0)
			return e;
	}
	return 0;
}

static int write_all(struct live *l, struct live_row *rows, size_t n, struct err *err)
{
	struct redis_value v;
	char ttl[24];
	size_t done = 0;
	int e = 0;

	rows_done(&l->known);
	for (size_t i = 0; i < n; i++)
		rows_put(&l->known, &rows[i].a);
	e = write_rows(l, l->known.p, l->known.n, &done, err);
	if (n > 1)
		qsort(rows, n, sizeof(*rows), by_region);
	for (size_t i = 0, end; e == 0 && i < n; i = end) {
		for (end = i + 1; end < n && by_region(&rows[i], &rows[end]) == 0; end++)
			;
		e = write_index(l, rows + i, end - i, err);
	}
	if (e < 0)
		return e;
	(void)snprintf(ttl, sizeof(ttl), "%lld", (long long)(l->o.ttl / USEC_PER_SEC));
	REDIS_SEND(l->redis, SPAN("SET"), SPAN(COMPLETE_KEY), SPAN("1"), SPAN("EX"), span_str(ttl));
	return receive(l, &v, err);
}

static void rebuild(struct live *l)
{
	struct live_row *rows = NULL;
	struct err err;
	size_t n = 0;

	if (read_database(l, &rows, &n, &err) < 0) {
		log_warn("redis_rebuild_waits", "error=%s", log_quote(span_str(err.message)).s);
		l->next_rebuild = clock_monotonic() + REBUILD_RETRY;
		return;
	}
	if (write_all(l, rows, n, &err) < 0) {
		lose(l, &err);
	} else {
		l->next_rebuild = clock_monotonic() + l->o.refresh_every;
		l->backoff = BACKOFF_FIRST;
		pthread_mutex_lock(&l->lock);
		l->state.rebuilds++;
		pthread_mutex_unlock(&l->lock);
		if (l->said_down)
			log_info("redis_up", "keys=%zu", n);
		l->said_down = false;
	}
	free(rows);
}

static void look_for_flush(struct live *l)
{
	struct redis_value v;
	struct err err;

	l->next_look = clock_monotonic() + LOOK_EVERY;
	REDIS_SEND(l->redis, SPAN("EXISTS"), SPAN(COMPLETE_KEY));
	if (receive(l, &v, &err) < 0) {
		lose(l, &err);
		return;
	}
	if (v.number == 0 && l->next_rebuild > l->next_look)
		l->next_rebuild = 0;
}

/* ---- the thread ---- */

/* Sleeps until there is something to do; false when it is time to end. */
static bool wait_for_work(struct live *l)
{
	usec_t until = l->next_try;

	if (l->redis)
		until = l->next_look < l->next_rebuild ? l->next_look : l->next_rebuild;
	pthread_mutex_lock(&l->lock);
	while (!l->stop && !(l->redis && l->queue.n) && clock_monotonic() < until)
		(void)cond_wait_until(&l->wake, &l->lock, until);
	bool go_on = !l->stop;
	pthread_mutex_unlock(&l->lock);
	return go_on;
}

static void *run(void *arg)
{
	struct live *l = arg;

	while (wait_for_work(l)) {
		if (!l->redis && !connect_redis(l))
			continue;
		/* What a merge waits for comes before what is only kept warm. */
		write_queue(l);
		if (l->redis && clock_monotonic() >= l->next_look)
			look_for_flush(l);
		if (l->redis && clock_monotonic() >= l->next_rebuild)
			rebuild(l);
	}
	if (l->redis)
		write_queue(l);
	return NULL;
}

static void live_free(struct live *l)
{
	redis_close(l->redis);
	pg_close(l->pg);
	rows_done(&l->queue);
	rows_done(&l->known);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

int live_start(const struct live_options *o, struct live **ret, struct err *err)
{

	*ret = NULL;
	if (!o->redis)
		return 0;
	struct live *l = calloc(1, sizeof(*l));
	if (!l)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	l->o = *o;
	l->o.ttl = o->ttl ? o->ttl : 600 * USEC_PER_SEC;
	l->o.refresh_every = o->refresh_every ? o->refresh_every : 240 * USEC_PER_SEC;
	l->backoff = BACKOFF_FIRST;
	l->state.configured = true;
	pthread_mutex_init(&l->lock, NULL);
	cond_init(&l->wake);
	int e = pthread_create(&l->thread, NULL, run, l);
	if (e) {
		live_free(l);
		return err_errno(err, e, "thread for Redis");
	}
	*ret = l;
	return 0;
}

void live_stop(struct live *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	live_free(l);
}

struct live_state live_state(struct live *l)
{
	if (!l)
		return (struct live_state){0};
	pthread_mutex_lock(&l->lock);
	struct live_state state = l->state;
	pthread_mutex_unlock(&l->lock);
	return state;
}

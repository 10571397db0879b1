#include "regional/api/access_log.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cond.h"
#include "base/log.h"
#include "regional/live/source.h"
#include "store/pg.h"

#define BATCH_MAX   500
#define GATHER	    (200 * USEC_PER_MSEC)
#define RETRY_EVERY USEC_PER_SEC

struct line {
	usec_t at;
	enum who_role role;
	char name[128], peer[INET6_ADDRSTRLEN], facility_id[IDENT_MAX + 1],
	    region_id[IDENT_MAX + 1];
	const char *action, *detail;
	bool allowed;
};

struct access_log {
	char *database;
	struct metrics *metrics;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct line *lines; /* ring of ACCESS_LOG_MAX */
	size_t first, n;
	bool stop;
	struct pg *pg; /* the thread's */
	bool said_down;
};

void access_log_add(struct access_log *l, const struct httpd_rq *rq, const struct who *who,
		    const char *action, const char *facility_id, bool allowed, const char *detail)
{
	struct line line = {
	    .at = clock_now(), .action = action, .detail = detail, .allowed = allowed};

	memcpy(line.peer, rq->peer, sizeof(line.peer));
	if (who) {
		line.role = who->role;
		memcpy(line.name, who->name, sizeof(line.name));
		avail_copy_text(line.region_id, span_str(who->region_id));
	}
	if (facility_id && ident_is_facility(span_str(facility_id)))
		avail_copy_text(line.facility_id, span_str(facility_id));
	pthread_mutex_lock(&l->lock);
	/* Whoever nobody knows can ask as often as they like: their denials take no room from
	 * others. */
	bool room = l->n < (who ? ACCESS_LOG_MAX : ACCESS_LOG_MAX / 2);
	if (room)
		l->lines[(l->first + l->n++) % ACCESS_LOG_MAX] = line;
	metric_set(l->metrics, METRIC_ACCESS_QUEUE, (int64_t)l->n);
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	if (!room)
		metric_add(l->metrics, METRIC_ACCESS_LOST, 0, 1);
}

static struct span or_null(const char *s)
{
	return s && s[0] ? span_str(s) : SPAN_NONE;
}

enum { AT, WHO, ROLE, PEER, ACTION, FACILITY, REGION, ALLOWED, DETAIL, COLUMNS };

static void add_line(struct pg_array c[COLUMNS], const struct line *line)
{
	pg_array_time(&c[AT], line->at);
	pg_array_text(&c[WHO], or_null(line->name));
	pg_array_text(&c[ROLE], or_null(who_role_name(line->role)));
	pg_array_text(&c[PEER], or_null(line->peer));
	pg_array_text(&c[ACTION], span_str(line->action));
	pg_array_text(&c[FACILITY], or_null(line->facility_id));
	pg_array_text(&c[REGION], or_null(line->region_id));
	pg_array_bool(&c[ALLOWED], line->allowed);
	pg_array_text(&c[DETAIL], or_null(line->detail));
}

static int write_lines(struct access_log *l, const struct line *lines, size_t n, struct err *err)
{
	static const enum pg_type types[COLUMNS] = {[AT] = PG_TIMESTAMPTZ, [ALLOWED] = PG_BOOL};
	const struct pg_options o = {.conninfo = l->database,
				     .role = SOURCE_ROLE,
				     .application = "bedpost-access-log",
				     .connect_seconds = 2,
				     .statement_seconds = 10};
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	struct pg_array c[COLUMNS] = {0};

	int e = l->pg ? 0 : pg_open(&o, &l->pg, err);
	if (e < 0)
		return e;
	for (int i = 0; i < COLUMNS; i++)
		pg_array_begin(&c[i], i == AT || i == ALLOWED ? types[i] : PG_TEXT);
	for (size_t i = 0; i < n; i++)
		add_line(c, &lines[i]);
	for (int i = 0; i < COLUMNS; i++)
		pg_add_array(&p, &c[i]);
	e = pg_query(l->pg,
		     "INSERT INTO access_log (at, who, role, source_ip, action, facility_id, "
		     "region_id, allowed, detail)"
		     " SELECT at, who, role, ip::inet, action, facility, region, allowed,"
		     " CASE WHEN detail IS NOT NULL THEN jsonb_build_object('reason', detail) END"
		     " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)"
		     " AS t (at, who, role, ip, action, facility, region, allowed, detail)",
		     &p, NULL, err);
	for (int i = 0; i < COLUMNS; i++)
		pg_array_done(&c[i]);
	return e;
}

/* Up to BATCH_MAX of the oldest, copied; they leave the ring when they are written. */
static size_t peek(struct access_log *l, struct line out[BATCH_MAX])
{
	pthread_mutex_lock(&l->lock);
	size_t n = l->n < BATCH_MAX ? l->n : BATCH_MAX;
	for (size_t i = 0; i < n; i++)
		out[i] = l->lines[(l->first + i) % ACCESS_LOG_MAX];
	pthread_mutex_unlock(&l->lock);
	return n;
}

static void drop(struct access_log *l, size_t n)
{
	pthread_mutex_lock(&l->lock);
	l->first = (l->first + n) % ACCESS_LOG_MAX;
	l->n -= n;
	metric_set(l->metrics, METRIC_ACCESS_QUEUE, (int64_t)l->n);
	pthread_mutex_unlock(&l->lock);
}

/* Waits for lines, then a moment for more of them; false when it is time to end. */
static bool wait_for_lines(struct access_log *l, usec_t pause)
{
	pthread_mutex_lock(&l->lock);
	while (!l->stop && !l->n)
		pthread_cond_wait(&l->wake, &l->lock);
	usec_t until = clock_monotonic() + pause;
	while (!l->stop && clock_monotonic() < until)
		(void)cond_wait_until(&l->wake, &l->lock, until);
	bool go_on = !l->stop;
	pthread_mutex_unlock(&l->lock);
	return go_on;
}

static int write_all(struct access_log *l, struct line batch[BATCH_MAX])
{
	struct err err;
	size_t n;

	while ((n = peek(l, batch))) {
		int e = write_lines(l, batch, n, &err);
		if (e == -ERR_INVALID) {
			/* It would be refused again, and stand before all others for ever. */
			log_error("access_log_refused", "lines=%zu error=%s", n,
				  log_quote(span_str(err.message)).s);
			metric_add(l->metrics, METRIC_ACCESS_LOST, 0, n);
		} else if (e < 0) {
			pg_close(TAKE_PTR(l->pg));
			if (!l->said_down)
				log_warn("access_log_waits", "error=%s",
					 log_quote(span_str(err.message)).s);
			l->said_down = true;
			return e;
		}
		if (e == 0)
			l->said_down = false;
		drop(l, n);
	}
	return 0;
}

static void *run(void *arg)
{
	struct access_log *l = arg;
	struct line *batch = calloc(BATCH_MAX, sizeof(*batch));
	usec_t pause = GATHER;

	if (!batch)
		abort();
	while (wait_for_lines(l, pause))
		pause = write_all(l, batch) < 0 ? RETRY_EVERY : GATHER;
	(void)write_all(l, batch);
	free(batch);
	pg_close(l->pg);
	return NULL;
}

static void access_log_free(struct access_log *l)
{
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l->database);
	free(l->lines);
	free(l);
}

int access_log_start(const char *database, struct metrics *m, struct access_log **ret,
		     struct err *err)
{
	struct access_log *l = calloc(1, sizeof(*l));

	if (!l)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	l->database = strdup(database);
	l->metrics = m;
	l->lines = calloc(ACCESS_LOG_MAX, sizeof(*l->lines));
	if (!l->database || !l->lines)
		abort();
	pthread_mutex_init(&l->lock, NULL);
	cond_init(&l->wake);
	int e = pthread_create(&l->thread, NULL, run, l);
	if (e) {
		access_log_free(l);
		return err_errno(err, e, "thread of the access log");
	}
	*ret = l;
	return 0;
}

void access_log_stop(struct access_log *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	access_log_free(l);
}

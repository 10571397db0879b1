/* While PostgreSQL is away a thread tries to connect at most once in RETRY_EVERY, so that requests
 * are told at once rather than after a timeout each. */
#include "regional/api/jobs.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define RETRY_EVERY USEC_PER_SEC

struct jobs {
	struct jobs_options o;
	char *database;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct httpd_rq *queue[JOBS_QUEUE_MAX];
	size_t first, n;
	bool stop;
	_Atomic usec_t next_try;
	pthread_t threads[JOBS_THREADS_MAX];
	size_t n_threads;
};

/* Reading what has come notices a server that closed the connection since the last job, so that
 * nobody is told "away" by a PostgreSQL that is back. */
static bool is_there(struct pg *pg)
{
	struct pg_notification n;

	/* Twice: its last words may stand before the end. */
	for (int i = 0; i < 2; i++)
		if (pg_next_notification(pg, &n, NULL) < 0)
			return false;
	return true;
}

static void ensure_connection(struct jobs *j, struct pg **pg)
{
	const struct pg_options o = {.conninfo = j->database,
				     .role = j->o.role,
				     .application = j->o.application,
				     .connect_seconds = 2,
				     .statement_seconds = j->o.statement_seconds};

	if (*pg && is_there(*pg))
		return;
	pg_close(TAKE_PTR(*pg));
	if (clock_monotonic() < atomic_load(&j->next_try) && !j->o.is_up(j->o.user))
		return;
	if (pg_open(&o, pg, NULL) < 0)
		atomic_store(&j->next_try, clock_monotonic() + RETRY_EVERY);
}

static struct httpd_rq *take(struct jobs *j)
{
	struct httpd_rq *rq = NULL;

	pthread_mutex_lock(&j->lock);
	while (!j->n && !j->stop)
		pthread_cond_wait(&j->wake, &j->lock);
	if (j->n) {
		rq = j->queue[j->first];
		j->first = (j->first + 1) % JOBS_QUEUE_MAX;
		j->n--;
	}
	pthread_mutex_unlock(&j->lock);
	return rq;
}

static void *work(void *arg)
{
	struct jobs *j = arg;
	struct httpd_rq *rq;
	struct pg *pg = NULL;

	while ((rq = take(j))) {
		ensure_connection(j, &pg);
		if (j->o.run(pg, rq, j->o.user))
			httpd_resume(rq);
	}
	pg_close(pg);
	return NULL;
}

void jobs_submit(struct jobs *j, struct httpd_rq *rq)
{
	httpd_suspend(rq);
	jobs_pass(j, rq);
}

void jobs_pass(struct jobs *j, struct httpd_rq *rq)
{
	pthread_mutex_lock(&j->lock);
	bool taken = j->n < j->o.queue_max && !j->stop;
	if (taken) {
		j->queue[(j->first + j->n++) % JOBS_QUEUE_MAX] = rq;
		pthread_cond_signal(&j->wake);
	}
	pthread_mutex_unlock(&j->lock);
	if (taken)
		return;
	httpd_set_header(rq, "Retry-After", "2");
	httpd_problem(rq, 503, "busy", "too many requests are waiting");
	httpd_resume(rq);
}

int jobs_start(const struct jobs_options *o, struct jobs **ret, struct err *err)
{
	struct jobs *j = calloc(1, sizeof(*j));

	if (!j)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	assert(o->threads <= JOBS_THREADS_MAX && o->queue_max <= JOBS_QUEUE_MAX);
	j->o = *o;
	j->database = strdup(o->database);
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->wake, NULL);
	while (j->n_threads < o->threads) {
		int e = pthread_create(&j->threads[j->n_threads], NULL, work, j);
		if (e) {
			jobs_stop(j);
			return err_errno(err, e, "thread of the API");
		}
		j->n_threads++;
	}
	*ret = j;
	return 0;
}

void jobs_stop(struct jobs *j)
{
	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_broadcast(&j->wake);
	pthread_mutex_unlock(&j->lock);
	for (size_t i = 0; i < j->n_threads; i++)
		pthread_join(j->threads[i], NULL);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	free(j->database);
	free(j);
}

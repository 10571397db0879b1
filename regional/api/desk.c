/* A report can take minutes, and who asked for it may have closed the page after seconds. The
 * library tells of a closed connection only once the request is resumed, and PostgreSQL would go on
 * counting; so the watch looks at the connection itself and cancels the statement. */
#include "regional/api/desk.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cond.h"
#include "regional/api/room.h"
#include "store/row_scope.h"

#define WATCH_EVERY (250 * USEC_PER_MSEC)
#define PLACES_MAX  ((size_t)JOBS_THREADS_MAX * DESK_PLACES_PER_THREAD)
#define RETRY_AFTER "10" /* seconds */

struct place {
	const struct httpd_rq *rq; /* NULL: free */
	struct desk_job *job;
	struct pg_cancel *cancel; /* while it is being made */
	usec_t until;
};

struct desk {
	struct api_reports o;
	struct jobs *jobs;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t wake;
	struct place places[PLACES_MAX];
	size_t n_places;
	bool closing, stop;
	pthread_t watch;
	bool watches;
};

/* ---- places ---- */

static struct place *place_of(struct desk *d, const struct httpd_rq *rq)
{
	for (size_t i = 0; i < d->n_places; i++)
		if (d->places[i].rq == rq)
			return &d->places[i];
	return NULL;
}

static bool is_same(const struct who *a, const struct who *b)
{
	return a->user_id ? a->user_id == b->user_id : !b->user_id && a->token_id == b->token_id;
}

static size_t places_of_asker(const struct desk *d, const struct who *who)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_places; i++)
		n += d->places[i].rq && is_same(d->places[i].job->who, who);
	return n;
}

enum entry { ENTERED, ENTRY_ASKER, ENTRY_FULL, ENTRY_CLOSING };

static enum entry enter(struct desk *d, const struct httpd_rq *rq)
{
	struct desk_job *job = rq->plan;
	enum entry entry = ENTERED;

	job->folder = d->o.folder;
	pthread_mutex_lock(&d->lock);
	struct place *free_one = place_of(d, NULL);
	if (d->closing)
		entry = ENTRY_CLOSING;
	else if (places_of_asker(d, job->who) >= DESK_OF_ONE_ASKER)
		entry = ENTRY_ASKER;
	else if (!free_one)
		entry = ENTRY_FULL;
	else
		*free_one = (struct place){.rq = rq, .job = job, .until = USEC_NONE};
	pthread_mutex_unlock(&d->lock);
	return entry;
}

static void leave(struct desk *d, const struct httpd_rq *rq)
{
	pthread_mutex_lock(&d->lock);
	struct place *p = place_of(d, rq);
	pg_cancel_free(p->cancel);
	*p = (struct place){0};
	pthread_mutex_unlock(&d->lock);
}

void desk_submit(struct desk *d, struct httpd_rq *rq)
{
	switch (enter(d, rq)) {
	case ENTERED: jobs_pass(d->jobs, rq); return;
	case ENTRY_ASKER:
		httpd_set_header(rq, "Retry-After", RETRY_AFTER);
		httpd_problem(rq, 429, "too-many-reports",
			      "%d reports are being made for you already; wait for one of them",
			      DESK_OF_ONE_ASKER);
		break;
	case ENTRY_FULL:
		httpd_set_header(rq, "Retry-After", RETRY_AFTER);
		httpd_problem(rq, 503, "busy", "too many reports are waiting");
		break;
	case ENTRY_CLOSING:
		httpd_set_header(rq, "Retry-After", "1");
		httpd_problem(rq, 503, "closing", "the server is closing; ask again");
		break;
	}
	httpd_resume(rq);
}

/* ---- the watch ---- */

/* Under the lock, so that the request is there still. */
static void look_at(const struct desk *d, struct place *p, usec_t now)
{
	if (!p->rq)
		return;
	if (!atomic_load(&p->job->stop)) {
		enum desk_stop why = d->closing				       ? DESK_CLOSING
				     : httpd_client_is_gone(p->rq)	       ? DESK_CLIENT_GONE
				     : p->until != USEC_NONE && now > p->until ? DESK_TOO_LONG
									       : DESK_GOES_ON;
		if (why == DESK_GOES_ON)
			return;
		p->job->why = why;
		atomic_store(&p->job->stop, true);
	}
	/* Again and again: between two statements nothing hears it. */
	pg_cancel_send(p->cancel);
}

static void *watch(void *arg)
{
	struct desk *d = arg;

	pthread_mutex_lock(&d->lock);
	while (!d->stop) {
		usec_t now = clock_monotonic();
		for (size_t i = 0; i < d->n_places; i++)
			look_at(d, &d->places[i], now);
		(void)cond_wait_until(&d->wake, &d->lock, now + WATCH_EVERY);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* ---- making ---- */

static void begin(struct desk *d, const struct httpd_rq *rq, struct pg *pg)
{
	pthread_mutex_lock(&d->lock);
	struct place *p = place_of(d, rq);
	p->until = clock_monotonic() + d->o.timeout;
	p->cancel = pg ? pg_cancel_new(pg) : NULL;
	look_at(d, p, clock_monotonic());
	pthread_mutex_unlock(&d->lock);
}

/* PostgreSQL too shows a report only what who may see. */
static bool is_held_to(struct pg *pg, const struct who *who)
{
	assert(who->role != WHO_NOBODY);
	return row_scope_set(pg, span_str(who_role_name(who->role)), span_str(who->facility_id),
			     span_str(who->region_id), NULL) == 0;
}

static bool run(struct pg *pg, struct httpd_rq *rq, void *user)
{
	struct desk *d = user;
	struct desk_job *job = rq->plan;

	begin(d, rq, pg);
	if (atomic_load(&job->stop))
		httpd_problem(rq, 503, "given-up", "nobody waits for this report");
	else if (!pg || !is_held_to(pg, job->who))
		api_away(rq);
	else
		job->make(job, pg, rq);
	leave(d, rq);
	return true;
}

/* Its database may be another one than the API's: nothing is known of it. */
static bool is_not_known_up(void *user _unused_)
{
	return false;
}

int desk_open(const struct api_reports *o, struct desk **ret, struct err *err)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	d->o = *o;
	d->n_places = o->at_once * DESK_PLACES_PER_THREAD;
	pthread_mutex_init(&d->lock, NULL);
	cond_init(&d->wake);
	int e = jobs_start(
	    &(struct jobs_options){.database = o->database,
				   .role = "bedpost_report",
				   .application = "bedpost-reports",
				   .statement_seconds = (unsigned)(o->timeout / USEC_PER_SEC),
				   .threads = o->at_once,
				   .queue_max = PLACES_MAX,
				   .run = run,
				   .is_up = is_not_known_up,
				   .user = d},
	    &d->jobs, err);
	if (e == 0) {
		int r = pthread_create(&d->watch, NULL, watch, d);
		e = r ? err_errno(err, r, "thread of the API") : 0;
		d->watches = !r;
	}
	if (e < 0) {
		desk_close(d);
		return e;
	}
	*ret = d;
	return 0;
}

void desk_give_up(struct desk *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	d->closing = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
}

void desk_close(struct desk *d)
{
	if (!d)
		return;
	desk_give_up(d);
	jobs_stop(d->jobs);
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	if (d->watches)
		pthread_join(d->watch, NULL);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

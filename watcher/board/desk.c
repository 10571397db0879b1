#include "watcher/board/desk.h"

#include <pthread.h>

struct desk {
	void (*work)(struct httpd_rq *rq, void *user);
	void *user;
	pthread_t thread;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t more;
	struct httpd_rq *queue[DESK_QUEUE_MAX];
	size_t first, n;
	bool closing;
};

/* The next request; NULL at the end. */
static struct httpd_rq *next(struct desk *d)
{
	struct httpd_rq *rq = NULL;

	pthread_mutex_lock(&d->lock);
	while (d->n == 0 && !d->closing)
		pthread_cond_wait(&d->more, &d->lock);
	if (d->n > 0) {
		rq = d->queue[d->first];
		d->first = (d->first + 1) % DESK_QUEUE_MAX;
		d->n--;
	}
	pthread_mutex_unlock(&d->lock);
	return rq;
}

static void *run(void *ctx)
{
	struct desk *d = ctx;
	struct httpd_rq *rq;

	while ((rq = next(d))) {
		d->work(rq, d->user);
		httpd_resume(rq);
	}
	return NULL;
}

int desk_open(void (*work)(struct httpd_rq *rq, void *user), void *user, struct desk **ret,
	      struct err *err)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->work = work;
	d->user = user;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->more, NULL);
	int r = pthread_create(&d->thread, NULL, run, d);
	if (r != 0) {
		free(d);
		return err_errno(err, r, "thread");
	}
	*ret = d;
	return 0;
}

void desk_submit(struct desk *d, struct httpd_rq *rq)
{
	pthread_mutex_lock(&d->lock);
	bool has_room = d->n < DESK_QUEUE_MAX && !d->closing;
	if (has_room) {
		httpd_suspend(rq);
		d->queue[(d->first + d->n++) % DESK_QUEUE_MAX] = rq;
		pthread_cond_signal(&d->more);
	}
	pthread_mutex_unlock(&d->lock);
	if (has_room)
		return;
	httpd_set_header(rq, "Retry-After", "1");
	httpd_problem(rq, 503, "busy", "too many requests wait; nothing was saved");
}

void desk_close(struct desk *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	d->closing = true;
	pthread_cond_signal(&d->more);
	pthread_mutex_unlock(&d->lock);
	(void)pthread_join(d->thread, NULL);
	pthread_mutex_destroy(&d->lock);
	pthread_cond_destroy(&d->more);
	free(d);
}

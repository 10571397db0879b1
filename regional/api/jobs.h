/* Threads with a connection each, for what must ask PostgreSQL: the server's own threads never
 * wait. */
#pragma once

#include "base/err.h"
#include "http/httpd.h"
#include "store/pg.h"

#define JOBS_THREADS	 4
#define JOBS_THREADS_MAX 16
#define JOBS_QUEUE_MAX	 1024

struct jobs;
/* Answers rq and gives true, or has handed it on to whoever resumes it: then rq is not its any
 * more. pg NULL: PostgreSQL is away. */
typedef bool (*job_t)(struct pg *pg, struct httpd_rq *rq, void *user);

/* Is PostgreSQL known to be there, by others? Then it is tried without waiting. */
typedef bool (*jobs_is_up_t)(void *user);

struct jobs_options {
	const char *database;
	const char *role, *application; /* in PostgreSQL */
	unsigned statement_seconds;
	size_t threads, queue_max; /* to JOBS_THREADS_MAX, JOBS_QUEUE_MAX */
	job_t run;
	jobs_is_up_t is_up;
	void *user;
};
int jobs_start(const struct jobs_options *o, struct jobs **ret, struct err *err);
void jobs_stop(struct jobs *j); /* after all queued jobs; NULL allowed */
/* Suspends rq; it is run and resumed by a thread, or answered with 503 when the queue is full. */
void jobs_submit(struct jobs *j, struct httpd_rq *rq);
/* The same for one that is suspended already: from a job of another pool. */
void jobs_pass(struct jobs *j, struct httpd_rq *rq);

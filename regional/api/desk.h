/* Where reports are made: a pool of their own, so that nobody else waits for them.
 *
 *     submit ─► a place? ─► waits ─► made (PostgreSQL as bedpost_report) ─► a file without a name
 * ─► sent │                   │ └ 429, 503          └ given up: the client went away, it took too
 * long, we close
 *
 * A watch looks four times a second whether somebody still waits for what is being made, and where
 * nobody does ends the statement that runs. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "http/httpd.h"
#include "regional/api/api.h"
#include "regional/api/jobs.h"
#include "regional/api/scope.h"
#include "store/pg.h"

#define DESK_PLACES_PER_THREAD 5 /* one is made, four wait */
#define DESK_OF_ONE_ASKER      3 /* made or waiting; above: 429 */

enum desk_stop { DESK_GOES_ON, DESK_CLIENT_GONE, DESK_TOO_LONG, DESK_CLOSING };

/* A report on its way: rq->plan. */
struct desk_job {
	/* Answers rq; pg stands ready, and is held to who's rows. */
	void (*make)(struct desk_job *job, struct pg *pg, struct httpd_rq *rq);
	const struct who *who;
	const char *folder; /* the desk's from here on: where to write */
	_Atomic bool stop;  /* nobody waits any more, for this reason: */
	enum desk_stop why;
};

struct desk;
int desk_open(const struct api_reports *o, struct desk **ret, struct err *err);
/* All that is being made or waits is given up; soon it is answered. NULL allowed. */
void desk_give_up(struct desk *d);
void desk_close(struct desk *d); /* NULL allowed */
/* rq is suspended, and rq->plan a struct desk_job that lives as long as rq. */
void desk_submit(struct desk *d, struct httpd_rq *rq);

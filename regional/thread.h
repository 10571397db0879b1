/* A thread of the daemon that works in turns, sleeps in between, and ends when it is told to: at
 * once, out of any sleep. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/err.h"

struct thread {
	pthread_t id;
	int stop_fd;
	_Atomic bool stop;
};

#define THREAD_BACKOFF_MAX (5 * USEC_PER_SEC)

/* run(arg) in a thread of its own; an error says "thread of <whose>". */
int thread_start(struct thread *t, void *(*run)(void *), void *arg, const char *whose,
		 struct err *err);
/* Tells it to end and waits until it has. */
void thread_stop(struct thread *t);

/* ---- in the thread ---- */

bool thread_is_stopped(const struct thread *t);
/* Until then, or until there is something to read from fd (-1: from none), or the end. */
void thread_sleep_until(const struct thread *t, int fd, usec_t until);
/* How long to wait after a failure: drawn at random from what *backoff is, which doubles. */
usec_t thread_backoff(usec_t *backoff);

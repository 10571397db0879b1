/* The thread that looks at homes: those that changed, at once; all of them every `check_every`, for
 * time passes without anybody's word. One daemon of a database evaluates at a time; the others
 * wait for its advisory lock, which PostgreSQL frees when its connection ends. */
#pragma once

#include "base/clock.h"
#include "base/err.h"

struct evaluate_options {
	const char *database;
	usec_t check_every, notify_every, offline_after;
	void (*queued)(void *user); /* something is to be sent; from the thread */
	void *user;
};

struct evaluate;
int evaluate_start(const struct evaluate_options *o, struct evaluate **ret, struct err *err);
void evaluate_stop(struct evaluate *e); /* NULL allowed */

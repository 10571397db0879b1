/* Files that were taken a moment ago: does somebody go on writing to one? An EHR that holds its
 * export open, and was not seen to, writes into what is archived, sealed or deleted by now. For
 * AFTERWARDS_KEEP the file is held open and looked at; if it has grown and is quiet again, it is
 * put back under its name, to be read as a new version. */
#pragma once

#include "base/clock.h"
#include "watcher/queue.h"

#define AFTERWARDS_KEEP	 USEC_PER_MIN
#define AFTERWARDS_MAX	 32 /* the newest ones */
#define AFTERWARDS_QUIET (2 * USEC_PER_SEC)
#define AFTERWARDS_EVERY USEC_PER_SEC

struct afterwards_file {
	int fd, dir; /* -1: a free place */
	char *name;
	struct queue_stat was, now; /* when it was read; at the last look */
	usec_t since;		    /* it has been so for that long */
	usec_t until;
};

struct afterwards {
	struct afterwards_file files[AFTERWARDS_MAX];
	unsigned next;
	usec_t look_at; /* monotonic; USEC_NONE: nothing to look at */
};

void afterwards_init(struct afterwards *a);
void afterwards_done(struct afterwards *a);
/* Takes fd over; dir stays the caller's. */
void afterwards_add(struct afterwards *a, int fd, int dir, const char *name,
		    const struct queue_stat *was, usec_t now);
/* Calls back for each that was put back. */
void afterwards_look(struct afterwards *a, usec_t now,
		     void (*put_back)(void *ctx, const char *name), void *ctx);

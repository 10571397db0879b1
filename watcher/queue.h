/* Which dropped file is ready, and which comes next: pure, all times passed in.
 *
 *     queue_see()       what inotify, a scan or a new look found of a file
 *     queue_due()       a file that wants a new look: its waiting time is over
 *     queue_take()      the oldest file that is ready
 *     queue_done() · queue_retry()       what became of it
 *
 *     (unknown) ─see─▶ WAITING ─rule fulfilled─▶ READY ─take─▶ TAKEN ─▶ done
 *                      ▲  ▲ │                      │             │
 *                      │  │ │                      │             │
 *                      │  └─┼───── changed ────────┘             │
 *                      │    ▼                                    │
 *                      │  STUCK: no adapter, no regular file ◀───┤
 *                      └────────── retry ────────────────────────┘
 *
 * Times are monotonic microseconds, but for mtime and `wall`. A file is known by folder and name;
 * what it is, by inode, size and mtime. Where the rule is `close`, a file that nobody was seen to
 * close is ready when it has not changed for QUEUE_SETTLE; so is an empty one, for many programs
 * create first and write later. One that somebody has open for writing is looked at again and
 * again, QUEUE_SETTLE_OPEN long: the notice of a close comes a moment before the file is closed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "adapters/adapter.h"
#include "base/clock.h"

#define QUEUE_SETTLE	    (2 * USEC_PER_SEC)
#define QUEUE_SETTLE_OPEN   USEC_PER_MIN
#define QUEUE_OPEN_LOOK_MIN (2 * USEC_PER_MSEC)
#define QUEUE_OPEN_LOOK_MAX USEC_PER_SEC
#define QUEUE_RETRY_MIN	    (1 * USEC_PER_SEC)
#define QUEUE_RETRY_MAX	    USEC_PER_MIN

struct queue_stat {
	uint64_t inode, size;
	usec_t mtime;
};
bool queue_stat_eq(const struct queue_stat *a, const struct queue_stat *b);

enum queue_state { QUEUE_WAITING, QUEUE_READY, QUEUE_TAKEN, QUEUE_STUCK };

struct queue_file {
	unsigned folder;
	char *name;
	struct queue_stat stat;
	enum queue_state state;
	usec_t since; /* seen with this stat for the first time */
	usec_t
	    look; /* WAITING: when it wants a new look; USEC_NONE: when something happens to it */
	usec_t delay;		 /* of the last retry; 0: none */
	bool reported;		 /* the outbox lists it as waiting */
	bool retell;		 /* or should: it could not be written */
	uint64_t scan;		 /* the last scan that saw it */
	struct queue_heap *heap; /* the one it stands in; NULL: none */
	size_t at;		 /* its place there */
};

struct queue_sight {
	unsigned folder;
	const char *name;
	struct queue_stat stat;
	enum ready_rule rule;
	usec_t quiet; /* READY_QUIET */
	bool closed;  /* somebody was seen to close or rename it just now, or nobody has it open */
	bool open;    /* somebody has it open for writing */
	bool done;    /* READY_DONE_FILE: the done file is there */
	bool trusts_clock; /* mtime is by this machine's clock */
	bool stuck;	   /* nothing to wait for: no adapter matches, no regular file */
};

struct queue;
struct queue *queue_new(void);
void queue_free(struct queue *q);
DEFINE_CLEANUP(struct queue *, queue_free)

/* now: monotonic; wall: the same moment by the wall clock. Gives the file, valid until
 * queue_done(). A TAKEN file stays TAKEN. */
struct queue_file *queue_see(struct queue *q, const struct queue_sight *s, usec_t now, usec_t wall);
struct queue_file *queue_find(struct queue *q, unsigned folder,
			      const char *name); /* NULL if not known */
struct queue_file *queue_due(struct queue *q,
			     usec_t now); /* NULL if none; each is given once per waiting time */
usec_t
queue_next_look(const struct queue *q); /* when queue_due() will have one; USEC_NONE if never */
struct queue_file *
queue_take(struct queue *q); /* NULL if none is ready: oldest mtime first, then name */
void queue_done(struct queue *q, struct queue_file *f); /* gone or disposed of: forgotten */
/* Not now: it waits, twice as long each time. */
void queue_retry(struct queue *q, struct queue_file *f, usec_t now);
void queue_stuck(struct queue *q, struct queue_file *f); /* until it changes */
size_t queue_count(const struct queue *q, enum queue_state state);

/* A scan of a folder: see every file that is there, then end; those not seen are given to gone()
 * and forgotten. */
void queue_scan_begin(struct queue *q);
void queue_scan_end(struct queue *q, unsigned folder, void (*gone)(void *ctx, struct queue_file *f),
		    void *ctx);
/* The folder is no more; may be called while another is scanned. */
void queue_forget_folder(struct queue *q, unsigned folder,
			 void (*gone)(void *ctx, struct queue_file *f), void *ctx);
/* What was said of files that are stuck may be lost: it is to be said again. */
void queue_retell(struct queue *q);
/* Every file that is stuck is looked at anew (other adapters are loaded). */
void queue_unstick(struct queue *q, usec_t now);

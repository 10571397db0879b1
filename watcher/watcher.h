/* bedpost-watcher: drop folders → outbox.
 *
 *     inotify ─┐
 *     scans ───┼─▶ sight ─▶ queue ─▶ take (dropped → adapter → intake) ─▶ dispose
 *     timers ──┘
 *
 * One thread. What is in a folder is the work list: notices only make it faster, and a scan at
 * start, after lost notices and every now and then finds what they missed.
 */
#pragma once

#include "base/backlog.h"
#include "base/seal.h"
#include "outbox/home.h"
#include "outbox/outbox.h"
#include "watcher/afterwards.h"
#include "watcher/catalog.h"
#include "watcher/condition.h"
#include "watcher/folder.h"
#include "watcher/queue.h"

/* What a scan finds to report goes into one transaction, and not all of it into the log. */
struct sight_batch {
	bool is_on, is_open;
	unsigned n;
};

struct watcher {
	struct home *home;
	struct zone *zone;
	struct outbox *outbox;
	struct catalog catalog;
	struct condition condition;
	struct queue *queue;
	struct folder *folders[FOLDERS_MAX]; /* first those of home.yaml; NULL: a free place */
	unsigned n_folders;
	int inotify, signals, epoll, lock;
	bool stopping, reloading; /* what signals have asked for */
	bool has_work;		  /* the last step took a file: more may be ready */
	struct afterwards afterwards;
	struct backlog backlog; /* files that are ready, while there are many (progress.h) */
	uint64_t backlog_rejected;
	usec_t backlog_told_at;
	struct sight_batch reports; /* of files that stay in their folders */
	bool is_full;		    /* intake stands still for want of room */
	usec_t full_until;	    /* monotonic: when to try again */
	usec_t settle_at; /* when to write pending disposals; USEC_NONE: nothing pending */
	usec_t prune_at;
	usec_t ack_at;	     /* when to look for result files to write; USEC_NONE: none wanted */
	int64_t ack_version; /* of the outbox at the last look */
	bool ack_is_off;     /* a result file could not be written: said once */
	struct seal_key archive_key; /* public; of a sealed archive */
	usec_t retention_at; /* monotonic: when to look for what the archive need not keep */
};

/* Opens everything that must be there; folders and adapters may be missing or bad, which is logged.
 * CONFLICT: another watcher runs on this state_dir. Signals SIGTERM, SIGINT and SIGHUP are blocked
 * from here on and handled in watcher_run(). */
int watcher_new(struct home *home, struct watcher **ret, struct err *err);
void watcher_free(struct watcher *w);
DEFINE_CLEANUP(struct watcher *, watcher_free)

/* Until SIGTERM or SIGINT. */
int watcher_run(struct watcher *w, struct err *err);

/* Reads what signals have come; true if one of them asks to end. */
bool watcher_must_stop(struct watcher *w);

/* One turn of it: waits at most `longest` for something to do, listens, looks, takes at most one
 * file. */
int watcher_step(struct watcher *w, usec_t longest, struct err *err);

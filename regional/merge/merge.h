/* The merge: batches of many homes into PostgreSQL, many in one transaction, each answered after
 * its commit.
 *
 *     merge_submit ─► the home's worker: queue ─► all that wait, in one transaction ─► COMMIT
 *                                                               changed() ─► done() of each ◄──┘
 *
 * Homes are parted among the workers by their id, so that one home's batches stay in order; each
 * worker has its own thread and connection. One batch waits for nobody; what arrives while a
 * transaction is under way goes together into the next one, up to MERGE_BATCHES_MAX batches and
 * MERGE_EVENTS_MAX events. Other daemons may merge into the same database: the homes' rows are
 * locked in id order.
 *
 * A transaction that fails for a passing reason (serialization, deadlock, connection) is run again.
 * One that fails for its data is run again batch by batch, and a batch that fails alone event by
 * event: the event that PostgreSQL will not take is rejected, so that neither another home nor the
 * rest of its own waits behind it. While PostgreSQL is away batches are answered at once
 * (MERGE_AWAY); workers go on trying to connect by themselves. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "bed/wire.h"
#include "regional/live/avail.h"
#include "regional/live/fresh.h"
#include "regional/metrics.h"

#define MERGE_BATCHES_MAX 256
#define MERGE_EVENTS_MAX  8000
#define MERGE_QUEUE_MAX	  4096 /* batches waiting for one worker; above: MERGE_AWAY */
#define MERGE_RETRY_AFTER 5    /* seconds a home is told to wait */

enum merge_verdict {
	MERGE_TAKEN,	   /* committed (or a gap, which settles nothing): send the answer */
	MERGE_UNKNOWN,	   /* no such home, or it is closed */
	MERGE_CERTIFICATE, /* its certificate was revoked */
	MERGE_EPOCH,  /* other events stand under these seqs, or later ones: the home needs a new
			 epoch */
	MERGE_AWAY,   /* PostgreSQL is away, or too much is waiting: try again later */
	MERGE_FAILED, /* a fault of ours; logged */
};

struct change;

struct merge_job {
	/* set by the one who submits; all live until done() */
	struct wire_batch *batch; /* items PostgreSQL will not take are marked as not valid */
	usec_t received_at;
	struct span source_ip;	 /* numeric */
	const char *road;	 /* "https", "sftp"; NULL: made at the region */
	struct span certificate; /* its fingerprint, on a road that has one; else SPAN_NONE */
	struct arena *arena;	 /* the worker's to use until done() */
	void (*done)(struct merge_job *job, void *user); /* in the worker's thread; must not wait */
	void *user;
	struct change *change; /* made at the region (change.h); NULL: the batch is a home's */
	/* the result */
	enum merge_verdict verdict;
	struct wire_answer answer; /* if TAKEN */
	/* merge's own */
	struct merge_job *next;
};

typedef void (*merge_changed_t)(void *user, const struct avail *rows, size_t n);

struct merge_options {
	const char *database; /* conninfo */
	int workers;
	struct freshness_rule fresh; /* who watches is told when a contact changes what a home is */
	/* After a commit, in a worker's thread: these rows changed. Must not wait. NULL allowed. */
	merge_changed_t changed;
	void *user;
	struct metrics *metrics; /* NULL: nothing is counted */
};

struct merge;

int merge_start(const struct merge_options *o, struct merge **ret, struct err *err);
/* Merges what is queued, answers all, ends. Nothing may be submitted any more. NULL allowed. */
void merge_stop(struct merge *m);
/* Any thread. done() is called exactly once, possibly before this returns. */
void merge_submit(struct merge *m, struct merge_job *job);

struct merge_state {
	int workers, connected; /* connected: to a database with the right schema */
	size_t waiting;		/* batches in the queues */
	uint64_t transactions;
	uint64_t retries, poisoned; /* transactions run again; events PostgreSQL would not take */
};
struct merge_state merge_state(struct merge *m);

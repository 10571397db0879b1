/* The outbox: one SQLite file (state_dir/outbox.db) between the watcher, which adds events, and
 * syncd, which ships them. It also holds the home's own view of its beds, the ledger of files,
 * quarantine and dead letters.
 *
 *     watcher:  intake.h  begin → events … bad … → commit   (one transaction per file)
 *     syncd:    outbox_peek → send → outbox_answer          (the cursor moves to what the region
 *                                                            has committed, and no further)
 *     bedpost:  listing.h                                   (read only)
 *
 * Every event has a seq, 1, 2, 3 … without gaps, within an epoch, a UUID made with the file.
 * Commits are durable (WAL, synchronous=FULL). Several processes may have the file open; each
 * handle belongs to one thread. A writer waits for another's commit up to OUTBOX_BUSY, then
 * UNAVAILABLE (retriable). A full disk is FULL (retriable): nothing is half-written. Anything that
 * is not as this module wrote it is CORRUPT.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "bed/wire.h"
#include "outbox/file_name.h"

#define OUTBOX_FILE	"outbox.db"
#define OUTBOX_BUSY	(10 * USEC_PER_SEC)
#define OUTBOX_MIN_FREE ((int64_t)64 << 20) /* default of home.yaml's min_free */

struct outbox;

enum outbox_access {
	OUTBOX_WRITE, /* creates state_dir's file if there is none, brings its schema up to date */
	OUTBOX_READ,  /* NOT_FOUND if there is none; CONFLICT if its schema is not this program's */
};

/* Checks that the file is whole (quick check) and belongs to the facility (CONFLICT if to another).
 * facility may be NULL when reading: any. */
int outbox_open(const char *state_dir, const char *facility, enum outbox_access access,
		struct outbox **ret, struct err *err);
void outbox_close(struct outbox *o);
DEFINE_CLEANUP(struct outbox *, outbox_close)

const char *outbox_facility(const struct outbox *o);
/* A dropped file's name as it may be told (outbox/file_name.h). pattern: as there. */
void outbox_file_name(const struct outbox *o, const char *name, const char *pattern,
		      struct file_name *ret);
/* With less than this free in state_dir, intake_begin fails with FULL; shipping goes on. 0: no such
 * limit. */
void outbox_set_min_free(struct outbox *o, int64_t bytes);
/* What is done from here on is as if it had been done, until outbox_close() takes it all back.
 * Nobody else writes meanwhile. */
int outbox_rehearse(struct outbox *o, struct err *err);

/* ---- shipping ---- */

struct outbox_limits {
	uint64_t after;	 /* events after this seq; 0: after the cursor (what the region has
			    acknowledged) */
	uint32_t events; /* at most so many, 0 or more than WIRE_EVENTS_MAX: WIRE_EVENTS_MAX */
	size_t bytes;	 /* of lines; at least one event is given however long; 0: WIRE_LINES_MAX */
};

/* What to send next: everything that a struct wire_header wants but clock and agent. Start from
 * {0}; the same struct may be filled again and again (lines keeps its memory). outbox_batch_done()
 * frees. */
struct outbox_batch {
	char epoch[WIRE_EPOCH_CHARS + 1];
	uint64_t first,
	    last; /* count 0: first is the next seq to be used or shipped, last is first - 1 */
	uint32_t count;
	uint64_t queued;     /* events waiting after last */
	struct digest state; /* bed/state.h over the home's beds; all zero bytes where queued > 0:
				not comparable then */
	int64_t rev;	     /* highest facility_rev taken in */
	struct buf lines;    /* wire_add_line() for each event */
};
void outbox_batch_done(struct outbox_batch *b);

/* One consistent look. Cheap when nothing has changed since the last: neither events nor beds are
 * read again. */
int outbox_peek(struct outbox *o, const struct outbox_limits *limits, struct outbox_batch *b,
		struct err *err);

/* The batch that an answer came for, kept beside it for `bedpost explain`. */
struct outbox_sent {
	uint64_t first, last;  /* seq */
	const char *transport; /* the road: "https" "sftp" */
};

/* Takes the region's answer in, in one transaction: the cursor moves forward to applied_through
 * (never back), rejected events become dead letters, beds changed at the region (and not changed
 * here later) enter the home's view, rev grows. Taking the same answer in twice changes nothing.
 * CONFLICT: it speaks of another epoch, or of a seq that this outbox has not reached yet (it was
 * restored from a backup: see outbox_new_epoch); nothing is then taken in. sent: NULL, nobody
 * knows.
 */
int outbox_answer(struct outbox *o, const struct wire_answer *w, const struct outbox_sent *sent,
		  usec_t now, struct err *err);

/* The region has lost what it acknowledged: ship again from applied_through + 1. NOT_FOUND if those
 * events are pruned. */
int outbox_rewind(struct outbox *o, uint64_t applied_through, struct err *err);

/* A new epoch: events not yet acknowledged are numbered again from 1. reason is kept for people. */
int outbox_new_epoch(struct outbox *o, const char *reason, usec_t now, struct err *err);

/* The region wants a snapshot: a census event for every bed whose status is known, with the time of
 * its last change. */
int outbox_snapshot(struct outbox *o, usec_t now, uint64_t *ret_events, struct err *err);

/* Acknowledged events, settled files, messages and visits older than `keep` are deleted; a few
 * thousand rows per call. Dead letters and quarantine stay. ret_more (may be NULL): there is more
 * to prune. */
int outbox_prune(struct outbox *o, usec_t now, usec_t keep, bool *ret_more, struct err *err);

/* ---- status ---- */

struct outbox_status {
	char epoch[WIRE_EPOCH_CHARS + 1];
	char epoch_reason[128]; /* "created", or why a new one began */
	usec_t epoch_began;
	uint64_t last;	 /* last seq given out in this epoch; 0: none */
	uint64_t acked;	 /* the cursor */
	uint64_t queued; /* last - acked */
	usec_t oldest;	 /* when the oldest queued event was added; USEC_NONE if none */
	usec_t answered; /* when the last answer was taken in; USEC_NONE if never */
	usec_t in_sync;	 /* when home and region last proved to agree, nothing queued; USEC_NONE */
	int64_t rev;
	uint64_t beds, dead_letters, quarantined;
	usec_t dead_since, dead_last;		    /* the first and the last; USEC_NONE if none */
	usec_t quarantined_since, quarantined_last; /* likewise */
	usec_t rejected_last;
	uint64_t epochs; /* how many there have been */
	uint64_t files, rejected, duplicates,
	    waiting;   /* waiting: in a drop folder and not taken (listing.h) */
	uint64_t held; /* censuses that wait for a person (hold.h) */
	usec_t held_since;
	uint64_t acks_failed;	     /* result files that cannot be written (ack.h) */
	char acks_problem[256];	     /* of one of them: why */
	int64_t disk_free, disk_min; /* bytes */
	bool disk_full;		     /* intake stands still */
	int64_t bytes, wal;	     /* of the database file and its log; of its log alone */
};
/* Reads the whole file through (SQLite's quick check); CORRUPT says what is amiss. */
int outbox_check(struct outbox *o, struct err *err);
int outbox_status(struct outbox *o, struct outbox_status *ret, struct err *err);
/* A number that is another when some other handle has committed since. Cheap. */
int outbox_version(struct outbox *o, int64_t *ret, struct err *err);

/* ---- wake ---- */

/* A Unix datagram socket state_dir/sync.wake, bound by syncd and poked after each commit. It
 * carries no data: who is woken looks into the outbox. A poke that finds nobody, or a full socket,
 * is nothing: syncd looks by itself too. */
int outbox_wake_listen(const char *state_dir, int *ret_fd,
		       struct err *err); /* non-blocking, close-on-exec */
void outbox_wake_drain(int fd);
void outbox_wake(const char *state_dir); /* never blocks */
/* Does syncd listen? It does as long as it lives. */
bool outbox_wake_is_heard(const char *state_dir);

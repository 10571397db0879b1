/* What syncd says of itself: log lines, sync.status.json and systemd's status line, from one place.
 *
 * The file follows a change of state at once, and anything else at most once a second: a busy line
 * must not spend its time on telling how busy it is.
 */
#pragma once

#include "syncd/line.h"

#define REPORT_EXPIRY_AHEAD (30 * USEC_PER_DAY)

struct report {
	struct line line;
	const char *state_dir; /* of the caller */
	usec_t write_at;       /* monotonic: not written again before */
	usec_t warn_at;	       /* monotonic: not of the enrolment's end before */
	bool dirty;	       /* something changed since it was written */
};

struct report_batch {
	uint64_t first, through;
	uint64_t events, rejected, conflicts; /* settled by the answer */
	uint64_t snapshot;		      /* census events made on the region's wish */
	size_t bytes;			      /* on the wire */
	usec_t took;			      /* from send to commit */
	bool is_heartbeat;
};

void report_init(struct report *r, const char *state_dir);
void report_success(struct report *r, const struct report_batch *b);
void report_failure(struct report *r, bool needs_person, const struct err *why, usec_t wait);
void report_expiry(
    struct report *r); /* warns, at most once a day, when the enrolment is about to end */
void report_end(struct report *r);
void report_now(struct report *r);   /* writes the file */
void report_flush(struct report *r); /* likewise, if there is something new and the time has come */
usec_t report_due(
    const struct report *r); /* monotonic; when report_flush has something to do, else far away */

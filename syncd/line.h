/* The state of the line, for people: kept by syncd, shown by `bedpost status`.
 *
 * state_dir/sync.status.json, replaced as a whole (rename), readable by whoever may read the
 * folder:
 *
 *   {"state":"up","since":"2026-04-20T09:14:22Z","written_at":"…","pid":4711,"transport":"https","url":"https://…",
 *    "queued":0,"last_success":"…","last_error":"the region cannot be reached
 * (…)","last_error_at":"…", "failures":0,"next_attempt":null,"events_shipped":12,"rejected":0,
 *    "enrolment_expires":"2028-07-24T09:14:22Z"}
 *
 *   state   starting  nothing was tried yet           up            the last attempt was answered
 *           down      it was not; tried again          needs_person  it was not, and nothing heals
 * this but somebody who acts stopped   syncd has ended in order since   when that state began; down
 * and needs_person count as one time away
 *
 * A written_at that is older than two heartbeats means that syncd is gone or hangs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#define LINE_FILE "sync.status.json"

enum line_state { LINE_STARTING, LINE_UP, LINE_DOWN, LINE_NEEDS_PERSON, LINE_STOPPED };

struct line {
	enum line_state state;
	usec_t since;
	usec_t last_success;  /* USEC_NONE: never in this process's life */
	usec_t last_error_at; /* likewise */
	char last_error[ERR_MESSAGE_MAX];
	unsigned failures;   /* in a row */
	usec_t next_attempt; /* USEC_NONE: nothing is put off */
	uint64_t queued, events_shipped, rejected;
	const char *transport, *url;
	usec_t expires; /* the enrolment's certificate; USEC_NONE: not known */
};

void line_init(struct line *l, const char *transport, const char *url,
	       usec_t now); /* now: wall clock */
/* Each returns true if the state changed. */
bool line_succeeded(struct line *l, usec_t now);
bool line_failed(struct line *l, usec_t now, bool needs_person, const struct err *why,
		 usec_t next_attempt);
void line_stopped(struct line *l, usec_t now);
const char *line_state_name(enum line_state s);

void line_to_json(const struct line *l, usec_t now, long pid, struct buf *out);
int line_write(const struct line *l, const char *state_dir, usec_t now, struct err *err);

/* The state of the line and of each road, for people: kept by syncd, shown by `bedpost status`.
 *
 * state_dir/sync.status.json, replaced as a whole (outbox/status_file.h):
 *
 *   {"state":"up","since":"2026-04-20T09:14:22Z","written_at":"…","pid":4711,
 *    "transport":"https","url":"https://…","queued":0,"last_success":"…",
 *    "last_error":"the region cannot be reached (…)","last_error_code":"unavailable",
 *    "last_error_at":"…","failures":0,"next_attempt":null,"events_shipped":12,"rejected":0,
 *    "enrolment_expires":"2028-07-24T09:14:22Z","clock_ahead_ms":12,"in_sync":true,
 *    "backlog":{"sent":412000,"of":1000000,"rate":11000,"left_s":53},
 *    "roads":[{"transport":"https","url":"https://…","state":"up","carries":true,"since":"…",
 *              "last_success":"…","last_error":null,"last_error_code":null,
 *              "last_error_at":null,"failures":0,"next_probe":null}]}
 *
 *   state   starting      nothing was tried yet
 *           up            the last attempt was answered
 *           down          it was not; tried again
 *           needs_person  it was not, and nothing heals this but somebody who acts
 *           stopped       syncd has ended in order
 *   since   when that state began; down and needs_person count as one time away
 *   roads   in order of preference; next_probe: when the preferred one is tried again while another
 *           carries. A road that was never tried is "starting".
 *   last_error_code  of last_error (base/err.h, err_code_name)
 *   clock_ahead_ms   how far the home's clock is ahead of the region's (behind: negative), as far
 *                    as an exchange proves it: what its own time could explain counts as 0; null:
 *                    not known
 *   in_sync          whether the last answer said that home and region agree; null: it did not say
 *   backlog          null but while more waits than one batch carries (base/backlog.h)
 *
 * A written_at that is older than two heartbeats means that syncd is gone or hangs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/backlog.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "bed/wire.h"
#include "outbox/home.h"
#include "outbox/status_file.h"

#define LINE_FILE STATUS_FILE_SYNC

#define LINE_CLOCK_UNKNOWN INT64_MIN

enum line_state { LINE_STARTING, LINE_UP, LINE_DOWN, LINE_NEEDS_PERSON, LINE_STOPPED };

struct line_road {
	const char *transport, *url;
	enum line_state state;
	usec_t since, last_success, last_error_at, next_probe; /* USEC_NONE: never, none */
	struct err last_error;				       /* code 0: none */
	unsigned failures;				       /* in a row */
};

struct line {
	enum line_state state;
	usec_t since;
	usec_t last_success;   /* USEC_NONE: never in this process's life */
	usec_t last_error_at;  /* likewise */
	struct err last_error; /* code 0: none */
	unsigned failures;     /* in a row */
	usec_t next_attempt;   /* USEC_NONE: nothing is put off */
	uint64_t queued, events_shipped, rejected;
	const char *transport, *url;
	usec_t expires;	    /* the enrolment's certificate; USEC_NONE: not known */
	usec_t clock_ahead; /* LINE_CLOCK_UNKNOWN: not known */
	enum wire_sync in_sync;
	struct backlog backlog;
	struct line_road roads[HOME_TRANSPORT_COUNT];
	size_t n_roads;
	size_t carries; /* the road in use */
};

void line_init(struct line *l, const char *transport, const char *url,
	       usec_t now); /* now: wall clock */
/* Each returns true if the state changed. */
bool line_succeeded(struct line *l, usec_t now);
bool line_failed(struct line *l, usec_t now, bool needs_person, const struct err *why,
		 usec_t next_attempt);
void line_stopped(struct line *l, usec_t now);
const char *line_state_name(enum line_state s);

/* The roads by name and address, when they were opened (again); what is known of one that was there
 * before stays. */
void line_road_set(struct line *l, size_t i, const char *transport, const char *url, usec_t now);
/* What was seen on one. The region was heard over it, whatever it said; or it failed. */
bool line_road_answered(struct line *l, size_t i, usec_t now);
bool line_road_failed(struct line *l, size_t i, usec_t now, bool needs_person,
		      const struct err *why);

/* How far ahead the home's clock must be, seen from one exchange: the region read its clock
 * somewhere between our sending and receiving. 0: the exchange's own time explains the difference.
 */
usec_t line_clock_ahead(usec_t sent, usec_t received, usec_t region);

void line_to_json(const struct line *l, usec_t now, long pid, struct buf *out);
int line_write(const struct line *l, const char *state_dir, usec_t now, struct err *err);

/* A bed's course as spans of time: what it was, from when to when, as far as it is known.
 *
 *     audit rows in history, by (changed_at, n)      a ──── b ────── c ─────────
 *     cancelled changes read as what was restored    a ──────────────c ─────────     (b voided)
 *     open conflicts lie over all                    a ────── ?????? c ─────────
 *
 * Before its first row a bed is not known, and no span is made.
 *
 * A row with a reason that cancels (course.c has the table) voids the change before it, if the
 * change directly before, that is, the row that began the run of rows of the same status before it,
 * has a reason that it cancels and lies no more than COURSE_CANCEL_WITHIN before it. From the
 * voided change on the bed then was what the cancel says it is. A cancelled reservation voids
 * nothing: while it stood, the bed was kept. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "bed/status.h"

#define COURSE_CANCEL_WITHIN (31 * USEC_PER_DAY)

/* How a bed's time is counted: each moment under one of them. */
enum bed_use {
	USE_AVAILABLE,
	USE_OCCUPIED,
	USE_RESERVED,
	USE_MAINTENANCE,
	USE_UNCONFIRMED, /* two accounts that do not fit, not yet settled */
	USE_COUNT,
};

const char *bed_use_name(enum bed_use u); /* as the statuses are named, and "unconfirmed" */

struct course_row {
	usec_t at;
	enum bed_status status;
	enum reason reason;
	struct span ward;
	enum care_level care;
};

struct course_doubt {
	usec_t from, to; /* to: USEC_NONE while it is open */
};

struct course_span {
	usec_t from, to;
	enum bed_use use;
	struct span ward;
	enum care_level care;
	enum reason reason; /* of the row that began it; of the restored status where voided */
};

/* rows in order; doubts in any. Gives the spans within [from, to), in order, without gaps between
 * them; neighbours of the same use and place may follow each other. */
struct course_span *course_cut(const struct course_row *rows, size_t n_rows,
			       const struct course_doubt *doubts, size_t n_doubts, usec_t from,
			       usec_t to, struct arena *a, size_t *ret_n);

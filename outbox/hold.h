/* A census that is far off is held for a person. Its file has left the drop folder and lies with
 * the rejected ones, where it can be read; none of its events is in the outbox.
 *
 *     intake, replay ─ far off? ─▶ held ─┬─ replay (REPLAY_HELD)          ─▶ committed
 *                                        ├─ hold_reject()                 ─▶ rejected
 *                                        └─ a newer census of its adapter ─▶ superseded
 *
 * A census of the same adapter whose file is not older (mtime) supersedes it in its own
 * transaction, whether it is taken in or held itself: it says the same of the same beds, and later.
 * So of an adapter one census is held at most, and the hold counts from the first.
 */
#pragma once

#include "base/arena.h"
#include "bed/status.h"
#include "outbox/outbox.h"

#define HOLD_BEDS_MAX 10000 /* kept of a held census; more are only counted */

struct hold_bed {
	const char *bed_id;
	enum bed_status was, becomes; /* becomes UNKNOWN: it is not in the census */
};

/* What a census would do. */
struct hold_counts {
	uint64_t known;	   /* beds that the home knew, of those in this census or the last */
	uint64_t changed;  /* of them, with another status now */
	uint64_t vanished; /* of them, in the last census and not in this */
	uint64_t added;	   /* beds that the home did not know */
};

struct hold {
	usec_t since;
	struct hold_counts counts;
	const struct hold_bed *beds;
	size_t n_beds;
};

/* The file of a census, as others of its adapter are compared with it. A census is newer than this
 * one if it came later and its file is not older. */
struct hold_file {
	const char *adapter;
	int64_t id;
	usec_t mtime;
};

/* NOT_FOUND: it is not held. Strings from the arena. */
int hold_read(struct outbox *o, int64_t file, struct arena *a, struct hold *ret, struct err *err);
/* A person refuses it. CONFLICT: it is not held (any more). */
int hold_reject(struct outbox *o, int64_t file, struct err *err);

#define HOLD_REFUSED "census_refused" /* the reason in the row of a file that a person refused */

/* ---- within a file's transaction ---- */

/* The bed is listed in this census. */
int hold_listed(struct outbox *o, const struct hold_file *f, struct span bed_id, struct err *err);
/* Has a newer census listed the bed? 1, 0, or < 0. */
int hold_is_listed_since(struct outbox *o, const struct hold_file *f, struct span bed_id,
			 struct err *err);
/* How many the census lists, and how many the last one did that this one does not. */
int hold_count(struct outbox *o, const struct hold_file *f, uint64_t *ret_listed,
	       uint64_t *ret_vanished, struct err *err);
/* Those beds, HOLD_BEDS_MAX at most, with the status the home knows. */
int hold_vanished(struct outbox *o, const struct hold_file *f, struct arena *a,
		  struct hold_bed *beds, size_t max, size_t *ret_n, struct err *err);
/* What this census lists is what the next one is measured by, unless a newer one was taken. whole:
 * all of it was read, so that what it left out is gone. */
int hold_baseline(struct outbox *o, const struct hold_file *f, bool whole, struct err *err);
/* The file's census takes the place of those that are held. *ret_since: since when; USEC_NONE: none
 * was. */
int hold_supersede(struct outbox *o, const char *adapter, usec_t mtime, int64_t file,
		   usec_t *ret_since, struct err *err);
int hold_write(struct outbox *o, int64_t file, const struct hold *h, struct err *err);
int hold_over(struct outbox *o, int64_t file, struct err *err);

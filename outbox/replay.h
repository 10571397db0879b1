/* A file of the ledger read once more, after its adapter was mended: its records in quarantine
 * become events, each exactly once, with the time at which they happened.
 *
 *     replay_begin(o, &file, census, way, now, &r)
 *       adapter_run(…, replay_sink(r), replay_memory(r)) over the same bytes
 *     replay_judge(r)      the same measure as for a file that was dropped (intake.h)
 *     replay_commit(r)     events, quarantine, ledger: all in one transaction
 *     replay_hold(r)       a rejected census is held now: nothing of it is taken, a person decides
 *     replay_abort(r)      nothing; a dry run ends so
 *
 * Of a committed file only records that are in quarantine are taken, by their number: the good ones
 * made their events when the file came, and a mended adapter might give these other times and so
 * other ids. Therefore the adapter must still find as many records as it did (replay_judge:
 * CONFLICT if not). Of a rejected file all records are taken, and it becomes a committed one.
 *
 * What was learned since stays: a visit that is known already is not moved by an old message,
 * unless it still lies where the message takes it from and the message's beds have not changed
 * since; an event older than its bed's last change is late (intake.h). Of a bed that a newer census
 * of the adapter lists (hold.h) a census says nothing any more: that one may have found the bed as
 * it was known, and then no time of a change tells that this one is older. A census of which
 * nothing is left is superseded.
 */
#pragma once

#include "outbox/intake.h"
#include "outbox/listing.h"

struct replay_counts {
	uint64_t wanted; /* records in quarantine; of a rejected file all that there are */
	uint64_t mended; /* read now */
	uint64_t still_bad;
	uint64_t events, late, unchanged, superseded;
};

/* Which files may be read again. */
enum replay_way {
	REPLAY_OPEN,	/* rejected ones, and those with something in quarantine */
	REPLAY_REFUSED, /* these, and a census that a person refused */
	REPLAY_HELD,	/* a held census only: a person releases it */
};

struct replay;
/* NOT_FOUND: no such row. CONFLICT: its state does not allow it. EXISTS: nothing of it is in
 * quarantine. file: of listing_file(). */
int replay_begin(struct outbox *o, const struct listing_file *file, bool census,
		 enum replay_way way, usec_t now, struct replay **ret, struct err *err);
const struct adapter_sink *replay_sink(struct replay *r);
const struct adapter_memory *replay_memory(struct replay *r);
/* Has the outbox failed rather than the file? */
bool replay_failed(const struct replay *r, struct err *err);
bool replay_is_whole(const struct replay *r); /* all records count, not those of quarantine only */
/* Once all was read. A census that is released is not held again. */
int replay_judge(struct replay *r, const struct adapter *a, const struct adapter_summary *s,
		 struct intake_judged *ret, struct err *err);
/* What it would be. */
void replay_count(const struct replay *r, struct replay_counts *ret);
bool replay_is_superseded(const struct replay *r); /* newer censuses have told of all its beds */

/* Each frees r, whatever it returns. */
int replay_commit(struct replay *r, struct err *err);
int replay_hold(struct replay *r, const struct intake_judged *judged, struct err *err);
void replay_abort(struct replay *r);
DEFINE_CLEANUP(struct replay *, replay_abort)

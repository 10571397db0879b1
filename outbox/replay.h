/* A file of the ledger read once more, after its adapter was mended: its records in quarantine
 * become events, each exactly once, with the time at which they happened.
 *
 *     replay_begin(o, id, now, &r)
 *       adapter_run(…, replay_sink(r), replay_memory(r)) over the same bytes
 *     replay_commit(r)     events, quarantine, ledger: all in one transaction
 *     replay_abort(r)      nothing; a dry run ends so
 *
 * Of a committed file only records that are in quarantine are taken, by their number: the good ones
 * made their events when the file came, and a mended adapter might give these other times and so
 * other ids. Therefore the adapter must still find as many records as it did (replay_commit:
 * CONFLICT if not). Of a rejected file all records are taken, and it becomes a committed one.
 *
 * What was learned since stays: a visit that is known already is not moved by an old message,
 * unless it still lies where the message takes it from and the message's beds have not changed
 * since; an event older than its bed's last change is late (intake.h).
 */
#pragma once

#include "outbox/intake.h"
#include "outbox/listing.h"

struct replay_counts {
	uint64_t wanted; /* records in quarantine; of a rejected file all that there are */
	uint64_t mended; /* read now */
	uint64_t still_bad;
	uint64_t events, late, unchanged;
};

struct replay;
/* NOT_FOUND: no such row. CONFLICT: it is held. EXISTS: nothing of it is in quarantine. file: of
 * listing_file(). */
int replay_begin(struct outbox *o, const struct listing_file *file, bool census, usec_t now,
		 struct replay **ret, struct err *err);
/* A held census, released: taken whole, with its times, as the beds are now. CONFLICT: it is not
 * held (any more). */
int replay_begin_held(struct outbox *o, const struct listing_file *file, usec_t now,
		      struct replay **ret, struct err *err);
const struct adapter_sink *replay_sink(struct replay *r);
const struct adapter_memory *replay_memory(struct replay *r);
/* Has the outbox failed rather than the file? */
bool replay_failed(const struct replay *r, struct err *err);
/* What it would be, so far. records: as the adapter has counted them. */
void replay_count(const struct replay *r, uint64_t records, struct replay_counts *ret);
bool replay_is_rejected(const struct replay *r); /* the file was rejected whole when it came */

/* Each frees r, whatever it returns. */
int replay_commit(struct replay *r, uint64_t records, struct err *err);
void replay_abort(struct replay *r);
DEFINE_CLEANUP(struct replay *, replay_abort)

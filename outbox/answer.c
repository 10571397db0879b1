/* What the region's answer changes here. Every statement may run twice with the same answer to the
 * same end. */
#include "base/kill_point.h"
#include "outbox/handle.h"
#include "outbox/projection.h"

static int take_rejected(struct outbox *o, const struct cursor *c, const struct wire_outcome *out,
			 usec_t now, struct err *err)
{
	return db_run(o->db, err,
		      "INSERT OR IGNORE INTO dead_letters (epoch, seq, event_id, body, reason, at)"
		      " SELECT ?, ?, (SELECT event_id FROM events WHERE n = ?), (SELECT body FROM "
		      "events WHERE n = ?),"
		      " ?, ?",
		      "siiisi", c->epoch, (int64_t)out->seq, c->base + (int64_t)out->seq,
		      c->base + (int64_t)out->seq, out->reason ? out->reason : "", (int64_t)now);
}

static int take_outcomes(struct outbox *o, const struct cursor *c, const struct wire_answer *w,
			 usec_t now, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->n_outcomes && r == 0; i++) {
		const struct wire_outcome *out = &w->outcomes[i];
		if (out->outcome == OUTCOME_APPLIED || out->seq == 0 ||
		    out->seq > w->applied_through)
			continue;
		if (out->outcome == OUTCOME_REJECTED)
			r = take_rejected(o, c, out, now, err);
		if (r == 0)
			r = db_run(o->db, err,
				   "UPDATE events SET outcome = ?1, outcome_reason = ?2 WHERE n = "
				   "?3 AND (outcome IS NULL OR ?1 <> 'duplicate')",
				   "ssi", outcome_name(out->outcome), out->reason,
				   c->base + (int64_t)out->seq);
	}
	return r;
}

static int take_beds(struct outbox *o, const struct wire_answer *w, usec_t now, bool *ret_changed,
		     struct err *err)
{
	*ret_changed = false;
	for (size_t i = 0; i < w->n_beds; i++) {
		const struct wire_bed *bed = &w->beds[i];
		bool changed = false;
		if (bed->status == BED_UNKNOWN)
			continue;
		int r = projection_set(o->db, bed->bed_id, bed->status, bed->changed_at, now,
				       &changed, err);
		if (r < 0)
			return r;
		*ret_changed |= changed;
	}
	return 0;
}

/* What this answer is the first to acknowledge. */
static int note_answer(struct outbox *o, const struct cursor *c, const struct wire_answer *w,
		       const struct outbox_sent *sent, usec_t now, struct err *err)
{
	int64_t through = c->base + (int64_t)w->applied_through;

	if (!sent || through <= c->acked)
		return 0;
	return db_run(o->db, err,
		      "INSERT INTO answers (first, last, batch_first, batch_last, transport, at)"
		      " VALUES (?, ?, ?, ?, ?, ?)",
		      "iiiisi", c->acked + 1, through, (int64_t)sent->first, (int64_t)sent->last,
		      sent->transport, (int64_t)now);
}

static int take_answer(struct outbox *o, const struct wire_answer *w,
		       const struct outbox_sent *sent, usec_t now, struct err *err)
{
	struct cursor c;
	bool beds_changed = false;
	int r = cursor_read(o, &c, err);

	if (r < 0)
		return r;
	if (!span_eq_str(w->epoch, c.epoch))
		return err_set(err, ERR_CONFLICT, "the answer is for another epoch");
	if (w->applied_through > (uint64_t)(c.last - c.base))
		return err_set(err, ERR_CONFLICT,
			       "the region has seen event %llu, the outbox has given out %llu: was "
			       "it restored?",
			       (unsigned long long)w->applied_through,
			       (unsigned long long)(c.last - c.base));
	r = take_outcomes(o, &c, w, now, err);
	if (r == 0)
		r = note_answer(o, &c, w, sent, now, err);
	if (r == 0)
		r = take_beds(o, w, now, &beds_changed, err);
	if (r < 0)
		return r;
	/* What was dropped while the batch was on its way is not proved to be known there. */
	bool in_sync = w->in_sync == WIRE_SYNC_AGREES && !beds_changed &&
		       c.last == c.base + (int64_t)w->applied_through;
	return db_run(o->db, err,
		      "UPDATE cursor SET acked = max(acked, ?), rev = max(rev, ?), beds_version = "
		      "beds_version + ?,"
		      " answered = ?, in_sync = coalesce(?, in_sync)",
		      "iiiim", c.base + (int64_t)w->applied_through, w->facility_rev,
		      (int64_t)beds_changed, (int64_t)now, in_sync ? now : USEC_NONE);
}

int outbox_answer(struct outbox *o, const struct wire_answer *w, const struct outbox_sent *sent,
		  usec_t now, struct err *err)
{
	int r = db_begin(o->db, true, err);

	if (r < 0)
		return r;
	r = take_answer(o, w, sent, now, err);
	kill_point("before_ack_commit");
	r = db_end(o->db, r, err);
	kill_point("after_ack_commit");
	return r;
}

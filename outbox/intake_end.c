/* How a file's transaction ends. What its caches hold is written just before the commit; what the
 * outbox remembers from file to file is told how it went. */
#include "base/kill_point.h"
#include "outbox/ack.h"
#include "outbox/append.h"
#include "outbox/intake_inside.h"

static void intake_free(struct intake *i)
{
	buf_done(&i->scratch);
	bed_cache_free(i->beds);
	sources_done(&i->sources);
	arena_done(&i->arena);
	free(i);
}

/* Of what adapters remember. */
static void end_memory(struct outbox *o, bool committed)
{
	messages_end(o->messages, committed);
	visits_end(o->visits, committed);
}

void intake_abort(struct intake *i)
{
	if (!i)
		return;
	db_rollback(i->outbox->db);
	end_memory(i->outbox, false);
	intake_free(i);
}

static struct span digest_span(const struct digest *d)
{
	return span_of((const char *)d->b, sizeof(d->b));
}

/* A census that says the same once more: the file that said it before. 0: none did. */
static int said_before(struct intake *i, int64_t *ret, struct err *err)
{
	return db_get_int(i->outbox->db, ret, err,
			  "SELECT coalesce(max(id), 0) FROM files WHERE digest = ? AND id <> ? AND"
			  " state = 'committed'",
			  "bi", digest_span(&i->file.digest), i->id);
}

/* What is bad in both is in quarantine already, and is the newer file's from now on. 1: it was. */
static int take_over(struct intake *i, int64_t before, const struct bad_record *b, struct err *err)
{
	struct db *db = i->outbox->db;
	int r = db_run(db, err,
		       "UPDATE quarantine SET file = ? WHERE id = (SELECT min(id) FROM quarantine"
		       " WHERE file = ? AND record = ? AND reason = ? AND field = ? AND"
		       " warning = ? AND mended IS NULL)",
		       "iiissi", i->id, before, (int64_t)b->record, b->reason, b->field,
		       (int64_t)b->warning);

	if (r < 0 || db_changes(db) == 0)
		return r;
	if (!b->warning)
		r = db_run(db, err, "UPDATE files SET bad = max(bad - 1, 0) WHERE id = ?", "i",
			   before);
	return r < 0 ? r : 1;
}

static int write_bad(struct intake *i, const struct bad_record *b, struct err *err)
{
	return db_run(i->outbox->db, err,
		      "INSERT INTO quarantine (file, record, line, offset, field, "
		      "value_class, reason, message,"
		      " warning, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		      "iiiissssii", i->id, (int64_t)b->record, (int64_t)b->line, (int64_t)b->offset,
		      b->field, b->value_class, b->reason, b->message, (int64_t)b->warning,
		      (int64_t)i->now);
}

static int write_quarantine(struct intake *i, bool taken, struct err *err)
{
	int64_t before = 0;
	int r = taken && i->file.census && i->n_bad > 0 ? said_before(i, &before, err) : 0;

	for (size_t k = 0; k < i->n_bad && r >= 0; k++) {
		r = before ? take_over(i, before, &i->bad[k], err) : 0;
		if (r == 0)
			r = write_bad(i, &i->bad[k], err);
	}
	return r < 0 ? r : 0;
}

static int write_ledger(struct intake *i, const char *state, const char *reason,
			const char *message, struct err *err)
{
	int64_t first = i->find.verdict == INTAKE_DUPLICATE ? i->find.id : 0;
	int r = ledger_add(i->outbox,
			   &(struct ledger_entry){.id = i->id,
						  .file = &i->file,
						  .state = state,
						  .reason = reason,
						  .message = message,
						  .counts = &i->counts,
						  .first = first,
						  .taken = i->now},
			   err);

	if (r == 0)
		r = write_quarantine(i, strcmp(state, "committed") == 0, err);
	if (r == 0 && i->file.ack_dir)
		r = ack_add(i->outbox, &i->file, i->id, i->after,
			    i->counts.events > 0 ? i->last : i->after, i->now, err);
	return r;
}

/* What the events did to beds and visits, and how far they are numbered. */
static int write_caches(struct intake *i, struct err *err)
{
	int r = i->beds_changed ? bed_cache_write(i->beds, err) : 0;

	if (r == 0)
		r = sources_write(&i->sources, err);
	if (r == 0)
		r = visits_write(i->outbox->visits, i->now, err);
	if (r == 0)
		r = messages_write(i->outbox->messages, i->now, err);
	if (r == 0 && i->counts.events > 0)
		r = append_cursor(i->outbox->db, i->last, i->beds_changed, err);
	return r;
}

/* Commits what is written, whatever it is; frees i. */
static int finish(struct intake *i, int r, int64_t id, int64_t *ret_id, struct err *err)
{
	struct outbox *o = i->outbox;

	if (r == 0) {
		kill_point("before_commit");
		r = db_commit(o->db, err);
		kill_point("after_commit");
	}
	if (r == 0) {
		end_memory(o, true);
		ledger_forget_disposals(o);
		if (ret_id)
			*ret_id = id;
	}
	intake_abort(i);
	return r;
}

/* Of the beds that a census left out nothing is known any more but what the home knows itself. */
static int end_census(struct intake *i, struct err *err)
{
	bool whole = !i->is_again || i->is_whole;
	usec_t since;
	int r = 0;

	if (!i->census.outbox)
		return 0;
	if (whole)
		r = hold_supersede(i->outbox, i->file.adapter, i->file.mtime, i->id, &since, err);
	return r < 0 ? r : hold_baseline(i->outbox, &i->census.self, whole, err);
}

int intake_commit(struct intake *i, int64_t *ret_id, struct err *err)
{
	bool is_repeat =
	    i->find.verdict == INTAKE_REPEAT || i->find.verdict == INTAKE_REPEAT_REJECTED;
	int r = 0;

	if (intake_failed(i, NULL)) {
		struct err why = i->err.code ? i->err : i->recall.err;
		if (err)
			*err = why;
		intake_abort(i);
		return -(int)why.code;
	}
	if (is_repeat)
		return finish(i, 0, i->find.id, ret_id, err);
	r = write_caches(i, err);
	if (r == 0)
		r = write_ledger(i, i->find.verdict == INTAKE_DUPLICATE ? "duplicate" : "committed",
				 "", "", err);
	if (r == 0 && i->find.verdict == INTAKE_NEW)
		r = end_census(i, err);
	return finish(i, r, i->id, ret_id, err);
}

int intake_commit_again(struct intake *i, struct err *err)
{
	int r = 0;

	if (intake_failed(i, err)) {
		r = -(int)(i->err.code ? i->err.code : i->recall.err.code);
		intake_abort(i);
		return r;
	}
	r = write_caches(i, err);
	if (r == 0)
		r = end_census(i, err);
	if (r == 0)
		r = ack_again(i->outbox, i->id, i->counts.events > 0 ? i->last : 0, err);
	return finish(i, r, i->id, NULL, err);
}

void intake_is_whole(struct intake *i)
{
	i->is_whole = true;
}

/* Takes back what the file has done; what is written after this stays. */
static int take_back(struct intake *i, struct err *err)
{
	int r = db_run(i->outbox->db, err, "ROLLBACK TO file", "");

	bed_cache_clear(i->beds);
	sources_clear(&i->sources);
	end_memory(i->outbox, false);
	i->counts.events = i->counts.repeated = i->counts.unchanged = i->counts.late = 0;
	i->counts.superseded = 0;
	i->beds_changed = false;
	return r;
}

int intake_hold_again(struct intake *i, struct err *err)
{
	struct outbox *o = i->outbox;
	struct hold hold;
	usec_t since = USEC_NONE;
	int r = census_hold(&i->census, i->now, &hold, err);

	if (r == 0)
		r = take_back(i, err);
	if (r == 0)
		r = hold_supersede(o, i->file.adapter, i->file.mtime, i->id, &since, err);
	if (since != USEC_NONE)
		hold.since = since;
	return r < 0 ? r : hold_write(o, i->id, &hold, err);
}

int intake_hold(struct intake *i, const char *reason, const char *message, int64_t *ret_id,
		struct err *err)
{
	int r = intake_hold_again(i, err);

	if (r == 0)
		r = write_ledger(i, "held", reason, message, err);
	return finish(i, r, i->id, ret_id, err);
}

int intake_reject(struct intake *i, const char *reason, const char *message, int64_t *ret_id,
		  struct err *err)
{
	int r = take_back(i, err);

	if (r == 0)
		r = write_ledger(i, "rejected", reason, message, err);
	return finish(i, r, i->id, ret_id, err);
}

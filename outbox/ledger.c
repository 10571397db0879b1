/* A file is its content: the digest, not the name, says whether it was here before. A census is the
 * exception, for the same list at another time is another statement: there the mtime counts too.
 *
 * A row that is not yet disposed of and has this very place and name is the same file after a
 * crash, no duplicate. */
#include "outbox/ledger.h"

#include <string.h>

#include "base/arena.h"

static struct span digest_span(const struct digest *d)
{
	return span_of((const char *)d->b, sizeof(d->b));
}

static void judge(const struct db_rows *rows, const struct intake_file *file,
		  struct ledger_find *find)
{
	bool is_rejected =
	    span_eq_str(db_text(rows, 1), "rejected") || span_eq_str(db_text(rows, 1), "held");
	bool is_disposed = db_time(rows, 2) != USEC_NONE;
	usec_t mtime = db_int(rows, 3);
	bool same_place = span_eq_str(db_text(rows, 4), file->dir) &&
			  span_eq(db_blob(rows, 5), digest_span(&file->name_key));

	if (!is_disposed && same_place && mtime == file->mtime) {
		find->verdict = is_rejected ? INTAKE_REPEAT_REJECTED : INTAKE_REPEAT;
		find->id = db_int(rows, 0);
	} else if (!is_rejected && find->verdict == INTAKE_NEW &&
		   (!file->census || mtime == file->mtime)) {
		bool is_itself_duplicate = db_int(rows, 6) != 0;
		find->verdict = INTAKE_DUPLICATE;
		find->id = is_itself_duplicate ? db_int(rows, 6) : db_int(rows, 0);
	}
}

int ledger_look_up(struct outbox *o, const struct intake_file *file, struct ledger_find *ret,
		   struct err *err)
{
	struct db_rows rows;
	int r =
	    db_query(o->db, &rows, err,
		     "SELECT id, state, disposed, mtime, dir, name_key, coalesce(first, 0) FROM "
		     "files"
		     " WHERE digest = ? ORDER BY id DESC LIMIT 1000",
		     "b", digest_span(&file->digest));

	*ret = (struct ledger_find){.verdict = INTAKE_NEW};
	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		judge(&rows, file, ret);
		if (ret->verdict == INTAKE_REPEAT || ret->verdict == INTAKE_REPEAT_REJECTED)
			break;
	}
	db_done(&rows);
	return r < 0 ? r : 0;
}

int ledger_next_id(struct outbox *o, int64_t *ret, struct err *err)
{
	return db_get_int(o->db, ret, err, "SELECT coalesce(max(id), 0) + 1 FROM files", "");
}

int ledger_add(struct outbox *o, const struct ledger_entry *e, struct err *err)
{
	const struct intake_file *f = e->file;
	const struct intake_counts *c = e->counts;

	return db_run(
	    o->db, err,
	    "INSERT INTO files (id, digest, dir, name, name_key, size, mtime, adapter, state, "
	    "reason, "
	    "message, records,"
	    " events, bad, warnings, repeated, unchanged, late, first, taken, where_now)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, '')",
	    "ibssbiissssiiiiiiiii", e->id, digest_span(&f->digest), f->dir, f->name,
	    digest_span(&f->name_key), (int64_t)f->size, (int64_t)f->mtime, f->adapter, e->state,
	    e->reason, e->message, (int64_t)c->records, (int64_t)c->events, (int64_t)c->bad,
	    (int64_t)c->warnings, (int64_t)c->repeated, (int64_t)c->unchanged, (int64_t)c->late,
	    e->first, (int64_t)e->taken);
}

int ledger_write_disposals(struct outbox *o, struct err *err)
{
	for (size_t i = 0; i < o->n_disposals; i++) {
		const struct disposal *d = &o->disposals[i];
		int r =
		    db_run(o->db, err, "UPDATE files SET disposed = ?, where_now = ? WHERE id = ?",
			   "isi", (int64_t)d->at, d->where, d->id);
		if (r < 0)
			return r;
	}
	return 0;
}

void ledger_forget_disposals(struct outbox *o)
{
	for (size_t i = 0; i < o->n_disposals; i++)
		free(o->disposals[i].where);
	o->n_disposals = 0;
}

void intake_disposed(struct outbox *o, int64_t id, const char *where, usec_t now)
{
	if (o->n_disposals == o->cap_disposals) {
		o->cap_disposals = o->cap_disposals ? 2 * o->cap_disposals : 16;
		o->disposals = reallocarray(o->disposals, o->cap_disposals, sizeof(*o->disposals));
		if (!o->disposals)
			abort();
	}
	struct disposal *d = &o->disposals[o->n_disposals++];
	*d = (struct disposal){.id = id, .at = now, .where = strdup(where)};
	if (!d->where)
		abort();
}

int intake_reconcile(struct outbox *o,
		     const char *(*where_is)(void *ctx, int64_t id, const struct intake_file *file),
		     void *ctx, usec_t now, struct err *err)
{
	struct db_rows rows;
	struct arena a = ARENA_INIT;
	int r = db_query(
	    o->db, &rows, err,
	    "SELECT id, dir, name, size, mtime, name_key FROM files WHERE disposed IS NULL", "");

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		struct intake_file file = {
		    .dir = arena_span(&a, db_text(&rows, 1)).p,
		    .name = arena_span(&a, db_text(&rows, 2)).p,
		    .size = (uint64_t)db_int(&rows, 3),
		    .mtime = db_int(&rows, 4),
		};
		struct span key = db_blob(&rows, 5);
		if (key.n == sizeof(file.name_key.b))
			memcpy(file.name_key.b, key.p, key.n);
		const char *where = where_is(ctx, db_int(&rows, 0), &file);
		if (where)
			intake_disposed(o, db_int(&rows, 0), where, now);
		arena_reset(&a);
	}
	arena_done(&a);
	return r < 0 ? r : intake_settle(o, err);
}

int intake_settle(struct outbox *o, struct err *err)
{
	if (o->n_disposals == 0)
		return 0;
	int r = db_begin(o->db, true, err);
	if (r < 0)
		return r;
	r = ledger_write_disposals(o, err);
	if (r == 0)
		r = db_commit(o->db, err);
	if (r == 0)
		ledger_forget_disposals(o);
	db_rollback(o->db);
	return r;
}

int intake_waiting(struct outbox *o, const char *dir, const struct file_name *name,
		   const char *state, const char *message, usec_t now, struct err *err)
{
	return db_run(
	    o->db, err,
	    "INSERT INTO waiting (dir, name_key, name, state, message, since) VALUES (?, ?, ?, ?, "
	    "?, ?)"
	    " ON CONFLICT (dir, name_key) DO UPDATE SET name = excluded.name, state = "
	    "excluded.state, message = excluded.message, since = excluded.since"
	    " WHERE state <> excluded.state OR message <> excluded.message",
	    "sbsssi", dir, digest_span(&name->key), name->shown, state, message, (int64_t)now);
}

int intake_waiting_over(struct outbox *o, const char *dir, const struct file_name *name,
			struct err *err)
{
	return db_run(o->db, err, "DELETE FROM waiting WHERE dir = ? AND name_key = ?", "sb", dir,
		      digest_span(&name->key));
}

int intake_waiting_begin(struct outbox *o, struct err *err)
{
	return db_begin(o->db, true, err);
}

int intake_waiting_commit(struct outbox *o, struct err *err)
{
	return db_end(o->db, 0, err);
}

int intake_waiting_clear(struct outbox *o, struct err *err)
{
	return db_run(o->db, err, "DELETE FROM waiting", "");
}

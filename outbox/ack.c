/* Counting goes over the numbers that the file's events were given, not through all events: they
 * have no index by file, which would cost every file for the sake of those that are answered. */
#include "outbox/ack.h"

#include "outbox/handle.h"

#define OPEN "(complete = 0 OR told < asked)" /* as the index has it, word for word */

/* ---- rows ---- */

/* The name is the newest file's. */
static int take_name(struct outbox *o, const struct intake_file *f, struct err *err)
{
	return db_run(
	    o->db, err,
	    "UPDATE acks SET name = CASE complete WHEN 1 THEN '' ELSE name || '.' || file "
	    "END, asked = asked + (complete = 0) WHERE dir = ? AND name = ?",
	    "ss", f->ack_dir, f->name);
}

int ack_add(struct outbox *o, const struct intake_file *file, int64_t id, int64_t after,
	    int64_t last, usec_t now, struct err *err)
{
	int r = take_name(o, file, err);

	if (r < 0)
		return r;
	return db_run(
	    o->db, err,
	    "INSERT INTO acks (file, dir, name, forms, after, last, counted, asked, told, "
	    "complete, problem, at) VALUES (?, ?, ?, ?, ?, ?, 0, 1, 0, 0, '', ?)",
	    "issiiii", id, file->ack_dir, file->name, (int64_t)file->ack_forms, after, last,
	    (int64_t)now);
}

int ack_again(struct outbox *o, int64_t id, int64_t last, struct err *err)
{
	return db_run(o->db, err,
		      "UPDATE acks SET last = max(last, ?), asked = asked + 1, complete = 0"
		      " WHERE file = ?",
		      "ii", last, id);
}

int ack_state(struct outbox *o, enum ack_state *ret, struct err *err)
{
	int64_t state;
	int r = db_get_int(o->db, &state, err,
			   "SELECT EXISTS (SELECT 1 FROM acks)"
			   " + EXISTS (SELECT 1 FROM acks WHERE " OPEN ")",
			   "");

	if (r == 0)
		*ret = (enum ack_state)state;
	return r;
}

int ack_is_known(struct outbox *o, int64_t id, struct err *err)
{
	int64_t n;
	int r = db_get_int(o->db, &n, err, "SELECT EXISTS (SELECT 1 FROM acks WHERE file = ?)", "i",
			   id);

	return r < 0 ? r : n != 0;
}

/* ---- what is due ---- */

static void count(struct ack_region *r, struct span outcome, uint64_t n)
{
	uint64_t *const counts[] = {
	    [OUTCOME_APPLIED] = &r->applied,	 [OUTCOME_CONVERGED] = &r->converged,
	    [OUTCOME_LATE] = &r->late,		 [OUTCOME_CONFLICT] = &r->conflict,
	    [OUTCOME_DUPLICATE] = &r->duplicate, [OUTCOME_REJECTED] = &r->rejected,
	};
	enum outcome o;

	if (outcome_parse(outcome, &o) && (size_t)o < ARRAY_LEN(counts))
		*counts[o] += n;
	else
		r->waiting += n;
}

static int read_region(struct outbox *o, int64_t after, int64_t last, int64_t acked,
		       struct ack *ack, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 "SELECT coalesce(outcome, iif(n <= ?, 'applied', 'waiting')), count(*)"
			 " FROM events WHERE n > ? AND n <= ? AND file = ? GROUP BY 1",
			 "iiii", acked, after, last, ack->file.id);

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0)
		count(&ack->region, db_text(&rows, 0), (uint64_t)db_int(&rows, 1));
	return r;
}

struct due_row {
	int64_t after, last;
};

static int list_due(struct outbox *o, const struct cursor *c, struct arena *a, struct ack *acks,
		    struct due_row *numbers, size_t *ret_n, struct err *err)
{
	struct db_rows rows;
	size_t n = 0;
	int r = db_query(o->db, &rows, err,
			 "SELECT file, dir, name, forms, after, last, asked, hl7_name <> name FROM "
			 "acks WHERE " OPEN
			 " AND (told < asked OR counted < min(last, ?)) ORDER BY file LIMIT ?",
			 "ii", c->acked, (int64_t)ACK_DUE_MAX);

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		struct span dir = db_text(&rows, 1), name = db_text(&rows, 2);
		numbers[n] = (struct due_row){db_int(&rows, 4), db_int(&rows, 5)};
		acks[n++] = (struct ack){
		    .file.id = db_int(&rows, 0),
		    .dir = arena_strndup(a, dir.p, dir.n),
		    .name = arena_strndup(a, name.p, name.n),
		    .forms = (unsigned)db_int(&rows, 3),
		    .asked = db_int(&rows, 6),
		    .wants_hl7 = (db_int(&rows, 3) & ACK_HL7) && db_int(&rows, 7),
		};
	}
	*ret_n = n;
	return r;
}

static int read_one(struct outbox *o, const struct cursor *c, const struct due_row *numbers,
		    struct arena *a, struct ack *ack, struct err *err)
{
	int r = listing_file(o, ack->file.id, a, &ack->file, err);

	if (r == 0)
		r = listing_quarantine(o, ack->file.id, 0, a, &ack->bad, &ack->n_bad, err);
	if (r == 0)
		r = read_region(o, numbers->after, numbers->last, c->acked, ack, err);
	if (r < 0)
		return r;
	ack->complete = c->acked >= numbers->last && strcmp(ack->file.state, "held") != 0;
	ack->counted = c->acked < numbers->last ? c->acked : numbers->last;
	ack->answered = ack->counted > numbers->after ? c->answered : USEC_NONE;
	return 0;
}

static int read_due(struct outbox *o, struct arena *a, struct ack **ret, size_t *ret_n,
		    struct err *err)
{
	struct ack *acks = arena_array(a, struct ack, ACK_DUE_MAX);
	struct due_row numbers[ACK_DUE_MAX];
	struct cursor c;
	size_t n = 0;
	int r = cursor_read(o, &c, err);

	if (r == 0)
		r = list_due(o, &c, a, acks, numbers, &n, err);
	for (size_t i = 0; i < n && r == 0; i++)
		r = read_one(o, &c, &numbers[i], a, &acks[i], err);
	*ret = acks;
	*ret_n = r == 0 ? n : 0;
	return r;
}

int ack_due(struct outbox *o, struct arena *a, struct ack **ret, size_t *ret_n, struct err *err)
{
	int r = db_begin(o->db, false, err);

	*ret_n = 0;
	if (r < 0)
		return r;
	r = read_due(o, a, ret, ret_n, err);
	db_rollback(o->db);
	return r;
}

int ack_written(struct outbox *o, const struct ack *acks, size_t n, usec_t now, struct err *err)
{
	int r = n > 0 ? db_begin(o->db, true, err) : 0;

	if (r < 0 || n == 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		r = db_run(
		    o->db, err,
		    "UPDATE acks SET told = ?1, counted = ?2, complete = iif(asked = ?1, ?3, "
		    "0), problem = '', at = ?4, hl7_name = iif(?6, ?7, hl7_name) WHERE file = ?5",
		    "iiiiiis", acks[i].asked, acks[i].counted, (int64_t)acks[i].complete,
		    (int64_t)now, acks[i].file.id, (int64_t)acks[i].has_hl7, acks[i].name);
	return db_end(o->db, r, err);
}

int ack_failed(struct outbox *o, const struct ack *ack, const char *problem, struct err *err)
{
	return db_run(o->db, err, "UPDATE acks SET problem = ? WHERE file = ? AND problem <> ?",
		      "sis", problem, ack->file.id, problem);
}

/* ---- retention ---- */

int ack_too_old(struct outbox *o, usec_t before, struct arena *a, struct ack_old **ret,
		size_t *ret_n, struct err *err)
{
	struct ack_old *old = arena_array(a, struct ack_old, ACK_DUE_MAX);
	struct db_rows rows;
	size_t n = 0;
	int r = db_query(o->db, &rows, err,
			 "SELECT file, dir, name FROM acks WHERE at < ? AND (complete = 1 OR"
			 " last <= (SELECT acked FROM cursor)) ORDER BY at LIMIT ?",
			 "ii", (int64_t)before, (int64_t)ACK_DUE_MAX);

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		struct span dir = db_text(&rows, 1), name = db_text(&rows, 2);
		old[n++] = (struct ack_old){db_int(&rows, 0), arena_strndup(a, dir.p, dir.n),
					    arena_strndup(a, name.p, name.n)};
	}
	*ret = old;
	*ret_n = n;
	return r;
}

int ack_forget(struct outbox *o, const struct ack_old *old, size_t n, struct err *err)
{
	int r = n > 0 ? db_begin(o->db, true, err) : 0;

	if (r < 0 || n == 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		r = db_run(o->db, err, "DELETE FROM acks WHERE file = ?", "i", old[i].id);
	return db_end(o->db, r, err);
}

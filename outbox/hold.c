#include "outbox/hold.h"

#include "outbox/ack.h"
#include "outbox/handle.h"

/* ---- looking ---- */

static enum bed_status status_of(struct span s)
{
	enum bed_status status = BED_UNKNOWN;

	(void)(s.p && bed_status_parse(s, &status));
	return status;
}

static int read_beds(struct db_rows *rows, struct arena *a, struct hold_bed *beds, size_t max,
		     size_t *ret_n, struct err *err)
{
	size_t n = 0;
	int r;

	while ((r = db_next(rows, err)) > 0 && n < max) {
		struct span bed = db_text(rows, 0);
		beds[n++] =
		    (struct hold_bed){arena_strndup(a, bed.p, bed.n), status_of(db_text(rows, 1)),
				      status_of(db_text(rows, 2))};
	}
	db_done(rows);
	*ret_n = n;
	return r < 0 ? r : 0;
}

int hold_read(struct outbox *o, int64_t file, struct arena *a, struct hold *ret, struct err *err)
{
	struct hold_bed *beds;
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 "SELECT since, known, changed, vanished, added FROM holds WHERE file = ?",
			 "i", file);

	if (r < 0 || (r = db_next(&rows, err)) < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "file %lld is not held", (long long)file);
	*ret = (struct hold){
	    .since = db_time(&rows, 0),
	    .counts = {(uint64_t)db_int(&rows, 1), (uint64_t)db_int(&rows, 2),
		       (uint64_t)db_int(&rows, 3), (uint64_t)db_int(&rows, 4)},
	};
	db_done(&rows);
	r = db_query(
	    o->db, &rows, err,
	    "SELECT bed, was, becomes FROM held_beds WHERE file = ? ORDER BY becomes, was, "
	    "bed",
	    "i", file);
	if (r < 0)
		return r;
	beds = arena_array(a, struct hold_bed, HOLD_BEDS_MAX);
	ret->beds = beds;
	return read_beds(&rows, a, beds, HOLD_BEDS_MAX, &ret->n_beds, err);
}

/* Of a row of census_beds, ?2 and ?3 being the id and the mtime of the census at hand: a newer one
 * listed the bed. None came later than a file that was dropped just now, and the ledger is not
 * asked. */
#define IS_NEWER                                                                                   \
	"(c.file > ?2 AND NOT EXISTS (SELECT 1 FROM files f WHERE f.id = c.file AND f.mtime < "    \
	"?3))"
#define IS_VANISHED "(c.file <> ?2 AND c.gone = 0 AND NOT " IS_NEWER ")"

int hold_vanished(struct outbox *o, const struct hold_file *f, struct arena *a,
		  struct hold_bed *beds, size_t max, size_t *ret_n, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 "SELECT c.bed, b.status, NULL FROM census_beds c LEFT JOIN beds b ON "
			 "b.bed_id = c.bed WHERE c.adapter = ?1 AND " IS_VANISHED " LIMIT ?4",
			 "simi", f->adapter, f->id, f->mtime, (int64_t)max);

	return r < 0 ? r : read_beds(&rows, a, beds, max, ret_n, err);
}

/* ---- the last census of each adapter ---- */

int hold_listed(struct outbox *o, const struct hold_file *f, struct span bed_id, struct err *err)
{
	return db_run(o->db, err,
		      "INSERT INTO census_beds (adapter, bed, file) VALUES (?, ?, ?) ON CONFLICT "
		      "(adapter, bed) DO UPDATE SET file = excluded.file, gone = 0",
		      "sti", f->adapter, bed_id, f->id);
}

int hold_is_listed_since(struct outbox *o, const struct hold_file *f, struct span bed_id,
			 struct err *err)
{
	int64_t n;
	int r = db_get_int(o->db, &n, err,
			   "SELECT count(*) FROM census_beds c WHERE c.adapter = ?1 AND "
			   "c.bed = ?4 AND " IS_NEWER,
			   "simt", f->adapter, f->id, f->mtime, bed_id);

	return r < 0 ? r : n > 0;
}

int hold_count(struct outbox *o, const struct hold_file *f, uint64_t *ret_listed,
	       uint64_t *ret_vanished, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 "SELECT coalesce(sum(c.file = ?2), 0), coalesce(sum(" IS_VANISHED "), 0) "
			 "FROM census_beds c WHERE c.adapter = ?1",
			 "sim", f->adapter, f->id, f->mtime);

	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	*ret_listed = (uint64_t)db_int(&rows, 0);
	*ret_vanished = (uint64_t)db_int(&rows, 1);
	db_done(&rows);
	return 0;
}

int hold_baseline(struct outbox *o, const struct hold_file *f, bool whole, struct err *err)
{
	int64_t newer;
	int r = db_get_int(o->db, &newer, err,
			   "SELECT count(*) FROM census_beds c WHERE c.adapter = ?1 AND "
			   "c.gone = 0 AND " IS_NEWER,
			   "sim", f->adapter, f->id, f->mtime);

	if (r == 0 && newer > 0)
		return db_run(o->db, err,
			      "UPDATE census_beds SET gone = 1 WHERE adapter = ? AND file = ?",
			      "si", f->adapter, f->id);
	if (r < 0 || !whole)
		return r;
	return db_run(o->db, err,
		      "UPDATE census_beds SET gone = 1 WHERE adapter = ? AND file <> ? AND "
		      "gone = 0",
		      "si", f->adapter, f->id);
}

/* ---- held, and no longer ---- */

int hold_write(struct outbox *o, int64_t file, const struct hold *h, struct err *err)
{
	const struct hold_counts *c = &h->counts;
	int r = db_run(o->db, err,
		       "INSERT INTO holds (file, since, known, changed, vanished, added) VALUES "
		       "(?, ?, ?, ?, ?, ?)",
		       "iiiiii", file, (int64_t)h->since, (int64_t)c->known, (int64_t)c->changed,
		       (int64_t)c->vanished, (int64_t)c->added);

	for (size_t i = 0; i < h->n_beds && r == 0; i++)
		r = db_run(o->db, err,
			   "INSERT OR REPLACE INTO held_beds (file, bed, was, becomes) VALUES (?, "
			   "?, ?, ?)",
			   "isss", file, h->beds[i].bed_id, bed_status_name(h->beds[i].was),
			   bed_status_name(h->beds[i].becomes));
	return r;
}

int hold_over(struct outbox *o, int64_t file, struct err *err)
{
	int r = db_run(o->db, err, "DELETE FROM held_beds WHERE file = ?", "i", file);

	return r < 0 ? r : db_run(o->db, err, "DELETE FROM holds WHERE file = ?", "i", file);
}

static int supersede_one(struct outbox *o, int64_t was, int64_t file, struct err *err)
{
	char message[96];

	(void)snprintf(message, sizeof(message),
		       "a newer census came before anybody decided: file %lld", (long long)file);
	int r = db_run(o->db, err,
		       "UPDATE files SET state = 'superseded', reason = 'census_superseded', "
		       "message = ? WHERE id = ?",
		       "si", message, was);
	if (r == 0)
		r = hold_over(o, was, err);
	return r < 0 ? r : ack_again(o, was, 0, err);
}

int hold_supersede(struct outbox *o, const char *adapter, usec_t mtime, int64_t file,
		   usec_t *ret_since, struct err *err)
{
	int r;

	*ret_since = USEC_NONE;
	for (;;) {
		struct db_rows rows;
		r = db_query(
		    o->db, &rows, err,
		    "SELECT f.id, h.since FROM files f JOIN holds h ON h.file = f.id WHERE "
		    "f.state = 'held' AND f.adapter = ? AND f.mtime <= ? AND f.id <> ? "
		    "LIMIT 1",
		    "sii", adapter, (int64_t)mtime, file);
		if (r < 0 || (r = db_next(&rows, err)) <= 0)
			return r;
		int64_t was = db_int(&rows, 0);
		usec_t since = db_time(&rows, 1);
		db_done(&rows);
		if (*ret_since == USEC_NONE || since < *ret_since)
			*ret_since = since;
		r = supersede_one(o, was, file, err);
		if (r < 0)
			return r;
	}
}

static int reject(struct outbox *o, int64_t file, struct err *err)
{
	int r = db_run(o->db, err,
		       "UPDATE files SET state = 'rejected', reason = '" HOLD_REFUSED
		       "', message = 'it was held as far off, and a person refused it' WHERE id = "
		       "? AND state = "
		       "'held'",
		       "i", file);

	if (r == 0 && db_changes(o->db) == 0)
		return err_set(err, ERR_CONFLICT, "file %lld is not held", (long long)file);
	if (r == 0)
		r = hold_over(o, file, err);
	return r < 0 ? r : ack_again(o, file, 0, err);
}

int hold_reject(struct outbox *o, int64_t file, struct err *err)
{
	int r = db_begin(o->db, true, err);

	return r < 0 ? r : db_end(o->db, reject(o, file, err), err);
}

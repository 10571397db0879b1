/* Rows are copied into the caller's arena: a query is never left open while people read. */
#include "outbox/listing.h"

#include "outbox/handle.h"
#include "outbox/hold.h"
#include "outbox/intake.h"
#include "outbox/kept.h"

#define NO_LIMIT ((int64_t)INT64_MAX)
#define GROW_MIN 64

/* A growing array in the arena: old copies stay behind until the arena goes. */
#define GROW(a, rows, n)                                                                           \
	do {                                                                                       \
		if ((n) == 0 || ((n) >= GROW_MIN && ((n) & ((n)-1)) == 0)) {                       \
			__typeof__(rows) _more =                                                   \
			    arena_alloc((a), sizeof(*(rows)) * ((n) ? 2 * (n) : GROW_MIN));        \
			if ((n) > 0)                                                               \
				memcpy(_more, (rows), sizeof(*(rows)) * (n));                      \
			(rows) = _more;                                                            \
		}                                                                                  \
	} while (0)

static int64_t limit_of(size_t limit)
{
	return limit ? (int64_t)limit : NO_LIMIT;
}

static const char *text(const struct db_rows *rows, int column, struct arena *a)
{
	struct span s = db_text(rows, column);
	return s.p ? arena_strndup(a, s.p, s.n) : "";
}

static struct digest digest_at(const struct db_rows *rows, int column)
{
	struct digest d = {0};
	struct span s = db_blob(rows, column);

	if (s.n == sizeof(d.b))
		memcpy(d.b, s.p, s.n);
	return d;
}

/* ---- files ---- */

static const char *state_for_people(const char *state, usec_t disposed, const char *where)
{
	if (strcmp(state, "committed") != 0 || disposed == USEC_NONE)
		return state;
	if (strcmp(where, INTAKE_WHERE_GONE) == 0)
		return "gone";
	return where[0] ? "archived" : "deleted";
}

bool listing_is_refused(const struct listing_file *f)
{
	return strcmp(f->state, "rejected") == 0 && strcmp(f->reason, HOLD_REFUSED) == 0;
}

/* A file that is held is a person's to release or reject, whatever is bad in it; of one that was
 * superseded nothing is news. */
#define IS_OPEN "(state NOT IN ('held', 'superseded') AND (bad > 0 OR state = 'rejected'))"
#define FILE_COLUMNS                                                                               \
	"id, digest, dir, name, size, mtime, adapter, state, reason, message, records, events, "   \
	"bad, warnings, repeated, unchanged, late, first, taken, disposed, where_now, "            \
	"name_key, " IS_OPEN

static struct listing_file read_file(const struct db_rows *r, struct arena *a)
{
	struct listing_file f = {
	    .id = db_int(r, 0),
	    .digest = digest_at(r, 1),
	    .dir = text(r, 2, a),
	    .name = text(r, 3, a),
	    .size = (uint64_t)db_int(r, 4),
	    .mtime = db_time(r, 5),
	    .adapter = text(r, 6, a),
	    .reason = text(r, 8, a),
	    .message = text(r, 9, a),
	    .records = (uint64_t)db_int(r, 10),
	    .events = (uint64_t)db_int(r, 11),
	    .bad = (uint64_t)db_int(r, 12),
	    .warnings = (uint64_t)db_int(r, 13),
	    .repeated = (uint64_t)db_int(r, 14),
	    .unchanged = (uint64_t)db_int(r, 15),
	    .late = (uint64_t)db_int(r, 16),
	    .duplicate_of = db_int(r, 17),
	    .taken = db_time(r, 18),
	    .disposed = db_time(r, 19),
	    .where = text(r, 20, a),
	    .name_key = digest_at(r, 21),
	    .is_open = db_int(r, 22) != 0,
	};
	f.state = state_for_people(text(r, 7, a), f.disposed, f.where);
	return f;
}

/* Of all files, or of those with this name: by its key, or as it is shown. */
struct name_filter {
	struct span key; /* SPAN_NONE: all */
	const char *shown;
	struct listing_page page;
};

static int add_waiting(struct outbox *o, const struct name_filter *filter, struct arena *a,
		       struct listing_file **ret, size_t *ret_n, struct err *err)
{
	struct listing_file *files = *ret;
	struct db_rows rows;
	size_t n = *ret_n;
	int r = db_query(o->db, &rows, err,
			 "SELECT dir, name, state, message, since, name_key FROM waiting"
			 " WHERE ?1 IS NULL OR name_key = ?1 OR name = ?2 ORDER BY since DESC"
			 " LIMIT ?3",
			 "bsi", filter->key, filter->shown, limit_of(filter->page.limit));

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		GROW(a, files, n);
		files[n++] = (struct listing_file){
		    .dir = text(&rows, 0, a),
		    .name = text(&rows, 1, a),
		    .state = text(&rows, 2, a),
		    .message = text(&rows, 3, a),
		    .adapter = "",
		    .reason = "",
		    .where = "",
		    .name_key = digest_at(&rows, 5),
		    .mtime = USEC_NONE,
		    .taken = db_time(&rows, 4),
		    .disposed = USEC_NONE,
		};
	}
	*ret = files;
	*ret_n = n;
	return r;
}

static int query_ledger(struct outbox *o, const struct name_filter *filter, struct db_rows *ret,
			struct err *err)
{
	int64_t limit = limit_of(filter->page.limit);

	if (!filter->key.p)
		return db_query(o->db, ret, err,
				"SELECT " FILE_COLUMNS " FROM files WHERE id < ?"
				" ORDER BY id DESC LIMIT ?",
				"ii", filter->page.after ? filter->page.after : INT64_MAX, limit);
	return db_query(o->db, ret, err,
			"SELECT " FILE_COLUMNS " FROM files WHERE name_key = ? OR name = ?"
			" ORDER BY id DESC LIMIT ?",
			"bsi", filter->key, filter->shown, limit);
}

/* To those that are there already. */
static int add_files(struct db_rows *rows, struct arena *a, struct listing_file **ret,
		     size_t *ret_n, struct err *err)
{
	struct listing_file *files = *ret;
	size_t n = *ret_n;
	int r;

	while ((r = db_next(rows, err)) > 0) {
		GROW(a, files, n);
		files[n++] = read_file(rows, a);
	}
	*ret = files;
	*ret_n = n;
	return r;
}

static int list_files(struct outbox *o, const struct name_filter *filter, struct arena *a,
		      struct listing_file **ret, size_t *ret_n, struct err *err)
{
	struct listing_file *files = NULL;
	struct db_rows rows;
	size_t n = 0, limit = filter->page.limit;
	int r = filter->page.after ? 0 : add_waiting(o, filter, a, &files, &n, err);

	if (r == 0)
		r = query_ledger(o, filter, &rows, err);
	if (r == 0)
		r = add_files(&rows, a, &files, &n, err);
	if (r < 0)
		return r;
	*ret = files;
	*ret_n = limit && n > limit ? limit : n;
	return 0;
}

int listing_files_page(struct outbox *o, const struct listing_page *page, struct arena *a,
		       struct listing_file **ret, size_t *ret_n, struct err *err)
{
	const struct name_filter all = {.key = SPAN_NONE, .page = *page};

	return list_files(o, &all, a, ret, ret_n, err);
}

int listing_files(struct outbox *o, size_t limit, struct arena *a, struct listing_file **ret,
		  size_t *ret_n, struct err *err)
{
	return listing_files_page(o, &(struct listing_page){.limit = limit}, a, ret, ret_n, err);
}

int listing_files_named(struct outbox *o, const char *name, size_t limit, struct arena *a,
			struct listing_file **ret, size_t *ret_n, struct err *err)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash ? slash + 1 : name;
	const struct digest key = file_name_key(o->key, span_str(last));
	const struct name_filter filter = {
	    span_of((const char *)key.b, sizeof(key.b)), last, {.limit = limit}};

	return list_files(o, &filter, a, ret, ret_n, err);
}

static int list(struct db_rows *rows, struct arena *a, struct listing_file **ret, size_t *ret_n,
		struct err *err)
{
	struct listing_file *files = NULL;
	size_t n = 0;
	int r = add_files(rows, a, &files, &n, err);

	if (r < 0)
		return r;
	*ret = files;
	*ret_n = n;
	return 0;
}

int listing_files_open(struct outbox *o, const struct listing_page *page, struct arena *a,
		       struct listing_file **ret, size_t *ret_n, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 "SELECT " FILE_COLUMNS " FROM files WHERE id > ? AND " IS_OPEN
			 " ORDER BY id LIMIT ?",
			 "ii", page->after, limit_of(page->limit));

	return r < 0 ? r : list(&rows, a, ret, ret_n, err);
}

int listing_archived(struct outbox *o, size_t limit, struct arena *a, struct listing_file **ret,
		     size_t *ret_n, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 "SELECT " FILE_COLUMNS " FROM files WHERE " KEPT_ARCHIVED
			 " ORDER BY disposed DESC LIMIT ?",
			 "i", limit_of(limit));

	return r < 0 ? r : list(&rows, a, ret, ret_n, err);
}

int listing_file(struct outbox *o, int64_t id, struct arena *a, struct listing_file *ret,
		 struct err *err)
{
	struct db_rows rows;
	int r =
	    db_query(o->db, &rows, err, "SELECT " FILE_COLUMNS " FROM files WHERE id = ?", "i", id);

	if (r < 0 || (r = db_next(&rows, err)) < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "the ledger has no file %lld", (long long)id);
	*ret = read_file(&rows, a);
	db_done(&rows);
	return 0;
}

#define BAD_COLUMNS                                                                                \
	"SELECT q.id, q.file, f.name, f.adapter, q.record, q.line, q.offset, q.field, "            \
	"q.value_class, q.reason, q.message, q.warning, q.at, q.mended FROM quarantine q LEFT "    \
	"JOIN files f ON f.id = q.file "

static struct listing_bad read_bad(const struct db_rows *rows, struct arena *a)
{
	return (struct listing_bad){
	    .id = db_int(rows, 0),
	    .file_id = db_int(rows, 1),
	    .file = text(rows, 2, a),
	    .adapter = text(rows, 3, a),
	    .record = (uint64_t)db_int(rows, 4),
	    .line = (uint64_t)db_int(rows, 5),
	    .offset = (uint64_t)db_int(rows, 6),
	    .field = text(rows, 7, a),
	    .value_class = text(rows, 8, a),
	    .reason = text(rows, 9, a),
	    .message = text(rows, 10, a),
	    .warning = db_int(rows, 11) != 0,
	    .at = db_time(rows, 12),
	    .mended = db_time(rows, 13),
	};
}

int listing_quarantine(struct outbox *o, int64_t file_id, size_t limit, struct arena *a,
		       struct listing_bad **ret, size_t *ret_n, struct err *err)
{
	return listing_quarantine_page(o, file_id, &(struct listing_page){.limit = limit}, a, ret,
				       ret_n, err);
}

/* Of one file, as every file that is rejected asks: by the index, however many rows there are. */
static int query_of_file(struct outbox *o, int64_t file_id, const struct listing_page *page,
			 struct db_rows *ret, struct err *err)
{
	return db_query(o->db, ret, err,
			BAD_COLUMNS "WHERE q.file = ? AND q.id > ? AND q.mended IS NULL"
				    " ORDER BY q.id LIMIT ?",
			"iii", file_id, page->after, limit_of(page->limit));
}

static int query_quarantine(struct outbox *o, const struct listing_page *page, struct db_rows *ret,
			    struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct listing_bad last = {.file_id = INT64_MAX};
	int r = page->after ? listing_quarantined(o, page->after, &a, &last, err) : 0;

	if (r < 0)
		return r;
	return db_query(o->db, ret, err,
			BAD_COLUMNS "WHERE q.file <= ?1 AND (q.file < ?1 OR q.id > ?2)"
				    " AND q.mended IS NULL ORDER BY q.file DESC, q.id LIMIT ?3",
			"iii", last.file_id, page->after, limit_of(page->limit));
}

int listing_quarantine_page(struct outbox *o, int64_t file_id, const struct listing_page *page,
			    struct arena *a, struct listing_bad **ret, size_t *ret_n,
			    struct err *err)
{
	struct listing_bad *bad = NULL;
	struct db_rows rows;
	size_t n = 0;
	int r = file_id ? query_of_file(o, file_id, page, &rows, err)
			: query_quarantine(o, page, &rows, err);

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		GROW(a, bad, n);
		bad[n++] = read_bad(&rows, a);
	}
	*ret = bad;
	*ret_n = n;
	return r;
}

int listing_quarantined(struct outbox *o, int64_t id, struct arena *a, struct listing_bad *ret,
			struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err, BAD_COLUMNS "WHERE q.id = ?", "i", id);

	if (r < 0 || (r = db_next(&rows, err)) < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "quarantine has no record %lld", (long long)id);
	*ret = read_bad(&rows, a);
	db_done(&rows);
	return 0;
}

/* ---- events, dead letters, beds ---- */

static int read_events(struct outbox *o, const struct cursor *c, uint64_t after, size_t limit,
		       struct arena *a, struct listing_event **ret, size_t *ret_n, struct err *err)
{
	struct listing_event *events = NULL;
	struct db_rows rows;
	size_t n = 0;
	int r = db_query(
	    o->db, &rows, err,
	    "SELECT n, added, coalesce(file, 0), body FROM events WHERE n > ? ORDER BY n LIMIT ?",
	    "ii", c->base + (int64_t)after, limit_of(limit));

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		GROW(a, events, n);
		struct listing_event *e = &events[n++];
		*e = (struct listing_event){
		    .seq = (uint64_t)(db_int(&rows, 0) - c->base),
		    .acked = db_int(&rows, 0) <= c->acked,
		    .added = db_time(&rows, 1),
		    .file_id = db_int(&rows, 2),
		};
		r = event_from_json(db_text(&rows, 3), a, &e->event, err);
		if (r < 0) {
			db_done(&rows);
			return err_set(err, ERR_CORRUPT, "event %llu cannot be read",
				       (unsigned long long)e->seq);
		}
	}
	*ret = events;
	*ret_n = n;
	return r;
}

int listing_events(struct outbox *o, uint64_t after, size_t limit, struct arena *a,
		   struct listing_event **ret, size_t *ret_n, struct err *err)
{
	struct cursor c;
	int r = db_begin(o->db, false, err);

	if (r < 0)
		return r;
	r = cursor_read(o, &c, err);
	if (r == 0)
		r = read_events(o, &c, after, limit, a, ret, ret_n, err);
	db_rollback(o->db);
	return r;
}

int listing_dead_letters(struct outbox *o, size_t limit, struct arena *a, struct listing_dead **ret,
			 size_t *ret_n, struct err *err)
{
	struct listing_dead *dead = NULL;
	struct db_rows rows;
	size_t n = 0;
	int r = db_query(o->db, &rows, err,
			 "SELECT epoch, seq, event_id, reason, at FROM dead_letters ORDER BY at "
			 "DESC, seq DESC LIMIT ?",
			 "i", limit_of(limit));

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		char id[EVENT_ID_CHARS + 1] = "";
		struct span bytes = db_blob(&rows, 2);
		struct ulid u;
		if (bytes.n == sizeof(u.b)) {
			memcpy(u.b, bytes.p, sizeof(u.b));
			(void)event_id_format(u, id);
		}
		GROW(a, dead, n);
		dead[n++] = (struct listing_dead){
		    .epoch = text(&rows, 0, a),
		    .seq = (uint64_t)db_int(&rows, 1),
		    .event_id = arena_strdup(a, id),
		    .reason = text(&rows, 3, a),
		    .at = db_time(&rows, 4),
		};
	}
	*ret = dead;
	*ret_n = n;
	return r;
}

int listing_beds(struct outbox *o, struct arena *a, struct listing_bed **ret, size_t *ret_n,
		 struct err *err)
{
	struct listing_bed *beds = NULL;
	struct db_rows rows;
	size_t n = 0;
	int r =
	    db_query(o->db, &rows, err,
		     "SELECT bed_id, ward, care_level, status, before, changed_at, told, changed_by"
		     " FROM beds ORDER BY ward, bed_id",
		     "");

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		GROW(a, beds, n);
		struct listing_bed *bed = &beds[n++];
		*bed = (struct listing_bed){
		    .bed_id = text(&rows, 0, a),
		    .ward = text(&rows, 1, a),
		    .changed = db_time(&rows, 5),
		    .told = db_time(&rows, 6),
		    .changed_by = text(&rows, 7, a),
		};
		(void)care_level_parse(db_text(&rows, 2), &bed->care_level);
		(void)bed_status_parse(db_text(&rows, 3), &bed->status);
		(void)bed_status_parse(db_text(&rows, 4), &bed->before);
	}
	*ret = beds;
	*ret_n = n;
	return r;
}

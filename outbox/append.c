/* The events' table. */
#include "outbox/append.h"

static struct span id_bytes(const struct ulid *id)
{
	return span_of((const char *)id->b, sizeof(id->b));
}

int append_is_known(struct db *db, struct ulid id, struct err *err)
{
	struct db_rows rows;
	int r =
	    db_query(db, &rows, err, "SELECT 1 FROM events WHERE event_id = ?", "b", id_bytes(&id));

	if (r < 0)
		return r;
	r = db_next(&rows, err);
	db_done(&rows);
	return r;
}

int append_event(struct db *db, int64_t n, const struct event *e, int64_t file_id, usec_t now,
		 struct buf *scratch, struct err *err)
{
	int r = append_unless_known(db, n, e, file_id, now, scratch, err);

	return r > 0 ? err_set(err, ERR_CORRUPT, "outbox database: a new event's id is taken") : r;
}

int append_unless_known(struct db *db, int64_t n, const struct event *e, int64_t file_id,
			usec_t now, struct buf *scratch, struct err *err)
{
	buf_clear(scratch);
	event_to_json(e, scratch);
	int r = db_run(db, err,
		       "INSERT INTO events (n, event_id, bed_id, body, file, added) VALUES (?, ?, "
		       "?, ?, nullif(?, 0), ?) ON CONFLICT (event_id) DO NOTHING",
		       "ibttii", n, id_bytes(&e->id), e->bed_id, buf_span(scratch), file_id,
		       (int64_t)now);
	return r < 0 ? r : db_changes(db) == 0;
}

int append_cursor(struct db *db, int64_t last, bool beds_changed, struct err *err)
{
	return db_run(db, err, "UPDATE cursor SET last = ?, beds_version = beds_version + ?", "ii",
		      last, (int64_t)beds_changed);
}

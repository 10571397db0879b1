/* The events' table. */
#include "outbox/append.h"

static struct span id_bytes(const struct ulid *id)
{
	return span_of((const char *)id->b, sizeof(id->b));
}

int append_event(struct db *db, int64_t n, const struct event *e, int64_t file_id, usec_t now,
		 struct buf *scratch, struct err *err)
{
	buf_clear(scratch);
	event_to_json(e, scratch);
	return db_run(db, err,
		      "INSERT INTO events (n, event_id, bed_id, body, file, added) VALUES (?, ?, "
		      "?, ?, nullif(?, 0), ?)",
		      "ibttii", n, id_bytes(&e->id), e->bed_id, buf_span(scratch), file_id,
		      (int64_t)now);
}

int append_cursor(struct db *db, int64_t last, bool beds_changed, struct err *err)
{
	return db_run(db, err, "UPDATE cursor SET last = ?, beds_version = beds_version + ?", "ii",
		      last, (int64_t)beds_changed);
}

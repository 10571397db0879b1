/* When home and region do not agree on what was sent: going back, beginning anew, telling
 * everything again. */
#include "outbox/append.h"
#include "outbox/handle.h"

static int rewind_to(struct outbox *o, uint64_t applied_through, struct err *err)
{
	struct cursor c;
	int64_t n;
	int r = cursor_read(o, &c, err);

	if (r < 0)
		return r;
	int64_t acked = c.base + (int64_t)applied_through;
	if (acked >= c.acked)
		return 0;
	r = db_get_int(o->db, &n, err, "SELECT count(*) FROM events WHERE n > ? AND n <= ?", "ii",
		       acked, c.acked);
	if (r < 0)
		return r;
	if (n != c.acked - acked)
		return err_set(err, ERR_NOT_FOUND, "events after %llu are no longer kept",
			       (unsigned long long)applied_through);
	return db_run(o->db, err, "UPDATE cursor SET acked = ?", "i", acked);
}

int outbox_rewind(struct outbox *o, uint64_t applied_through, struct err *err)
{
	int r = db_begin(o->db, true, err);

	return r < 0 ? r : db_end(o->db, rewind_to(o, applied_through, err), err);
}

int outbox_new_epoch(struct outbox *o, const char *reason, usec_t now, struct err *err)
{
	char epoch[WIRE_EPOCH_CHARS + 1];
	int r = outbox_make_epoch(epoch, err);

	if (r < 0 || (r = db_begin(o->db, true, err)) < 0)
		return r;
	r = db_run(
	    o->db, err,
	    "INSERT INTO epochs (epoch, base, reason, began) SELECT ?, acked, ?, ? FROM cursor",
	    "ssi", epoch, reason, (int64_t)now);
	return db_end(o->db, r, err);
}

static int read_census(struct outbox *o, struct arena *a, struct event **ret, size_t *ret_n,
		       struct err *err)
{
	struct db_rows rows;
	int64_t count;
	size_t n = 0;
	int r = db_get_int(o->db, &count, err, "SELECT count(*) FROM beds", "");

	if (r < 0)
		return r;
	struct event *events = arena_array(a, struct event, (size_t)count + 1);
	r = db_query(
	    o->db, &rows, err,
	    "SELECT bed_id, status, changed_at, ward, care_level FROM beds ORDER BY bed_id", "");
	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0 && n < (size_t)count) {
		struct event *e = &events[n];
		e->facility_id = span_str(o->facility);
		e->bed_id = arena_span(a, db_text(&rows, 0));
		e->changed_at = db_int(&rows, 2);
		e->id = ulid_random(e->changed_at);
		e->reason = REASON_CENSUS;
		struct span ward = db_text(&rows, 3);
		e->ward = ward.p ? arena_span(a, ward) : SPAN_NONE;
		(void)care_level_parse(db_text(&rows, 4), &e->care_level);
		n += bed_status_parse(db_text(&rows, 1), &e->new_status);
	}
	db_done(&rows);
	*ret = events;
	*ret_n = n;
	return r < 0 ? r : 0;
}

static int append_census(struct outbox *o, usec_t now, uint64_t *ret_events, struct err *err)
{
	struct arena a = ARENA_INIT;
	struct buf scratch = BUF_INIT;
	struct event *events;
	struct cursor c;
	size_t n = 0;
	int r = cursor_read(o, &c, err);

	if (r == 0)
		r = read_census(o, &a, &events, &n, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = append_event(o->db, c.last + 1 + (int64_t)i, &events[i], 0, now, &scratch, err);
	if (r == 0)
		r = append_cursor(o->db, c.last + (int64_t)n, false, err);
	*ret_events = n;
	buf_done(&scratch);
	arena_done(&a);
	return r;
}

int outbox_snapshot(struct outbox *o, usec_t now, uint64_t *ret_events, struct err *err)
{
	uint64_t n = 0;
	int r = db_begin(o->db, true, err);

	if (r < 0)
		return r;
	r = db_end(o->db, append_census(o, now, &n, err), err);
	if (r == 0)
		*ret_events = n;
	return r;
}

/* The key's digest stands where a file's would, so that the event's id follows from its source as
 * all ids do. But an id holds its time too, and a second tap comes later than the first: so the
 * keys are kept in a table of their own, with a digest of what was asked. */
#include "outbox/manual.h"

#include <string.h>

#include "base/kill_point.h"
#include "outbox/append.h"
#include "outbox/handle.h"
#include "outbox/projection.h"

#define ADAPTER SPAN(MANUAL_ADAPTER)

static struct span bytes_of(const struct digest *d)
{
	return span_of((const char *)d->b, sizeof(d->b));
}

static struct digest content_of(const struct manual_change *c)
{
	struct digest_stream d;

	digest_begin(&d);
	digest_add(&d, c->bed_id);
	digest_add(&d, SPAN("\x1F"));
	digest_add(&d, span_str(bed_status_name(c->status)));
	digest_add(&d, SPAN("\x1F"));
	digest_add(&d, c->changed_by);
	return digest_end(&d);
}

static struct manual_bed as_it_stands(const struct projected_bed *bed)
{
	struct manual_bed b = {
	    .status = bed->status, .changed_at = bed->changed_at, .told = bed->told};

	memcpy(b.changed_by, bed->changed_by, sizeof(b.changed_by));
	return b;
}

/* 1: the request was committed before; 0: it is new. */
static int look_up(struct outbox *o, const struct manual_change *c, const struct digest *key,
		   struct manual_result *ret, struct err *err)
{
	struct digest content = content_of(c);
	struct db_rows rows;
	int r = db_query(o->db, &rows, err, "SELECT event_id, content FROM requests WHERE key = ?",
			 "b", bytes_of(key));

	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	struct span id = db_blob(&rows, 0), was = db_blob(&rows, 1);
	bool is_same = id.n == ULID_BYTES && span_eq(was, bytes_of(&content));
	if (is_same)
		memcpy(ret->event_id.b, id.p, ULID_BYTES);
	db_done(&rows);
	return is_same ? 1 : err_set(err, ERR_INVALID, "the key stands for another request");
}

static int write_event(struct outbox *o, const struct manual_change *c, const struct digest *key,
		       const struct projected_bed *bed, usec_t now, struct ulid *ret_id,
		       struct err *err)
{
	_cleanup_(buf_done) struct buf scratch = BUF_INIT;
	struct digest content = content_of(c);
	struct cursor cursor;
	char hex[DIGEST_HEX + 1];
	struct event e = {
	    .facility_id = span_str(o->facility),
	    .bed_id = c->bed_id,
	    .changed_by = c->changed_by,
	    .previous_status = bed->status,
	    .new_status = c->status,
	    .reason = c->reason,
	    .changed_at = now > bed->changed_at ? now : bed->changed_at + 1,
	    .source = {.adapter = ADAPTER, .file = span_of(digest_hex(key, hex), DIGEST_HEX / 2)},
	};
	e.source.record = 1;
	e.id = event_id_from_source(&e);
	int r = event_check(&e, err);
	if (r == 0)
		r = cursor_read(o, &cursor, err);
	if (r == 0)
		r = append_event(o->db, cursor.last + 1, &e, 0, now, &scratch, err);
	if (r == 0)
		r = projection_take(o->db, bed, &e, err);
	kill_point("mid_manual");
	if (r == 0)
		r = append_cursor(o->db, cursor.last + 1, true, err);
	if (r == 0)
		r = db_run(o->db, err,
			   "INSERT INTO requests (key, content, event_id, at) VALUES (?, ?, ?, ?)",
			   "bbbi", bytes_of(key), bytes_of(&content),
			   span_of((const char *)e.id.b, ULID_BYTES), (int64_t)now);
	*ret_id = e.id;
	return r;
}

static int set(struct outbox *o, const struct manual_change *c, usec_t now,
	       struct manual_result *ret, struct err *err)
{
	struct digest key = digest_of(c->key);
	struct projected_bed bed;
	int r = projection_get(o->db, c->bed_id, &bed, err);

	if (r < 0)
		return r;
	if (!bed.known)
		return err_set(err, ERR_NOT_FOUND, "this home has no such bed");
	ret->bed = as_it_stands(&bed);
	r = look_up(o, c, &key, ret, err);
	if (r != 0) {
		ret->outcome = MANUAL_REPEATED;
		return r < 0 ? r : 0;
	}
	ret->outcome = bed.status == c->status ? MANUAL_ALREADY : MANUAL_OVERTAKEN;
	if (bed.status == c->status || (c->seen != BED_UNKNOWN && c->seen != bed.status))
		return 0;
	if (bed.changed_at > now + PROJECTION_AHEAD_MAX)
		return err_set(err, ERR_CONFLICT,
			       "the bed's last change lies ahead of this computer's clock; see to "
			       "the clock first");
	ret->outcome = MANUAL_SET;
	r = write_event(o, c, &key, &bed, now, &ret->event_id, err);
	if (r == 0)
		r = projection_get(o->db, c->bed_id, &bed, err);
	if (r == 0)
		ret->bed = as_it_stands(&bed);
	return r;
}

static int check(const struct outbox *o, const struct manual_change *c, struct err *err)
{
	if (c->key.n < MANUAL_KEY_MIN || c->key.n > MANUAL_KEY_MAX)
		return err_set(err, ERR_INVALID, "key: not %d to %d bytes", MANUAL_KEY_MIN,
			       MANUAL_KEY_MAX);
	if (!ident_is_valid(c->bed_id))
		return err_set(err, ERR_INVALID, "bed_id: not an identifier");
	if (!ident_is_valid(c->changed_by))
		return err_set(err, ERR_INVALID, "changed_by: not an identifier");
	if (c->status == BED_UNKNOWN)
		return err_set(err, ERR_INVALID, "status: not in the list");
	return outbox_check_room(o, 0, err);
}

int manual_set(struct outbox *o, const struct manual_change *c, usec_t now,
	       struct manual_result *ret, struct err *err)
{
	struct manual_result result = {.outcome = MANUAL_SET};
	int r = check(o, c, err);

	if (r < 0 || (r = db_begin(o->db, true, err)) < 0)
		return r;
	r = set(o, c, now, &result, err);
	if (r == 0)
		kill_point("before_manual_commit");
	r = db_end(o->db, r, err);
	if (r == 0)
		kill_point("after_manual_commit");
	if (r == 0)
		*ret = result;
	return r;
}

/* What goes to the region next. */
#include <string.h>

#include "outbox/handle.h"
#include "outbox/projection.h"

void outbox_batch_done(struct outbox_batch *b)
{
	buf_done(&b->lines);
}

static int add_lines(struct outbox *o, const struct cursor *c, int64_t after,
		     const struct outbox_limits *limits, struct outbox_batch *b, struct err *err)
{
	uint32_t max =
	    limits->events && limits->events < WIRE_EVENTS_MAX ? limits->events : WIRE_EVENTS_MAX;
	size_t bytes =
	    limits->bytes && limits->bytes < WIRE_LINES_MAX ? limits->bytes : WIRE_LINES_MAX;
	struct db_rows rows;
	int r =
	    db_query(o->db, &rows, err, "SELECT n, body FROM events WHERE n > ? ORDER BY n LIMIT ?",
		     "ii", after, (int64_t)max);

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		size_t before = b->lines.n;
		if (db_int(&rows, 0) != after + b->count + 1) {
			db_done(&rows);
			return err_set(err, ERR_CORRUPT, "outbox database: event %lld is missing",
				       (long long)(after + b->count + 1 - c->base));
		}
		wire_add_line(&b->lines, (uint64_t)(db_int(&rows, 0) - c->base), db_text(&rows, 1));
		if (b->lines.n > bytes && b->count > 0) {
			b->lines.n = before;
			b->lines.p[before] = '\0';
			break;
		}
		b->count++;
	}
	db_done(&rows);
	return r < 0 ? r : 0;
}

static int add_state(struct outbox *o, const struct cursor *c, struct outbox_batch *b,
		     struct err *err)
{
	b->state = (struct digest){0};
	if (b->queued > 0)
		return 0;
	if (o->state_version != c->beds_version) {
		int r = projection_digest(o->db, &o->state, err);
		if (r < 0)
			return r;
		o->state_version = c->beds_version;
	}
	b->state = o->state;
	return 0;
}

static int look(struct outbox *o, const struct outbox_limits *limits, struct outbox_batch *b,
		struct err *err)
{
	struct cursor c;
	int r = cursor_read(o, &c, err);

	if (r < 0)
		return r;
	int64_t after = c.base + (int64_t)limits->after;
	after = after < c.acked ? c.acked : after > c.last ? c.last : after;
	memcpy(b->epoch, c.epoch, sizeof(b->epoch));
	b->rev = c.rev;
	b->first = (uint64_t)(after + 1 - c.base);
	if (after < c.last)
		r = add_lines(o, &c, after, limits, b, err);
	if (r < 0)
		return r;
	if (after < c.last && b->count == 0)
		return err_set(err, ERR_CORRUPT, "outbox database: events after %lld are missing",
			       (long long)(after - c.base));
	b->last = b->first + b->count - 1;
	b->queued = (uint64_t)(c.last - after) - b->count;
	return add_state(o, &c, b, err);
}

int outbox_peek(struct outbox *o, const struct outbox_limits *limits, struct outbox_batch *b,
		struct err *err)
{
	int r = db_begin(o->db, false, err);

	if (r < 0)
		return r;
	buf_clear(&b->lines);
	b->count = 0;
	r = look(o, limits, b, err);
	db_rollback(o->db);
	return r;
}

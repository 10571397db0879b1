/* One transaction per file. Events go into the database as they come (a file may hold millions);
 * bad records wait in memory, at most INTAKE_QUARANTINE_MAX of them, because they must survive a
 * reject that takes the events back. */
#include "outbox/intake.h"

#include "base/kill_point.h"
#include "outbox/append.h"
#include "outbox/intake_inside.h"

/* Room that a byte of a file takes here, roughly; a full disk is noticed in any case. */
#define ROOM_PER_BYTE 4

/* ---- events and bad records ---- */

static bool has_failed(const struct intake *i)
{
	return i->err.code || i->recall.err.code;
}

bool intake_failed(const struct intake *i, struct err *err)
{
	if (err && has_failed(i))
		*err = i->err.code ? i->err : i->recall.err;
	return has_failed(i);
}

static int stick(struct intake *i, int r, struct err *err)
{
	if (r < 0 && err)
		(void)intake_failed(i, err);
	return r;
}

static int add_event(struct intake *i, struct event *e, struct projected_bed *bed)
{
	bool is_late = projection_is_late(bed, e), is_ahead = projection_is_ahead(e, i->now);

	if (e->previous_status == BED_UNKNOWN && bed->known && !is_late)
		e->previous_status = bed->status;
	int r = append_event(i->outbox->db, i->last + 1, e, i->id, i->now, &i->scratch, &i->err);
	if (r < 0)
		return r;
	sources_added(&i->sources, e, i->last + 1);
	if (!is_ahead) {
		projection_move(bed, e);
		bed_cache_changed(i->beds);
	}
	i->last++;
	i->counts.events++;
	i->counts.late += is_late;
	i->beds_changed |= !is_ahead;
	return 0;
}

static int take_event(struct intake *i, const struct event *event)
{
	struct projected_bed *bed;
	struct event e = *event;
	int r = sources_know(&i->sources, &e, &i->err);
	bool is_known = r > 0;

	if (r >= 0)
		r = bed_cache_get(i->beds, e.bed_id, &bed, &i->err);
	if (r == 0)
		r = census_see(&i->census, bed, &e, i->now, &i->err);
	if (r > 0 && !is_known) {
		i->counts.superseded++;
		return 0;
	}
	if (r == 0 && !is_known && i->file.census && projection_agrees(bed, &e)) {
		i->counts.unchanged++;
		return 0;
	}
	if (r < 0 || !is_known)
		return r < 0 ? r : add_event(i, &e, bed);
	i->counts.repeated++;
	return 0;
}

int intake_event(struct intake *i, const struct event *e, struct err *err)
{
	if (has_failed(i))
		return stick(i, -(int)ERR_IO, err);
	int r = event_check(e, err);
	if (r < 0)
		return r;
	if (!span_eq_str(e->facility_id, i->outbox->facility))
		return err_set(err, ERR_DENIED, "the event is of another facility than the outbox");
	r = stick(i, take_event(i, e), err);
	kill_point("mid_events");
	return r;
}

static int sink_events(void *ctx, const struct event *events, size_t n, struct err *err)
{
	int r = 0;

	for (size_t k = 0; k < n && r == 0; k++)
		r = intake_event(ctx, &events[k], err);
	return r;
}

static const char *kept(struct intake *i, const char *s)
{
	return s ? arena_strdup(&i->arena, s) : "";
}

static int sink_bad(void *ctx, const struct bad_record *bad, struct err *err)
{
	struct intake *i = ctx;

	if (has_failed(i))
		return stick(i, -(int)ERR_IO, err);
	if (bad->warning)
		i->counts.warnings++;
	else
		i->counts.bad++;
	if (i->n_bad == INTAKE_QUARANTINE_MAX)
		return 0;
	if (!i->bad)
		i->bad = arena_array(&i->arena, struct bad_record, INTAKE_QUARANTINE_MAX);
	struct bad_record *b = &i->bad[i->n_bad++];
	*b = *bad;
	b->field = kept(i, bad->field);
	b->value_class = kept(i, bad->value_class);
	b->reason = kept(i, bad->reason);
	b->message = kept(i, bad->message);
	return 0;
}

/* ---- begin ---- */

static int prepare(struct intake *i, int64_t again, struct err *err)
{
	struct outbox *o = i->outbox;
	struct cursor c;
	int r = ledger_write_disposals(o, err);

	if (r == 0 && !again)
		r = ledger_look_up(o, &i->file, &i->find, err);
	if (r == 0 && !again)
		r = ledger_next_id(o, &i->id, err);
	if (r == 0)
		r = cursor_read(o, &c, err);
	if (r != 0)
		return r;
	if (again)
		i->id = again;
	i->is_again = again != 0;
	i->after = i->last = c.last;
	if (i->file.census)
		i->census = (struct census){.outbox = o,
					    .self = {i->file.adapter, i->id, i->file.mtime},
					    .is_again = again != 0,
					    .arena = &i->arena};
	return db_run(o->db, err, "SAVEPOINT file", "");
}

static int begin(struct outbox *o, const struct intake_file *file, int64_t again, usec_t now,
		 struct intake **ret, struct err *err)
{
	int r = outbox_check_room(o, ROOM_PER_BYTE * (int64_t)file->size, err);

	if (r < 0 || (r = db_begin(o->db, true, err)) < 0)
		return r;
	_cleanup_(intake_abortp) struct intake *i = calloc(1, sizeof(*i));
	if (!i)
		abort();
	i->outbox = o;
	i->now = now;
	i->file = *file;
	i->file.dir = arena_strdup(&i->arena, file->dir);
	i->file.name = arena_strdup(&i->arena, file->name);
	i->file.adapter = arena_strdup(&i->arena, file->adapter);
	i->file.ack_dir = file->ack_dir ? arena_strdup(&i->arena, file->ack_dir) : NULL;
	i->sink = (struct adapter_sink){
	    .ctx = i, .events = sink_events, .bad = sink_bad, .wants_all = true};
	i->beds = bed_cache_new(o->db);
	sources_init(&i->sources, o->db);
	recall_init(&i->recall, o, i->beds, now);
	r = prepare(i, again, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(i);
	return 0;
}

int intake_begin(struct outbox *o, const struct intake_file *file, usec_t now, struct intake **ret,
		 struct err *err)
{
	return begin(o, file, 0, now, ret, err);
}

int intake_begin_again(struct outbox *o, const struct intake_file *file, int64_t id, usec_t now,
		       struct intake **ret, struct err *err)
{
	return begin(o, file, id, now, ret, err);
}

int64_t intake_id(const struct intake *i)
{
	return i->id;
}

enum intake_verdict intake_verdict(const struct intake *i)
{
	return i->find.verdict;
}

const struct adapter_sink *intake_sink(struct intake *i)
{
	return &i->sink;
}

const struct adapter_memory *intake_memory(struct intake *i)
{
	return &i->recall.memory;
}

const struct intake_counts *intake_counts(const struct intake *i)
{
	return &i->counts;
}

void intake_set_records(struct intake *i, uint64_t records)
{
	i->counts.records = records;
}

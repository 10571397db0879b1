/* One transaction per file. Events go into the database as they come (a file may hold millions);
 * bad records wait in memory, at most INTAKE_QUARANTINE_MAX of them, because they must survive a
 * reject that takes the events back. */
#include "outbox/intake.h"

#include <string.h>

#include "base/arena.h"
#include "base/kill_point.h"
#include "outbox/ack.h"
#include "outbox/append.h"
#include "outbox/bed_cache.h"
#include "outbox/census.h"
#include "outbox/handle.h"
#include "outbox/ledger.h"
#include "outbox/recall.h"

/* Room that a byte of a file takes here, roughly; a full disk is noticed in any case. */
#define ROOM_PER_BYTE 4

struct intake {
	struct outbox *outbox;
	struct intake_file file; /* its strings are in the arena */
	struct ledger_find find;
	int64_t id;	     /* the ledger row to be */
	int64_t after, last; /* n of the last event given out, before this file and now */
	usec_t now;
	struct intake_counts counts;
	struct err err; /* sticky: the first failure of the outbox itself; code 0: none */
	bool beds_changed;
	struct bad_record *bad; /* INTAKE_QUARANTINE_MAX of them, strings in the arena */
	size_t n_bad;
	struct bed_cache *beds;
	struct census census;
	bool is_whole; /* a census of which every record counts */
	struct recall recall;
	struct adapter_sink sink;
	struct buf scratch;
	struct arena arena;
};

static void intake_free(struct intake *i)
{
	buf_done(&i->scratch);
	bed_cache_free(i->beds);
	arena_done(&i->arena);
	free(i);
}

/* Of what adapters remember. */
static void end_memory(struct outbox *o, bool committed)
{
	messages_end(o->messages, committed);
	visits_end(o->visits, committed);
}

void intake_abort(struct intake *i)
{
	if (!i)
		return;
	db_rollback(i->outbox->db);
	end_memory(i->outbox, false);
	intake_free(i);
}

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

/* 1: an event of this id is kept already. */
static int add_event(struct intake *i, struct event *e, struct projected_bed *bed)
{
	bool is_late = projection_is_late(bed, e), is_ahead = projection_is_ahead(e, i->now);

	if (e->previous_status == BED_UNKNOWN && bed->known && !is_late)
		e->previous_status = bed->status;
	int r =
	    append_unless_known(i->outbox->db, i->last + 1, e, i->id, i->now, &i->scratch, &i->err);
	if (r != 0)
		return r;
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

/* In a census it matters which comes first, known or unchanged; else the insertion itself tells. */
static int take_event(struct intake *i, const struct event *event)
{
	struct projected_bed *bed;
	struct event e = *event;
	int r = i->file.census ? append_is_known(i->outbox->db, e.id, &i->err) : 0;

	bool is_known = r > 0;
	if (r >= 0)
		r = bed_cache_get(i->beds, e.bed_id, &bed, &i->err);
	if (r == 0)
		r = census_see(&i->census, bed, &e, i->now, &i->err);
	if (r == 0 && !is_known && i->file.census && projection_agrees(bed, &e)) {
		i->counts.unchanged++;
		return 0;
	}
	if (r == 0)
		r = is_known ? 1 : add_event(i, &e, bed);
	if (r <= 0)
		return r;
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
	i->after = i->last = c.last;
	if (i->file.census)
		i->census = (struct census){
		    .outbox = o, .adapter = i->file.adapter, .file = i->id, .arena = &i->arena};
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

int64_t intake_first_id(const struct intake *i)
{
	return i->find.id;
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

/* ---- the end ---- */

static int write_quarantine(struct intake *i, struct err *err)
{
	int r = 0;

	for (size_t k = 0; k < i->n_bad && r == 0; k++) {
		const struct bad_record *b = &i->bad[k];
		r = db_run(i->outbox->db, err,
			   "INSERT INTO quarantine (file, record, line, offset, field, "
			   "value_class, reason, message,"
			   " warning, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			   "iiiissssii", i->id, (int64_t)b->record, (int64_t)b->line,
			   (int64_t)b->offset, b->field, b->value_class, b->reason, b->message,
			   (int64_t)b->warning, (int64_t)i->now);
	}
	return r;
}

static int write_ledger(struct intake *i, const char *state, const char *reason,
			const char *message, struct err *err)
{
	int64_t first = i->find.verdict == INTAKE_DUPLICATE ? i->find.id : 0;
	int r = ledger_add(i->outbox,
			   &(struct ledger_entry){.id = i->id,
						  .file = &i->file,
						  .state = state,
						  .reason = reason,
						  .message = message,
						  .counts = &i->counts,
						  .first = first,
						  .taken = i->now},
			   err);

	if (r == 0)
		r = write_quarantine(i, err);
	if (r == 0 && i->file.ack_dir)
		r = ack_add(i->outbox, &i->file, i->id, i->after,
			    i->counts.events > 0 ? i->last : i->after, i->now, err);
	return r;
}

/* What the events did to beds and visits, and how far they are numbered. */
static int write_caches(struct intake *i, struct err *err)
{
	int r = i->beds_changed ? bed_cache_write(i->beds, err) : 0;

	if (r == 0)
		r = visits_write(i->outbox->visits, i->now, err);
	if (r == 0)
		r = messages_write(i->outbox->messages, i->now, err);
	if (r == 0 && i->counts.events > 0)
		r = append_cursor(i->outbox->db, i->last, i->beds_changed, err);
	return r;
}

/* Commits what is written, whatever it is; frees i. */
static int finish(struct intake *i, int r, int64_t id, int64_t *ret_id, struct err *err)
{
	struct outbox *o = i->outbox;

	if (r == 0) {
		kill_point("before_commit");
		r = db_commit(o->db, err);
		kill_point("after_commit");
	}
	if (r == 0) {
		end_memory(o, true);
		ledger_forget_disposals(o);
		if (ret_id)
			*ret_id = id;
	}
	intake_abort(i);
	return r;
}

/* Of the beds that a census left out nothing is known any more but what the home knows itself. */
static int end_census(struct intake *i, struct err *err)
{
	usec_t since;

	if (!i->census.outbox)
		return 0;
	int r = hold_supersede(i->outbox, i->file.adapter, i->file.mtime, i->id, &since, err);
	return r < 0 ? r : hold_baseline(i->outbox, i->file.adapter, i->id, err);
}

int intake_commit(struct intake *i, int64_t *ret_id, struct err *err)
{
	bool is_repeat =
	    i->find.verdict == INTAKE_REPEAT || i->find.verdict == INTAKE_REPEAT_REJECTED;
	int r = 0;

	if (has_failed(i)) {
		struct err why = i->err.code ? i->err : i->recall.err;
		if (err)
			*err = why;
		intake_abort(i);
		return -(int)why.code;
	}
	if (is_repeat)
		return finish(i, 0, i->find.id, ret_id, err);
	r = write_caches(i, err);
	if (r == 0)
		r = write_ledger(i, i->find.verdict == INTAKE_DUPLICATE ? "duplicate" : "committed",
				 "", "", err);
	if (r == 0 && i->find.verdict == INTAKE_NEW)
		r = end_census(i, err);
	return finish(i, r, i->id, ret_id, err);
}

int intake_commit_again(struct intake *i, struct err *err)
{
	int r = 0;

	if (intake_failed(i, err)) {
		r = -(int)(i->err.code ? i->err.code : i->recall.err.code);
		intake_abort(i);
		return r;
	}
	r = write_caches(i, err);
	if (r == 0 && i->is_whole)
		r = end_census(i, err);
	if (r == 0)
		r = ack_again(i->outbox, i->id, i->counts.events > 0 ? i->last : 0, err);
	return finish(i, r, i->id, NULL, err);
}

int intake_census(struct intake *i, struct hold_counts *ret, struct err *err)
{
	int r = census_end(&i->census, err);

	*ret = i->census.counts;
	return r;
}

void intake_is_whole(struct intake *i)
{
	i->is_whole = true;
}

/* Takes back what the file has done; what is written after this stays. */
static int take_back(struct intake *i, struct err *err)
{
	int r = db_run(i->outbox->db, err, "ROLLBACK TO file", "");

	bed_cache_clear(i->beds);
	end_memory(i->outbox, false);
	i->counts.events = i->counts.repeated = i->counts.unchanged = i->counts.late = 0;
	return r;
}

int intake_hold(struct intake *i, char message[static INTAKE_HOLD_MESSAGE], int64_t *ret_id,
		struct err *err)
{
	struct outbox *o = i->outbox;
	struct hold hold;
	usec_t since = USEC_NONE;
	int r = census_hold(&i->census, i->now, &hold, err);

	census_describe(&i->census, message, INTAKE_HOLD_MESSAGE);
	if (r == 0)
		r = take_back(i, err);
	if (r == 0)
		r = write_ledger(i, "held", "census_far_off", message, err);
	if (r == 0)
		r = hold_supersede(o, i->file.adapter, i->file.mtime, i->id, &since, err);
	if (since != USEC_NONE)
		hold.since = since;
	if (r == 0)
		r = hold_write(o, i->id, &hold, err);
	return finish(i, r, i->id, ret_id, err);
}

int intake_reject(struct intake *i, const char *reason, const char *message, int64_t *ret_id,
		  struct err *err)
{
	int r = take_back(i, err);

	if (r == 0)
		r = write_ledger(i, "rejected", reason, message, err);
	return finish(i, r, i->id, ret_id, err);
}

#include "outbox/replay.h"

#include "outbox/handle.h"
#include "outbox/hold.h"

#define VISITS_MAX 65536 /* moved by one replay */

struct replay {
	struct outbox *outbox;
	struct intake *intake;
	struct listing_file file;
	struct listing_bad *wanted; /* by record */
	size_t n_wanted;
	uint64_t all_after; /* records beyond this were not all kept when the file came */
	bool is_whole;	    /* it was rejected, or held: all of it counts */
	enum replay_way way;
	usec_t now;
	uint64_t records;	/* as the adapter counts them now */
	struct bad_record *bad; /* still, strings in the arena */
	size_t n_bad, cap_bad;
	uint64_t more_bad; /* beyond what is kept */
	struct digest *visits;
	size_t n_visits;
	bool is_news; /* the record at hand changed its beds: nothing newer is known of them */
	struct adapter_sink sink;
	struct adapter_memory memory;
	struct arena arena;
};

void replay_abort(struct replay *r)
{
	if (!r)
		return;
	intake_abort(r->intake);
	arena_done(&r->arena);
	free(r->bad);
	free(r->visits);
	free(r);
}

/* ---- which records ---- */

static const struct listing_bad *find_wanted(const struct replay *r, uint64_t record)
{
	for (size_t low = 0, high = r->n_wanted; low < high;) {
		size_t at = (low + high) / 2;
		if (r->wanted[at].record == record)
			return &r->wanted[at];
		if (r->wanted[at].record < record)
			low = at + 1;
		else
			high = at;
	}
	return NULL;
}

static bool wants(const struct replay *r, uint64_t record)
{
	return r->is_whole || record > r->all_after || find_wanted(r, record);
}

static int by_record(const void *a, const void *b)
{
	const struct listing_bad *x = a, *y = b;

	return (x->record > y->record) - (x->record < y->record);
}

/* Warnings are no bad records. */
static int load_wanted(struct replay *r, struct err *err)
{
	struct listing_bad *all = NULL;
	size_t n = 0;
	int code = listing_quarantine(r->outbox, r->file.id, 0, &r->arena, &all, &n, err);

	if (code < 0)
		return code;
	r->wanted = arena_array(&r->arena, struct listing_bad, n + 1);
	for (size_t i = 0; i < n; i++)
		if (!all[i].warning)
			r->wanted[r->n_wanted++] = all[i];
	qsort(r->wanted, r->n_wanted, sizeof(*r->wanted), by_record);
	r->all_after = r->n_wanted > 0 && r->n_wanted < r->file.bad && n >= INTAKE_QUARANTINE_MAX
			   ? r->wanted[r->n_wanted - 1].record
			   : UINT64_MAX;
	return 0;
}

/* ---- what the adapter says ---- */

static int take_events(void *ctx, const struct event *events, size_t n, struct err *err)
{
	struct replay *r = ctx;
	const struct adapter_sink *inner = intake_sink(r->intake);

	r->is_news = false;
	if (n == 0 || !wants(r, events[0].source.record))
		return 0;
	const struct intake_counts *now = intake_counts(r->intake);
	uint64_t stale = now->late + now->superseded;
	int code = inner->events(inner->ctx, events, n, err);
	r->is_news = code == 0 && now->late + now->superseded == stale;
	return code;
}

static const char *kept(struct replay *r, const char *s)
{
	return s ? arena_strdup(&r->arena, s) : "";
}

static int take_bad(void *ctx, const struct bad_record *bad, _unused_ struct err *err)
{
	struct replay *r = ctx;

	if (bad->warning || !wants(r, bad->record))
		return 0;
	if (r->n_bad == INTAKE_QUARANTINE_MAX) {
		r->more_bad++;
		return 0;
	}
	if (!r->bad)
		r->bad = calloc(INTAKE_QUARANTINE_MAX, sizeof(*r->bad));
	if (!r->bad)
		abort();
	struct bad_record *b = &r->bad[r->n_bad++];
	*b = *bad;
	b->field = kept(r, bad->field);
	b->value_class = kept(r, bad->value_class);
	b->reason = kept(r, bad->reason);
	b->message = kept(r, bad->message);
	return 0;
}

/* ---- what is remembered ---- */

static const struct adapter_memory *inner_of(struct replay *r)
{
	return intake_memory(r->intake);
}

static bool memory_bed(void *ctx, struct span bed_id, struct bed_memory *ret)
{
	const struct adapter_memory *m = inner_of(ctx);

	return m->bed(m->ctx, bed_id, ret);
}

static bool memory_visit(void *ctx, const struct digest *visit, struct visit_memory *ret)
{
	const struct adapter_memory *m = inner_of(ctx);

	return m->visit(m->ctx, visit, ret);
}

static bool is_ours(struct replay *r, const struct digest *visit)
{
	for (size_t i = 0; i < r->n_visits; i++)
		if (memcmp(&r->visits[i], visit, sizeof(*visit)) == 0)
			return true;
	return false;
}

/* A visit that other files spoke of is where they said; but if it still is where this message takes
 * it from, and nothing newer is known of the beds, then the message is the next that happened to
 * it. */
static int memory_visit_put(void *ctx, const struct digest *visit, const struct visit_memory *v,
			    struct err *err)
{
	struct replay *r = ctx;
	const struct adapter_memory *m = inner_of(r);
	struct visit_memory known;

	if (!is_ours(r, visit)) {
		bool is_known = m->visit(m->ctx, visit, &known);
		bool follows = is_known && r->is_news && known.bed.n &&
			       span_eq(known.bed, v->before) && !span_eq(v->bed, v->before);
		if ((is_known && !follows) || r->n_visits == VISITS_MAX)
			return 0;
		if (!r->visits)
			r->visits = calloc(VISITS_MAX, sizeof(*r->visits));
		if (!r->visits)
			abort();
		r->visits[r->n_visits++] = *visit;
	}
	return m->visit_put(m->ctx, visit, v, err);
}

/* The messages of a committed file are known, for it was read; which of them count is decided by
 * their number. */
static int memory_message(void *ctx, const struct digest *identity, const struct digest *content,
			  enum message_seen *ret, struct err *err)
{
	struct replay *r = ctx;
	const struct adapter_memory *m = inner_of(r);
	int code = m->message(m->ctx, identity, content, ret, err);

	if (!r->is_whole)
		*ret = MESSAGE_NEW;
	return code;
}

/* ---- begin and end ---- */

static bool is_state(const struct replay *r, const char *state)
{
	return strcmp(r->file.state, state) == 0;
}

static int check_way(const struct replay *r, struct err *err)
{
	bool is_held = is_state(r, "held");

	if (r->way == REPLAY_HELD)
		return is_held
			   ? 0
			   : err_set(err, ERR_CONFLICT, "it is not held: it is %s", r->file.state);
	if (is_held)
		return err_set(err, ERR_CONFLICT,
			       "it is held: bedpost files release takes it, bedpost files reject "
			       "does not");
	if (r->way != REPLAY_REFUSED && listing_is_refused(&r->file))
		return err_set(err, ERR_CONFLICT,
			       "a person refused it: bedpost quarantine replay --file %lld "
			       "--refused reads it after all",
			       (long long)r->file.id);
	return 0;
}

static int check_row(struct replay *r, struct err *err)
{
	bool is_committed = is_state(r, "archived") || is_state(r, "committed") ||
			    is_state(r, "deleted") || is_state(r, "gone");
	int code = check_way(r, err);

	r->is_whole = is_state(r, "held") || is_state(r, "rejected");
	if (code == 0 && !is_committed && !r->is_whole)
		return err_set(err, ERR_CONFLICT, "the file is %s: there is nothing to read again",
			       r->file.state);
	if (code == 0)
		code = load_wanted(r, err);
	if (code == 0 && !r->is_whole && r->n_wanted == 0)
		return err_set(err, ERR_EXISTS, "nothing of this file is in quarantine");
	return code;
}

int replay_begin(struct outbox *o, const struct listing_file *file, bool census,
		 enum replay_way way, usec_t now, struct replay **ret, struct err *err)
{
	_cleanup_(replay_abortp) struct replay *r = calloc(1, sizeof(*r));
	const struct intake_file again = {
	    .dir = file->dir,
	    .name = file->name,
	    .name_key = file->name_key,
	    .digest = file->digest,
	    .size = file->size,
	    .mtime = file->mtime,
	    .adapter = file->adapter,
	    .census = census,
	};

	if (!r)
		abort();
	r->outbox = o;
	r->now = now;
	r->way = way;
	int code = intake_begin_again(o, &again, file->id, now, &r->intake, err);
	/* Now that no other writes: the row as it is, not as it was when it was listed. */
	if (code == 0)
		code = listing_file(o, file->id, &r->arena, &r->file, err);
	if (code == 0)
		code = check_row(r, err);
	if (code < 0)
		return code;
	r->sink = (struct adapter_sink){
	    .ctx = r, .events = take_events, .bad = take_bad, .wants_all = true};
	r->memory = (struct adapter_memory){.ctx = r,
					    .bed = memory_bed,
					    .visit = memory_visit,
					    .visit_put = memory_visit_put,
					    .message = memory_message};
	adapter_memory_set_key(&r->memory, intake_memory(r->intake)->key);
	*ret = TAKE_PTR(r);
	return 0;
}

const struct adapter_sink *replay_sink(struct replay *r)
{
	return &r->sink;
}

const struct adapter_memory *replay_memory(struct replay *r)
{
	return &r->memory;
}

bool replay_failed(const struct replay *r, struct err *err)
{
	return intake_failed(r->intake, err);
}

bool replay_is_whole(const struct replay *r)
{
	return r->is_whole;
}

int replay_judge(struct replay *r, const struct adapter *a, const struct adapter_summary *s,
		 struct intake_judged *ret, struct err *err)
{
	r->records = s->records;
	if (!r->is_whole && r->records != r->file.records)
		return err_set(err, ERR_CONFLICT,
			       "the adapter finds %llu records where it found %llu when the file "
			       "came: which were bad cannot be told, and nothing was changed",
			       (unsigned long long)r->records, (unsigned long long)r->file.records);
	int code = intake_judge(r->intake, a, s, ret, err);
	if (code == 0 && ret->fate == INTAKE_HOLD && r->way == REPLAY_HELD)
		*ret = (struct intake_judged){.fate = INTAKE_TAKE};
	return code;
}

void replay_count(const struct replay *r, struct replay_counts *ret)
{
	const struct intake_counts *c = intake_counts(r->intake);

	*ret = (struct replay_counts){
	    .wanted = r->is_whole ? r->records : r->file.bad,
	    .still_bad = r->n_bad + r->more_bad,
	    .events = c->events,
	    .late = c->late,
	    .unchanged = c->unchanged,
	    .superseded = c->superseded,
	};
	ret->mended = ret->wanted > ret->still_bad ? ret->wanted - ret->still_bad : 0;
}

/* Old rows are mended or have the new reason; what is bad and has no row gets one. */
static int write_bad(struct replay *r, struct err *err)
{
	struct db *db = r->outbox->db;
	int code = db_run(db, err,
			  "UPDATE quarantine SET mended = ? WHERE file = ? AND warning = 0 AND "
			  "mended IS NULL",
			  "ii", (int64_t)r->now, r->file.id);

	for (size_t i = 0; i < r->n_bad && code == 0; i++) {
		const struct bad_record *b = &r->bad[i];
		const struct listing_bad *was = find_wanted(r, b->record);
		if (was)
			code = db_run(
			    db, err,
			    "UPDATE quarantine SET mended = NULL, line = ?, offset = ?, field = ?, "
			    "value_class = ?, reason = ?, message = ? WHERE id = ?",
			    "iissssi", (int64_t)b->line, (int64_t)b->offset, b->field,
			    b->value_class, b->reason, b->message, was->id);
		else
			code = db_run(db, err,
				      "INSERT INTO quarantine (file, record, line, offset, field, "
				      "value_class, reason, message, warning, at)"
				      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
				      "iiiissssi", r->file.id, (int64_t)b->record, (int64_t)b->line,
				      (int64_t)b->offset, b->field, b->value_class, b->reason,
				      b->message, (int64_t)r->now);
	}
	return code;
}

static int write_row(struct replay *r, const char *state, const char *reason, const char *message,
		     struct err *err)
{
	const struct intake_counts *c = intake_counts(r->intake);

	return db_run(r->outbox->db, err,
		      "UPDATE files SET state = ?, reason = ?, message = ?, records = ?,"
		      " events = events + ?, bad = ?, late = late + ?, unchanged = unchanged + ?,"
		      " repeated = repeated + ? WHERE id = ?",
		      "sssiiiiiii", state, reason, message, (int64_t)r->records, (int64_t)c->events,
		      (int64_t)(r->n_bad + r->more_bad), (int64_t)c->late, (int64_t)c->unchanged,
		      (int64_t)c->repeated, r->file.id);
}

bool replay_is_superseded(const struct replay *r)
{
	const struct intake_counts *c = intake_counts(r->intake);

	return r->is_whole && c->superseded > 0 && c->events + c->unchanged + c->repeated == 0;
}

static int write_taken(struct replay *r, struct err *err)
{
	bool is_superseded = replay_is_superseded(r);
	int code = is_superseded
		       ? write_row(r, "superseded", "census_superseded",
				   "newer censuses were taken before it was read again", err)
		       : write_row(r, "committed", "", "", err);

	if (code == 0 && r->way == REPLAY_HELD)
		code = hold_over(r->outbox, r->file.id, err);
	if (r->is_whole && !is_superseded)
		intake_is_whole(r->intake);
	return code;
}

int replay_commit(struct replay *r, struct err *err)
{
	_cleanup_(replay_abortp) struct replay *guard = r;
	int code = write_bad(r, err);

	if (code == 0)
		code = write_taken(r, err);
	return code < 0 ? code : intake_commit_again(TAKE_PTR(r->intake), err);
}

int replay_hold(struct replay *r, const struct intake_judged *judged, struct err *err)
{
	_cleanup_(replay_abortp) struct replay *guard = r;
	int code = intake_hold_again(r->intake, err);

	if (code == 0)
		code = write_bad(r, err);
	if (code == 0)
		code = write_row(r, "held", judged->reason, judged->message, err);
	return code < 0 ? code : intake_commit_again(TAKE_PTR(r->intake), err);
}

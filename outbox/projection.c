/* The rules of how an event moves a bed, as the home sees it before the region has spoken. */
#include "outbox/projection.h"

#include "base/arena.h"

static enum bed_status status_of(struct span name)
{
	enum bed_status s = BED_UNKNOWN;

	(void)(name.p && bed_status_parse(name, &s));
	return s;
}

static void set_text(char out[IDENT_MAX + 1], struct span s)
{
	size_t n = s.n < IDENT_MAX ? s.n : IDENT_MAX;

	if (n)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

static struct span text_of(const char *s)
{
	return s[0] ? span_str(s) : SPAN_NONE;
}

int projection_get(struct db *db, struct span bed_id, struct projected_bed *ret, struct err *err)
{
	struct db_rows rows;

	*ret = (struct projected_bed){.changed_at = USEC_NONE, .told = USEC_NONE};
	int r = db_query(
	    db, &rows, err,
	    "SELECT status, before, changed_at, ward, care_level, told, changed_by FROM beds"
	    " WHERE bed_id = ?",
	    "t", bed_id);
	if (r < 0)
		return r;
	r = db_next(&rows, err);
	if (r <= 0)
		return r;
	ret->known = true;
	ret->status = status_of(db_text(&rows, 0));
	ret->before = status_of(db_text(&rows, 1));
	ret->changed_at = db_int(&rows, 2);
	ret->told = db_time(&rows, 5);
	set_text(ret->ward, db_text(&rows, 3));
	set_text(ret->changed_by, db_text(&rows, 6));
	(void)care_level_parse(db_text(&rows, 4), &ret->care_level);
	db_done(&rows);
	return 0;
}

bool projection_agrees(const struct projected_bed *bed, const struct event *e)
{
	return bed->known && bed->status == e->new_status &&
	       (!e->ward.p || span_eq_str(e->ward, bed->ward)) &&
	       (e->care_level == CARE_UNKNOWN || e->care_level == bed->care_level);
}

bool projection_is_late(const struct projected_bed *bed, const struct event *e)
{
	return bed->known && e->changed_at < bed->changed_at;
}

bool projection_is_ahead(const struct event *e, usec_t now)
{
	return e->changed_at > now + PROJECTION_AHEAD_MAX;
}

/* told: when the region told of it; USEC_NONE: the home's own news. */
static int put(struct db *db, struct span bed_id, enum bed_status status, enum bed_status before,
	       usec_t changed_at, usec_t told, struct span changed_by, struct span ward,
	       enum care_level care_level, struct err *err)
{
	return db_run(
	    db, err,
	    "INSERT INTO beds (bed_id, status, before, changed_at, told, changed_by, ward,"
	    " care_level) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (bed_id) DO UPDATE SET"
	    " status = excluded.status, before = excluded.before,"
	    " changed_at = excluded.changed_at, told = excluded.told,"
	    " changed_by = excluded.changed_by, ward = coalesce(excluded.ward, ward),"
	    " care_level = coalesce(excluded.care_level, care_level)",
	    "tssimtts", bed_id, bed_status_name(status), bed_status_name(before),
	    (int64_t)changed_at, told, changed_by, ward, care_level_name(care_level));
}

int projection_put(struct db *db, struct span bed_id, const struct projected_bed *bed,
		   struct err *err)
{
	return put(db, bed_id, bed->status, bed->before, bed->changed_at, bed->told,
		   text_of(bed->changed_by), text_of(bed->ward), bed->care_level, err);
}

void projection_move(struct projected_bed *bed, const struct event *e)
{
	bool is_late = projection_is_late(bed, e);

	if (e->ward.p && !span_eq_str(e->ward, bed->ward) && (!is_late || !bed->ward[0]))
		set_text(bed->ward, e->ward);
	if (e->care_level != CARE_UNKNOWN && (!is_late || bed->care_level == CARE_UNKNOWN))
		bed->care_level = e->care_level;
	if (is_late)
		return;
	if (!bed->known)
		bed->before = e->previous_status;
	else
		bed->before = event_status_before(e, bed->status, bed->before);
	bed->known = true;
	bed->status = e->new_status;
	bed->changed_at = e->changed_at;
	bed->told = USEC_NONE;
	set_text(bed->changed_by, e->changed_by);
}

int projection_take(struct db *db, const struct projected_bed *bed, const struct event *e,
		    struct err *err)
{
	struct projected_bed moved = *bed;

	projection_move(&moved, e);
	return projection_put(db, e->bed_id, &moved, err);
}

int projection_set(struct db *db, struct span bed_id, enum bed_status status, usec_t changed_at,
		   usec_t now, bool *ret_changed, struct err *err)
{
	struct projected_bed bed;
	int r = projection_get(db, bed_id, &bed, err);

	*ret_changed = false;
	if (r < 0)
		return r;
	if (bed.known &&
	    (changed_at < bed.changed_at || (changed_at == bed.changed_at && status == bed.status)))
		return 0;
	*ret_changed = true;
	return put(db, bed_id, status, bed.status == status ? bed.before : bed.status, changed_at,
		   now, SPAN_NONE, SPAN_NONE, CARE_UNKNOWN, err);
}

static int read_states(struct db *db, struct arena *a, struct bed_state *states, size_t max,
		       size_t *ret_n, struct err *err)
{
	struct db_rows rows;
	size_t n = 0;
	int r = db_query(db, &rows, err, "SELECT bed_id, status FROM beds ORDER BY bed_id", "");

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0 && n < max)
		states[n++] = (struct bed_state){
		    .bed_id = arena_span(a, db_text(&rows, 0)),
		    .status = status_of(db_text(&rows, 1)),
		};
	db_done(&rows);
	*ret_n = n;
	return r < 0 ? r : 0;
}

int projection_digest(struct db *db, struct digest *ret, struct err *err)
{
	struct arena a = ARENA_INIT;
	size_t n = 0;
	int64_t count;
	int r = db_get_int(db, &count, err, "SELECT count(*) FROM beds", "");

	if (r < 0)
		return r;
	struct bed_state *states = arena_array(&a, struct bed_state, (size_t)count + 1);
	r = read_states(db, &a, states, (size_t)count, &n, err);
	if (r == 0)
		*ret = state_digest(states, n);
	arena_done(&a);
	return r;
}

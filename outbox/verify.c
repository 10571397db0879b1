/* `bedpost outbox verify`: what must hold of every outbox, looked at row by row. */
#include <stdarg.h>

#include "outbox/handle.h"
#include "outbox/listing.h"

#define SHOWN_MAX 20

struct verification {
	struct arena *arena;
	struct listing_check *check;
	const char **what;
};

static void problem(struct verification *v, const char *format, ...) _printf_(2, 3);
static void problem(struct verification *v, const char *format, ...)
{
	char line[256];
	va_list ap;

	v->check->problems++;
	if (v->check->n_what == SHOWN_MAX)
		return;
	va_start(ap, format);
	(void)vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	v->what[v->check->n_what++] = arena_strdup(v->arena, line);
}

static int check_integrity(struct outbox *o, struct verification *v, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err, "PRAGMA integrity_check(20)", "");

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0)
		if (!span_eq_str(db_text(&rows, 0), "ok"))
			problem(v, "SQLite: " SPAN_FMT, SPAN_ARG(db_text(&rows, 0)));
	return r;
}

static void check_event(struct outbox *o, struct verification *v, const struct db_rows *rows,
			long long seq)
{
	struct arena scratch = ARENA_INIT;
	struct event e;
	struct err why;
	struct span id = db_blob(rows, 1);

	if (event_from_json(db_text(rows, 2), &scratch, &e, &why) < 0)
		problem(v, "event %lld: %s", seq, why.message);
	else if (id.n != sizeof(e.id.b) || memcmp(id.p, e.id.b, id.n) != 0)
		problem(v, "event %lld: its id is not the one it is filed under", seq);
	else if (!span_eq_str(e.facility_id, o->facility))
		problem(v, "event %lld: it is of another facility", seq);
	else if (!span_eq(e.bed_id, db_text(rows, 3)))
		problem(v, "event %lld: its bed is not the one it is filed under", seq);
	arena_done(&scratch);
}

/* No index says so (sources.h). */
static int check_ids(struct outbox *o, struct verification *v, struct err *err)
{
	int64_t twice;
	int r = db_get_int(o->db, &twice, err,
			   "SELECT count(*) - count(DISTINCT event_id) FROM events", "");

	if (r == 0 && twice > 0)
		problem(v, "events that stand there more than once: %lld", (long long)twice);
	return r;
}

/* Acknowledged events may be pruned from the front; from the first kept one on, and in any case
 * after the cursor, there are no gaps. */
static int check_events(struct outbox *o, struct verification *v, const struct cursor *c,
			struct err *err)
{
	struct db_rows rows;
	int64_t expected = -1;
	int r = db_query(o->db, &rows, err,
			 "SELECT n, event_id, body, bed_id FROM events ORDER BY n", "");

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		int64_t n = db_int(&rows, 0);
		long long seq = (long long)(n - c->base);
		if (expected < 0 ? n > c->acked + 1 : n != expected)
			problem(v, "events before %lld are missing", seq);
		expected = n + 1;
		check_event(o, v, &rows, seq);
		v->check->events++;
	}
	if (r < 0)
		return r;
	int64_t last = expected < 0 ? c->acked : expected - 1;
	if (last != c->last && !(expected < 0 && c->last == c->acked))
		problem(v, "the last event should be %lld and is %lld",
			(long long)(c->last - c->base), (long long)(last - c->base));
	return 0;
}

static int check_beds(struct outbox *o, struct verification *v, struct err *err)
{
	struct listing_bed *beds;
	size_t n = 0;
	int r = listing_beds(o, v->arena, &beds, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (beds[i].status == BED_UNKNOWN)
			problem(v, "bed %s: its status is not in the list", beds[i].bed_id);
	return r;
}

int listing_verify(struct outbox *o, struct arena *a, struct listing_check *ret, struct err *err)
{
	struct listing_check check = {0};
	struct verification v = {a, &check, arena_array(a, const char *, SHOWN_MAX)};
	struct cursor c;
	int r = db_begin(o->db, false, err);

	if (r < 0)
		return r;
	r = check_integrity(o, &v, err);
	if (r == 0)
		r = cursor_read(o, &c, err);
	if (r == 0)
		r = check_events(o, &v, &c, err);
	if (r == 0)
		r = check_ids(o, &v, err);
	if (r == 0)
		r = check_beds(o, &v, err);
	db_rollback(o->db);
	if (r < 0)
		return r;
	check.what = v.what;
	*ret = check;
	return 0;
}

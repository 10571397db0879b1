/* How an outbox is doing, in numbers; one consistent look. */
#include <sys/stat.h>

#include "outbox/handle.h"

static int64_t size_of(const struct outbox *o, const char *suffix)
{
	_cleanup_(freep) char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/" OUTBOX_FILE "%s", o->state_dir, suffix) < 0)
		abort();
	return stat(path, &st) < 0 ? 0 : (int64_t)st.st_size;
}

static int read_epoch(struct outbox *o, struct outbox_status *s, struct err *err)
{
	struct db_rows rows;
	int r =
	    db_query(o->db, &rows, err,
		     "SELECT reason, began, (SELECT count(*) FROM epochs) FROM epochs ORDER BY id "
		     "DESC LIMIT 1",
		     "");

	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	struct span reason = db_text(&rows, 0);
	(void)snprintf(s->epoch_reason, sizeof(s->epoch_reason), SPAN_FMT, SPAN_ARG(reason));
	s->epoch_began = db_int(&rows, 1);
	s->epochs = (uint64_t)db_int(&rows, 2);
	db_done(&rows);
	return 0;
}

static int read_cursor(struct outbox *o, struct outbox_status *s, struct err *err)
{
	struct cursor c;
	int r = cursor_read(o, &c, err);

	if (r < 0)
		return r;
	(void)snprintf(s->epoch, sizeof(s->epoch), "%s", c.epoch);
	s->last = (uint64_t)(c.last - c.base);
	s->acked = (uint64_t)(c.acked - c.base);
	s->queued = (uint64_t)(c.last - c.acked);
	s->answered = c.answered;
	s->in_sync = c.in_sync;
	s->rev = c.rev;
	s->oldest = USEC_NONE;
	r = db_get_int(o->db, &s->oldest, err, "SELECT added FROM events WHERE n = ?", "i",
		       c.acked + 1);
	return r == -ERR_NOT_FOUND ? 0 : r;
}

static int read_counts(struct outbox *o, struct outbox_status *s, struct err *err)
{
	struct db_rows rows;
	int r = db_query(
	    o->db, &rows, err,
	    "SELECT (SELECT count(*) FROM beds), d.n, q.n, f.n, f.rejected, f.duplicates,"
	    " (SELECT count(*) FROM waiting), d.first, d.last, q.first, q.last, f.last FROM"
	    " (SELECT count(*) AS n, min(at) AS first, max(at) AS last FROM dead_letters) AS d,"
	    " (SELECT count(*) AS n, min(at) AS first, max(at) AS last FROM quarantine"
	    "  WHERE warning = 0 AND mended IS NULL) AS q,"
	    " (SELECT count(*) AS n, sum(state = 'rejected') AS rejected,"
	    "  sum(state = 'duplicate') AS duplicates,"
	    "  max(CASE WHEN state = 'rejected' THEN taken END) AS last FROM files) AS f",
	    "");

	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	s->beds = (uint64_t)db_int(&rows, 0);
	s->dead_letters = (uint64_t)db_int(&rows, 1);
	s->quarantined = (uint64_t)db_int(&rows, 2);
	s->files = (uint64_t)db_int(&rows, 3);
	s->rejected = (uint64_t)db_int(&rows, 4);
	s->duplicates = (uint64_t)db_int(&rows, 5);
	s->waiting = (uint64_t)db_int(&rows, 6);
	s->dead_since = db_time(&rows, 7);
	s->dead_last = db_time(&rows, 8);
	s->quarantined_since = db_time(&rows, 9);
	s->quarantined_last = db_time(&rows, 10);
	s->rejected_last = db_time(&rows, 11);
	db_done(&rows);
	return 0;
}

static int read_acks(struct outbox *o, struct outbox_status *s, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 "SELECT count(*), max(problem), (SELECT count(*) FROM holds), (SELECT "
			 "min(since) FROM holds) FROM acks WHERE (complete = 0 OR told < asked)"
			 " AND problem <> ''",
			 "");

	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	struct span problem = db_text(&rows, 1);
	s->acks_failed = (uint64_t)db_int(&rows, 0);
	s->held = (uint64_t)db_int(&rows, 2);
	s->held_since = db_time(&rows, 3);
	(void)snprintf(s->acks_problem, sizeof(s->acks_problem), SPAN_FMT, SPAN_ARG(problem));
	db_done(&rows);
	return 0;
}

int outbox_status(struct outbox *o, struct outbox_status *ret, struct err *err)
{
	struct outbox_status s = {0};
	int r = db_begin(o->db, false, err);

	if (r < 0)
		return r;
	r = read_epoch(o, &s, err);
	if (r == 0)
		r = read_cursor(o, &s, err);
	if (r == 0)
		r = read_counts(o, &s, err);
	if (r == 0)
		r = read_acks(o, &s, err);
	db_rollback(o->db);
	if (r < 0)
		return r;
	s.disk_free = outbox_disk_free(o);
	s.disk_min = o->min_free;
	s.disk_full = s.disk_free < s.disk_min;
	s.wal = size_of(o, "-wal");
	s.bytes = size_of(o, "") + s.wal;
	*ret = s;
	return 0;
}

int outbox_version(struct outbox *o, int64_t *ret, struct err *err)
{
	return db_get_int(o->db, ret, err, "PRAGMA data_version", "");
}

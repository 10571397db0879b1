/* Pruning keeps the last run and the last merge, whose numbers must not come again, though not
 * their marks. */
#include "outbox/messages.h"

#include <stdlib.h>
#include <string.h>

#include "base/kill_point.h"
#include "outbox/message_filter.h"
#include "outbox/message_set.h"
#include "outbox/runs.h"

#define BUCKET_BITS 9
#define BUCKETS	    (1 << BUCKET_BITS) /* of a merge: some 128 marks each, 3 KiB */
/* Of the filter, so that it is seldom made anew. */
#define ROOM_AHEAD ((size_t)8 * MESSAGES_RECENT_MAX)

struct messages {
	struct db *db;
	struct message_set fresh, recent;
	struct message_filter filter; /* of the merged and the old */
	struct runs runs;
};

struct messages *messages_new(struct db *db)
{
	struct messages *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	m->db = db;
	return m;
}

void messages_free(struct messages *m)
{
	if (!m)
		return;
	message_set_done(&m->fresh);
	message_set_done(&m->recent);
	message_filter_done(&m->filter);
	free(m);
}

/* ---- what the database holds ---- */

static int load_runs(struct messages *m, int64_t after, struct err *err)
{
	struct db_rows rows;
	int r = db_query(m->db, &rows, err,
			 "SELECT marks FROM message_runs WHERE run > ? ORDER BY run", "i", after);

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0)
		message_set_add_all(&m->recent, db_blob(&rows, 0));
	return r;
}

static void filter_all(struct message_filter *f, struct span marks)
{
	struct message_mark mark;

	for (size_t i = 0; i < marks.n / sizeof(mark); i++) {
		memcpy(&mark, marks.p + i * sizeof(mark), sizeof(mark));
		message_filter_add(f, &mark);
	}
}

static int load_merged(struct messages *m, struct err *err)
{
	struct db_rows rows;
	int r = db_query(m->db, &rows, err, "SELECT marks FROM message_buckets", "");

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0)
		filter_all(&m->filter, db_blob(&rows, 0));
	return r;
}

static int load_old(struct messages *m, struct err *err)
{
	struct db_rows rows;
	int r = db_query(m->db, &rows, err, "SELECT identity FROM messages", "");

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		struct span identity = db_blob(&rows, 0);
		struct message_mark mark = {0};
		memcpy(mark.identity, identity.p,
		       identity.n < MESSAGE_IDENTITY ? identity.n : MESSAGE_IDENTITY);
		message_filter_add(&m->filter, &mark);
	}
	return r;
}

static int load_all(struct messages *m, struct err *err)
{
	int64_t known;
	int r = db_get_int(m->db, &known, err,
			   "SELECT (SELECT count(*) FROM messages) +"
			   " (SELECT coalesce(sum(marks), 0) FROM message_merges)",
			   "");

	message_set_clear(&m->recent);
	if (r < 0)
		return r;
	message_filter_make(&m->filter, (size_t)(known + known / 2) + ROOM_AHEAD);
	if ((r = load_merged(m, err)) < 0 || (r = load_old(m, err)) < 0)
		return r;
	return load_runs(m, 0, err);
}

static int load(void *ctx, int64_t after, struct err *err)
{
	return after ? load_runs(ctx, after, err) : load_all(ctx, err);
}

static int refresh(struct messages *m, struct err *err)
{
	static const char last[] = RUNS_LAST("message");

	if (m->filter.n > m->filter.max)
		m->runs.is_loaded = false; /* for a larger one */
	return runs_refresh(&m->runs, m->db, last, load, m, err);
}

/* ---- merging ---- */

static size_t bucket_of(const struct message_mark *mark)
{
	return (size_t)(mark->identity[0] << 8 | mark->identity[1]) >> (16 - BUCKET_BITS);
}

/* Both sets in the order of their buckets; ends[b]: where bucket b ends. */
static struct message_mark *in_buckets(const struct messages *m, size_t ends[BUCKETS])
{
	const struct message_set *const sets[] = {&m->recent, &m->fresh};
	size_t starts[BUCKETS + 1] = {0};
	struct message_mark *all =
	    malloc((m->recent.n + m->fresh.n + 1) * sizeof(struct message_mark));

	if (!all)
		abort();
	for (size_t k = 0; k < ARRAY_LEN(sets); k++)
		for (size_t i = 0; i < sets[k]->n; i++)
			starts[bucket_of(&sets[k]->marks[i]) + 1]++;
	for (size_t b = 0; b < BUCKETS; b++)
		starts[b + 1] += starts[b];
	memcpy(ends, starts, BUCKETS * sizeof(*ends));
	for (size_t k = 0; k < ARRAY_LEN(sets); k++)
		for (size_t i = 0; i < sets[k]->n; i++)
			all[ends[bucket_of(&sets[k]->marks[i])]++] = sets[k]->marks[i];
	return all;
}

static int write_buckets(struct messages *m, int64_t merge, struct err *err)
{
	size_t ends[BUCKETS], from = 0;
	_cleanup_(freep) struct message_mark *all = in_buckets(m, ends);
	int r = 0;

	for (size_t b = 0; r == 0 && b < BUCKETS; b++) {
		struct span marks = span_of((const char *)(all + from),
					    (ends[b] - from) * sizeof(struct message_mark));
		from = ends[b];
		filter_all(&m->filter, marks);
		if (marks.n)
			r = db_run(m->db, err,
				   "INSERT INTO message_buckets (id, marks) VALUES (?, ?)", "ib",
				   merge * BUCKETS + (int64_t)b, marks);
	}
	return r;
}

static int merge(struct messages *m, usec_t now, struct err *err)
{
	int64_t n = (int64_t)(m->recent.n + m->fresh.n);

	m->runs.has_merged = true;
	int r = write_buckets(m, m->runs.merges + 1, err);
	kill_point("mid_merge");
	if (r == 0)
		r = db_run(
		    m->db, err,
		    "INSERT INTO message_merges (merge, at, marks, through) VALUES (?, ?, ?, ?)",
		    "iiii", m->runs.merges + 1, (int64_t)now, n, m->runs.last);
	if (r == 0)
		r = db_run(m->db, err, "DELETE FROM message_runs", "");
	if (r < 0)
		return r;
	m->runs.merges++;
	message_set_clear(&m->recent);
	message_set_clear(&m->fresh);
	return 0;
}

/* ---- seeing ---- */

static enum message_seen compare(const struct message_mark *known, const struct message_mark *mark)
{
	return memcmp(known->content, mark->content, MESSAGE_CONTENT) == 0 ? MESSAGE_SAME
									   : MESSAGE_CHANGED;
}

/* *ret stays if it is not there. */
static int look_up_merged(struct messages *m, const struct message_mark *mark,
			  enum message_seen *ret, struct err *err)
{
	struct db_rows rows;
	int r = db_query(m->db, &rows, err,
			 "SELECT b.marks FROM message_merges g CROSS JOIN message_buckets b"
			 " ON b.id = g.merge * ? + ? ORDER BY g.merge DESC",
			 "ii", (int64_t)BUCKETS, (int64_t)bucket_of(mark));

	if (r < 0)
		return r;
	while ((r = db_next(&rows, err)) > 0) {
		const struct message_mark *known = message_mark_find(db_blob(&rows, 0), mark);
		if (!known)
			continue;
		*ret = compare(known, mark);
		db_done(&rows);
		return 0;
	}
	return r;
}

static int look_up_old(struct messages *m, const struct digest *identity,
		       const struct message_mark *mark, enum message_seen *ret, struct err *err)
{
	struct db_rows rows;
	int r = db_query(m->db, &rows, err, "SELECT content FROM messages WHERE identity = ?", "b",
			 span_of((const char *)identity->b, sizeof(identity->b)));

	if (r < 0 || (r = db_next(&rows, err)) <= 0)
		return r;
	struct span content = db_blob(&rows, 0);
	*ret =
	    content.n >= MESSAGE_CONTENT && memcmp(content.p, mark->content, MESSAGE_CONTENT) == 0
		? MESSAGE_SAME
		: MESSAGE_CHANGED;
	db_done(&rows);
	return 0;
}

static int look_up(struct messages *m, const struct digest *identity,
		   const struct message_mark *mark, enum message_seen *ret, struct err *err)
{
	const struct message_mark *known = message_set_find(&m->fresh, mark);

	if (!known)
		known = message_set_find(&m->recent, mark);
	*ret = known ? compare(known, mark) : MESSAGE_NEW;
	if (known || !message_filter_may_hold(&m->filter, mark))
		return 0;
	int r = look_up_merged(m, mark, ret, err);
	return r < 0 || *ret != MESSAGE_NEW ? r : look_up_old(m, identity, mark, ret, err);
}

int messages_see(struct messages *m, const struct digest *identity, const struct digest *content,
		 usec_t now, enum message_seen *ret, struct err *err)
{
	struct message_mark mark = message_mark_of(identity, content);
	int r = m->runs.is_current ? 0 : refresh(m, err);

	if (r == 0)
		r = look_up(m, identity, &mark, ret, err);
	if (r < 0 || *ret != MESSAGE_NEW)
		return r;
	message_set_add(&m->fresh, &mark);
	return m->recent.n + m->fresh.n < MESSAGES_RECENT_MAX ? 0 : merge(m, now, err);
}

/* ---- the end of a transaction ---- */

int messages_write(struct messages *m, usec_t now, struct err *err)
{
	if (m->fresh.n == 0)
		return 0;
	int r = db_run(m->db, err, "INSERT INTO message_runs (run, at, marks) VALUES (?, ?, ?)",
		       "iib", m->runs.last + 1, (int64_t)now, message_set_bytes(&m->fresh));
	m->runs.has_run = r == 0;
	return r;
}

void messages_end(struct messages *m, bool committed)
{
	if (committed && m->runs.has_run)
		message_set_add_all(&m->recent, message_set_bytes(&m->fresh));
	runs_end(&m->runs, committed);
	message_set_clear(&m->fresh);
}

/* ---- forgetting ---- */

static int prune_runs(struct db *db, usec_t before, int64_t rows, int64_t *n, struct err *err)
{
	int r = db_run(db, err,
		       "DELETE FROM message_runs WHERE run IN (SELECT run FROM (SELECT run, at FROM"
		       " message_runs ORDER BY run LIMIT ?) WHERE at < ?)"
		       " AND run < (SELECT max(run) FROM message_runs)",
		       "ii", rows, (int64_t)before);

	*n += r == 0 ? db_changes(db) : 0;
	if (r == 0)
		r = db_run(db, err,
			   "UPDATE message_runs SET marks = x'' WHERE run = (SELECT max(run) FROM"
			   " message_runs) AND at < ? AND marks <> x''",
			   "i", (int64_t)before);
	*n += r == 0 ? db_changes(db) : 0;
	return r;
}

static int prune_merged(struct db *db, usec_t before, int64_t rows, int64_t *n, struct err *err)
{
	int r = db_run(
	    db, err,
	    "DELETE FROM message_buckets WHERE id IN (SELECT id FROM message_buckets"
	    " WHERE id < ?1 * coalesce((SELECT min(merge) FROM message_merges WHERE at >= ?2),"
	    " (SELECT max(merge) + 1 FROM message_merges)) ORDER BY id LIMIT ?3)",
	    "iii", (int64_t)BUCKETS, (int64_t)before, rows);

	*n += r == 0 ? db_changes(db) : 0;
	if (r == 0)
		r = db_run(db, err,
			   "DELETE FROM message_merges WHERE at < ?2 AND"
			   " merge < (SELECT max(merge) FROM message_merges) AND"
			   " (merge + 1) * ?1 <= coalesce((SELECT min(id) FROM message_buckets),"
			   "  (merge + 1) * ?1)",
			   "ii", (int64_t)BUCKETS, (int64_t)before);
	*n += r == 0 ? db_changes(db) : 0;
	return r;
}

int messages_prune(struct db *db, usec_t before, int64_t rows, int64_t *ret_rows, struct err *err)
{
	int64_t n = 0;
	int r = prune_runs(db, before, rows, &n, err);

	if (r == 0)
		r = prune_merged(db, before, rows, &n, err);
	if (r == 0)
		r = db_run(db, err,
			   "DELETE FROM messages WHERE identity IN (SELECT identity FROM messages "
			   "WHERE at < ? LIMIT ?)",
			   "ii", (int64_t)before, rows);
	*ret_rows = n + (r == 0 ? db_changes(db) : 0);
	return r;
}

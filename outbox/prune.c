/* Forgetting what is settled, a few thousand rows at a time so that no commit waits long. What lies
 * in the archive stays known until it leaves it.
 *
 * Events and the files they came from grow in the same order, so only the oldest are looked at: a
 * search through all of a million events would hold the lock for seconds, each time. */
#include "outbox/handle.h"
#include "outbox/sources.h"

#define PRUNE_ROWS 2000

static int prune_rows(struct outbox *o, usec_t now, usec_t before, int64_t *ret_rows,
		      struct err *err)
{
	int64_t n = 0;
	int r = db_run(o->db, err,
		       "DELETE FROM events WHERE n IN (SELECT n FROM (SELECT n, added FROM events"
		       " WHERE n <= (SELECT acked FROM cursor) AND n <= coalesce((SELECT after FROM"
		       " acks WHERE (complete = 0 OR told < asked) ORDER BY file LIMIT 1), n)"
		       " ORDER BY n LIMIT ?) WHERE added < ?)",
		       "ii", (int64_t)PRUNE_ROWS, (int64_t)before);
	n += db_changes(o->db);
	if (r == 0)
		r = db_run(
		    o->db, err,
		    "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE disposed < ?1"
		    " AND id < (SELECT max(id) FROM files)"
		    " AND (where_now IN ('', '?') OR state = 'rejected')"
		    " AND id NOT IN (SELECT file FROM quarantine) AND id NOT IN (SELECT file FROM"
		    " acks)"
		    " AND id < coalesce((SELECT file FROM events WHERE file IS NOT NULL ORDER BY n"
		    " LIMIT 1), id + 1) LIMIT ?2)",
		    "ii", (int64_t)before, (int64_t)PRUNE_ROWS);
	n += db_changes(o->db);
	if (r == 0)
		r = db_run(o->db, err,
			   "DELETE FROM answers WHERE id IN (SELECT id FROM (SELECT id, last FROM "
			   "answers ORDER BY id LIMIT ?) WHERE last < (SELECT coalesce(min(n), "
			   "(SELECT last FROM cursor) + 1) FROM events))",
			   "i", (int64_t)PRUNE_ROWS);
	n += db_changes(o->db);
	int64_t sources = 0;
	if (r == 0)
		r = sources_prune(o->db, PRUNE_ROWS, &sources, err);
	n += sources;
	/* Who still lies in a bed is not forgotten, however long ago the move was. */
	int64_t visits = 0, messages = 0;
	if (r == 0)
		r = visits_prune(o->visits, now, before, PRUNE_ROWS, &visits, err);
	if (r == 0)
		r = messages_prune(o->db, before, PRUNE_ROWS, &messages, err);
	n += visits + messages;
	if (r == 0)
		r = db_run(o->db, err,
			   "DELETE FROM requests WHERE key IN (SELECT key FROM requests "
			   "WHERE at < ? LIMIT ?)",
			   "ii", (int64_t)before, (int64_t)PRUNE_ROWS);
	n += db_changes(o->db);
	*ret_rows = n;
	return r;
}

int outbox_prune(struct outbox *o, usec_t now, usec_t keep, bool *ret_more, struct err *err)
{
	int64_t n = 0;
	int r = db_begin(o->db, true, err);

	if (r < 0)
		return r;
	r = db_end(o->db, prune_rows(o, now, now - keep, &n, err), err);
	visits_end(o->visits, r == 0);
	db_checkpoint(o->db);
	if (r == 0 && ret_more)
		*ret_more = n >= PRUNE_ROWS;
	return r;
}

#include "outbox/kept.h"

#include <string.h>

#include "outbox/handle.h"

static int size_of_all(struct outbox *o, int64_t *ret, struct err *err)
{
	return db_get_int(o->db, ret, err,
			  "SELECT coalesce(sum(size), 0) FROM files WHERE " KEPT_ARCHIVED, "");
}

int kept_too_long(struct outbox *o, usec_t before, int64_t max_size, struct arena *a,
		  struct kept_file **ret, size_t *ret_n, struct err *err)
{
	struct db_rows rows;
	int64_t excess = 0;
	size_t n = 0;
	int r = max_size > 0 ? size_of_all(o, &excess, err) : 0;

	if (r < 0)
		return r;
	excess -= max_size > 0 ? max_size : 0;
	/* What waits for the region is looked through only if something is to go. */
	r = db_query(o->db, &rows, err,
		     "SELECT id, where_now, disposed, size FROM files WHERE " KEPT_ARCHIVED
		     " AND (disposed < ?1 OR ?2 > 0)"
		     " AND id NOT IN (SELECT file FROM events WHERE file IS NOT NULL"
		     " AND n > (SELECT acked FROM cursor)) ORDER BY disposed LIMIT ?3",
		     "iii", before == USEC_NONE ? INT64_MIN : (int64_t)before, excess,
		     (int64_t)KEPT_MAX);
	if (r < 0)
		return r;
	struct kept_file *files = arena_array(a, struct kept_file, KEPT_MAX);
	while ((r = db_next(&rows, err)) > 0) {
		bool is_old = before != USEC_NONE && db_time(&rows, 2) < before;
		if (!is_old && excess <= 0)
			break;
		files[n++] =
		    (struct kept_file){db_int(&rows, 0), arena_span(a, db_text(&rows, 1)).p};
		excess -= db_int(&rows, 3);
	}
	db_done(&rows);
	*ret = files;
	*ret_n = n;
	return r < 0 ? r : 0;
}

int kept_no_more(struct outbox *o, const struct kept_file *files, size_t n, struct err *err)
{
	int r = n > 0 ? db_begin(o->db, true, err) : 0;

	if (r < 0 || n == 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		r = db_run(o->db, err, "UPDATE files SET where_now = '' WHERE id = ?", "i",
			   files[i].id);
	return db_end(o->db, r, err);
}

#include "outbox/trace.h"

#include <string.h>

#include "outbox/handle.h"

#define ROWS_MIN 64

/* The epoch of an event is the last that began before it; where several did, for those that begin
 * anew renumber what is pending, it is the last of them. An answer is found by the place where it
 * ends. */
#define TRACE_COLUMNS                                                                              \
	"SELECT e.n, e.added, coalesce(e.file, 0), e.body, e.outcome,"                             \
	" coalesce(e.outcome_reason, iif(e.outcome = 'rejected',"                                  \
	"  (SELECT d.reason FROM dead_letters d WHERE d.event_id = e.event_id LIMIT 1), NULL)),"   \
	" p.epoch, p.base, a.at, a.transport, a.batch_first, a.batch_last,"                        \
	" e.n <= (SELECT acked FROM cursor)"                                                       \
	" FROM events e"                                                                           \
	" LEFT JOIN epochs p ON p.id = (SELECT id FROM epochs WHERE base < e.n ORDER BY id DESC"   \
	"  LIMIT 1)"                                                                               \
	" LEFT JOIN answers a ON a.id = (SELECT id FROM answers WHERE last >= e.n"                 \
	"  AND first <= e.n ORDER BY last, id DESC LIMIT 1) "

static const char *text(const struct db_rows *rows, int column, struct arena *a)
{
	struct span s = db_text(rows, column);

	return s.p ? arena_strndup(a, s.p, s.n) : "";
}

static int read_event(const struct db_rows *rows, struct arena *a, struct trace_event *ret,
		      struct err *err)
{
	bool acked = db_int(rows, 12) != 0;
	struct span outcome = db_text(rows, 4);

	*ret = (struct trace_event){
	    .n = db_int(rows, 0),
	    .added = db_time(rows, 1),
	    .file_id = db_int(rows, 2),
	    .outcome = outcome.p ? arena_strndup(a, outcome.p, outcome.n)
		       : acked	 ? outcome_name(OUTCOME_APPLIED)
				 : NULL,
	    .reason = text(rows, 5, a),
	    .epoch = text(rows, 6, a),
	    .seq = (uint64_t)(db_int(rows, 0) - db_int(rows, 7)),
	    .answered = db_time(rows, 8),
	    .transport = text(rows, 9, a),
	    .batch_first = (uint64_t)db_int(rows, 10),
	    .batch_last = (uint64_t)db_int(rows, 11),
	};
	if (event_from_json(db_text(rows, 3), a, &ret->event, err) < 0)
		return err_set(err, ERR_CORRUPT, "event %llu cannot be read",
			       (unsigned long long)ret->seq);
	return 0;
}

static int read_all(struct db_rows *rows, struct arena *a, struct trace_event **ret, size_t *ret_n,
		    struct err *err)
{
	struct trace_event *events = NULL;
	size_t n = 0, cap = 0;
	int r;

	while ((r = db_next(rows, err)) > 0) {
		if (n == cap) {
			struct trace_event *more =
			    arena_array(a, struct trace_event, cap ? 2 * cap : ROWS_MIN);
			if (n > 0)
				memcpy(more, events, n * sizeof(*events));
			events = more;
			cap = cap ? 2 * cap : ROWS_MIN;
		}
		r = read_event(rows, a, &events[n++], err);
		if (r < 0) {
			db_done(rows);
			return r;
		}
	}
	*ret = events;
	*ret_n = n;
	return r;
}

int trace_of_file(struct outbox *o, int64_t file_id, struct arena *a, struct trace_event **ret,
		  size_t *ret_n, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err, TRACE_COLUMNS "WHERE e.file = ? ORDER BY e.n", "i",
			 file_id);

	return r < 0 ? r : read_all(&rows, a, ret, ret_n, err);
}

int trace_of_bed(struct outbox *o, const char *bed_id, size_t limit, struct arena *a,
		 struct trace_event **ret, size_t *ret_n, uint64_t *ret_all, struct err *err)
{
	struct trace_event *events = NULL;
	struct db_rows rows;
	size_t n = 0;
	int r = db_query(o->db, &rows, err, TRACE_COLUMNS "WHERE e.bed_id = ? ORDER BY e.n", "s",
			 bed_id);

	if (r == 0)
		r = read_all(&rows, a, &events, &n, err);
	if (r < 0)
		return r;
	size_t from = limit > 0 && n > limit ? n - limit : 0;
	*ret = events + from;
	*ret_n = n - from;
	*ret_all = n;
	return 0;
}

int trace_last_of_beds(struct outbox *o, struct arena *a, struct trace_event **ret, size_t *ret_n,
		       struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 TRACE_COLUMNS "WHERE e.n IN (SELECT max(n) FROM events GROUP BY bed_id)"
				       " ORDER BY e.bed_id",
			 "");

	return r < 0 ? r : read_all(&rows, a, ret, ret_n, err);
}

int trace_bed(struct outbox *o, const char *bed_id, struct arena *a, struct listing_bed *ret,
	      struct err *err)
{
	struct listing_bed *beds;
	size_t n = 0;
	int r = listing_beds(o, a, &beds, &n, err);

	for (size_t i = 0; i < n && r == 0; i++) {
		if (strcmp(beds[i].bed_id, bed_id) == 0) {
			*ret = beds[i];
			return 0;
		}
	}
	return r < 0 ? r : err_set(err, ERR_NOT_FOUND, "this home has no bed of this name");
}

int trace_file_with(struct outbox *o, const struct digest *bytes, int64_t *ret_id, struct err *err)
{
	struct db_rows rows;
	int r = db_query(o->db, &rows, err,
			 "SELECT id FROM files WHERE digest = ? ORDER BY id DESC LIMIT 1", "b",
			 span_of((const char *)bytes->b, sizeof(bytes->b)));

	if (r < 0 || (r = db_next(&rows, err)) < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "no file with these bytes has been taken");
	*ret_id = db_int(&rows, 0);
	db_done(&rows);
	return 0;
}

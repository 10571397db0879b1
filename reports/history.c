/* What a bed was when the window opened is the last row before it, found by the index; a cancel
 * reaches no farther than COURSE_CANCEL_WITHIN, so that is how much wider the window is. */
#include "reports/history.h"

#include <string.h>

/* $1 home, $2 and $3 the window, $4 known at (null: all) */
static const char sql_rows[] =
    "SELECT l.bed_id, l.changed_at, l.n, l.new_status, l.reason, l.ward, l.care_level FROM ("
    "SELECT r.* FROM beds b CROSS JOIN LATERAL (SELECT bed_id, changed_at, n, new_status, reason,"
    " ward, care_level FROM bed_audit_log WHERE facility_id = b.facility_id AND bed_id = b.id"
    " AND changed_at < $2 AND in_history AND ($4::timestamptz IS NULL OR received_at <= $4)"
    " ORDER BY changed_at DESC, n DESC LIMIT 1) AS r WHERE b.facility_id = $1 "
    "UNION ALL SELECT bed_id, changed_at, n, new_status, reason, ward, care_level"
    " FROM bed_audit_log WHERE facility_id = $1 AND changed_at >= $2 AND changed_at < $3"
    " AND in_history AND ($4::timestamptz IS NULL OR received_at <= $4)) AS l "
    "ORDER BY l.bed_id, l.changed_at, l.n";

/* A conflict that the home's policy settled as it opened never left a bed unconfirmed. The doubt
 * begins where the accounts part: at the earliest event that was set aside. */
static const char sql_doubts[] =
    "SELECT c.bed_id, min(l.changed_at), CASE WHEN $2::timestamptz IS NULL OR c.settled_at <= $2"
    " THEN c.settled_at END "
    "FROM conflicts c JOIN bed_audit_log l ON l.facility_id = c.facility_id"
    " AND l.bed_id = c.bed_id AND l.conflict_id = c.id AND l.outcome = 'conflict'"
    " AND ($2::timestamptz IS NULL OR l.received_at <= $2) "
    "WHERE c.facility_id = $1 AND (c.status = 'open' OR c.settled_reason IS NOT NULL) "
    "GROUP BY c.bed_id, c.id, c.settled_at ORDER BY c.bed_id, c.id";

#define HISTORY_BEGIN ((usec_t)-62135596800 * USEC_PER_SEC) /* 0001-01-01: before any event */

static int ask(struct pg *pg, const struct frame *f, const struct home *h, enum history_reach reach,
	       struct arena *a, struct pg_result **ret_rows, struct pg_result **ret_doubts,
	       struct err *err)
{
	struct pg_params p = PG_PARAMS(a), q = PG_PARAMS(a);

	pg_add_text(&p, h->id);
	pg_add_time(&p,
		    reach == HISTORY_EVER ? HISTORY_BEGIN : h->bounds[0] - COURSE_CANCEL_WITHIN);
	pg_add_time(&p, h->bounds[f->period.n] + COURSE_CANCEL_WITHIN);
	pg_add_time(&p, f->q->known_at);
	pg_add_text(&q, h->id);
	pg_add_time(&q, f->q->known_at);
	int r = pg_query(pg, sql_rows, &p, ret_rows, err);
	return r < 0 ? r : pg_query(pg, sql_doubts, &q, ret_doubts, err);
}

static struct span kept(struct arena *a, struct span s)
{
	return s.p ? arena_span(a, s) : s;
}

static struct course_row row_of(const struct pg_result *r, int i, struct arena *a)
{
	struct course_row row = {.at = pg_get_time(r, i, 1), .ward = kept(a, pg_get_text(r, i, 5))};

	(void)bed_status_parse(pg_get_text(r, i, 3), &row.status);
	if (!pg_is_null(r, i, 4))
		(void)reason_parse(pg_get_text(r, i, 4), &row.reason);
	if (!pg_is_null(r, i, 6))
		(void)care_level_parse(pg_get_text(r, i, 6), &row.care);
	return row;
}

/* The doubts about the bed, from row *at of the result on; both are ordered by bed. */
static size_t doubts_of(const struct pg_result *r, int *at, struct span bed,
			struct course_doubt *out)
{
	size_t n = 0;

	while (*at < pg_rows(r) && span_cmp(pg_get_text(r, *at, 0), bed) < 0)
		(*at)++;
	for (; *at < pg_rows(r) && span_eq(pg_get_text(r, *at, 0), bed); (*at)++)
		out[n++] = (struct course_doubt){pg_get_time(r, *at, 1), pg_get_time(r, *at, 2)};
	return n;
}

int history_read(struct pg *pg, const struct frame *f, const struct home *h,
		 enum history_reach reach, struct arena *a, struct history_bed **ret, size_t *ret_n,
		 struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *rows = NULL, *doubts = NULL;
	int e = ask(pg, f, h, reach, a, &rows, &doubts, err), doubt = 0;

	if (e < 0)
		return e;
	size_t n = (size_t)pg_rows(rows), n_beds = 0;
	struct history_bed *beds = arena_array(a, struct history_bed, n + 1);
	struct course_row *course = arena_array(a, struct course_row, n + 1);
	struct course_doubt *of_bed =
	    arena_array(a, struct course_doubt, (size_t)pg_rows(doubts) + 1);
	for (int i = 0, next; i < (int)n; i = next) {
		struct history_bed *b = &beds[n_beds];
		b->id = kept(a, pg_get_text(rows, i, 0));
		for (next = i; next < (int)n && span_eq(pg_get_text(rows, next, 0), b->id); next++)
			course[next - i] = row_of(rows, next, a);
		size_t n_doubts =
		    reach == HISTORY_EVER ? 0 : doubts_of(doubts, &doubt, b->id, of_bed);
		usec_t from = reach == HISTORY_EVER ? HISTORY_BEGIN : h->bounds[0];
		b->spans = course_cut(course, (size_t)(next - i), of_bed, n_doubts, from, h->end, a,
				      &b->n_spans);
		n_beds += b->n_spans > 0;
	}
	*ret = beds;
	*ret_n = n_beds;
	return 0;
}

/* Cancels first, on the whole course: they change what rows say. Then the window is cut out, and
 * doubts are laid over each piece. */
#include "reports/course.h"

#include <assert.h>

#include "base/cleanup.h"

static const struct {
	enum reason cancel, cancelled;
} cancels[] = {
    {REASON_ADMIT_CANCELLED, REASON_ADMIT},
    {REASON_ADMIT_CANCELLED, REASON_PATIENT_ADMITTED},
    {REASON_TRANSFER_CANCELLED, REASON_TRANSFER},
    {REASON_DISCHARGE_CANCELLED, REASON_DISCHARGE},
    {REASON_DISCHARGE_CANCELLED, REASON_PATIENT_DISCHARGED},
    {REASON_LEAVE_CANCELLED, REASON_LEAVE_OF_ABSENCE},
    {REASON_RETURN_CANCELLED, REASON_RETURN},
    {REASON_TRACKING_CANCELLED, REASON_IN_TRANSIT},
};

static bool is_cancelled_by(enum reason change, enum reason cancel)
{
	for (size_t i = 0; i < ARRAY_LEN(cancels); i++)
		if (cancels[i].cancel == cancel && cancels[i].cancelled == change)
			return true;
	return false;
}

const char *bed_use_name(enum bed_use u)
{
	static const char *const names[] = {"available", "occupied", "reserved", "maintenance",
					    "unconfirmed"};

	return names[u];
}

static enum bed_use use_of(enum bed_status s)
{
	switch (s) {
	case BED_AVAILABLE: return USE_AVAILABLE;
	case BED_OCCUPIED: return USE_OCCUPIED;
	case BED_RESERVED: return USE_RESERVED;
	case BED_MAINTENANCE: return USE_MAINTENANCE;
	case BED_UNKNOWN:
	case BED_STATUS_COUNT: break;
	}
	assert(!"an audit row has a status");
	return USE_MAINTENANCE;
}

/* If row i cancels the change before it, that change's rows say what row i says. */
static void void_before(const struct course_row *rows, struct course_row *effective, size_t i)
{
	size_t first = i;

	while (first > 0 && effective[first - 1].status == effective[i - 1].status)
		first--;
	if (effective[i - 1].status == rows[i].status ||
	    rows[i].at - rows[first].at > COURSE_CANCEL_WITHIN ||
	    !is_cancelled_by(rows[first].reason, rows[i].reason))
		return;
	for (size_t k = first; k < i; k++) {
		effective[k].status = rows[i].status;
		effective[k].reason = rows[i].reason;
	}
}

static struct course_row *without_cancelled(const struct course_row *rows, size_t n,
					    struct arena *a)
{
	struct course_row *effective = arena_array(a, struct course_row, n);

	for (size_t i = 0; i < n; i++) {
		effective[i] = rows[i];
		if (i > 0)
			void_before(rows, effective, i);
	}
	return effective;
}

/* Sorted by their beginnings and with those that touch made one: few, so insertion will do. */
static size_t merge_doubts(const struct course_doubt *doubts, size_t n, usec_t end,
			   struct course_doubt *out)
{
	size_t m = 0, kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct course_doubt d = doubts[i];
		if (d.to == USEC_NONE || d.to > end)
			d.to = end;
		size_t k = m++;
		for (; k > 0 && out[k - 1].from > d.from; k--)
			out[k] = out[k - 1];
		out[k] = d;
	}
	for (size_t i = 0; i < m; i++) {
		if (kept > 0 && out[i].from <= out[kept - 1].to) {
			if (out[i].to > out[kept - 1].to)
				out[kept - 1].to = out[i].to;
		} else {
			out[kept++] = out[i];
		}
	}
	return kept;
}

struct cutting {
	const struct course_doubt *doubts;
	size_t n_doubts;
	struct course_span *spans;
	size_t n;
};

static void add_piece(struct cutting *c, struct course_span s, usec_t from, usec_t to,
		      enum bed_use use)
{
	if (from >= to)
		return;
	s.from = from;
	s.to = to;
	s.use = use;
	c->spans[c->n++] = s;
}

/* The span as one piece, or as what doubts leave of it and the doubts' own. */
static void add_span(struct cutting *c, struct course_span s)
{
	usec_t at = s.from;

	for (size_t i = 0; i < c->n_doubts && at < s.to; i++) {
		usec_t from = c->doubts[i].from > at ? c->doubts[i].from : at;
		usec_t to = c->doubts[i].to < s.to ? c->doubts[i].to : s.to;
		if (from >= to)
			continue;
		add_piece(c, s, at, from, s.use);
		add_piece(c, s, from, to, USE_UNCONFIRMED);
		at = to;
	}
	add_piece(c, s, at, s.to, s.use);
}

struct course_span *course_cut(const struct course_row *rows, size_t n_rows,
			       const struct course_doubt *doubts, size_t n_doubts, usec_t from,
			       usec_t to, struct arena *a, size_t *ret_n)
{
	const struct course_row *effective = without_cancelled(rows, n_rows, a);
	struct course_doubt *merged = arena_array(a, struct course_doubt, n_doubts + 1);
	struct cutting c = {.doubts = merged,
			    .n_doubts = merge_doubts(doubts, n_doubts, to, merged)};

	/* A doubt cuts a span in three at most. */
	c.spans = arena_array(a, struct course_span, n_rows + 2 * n_doubts + 1);
	for (size_t i = 0; i < n_rows; i++) {
		const struct course_row *r = &effective[i];
		usec_t begins = r->at > from ? r->at : from;
		usec_t ends = i + 1 < n_rows && rows[i + 1].at < to ? rows[i + 1].at : to;
		if (begins < ends)
			add_span(&c, (struct course_span){begins, ends, use_of(r->status), r->ward,
							  r->care, r->reason});
	}
	*ret_n = c.n;
	return c.spans;
}

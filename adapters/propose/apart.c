/* A ward's name comes before a column of which nothing is known, an element around the record
 * before one within it, a short code before a longer one: names of persons are longer than codes.
 */
#include "adapters/propose/apart.h"

#include "adapters/propose/own.h"

#define CODE_BYTES_UNKNOWN 12 /* of a column whose name says nothing */
#define CODE_BYTES_KNOWN   32
#define CANDIDATES_MAX	   12

struct candidate {
	size_t column;
	unsigned rank; /* the lowest is tried first */
};

struct candidates {
	struct candidate list[CANDIDATES_MAX];
	size_t n;
};

static bool is_taken(const struct roles *r, size_t i)
{
	for (size_t k = 0; k < r->n_bed; k++)
		if (r->bed[k] == i)
			return true;
	return i == r->status || i == r->time || i == r->clock || i == r->care ||
	       i == r->previous || i == r->user || i == r->presence;
}

/* All its rows stand together, as those of a ward do; codes of events come and go. */
static bool is_in_blocks(const struct sample *s, size_t column)
{
	size_t blocks = 0;

	for (size_t row = 0; row < s->n_rows; row++)
		blocks += row == 0 ||
			  !span_eq(sample_cell(s, row, column), sample_cell(s, row - 1, column));
	return blocks == s->columns[column].n_distinct;
}

static bool may_tell_apart(const struct sample *s, const struct roles *r, size_t i, bool is_log)
{
	const struct column *c = &s->columns[i];

	if (is_taken(r, i) || c->filled < s->n_rows || c->n_distinct < 2 || c->dates ||
	    c->persons || c->n_distinct * 2 > s->n_rows)
		return false;
	if (own_is_place(c->role))
		return c->max_bytes <= CODE_BYTES_KNOWN;
	/* "Tag" is a day, but not above letters. */
	bool is_unknown = c->role == ROLE_NONE || (c->role == ROLE_DATE && !c->digits);
	return is_unknown && c->max_bytes <= CODE_BYTES_UNKNOWN && !c->spaced && own_is_code(c) &&
	       (is_log ? own_is_shared(s, r, i) : own_is_the_beds(s, r, i)) &&
	       (is_log || r->time == NO_COLUMN || !r->times.is_varied || is_in_blocks(s, i));
}

static unsigned rank_of(const struct column *c)
{
	unsigned first = c->role == ROLE_WARD		     ? 0
			 : own_is_place(c->role)	     ? 1
			 : span_starts(c->name, SPAN("../")) ? 2
							     : 3;

	return first * 100 + (unsigned)c->max_bytes;
}

static void gather(const struct sample *s, const struct roles *r, bool is_log,
		   struct candidates *ret)
{
	*ret = (struct candidates){0};
	for (size_t i = 0; i < s->n_columns; i++) {
		if (!may_tell_apart(s, r, i, is_log))
			continue;
		struct candidate c = {i, rank_of(&s->columns[i])};
		size_t at = ret->n;
		while (at > 0 && ret->list[at - 1].rank > c.rank)
			at--;
		if (at == CANDIDATES_MAX)
			continue;
		ret->n += ret->n < CANDIDATES_MAX;
		memmove(&ret->list[at + 1], &ret->list[at],
			(ret->n - 1 - at) * sizeof(ret->list[0]));
		ret->list[at] = c;
	}
}

/* The widest stands first. */
static bool with(const struct sample *s, const struct roles *r, size_t column, struct roles *ret)
{
	*ret = *r;
	if (ret->n_bed == BED_PARTS_MAX)
		return false;
	memmove(&ret->bed[1], &ret->bed[0], ret->n_bed * sizeof(ret->bed[0]));
	ret->bed[0] = column;
	ret->n_bed++;
	roles_count_beds(s, ret);
	return true;
}

static bool tells_all(const struct roles *r)
{
	return r->beds == r->rows;
}

static bool add_one(const struct sample *s, struct roles *r, const struct candidates *c)
{
	struct roles more;

	for (size_t i = 0; i < c->n; i++) {
		if (with(s, r, c->list[i].column, &more) && tells_all(&more)) {
			*r = more;
			return true;
		}
	}
	return false;
}

static bool add_two(const struct sample *s, struct roles *r, const struct candidates *c)
{
	struct roles first, both;

	for (size_t i = 0; i < c->n; i++) {
		if (!with(s, r, c->list[i].column, &first))
			return false;
		for (size_t k = i + 1; k < c->n; k++) {
			if (with(s, &first, c->list[k].column, &both) && tells_all(&both)) {
				*r = both;
				return true;
			}
		}
	}
	return false;
}

/* Some rows are written twice, say: what is known for a place still belongs into the name. */
static void add_places(const struct sample *s, struct roles *r, const struct candidates *c)
{
	struct roles more;

	for (size_t i = 0; i < c->n; i++)
		if (own_is_place(s->columns[c->list[i].column].role) &&
		    with(s, r, c->list[i].column, &more) && more.beds > r->beds)
			*r = more;
}

/* An unread code around the beds is as good as a ward's. */
static void name_ward(const struct sample *s, struct roles *r, size_t n_before)
{
	size_t first = r->bed[0];

	if (r->ward == NO_COLUMN && r->n_bed > n_before && !own_is_place(s->columns[first].role))
		r->ward = first;
}

/* ---- in a log ---- */

#define LOG_ROWS_MAX 4000
#define LOG_BEDS_MAX 512

struct last_of_bed {
	struct span bed, status;
};

/* Records by which a bed becomes what it is already: two beds of one name, mixed up, look so. */
static size_t count_repeats(const struct sample *s, const struct roles *r)
{
	struct last_of_bed *beds = arena_array(s->arena, struct last_of_bed, LOG_BEDS_MAX);
	size_t n = 0, repeats = 0;

	for (size_t row = 0; row < s->n_rows && row < LOG_ROWS_MAX; row++) {
		struct buf key = BUF_INIT;
		size_t at = 0;
		for (size_t i = 0; i < r->n_bed; i++) {
			buf_add(&key, sample_cell(s, row, r->bed[i]));
			buf_addc(&key, '\x1F');
		}
		while (at < n && !span_eq(beds[at].bed, buf_span(&key)))
			at++;
		if (at == n && n < LOG_BEDS_MAX)
			beds[n++] =
			    (struct last_of_bed){arena_span(s->arena, buf_span(&key)), SPAN_NONE};
		buf_done(&key);
		if (at == LOG_BEDS_MAX)
			continue;
		struct span status = sample_cell(s, row, r->status);
		repeats += status.n && span_eq(status, beds[at].status);
		beds[at].status = status;
	}
	return repeats;
}

/* The column with which nearly every record changes its bed, if without it many do not. */
static void part_log(const struct sample *s, struct roles *r)
{
	struct candidates c;
	struct roles more, best = *r;
	size_t merged = r->status == NO_COLUMN ? 0 : count_repeats(s, r), least = merged / 3 + 1;

	if (merged < 3 || merged * 10 < s->n_rows)
		return;
	gather(s, r, true, &c);
	for (size_t i = 0; i < c.n; i++) {
		if (!with(s, r, c.list[i].column, &more))
			return;
		size_t repeats = count_repeats(s, &more);
		if (repeats >= least)
			continue;
		least = repeats;
		best = more;
	}
	*r = best;
}

/* A list by wards, whose newest changes happen to stand first, looks like a log: one whose beds
 * come more than once, but never within the rows of one ward. */
static size_t each_record_once(const struct sample *s, const struct roles *r)
{
	struct candidates c;
	struct roles more;

	gather(s, r, false, &c);
	for (size_t i = 0; i < c.n; i++)
		if (with(s, r, c.list[i].column, &more) && tells_all(&more) &&
		    is_in_blocks(s, c.list[i].column))
			return c.list[i].column;
	return NO_COLUMN;
}

void apart_find(struct layout *l, struct roles *r)
{
	const struct sample *s = &l->sample;
	size_t n_before = r->n_bed;
	struct candidates c;

	if (r->n_bed == 0 || tells_all(r))
		return;
	if (roles_tell_changes(l, r)) {
		part_log(s, r);
		name_ward(s, r, n_before);
		r->is_parted = r->n_bed > n_before;
		if (!r->is_parted && r->previous == NO_COLUMN)
			r->maybe_ward = each_record_once(s, r);
		return;
	}
	gather(s, r, false, &c);
	if (!add_one(s, r, &c) && !add_two(s, r, &c))
		add_places(s, r, &c);
	name_ward(s, r, n_before);
	r->is_parted = r->n_bed > n_before;
	r->is_merged = !tells_all(r);
}

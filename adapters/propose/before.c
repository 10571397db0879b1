#include "adapters/propose/before.h"

#define BEDS_MAX  512
#define ROWS_MAX  4000
#define LINKS_MIN 3 /* of a chain, that are evidence */
#define CLEARLY	  4 /* times as many links one way as the other */

bool before_is_to_come(const struct sample *s, const struct column *c)
{
	return words_name_has(
	    s->arena, c->title,
	    "morgen imorgen imorgon morgon tomorrow planned planlagt planerad geplant "
	    "gepland next neste naste nachste nachster expected forventet erwartet "
	    "kommende future demain");
}

/* 1: after, -1: before, 0: its name does not say. */
static int place_by_name(const struct sample *s, const struct column *c)
{
	bool before = words_name_has(
		 s->arena, c->title,
		 "fra fran from von alt alter gammel gammal old previous prev forrige "
		 "vorher vorheriger tidligere tidigare van oud oude ancien avant for "
		 "foer fore before innan vanha"),
	     after = words_name_has(
		 s->arena, c->title,
		 "til till to nach neu neuer ny nytt nye new current curr cur aktuell "
		 "naar nieuw nieuwe nouveau apres na naa nu now nachher after efter "
		 "etter uusi");

	return after - before;
}

/* ---- the chain ---- */

struct link {
	struct span bed;
	int first, second; /* what its last record says in the two columns */
};

static int meaning(const struct codes *c, struct span v)
{
	const struct code_meaning *m = codes_find(c, v);

	return m ? m->value : 0;
}

static struct span bed_of(const struct sample *s, const struct roles *r, size_t row)
{
	struct buf key = BUF_INIT;

	for (size_t i = 0; i < r->n_bed; i++) {
		buf_add(&key, sample_cell(s, row, r->bed[i]));
		buf_addc(&key, '\x1F');
	}
	struct span bed = arena_span(s->arena, buf_span(&key));
	buf_done(&key);
	return bed;
}

/* 1: what the first column says comes back in the second at the bed's next record; -1: the other
 * way round; 0: it does not show. */
static int chain_of(const struct sample *s, const struct roles *r, size_t first,
		    const struct codes *firsts, size_t second, const struct codes *seconds)
{
	struct link *links = arena_array(s->arena, struct link, BEDS_MAX);
	size_t n = 0, forth = 0, back = 0;

	for (size_t row = 0; r->n_bed && row < s->n_rows && row < ROWS_MAX; row++) {
		struct link now = {bed_of(s, r, row), meaning(firsts, sample_cell(s, row, first)),
				   meaning(seconds, sample_cell(s, row, second))};
		size_t at = 0;
		while (at < n && !span_eq(links[at].bed, now.bed))
			at++;
		if (at < n) {
			forth += links[at].first && links[at].first == now.second;
			back += links[at].second && links[at].second == now.first;
		} else if (n == BEDS_MAX) {
			continue;
		}
		n += at == n;
		links[at] = now;
	}
	if (r->time == NO_COLUMN || r->times.is_rising == r->times.is_falling)
		return 0;
	int found = forth >= LINKS_MIN && forth > CLEARLY * back  ? 1
		    : back >= LINKS_MIN && back > CLEARLY * forth ? -1
								  : 0;
	return r->times.is_rising ? found : -found;
}

/* ---- which is which ---- */

static bool says_both(const struct codes *c)
{
	bool has[BED_STATUS_COUNT] = {false};

	for (size_t i = 0; i < c->n; i++)
		has[c->list[i].value] = true;
	return has[BED_AVAILABLE] && has[BED_OCCUPIED];
}

/* Does one say occupied in some record where the other says free? */
static bool contradict(const struct sample *s, size_t a, const struct codes *as, size_t b,
		       const struct codes *bs)
{
	for (size_t row = 0; row < s->n_rows; row++) {
		int x = meaning(as, sample_cell(s, row, a));
		int y = meaning(bs, sample_cell(s, row, b));
		if ((x == BED_OCCUPIED && y == BED_AVAILABLE) ||
		    (x == BED_AVAILABLE && y == BED_OCCUPIED))
			return true;
	}
	return false;
}

static bool may_be_other(const struct sample *s, const struct roles *r, size_t i, struct codes *ret)
{
	const struct column *c = &s->columns[i];

	if (i == r->status || c->role == ROLE_PERSON || c->role == ROLE_TEXT ||
	    c->role == ROLE_CARE || c->role == ROLE_WARD || c->role == ROLE_BED ||
	    c->role == ROLE_FREE || c->role == ROLE_TAKEN || !c->filled ||
	    c->n_distinct > CODES_MAX || before_is_to_come(s, c))
		return false;
	codes_read(c, ROLE_STATUS, s->arena, ret);
	return ret->known * 10 >= c->filled * 6 && says_both(ret);
}

static void decide(const struct sample *s, struct roles *r, size_t other,
		   const struct codes *others)
{
	const struct column *status = &s->columns[r->status], *c = &s->columns[other];
	int by_name = place_by_name(s, status) - place_by_name(s, c);
	int by_chain = chain_of(s, r, r->status, &r->statuses, other, others);
	bool is_said = c->role == ROLE_PREVIOUS;

	if (is_said)
		by_name = 1;
	if (!by_name && !by_chain) {
		if (contradict(s, r->status, &r->statuses, other, others))
			r->doubt = other;
		return;
	}
	if ((by_name > 0 && by_chain < 0) || (by_name < 0 && by_chain > 0)) {
		r->doubt = other;
		return;
	}
	if (by_name + by_chain > 0) {
		r->previous = other;
		r->befores = *others;
		return;
	}
	r->previous = r->status;
	r->befores = r->statuses;
	r->status = other;
	r->status_role = ROLE_STATUS;
	r->statuses = *others;
}

void before_find(const struct layout *l, struct roles *r)
{
	const struct sample *s = &l->sample;
	struct codes *others = arena_new(s->arena, struct codes);

	if (r->status == NO_COLUMN || r->status_role != ROLE_STATUS || !says_both(&r->statuses))
		return;
	for (size_t i = 0; i < s->n_columns && r->doubt == NO_COLUMN; i++) {
		if (!may_be_other(s, r, i, others))
			continue;
		decide(s, r, i, others);
		if (r->previous != NO_COLUMN)
			return;
	}
}

/* ---- a free bed that something else says is none ---- */

/* "Dirty", or yes below "Closed". A kind of room says nothing of today. */
static bool denies_free(const struct sample *s, const struct column *c, struct span v)
{
	enum reason reason;
	enum bed_status said = words_status(s->arena, v, &reason);

	if (said == BED_UNKNOWN && words_yes(s->arena, v) == 1)
		said = words_status(s->arena, c->title, &reason);
	return (said == BED_MAINTENANCE && reason != REASON_ISOLATION) || said == BED_RESERVED;
}

static bool denies_some(const struct sample *s, const struct roles *r, size_t i)
{
	const struct column *c = &s->columns[i];

	if (i == r->status || i == r->previous || i == r->ward || c->n_distinct > CODES_MAX ||
	    (c->role != ROLE_NONE && c->role != ROLE_STATUS) ||
	    words_name_has(s->arena, c->title, WORDS_KINDS) || before_is_to_come(s, c))
		return false;
	for (size_t row = 0; row < s->n_rows; row++)
		if (meaning(&r->statuses, sample_cell(s, row, r->status)) == BED_AVAILABLE &&
		    denies_free(s, c, sample_cell(s, row, i)))
			return true;
	return false;
}

void before_find_denial(const struct layout *l, struct roles *r)
{
	const struct sample *s = &l->sample;

	for (size_t i = 0; r->status != NO_COLUMN && i < s->n_columns; i++) {
		if (r->status_beside != NO_COLUMN || !denies_some(s, r, i))
			continue;
		r->status_beside = i;
		r->is_denied = true;
	}
}

/* Names first, values second: a name says what a column is for, the values whether that can be. A
 * column without a name that is known is taken for what its values look like. */
#include "adapters/propose/roles.h"

#include <stdlib.h>

#include "adapters/propose/apart.h"
#include "adapters/propose/before.h"
#include "adapters/propose/own.h"
#include "adapters/value_class.h"

static bool is_secret(const struct column *c)
{
	return c->role == ROLE_PERSON || c->role == ROLE_TEXT;
}

/* ---- what each column looks like ---- */

/* Values that could be names, numbers of persons or free text. */
static bool looks_personal(const struct column *c)
{
	if (!c->filled)
		return false;
	if (c->persons * 3 >= c->filled)
		return true;
	return c->role == ROLE_NONE && c->dates * 2 < c->filled &&
	       ((c->spaced * 3 >= c->filled && c->n_distinct * 2 > c->filled && c->filled > 3) ||
		(c->digits * 2 > c->filled && c->max_bytes >= 9 && c->max_bytes <= 13));
}

/* A date that says nothing more is that of the record. */
static bool is_any_date(struct arena *a, const struct column *c)
{
	struct span folded = words_fold(a, c->title);

	return c->role == ROLE_DATE &&
	       (span_eq_str(folded, "dato") || span_eq_str(folded, "datum") ||
		span_eq_str(folded, "date") || span_eq_str(folded, "dag"));
}

static void name_roles(struct layout *l)
{
	struct sample *s = &l->sample;

	for (size_t i = 0; i < s->n_columns; i++) {
		struct column *c = &s->columns[i];
		c->role = words_role(s->arena, c->title, &c->score);
		if (looks_personal(c) && c->role != ROLE_TIME && c->role != ROLE_DATE) {
			c->role = ROLE_PERSON;
			c->score = 100;
		}
		/* "Sengeliggende", "Roommate": begins like a place, and may be who is there. */
		if (own_is_place(c->role) && c->score < 75 && !own_is_code(c)) {
			c->role = ROLE_NONE;
			c->score = 0;
		}
		if (is_any_date(s->arena, c)) {
			c->role = ROLE_TIME;
			c->score = 60;
		}
	}
}

static size_t best_named(const struct sample *s, enum role role)
{
	size_t best = NO_COLUMN;

	for (size_t i = 0; i < s->n_columns; i++) {
		const struct column *c = &s->columns[i];
		if (c->role != role || !c->filled)
			continue;
		if (best == NO_COLUMN || c->score > s->columns[best].score ||
		    (c->score == s->columns[best].score &&
		     (c->empty < s->columns[best].empty ||
		      (c->empty == s->columns[best].empty &&
		       c->max_bytes < s->columns[best].max_bytes))))
			best = i;
	}
	return best;
}

/* ---- status ---- */

static unsigned status_worth(const struct column *c, enum role role, struct arena *a,
			     struct codes *codes)
{
	if (!c->filled || is_secret(c) || c->n_distinct > CODES_MAX)
		return 0;
	codes_read(c, role, a, codes);
	unsigned words = (unsigned)(100 * codes->in_words / c->filled);
	unsigned known = (unsigned)(100 * codes->known / c->filled);
	if (role == ROLE_STATUS && c->role != ROLE_STATUS)
		return words >= 60 ? words : 0;
	return known || codes->unknown ? 60 + c->score / 2 + known + words / 2 : 0;
}

static void find_status(struct layout *l, struct roles *r)
{
	struct sample *s = &l->sample;
	unsigned most = 0;

	for (size_t i = 0; i < s->n_columns; i++) {
		struct column *c = &s->columns[i];
		struct codes codes;
		enum role role =
		    c->role == ROLE_FREE || c->role == ROLE_TAKEN ? c->role : ROLE_STATUS;
		if (c->role == ROLE_PREVIOUS || c->role == ROLE_CARE || c->role == ROLE_BED ||
		    c->role == ROLE_WARD || before_is_to_come(s, c))
			continue;
		unsigned worth = status_worth(c, role, s->arena, &codes);
		if (worth > most) {
			most = worth;
			r->status = i;
			r->status_role = role;
			r->statuses = codes;
		}
	}
}

static bool has_one_status(const struct codes *codes, enum bed_status status)
{
	for (size_t i = 0; i < codes->n; i++)
		if (codes->list[i].value == (int)status)
			return true;
	return false;
}

/* "Type" A, B and C are kinds of beds. */
static bool is_of_kinds(struct arena *a, const struct column *c)
{
	struct span folded = words_fold(a, c->title);
	static const char *const kinds[] = {"type", "class", "klasse", "kategori", "category"};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (span_ends(folded, span_str(kinds[i])))
			return true;
	return false;
}

/* A and B, or A to E, are wards, houses or sides of a room. */
static bool are_labels(const struct column *c)
{
	for (size_t i = 0; i < c->n_values; i++)
		if (c->values[i].text.p[0] < 'A' || c->values[i].text.p[0] > 'E')
			return false;
	return true;
}

/* No name says it: one letter each, of which most are known. */
static void find_status_letters(struct layout *l, struct roles *r)
{
	struct sample *s = &l->sample;

	for (size_t i = 0; i < s->n_columns && r->status == NO_COLUMN; i++) {
		struct column *c = &s->columns[i];
		struct codes codes;
		if (c->role != ROLE_NONE || c->max_bytes != 1 || c->digits || c->n_distinct < 2 ||
		    c->n_distinct > 8 || is_of_kinds(s->arena, c) || are_labels(c))
			continue;
		codes_read(c, ROLE_STATUS, s->arena, &codes);
		if (codes.unknown > 0 || !has_one_status(&codes, BED_OCCUPIED) ||
		    !has_one_status(&codes, BED_AVAILABLE))
			continue;
		r->status = i;
		r->status_role = ROLE_STATUS;
		r->statuses = codes;
		r->status_unnamed = true;
	}
}

/* "** VACANT **" where otherwise a name stands, more than once. */
static bool says_free(struct arena *a, const struct column *c)
{
	enum reason reason;

	for (size_t i = 0; i < c->n_values; i++)
		if (c->values[i].count > 1 && !value_class_is_person(c->values[i].text) &&
		    words_status(a, c->values[i].text, &reason) == BED_AVAILABLE)
			return true;
	return false;
}

/* A person's column that is empty now and then, in a list of beds, says who lies where; and so
 * which bed is free. */
static void find_presence(struct layout *l, struct roles *r)
{
	struct sample *s = &l->sample;

	if (r->status != NO_COLUMN)
		return;
	for (size_t i = 0; i < s->n_columns; i++) {
		const struct column *c = &s->columns[i];
		if (c->role != ROLE_PERSON || !c->filled || (!c->empty && !says_free(s->arena, c)))
			continue;
		if (r->presence == NO_COLUMN || c->filled > s->columns[r->presence].filled)
			r->presence = i;
	}
}

/* Free: a cross; Occupied: a cross; and one of them in each row: both say the same. */
static bool are_halves(const struct sample *s, size_t a, size_t b)
{
	enum role x = s->columns[a].role, y = s->columns[b].role;

	if (!(x == ROLE_FREE && y == ROLE_TAKEN) && !(x == ROLE_TAKEN && y == ROLE_FREE))
		return false;
	for (size_t row = 0; row < s->n_rows; row++)
		if ((words_yes(s->arena, sample_cell(s, row, a)) == 1) ==
		    (words_yes(s->arena, sample_cell(s, row, b)) == 1))
			return false;
	return true;
}

/* Occupied: yes or no; Closed: yes or no. What one of them says is not all. */
static void find_status_beside(struct layout *l, struct roles *r)
{
	struct sample *s = &l->sample;
	enum reason reason;

	if (r->status == NO_COLUMN || r->status_role == ROLE_STATUS)
		return;
	for (size_t i = 0; i < s->n_columns && r->status_beside == NO_COLUMN; i++) {
		const struct column *c = &s->columns[i];
		bool yes = false, other = false;
		if (i == r->status || !c->filled || are_halves(s, r->status, i) ||
		    words_status(s->arena, c->title, &reason) == BED_UNKNOWN)
			continue;
		for (size_t v = 0; v < c->n_values; v++) {
			int said = words_yes(s->arena, c->values[v].text);
			yes = yes || said == 1;
			other = other || said < 0;
		}
		if (yes && !other)
			r->status_beside = i;
	}
}

/* ---- times ---- */

static unsigned time_worth(const struct column *c, const struct times *t)
{
	if (!t->format || t->fits * 10 < t->of * 8)
		return 0;
	unsigned worth = c->role == ROLE_TIME	 ? 200 + c->score
			 : c->role == ROLE_CLOCK ? 150
			 : c->role == ROLE_DATE	 ? 50 + c->score / 2
			 : c->role == ROLE_NONE	 ? 60
						 : 0;
	return worth ? worth + (t->is_date_only ? 0 : 40) : 0;
}

/* Numbers are times only where a name says so. */
static bool may_be_time(const struct column *c)
{
	if (!c->filled || is_secret(c))
		return false;
	if (c->role == ROLE_TIME || c->role == ROLE_DATE || c->role == ROLE_CLOCK)
		return true;
	return c->role == ROLE_NONE && c->max_bytes >= 8 && c->digits * 2 < c->filled;
}

static bool is_american(const struct roles *r)
{
	return r->language && strcmp(r->language, "English") == 0;
}

static void find_time(struct layout *l, struct roles *r)
{
	struct sample *s = &l->sample;
	unsigned most = 0;

	for (size_t i = 0; i < s->n_columns; i++) {
		struct times t;
		if (!may_be_time(&s->columns[i]) || times_is_clock(&s->columns[i]))
			continue;
		times_read(s, i, NO_COLUMN, is_american(r), &t);
		unsigned worth = time_worth(&s->columns[i], &t);
		if (worth > most) {
			most = worth;
			r->time = i;
			r->times = t;
		}
	}
	if (r->time == NO_COLUMN || !r->times.is_date_only)
		return;
	for (size_t i = 0; i < s->n_columns; i++) {
		struct times t;
		const struct column *c = &s->columns[i];
		bool may = c->role == ROLE_CLOCK || c->role == ROLE_TIME || c->role == ROLE_NONE;
		if (i == r->time || !may || !times_is_clock(c))
			continue;
		times_read(s, r->time, i, is_american(r), &t);
		if (t.format && t.fits * 10 >= t.of * 8) {
			r->clock = i;
			r->times = t;
			return;
		}
	}
}

/* ---- beds ---- */

static bool holds_everywhere(const struct sample *s, size_t whole, size_t part)
{
	size_t n = 0;

	for (size_t row = 0; row < s->n_rows; row++) {
		struct span w = sample_cell(s, row, whole), v = sample_cell(s, row, part);
		if (!w.n || !v.n)
			continue;
		if (!memmem(w.p, w.n, v.p, v.n))
			return false;
		n++;
	}
	return n > 1;
}

void roles_count_beds(const struct sample *s, struct roles *r)
{
	r->beds = r->n_bed ? sample_idents(s, r->bed, r->n_bed, &r->rows) : 0;
}

/* A bed's own name is enough if it is long, or holds the room's. */
static bool stands_alone(const struct sample *s, size_t bed, size_t room, size_t ward)
{
	const struct column *c = &s->columns[bed];

	if (room != NO_COLUMN && holds_everywhere(s, bed, room) &&
	    (ward == NO_COLUMN || c->max_bytes > 5))
		return true;
	return c->n_distinct == s->n_rows && c->max_bytes >= 5;
}

static void add_part(struct roles *r, size_t column)
{
	if (column != NO_COLUMN && r->n_bed < BED_PARTS_MAX)
		r->bed[r->n_bed++] = column;
}

static void find_bed_by_name(struct layout *l, struct roles *r)
{
	struct sample *s = &l->sample;
	size_t bed = best_named(s, ROLE_BED), room = best_named(s, ROLE_ROOM);
	size_t place = best_named(s, ROLE_PLACE);

	if (bed == NO_COLUMN && room == NO_COLUMN && place != NO_COLUMN &&
	    s->columns[place].n_distinct == s->n_rows)
		bed = place;
	if (bed == NO_COLUMN && room == NO_COLUMN)
		return;
	if (bed != NO_COLUMN && stands_alone(s, bed, room, r->ward)) {
		add_part(r, bed);
	} else {
		add_part(r, r->ward);
		if (bed == NO_COLUMN || room == NO_COLUMN || !holds_everywhere(s, bed, room))
			add_part(r, room);
		add_part(r, bed);
	}
	roles_count_beds(s, r);
	if (r->beds < r->rows && place != NO_COLUMN && r->n_bed < BED_PARTS_MAX) {
		struct roles with = *r;
		memmove(&with.bed[1], &with.bed[0], with.n_bed * sizeof(with.bed[0]));
		with.bed[0] = place;
		with.n_bed++;
		roles_count_beds(s, &with);
		if (with.beds > r->beds)
			*r = with;
	}
}

/* 20260413 in all rows. */
static bool are_days(const struct column *c)
{
	for (size_t i = 0; i < c->n_values; i++) {
		struct span v = c->values[i].text;
		int64_t n;
		if (v.n != 8 || !span_to_i64(v, &n) || n < 19900101 || n > 20991231 ||
		    n / 100 % 100 < 1 || n / 100 % 100 > 12 || n % 100 < 1 || n % 100 > 31)
			return false;
	}
	return c->n_values > 0;
}

static bool may_name_bed(const struct layout *l, const struct roles *r, size_t i)
{
	const struct column *c = &l->sample.columns[i];

	return c->role == ROLE_NONE && c->filled * 10 >= l->sample.n_rows * 9 &&
	       c->max_bytes <= 16 && !c->dates && !are_days(c) && i != r->status && i != r->time &&
	       i != r->clock && !times_is_clock(c) && c->spaced * 2 < c->filled && own_is_code(c) &&
	       own_is_the_beds(&l->sample, r, i);
}

/* Without names: the fewest and first columns that together tell the rows apart. */
static void find_bed_by_values(struct layout *l, struct roles *r)
{
	struct sample *s = &l->sample;
	size_t all[12], n = 0, rows;
	size_t best[3] = {NO_COLUMN, NO_COLUMN, NO_COLUMN}, most = 0;

	for (size_t i = 0; i < s->n_columns && n < ARRAY_LEN(all); i++)
		if (may_name_bed(l, r, i))
			all[n++] = i;
	for (size_t a = 0; a < n; a++) {
		for (size_t b = a; b < n; b++) {
			for (size_t c = b; c < n; c++) {
				size_t set[3] = {all[a], all[b], all[c]};
				size_t distinct = sample_distinct(s, set, 3, &rows);
				size_t size = 1 + (b != a) + (c != b);
				/* One more column must tell clearly more rows apart. */
				size_t worth = distinct * 20 / (19 + size);
				if (worth > most) {
					most = worth;
					memcpy(best, set, sizeof(best));
				}
			}
		}
	}
	if (r->ward != best[0] && r->ward != best[1] && r->ward != best[2])
		add_part(r, r->ward);
	for (size_t i = 0; i < 3; i++)
		if (best[i] != NO_COLUMN && (i == 0 || best[i] != best[i - 1]))
			add_part(r, best[i]);
	roles_count_beds(s, r);
	if (roles_tell_changes(l, r) || !own_words_are_shared(s, r))
		r->n_bed = r->beds = 0;
}

static void find_ward_by_values(struct layout *l, struct roles *r)
{
	struct sample *s = &l->sample;

	for (size_t i = 0; i < s->n_columns && r->ward == NO_COLUMN; i++) {
		struct column *c = &s->columns[i];
		if (c->role == ROLE_NONE && may_name_bed(l, r, i) && !c->digits &&
		    c->max_bytes >= 2 && c->n_distinct * 3 <= c->filled && c->n_distinct <= 40)
			r->ward = i;
	}
}

/* ---- the rest ---- */

static void vote(struct layout *l, struct roles *r, struct arena *a)
{
	unsigned votes[WORDS_LANGUAGES] = {0};

	for (size_t i = 0; i < l->sample.n_columns; i++)
		words_vote(words_fold(a, l->sample.columns[i].title), votes);
	if (r->status != NO_COLUMN)
		for (size_t i = 0; i < r->statuses.n; i++)
			if (r->statuses.list[i].is_word)
				words_vote(words_fold(a, r->statuses.list[i].text), votes);
	r->zone = words_zone(votes, &r->language);
}

/* A column of staff has few people on many records; one of residents has as many as records. */
static void find_user(struct layout *l, struct roles *r)
{
	size_t user = best_named(&l->sample, ROLE_USER);
	struct column *c = user == NO_COLUMN ? NULL : &l->sample.columns[user];

	if (!c)
		return;
	if (c->filled >= 4 && c->n_distinct * 10 > c->filled * 7) {
		c->role = ROLE_PERSON;
		return;
	}
	r->user = user;
}

static bool says_changes(const struct sample *s, const struct roles *r)
{
	return r->previous != NO_COLUMN || best_named(s, ROLE_REASON) != NO_COLUMN;
}

bool roles_tell_changes(const struct layout *l, const struct roles *r)
{
	return (says_changes(&l->sample, r) && r->times.format) || r->previous != NO_COLUMN ||
	       (r->time != NO_COLUMN && r->times.is_varied &&
		(r->times.is_rising || r->times.is_falling));
}

/* Each bed once: all beds, unless it tells of changes in the order of time. */
static bool is_census(const struct layout *l, const struct roles *r)
{
	if (r->n_bed == 0 || r->beds < r->rows)
		return false;
	if (says_changes(&l->sample, r) && r->times.format)
		return false;
	bool in_order = r->time != NO_COLUMN && r->times.is_varied && r->times.is_rising &&
			r->rows > 2 && r->times.last - r->times.first < 3 * USEC_PER_DAY;
	return !in_order;
}

/* "Updated" says when, but not as anything is written that is known. */
static bool has_unread_time(const struct layout *l)
{
	for (size_t i = 0; i < l->sample.n_columns; i++)
		if (l->sample.columns[i].role == ROLE_TIME && l->sample.columns[i].score >= 90 &&
		    l->sample.columns[i].filled)
			return true;
	return false;
}

void roles_find(struct proposal *p, struct layout *l, struct roles *ret)
{
	struct roles *r = ret;

	*r = (struct roles){.ward = NO_COLUMN,
			    .care = NO_COLUMN,
			    .status = NO_COLUMN,
			    .previous = NO_COLUMN,
			    .time = NO_COLUMN,
			    .clock = NO_COLUMN,
			    .user = NO_COLUMN,
			    .reason = NO_COLUMN,
			    .presence = NO_COLUMN,
			    .status_beside = NO_COLUMN,
			    .maybe_ward = NO_COLUMN,
			    .doubt = NO_COLUMN};
	name_roles(l);
	r->ward = best_named(&l->sample, ROLE_WARD);
	find_status(l, r);
	vote(l, r, &p->arena);
	find_time(l, r);
	if (r->status == NO_COLUMN)
		find_status_letters(l, r);
	find_presence(l, r);
	find_status_beside(l, r);
	find_bed_by_name(l, r);
	if (r->n_bed == 0 || (l->header_words < 2 && !l->record && r->beds * 2 < r->rows)) {
		r->n_bed = 0;
		find_ward_by_values(l, r);
		find_bed_by_values(l, r);
	}
	if (own_names_who_lies_there(&l->sample, r))
		r->n_bed = r->beds = 0;
	r->care = best_named(&l->sample, ROLE_CARE);
	if (r->care != NO_COLUMN)
		codes_read(&l->sample.columns[r->care], ROLE_CARE, &p->arena, &r->cares);
	r->previous = best_named(&l->sample, ROLE_PREVIOUS);
	if (r->previous != NO_COLUMN)
		codes_read(&l->sample.columns[r->previous], ROLE_STATUS, &p->arena, &r->befores);
	before_find(l, r);
	before_find_denial(l, r);
	find_user(l, r);
	apart_find(l, r);
	r->is_census = is_census(l, r);
	r->time_unread = r->time == NO_COLUMN && r->is_census && has_unread_time(l);
	if (r->is_census)
		codes_doubt_discharge(&r->statuses);
}

#include "adapters/propose/own.h"

#include <ctype.h>
#include <string.h>

#define RUN_MAX	    4 /* digits in a row: more are a patient's number, a birth date, a case's */
#define LETTERS_MAX 2 /* "A", "FL": a bed's letter; more are a word */
#define FREE_MIN    2 /* rows of free beds that are evidence */
#define SHARED_BY   2 /* beds that each word of a ward stands for at least */

bool own_is_place(enum role role)
{
	return role == ROLE_WARD || role == ROLE_ROOM || role == ROLE_PLACE || role == ROLE_BED;
}

struct shape {
	size_t longest_run;	    /* of digits, in any value */
	bool has_digits, has_words; /* some value has; is of letters only, and long */
};

static void see_value(struct shape *s, struct span v)
{
	size_t run = 0, digits = 0;

	for (size_t i = 0; i < v.n; i++) {
		run = isdigit((unsigned char)v.p[i]) ? run + 1 : 0;
		digits += run > 0;
		s->longest_run = run > s->longest_run ? run : s->longest_run;
	}
	s->has_digits |= digits > 0;
	s->has_words |= digits == 0 && v.n > LETTERS_MAX;
}

static struct shape shape_of(const struct column *c)
{
	struct shape s = {0};

	for (size_t i = 0; i < c->n_values; i++)
		see_value(&s, c->values[i].text);
	return s;
}

static bool comes_again(const struct column *c)
{
	return c->n_distinct * 3 <= c->filled;
}

bool own_is_code(const struct column *c)
{
	struct shape s = shape_of(c);

	return s.longest_run <= RUN_MAX && !c->persons && !c->dates &&
	       (!s.has_words || comes_again(c));
}

const char *own_looks(const struct column *c)
{
	struct shape s = shape_of(c);

	if (!c->filled)
		return "empty";
	if (c->dates * 2 > c->filled)
		return "dates or times";
	if (c->persons || s.longest_run > RUN_MAX)
		return "long numbers or names, as persons have";
	if (s.has_words && !comes_again(c))
		return "words that hardly come again, as names do";
	if (s.has_words)
		return "words that come again";
	if (c->digits == c->filled)
		return comes_again(c) ? "short numbers that come again" : "short numbers";
	return comes_again(c) ? "short codes that come again" : "short codes";
}

/* ---- where nobody lies ---- */

static bool is_free_row(const struct sample *s, const struct roles *r, size_t row)
{
	const struct code_meaning *m =
	    r->status == NO_COLUMN ? NULL
				   : codes_find(&r->statuses, sample_cell(s, row, r->status));

	return m && m->value == BED_AVAILABLE;
}

static bool has_sign(struct span v)
{
	for (size_t i = 0; i < v.n; i++)
		if (isalnum((unsigned char)v.p[i]) || v.p[i] & 0x80)
			return true;
	return false;
}

/* "null", "0", "-1": all free beds have it, and no other. */
static bool stands_for_nothing(const struct sample *s, const struct roles *r, size_t column,
			       struct span value)
{
	for (size_t row = 0; row < s->n_rows; row++)
		if (span_eq(sample_cell(s, row, column), value) != is_free_row(s, r, row))
			return false;
	return true;
}

bool own_is_the_beds(const struct sample *s, const struct roles *r, size_t column)
{
	size_t n = 0;
	struct span first = SPAN_NONE;

	for (size_t row = 0; row < s->n_rows; row++) {
		if (!is_free_row(s, r, row))
			continue;
		struct span v = sample_cell(s, row, column);
		if (!has_sign(v))
			return false;
		first = n++ ? first : v;
	}
	return n >= FREE_MIN && !stands_for_nothing(s, r, column, first);
}

bool own_is_shared(const struct sample *s, const struct roles *r, size_t column)
{
	size_t parts[BED_PARTS_MAX + 1], rows;

	memcpy(parts, r->bed, r->n_bed * sizeof(parts[0]));
	parts[r->n_bed] = column;
	return sample_idents(s, parts, r->n_bed + 1, &rows) >=
	       s->columns[column].n_distinct * SHARED_BY;
}

bool own_words_are_shared(const struct sample *s, const struct roles *r)
{
	for (size_t i = 0; i < r->n_bed; i++) {
		const struct column *c = &s->columns[r->bed[i]];
		if (c->role == ROLE_NONE && shape_of(c).has_words &&
		    r->beds < c->n_distinct * SHARED_BY)
			return false;
	}
	return true;
}

#define WORD_MIN    3	/* letters of a word that may be a name */
#define ROWS_ENOUGH 400 /* each is compared with each */

static size_t rows_to_compare(const struct sample *s)
{
	return s->n_rows < ROWS_ENOUGH ? s->n_rows : ROWS_ENOUGH;
}

/* Has the value a word that stands in no other row of the column? */
static bool has_own_word(const struct sample *s, size_t column, size_t row)
{
	struct span v = sample_cell(s, row, column);

	for (size_t at = 0, n = 0; at < v.n; at += n + !n) {
		for (n = 0;
		     at + n < v.n && (isalpha((unsigned char)v.p[at + n]) || v.p[at + n] & 0x80);)
			n++;
		bool alone = n >= WORD_MIN;
		for (size_t other = 0; alone && other < rows_to_compare(s); other++) {
			struct span o = sample_cell(s, other, column);
			alone =
			    other == row || span_eq(o, v) || !o.n || !memmem(o.p, o.n, v.p + at, n);
		}
		if (alone)
			return true;
	}
	return false;
}

bool own_names_who_lies_there(const struct sample *s, const struct roles *r)
{
	for (size_t i = 0; i < r->n_bed; i++) {
		size_t free_rows = 0, free_words = 0, taken_words = 0;
		for (size_t row = 0; row < rows_to_compare(s); row++) {
			bool is_free = is_free_row(s, r, row),
			     has = has_own_word(s, r->bed[i], row);
			free_rows += is_free;
			free_words += is_free && has;
			taken_words += !is_free && has;
		}
		if (free_rows && !free_words && taken_words >= 2)
			return true;
	}
	return false;
}

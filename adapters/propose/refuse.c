#include "adapters/propose/refuse.h"

#include "adapters/propose/yaml.h"

#define COUNT_BYTES 3 /* of beds: more digits are somebody's number */

/* A room a row, and its beds beside each other. */
static int refuse_beds_beside(const struct layout *l, struct err *err)
{
	const struct sample *s = &l->sample;
	size_t n = 0;

	for (size_t i = 0; i < s->n_columns; i++) {
		struct codes codes;
		if (s->columns[i].role != ROLE_BED || !s->columns[i].filled)
			continue;
		codes_read(&s->columns[i], ROLE_STATUS, s->arena, &codes);
		n += codes.in_words * 10 >= s->columns[i].filled * 6;
	}
	if (n < 2)
		return 0;
	return err_set(err, ERR_INVALID,
		       "%zu columns hold a status each: a row is a room, and its beds stand beside "
		       "each other. Bedpost reads a row as one bed: have a line exported for each",
		       n);
}

/* ---- counts ---- */

static bool is_number(const struct column *c)
{
	return c->filled > 0 && c->digits == c->filled && c->max_bytes <= COUNT_BYTES;
}

static bool exceeds_one(const struct column *c)
{
	for (size_t i = 0; i < c->n_values; i++)
		if (c->values[i].text.n > 1 || c->values[i].text.p[0] > '1')
			return true;
	return false;
}

/* "Ledige plasser", "Betten frei". */
static bool is_of_beds(const struct sample *s, const struct column *c)
{
	return words_name_has(
	    s->arena, c->title,
	    "senger senge plasser pladser platser sanger betten plaetze platze beds "
	    "bedden lits leitos");
}

static bool counts_free_or_taken(const struct sample *s, const struct column *c)
{
	if (!is_number(c))
		return false;
	if (c->role == ROLE_FREE || c->role == ROLE_TAKEN)
		return exceeds_one(c);
	return is_of_beds(s, c) &&
	       words_name_has(
		   s->arena, c->title,
		   "ledig ledige lediga ledigt frie fri frei freie free vacant available "
		   "belagt belagte belegt belegte opptatt opptatte occupied besatt optagne vrije "
		   "libres antall antal anzahl number total gesamt staffed");
}

/* A ward a row, and in it a number of beds that are free. */
static bool is_ward_a_row(const struct sample *s, const struct roles *r)
{
	if (r->status == NO_COLUMN || r->status_role == ROLE_STATUS || r->n_bed == 0 ||
	    !is_number(&s->columns[r->status]))
		return false;
	for (size_t i = 0; i < r->n_bed; i++) {
		const struct column *c = &s->columns[r->bed[i]];
		bool is_wide = c->score && (c->role == ROLE_WARD || c->role == ROLE_PLACE);
		if (!is_wide && !(is_number(c) && is_of_beds(s, c)))
			return false;
	}
	size_t rows, first = r->bed[0];
	return sample_idents(s, &first, 1, &rows) == rows;
}

static bool is_of_counts(const struct sample *s, const struct roles *r)
{
	if (r->status != NO_COLUMN && r->statuses.in_words && r->status_role == ROLE_STATUS)
		return false;
	for (size_t i = 0; i < s->n_columns; i++)
		if (counts_free_or_taken(s, &s->columns[i]))
			return true;
	return is_ward_a_row(s, r);
}

/* ---- beds without a status, residents without free beds ---- */

/* Codes of something that nobody knows might be a status in another language. */
static bool may_be_status(const struct sample *s, const struct column *c)
{
	if (c->role == ROLE_STATUS || c->role == ROLE_FREE || c->role == ROLE_TAKEN)
		return c->filled > 0;
	bool is_kind = words_name_has(s->arena, c->title, WORDS_KINDS) &&
		       !words_listed(WORDS_KINDS, words_fold(s->arena, c->title));

	return (c->role == ROLE_NONE || c->role == ROLE_BED) && c->n_distinct >= 2 &&
	       c->n_distinct <= CODES_MAX && c->n_distinct < c->filled && !c->dates && !is_kind;
}

static bool is_named_bed(const struct sample *s, const struct roles *r)
{
	return r->n_bed > 0 && s->columns[r->bed[r->n_bed - 1]].score > 0;
}

static bool says_no_status(const struct sample *s, const struct roles *r)
{
	if (r->status != NO_COLUMN || r->presence != NO_COLUMN || !is_named_bed(s, r) ||
	    s->n_rows < 2)
		return false;
	for (size_t i = 0; i < s->n_columns; i++)
		if (!yaml_is_used(r, i) && may_be_status(s, &s->columns[i]))
			return false;
	return true;
}

static bool has_person(const struct sample *s)
{
	for (size_t i = 0; i < s->n_columns; i++)
		if (s->columns[i].role == ROLE_PERSON && s->columns[i].filled)
			return true;
	return false;
}

int refuse_no_list(const struct layout *l, const struct roles *r, struct err *err)
{
	const struct sample *s = &l->sample;
	int code = refuse_beds_beside(l, err);

	if (code < 0)
		return code;
	if (is_of_counts(s, r))
		return err_set(
		    err, ERR_INVALID,
		    "it counts beds instead of naming them: Bedpost needs a row for each "
		    "bed, with its name and its status");
	/* In XML it may be where a bed stands: in <Occupied>, in <Free>. */
	if (l->record || !says_no_status(s, r))
		return 0;
	if (has_person(s))
		return err_set(
		    err, ERR_INVALID,
		    "each row has a resident, and no bed is ever empty: a bed would never "
		    "become free again. Have free beds listed too, or each bed's status");
	return err_set(err, ERR_INVALID,
		       "it lists beds, and no column says whether they are free: have their status "
		       "exported too");
}

/* Letters mean different things beside each other: V is vacant where there is no L or F, and
 * "vedlikehold" where there is; so a column's codes are read together. */
#include "adapters/propose/codes.h"

#include <ctype.h>

#include "adapters/value_class.h"

bool codes_may_show(const struct column *c, const struct sample_value *v)
{
	const char *kind = value_class(v->text);

	if (v->text.n > CODE_LETTERS_ONLY || strcmp(kind, "date-like") == 0 ||
	    value_class_is_person(v->text) || c->n_distinct > CODES_MAX)
		return false;
	if (strcmp(kind, "digits") == 0 && v->text.n > 3)
		return false;
	return v->count >= 3 || (v->count >= 2 && v->text.n <= 4);
}

/* ---- single letters ---- */

static bool has(const struct column *c, char letter)
{
	for (size_t i = 0; i < c->n_values; i++)
		if (c->values[i].text.n == 1 &&
		    toupper((unsigned char)c->values[i].text.p[0]) == letter)
			return true;
	return false;
}

static bool has_one_of(const struct column *c, const char *letters)
{
	for (; *letters; letters++)
		if (has(c, *letters))
			return true;
	return false;
}

struct letter {
	char letter;
	enum bed_status status;
	enum reason reason;
};

static enum bed_status of_letter(const struct column *c, char letter, enum reason *ret_reason)
{
	static const struct letter plain[] = {
	    {'L', BED_AVAILABLE},
	    {'F', BED_AVAILABLE},
	    {'U', BED_AVAILABLE}, /* HL7 table 0116 */
	    {'O', BED_OCCUPIED},
	    {'R', BED_RESERVED},
	    {'M', BED_MAINTENANCE},
	    {'W', BED_MAINTENANCE},
	    {'H', BED_MAINTENANCE, REASON_HOUSEKEEPING},
	    {'K', BED_MAINTENANCE, REASON_CONTAMINATED},
	    {'I', BED_MAINTENANCE, REASON_ISOLATION},
	    {'C', BED_MAINTENANCE, REASON_CLOSED},
	    {'X', BED_MAINTENANCE, REASON_CLOSED},
	    {'G', BED_MAINTENANCE, REASON_CLOSED},
	    {'S', BED_MAINTENANCE, REASON_CLOSED},
	    {'D', BED_MAINTENANCE, REASON_CLEANING},
	};

	*ret_reason = REASON_NONE;
	if (letter == 'V')
		return has_one_of(c, "LFAU") ? BED_MAINTENANCE : BED_AVAILABLE;
	if (letter == 'B')
		return has(c, 'O') ? BED_MAINTENANCE : BED_OCCUPIED;
	if (letter == 'A')
		return has_one_of(c, "LFV") ? BED_UNKNOWN : BED_AVAILABLE;
	if (letter == 'E' || letter == 'T')
		return has_one_of(c, "LFAU") ? BED_UNKNOWN : BED_AVAILABLE;
	if (letter == 'P')
		return has(c, 'R') ? BED_UNKNOWN : BED_RESERVED;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		if (plain[i].letter == letter) {
			*ret_reason = plain[i].reason;
			return plain[i].status;
		}
	}
	return BED_UNKNOWN;
}

/* Yes and no, where all values are that and the column's name says what of. */
static bool is_yes_no(const struct column *c, struct arena *a)
{
	for (size_t i = 0; i < c->n_values; i++)
		if (words_yes(a, c->values[i].text) < 0)
			return false;
	return c->n_values > 0 && c->n_values <= 4;
}

static bool is_zero_one(const struct column *c)
{
	for (size_t i = 0; i < c->n_values; i++)
		if (!span_eq_str(c->values[i].text, "0") && !span_eq_str(c->values[i].text, "1"))
			return false;
	return c->n_values == 2;
}

/* "Belegung" 1 is an occupied bed; "Status" 1 may be anything. */
static bool is_of_occupancy(const struct column *c, struct arena *a)
{
	static const char titles[] = "belegung belegungsstatus occupancy occupancystatus belegg "
				     "beleggsstatus belaggning beleg belaeg belaegning bezetting";

	return words_listed(titles, words_fold(a, c->title));
}

static void read_status(const struct column *c, enum role role, struct arena *a,
			struct code_meaning *m)
{
	if (role != ROLE_STATUS && is_yes_no(c, a)) {
		bool yes = words_yes(a, m->text) == 1;
		m->value = yes == (role == ROLE_FREE) ? BED_AVAILABLE : BED_OCCUPIED;
		m->is_word = true;
		return;
	}
	m->value = (int)words_status(a, m->text, &m->reason);
	m->is_word = m->value != BED_UNKNOWN;
	if (m->is_word || m->text.n != 1)
		return;
	char letter = (char)toupper((unsigned char)m->text.p[0]);
	if (is_zero_one(c) && is_of_occupancy(c, a))
		m->value = letter == '1' ? BED_OCCUPIED : BED_AVAILABLE;
	else if (isalpha((unsigned char)letter))
		m->value = (int)of_letter(c, letter, &m->reason);
}

/* A Pflegegrad goes from 1 to 5, most others from 1 to 3. */
static void read_care(const struct column *c, struct arena *a, struct code_meaning *m)
{
	static const enum care_level of_five[] = {CARE_UNKNOWN, CARE_LIGHT,	CARE_LIGHT,
						  CARE_MEDIUM,	CARE_INTENSIVE, CARE_INTENSIVE};
	bool has_more = has(c, '4') || has(c, '5');
	static const char letters[] = "LMIHNT";
	static const enum care_level of_letter_list[] = {
	    CARE_LIGHT, CARE_MEDIUM, CARE_INTENSIVE, CARE_INTENSIVE, CARE_MEDIUM, CARE_INTENSIVE};
	int letter = m->text.n == 1 ? toupper((unsigned char)m->text.p[0]) : '\0';

	m->value = (int)words_care(a, m->text);
	m->is_word = m->value != CARE_UNKNOWN && m->text.n > 1;
	if (m->value != CARE_UNKNOWN || !letter)
		return;
	if (letter >= '1' && letter <= '5')
		m->value = has_more	  ? (int)of_five[letter - '0']
			   : letter < '4' ? (int)CARE_LIGHT + (letter - '1')
					  : (int)CARE_UNKNOWN;
	for (size_t i = 0; letters[i] && m->value == CARE_UNKNOWN; i++)
		if (letter == letters[i])
			m->value = (int)of_letter_list[i];
}

/* What is not known is shown as a code if it is as short as one, or one word among others that are
 * known: a column of names that was taken for that of the status must not show them. */
static bool may_ask_about(const struct codes *codes, const struct code_meaning *m)
{
	return m->value || m->text.n <= 3 ||
	       (codes->known > codes->unknown && !memchr(m->text.p, ' ', m->text.n));
}

/* Letters that say free and occupied beside each other in some language. F and M are women and men,
 * L and U say either in Swedish: a free bed's letter is believed only beside that of a taken one.
 */
static bool is_pair(char available, char occupied)
{
	static const char *const pairs[] = {"FB", "LB", "VB", "TB", "FO", "LO",
					    "VO", "UO", "AO", "EO", "TO"};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (pairs[i][0] == available && pairs[i][1] == occupied)
			return true;
	return false;
}

static bool means(const struct code_meaning *m, enum bed_status status, bool is_word)
{
	return m->value == (int)status && m->is_word == is_word;
}

static bool has_pair(const struct codes *codes)
{
	bool words[BED_STATUS_COUNT] = {false};

	for (size_t i = 0; i < codes->n; i++) {
		const struct code_meaning *f = &codes->list[i];
		words[f->is_word ? f->value : 0] = true;
		for (size_t k = 0; means(f, BED_AVAILABLE, false) && k < codes->n; k++)
			if (means(&codes->list[k], BED_OCCUPIED, false) &&
			    is_pair((char)toupper((unsigned char)f->text.p[0]),
				    (char)toupper((unsigned char)codes->list[k].text.p[0])))
				return true;
	}
	return words[BED_AVAILABLE] && words[BED_OCCUPIED];
}

/* 0 and 1 are left: what they are of, the column's name says. */
static void doubt_letters(struct codes *codes)
{
	if (has_pair(codes))
		return;
	for (size_t i = 0; i < codes->n; i++)
		if (!codes->list[i].is_word && !isdigit((unsigned char)codes->list[i].text.p[0]))
			codes->list[i].value = 0;
}

static bool is_no_code(const struct code_meaning *m)
{
	return m->text.n > CODE_BYTES_MAX || value_class_is_person(m->text);
}

static void sum_up(struct codes *c)
{
	c->known = c->unknown = c->in_words = c->hidden = 0;
	c->by_letters = false;
	for (size_t i = 0; i < c->n; i++) {
		struct code_meaning *m = &c->list[i];
		c->known += m->value ? m->count : 0;
		c->in_words += m->is_word ? m->count : 0;
		c->unknown += m->value || is_no_code(m) ? 0 : m->count;
		c->by_letters |= m->value && !m->is_word;
	}
	for (size_t i = 0; i < c->n; i++) {
		struct code_meaning *m = &c->list[i];
		m->is_shown = m->is_shown && may_ask_about(c, m);
		c->hidden += m->is_shown ? 0 : m->count;
	}
}

const struct code_meaning *codes_find(const struct codes *c, struct span text)
{
	for (size_t i = 0; i < c->n; i++)
		if (span_eq(c->list[i].text, text))
			return &c->list[i];
	return NULL;
}

void codes_doubt_discharge(struct codes *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].reason == REASON_DISCHARGE)
			c->list[i].value = 0;
	sum_up(c);
}

void codes_read(const struct column *c, enum role role, struct arena *a, struct codes *ret)
{
	*ret = (struct codes){.n = c->n_values};
	for (size_t i = 0; i < c->n_values; i++) {
		struct code_meaning *m = &ret->list[i];
		*m = (struct code_meaning){.text = c->values[i].text, .count = c->values[i].count};
		if (is_no_code(m))
			continue;
		if (role == ROLE_CARE)
			read_care(c, a, m);
		else
			read_status(c, role, a, m);
		m->is_shown =
		    codes_may_show(c, &c->values[i]) || m->is_word || (m->value && m->text.n == 1);
	}
	if (role != ROLE_CARE)
		doubt_letters(ret);
	sum_up(ret);
}

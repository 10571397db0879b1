/* What codes mean: `map:` of a status or a level of care, and what somebody must still say of it.
 */
#include "adapters/propose/yaml.h"

#include "adapters/value_class.h"

#define HIDDEN_SHOWN 5 /* lines */

/* Isolation says nothing of whether somebody lies there, and new_status has a word for that. */
static const char *meaning_name(enum role role, const struct code_meaning *m, const char *field)
{
	if (role == ROLE_CARE)
		return care_level_name((enum care_level)m->value);
	if (m->reason == REASON_ISOLATION && strcmp(field, "new_status") == 0)
		return "isolated";
	return bed_status_name((enum bed_status)m->value);
}

static void add_code(struct proposal *p, const struct code_meaning *m, enum role role,
		     const char *field)
{
	struct buf *b = &p->yaml;

	buf_adds(b, "      ");
	yaml_quoted(b, m->text);
	if (m->value) {
		buf_addf(b, ": %s  # %s: %zu records\n", meaning_name(role, m, field),
			 m->is_word ? "sure" : "likely", m->count);
		return;
	}
	buf_addf(b, ": ~  # FILL IN: %zu records; %s\n", m->count,
		 role == ROLE_CARE ? "light, medium, intensive, or ~ for unknown"
				   : "available, occupied, reserved, maintenance, or ~ for no "
				     "change");
	propose_fill(p, "%s: what the code \"" SPAN_FMT "\" means (%zu records)", field,
		     SPAN_ARG(m->text), m->count);
}

/* Two codes that differ only in the case of their letters are one to a map. */
static bool is_twin(const struct codes *c, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (c->list[i].is_shown && span_eq_nocase(c->list[i].text, c->list[at].text))
			return true;
	return false;
}

static bool says_yes_or_no(const struct codes *c, struct arena *a)
{
	for (size_t i = 0; i < c->n; i++)
		if (words_yes(a, c->list[i].text) < 0)
			return false;
	return c->n > 0;
}

/* Of yes and no, what the sample has not: it was of a day on which all beds were alike. */
static const char *other_half(struct arena *a, struct span text)
{
	static const struct {
		const char *said, *other;
	} halves[] = {
	    {"ja", "nei nein nej"},
	    {"j", "n"},
	    {"nei", "ja"},
	    {"nein", "ja"},
	    {"nej", "ja"},
	    {"n", "j y"},
	    {"yes", "no"},
	    {"y", "n"},
	    {"no", "yes"},
	    {"true", "false"},
	    {"false", "true"},
	    {"t", "f"},
	    {"f", "t"},
	    {"1", "0"},
	    {"0", "1"},
	    {"on", "off"},
	    {"off", "on"},
	    {"sann", "usann"},
	    {"usann", "sann"},
	    {"wahr", "falsch"},
	    {"falsch", "wahr"},
	    {"sant", "usant"},
	};
	struct span folded = words_fold(a, text);

	for (size_t i = 0; i < ARRAY_LEN(halves); i++)
		if (span_eq_str(folded, halves[i].said))
			return halves[i].other;
	return "";
}

static void add_other_half(struct proposal *p, const struct codes *c, enum role role)
{
	if ((role != ROLE_FREE && role != ROLE_TAKEN) || !says_yes_or_no(c, &p->arena))
		return;
	bool yes = words_yes(&p->arena, c->list[0].text) == 1;
	for (size_t i = 1; i < c->n; i++)
		if ((words_yes(&p->arena, c->list[i].text) == 1) != yes)
			return;
	struct span rest = span_str(other_half(&p->arena, c->list[0].text)), one;
	while (rest.n && span_cut(&rest, ' ', &one))
		buf_addf(&p->yaml, "      \"" SPAN_FMT "\": %s  # likely: not in the sample\n",
			 SPAN_ARG(one), yes == (role == ROLE_FREE) ? "occupied" : "available");
}

static void add_empty(struct proposal *p, const struct column *column, const struct codes *c,
		      enum role role, const char *field)
{
	if (!column->empty || role == ROLE_CARE)
		return;
	if ((role == ROLE_FREE || role == ROLE_TAKEN) && c->n == 1 &&
	    says_yes_or_no(c, &p->arena)) {
		buf_addf(&p->yaml, "      \"\": %s  # likely: nothing there is no, %zu records\n",
			 role == ROLE_FREE ? "occupied" : "available", column->empty);
		return;
	}
	buf_addf(&p->yaml,
		 "      \"\": ~  # FILL IN: %zu records have nothing here; what does that mean?\n",
		 column->empty);
	propose_fill(p, "%s: what an empty value means (%zu records)", field, column->empty);
}

static bool is_hidden(const struct codes *c, struct span text)
{
	const struct code_meaning *m = codes_find(c, text);

	return m ? !m->is_shown : text.n > 0;
}

/* What they are is not said, for they may be names; where the first stand is. */
static void add_hidden(struct proposal *p, const struct layout *l, size_t column,
		       const struct codes *c)
{
	const struct sample *s = &l->sample;
	struct buf *b = &p->yaml;
	size_t n = 0;

	buf_addf(b,
		 "      # FILL IN: %zu records have values that are too rare or too long to be "
		 "shown here as codes",
		 c->hidden);
	for (size_t row = 0; row < s->n_rows && n < HIDDEN_SHOWN; row++)
		if (s->lines && s->lines[row] && is_hidden(c, sample_cell(s, row, column)))
			buf_addf(b, "%s%llu", n++ ? ", " : ": look at line ",
				 (unsigned long long)s->lines[row]);
	buf_addc(b, '\n');
}

void yaml_map(struct proposal *p, const struct layout *l, const char *field, size_t column,
	      const struct codes *c, enum role role)
{
	struct buf *b = &p->yaml;
	const struct column *col = &l->sample.columns[column];
	bool is_list = role != ROLE_CARE || col->n_distinct <= CODES_MAX;

	buf_addf(b, "  %s:", field);
	yaml_why(p, field);
	buf_adds(b, "    from: \"");
	yaml_reference(b, l, column);
	buf_adds(b, "\"\n    map:\n");
	size_t shown = 0;
	for (size_t i = 0; is_list && i < c->n; i++) {
		if (!c->list[i].is_shown || is_twin(c, i))
			continue;
		add_code(p, &c->list[i], role, field);
		shown++;
	}
	add_other_half(p, c, role);
	add_empty(p, col, c, role, field);
	if (shown == 0)
		buf_adds(
		    b,
		    "      \"...\": ~  # FILL IN: the codes of this column and what they mean\n");
	if (c->hidden)
		add_hidden(p, l, column, c);
	if (c->hidden || shown == 0)
		propose_fill(p, "%s: codes that are not shown here (%zu records)", field,
			     c->hidden);
	if (role == ROLE_CARE || strcmp(field, "previous_status") == 0)
		buf_adds(
		    b, "    default: ~  # any other: unknown, and the rest of the record counts\n");
}

static void add_presence(struct proposal *p, const struct layout *l, const struct roles *r)
{
	const struct column *c = &l->sample.columns[r->presence];
	struct buf *b = &p->yaml;

	buf_adds(b, "  new_status:");
	yaml_why(p, "new_status");
	buf_adds(b, "    from: \"");
	yaml_reference(b, l, r->presence);
	buf_adds(b, "\"  # looked at whether it is empty, and kept nowhere\n    map:\n"
		    "      \"\": available\n");
	for (size_t i = 0; i < c->n_values; i++) {
		enum reason reason;
		enum bed_status s = words_status(&p->arena, c->values[i].text, &reason);
		if (s == BED_UNKNOWN || c->values[i].count < 2 ||
		    value_class_is_person(c->values[i].text) ||
		    c->values[i].text.n > CODE_LETTERS_ONLY)
			continue;
		buf_adds(b, "      ");
		yaml_quoted(b, c->values[i].text);
		buf_addf(b, ": %s  # sure: %zu records\n", bed_status_name(s), c->values[i].count);
	}
	buf_adds(b, "    default: occupied\n");
	propose_fill(p, "new_status: is a bed without a resident really free?");
}

static const char *title_of(struct proposal *p, const struct layout *l, size_t i)
{
	const struct column *c = &l->sample.columns[i];

	return c->is_shown ? arena_printf(&p->arena, "\"" SPAN_FMT "\"", SPAN_ARG(c->title))
			   : arena_printf(&p->arena, "column %zu", i + 1);
}

/* Two say something else, and a wrong one would be wrong of each bed. */
static void ask_status(struct proposal *p, const struct layout *l, const struct roles *r)
{
	const char *one = title_of(p, l, r->status), *other = title_of(p, l, r->doubt);

	buf_addf(&p->yaml,
		 "  # new_status: {from: \"{...}\", map: {F: available, B: occupied}}  # FILL IN: "
		 "%s and %s both say a status, and not the same:\n"
		 "  #   which says what a bed is now, which what it was (previous_status) or will "
		 "be?\n",
		 one, other);
	propose_fill(p, "new_status: %s and %s both say a status, and not the same", one, other);
}

void yaml_status(struct proposal *p, const struct layout *l, const struct roles *r)
{
	if (r->doubt != NO_COLUMN) {
		ask_status(p, l, r);
		return;
	}
	if (r->is_denied)
		propose_fill(p,
			     "new_status: %s says of some free beds that they are dirty, shut or "
			     "held; which comes first?",
			     title_of(p, l, r->status_beside));
	else if (r->status_beside != NO_COLUMN)
		propose_fill(p, "new_status: other columns of yes and no say a status, too; which "
				"comes first?");
	if (r->status_unnamed && l->header_words == 0)
		propose_fill(p, "new_status: is it the column of single letters? Nothing names it");
	if (r->status != NO_COLUMN)
		yaml_map(p, l, "new_status", r->status, &r->statuses, r->status_role);
	else if (r->presence != NO_COLUMN)
		add_presence(p, l, r);
	if (r->status != NO_COLUMN || r->presence != NO_COLUMN)
		return;
	buf_adds(&p->yaml,
		 "  # new_status: {from: \"{...}\", map: {F: available, B: occupied}}  # FILL "
		 "IN: the column that says whether a bed is free\n");
	propose_fill(p, "new_status: which column says whether a bed is free");
}

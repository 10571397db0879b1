#include "adapters/propose/yaml.h"

#include <ctype.h>

#include "adapters/propose/own.h"
#include "adapters/value_class.h"

/* ---- small things ---- */

void yaml_quoted(struct buf *b, struct span s)
{
	buf_addc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, s.p[i]);
	}
	buf_addc(b, '"');
}

void yaml_why(struct proposal *p, const char *what)
{
	for (size_t i = p->n_guesses; i-- > 0;) {
		const struct guess *g = &p->guesses[i];
		if (strcmp(g->what, what) != 0)
			continue;
		buf_addf(&p->yaml, "  # %s: %s\n", certainty_name(g->certainty), g->why);
		return;
	}
	buf_addc(&p->yaml, '\n');
}

/* ---- head ---- */

static bool is_letter(char c)
{
	return isalpha((unsigned char)c) || c & 0x80;
}

/* The nth run of letters. */
static struct span nth_token(struct span name, size_t n)
{
	for (size_t i = 0; i < name.n;) {
		size_t start = i;
		while (i < name.n && is_letter(name.p[i]))
			i++;
		if (i > start && n-- == 0)
			return span_of(name.p + start, i - start);
		i += i == start;
	}
	return SPAN_NONE;
}

/* EHRs name files after residents. What of a name stays is what exports are called, and what all
 * samples have at the same place; the rest becomes a star. */
static bool may_stay(struct arena *a, const struct propose_options *o, struct span token, size_t at)
{
	for (size_t i = 1; i < o->n_samples; i++) {
		struct span other = nth_token(span_str(o->samples[i]), at);
		if (!span_eq(other, token))
			return words_are_export(a, token);
	}
	return o->n_samples > 1 || words_are_export(a, token);
}

static void add_star(struct buf *b)
{
	if (b->n == 0 || b->p[b->n - 1] != '*')
		buf_addc(b, '*');
}

/* A date or a number, or what is longer than extensions are, changes from file to file. */
static struct span extension_of(const char *dot)
{
	return strlen(dot) <= 5 && strspn(dot + 1, "0123456789") < strlen(dot + 1) ? span_str(dot)
										   : SPAN(".*");
}

/* "BEDS_20260420.csv" → "BEDS_*.csv"; behind the last point nothing changes from file to file. */
const char *yaml_pattern(struct arena *a, const struct propose_options *o, const char *sample)
{
	const char *dot = strrchr(sample, '.');
	struct span name = span_of(sample, dot ? (size_t)(dot - sample) : strlen(sample));
	struct span end = dot ? extension_of(dot) : SPAN("");
	struct buf b = BUF_INIT;
	size_t token = 0;

	for (size_t i = 0; i < name.n;) {
		struct span word = is_letter(name.p[i]) ? nth_token(name, token) : SPAN_NONE;
		if (word.n && may_stay(a, o, word, token))
			buf_add(&b, word);
		else if (word.n || isdigit((unsigned char)name.p[i]))
			add_star(&b);
		else if (strchr("_-.", name.p[i]))
			buf_addc(&b, name.p[i]);
		else
			add_star(&b);
		token += word.n > 0;
		i += word.n ? word.n : 1;
	}
	for (size_t i = 0; i < end.n; i++)
		buf_addc(&b, isalnum((unsigned char)end.p[i]) || strchr(".*", end.p[i]) ? end.p[i]
											: '?');
	const char *pattern = arena_strdup(a, b.p ? b.p : "*");
	buf_done(&b);
	return pattern;
}

/* Some letter before the extension. */
static bool says_something(const char *pattern)
{
	const char *dot = strrchr(pattern, '.');

	for (const char *c = pattern; *c && c != dot; c++)
		if (is_letter(*c))
			return true;
	return false;
}

static void add_match(struct proposal *p, const struct propose_options *o)
{
	size_t listed = 0;
	bool is_bare = false;

	buf_adds(&p->yaml, "match: [");
	for (size_t i = 0; i < o->n_samples && i < 8; i++) {
		const char *pattern = yaml_pattern(&p->arena, o, o->samples[i]);
		bool known = false;
		for (size_t k = 0; k < i; k++)
			known |= strcmp(yaml_pattern(&p->arena, o, o->samples[k]), pattern) == 0;
		if (known)
			continue;
		is_bare |= !says_something(pattern);
		buf_adds(&p->yaml, listed++ ? ", " : "");
		yaml_quoted(&p->yaml, span_str(pattern));
	}
	if (is_bare)
		buf_adds(&p->yaml,
			 "]  # unsure: nothing of the sample's name may stay, for it could "
			 "be a person's; EVERY such\n  # file will be read by this "
			 "adapter: say more of the name if other exports come into the "
			 "same folder\n");
	else
		buf_adds(&p->yaml,
			 "]  # likely: the sample's name; digits, and words that could be "
			 "a person's, are stars\n");
}

void yaml_head(struct proposal *p, const struct propose_options *o, const char *encoding)
{
	struct buf *b = &p->yaml;

	buf_addf(b, "adapter: %s  # part of every event's identity: do not change it later\n",
		 p->name);
	buf_addf(b, "format: %s", adapter_format_name(p->format));
	yaml_why(p, "format");
	add_match(p, o);
	if (encoding) {
		buf_addf(b, "encoding: %s", encoding);
		yaml_why(p, "encoding");
	}
	if (o->facility)
		buf_addf(b, "facility: %s\n", o->facility);
}

/* ---- columns ---- */

bool yaml_is_used(const struct roles *r, size_t column)
{
	for (size_t i = 0; i < r->n_bed; i++)
		if (r->bed[i] == column)
			return true;
	return column == r->ward || column == r->care || column == r->status ||
	       column == r->previous || column == r->time || column == r->clock ||
	       column == r->user || column == r->presence;
}

/* ---- fields ---- */

#define HIDDEN_SHOWN 5 /* lines */

static void add_reference(struct buf *b, const struct layout *l, size_t column)
{
	buf_addf(b, "{" SPAN_FMT "}", SPAN_ARG(l->sample.columns[column].name));
}

/* Two beds of one name become one bed, and nobody would see it. */
static void add_alarm(struct proposal *p, const struct roles *r)
{
	p->alarm = arena_printf(&p->arena,
				"bed_id makes %zu beds of %zu records, and nothing in the sample "
				"tells them apart: beds of one bed_id become ONE bed",
				r->beds, r->rows);
	buf_addf(
	    &p->yaml,
	    "  # WARNING: %s.\n"
	    "  # FILL IN what tells them apart (a ward, a house), or have the EHR export it. It "
	    "is right only if\n"
	    "  # the file tells of changes and each of these beds stands there several times.\n",
	    p->alarm);
	propose_fill(p, "%s", p->alarm);
}

/* Which columns there are to choose from, by what they look like. */
static void ask_bed(struct proposal *p, const struct layout *l, const struct roles *r)
{
	struct buf *b = &p->yaml;

	buf_adds(b, "  # bed_id: \"bed_{...}\"  # FILL IN: the column, or the columns, that name a "
		    "bed; never one of a resident\n");
	propose_fill(p, "bed_id: which columns name a bed");
	for (size_t i = 0; i < l->sample.n_columns; i++) {
		const struct column *c = &l->sample.columns[i];
		if (c->role != ROLE_NONE || !c->filled || i == r->status)
			continue;
		buf_addf(b, "  #   column %zu: %s (%zu different in %zu records)\n", i + 1,
			 own_looks(c), c->n_distinct, c->filled);
	}
}

static void add_bed(struct proposal *p, const struct layout *l, const struct roles *r)
{
	struct buf *b = &p->yaml;

	if (r->n_bed == 0) {
		ask_bed(p, l, r);
		return;
	}
	if (r->is_merged)
		add_alarm(p, r);
	if (r->maybe_ward != NO_COLUMN)
		propose_fill(p,
			     "bed_id: makes %zu beds of %zu records; with column %zu before it "
			     "each record is a bed of its own. Is that a ward?",
			     r->beds, r->rows, r->maybe_ward + 1);
	buf_adds(b, "  bed_id: \"bed");
	for (size_t i = 0; i < r->n_bed; i++) {
		buf_addc(b, '_');
		add_reference(b, l, r->bed[i]);
	}
	buf_addc(b, '"');
	yaml_why(p, "bed_id");
}

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
	for (size_t i = 0; i < c->n; i++)
		if (span_eq(c->list[i].text, text))
			return !c->list[i].is_shown;
	return text.n > 0;
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

static void add_map(struct proposal *p, const struct layout *l, const char *field, size_t column,
		    const struct codes *c, enum role role)
{
	struct buf *b = &p->yaml;
	const struct column *col = &l->sample.columns[column];
	bool is_list = role != ROLE_CARE || col->n_distinct <= CODES_MAX;

	buf_addf(b, "  %s:", field);
	yaml_why(p, field);
	buf_adds(b, "    from: \"");
	add_reference(b, l, column);
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
	add_reference(b, l, r->presence);
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

static void add_status(struct proposal *p, const struct layout *l, const struct roles *r)
{
	if (r->doubt != NO_COLUMN) {
		ask_status(p, l, r);
		return;
	}
	if (r->status_beside != NO_COLUMN)
		propose_fill(p, "new_status: other columns of yes and no say a status, too; which "
				"comes first?");
	if (r->status_unnamed && l->header_words == 0)
		propose_fill(p, "new_status: is it the column of single letters? Nothing names it");
	if (r->status != NO_COLUMN)
		add_map(p, l, "new_status", r->status, &r->statuses, r->status_role);
	else if (r->presence != NO_COLUMN)
		add_presence(p, l, r);
	if (r->status != NO_COLUMN || r->presence != NO_COLUMN)
		return;
	buf_adds(&p->yaml,
		 "  # new_status: {from: \"{...}\", map: {F: available, B: occupied}}  # FILL "
		 "IN: the column that says whether a bed is free\n");
	propose_fill(p, "new_status: which column says whether a bed is free");
}

static void add_time(struct proposal *p, const struct layout *l, const struct roles *r)
{
	struct buf *b = &p->yaml;

	if (r->time == NO_COLUMN && r->is_census) {
		buf_adds(b,
			 "  # changed_at: no time that says when a status changed; the file's own "
			 "is taken\n");
		return;
	}
	if (r->time == NO_COLUMN) {
		buf_adds(
		    b, "  # changed_at: {from: \"{...}\", format: \"%d.%m.%Y %H:%M\"}  # FILL IN: "
		       "when the status changed\n");
		propose_fill(p, "changed_at: which column says when a status changed");
		return;
	}
	buf_adds(b, "  changed_at:");
	yaml_why(p, "changed_at");
	buf_adds(b, "    from: \"");
	add_reference(b, l, r->time);
	if (r->clock != NO_COLUMN) {
		buf_addc(b, ' ');
		add_reference(b, l, r->clock);
	}
	buf_addf(b, "\"\n    format: \"%s\"", r->times.format);
	if (r->times.is_day_unclear)
		buf_adds(b,
			 "  # FILL IN if it is wrong: the days do not show whether day, month or "
			 "year comes first");
	buf_addc(b, '\n');
	if (r->times.is_day_unclear)
		propose_fill(p, "changed_at: does the day, the month or the year come first?");
}

static void add_user(struct proposal *p, const struct layout *l, const struct roles *r)
{
	if (r->user == NO_COLUMN)
		return;
	buf_adds(&p->yaml, "  changed_by:");
	yaml_why(p, "changed_by");
	buf_adds(&p->yaml, "    from: \"");
	add_reference(&p->yaml, l, r->user);
	buf_adds(&p->yaml, "\"\n    prefix: user_\n    pseudonym: true  # no name leaves the home; "
			   "false sends it as it is\n");
}

static void add_unread(struct proposal *p, const struct layout *l, const struct roles *r)
{
	size_t unnamed = 0, named = 0;

	for (size_t i = 0; i < l->sample.n_columns; i++) {
		const struct column *c = &l->sample.columns[i];
		if (yaml_is_used(r, i) || (!c->filled && !c->title.n))
			continue;
		if (!c->is_shown || !yaml_is_plain(c->title)) {
			unnamed++;
			continue;
		}
		buf_adds(&p->yaml, named++ ? "" : "\n# Not read:\n");
		buf_addf(&p->yaml, "#   " SPAN_FMT "%s%s\n",
			 SPAN_ARG(l->record ? c->name : c->title),
			 c->role == ROLE_PERSON ? ": person data, never to be read"
			 : c->role == ROLE_TEXT ? ": free text, never to be read"
			 : c->role == ROLE_NONE ? ""
						: ": seems to be ",
			 c->role == ROLE_PERSON || c->role == ROLE_TEXT || c->role == ROLE_NONE
			     ? ""
			     : role_name(c->role));
	}
	if (unnamed)
		buf_addf(&p->yaml,
			 "\n# Not read: %zu more columns, not named here because their names "
			 "might be values.\n",
			 unnamed);
}

/* A date format and a zone where the values name no offset. */
static void add_zone(struct proposal *p, const struct propose_options *o, const struct roles *r)
{
	if (r->time == NO_COLUMN || r->times.has_offset)
		return;
	if (o->zone)
		buf_addf(&p->yaml, "zone: %s  # sure: the home's\n", o->zone);
	else if (r->zone)
		buf_addf(&p->yaml, "zone: %s  # likely: the words are %s\n", r->zone, r->language);
	else
		buf_adds(&p->yaml,
			 "# zone: Europe/Oslo  # FILL IN if the home's own zone is not that of "
			 "the times\n");
}

void yaml_table(struct proposal *p, const struct propose_options *o, struct layout *l,
		const struct roles *r)
{
	struct buf *b = &p->yaml;

	if (p->format == FORMAT_CSV)
		yaml_csv_names(l, r, &p->arena);
	buf_addf(b, "mode: %s", p->mode == MODE_CENSUS ? "census" : "delta");
	yaml_why(p, "mode");
	add_zone(p, o, r);
	if (p->format == FORMAT_CSV) {
		yaml_csv(p, l, r);
	} else {
		buf_addf(b, "xml:\n  record: \"%s\"", l->record);
		yaml_why(p, "record");
	}
	buf_adds(b, "event:\n");
	add_bed(p, l, r);
	if (r->ward != NO_COLUMN) {
		buf_adds(b, "  ward: \"");
		add_reference(b, l, r->ward);
		buf_addc(b, '"');
		yaml_why(p, "ward");
	}
	if (r->care != NO_COLUMN)
		add_map(p, l, "care_level", r->care, &r->cares, ROLE_CARE);
	add_status(p, l, r);
	if (r->previous != NO_COLUMN)
		add_map(p, l, "previous_status", r->previous, &r->befores, ROLE_STATUS);
	add_time(p, l, r);
	add_user(p, l, r);
	add_unread(p, l, r);
}

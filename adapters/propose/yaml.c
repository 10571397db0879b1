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

void yaml_reference(struct buf *b, const struct layout *l, size_t column)
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
		yaml_reference(b, l, r->bed[i]);
	}
	buf_addc(b, '"');
	yaml_why(p, "bed_id");
}

static void add_time(struct proposal *p, const struct layout *l, const struct roles *r)
{
	struct buf *b = &p->yaml;

	if (r->time_unread)
		propose_fill(p, "changed_at: a column says when, but its values are not all "
				"written in one of the known ways");
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
	yaml_reference(b, l, r->time);
	if (r->clock != NO_COLUMN) {
		buf_addc(b, ' ');
		yaml_reference(b, l, r->clock);
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
	yaml_reference(&p->yaml, l, r->user);
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
		yaml_reference(b, l, r->ward);
		buf_addc(b, '"');
		yaml_why(p, "ward");
	}
	if (r->care != NO_COLUMN)
		yaml_map(p, l, "care_level", r->care, &r->cares, ROLE_CARE);
	yaml_status(p, l, r);
	if (r->previous != NO_COLUMN)
		yaml_map(p, l, "previous_status", r->previous, &r->befores, ROLE_STATUS);
	add_time(p, l, r);
	add_user(p, l, r);
	add_unread(p, l, r);
}

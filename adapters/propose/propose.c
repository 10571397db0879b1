#include "adapters/propose/propose.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "adapters/propose/fhir.h"
#include "adapters/propose/refuse.h"
#include "adapters/propose/yaml.h"
#include "bed/ident.h"

const char *certainty_name(enum certainty c)
{
	static const char *const names[] = {"unsure", "likely", "sure"};

	return names[c];
}

void proposal_done(struct proposal *p)
{
	buf_done(&p->yaml);
	arena_done(&p->arena);
	*p = (struct proposal){0};
}

static const char *printed(struct proposal *p, const char *format, va_list ap)
{
	char text[512];

	(void)vsnprintf(text, sizeof(text), format, ap);
	return arena_strdup(&p->arena, text);
}

void propose_guess(struct proposal *p, enum certainty certainty, const char *what, const char *is,
		   const char *format, ...)
{
	va_list ap;

	if (p->n_guesses == PROPOSE_GUESSES_MAX)
		return;
	va_start(ap, format);
	p->guesses[p->n_guesses++] =
	    (struct guess){what, arena_strdup(&p->arena, is), printed(p, format, ap), certainty};
	va_end(ap);
}

void propose_fill(struct proposal *p, const char *format, ...)
{
	va_list ap;

	if (p->n_to_fill == PROPOSE_GUESSES_MAX)
		return;
	va_start(ap, format);
	p->to_fill[p->n_to_fill++] = printed(p, format, ap);
	va_end(ap);
}

/* ---- what was found, as guesses ---- */

static enum certainty by_name(const struct column *c)
{
	return c->score >= 75 ? SURE : c->score >= 50 ? LIKELY : UNSURE;
}

static const char *title_of(const struct column *c, struct arena *a)
{
	return c->is_shown ? arena_printf(a, SPAN_FMT, SPAN_ARG(c->name))
			   : "a column without a name";
}

static void tell_column(struct proposal *p, const struct layout *l, const char *field, size_t i)
{
	const struct column *c = &l->sample.columns[i];

	if (c->score)
		propose_guess(p, by_name(c), field, title_of(c, &p->arena),
			      "by its name; %zu of %zu records have it", c->filled,
			      c->filled + c->empty);
	else
		propose_guess(p, UNSURE, field, title_of(c, &p->arena),
			      "by what its values look like; %zu of %zu records have it", c->filled,
			      c->filled + c->empty);
}

static void tell_status(struct proposal *p, const struct layout *l, const struct roles *r)
{
	const struct codes *c = &r->statuses;

	if (r->presence != NO_COLUMN)
		propose_guess(p, UNSURE, "new_status",
			      title_of(&l->sample.columns[r->presence], &p->arena),
			      "no column says a status; %zu of %zu beds have nobody here",
			      l->sample.columns[r->presence].empty, l->sample.n_rows);
	if (r->status == NO_COLUMN)
		return;
	propose_guess(
	    p, c->unknown || c->by_letters ? c->unknown * 2 > c->known ? UNSURE : LIKELY : SURE,
	    "new_status", title_of(&l->sample.columns[r->status], &p->arena),
	    "%zu of %zu records have a status that is known%s", c->known, l->sample.n_rows,
	    c->by_letters ? ", by letters or numbers" : "");
}

static enum certainty bed_certainty(const struct roles *r, const struct column *last)
{
	if (r->is_merged || !last->score)
		return UNSURE;
	return r->is_census && !r->is_parted ? SURE : LIKELY;
}

static void tell_bed(struct proposal *p, const struct layout *l, const struct roles *r)
{
	const struct column *c = r->n_bed ? &l->sample.columns[r->bed[r->n_bed - 1]] : NULL;

	if (c)
		propose_guess(p, bed_certainty(r, c), "bed_id", title_of(c, &p->arena),
			      "%s; %zu beds in %zu records",
			      !c->score	     ? "these tell the records apart"
			      : r->is_parted ? "by the names, and what tells beds of one name apart"
					     : "by the names",
			      r->beds, r->rows);
	if (r->is_census)
		propose_guess(p, r->time == NO_COLUMN || !r->times.is_varied ? SURE : LIKELY,
			      "mode", "census", "each of %zu beds stands there once", r->beds);
	else if (r->n_bed && r->beds == r->rows)
		propose_guess(p, UNSURE, "mode", "delta",
			      "each bed once, but it tells of changes in the order of time");
	else
		propose_guess(p, r->n_bed && !r->is_merged ? SURE : UNSURE, "mode", "delta",
			      r->n_bed ? "beds come more than once" : "no bed was found");
}

static void tell(struct proposal *p, const struct layout *l, const struct roles *r)
{
	tell_bed(p, l, r);
	tell_status(p, l, r);
	if (r->ward != NO_COLUMN)
		tell_column(p, l, "ward", r->ward);
	if (r->care != NO_COLUMN)
		tell_column(p, l, "care_level", r->care);
	if (r->previous != NO_COLUMN)
		tell_column(p, l, "previous_status", r->previous);
	if (r->user != NO_COLUMN)
		tell_column(p, l, "changed_by", r->user);
	if (r->time != NO_COLUMN)
		propose_guess(p,
			      r->times.is_day_unclear			     ? UNSURE
			      : l->sample.columns[r->time].role == ROLE_TIME ? SURE
									     : LIKELY,
			      "changed_at", r->times.format, "%zu of %zu values are written so",
			      r->times.fits, r->times.of);
}

/* ---- the order of guesses ---- */

static bool is_hl7(struct span bytes)
{
	size_t look = bytes.n < 4096 ? bytes.n : 4096;

	for (size_t i = 0; i + 5 < look; i++)
		if ((i == 0 || (unsigned char)bytes.p[i - 1] < ' ' ||
		     (unsigned char)bytes.p[i - 1] == 0xBF) &&
		    memcmp(bytes.p + i, "MSH", 3) == 0 && !isalnum((unsigned char)bytes.p[i + 3]) &&
		    !isalnum((unsigned char)bytes.p[i + 4]))
			return true;
	return false;
}

/* What a row of a list hardly begins with. */
static bool is_json(struct span text)
{
	struct span rest = span_trim(span_of(text.p + 1, text.n - 1));
	bool is_object = text.p[0] == '{' && (span_starts(rest, SPAN("\"")) || !rest.n);

	return is_object || (text.p[0] == '[' && rest.n && strchr("{[\"", rest.p[0]));
}

/* Files of other programs that somebody might try, by their first bytes. */
static const char *which_other(struct span bytes)
{
	static const struct {
		struct span sign;
		const char *why;
	} kinds[] = {
	    {{"PK\x03\x04", 4},
	     "a workbook (.xlsx, .ods) or another ZIP archive: save the list as CSV and try that"},
	    {{"\xD0\xCF\x11\xE0", 4},
	     "a workbook or document of old Office (.xls, .doc): save the list as CSV and try "
	     "that"},
	    {{"%PDF-", 5}, "a PDF, made to be looked at: have the list exported as CSV or XML"},
	    {{"{\\rtf", 5}, "a text document (RTF): have the list exported as CSV or XML"},
	    {{"\x1F\x8B", 2}, "compressed (gzip): unpack it and try that"},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (span_starts(bytes, kinds[i].sign))
			return kinds[i].why;
	return NULL;
}

/* Files that resemble one that could be read, and cannot: NULL, or why. */
static const char *why_not(struct span text, bool is_xml)
{
	static const struct {
		const char *sign, *why;
	} kinds[] = {
	    {"tc:emergency:EDXL:HAVE",
	     "EDXL-HAVE counts the beds of a hospital; Bedpost needs a list that names each bed"},
	    {"urn:schemas-microsoft-com:office:spreadsheet",
	     "a spreadsheet in XML: its cells have no names; save it as CSV and try that"},
	    {"<html", "a page of HTML: its cells have no names; export the list as CSV or XML"},
	};
	struct span look = span_of(text.p, text.n < 8192 ? text.n : 8192);

	if (!is_xml)
		return is_json(text) ? "it is JSON, which is not read: have the list exported as "
				       "CSV or XML"
				     : NULL;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (memmem(look.p, look.n, kinds[i].sign, strlen(kinds[i].sign)))
			return kinds[i].why;
	return NULL;
}

/* v2.xml, also with a prefix: the elements of its header. */
static bool is_hl7_xml(struct span text)
{
	struct span look = span_of(text.p, text.n < 65536 ? text.n : 65536);

	return memmem(look.p, look.n, "MSH>", 4) && memmem(look.p, look.n, "MSH.9>", 6);
}

/* A time that says something else than when the status changed is worse than the file's own. Where
 * columns have no names, one of the last weeks that has a time of day will be it. */
static void drop_weak_time(const struct layout *l, struct roles *r)
{
	if (!r->is_census || r->time == NO_COLUMN)
		return;
	/* All the same, on every row: when the list was made. */
	if (!r->times.is_varied && !l->sample.columns[r->time].empty)
		return;
	enum role role = l->sample.columns[r->time].role;
	bool is_recent = !r->times.is_date_only &&
			 r->times.last - r->times.first < 100 * USEC_PER_DAY && !l->has_header;
	if (role == ROLE_TIME || role == ROLE_CLOCK || (role == ROLE_NONE && is_recent))
		return;
	r->time = r->clock = NO_COLUMN;
}

/* Laid out for itself; what is guessed of its layout is not told again. */
static bool join_sample(struct proposal *p, struct layout *l, struct span bytes, bool is_xml)
{
	struct layout *other = arena_new(&p->arena, struct layout);
	size_t n_guesses = p->n_guesses, n_to_fill = p->n_to_fill;
	struct span text;
	struct err err;
	int r = layout_text(p, bytes, is_xml, other, &text, &err);

	if (r == 0)
		r = is_xml ? layout_xml(p, text, other, &err) : layout_csv(p, text, other, &err);
	p->n_guesses = n_guesses;
	p->n_to_fill = n_to_fill;
	if (r < 0 || (is_xml && strcmp(l->record, other->record) != 0) ||
	    (!is_xml && (l->delimiter != other->delimiter || !l->places != !other->places)))
		return false;
	return sample_join(&l->sample, &other->sample);
}

static void join_samples(struct proposal *p, const struct propose_options *o, struct layout *l,
			 bool is_xml)
{
	for (size_t i = 0; i < o->n_more; i++)
		if (!join_sample(p, l, o->more[i], is_xml))
			propose_fill(p,
				     "sample %zu is laid out otherwise than the first, and was not "
				     "looked at: it wants an adapter of its own",
				     i + 2);
}

/* Where they stand may be said, what they say may not. */
static void tell_odd(struct proposal *p, const struct layout *l)
{
	buf_addf(&p->yaml, "\n# %zu lines of the sample look like titles or sums", l->odd_rows);
	for (size_t i = 0; i < l->odd_rows && i < LAYOUT_ODD_SHOWN && l->odd_lines[i]; i++)
		buf_addf(&p->yaml, "%s%llu", i ? ", " : " (line ",
			 (unsigned long long)l->odd_lines[i]);
	buf_addf(
	    &p->yaml,
	    "%s%s: they are bad records, of each file anew,\n# unless `pass` under csv says how "
	    "they begin: pass: [\"Total *\"].\n",
	    l->odd_rows > LAYOUT_ODD_SHOWN ? " ..." : "", l->odd_lines[0] ? ")" : "");
}

static int propose_table(struct proposal *p, const struct propose_options *o, struct span bytes,
			 bool is_xml, struct err *err)
{
	struct layout *l = arena_new(&p->arena, struct layout);
	struct roles *r = arena_new(&p->arena, struct roles);
	struct span text;
	int code = layout_text(p, bytes, is_xml, l, &text, err);

	if (code < 0)
		return code;
	if (is_xml && fhir_tells_of_beds(text)) {
		fhir_propose(p, o, l->encoding);
		return 0;
	}
	if (is_xml)
		propose_guess(p, SURE, "format", "xml", "it begins with a tag");
	code = is_xml ? layout_xml(p, text, l, err) : layout_csv(p, text, l, err);
	if (code < 0)
		return code;
	if (!is_xml)
		propose_guess(p, SURE, "format", "csv", "%s",
			      l->places ? "lines of columns of fixed width"
					: "rows of fields with a delimiter");
	join_samples(p, o, l, is_xml);
	roles_find(p, l, r);
	code = refuse_no_list(l, r, err);
	if (code < 0)
		return code;
	drop_weak_time(l, r);
	p->mode = r->is_census ? MODE_CENSUS : MODE_DELTA;
	tell(p, l, r);
	yaml_head(p, o, l->encoding);
	yaml_table(p, o, l, r);
	if (l->odd_rows)
		tell_odd(p, l);
	return 0;
}

/* "BEDS_0700.csv" → "beds": what stays the same from file to file. */
static const char *name_from(struct arena *a, const struct propose_options *o)
{
	const char *pattern = yaml_pattern(a, o, o->samples[0]), *dot = strrchr(pattern, '.');
	struct span name =
	    ident_make(a, span_of(pattern, dot ? (size_t)(dot - pattern) : strlen(pattern)));

	return name.n && name.n <= 40 ? arena_strndup(a, name.p, name.n) : "export";
}

int propose(struct span bytes, const struct propose_options *options, struct proposal *ret,
	    struct err *err)
{
	*ret = (struct proposal){0};
	ret->name = options->name	     ? arena_strdup(&ret->arena, options->name)
		    : options->n_samples > 0 ? name_from(&ret->arena, options)
					     : "export";
	struct span narrow, text;
	const char *why = which_other(bytes);
	if (why)
		return err_set(err, ERR_INVALID, "%s", why);
	int r = layout_narrow(ret, bytes, &narrow, err);
	if (r < 0)
		return r;
	text = span_trim(narrow);
	if (span_starts(text, SPAN("\xEF\xBB\xBF")))
		text = span_trim(span_of(text.p + 3, text.n - 3));
	if (!text.n)
		return err_set(err, ERR_INVALID, "the sample is empty");
	bool is_xml = text.p[0] == '<', is_hl7_in_xml = is_xml && is_hl7_xml(text);
	if (is_hl7_in_xml || is_hl7(narrow)) {
		ret->format = FORMAT_HL7;
		return hl7_propose(ret, options, is_hl7_in_xml ? bytes : narrow, is_hl7_in_xml,
				   err);
	}
	why = why_not(text, is_xml);
	if (why)
		return err_set(err, ERR_INVALID, "%s", why);
	ret->format = is_xml ? FORMAT_XML : FORMAT_CSV;
	return propose_table(ret, options, bytes, is_xml, err);
}

/* A file that a report is written to belongs to one entry, by its name alone: that is what lets a
 * run see what was made already, and take away what is older than is to be kept, and nothing else.
 */
#include "reports/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "bed/ident.h"
#include "reports/report.h"

static const char *const lang_names[] = {"en", "nb", NULL};

struct top {
	const char *folder, *zone;
	int lang;
	const struct conf_node *reports;
};

static const struct conf_key top_keys[] = {
    {"folder", CONF_STRING, offsetof(struct top, folder),
     .help = "where files go: an absolute path, that is there"},
    {"zone", CONF_STRING, offsetof(struct top, zone), .by_default = "UTC",
     .help = "of the times of day, and of days"},
    {"lang", CONF_ENUM, offsetof(struct top, lang), .names = lang_names, .by_default = "en",
     .help = "en or nb"},
    {"reports", CONF_NODE, offsetof(struct top, reports), .required = true,
     .help = "list of reports"},
    {0},
};

struct item {
	const char *name, *report, *at, *zone, *facility, *region, *bed, *ward, *table, *folder,
	    *file;
	const struct conf_node *formats;
	int range, lang;
	int64_t keep, catch_up;
};

static const struct conf_key item_keys[] = {
    {"name", CONF_STRING, offsetof(struct item, name), .required = true,
     .help = "its own, for the files' names: a-z, 0-9, _ . -"},
    {"report", CONF_STRING, offsetof(struct item, report), .required = true,
     .help = "occupancy, availability, …"},
    {"formats", CONF_NODE, offsetof(struct item, formats), .required = true,
     .help = "list of csv, json, xml, xlsx, html, pdf"},
    {"range", CONF_ENUM, offsetof(struct item, range), .names = due_range_names, .required = true,
     .help = "yesterday, last_7_days, last_30_days, last_week, last_month; now for exports"},
    {"at", CONF_STRING, offsetof(struct item, at), .by_default = "06:00",
     .help = "the time of day from which it is made, in quotes"},
    {"zone", CONF_STRING, offsetof(struct item, zone), .help = "as above"},
    {"lang", CONF_ENUM, offsetof(struct item, lang), .names = lang_names, .help = "as above"},
    {"facility", CONF_STRING, offsetof(struct item, facility), .help = "this home only"},
    {"region", CONF_STRING, offsetof(struct item, region), .help = "the homes of this region only"},
    {"bed", CONF_STRING, offsetof(struct item, bed), .help = "lists: this bed only"},
    {"ward", CONF_STRING, offsetof(struct item, ward), .help = "this ward only"},
    {"table", CONF_STRING, offsetof(struct item, table), .help = "csv: this table"},
    {"folder", CONF_STRING, offsetof(struct item, folder), .help = "as above"},
    {"file", CONF_STRING, offsetof(struct item, file), .by_default = "{name}_{period}.{format}",
     .help = "a file's name, with {period}; also {name}, {report}, {facility}, {region}, {format}"},
    {"keep", CONF_INT, offsetof(struct item, keep), .min = 0, .max = 100000, .by_default = "0",
     .help = "so many periods' files are kept, the newest; 0: all"},
    {"catch_up", CONF_INT, offsetof(struct item, catch_up), .min = 1, .max = 366, .by_default = "3",
     .help = "what is missing of so many periods back is made"},
    {0},
};

/* ---- what an entry says ---- */

/* The entry being read: problems are said at its keys. */
struct reader {
	struct conf *doc;
	const struct conf_node *node;
};

static const struct conf_node *key_of(const struct reader *r, const char *key)
{
	const struct conf_node *n = conf_get(r->node, key);

	return n ? n : r->node;
}

static void read_formats(const struct reader *r, const struct item *i, struct schedule_entry *e)
{
	if (conf_kind(i->formats) != CONF_ABSENT &&
	    (conf_kind(i->formats) != CONF_SEQUENCE || !conf_count(i->formats)))
		conf_problem(r->doc, i->formats, "formats is a list, such as [pdf, xlsx]");
	for (size_t k = 0; conf_kind(i->formats) == CONF_SEQUENCE && k < conf_count(i->formats);
	     k++) {
		const struct conf_node *n = conf_item(i->formats, k);
		const struct writer_format *f =
		    conf_text(n).p ? writer_format_find(conf_text(n)) : NULL;
		if (!f)
			conf_problem(r->doc, n, "a format is csv, json, xml, xlsx, html or pdf");
		else if (e->report && !report_has_format(e->report, f))
			conf_problem(r->doc, n, "%s is written as %s only", e->report->name,
				     e->report->only);
		else if (e->n_formats == SCHEDULE_FORMATS_MAX)
			conf_problem(r->doc, n, "there are no more formats than %d",
				     SCHEDULE_FORMATS_MAX);
		else
			e->formats[e->n_formats++] = f;
	}
}

static struct span read_ident(const struct reader *r, const char *key, const char *value,
			      unsigned bit, const struct report *report,
			      bool (*is_valid)(struct span))
{
	if (!value)
		return SPAN_NONE;
	if (report && !(report->takes & bit))
		conf_problem(r->doc, key_of(r, key), "%s takes no %s", report->name, key);
	else if (!is_valid(span_str(value)))
		conf_problem(r->doc, key_of(r, key), "%s wants an id", key);
	return span_str(value);
}

static void read_question(const struct reader *r, const struct item *i, struct schedule_entry *e)
{
	struct question *q = &e->question;

	*q = (struct question){.known_at = USEC_NONE, .lang = (enum lang)i->lang};
	q->facility =
	    read_ident(r, "facility", i->facility, TAKES_FACILITY, e->report, ident_is_facility);
	q->region = read_ident(r, "region", i->region, TAKES_REGION, e->report, ident_is_region);
	q->bed = read_ident(r, "bed", i->bed, TAKES_BED, e->report, ident_is_valid);
	q->ward = read_ident(r, "ward", i->ward, TAKES_WARD, e->report, ident_is_valid);
	if (q->facility.p && q->region.p)
		conf_problem(r->doc, key_of(r, "region"), "region goes without facility");
	if (e->report && e->report->takes & NEEDS_FACILITY && !q->facility.p)
		conf_problem(r->doc, r->node, "%s is of one home: give its facility",
			     e->report->name);
	if (e->report && !(e->report->takes & TAKES_PERIOD) != (i->range == DUE_NOW))
		conf_problem(r->doc, key_of(r, "range"), "%s",
			     i->range == DUE_NOW ? "now is for exports (have, fhir)"
						 : "an export tells what is: range is now");
}

/* "06:15" */
static void read_at(const struct reader *r, const char *at, struct schedule_entry *e)
{
	unsigned hour = 0, minute = 0;
	bool ok = strlen(at) == 5 && at[2] == ':' && strspn(at, "0123456789:") == 5 &&
		  sscanf(at, "%2u:%2u", &hour, &minute) == 2 && hour < 24 && minute < 60;

	if (!ok)
		conf_problem(r->doc, key_of(r, "at"),
			     "at is a time of day in quotes, such as \"06:15\"");
	e->at = (int64_t)hour * 3600 + (int64_t)minute * 60;
}

static void read_zone(const struct reader *r, const char *name, struct schedule_entry *e)
{
	if (zone_load(name, &e->zone, NULL) < 0)
		conf_problem(r->doc, key_of(r, "zone"),
			     "zone is one of the time zone database, such as Europe/Oslo");
	else
		e->question.zone = zone_name(e->zone);
}

/* ---- files ---- */

static const char *const words[] = {"name", "report", "facility", "region", "period", "format"};
enum word {
	WORD_NAME,
	WORD_REPORT,
	WORD_FACILITY,
	WORD_REGION,
	WORD_PERIOD,
	WORD_FORMAT,
	WORD_NONE
};

/* The word in braces at which p stands; p goes behind it. */
static enum word take_word(const char **p)
{
	for (size_t w = 0; w < ARRAY_LEN(words); w++) {
		size_t n = strlen(words[w]);
		if (strncmp(*p + 1, words[w], n) == 0 && (*p)[n + 1] == '}') {
			*p += n + 2;
			return (enum word)w;
		}
	}
	return WORD_NONE;
}

void schedule_file_name(const struct schedule_entry *e, const struct writer_format *format,
			const char *label, struct buf *out)
{
	const char *p = e->file;

	while (*p) {
		enum word w = *p == '{' ? take_word(&p) : WORD_NONE;
		switch (w) {
		case WORD_NAME: buf_adds(out, e->name); break;
		case WORD_REPORT: buf_adds(out, e->report->name); break;
		case WORD_FACILITY: buf_add(out, e->question.facility); break;
		case WORD_REGION: buf_add(out, e->question.region); break;
		case WORD_PERIOD: buf_adds(out, label); break;
		case WORD_FORMAT: buf_adds(out, format->name); break;
		case WORD_NONE: buf_addc(out, *p++); break;
		}
	}
}

const char *schedule_format_name(const struct writer_format *format)
{
	return format->name;
}

bool schedule_owns(const struct schedule_entry *e, const struct writer_format *format,
		   struct span name)
{
	_cleanup_(buf_done) struct buf whole = BUF_INIT;

	schedule_file_name(e, format, "\n", &whole); /* no name has one */
	const char *hole = memchr(whole.p, '\n', whole.n);
	size_t before = (size_t)(hole - whole.p), after = whole.n - before - 1;
	return name.n > before + after && memcmp(name.p, whole.p, before) == 0 &&
	       memcmp(name.p + name.n - after, hole + 1, after) == 0 &&
	       due_is_label((enum due_range)e->range,
			    span_of(name.p + before, name.n - before - after));
}

static size_t count_word(const char *file, enum word word)
{
	size_t n = 0;

	for (const char *p = file; *p;) {
		if (*p != '{')
			p++;
		else if (take_word(&p) == word)
			n++;
		else if (*p == '{')
			p++;
	}
	return n;
}

static bool has_unknown_word(const char *file)
{
	for (const char *p = file; *p;) {
		if (*p == '}' || (*p == '{' && take_word(&p) == WORD_NONE))
			return true;
		p += *p && *p != '{' && *p != '}';
	}
	return false;
}

static void read_file(const struct reader *r, struct schedule_entry *e)
{
	const struct conf_node *at = key_of(r, "file");

	if (!e->folder || e->folder[0] != '/')
		conf_problem(r->doc, key_of(r, "folder"), "folder is needed: an absolute path");
	if (strchr(e->file, '/') || e->file[0] == '.' || strlen(e->file) > SCHEDULE_NAME_MAX ||
	    strpbrk(e->file, "\n\r\t"))
		conf_problem(r->doc, at, "file is a name without \"/\" and no dot in front");
	else if (has_unknown_word(e->file))
		conf_problem(r->doc, at,
			     "in braces stands name, report, facility, region, period "
			     "or format");
	else if (count_word(e->file, WORD_PERIOD) != 1)
		conf_problem(r->doc, at,
			     "file has {period} once: that is how a run sees what is "
			     "made already");
	else if (e->n_formats > 1 && !count_word(e->file, WORD_FORMAT))
		conf_problem(r->doc, at, "file has {format}, for there are several");
	if (e->keep && e->keep < e->catch_up)
		conf_problem(r->doc, key_of(r, "keep"),
			     "keep is less than catch_up (%lld): what is taken away would be made "
			     "again",
			     (long long)e->catch_up);
}

/* ---- the whole file ---- */

static void read_entry(struct conf *doc, const struct conf_node *node, const struct top *top,
		       struct schedule_entry *e)
{
	const struct reader r = {doc, node};
	struct item i = {.zone = top->zone, .folder = top->folder, .lang = top->lang};
	size_t before = conf_problem_count(doc);

	conf_read(doc, node, item_keys, &i);
	*e = (struct schedule_entry){.name = i.name,
				     .node = node,
				     .range = i.range,
				     .folder = i.folder,
				     .file = i.file,
				     .table = i.table,
				     .keep = i.keep,
				     .catch_up = i.catch_up};
	if (i.range == DUE_NOW)
		e->catch_up = 1; /* what was cannot be exported any more */
	if (i.name && !ident_is_valid(span_str(i.name)))
		conf_problem(doc, key_of(&r, "name"), "name wants a-z, 0-9, \"_\", \".\", \"-\"");
	if (i.report && !(e->report = report_find(span_str(i.report))))
		conf_problem(doc, key_of(&r, "report"),
			     "there is no such report; bedpost-report "
			     "--help names them");
	read_formats(&r, &i, e);
	read_question(&r, &i, e);
	read_at(&r, i.at, e);
	read_zone(&r, i.zone, e);
	read_file(&r, e);
	e->is_good = conf_problem_count(doc) == before;
}

static bool same_files(const struct schedule_entry *a, const struct schedule_entry *b)
{
	_cleanup_(buf_done) struct buf x = BUF_INIT, y = BUF_INIT;

	if (strcmp(a->folder, b->folder) != 0)
		return false;
	for (size_t i = 0; i < a->n_formats; i++)
		for (size_t k = 0; k < b->n_formats; k++) {
			buf_clear(&x);
			buf_clear(&y);
			schedule_file_name(a, a->formats[i], "\n", &x);
			schedule_file_name(b, b->formats[k], "\n", &y);
			if (span_eq(buf_span(&x), buf_span(&y)))
				return true;
		}
	return false;
}

static void check_apart(struct schedule *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < i && s->entries[i].is_good; k++)
			if (s->entries[k].is_good && same_files(&s->entries[k], &s->entries[i])) {
				conf_problem(s->document, s->entries[i].node,
					     "its files have the names of those of \"%s\"",
					     s->entries[k].name);
				s->entries[i].is_good = false;
			}
}

int schedule_load(const char *path, struct schedule *ret, struct err *err)
{
	struct schedule s = {0};
	struct top top = {0};
	int r = conf_load(path, &s.document, err);

	if (r < 0)
		return r;
	conf_read(s.document, conf_root(s.document), top_keys, &top);
	if (conf_kind(top.reports) != CONF_ABSENT && conf_kind(top.reports) != CONF_SEQUENCE)
		conf_problem(s.document, top.reports, "reports is a list");
	else
		s.n = conf_count(top.reports);
	s.entries = calloc(s.n + 1, sizeof(*s.entries));
	if (!s.entries)
		abort();
	for (size_t i = 0; i < s.n; i++)
		read_entry(s.document, conf_item(top.reports, i), &top, &s.entries[i]);
	check_apart(&s);
	*ret = s;
	return 0;
}

void schedule_done(struct schedule *s)
{
	for (size_t i = 0; i < s->n; i++)
		zone_free(s->entries[i].zone);
	free(s->entries);
	conf_free(s->document);
	*s = (struct schedule){0};
}

static void print_day(int64_t day, char to[SCHEDULE_DAY_MAX])
{
	int y, m, d;

	civil_from_days(day, &y, &m, &d);
	(void)snprintf(to, SCHEDULE_DAY_MAX, "%04d-%02d-%02d", y, m, d);
}

struct question schedule_question(const struct schedule_entry *e, const struct due *due,
				  struct schedule_days *days)
{
	struct question q = e->question;

	if (!due->n)
		return q;
	print_day(due->first, days->from);
	print_day(due->first + (int64_t)due->n, days->to);
	q.period = (struct period_asked){.from = span_str(days->from), .to = span_str(days->to)};
	return q;
}

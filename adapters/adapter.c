/* YAML → struct adapter. Everything that can be wrong is found here, before any file is read, and
 * every problem has its place. */
#include "adapters/adapter.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "adapters/adapter_inside.h"
#include "adapters/charset.h"
#include "bed/ident.h"

#define DONE_FILE_NAME "{name}"

static const char *const format_names[] = {"csv", "hl7", "xml", NULL};
static const char *const mode_names[] = {"delta", "census", NULL};
static const char *const ready_names[] = {"close", "quiet", "done_file", "rename", NULL};

/* --- the keys --- */

struct top_keys {
	const char *name, *encoding, *facility, *zone, *max_bad, *hold;
	int format, mode;
	bool allow_empty;
	const struct conf_node *match, *ready, *ack, *csv, *xml, *hl7, *event, *tests;
};

#define KEY(field) offsetof(struct top_keys, field)

const struct conf_key adapter_keys[] = {
    {"adapter", CONF_STRING, KEY(name), .required = true, .help = "its name: a-z, 0-9, _ . -"},
    {"format", CONF_ENUM, KEY(format), .required = true, .names = format_names,
     .help = "what the files are"},
    {"match", CONF_NODE, KEY(match),
     .help = "glob on the file's name, or a list; default: every file"},
    {"encoding", CONF_STRING, KEY(encoding),
     .help = "character set; default: byte order mark, else what the file says, else utf-8"},
    {"mode", CONF_ENUM, KEY(mode), .names = mode_names, .by_default = "delta",
     .help = "delta: records are changes; census: the file lists all beds, differences count"},
    {"ready", CONF_NODE, KEY(ready),
     .help = "when a file is complete: close, rename, {quiet: 2s}, {done_file: \"{name}.done\"}"},
    {"facility", CONF_STRING, KEY(facility), .help = "the home that it is for; default: this one"},
    {"zone", CONF_STRING, KEY(zone), .help = "IANA zone of local times; default: the home's"},
    {"max_bad", CONF_STRING, KEY(max_bad),
     .help = "more bad records than this reject the file: a count, or \"5%\"; default 50% from 10 "
	     "records on"},
    {"hold", CONF_STRING, KEY(hold),
     .help = "a census that changes or leaves out more beds than this waits for a person: a count, "
	     "\"40%\" or never; default 30%, beyond 5 beds"},
    {"allow_empty", CONF_BOOL, KEY(allow_empty), .by_default = "false",
     .help = "a file without records is no error"},
    {"ack", CONF_NODE, KEY(ack),
     .help = "result files to write of each file: json, hl7 (only format: hl7), or a list"},
    {"csv", CONF_NODE, KEY(csv), .help = "how the rows are written"},
    {"xml", CONF_NODE, KEY(xml), .help = "which element is a record"},
    {"hl7", CONF_NODE, KEY(hl7), .help = "the site's switches"},
    {"event", CONF_NODE, KEY(event), .help = "how a record becomes an event"},
    {"tests", CONF_NODE, KEY(tests), .help = "files and the events they must make"},
    {NULL}};

static const struct format_ops *ops_of(enum adapter_format format)
{
	switch (format) {
	case FORMAT_CSV: return &csv_format;
	case FORMAT_HL7: return &hl7_format;
	case FORMAT_XML: return &xml_format;
	}
	return NULL;
}

/* --- one key each --- */

static void read_match(struct adapter *a, const struct conf_node *node)
{
	size_t n = conf_kind(node) == CONF_SEQUENCE ? conf_count(node) : 1;
	if (n == 0)
		conf_problem(a->conf, node,
			     "match: an empty list matches no file; leave it out for "
			     "every file");
	const char **globs = arena_array(&a->arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++) {
		const struct conf_node *item =
		    conf_kind(node) == CONF_SEQUENCE ? conf_item(node, i) : node;
		struct span text = item ? conf_text(item) : SPAN("*");
		if (!text.n || memchr(text.p, '/', text.n))
			conf_problem(
			    a->conf, item,
			    "match: expected a glob on the file's name, like \"BEDS_*.csv\"");
		globs[i] = text.p ? text.p : "";
	}
	a->match = globs;
}

struct ready_keys {
	int64_t quiet;
	const char *done_file;
};

static void read_ready_mapping(struct adapter *a, const struct conf_node *node)
{
	static const struct conf_key ready_keys[] = {
	    {"quiet", CONF_DURATION, offsetof(struct ready_keys, quiet), .max = USEC_PER_DAY,
	     .help = "unchanged for so long"},
	    {"done_file", CONF_STRING, offsetof(struct ready_keys, done_file),
	     .help = "a second file that says so; {name} is the first one's name"},
	    {NULL}};
	struct ready_keys out = {0};

	conf_read(a->conf, node, ready_keys, &out);
	if (conf_count(node) != 1) {
		conf_problem(a->conf, node,
			     "ready: expected one of {quiet: 2s} and {done_file: \"{name}.done\"}");
		return;
	}
	a->ready.rule = out.done_file ? READY_DONE_FILE : READY_QUIET;
	a->ready.quiet = out.quiet;
	a->ready.done_file = out.done_file;
	if (!out.done_file)
		return;
	const char *at = strstr(out.done_file, DONE_FILE_NAME);
	if (!at || strchr(out.done_file, '/') || strcmp(out.done_file, DONE_FILE_NAME) == 0)
		conf_problem(a->conf, conf_get(node, "done_file"),
			     "done_file: expected a name made of {name}, like \"{name}.done\"");
}

static void read_ready(struct adapter *a, const struct conf_node *node)
{
	struct span text = conf_text(node);

	a->ready = (struct adapter_ready){.rule = READY_CLOSE, .quiet = 2 * USEC_PER_SEC};
	if (conf_kind(node) == CONF_MAPPING) {
		read_ready_mapping(a, node);
		return;
	}
	if (!node || span_eq_str(text, "close"))
		return;
	if (span_eq_str(text, "quiet")) {
		a->ready.rule = READY_QUIET;
	} else if (span_eq_str(text, "rename")) {
		a->ready.rule = READY_RENAME;
	} else {
		const char *near = conf_did_you_mean(text, ready_names);
		conf_problem(a->conf, node,
			     "ready: expected close, rename, {quiet: 2s} or {done_file: "
			     "\"{name}.done\"}%s%s%s",
			     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	}
}

static void read_max_bad(struct adapter *a, const struct conf_node *at, const char *text)
{
	struct span s = span_str(text);

	a->max_bad = 50;
	a->max_bad_percent = true;
	a->max_bad_from = 10;
	if (!text)
		return;
	a->max_bad_from = 0;
	a->max_bad_percent = span_ends(s, SPAN("%"));
	if (a->max_bad_percent)
		s.n--;
	if (!span_to_u64(span_trim(s), &a->max_bad) || (a->max_bad_percent && a->max_bad > 100))
		conf_problem(a->conf, at,
			     "max_bad: expected a count, like 10, or a part, like \"5%%\"");
}

static void read_hold(struct adapter *a, const struct conf_node *at, const char *text)
{
	struct span s = span_str(text);

	a->hold = 30;
	a->hold_percent = true;
	a->hold_from = 5;
	if (!text)
		return;
	if (a->mode != MODE_CENSUS)
		conf_problem(a->conf, at, "hold: only a census is held (mode: census)");
	a->hold_percent = span_ends(s, SPAN("%"));
	if (a->hold_percent)
		s.n--;
	if (span_eq_str(s, "never"))
		a->hold = UINT64_MAX;
	else if (!span_to_u64(span_trim(s), &a->hold) || (a->hold_percent && a->hold > 100))
		conf_problem(a->conf, at,
			     "hold: expected a count, like 20, a part, like \"40%%\", or never");
}

static void read_ack(struct adapter *a, const struct conf_node *node)
{
	size_t n = conf_kind(node) == CONF_SEQUENCE ? conf_count(node) : node ? 1 : 0;

	for (size_t i = 0; i < n; i++) {
		const struct conf_node *item =
		    conf_kind(node) == CONF_SEQUENCE ? conf_item(node, i) : node;
		struct span text = conf_text(item);
		if (span_eq_str(text, "json"))
			a->ack |= ADAPTER_ACK_JSON;
		else if (span_eq_str(text, "hl7") && a->format == FORMAT_HL7)
			a->ack |= ADAPTER_ACK_HL7;
		else
			conf_problem(a->conf, item,
				     span_eq_str(text, "hl7")
					 ? "ack: hl7 answers HL7 messages, it wants format: hl7"
					 : "ack: expected json, hl7 or a list of both");
	}
}

/* Relative to the folder of the YAML, wherever it is run from. */
static const char *beside_yaml(struct adapter *a, const char *path)
{
	const char *slash = strrchr(a->path, '/');

	if (!path || path[0] == '/' || !slash)
		return path;
	return arena_printf(&a->arena, "%.*s/%s", (int)(slash - a->path), a->path, path);
}

static void read_tests(struct adapter *a, const struct conf_node *node)
{
	static const struct conf_key test_keys[] = {
	    {"input", CONF_STRING, offsetof(struct adapter_test, input), .required = true},
	    {"expect", CONF_STRING, offsetof(struct adapter_test, expect), .required = true},
	    {NULL}};

	if (node && conf_kind(node) != CONF_SEQUENCE) {
		conf_problem(a->conf, node,
			     "tests: expected a list of {input: file, expect: file}");
		return;
	}
	a->n_tests = conf_count(node);
	a->tests = arena_array(&a->arena, struct adapter_test, a->n_tests + 1);
	for (size_t i = 0; i < a->n_tests; i++) {
		conf_read(a->conf, conf_item(node, i), test_keys, &a->tests[i]);
		a->tests[i].input = beside_yaml(a, a->tests[i].input);
		a->tests[i].expect = beside_yaml(a, a->tests[i].expect);
	}
}

/* A section of another format is a mistake that would otherwise go unseen. */
static const struct conf_node *own_section(struct adapter *a, const struct top_keys *k)
{
	const struct conf_node *const sections[] = {k->csv, k->hl7, k->xml};

	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (sections[i] && (int)i != a->format)
			conf_problem(a->conf, sections[i], "%s: is not read with format: %s",
				     format_names[i], format_names[a->format]);
	return sections[a->format];
}

static int read_event(struct adapter *a, const struct top_keys *k, struct err *err)
{
	if (a->ops->requires_status && !k->event) {
		conf_problem(a->conf, NULL, "event is missing: how a record becomes an event");
		return 0;
	}
	const struct mapping_resolver resolver = {a->config, a->ops->resolve, a->ops->time_format};
	int r = mapping_compile(a->conf, k->event, a->ops->defaults_yaml, &resolver, a->zone,
				a->ops->requires_status, &a->mapping, err);

	if (r < 0)
		return r;
	if (conf_problem_count(a->conf) > 0)
		return 0;
	mapping_check_constants(a->mapping, a->conf, k->event);
	if (a->ops->requires_status && a->mode == MODE_DELTA &&
	    !mapping_has(a->mapping, "changed_at"))
		conf_problem(
		    a->conf, k->event,
		    "event: changed_at is missing (only with mode: census the file's own time "
		    "can stand for it)");
	return 0;
}

static int read_adapter(struct adapter *a, struct err *err)
{
	const struct conf_node *root = conf_root(a->conf);
	struct top_keys k = {0};
	struct err why = {0};

	if (conf_kind(root) != CONF_MAPPING) {
		conf_problem(a->conf, root, "expected an adapter: keys and values");
		return 0;
	}
	const struct conf_section sections[] = {{"csv", csv_format.keys},
						{"xml", xml_format.keys},
						{"hl7", hl7_format.keys},
						{"event", mapping_field_keys},
						{NULL, NULL}};

	conf_read_beside(a->conf, root, adapter_keys, sections, &k);
	a->name = k.name;
	a->format = k.format;
	a->mode = k.mode;
	a->encoding = k.encoding;
	a->facility = k.facility;
	a->allow_empty = k.allow_empty;
	if (k.name && !ident_is_valid(span_str(k.name)))
		conf_problem(a->conf, conf_get(root, "adapter"),
			     "adapter: expected a name of a-z, 0-9, _ . -, up to %d characters",
			     IDENT_MAX);
	if (k.facility && !ident_is_facility(span_str(k.facility)))
		conf_problem(a->conf, conf_get(root, "facility"),
			     "facility: expected an identifier that begins with fac_");
	if (k.encoding && !charset_is_known(k.encoding))
		conf_problem(a->conf, conf_get(root, "encoding"),
			     "encoding: \"%s\" is not known; examples: utf-8, windows-1252, "
			     "iso-8859-1, utf-16le",
			     k.encoding);
	if (k.zone && zone_load(k.zone, &a->zone, &why) < 0)
		conf_problem(a->conf, conf_get(root, "zone"), "zone: %s", why.message);
	read_match(a, k.match);
	read_ready(a, k.ready);
	read_max_bad(a, conf_get(root, "max_bad"), k.max_bad);
	read_hold(a, conf_get(root, "hold"), k.hold);
	read_ack(a, k.ack);
	read_tests(a, k.tests);
	enum adapter_format format;
	if (!adapter_format_parse(conf_text(conf_get(root, "format")), &format))
		return 0; /* the rest depends on it */
	a->ops = ops_of((enum adapter_format)a->format);
	int r = a->ops->configure(a->conf, own_section(a, &k), &a->config, err);
	return r < 0 ? r : read_event(a, &k, err);
}

/* --- loading --- */

static int compile(struct conf *conf, const char *path, struct adapter **ret,
		   struct conf **ret_conf, struct err *err)
{
	_cleanup_(adapter_freep) struct adapter *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->conf = conf;
	a->path = arena_strdup(&a->arena, path);
	int r = zone_load("UTC", &a->utc, err);
	if (r < 0)
		return r;
	r = read_adapter(a, err);
	if (r < 0)
		return r;
	r = conf_check(conf, err);
	if (r < 0) {
		if (ret_conf)
			*ret_conf = TAKE_PTR(a->conf);
		return r;
	}
	*ret = TAKE_PTR(a);
	return 0;
}

int adapter_load(const char *path, struct adapter **ret, struct conf **ret_conf, struct err *err)
{
	struct conf *conf = NULL;
	int r = conf_load(path, &conf, err);

	return r < 0 ? r : compile(conf, path, ret, ret_conf, err);
}

int adapter_parse(const char *name, struct span yaml, struct adapter **ret, struct conf **ret_conf,
		  struct err *err)
{
	struct conf *conf = NULL;
	int r = conf_parse(name, yaml, &conf, err);

	return r < 0 ? r : compile(conf, name, ret, ret_conf, err);
}

void adapter_free(struct adapter *a)
{
	if (!a)
		return;
	mapping_free(a->mapping);
	if (a->config)
		a->ops->config_free(a->config);
	zone_free(a->zone);
	zone_free(a->utc);
	conf_free(a->conf);
	arena_done(&a->arena);
	free(a);
}

/* --- what it says --- */

bool adapter_format_parse(struct span s, enum adapter_format *ret)
{
	for (int i = 0; format_names[i]; i++) {
		if (span_eq_str(s, format_names[i])) {
			*ret = (enum adapter_format)i;
			return true;
		}
	}
	return false;
}

const char *adapter_format_name(enum adapter_format f)
{
	return format_names[f];
}

const char *adapter_name(const struct adapter *a)
{
	return a->name;
}

const char *adapter_path(const struct adapter *a)
{
	return a->path;
}

enum adapter_format adapter_format(const struct adapter *a)
{
	return (enum adapter_format)a->format;
}

enum adapter_mode adapter_mode(const struct adapter *a)
{
	return (enum adapter_mode)a->mode;
}

const char *adapter_facility(const struct adapter *a)
{
	return a->facility;
}

const char *adapter_pattern(const struct adapter *a, const char *file_name)
{
	for (const char *const *glob = a->match; *glob; glob++)
		if (fnmatch(*glob, file_name, FNM_PERIOD) == 0)
			return *glob;
	return NULL;
}

bool adapter_matches(const struct adapter *a, const char *file_name)
{
	return adapter_pattern(a, file_name) != NULL;
}

const struct adapter_ready *adapter_ready(const struct adapter *a)
{
	return &a->ready;
}

bool adapter_rejects(const struct adapter *a, uint64_t bad, uint64_t records)
{
	if (!a->max_bad_percent)
		return bad > a->max_bad;
	return records >= a->max_bad_from && bad * 100 > records * a->max_bad;
}

bool adapter_holds(const struct adapter *a, uint64_t beds, uint64_t known)
{
	if (!a->hold_percent)
		return beds > a->hold;
	return beds > a->hold_from && beds * 100 > known * a->hold;
}

bool adapter_allows_empty(const struct adapter *a)
{
	return a->allow_empty;
}

unsigned adapter_ack(const struct adapter *a)
{
	return a->ack;
}

size_t adapter_tests(const struct adapter *a, const struct adapter_test **ret)
{
	*ret = a->tests;
	return a->n_tests;
}

#include "sim/options.h"

#include <stddef.h>

#include "bed/ident.h"
#include "sim/home.h"

enum type { FLAG, TEXT, NAME, COUNT, RATE, DURATION, TIME, READY, FAULTS };

struct option_row {
	const char *name;
	enum type type;
	size_t offset;
	int64_t min, max; /* COUNT */
	const char *value, *help;
};

#define AT(field) offsetof(struct sim_options, field)
static const struct option_row rows[] = {
    {"homes", COUNT, AT(homes), 1, OPTIONS_HOMES_MAX, "N",
     "how many homes, fac_sim_0001 and on (1)"},
    {"home", NAME, AT(names), 0, 0, "ID", "a home by its facility id; may be given again"},
    {"format", TEXT, AT(format), 0, 0, "F", "csv, hl7, xml, or mixed: one after another (csv)"},
    {"out", TEXT, AT(out), 0, 0, "DIR",
     "where files go: DIR/<home>/, or DIR itself with one --home; required"},
    {"beds", COUNT, AT(beds), 1, HOME_BEDS_MAX, "N", "beds of each home (24)"},
    {"rate", RATE, AT(rate), 0, 0, "N",
     "files a second, all homes together; 0: as fast as it can (1)"},
    {"events-per-file", COUNT, AT(events_per_file), 1, 5000, "N",
     "what happens between two files (5)"},
    {"count", COUNT, AT(count), 1, INT64_MAX, "N",
     "stop after N files in all, each home's opening file included"},
    {"duration", DURATION, AT(duration), 0, 0, "TIME", "stop after so long: 30s, 10m, 1h"},
    {"seed", COUNT, AT(seed), 0, INT64_MAX, "N", "same seed, same story (1)"},
    {"start", TIME, AT(start), 0, 0, "TIME",
     "RFC 3339; a clock of its own that begins there: same files bit for bit"},
    {"step", DURATION, AT(step), 0, 0, "TIME",
     "with --start: mean time between what happens in a home (20s)"},
    {"ready", READY, AT(ready), 0, 0, "HOW",
     "rename: written as .NAME.part; close: in place; done: then NAME.done (rename)"},
    {"faults", FAULTS, AT(faults), 0, 0, "LIST", "duplicate,bad,order,late or all (none)"},
    {"fault-rate", COUNT, AT(fault_rate), 1, 100, "PERCENT",
     "of files that have a fault of a kind (10)"},
    {"truth", TEXT, AT(truth), 0, 0, "FILE",
     "write what must hold at the end: home → bed → status, JSON"},
    {"expect", TEXT, AT(expect), 0, 0, "FILE",
     "write the availability that must result: home → rows, JSON"},
    {"json", FLAG, AT(json), 0, 0, NULL, "the summary as JSON"},
    {"help", FLAG, AT(help), 0, 0, NULL, "this text"},
    {"version", FLAG, AT(version), 0, 0, NULL, "the version"},
};

static const struct {
	const char *name;
	unsigned bits;
} faults[] = {
    {"duplicate", FAULT_DUPLICATE}, {"bad", FAULT_BAD}, {"order", FAULT_ORDER},
    {"late", FAULT_LATE},	    {"all", FAULT_ALL},
};

struct sim_options options_default(void)
{
	return (struct sim_options){
	    .homes = 1,
	    .format = "csv",
	    .beds = 24,
	    .rate = 1,
	    .events_per_file = 5,
	    .seed = 1,
	    .start = USEC_NONE,
	    .step = 20 * USEC_PER_SEC,
	    .ready = DROP_RENAME,
	    .fault_rate = 10,
	};
}

static int parse_faults(struct span list, unsigned *ret, struct err *err)
{
	struct span word;

	while (span_cut(&list, ',', &word)) {
		unsigned bits = 0;
		for (size_t i = 0; i < ARRAY_LEN(faults); i++)
			if (span_eq_str(word, faults[i].name))
				bits = faults[i].bits;
		if (!bits)
			return err_set(err, ERR_INVALID,
				       "--faults: not duplicate, bad, order, late or all");
		*ret |= bits;
	}
	return 0;
}

static int parse_ready(struct span s, enum drop_way *ret, struct err *err)
{
	if (span_eq_str(s, "rename"))
		*ret = DROP_RENAME;
	else if (span_eq_str(s, "close"))
		*ret = DROP_CLOSE;
	else if (span_eq_str(s, "done"))
		*ret = DROP_DONE;
	else
		return err_set(err, ERR_INVALID, "--ready: not rename, close or done");
	return 0;
}

static int parse_name(const char *value, struct sim_options *o, struct err *err)
{
	if (!ident_is_facility(span_str(value)))
		return err_set(err, ERR_INVALID, "--home: not a facility's identifier (fac_…)");
	if (o->n_names == OPTIONS_NAMES_MAX)
		return err_set(err, ERR_LIMIT, "--home: at most %d; --homes makes more",
			       OPTIONS_NAMES_MAX);
	o->names[o->n_names++] = value;
	return 0;
}

static int parse_count(const struct option_row *r, struct span s, uint64_t *to, struct err *err)
{
	int64_t n;

	if (!span_to_i64(s, &n) || n < r->min || n > r->max)
		return err_set(err, ERR_INVALID, "--%s: not a whole number of %jd to %jd", r->name,
			       (intmax_t)r->min, (intmax_t)r->max);
	*to = (uint64_t)n;
	return 0;
}

static int parse_value(const struct option_row *r, const char *value, struct sim_options *o,
		       struct err *err)
{
	void *to = (char *)o + r->offset;
	struct span s = span_str(value);

	switch (r->type) {
	case FLAG: *(bool *)to = true; return 0;
	case TEXT: *(const char **)to = value; return 0;
	case NAME: return parse_name(value, o, err);
	case COUNT: return parse_count(r, s, to, err);
	case READY: return parse_ready(s, to, err);
	case FAULTS: return parse_faults(s, to, err);
	case RATE:
		if (!span_to_double(s, to) || o->rate < 0)
			return err_set(err, ERR_INVALID, "--%s: not a number of 0 or more",
				       r->name);
		return 0;
	case DURATION:
		if (!clock_parse_duration(s, to) || *(usec_t *)to <= 0)
			return err_set(err, ERR_INVALID, "--%s: not a time like 30s, 10m, 1h",
				       r->name);
		return 0;
	case TIME:
		if (clock_parse_rfc3339(s, to, NULL) < 0)
			return err_set(err, ERR_INVALID, "--%s: not an RFC 3339 time", r->name);
		return 0;
	}
	return 0;
}

static const struct option_row *find(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_eq_str(name, rows[i].name))
			return &rows[i];
	return NULL;
}

static int check(const struct sim_options *o, struct err *err)
{
	if (o->help || o->version)
		return 0;
	if (!o->out)
		return err_set(err, ERR_INVALID, "--out DIR is missing");
	if (strcmp(o->format, "mixed") != 0 && strcmp(o->format, "csv") != 0 &&
	    strcmp(o->format, "hl7") != 0 && strcmp(o->format, "xml") != 0)
		return err_set(err, ERR_INVALID, "--format: not csv, hl7, xml or mixed");
	if (o->rate == 0 && !o->count && !o->duration)
		return err_set(err, ERR_INVALID, "--rate 0 needs --count or --duration");
	if (o->n_names && o->homes != 1)
		return err_set(err, ERR_INVALID, "--homes and --home exclude each other");
	return 0;
}

int options_parse(int argc, char **argv, struct sim_options *ret, struct err *err)
{
	struct sim_options o = options_default();

	for (int i = 1; i < argc; i++) {
		struct span rest = span_str(argv[i]), name;
		if (!span_starts(rest, SPAN("--")))
			return err_set(err, ERR_INVALID, "unexpected \"%s\"", argv[i]);
		rest = span_of(rest.p + 2, rest.n - 2);
		(void)span_cut(&rest, '=', &name);
		const struct option_row *r = find(name);
		if (!r)
			return err_set(err, ERR_INVALID, "unknown option --" SPAN_FMT,
				       SPAN_ARG(name));
		if (r->type == FLAG && rest.p)
			return err_set(err, ERR_INVALID, "--%s takes no value", r->name);
		if (r->type != FLAG && !rest.p && ++i == argc)
			return err_set(err, ERR_INVALID, "--%s needs %s", r->name, r->value);
		int rc = parse_value(r, rest.p ? rest.p : argv[i], &o, err);
		if (rc < 0)
			return rc;
	}
	int rc = check(&o, err);
	if (rc == 0)
		*ret = o;
	return rc;
}

void options_help(FILE *to)
{
	fputs("Usage: bedpost-sim --out DIR [OPTION…]\n\n"
	      "Homes that live: admissions, discharges, transfers, reservations and cleaning, "
	      "written as the drop\n"
	      "files of three EHRs (those of samples/). Whoever lies in a bed is made up and holds "
	      "the word ZZCANARY.\n\n",
	      to);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char left[40];
		(void)snprintf(left, sizeof(left), "--%s%s%s", rows[i].name,
			       rows[i].value ? " " : "", rows[i].value ? rows[i].value : "");
		fprintf(to, "  %-20s %s\n", left, rows[i].help);
	}
	fputs("\nFaults (none of them changes what must hold at the end):\n"
	      "  duplicate  a file comes a second time under another name\n"
	      "  bad        a record with a status that nobody knows stands among the others\n"
	      "  order      records of one file stand out of order; those of one bed keep theirs\n"
	      "  late       a file comes after the ones that follow it; its beds wait for it\n\n"
	      "Ends with SIGINT or SIGTERM as with its last file: what was held back is written, "
	      "then --truth and --expect.\n",
	      to);
}

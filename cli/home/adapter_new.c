/* bedpost adapter new: an adapter proposed from samples, tried on them before anybody sees it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "adapters/propose/propose.h"
#include "base/files.h"
#include "bed/ident.h"
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/home/trial.h"
#include "cli/table.h"
#include "watcher/dropped.h"

#define SAMPLES_MAX	 64
#define FACILITY_DEFAULT "fac_example"
#define REASONS_MAX	 12
#define MORE_BYTES_MAX	 (4 * PROPOSE_BYTES_MAX)

/* What came of the samples. */
struct tried {
	struct adapter *adapter; /* NULL: it wants something filled in before it runs */
	uint64_t records, events, bad;
	bool failed; /* a sample could not be read, or would be rejected */
	struct {
		char field[64], reason[32];
		size_t count;
	} reasons[REASONS_MAX];
	size_t n_reasons;
	struct err err;
};

struct proposing {
	const struct new_options *options;
	struct place place;
	struct zone *zone;
	const char *samples[SAMPLES_MAX]; /* base names */
	struct buf bytes;
	struct buf more_bytes[SAMPLES_MAX]; /* of the samples behind the first */
	struct span more[SAMPLES_MAX];
	size_t n_more;
	struct proposal proposal;
	struct tried tried;
	struct buf text; /* the YAML with what came of the samples before it */
};

static void tear_down(struct proposing *n)
{
	adapter_free(n->tried.adapter);
	proposal_done(&n->proposal);
	zone_free(n->zone);
	place_done(&n->place);
	buf_done(&n->bytes);
	for (size_t i = 0; i < n->n_more; i++)
		buf_done(&n->more_bytes[i]);
	buf_done(&n->text);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- reading and proposing ---- */

static int keep(void *ctx, struct span bytes, _unused_ bool last, _unused_ struct err *err)
{
	struct buf *b = ctx;
	size_t room = PROPOSE_BYTES_MAX - b->n;

	buf_add(b, span_of(bytes.p, bytes.n < room ? bytes.n : room));
	return 0;
}

static int read_sample(const char *path, struct buf *ret, struct err *err)
{
	struct dropped d = DROPPED_INIT;
	int r = dropped_open(&d, AT_FDCWD, path, err);

	if (r == 0 && d.is_too_big)
		r = err_set(err, ERR_LIMIT, "the file is larger than 1 GiB");
	if (r == 0)
		r = dropped_read(&d, keep, ret, err);
	dropped_done(&d);
	return r < 0 ? err_prefix(err, "%s", base_name(path)) : 0;
}

/* The samples behind the first, as far as there is room; all are tried in any case. */
static int read_more(struct proposing *n, const struct command_line *line, struct err *err)
{
	size_t total = 0;
	int r = 0;

	for (size_t i = 1; i < line->n && i < SAMPLES_MAX && total < MORE_BYTES_MAX; i++) {
		struct buf *b = &n->more_bytes[n->n_more];
		r = read_sample(line->operands[i], b, err);
		n->more[n->n_more++] = buf_span(b);
		if (r < 0)
			return r;
		total += b->n;
	}
	return 0;
}

static int make(struct proposing *n, const struct command_line *line, struct err *err)
{
	const struct new_options *o = n->options;
	int r = read_sample(line->operands[0], &n->bytes, err);

	if (r == 0)
		r = read_more(n, line, err);
	if (r < 0)
		return r;
	const struct propose_options options = {
	    .name = o->name,
	    .facility = o->facility,
	    .zone = o->zone	    ? o->zone
		    : n->place.home ? n->place.home->zone
				    : NULL,
	    .samples = n->samples,
	    .n_samples = line->n,
	    .more = n->more,
	    .n_more = n->n_more,
	};
	r = propose(buf_span(&n->bytes), &options, &n->proposal, err);
	return r < 0 ? err_prefix(err, "%s", n->samples[0]) : 0;
}

/* ---- trying it ---- */

static void count_bad(struct tried *t, const struct bad_record *b)
{
	if (b->warning)
		return;
	for (size_t i = 0; i < t->n_reasons; i++) {
		if (strcmp(t->reasons[i].reason, b->reason) == 0 &&
		    strcmp(t->reasons[i].field, b->field) == 0) {
			t->reasons[i].count++;
			return;
		}
	}
	if (t->n_reasons == REASONS_MAX)
		return;
	(void)snprintf(t->reasons[t->n_reasons].field, sizeof(t->reasons[0].field), "%s", b->field);
	(void)snprintf(t->reasons[t->n_reasons].reason, sizeof(t->reasons[0].reason), "%s",
		       b->reason);
	t->reasons[t->n_reasons++].count = 1;
}

static void try_sample(struct proposing *n, const char *path)
{
	struct tried *t = &n->tried;
	struct trial trial;
	const struct trial_settings settings = {
	    .adapter = t->adapter,
	    .facility = n->options->facility ? n->options->facility
			: n->place.home	     ? n->place.home->facility
					     : FACILITY_DEFAULT,
	    .zone = n->zone,
	    .limit = 1,
	    .file_time = USEC_NONE,
	};

	trial_run(&settings, path, &trial);
	t->records += trial.summary.records;
	t->events += trial.summary.events;
	t->bad += trial.summary.bad;
	t->failed |= trial.rejected != NULL;
	if (trial.err.code && !t->err.code)
		t->err = trial.err;
	for (size_t i = 0; i < trial.n_bad; i++)
		count_bad(t, &trial.bad[i]);
	trial_done(&trial);
}

static void try_all(struct proposing *n, const struct command_line *line)
{
	struct conf *conf = NULL;
	struct err err = {0};
	int r =
	    adapter_parse("proposal", buf_span(&n->proposal.yaml), &n->tried.adapter, &conf, &err);

	if (r < 0 && conf && conf_problem_count(conf) > 0)
		(void)err_set(&n->tried.err, ERR_INVALID, "%s", conf_problem_at(conf, 0).message);
	else if (r < 0)
		n->tried.err = err;
	conf_free(conf);
	for (size_t i = 0; n->tried.adapter && i < line->n; i++)
		try_sample(n, line->operands[i]);
}

static bool runs(const struct tried *t)
{
	return t->adapter && !t->failed && t->err.code == ERR_NONE;
}

/* ---- telling ---- */

static void add_outcome(const struct tried *t, const char *start, struct buf *out)
{
	/* The lines behind the first show the place, and would be no comment. */
	int first_line = (int)strcspn(t->err.message, "\n");

	if (!t->adapter)
		buf_addf(out, "%sIt does not run yet: %.*s\n", start, first_line, t->err.message);
	else if (t->err.code)
		buf_addf(out, "%sTried, and it does not read the sample: %.*s\n", start, first_line,
			 t->err.message);
	else
		buf_addf(out, "%sTried: %llu records, %llu events, %llu bad%s\n", start,
			 (unsigned long long)t->records, (unsigned long long)t->events,
			 (unsigned long long)t->bad,
			 t->failed ? "; so many that the file would be rejected" : "");
	for (size_t i = 0; i < t->n_reasons; i++)
		buf_addf(out, "%s  bad: %s%s%s, %zu records\n", start, t->reasons[i].reason,
			 t->reasons[i].field[0] ? " in " : "", t->reasons[i].field,
			 t->reasons[i].count);
}

static void compose(struct proposing *n)
{
	const struct proposal *p = &n->proposal;
	struct buf *b = &n->text;

	buf_adds(b,
		 "# Proposed by `bedpost adapter new`. Behind each guess: how sure it is, and why. "
		 "Lines marked\n# FILL IN want somebody who knows the export.\n");
	add_outcome(&n->tried, "# ", b);
	buf_addf(b, "# To fill in: %s\n", p->n_to_fill ? "" : "nothing");
	for (size_t i = 0; i < p->n_to_fill; i++)
		buf_addf(b, "#   %s\n", p->to_fill[i]);
	buf_adds(b, "\n");
	buf_add(b, buf_span(&p->yaml));
	buf_adds(
	    b,
	    "\n# When the events are right, keep them as a test: put the sample into the folder\n");
	buf_addf(
	    b, "# tests/%s beside this file, then `bedpost adapter test --update` on this file.\n",
	    p->name);
}

static void add_json(const struct proposing *n, struct buf *out)
{
	const struct proposal *p = &n->proposal;
	const struct tried *t = &n->tried;

	buf_addf(out, "{\"adapter\":\"%s\",\"format\":\"%s\",\"mode\":\"%s\",\"runs\":%s,", p->name,
		 adapter_format_name(p->format), p->mode == MODE_CENSUS ? "census" : "delta",
		 runs(t) ? "true" : "false");
	buf_addf(out, "\"records\":%llu,\"events\":%llu,\"bad\":%llu,\"error\":",
		 (unsigned long long)t->records, (unsigned long long)t->events,
		 (unsigned long long)t->bad);
	if (t->err.code)
		table_add_json_text(out, span_str(t->err.message));
	else
		buf_adds(out, "null");
	buf_adds(out, ",\n\"guesses\":[");
	for (size_t i = 0; i < p->n_guesses; i++) {
		buf_addf(out, "%s{\"what\":\"%s\",\"is\":", i ? ",\n " : "", p->guesses[i].what);
		table_add_json_text(out, span_str(p->guesses[i].is));
		buf_addf(out,
			 ",\"certainty\":\"%s\",\"why\":", certainty_name(p->guesses[i].certainty));
		table_add_json_text(out, span_str(p->guesses[i].why));
		buf_addc(out, '}');
	}
	buf_adds(out, "],\n\"to_fill\":[");
	for (size_t i = 0; i < p->n_to_fill; i++) {
		buf_adds(out, i ? ",\n " : "");
		table_add_json_text(out, span_str(p->to_fill[i]));
	}
	buf_adds(out, "],\n\"yaml\":");
	table_add_json_text(out, buf_span(&n->text));
	buf_adds(out, "}\n");
}

static int write_out(struct proposing *n, const struct command_line *line)
{
	const char *path = n->options->output;
	struct buf out = BUF_INIT;
	struct err err;

	if (path && files_create(path, 0644, buf_span(&n->text), &err) < 0)
		return command_failed(&err);
	if (line->json)
		add_json(n, &out);
	else if (path)
		add_outcome(&n->tried, "", &out);
	else
		buf_add(&out, buf_span(&n->text));
	for (size_t i = 0; path && !line->json && i < n->proposal.n_to_fill; i++)
		buf_addf(&out, "fill in: %s\n", n->proposal.to_fill[i]);
	(void)fputs(out.p ? out.p : "", stdout);
	buf_done(&out);
	if (n->proposal.alarm)
		(void)command_error(EXIT_FAILED, "warning: %s", n->proposal.alarm);
	return runs(&n->tried) && n->tried.bad == 0 && n->proposal.n_to_fill == 0 ? EXIT_OK
										  : EXIT_FAILED;
}

static int check_options(struct proposing *n, const struct command_line *line)
{
	const struct new_options *o = n->options;
	struct err err;

	if (line->n > SAMPLES_MAX)
		return command_error(EXIT_USAGE, "at most %d samples", SAMPLES_MAX);
	if (o->name && !ident_is_valid(span_str(o->name)))
		return command_error(EXIT_USAGE, "--name wants a-z, 0-9, \"_\", \".\", \"-\"");
	if (o->facility && !ident_is_facility(span_str(o->facility)))
		return command_error(
		    EXIT_USAGE, "--facility wants \"fac_\" and then a-z, 0-9, \"_\", \".\", \"-\"");
	const char *zone = o->zone ? o->zone : n->place.home ? n->place.home->zone : NULL;
	if (zone && zone_load(zone, &n->zone, &err) < 0)
		return command_error(EXIT_USAGE, "--zone: %s", err.message);
	for (size_t i = 0; i < line->n; i++)
		n->samples[i] = base_name(line->operands[i]);
	return EXIT_OK;
}

int adapter_new(const struct command_line *line)
{
	_cleanup_(tear_down) struct proposing n = {.options = line->options};
	struct err err;
	int code = place_find_home(&n.place, line);

	if (code == EXIT_OK)
		code = check_options(&n, line);
	if (code != EXIT_OK)
		return code;
	if (make(&n, line, &err) < 0)
		return command_failed(&err);
	try_all(&n, line);
	compose(&n);
	return write_out(&n, line);
}

/* bedpost-report: one command per report, made from the list of reports. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "bed/ident.h"
#include "cli/command.h"
#include "cli/who.h"
#include "regional/conf.h"
#include "reports/output.h"
#include "reports/report.h"
#include "store/migrate.h"

#define STATEMENT_SECONDS 300 /* a single question of a report to PostgreSQL */
#define COMMANDS_MAX	  32
#define PROGRESS_EVERY	  (USEC_PER_SEC / 4)

struct options {
	const char *format, *out, *facility, *region, *bed, *from, *to, *month, *known_at, *zone,
	    *lang, *table, *database;
	int64_t timeout;
};

static const struct command_option options[] = {
    {"format", 'F', COMMAND_STRING, offsetof(struct options, format), "FORMAT",
     "csv, json, xml, xlsx, html or pdf; by default as FILE's name ends, else csv"},
    {"out", 'o', COMMAND_STRING, offsetof(struct options, out), "FILE",
     "write to FILE, which is replaced whole; else to standard output"},
    {"facility", 'f', COMMAND_STRING, offsetof(struct options, facility), "ID", "this home only"},
    {"region", 'r', COMMAND_STRING, offsetof(struct options, region), "ID",
     "the homes of this region only"},
    {"bed", 'b', COMMAND_STRING, offsetof(struct options, bed), "ID", "lists: this bed only"},
    {"from", 0, COMMAND_STRING, offsetof(struct options, from), "DAY",
     "first day, as in 2026-10-01; by default 30 days before the end"},
    {"to", 0, COMMAND_STRING, offsetof(struct options, to), "DAY",
     "the day after the last; by default tomorrow"},
    {"month", 'm', COMMAND_STRING, offsetof(struct options, month), "MONTH",
     "that month, as in 2026-10"},
    {"known-at", 0, COMMAND_STRING, offsetof(struct options, known_at), "TIME",
     "as it was known then (RFC 3339), without what was received later"},
    {"zone", 'z', COMMAND_STRING, offsetof(struct options, zone), "ZONE",
     "in which times are shown; by default the homes' own"},
    {"lang", 'l', COMMAND_STRING, offsetof(struct options, lang), "LANG",
     "en or nb (Norwegian Bokmål)"},
    {"table", 't', COMMAND_STRING, offsetof(struct options, table), "KEY",
     "csv: this table of the report; by default the first"},
    {"database", 'd', COMMAND_STRING, offsetof(struct options, database), "CONNINFO",
     "PostgreSQL, instead of what region.yaml says"},
    {"timeout", 0, COMMAND_INT, offsetof(struct options, timeout), "SECONDS",
     "give up on a question to PostgreSQL after", STATEMENT_SECONDS},
    {0},
};

/* ---- what was asked ---- */

static struct span given(const char *s)
{
	return s && *s ? span_str(s) : SPAN_NONE;
}

static int read_question(const struct options *o, struct question *q, struct err *err)
{
	*q = (struct question){.facility = given(o->facility),
			       .region = given(o->region),
			       .bed = given(o->bed),
			       .period = {given(o->month), given(o->from), given(o->to)},
			       .known_at = USEC_NONE,
			       .zone = o->zone};
	if (q->facility.p && q->region.p)
		return err_set(err, ERR_INVALID, "--facility goes without --region");
	if (q->facility.p && !ident_is_facility(q->facility))
		return err_set(err, ERR_INVALID, "--facility wants an id, as in fac_oslo_nordre");
	if (q->region.p && !ident_is_region(q->region))
		return err_set(err, ERR_INVALID, "--region wants an id, as in reg_oslo");
	if (q->bed.p && !ident_is_valid(q->bed))
		return err_set(err, ERR_INVALID, "--bed wants an id, as in bed_2b_room_14");
	if (o->lang && strcmp(o->lang, "en") != 0 && strcmp(o->lang, "nb") != 0)
		return err_set(err, ERR_INVALID, "--lang is en or nb");
	q->lang = o->lang && strcmp(o->lang, "nb") == 0 ? LANG_NB : LANG_EN;
	if (o->known_at && clock_parse_rfc3339(span_str(o->known_at), &q->known_at, err) < 0)
		return err_prefix(err, "--known-at");
	return 0;
}

/* --format, else --json, else as the file's name ends, else csv. */
static const struct writer_format *format_of(const struct command_line *line,
					     const struct options *o, const struct report *report)
{
	const char *name = o->format ? o->format : line->json ? "json" : NULL;
	const char *dot = o->out ? strrchr(o->out, '.') : NULL;

	if (!name && report->only)
		name = report->only;
	if (!name && dot)
		return writer_format_find(span_str(dot + 1));
	return writer_format_find(span_str(name ? name : "csv"));
}

/* ---- the run ---- */

static int open_database(const struct command_line *line, const struct options *o, struct pg **ret,
			 struct err *err)
{
	_cleanup_(regional_conf_freep) struct regional_conf *conf = NULL;
	_cleanup_(pg_closep) struct pg *pg = NULL;

	if (!o->database && regional_conf_load(line->config, &conf, NULL, err) < 0)
		return err_prefix(err, "no --database, and");
	int r = pg_open(&(struct pg_options){.conninfo = o->database ? o->database : conf->database,
					     .role = "bedpost_report",
					     .application = "bedpost-report",
					     .statement_seconds = (unsigned)o->timeout},
			&pg, err);
	if (r == 0)
		r = migrate_check(pg, err);
	if (r == 0)
		*ret = TAKE_PTR(pg);
	return r;
}

/* Before the first byte goes out: what is not noted is not handed over. */
static int note(struct pg *pg, const struct report *report, const struct question *q,
		const struct writer_format *format, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who_acts()));
	pg_add_text(&p, span_str(report->name));
	pg_add_text(&p, q->facility);
	pg_add_text(&p, q->region);
	pg_add_text(&p, span_str(format->name));
	return pg_query(pg,
			"SELECT FROM bedpost_note_report($1, $2, $3, $4, "
			"jsonb_build_object('format', $5::text))",
			&p, NULL, err);
}

static void show_progress(void *arg, int64_t done, int64_t of)
{
	usec_t *last = arg, now = clock_monotonic();

	if (now - *last < PROGRESS_EVERY)
		return;
	*last = now;
	if (of > 0)
		(void)fprintf(stderr, "\r\033[Kbedpost-report: %" PRId64 " of %" PRId64, done, of);
	else
		(void)fprintf(stderr, "\r\033[Kbedpost-report: %" PRId64, done);
}

static int write_report(const struct command_line *line, const struct options *o,
			const struct report *report, const struct question *q,
			const struct writer_format *format)
{
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(output_freep) struct output *out = NULL;
	bool shows = isatty(STDERR_FILENO) && o->out;
	usec_t shown = 0;
	struct err err;

	if (open_database(line, o, &pg, &err) < 0 || note(pg, report, q, format, &err) < 0 ||
	    output_open(o->out, &out, &err) < 0)
		return command_failed(&err);
	int r = report_write(report, pg,
			     &(struct report_options){.question = q,
						      .format = format,
						      .only = o->table,
						      .progress = shows ? show_progress : NULL,
						      .progress_arg = &shown},
			     out, &err);
	if (shown)
		(void)fputs("\r\033[K", stderr);
	if (r == 0)
		r = output_commit(out, &err);
	if (r == -ERR_TIMEOUT)
		return command_error(EXIT_AGAIN,
				     "%s; give it more time (--timeout) or ask for fewer days",
				     err.message);
	return r < 0 ? command_failed(&err) : EXIT_OK;
}

static int run_report(const struct command_line *line)
{
	const struct options *o = line->options;
	const struct report *report = report_find(span_str(line->command));
	const struct writer_format *format = format_of(line, o, report);
	struct question q;
	struct err err;

	if (!format)
		return command_error(EXIT_USAGE,
				     "--format wants csv, json, xml, xlsx, html or pdf");
	if (!report_has_format(report, format))
		return command_error(EXIT_USAGE, "%s is written as %s only", report->name,
				     report->only);
	if (read_question(o, &q, &err) < 0)
		return command_error(EXIT_USAGE, "%s", err.message);
	if (format->binary && !o->out && isatty(STDOUT_FILENO))
		return command_error(EXIT_USAGE, "%s is nothing for a terminal: give --out FILE",
				     format->name);
	return write_report(line, o, report, &q, format);
}

int main(int argc, char **argv)
{
	struct command all[COMMANDS_MAX] = {0};
	size_t n = 0;

	digest_setup();
	for (const struct report *r = reports; r->name && n + 1 < COMMANDS_MAX; r++)
		all[n++] = (struct command){.name = r->name,
					    .help = text_in(r->about, LANG_EN),
					    .options = options,
					    .options_size = sizeof(struct options),
					    .run = run_report};
	return command_main(
	    &(struct command_program){.name = "bedpost-report",
				      .version = PACKAGE_VERSION,
				      .help = "Writes a report about homes and their beds.",
				      .config = REGIONAL_CONF_PATH,
				      .commands = all},
	    argc, argv);
}

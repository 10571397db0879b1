/* bedpost-report: one command per report, made from the list of reports. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "bed/ident.h"
#include "cli/command.h"
#include "cli/report/make.h"
#include "cli/report/run_schedule.h"
#include "regional/conf.h"
#include "reports/report.h"

#define COMMANDS_MAX 32

struct options {
	const char *format, *out, *facility, *region, *bed, *ward, *from, *to, *month, *known_at,
	    *zone, *lang, *table, *database;
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
    {"bed", 'b', COMMAND_STRING, offsetof(struct options, bed), "ID",
     "audit, conflicts, facility-history: this bed only"},
    {"ward", 'w', COMMAND_STRING, offsetof(struct options, ward), "WARD",
     "of beds while they were of this ward only, as in dementia; unassigned: of none"},
    {"from", 0, COMMAND_STRING, offsetof(struct options, from), "DAY",
     "first day, as in 2026-10-01; by default 30 days before the end"},
    {"to", 0, COMMAND_STRING, offsetof(struct options, to), "DAY",
     "the day after the last; by default tomorrow"},
    {"month", 'm', COMMAND_STRING, offsetof(struct options, month), "MONTH",
     "that month, as in 2026-10"},
    {"known-at", 0, COMMAND_STRING, offsetof(struct options, known_at), "TIME",
     "as it was known then (RFC 3339), without what was received later"},
    {"zone", 'z', COMMAND_STRING, offsetof(struct options, zone), "ZONE",
     "whose days lists go by and in which times are shown; by default each home's own"},
    {"lang", 'l', COMMAND_STRING, offsetof(struct options, lang), "LANG",
     "en or nb (Norwegian Bokmål)"},
    {"table", 't', COMMAND_STRING, offsetof(struct options, table), "KEY",
     "csv: this table of the report; by default the first"},
    {"database", 'd', COMMAND_STRING, offsetof(struct options, database), "CONNINFO",
     "PostgreSQL, instead of what region.yaml says"},
    {"timeout", 0, COMMAND_INT, offsetof(struct options, timeout), "SECONDS",
     "give up on a question to PostgreSQL after", MAKE_STATEMENT_SECONDS},
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
			       .ward = given(o->ward),
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
	if (q->ward.p && !ident_is_valid(q->ward))
		return err_set(err, ERR_INVALID, "--ward wants a ward's code, as in dementia");
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

static int write_report(const struct command_line *line, const struct options *o,
			const struct report *report, const struct question *q,
			const struct writer_format *format)
{
	struct err err;
	int r = make_report(&(struct make){.config = line->config,
					   .database = o->database,
					   .statement_seconds = o->timeout,
					   .report = report,
					   .question = q,
					   .format = format,
					   .table = o->table,
					   .out = o->out,
					   .shows_progress = isatty(STDERR_FILENO) && o->out},
			    &err);

	if (r == -ERR_TIMEOUT)
		return command_error(EXIT_AGAIN,
				     "%s; give it more time (--timeout) or ask for fewer days",
				     err.message);
	return r < 0 ? command_failed(&err) : EXIT_OK;
}

static void add_takers(unsigned takes, struct buf *out)
{
	const char *between = "";

	for (const struct report *r = reports; r->name; r++) {
		if (!(r->takes & takes))
			continue;
		buf_addf(out, "%s%s", between, r->name);
		between = ", ";
	}
}

/* What a report has no use for is not passed over: who gave it would take the answer for what was
 * asked. */
static bool refuse_needless(const struct options *o, const struct report *report)
{
	const struct {
		const char *name, *value;
		unsigned takes;
	} all[] = {
	    {"facility", o->facility, TAKES_FACILITY},
	    {"region", o->region, TAKES_REGION},
	    {"bed", o->bed, TAKES_BED},
	    {"ward", o->ward, TAKES_WARD},
	    {"from", o->from, TAKES_PERIOD},
	    {"to", o->to, TAKES_PERIOD},
	    {"month", o->month, TAKES_PERIOD},
	    {"known-at", o->known_at, TAKES_KNOWN_AT},
	};
	_cleanup_(buf_done) struct buf takers = BUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!all[i].value || report->takes & all[i].takes)
			continue;
		add_takers(all[i].takes, &takers);
		(void)command_error(EXIT_USAGE, "%s takes no --%s; these do: %s", report->name,
				    all[i].name, takers.p);
		return true;
	}
	return false;
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
	if (refuse_needless(o, report))
		return EXIT_USAGE;
	if (format->binary && !o->out && isatty(STDOUT_FILENO))
		return command_error(EXIT_USAGE, "%s is nothing for a terminal: give --out FILE",
				     format->name);
	return write_report(line, o, report, &q, format);
}

int main(int argc, char **argv)
{
	static char schedule_word[] = "schedule";
	struct command all[COMMANDS_MAX] = {0};
	size_t n = 0;

	digest_setup();
	if (argc > 1 && strcmp(argv[1], "--schedule") == 0)
		argv[1] = schedule_word; /* as it may be called too */
	for (const struct report *r = reports; r->name && n + 2 < COMMANDS_MAX; r++)
		all[n++] = (struct command){.name = r->name,
					    .help = text_in(r->about, LANG_EN),
					    .options = options,
					    .options_size = sizeof(struct options),
					    .run = run_report};
	all[n] = run_schedule_command;
	return command_main(
	    &(struct command_program){.name = "bedpost-report",
				      .version = PACKAGE_VERSION,
				      .help = "Writes a report about homes and their beds.",
				      .config = REGIONAL_CONF_PATH,
				      .commands = all},
	    argc, argv);
}

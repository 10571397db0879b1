/* Each report opens a connection of its own: it may come hours after the one before it. */
#include "cli/report/make.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/who.h"
#include "regional/conf.h"
#include "reports/output.h"
#include "reports/report.h"
#include "store/migrate.h"

#define PROGRESS_EVERY (USEC_PER_SEC / 4)

static int open_database(const struct make *m, struct pg **ret, struct err *err)
{
	_cleanup_(regional_conf_freep) struct regional_conf *conf = NULL;
	_cleanup_(pg_closep) struct pg *pg = NULL;

	if (!m->database && regional_conf_load(m->config, &conf, NULL, err) < 0)
		return err_prefix(err, "no --database, and");
	int r = pg_open(&(struct pg_options){.conninfo = m->database ? m->database : conf->database,
					     .role = "bedpost_report",
					     .application = "bedpost-report",
					     .gives_up = true,
					     .statement_seconds = (unsigned)m->statement_seconds},
			&pg, err);
	if (r == 0)
		r = migrate_check(pg, err);
	if (r == 0)
		*ret = TAKE_PTR(pg);
	return r;
}

/* Before the first byte goes out: what is not noted is not handed over. */
static int note(struct pg *pg, const struct make *m, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, span_str(who_acts()));
	pg_add_text(&p, span_str(m->report->name));
	pg_add_text(&p, m->question->facility);
	pg_add_text(&p, m->question->region);
	pg_add_text(&p, span_str(m->format->name));
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

int make_report(const struct make *m, struct err *err)
{
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(output_freep) struct output *out = NULL;
	usec_t shown = 0;
	int r = open_database(m, &pg, err);

	if (r < 0 || (r = note(pg, m, err)) < 0 || (r = output_open(m->out, &out, err)) < 0)
		return r;
	r = report_write(
	    m->report, pg,
	    &(struct report_options){.question = m->question,
				     .format = m->format,
				     .only = m->table,
				     .progress = m->shows_progress ? show_progress : NULL,
				     .progress_arg = &shown},
	    out, err);
	if (shown)
		(void)fputs("\r\033[K", stderr);
	return r < 0 ? r : output_commit(out, err);
}

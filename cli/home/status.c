/* bedpost status */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/home/commands.h"
#include "cli/home/facts.h"
#include "cli/home/place.h"
#include "cli/home/verdict.h"
#include "cli/home/words.h"
#include "cli/table.h"

#define WATCH_EVERY 2 /* seconds */

static const char *state_of(const struct facts *f)
{
	if (f->outbox.disk_full || (f->watcher_runs && f->intake.stopped))
		return "intake stands still";
	if (f->may_not_look)
		return "not to be seen by you";
	if (!f->watcher_runs || !f->syncd_runs || !f->has_outbox)
		return "not running";
	if (f->line.known && strcmp(f->line.state, "down") == 0)
		return "cut off";
	if (f->line.known && strcmp(f->line.state, "needs_person") == 0)
		return "needs a person";
	return f->outbox.queued > 0 ? "sending" : "in step";
}

/* ---- for people ---- */

static void add_backlog(const struct facts_backlog *l, const char *done, struct buf *out)
{
	char a[WORDS_MAX], b[WORDS_MAX], c[WORDS_MAX], d[WORDS_MAX];

	if (!l->known)
		return;
	buf_addf(out, "                %s of %s %s, %s/s", words_number((uint64_t)l->done, a),
		 words_number((uint64_t)l->of, b), done, words_number((uint64_t)l->rate, c));
	if (l->left_s >= 0)
		buf_addf(out, ", about %s left", words_duration(l->left_s * USEC_PER_SEC, d));
	buf_addc(out, '\n');
}

static void add_queue(const struct facts *f, struct buf *out)
{
	const struct outbox_status *o = &f->outbox;
	char a[WORDS_MAX], b[WORDS_MAX];

	buf_adds(out, "  queue         ");
	if (o->queued == 0) {
		buf_adds(out, "empty\n");
		return;
	}
	buf_addf(out, "%s event(s), the oldest since %s\n", words_number(o->queued, a),
		 words_moment(o->oldest, f->now, b));
	if (f->syncd_runs)
		add_backlog(&f->line.backlog, "sent", out);
}

static void add_road(const struct facts *f, const struct facts_road *r, struct buf *out)
{
	char last[WORDS_MAX];

	bool is_idle = !r->carries && strcmp(r->state, "starting") == 0;

	buf_addf(out, "  road          %s %s, %s, ", r->transport, r->url ? r->url : "",
		 is_idle ? "in reserve" : r->state);
	if (is_idle)
		buf_adds(out, "not needed since syncd began; bedpost doctor tries it");
	else if (r->last_success == USEC_NONE)
		buf_adds(out, "no answer since syncd began");
	else
		buf_addf(out, "last answer %s", words_moment(r->last_success, f->now, last));
	buf_adds(out, r->carries ? "; carries\n" : "\n");
	if (r->last_error && strcmp(r->state, "up") != 0)
		buf_addf(out, "                %s: %s\n",
			 words_moment(r->last_error_at, f->now, last), r->last_error);
}

static void add_clock(const struct facts_line *l, struct buf *out)
{
	char by[WORDS_MAX];

	buf_adds(out, "  clock         ");
	if (l->clock_ahead_ms == FACTS_UNKNOWN)
		buf_adds(out, "not compared yet\n");
	else if (l->clock_ahead_ms > -1000 && l->clock_ahead_ms < 1000)
		buf_adds(out, "agrees with the region's\n");
	else
		buf_addf(out, "%s %s the region's\n",
			 words_duration(l->clock_ahead_ms * USEC_PER_MSEC, by),
			 l->clock_ahead_ms > 0 ? "ahead of" : "behind");
}

static void add_outbox(const struct facts *f, struct buf *out)
{
	const struct outbox_status *o = &f->outbox;
	char a[WORDS_MAX], b[WORDS_MAX], c[WORDS_MAX];

	if (!f->has_outbox)
		return;
	buf_addf(out, "  in sync as of %s\n", words_moment(o->in_sync, f->now, a));
	buf_addf(out, "  last contact  %s\n", words_moment(o->answered, f->now, a));
	add_queue(f, out);
	buf_addf(out, "  beds          %s\n", words_number(o->beds, a));
	buf_addf(out, "  files         %s taken, %s rejected, %s waiting\n",
		 words_number(o->files, a), words_number(o->rejected, b),
		 words_number(o->waiting, c));
	if (f->watcher_runs)
		add_backlog(&f->intake.backlog, "worked off", out);
	buf_addf(out, "  records       %s quarantined, %s dead letters\n",
		 words_number(o->quarantined, a), words_number(o->dead_letters, b));
	buf_addf(out, "  disk          %s free; the outbox takes %s\n",
		 words_bytes(o->disk_free, a), words_bytes(o->bytes, b));
}

static void add_figures(const struct facts *f, struct buf *out)
{
	add_outbox(f, out);
	for (size_t i = 0; f->syncd_runs && i < f->line.n_roads; i++)
		add_road(f, &f->line.roads[i], out);
	if (f->syncd_runs && f->line.known)
		add_clock(&f->line, out);
}

static void print_text(const struct facts *f, const struct findings *found)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;

	buf_addf(&out, "%s: %s", f->home->facility, finding_level_name(findings_worst(found)));
	if (found->n > 0)
		buf_addf(&out, " (%s; %zu fault(s), %zu warning(s))", state_of(f),
			 findings_count(found, FINDING_FAIL), findings_count(found, FINDING_WARN));
	else
		buf_addf(&out, " (%s)", state_of(f));
	buf_adds(&out, "\n\n");
	findings_to_text(found, FINDING_WARN, true, &out);
	if (found->n > 0)
		buf_addc(&out, '\n');
	add_figures(f, &out);
	(void)fwrite(out.p, 1, out.n, stdout);
}

/* ---- for programs ---- */

static const struct table_column columns[] = {
    {"facility", "facility"},
    {"level", "level"},
    {"state", "state"},
    {"watcher_runs", "watcher runs", TABLE_BOOL},
    {"syncd_runs", "syncd runs", TABLE_BOOL},
    {"in_sync_as_of", "in sync as of", TABLE_TIME},
    {"answered", "region's last answer", TABLE_TIME},
    {"queued", "events queued", TABLE_NUMBER},
    {"oldest", "oldest queued", TABLE_TIME},
    {"backlog_sent", "sent of a backlog", TABLE_NUMBER},
    {"backlog_of", "of so many", TABLE_NUMBER},
    {"events_per_second", "events a second", TABLE_NUMBER},
    {"seconds_left", "seconds left", TABLE_NUMBER},
    {"line", "line"},
    {"line_since", "since", TABLE_TIME},
    {"line_error", "last error"},
    {"line_error_at", "last error at", TABLE_TIME},
    {"clock_ahead_ms", "clock ahead (ms)", TABLE_NUMBER},
    {"enrolment_expires", "enrolment ends", TABLE_TIME},
    {"epoch", "epoch"},
    {"epoch_began", "epoch began", TABLE_TIME},
    {"epoch_reason", "epoch began because"},
    {"beds", "beds", TABLE_NUMBER},
    {"files", "files taken", TABLE_NUMBER},
    {"waiting", "files waiting", TABLE_NUMBER},
    {"files_done", "worked off of many files", TABLE_NUMBER},
    {"files_of", "of so many", TABLE_NUMBER},
    {"files_per_second", "files a second", TABLE_NUMBER},
    {"files_seconds_left", "seconds left for them", TABLE_NUMBER},
    {"rejected", "files rejected", TABLE_NUMBER},
    {"quarantined", "records quarantined", TABLE_NUMBER},
    {"quarantined_since", "the first", TABLE_TIME},
    {"dead_letters", "dead letters", TABLE_NUMBER},
    {"disk_free", "disk free (bytes)", TABLE_NUMBER},
    {"disk_min", "disk wanted (bytes)", TABLE_NUMBER},
    {0},
};

static void add_backlog_row(struct table *t, const struct facts_backlog *b)
{
	table_number_if(t, b->known, b->done);
	table_number_if(t, b->known, b->of);
	table_number_if(t, b->known, b->rate);
	table_number_if(t, b->known && b->left_s >= 0, b->left_s);
}

static void add_line(struct table *t, const struct facts_line *l)
{
	add_backlog_row(t, &l->backlog);
	table_text(t, l->known ? l->state : NULL);
	table_time(t, l->known ? l->since : USEC_NONE);
	table_text(t, l->last_error);
	table_time(t, l->known ? l->last_error_at : USEC_NONE);
	table_number_if(t, l->clock_ahead_ms != FACTS_UNKNOWN, l->clock_ahead_ms);
	table_time(t, l->known ? l->expires : USEC_NONE);
}

static void add_row(struct table *t, const struct facts *f, const struct findings *found)
{
	const struct outbox_status *o = &f->outbox;

	table_text(t, f->home->facility);
	table_text(t, finding_level_name(findings_worst(found)));
	table_text(t, state_of(f));
	table_bool(t, f->watcher_runs);
	table_bool(t, f->syncd_runs);
	table_time(t, o->in_sync);
	table_time(t, o->answered);
	table_number(t, (int64_t)o->queued);
	table_time(t, o->oldest);
	add_line(t, &f->line);
	table_text(t, o->epoch);
	table_time(t, o->epoch_began);
	table_text(t, o->epoch_reason);
	table_number(t, (int64_t)o->beds);
	table_number(t, (int64_t)o->files);
	table_number(t, (int64_t)o->waiting);
	add_backlog_row(t, f->watcher_runs ? &f->intake.backlog : &(struct facts_backlog){0});
	table_number(t, (int64_t)o->rejected);
	table_number(t, (int64_t)o->quarantined);
	table_time(t, o->quarantined_since);
	table_number(t, (int64_t)o->dead_letters);
	table_number(t, o->disk_free);
	table_number(t, o->disk_min);
}

static const struct table_column road_columns[] = {
    {"transport", "ROAD"},
    {"url", "URL"},
    {"state", "STATE"},
    {"carries", "CARRIES", TABLE_BOOL},
    {"since", "SINCE", TABLE_TIME},
    {"last_success", "LAST ANSWER", TABLE_TIME},
    {"last_error", "LAST ERROR"},
    {"last_error_at", "AT", TABLE_TIME},
    {"failures", "FAILURES", TABLE_NUMBER},
    {"next_probe", "TRIED AGAIN", TABLE_TIME},
    {0},
};

static void add_roads(const struct facts_line *l, struct buf *out)
{
	_cleanup_(table_done) struct table t = table_of(road_columns);

	for (size_t i = 0; i < l->n_roads; i++) {
		const struct facts_road *r = &l->roads[i];
		table_text(&t, r->transport);
		table_text(&t, r->url);
		table_text(&t, r->state);
		table_bool(&t, r->carries);
		table_time(&t, r->since);
		table_time(&t, r->last_success);
		table_text(&t, r->last_error);
		table_time(&t, r->last_error_at);
		table_number(&t, r->failures);
		table_time(&t, r->next_probe);
	}
	table_to_json(&t, out);
}

static void print_json(const struct facts *f, const struct findings *found)
{
	_cleanup_(table_done) struct table t = table_of(columns);
	_cleanup_(buf_done) struct buf out = BUF_INIT;

	add_row(&t, f, found);
	table_record_to_json(&t, &out);
	while (out.n > 0 && out.p[out.n - 1] != '}')
		out.n--;
	out.n--; /* the object goes on */
	buf_adds(&out, ",\"roads\":");
	add_roads(&f->line, &out);
	buf_adds(&out, ",\"findings\":");
	findings_to_json(found, &out);
	buf_adds(&out, "}\n");
	(void)fwrite(out.p, 1, out.n, stdout);
}

/* ---- the command ---- */

static int show(const struct command_line *line)
{
	_cleanup_(findings_done) struct findings found = FINDINGS_INIT;
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct facts *facts;

	int code = place_open_home(&place, line);
	if (code != EXIT_OK)
		return code;
	facts = arena_new(&a, struct facts);
	facts_gather(place.home, clock_now(), &a, facts);
	verdict(facts, &found);
	if (line->json)
		print_json(facts, &found);
	else
		print_text(facts, &found);
	return findings_exit(&found);
}

int status_show(const struct command_line *line)
{
	const struct status_options *o = line->options;

	if (!o->watch)
		return show(line);
	for (;;) {
		if (!line->json && isatty(STDOUT_FILENO))
			(void)fputs("\033[H\033[2J", stdout);
		int code = show(line);
		if (fflush(stdout) != 0)
			return EXIT_FAILED;
		if (code != EXIT_OK && code != EXIT_WARN && code != EXIT_FAILED)
			return code;
		(void)nanosleep(&(struct timespec){.tv_sec = WATCH_EVERY}, NULL);
	}
}

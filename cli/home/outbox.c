/* bedpost outbox status, list, export, verify */
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/listing.h"

static const struct table_column status_columns[] = {
    {"facility", "facility"},
    {"epoch", "epoch"},
    {"epoch_reason", "epoch began because"},
    {"epoch_began", "epoch began", TABLE_TIME},
    {"last", "last seq", TABLE_NUMBER},
    {"acked", "acknowledged", TABLE_NUMBER},
    {"queued", "queued", TABLE_NUMBER},
    {"oldest", "oldest queued", TABLE_TIME},
    {"answered", "last answer", TABLE_TIME},
    {"in_sync_as_of", "in sync as of", TABLE_TIME},
    {"rev", "region's revision", TABLE_NUMBER},
    {"beds", "beds", TABLE_NUMBER},
    {"dead_letters", "dead letters", TABLE_NUMBER},
    {"quarantined", "quarantined records", TABLE_NUMBER},
    {"files", "files taken", TABLE_NUMBER},
    {"rejected", "files rejected", TABLE_NUMBER},
    {"duplicates", "files seen twice", TABLE_NUMBER},
    {"waiting", "files waiting", TABLE_NUMBER},
    {"disk_free", "disk free (bytes)", TABLE_NUMBER},
    {"disk_min", "disk wanted (bytes)", TABLE_NUMBER},
    {"disk_full", "intake stopped for want of disk", TABLE_BOOL},
    {"bytes", "outbox size (bytes)", TABLE_NUMBER},
    {0},
};

static void add_status(struct table *t, const struct outbox *o, const struct outbox_status *s)
{
	table_text(t, outbox_facility(o));
	table_text(t, s->epoch);
	table_text(t, s->epoch_reason);
	table_time(t, s->epoch_began);
	table_number(t, (int64_t)s->last);
	table_number(t, (int64_t)s->acked);
	table_number(t, (int64_t)s->queued);
	table_time(t, s->oldest);
	table_time(t, s->answered);
	table_time(t, s->in_sync);
	table_number(t, s->rev);
	table_number(t, (int64_t)s->beds);
	table_number(t, (int64_t)s->dead_letters);
	table_number(t, (int64_t)s->quarantined);
	table_number(t, (int64_t)s->files);
	table_number(t, (int64_t)s->rejected);
	table_number(t, (int64_t)s->duplicates);
	table_number(t, (int64_t)s->waiting);
	table_number(t, s->disk_free);
	table_number(t, s->disk_min);
	table_bool(t, s->disk_full);
	table_number(t, s->bytes);
}

int outbox_status_show(const struct command_line *line)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(table_done) struct table t = table_of(status_columns);
	struct outbox_status s;
	struct err err;

	int code = place_open(&place, line);
	if (code != EXIT_OK)
		return code;
	if (outbox_status(place.outbox, &s, &err) < 0)
		return command_failed(&err);
	add_status(&t, place.outbox, &s);
	table_print_record(&t, line->json);
	return EXIT_OK;
}

/* ---- events ---- */

static const struct table_column event_columns[] = {
    {"seq", "SEQ", TABLE_NUMBER},
    {"acked", NULL, TABLE_BOOL},
    {"event_id", NULL},
    {"bed_id", "BED"},
    {"ward", "WARD"},
    {"previous_status", "FROM"},
    {"new_status", "TO"},
    {"reason", "REASON"},
    {"changed_at", "CHANGED", TABLE_TIME},
    {"added_at", "ADDED", TABLE_TIME},
    {"file_id", "FILE", TABLE_NUMBER},
    {0},
};

static void add_event(struct table *t, const struct listing_event *e)
{
	char id[EVENT_ID_CHARS + 1];

	table_number(t, (int64_t)e->seq);
	table_bool(t, e->acked);
	table_text(t, event_id_format(e->event.id, id));
	table_span(t, e->event.bed_id);
	table_span(t, e->event.ward);
	table_text(t, bed_status_name(e->event.previous_status));
	table_text(t, bed_status_name(e->event.new_status));
	table_text(t, reason_name(e->event.reason));
	table_time(t, e->event.changed_at);
	table_time(t, e->added);
	table_number_if(t, e->file_id != 0, e->file_id);
}

/* Behind which event those that are wanted begin: with --all no answer counts. */
static int first_wanted(const struct place *p, const struct list_options *o, uint64_t *ret_after,
			struct err *err)
{
	struct outbox_status s;
	int r = outbox_status(p->outbox, &s, err);

	if (r < 0)
		return r;
	*ret_after = (uint64_t)o->after;
	if (!o->all && *ret_after < s.acked)
		*ret_after = s.acked;
	return 0;
}

static int add_events(const struct place *p, const struct command_line *line, struct arena *a,
		      struct table *t, struct err *err)
{
	const struct list_options *o = line->options;
	struct listing_event *events;
	uint64_t after;
	size_t n = 0;

	int r = first_wanted(p, o, &after, err);
	if (r == 0)
		r = listing_events(p->outbox, after, (size_t)o->limit, a, &events, &n, err);
	for (size_t i = 0; i < n; i++)
		add_event(t, &events[i]);
	return r;
}

/* ---- dead letters ---- */

static const struct table_column dead_columns[] = {
    {"seq", "SEQ", TABLE_NUMBER},  {"epoch", NULL},
    {"event_id", "EVENT"},	   {"reason", "REASON"},
    {"at", "REFUSED", TABLE_TIME}, {0},
};

static int add_dead(const struct place *p, const struct command_line *line, struct arena *a,
		    struct table *t, struct err *err)
{
	const struct list_options *o = line->options;
	struct listing_dead *dead;
	size_t n = 0;

	int r = listing_dead_letters(p->outbox, (size_t)o->limit, a, &dead, &n, err);
	for (size_t i = 0; i < n; i++) {
		table_number(t, (int64_t)dead[i].seq);
		table_text(t, dead[i].epoch);
		table_text(t, dead[i].event_id);
		table_text(t, dead[i].reason);
		table_time(t, dead[i].at);
	}
	return r;
}

int outbox_list(const struct command_line *line)
{
	const struct list_options *o = line->options;

	return o->dead ? place_list(line, "dead_letters", dead_columns, add_dead)
		       : place_list(line, "events", event_columns, add_events);
}

/* ---- as lines ---- */

#define EXPORT_PAGE 1000

/* One page on standard output; how many there were, or -1 with *ret_code. */
static int64_t export_page(struct outbox *o, uint64_t after, size_t limit, uint64_t *ret_last,
			   int *ret_code)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(buf_done) struct buf lines = BUF_INIT, json = BUF_INIT;
	struct listing_event *events;
	struct err err;
	size_t n = 0;

	if (listing_events(o, after, limit, &a, &events, &n, &err) < 0) {
		*ret_code = command_failed(&err);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		buf_clear(&json);
		event_to_json(&events[i].event, &json);
		wire_add_line(&lines, events[i].seq, buf_span(&json));
		*ret_last = events[i].seq;
	}
	if (n > 0 && fwrite(lines.p, 1, lines.n, stdout) != lines.n) {
		*ret_code = command_error(EXIT_FAILED, "standard output cannot be written");
		return -1;
	}
	return (int64_t)n;
}

int outbox_export(const struct command_line *line)
{
	const struct list_options *o = line->options;
	_cleanup_(place_done) struct place place = PLACE_INIT;
	uint64_t left = o->limit ? (uint64_t)o->limit : UINT64_MAX;
	struct err err;
	uint64_t after;
	int64_t n;

	int code = place_open(&place, line);
	if (code != EXIT_OK)
		return code;
	if (first_wanted(&place, o, &after, &err) < 0)
		return command_failed(&err);
	do {
		size_t page = left < EXPORT_PAGE ? (size_t)left : EXPORT_PAGE;
		n = page ? export_page(place.outbox, after, page, &after, &code) : 0;
		left -= n > 0 ? (uint64_t)n : 0;
	} while (n > 0);
	return n < 0 ? code : EXIT_OK;
}

int outbox_verify(const struct command_line *line)
{
	static const struct table_column columns[] = {{"problem", "PROBLEM"}, {0}};
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(table_done) struct table t = table_of(columns);
	struct listing_check check;
	struct err err;

	int code = place_open(&place, line);
	if (code != EXIT_OK)
		return code;
	if (listing_verify(place.outbox, &a, &check, &err) < 0)
		return command_failed(&err);
	for (size_t i = 0; i < check.n_what; i++)
		table_text(&t, check.what[i]);
	if (line->json) {
		struct buf out = BUF_INIT;
		table_to_json(&t, &out);
		(void)printf("{\"ok\":%s,\"events\":%llu,\"problems\":%llu,\"what\":%s}\n",
			     check.problems ? "false" : "true", (unsigned long long)check.events,
			     (unsigned long long)check.problems, out.p);
		buf_done(&out);
	} else if (check.problems == 0) {
		(void)printf("ok: %llu events, no gap, all readable\n",
			     (unsigned long long)check.events);
	} else {
		(void)printf("%llu problem(s) in %llu events\n", (unsigned long long)check.problems,
			     (unsigned long long)check.events);
		table_print(&t, false);
	}
	return check.problems ? EXIT_FAILED : EXIT_OK;
}

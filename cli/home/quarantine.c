/* bedpost quarantine list, show and replay: records that could not be read, and reading
 * them again once the adapter is mended. */
#include <unistd.h>

#include "base/clock.h"
#include "cli/home/commands.h"
#include "cli/home/held.h"
#include "cli/home/kept_bytes.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/listing.h"
#include "outbox/replay.h"
#include "watcher/catalog.h"

#define REPLAY_PAGE 500 /* files */

/* "17": a record of quarantine; else a file by its name. */
static bool is_number(const char *operand, int64_t *ret)
{
	return span_to_i64(span_str(operand), ret) && *ret > 0;
}

/* What list and show tell alike: from "adapter" to "at". */
static void add_what(struct table *t, const struct listing_bad *b)
{
	table_text_if(t, b->adapter);
	table_number(t, (int64_t)b->record);
	table_number(t, (int64_t)b->line);
	table_number(t, (int64_t)b->offset);
	table_text_if(t, b->field);
	table_text_if(t, b->value_class);
	table_text_if(t, b->reason);
	table_text_if(t, b->message);
	table_bool(t, b->warning);
	table_time(t, b->at);
}

/* ---- list ---- */

static const struct table_column bad_columns[] = {
    {"id", "ID", TABLE_NUMBER},
    {"file_id", NULL, TABLE_NUMBER},
    {"file", "FILE"},
    {"adapter", NULL},
    {"record", "RECORD", TABLE_NUMBER},
    {"line", "LINE", TABLE_NUMBER},
    {"offset", NULL, TABLE_NUMBER},
    {"field", "FIELD"},
    {"value_class", "VALUE"},
    {"reason", "REASON"},
    {"message", "MESSAGE"},
    {"warning", NULL, TABLE_BOOL},
    {"at", "AT", TABLE_TIME},
    {0},
};

static int add_bad(const struct place *p, const struct command_line *line, struct arena *a,
		   struct table *t, struct err *err)
{
	const struct list_options *o = line->options;
	const struct listing_page page = {o->after, (size_t)o->limit};
	struct listing_bad *bad;
	size_t n = 0;

	int r = listing_quarantine_page(p->outbox, o->file, &page, a, &bad, &n, err);
	for (size_t i = 0; i < n; i++) {
		const struct listing_bad *b = &bad[i];
		table_number(t, b->id);
		table_number(t, b->file_id);
		table_text(t, b->file);
		add_what(t, b);
	}
	if (n > 0)
		place_tell_more(line, n, bad[n - 1].id);
	return r;
}

int quarantine_list(const struct command_line *line)
{
	return place_list(line, "quarantine", bad_columns, add_bad);
}

/* ---- show ---- */

static const struct table_column show_columns[] = {
    {"id", "id", TABLE_NUMBER},
    {"file_id", "file id", TABLE_NUMBER},
    {"file", "file"},
    {"where", "now at"},
    {"adapter", "adapter"},
    {"record", "record", TABLE_NUMBER},
    {"line", "line", TABLE_NUMBER},
    {"offset", "byte offset", TABLE_NUMBER},
    {"field", "field"},
    {"value_class", "value is"},
    {"reason", "reason"},
    {"message", "message"},
    {"warning", "warning", TABLE_BOOL},
    {"at", "since", TABLE_TIME},
    {"mended", "mended", TABLE_TIME},
    {0},
};

static int add_shown(struct table *t, struct outbox *o, struct arena *a,
		     const struct listing_bad *b, struct err *err)
{
	struct listing_file f = {.where = ""};
	int r = listing_file(o, b->file_id, a, &f, err);

	if (r < 0 && r != -ERR_NOT_FOUND)
		return r;
	table_number(t, b->id);
	table_number(t, b->file_id);
	table_text(t, b->file);
	table_text_if(t, f.where);
	add_what(t, b);
	table_time(t, b->mended);
	return 0;
}

static int show_file(struct place *p, const char *name, struct arena *a, struct table *t,
		     struct err *err)
{
	struct listing_file *files;
	struct listing_bad *bad;
	size_t n_files = 0, n = 0;
	int r = listing_files_named(p->outbox, name, 0, a, &files, &n_files, err);

	for (size_t i = 0; i < n_files && r == 0; i++) {
		if (!files[i].id)
			continue;
		r = listing_quarantine(p->outbox, files[i].id, 0, a, &bad, &n, err);
		for (size_t k = 0; k < n && r == 0; k++)
			r = add_shown(t, p->outbox, a, &bad[k], err);
	}
	if (r == 0 && n_files == 0)
		return err_set(err, ERR_NOT_FOUND, "no file of this name has been taken");
	return r;
}

int quarantine_show(const struct command_line *line)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(table_done) struct table t = table_of(show_columns);
	struct listing_bad one;
	struct err err;
	int64_t id;
	int code = place_open(&place, line), r;

	if (code != EXIT_OK)
		return code;
	bool is_one = is_number(line->operands[0], &id);
	if (is_one) {
		r = listing_quarantined(place.outbox, id, &a, &one, &err);
		if (r == 0)
			r = add_shown(&t, place.outbox, &a, &one, &err);
	} else {
		r = show_file(&place, line->operands[0], &a, &t, &err);
	}
	if (r < 0)
		return command_failed(&err);
	if (is_one)
		table_print_record(&t, line->json);
	else
		table_print_list(&t, "quarantine", line->json);
	return EXIT_OK;
}

/* ---- replay ---- */

struct replaying {
	bool is_release; /* of held censuses, rather than what is in quarantine */
	const struct replay_options *options;
	struct place place;
	struct outbox *outbox;
	struct catalog catalog;
	struct zone *zone;
	struct arena arena; /* of a page */
	struct table table;
	struct table_parts parts;
	uint64_t events, still_bad;
	bool any_open; /* something stays in quarantine, or could not be read */
	size_t n;
	usec_t told; /* when it was last said how far it is */
};

static const struct table_column replay_columns[] = {
    {"file_id", "FILE ID", TABLE_NUMBER},
    {"file", "FILE"},
    {"adapter", "ADAPTER"},
    {"wanted", "WANTED", TABLE_NUMBER},
    {"mended", "READ NOW", TABLE_NUMBER},
    {"events", "EVENTS", TABLE_NUMBER},
    {"late", "LATE", TABLE_NUMBER},
    {"unchanged", NULL, TABLE_NUMBER},
    {"still_bad", "STILL BAD", TABLE_NUMBER},
    {"replayed", NULL, TABLE_BOOL},
    {"message", "MESSAGE"},
    {0},
};

static void tear_down(struct replaying *p)
{
	outbox_close(p->outbox);
	catalog_done(&p->catalog);
	zone_free(p->zone);
	table_done(&p->table);
	arena_done(&p->arena);
	place_done(&p->place);
}

static void add_row(struct replaying *p, const struct listing_file *f,
		    const struct replay_counts *c, bool replayed, const char *message)
{
	table_number(&p->table, f->id);
	table_text(&p->table, f->name);
	table_text_if(&p->table, f->adapter);
	table_number(&p->table, (int64_t)c->wanted);
	table_number(&p->table, (int64_t)c->mended);
	table_number(&p->table, (int64_t)c->events);
	table_number(&p->table, (int64_t)c->late);
	table_number(&p->table, (int64_t)c->unchanged);
	table_number(&p->table, (int64_t)c->still_bad);
	table_bool(&p->table, replayed);
	table_text(&p->table, message);
	p->any_open |= c->still_bad > 0 || !replayed;
	p->events += replayed ? c->events : 0;
	p->still_bad += c->still_bad;
	p->n++;
}

static int feed(void *ctx, struct span bytes, bool last, struct err *err)
{
	return adapter_run_feed(ctx, bytes, last, err);
}

static int read_again(struct replaying *p, const struct adapter *a, const struct listing_file *f,
		      struct dropped *d, struct replay *replay, uint64_t *ret_records,
		      struct err *err)
{
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
	char message[ADAPTER_JUDGED_MAX];
	const struct adapter_input input = {
	    .facility = p->place.home->facility,
	    .file = f->digest,
	    .file_time = f->mtime,
	    .zone = p->zone,
	};
	int r = adapter_run_new(a, &input, replay_sink(replay), replay_memory(replay), &run, err);

	if (r == 0)
		r = dropped_read(d, feed, run, err);
	if (replay_failed(replay, err))
		return -(int)err->code;
	if (r < 0)
		return r;
	*ret_records = adapter_run_summary(run)->records;
	if (adapter_judge(a, adapter_run_summary(run), message))
		return err_set(err, ERR_INVALID, "%s", message);
	return 0;
}

/* *ret_replayed: it was, or, in a dry run, would be. */
static int replay_file(struct replaying *p, const struct listing_file *f, struct replay_counts *ret,
		       struct err *err)
{
	const struct adapter *a = catalog_find(&p->catalog, f->adapter);
	_cleanup_(dropped_done) struct dropped d = DROPPED_INIT;
	_cleanup_(replay_abortp) struct replay *replay = NULL;
	uint64_t records = 0;

	if (!a)
		return err_set(err, ERR_NOT_FOUND,
			       "its adapter is not in force (bedpost adapter check)");
	int r = f->disposed == USEC_NONE
		    ? err_set(err, ERR_UNAVAILABLE, "the watcher has not put it away yet")
		    : kept_bytes_open(f, p->options->from, &d, err);
	if (r == 0 && p->is_release)
		r = replay_begin_held(p->outbox, f, clock_now(), &replay, err);
	else if (r == 0)
		r = replay_begin(p->outbox, f, adapter_mode(a) == MODE_CENSUS, clock_now(), &replay,
				 err);
	if (r == 0)
		r = read_again(p, a, f, &d, replay, &records, err);
	if (r < 0)
		return r;
	replay_count(replay, records, ret);
	if (!p->options->dry_run)
		r = replay_commit(TAKE_PTR(replay), records, err);
	else if (!replay_is_rejected(replay) && records != f->records)
		r = err_set(err, ERR_CONFLICT,
			    "the adapter finds %llu records where it found %llu when the file came",
			    (unsigned long long)records, (unsigned long long)f->records);
	return r;
}

static bool is_wanted(const struct replaying *p, const struct listing_file *f)
{
	return f->is_open && (!p->options->adapter || strcmp(p->options->adapter, f->adapter) == 0);
}

static void replay_one(struct replaying *p, struct listing_file *f)
{
	struct replay_counts c = {0};
	struct err err = {0};
	int r = kept_bytes_await(p->outbox, f, &p->arena, &err);

	if (r == 0)
		r = replay_file(p, f, &c, &err);

	if (r == -ERR_EXISTS)
		return; /* nothing in quarantine: a file whose records are all mended */
	if (r < 0)
		c = (struct replay_counts){.wanted = f->bad, .still_bad = f->bad};
	add_row(p, f, &c, r == 0, r < 0 ? err.message : NULL);
}

static int find_files(struct replaying *p, const struct command_line *line,
		      struct listing_file **ret, size_t *ret_n, struct err *err)
{
	const char *operand = line->n ? line->operands[0] : NULL;
	struct listing_bad one;
	int64_t id = p->options->file;
	int r = 0;

	if (operand && !is_number(operand, &id))
		return listing_files_named(p->outbox, operand, 0, &p->arena, ret, ret_n, err);
	if (operand) {
		r = listing_quarantined(p->outbox, id, &p->arena, &one, err);
		id = r == 0 ? one.file_id : 0;
	}
	if (r < 0)
		return r;
	*ret = arena_new(&p->arena, struct listing_file);
	*ret_n = 1;
	return listing_file(p->outbox, id, &p->arena, *ret, err);
}

static void adapter_is_off(_unused_ void *ctx, _unused_ const char *path, const char *text)
{
	(void)fprintf(stderr, "%s%s", text, span_ends(span_str(text), SPAN("\n")) ? "" : "\n");
}

static int set_up(struct replaying *p, const struct command_line *line)
{
	struct err err;
	int code = place_open(&p->place, line);
	const struct home *home = p->place.home;

	if (code != EXIT_OK)
		return code;
	if (zone_load(home->zone, &p->zone, &err) < 0 ||
	    catalog_load(&p->catalog, home->adapters, home->facility, adapter_is_off, NULL, &err) <
		0 ||
	    outbox_open(home->state_dir, home->facility, OUTBOX_WRITE, &p->outbox, &err) < 0)
		return command_failed(&err);
	outbox_set_min_free(p->outbox, home->min_free);
	return EXIT_OK;
}

static int finish(struct replaying *p, const struct command_line *line)
{
	if (p->events > 0 && !p->options->dry_run)
		outbox_wake(p->place.home->state_dir);
	p->parts.json = line->json;
	table_print_last_part(&p->table, &p->parts);
	if (!line->json && p->options->dry_run && p->n > 0)
		(void)printf("a dry run: nothing was changed\n");
	return p->any_open ? EXIT_FAILED : EXIT_OK;
}

/* Those who wait at a terminal want to know for what. */
static void tell_progress(struct replaying *p)
{
	usec_t now = clock_monotonic();

	if (!isatty(STDERR_FILENO) || now - p->told < 2 * USEC_PER_SEC)
		return;
	if (p->told)
		(void)fprintf(stderr, "%zu files read again, %llu records still bad\n", p->n,
			      (unsigned long long)p->still_bad);
	p->told = now;
}

/* A page at a time, however many there are; the oldest first: as the files came. */
static int replay_all(struct replaying *p, const struct command_line *line, struct err *err)
{
	struct listing_page page = {0, REPLAY_PAGE};
	struct listing_file *files = NULL;
	size_t n;

	p->parts.json = line->json;
	do {
		arena_reset(&p->arena);
		int r = listing_files_open(p->outbox, &page, &p->arena, &files, &n, err);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++) {
			page.after = files[i].id;
			if (is_wanted(p, &files[i]))
				replay_one(p, &files[i]);
			tell_progress(p);
		}
		if (table_rows(&p->table) >= REPLAY_PAGE)
			table_print_part(&p->table, &p->parts);
	} while (n == page.limit);
	return 0;
}

int quarantine_replay(const struct command_line *line)
{
	_cleanup_(tear_down) struct replaying p = {
	    .options = line->options, .table = table_of(replay_columns), .parts = {.key = "files"}};
	struct listing_file *files = NULL;
	struct err err;
	size_t n = 0;
	int code = set_up(&p, line);

	if (code != EXIT_OK)
		return code;
	if (line->n == 0 && !p.options->file) {
		if (replay_all(&p, line, &err) < 0)
			return command_failed(&err);
		return finish(&p, line);
	}
	if (find_files(&p, line, &files, &n, &err) < 0)
		return command_failed(&err);
	/* The oldest first: as the files came. */
	for (size_t i = n; i-- > 0;)
		if (is_wanted(&p, &files[i]))
			replay_one(&p, &files[i]);
	return finish(&p, line);
}

int files_release(const struct command_line *line)
{
	_cleanup_(tear_down) struct replaying p = {.options = line->options,
						   .table = table_of(replay_columns),
						   .parts = {.key = "files"},
						   .is_release = true};
	struct listing_file file;
	struct err err;
	int code = set_up(&p, line);

	if (code != EXIT_OK)
		return code;
	if (held_find(p.outbox, line->operands[0], &p.arena, &file, &err) < 0)
		return command_failed(&err);
	replay_one(&p, &file);
	return finish(&p, line);
}

/* bedpost quarantine replay and files release: files of the ledger read again, once the adapter is
 * mended, or because a person takes a census that was held.
 *
 * What a person refused stays refused, unless it is named with --refused; and then it is measured
 * as a file that is dropped. */
#include <fcntl.h>
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

struct replaying {
	enum replay_way way;
	const struct replay_options *options;
	bool is_named; /* files that a person named, rather than all that are open */
	struct place place;
	struct outbox *outbox;
	struct catalog catalog;
	struct zone *zone;
	struct digest from; /* of the file of --from */
	bool is_rehearsal;
	struct arena arena; /* of a page */
	struct table table;
	struct table_parts parts;
	uint64_t events, still_bad;
	bool any_open; /* something stays in quarantine, or could not be read */
	size_t n;
	uint64_t refused; /* passed over */
	int64_t last_refused;
	usec_t told; /* when it was last said how far it is */
};

/* What became of one file, or would. */
struct replayed {
	struct replay_counts counts;
	bool is_replayed, is_held, is_superseded;
	const char *message; /* from the arena; NULL: none */
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
    {"superseded", NULL, TABLE_NUMBER},
    {"still_bad", "STILL BAD", TABLE_NUMBER},
    {"replayed", NULL, TABLE_BOOL},
    {"held", NULL, TABLE_BOOL},
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

static void add_row(struct replaying *p, const struct listing_file *f, const struct replayed *d)
{
	const struct replay_counts *c = &d->counts;

	table_number(&p->table, f->id);
	table_text(&p->table, f->name);
	table_text_if(&p->table, f->adapter);
	table_number(&p->table, (int64_t)c->wanted);
	table_number(&p->table, (int64_t)c->mended);
	table_number(&p->table, (int64_t)c->events);
	table_number(&p->table, (int64_t)c->late);
	table_number(&p->table, (int64_t)c->unchanged);
	table_number(&p->table, (int64_t)c->superseded);
	table_number(&p->table, (int64_t)c->still_bad);
	table_bool(&p->table, d->is_replayed);
	table_bool(&p->table, d->is_held);
	table_text(&p->table, d->message);
	p->any_open |= !d->is_replayed || (c->still_bad > 0 && !d->is_superseded);
	p->events += d->is_replayed ? c->events : 0;
	p->still_bad += c->still_bad;
	p->n++;
}

/* ---- one file ---- */

static int feed(void *ctx, struct span bytes, bool last, struct err *err)
{
	return adapter_run_feed(ctx, bytes, last, err);
}

static int read_again(struct replaying *p, const struct adapter *a, const struct listing_file *f,
		      struct dropped *d, struct replay *replay, struct intake_judged *ret,
		      struct err *err)
{
	_cleanup_(adapter_run_freep) struct adapter_run *run = NULL;
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
	if (r == 0)
		r = replay_judge(replay, a, adapter_run_summary(run), ret, err);
	if (r == 0 && ret->fate == INTAKE_REJECT)
		return err_set(err, ERR_INVALID, "%s", ret->message);
	return r;
}

/* A census, of which a person has to decide. Of one that was taken when it came, but for what is in
 * quarantine, nothing can be held any more: that stays where it is. */
static int far_off(struct replaying *p, const struct listing_file *f, struct replay **replay,
		   const struct intake_judged *judged, struct replayed *ret, struct err *err)
{
	long long id = (long long)f->id;

	if (!replay_is_whole(*replay))
		return err_set(err, ERR_CONFLICT,
			       "%s: left in quarantine; bedpost quarantine replay --file %lld "
			       "--far-off takes it all the same",
			       judged->message, id);
	ret->is_held = true;
	ret->counts = (struct replay_counts){.wanted = ret->counts.wanted};
	ret->message = arena_printf(&p->arena,
				    "held: %s; bedpost files show %lld tells each, then files "
				    "release or files reject",
				    judged->message, id);
	return p->options->dry_run && !p->is_rehearsal
		   ? 0
		   : replay_hold(TAKE_PTR(*replay), judged, err);
}

static int finish_one(struct replaying *p, const struct listing_file *f, struct replay **replay,
		      const struct intake_judged *judged, struct replayed *ret, struct err *err)
{
	replay_count(*replay, &ret->counts);
	if (judged->fate == INTAKE_HOLD && !(p->options->far_off && !replay_is_whole(*replay)))
		return far_off(p, f, replay, judged, ret, err);
	ret->is_replayed = true;
	ret->is_superseded = replay_is_superseded(*replay);
	if (ret->is_superseded)
		ret->message = "superseded: newer censuses have told of all its beds";
	else if (ret->counts.superseded > 0)
		ret->message = arena_printf(&p->arena, "of %llu beds a newer census has told since",
					    (unsigned long long)ret->counts.superseded);
	return p->options->dry_run && !p->is_rehearsal ? 0 : replay_commit(TAKE_PTR(*replay), err);
}

/* What comes of a census depends on the one before it: a dry run of several does all of it, and
 * takes it back at its end. */
static int rehearse(struct replaying *p, bool census, struct err *err)
{
	if (!census || !p->options->dry_run || p->is_rehearsal)
		return 0;
	p->is_rehearsal = true;
	return outbox_rehearse(p->outbox, err);
}

static int replay_file(struct replaying *p, const struct listing_file *f, struct replayed *ret,
		       struct err *err)
{
	const struct adapter *a = catalog_find(&p->catalog, f->adapter);
	_cleanup_(dropped_done) struct dropped d = DROPPED_INIT;
	_cleanup_(replay_abortp) struct replay *replay = NULL;
	struct intake_judged judged = {.fate = INTAKE_HOLD}; /* what was not judged is not taken */

	if (!a)
		return err_set(err, ERR_NOT_FOUND,
			       "its adapter is not in force (bedpost adapter check)");
	bool census = adapter_mode(a) == MODE_CENSUS || p->way == REPLAY_HELD;
	int r = kept_bytes_open(f, p->options->from, &d, err);
	if (r == 0)
		r = rehearse(p, census, err);
	if (r == 0)
		r = replay_begin(p->outbox, f, census, p->way, clock_now(), &replay, err);
	if (r == 0)
		r = read_again(p, a, f, &d, replay, &judged, err);
	return r < 0 ? r : finish_one(p, f, &replay, &judged, ret, err);
}

static void replay_one(struct replaying *p, struct listing_file *f)
{
	struct replayed done = {0};
	struct err err = {0};
	int r = p->is_rehearsal ? 0 : kept_bytes_await(p->outbox, f, &p->arena, &err);

	if (r == 0)
		r = replay_file(p, f, &done, &err);
	if (r == -ERR_EXISTS)
		return; /* nothing in quarantine: a file whose records are all mended */
	if (r < 0)
		done = (struct replayed){.counts = {.wanted = f->bad, .still_bad = f->bad},
					 .message = err.message};
	add_row(p, f, &done);
}

/* ---- which files ---- */

/* A file that is held or superseded, if it is named, says so itself. */
static bool is_wanted(const struct replaying *p, const struct listing_file *f)
{
	const struct replay_options *o = p->options;
	bool is_closed = strcmp(f->state, "held") == 0 || strcmp(f->state, "superseded") == 0;

	return f->id && (f->is_open || (p->is_named && is_closed)) &&
	       (!o->adapter || strcmp(o->adapter, f->adapter) == 0) &&
	       (!o->from || digest_eq(&p->from, &f->digest));
}

static void pass_over(struct replaying *p, const struct listing_file *f)
{
	p->refused++;
	p->last_refused = f->id;
}

static int find_files(struct replaying *p, const struct command_line *line,
		      struct listing_file **ret, size_t *ret_n, struct err *err)
{
	const char *operand = line->n ? line->operands[0] : NULL;
	struct listing_bad one;
	int64_t id = p->options->file;
	int r = 0;

	if (operand && !(span_to_i64(span_str(operand), &id) && id > 0))
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

/* Of several files of one name the newest that was refused. */
static int choose_refused(struct listing_file **files, size_t *n, struct err *err)
{
	for (size_t i = 0; i < *n; i++) {
		if (!listing_is_refused(&(*files)[i]))
			continue;
		*files += i;
		*n = 1;
		return 0;
	}
	if (*n == 1 && (*files)[0].id)
		return err_set(err, ERR_CONFLICT, "nobody refused file %lld: it is %s",
			       (long long)(*files)[0].id, (*files)[0].state);
	return err_set(err, ERR_NOT_FOUND,
		       "nobody refused a file of this name (bedpost files lists them)");
}

static int replay_named(struct replaying *p, const struct command_line *line, struct err *err)
{
	struct listing_file *files = NULL;
	size_t n = 0;
	int r = find_files(p, line, &files, &n, err);

	if (r == 0 && p->options->refused)
		r = choose_refused(&files, &n, err);
	/* The oldest first: as the files came. */
	for (size_t i = n; r == 0 && i-- > 0;)
		if (is_wanted(p, &files[i]))
			replay_one(p, &files[i]);
	return r;
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
static int replay_all(struct replaying *p, struct err *err)
{
	struct listing_page page = {0, REPLAY_PAGE};
	struct listing_file *files = NULL;
	size_t n;

	do {
		arena_reset(&p->arena);
		int r = listing_files_open(p->outbox, &page, &p->arena, &files, &n, err);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++) {
			page.after = files[i].id;
			if (!is_wanted(p, &files[i]))
				continue;
			if (listing_is_refused(&files[i]))
				pass_over(p, &files[i]);
			else
				replay_one(p, &files[i]);
			tell_progress(p);
		}
		if (table_rows(&p->table) >= REPLAY_PAGE)
			table_print_part(&p->table, &p->parts);
	} while (n == page.limit);
	return 0;
}

/* ---- beginning and end ---- */

static void adapter_is_off(_unused_ void *ctx, _unused_ const char *path, const char *text)
{
	(void)fprintf(stderr, "%s%s", text, span_ends(span_str(text), SPAN("\n")) ? "" : "\n");
}

static int read_from(struct replaying *p, struct err *err)
{
	_cleanup_(dropped_done) struct dropped d = DROPPED_INIT;

	if (!p->options->from)
		return 0;
	if (dropped_open(&d, AT_FDCWD, p->options->from, err) < 0)
		return err_set(err, ERR_NOT_FOUND, "the file of --from cannot be read");
	p->from = d.digest;
	return 0;
}

static int set_up(struct replaying *p, const struct command_line *line)
{
	struct err err;
	int code = place_open(&p->place, line);
	const struct home *home = p->place.home;

	if (code != EXIT_OK)
		return code;
	p->parts.json = line->json;
	if (zone_load(home->zone, &p->zone, &err) < 0 || read_from(p, &err) < 0 ||
	    catalog_load(&p->catalog, home->adapters, home->facility, adapter_is_off, NULL, &err) <
		0 ||
	    outbox_open(home->state_dir, home->facility, OUTBOX_WRITE, &p->outbox, &err) < 0)
		return command_failed(&err);
	outbox_set_min_free(p->outbox, home->min_free);
	return EXIT_OK;
}

static void tell_refused(const struct replaying *p)
{
	if (p->refused == 1)
		(void)printf("passed over: file %lld, a census that a person refused\n",
			     (long long)p->last_refused);
	else
		(void)printf("passed over: %llu censuses that a person refused, the last of them "
			     "file %lld\n",
			     (unsigned long long)p->refused, (long long)p->last_refused);
	(void)printf("bedpost quarantine replay --file %lld --refused reads it after all\n",
		     (long long)p->last_refused);
}

static int finish(struct replaying *p, const struct command_line *line)
{
	if (p->events > 0 && !p->options->dry_run)
		outbox_wake(p->place.home->state_dir);
	p->parts.more =
	    arena_printf(&p->arena, ",\"refused\":%llu", (unsigned long long)p->refused);
	table_print_last_part(&p->table, &p->parts);
	if (!line->json && p->refused > 0)
		tell_refused(p);
	if (!line->json && p->options->dry_run && p->n > 0)
		(void)printf("a dry run: nothing was changed\n");
	return p->any_open ? EXIT_FAILED : EXIT_OK;
}

int quarantine_replay(const struct command_line *line)
{
	_cleanup_(tear_down) struct replaying p = {
	    .options = line->options, .table = table_of(replay_columns), .parts = {.key = "files"}};
	struct err err;

	p.is_named = line->n > 0 || p.options->file;
	if (!p.is_named && (p.options->refused || p.options->far_off))
		return command_error(EXIT_USAGE,
				     "--refused and --far-off want to know which file: its name, "
				     "or --file ID (bedpost files)");
	p.way = p.options->refused ? REPLAY_REFUSED : REPLAY_OPEN;
	int code = set_up(&p, line);
	if (code != EXIT_OK)
		return code;
	if ((p.is_named ? replay_named(&p, line, &err) : replay_all(&p, &err)) < 0)
		return command_failed(&err);
	if (p.options->from && p.n == 0 && p.refused == 0)
		return command_error(EXIT_FAILED, "the file of --from is none that could be read "
						  "again (bedpost files lists them)");
	return finish(&p, line);
}

int files_release(const struct command_line *line)
{
	_cleanup_(tear_down) struct replaying p = {.options = line->options,
						   .table = table_of(replay_columns),
						   .parts = {.key = "files"},
						   .is_named = true,
						   .way = REPLAY_HELD};
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

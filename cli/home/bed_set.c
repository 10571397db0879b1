/* bedpost bed set: the board's own way into the outbox (outbox/manual.h), from a shell. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include <sodium/randombytes.h>

#include "bed/ident.h"
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/manual.h"

static const struct table_column set_columns[] = {
    {"outcome", "OUTCOME"},
    {"bed_id", "BED"},
    {"status", "STATUS"},
    {"changed_at", "SINCE", TABLE_TIME},
    {"changed_by", "BY"},
    {"event_id", "EVENT"},
    {0},
};

/* --by, or the account that runs the program. */
static struct span find_user(const char *by, struct arena *a)
{
	const struct passwd *account = by ? NULL : getpwuid(getuid());

	if (by)
		return ident_make(a, span_str(by));
	return ident_make(
	    a, span_str(arena_printf(a, "user_%s", account ? account->pw_name : "unknown")));
}

static int read_change(const struct command_line *line, struct arena *a, struct manual_change *c)
{
	const struct bed_set_options *o = line->options;
	struct digest key;

	c->bed_id = span_str(line->operands[0]);
	c->changed_by = find_user(o->by, a);
	if (!bed_status_parse(span_str(line->operands[1]), &c->status) ||
	    (o->was && !bed_status_parse(span_str(o->was), &c->seen)))
		return command_error(EXIT_USAGE,
				     "a status is available, occupied, reserved or maintenance");
	if (o->reason && !reason_parse(span_str(o->reason), &c->reason))
		return command_error(EXIT_USAGE,
				     "--reason: not a code of the list, see bedpost(1)");
	if (!c->changed_by.p)
		return command_error(EXIT_USAGE, "--by wants a user, such as user_kari");
	if (o->key) {
		c->key = span_str(o->key);
	} else {
		randombytes_buf(key.b, sizeof(key.b));
		c->key = span_str(digest_hex(&key, arena_alloc(a, DIGEST_HEX + 1)));
	}
	return EXIT_OK;
}

static void print_result(const struct command_line *line, const struct manual_change *c,
			 const struct manual_result *r)
{
	static const char *const words[] = {[MANUAL_SET] = "set",
					    [MANUAL_REPEATED] = "repeated",
					    [MANUAL_ALREADY] = "already",
					    [MANUAL_OVERTAKEN] = "overtaken"};
	_cleanup_(table_done) struct table t = table_of(set_columns);
	char id[EVENT_ID_CHARS + 1];
	bool has_event = r->outcome == MANUAL_SET || r->outcome == MANUAL_REPEATED;

	table_text(&t, words[r->outcome]);
	table_text(&t, c->bed_id.p);
	table_text(&t, bed_status_name(r->bed.status));
	table_time(&t, r->bed.changed_at);
	table_text_if(&t, r->bed.changed_by);
	table_text(&t, has_event ? event_id_format(r->event_id, id) : NULL);
	table_print_record(&t, line->json);
}

/* Writing as root leaves the file the watcher's: SQLite gives what it makes the database's owner.
 * An outbox that is not there yet has no beds, and is not made here. */
int bed_set(const struct command_line *line)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(outbox_closep) struct outbox *o = NULL;
	struct manual_change c = {.reason = REASON_MANUAL};
	struct manual_result result;
	struct err err;
	int code = read_change(line, &a, &c);

	if (code == EXIT_OK)
		code = place_open(&place, line);
	if (code != EXIT_OK)
		return code;
	if (outbox_open(place.home->state_dir, place.home->facility, OUTBOX_WRITE, &o, &err) < 0)
		return command_failed(&err);
	outbox_set_min_free(o, place.home->min_free);
	if (manual_set(o, &c, clock_now(), &result, &err) < 0)
		return command_failed(&err);
	if (result.outcome == MANUAL_SET)
		outbox_wake(place.home->state_dir);
	print_result(line, &c, &result);
	if (result.outcome == MANUAL_OVERTAKEN)
		return command_error(EXIT_FAILED, "the bed is %s, not %s: nothing was changed",
				     bed_status_name(result.bed.status), bed_status_name(c.seen));
	return EXIT_OK;
}

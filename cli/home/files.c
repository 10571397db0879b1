/* bedpost files, bedpost quarantine list */
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/listing.h"

static const char *or_none(const char *s)
{
	return s[0] ? s : NULL;
}

static const struct table_column file_columns[] = {
    {"id", "ID", TABLE_NUMBER},
    {"name", "FILE"},
    {"state", "STATE"},
    {"adapter", "ADAPTER"},
    {"records", "RECORDS", TABLE_NUMBER},
    {"events", "EVENTS", TABLE_NUMBER},
    {"bad", "BAD", TABLE_NUMBER},
    {"warnings", NULL, TABLE_NUMBER},
    {"repeated", NULL, TABLE_NUMBER},
    {"unchanged", NULL, TABLE_NUMBER},
    {"late", NULL, TABLE_NUMBER},
    {"taken_at", "SINCE", TABLE_TIME},
    {"disposed_at", NULL, TABLE_TIME},
    {"folder", NULL},
    {"where", NULL},
    {"size", NULL, TABLE_NUMBER},
    {"modified_at", NULL, TABLE_TIME},
    {"digest", NULL},
    {"duplicate_of", NULL, TABLE_NUMBER},
    {"code", NULL},
    {"reason", "REASON"},
    {0},
};

static void add_ledger_numbers(struct table *t, const struct listing_file *f)
{
	table_number(t, (int64_t)f->records);
	table_number(t, (int64_t)f->events);
	table_number(t, (int64_t)f->bad);
	table_number(t, (int64_t)f->warnings);
	table_number(t, (int64_t)f->repeated);
	table_number(t, (int64_t)f->unchanged);
	table_number(t, (int64_t)f->late);
}

static void add_file(struct table *t, const struct listing_file *f)
{
	char hex[DIGEST_HEX + 1];
	bool is_in_ledger = f->id != 0;

	if (is_in_ledger)
		table_number(t, f->id);
	else
		table_none(t);
	table_text(t, f->name);
	table_text(t, f->state);
	table_text(t, or_none(f->adapter));
	if (is_in_ledger) {
		add_ledger_numbers(t, f);
	} else {
		for (int i = 0; i < 7; i++)
			table_none(t);
	}
	table_time(t, f->taken);
	table_time(t, f->disposed);
	table_text(t, f->dir);
	table_text(t, or_none(f->where));
	if (is_in_ledger)
		table_number(t, (int64_t)f->size);
	else
		table_none(t);
	table_time(t, f->mtime);
	table_text(t, is_in_ledger ? digest_hex(&f->digest, hex) : NULL);
	if (f->duplicate_of)
		table_number(t, f->duplicate_of);
	else
		table_none(t);
	table_text(t, or_none(f->reason));
	table_text(t, or_none(f->message));
}

int files_list(const struct command_line *line)
{
	const struct list_options *o = line->options;
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(table_done) struct table t = table_of(file_columns);
	struct listing_file *files;
	struct err err;
	size_t n = 0;

	int code = place_open(&place, line);
	if (code != EXIT_OK)
		return code;
	for (size_t k = 0; k < line->n || k == 0; k++) {
		int r = line->n > 0
			    ? listing_files_named(place.outbox, line->operands[k], (size_t)o->limit,
						  &a, &files, &n, &err)
			    : listing_files(place.outbox, (size_t)o->limit, &a, &files, &n, &err);
		if (r < 0)
			return command_failed(&err);
		for (size_t i = 0; i < n; i++)
			add_file(&t, &files[i]);
	}
	table_print_list(&t, "files", line->json);
	return EXIT_OK;
}

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

int quarantine_list(const struct command_line *line)
{
	const struct list_options *o = line->options;
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	_cleanup_(table_done) struct table t = table_of(bad_columns);
	struct listing_bad *bad;
	struct err err;
	size_t n = 0;

	int code = place_open(&place, line);
	if (code != EXIT_OK)
		return code;
	if (listing_quarantine(place.outbox, o->file, (size_t)o->limit, &a, &bad, &n, &err) < 0)
		return command_failed(&err);
	for (size_t i = 0; i < n; i++) {
		const struct listing_bad *b = &bad[i];
		table_number(&t, b->id);
		table_number(&t, b->file_id);
		table_text(&t, b->file);
		table_text(&t, or_none(b->adapter));
		table_number(&t, (int64_t)b->record);
		table_number(&t, (int64_t)b->line);
		table_number(&t, (int64_t)b->offset);
		table_text(&t, or_none(b->field));
		table_text(&t, or_none(b->value_class));
		table_text(&t, or_none(b->reason));
		table_text(&t, or_none(b->message));
		table_bool(&t, b->warning);
		table_time(&t, b->at);
	}
	table_print_list(&t, "quarantine", line->json);
	return EXIT_OK;
}

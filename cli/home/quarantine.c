/* bedpost quarantine list and show: records that could not be read. */
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/listing.h"

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
	/* "17": a record of quarantine; else a file by its name. */
	bool is_one = span_to_i64(span_str(line->operands[0]), &id) && id > 0;
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

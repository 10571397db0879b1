/* bedpost files */
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/listing.h"

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

static void add_file(struct table *t, const struct listing_file *f)
{
	char hex[DIGEST_HEX + 1];
	bool is_in_ledger = f->id != 0;

	table_number_if(t, is_in_ledger, f->id);
	table_text(t, f->name);
	table_text(t, f->state);
	table_text_if(t, f->adapter);
	table_number_if(t, is_in_ledger, (int64_t)f->records);
	table_number_if(t, is_in_ledger, (int64_t)f->events);
	table_number_if(t, is_in_ledger, (int64_t)f->bad);
	table_number_if(t, is_in_ledger, (int64_t)f->warnings);
	table_number_if(t, is_in_ledger, (int64_t)f->repeated);
	table_number_if(t, is_in_ledger, (int64_t)f->unchanged);
	table_number_if(t, is_in_ledger, (int64_t)f->late);
	table_time(t, f->taken);
	table_time(t, f->disposed);
	table_text(t, f->dir);
	table_text_if(t, f->where);
	table_number_if(t, is_in_ledger, (int64_t)f->size);
	table_time(t, f->mtime);
	table_text(t, is_in_ledger ? digest_hex(&f->digest, hex) : NULL);
	table_number_if(t, f->duplicate_of != 0, f->duplicate_of);
	table_text_if(t, f->reason);
	table_text_if(t, f->message);
}

static int add_files(const struct place *p, const struct command_line *line, struct arena *a,
		     struct table *t, struct err *err)
{
	const struct list_options *o = line->options;
	const struct listing_page page = {o->after, (size_t)o->limit};
	struct listing_file *files;
	size_t n = 0;

	for (size_t k = 0; k < line->n || k == 0; k++) {
		int r = line->n > 0 ? listing_files_named(p->outbox, line->operands[k],
							  (size_t)o->limit, a, &files, &n, err)
				    : listing_files_page(p->outbox, &page, a, &files, &n, err);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++)
			add_file(t, &files[i]);
	}
	if (line->n == 0 && n > 0)
		place_tell_more(line, n, files[n - 1].id);
	return 0;
}

int files_list(const struct command_line *line)
{
	return place_list(line, "files", file_columns, add_files);
}

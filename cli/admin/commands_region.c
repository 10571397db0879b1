/* region add, region list. */
#include "cli/admin/commands.h"

#include <stdio.h>

#include "bed/ident.h"
#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/registry.h"

struct region_options {
	const char *database, *name;
};

static const struct command_option add_options[] = {
    {"name", 0, COMMAND_STRING, offsetof(struct region_options, name), "TEXT", "the region's name"},
    SESSION_OPTION(struct region_options),
    {0},
};
static const struct command_option list_options[] = {SESSION_OPTION(struct region_options), {0}};

static int region_command_add(const struct command_line *line)
{
	static const struct table_column columns[] = {{"id", "REGION"}, {"result", "RESULT"}, {0}};
	const struct region_options *o = line->options;
	struct span id = span_str(line->operands[0]);
	_cleanup_(pg_closep) struct pg *pg = NULL;
	enum registry_added added;
	struct err err;

	if (!ident_is_region(id))
		return command_error(EXIT_USAGE,
				     "\"%s\" is not a region id: reg_ and a-z 0-9 _ . -", id.p);
	if (!o->name || !*o->name)
		return command_error(EXIT_USAGE, "region add wants --name TEXT");
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    registry_region_add(pg, session_who(), id, span_str(o->name), &added, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	table_span(&t, id);
	table_text(&t, added == REGISTRY_NEW ? "added" : "was there already");
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

static int region_command_list(const struct command_line *line)
{
	static const struct table_column columns[] = {{"id", "REGION"},
						      {"name", "NAME"},
						      {"facilities", "HOMES", TABLE_NUMBER},
						      {"created_at", "CREATED", TABLE_TIME},
						      {0}};
	const struct region_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct registry_region *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    registry_regions(pg, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_span(&t, rows[i].id);
		table_span(&t, rows[i].name);
		table_number(&t, rows[i].facilities);
		table_time(&t, rows[i].created_at);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

const struct command commands_region[] = {
    {.name = "region add",
     .operands = "ID",
     .min = 1,
     .max = 1,
     .help = "add a region, reg_…",
     .options = add_options,
     .options_size = sizeof(struct region_options),
     .run = region_command_add},
    {.name = "region list",
     .help = "list the regions",
     .options = list_options,
     .options_size = sizeof(struct region_options),
     .run = region_command_list},
    {0},
};

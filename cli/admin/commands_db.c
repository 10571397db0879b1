/* db migrate, db status. */
#include "cli/admin/commands.h"

#include <stdio.h>

#include "base/arena.h"
#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/migrate.h"

struct db_options {
	const char *database;
};

static const struct command_option db_options[] = {SESSION_OPTION(struct db_options), {0}};

static int db_command_migrate(const struct command_line *line)
{
	const struct db_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	unsigned applied = 0;
	struct err err;

	if (session_open_raw(line, o->database, &pg, &err) < 0 ||
	    migrate_up(pg, &applied, &err) < 0)
		return command_failed(&err);
	if (line->json)
		(void)printf("{\"applied\":%u}\n", applied);
	else
		(void)printf(applied ? "%u migrations applied\n"
				     : "nothing to do: the schema is up to date\n",
			     applied);
	return EXIT_OK;
}

static int db_command_status(const struct command_line *line)
{
	static const struct table_column columns[] = {{"number", "NUMBER", TABLE_NUMBER},
						      {"name", "NAME"},
						      {"state", "STATE"},
						      {"applied_at", "APPLIED", TABLE_TIME},
						      {0}};
	const struct db_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct migrate_row *rows;
	size_t n;
	struct err err;
	bool current = true;

	if (session_open_raw(line, o->database, &pg, &err) < 0 ||
	    migrate_status(pg, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_number(&t, rows[i].number);
		table_text(&t, rows[i].name);
		table_text(&t, migrate_state_name(rows[i].state));
		table_time(&t, rows[i].applied_at);
		current = current && rows[i].state == MIGRATE_APPLIED;
	}
	table_print(&t, line->json);
	table_done(&t);
	return current ? EXIT_OK : EXIT_FAILED;
}

const struct command commands_db[] = {
    {.name = "db migrate",
     .help = "Bring the database to this program's schema.",
     .options = db_options,
     .options_size = sizeof(struct db_options),
     .run = db_command_migrate},
    {.name = "db status",
     .help = "List the schema's migrations; ends 1 unless all are applied.",
     .options = db_options,
     .options_size = sizeof(struct db_options),
     .run = db_command_status},
    {0},
};

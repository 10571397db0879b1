/* db migrate, db status. */
#include "cli/admin/commands.h"

#include <stdio.h>

#include "base/arena.h"
#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/migrate.h"
#include "store/partitions.h"

struct db_options {
	const char *database;
};

static const struct command_option db_options[] = {SESSION_OPTION(struct db_options), {0}};

static int db_command_migrate(const struct command_line *line)
{
	const struct db_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	unsigned applied = 0;
	int months = 0;
	struct err err;

	if (session_open_raw(line, o->database, &pg, &err) < 0 ||
	    migrate_up(pg, &applied, &err) < 0 || pg_exec(pg, "SET ROLE bedpost_owner", &err) < 0 ||
	    partitions_make(pg, &months, &err) < 0)
		return command_failed(&err);
	if (line->json) {
		(void)printf("{\"applied\":%u,\"months_made\":%d}\n", applied, months);
		return EXIT_OK;
	}
	(void)printf(applied ? "%u migrations applied\n" : "the schema is up to date\n", applied);
	if (months)
		(void)printf("%d months of the audit log made\n", months);
	return EXIT_OK;
}

/* False unless this month and the next have their partitions and no row went elsewhere. */
static bool is_partitioned(const struct partitions_state *s)
{
	return s->default_rows == 0 && s->months_ahead >= 1;
}

static void print_status(const struct table *t, const struct partitions_state *s, bool json)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;

	if (!json) {
		table_print(t, false);
		if (s)
			(void)printf(
			    "\naudit log: %d months ahead are made, %lld rows outside their "
			    "month%s\n",
			    s->months_ahead, (long long)s->default_rows,
			    is_partitioned(s) ? "" : ": see bedpost-admin(1)");
		return;
	}
	table_to_json(t, &out);
	(void)printf("{\"migrations\":%s,\"audit_log\":", out.p);
	if (s)
		(void)printf("{\"months_ahead\":%d,\"default_rows\":%lld}}\n", s->months_ahead,
			     (long long)s->default_rows);
	else
		(void)puts("null}");
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
	/* Who only looks may lack the role; then the schema is all there is to tell. */
	struct partitions_state state;
	bool looked = current && pg_exec(pg, "SET ROLE bedpost_owner", NULL) == 0 &&
		      partitions_look(pg, clock_now(), &state, NULL) == 0;
	print_status(&t, looked ? &state : NULL, line->json);
	table_done(&t);
	return current && (!looked || is_partitioned(&state)) ? EXIT_OK : EXIT_FAILED;
}

const struct command commands_db[] = {
    {.name = "db migrate",
     .help = "bring the database to this program's schema, and make the audit log's next months",
     .options = db_options,
     .options_size = sizeof(struct db_options),
     .run = db_command_migrate},
    {.name = "db status",
     .help = "list the schema's migrations and the audit log's months; ends 1 unless all is well",
     .options = db_options,
     .options_size = sizeof(struct db_options),
     .run = db_command_status},
    {0},
};

/* feed list, feed status, feed reset, feed remove. */
#include "cli/admin/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/feed.h"

struct feed_options {
	const char *database, *to;
	bool all;
};

static const struct command_option list_options[] = {SESSION_OPTION(struct feed_options), {0}};

static int feed_command_list(const struct command_line *line)
{
	static const struct table_column columns[] = {{"consumer", "CONSUMER"},
						      {"waiting", "WAITING", TABLE_NUMBER},
						      {"homes", "HOMES", TABLE_NUMBER},
						      {"oldest_at", "OLDEST", TABLE_TIME},
						      {"moved_at", "LAST STEP", TABLE_TIME},
						      {"made_at", "SINCE", TABLE_TIME},
						      {0}};
	const struct feed_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct feed_consumer *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    feed_consumers(pg, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_span(&t, rows[i].consumer);
		table_number(&t, rows[i].lag.waiting);
		table_number(&t, rows[i].homes);
		table_time(&t, rows[i].lag.oldest_at);
		table_time(&t, rows[i].moved_at);
		table_time(&t, rows[i].made_at);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

static const struct command_option status_options[] = {
    {"all", 'a', COMMAND_FLAG, offsetof(struct feed_options, all), NULL,
     "homes with nothing waiting too"},
    SESSION_OPTION(struct feed_options),
    {0},
};

static int feed_command_status(const struct command_line *line)
{
	static const struct table_column columns[] = {{"facility", "HOME"},
						      {"n", "HANDLED", TABLE_NUMBER},
						      {"last", "OF", TABLE_NUMBER},
						      {"waiting", "WAITING", TABLE_NUMBER},
						      {"oldest_at", "OLDEST", TABLE_TIME},
						      {"moved_at", "LAST STEP", TABLE_TIME},
						      {0}};
	const struct feed_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct feed_home *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    feed_homes(pg, line->operands[0], o->all, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	if (n == 0 && !line->json)
		(void)puts("Nothing waits.");
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_span(&t, rows[i].facility_id);
		table_number(&t, rows[i].n);
		table_number(&t, rows[i].last);
		table_number(&t, rows[i].lag.waiting);
		table_time(&t, rows[i].lag.oldest_at);
		table_time(&t, rows[i].moved_at);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

static const struct command_option reset_options[] = {
    {"to", 0, COMMAND_STRING, offsetof(struct feed_options, to), "PLACE",
     "beginning: it handles every change once more; now: nothing of what waits"},
    SESSION_OPTION(struct feed_options),
    {0},
};

static int feed_command_reset(const struct command_line *line)
{
	const struct feed_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	bool now = o->to && strcmp(o->to, "now") == 0;
	struct err err;

	if (!o->to || (!now && strcmp(o->to, "beginning") != 0))
		return command_error(EXIT_USAGE, "--to is beginning or now");
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    feed_reset(pg, session_who(), line->operands[0], now ? FEED_NOW : FEED_BEGINNING,
		       &err) < 0)
		return command_failed(&err);
	(void)puts(line->json ? "{}" : "Reset.");
	return EXIT_OK;
}

static int feed_command_remove(const struct command_line *line)
{
	const struct feed_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    feed_remove(pg, session_who(), line->operands[0], &err) < 0)
		return command_failed(&err);
	(void)puts(line->json ? "{}" : "Removed.");
	return EXIT_OK;
}

const struct command commands_feed[] = {
    {.name = "feed list",
     .help = "list who follows the committed changes (alert, kafka), and how far each is behind",
     .options = list_options,
     .options_size = sizeof(struct feed_options),
     .run = feed_command_list},
    {.name = "feed status",
     .operands = "CONSUMER",
     .min = 1,
     .max = 1,
     .help = "show the homes with changes that a consumer has not handled",
     .options = status_options,
     .options_size = sizeof(struct feed_options),
     .run = feed_command_status},
    {.name = "feed reset",
     .operands = "CONSUMER",
     .min = 1,
     .max = 1,
     .help = "let a consumer begin anew: all changes once more, or only those to come",
     .options = reset_options,
     .options_size = sizeof(struct feed_options),
     .run = feed_command_reset},
    {.name = "feed remove",
     .operands = "CONSUMER",
     .min = 1,
     .max = 1,
     .help = "forget a consumer that no daemon runs any more",
     .options = list_options,
     .options_size = sizeof(struct feed_options),
     .run = feed_command_remove},
    {0},
};

/* access list. */
#include "cli/admin/commands.h"

#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/access.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     100000
#define SINCE_MAX     (3650 * USEC_PER_DAY)

struct access_options {
	const char *database, *since, *who, *action, *facility;
	bool denied;
	int64_t limit;
};

static const struct command_option list_options[] = {
    {"since", 0, COMMAND_STRING, offsetof(struct access_options, since), "DURATION",
     "not older than 15m, 24h, 7d"},
    {"who", 0, COMMAND_STRING, offsetof(struct access_options, who), "TEXT",
     "of this user, token or shell:ACCOUNT"},
    {"action", 0, COMMAND_STRING, offsetof(struct access_options, action), "WORD",
     "login, beds, user_add …"},
    {"facility", 0, COMMAND_STRING, offsetof(struct access_options, facility), "ID",
     "about this home"},
    {"denied", 0, COMMAND_FLAG, offsetof(struct access_options, denied), NULL,
     "only what was refused"},
    {"limit", 0, COMMAND_INT, offsetof(struct access_options, limit), "N",
     "the newest N (default 100)", .by_default = LIMIT_DEFAULT},
    SESSION_OPTION(struct access_options),
    {0},
};

static void print_rows(const struct access_row *rows, size_t n, bool json)
{
	static const struct table_column columns[] = {
	    {"at", "AT", TABLE_TIME}, {"who", "WHO"},
	    {"role", "ROLE"},	      {"source_ip", "FROM"},
	    {"action", "ACTION"},     {"facility", "HOME"},
	    {"region", "REGION"},     {"allowed", "ALLOWED", TABLE_BOOL},
	    {"detail", "DETAIL"},     {0}};
	struct table t = table_of(columns);

	for (size_t i = 0; i < n; i++) {
		table_time(&t, rows[i].at);
		table_span(&t, rows[i].who);
		table_span(&t, rows[i].role);
		table_span(&t, rows[i].source_ip);
		table_span(&t, rows[i].action);
		table_span(&t, rows[i].facility_id);
		table_span(&t, rows[i].region_id);
		table_bool(&t, rows[i].allowed);
		table_span(&t, rows[i].detail);
	}
	table_print(&t, json);
	table_done(&t);
}

static int access_command_list(const struct command_line *line)
{
	const struct access_options *o = line->options;
	struct access_filter f = {.since = USEC_NONE,
				  .until = USEC_NONE,
				  .who = span_str(o->who),
				  .action = span_str(o->action),
				  .facility_id = span_str(o->facility),
				  .only_denied = o->denied,
				  .limit = o->limit};
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct access_row *rows;
	usec_t age;
	size_t n;
	struct err err;

	if (f.limit < 1 || f.limit > LIMIT_MAX)
		return command_error(EXIT_USAGE, "--limit is from 1 to %d", LIMIT_MAX);
	if (o->since &&
	    (!clock_parse_duration(span_str(o->since), &age) || age <= 0 || age > SINCE_MAX))
		return command_error(EXIT_USAGE, "--since is a duration such as 24h");
	if (o->since)
		f.since = clock_now() - age;
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    access_list(pg, &f, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	print_rows(rows, n, line->json);
	return EXIT_OK;
}

const struct command commands_access[] = {
    {.name = "access list",
     .help = "show who asked for what, and who changed what",
     .options = list_options,
     .options_size = sizeof(struct access_options),
     .run = access_command_list},
    {0},
};

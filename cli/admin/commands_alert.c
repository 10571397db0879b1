/* alert list, alert deliveries, alert retry: what is open, and what could not be told. */
#include "cli/admin/commands.h"

#include <stdio.h>

#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/alerts.h"
#include "store/deliveries.h"

#define LIST_MAX 1000

struct alert_options {
	const char *database;
	bool all, waiting;
};

/* ---- episodes ---- */

static const struct command_option list_options[] = {
    {"all", 'a', COMMAND_FLAG, offsetof(struct alert_options, all), NULL,
     "those that cleared too; the newest thousand"},
    SESSION_OPTION(struct alert_options),
    {0},
};

static int alert_command_list(const struct command_line *line)
{
	static const struct table_column columns[] = {
	    {"facility", "HOME"},
	    {"rule", "RULE"},
	    {"ward", "WARD"},
	    {"value", "VALUE", TABLE_NUMBER},
	    {"threshold", "THRESHOLD", TABLE_NUMBER},
	    {"opened_at", "OPENED", TABLE_TIME},
	    {"cleared_at", "CLEARED", TABLE_TIME},
	    {"acknowledged_at", "ACKNOWLEDGED", TABLE_TIME},
	    {"acknowledged_by", "BY"},
	    {"acknowledged_note", "NOTE"},
	    {"id", "ID"},
	    {0}};
	const struct alert_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct alerts_episode *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    alerts_episodes(pg, o->all, LIST_MAX, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_span(&t, rows[i].facility_id);
		table_span(&t, rows[i].rule);
		table_span(&t, rows[i].ward.n ? rows[i].ward : SPAN_NONE);
		table_number(&t, rows[i].value);
		table_number(&t, rows[i].threshold);
		table_time(&t, rows[i].opened_at);
		table_time(&t, rows[i].cleared_at);
		table_time(&t, rows[i].acknowledged_at);
		table_span(&t, rows[i].acknowledged_by);
		table_span(&t, rows[i].acknowledged_note);
		table_span(&t, rows[i].id);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

/* ---- deliveries ---- */

static const struct command_option delivery_options[] = {
    {"waiting", 'w', COMMAND_FLAG, offsetof(struct alert_options, waiting), NULL,
     "those that wait for their next attempt"},
    {"all", 'a', COMMAND_FLAG, offsetof(struct alert_options, all), NULL,
     "all of them; the newest thousand"},
    SESSION_OPTION(struct alert_options),
    {0},
};

static int alert_command_deliveries(const struct command_line *line)
{
	static const struct table_column columns[] = {{"id", "ID", TABLE_NUMBER},
						      {"created_at", "MADE", TABLE_TIME},
						      {"facility", "HOME"},
						      {"rule", "RULE"},
						      {"channel", "CHANNEL"},
						      {"target", "TARGET"},
						      {"attempts", "ATTEMPTS", TABLE_NUMBER},
						      {"next_at", "NEXT", TABLE_TIME},
						      {"delivered_at", "DELIVERED", TABLE_TIME},
						      {"failed_at", "GIVEN UP", TABLE_TIME},
						      {"last_error", "LAST ERROR"},
						      {"notification", "NOTIFICATION"},
						      {0}};
	const struct alert_options *o = line->options;
	enum deliveries_kind kind = o->all	 ? DELIVERIES_ALL
				    : o->waiting ? DELIVERIES_WAITING
						 : DELIVERIES_FAILED;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct delivery *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    deliveries_list(pg, kind, LIST_MAX, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_number(&t, rows[i].id);
		table_time(&t, rows[i].created_at);
		table_span(&t, rows[i].facility_id);
		table_span(&t, rows[i].rule);
		table_span(&t, rows[i].channel);
		table_span(&t, rows[i].target);
		table_number(&t, rows[i].attempts);
		table_time(&t, rows[i].next_at);
		table_time(&t, rows[i].delivered_at);
		table_time(&t, rows[i].failed_at);
		table_span(&t, rows[i].last_error);
		table_span(&t, rows[i].notification_id);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

static int alert_command_retry(const struct command_line *line)
{
	const struct alert_options *o = line->options;
	const char *which = line->n ? line->operands[0] : NULL;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	int64_t id = 0, n;
	struct err err;

	if (o->all == !!which)
		return command_error(EXIT_USAGE,
				     "a number (alert deliveries lists them), or --all");
	if (which && (!span_to_i64(span_str(which), &id) || id < 1))
		return command_error(EXIT_USAGE, "\"%s\" is no number; see alert deliveries",
				     which);
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    deliveries_retry(pg, session_who(), id, &n, &err) < 0)
		return command_failed(&err);
	if (line->json)
		(void)printf("{\"tried_again\":%lld}\n", (long long)n);
	else
		(void)printf("%lld will be tried again.\n", (long long)n);
	return EXIT_OK;
}

static const struct command_option retry_options[] = {
    {"all", 'a', COMMAND_FLAG, offsetof(struct alert_options, all), NULL,
     "all that were given up and whose subscription has not ended"},
    SESSION_OPTION(struct alert_options),
    {0},
};

const struct command commands_alert[] = {
    {.name = "alert list",
     .help = "list the alerts that are open",
     .options = list_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_list},
    {.name = "alert deliveries",
     .help = "list the messages that were given up",
     .options = delivery_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_deliveries},
    {.name = "alert retry",
     .operands = "[NUMBER]",
     .min = 0,
     .max = 1,
     .help = "try messages again that were given up",
     .options = retry_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_retry},
    {0},
};

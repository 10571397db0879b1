/* alert rule set, alert rule list. What makes sense is said by store/alerts. */
#include "cli/admin/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/alerts.h"

struct set_options {
	const char *database, *region, *facility, *ward, *threshold;
	bool off;
};

static const struct command_option set_options[] = {
    {"threshold", 0, COMMAND_STRING, offsetof(struct set_options, threshold), "NUMBER",
     "free beds (low), events (gap), or a duration such as 45m (the others that have one)"},
    {"off", 0, COMMAND_FLAG, offsetof(struct set_options, off), NULL, "never alert here"},
    {"region", 0, COMMAND_STRING, offsetof(struct set_options, region), "ID", "for its homes"},
    {"facility", 0, COMMAND_STRING, offsetof(struct set_options, facility), "ID",
     "for this home; before what is set for its region"},
    {"ward", 0, COMMAND_STRING, offsetof(struct set_options, ward), "NAME",
     "for this ward of the home; before what is set for the home"},
    SESSION_OPTION(struct set_options),
    {0},
};

/* Beds and events as a number; times as a duration, in seconds. */
static int read_threshold(const char *name, const char *text, int64_t *ret)
{
	enum alert_rule rule;
	usec_t duration;

	*ret = ALERTS_DEFAULT;
	if (!text || !alert_rule_parse(span_str(name), &rule))
		return EXIT_OK;
	switch (alert_term(rule)->measure) {
	case ALERT_WITHOUT:
		*ret = 0;
		return EXIT_OK; /* refused, with the reason, by store/alerts */
	case ALERT_SECONDS:
		if (!clock_parse_duration(span_str(text), &duration))
			return command_error(EXIT_USAGE,
					     "--threshold of %s is a duration such as 45m", name);
		*ret = duration / USEC_PER_SEC;
		return EXIT_OK;
	case ALERT_BEDS:
	case ALERT_EVENTS: break;
	}
	return span_to_i64(span_str(text), ret) && *ret >= 0
		   ? EXIT_OK
		   : command_error(EXIT_USAGE, "--threshold of %s is a number, 0 or more", name);
}

static int alert_command_rule_set(const struct command_line *line)
{
	const struct set_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	struct alerts_rule rule = {.rule = span_str(line->operands[0]),
				   .region_id = span_str(o->region),
				   .facility_id = span_str(o->facility),
				   .ward = span_str(o->ward),
				   .threshold = ALERTS_DEFAULT,
				   .enabled = !o->off};
	struct err err;

	int code = read_threshold(line->operands[0], o->threshold, &rule.threshold);
	if (code != EXIT_OK)
		return code;
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    alerts_rule_set(pg, session_who(), &rule, &err) < 0)
		return session_refused(&err);
	if (!line->json)
		(void)puts(o->off ? "Off." : "Set.");
	else
		(void)puts("{}");
	return EXIT_OK;
}

struct list_options {
	const char *database;
	bool built_in;
};

static const struct command_option list_options[] = {
    {"built-in", 0, COMMAND_FLAG, offsetof(struct list_options, built_in), NULL,
     "the rules there are, and their thresholds where none was set"},
    SESSION_OPTION(struct list_options),
    {0},
};

static int list_built_in(const struct command_line *line)
{
	static const struct table_column columns[] = {{"rule", "RULE"},
						      {"threshold", "THRESHOLD", TABLE_NUMBER},
						      {"measure", "IN"},
						      {"opens", "OPENS WHEN"},
						      {0}};
	static const char *const measures[] = {NULL, "beds", "seconds", "events"};
	struct table t = table_of(columns);

	for (enum alert_rule r = 0; r < ALERT_RULE_COUNT; r++) {
		const struct alert_term *term = alert_term(r);
		table_span(&t, span_str(term->name));
		bool is_in_region_yaml = r == ALERT_OFFLINE;
		table_number_if(&t, term->measure != ALERT_WITHOUT && !is_in_region_yaml,
				term->threshold);
		table_span(&t, span_str(measures[term->measure]));
		table_span(&t, span_str(term->opens));
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

static int alert_command_rule_list(const struct command_line *line)
{
	static const struct table_column columns[] = {{"rule", "RULE"},
						      {"region", "REGION"},
						      {"facility", "HOME"},
						      {"ward", "WARD"},
						      {"threshold", "THRESHOLD", TABLE_NUMBER},
						      {"enabled", "ON", TABLE_BOOL},
						      {"set_at", "SET", TABLE_TIME},
						      {"set_by", "BY"},
						      {0}};
	const struct list_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct alerts_rule *rows;
	size_t n;
	struct err err;

	if (o->built_in)
		return list_built_in(line);
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    alerts_rules(pg, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_span(&t, rows[i].rule);
		table_span(&t, rows[i].region_id);
		table_span(&t, rows[i].facility_id);
		table_span(&t, rows[i].ward);
		table_number_if(&t, rows[i].threshold != ALERTS_DEFAULT, rows[i].threshold);
		table_bool(&t, rows[i].enabled);
		table_time(&t, rows[i].set_at);
		table_span(&t, rows[i].set_by);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

const struct command commands_alert_rule[] = {
    {.name = "alert rule set",
     .operands = "RULE",
     .min = 1,
     .max = 1,
     .help = "set a rule's threshold, or turn it off: for all, a region, a home or a ward",
     .options = set_options,
     .options_size = sizeof(struct set_options),
     .run = alert_command_rule_set},
    {.name = "alert rule list",
     .help = "list what was set; the rest is as built in",
     .options = list_options,
     .options_size = sizeof(struct list_options),
     .run = alert_command_rule_list},
    {0},
};

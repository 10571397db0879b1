/* alert rule set, alert rule list, alert subscribe, alert unsubscribe, alert subscriptions, alert
 * list, alert deliveries, alert retry. What makes sense is said by store/alerts. */
#include "cli/admin/commands.h"

#include <stdio.h>
#include <string.h>

#include <sodium/utils.h>

#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/alerts.h"
#include "store/deliveries.h"

#define LIST_MAX 1000

static int failed(const struct err *err)
{
	return err->code == ERR_INVALID ? command_error(EXIT_USAGE, "%s", err->message)
					: command_failed(err);
}

/* ---- rules ---- */

struct rule_options {
	const char *database, *region, *facility, *ward, *threshold;
	bool off;
};

static const struct command_option rule_options[] = {
    {"threshold", 0, COMMAND_STRING, offsetof(struct rule_options, threshold), "NUMBER",
     "free beds (low), events (gap), or a duration such as 45m (the others that have one)"},
    {"off", 0, COMMAND_FLAG, offsetof(struct rule_options, off), NULL, "never alert here"},
    {"region", 0, COMMAND_STRING, offsetof(struct rule_options, region), "ID", "for its homes"},
    {"facility", 0, COMMAND_STRING, offsetof(struct rule_options, facility), "ID",
     "for this home; before what is set for its region"},
    {"ward", 0, COMMAND_STRING, offsetof(struct rule_options, ward), "NAME",
     "for this ward of the home; before what is set for the home"},
    SESSION_OPTION(struct rule_options),
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
	const struct rule_options *o = line->options;
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
		return failed(&err);
	if (!line->json)
		(void)puts(o->off ? "Off." : "Set.");
	else
		(void)puts("{}");
	return EXIT_OK;
}

struct alert_options {
	const char *database;
	bool all, waiting, built_in;
};

static const struct command_option database_options[] = {SESSION_OPTION(struct alert_options), {0}};

static const struct command_option rule_list_options[] = {
    {"built-in", 0, COMMAND_FLAG, offsetof(struct alert_options, built_in), NULL,
     "the rules there are, and their thresholds where none was set"},
    SESSION_OPTION(struct alert_options),
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
	const struct alert_options *o = line->options;
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

/* ---- subscriptions ---- */

struct subscribe_options {
	const char *database, *webhook, *push, *secret_file, *email, *region, *facility, *rule,
	    *language;
};

static const struct command_option subscribe_options[] = {
    {"webhook", 0, COMMAND_STRING, offsetof(struct subscribe_options, webhook), "URL",
     "an http or https address that takes a POST"},
    {"secret-file", 0, COMMAND_STRING, offsetof(struct subscribe_options, secret_file), "FILE",
     "its first line signs the webhook's messages (16 characters or more), or is the push "
     "server's token"},
    {"push", 0, COMMAND_STRING, offsetof(struct subscribe_options, push), "URL",
     "a topic of an ntfy server, such as https://ntfy.example.org/beds"},
    {"email", 0, COMMAND_STRING, offsetof(struct subscribe_options, email), "ADDRESS",
     "through the mail server that region.yaml names"},
    {"region", 0, COMMAND_STRING, offsetof(struct subscribe_options, region), "ID",
     "alerts of its homes only"},
    {"facility", 0, COMMAND_STRING, offsetof(struct subscribe_options, facility), "ID",
     "alerts of this home only"},
    {"rule", 0, COMMAND_STRING, offsetof(struct subscribe_options, rule), "RULE",
     "alerts of this rule only; alert rule list --built-in names them"},
    {"language", 0, COMMAND_STRING, offsetof(struct subscribe_options, language), "CODE",
     "of e-mails and push messages: en (as unless told) or nb"},
    SESSION_OPTION(struct subscribe_options),
    {0},
};

/* The first line, without its end; room for one character too many, which is refused later. */
static int read_secret(const char *path, char out[ALERTS_SECRET_MAX + 3])
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");

	if (!f)
		return command_error(EXIT_MISSING, "%s cannot be read", path);
	if (!fgets(out, ALERTS_SECRET_MAX + 3, f))
		out[0] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	return EXIT_OK;
}

static int fill(const struct subscribe_options *o, char secret[ALERTS_SECRET_MAX + 3],
		struct alerts_subscription *s)
{
	*s = (struct alerts_subscription){.region_id = span_str(o->region),
					  .facility_id = span_str(o->facility),
					  .rule = span_str(o->rule),
					  .language = span_str(o->language)};
	if (!!o->webhook + !!o->email + !!o->push != 1)
		return command_error(EXIT_USAGE,
				     "--webhook URL, --push URL or --email ADDRESS, one of them");
	if (o->webhook && !o->secret_file)
		return command_error(EXIT_USAGE, "--webhook wants --secret-file FILE");
	s->channel = o->webhook ? SPAN("webhook") : o->push ? SPAN("push") : SPAN("email");
	s->target = span_str(o->webhook ? o->webhook : o->push ? o->push : o->email);
	if (!o->secret_file)
		return EXIT_OK;
	int code = read_secret(o->secret_file, secret);
	s->secret = span_str(secret);
	return code;
}

static int alert_command_subscribe(const struct command_line *line)
{
	static const struct table_column columns[] = {
	    {"id", "ID", TABLE_NUMBER}, {"channel", "CHANNEL"}, {"target", "TARGET"}, {0}};
	const struct subscribe_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	char secret[ALERTS_SECRET_MAX + 3] = "";
	struct alerts_subscription s;
	int64_t id = 0;
	struct err err;

	int code = fill(o, secret, &s);
	if (code != EXIT_OK)
		return code;
	int r = session_open(line, o->database, &pg, &err);
	if (r == 0)
		r = alerts_subscribe(pg, session_who(), &s, &id, &err);
	sodium_memzero(secret, sizeof(secret));
	if (r < 0)
		return failed(&err);
	struct table t = table_of(columns);
	table_number(&t, id);
	table_span(&t, s.channel);
	table_span(&t, s.target);
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

static int alert_command_unsubscribe(const struct command_line *line)
{
	const struct alert_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	int64_t id;
	struct err err;

	if (!span_to_i64(span_str(line->operands[0]), &id))
		return command_error(EXIT_USAGE, "\"%s\" is no number; see alert subscriptions",
				     line->operands[0]);
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    alerts_unsubscribe(pg, session_who(), id, &err) < 0)
		return command_failed(&err);
	(void)puts(line->json ? "{}" : "Ended.");
	return EXIT_OK;
}

static int alert_command_subscriptions(const struct command_line *line)
{
	static const struct table_column columns[] = {{"id", "ID", TABLE_NUMBER},
						      {"channel", "CHANNEL"},
						      {"target", "TARGET"},
						      {"region", "REGION"},
						      {"facility", "HOME"},
						      {"rule", "RULE"},
						      {"language", "LANGUAGE"},
						      {"waiting", "WAITING", TABLE_NUMBER},
						      {"failed", "FAILED", TABLE_NUMBER},
						      {"last_error", "LAST ERROR"},
						      {"ended_at", "ENDED", TABLE_TIME},
						      {0}};
	const struct alert_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct alerts_subscription *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    alerts_subscriptions(pg, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_number(&t, rows[i].id);
		table_span(&t, rows[i].channel);
		table_span(&t, rows[i].target);
		table_span(&t, rows[i].region_id);
		table_span(&t, rows[i].facility_id);
		table_span(&t, rows[i].rule);
		table_span(&t, rows[i].language);
		table_number(&t, rows[i].waiting);
		table_number(&t, rows[i].failed);
		table_span(&t, rows[i].last_error);
		table_time(&t, rows[i].ended_at);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

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
    {.name = "alert rule set",
     .operands = "RULE",
     .min = 1,
     .max = 1,
     .help = "set a rule's threshold, or turn it off: for all, a region, a home or a ward",
     .options = rule_options,
     .options_size = sizeof(struct rule_options),
     .run = alert_command_rule_set},
    {.name = "alert rule list",
     .help = "list what was set; the rest is as built in",
     .options = rule_list_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_rule_list},
    {.name = "alert subscribe",
     .help = "tell somebody of alerts, by webhook, e-mail or push message",
     .options = subscribe_options,
     .options_size = sizeof(struct subscribe_options),
     .run = alert_command_subscribe},
    {.name = "alert unsubscribe",
     .operands = "NUMBER",
     .min = 1,
     .max = 1,
     .help = "end a subscription",
     .options = database_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_unsubscribe},
    {.name = "alert subscriptions",
     .help = "list who is told, and what could not be delivered",
     .options = database_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_subscriptions},
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

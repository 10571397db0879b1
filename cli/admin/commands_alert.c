/* alert rule set, alert rule list, alert subscribe, alert unsubscribe, alert subscriptions, alert
 * list. */
#include "cli/admin/commands.h"

#include <stdio.h>
#include <string.h>

#include <sodium/utils.h>

#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/alerts.h"

#define SECRET_MIN   16
#define SECRET_MAX   256
#define TARGET_MAX   1000
#define EPISODES_MAX 1000

#define RULES "low, critical, offline, conflict, clock_skew or digest_mismatch"

static int check_rule(const char *rule)
{
	return alerts_rule_is_known(span_str(rule))
		   ? EXIT_OK
		   : command_error(EXIT_USAGE, "\"%s\" is not a rule; rules are " RULES, rule);
}

/* ---- rules ---- */

struct rule_options {
	const char *database, *region, *facility, *ward, *threshold;
	bool off;
};

static const struct command_option rule_options[] = {
    {"threshold", 0, COMMAND_STRING, offsetof(struct rule_options, threshold), "NUMBER",
     "free beds (low), or a duration such as 45m (offline, clock_skew, digest_mismatch)"},
    {"off", 0, COMMAND_FLAG, offsetof(struct rule_options, off), NULL, "never alert here"},
    {"region", 0, COMMAND_STRING, offsetof(struct rule_options, region), "ID", "for its homes"},
    {"facility", 0, COMMAND_STRING, offsetof(struct rule_options, facility), "ID",
     "for this home; before what is set for its region"},
    {"ward", 0, COMMAND_STRING, offsetof(struct rule_options, ward), "NAME",
     "for this ward of the home; before what is set for the home"},
    SESSION_OPTION(struct rule_options),
    {0},
};

/* Beds as a number, times as a duration, in seconds. */
static bool read_threshold(const char *rule, const char *text, int64_t *ret)
{
	usec_t duration;

	if (strcmp(rule, "low") == 0)
		return span_to_i64(span_str(text), ret) && *ret >= 0;
	if (strcmp(rule, "critical") == 0 || strcmp(rule, "conflict") == 0 ||
	    !clock_parse_duration(span_str(text), &duration))
		return false;
	*ret = duration / USEC_PER_SEC;
	return true;
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

	int code = check_rule(line->operands[0]);
	if (code != EXIT_OK)
		return code;
	if (o->region && o->facility)
		return command_error(EXIT_USAGE, "--region or --facility, not both");
	if (o->ward && !o->facility)
		return command_error(EXIT_USAGE, "--ward wants --facility ID");
	if (o->threshold && !read_threshold(line->operands[0], o->threshold, &rule.threshold))
		return command_error(EXIT_USAGE,
				     "--threshold is a number of beds for low, a duration such as "
				     "45m for offline, clock_skew and digest_mismatch; critical "
				     "and conflict have none");
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    alerts_rule_set(pg, session_who(), &rule, &err) < 0)
		return command_failed(&err);
	if (!line->json)
		(void)puts(o->off ? "Off." : "Set.");
	else
		(void)puts("{}");
	return EXIT_OK;
}

struct alert_options {
	const char *database;
	bool all;
};

static const struct command_option database_options[] = {SESSION_OPTION(struct alert_options), {0}};

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

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    alerts_rules(pg, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_span(&t, rows[i].rule);
		table_span(&t, rows[i].region_id);
		table_span(&t, rows[i].facility_id);
		table_span(&t, rows[i].ward);
		if (rows[i].threshold == ALERTS_DEFAULT)
			table_none(&t);
		else
			table_number(&t, rows[i].threshold);
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
	const char *database, *webhook, *secret_file, *email, *region, *facility, *rule;
};

static const struct command_option subscribe_options[] = {
    {"webhook", 0, COMMAND_STRING, offsetof(struct subscribe_options, webhook), "URL",
     "an http or https address that takes a POST"},
    {"secret-file", 0, COMMAND_STRING, offsetof(struct subscribe_options, secret_file), "FILE",
     "its first line signs the webhook's messages; 16 characters or more"},
    {"email", 0, COMMAND_STRING, offsetof(struct subscribe_options, email), "ADDRESS",
     "through the mail server that region.yaml names"},
    {"region", 0, COMMAND_STRING, offsetof(struct subscribe_options, region), "ID",
     "alerts of its homes only"},
    {"facility", 0, COMMAND_STRING, offsetof(struct subscribe_options, facility), "ID",
     "alerts of this home only"},
    {"rule", 0, COMMAND_STRING, offsetof(struct subscribe_options, rule), "RULE",
     "alerts of this rule only: " RULES},
    SESSION_OPTION(struct subscribe_options),
    {0},
};

/* What goes into an SMTP dialogue and a header must not be able to end a line there. */
static bool is_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || strchr("<>\"\\", *s))
			return false;
	return true;
}

static bool is_address(const char *s)
{
	const char *sign = strchr(s, '@');

	return strlen(s) <= TARGET_MAX && is_plain(s) && sign && sign > s && sign[1] &&
	       !strchr(sign + 1, '@');
}

static bool is_url(const char *s)
{
	return strlen(s) <= TARGET_MAX && is_plain(s) &&
	       (span_starts(span_str(s), SPAN("http://")) ||
		span_starts(span_str(s), SPAN("https://")));
}

static int read_secret(const char *path, char out[SECRET_MAX + 2])
{
	_cleanup_(fclosep) FILE *f = path ? fopen(path, "re") : NULL;

	if (!path)
		return command_error(EXIT_USAGE, "--webhook wants --secret-file FILE");
	if (!f)
		return command_error(EXIT_MISSING, "%s cannot be read", path);
	if (!fgets(out, SECRET_MAX + 2, f))
		out[0] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	if (strlen(out) < SECRET_MIN || strlen(out) > SECRET_MAX)
		return command_error(EXIT_INVALID,
				     "%s: its first line has to have %d to %d characters", path,
				     SECRET_MIN, SECRET_MAX);
	return EXIT_OK;
}

static int fill(const struct subscribe_options *o, char secret[SECRET_MAX + 2],
		struct alerts_subscription *s)
{
	*s = (struct alerts_subscription){.region_id = span_str(o->region),
					  .facility_id = span_str(o->facility),
					  .rule = span_str(o->rule)};
	if (!o->webhook == !o->email)
		return command_error(EXIT_USAGE, "--webhook URL or --email ADDRESS, one of them");
	if (o->region && o->facility)
		return command_error(EXIT_USAGE, "--region or --facility, not both");
	if (o->rule && check_rule(o->rule) != EXIT_OK)
		return EXIT_USAGE;
	if (o->email) {
		s->channel = SPAN("email");
		s->target = span_str(o->email);
		return is_address(o->email)
			   ? EXIT_OK
			   : command_error(EXIT_USAGE,
					   "--email is an address such as a@example.org");
	}
	s->channel = SPAN("webhook");
	s->target = span_str(o->webhook);
	if (!is_url(o->webhook))
		return command_error(EXIT_USAGE, "--webhook is an http:// or https:// address");
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
	char secret[SECRET_MAX + 2] = "";
	struct alerts_subscription s;
	int64_t id;
	struct err err;

	int code = fill(o, secret, &s);
	if (code != EXIT_OK)
		return code;
	int r = session_open(line, o->database, &pg, &err);
	if (r == 0)
		r = alerts_subscribe(pg, session_who(), &s, &id, &err);
	sodium_memzero(secret, sizeof(secret));
	if (r < 0)
		return command_failed(&err);
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
	    {"id", "ID"},
	    {0}};
	const struct alert_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct alerts_episode *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    alerts_episodes(pg, o->all, EPISODES_MAX, &a, &rows, &n, &err) < 0)
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
		table_span(&t, rows[i].id);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

const struct command commands_alert[] = {
    {.name = "alert rule set",
     .operands = "RULE",
     .min = 1,
     .max = 1,
     .help = "Set a rule's threshold, or turn it off: for all, a region, a home or a ward.",
     .options = rule_options,
     .options_size = sizeof(struct rule_options),
     .run = alert_command_rule_set},
    {.name = "alert rule list",
     .help = "List what was set; the rest is as built in.",
     .options = database_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_rule_list},
    {.name = "alert subscribe",
     .help = "Tell somebody of alerts, by webhook or e-mail.",
     .options = subscribe_options,
     .options_size = sizeof(struct subscribe_options),
     .run = alert_command_subscribe},
    {.name = "alert unsubscribe",
     .operands = "NUMBER",
     .min = 1,
     .max = 1,
     .help = "End a subscription.",
     .options = database_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_unsubscribe},
    {.name = "alert subscriptions",
     .help = "List who is told, and what could not be delivered.",
     .options = database_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_subscriptions},
    {.name = "alert list",
     .help = "List the alerts that are open.",
     .options = list_options,
     .options_size = sizeof(struct alert_options),
     .run = alert_command_list},
    {0},
};

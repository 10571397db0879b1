/* alert subscribe, alert unsubscribe, alert subscriptions. What makes sense is said by
 * store/alerts. */
#include "cli/admin/commands.h"

#include <stdio.h>
#include <string.h>

#include <sodium/utils.h>

#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/alerts.h"

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
		return session_refused(&err);
	struct table t = table_of(columns);
	table_number(&t, id);
	table_span(&t, s.channel);
	table_span(&t, s.target);
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

struct subscription_options {
	const char *database;
};

static const struct command_option database_options[] = {
    SESSION_OPTION(struct subscription_options), {0}};

static int alert_command_unsubscribe(const struct command_line *line)
{
	const struct subscription_options *o = line->options;
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
	const struct subscription_options *o = line->options;
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

const struct command commands_subscription[] = {
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
     .options_size = sizeof(struct subscription_options),
     .run = alert_command_unsubscribe},
    {.name = "alert subscriptions",
     .help = "list who is told, and what could not be delivered",
     .options = database_options,
     .options_size = sizeof(struct subscription_options),
     .run = alert_command_subscriptions},
    {0},
};

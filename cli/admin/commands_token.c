/* token create, token list, token revoke. */
#include "cli/admin/commands.h"

#include <assert.h>
#include <stdio.h>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "cli/admin/scope.h"
#include "cli/admin/session.h"
#include "cli/table.h"
#include "store/registry.h"

#define EXPIRES_MAX (3650 * USEC_PER_DAY)

struct create_options {
	const char *database, *role, *facility, *region, *name, *expires;
};

static const struct command_option create_options[] = {
    SCOPE_OPTIONS(struct create_options),
    {"name", 0, COMMAND_STRING, offsetof(struct create_options, name), "TEXT",
     "whose it is, or what for"},
    {"expires", 0, COMMAND_STRING, offsetof(struct create_options, expires), "DURATION",
     "90d, 12h; never without it"},
    SESSION_OPTION(struct create_options),
    {0},
};

/* The token's fields from the options; an exit code if they do not fit each other. */
static int fill(const struct create_options *o, usec_t now, struct registry_token *t)
{
	usec_t lasts = 0;

	*t = (struct registry_token){.name = span_str(o->name),
				     .role = span_str(o->role),
				     .facility_id = span_str(o->facility),
				     .region_id = span_str(o->region),
				     .expires_at = USEC_NONE};
	int code = scope_check(o->role, o->facility, o->region);
	if (code != EXIT_OK)
		return code;
	if (span_is_empty(t->name))
		return command_error(EXIT_USAGE,
				     "token create wants --name TEXT: whose it is, or what for");
	if (!o->expires)
		return EXIT_OK;
	if (!clock_parse_duration(span_str(o->expires), &lasts) || lasts <= 0 ||
	    lasts > EXPIRES_MAX)
		return command_error(EXIT_USAGE,
				     "--expires is a duration up to 3650d, such as 90d");
	t->expires_at = now + lasts;
	return EXIT_OK;
}

static void print_created(const struct registry_token *t, int64_t id, const char *secret, bool json)
{
	static const struct table_column columns[] = {{"id", "ID", TABLE_NUMBER},
						      {"token", "TOKEN"},
						      {"role", "ROLE"},
						      {"facility", "HOME"},
						      {"region", "REGION"},
						      {"expires_at", "EXPIRES", TABLE_TIME},
						      {0}};
	struct table out = table_of(columns);

	table_number(&out, id);
	table_text(&out, secret);
	table_span(&out, t->role);
	table_span(&out, t->facility_id);
	table_span(&out, t->region_id);
	table_time(&out, t->expires_at);
	table_print_record(&out, json);
	table_done(&out);
	if (!json)
		(void)fputs("The token is shown this once; the region keeps only its hash.\n",
			    stderr);
}

static int token_command_create(const struct command_line *line)
{
	const struct create_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	char secret[REGISTRY_TOKEN_CHARS + 1];
	struct registry_token t;
	int64_t id;
	struct err err;

	int code = fill(o, clock_now(), &t);
	if (code != EXIT_OK)
		return code;
	registry_token_make(secret);
	struct digest hash = registry_token_hash(span_str(secret));
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    registry_token_add(pg, session_who(), &t, &hash, &id, &err) < 0)
		return command_failed(&err);
	print_created(&t, id, secret, line->json);
	sodium_memzero(secret, sizeof(secret));
	return EXIT_OK;
}

struct token_options {
	const char *database;
};

static const struct command_option token_options[] = {SESSION_OPTION(struct token_options), {0}};

static const char *state_of(const struct registry_token *t, usec_t now)
{
	if (t->revoked_at != USEC_NONE)
		return "revoked";
	return t->expires_at != USEC_NONE && t->expires_at <= now ? "expired" : "valid";
}

static int token_command_list(const struct command_line *line)
{
	static const struct table_column columns[] = {{"id", "ID", TABLE_NUMBER},
						      {"name", "NAME"},
						      {"role", "ROLE"},
						      {"facility", "HOME"},
						      {"region", "REGION"},
						      {"state", "STATE"},
						      {"created_at", "CREATED", TABLE_TIME},
						      {"expires_at", "EXPIRES", TABLE_TIME},
						      {"last_used_at", "LAST USED", TABLE_TIME},
						      {0}};
	const struct token_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct registry_token *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    registry_tokens(pg, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_number(&t, rows[i].id);
		table_span(&t, rows[i].name);
		table_span(&t, rows[i].role);
		table_span(&t, rows[i].facility_id);
		table_span(&t, rows[i].region_id);
		table_text(&t, state_of(&rows[i], clock_now()));
		table_time(&t, rows[i].created_at);
		table_time(&t, rows[i].expires_at);
		table_time(&t, rows[i].last_used_at);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

static int token_command_revoke(const struct command_line *line)
{
	static const struct table_column columns[] = {
	    {"id", "ID", TABLE_NUMBER}, {"state", "STATE"}, {0}};
	const struct token_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	int64_t id;
	struct err err;

	if (!span_to_i64(span_str(line->operands[0]), &id))
		return command_error(EXIT_USAGE, "\"%s\" is not a token's number; see token list",
				     line->operands[0]);
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    registry_token_revoke(pg, session_who(), id, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	table_number(&t, id);
	table_text(&t, "revoked");
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

const struct command commands_token[] = {
    {.name = "token create",
     .help = "make an API token and show it, once",
     .options = create_options,
     .options_size = sizeof(struct create_options),
     .run = token_command_create},
    {.name = "token list",
     .help = "list the tokens, without what they say",
     .options = token_options,
     .options_size = sizeof(struct token_options),
     .run = token_command_list},
    {.name = "token revoke",
     .operands = "NUMBER",
     .min = 1,
     .max = 1,
     .help = "end a token",
     .options = token_options,
     .options_size = sizeof(struct token_options),
     .run = token_command_revoke},
    {0},
};

/* user add, user list, user passwd, user disable, user enable, user link, user unlink. */
#include "cli/admin/commands.h"

#include <string.h>

#include <sodium/utils.h>

#include "cli/admin/scope.h"
#include "cli/admin/session.h"
#include "cli/prompt.h"
#include "cli/table.h"
#include "regional/conf.h"
#include "store/identities.h"
#include "store/users.h"

struct user_options {
	const char *database, *role, *facility, *region, *name, *password_file;
	const char *subject, *issuer;
	bool password_stdin, no_password, force;
};

#define PASSWORD_OPTIONS                                                                           \
	{"password-file", 0,                                                                       \
	 COMMAND_STRING,  offsetof(struct user_options, password_file),                            \
	 "FILE",	  "its first line is the password; without it the terminal is asked"},     \
	{                                                                                          \
		"password-stdin", 0, COMMAND_FLAG, offsetof(struct user_options, password_stdin),  \
		    NULL, "the password comes on standard input"                                   \
	}

static const struct command_option add_options[] = {
    SCOPE_OPTIONS(struct user_options),
    {"name", 0, COMMAND_STRING, offsetof(struct user_options, name), "TEXT", "the person's name"},
    PASSWORD_OPTIONS,
    {"no-password", 0, COMMAND_FLAG, offsetof(struct user_options, no_password), NULL,
     "none: the person logs in through the OpenID provider only"},
    SESSION_OPTION(struct user_options),
    {0},
};
static const struct command_option link_options[] = {
    {"subject", 0, COMMAND_STRING, offsetof(struct user_options, subject), "TEXT",
     "who they are at the provider (the claim sub)"},
    {"issuer", 0, COMMAND_STRING, offsetof(struct user_options, issuer), "URL",
     "the provider, instead of the one in region.yaml"},
    SESSION_OPTION(struct user_options),
    {0},
};
static const struct command_option passwd_options[] = {
    PASSWORD_OPTIONS, SESSION_OPTION(struct user_options), {0}};
static const struct command_option disable_options[] = {
    {"force", 0, COMMAND_FLAG, offsetof(struct user_options, force), NULL,
     "also the last SYSTEM_ADMIN: then nobody administers over the API or the pages"},
    SESSION_OPTION(struct user_options),
    {0}};
static const struct command_option plain_options[] = {SESSION_OPTION(struct user_options), {0}};

static int bad_login(const char *login)
{
	return command_error(EXIT_USAGE,
			     "\"%s\" is no login: a-z 0-9 _ . @ -, a letter or digit first, up to "
			     "64 characters",
			     login);
}

static int new_hash(const struct user_options *o, char ret[PASSWORD_HASH], struct err *err)
{
	char password[PASSWORD_MAX + 1] = "";
	const struct prompt ask = {.what = "password",
				   .fault = password_fault,
				   .file = o->password_file,
				   .from_stdin = o->password_stdin};
	int r = prompt_secret(&ask, password, err);

	if (r == 0)
		r = password_hash(span_str(password), ret, err);
	sodium_memzero(password, sizeof(password));
	return r;
}

static void print_state(const struct command_line *line, const char *login, const char *state)
{
	static const struct table_column columns[] = {{"login", "LOGIN"}, {"state", "STATE"}, {0}};
	struct table t = table_of(columns);

	table_text(&t, login);
	table_text(&t, state);
	table_print_record(&t, line->json);
	table_done(&t);
}

static int user_command_add(const struct command_line *line)
{
	const struct user_options *o = line->options;
	const char *login = line->operands[0];
	const struct users_row u = {.login = span_str(login),
				    .name = span_str(o->name),
				    .role = span_str(o->role),
				    .facility_id = span_str(o->facility),
				    .region_id = span_str(o->region)};
	_cleanup_(pg_closep) struct pg *pg = NULL;
	char hash[PASSWORD_HASH];
	int64_t id;
	struct err err;

	if (!users_login_is_valid(u.login))
		return bad_login(login);
	if (span_is_empty(u.name))
		return command_error(EXIT_USAGE, "user add wants --name TEXT: the person's name");
	int code = scope_check(o->role, o->facility, o->region);
	if (code != EXIT_OK)
		return code;
	if (o->no_password && (o->password_file || o->password_stdin))
		return command_error(EXIT_USAGE, "user add wants a password or --no-password");
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    (!o->no_password && new_hash(o, hash, &err) < 0) ||
	    users_add(pg, session_who(), &u, o->no_password ? NULL : hash, &id, &err) < 0)
		return command_failed(&err);
	print_state(line, login, "added");
	return EXIT_OK;
}

static int user_command_list(const struct command_line *line)
{
	static const struct table_column columns[] = {{"login", "LOGIN"},
						      {"name", "NAME"},
						      {"role", "ROLE"},
						      {"facility", "HOME"},
						      {"region", "REGION"},
						      {"state", "STATE"},
						      {"created_at", "CREATED", TABLE_TIME},
						      {"password_at", "PASSWORD SET", TABLE_TIME},
						      {"last_login_at", "LAST LOGIN", TABLE_TIME},
						      {0}};
	const struct user_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct users_row *rows;
	size_t n;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    users_list(pg, &a, &rows, &n, &err) < 0)
		return command_failed(&err);
	struct table t = table_of(columns);
	for (size_t i = 0; i < n; i++) {
		table_span(&t, rows[i].login);
		table_span(&t, rows[i].name);
		table_span(&t, rows[i].role);
		table_span(&t, rows[i].facility_id);
		table_span(&t, rows[i].region_id);
		table_text(&t, rows[i].disabled_at == USEC_NONE ? "active" : "disabled");
		table_time(&t, rows[i].created_at);
		table_time(&t, rows[i].password_at);
		table_time(&t, rows[i].last_login_at);
	}
	table_print(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

static int user_command_passwd(const struct command_line *line)
{
	const struct user_options *o = line->options;
	const char *login = line->operands[0];
	_cleanup_(pg_closep) struct pg *pg = NULL;
	char hash[PASSWORD_HASH];
	struct err err;

	if (!users_login_is_valid(span_str(login)))
		return bad_login(login);
	if (session_open(line, o->database, &pg, &err) < 0 || new_hash(o, hash, &err) < 0 ||
	    users_set_password(pg, session_who(), span_str(login), hash, &err) < 0)
		return command_failed(&err);
	print_state(line, login, "password set");
	return EXIT_OK;
}

static int set_state(const struct command_line *line, const char *state,
		     int (*set)(struct pg *, const char *, struct span, struct err *))
{
	const struct user_options *o = line->options;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	struct err err;

	if (session_open(line, o->database, &pg, &err) < 0 ||
	    set(pg, session_who(), span_str(line->operands[0]), &err) < 0)
		return command_failed(&err);
	print_state(line, line->operands[0], state);
	return EXIT_OK;
}

static int user_command_disable(const struct command_line *line)
{
	const struct user_options *o = line->options;
	const char *login = line->operands[0];
	_cleanup_(pg_closep) struct pg *pg = NULL;
	struct err err;

	int code = session_open(line, o->database, &pg, &err);
	if (code == 0)
		code = users_disable(pg, session_who(), span_str(login), o->force, &err);
	if (code == -ERR_FULL)
		return command_error(EXIT_FAILED,
				     "%s: make another one first (bedpost-admin user add --role "
				     "SYSTEM_ADMIN), or say --force",
				     err.message);
	if (code < 0)
		return command_failed(&err);
	print_state(line, login, "disabled");
	return EXIT_OK;
}

static int user_command_enable(const struct command_line *line)
{
	return set_state(line, "active", users_enable);
}

static int user_command_unlink(const struct command_line *line)
{
	return set_state(line, "not linked", identities_unlink);
}

static int user_command_link(const struct command_line *line)
{
	const struct user_options *o = line->options;
	_cleanup_(regional_conf_freep) struct regional_conf *conf = NULL;
	_cleanup_(pg_closep) struct pg *pg = NULL;
	const char *issuer = o->issuer;
	struct err err;

	if (!o->subject || !*o->subject || strlen(o->subject) > IDENTITIES_SUBJECT_MAX)
		return command_error(EXIT_USAGE,
				     "user link wants --subject TEXT: the provider's sub, up to %d "
				     "characters",
				     IDENTITIES_SUBJECT_MAX);
	if (!issuer && regional_conf_load(line->config, &conf, NULL, &err) < 0)
		return command_failed(&err);
	if (!issuer && !(issuer = conf->oidc.issuer))
		return command_error(EXIT_USAGE, "neither --issuer nor a section oidc in %s",
				     line->config);
	const struct identity link = {.login = span_str(line->operands[0]),
				      .issuer = span_str(issuer),
				      .subject = span_str(o->subject)};
	if (session_open(line, o->database, &pg, &err) < 0 ||
	    identities_link(pg, session_who(), &link, &err) < 0)
		return command_failed(&err);
	print_state(line, line->operands[0], "linked");
	return EXIT_OK;
}

const struct command commands_user[] = {
    {.name = "user add",
     .operands = "LOGIN",
     .min = 1,
     .max = 1,
     .help = "add a person who logs in",
     .options = add_options,
     .options_size = sizeof(struct user_options),
     .run = user_command_add},
    {.name = "user list",
     .help = "list the users",
     .options = plain_options,
     .options_size = sizeof(struct user_options),
     .run = user_command_list},
    {.name = "user passwd",
     .operands = "LOGIN",
     .min = 1,
     .max = 1,
     .help = "set a user's password and end their sessions",
     .options = passwd_options,
     .options_size = sizeof(struct user_options),
     .run = user_command_passwd},
    {.name = "user disable",
     .operands = "LOGIN",
     .min = 1,
     .max = 1,
     .help = "let a user in no more, and end their sessions",
     .options = disable_options,
     .options_size = sizeof(struct user_options),
     .run = user_command_disable},
    {.name = "user enable",
     .operands = "LOGIN",
     .min = 1,
     .max = 1,
     .help = "let a disabled user in again",
     .options = plain_options,
     .options_size = sizeof(struct user_options),
     .run = user_command_enable},
    {.name = "user link",
     .operands = "LOGIN",
     .min = 1,
     .max = 1,
     .help = "let a user in whom the OpenID provider knows by this subject",
     .options = link_options,
     .options_size = sizeof(struct user_options),
     .run = user_command_link},
    {.name = "user unlink",
     .operands = "LOGIN",
     .min = 1,
     .max = 1,
     .help = "let them in no more by the OpenID provider, and end their sessions",
     .options = plain_options,
     .options_size = sizeof(struct user_options),
     .run = user_command_unlink},
    {0},
};

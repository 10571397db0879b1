/* oidc key, oidc jwks, oidc check. */
#include <stdio.h>

#include "base/files.h"
#include "cli/admin/commands.h"
#include "cli/table.h"
#include "regional/conf.h"
#include "regional/oidc/jwt.h"

struct oidc_options {
	const char *out, *type, *key;
};

static const struct command_option key_options[] = {
    {"out", 'o', COMMAND_STRING, offsetof(struct oidc_options, out), "FILE",
     "where the private key goes: the daemon alone may read it"},
    {"type", 0, COMMAND_STRING, offsetof(struct oidc_options, type), "TYPE",
     "rsa (the default; signs RS256) or ec (P-256; signs ES256)"},
    {0},
};
static const struct command_option jwks_options[] = {
    {"key", 0, COMMAND_STRING, offsetof(struct oidc_options, key), "FILE",
     "of this private key, instead of the one in region.yaml"},
    {0},
};

/* A key set is JSON whoever asks. */
static int print_public(const struct jwt_key *key)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	jwt_key_public(key, &text);
	return fputs(text.p, stdout) < 0 ? EXIT_FAILED : EXIT_OK;
}

static int oidc_command_key(const struct command_line *line)
{
	const struct oidc_options *o = line->options;
	struct span type = span_str(o->type ? o->type : "rsa");
	_cleanup_(jwt_key_freep) struct jwt_key *key = NULL;
	_cleanup_(buf_done) struct buf pem = BUF_INIT;
	struct err err;

	if (!o->out || !*o->out)
		return command_error(EXIT_USAGE, "oidc key wants --out FILE");
	if (!span_eq(type, SPAN("rsa")) && !span_eq(type, SPAN("ec")))
		return command_error(EXIT_USAGE, "--type is rsa or ec");
	if (jwt_key_make(span_eq(type, SPAN("ec")) ? JWT_EC : JWT_RSA, &pem, &err) < 0 ||
	    jwt_key_read(buf_span(&pem), &key, &err) < 0 ||
	    files_create(o->out, 0600, buf_span(&pem), &err) < 0)
		return command_failed(&err);
	return print_public(key);
}

/* The section oidc of region.yaml. */
static int read_section(const struct command_line *line, struct regional_conf **ret, int *ret_code)
{
	struct err err;

	if (regional_conf_load(line->config, ret, NULL, &err) < 0) {
		*ret_code = command_failed(&err);
		return -1;
	}
	if (!(*ret)->oidc.issuer) {
		*ret_code = command_error(EXIT_USAGE, "%s has no section oidc", line->config);
		return -1;
	}
	return 0;
}

static int oidc_command_jwks(const struct command_line *line)
{
	const struct oidc_options *o = line->options;
	_cleanup_(regional_conf_freep) struct regional_conf *conf = NULL;
	_cleanup_(jwt_key_freep) struct jwt_key *key = NULL;
	struct err err;
	int code;

	if (!o->key && read_section(line, &conf, &code) < 0)
		return code;
	if (jwt_key_load(o->key ? o->key : conf->oidc.key, &key, &err) < 0)
		return command_failed(&err);
	return print_public(key);
}

/* Whoever reads the address sees the provider's host, and that it is the one that is meant. */
static int oidc_command_check(const struct command_line *line)
{
	static const struct table_column columns[] = {{"issuer", "ISSUER"},
						      {"client_id", "CLIENT"},
						      {"redirect_uri", "REDIRECT URI"},
						      {"jwks_uri", "OUR KEYS"},
						      {"login_page", "LOG-IN PAGE"},
						      {0}};
	_cleanup_(regional_conf_freep) struct regional_conf *conf = NULL;
	_cleanup_(provider_closep) struct provider *p = NULL;
	_cleanup_(buf_done) struct buf url = BUF_INIT;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	const struct provider_login none = {.state = "", .nonce = "", .verifier = ""};
	struct span rest, page;
	struct err err;
	int code;

	if (read_section(line, &conf, &code) < 0)
		return code;
	if (provider_open(&conf->oidc, &p, &err) < 0 ||
	    provider_login_url(p, &none, &url, &err) < 0)
		return command_failed(&err);
	rest = buf_span(&url);
	(void)span_cut(&rest, '?', &page);
	struct table t = table_of(columns);
	table_text(&t, conf->oidc.issuer);
	table_text(&t, conf->oidc.client_id);
	table_text(&t, arena_printf(&a, "%s" PROVIDER_CALLBACK, conf->oidc.public_url));
	table_text(&t, arena_printf(&a, "%s/api/oidc/jwks", conf->oidc.public_url));
	table_span(&t, page);
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

const struct command commands_oidc[] = {
    {.name = "oidc key",
     .help = "make the key with which this region shows an OpenID provider who it is",
     .more = "Prints its public part as a JWK Set, to be registered at the provider.",
     .options = key_options,
     .options_size = sizeof(struct oidc_options),
     .run = oidc_command_key},
    {.name = "oidc jwks",
     .help = "print the public part of that key again, as a JWK Set",
     .options = jwks_options,
     .options_size = sizeof(struct oidc_options),
     .run = oidc_command_jwks},
    {.name = "oidc check",
     .help = "ask the OpenID provider of region.yaml for its discovery and keys, and show what to "
	     "register there",
     .options_size = sizeof(struct oidc_options),
     .run = oidc_command_check},
    {0},
};

/* ca init, ca server. */
#include "cli/admin/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/admin/ca.h"
#include "base/files.h"
#include "cli/table.h"

#define DAYS_MAX 3650

struct init_options {
	const char *dir, *name;
};

static const struct command_option init_options[] = {
    {"dir", 0, COMMAND_STRING, offsetof(struct init_options, dir), "DIR",
     "the CA's folder; made if it is not there"},
    {"name", 0, COMMAND_STRING, offsetof(struct init_options, name), "TEXT",
     "the CA's common name (Bedpost CA)"},
    {0},
};

static int ca_command_init(const struct command_line *line)
{
	const struct init_options *o = line->options;
	struct err err;

	if (!o->dir)
		return command_error(EXIT_USAGE, "ca init wants --dir DIR");
	if (ca_init(o->dir, o->name ? o->name : "Bedpost CA", clock_now(), &err) < 0)
		return command_failed(&err);
	static const struct table_column columns[] = {{"dir", "DIR"}, {"cert", "CERTIFICATE"}, {0}};
	struct table t = table_of(columns);
	char cert[4096];
	(void)snprintf(cert, sizeof(cert), "%s/" CA_CERT_FILE, o->dir);
	table_text(&t, o->dir);
	table_text(&t, cert);
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

struct server_options {
	const char *dir, *out;
	struct command_list hosts;
	int64_t days;
	bool replace;
};

static const struct command_option server_options[] = {
    {"dir", 0, COMMAND_STRING, offsetof(struct server_options, dir), "DIR", "the CA's folder"},
    {"host", 0, COMMAND_LIST, offsetof(struct server_options, hosts), "NAME",
     "a DNS name or IP address homes reach the region by; may be given again"},
    {"out", 0, COMMAND_STRING, offsetof(struct server_options, out), "DIR",
     "where server.crt and server.key go"},
    {"days", 0, COMMAND_INT, offsetof(struct server_options, days), "N", "valid for so long (825)"},
    {"replace", 0, COMMAND_FLAG, offsetof(struct server_options, replace), NULL,
     "take the place of what is there"},
    {0},
};

/* server.key and server.crt of a folder. */
struct pair {
	char *cert, *key;
};

static void pair_done(struct pair *p)
{
	free(p->cert);
	free(p->key);
}

static int pair_of(const struct server_options *o, struct pair *ret, struct err *err)
{
	if (asprintf(&ret->cert, "%s/server.crt", o->out) < 0 ||
	    asprintf(&ret->key, "%s/server.key", o->out) < 0)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	if (!o->replace && (files_exist(ret->cert) || files_exist(ret->key)))
		return err_set(err, ERR_EXISTS,
			       "%s holds a server certificate already; --replace makes a new one",
			       o->out);
	return files_make_dir(o->out, 0755, err);
}

static int server(const struct server_options *o, struct ca_leaf *leaf, struct err *err)
{
	_cleanup_(ca_freep) struct ca *ca = NULL;
	_cleanup_(pair_done) struct pair pair = {0};
	usec_t valid = o->days ? o->days * USEC_PER_DAY : CA_SERVER_VALID;
	int r = ca_open(o->dir, &ca, err);

	if (r == 0)
		r = pair_of(o, &pair, err);
	if (r == 0)
		r = ca_issue_server(ca, o->hosts.item, o->hosts.n, clock_now(), valid, leaf, err);
	/* The key first: a certificate never stands without its key. */
	if (r == 0)
		r = files_replace(pair.key, 0600, buf_span(&leaf->key), err);
	if (r == 0)
		r = files_replace(pair.cert, 0644, buf_span(&leaf->cert), err);
	return r;
}

static int ca_command_server(const struct command_line *line)
{
	const struct server_options *o = line->options;
	_cleanup_(ca_leaf_done) struct ca_leaf leaf = {0};
	struct err err;

	if (!o->dir || !o->out || o->hosts.n == 0)
		return command_error(EXIT_USAGE,
				     "ca server wants --dir DIR, --host NAME and --out DIR");
	if (o->days < 0 || o->days > DAYS_MAX)
		return command_error(EXIT_USAGE, "--days is 1 to %d", DAYS_MAX);
	if (server(o, &leaf, &err) < 0)
		return command_failed(&err);
	static const struct table_column columns[] = {
	    {"out", "OUT"}, {"until", "VALID UNTIL", TABLE_TIME}, {0}};
	struct table t = table_of(columns);
	table_text(&t, o->out);
	table_time(&t, leaf.until);
	table_print_record(&t, line->json);
	table_done(&t);
	return EXIT_OK;
}

const struct command commands_ca[] = {
    {.name = "ca init",
     .help = "make the certificate authority that homes and region trust",
     .more = "The folder then holds ca.crt (public) and ca.key (the region's most secret file: "
	     "keep it offline if you "
	     "can).",
     .options = init_options,
     .options_size = sizeof(struct init_options),
     .run = ca_command_init},
    {.name = "ca server",
     .help = "make the region's server certificate",
     .options = server_options,
     .options_size = sizeof(struct server_options),
     .run = ca_command_server},
    {0},
};

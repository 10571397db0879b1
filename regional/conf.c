/* The file is read into what conf_read() can fill (one struct per table), then put together and
 * checked as a whole: what depends on two keys is said at the key that is missing. */
#include "config.h"

#include "regional/conf.h"

#include <stdlib.h>

#include "base/conf.h"
#include "regional/conf_oidc.h"

struct top {
	const char *database, *redis;
	const struct conf_node *roles, *ingest, *api, *oidc, *merge, *audit, *alert, *reports,
	    *kafka, *webhook_networks;
	usec_t stale_after, offline_after;
	int log_level;
};

struct api_section {
	struct regional_listen listen;
	const char *web_root;
	int64_t requests_per_minute;
	const struct conf_node *trusted_proxies;
};

struct audit_section {
	const char *dir, *key;
};

struct merge_section {
	int64_t workers;
};

static const char *const log_level_names[] = {"debug", "info", "warn", "error", NULL};

static const struct conf_key top_keys[] = {
    {"database", CONF_STRING, offsetof(struct top, database), .required = true,
     .help = "PostgreSQL: a libpq connection string or URI"},
    {"redis", CONF_STRING, offsetof(struct top, redis),
     .help = "\"unix:/path\" or \"host:port\"; none: no Redis"},
    {"roles", CONF_NODE, offsetof(struct top, roles),
     .help = "list of ingest, api, feed, alert; none: all of them"},
    {"ingest", CONF_NODE, offsetof(struct top, ingest), .help = "the door for homes (section)"},
    {"api", CONF_NODE, offsetof(struct top, api), .help = "questions and pages (section)"},
    {"oidc", CONF_NODE, offsetof(struct top, oidc),
     .help = "log-in through an OpenID provider (section)"},
    {"merge", CONF_NODE, offsetof(struct top, merge), .help = "the merge (section)"},
    {"reports", CONF_NODE, offsetof(struct top, reports), .help = "reports over the API (section)"},
    {"audit", CONF_NODE, offsetof(struct top, audit),
     .help = "the audit log's daily signature (section)"},
    {"alert", CONF_NODE, offsetof(struct top, alert), .help = "alerts and e-mail (section)"},
    {"webhook_networks", CONF_NODE, offsetof(struct top, webhook_networks),
     .help = "list of the only networks that webhooks and push messages go to; none: any but this "
	     "machine itself, its link and private networks"},
    {"kafka", CONF_NODE, offsetof(struct top, kafka),
     .help = "the change feed to Apache Kafka (section); none: no Kafka"},
    {"stale_after", CONF_DURATION, offsetof(struct top, stale_after), .min = USEC_PER_SEC,
     .max = 7 * USEC_PER_DAY, .by_default = "5m",
     .help = "a number older than this is marked stale"},
    {"offline_after", CONF_DURATION, offsetof(struct top, offline_after), .min = USEC_PER_SEC,
     .max = 7 * USEC_PER_DAY, .by_default = "30m",
     .help = "a home not heard of for this long is marked offline"},
    {"log_level", CONF_ENUM, offsetof(struct top, log_level), .names = log_level_names,
     .by_default = "info", .help = "debug, info, warn or error"},
    {0},
};

struct ingest_section {
	struct regional_listen listen;
	const struct conf_node *sftp;
};

struct sftp_section {
	const char *inbox;
};

static const struct conf_key ingest_keys[] = {
    {"listen", CONF_STRING, offsetof(struct ingest_section, listen.address),
     .by_default = "0.0.0.0:8443", .help = "address and port"},
    {"cert", CONF_STRING, offsetof(struct ingest_section, listen.cert), .required = true,
     .help = "the server's certificate chain, PEM"},
    {"key", CONF_STRING, offsetof(struct ingest_section, listen.key), .required = true,
     .help = "its private key, PEM"},
    {"client_ca", CONF_STRING, offsetof(struct ingest_section, listen.client_ca), .required = true,
     .help = "who signs the homes' certificates, PEM"},
    {"sftp", CONF_NODE, offsetof(struct ingest_section, sftp),
     .help = "batches over SFTP as well (section)"},
    {0},
};

static const struct conf_key sftp_keys[] = {
    {"inbox", CONF_STRING, offsetof(struct sftp_section, inbox), .required = true,
     .help = "the folder that holds one folder per facility"},
    {0},
};

static const struct conf_key api_keys[] = {
    {"listen", CONF_STRING, offsetof(struct api_section, listen.address),
     .by_default = "127.0.0.1:8080", .help = "address and port"},
    {"cert", CONF_STRING, offsetof(struct api_section, listen.cert),
     .help = "certificate chain, PEM; none: plain HTTP, for a proxy in front"},
    {"key", CONF_STRING, offsetof(struct api_section, listen.key), .help = "its private key, PEM"},
    {"web_root", CONF_STRING, offsetof(struct api_section, web_root),
     .by_default = BEDPOST_DATADIR "/web", .help = "the pages' files"},
    {"requests_per_minute", CONF_INT, offsetof(struct api_section, requests_per_minute), .min = 0,
     .max = 1000000, .by_default = "6000",
     .help = "how many requests one client may make; above: 429; 0: no limit"},
    {"trusted_proxies", CONF_NODE, offsetof(struct api_section, trusted_proxies),
     .help = "list of addresses or networks whose X-Forwarded-For is believed"},
    {0},
};

static const struct conf_key merge_keys[] = {
    {"workers", CONF_INT, offsetof(struct merge_section, workers), .min = 1,
     .max = REGIONAL_WORKERS_MAX, .by_default = "2",
     .help = "merge threads, each with its own connection; homes are parted among them"},
    {0},
};

static const struct conf_key reports_keys[] = {
    {"database", CONF_STRING, offsetof(struct regional_reports, database),
     .help = "PostgreSQL for reports, with settings of their own; none: the region's. No "
	     "standby: who has one is noted there"},
    {"dir", CONF_STRING, offsetof(struct regional_reports, folder), .by_default = "/var/tmp",
     .help = "the folder where a report stands, without a name, until it is sent"},
    {"at_once", CONF_INT, offsetof(struct regional_reports, at_once), .min = 1,
     .max = REGIONAL_REPORTS_MAX, .by_default = "2",
     .help = "how many reports are made at a time; four times as many may wait"},
    {"timeout", CONF_DURATION, offsetof(struct regional_reports, timeout), .min = USEC_PER_SEC,
     .max = USEC_PER_DAY, .by_default = "5m", .help = "a report that takes longer is given up"},
    {0},
};

static const struct conf_key audit_keys[] = {
    {"dir", CONF_STRING, offsetof(struct audit_section, dir),
     .help = "the folder that each day's signed heads are written to"},
    {"key", CONF_STRING, offsetof(struct audit_section, key),
     .help = "the file with the secret key (bedpost-admin audit keygen)"},
    {0},
};

static const struct conf_key alert_keys[] = {
    {"check_every", CONF_DURATION, offsetof(struct regional_alert, check_every),
     .min = USEC_PER_SEC / 10, .max = 10 * USEC_PER_MIN, .by_default = "5s",
     .help = "how often all homes are looked at; those that change, at once"},
    {"notify_every", CONF_DURATION, offsetof(struct regional_alert, notify_every), .min = 0,
     .max = USEC_PER_DAY, .by_default = "15m",
     .help = "at most one notification per rule and home in this time"},
    {"smtp", CONF_STRING, offsetof(struct regional_alert, smtp_server),
     .help = "the mail server: smtp://host:25 or smtps://host; none: no e-mail"},
    {"mail_from", CONF_STRING, offsetof(struct regional_alert, mail_from),
     .help = "the address that e-mails come from"},
    {"smtp_user", CONF_STRING, offsetof(struct regional_alert, smtp_user),
     .help = "with it TLS and a password are required"},
    {"smtp_password_file", CONF_STRING, offsetof(struct regional_alert, smtp_password_file),
     .help = "a file whose first line is the password"},
    {"smtp_ca", CONF_STRING, offsetof(struct regional_alert, smtp_ca),
     .help = "a PEM file of who signs the mail server's certificate; none: whom the system trusts"},
    {"keep_history", CONF_DURATION, offsetof(struct regional_alert, keep_history),
     .min = USEC_PER_DAY, .max = 36500 * USEC_PER_DAY, .by_default = "1095d",
     .help = "an alert that cleared longer ago is forgotten"},
    {"keep_deliveries", CONF_DURATION, offsetof(struct regional_alert, keep_deliveries),
     .min = USEC_PER_DAY, .max = 36500 * USEC_PER_DAY, .by_default = "90d",
     .help = "a message that was delivered or given up longer ago is forgotten"},
    {0},
};

static const char *const kafka_start_names[] = {"beginning", "now", NULL};
static const char *const kafka_protocol_names[] = {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl",
						   NULL};
static const char *const kafka_mechanism_names[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512",
						    NULL};

struct kafka_section {
	struct regional_kafka kafka;
	int protocol, mechanism;
};

static const struct conf_key kafka_keys[] = {
    {"brokers", CONF_STRING, offsetof(struct kafka_section, kafka.brokers), .required = true,
     .help = "host:port of some brokers, with commas between"},
    {"topic", CONF_STRING, offsetof(struct kafka_section, kafka.topic),
     .by_default = "bed.status.changed", .help = "the topic; it has to be there"},
    {"start", CONF_ENUM, offsetof(struct kafka_section, kafka.start), .names = kafka_start_names,
     .by_default = "beginning",
     .help = "what a sink that never sent begins with: all changes there are, or those to come"},
    {"security_protocol", CONF_ENUM, offsetof(struct kafka_section, protocol),
     .names = kafka_protocol_names, .by_default = "plaintext",
     .help = "plaintext, ssl, sasl_plaintext or sasl_ssl"},
    {"ca", CONF_STRING, offsetof(struct kafka_section, kafka.ca),
     .help = "who signs the brokers' certificates, PEM; none: the system's authorities"},
    {"cert", CONF_STRING, offsetof(struct kafka_section, kafka.cert),
     .help = "our certificate, PEM, where brokers ask for one"},
    {"key", CONF_STRING, offsetof(struct kafka_section, kafka.key), .help = "its private key, PEM"},
    {"sasl_mechanism", CONF_ENUM, offsetof(struct kafka_section, mechanism),
     .names = kafka_mechanism_names, .by_default = "SCRAM-SHA-512",
     .help = "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"},
    {"sasl_user", CONF_STRING, offsetof(struct kafka_section, kafka.sasl_user),
     .help = "account at the brokers, with a sasl_ protocol"},
    {"sasl_password_file", CONF_STRING, offsetof(struct kafka_section, kafka.sasl_password_file),
     .help = "a file whose first line is the password"},
    {0},
};

static const struct {
	const char *name;
	enum regional_role role;
} role_names[] = {
    {"ingest", ROLE_INGEST}, {"api", ROLE_API}, {"feed", ROLE_FEED}, {"alert", ROLE_ALERT}};

#define ROLES_ALL (ROLE_INGEST | ROLE_API | ROLE_FEED | ROLE_ALERT)

static unsigned role_by_name(struct span s)
{
	for (size_t i = 0; i < ARRAY_LEN(role_names); i++)
		if (span_eq_str(s, role_names[i].name))
			return role_names[i].role;
	return 0;
}

int regional_roles_parse(struct span s, unsigned *ret, struct err *err)
{
	struct span rest = s, part;
	unsigned roles = 0;

	while (span_cut(&rest, ',', &part)) {
		unsigned role = role_by_name(span_trim(part));
		if (!role)
			return err_set(err, ERR_INVALID,
				       "unknown role \"" SPAN_FMT
				       "\"; roles are ingest, api, feed, alert",
				       SPAN_ARG(part));
		roles |= role;
	}
	if (!roles)
		return err_set(err, ERR_INVALID,
			       "no role named; roles are ingest, api, feed, alert");
	*ret = roles;
	return 0;
}

static unsigned read_roles(struct conf *doc, const struct conf_node *node)
{
	unsigned roles = 0;

	if (conf_kind(node) == CONF_ABSENT)
		return ROLES_ALL;
	if (conf_kind(node) != CONF_SEQUENCE || conf_count(node) == 0) {
		conf_problem(doc, node, "roles is a list: [ingest, api, feed, alert]");
		return 0;
	}
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *item = conf_item(node, i);
		unsigned role = role_by_name(conf_text(item));
		if (!role)
			conf_problem(doc, item, "unknown role; roles are ingest, api, feed, alert");
		roles |= role;
	}
	return roles;
}

static void check_address(struct conf *doc, const struct conf_node *section, const char *address)
{
	struct span s = span_str(address);
	const char *colon = s.p ? strrchr(s.p, ':') : NULL;
	uint64_t port;

	if (!colon || !span_to_u64(span_str(colon + 1), &port) || port > 65535)
		conf_problem(doc, conf_get(section, "listen"),
			     "listen is address:port, such as 0.0.0.0:8443");
}

/* The keys of ingest are only required of a daemon that takes batches in. */
static void read_ingest(struct conf *doc, const struct top *top, struct regional_conf *c)
{
	if (!(c->roles & ROLE_INGEST) && conf_kind(top->ingest) == CONF_ABSENT)
		return;
	struct ingest_section ingest = {0};
	struct sftp_section sftp = {0};

	conf_read(doc, top->ingest, ingest_keys, &ingest);
	if (conf_kind(ingest.sftp) != CONF_ABSENT)
		conf_read(doc, ingest.sftp, sftp_keys, &sftp);
	c->ingest = ingest.listen;
	c->inbox = sftp.inbox;
	check_address(doc, top->ingest, c->ingest.address);
}

static void read_networks(struct conf *doc, const struct conf_node *list, struct proxies *ret)
{
	if (conf_kind(list) != CONF_ABSENT && conf_kind(list) != CONF_SEQUENCE)
		conf_problem(doc, list, "this is a list: [10.0.0.5, 10.1.0.0/16]");
	for (size_t i = 0; conf_kind(list) == CONF_SEQUENCE && i < conf_count(list); i++)
		if (!proxies_add(ret, conf_text(conf_item(list, i))))
			conf_problem(doc, conf_item(list, i),
				     "expected an address such as 10.0.0.5 or a network such as "
				     "10.1.0.0/16, %d of them at most",
				     PROXIES_MAX);
}

static void read_api(struct conf *doc, const struct top *top, struct regional_conf *c)
{
	struct api_section api = {0};

	conf_read(doc, top->api, api_keys, &api);
	check_address(doc, top->api, api.listen.address);
	if (!api.listen.cert != !api.listen.key)
		conf_problem(doc, top->api,
			     "api needs both cert and key, or neither for plain HTTP");
	c->api = api.listen;
	c->web_root = api.web_root;
	c->requests_per_minute = api.requests_per_minute;
	read_networks(doc, api.trusted_proxies, &c->proxies);
}

static void read_audit(struct conf *doc, const struct top *top, struct regional_conf *c)
{
	struct audit_section audit = {0};

	conf_read(doc, top->audit, audit_keys, &audit);
	if (!audit.dir != !audit.key)
		conf_problem(doc, top->audit, "audit needs both dir and key");
	c->audit_dir = audit.dir;
	c->audit_key = audit.key;
}

static void read_alert(struct conf *doc, const struct top *top, struct regional_conf *c)
{
	struct regional_alert *a = &c->alert;
	struct span server;

	conf_read(doc, top->alert, alert_keys, a);
	server = span_str(a->smtp_server);
	if (!a->smtp_server != !a->mail_from)
		conf_problem(doc, top->alert, "alert needs both smtp and mail_from, or neither");
	if (server.p && !span_starts(server, SPAN("smtp://")) &&
	    !span_starts(server, SPAN("smtps://")))
		conf_problem(doc, conf_get(top->alert, "smtp"),
			     "smtp is smtp://host:port or smtps://host:port");
	if (a->smtp_ca && !a->smtp_server)
		conf_problem(doc, top->alert, "alert: smtp_ca goes with smtp");
	if (!a->smtp_user != !a->smtp_password_file)
		conf_problem(doc, top->alert,
			     "alert needs both smtp_user and smtp_password_file, or neither");
}

static void check_kafka(struct conf *doc, const struct conf_node *node,
			const struct regional_kafka *k)
{
	bool sasl = span_starts(span_str(k->security_protocol), SPAN("sasl_"));
	bool tls = strstr(k->security_protocol, "ssl") != NULL;

	if (!k->cert != !k->key)
		conf_problem(doc, node, "kafka needs both cert and key, or neither");
	if (!tls && (k->ca || k->cert))
		conf_problem(doc, conf_get(node, k->ca ? "ca" : "cert"),
			     "ca, cert and key are for security_protocol ssl or sasl_ssl");
	if (sasl && (!k->sasl_user || !k->sasl_password_file))
		conf_problem(doc, node, "kafka needs sasl_user and sasl_password_file with %s",
			     k->security_protocol);
	if (!sasl && (k->sasl_user || k->sasl_password_file))
		conf_problem(doc, conf_get(node, k->sasl_user ? "sasl_user" : "sasl_password_file"),
			     "sasl_user and sasl_password_file are for security_protocol "
			     "sasl_ssl or sasl_plaintext");
}

static void read_kafka(struct conf *doc, const struct top *top, struct regional_conf *c)
{
	struct kafka_section k = {0};

	if (conf_kind(top->kafka) == CONF_ABSENT)
		return;
#ifndef HAVE_RDKAFKA
	conf_problem(doc, top->kafka,
		     "this program was built without Kafka; build it with librdkafka, or leave "
		     "the section out");
#endif
	conf_read(doc, top->kafka, kafka_keys, &k);
	k.kafka.security_protocol = kafka_protocol_names[k.protocol];
	if (k.kafka.sasl_user)
		k.kafka.sasl_mechanism = kafka_mechanism_names[k.mechanism];
	check_kafka(doc, top->kafka, &k.kafka);
	c->kafka = k.kafka;
}

static void read_all(struct conf *doc, struct regional_conf *c)
{
	struct top top = {0};
	struct merge_section merge = {0};

	conf_read(doc, conf_root(doc), top_keys, &top);
	c->database = top.database;
	c->redis = top.redis;
	c->stale_after = top.stale_after;
	c->offline_after = top.offline_after;
	c->log_level = (enum log_level)top.log_level;
	c->roles = read_roles(doc, top.roles);
	read_ingest(doc, &top, c);
	read_api(doc, &top, c);
	conf_oidc_read(doc, top.oidc, &c->oidc);
	read_audit(doc, &top, c);
	read_alert(doc, &top, c);
	read_networks(doc, top.webhook_networks, &c->outbound.only);
	read_kafka(doc, &top, c);
	conf_read(doc, top.reports, reports_keys, &c->reports);
	conf_read(doc, top.merge, merge_keys, &merge);
	c->merge_workers = (int)merge.workers;
	if (c->offline_after < c->stale_after)
		conf_problem(doc, conf_get(conf_root(doc), "offline_after"),
			     "offline_after is shorter than stale_after");
}

int regional_conf_load(const char *path, struct regional_conf **ret, struct buf *problems,
		       struct err *err)
{
	_cleanup_(regional_conf_freep) struct regional_conf *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	int r = conf_load(path, &c->document, err);
	if (r < 0)
		return r;
	read_all(c->document, c);
	r = conf_check(c->document, err);
	if (r < 0) {
		if (problems)
			conf_problems_print(c->document, problems);
		return r;
	}
	*ret = TAKE_PTR(c);
	return 0;
}

void regional_conf_free(struct regional_conf *c)
{
	if (!c)
		return;
	conf_free(c->document);
	free(c);
}

void regional_conf_describe(struct buf *out)
{
	static const struct {
		const char *title;
		const struct conf_key *keys;
	} sections[] = {{"", top_keys},
			{"ingest:\n", ingest_keys},
			{"ingest: sftp:\n", sftp_keys},
			{"api:\n", api_keys},
			{"oidc:\n", conf_oidc_keys},
			{"merge:\n", merge_keys},
			{"reports:\n", reports_keys},
			{"audit:\n", audit_keys},
			{"alert:\n", alert_keys},
			{"kafka:\n", kafka_keys}};

	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		buf_adds(out, sections[i].title);
		conf_describe(sections[i].keys, out);
	}
}

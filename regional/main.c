/* bedpost-regional: starts the rooms that the roles name and waits for a signal. PostgreSQL and
 * Redis may be away at any time, also now: every room looks for them by itself. Only what an
 * administrator must mend (configuration, certificates, an address in use) ends the program. */
#include "config.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/notify.h"
#include "regional/alert/alert.h"
#include "regional/api/api.h"
#include "regional/conf.h"
#include "regional/feed/mirror.h"
#include "regional/feed/sink.h"
#include "regional/ingest/inbox.h"
#include "regional/ingest/ingest.h"
#include "regional/live/live.h"
#include "regional/merge/merge.h"
#include "regional/metrics.h"
#include "regional/upkeep/upkeep.h"

static const char usage[] =
    "Usage: bedpost-regional [--config FILE] [--roles ROLE,…] [--check]\n"
    "\n"
    "The region's daemon: takes batches of bed events from homes, merges them, answers questions.\n"
    "\n"
    "Options:\n"
    "  -c, --config FILE   the region's configuration (default " REGIONAL_CONF_PATH ")\n"
    "      --roles LIST    only these of ingest, api, feed, alert, whatever the configuration "
    "says\n"
    "      --check         read the configuration, say what is wrong with it, and end\n"
    "      --help-config   print the configuration's keys and end\n"
    "      --openapi       print the API as an OpenAPI 3.1 document, with each route and its "
    "roles, and end\n"
    "  -h, --help          print this help and end\n"
    "      --version       print the version and end\n"
    "\n"
    "SIGTERM ends.\n";

#define EXIT_USAGE 2

struct arguments {
	const char *config;
	const char *roles; /* NULL: as configured */
	bool check;
};

struct rooms {
	struct metrics *metrics;
	struct live *live;
	struct merge *merge;
	struct ingest *ingest;
	struct inbox *inbox;
	struct api *api;
	struct mirror *mirror;
	struct alert *alert;
	struct sink *sink;
	struct upkeep *upkeep;
};

static void tell_live(void *user, const struct avail *rows, size_t n)
{
	live_changed(user, rows, n);
}

static int start_live(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	return live_start(&(struct live_options){.redis = c->redis,
						 .database = c->database,
						 .metrics = rooms->metrics},
			  &rooms->live, err);
}

/* Also where only the API runs: what people change there is merged like what homes send. */
static int start_merge(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	return merge_start(
	    &(struct merge_options){.database = c->database,
				    .workers = c->roles & ROLE_INGEST ? c->merge_workers : 1,
				    .fresh = {c->stale_after, c->offline_after},
				    .changed = tell_live,
				    .user = rooms->live,
				    .metrics = rooms->metrics},
	    &rooms->merge, err);
}

static int start_ingest(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	int r = ingest_open(&(struct ingest_options){.listen = c->ingest.address,
						     .cert = c->ingest.cert,
						     .key = c->ingest.key,
						     .client_ca = c->ingest.client_ca,
						     .merge = rooms->merge,
						     .metrics = rooms->metrics},
			    &rooms->ingest, err);
	if (r == 0 && c->inbox)
		r = inbox_open(&(struct inbox_options){.root = c->inbox,
						       .merge = rooms->merge,
						       .metrics = rooms->metrics},
			       &rooms->inbox, err);
	return r;
}

static int start_api(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	return api_open(
	    &(struct api_options){
		.listen = c->api.address,
		.cert = c->api.cert,
		.key = c->api.key,
		.database = c->database,
		.redis = c->redis,
		.web_root = c->web_root,
		.requests_per_minute = c->requests_per_minute,
		.proxies = c->proxies,
		.oidc = c->oidc,
		.outbound = c->outbound,
		.reports = {.database = c->reports.database ? c->reports.database : c->database,
			    .folder = c->reports.folder,
			    .at_once = (size_t)c->reports.at_once,
			    .timeout = c->reports.timeout},
		.fresh = {c->stale_after, c->offline_after},
		.live = rooms->live,
		.mirrors = c->roles & ROLE_FEED,
		.merge = rooms->merge,
		.metrics = rooms->metrics},
	    &rooms->api, err);
}

/* Beside an API whose picture does it there is no need of a second one. */
static int start_mirror(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	return mirror_start(&(struct mirror_options){.database = c->database,
						     .redis = c->redis,
						     .live = rooms->live,
						     .metrics = rooms->metrics},
			    &rooms->mirror, err);
}

static int start_alert(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	return alert_start(
	    &(struct alert_options){.database = c->database,
				    .check_every = c->alert.check_every,
				    .notify_every = c->alert.notify_every,
				    .offline_after = c->offline_after,
				    .outbound = c->outbound,
				    .mail = {.server = c->alert.smtp_server,
					     .from = c->alert.mail_from,
					     .user = c->alert.smtp_user,
					     .password_file = c->alert.smtp_password_file,
					     .ca = c->alert.smtp_ca},
				    .metrics = rooms->metrics},
	    &rooms->alert, err);
}

#ifdef HAVE_RDKAFKA
static int start_sink(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	const struct regional_kafka *k = &c->kafka;

	return sink_start(
	    &(struct sink_options){.database = c->database,
				   .start = k->start == KAFKA_FROM_NOW ? CURSOR_FROM_NOW
								       : CURSOR_FROM_START,
				   .metrics = rooms->metrics,
				   .kafka = {.brokers = k->brokers,
					     .topic = k->topic,
					     .security_protocol = k->security_protocol,
					     .ca = k->ca,
					     .cert = k->cert,
					     .key = k->key,
					     .sasl_mechanism = k->sasl_mechanism,
					     .sasl_user = k->sasl_user,
					     .sasl_password_file = k->sasl_password_file}},
	    &rooms->sink, err);
}
#else /* region.yaml names no Kafka then */
static int start_sink(const struct regional_conf *c _unused_, struct rooms *rooms _unused_,
		      struct err *err _unused_)
{
	return 0;
}
void sink_stop(struct sink *s _unused_)
{
}
#endif

static int start_upkeep(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	return upkeep_start(
	    &(struct upkeep_options){
		.database = c->database,
		.role = c->roles & (ROLE_INGEST | ROLE_ALERT) ? "bedpost_ingest" : "bedpost_api",
		.audit_dir = c->roles & ROLE_INGEST ? c->audit_dir : NULL,
		.audit_key = c->audit_key,
		.alerts = c->roles & ROLE_ALERT,
		.keep_history = c->alert.keep_history,
		.keep_deliveries = c->alert.keep_deliveries,
		.metrics = rooms->metrics},
	    &rooms->upkeep, err);
}

static int start(const struct regional_conf *c, struct rooms *rooms, struct err *err)
{
	rooms->metrics = metrics_new();
	int r = c->roles & (ROLE_INGEST | ROLE_FEED | ROLE_API) ? start_live(c, rooms, err) : 0;
	if (r == 0 && (c->roles & (ROLE_INGEST | ROLE_API)))
		r = start_merge(c, rooms, err);
	if (r == 0 && (c->roles & ROLE_INGEST))
		r = start_ingest(c, rooms, err);
	if (r == 0 && (c->roles & ROLE_API))
		r = start_api(c, rooms, err);
	else if (r == 0 && (c->roles & ROLE_FEED))
		r = start_mirror(c, rooms, err);
	if (r == 0 && (c->roles & ROLE_ALERT))
		r = start_alert(c, rooms, err);
	if (r == 0 && (c->roles & ROLE_FEED) && c->kafka.brokers)
		r = start_sink(c, rooms, err);
	if (r == 0)
		r = start_upkeep(c, rooms, err);
	return r;
}

/* From the doors inwards: nobody hands on to a room that is gone. */
static void stop(struct rooms *rooms)
{
	upkeep_stop(rooms->upkeep);
	ingest_close(rooms->ingest);
	inbox_close(rooms->inbox);
	api_close(rooms->api);
	mirror_stop(rooms->mirror);
	alert_stop(rooms->alert);
	sink_stop(rooms->sink);
	merge_stop(rooms->merge);
	live_stop(rooms->live);
	metrics_free(rooms->metrics);
}

static void wait_for_end(const sigset_t *signals)
{
	int number = 0;

	while (sigwait(signals, &number) == 0 && number == SIGHUP)
		log_info("signal_ignored",
			 "signal=HUP reason=\"restart to read a new configuration\"");
	log_info("stopping", "signal=%s", number == SIGINT ? "INT" : "TERM");
}

static int run(const struct regional_conf *c)
{
	struct rooms rooms = {0};
	struct err err = {0};
	sigset_t signals;

	/* Before any thread starts: all of them leave these signals to wait_for_end(). */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);

	int r = start(c, &rooms, &err);
	if (r == 0) {
		log_info("started", "ingest=%s api=%s",
			 c->roles & ROLE_INGEST ? c->ingest.address : "off",
			 c->roles & ROLE_API ? c->api.address : "off");
		notify_ready();
		wait_for_end(&signals);
		notify_stopping();
	} else {
		log_error("cannot_start", "reason=%s", log_quote(span_str(err.message)).s);
	}
	stop(&rooms);
	return r < 0 ? err_exit_code(&err) : 0;
}

/* -1: go on; else the exit code. */
static int read_arguments(int argc, char **argv, struct arguments *a)
{
	enum { OPT_ROLES = 256, OPT_CHECK, OPT_HELP_CONFIG, OPT_OPENAPI, OPT_VERSION };
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"roles", required_argument, NULL, OPT_ROLES},
						{"check", no_argument, NULL, OPT_CHECK},
						{"help-config", no_argument, NULL, OPT_HELP_CONFIG},
						{"openapi", no_argument, NULL, OPT_OPENAPI},
						{"help", no_argument, NULL, 'h'},
						{"version", no_argument, NULL, OPT_VERSION},
						{0}};
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	int c;

	*a = (struct arguments){.config = REGIONAL_CONF_PATH};
	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) >= 0) {
		switch (c) {
		case 'c': a->config = optarg; break;
		case OPT_ROLES: a->roles = optarg; break;
		case OPT_CHECK: a->check = true; break;
		case OPT_HELP_CONFIG:
			regional_conf_describe(&text);
			return fputs(text.p, stdout) < 0;
		case OPT_OPENAPI: api_describe(&text); return fputs(text.p, stdout) < 0;
		case 'h': return fputs(usage, stdout) < 0;
		case OPT_VERSION: return puts("bedpost-regional " PACKAGE_VERSION) < 0;
		default: return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "bedpost-regional: takes no operands; see --help\n");
		return EXIT_USAGE;
	}
	return -1;
}

static int failed(const struct err *err, const struct buf *problems)
{
	if (problems->n)
		(void)fputs(problems->p, stderr);
	else
		(void)fprintf(stderr, "bedpost-regional: %s\n", err->message);
	return err_exit_code(err);
}

int main(int argc, char **argv)
{
	_cleanup_(regional_conf_freep) struct regional_conf *c = NULL;
	_cleanup_(buf_done) struct buf problems = BUF_INIT;
	struct arguments a;
	struct err err = {0};

	int code = read_arguments(argc, argv, &a);
	if (code >= 0)
		return code;
	digest_setup();
	if (regional_conf_load(a.config, &c, &problems, &err) < 0)
		return failed(&err, &problems);
	if (a.roles && regional_roles_parse(span_str(a.roles), &c->roles, &err) < 0)
		return failed(&err, &problems);
	if ((c->roles & ROLE_INGEST) && !c->ingest.cert) {
		(void)err_set(&err, ERR_INVALID, "%s: the role ingest needs the section ingest",
			      a.config);
		return failed(&err, &problems);
	}
	if (a.check)
		return puts("The configuration is good.") < 0;
	log_init("regional", c->log_level);
	return run(c);
}

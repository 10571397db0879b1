/* region.yaml: how the region's daemon is set up (bedpost-region(5)). Homes, thresholds and users
 * are rows in the database, not lines here. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/span.h"
#include "regional/oidc/provider.h"
#include "regional/outbound.h"
#include "regional/proxies.h"

#define REGIONAL_CONF_PATH   BEDPOST_SYSCONFDIR "/region.yaml"
#define REGIONAL_WORKERS_MAX 64
#define REGIONAL_REPORTS_MAX 16 /* at a time */

enum regional_role {
	ROLE_INGEST = 1 << 0, /* takes batches from homes and merges them */
	ROLE_API = 1 << 1,    /* answers questions, serves the pages */
	ROLE_ALERT = 1 << 3,  /* looks for what somebody must know, and tells them */
	ROLE_FEED = 1 << 2,   /* keeps Redis and live pages fresh from committed changes */
};

struct regional_listen {
	const char *address;	/* "0.0.0.0:8443", "[::]:8443" */
	const char *cert, *key; /* PEM files; both NULL: plain HTTP (API only) */
	const char *client_ca;	/* ingest only: who signs the homes' certificates */
};

struct regional_alert {
	usec_t check_every, notify_every;
	const char *smtp_server, *mail_from; /* both or neither: no e-mail */
	const char *smtp_user, *smtp_password_file;
	const char *smtp_ca; /* PEM of who signs the mail server; NULL: whom the system trusts */
	usec_t keep_history, keep_deliveries;
};

struct regional_reports {
	const char *database; /* NULL: the region's own */
	const char *folder;   /* where a report stands until it is sent */
	int64_t at_once;
	usec_t timeout; /* of a whole report */
};

enum regional_kafka_start { KAFKA_FROM_BEGINNING, KAFKA_FROM_NOW };

struct regional_kafka {
	const char *brokers; /* NULL: no Kafka */
	const char *topic;
	int start;		       /* enum regional_kafka_start */
	const char *security_protocol; /* as librdkafka takes it */
	const char *ca, *cert, *key;
	const char *sasl_mechanism;
	const char *sasl_user, *sasl_password_file;
};

struct regional_conf {
	const char *database; /* conninfo for libpq */
	const char *redis;    /* "unix:/path" or "host:port"; NULL: no Redis */
	unsigned roles;	      /* of enum regional_role */
	struct regional_listen ingest;
	const char *inbox; /* of the SFTP server: one folder per facility; NULL: no SFTP */
	struct regional_listen api;
	const char *web_root;		 /* the dashboard's files */
	int64_t requests_per_minute;	 /* of one client of the API; 0: no limit */
	struct proxies proxies;		 /* before the API */
	struct provider_options oidc;	 /* issuer NULL: none */
	struct regional_reports reports; /* over the API */
	const char *audit_dir,
	    *audit_key; /* where heads are signed to, and with; both or neither */
	struct regional_alert alert;
	struct outbound outbound;    /* where webhooks and push messages may go */
	struct regional_kafka kafka; /* of the role feed */
	int merge_workers;
	usec_t stale_after;   /* a number older than this is marked stale */
	usec_t offline_after; /* a home not heard of for this long is marked offline */
	enum log_level log_level;
	struct conf *document; /* owns the strings */
};

/* INVALID holds the first problem with file:line:column;
 * all of them go to problems (may be NULL). */
int regional_conf_load(const char *path, struct regional_conf **ret, struct buf *problems,
		       struct err *err);
void regional_conf_free(struct regional_conf *c);
DEFINE_CLEANUP(struct regional_conf *, regional_conf_free)

/* "ingest,api" as given to --roles. */
int regional_roles_parse(struct span s, unsigned *ret, struct err *err);
/* The tables as text, for --help-config. */
void regional_conf_describe(struct buf *out);

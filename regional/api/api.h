/* Questions and pages: the API's own listener, apart from the one that takes batches.
 *
 *     GET  /api/availability              rows, filtered and sorted (query.h)
 *     GET  /api/facilities                homes in scope
 *     GET  /api/facilities/{id}           one home and its rows
 *     GET  /api/facilities/{id}/beds      its beds; logged
 *     PUT  /api/facilities/{id}/beds/{bed}/status   sets one, through the merge; logged
 *     GET  /api/facilities/{id}/history   what happened, on two clocks; logged
 *     GET  /api/conflicts                 what two sources do not agree on; logged
 *     POST /api/conflicts/{id}/resolve    settles one, through the merge; logged
 *     GET  /api/reports                   which reports one may have
 *     GET  /api/reports/{file}            one of them, such as occupancy.pdf; logged
 *     GET  /api/stream                    server-sent events (feed/hub.h)
 *     GET  /api/login                     the ways to log in
 *     POST /api/login, /api/logout        a session from a password or token; its end
 *     GET  /api/oidc/login, …/callback    a session from the OpenID provider (oidc/provider.h)
 *     GET  /api/oidc/jwks                 our public key, for that provider
 *     POST /api/password                  one's own password, anew
 *     POST /api/logout/everywhere         the end of all of one's sessions
 *     GET  /api/me                        who one is
 *     GET  /api/openapi.json             the API, described by itself
 *     GET  /healthz /readyz /metrics      for the machine that runs this
 *     GET  /…                             the dashboard
 *
 * docs/api.md is the manual.
 */
#pragma once

#include "base/err.h"
#include "regional/live/live.h"
#include "regional/live/picture.h"
#include "regional/merge/merge.h"
#include "regional/metrics.h"
#include "regional/oidc/provider.h"
#include "regional/outbound.h"
#include "regional/proxies.h"

struct api_reports {
	const char *database; /* NULL: the API's own */
	const char *folder;   /* where a report stands until it is sent; NULL: /var/tmp */
	size_t at_once;	      /* 0: 2 */
	usec_t timeout;	      /* of a whole report; 0: 5 minutes */
};

struct api_options {
	const char *listen, *cert, *key; /* cert and key NULL: plain HTTP */
	const char *database;
	const char *redis;	      /* NULL: none */
	const char *web_root;	      /* NULL: no pages */
	int64_t requests_per_minute;  /* of one client; 0: no limit. Loopback has none. */
	struct proxies proxies;	      /* whose X-Forwarded-For is believed */
	struct provider_options oidc; /* issuer NULL: no log-in through a provider */
	struct api_reports reports;
	struct outbound outbound; /* where webhooks may go */
	struct freshness_rule fresh;
	struct live *live;	 /* for /readyz; may be NULL */
	bool mirrors;		 /* its picture keeps live in step too (feed/mirror.h) */
	struct merge *merge;	 /* for what is changed here; NULL: nothing can be */
	struct metrics *metrics; /* may be NULL */
};

struct api;
/* Starts the snapshot, the feed, the live streams and the listener; PostgreSQL and Redis may be
 * away. */
int api_open(const struct api_options *o, struct api **ret, struct err *err);
void api_close(struct api *a); /* NULL allowed */
/* That description: the OpenAPI document, without a running API. */
void api_describe(struct buf *out);
unsigned api_port(const struct api *a);

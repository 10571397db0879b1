/* What the files of regional/api/ share. Nobody else includes this. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "http/files.h"
#include "http/httpd.h"
#include "regional/api/access_log.h"
#include "regional/api/api.h"
#include "regional/api/auth.h"
#include "regional/api/desk.h"
#include "regional/api/jobs.h"
#include "regional/api/rate.h"
#include "regional/api/scope.h"
#include "regional/feed/feed.h"
#include "regional/feed/hub.h"
#include "regional/live/follow.h"
#include "regional/live/snapshot.h"
#include "regional/live/view.h"
#include "regional/oidc/provider.h"

#define API_ROUTES_MAX	 96
#define API_STATUSES_MAX 32

struct api {
	struct api_options o;
	struct metrics *metrics;
	struct snapshot *snapshot;
	struct feed *feed;
	struct follow *follow;
	struct hub *hub;
	struct auth *auth;
	pthread_mutex_t rate_lock;
	struct rate *rate;
	struct access_log *access_log;
	struct jobs *jobs;
	struct jobs *logins; /* few threads: hashing must not take the API's time */
	struct desk *desk;   /* reports: a pool of their own, and who watches it */
	struct jobs *askers; /* who may wait for the OpenID provider; NULL without one */
	struct provider *provider;
	struct files *files;
	struct httpd *httpd;
	_Atomic uint64_t
	    answers[API_ROUTES_MAX][API_STATUSES_MAX]; /* by route and status (endpoints.c) */
};

/* pg: only for endpoints with needs_pg, else NULL. who: NULL for open ones. */
typedef void (*endpoint_t)(struct api *a, struct httpd_rq *rq, const struct who *who,
			   struct pg *pg);

struct endpoint {
	endpoint_t answer;
	const char *action; /* in access_log */
	enum scope_access access;
	bool needs_pg;
	bool is_login;	    /* hashes passwords */
	bool asks_provider; /* may wait for the OpenID provider */
	bool hands_on;	    /* to the desk, unless it has answered itself */
};

extern const struct httpd_route api_routes[];
extern const struct endpoint api_endpoints[]; /* by httpd_route.access */

/* dispatch.c: from the gate to the endpoint. */
bool api_gate(struct httpd_rq *rq, void *user);
void api_handle(struct httpd_rq *rq, void *user);
bool api_run_job(struct pg *pg, struct httpd_rq *rq, void *user);
void api_done(const struct httpd_rq *rq, void *user);
void api_print_answers(struct api *a, struct buf *out);
void api_away(struct httpd_rq *rq); /* 503: PostgreSQL is away */
/* Answers, counts and logs a denial. facility: that was asked for; may be NULL. */
void api_refuse(struct api *a, struct httpd_rq *rq, const struct who *who, const char *facility,
		enum scope_answer answer);
/* For an endpoint that learns only by asking which home it is about. false: it has answered. */
bool api_admit(struct api *a, struct httpd_rq *rq, const struct who *who, enum scope_access access,
	       struct span facility);
void api_answer_json(struct httpd_rq *rq, struct buf *b); /* 200, or 304; takes its bytes */

/* session.c: what the browser is given. */
bool session_is_https(const struct api *a, const struct httpd_rq *rq);
void session_set_cookie(const struct api *a, struct httpd_rq *rq, const char *value,
			long long seconds);
void session_set_device(const struct api *a, struct httpd_rq *rq, const char *value);
/* {"name":…,"login":…,"role":…,"facility_id":…,"region_id":…,"csrf":…} */
void session_add_who(struct buf *out, const struct who *who);

/* The endpoints. */
void availability_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void facilities_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void facility_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void beds_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void bed_status_put(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void conflicts_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void conflict_resolve_post(struct api *a, struct httpd_rq *rq, const struct who *who,
			   struct pg *pg);
void audit_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void history_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void alerts_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void alert_acknowledge(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void start_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void stream_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void login_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void oidc_login_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void oidc_callback_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void oidc_jwks_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void password_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void login_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void logout_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void logout_everywhere_post(struct api *a, struct httpd_rq *rq, const struct who *who,
			    struct pg *pg);
void reports_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void report_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void openapi_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void me_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void healthz_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void readyz_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void metrics_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
void page_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);

/* Those of /api/admin (admin_….c). */
typedef void endpoint_fn(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg);
endpoint_fn admin_regions_get;
endpoint_fn admin_regions_post;
endpoint_fn admin_facilities_get;
endpoint_fn admin_facilities_post;
endpoint_fn admin_facility_get;
endpoint_fn admin_facility_patch;
endpoint_fn admin_facility_revoke;
endpoint_fn admin_users_get;
endpoint_fn admin_users_post;
endpoint_fn admin_user_get;
endpoint_fn admin_user_patch;
endpoint_fn admin_user_password;
endpoint_fn admin_user_logout;
endpoint_fn admin_tokens_get;
endpoint_fn admin_tokens_post;
endpoint_fn admin_token_revoke;
endpoint_fn admin_thresholds_get;
endpoint_fn admin_thresholds_post;
endpoint_fn admin_threshold_patch;
endpoint_fn admin_threshold_delete;
endpoint_fn admin_subscriptions_get;
endpoint_fn admin_subscriptions_post;
endpoint_fn admin_subscription_get;
endpoint_fn admin_subscription_patch;
endpoint_fn admin_subscription_delete;
endpoint_fn admin_subscription_test;
endpoint_fn admin_deliveries_get;
endpoint_fn admin_delivery_retry;
endpoint_fn admin_access_log_get;

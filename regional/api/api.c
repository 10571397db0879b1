#include "regional/api/api.h"

#include <stdlib.h>

#include "base/log.h"
#include "regional/api/body.h"
#include "regional/api/changes.h"
#include "regional/api/openapi.h"
#include "regional/api/room.h"
#include "regional/feed/mirror.h"
#include "regional/live/source.h"

#define JSON		  "application/json"
#define PATCHES		  "application/merge-patch+json,application/json"
#define LOGIN_MAX	  4096
#define ACKNOWLEDGE_MAX	  1024 /* nothing of it is read */
#define STATEMENT_SECONDS 10
#define CLOSE_GRACE	  (45 * USEC_PER_SEC) /* a job may wait for three statements */
#define HTTPD_THREADS	  2
#define LOGIN_THREADS	  2 /* a core each, and PASSWORD_MEMORY */
#define LOGIN_QUEUE_MAX	  64
#define ASK_THREADS	  4 /* each may wait for the OpenID provider: the others go on */
#define ASK_QUEUE_MAX	  64

enum {
	AVAILABILITY,
	FACILITIES,
	FACILITY,
	BEDS,
	BED_STATUS,
	HISTORY,
	CONFLICTS,
	CONFLICT_RESOLVE,
	ALERTS,
	ALERT_ACKNOWLEDGE,
	AUDIT,
	REPORTS,
	REPORT,
	START,
	STREAM,
	LOGIN_WAYS,
	LOGIN,
	OIDC_LOGIN,
	OIDC_CALLBACK,
	OIDC_JWKS,
	PASSWORD,
	LOGOUT,
	LOGOUT_EVERYWHERE,
	ME,
	ADMIN_REGIONS_GET,
	ADMIN_REGIONS_POST,
	ADMIN_FACILITIES_GET,
	ADMIN_FACILITIES_POST,
	ADMIN_FACILITY_GET,
	ADMIN_FACILITY_PATCH,
	ADMIN_FACILITY_REVOKE,
	ADMIN_USERS_GET,
	ADMIN_USERS_POST,
	ADMIN_USER_GET,
	ADMIN_USER_PATCH,
	ADMIN_USER_PASSWORD,
	ADMIN_USER_LOGOUT,
	ADMIN_TOKENS_GET,
	ADMIN_TOKENS_POST,
	ADMIN_TOKEN_REVOKE,
	ADMIN_THRESHOLDS_GET,
	ADMIN_THRESHOLDS_POST,
	ADMIN_THRESHOLD_PATCH,
	ADMIN_THRESHOLD_DELETE,
	ADMIN_SUBSCRIPTIONS_GET,
	ADMIN_SUBSCRIPTIONS_POST,
	ADMIN_SUBSCRIPTION_GET,
	ADMIN_SUBSCRIPTION_PATCH,
	ADMIN_SUBSCRIPTION_DELETE,
	ADMIN_SUBSCRIPTION_TEST,
	ADMIN_DELIVERIES_GET,
	ADMIN_DELIVERY_RETRY,
	ADMIN_ACCESS_LOG_GET,
	OPENAPI,
	HEALTHZ,
	READYZ,
	METRICS,
	PAGE
};

const struct endpoint api_endpoints[] = {
    [AVAILABILITY] = {availability_get, "availability", ACCESS_LIST, false},
    [FACILITIES] = {facilities_get, "facilities", ACCESS_LIST, false},
    [FACILITY] = {facility_get, "facility", ACCESS_FACILITY, false},
    [BEDS] = {beds_get, "beds", ACCESS_BEDS, true},
    [BED_STATUS] = {bed_status_put, "bed_status", ACCESS_SET_BED, true},
    [HISTORY] = {history_get, "history", ACCESS_REVIEW, true},
    [CONFLICTS] = {conflicts_get, "conflicts", ACCESS_REVIEWS, true},
    [CONFLICT_RESOLVE] = {conflict_resolve_post, "conflict_resolve", ACCESS_SETTLES, true},
    [ALERTS] = {alerts_get, "alerts", ACCESS_LIST, true},
    [ALERT_ACKNOWLEDGE] = {alert_acknowledge, "alert_acknowledge", ACCESS_REVIEWS, true},
    [AUDIT] = {audit_get, "audit", ACCESS_AUDIT, true},
    [REPORTS] = {reports_get, "reports", ACCESS_REVIEWS, false},
    [REPORT] = {report_get, "report", ACCESS_REVIEWS, true, .hands_on = true},
    [START] = {start_get, "start", ACCESS_LIST, false},
    [STREAM] = {stream_get, "stream", ACCESS_LIST, false},
    [LOGIN_WAYS] = {login_get, "login_ways", ACCESS_OPEN, false},
    [OIDC_LOGIN] = {oidc_login_get, "login_begin", ACCESS_OPEN, true, .asks_provider = true},
    [OIDC_CALLBACK] = {oidc_callback_get, "login", ACCESS_OPEN, true, .asks_provider = true},
    [OIDC_JWKS] = {oidc_jwks_get, "oidc_jwks", ACCESS_OPEN, false},
    [PASSWORD] = {password_post, "password", ACCESS_SELF, true, .is_login = true},
    [LOGIN] = {login_post, "login", ACCESS_OPEN, true, .is_login = true},
    [LOGOUT] = {logout_post, "logout", ACCESS_SELF, true},
    [LOGOUT_EVERYWHERE] = {logout_everywhere_post, "logout", ACCESS_SELF, true},
    [ME] = {me_get, "me", ACCESS_SELF, false},
    [ADMIN_REGIONS_GET] = {admin_regions_get, "admin_regions", ACCESS_ADMIN, true},
    [ADMIN_REGIONS_POST] = {admin_regions_post, "admin_regions", ACCESS_ADMIN, true},
    [ADMIN_FACILITIES_GET] = {admin_facilities_get, "admin_facilities", ACCESS_ADMIN, true},
    [ADMIN_FACILITIES_POST] = {admin_facilities_post, "admin_facilities", ACCESS_ADMIN, true},
    [ADMIN_FACILITY_GET] = {admin_facility_get, "admin_facility", ACCESS_ADMIN, true},
    [ADMIN_FACILITY_PATCH] = {admin_facility_patch, "admin_facility", ACCESS_ADMIN, true},
    [ADMIN_FACILITY_REVOKE] = {admin_facility_revoke, "admin_facility", ACCESS_ADMIN, true},
    [ADMIN_USERS_GET] = {admin_users_get, "admin_users", ACCESS_ADMIN, true},
    [ADMIN_USERS_POST] = {admin_users_post, "admin_users", ACCESS_ADMIN, true, .is_login = true},
    [ADMIN_USER_GET] = {admin_user_get, "admin_user", ACCESS_ADMIN, true},
    [ADMIN_USER_PATCH] = {admin_user_patch, "admin_user", ACCESS_ADMIN, true},
    [ADMIN_USER_PASSWORD] = {admin_user_password, "admin_user", ACCESS_ADMIN, true,
			     .is_login = true},
    [ADMIN_USER_LOGOUT] = {admin_user_logout, "admin_user", ACCESS_ADMIN, true},
    [ADMIN_TOKENS_GET] = {admin_tokens_get, "admin_tokens", ACCESS_ADMIN, true},
    [ADMIN_TOKENS_POST] = {admin_tokens_post, "admin_tokens", ACCESS_ADMIN, true},
    [ADMIN_TOKEN_REVOKE] = {admin_token_revoke, "admin_token", ACCESS_ADMIN, true},
    [ADMIN_THRESHOLDS_GET] = {admin_thresholds_get, "admin_thresholds", ACCESS_ADMIN, true},
    [ADMIN_THRESHOLDS_POST] = {admin_thresholds_post, "admin_thresholds", ACCESS_ADMIN, true},
    [ADMIN_THRESHOLD_PATCH] = {admin_threshold_patch, "admin_threshold", ACCESS_ADMIN, true},
    [ADMIN_THRESHOLD_DELETE] = {admin_threshold_delete, "admin_threshold", ACCESS_ADMIN, true},
    [ADMIN_SUBSCRIPTIONS_GET] = {admin_subscriptions_get, "admin_subscriptions", ACCESS_SUBSCRIBES,
				 true},
    [ADMIN_SUBSCRIPTIONS_POST] = {admin_subscriptions_post, "admin_subscriptions",
				  ACCESS_SUBSCRIBES, true},
    [ADMIN_SUBSCRIPTION_GET] = {admin_subscription_get, "admin_subscription", ACCESS_SUBSCRIBES,
				true},
    [ADMIN_SUBSCRIPTION_PATCH] = {admin_subscription_patch, "admin_subscription", ACCESS_SUBSCRIBES,
				  true},
    [ADMIN_SUBSCRIPTION_DELETE] = {admin_subscription_delete, "admin_subscription",
				   ACCESS_SUBSCRIBES, true},
    [ADMIN_SUBSCRIPTION_TEST] = {admin_subscription_test, "admin_subscription", ACCESS_SUBSCRIBES,
				 true},
    [ADMIN_DELIVERIES_GET] = {admin_deliveries_get, "admin_deliveries", ACCESS_SUBSCRIBES, true},
    [ADMIN_DELIVERY_RETRY] = {admin_delivery_retry, "admin_delivery", ACCESS_SUBSCRIBES, true},
    [ADMIN_ACCESS_LOG_GET] = {admin_access_log_get, "admin_access_log", ACCESS_ADMIN, true},
    [OPENAPI] = {openapi_get, "openapi", ACCESS_OPEN, false},
    [HEALTHZ] = {healthz_get, "healthz", ACCESS_OPEN, false},
    [READYZ] = {readyz_get, "readyz", ACCESS_OPEN, false},
    [METRICS] = {metrics_get, "metrics", ACCESS_OPEN, false},
    [PAGE] = {page_get, "page", ACCESS_OPEN, false},
};

const struct httpd_route api_routes[] = {
    {"GET", "/api/availability", api_handle, .access = AVAILABILITY},
    {"GET", "/api/facilities", api_handle, .produces = JSON, .access = FACILITIES},
    {"GET", "/api/facilities/{id}", api_handle, .produces = JSON, .access = FACILITY},
    {"GET", "/api/facilities/{id}/beds", api_handle, .produces = JSON, .access = BEDS},
    {"PUT", "/api/facilities/{id}/beds/{bed}/status", api_handle, .body_max = CHANGES_BODY_MAX,
     .consumes = JSON, .produces = JSON, .access = BED_STATUS},
    {"GET", "/api/facilities/{id}/history", api_handle, .produces = JSON, .access = HISTORY},
    {"GET", "/api/conflicts", api_handle, .produces = JSON, .access = CONFLICTS},
    {"POST", "/api/conflicts/{id}/resolve", api_handle, .body_max = CHANGES_BODY_MAX,
     .consumes = JSON, .produces = JSON, .access = CONFLICT_RESOLVE},
    {"GET", "/api/alerts", api_handle, .produces = JSON, .access = ALERTS},
    {"POST", "/api/alerts/{id}/acknowledge", api_handle, .body_max = ACKNOWLEDGE_MAX,
     .produces = JSON, .access = ALERT_ACKNOWLEDGE},
    {"GET", "/api/audit", api_handle, .access = AUDIT},
    {"GET", "/api/reports", api_handle, .produces = JSON, .access = REPORTS},
    {"GET", "/api/reports/{file}", api_handle, .access = REPORT},
    {"GET", "/api/start", api_handle, .produces = JSON, .access = START},
    {"GET", "/api/stream", api_handle, .produces = "text/event-stream", .access = STREAM},
    {"GET", "/api/login", api_handle, .produces = JSON, .access = LOGIN_WAYS},
    {"GET", "/api/oidc/login", api_handle, .access = OIDC_LOGIN},
    {"GET", PROVIDER_CALLBACK, api_handle, .access = OIDC_CALLBACK},
    {"GET", "/api/oidc/jwks", api_handle, .produces = JSON, .access = OIDC_JWKS},
    {"POST", "/api/password", api_handle, .body_max = LOGIN_MAX, .consumes = JSON,
     .access = PASSWORD},
    {"POST", "/api/login", api_handle, .body_max = LOGIN_MAX, .consumes = JSON, .produces = JSON,
     .access = LOGIN},
    {"POST", "/api/logout", api_handle, .body_max = LOGIN_MAX, .access = LOGOUT},
    {"POST", "/api/logout/everywhere", api_handle, .body_max = LOGIN_MAX,
     .access = LOGOUT_EVERYWHERE},
    {"GET", "/api/me", api_handle, .produces = JSON, .access = ME},
    {"GET", "/api/admin/regions", api_handle, .produces = JSON, .access = ADMIN_REGIONS_GET},
    {"POST", "/api/admin/regions", api_handle, .body_max = BODY_MAX, .consumes = JSON,
     .produces = JSON, .access = ADMIN_REGIONS_POST},
    {"GET", "/api/admin/facilities", api_handle, .produces = JSON, .access = ADMIN_FACILITIES_GET},
    {"POST", "/api/admin/facilities", api_handle, .body_max = BODY_MAX, .consumes = JSON,
     .produces = JSON, .access = ADMIN_FACILITIES_POST},
    {"GET", "/api/admin/facilities/{id}", api_handle, .produces = JSON,
     .access = ADMIN_FACILITY_GET},
    {"PATCH", "/api/admin/facilities/{id}", api_handle, .body_max = BODY_MAX, .consumes = PATCHES,
     .produces = JSON, .access = ADMIN_FACILITY_PATCH},
    {"POST", "/api/admin/facilities/{id}/revoke", api_handle, .body_max = LOGIN_MAX,
     .produces = JSON, .access = ADMIN_FACILITY_REVOKE},
    {"GET", "/api/admin/users", api_handle, .produces = JSON, .access = ADMIN_USERS_GET},
    {"POST", "/api/admin/users", api_handle, .body_max = BODY_MAX, .consumes = JSON,
     .produces = JSON, .access = ADMIN_USERS_POST},
    {"GET", "/api/admin/users/{id}", api_handle, .produces = JSON, .access = ADMIN_USER_GET},
    {"PATCH", "/api/admin/users/{id}", api_handle, .body_max = BODY_MAX, .consumes = PATCHES,
     .produces = JSON, .access = ADMIN_USER_PATCH},
    {"POST", "/api/admin/users/{id}/password", api_handle, .body_max = BODY_MAX, .consumes = JSON,
     .produces = JSON, .access = ADMIN_USER_PASSWORD},
    {"POST", "/api/admin/users/{id}/logout", api_handle, .body_max = LOGIN_MAX, .produces = JSON,
     .access = ADMIN_USER_LOGOUT},
    {"GET", "/api/admin/tokens", api_handle, .produces = JSON, .access = ADMIN_TOKENS_GET},
    {"POST", "/api/admin/tokens", api_handle, .body_max = BODY_MAX, .consumes = JSON,
     .produces = JSON, .access = ADMIN_TOKENS_POST},
    {"POST", "/api/admin/tokens/{id}/revoke", api_handle, .body_max = LOGIN_MAX, .produces = JSON,
     .access = ADMIN_TOKEN_REVOKE},
    {"GET", "/api/admin/thresholds", api_handle, .produces = JSON, .access = ADMIN_THRESHOLDS_GET},
    {"POST", "/api/admin/thresholds", api_handle, .body_max = BODY_MAX, .consumes = JSON,
     .produces = JSON, .access = ADMIN_THRESHOLDS_POST},
    {"PATCH", "/api/admin/thresholds/{id}", api_handle, .body_max = BODY_MAX, .consumes = PATCHES,
     .produces = JSON, .access = ADMIN_THRESHOLD_PATCH},
    {"DELETE", "/api/admin/thresholds/{id}", api_handle, .produces = JSON,
     .access = ADMIN_THRESHOLD_DELETE},
    {"GET", "/api/admin/subscriptions", api_handle, .produces = JSON,
     .access = ADMIN_SUBSCRIPTIONS_GET},
    {"POST", "/api/admin/subscriptions", api_handle, .body_max = BODY_MAX, .consumes = JSON,
     .produces = JSON, .access = ADMIN_SUBSCRIPTIONS_POST},
    {"GET", "/api/admin/subscriptions/{id}", api_handle, .produces = JSON,
     .access = ADMIN_SUBSCRIPTION_GET},
    {"PATCH", "/api/admin/subscriptions/{id}", api_handle, .body_max = BODY_MAX,
     .consumes = PATCHES, .produces = JSON, .access = ADMIN_SUBSCRIPTION_PATCH},
    {"DELETE", "/api/admin/subscriptions/{id}", api_handle, .produces = JSON,
     .access = ADMIN_SUBSCRIPTION_DELETE},
    {"POST", "/api/admin/subscriptions/{id}/test", api_handle, .body_max = LOGIN_MAX,
     .produces = JSON, .access = ADMIN_SUBSCRIPTION_TEST},
    {"GET", "/api/admin/subscriptions/{id}/deliveries", api_handle, .produces = JSON,
     .access = ADMIN_DELIVERIES_GET},
    {"POST", "/api/admin/subscriptions/{id}/deliveries/{delivery}/retry", api_handle,
     .body_max = LOGIN_MAX, .produces = JSON, .access = ADMIN_DELIVERY_RETRY},
    {"GET", "/api/admin/access-log", api_handle, .access = ADMIN_ACCESS_LOG_GET},
    {"GET", "/api/openapi.json", api_handle, .produces = JSON, .access = OPENAPI},
    {"GET", "/healthz", api_handle, .access = HEALTHZ},
    {"GET", "/readyz", api_handle, .access = READYZ},
    {"GET", "/metrics", api_handle, .access = METRICS},
    {"GET", "/{path...}", api_handle, .access = PAGE},
    {0},
};
_Static_assert(ARRAY_LEN(api_routes) < API_ROUTES_MAX, "room to count every route");

static void show_alert(void *user, struct span facility_id, struct span json)
{
	struct api *a = user;

	hub_alert(a->hub, facility_id, json);
}

static int start_picture(struct api *a, struct err *err)
{
	a->snapshot = snapshot_new(a->metrics);
	int e = hub_start(a->snapshot, &a->o.fresh, &HUB_LIMITS, a->metrics, &a->hub, err);
	if (a->o.mirrors)
		mirror_watch(a->snapshot, a->o.live);
	if (e == 0)
		e = follow_start(a->o.redis, NULL, a->snapshot, &a->follow, err);
	if (e == 0)
		e = feed_start(&(struct feed_options){.database = a->o.database,
						      .snapshot = a->snapshot,
						      .alert = show_alert,
						      .user = a,
						      .metrics = a->metrics},
			       &a->feed, err);
	return e;
}

static bool database_is_up(void *user)
{
	struct api *a = user;

	return feed_is_connected(a->feed);
}

static int start_jobs(struct api *a, size_t threads, size_t queue_max, struct jobs **ret,
		      struct err *err)
{
	return jobs_start(&(struct jobs_options){.database = a->o.database,
						 .role = SOURCE_ROLE,
						 .application = "bedpost-api",
						 .statement_seconds = STATEMENT_SECONDS,
						 .threads = threads,
						 .queue_max = queue_max,
						 .run = api_run_job,
						 .is_up = database_is_up,
						 .user = a},
			  ret, err);
}

static int start_provider(struct api *a, struct err *err)
{
	int e = provider_open(&a->o.oidc, &a->provider, err);

	return e < 0 ? err_prefix(err, "oidc")
		     : start_jobs(a, ASK_THREADS, ASK_QUEUE_MAX, &a->askers, err);
}

static int start_door(struct api *a, struct err *err)
{
	const struct httpd_options o = {
	    .listen = a->o.listen,
	    .cert_file = a->o.cert,
	    .key_file = a->o.key,
	    .threads = HTTPD_THREADS,
	    .connections_max = 2 * HUB_CLIENTS_MAX,
	    .routes = api_routes,
	    .user = a,
	    .gate = api_gate,
	    .done = api_done,
	};

	a->auth = auth_new(a->metrics);
	a->rate = calloc(1, sizeof(*a->rate));
	if (!a->rate)
		abort();
	if (a->o.web_root && files_open(a->o.web_root, &a->files, err) < 0)
		log_warn("no_pages", "error=%s", log_quote(span_str(err->message)).s);
	int e = access_log_start(a->o.database, a->metrics, &a->access_log, err);
	if (e == 0)
		e = start_jobs(a, JOBS_THREADS, JOBS_QUEUE_MAX, &a->jobs, err);
	if (e == 0)
		e = start_jobs(a, LOGIN_THREADS, LOGIN_QUEUE_MAX, &a->logins, err);
	if (e == 0)
		e = desk_open(&a->o.reports, &a->desk, err);
	if (e == 0 && a->o.oidc.issuer)
		e = start_provider(a, err);
	if (e == 0)
		e = httpd_open(&o, &a->httpd, err);
	return e;
}

static void set_defaults(struct api_reports *o, const char *database)
{
	o->database = o->database ? o->database : database;
	o->folder = o->folder ? o->folder : "/var/tmp";
	o->at_once = o->at_once ? o->at_once : 2;
	o->timeout = o->timeout ? o->timeout : 5 * USEC_PER_MIN;
}

int api_open(const struct api_options *o, struct api **ret, struct err *err)
{
	struct api *a = calloc(1, sizeof(*a));

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	a->o = *o;
	set_defaults(&a->o.reports, o->database);
	pthread_mutex_init(&a->rate_lock, NULL);
	a->metrics = o->metrics;
	int e = start_picture(a, err);
	if (e == 0)
		e = start_door(a, err);
	if (e < 0) {
		api_close(a);
		return e;
	}
	*ret = a;
	return 0;
}

/* From the door inwards: nobody hands on to what is gone. */
void api_close(struct api *a)
{
	if (!a)
		return;
	provider_give_up(a->provider);
	desk_give_up(a->desk);
	httpd_close(a->httpd, CLOSE_GRACE);
	jobs_stop(a->jobs);
	jobs_stop(a->logins);
	jobs_stop(a->askers);
	desk_close(a->desk);
	provider_close(a->provider);
	feed_stop(a->feed);
	follow_stop(a->follow);
	hub_stop(a->hub);
	access_log_stop(a->access_log);
	snapshot_free(a->snapshot);
	files_close(a->files);
	auth_free(a->auth);
	free(a->rate);
	pthread_mutex_destroy(&a->rate_lock);
	free(a);
}

void api_describe(struct buf *out)
{
	openapi_print(out);
}

unsigned api_port(const struct api *a)
{
	return httpd_port(a->httpd);
}

/* Every request passes here once: who is it (auth), may they (scope), and then the endpoint. If
 * PostgreSQL must be asked for any of it, the whole way is gone in a job's thread; else in the
 * server's. The gate turns away before the body whom it can. */
#include <assert.h>

#include "regional/api/room.h"
#include "store/row_scope.h"

static const struct endpoint *endpoint_of(const struct httpd_rq *rq)
{
	return &api_endpoints[rq->route->access];
}

static const char *facility_of(const struct httpd_rq *rq)
{
	enum scope_access access = endpoint_of(rq)->access;

	return access == ACCESS_FACILITY || access == ACCESS_BEDS || access == ACCESS_SET_BED ||
		       access == ACCESS_REVIEW
		   ? rq->params[0].p
		   : NULL;
}

void api_refuse(struct api *a, struct httpd_rq *rq, const struct who *who, const char *facility,
		enum scope_answer answer)
{
	metric_add(a->metrics, METRIC_DENIALS, 0, 1);
	access_log_add(a->access_log, rq, who, endpoint_of(rq)->action, facility, false,
		       answer == SCOPE_LOGIN ? "login" : "scope");
	switch (answer) {
	case SCOPE_LOGIN:
		httpd_set_header(rq, "WWW-Authenticate", "Bearer realm=\"bedpost\"");
		httpd_problem(rq, 401, "unauthorized", "a valid API token or session is needed");
		return;
	case SCOPE_HIDDEN:
		httpd_problem(rq, 404, "not-found",
			      "no such facility, region or conflict in your scope");
		return;
	case SCOPE_FORBIDDEN:
	case SCOPE_ALLOWED: break;
	}
	httpd_problem(rq, 403, "forbidden", "your role does not allow this");
}

static void refuse_limited(struct api *a, struct httpd_rq *rq)
{
	metric_add(a->metrics, METRIC_LOGINS, METRIC_LOGIN_LIMITED, 1);
	access_log_add(a->access_log, rq, NULL, endpoint_of(rq)->action, facility_of(rq), false,
		       "rate");
	httpd_set_header(rq, "Retry-After", "30");
	httpd_problem(rq, 429, "too-many-failures",
		      "too many failed attempts from this address; wait a little");
}

void api_away(struct httpd_rq *rq)
{
	httpd_set_header(rq, "Retry-After", "2");
	httpd_problem(rq, 503, "database-away", "the database cannot be reached now");
}

static enum scope_answer decide(struct api *a, const struct who *who, enum scope_access access,
				struct span id)
{
	const struct picture *p = snapshot_lock(a->snapshot);
	const struct facility *home = id.p ? picture_facility(p, id) : NULL;
	enum scope_answer answer = scope_decide(who, access, home);

	snapshot_unlock(a->snapshot);
	return answer;
}

bool api_admit(struct api *a, struct httpd_rq *rq, const struct who *who, enum scope_access access,
	       struct span facility)
{
	enum scope_answer answer = decide(a, who, access, facility);

	if (answer != SCOPE_ALLOWED)
		api_refuse(a, rq, who, facility.p, answer);
	return answer == SCOPE_ALLOWED;
}

/* True if who may go on; else it has answered. */
static bool admit(struct api *a, struct httpd_rq *rq, const struct who *who)
{
	const char *id = facility_of(rq);
	enum scope_answer answer =
	    decide(a, who, endpoint_of(rq)->access, id ? rq->params[0] : SPAN_NONE);

	if (answer == SCOPE_ALLOWED && who && !auth_csrf_is_good(who, rq)) {
		access_log_add(a->access_log, rq, who, endpoint_of(rq)->action, id, false, "csrf");
		httpd_problem(rq, 403, "csrf",
			      "the header X-CSRF-Token does not hold this session's text");
		return false;
	}
	if (answer == SCOPE_HIDDEN && !snapshot_is_loaded(a->snapshot)) {
		api_away(rq); /* no home is known yet: that is not the asker's fault */
		return false;
	}
	if (answer != SCOPE_ALLOWED)
		api_refuse(a, rq, who, id, answer);
	return answer == SCOPE_ALLOWED;
}

/* True if the request may go on; rq->who is then set unless PostgreSQL must be asked, or nobody
 * need be known. */
static bool admit_by(struct api *a, struct httpd_rq *rq, enum auth_answer answer,
		     const struct who *who)
{
	switch (answer) {
	case AUTH_KNOWN:
		rq->who = arena_new(&rq->arena, struct who);
		*(struct who *)rq->who = *who;
		return admit(a, rq, rq->who);
	case AUTH_NONE:
	case AUTH_REFUSED: api_refuse(a, rq, NULL, facility_of(rq), SCOPE_LOGIN); return false;
	case AUTH_LIMITED: refuse_limited(a, rq); return false;
	case AUTH_AWAY: api_away(rq); return false;
	case AUTH_ASK: break;
	}
	return true;
}

/* Not for pages, nor for the machine itself. */
static bool is_counted(const struct api *a, const struct httpd_rq *rq)
{
	return a->o.requests_per_minute && span_starts(rq->path, SPAN("/api/")) &&
	       !rate_is_here(rq->peer);
}

/* False: too many requests, and it has answered. */
static bool is_in_rate(struct api *a, struct httpd_rq *rq)
{
	if (!is_counted(a, rq))
		return true;
	pthread_mutex_lock(&a->rate_lock);
	usec_t wait = rate_take(a->rate, rq->peer, a->o.requests_per_minute, clock_monotonic());
	pthread_mutex_unlock(&a->rate_lock);
	if (!wait)
		return true;
	httpd_set_header(rq, "Retry-After", "%lld",
			 (long long)((wait + USEC_PER_SEC - 1) / USEC_PER_SEC));
	httpd_problem(rq, 429, "too-many-requests", "more than %lld requests a minute",
		      (long long)a->o.requests_per_minute);
	return false;
}

bool api_gate(struct httpd_rq *rq, void *user)
{
	struct api *a = user;
	struct who who;

	proxies_client(&a->o.proxies, rq->peer, httpd_header_joined(rq, "X-Forwarded-For"),
		       rq->peer);
	if (!is_in_rate(a, rq))
		return false;
	if (endpoint_of(rq)->access == ACCESS_OPEN)
		return true;
	return admit_by(a, rq, auth_peek(a->auth, rq, &who), &who);
}

/* PostgreSQL too shows only what who may see; nobody: nothing. */
static bool act_for(struct pg *pg, const struct who *who)
{
	static const struct who nobody;

	if (!who)
		who = &nobody;
	struct span role = who->role == WHO_NOBODY ? SPAN("") : span_str(who_role_name(who->role));
	return row_scope_set(pg, role, span_str(who->facility_id), span_str(who->region_id),
			     NULL) == 0;
}

/* Single beds, people, and what they did: a browser keeps no copy on its disk. Numbers by ward it
 * may keep, and ask whether they are still true. */
static void answer(struct api *a, struct httpd_rq *rq, struct pg *pg)
{
	const struct endpoint *e = endpoint_of(rq);

	if (e->access != ACCESS_OPEN && e->access != ACCESS_LIST && e->access != ACCESS_FACILITY)
		httpd_set_header(rq, "Cache-Control", "no-store");
	e->answer(a, rq, rq->who, pg);
}

bool api_run_job(struct pg *pg, struct httpd_rq *rq, void *user)
{
	struct api *a = user;
	const struct endpoint *e = endpoint_of(rq);
	struct who who;

	if (e->access != ACCESS_OPEN && !rq->who &&
	    !admit_by(a, rq, auth_look_up(a->auth, pg, rq, &who), &who))
		return true;
	if (e->needs_pg && (!pg || !act_for(pg, rq->who)))
		api_away(rq);
	else
		answer(a, rq, pg);
	if (!e->hands_on || rq->status)
		return true;
	desk_submit(a->desk, rq);
	return false;
}

void api_handle(struct httpd_rq *rq, void *user)
{
	struct api *a = user;
	const struct endpoint *e = endpoint_of(rq);

	if (e->is_login && auth_is_limited(a->auth, rq))
		refuse_limited(a, rq);
	else if (e->is_login)
		jobs_submit(a->logins, rq);
	else if (e->asks_provider && a->askers)
		jobs_submit(a->askers, rq);
	else if (e->needs_pg || (e->access != ACCESS_OPEN && !rq->who))
		jobs_submit(a->jobs, rq);
	else
		answer(a, rq, NULL);
}

/* ---- counting ---- */

static const int statuses[] = {
    200, 201, 202, 204, 302, 303, 304, 400, 401, 403, 404, 405, 406,
    409, 412, 413, 415, 422, 428, 429, 431, 500, 502, 503, 0 /* any other */};
_Static_assert(ARRAY_LEN(statuses) <= API_STATUSES_MAX, "room for every status");

/* The last place is for requests that fitted no route. */
static size_t place_of(const struct httpd_rq *rq)
{
	return rq->route ? (size_t)(rq->route - api_routes) : API_ROUTES_MAX - 1;
}

void api_done(const struct httpd_rq *rq, void *user)
{
	struct api *a = user;
	size_t s = 0;

	while (s + 1 < ARRAY_LEN(statuses) && statuses[s] != rq->status)
		s++;
	assert(place_of(rq) < API_ROUTES_MAX);
	atomic_fetch_add_explicit(&a->answers[place_of(rq)][s], 1, memory_order_relaxed);
	if (!rq->route || strcmp(rq->route->pattern, "/api/stream") != 0)
		metric_observe(a->metrics, METRIC_HTTP_TIME, clock_monotonic() - rq->began);
}

void api_print_answers(struct api *a, struct buf *out)
{
	buf_adds(out, "# HELP bedpost_http_requests_total API requests by route and status\n"
		      "# TYPE bedpost_http_requests_total counter\n");
	for (size_t r = 0; r < API_ROUTES_MAX; r++)
		for (size_t s = 0; s < ARRAY_LEN(statuses); s++) {
			uint64_t n = atomic_load_explicit(&a->answers[r][s], memory_order_relaxed);
			if (!n)
				continue;
			buf_addf(out,
				 "bedpost_http_requests_total{route=\"%s\",method=\"%s\",code=\"%"
				 "d\"} %llu\n",
				 r < API_ROUTES_MAX - 1 ? api_routes[r].pattern : "none",
				 r < API_ROUTES_MAX - 1 ? api_routes[r].method : "", statuses[s],
				 (unsigned long long)n);
		}
}

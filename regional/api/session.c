/* Logging in with a token, and out. */
#include <jansson.h>

#include "regional/api/room.h"

static void set_cookie(const struct api *a, struct httpd_rq *rq, const char *value,
		       long long seconds)
{
	bool https = a->o.cert || span_eq(httpd_header(rq, "X-Forwarded-Proto"), SPAN("https"));

	httpd_set_header(rq, "Set-Cookie",
			 AUTH_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
			 value, seconds, https ? "; Secure" : "");
}

static void answer_who(struct httpd_rq *rq, const struct who *who)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"name\":");
	buf_add_json(&b, span_is_utf8(span_str(who->name), NULL) ? span_str(who->name) : SPAN("?"));
	buf_addf(&b, ",\"role\":\"%s\",\"facility_id\":", who_role_name(who->role));
	buf_addf(&b, who->facility_id[0] ? "\"%s\"" : "null%s", who->facility_id);
	buf_adds(&b, ",\"region_id\":");
	buf_addf(&b, who->region_id[0] ? "\"%s\"" : "null%s", who->region_id);
	buf_adds(&b, ",\"csrf\":");
	buf_addf(&b, who->by_session ? "\"%s\"}\n" : "null%s}\n", who->csrf);
	httpd_answer_buf(rq, 200, "application/json", &b);
}

/* {"token":"bpt_…"} */
static bool read_token(struct httpd_rq *rq, struct span *ret)
{
	json_t *o = json_loadb(rq->body.p, rq->body.n, JSON_REJECT_DUPLICATES, NULL);
	const char *token = json_string_value(json_object_get(o, "token"));

	if (token)
		*ret = span_str(arena_strdup(&rq->arena, token));
	json_decref(o);
	return token != NULL;
}

static void log_login(struct api *a, struct httpd_rq *rq, const struct who *who,
		      enum metric_login result, const char *detail)
{
	metric_add(a->metrics, METRIC_LOGINS, result, 1);
	access_log_add(a->access_log, rq, who, "login", NULL, result == METRIC_LOGIN_OK, detail);
}

void login_post(struct api *a, struct httpd_rq *rq, const struct who *nobody, struct pg *pg)
{
	char session[AUTH_SECRET];
	struct span token;
	struct who who;

	(void)nobody;
	if (!read_token(rq, &token)) {
		httpd_problem(rq, 400, "bad-body",
			      "expected a JSON object with the text \"token\"");
		return;
	}
	switch (auth_log_in(a->auth, pg, rq, token, &who, session)) {
	case AUTH_KNOWN:
		log_login(a, rq, &who, METRIC_LOGIN_OK, NULL);
		set_cookie(a, rq, session, (who.expires_at - clock_now()) / USEC_PER_SEC);
		answer_who(rq, &who);
		return;
	case AUTH_LIMITED:
		log_login(a, rq, NULL, METRIC_LOGIN_LIMITED, "rate");
		httpd_set_header(rq, "Retry-After", "30");
		httpd_problem(rq, 429, "too-many-failures",
			      "too many failed attempts from this address; wait a little");
		return;
	case AUTH_REFUSED:
		log_login(a, rq, NULL, METRIC_LOGIN_REFUSED, "token");
		httpd_problem(rq, 401, "unauthorized", "this token is not valid");
		return;
	case AUTH_NONE:
	case AUTH_ASK:
	case AUTH_AWAY: break;
	}
	api_away(rq);
}

void logout_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	if (auth_log_out(a->auth, pg, rq, NULL) < 0) {
		api_away(rq);
		return;
	}
	access_log_add(a->access_log, rq, who, "logout", NULL, true, NULL);
	set_cookie(a, rq, "", 0);
	httpd_answer(rq, 204, NULL, SPAN(""));
}

void me_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	(void)a, (void)pg;
	answer_who(rq, who);
}

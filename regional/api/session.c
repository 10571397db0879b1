/* Logging in, and out. */
#include <jansson.h>

#include "regional/api/room.h"

bool session_is_https(const struct api *a, const struct httpd_rq *rq)
{
	return a->o.cert || span_eq(httpd_header(rq, "X-Forwarded-Proto"), SPAN("https"));
}

void session_set_cookie(const struct api *a, struct httpd_rq *rq, const char *value,
			long long seconds)
{
	httpd_add_header(rq, "Set-Cookie",
			 AUTH_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
			 value, seconds, session_is_https(a, rq) ? "; Secure" : "");
}

/* Without a path: sent with what stands beside this request, also behind a proxy's prefix. */
void session_set_device(const struct api *a, struct httpd_rq *rq, const char *value)
{
	httpd_add_header(rq, "Set-Cookie",
			 DEVICE_COOKIE "=%s; HttpOnly; SameSite=Strict; Max-Age=%lld%s", value,
			 DEVICE_DAYS * 86400LL, session_is_https(a, rq) ? "; Secure" : "");
}

static void add_name(struct buf *out, const char *name)
{
	struct span s = span_str(name);

	buf_add_json(out, span_is_utf8(s, NULL) ? s : SPAN("?"));
}

void session_add_who(struct buf *out, const struct who *who)
{
	buf_adds(out, "{\"name\":");
	add_name(out, who->display);
	buf_adds(out, ",\"login\":");
	if (who->user_id)
		add_name(out, who->name);
	else
		buf_adds(out, "null");
	buf_addf(out, ",\"role\":\"%s\",\"facility_id\":", who_role_name(who->role));
	buf_addf(out, who->facility_id[0] ? "\"%s\"" : "null%s", who->facility_id);
	buf_adds(out, ",\"region_id\":");
	buf_addf(out, who->region_id[0] ? "\"%s\"" : "null%s", who->region_id);
	buf_adds(out, ",\"csrf\":");
	buf_addf(out, who->by_session ? "\"%s\"}" : "null%s}", who->csrf);
}

static void answer_who(struct httpd_rq *rq, const struct who *who)
{
	struct buf b = BUF_INIT;

	session_add_who(&b, who);
	buf_addc(&b, '\n');
	httpd_answer_buf(rq, 200, "application/json", &b);
}

static struct span text_of(struct httpd_rq *rq, const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? span_str(arena_strdup(&rq->arena, text)) : SPAN_NONE;
}

/* {"token":"bpt_…"} or {"login":"…","password":"…"} */
static bool read_login(struct httpd_rq *rq, struct auth_login *ret)
{
	json_t *o = json_loadb(rq->body.p, rq->body.n, JSON_REJECT_DUPLICATES, NULL);

	*ret = (struct auth_login){text_of(rq, o, "token"), text_of(rq, o, "login"),
				   text_of(rq, o, "password")};
	json_decref(o);
	return ret->token.p ? !ret->login.p && !ret->password.p : ret->login.p && ret->password.p;
}

static void log_login(struct api *a, struct httpd_rq *rq, const struct who *who,
		      enum metric_login result, const char *detail)
{
	metric_add(a->metrics, METRIC_LOGINS, result, 1);
	access_log_add(a->access_log, rq, who, "login", NULL, result == METRIC_LOGIN_OK, detail);
}

void login_post(struct api *a, struct httpd_rq *rq, const struct who *nobody, struct pg *pg)
{
	char session[AUTH_SECRET], device[DEVICE_TEXT];
	struct auth_login login;
	struct who who;

	(void)nobody;
	if (!read_login(rq, &login)) {
		httpd_problem(rq, 400, "bad-body",
			      "expected a JSON object with the texts \"login\" and \"password\", "
			      "or \"token\"");
		return;
	}
	switch (auth_log_in(a->auth, pg, rq, &login, &who, session, device)) {
	case AUTH_KNOWN:
		log_login(a, rq, &who, METRIC_LOGIN_OK, NULL);
		session_set_cookie(a, rq, session, (who.expires_at - clock_now()) / USEC_PER_SEC);
		if (device[0])
			session_set_device(a, rq, device);
		answer_who(rq, &who);
		return;
	case AUTH_LIMITED:
		log_login(a, rq, NULL, METRIC_LOGIN_LIMITED, "rate");
		httpd_set_header(rq, "Retry-After", "30");
		httpd_problem(rq, 429, "too-many-failures",
			      "too many failed attempts; wait a little");
		return;
	case AUTH_REFUSED:
		log_login(a, rq, who.role == WHO_NOBODY ? NULL : &who, METRIC_LOGIN_REFUSED,
			  login.token.p ? "token" : "password");
		httpd_problem(rq, 401, "unauthorized",
			      login.token.p ? "this token is not valid"
					    : "login and password do not fit");
		return;
	case AUTH_NONE:
	case AUTH_ASK:
	case AUTH_AWAY: break;
	}
	api_away(rq);
}

/* The OpenID provider has a session of its own, which only the browser can end. */
static void answer_next(struct httpd_rq *rq, const char *url)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"logout_url\":");
	buf_add_json(&b, span_str(url));
	buf_adds(&b, "}\n");
	httpd_answer_buf(rq, 200, "application/json", &b);
}

void logout_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	const char *next = NULL;

	if (auth_log_out(a->auth, pg, rq, &next, NULL) < 0) {
		api_away(rq);
		return;
	}
	access_log_add(a->access_log, rq, who, "logout", NULL, true, NULL);
	session_set_cookie(a, rq, "", 0);
	if (next)
		answer_next(rq, next);
	else
		httpd_answer(rq, 204, NULL, SPAN(""));
}

void logout_everywhere_post(struct api *a, struct httpd_rq *rq, const struct who *who,
			    struct pg *pg)
{
	if (auth_log_out_everywhere(a->auth, pg, who, NULL) < 0) {
		api_away(rq);
		return;
	}
	access_log_add(a->access_log, rq, who, "logout", NULL, true, "everywhere");
	session_set_cookie(a, rq, "", 0);
	httpd_answer(rq, 204, NULL, SPAN(""));
}

void me_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	(void)a, (void)pg;
	answer_who(rq, who);
}

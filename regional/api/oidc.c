/* Log-in through the OpenID provider: to it, and back. Whoever it vouches for gets the session that
 * a password would have given, if our own register knows them; what they may do stands there. */
#include "base/log.h"
#include "regional/api/credentials.h"
#include "regional/api/pending.h"
#include "regional/api/room.h"
#include "store/registry.h"
#include "store/row_scope.h"

enum refusal {
	OFF,
	BUSY,
	AWAY,
	NONSENSE,
	STATE,
	NOT_GRANTED,
	NOT_BELIEVED,
	UNKNOWN_USER,
	DISABLED_USER,
};

static const struct {
	int status;
	const char *code;
	const char *word; /* in access_log; NULL: not there */
	const char *text; /* for people */
} refusals[] = {
    [OFF] = {404, "oidc-off", NULL, "Log-in through an OpenID provider is not set up here."},
    [BUSY] = {503, "oidc-busy", "oidc_busy", "Too many log-ins are under way. Try again soon."},
    [AWAY] =
	{503, "oidc-away", "oidc_away",
	 "The log-in service cannot be reached now. Try again soon, or log in with a password."},
    [NONSENSE] = {502, "oidc-misconfigured", "oidc_misconfigured",
		  "The log-in service and this one do not fit together. Tell whoever administers "
		  "Bedpost for you; its log says why."},
    [STATE] = {400, "oidc-state", "oidc_state",
	       "This log-in was begun in another browser, was finished before, or took too long. "
	       "Begin again."},
    [NOT_GRANTED] = {403, "oidc-denied", "oidc_denied", "The log-in service did not log you in."},
    [NOT_BELIEVED] = {403, "oidc-refused", "oidc_refused",
		      "The log-in service's answer could not be verified. Begin again."},
    [UNKNOWN_USER] = {403, "oidc-unknown-user", "oidc_unknown_user",
		      "You have no user here. Ask whoever administers Bedpost for you."},
    [DISABLED_USER] = {403, "oidc-disabled-user", "oidc_disabled_user",
		       "Your user here is disabled. Ask whoever administers Bedpost for you."},
};

/* ---- answering ---- */

static bool wants_page(const struct httpd_rq *rq)
{
	struct span accept = httpd_header(rq, "Accept");

	return accept.p && memmem(accept.p, accept.n, "text/html", 9);
}

static void answer_page(struct httpd_rq *rq, enum refusal why)
{
	struct buf b = BUF_INIT;

	buf_addf(&b,
		 "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
		 "<meta name=\"viewport\" content=\"width=device-width\">\n"
		 "<title>Log in – Bedpost</title>\n<link rel=\"stylesheet\" href=\"/app.css\">\n"
		 "<main data-problem=\"%s\">\n<h1>You are not logged in</h1>\n<p>%s</p>\n"
		 "<p><a href=\"/\">To the log-in page</a></p>\n</main>\n</html>\n",
		 refusals[why].code, refusals[why].text);
	httpd_answer_buf(rq, refusals[why].status, "text/html; charset=utf-8", &b);
}

static void refuse(struct api *a, struct httpd_rq *rq, const struct who *who, enum refusal why)
{
	if (refusals[why].word) {
		metric_add(a->metrics, METRIC_LOGINS, METRIC_LOGIN_REFUSED, 1);
		access_log_add(a->access_log, rq, who, "login", NULL, false, refusals[why].word);
	}
	if (refusals[why].status == 503)
		httpd_set_header(rq, "Retry-After", "5");
	if (wants_page(rq))
		answer_page(rq, why);
	else
		httpd_problem(rq, refusals[why].status, refusals[why].code, "%s",
			      refusals[why].text);
}

/* Also to the log: what the administrator can mend stands there, and no secret. */
static void refuse_for(struct api *a, struct httpd_rq *rq, const struct err *err)
{
	bool away = err->code == ERR_UNAVAILABLE || err->code == ERR_TIMEOUT;

	log_warn("oidc_login_failed", "peer=%s kind=%s error=%s", rq->peer,
		 err_code_name(err->code), log_quote(span_str(err->message)).s);
	refuse(a, rq, NULL, away ? AWAY : err->code == ERR_DENIED ? NOT_BELIEVED : NONSENSE);
}

/* Lax, not Strict: the way back from the provider begins at another site. */
static void set_pending_cookie(const struct api *a, struct httpd_rq *rq, const char *value,
			       long long seconds)
{
	httpd_add_header(rq, "Set-Cookie",
			 PENDING_COOKIE
			 "=%s; Path=/api/oidc/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
			 value, seconds, session_is_https(a, rq) ? "; Secure" : "");
}

/* ---- there ---- */

void oidc_login_get(struct api *a, struct httpd_rq *rq, const struct who *nobody, struct pg *pg)
{
	struct span return_to = httpd_query(rq, "return");
	_cleanup_(buf_done) struct buf url = BUF_INIT;
	struct pending pending;
	struct err err = {0};

	(void)nobody;
	if (!a->provider) {
		refuse(a, rq, NULL, OFF);
		return;
	}
	if (!return_to.p)
		return_to = SPAN("/");
	if (!pending_return_is_safe(return_to)) {
		httpd_bad_parameter(rq, "return", "expected a path of these pages, such as /");
		return;
	}
	pending_make(&pending);
	if (provider_login_url(a->provider,
			       &(struct provider_login){.state = pending.state,
							.nonce = pending.nonce,
							.verifier = pending.verifier},
			       &url, &err) < 0) {
		refuse_for(a, rq, &err);
		return;
	}
	int e = row_scope_login(pg, &err);
	if (e == 0)
		e = pending_begin(pg, &pending, return_to, &err);
	if (e == -ERR_FULL) {
		refuse(a, rq, NULL, BUSY);
		return;
	}
	if (e < 0) {
		api_away(rq);
		return;
	}
	access_log_add(a->access_log, rq, NULL, "login_begin", NULL, true, "oidc");
	set_pending_cookie(a, rq, pending.secret, PENDING_LIFE / USEC_PER_SEC);
	httpd_set_header(rq, "Location", "%s", url.p);
	httpd_answer(rq, 302, NULL, SPAN(""));
}

/* ---- and back ---- */

static const char *query_text(struct httpd_rq *rq, const char *name)
{
	struct span value = httpd_query(rq, name);

	return value.p && !memchr(value.p, '\0', value.n) ? arena_span(&rq->arena, value).p : NULL;
}

/* What the browser came back with is of a log-in that was begun in it, and of our provider. */
static bool take_up(struct api *a, struct httpd_rq *rq, struct pg *pg, struct pending *pending,
		    const char **ret_return)
{
	struct err err = {0};

	if (!pending_restore(httpd_query(rq, "state"), httpd_cookie(rq, PENDING_COOKIE), pending)) {
		refuse(a, rq, NULL, STATE);
		return false;
	}
	int e = row_scope_login(pg, &err);
	if (e == 0)
		e = pending_take(pg, pending, &rq->arena, ret_return, &err);
	if (e == -ERR_NOT_FOUND || e == -ERR_DENIED)
		refuse(a, rq, NULL, STATE);
	else if (e < 0)
		api_away(rq);
	else if (provider_check_issuer(a->provider, query_text(rq, "iss"), &err) < 0)
		refuse_for(a, rq, &err);
	else
		return true;
	return false;
}

/* An error that the provider sent the browser back with: its code, if it looks like one. */
static void refuse_error(struct api *a, struct httpd_rq *rq)
{
	struct span code = httpd_query(rq, "error");
	bool known = code.n < 64;

	for (size_t i = 0; i < code.n && known; i++)
		known = (code.p[i] >= 'a' && code.p[i] <= 'z') || code.p[i] == '_';
	log_warn("oidc_login_denied", "peer=%s error=" SPAN_FMT, rq->peer,
		 SPAN_ARG(known ? code : SPAN("unreadable")));
	refuse(a, rq, NULL, span_eq(code, SPAN("temporarily_unavailable")) ? AWAY : NOT_GRANTED);
}

/* Our own register decides. An administrator finds in the log what
 * `bedpost-admin user link` wants. */
static bool look_up(struct api *a, struct httpd_rq *rq, struct pg *pg,
		    const struct provider_identity *id, struct who *ret, bool *ret_first)
{
	const char *issuer = provider_options(a->provider)->issuer;
	struct err err = {0};
	int e =
	    credentials_identity(pg,
				 &(struct credentials_identity){.issuer = span_str(issuer),
								.subject = span_str(id->subject),
								.login = span_str(id->login)},
				 ret, ret_first, &err);

	if (e == 0)
		return true;
	if (e != -ERR_NOT_FOUND && e != -ERR_DENIED) {
		api_away(rq);
		return false;
	}
	log_warn("oidc_user_refused", "peer=%s reason=%s issuer=%s subject=%s", rq->peer,
		 e == -ERR_DENIED ? "disabled" : "unknown", log_quote(span_str(issuer)).s,
		 log_quote(span_str(id->subject)).s);
	refuse(a, rq, e == -ERR_DENIED ? ret : NULL,
	       e == -ERR_DENIED ? DISABLED_USER : UNKNOWN_USER);
	return false;
}

static void let_in(struct api *a, struct httpd_rq *rq, struct pg *pg, struct who *who,
		   const struct provider_identity *id, bool first, const char *return_to)
{
	char session[AUTH_SECRET];

	if (auth_open_session(a->auth, pg, who, NULL, id->logout_url, session) < 0) {
		api_away(rq);
		return;
	}
	metric_add(a->metrics, METRIC_LOGINS, METRIC_LOGIN_OK, 1);
	access_log_add(a->access_log, rq, who, "login", NULL, true, first ? "oidc_first" : "oidc");
	session_set_cookie(a, rq, session, (who->expires_at - clock_now()) / USEC_PER_SEC);
	httpd_set_header(rq, "Location", "%s", return_to);
	httpd_answer(rq, 303, NULL, SPAN(""));
}

void oidc_callback_get(struct api *a, struct httpd_rq *rq, const struct who *nobody, struct pg *pg)
{
	const char *code = query_text(rq, "code"), *return_to = NULL;
	struct provider_identity id;
	struct pending pending;
	struct who who = {0};
	struct err err = {0};
	bool first = false;

	(void)nobody;
	if (!a->provider) {
		refuse(a, rq, NULL, OFF);
		return;
	}
	set_pending_cookie(a, rq, "", 0);
	if (!take_up(a, rq, pg, &pending, &return_to))
		return;
	if (httpd_query(rq, "error").p || !code) {
		refuse_error(a, rq);
		return;
	}
	if (provider_redeem(a->provider, code,
			    &(struct provider_login){.state = pending.state,
						     .nonce = pending.nonce,
						     .verifier = pending.verifier},
			    &rq->arena, &id, &err) < 0) {
		refuse_for(a, rq, &err);
		return;
	}
	if (look_up(a, rq, pg, &id, &who, &first))
		let_in(a, rq, pg, &who, &id, first, return_to);
}

/* ---- what others may know ---- */

void oidc_jwks_get(struct api *a, struct httpd_rq *rq, const struct who *nobody, struct pg *pg)
{
	struct buf b = BUF_INIT;

	(void)nobody, (void)pg;
	if (!a->provider) {
		refuse(a, rq, NULL, OFF);
		return;
	}
	provider_public_keys(a->provider, &b);
	api_answer_json(rq, &b);
}

/* The ways to log in, for the page that asks before anybody is known. */
void login_get(struct api *a, struct httpd_rq *rq, const struct who *nobody, struct pg *pg)
{
	struct buf b = BUF_INIT;

	(void)nobody, (void)pg;
	buf_adds(&b, "{\"password\":true,\"oidc\":");
	if (a->provider) {
		buf_adds(&b, "{\"label\":");
		buf_add_json(&b, span_str(provider_options(a->provider)->label));
		buf_adds(&b, ",\"url\":\"/api/oidc/login\"}}\n");
	} else {
		buf_adds(&b, "null}\n");
	}
	api_answer_json(rq, &b);
}

/* The board's addresses. What only looks is answered by the server's threads from the picture that
 * is kept ready; a PIN and a change go to the desk. Values of requests are never logged but a
 * user's name that has a PIN, a bed's, a status. */
#include <inttypes.h>

#include <jansson.h>
#include <sodium/utils.h>

#include "base/log.h"
#include "outbox/manual.h"
#include "watcher/board/host.h"
#include "watcher/board/room.h"

enum errand { ERRAND_NONE, ERRAND_PIN, ERRAND_CHANGE };

/* What the desk needs of a request; its body and headers are gone by then. */
struct order {
	struct span cookie, csrf, body;
};

static void unref(json_t **j)
{
	json_decref(*j);
}

/* ---- who may come in ---- */

bool doors_gate(struct httpd_rq *rq, void *user)
{
	struct board *b = user;
	struct span host = httpd_header(rq, "Host"), origin = httpd_header(rq, "Origin"),
		    site = httpd_header(rq, "Sec-Fetch-Site");

	if (!host_is_ours(host, b->hostname, b->home->board.hosts)) {
		httpd_problem(rq, 403, "unknown-host",
			      "The board is not known by this name. Use its address in figures, or "
			      "add the name to board: hosts in home.yaml.");
		return false;
	}
	if (strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0)
		return true;
	if ((origin.p && !host_is_origin(origin, host)) ||
	    (site.p && !span_eq_str(site, "same-origin"))) {
		httpd_problem(rq, 403, "foreign-page", "The request comes from another page.");
		return false;
	}
	return true;
}

static void no_session(struct httpd_rq *rq)
{
	httpd_problem(rq, 401, "pin-needed", "A PIN is needed.");
}

/* ---- looking ---- */

static void page(struct httpd_rq *rq, void *user)
{
	struct board *b = user;
	struct span path = rq->params[0];

	files_answer(b->files, rq, path.p ? path : SPAN(""));
}

static void picture(struct httpd_rq *rq, void *user)
{
	struct board *b = user;
	struct buf json = BUF_INIT;
	char tag[33];

	pthread_mutex_lock(&b->lock);
	bool may = b->home->board.view == HOME_VIEW_OPEN ||
		   auth_session(b, httpd_cookie(rq, BOARD_COOKIE));
	buf_add(&json, buf_span(&b->json));
	memcpy(tag, b->tag, sizeof(tag));
	pthread_mutex_unlock(&b->lock);
	if (!may)
		no_session(rq);
	else if (json.n == 0)
		httpd_problem(rq, 503, "starting", "The beds are not read yet.");
	else if (!httpd_not_modified_tag(rq, tag))
		httpd_answer_buf(rq, 200, "application/json", &json);
	buf_done(&json);
}

static void add_session(struct buf *out, const struct session *s, struct span cookie)
{
	char csrf[DIGEST_HEX + 1];

	if (!s) {
		buf_adds(out, "{\"user\":null,\"csrf\":null,\"seconds_left\":0");
		return;
	}
	usec_t left = (s->until < s->ends ? s->until : s->ends) - clock_monotonic();
	sessions_csrf(cookie, csrf);
	buf_addf(out, "{\"user\":\"%s\",\"csrf\":\"%s\",\"seconds_left\":%" PRId64, s->user, csrf,
		 left / USEC_PER_SEC);
}

static void session_show(struct httpd_rq *rq, void *user)
{
	struct board *b = user;
	struct span cookie = httpd_cookie(rq, BOARD_COOKIE);
	struct buf out = BUF_INIT;

	pthread_mutex_lock(&b->lock);
	add_session(&out, auth_session(b, cookie), cookie);
	buf_adds(&out, ",\"names\":[");
	for (size_t i = 0; i < b->pins->n; i++)
		buf_addf(&out, "%s\"%s\"", i ? "," : "", b->pins->pin[i].user);
	pthread_mutex_unlock(&b->lock);
	buf_adds(&out, "]}\n");
	httpd_answer_buf(rq, 200, "application/json", &out);
}

static void session_end(struct httpd_rq *rq, void *user)
{
	struct board *b = user;
	struct span cookie = httpd_cookie(rq, BOARD_COOKIE);
	bool fits = auth_csrf_fits(cookie, httpd_header(rq, "X-CSRF-Token"));

	if (!fits) {
		httpd_problem(rq, 403, "csrf", "The token of the page is missing or wrong.");
		return;
	}
	pthread_mutex_lock(&b->lock);
	struct session *s = auth_session(b, cookie);
	if (s)
		sessions_end(s);
	pthread_mutex_unlock(&b->lock);
	httpd_set_header(rq, "Set-Cookie",
			 BOARD_COOKIE "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
	httpd_answer(rq, 200, "application/json", SPAN("{\"user\":null}\n"));
}

/* ---- the desk's errands ---- */

static void hand_over(struct httpd_rq *rq, void *user)
{
	struct board *b = user;
	struct order *o = arena_new(&rq->arena, struct order);
	struct span cookie = httpd_cookie(rq, BOARD_COOKIE),
		    csrf = httpd_header(rq, "X-CSRF-Token");

	o->cookie = cookie.p ? arena_span(&rq->arena, cookie) : SPAN_NONE;
	o->csrf = csrf.p ? arena_span(&rq->arena, csrf) : SPAN_NONE;
	o->body = arena_span(&rq->arena, rq->body);
	rq->who = o;
	desk_submit(b->desk, rq);
}

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void let_in(struct httpd_rq *rq, struct board *b, const char *user, const char *hash)
{
	struct buf out = BUF_INIT;
	char token[DIGEST_HEX + 1];

	pthread_mutex_lock(&b->lock);
	sessions_begin(&b->sessions, user, hash, clock_monotonic(), token);
	add_session(&out, auth_session(b, span_str(token)), span_str(token));
	pthread_mutex_unlock(&b->lock);
	buf_adds(&out, "}\n");
	log_info("board_session", "user=%s address=%s", user, rq->peer);
	httpd_set_header(rq, "Set-Cookie", BOARD_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s",
			 token, b->home->board.certificate ? "; Secure" : "");
	sodium_memzero(token, sizeof(token));
	httpd_answer_buf(rq, 200, "application/json", &out);
}

static void too_many(struct httpd_rq *rq, usec_t wait)
{
	int64_t seconds = (wait + USEC_PER_SEC - 1) / USEC_PER_SEC;

	httpd_set_header(rq, "Retry-After", "%" PRId64, seconds);
	httpd_problem(rq, 429, "wait", "Too many wrong PINs: try again in %" PRId64 " seconds.",
		      seconds);
}

static void wrong_pin(struct httpd_rq *rq, struct board *b, struct span user, bool is_known)
{
	guard_failed(&b->guard, rq->peer, user, clock_monotonic());
	usec_t wait = guard_wait(&b->guard, rq->peer, user, clock_monotonic());
	log_warn("pin_wrong", "address=%s user=%s failures=%d locked_s=%" PRId64, rq->peer,
		 is_known ? log_quote(user).s : "unknown", b->guard.total.failures,
		 wait / USEC_PER_SEC);
	if (wait > 0)
		too_many(rq, wait);
	else
		httpd_problem(rq, 401, "pin-wrong", "The PIN is not right.");
}

static void give_pin(struct httpd_rq *rq, struct board *b, const struct order *o)
{
	_cleanup_(unref) json_t *body = json_loadb(o->body.p, o->body.n, 0, NULL);
	const char *user = text_of(body, "user"), *pin = text_of(body, "pin");
	char hash[PASSWORD_HASH] = "";

	if (!user || !pin || strlen(pin) > PASSWORD_MAX || strlen(user) > IDENT_MAX) {
		httpd_problem(rq, 400, "bad-body", "user and pin are wanted.");
		return;
	}
	struct span name = span_str(user);
	usec_t wait = guard_wait(&b->guard, rq->peer, name, clock_monotonic());
	if (wait > 0) {
		too_many(rq, wait);
		return;
	}
	pthread_mutex_lock(&b->lock);
	const char *known = pins_hash(auth_pins(b), name);
	(void)snprintf(hash, sizeof(hash), "%s", known ? known : "");
	pthread_mutex_unlock(&b->lock);
	if (!password_fits(known ? hash : NULL, span_str(pin))) {
		wrong_pin(rq, b, name, known);
		return;
	}
	guard_succeeded(&b->guard, rq->peer);
	let_in(rq, b, user, hash);
}

static void add_bed(struct buf *out, struct span bed_id, const struct manual_bed *bed)
{
	picture_add_bed(out, bed_id.p, NULL, NULL, bed_status_name(bed->status), bed->changed_at,
			bed->changed_by, bed->told);
}

static void answer_change(struct httpd_rq *rq, const struct manual_result *r)
{
	static const char *const words[] = {
	    [MANUAL_SET] = "set", [MANUAL_REPEATED] = "repeated", [MANUAL_ALREADY] = "already"};
	struct buf out = BUF_INIT;
	char id[EVENT_ID_CHARS + 1];

	if (r->outcome == MANUAL_OVERTAKEN) {
		buf_adds(&out,
			 "{\"type\":\"urn:bedpost:problem:bed-changed\",\"title\":\"Conflict\","
			 "\"status\":409,\"detail\":\"The bed was changed meanwhile; nothing "
			 "was saved.\",\"bed\":");
		add_bed(&out, rq->params[0], &r->bed);
		buf_adds(&out, "}\n");
		httpd_answer_buf(rq, 409, "application/problem+json", &out);
		return;
	}
	buf_addf(&out, "{\"outcome\":\"%s\",\"event_id\":", words[r->outcome]);
	if (r->outcome == MANUAL_ALREADY)
		buf_adds(&out, "null");
	else
		buf_addf(&out, "\"%s\"", event_id_format(r->event_id, id));
	buf_adds(&out, ",\"bed\":");
	add_bed(&out, rq->params[0], &r->bed);
	buf_adds(&out, "}\n");
	httpd_answer_buf(rq, 200, "application/json", &out);
}

static void answer_failure(struct httpd_rq *rq, const struct err *err)
{
	switch (err->code) {
	case ERR_NOT_FOUND: httpd_problem(rq, 404, "unknown-bed", "%s", err->message); return;
	case ERR_INVALID: httpd_problem(rq, 400, "bad-body", "%s", err->message); return;
	case ERR_CONFLICT: httpd_problem(rq, 409, "clock", "%s", err->message); break;
	case ERR_FULL: httpd_problem(rq, 503, "disk-full", "%s", err->message); break;
	case ERR_UNAVAILABLE:
		httpd_set_header(rq, "Retry-After", "1");
		httpd_problem(rq, 503, "busy", "%s", err->message);
		break;
	default: httpd_problem(rq, 500, "not-saved", "The outbox could not be written to.");
	}
	log_failure("bed_not_set", err);
}

static void set_bed(struct httpd_rq *rq, struct board *b, const struct manual_change *c)
{
	struct manual_result result = {0};
	struct err err;
	int r = 0;

	if (!b->outbox) {
		r = outbox_open(b->home->state_dir, b->home->facility, OUTBOX_WRITE, &b->outbox,
				&err);
		if (r == 0)
			outbox_set_min_free(b->outbox, b->home->min_free);
	}
	if (r == 0)
		r = manual_set(b->outbox, c, clock_now(), &result, &err);
	if (r < 0) {
		answer_failure(rq, &err);
		return;
	}
	if (result.outcome == MANUAL_SET) {
		outbox_wake(b->home->state_dir);
		log_info("bed_set", "bed=" SPAN_FMT " status=%s by=" SPAN_FMT, SPAN_ARG(c->bed_id),
			 bed_status_name(c->status), SPAN_ARG(c->changed_by));
	}
	board_show_change(b);
	answer_change(rq, &result);
}

/* The user's name, and the session goes on; false: answered. */
static bool may_change(struct httpd_rq *rq, struct board *b, const struct order *o,
		       char user[IDENT_MAX + 1])
{
	pthread_mutex_lock(&b->lock);
	struct session *s = auth_session(b, o->cookie);
	bool fits = s && auth_csrf_fits(o->cookie, o->csrf);
	if (fits) {
		sessions_keep(&b->sessions, s, clock_monotonic());
		memcpy(user, s->user, IDENT_MAX + 1);
	}
	pthread_mutex_unlock(&b->lock);
	if (!s)
		no_session(rq);
	else if (!fits)
		httpd_problem(rq, 403, "csrf", "The token of the page is missing or wrong.");
	return fits;
}

static void change(struct httpd_rq *rq, struct board *b, const struct order *o)
{
	_cleanup_(unref) json_t *body = json_loadb(o->body.p, o->body.n, 0, NULL);
	const char *reason = text_of(body, "reason");
	char user[IDENT_MAX + 1];
	struct manual_change c = {.bed_id = rq->params[0],
				  .reason = REASON_MANUAL,
				  .key = span_str(text_of(body, "key"))};

	if (!may_change(rq, b, o, user))
		return;
	c.changed_by = span_str(user);
	if (!bed_status_parse(span_str(text_of(body, "status")), &c.status))
		httpd_bad_parameter(rq, "status", "available, occupied, reserved or maintenance");
	else if (!bed_status_parse(span_str(text_of(body, "seen")), &c.seen))
		httpd_bad_parameter(rq, "seen", "the status that the page showed");
	else if (reason && !reason_parse(span_str(reason), &c.reason))
		httpd_bad_parameter(rq, "reason", "a code of the list, or absent");
	else
		set_bed(rq, b, &c);
}

void doors_work(struct httpd_rq *rq, void *user)
{
	if (rq->route->access == ERRAND_PIN)
		give_pin(rq, user, rq->who);
	else
		change(rq, user, rq->who);
}

#define JSON_BODY .body_max = BOARD_BODY_MAX, .consumes = "application/json"

const struct httpd_route doors_routes[] = {
    {"GET", "/api/board", picture},
    {"GET", "/api/session", session_show},
    {"POST", "/api/session", hand_over, JSON_BODY, .access = ERRAND_PIN},
    {"DELETE", "/api/session", session_end},
    {"PUT", "/api/beds/{bed}/status", hand_over, JSON_BODY, .access = ERRAND_CHANGE},
    {"GET", "/", page},
    {"GET", "/{path...}", page},
    {0},
};

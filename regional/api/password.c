/* One's own password, anew. An administrator sets those of others (bedpost-admin user passwd). */
#include <jansson.h>

#include "base/password.h"
#include "regional/api/room.h"

static struct span text_of(struct httpd_rq *rq, const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	return json_is_string(value) ? arena_span(&rq->arena, span_of(json_string_value(value),
								      json_string_length(value)))
				     : SPAN_NONE;
}

/* {"old":"…","new":"…"} */
static bool read_passwords(struct httpd_rq *rq, struct span *ret_old, struct span *ret_new)
{
	json_t *o =
	    json_loadb(rq->body.p, rq->body.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	*ret_old = text_of(rq, o, "old");
	*ret_new = text_of(rq, o, "new");
	json_decref(o);
	return ret_old->p && ret_new->p;
}

static void answer(struct api *a, struct httpd_rq *rq, const struct who *who,
		   enum auth_answer result)
{
	access_log_add(a->access_log, rq, who, "password", NULL, result == AUTH_KNOWN,
		       result == AUTH_KNOWN	? NULL
		       : result == AUTH_LIMITED ? "rate"
		       : result == AUTH_REFUSED ? "password"
						: "away");
	switch (result) {
	case AUTH_KNOWN: httpd_answer(rq, 204, NULL, SPAN("")); return;
	case AUTH_LIMITED:
		httpd_set_header(rq, "Retry-After", "30");
		httpd_problem(rq, 429, "too-many-failures",
			      "too many failed attempts; wait a little");
		return;
	case AUTH_REFUSED:
		httpd_problem(rq, 403, "wrong-password", "the old password is not yours");
		return;
	case AUTH_NONE:
	case AUTH_ASK:
	case AUTH_AWAY: break;
	}
	api_away(rq);
}

void password_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	char device[DEVICE_TEXT];
	struct span old, fresh;

	if (!read_passwords(rq, &old, &fresh)) {
		httpd_problem(rq, 400, "bad-body",
			      "expected a JSON object with the texts \"old\" and \"new\"");
		return;
	}
	if (!who->by_session || !who->user_id) {
		access_log_add(a->access_log, rq, who, "password", NULL, false, "token");
		httpd_problem(rq, 403, "not-a-user",
			      "only a user who is logged in has a password; a token has none");
		return;
	}
	const char *fault = password_fault(fresh);
	if (!fault && span_eq(old, fresh))
		fault = "the new password is the old one";
	if (fault) {
		httpd_problem(rq, 422, "bad-password", "%s", fault);
		return;
	}
	enum auth_answer result = auth_change_password(a->auth, pg, rq, who, old, fresh, device);
	if (result == AUTH_KNOWN)
		session_set_device(a, rq, device);
	answer(a, rq, who, result);
}

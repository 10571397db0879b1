/* Subscriptions: who is told of alerts. For whoever answers for a home or region too, each their
 * own and within their scope. */
#include "base/ulid.h"
#include "regional/api/admin.h"
#include "store/subscriptions.h"

#define RECENT 50

static const struct params_key subscription_list_keys[] = {
    {"state", PARAMS_CHOICE, offsetof(struct admin_list, state), "active,all"},
    {"limit", PARAMS_LIMIT, offsetof(struct admin_list, limit), NULL},
    {"cursor", PARAMS_CURSOR, offsetof(struct admin_list, cursor), NULL},
    {0},
};

static const struct body_key new_subscription_keys[] = {
    {"channel", BODY_CHOICE, BODY_REQUIRED, "webhook,email,push", 0, 0},
    {"target", BODY_TARGET, BODY_REQUIRED, NULL, 0, 0},
    {"secret", BODY_SECRET, BODY_NULLABLE, NULL, 0, 0},
    {"region_id", BODY_REGION_ID, BODY_NULLABLE, NULL, 0, 0},
    {"facility_id", BODY_FACILITY_ID, BODY_NULLABLE, NULL, 0, 0},
    {"rule", BODY_WARD, BODY_NULLABLE, NULL, 0, 0},
    {"language", BODY_CHOICE, 0, "en,nb", 0, 0},
    {0},
};
static const struct body_key *const subscription_keys = new_subscription_keys + 1;

static struct subscriptions_owner owner_of(const struct who *who)
{
	return (struct subscriptions_owner){.all = who->role == WHO_ADMIN,
					    .user_id = who->user_id,
					    .token_id = who->user_id ? 0 : who->token_id};
}

static int ask(struct httpd_rq *rq, const struct who *who, struct pg *pg, int64_t id,
	       struct pg_result **ret)
{
	const struct subscriptions_owner o = owner_of(who);
	const struct subscriptions_filter f = {.id = id, .ended = true, .page.limit = 1};

	return subscriptions_page(pg, &o, &f, &rq->arena, ret, NULL);
}

static void answer_subscription(struct httpd_rq *rq, const struct who *who, struct pg *pg,
				int64_t id, int status)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = ask(rq, who, pg, id, &r);

	if (status == 409)
		admin_answer_stale(rq, code, r);
	else
		admin_answer_one(rq, status, code, r);
}

void admin_subscriptions_get(struct api *a, struct httpd_rq *rq, const struct who *who,
			     struct pg *pg)
{
	const struct subscriptions_owner o = owner_of(who);
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct admin_list q;

	(void)a;
	if (!admin_read_list(rq, subscription_list_keys, &q))
		return;
	const struct subscriptions_filter f = {.ended = span_eq_str(q.state, "all"),
					       .page = {q.cursor, q.limit}};
	int code = subscriptions_page(pg, &o, &f, &rq->arena, &r, NULL);
	admin_answer_page(rq, "subscriptions", code, r, q.limit);
}

void admin_subscription_get(struct api *a, struct httpd_rq *rq, const struct who *who,
			    struct pg *pg)
{
	int64_t id;

	(void)a;
	if (admin_read_id(rq, &id))
		answer_subscription(rq, who, pg, id, 200);
}

static bool sees_home(struct api *a, const struct who *who, struct span id)
{
	const struct facility *home = picture_facility(snapshot_lock(a->snapshot), id);
	bool sees = home && scope_sees(who, home);

	snapshot_unlock(a->snapshot);
	return sees;
}

/* Nobody is told of what they may not see. */
static bool check_scope(struct api *a, const struct who *who, struct body *b, struct span region,
			struct span facility)
{
	if (who->role == WHO_ADMIN)
		return true;
	if (facility.p && !sees_home(a, who, facility))
		body_fault(b, "facility_id", "no such facility in your scope");
	else if (region.p && (who->role != WHO_COORDINATOR || !span_eq_str(region, who->region_id)))
		body_fault(b, "region_id", "no such region in your scope");
	else if (!facility.p && !region.p)
		body_fault(b, who->role == WHO_COORDINATOR ? "region_id" : "facility_id",
			   "this is needed: you may not be told of all homes");
	return !b->n_errors;
}

static void check_target(const struct api *a, struct body *b, struct span channel)
{
	struct span target = body_text(b, "target"), secret = body_text(b, "secret");
	const char *fault = target.p ? subscriptions_target_fault(channel, target) : NULL;

	if (!fault && target.p && !span_eq_str(channel, "email"))
		fault = outbound_url_fault(&a->o.outbound, target);
	if (fault)
		body_fault(b, "target", fault);
	if (secret.p && span_eq_str(channel, "email"))
		body_fault(b, "secret", "an e-mail has none");
	else if (secret.p && secret.n < ALERTS_SECRET_MIN && span_eq_str(channel, "webhook"))
		body_fault(b, "secret", "expected a secret of 16 to 256 bytes");
	else if (secret.p && !subscriptions_is_plain(secret) && span_eq_str(channel, "push"))
		body_fault(b, "secret", "a push server's token has no spaces in it");
}

static bool read_subscription(struct api *a, const struct who *who, struct body *b,
			      struct alerts_subscription *s)
{
	*s = (struct alerts_subscription){.channel = body_text(b, "channel"),
					  .target = body_text(b, "target"),
					  .secret = body_text(b, "secret"),
					  .region_id = body_text(b, "region_id"),
					  .facility_id = body_text(b, "facility_id"),
					  .rule = body_text(b, "rule"),
					  .language = body_text(b, "language")};
	if (who->role != WHO_ADMIN) {
		s->user_id = who->user_id;
		s->token_id = who->user_id ? 0 : who->token_id;
	}
	check_target(a, b, s->channel);
	if (span_eq_str(s->channel, "webhook") && !s->secret.p)
		body_fault(b, "secret", "a webhook needs a secret that signs its messages");
	(void)admin_rule(b);
	if (s->facility_id.p && s->region_id.p)
		body_fault(b, "region_id", "a facility or a region, not both");
	(void)check_scope(a, who, b, s->region_id, s->facility_id);
	return body_is_good(b);
}

void admin_subscriptions_post(struct api *a, struct httpd_rq *rq, const struct who *who,
			      struct pg *pg)
{
	_cleanup_(body_done) struct body body;
	struct alerts_subscription s;
	struct err err = {0};
	int64_t id;

	if (!body_read(rq, new_subscription_keys, true, &body) ||
	    !read_subscription(a, who, &body, &s) || !admin_begin(rq, pg))
		return;
	int code = alerts_subscribe(pg, who->name, &s, &id, &err);
	if (code < 0) {
		admin_answer_error(rq, code, &err, s.facility_id.p ? "facility_id" : "region_id");
		return;
	}
	httpd_set_header(rq, "Location", "/api/admin/subscriptions/%lld", (long long)id);
	answer_subscription(rq, who, pg, id, 201);
}

static void answer_ended(struct httpd_rq *rq)
{
	httpd_problem(rq, 404, "not-found", "no such subscription, or it has ended");
}

static struct span text_of(json_t *was, const struct body *b, const char *key)
{
	const char *old = json_string_value(json_object_get(was, key));

	return body_has(b, key) ? body_text(b, key) : span_str(old);
}

static struct span server_of(struct span url)
{
	size_t n = 0, slashes = 0;

	while (n < url.n && (slashes < 2 || !strchr("/?#", url.p[n])))
		slashes += url.p[n++] == '/';
	return span_of(url.p, n);
}

/* A push server's token is for that server: another one would be sent it, and whoever moves the
 * subscription may not read it. */
static void check_token_stays(json_t *was, struct body *b)
{
	struct span target = body_text(b, "target");
	const char *old = json_string_value(json_object_get(was, "target"));

	if (target.p && old && json_is_true(json_object_get(was, "has_secret")) &&
	    strcmp(json_string_value(json_object_get(was, "channel")), "push") == 0 &&
	    !body_text(b, "secret").p && !span_eq(server_of(target), server_of(span_str(old))))
		body_fault(b, "secret", "this goes with another server: send the token again");
}

/* What the patch comes to is checked, not the patch: a target by the channel that is there, the
 * scope by region and home together. Row security holds the scope once more in the change itself.
 * false: it has answered. */
static bool check_change(struct api *a, const struct who *who, struct pg *pg, int64_t id,
			 struct body *b)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = ask(b->rq, who, pg, id, &r);

	if (code < 0 || !pg_rows(r)) {
		admin_answer_one(b->rq, 200, code, r);
		return false;
	}
	struct span text = pg_get_text(r, 0, EDIT_JSON);
	json_t *was = json_loadb(text.p, text.n, 0, NULL);
	struct span region = text_of(was, b, "region_id"), home = text_of(was, b, "facility_id");
	check_target(a, b, span_str(json_string_value(json_object_get(was, "channel"))));
	(void)admin_rule(b);
	if (region.p && home.p)
		body_fault(b, "region_id", "a facility or a region, not both");
	(void)check_scope(a, who, b, region, home);
	check_token_stays(was, b);
	json_decref(was);
	return body_is_good(b);
}

void admin_subscription_patch(struct api *a, struct httpd_rq *rq, const struct who *who,
			      struct pg *pg)
{
	const struct subscriptions_owner o = owner_of(who);
	_cleanup_(body_done) struct body body = {0};
	struct edit e = {.who = who->name};
	enum edit_verdict verdict;
	struct err err = {0};
	int64_t id;

	if (!admin_read_id(rq, &id) || !admin_read_version(rq, &e.version) ||
	    !body_read(rq, subscription_keys, false, &body) ||
	    !check_change(a, who, pg, id, &body) || !admin_begin(rq, pg))
		return;
	struct span secret = body_text(&body, "secret");
	if (secret.p)
		secret = arena_span(&rq->arena, secret);
	(void)json_object_del(body.fields, "secret");
	e.patch = body_patch(&body);
	int code = subscriptions_change(pg, &o, &e, id, secret, &verdict, &err);
	if (code < 0)
		admin_answer_error(rq, code, &err,
				   body_has(&body, "facility_id") ? "facility_id" : "region_id");
	else if (verdict == EDIT_MISSING)
		answer_ended(rq);
	else
		answer_subscription(rq, who, pg, id, verdict == EDIT_STALE ? 409 : 200);
}

void admin_subscription_delete(struct api *a, struct httpd_rq *rq, const struct who *who,
			       struct pg *pg)
{
	const struct subscriptions_owner o = owner_of(who);
	struct edit e = {.who = who->name};
	enum edit_verdict verdict;
	struct err err = {0};
	int64_t id;

	(void)a;
	if (!admin_read_id(rq, &id) || !admin_read_version(rq, &e.version) || !admin_begin(rq, pg))
		return;
	int code = subscriptions_end(pg, &o, &e, id, &verdict, &err);
	if (code < 0)
		admin_answer_error(rq, code, &err, NULL);
	else if (verdict == EDIT_MADE)
		admin_answer_gone(rq);
	else if (verdict == EDIT_STALE)
		answer_subscription(rq, who, pg, id, 409);
	else
		answer_ended(rq);
}

void admin_subscription_test(struct api *a, struct httpd_rq *rq, const struct who *who,
			     struct pg *pg)
{
	const struct subscriptions_owner o = owner_of(who);
	char ulid[ULID_CHARS + 1];
	enum edit_verdict verdict;
	struct err err = {0};
	int64_t id;

	(void)a;
	if (!admin_read_id(rq, &id) || !admin_begin(rq, pg))
		return;
	const char *message =
	    arena_printf(&rq->arena, "ntf_%s", ulid_format(ulid_random(clock_now()), ulid));
	int code = subscriptions_test(pg, &o, who->name, id, span_str(message), &verdict, &err);
	if (code < 0)
		admin_answer_error(rq, code, &err, NULL);
	else if (verdict == EDIT_MISSING)
		answer_ended(rq);
	else if (verdict == EDIT_STALE)
		httpd_problem(
		    rq, 409, "waiting",
		    "a test message waits to be sent already, or there were many just now");
	else
		answer_subscription(rq, who, pg, id, 202);
}

void admin_deliveries_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	const struct subscriptions_owner o = owner_of(who);
	_cleanup_(pg_result_freep) struct pg_result *one = NULL, *r = NULL;
	int64_t id;

	(void)a;
	if (!admin_read_id(rq, &id))
		return;
	int code = ask(rq, who, pg, id, &one);
	if (code < 0 || !pg_rows(one)) {
		admin_answer_one(rq, 200, code, one);
		return;
	}
	code = subscriptions_deliveries(pg, &o, id, RECENT, &rq->arena, &r, NULL);
	admin_answer_page(rq, "deliveries", code, r, RECENT);
}

void admin_delivery_retry(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	const struct subscriptions_owner o = owner_of(who);
	enum edit_verdict verdict;
	struct err err = {0};
	int64_t id, delivery;

	(void)a;
	if (!admin_read_id(rq, &id))
		return;
	if (!span_to_i64(rq->params[1], &delivery)) {
		httpd_problem(rq, 404, "not-found", "there is no such delivery");
		return;
	}
	if (!admin_begin(rq, pg))
		return;
	int code = subscriptions_retry(pg, &o, who->name, id, delivery, &verdict, &err);
	if (code < 0)
		admin_answer_error(rq, code, &err, NULL);
	else if (verdict == EDIT_MISSING)
		answer_ended(rq);
	else if (verdict == EDIT_STALE)
		httpd_problem(rq, 409, "not-given-up",
			      "it is on its way or arrived, is a test message, or was given up "
			      "less than a minute ago");
	else
		answer_subscription(rq, who, pg, id, 202);
}

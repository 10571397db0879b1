/* People who log in, and tokens for programs. A password is never answered, nor its hash; a token
 * once. */
#include <sodium/utils.h>

#include "base/member.h"
#include "base/password.h"
#include "regional/api/admin.h"
#include "store/registry.h"
#include "store/users.h"

#define ROLES "FACILITY_STAFF,FACILITY_MANAGER,REGIONAL_COORDINATOR,SYSTEM_ADMIN"
#define SCOPE_KEYS                                                                                 \
	{"facility_id", BODY_FACILITY_ID, BODY_NULLABLE, NULL, 0, 0},                              \
	{                                                                                          \
		"region_id", BODY_REGION_ID, BODY_NULLABLE, NULL, 0, 0                             \
	}

struct list_params {
	struct span role, facility, region, cursor;
	int64_t limit;
};

static const struct params_key list_keys[] = {
    {"role", PARAMS_CHOICE, offsetof(struct list_params, role), ROLES},
    {"facility", PARAMS_FACILITY, offsetof(struct list_params, facility), NULL},
    {"region", PARAMS_IDENT, offsetof(struct list_params, region), NULL},
    {"limit", PARAMS_LIMIT, offsetof(struct list_params, limit), NULL},
    {"cursor", PARAMS_CURSOR, offsetof(struct list_params, cursor), NULL},
    {0},
};

static const struct body_key new_keys[] = {
    {"login", BODY_LOGIN, BODY_REQUIRED, NULL, 0, 0},
    {"password", BODY_PASSWORD, BODY_NULLABLE, NULL, 0, 0},
    {"name", BODY_TEXT, BODY_REQUIRED, NULL, 0, 0},
    {"role", BODY_CHOICE, BODY_REQUIRED, ROLES, 0, 0},
    SCOPE_KEYS,
    {0},
};
static const struct body_key changed_keys[] = {
    {"name", BODY_TEXT, 0, NULL, 0, 0},
    {"role", BODY_CHOICE, 0, ROLES, 0, 0},
    SCOPE_KEYS,
    {"disabled", BODY_FLAG, 0, NULL, 0, 0},
    {0},
};
static const struct body_key password_keys[] = {
    {"password", BODY_PASSWORD, BODY_REQUIRED, NULL, 0, 0}, {0}};

/* ---- reading ---- */

void admin_users_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct list_params q = {.limit = PARAMS_LIMIT_DEFAULT};
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;

	(void)a, (void)who;
	if (!params_read(rq, list_keys, &q))
		return;
	const struct users_filter f = {.role = q.role,
				       .facility_id = q.facility,
				       .region_id = q.region,
				       .page = {q.cursor, q.limit}};
	int code = users_page(pg, &f, &rq->arena, &r, NULL);
	admin_answer_page(rq, "users", code, r, q.limit);
}

static void answer_user(struct httpd_rq *rq, struct pg *pg, int64_t id, int status)
{
	const struct users_filter f = {.id = id, .page.limit = 1};
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = users_page(pg, &f, &rq->arena, &r, NULL);

	if (status == 409)
		admin_answer_stale(rq, code, r);
	else
		admin_answer_one(rq, status, code, r);
}

void admin_user_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	int64_t id;

	(void)a, (void)who;
	if (admin_read_id(rq, &id))
		answer_user(rq, pg, id, 200);
}

/* ---- changing ---- */

/* Role and scope of something new go together. */
static bool has_scope_of_role(struct body *b)
{
	struct span role = body_text(b, "role");
	bool facility = body_text(b, "facility_id").p, region = body_text(b, "region_id").p;

	if (registry_role_is_of_facility(role) != facility)
		body_fault(b, "facility_id",
			   facility ? "this role is of no one home" : "this role is of one home");
	if (registry_role_is_of_region(role) != region)
		body_fault(b, "region_id",
			   region ? "this role is of no region" : "this role is of one region");
	return body_is_good(b);
}

static const char *scope_field(const struct body *b)
{
	return body_text(b, "facility_id").p ? "facility_id" : "region_id";
}

void admin_users_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body;
	char hash[PASSWORD_HASH];
	struct err err = {0};
	int64_t id = 0;

	(void)a;
	if (!body_read(rq, new_keys, true, &body) || !has_scope_of_role(&body) ||
	    !admin_begin(rq, pg))
		return;
	const struct users_row u = {.login = body_text(&body, "login"),
				    .name = body_text(&body, "name"),
				    .role = body_text(&body, "role"),
				    .facility_id = body_text(&body, "facility_id"),
				    .region_id = body_text(&body, "region_id")};
	struct span password = body_text(&body, "password"); /* none: a provider lets them in */
	int code = password.p ? password_hash(password, hash, &err) : 0;
	if (code == 0)
		code = users_add(pg, who->name, &u, password.p ? hash : NULL, &id, &err);
	sodium_memzero(hash, sizeof(hash));
	if (code < 0) {
		admin_answer_error(rq, code, &err,
				   code == -ERR_NOT_FOUND ? scope_field(&body) : NULL);
		return;
	}
	httpd_set_header(rq, "Location", "/api/admin/users/%lld", (long long)id);
	answer_user(rq, pg, id, 201);
}

static void answer_change(struct api *a, struct httpd_rq *rq, struct pg *pg, int64_t id,
			  enum edit_verdict verdict)
{
	if (verdict == EDIT_LAST_ADMIN) {
		httpd_problem(rq, 409, "last-admin",
			      "nobody else is SYSTEM_ADMIN: make another one first");
		return;
	}
	auth_forget_user(a->auth, id);
	answer_user(rq, pg, id, verdict == EDIT_STALE ? 409 : 200);
}

void admin_user_patch(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body = {0};
	struct edit e = {.who = who->name};
	enum edit_verdict verdict;
	struct err err = {0};
	int64_t id;

	if (!admin_read_id(rq, &id) || !admin_read_version(rq, &e.version) ||
	    !body_read(rq, changed_keys, false, &body) || !admin_begin(rq, pg))
		return;
	e.patch = body_patch(&body);
	int code = users_change(pg, &e, id, &verdict, &err);
	if (code < 0)
		admin_answer_error(rq, code, &err,
				   code == -ERR_NOT_FOUND ? scope_field(&body) : "role");
	else
		answer_change(a, rq, pg, id, verdict);
}

static int set_password(struct pg *pg, const struct who *who, int64_t id, struct span password,
			struct arena *arena, struct err *err)
{
	char hash[PASSWORD_HASH];
	struct span login;

	int code = users_login_of(pg, id, arena, &login, err);
	if (code == 0)
		code = password_hash(password, hash, err);
	if (code == 0)
		code = users_set_password(pg, who->name, login, hash, err);
	sodium_memzero(hash, sizeof(hash));
	return code;
}

void admin_user_password(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body = {0};
	struct err err = {0};
	int64_t id;

	if (!admin_read_id(rq, &id) || !body_read(rq, password_keys, true, &body) ||
	    !admin_begin(rq, pg))
		return;
	int code = set_password(pg, who, id, body_text(&body, "password"), &rq->arena, &err);
	auth_forget_user(a->auth, id);
	if (code < 0)
		admin_answer_error(rq, code, &err, NULL);
	else
		answer_user(rq, pg, id, 200);
}

void admin_user_logout(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct err err = {0};
	int64_t id, ended;

	if (!admin_read_id(rq, &id) || !admin_begin(rq, pg))
		return;
	int code = users_log_out(pg, who->name, id, &ended, &err);
	auth_forget_user(a->auth, id);
	if (code < 0)
		admin_answer_error(rq, code, &err, NULL);
	else
		answer_user(rq, pg, id, 200);
}

/* ---- tokens ---- */

static const struct body_key token_keys[] = {
    {"name", BODY_TEXT, BODY_REQUIRED, NULL, 0, 0},
    {"role", BODY_CHOICE, BODY_REQUIRED, ROLES, 0, 0},
    SCOPE_KEYS,
    {"expires_at", BODY_TIME, BODY_NULLABLE, NULL, 0, 0},
    {0},
};

static void add_token(const struct registry_token *t, struct buf *out)
{
	static const char *const keys[] = {"expires_at", "created_at", "revoked_at",
					   "last_used_at"};
	const usec_t times[] = {t->expires_at, t->created_at, t->revoked_at, t->last_used_at};

	buf_addf(out, "\"id\":%lld", (long long)t->id);
	member_span(out, "name", t->name);
	member_span(out, "role", t->role);
	member_span(out, "facility_id", t->facility_id);
	member_span(out, "region_id", t->region_id);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		member_time(out, keys[i], times[i]);
	}
}

void admin_tokens_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct registry_token *tokens;
	struct buf b = BUF_INIT;
	size_t n;

	(void)a, (void)who;
	if (registry_tokens(pg, &rq->arena, &tokens, &n, NULL) < 0) {
		api_away(rq);
		return;
	}
	buf_adds(&b, "{\"tokens\":[");
	for (size_t i = 0; i < n; i++) {
		buf_adds(&b, i ? ",{" : "{");
		add_token(&tokens[i], &b);
		buf_addc(&b, '}');
	}
	buf_adds(&b, "],\"next\":null}\n");
	api_answer_json(rq, &b);
}

static bool read_token(struct body *body, struct registry_token *t)
{
	struct span expires = body_text(body, "expires_at");

	*t = (struct registry_token){.name = body_text(body, "name"),
				     .role = body_text(body, "role"),
				     .facility_id = body_text(body, "facility_id"),
				     .region_id = body_text(body, "region_id"),
				     .expires_at = USEC_NONE,
				     .created_at = clock_now(),
				     .revoked_at = USEC_NONE,
				     .last_used_at = USEC_NONE};
	if (expires.p && clock_parse_rfc3339(expires, &t->expires_at, NULL) == 0 &&
	    t->expires_at <= t->created_at)
		body_fault(body, "expires_at", "this is past");
	return has_scope_of_role(body);
}

void admin_tokens_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body;
	char secret[REGISTRY_TOKEN_CHARS + 1];
	struct registry_token t;
	struct buf b = BUF_INIT;
	struct err err = {0};

	(void)a;
	if (!body_read(rq, token_keys, true, &body) || !read_token(&body, &t) ||
	    !admin_begin(rq, pg))
		return;
	registry_token_make(secret);
	struct digest hash = registry_token_hash(span_str(secret));
	int code = registry_token_add(pg, who->name, &t, &hash, &t.id, &err);
	if (code < 0) {
		admin_answer_error(rq, code, &err, scope_field(&body));
	} else {
		buf_adds(&b, "{");
		add_token(&t, &b);
		buf_addf(&b, ",\"token\":\"%s\"}\n", secret);
		httpd_set_header(rq, "Cache-Control", "no-store");
		httpd_answer_buf(rq, 201, "application/json", &b);
	}
	sodium_memzero(secret, sizeof(secret));
}

void admin_token_revoke(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct err err = {0};
	int64_t id;

	if (!admin_read_id(rq, &id) || !admin_begin(rq, pg))
		return;
	int code = registry_token_revoke(pg, who->name, id, &err);
	auth_forget_token(a->auth, id);
	if (code < 0)
		admin_answer_error(rq, code, &err, NULL);
	else
		httpd_answer(rq, 204, NULL, SPAN(""));
}

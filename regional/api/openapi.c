/* Which roles a route is for is not written down a second time: scope_decide() is asked, for each
 * role and a home of its own. */
#include "config.h"

#include "regional/api/openapi.h"

#include <string.h>

#include "regional/api/room.h"

const struct manual *openapi_manual(const char *method, const char *pattern)
{
	static const struct manual *const parts[] = {api_manual, api_manual_admin};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (const struct manual *m = parts[i]; m->method; m++)
			if (strcmp(m->method, method) == 0 && strcmp(m->pattern, pattern) == 0)
				return m;
	return NULL;
}

static bool may(enum who_role role, enum scope_access access)
{
	static const struct facility home = {.id = "fac_own", .region_id = "reg_own"};
	struct who who = {.role = role, .facility_id = "fac_own", .region_id = "reg_own"};

	return scope_decide(role == WHO_NOBODY ? NULL : &who, access, &home) == SCOPE_ALLOWED;
}

static void add_roles(struct buf *out, enum scope_access access)
{
	const char *comma = "";

	buf_adds(out, ",\"x-bedpost-roles\":[");
	for (enum who_role r = WHO_STAFF; r < WHO_ROLE_COUNT; r++)
		if (may(r, access)) {
			buf_addf(out, "%s\"%s\"", comma, who_role_name(r));
			comma = ",";
		}
	buf_adds(out, "]");
	if (may(WHO_NOBODY, access))
		buf_adds(out, ",\"security\":[]");
}

static void add_key(struct buf *out, const char *key, const char *text)
{
	buf_addf(out, "\"%s\":", key);
	buf_add_json(out, span_str(text));
}

static void add_parameters(struct buf *out, const struct manual *m)
{
	buf_adds(out, ",\"parameters\":[");
	for (size_t i = 0; i < MANUAL_PARAMETERS_MAX && m->parameters[i].name; i++) {
		const struct manual_parameter *p = &m->parameters[i];
		buf_adds(out, i ? ",{" : "{");
		add_key(out, "name", p->name);
		buf_addf(out, ",\"in\":\"%s\",\"required\":%s,\"schema\":%s,", p->in,
			 strcmp(p->in, "path") == 0 ? "true" : "false", p->schema);
		add_key(out, "description", p->text);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static bool is_said(const struct manual *m, int status)
{
	for (size_t i = 0; i < MANUAL_ANSWERS_MAX && m->answers[i].status; i++)
		if (m->answers[i].status == status)
			return true;
	return false;
}

static void add_answer(struct buf *out, const char *comma, int status, const char *text,
		       const char *type, const char *schema)
{
	buf_addf(out, "%s\"%d\":{", comma, status);
	add_key(out, "description", text);
	if (type && schema)
		buf_addf(out, ",\"content\":{\"%s\":{\"schema\":%s}}", type, schema);
	buf_addc(out, '}');
}

/* The errors that follow from the tables. */
static void add_errors(struct buf *out, const struct manual *m, const struct httpd_route *r,
		       const struct endpoint *e)
{
	bool open = may(WHO_NOBODY, e->access);
	const struct {
		bool may_be;
		int status;
		const char *text;
	} errors[] = {
	    {!open, 401, "No valid token or session"},
	    {!open && strcmp(r->method, "GET") != 0, 403,
	     "Not for this role, or X-CSRF-Token is wrong"},
	    {!open && !may(WHO_STAFF, e->access), 403, "Not for this role"},
	    {strstr(r->pattern, "{id}") != NULL, 404, "Not there, or not in your scope"},
	    {r->produces != NULL, 406, "Accept allows no such answer"},
	    {r->body_max > 0, 413, "The body is too large"},
	    {r->consumes != NULL, 415, "The body is of another type"},
	    {!open || e->is_login, 429, "Too many attempts or requests; Retry-After"},
	    {!open || e->needs_pg, 503, "The database is away; Retry-After"},
	};
	int last = 0;

	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].may_be && errors[i].status != last && !is_said(m, errors[i].status)) {
			add_answer(out, ",", errors[i].status, errors[i].text,
				   "application/problem+json",
				   "{\"$ref\":\"#/components/schemas/Problem\"}");
			last = errors[i].status;
		}
}

static void add_answers(struct buf *out, const struct manual *m, const struct httpd_route *r,
			const struct endpoint *e)
{
	buf_adds(out, ",\"responses\":{");
	for (size_t i = 0; i < MANUAL_ANSWERS_MAX && m->answers[i].status; i++) {
		const struct manual_answer *a = &m->answers[i];
		bool problem = a->status >= 400;
		add_answer(out, i ? "," : "", a->status, a->text,
			   problem ? "application/problem+json" : r->produces,
			   problem ? "{\"$ref\":\"#/components/schemas/Problem\"}" : a->schema);
	}
	add_errors(out, m, r, e);
	buf_addc(out, '}');
}

static void add_operation(struct buf *out, const struct httpd_route *r)
{
	static const struct manual nothing = {.summary = "", .answers = {{200, "An answer"}}};
	const struct endpoint *e = &api_endpoints[r->access];
	const struct manual *m = openapi_manual(r->method, r->pattern);

	if (!m)
		m = &nothing;
	buf_addc(out, '"');
	for (const char *c = r->method; *c; c++)
		buf_addc(out, (char)(*c | 0x20));
	buf_adds(out, "\":{");
	add_key(out, "summary", m->summary);
	add_roles(out, e->access);
	add_parameters(out, m);
	if (m->body)
		buf_addf(out,
			 ",\"requestBody\":{\"required\":%s,\"content\":{\"application/json\":"
			 "{\"schema\":%s}}}",
			 m->body_optional ? "false" : "true", m->body);
	add_answers(out, m, r, e);
	buf_addc(out, '}');
}

/* "/{path...}" is "/{path}" there. */
static void add_path(struct buf *out, const char *pattern)
{
	const char *dots = strstr(pattern, "...}");

	buf_addf(out, "\"%.*s%s\":{", (int)(dots ? (size_t)(dots - pattern) : strlen(pattern)),
		 pattern, dots ? "}" : "");
}

static bool is_first_of_path(const struct httpd_route *r)
{
	for (const struct httpd_route *before = api_routes; before < r; before++)
		if (strcmp(before->pattern, r->pattern) == 0)
			return false;
	return true;
}

void openapi_print(struct buf *out)
{
	const char *comma = "";

	buf_adds(
	    out,
	    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Bedpost\",\"version\":\"" PACKAGE_VERSION
	    "\",\"description\":\"Which care-home beds are free. docs/api.md is the "
	    "manual.\"},\"security\":[{\"token\":[]},{\"session\":[]}],\"paths\":{");
	for (const struct httpd_route *r = api_routes; r->method; r++) {
		if (!is_first_of_path(r))
			continue;
		buf_adds(out, comma);
		add_path(out, r->pattern);
		add_operation(out, r);
		for (const struct httpd_route *other = r + 1; other->method; other++)
			if (strcmp(other->pattern, r->pattern) == 0) {
				buf_addc(out, ',');
				add_operation(out, other);
			}
		buf_addc(out, '}');
		comma = ",";
	}
	buf_addf(out,
		 "},\"components\":{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":"
		 "\"bearer\"},\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"%s\"}},"
		 "\"schemas\":{%s,%.*s}}\n",
		 AUTH_COOKIE, manual_admin_schemas, (int)strlen(manual_schemas) - 1,
		 manual_schemas + 1);
}

void openapi_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct buf b = BUF_INIT;

	(void)a, (void)who, (void)pg;
	openapi_print(&b);
	if (httpd_not_modified(rq, buf_span(&b)))
		buf_done(&b);
	else
		httpd_answer_buf(rq, 200, "application/json", &b);
}

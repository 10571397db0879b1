/* Regions and homes. A home's certificate is made with bedpost-admin where the authority's key is:
 * here a home is described, changed and closed. */
#include "regional/api/admin.h"
#include "store/facilities.h"

#define POLICIES "hold,source_wins,latest_wins"
#define LEVELS	 "light,medium,intensive"
#define ADDRESS	 "text,street,postal_code,city,country"

/* ---- regions ---- */

static const struct body_key region_keys[] = {{"id", BODY_REGION_ID, BODY_REQUIRED, NULL, 0, 0},
					      {"name", BODY_TEXT, BODY_REQUIRED, NULL, 0, 0},
					      {0}};

static void add_region(const struct registry_region *r, struct buf *out)
{
	buf_addf(out, "{\"id\":\"" SPAN_FMT "\",\"name\":", SPAN_ARG(r->id));
	buf_add_json(out, r->name);
	buf_addf(out, ",\"facilities\":%lld,", (long long)r->facilities);
	view_time("created_at", r->created_at, out);
	buf_addc(out, '}');
}

void admin_regions_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct registry_region *regions;
	struct buf b = BUF_INIT;
	size_t n;

	(void)a, (void)who;
	if (registry_regions(pg, &rq->arena, &regions, &n, NULL) < 0) {
		api_away(rq);
		return;
	}
	buf_adds(&b, "{\"regions\":[");
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(&b, ',');
		add_region(&regions[i], &b);
	}
	buf_adds(&b, "],\"next\":null}\n");
	api_answer_json(rq, &b);
}

void admin_regions_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body;
	enum registry_added added;
	struct buf b = BUF_INIT;
	struct err err = {0};

	(void)a;
	if (!body_read(rq, region_keys, true, &body) || !admin_begin(rq, pg))
		return;
	struct registry_region r = {.id = body_text(&body, "id"),
				    .name = body_text(&body, "name"),
				    .created_at = clock_now()};
	int code = registry_region_add(pg, who->name, r.id, r.name, &added, &err);
	if (code == 0 && added == REGISTRY_SAME)
		code = err_set(&err, ERR_EXISTS, "this region is there already");
	if (code < 0) {
		admin_answer_error(rq, code, &err, NULL);
		return;
	}
	add_region(&r, &b);
	buf_addc(&b, '\n');
	httpd_answer_buf(rq, 201, "application/json", &b);
}

/* ---- homes ---- */

/* The first are for a new home only in that they are needed there. */
static const struct body_key home_keys[] = {
    {"id", BODY_FACILITY_ID, BODY_REQUIRED, NULL, 0, 0},
    {"name", BODY_TEXT, BODY_REQUIRED, NULL, 0, 0},
    {"region_id", BODY_REGION_ID, BODY_REQUIRED, NULL, 0, 0},
    {"address", BODY_TEXTS, BODY_NULLABLE, ADDRESS, 0, 0},
    {"latitude", BODY_NUMBER, BODY_NULLABLE, NULL, -90, 90},
    {"longitude", BODY_NUMBER, BODY_NULLABLE, NULL, -180, 180},
    {"timezone", BODY_ZONE, 0, NULL, 0, 0},
    {"ward_config", BODY_WARDS, BODY_NULLABLE, NULL, 0, 0},
    {"conflict_policy", BODY_CHOICE, 0, POLICIES, 0, 0},
    {"auto_register", BODY_FLAG, 0, NULL, 0, 0},
    {"default_care_level", BODY_CHOICE, 0, LEVELS, 0, 0},
    {0},
};
static const struct body_key *const changed_home_keys = home_keys + 1; /* an id never changes */

struct list_params {
	struct span region, state, cursor;
	int64_t limit;
};

static const struct params_key list_keys[] = {
    {"region", PARAMS_IDENT, offsetof(struct list_params, region), NULL},
    {"state", PARAMS_CHOICE, offsetof(struct list_params, state), "open,closed"},
    {"limit", PARAMS_LIMIT, offsetof(struct list_params, limit), NULL},
    {"cursor", PARAMS_CURSOR, offsetof(struct list_params, cursor), NULL},
    {0},
};

static int ask(struct api *a, struct httpd_rq *rq, struct pg *pg, const struct list_params *q,
	       struct span id, struct pg_result **ret)
{
	const struct facilities_filter f = {.id = id,
					    .region_id = q->region,
					    .state = q->state,
					    .stale_after = a->o.fresh.stale_after,
					    .offline_after = a->o.fresh.offline_after,
					    .page = {q->cursor, q->limit}};

	return facilities_list(pg, &f, &rq->arena, ret, NULL);
}

void admin_facilities_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct list_params q = {.limit = PARAMS_LIMIT_DEFAULT};
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;

	(void)who;
	if (!params_read(rq, list_keys, &q))
		return;
	int code = ask(a, rq, pg, &q, SPAN_NONE, &r);
	admin_answer_page(rq, "facilities", code, r, q.limit);
}

static void answer_home(struct api *a, struct httpd_rq *rq, struct pg *pg, struct span id,
			int status)
{
	const struct list_params q = {.limit = 1};
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	int code = ask(a, rq, pg, &q, id, &r);

	if (status == 409)
		admin_answer_stale(rq, code, r);
	else
		admin_answer_one(rq, status, code, r);
}

void admin_facility_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	(void)who;
	answer_home(a, rq, pg, rq->params[0], 200);
}

/* A place is two numbers or none. */
static bool has_whole_place(struct body *b)
{
	bool latitude = body_has(b, "latitude"), longitude = body_has(b, "longitude");

	if (latitude != longitude ||
	    (latitude && json_is_null(json_object_get(b->fields, "latitude")) !=
			     json_is_null(json_object_get(b->fields, "longitude"))))
		body_fault(b, latitude ? "longitude" : "latitude",
			   "latitude and longitude go together");
	return body_is_good(b);
}

static int add_home(struct httpd_rq *rq, const struct who *who, struct pg *pg,
		    const struct body *body, struct err *err)
{
	const struct registry_facility f = {.id = body_text(body, "id"),
					    .name = body_text(body, "name"),
					    .region_id = body_text(body, "region_id"),
					    .timezone = body_text(body, "timezone")};
	const struct edit e = {who->name, SPAN(EDIT_ANY), body_patch(body)};
	enum edit_verdict verdict;
	enum registry_added added;

	(void)rq;
	int code = registry_facility_add(pg, who->name, &f, &added, err);
	if (code == -ERR_DENIED || (code == 0 && added == REGISTRY_SAME))
		return err_set(err, ERR_EXISTS, "this facility is there already");
	return code < 0 ? code : facilities_change(pg, &e, f.id, &verdict, err);
}

void admin_facilities_post(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body;
	struct err err = {0};

	if (!body_read(rq, home_keys, true, &body) || !has_whole_place(&body) ||
	    !admin_begin(rq, pg))
		return;
	int code = pg_exec(pg, "BEGIN", &err);
	if (code == 0)
		code = add_home(rq, who, pg, &body, &err);
	if (code == 0)
		code = pg_exec(pg, "COMMIT", &err);
	if (code < 0) {
		(void)pg_exec(pg, "ROLLBACK", NULL);
		admin_answer_error(rq, code, &err, code == -ERR_NOT_FOUND ? "region_id" : NULL);
		return;
	}
	struct span id = arena_span(&rq->arena, body_text(&body, "id"));
	httpd_set_header(rq, "Location", "/api/admin/facilities/%s", id.p);
	answer_home(a, rq, pg, id, 201);
}

void admin_facility_patch(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(body_done) struct body body = {0};
	struct edit e = {.who = who->name};
	enum edit_verdict verdict;
	struct err err = {0};

	if (!admin_read_version(rq, &e.version) ||
	    !body_read(rq, changed_home_keys, false, &body) || !has_whole_place(&body) ||
	    !admin_begin(rq, pg))
		return;
	e.patch = body_patch(&body);
	int code = facilities_change(pg, &e, rq->params[0], &verdict, &err);
	if (code < 0)
		admin_answer_error(rq, code, &err, code == -ERR_NOT_FOUND ? "region_id" : NULL);
	else
		answer_home(a, rq, pg, rq->params[0], verdict == EDIT_STALE ? 409 : 200);
}

void admin_facility_revoke(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct err err = {0};

	if (!admin_begin(rq, pg))
		return;
	int code = facilities_revoke(pg, who->name, rq->params[0], &err);
	if (code < 0)
		admin_answer_error(rq, code, &err, NULL);
	else
		answer_home(a, rq, pg, rq->params[0], 200);
}

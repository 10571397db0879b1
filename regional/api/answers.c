/* What is answered from the picture in memory: availability, homes, live streams; and beds, from
 * PostgreSQL. */
#include "regional/api/availability_csv.h"
#include "regional/api/export.h"
#include "regional/api/rate.h"
#include "regional/api/room.h"
#include "regional/api/rows.h"

#define JSON "application/json"

static struct view_rule rule_now(const struct api *a)
{
	return (struct view_rule){.fresh = a->o.fresh, .now = clock_now()};
}

/* Nothing is known before the first reading; an empty list would be a lie. */
static bool is_loaded(struct api *a, struct httpd_rq *rq)
{
	if (snapshot_is_loaded(a->snapshot))
		return true;
	api_away(rq);
	return false;
}

void api_answer_json(struct httpd_rq *rq, struct buf *b)
{
	if (httpd_not_modified(rq, buf_span(b)))
		buf_done(b);
	else
		httpd_answer_buf(rq, 200, JSON, b);
}

static void add_rows(const struct query_row *rows, size_t n, const struct view_rule *rule,
		     struct buf *out)
{
	buf_adds(out, "\"rows\":[");
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(out, ',');
		view_row(rows[i].home, &rows[i].row->a, rule, rows[i].distance_km, out);
	}
	buf_addc(out, ']');
}

/* A copy that leaves the house is noted; of which home, where it is of one. */
static void answer_csv(struct api *a, struct httpd_rq *rq, const struct who *who,
		       const struct query *q, const struct view_rule *rule)
{
	const char *home =
	    q->facilities.n == 1 ? arena_span(&rq->arena, q->facilities.items[0]).p : NULL;
	struct query_row *rows;
	struct buf b = BUF_INIT;

	access_log_add(a->access_log, rq, who, "availability", home, true, "csv");
	const struct picture *p = snapshot_lock(a->snapshot);
	size_t n = query_run(q, p, who, rule, &rq->arena, &rows);
	availability_csv(q, rows, n, rule, &b);
	snapshot_unlock(a->snapshot);
	export_answer(rq, availability_csv_name(q), NULL, &b);
}

void availability_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct buf b = BUF_INIT;
	const char *name, *why;
	struct query_row *rows;
	struct query q;
	bool csv;

	(void)pg;
	if (!query_read(rq->query, rq->n_query, &rq->arena, &q, &name, &why)) {
		httpd_bad_parameter(rq, name, "%s: expected %s", name, why);
		return;
	}
	if (!export_choose(rq, q.format, &csv) || !is_loaded(a, rq))
		return;
	struct view_rule rule = rule_now(a);
	if (csv) {
		answer_csv(a, rq, who, &q, &rule);
		return;
	}
	const struct picture *p = snapshot_lock(a->snapshot);
	size_t n = query_run(&q, p, who, &rule, &rq->arena, &rows);
	buf_addc(&b, '{');
	add_rows(rows, n, &rule, &b);
	buf_adds(&b, "}\n");
	snapshot_unlock(a->snapshot);
	api_answer_json(rq, &b);
}

/* "facilities":[…] in who's scope */
static void add_facilities(struct api *a, const struct who *who, struct buf *out)
{
	struct view_rule rule = rule_now(a);
	bool any = false;

	buf_adds(out, "\"facilities\":[");
	const struct picture *p = snapshot_lock(a->snapshot);
	for (size_t i = 0; i < p->n_facilities; i++) {
		if (!scope_sees(who, &p->facilities[i]))
			continue;
		if (any)
			buf_addc(out, ',');
		view_facility(&p->facilities[i], &rule, out);
		any = true;
	}
	snapshot_unlock(a->snapshot);
	buf_addc(out, ']');
}

void facilities_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct buf b = BUF_INIT;

	(void)pg;
	if (!is_loaded(a, rq))
		return;
	buf_addc(&b, '{');
	add_facilities(a, who, &b);
	buf_adds(&b, "}\n");
	api_answer_json(rq, &b);
}

void facility_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct query q = {.facilities = {&rq->params[0], 1}};
	struct view_rule rule = rule_now(a);
	struct query_row *rows;
	struct buf b = BUF_INIT;

	(void)pg;
	const struct picture *p = snapshot_lock(a->snapshot);
	size_t n = query_run(&q, p, who, &rule, &rq->arena, &rows);
	view_facility(picture_facility(p, rq->params[0]), &rule, &b);
	b.n--; /* the closing brace: the rows go inside */
	buf_addc(&b, ',');
	add_rows(rows, n, &rule, &b);
	buf_adds(&b, "}\n");
	snapshot_unlock(a->snapshot);
	api_answer_json(rq, &b);
}

static const struct rows_column bed_columns[] = {
    {"id", ROWS_TEXT},		{"ward", ROWS_TEXT},	     {"care_level", ROWS_TEXT},
    {"room_number", ROWS_TEXT}, {"status", ROWS_TEXT},	     {"version", ROWS_NUMBER},
    {"unconfirmed", ROWS_BOOL}, {"last_updated", ROWS_TIME}, {0}};

void beds_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	struct pg_params p = PG_PARAMS(&rq->arena);
	struct buf b = BUF_INIT;

	access_log_add(a->access_log, rq, who, "beds", rq->params[0].p, true, NULL);
	pg_add_text(&p, rq->params[0]);
	if (pg_query(
		pg,
		"SELECT id, ward, care_level, room_number, status, version, unconfirmed, "
		"last_updated FROM beds"
		" WHERE facility_id = (SELECT id FROM facilities WHERE id = $1 AND revoked_at IS "
		"NULL) ORDER BY ward, id",
		&p, &r, NULL) < 0) {
		api_away(rq);
		return;
	}
	buf_adds(&b, "{\"facility_id\":");
	buf_add_json(&b, rq->params[0]);
	buf_addc(&b, ',');
	rows_list("beds", r, pg_rows(r), bed_columns, &b);
	buf_adds(&b, "}\n");
	api_answer_json(rq, &b);
}

/* As the hub wants it: ",a,b,". */
static const char *list_of(const struct query_list *list, struct arena *a)
{
	struct buf b = BUF_INIT;

	if (!list->n)
		return NULL;
	buf_addc(&b, ',');
	for (size_t i = 0; i < list->n; i++)
		buf_addf(&b, SPAN_FMT ",", SPAN_ARG(list->items[i]));
	const char *text = arena_strndup(a, b.p, b.n);
	buf_done(&b);
	return text;
}

/* Which rows, as in GET /api/availability; what is found by looking at all of them is not for a
 * stream. "after" is the hub's. false: it has answered. */
static bool read_filter(struct httpd_rq *rq, struct hub_filter *ret)
{
	struct httpd_pair *pairs = arena_array(&rq->arena, struct httpd_pair, rq->n_query + 1);
	const char *name, *why;
	struct query q;
	size_t n_pairs = 0;

	for (size_t i = 0; i < rq->n_query; i++) {
		struct span n = rq->query[i].name;
		if (span_eq_str(n, "after"))
			continue;
		pairs[n_pairs++] = rq->query[i];
		if (!span_eq_str(n, "region") && !span_eq_str(n, "facility") &&
		    !span_eq_str(n, "ward") && !span_eq_str(n, "care_level")) {
			httpd_bad_parameter(rq, n.p,
					    "no such parameter; there are region, facility, ward, "
					    "care_level, after");
			return false;
		}
	}
	if (!query_read(pairs, n_pairs, &rq->arena, &q, &name, &why)) {
		httpd_bad_parameter(rq, name, "%s: expected %s", name, why);
		return false;
	}
	*ret = (struct hub_filter){.regions = list_of(&q.regions, &rq->arena),
				   .facilities = list_of(&q.facilities, &rq->arena),
				   .wards = list_of(&q.wards, &rq->arena)};
	for (unsigned l = 0; q.has_levels && l < CARE_LEVEL_COUNT; l++)
		if (q.levels[l])
			ret->levels |= 1U << l;
	return true;
}

/* The machine itself is no address to count: a proxy that nobody told us of may speak for all. */
static struct hub_party party_of(const struct httpd_rq *rq, const struct who *who)
{
	struct hub_party party = {.login = who->user_id ? who->user_id : -who->token_id};
	char v6[RATE_V6];

	if (!rate_is_here(rq->peer))
		party.address = span_hash(rate_client(rq->peer, v6)) | 1;
	return party;
}

static void scope_to(struct hub_scope *scope, const struct who *who)
{
	avail_copy_text(scope->facility_id, span_str(who->facility_id));
	avail_copy_text(scope->region_id, span_str(who->region_id));
}

/* What a page begins with, in one answer: it is asked for before its program is there. The csrf
 * text is for this page alone. */
void start_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct hub_scope scope = {0};
	struct buf b = BUF_INIT;

	(void)pg;
	httpd_set_header(rq, "Cache-Control", "no-store");
	if (!is_loaded(a, rq))
		return;
	scope_to(&scope, who);
	buf_adds(&b, "{\"me\":");
	session_add_who(&b, who);
	buf_addc(&b, ',');
	add_facilities(a, who, &b);
	buf_addc(&b, ',');
	hub_picture(a->hub, &scope, &b);
	buf_adds(&b, "}\n");
	httpd_answer_buf(rq, 200, JSON, &b);
}

void stream_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct hub_scope scope = {0};

	(void)pg;
	if (!read_filter(rq, &scope.filter) || !is_loaded(a, rq))
		return;
	scope_to(&scope, who);
	httpd_set_header(rq, "X-Accel-Buffering", "no"); /* a proxy must not gather what is live */
	struct hub_party party = party_of(rq, who);
	hub_open(a->hub, rq, &scope, &party);
}

/* Whoever comes with a session is asked for nothing: the browser fetches what the page begins with
 * beside its program. The page itself is small, and no browser keeps it with what this said. */
static void announce_start(struct httpd_rq *rq)
{
	httpd_set_header(rq, "Cache-Control", "no-store");
	if (httpd_cookie(rq, AUTH_COOKIE).n)
		httpd_set_header(rq, "Link",
				 "<api/start>; rel=preload; as=fetch; crossorigin=anonymous");
}

void page_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	(void)who, (void)pg;
	if (a->files && !rq->params[0].n)
		announce_start(rq);
	if (a->files && !span_starts(rq->params[0], SPAN("api/")))
		files_answer(a->files, rq, rq->params[0]);
	else
		httpd_problem(rq, 404, "not-found", "nothing is served here");
}

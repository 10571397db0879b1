/* GET /api/reports and /api/reports/{name}.{format}: what bedpost-report writes, for who answers
 * for a home or watches a region. What is asked is read and held to the asker's scope here; it is
 * made at the desk (desk.h) and sent as a file, so that an error in its midst is an error and no
 * half file. */
#include "regional/api/params.h"
#include "regional/api/room.h"

#include "base/log.h"
#include "reports/output.h"
#include "reports/report.h"

struct asked {
	struct span facility, region, bed, ward, from, to, month, zone, lang, table;
	usec_t known_at;
};

/* takes: which bit of the report's allows it; 0: any does. */
static const struct {
	struct params_key key;
	unsigned takes;
} parameters[] = {
    {{"facility", PARAMS_FACILITY, offsetof(struct asked, facility), NULL}, TAKES_FACILITY},
    {{"region", PARAMS_REGION, offsetof(struct asked, region), NULL}, TAKES_REGION},
    {{"bed", PARAMS_IDENT, offsetof(struct asked, bed), NULL}, TAKES_BED},
    {{"ward", PARAMS_IDENT, offsetof(struct asked, ward), NULL}, TAKES_WARD},
    {{"from", PARAMS_DAY, offsetof(struct asked, from), NULL}, TAKES_PERIOD},
    {{"to", PARAMS_DAY, offsetof(struct asked, to), NULL}, TAKES_PERIOD},
    {{"month", PARAMS_MONTH, offsetof(struct asked, month), NULL}, TAKES_PERIOD},
    {{"known_at", PARAMS_TIME, offsetof(struct asked, known_at), NULL}, TAKES_KNOWN_AT},
    {{"zone", PARAMS_ZONE, offsetof(struct asked, zone), NULL}, 0},
    {{"lang", PARAMS_CHOICE, offsetof(struct asked, lang), "en,nb"}, 0},
    {{"table", PARAMS_IDENT, offsetof(struct asked, table), NULL}, 0},
};

struct report_job {
	struct desk_job desk; /* first */
	struct api *api;
	const struct report *report;
	const struct writer_format *format;
	struct question question;
	const char *table, *file_name;
	bool is_there; /* the home or region, within the asker's scope */
};

static bool may_have(const struct who *who, const struct report *report)
{
	enum scope_access access =
	    report->readers == FOR_ADMINISTRATORS ? ACCESS_AUDIT : ACCESS_REVIEWS;

	return scope_decide(who, access, NULL) == SCOPE_ALLOWED;
}

/* ---- the list ---- */

static void add_text(struct buf *out, const char *key, struct text t)
{
	buf_addf(out, ",\"%s\":{\"en\":", key);
	buf_add_json(out, span_str(text_in(t, LANG_EN)));
	buf_adds(out, ",\"nb\":");
	buf_add_json(out, span_str(text_in(t, LANG_NB)));
	buf_addc(out, '}');
}

static void add_report(struct buf *out, const struct report *report)
{
	const char *comma = "";

	buf_addf(out, "{\"name\":\"%s\"", report->name);
	add_text(out, "title", report->title);
	add_text(out, "about", report->about);
	buf_adds(out, ",\"formats\":[");
	for (const struct writer_format *f = writer_formats; f->name; f++)
		if (report_has_format(report, f)) {
			buf_addf(out, "%s\"%s\"", comma, f->name);
			comma = ",";
		}
	buf_adds(out, "],\"takes\":[");
	comma = "";
	for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
		if (parameters[i].takes && !(report->takes & parameters[i].takes))
			continue;
		if (report->only && parameters[i].key.at == offsetof(struct asked, table))
			continue;
		buf_addf(out, "%s\"%s\"", comma, parameters[i].key.name);
		comma = ",";
	}
	buf_addf(out, "],\"needs\":[%s]}", report->takes & NEEDS_FACILITY ? "\"facility\"" : "");
}

void reports_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct buf b = BUF_INIT;
	const char *comma = "";

	(void)a, (void)pg;
	buf_adds(&b, "{\"reports\":[");
	for (const struct report *r = reports; r->name; r++) {
		if (!may_have(who, r))
			continue;
		buf_adds(&b, comma);
		add_report(&b, r);
		comma = ",";
	}
	buf_adds(&b, "]}\n");
	api_answer_json(rq, &b);
}

/* ---- what was asked ---- */

/* "occupancy.pdf" */
static bool read_file(struct httpd_rq *rq, struct report_job *job)
{
	struct span file = rq->params[0];
	const char *dot = memrchr(file.p, '.', file.n);

	if (dot) {
		struct span name = span_of(file.p, (size_t)(dot - file.p));
		struct span format = span_of(dot + 1, file.n - name.n - 1);
		job->report = report_find(name);
		job->format = writer_format_find(format);
	}
	if (job->report && job->format && report_has_format(job->report, job->format))
		return true;
	httpd_problem(rq, 404, "not-found",
		      "no such report or format; GET /api/reports names them");
	return false;
}

static bool read_parameters(struct httpd_rq *rq, const struct report_job *job, struct asked *ret)
{
	struct params_key keys[ARRAY_LEN(parameters) + 1] = {0};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(parameters); i++)
		if (!parameters[i].takes || job->report->takes & parameters[i].takes)
			keys[n++] = parameters[i].key;
	*ret = (struct asked){.known_at = USEC_NONE};
	if (!params_read(rq, keys, ret))
		return false;
	if (ret->table.p && strcmp(job->format->name, "csv") != 0)
		httpd_bad_parameter(rq, "table", "table: only csv is of one table");
	else if (ret->facility.p && ret->region.p)
		httpd_bad_parameter(rq, "region", "region: goes without facility");
	else if (ret->month.p && (ret->from.p || ret->to.p))
		httpd_bad_parameter(rq, "month", "month: goes without from and to");
	else if (job->report->takes & NEEDS_FACILITY && !ret->facility.p)
		httpd_bad_parameter(rq, "facility", "facility: this report is of one home");
	else
		return true;
	return false;
}

/* Of whom who may ask; who asks for nothing gets all of their own. false: it has answered. */
static bool hold_to_scope(struct api *a, struct httpd_rq *rq, const struct who *who,
			  struct asked *q)
{
	struct span facility = span_str(who->facility_id), region = span_str(who->region_id);

	switch (who->role) {
	case WHO_MANAGER:
		if (q->region.p || (q->facility.p && !span_eq(q->facility, facility)))
			break;
		q->facility = facility;
		return facility.n > 0;
	case WHO_COORDINATOR:
		/* Whether the home is of that region PostgreSQL says: it shows no other. */
		if (q->region.p && !span_eq(q->region, region))
			break;
		if (!q->facility.p)
			q->region = region;
		return region.n > 0;
	case WHO_ADMIN: return true;
	case WHO_STAFF:
	case WHO_NOBODY:
	case WHO_ROLE_COUNT: break;
	}
	api_refuse(a, rq, who, q->facility.p, SCOPE_HIDDEN);
	return false;
}

/* "occupancy_fac_oslo_nordre_2026-10.pdf": of identifiers and days only. */
static const char *file_name(const struct report_job *job, const struct asked *q, struct arena *a)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct span of = q->facility.p ? q->facility : q->region;

	buf_adds(&b, job->report->name);
	if (of.p)
		buf_addf(&b, "_" SPAN_FMT, SPAN_ARG(of));
	if (q->bed.p)
		buf_addf(&b, "_" SPAN_FMT, SPAN_ARG(q->bed));
	if (q->ward.p)
		buf_addf(&b, "_" SPAN_FMT, SPAN_ARG(q->ward));
	if (q->month.p)
		buf_addf(&b, "_" SPAN_FMT, SPAN_ARG(q->month));
	if (q->from.p)
		buf_addf(&b, "_from_" SPAN_FMT, SPAN_ARG(q->from));
	if (q->to.p)
		buf_addf(&b, "_to_" SPAN_FMT, SPAN_ARG(q->to));
	if (q->table.p)
		buf_addf(&b, "_" SPAN_FMT, SPAN_ARG(q->table));
	buf_addf(&b, ".%s", job->format->name);
	return arena_span(a, buf_span(&b)).p;
}

/* ---- making it ---- */

/* What was asked for is there, as far as PostgreSQL shows it to who asks. */
static int check_scope(struct pg *pg, const struct report_job *job, struct err *err)
{
	_cleanup_(pg_result_freep) struct pg_result *r = NULL;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);

	pg_add_text(&p, job->question.facility);
	pg_add_text(&p, job->question.region);
	int e = pg_query(pg,
			 "SELECT 1 WHERE ($1::text IS NULL OR $1 IN (SELECT id FROM facilities)) "
			 "AND ($2::text IS NULL OR $2 IN (SELECT id FROM regions))",
			 &p, &r, err);
	if (e < 0 || pg_rows(r) == 1)
		return e;
	return err_set(err, ERR_NOT_FOUND, "no such facility or region");
}

/* Before the first byte goes out: what is not noted is not handed over. */
static int note(struct pg *pg, const struct report_job *job, const struct httpd_rq *rq,
		struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct pg_params p = PG_PARAMS(&a);
	const struct question *q = &job->question;
	const struct who *who = job->desk.who;

	pg_add_text(&p, span_str(who->name));
	pg_add_text(&p, span_str(who_role_name(who->role)));
	pg_add_text(&p, span_str(rq->peer));
	pg_add_text(&p, span_str(job->report->name));
	pg_add_text(&p, q->facility);
	pg_add_text(&p, q->region);
	pg_add_text(&p, span_str(job->format->name));
	pg_add_text(&p, q->period.month.p ? q->period.month : q->period.from);
	pg_add_text(&p, q->period.to);
	return pg_query(
	    pg,
	    "SELECT FROM bedpost_note_report($1, $2, $3, $4, $5, $6, jsonb_strip_nulls("
	    "jsonb_build_object('format', $7::text, 'from', $8::text, 'to', $9::text)))",
	    &p, NULL, err);
}

static void answer_failure(const struct report_job *job, struct httpd_rq *rq, const struct err *err)
{
	if (atomic_load(&job->desk.stop) && job->desk.why != DESK_TOO_LONG) {
		httpd_set_header(rq, "Retry-After", "1");
		httpd_problem(rq, 503, "closing", "the server is closing; ask again");
		return;
	}
	switch (err->code) {
	case ERR_TIMEOUT:
		httpd_problem(rq, 503, "took-too-long",
			      "the report takes too long; ask for fewer days or homes");
		return;
	case ERR_UNAVAILABLE: api_away(rq); return;
	case ERR_NOT_FOUND:
		if (job->is_there) {
			httpd_bad_parameter(rq, "table", "table: %s", err->message);
			return;
		}
		api_refuse(job->api, rq, job->desk.who, job->question.facility.p, SCOPE_HIDDEN);
		return;
	case ERR_INVALID:
	case ERR_LIMIT: httpd_problem(rq, 400, "bad-question", "%s", err->message); return;
	default:
		log_error("report_failed", "report=%s error=%s", job->report->name,
			  log_quote(span_str(err->message)).s);
		httpd_problem(rq, 500, "report-failed", "the report could not be made");
	}
}

static int write_report(struct report_job *job, struct pg *pg, const struct httpd_rq *rq,
			struct output **ret, struct err *err)
{
	_cleanup_(output_freep) struct output *out = NULL;
	int e = check_scope(pg, job, err);

	job->is_there = e == 0;
	if (e == 0)
		e = note(pg, job, rq, err);
	if (e == 0)
		e = output_open_nameless(job->desk.folder, &job->desk.stop, &out, err);
	if (e == 0)
		e = report_write(job->report, pg,
				 &(struct report_options){.question = &job->question,
							  .format = job->format,
							  .only = job->table},
				 out, err);
	if (e == 0)
		e = output_commit(out, err);
	if (e == 0)
		*ret = TAKE_PTR(out);
	return e;
}

static void make(struct desk_job *desk, struct pg *pg, struct httpd_rq *rq)
{
	struct report_job *job = (struct report_job *)desk;
	_cleanup_(output_freep) struct output *out = NULL;
	struct err err;

	if (write_report(job, pg, rq, &out, &err) < 0) {
		answer_failure(job, rq, &err);
		return;
	}
	httpd_set_header(rq, "Content-Disposition", "attachment; filename=\"%s\"", job->file_name);
	httpd_answer_file(rq, 200, job->format->media_type, output_take_fd(out));
}

void report_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct report_job *job = arena_new(&rq->arena, struct report_job);
	struct asked q;

	(void)pg;
	if (!read_file(rq, job))
		return;
	if (!may_have(who, job->report)) {
		api_refuse(a, rq, who, NULL, SCOPE_FORBIDDEN);
		return;
	}
	if (!read_parameters(rq, job, &q) || !hold_to_scope(a, rq, who, &q))
		return;
	job->api = a;
	job->desk = (struct desk_job){.make = make, .who = who};
	job->table = q.table.p;
	job->file_name = file_name(job, &q, &rq->arena);
	job->question = (struct question){.facility = q.facility,
					  .region = q.region,
					  .bed = q.bed,
					  .ward = q.ward,
					  .period = {q.month, q.from, q.to},
					  .known_at = q.known_at,
					  .zone = q.zone.p,
					  .lang = span_eq_str(q.lang, "nb") ? LANG_NB : LANG_EN};
	rq->plan = job;
}

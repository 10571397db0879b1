/* Decoding happens in the server's threads, so that merge workers do nothing but merge; the request
 * then sleeps until its batch is committed. Texts to the outside name a reason and never a value of
 * the batch. */
#include "regional/ingest/ingest.h"

#include <stdlib.h>

#include "base/log.h"
#include "bed/wire.h"
#include "regional/ingest/refusal.h"

#define INGEST_GRACE (20 * USEC_PER_SEC) /* for batches under way at the end */

struct ingest {
	struct httpd *httpd;
	struct merge *merge;
	struct metrics *metrics;
};

struct post {
	struct httpd_rq *rq;
	struct ingest *in;
	struct wire_batch batch;
	struct merge_job job;
};

static void refuse(struct post *p, const struct refusal *r)
{
	metric_add(p->in->metrics, METRIC_BATCHES, METRIC_BATCH_REFUSED, 1);
	log_warn("batch_refused",
		 "facility=%s road=https status=%d code=%s certificate=%s reason=%s",
		 log_quote(p->rq->client_cn).s, r->status, r->code, p->rq->client_fingerprint,
		 log_quote(span_str(r->detail)).s);
	httpd_problem(p->rq, r->status, r->code, "%s", r->detail);
}

static void answer_taken(struct post *p)
{
	struct buf body = BUF_INIT;

	metric_add(p->in->metrics, METRIC_BATCHES, METRIC_BATCH_TAKEN, 1);
	if (p->batch.header.count == 0)
		metric_add(p->in->metrics, METRIC_HEARTBEATS, 0, 1);
	metric_observe(p->in->metrics, METRIC_INGEST_TIME, clock_monotonic() - p->rq->began);
	wire_answer_to_json(&p->job.answer, &body);
	httpd_answer_buf(p->rq, 200, "application/json", &body);
}

static void answer_refused(struct post *p)
{
	struct refusal r = refusal_of_verdict(p->job.verdict);

	switch (p->job.verdict) {
	case MERGE_AWAY:
		metric_add(p->in->metrics, METRIC_BATCHES, METRIC_BATCH_UNAVAILABLE, 1);
		httpd_set_header(p->rq, "Retry-After", "%d", MERGE_RETRY_AFTER);
		httpd_problem(p->rq, r.status, r.code, "%s", r.detail);
		break;
	case MERGE_FAILED: httpd_problem(p->rq, r.status, r.code, "%s", r.detail); break;
	case MERGE_TAKEN:
	case MERGE_UNKNOWN:
	case MERGE_CERTIFICATE:
	case MERGE_EPOCH: refuse(p, &r); break;
	}
}

static void merged(struct merge_job *job, void *user)
{
	struct post *p = user;

	if (job->verdict == MERGE_TAKEN)
		answer_taken(p);
	else
		answer_refused(p);
	httpd_resume(p->rq);
}

static void post_events(struct httpd_rq *rq, void *user)
{
	struct post *p = arena_new(&rq->arena, struct post);
	struct err err = {0};

	p->rq = rq;
	p->in = user;
	if (wire_decode(rq->body, &rq->arena, &p->batch, &err) < 0) {
		struct refusal r = refusal_of_bad_batch(&err);
		refuse(p, &r);
		return;
	}
	if (!span_eq(rq->client_cn, p->batch.header.facility)) {
		refuse(p, &refusal_wrong_facility);
		return;
	}
	p->job = (struct merge_job){
	    .batch = &p->batch,
	    .received_at = clock_now(),
	    .source_ip = span_str(rq->peer),
	    .road = "https",
	    .certificate = span_str(rq->client_fingerprint),
	    .arena = &rq->arena,
	    .done = merged,
	    .user = p,
	};
	httpd_suspend(rq);
	merge_submit(p->in->merge, &p->job);
}

#define EVENTS_ROUTE(path)                                                                         \
	{                                                                                          \
		"POST", path, post_events, .body_max = WIRE_BODY_MAX,                              \
					   .consumes = WIRE_CONTENT_TYPE                           \
	}
static const struct httpd_route routes[] = {
    EVENTS_ROUTE("/api/v1/events"), EVENTS_ROUTE("/events"), {0}};

/* Encodings are recognised by their first bytes; a name that is none of them is refused before the
 * body is read. */
static bool gate(struct httpd_rq *rq, void *user _unused_)
{
	struct span encoding = httpd_header(rq, "Content-Encoding");

	if (!encoding.p || span_eq_nocase(encoding, SPAN("zstd")) ||
	    span_eq_nocase(encoding, SPAN("gzip")) || span_eq_nocase(encoding, SPAN("identity")))
		return true;
	httpd_problem(rq, 415, "unsupported-encoding", "Content-Encoding is zstd, gzip or none");
	return false;
}

int ingest_open(const struct ingest_options *o, struct ingest **ret, struct err *err)
{
	struct ingest *in = calloc(1, sizeof(*in));

	if (!in)
		abort();
	in->merge = o->merge;
	in->metrics = o->metrics;
	int r = httpd_open(&(struct httpd_options){.listen = o->listen,
						   .cert_file = o->cert,
						   .key_file = o->key,
						   .client_ca_file = o->client_ca,
						   .routes = routes,
						   .user = in,
						   .gate = gate},
			   &in->httpd, err);
	if (r < 0) {
		free(in);
		return err_prefix(err, "ingest");
	}
	*ret = in;
	return 0;
}

void ingest_close(struct ingest *in)
{
	if (!in)
		return;
	httpd_close(in->httpd, INGEST_GRACE);
	free(in);
}

unsigned ingest_port(const struct ingest *in)
{
	return httpd_port(in->httpd);
}

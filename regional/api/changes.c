/* The API decides nothing of a bed: it hands the change to the merge, where the home's row is
 * locked, and says what came of it. */
#include "regional/api/changes.h"

#include <jansson.h>
#include <pthread.h>

/* ---- the request ---- */

static void refuse_body(struct httpd_rq *rq, const char *key)
{
	httpd_problem(rq, 400, "bad-body",
		      "expected a JSON object with the text \"status\" (available, occupied, "
		      "reserved or maintenance) and the text \"%s\", and nothing else",
		      key);
}

static bool read_body(const json_t *o, struct arena *a, const char *key,
		      enum bed_status *ret_status, struct span *ret_text)
{
	const json_t *status = json_object_get(o, "status"), *text = json_object_get(o, key);
	size_t keys = (size_t)(status != NULL) + (text != NULL);

	if (!json_is_string(status) || (text && !json_is_string(text)) ||
	    json_object_size(o) != keys)
		return false;
	*ret_text = text ? span_str(arena_strdup(a, json_string_value(text))) : SPAN_NONE;
	return bed_status_parse(span_str(json_string_value(status)), ret_status);
}

bool changes_read_body(struct httpd_rq *rq, const char *key, enum bed_status *ret_status,
		       struct span *ret_text)
{
	json_t *o =
	    json_loadb(rq->body.p ? rq->body.p : "", rq->body.n, JSON_REJECT_DUPLICATES, NULL);
	bool good = read_body(o, &rq->arena, key, ret_status, ret_text);

	json_decref(o);
	if (!good)
		refuse_body(rq, key);
	return good;
}

bool changes_read_version(struct httpd_rq *rq, bool wanted, int64_t *ret)
{
	struct span s = span_trim(httpd_header(rq, "If-Match"));

	*ret = CHANGE_ANY_VERSION;
	if (!s.p || s.n == 0) {
		if (wanted)
			httpd_problem(rq, 428, "version-needed",
				      "the header If-Match must hold the bed's version, such as "
				      "\"7\", so that nobody's change is overwritten unseen");
		return !wanted;
	}
	if (s.n > 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = span_of(s.p + 1, s.n - 2);
	if (span_to_i64(s, ret) && *ret >= 0)
		return true;
	httpd_problem(rq, 400, "bad-version",
		      "If-Match: expected the bed's version, such as \"7\"");
	return false;
}

/* ---- the merge ---- */

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done;
};

static void wake_up(struct merge_job *job, void *user)
{
	struct waiting *w = user;

	(void)job;
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

static enum merge_verdict merge_and_wait(struct api *a, struct httpd_rq *rq, struct change *c)
{
	struct waiting w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
	struct merge_job job = {.source_ip = span_str(rq->peer), .done = wake_up, .user = &w};

	change_job(c, &rq->arena, clock_now(), &job);
	merge_submit(a->o.merge, &job);
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.wake, &w.lock);
	pthread_mutex_unlock(&w.lock);
	return job.verdict;
}

/* ---- the answer ---- */

static void add_bed(const struct change *c, struct buf *out)
{
	const struct change_bed *b = &c->bed;

	buf_adds(out, "\"bed\":{\"id\":");
	buf_add_json(out, c->bed_id);
	buf_adds(out, ",\"ward\":");
	buf_add_json(out, b->ward);
	buf_addf(out,
		 ",\"care_level\":\"%s\",\"status\":\"%s\",\"version\":%lld,\"unconfirmed\":%s,",
		 care_level_name(b->care_level), bed_status_name(b->status), (long long)b->version,
		 b->unconfirmed ? "true" : "false");
	view_time("last_updated", b->last_updated, out);
	buf_addc(out, '}');
}

static void answer_bed(struct httpd_rq *rq, const struct change *c)
{
	struct buf b = BUF_INIT;

	buf_addc(&b, '{');
	add_bed(c, &b);
	buf_adds(&b, "}\n");
	httpd_set_header(rq, "ETag", "\"%lld\"", (long long)c->bed.version);
	httpd_answer_buf(rq, 200, "application/json", &b);
}

/* A problem that carries the bed as it stands, so that the person can look again. */
static void answer_conflict(struct httpd_rq *rq, const struct change *c)
{
	bool settled = c->verdict == CHANGE_SETTLED;
	struct buf b = BUF_INIT;

	buf_addf(&b,
		 "{\"type\":\"urn:bedpost:problem:%s\",\"title\":\"Conflict\",\"status\":409,"
		 "\"detail\":\"%s\",",
		 settled ? "settled" : "stale",
		 settled ? "this conflict is settled already"
			 : "the bed has changed since the version that If-Match names");
	add_bed(c, &b);
	buf_adds(&b, "}\n");
	httpd_set_header(rq, "ETag", "\"%lld\"", (long long)c->bed.version);
	httpd_answer_buf(rq, 409, "application/problem+json", &b);
}

static const char *answer_change(struct httpd_rq *rq, const struct change *c)
{
	switch (c->verdict) {
	case CHANGE_MADE: answer_bed(rq, c); return NULL;
	case CHANGE_STALE: answer_conflict(rq, c); return "stale";
	case CHANGE_SETTLED: answer_conflict(rq, c); return "settled";
	case CHANGE_NO_BED:
		httpd_problem(rq, 404, "not-found", "this home has no such bed");
		return "no_bed";
	case CHANGE_FAILED: break;
	}
	httpd_problem(rq, 500, "failed", "the change could not be made; the region's log says why");
	return "failed";
}

static const char *answer_verdict(struct httpd_rq *rq, enum merge_verdict verdict,
				  const struct change *c)
{
	switch (verdict) {
	case MERGE_TAKEN: return answer_change(rq, c);
	case MERGE_UNKNOWN:
		httpd_problem(rq, 404, "not-found", "this home is not registered, or was revoked");
		return "no_home";
	case MERGE_AWAY: api_away(rq); return "away";
	case MERGE_EPOCH:
	case MERGE_CERTIFICATE:
	case MERGE_FAILED: break;
	}
	httpd_problem(rq, 500, "failed", "the change could not be made; the region's log says why");
	return "failed";
}

/* Who it was, as an identifier: a token's name is free text. */
static struct span identity(const struct who *who, struct arena *a)
{
	struct span s = ident_make(a, span_str(arena_printf(a, "user_%s", who->name)));

	return s.p ? s : span_str(arena_printf(a, "token_%lld", (long long)who->token_id));
}

void changes_make(struct api *a, struct httpd_rq *rq, const struct who *who, struct change *c)
{
	if (!a->o.merge) {
		api_away(rq);
		return;
	}
	c->changed_by = identity(who, &rq->arena);
	const char *detail = answer_verdict(rq, merge_and_wait(a, rq, c), c);
	access_log_add(a->access_log, rq, who, c->conflict_id.p ? "conflict_resolve" : "bed_status",
		       c->facility_id.p, true, detail);
}

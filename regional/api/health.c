/* For the machine that runs the daemon. Without a login: nothing here names a home or a person. */
#include "regional/api/room.h"

void healthz_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	(void)a, (void)who, (void)pg;
	httpd_answer(rq, 200, "application/json", SPAN("{\"status\":\"ok\"}\n"));
}

/* Rows outside the months are no reason to stop answering, but one to look. */
static void add_audit(const struct metrics *m, struct buf *out)
{
	if (!m || !metric_get(m, METRIC_AUDIT_LOOKED, 0)) {
		buf_adds(out, ",\"audit\":null");
		return;
	}
	long long rows = (long long)metric_get(m, METRIC_AUDIT_DEFAULT, 0);
	long long ahead = (long long)metric_get(m, METRIC_AUDIT_AHEAD, 0);
	buf_addf(out, ",\"audit\":{\"status\":\"%s\",\"default_rows\":%lld,\"months_ahead\":%lld}",
		 rows > 0 || ahead < 1 ? "attention" : "ok", rows, ahead);
}

/* The topic is a copy too: what cannot be sent waits, and is said. */
static void add_kafka(const struct metrics *m, struct buf *out)
{
	static const char *const names[] = {"off", "sending", "standby", "waiting"};
	uint64_t state = m ? metric_get(m, METRIC_KAFKA_STATE, 0) : METRIC_KAFKA_OFF;

	if (state == METRIC_KAFKA_OFF || state >= ARRAY_LEN(names)) {
		buf_adds(out, ",\"kafka\":null");
		return;
	}
	usec_t oldest = (usec_t)metric_get(m, METRIC_KAFKA_OLDEST, 0) * USEC_PER_SEC;
	buf_addf(out, ",\"kafka\":{\"status\":\"%s\",\"changes\":%lld,", names[state],
		 (long long)metric_get(m, METRIC_KAFKA_WAITING, 0));
	view_time("oldest_at", oldest ? oldest : USEC_NONE, out);
	buf_addc(out, '}');
}

/* Ready: PostgreSQL answers with the schema that this program knows, and the picture is loaded.
 * Redis is a copy: said, but not waited for. */
void readyz_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	bool unmigrated = feed_waits_for_migration(a->feed);
	bool database = feed_is_connected(a->feed), loaded = snapshot_is_loaded(a->snapshot);
	struct live_state redis = live_state(a->o.live);
	struct buf b = BUF_INIT;

	(void)who, (void)pg;
	buf_addf(
	    &b,
	    "{\"status\":\"%s\",\"postgresql\":%s,\"migrated\":%s,\"snapshot\":%s,\"redis\":%s,",
	    database && loaded ? "ready" : "not ready", database || unmigrated ? "true" : "false",
	    unmigrated ? "false"
	    : database ? "true"
		       : "null",
	    loaded ? "true" : "false",
	    !redis.configured ? "null"
	    : redis.connected ? "true"
			      : "false");
	view_time("snapshot_read_at", snapshot_read_at(a->snapshot), &b);
	add_audit(a->metrics, &b);
	add_kafka(a->metrics, &b);
	buf_adds(&b, "}\n");
	httpd_answer_buf(rq, database && loaded ? 200 : 503, "application/json", &b);
}

void metrics_get(struct api *a, struct httpd_rq *rq, const struct who *who, struct pg *pg)
{
	struct buf b = BUF_INIT;

	(void)who, (void)pg;
	if (a->metrics)
		metrics_print(a->metrics, &b);
	api_print_answers(a, &b);
	httpd_answer_buf(rq, 200, "text/plain; version=0.0.4; charset=utf-8", &b);
}

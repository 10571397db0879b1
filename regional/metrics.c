/* Every family has the same fixed room, so counting is one atomic addition at a known place. */
#include "regional/metrics.h"

#include <assert.h>
#include <stdatomic.h>

#include "bed/status.h"

#define LABELS_MAX 8

enum kind { COUNTER, GAUGE, HISTOGRAM };

static const char *batch_name(unsigned i)
{
	static const char *const names[] = {"taken", "refused", "unavailable"};
	return names[i];
}

static const char *key_name(unsigned i)
{
	static const char *const names[] = {"written", "stale"};
	return names[i];
}

static const char *login_name(unsigned i)
{
	static const char *const names[] = {"ok", "refused", "limited"};
	return names[i];
}

static const char *away_name(unsigned i)
{
	static const char *const names[] = {"closed", "certificate"};
	return names[i];
}

static const char *attempt_name(unsigned i)
{
	static const char *const names[] = {"delivered", "failed", "given_up"};
	return names[i];
}

static const char *event_outcome(unsigned i)
{
	return outcome_name((enum outcome)i);
}

static const struct family {
	const char *name, *help;
	enum kind kind;
	const char *label;
	const char *(*value)(unsigned);
	unsigned values;
} families[METRIC_COUNT] = {
    [METRIC_EVENTS] = {"bedpost_events_total", "Events by what the region decided of them", COUNTER,
		       "outcome", event_outcome, OUTCOME_COUNT},
    [METRIC_BATCHES] = {"bedpost_batches_total", "Batches from homes", COUNTER, "result",
			batch_name, 3},
    [METRIC_HEARTBEATS] = {"bedpost_heartbeats_total", "Heartbeats from homes", COUNTER},
    [METRIC_GAPS] = {"bedpost_gaps_total",
		     "Batches that began past what was applied: the home ships again", COUNTER},
    [METRIC_INGEST_TIME] = {"bedpost_ingest_seconds", "A batch from its first byte to its answer",
			    HISTOGRAM},
    [METRIC_MERGE_TIME] = {"bedpost_merge_seconds", "One group commit", HISTOGRAM},
    [METRIC_MERGE_BATCHES] = {"bedpost_merged_batches_total", "Batches taken by group commits",
			      COUNTER},
    [METRIC_MERGE_QUEUE] = {"bedpost_merge_queue", "Batches waiting for a merge worker", GAUGE},
    [METRIC_LIVE_QUEUE] = {"bedpost_live_queue", "Keys waiting for Redis", GAUGE},
    [METRIC_LIVE_KEYS] = {"bedpost_live_keys_total",
			  "Keys sent to Redis; stale: it held a newer one", COUNTER, "result",
			  key_name, 2},
    [METRIC_REDIS_UP] = {"bedpost_redis_up", "1 while Redis answers", GAUGE},
    [METRIC_SNAPSHOT_ROWS] = {"bedpost_snapshot_rows", "Rows of availability in memory", GAUGE},
    [METRIC_SNAPSHOT_READS] = {"bedpost_snapshot_reads_total",
			       "Whole reads of availability from PostgreSQL", COUNTER},
    [METRIC_FEED_WAKEUPS] = {"bedpost_feed_wakeups_total", "Notifications of committed changes",
			     COUNTER},
    [METRIC_STREAM_CLIENTS] = {"bedpost_stream_clients", "Open live streams", GAUGE},
    [METRIC_STREAM_DROPPED] = {"bedpost_stream_ended_total", "Live streams that ended", COUNTER},
    [METRIC_HTTP_TIME] = {"bedpost_http_seconds", "API requests, live streams left out", HISTOGRAM},
    [METRIC_LOGINS] = {"bedpost_logins_total", "Attempts to log in", COUNTER, "result", login_name,
		       3},
    [METRIC_DENIALS] = {"bedpost_denials_total", "Requests refused for want of a login or by scope",
			COUNTER},
    [METRIC_ACCESS_QUEUE] = {"bedpost_access_log_queue",
			     "Lines of the access log still to be written", GAUGE},
    [METRIC_ACCESS_LOST] = {"bedpost_access_log_lost_total",
			    "Lines lost because that queue was full", COUNTER},
    [METRIC_AUDIT_DEFAULT] = {"bedpost_audit_default_rows",
			      "Audit rows that found no month's partition", GAUGE},
    [METRIC_AUDIT_AHEAD] = {"bedpost_audit_months_ahead",
			    "Months of the audit log made ahead; -1: not even this one", GAUGE},
    [METRIC_AUDIT_SIGNED] = {"bedpost_audit_signed_at_seconds",
			     "When the day's signed heads were last seen in place; 0: never",
			     GAUGE},
    [METRIC_AUDIT_LOOKED] = {"bedpost_audit_looked_at_seconds",
			     "When the audit log's months were last looked at; 0: never", GAUGE},
    [METRIC_TURNED_AWAY] =
	{"bedpost_turned_away_total",
	 "Batches of homes that are closed or unknown, or with a certificate that "
	 "was revoked",
	 COUNTER, "reason", away_name, 2},
    [METRIC_ALERT_ATTEMPTS] = {"bedpost_alert_attempts_total",
			       "Webhooks, e-mails and push messages sent by this daemon", COUNTER,
			       "result", attempt_name, 3},
    [METRIC_ALERTS_OPEN] = {"bedpost_alerts_open", "Alerts that are open", GAUGE},
    [METRIC_ALERTS_WAITING] = {"bedpost_alert_deliveries_waiting",
			       "Messages about alerts that wait for their next attempt", GAUGE},
    [METRIC_ALERTS_GIVEN_UP] = {"bedpost_alert_deliveries_given_up",
				"Messages about alerts that were given up", GAUGE},
    [METRIC_KAFKA_STATE] = {"bedpost_kafka_state",
			    "0: none configured, 1: sends, 2: another daemon sends, 3: cannot send",
			    GAUGE},
    [METRIC_KAFKA_SENT] = {"bedpost_kafka_sent_total", "Changes sent to Kafka", COUNTER},
    [METRIC_KAFKA_TIME] = {"bedpost_kafka_seconds", "One transaction with Kafka", HISTOGRAM},
    [METRIC_KAFKA_WAITING] = {"bedpost_kafka_waiting", "Changes that wait for Kafka", GAUGE},
    [METRIC_KAFKA_OLDEST] = {"bedpost_kafka_oldest_seconds",
			     "When the oldest of them was received; 0: none waits", GAUGE},
};

static const usec_t bounds[] = {500,	1000,	2500,	5000,	 10000,	  25000,   50000,
				100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

struct cell {
	_Atomic uint64_t n[LABELS_MAX];
	_Atomic uint64_t buckets[ARRAY_LEN(bounds)];
	_Atomic uint64_t sum; /* microseconds */
};

struct metrics {
	struct cell cells[METRIC_COUNT];
};

struct metrics *metrics_new(void)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	return m;
}

void metrics_free(struct metrics *m)
{
	free(m);
}

void metric_add(struct metrics *m, enum metric family, unsigned which, uint64_t n)
{
	if (!m)
		return;
	assert(families[family].kind == COUNTER && which < LABELS_MAX);
	atomic_fetch_add_explicit(&m->cells[family].n[which], n, memory_order_relaxed);
}

void metric_set(struct metrics *m, enum metric family, int64_t value)
{
	if (!m)
		return;
	assert(families[family].kind == GAUGE);
	atomic_store_explicit(&m->cells[family].n[0], (uint64_t)value, memory_order_relaxed);
}

void metric_observe(struct metrics *m, enum metric family, usec_t took)
{
	if (!m)
		return;
	assert(families[family].kind == HISTOGRAM);
	struct cell *c = &m->cells[family];
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++)
		if (took <= bounds[i]) {
			atomic_fetch_add_explicit(&c->buckets[i], 1, memory_order_relaxed);
			break;
		}
	atomic_fetch_add_explicit(&c->sum, took > 0 ? (uint64_t)took : 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->n[0], 1, memory_order_relaxed);
}

uint64_t metric_get(const struct metrics *m, enum metric family, unsigned which)
{
	return atomic_load_explicit(&m->cells[family].n[which], memory_order_relaxed);
}

static void print_histogram(const struct family *f, const struct cell *c, struct buf *out)
{
	uint64_t below = 0;

	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		below += atomic_load_explicit(&c->buckets[i], memory_order_relaxed);
		buf_addf(out, "%s_bucket{le=\"%g\"} %llu\n", f->name,
			 (double)bounds[i] / USEC_PER_SEC, (unsigned long long)below);
	}
	unsigned long long n = atomic_load_explicit(&c->n[0], memory_order_relaxed);
	unsigned long long sum = atomic_load_explicit(&c->sum, memory_order_relaxed);
	/* Threads count on meanwhile: the buckets may already know of more than n. */
	buf_addf(out, "%s_bucket{le=\"+Inf\"} %llu\n", f->name, n > below ? n : below);
	buf_addf(out, "%s_sum %llu.%06llu\n%s_count %llu\n", f->name, sum / USEC_PER_SEC,
		 sum % USEC_PER_SEC, f->name, n > below ? n : below);
}

void metrics_print(const struct metrics *m, struct buf *out)
{
	static const char *const kinds[] = {"counter", "gauge", "histogram"};

	for (unsigned i = 0; i < METRIC_COUNT; i++) {
		const struct family *f = &families[i];
		buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name,
			 kinds[f->kind]);
		if (f->kind == HISTOGRAM)
			print_histogram(f, &m->cells[i], out);
		for (unsigned v = 0; f->kind != HISTOGRAM && v < (f->label ? f->values : 1); v++) {
			buf_adds(out, f->name);
			if (f->label)
				buf_addf(out, "{%s=\"%s\"}", f->label, f->value(v));
			buf_addf(out, " %lld\n", (long long)metric_get(m, i, v));
		}
	}
}

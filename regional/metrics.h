/* What the daemon counts: one const table of families (metrics.c), counted into from any thread
 * without a lock, and printed for Prometheus (text format 0.0.4). A label never names a home, a
 * user or a token. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"

enum metric {
	METRIC_EVENTS,	       /* counter; which: enum outcome */
	METRIC_BATCHES,	       /* counter; which: enum metric_batch */
	METRIC_HEARTBEATS,     /* counter */
	METRIC_GAPS,	       /* counter: batches that began past what was applied */
	METRIC_INGEST_TIME,    /* histogram: a batch from its first byte to its answer */
	METRIC_MERGE_TIME,     /* histogram: one group commit */
	METRIC_MERGE_BATCHES,  /* counter: batches that group commits took together */
	METRIC_MERGE_QUEUE,    /* gauge: batches waiting for a merge worker */
	METRIC_LIVE_QUEUE,     /* gauge: keys waiting for Redis */
	METRIC_LIVE_KEYS,      /* counter; which: enum metric_key */
	METRIC_REDIS_UP,       /* gauge: 0, 1 */
	METRIC_SNAPSHOT_ROWS,  /* gauge */
	METRIC_SNAPSHOT_READS, /* counter: whole reads of PostgreSQL */
	METRIC_FEED_WAKEUPS,   /* counter: notifications taken */
	METRIC_STREAM_CLIENTS, /* gauge */
	METRIC_STREAM_DROPPED, /* counter: streams ended because the client left or lagged */
	METRIC_HTTP_TIME,      /* histogram: API requests, streams left out */
	METRIC_LOGINS,	       /* counter; which: enum metric_login */
	METRIC_DENIALS,	       /* counter: requests refused by scope or for want of a login */
	METRIC_ACCESS_QUEUE,   /* gauge: lines of the access log not yet in PostgreSQL */
	METRIC_ACCESS_LOST,    /* counter: lines lost because that queue was full */
	METRIC_AUDIT_DEFAULT,  /* gauge: audit rows that found no month's partition */
	METRIC_AUDIT_AHEAD,    /* gauge: months of the audit log made ahead */
	METRIC_AUDIT_SIGNED,   /* gauge: when this day's signed heads were last seen, likewise */
	METRIC_AUDIT_LOOKED, /* gauge: when the two were looked at, seconds since 1970; 0: never */
	METRIC_ALERT_ATTEMPTS,	/* counter; which: enum metric_attempt */
	METRIC_ALERTS_OPEN,	/* gauge */
	METRIC_ALERTS_WAITING,	/* gauge: deliveries not made yet */
	METRIC_ALERTS_GIVEN_UP, /* gauge: deliveries given up and not tried again */
	METRIC_TURNED_AWAY,	/* counter; which: enum metric_away */
	METRIC_KAFKA_STATE,	/* gauge: enum metric_kafka */
	METRIC_KAFKA_SENT,	/* counter: changes in committed transactions */
	METRIC_KAFKA_TIME,	/* histogram: one transaction */
	METRIC_KAFKA_WAITING,	/* gauge: changes that the topic does not hold yet */
	METRIC_KAFKA_OLDEST, /* gauge: when the oldest of them came, seconds since 1970; 0: none */
	METRIC_COUNT,
};

enum metric_kafka {
	METRIC_KAFKA_OFF,
	METRIC_KAFKA_SENDING,
	METRIC_KAFKA_STANDBY,
	METRIC_KAFKA_AWAY
};
enum metric_batch { METRIC_BATCH_TAKEN, METRIC_BATCH_REFUSED, METRIC_BATCH_UNAVAILABLE };
enum metric_away { METRIC_AWAY_CLOSED, METRIC_AWAY_CERTIFICATE };
enum metric_key { METRIC_KEY_WRITTEN, METRIC_KEY_STALE };
enum metric_attempt { METRIC_ATTEMPT_DELIVERED, METRIC_ATTEMPT_FAILED, METRIC_ATTEMPT_GIVEN_UP };
enum metric_login { METRIC_LOGIN_OK, METRIC_LOGIN_REFUSED, METRIC_LOGIN_LIMITED };

struct metrics;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);
DEFINE_CLEANUP(struct metrics *, metrics_free)

/* m may be NULL: nothing is counted. which: 0 where the family has no label. */
void metric_add(struct metrics *m, enum metric family, unsigned which, uint64_t n);
void metric_set(struct metrics *m, enum metric family, int64_t value);	 /* gauges */
void metric_observe(struct metrics *m, enum metric family, usec_t took); /* histograms */
uint64_t metric_get(const struct metrics *m, enum metric family, unsigned which);

void metrics_print(const struct metrics *m, struct buf *out);

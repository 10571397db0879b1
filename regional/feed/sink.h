/* The sink: one more consumer of the change feed, which puts every committed change into a topic of
 * Apache Kafka, once, a home's in order.
 *
 * For a batch, in this order: the consumer is locked and the next changes are read; they go to the
 * brokers as one transaction; when that is committed, the cursors and the places in the topic
 * (place.h) move in one transaction of PostgreSQL. Of several daemons one sends, by an advisory
 * lock; a daemon that lost the lock without noticing was shut out at the brokers by the one that
 * took over (kafka.h). Whoever begins to send reads back what its predecessor committed and could
 * not note. So each change stands in the topic once for whoever reads committed messages.
 *
 * After any error everything is closed and begun anew, later and later. Meanwhile changes wait
 * where they are, in the audit log. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "regional/feed/cursor.h"
#include "regional/feed/kafka.h"
#include "regional/metrics.h"

#define SINK_CONSUMER "kafka"

struct sink_options {
	const char *database;
	struct kafka_options kafka; /* without transactional_id, stopped, user */
	enum cursor_start start;    /* of a sink that never sent */
	struct metrics *metrics;    /* may be NULL */
};

struct sink;
/* What it points to has to stay. */
int sink_start(const struct sink_options *o, struct sink **ret, struct err *err);
void sink_stop(struct sink *s); /* NULL allowed */

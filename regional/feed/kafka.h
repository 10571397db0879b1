/* A topic of Apache Kafka: the only caller of librdkafka.
 *
 * Messages go out in transactions of an idempotent producer (acks=all) under a transactional id.
 * kafka_open() ends, at the brokers, whatever an earlier producer of the same id had begun, and
 * shuts that one out for good, be it dead or only slow: from then on the topic holds for this id
 * what it holds, and kafka_read_back() can look it through. Nothing here recovers by itself: after
 * any error the owner closes it and opens a new one.
 *
 * A home's messages go to one partition (murmur2 of the key, as Java's producers do), in order.
 *
 * Errors: DENIED (log-in or rights), INVALID (certificates, a message that the topic does not
 * take), NOT_FOUND (the topic), CONFLICT (shut out by another producer of the id), UNAVAILABLE and
 * TIMEOUT. Where somebody has to do something, the message says what. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/span.h"

#define KAFKA_PARTITIONS_MAX 10000

struct kafka_options {
	const char *brokers, *topic, *transactional_id;
	const char *security_protocol; /* "plaintext", "ssl", "sasl_plaintext", "sasl_ssl" */
	const char *ca, *cert, *key;   /* PEM; NULL: the system's authorities, no certificate */
	const char *sasl_mechanism;    /* "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512" */
	const char *sasl_user, *sasl_password_file; /* the file is read by each kafka_open() */
	bool (*stopped)(void *user);		    /* asked some times a second: true gives up */
	void *user;
};

struct kafka;

int kafka_open(const struct kafka_options *o, struct kafka **ret, struct err *err);
/* An open transaction is left to the brokers, which end it at the next kafka_open(). */
void kafka_close(struct kafka *k);
DEFINE_CLEANUP(struct kafka *, kafka_close)
int kafka_partitions(const struct kafka *k);

struct kafka_message {
	struct span facility_id; /* the key */
	struct span event_id;
	int64_t n;
	struct span value;
};

/* All of them or none, in their order. 0: the brokers have them. After an error nobody knows, until
 * the next kafka_open() and kafka_read_back(). next[kafka_partitions()]: for each partition that
 * took one of them, the offset behind the last. */
int kafka_send(struct kafka *k, const struct kafka_message *messages, size_t n, int64_t *next,
	       struct err *err);

/* Where each partition ends. */
int kafka_ends(struct kafka *k, int64_t *ret_ends, struct err *err);
/* Calls seen() for each message of this transactional id that lies behind next[] and was committed;
 * then next[] is where each partition ends. Spans live for the call. Ends with the first error of
 * seen(). */
typedef int (*kafka_seen_t)(void *user, const struct kafka_message *m, struct err *err);
int kafka_read_back(struct kafka *k, int64_t *next, kafka_seen_t seen, void *user, struct err *err);

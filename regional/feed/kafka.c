/* Every call that waits is cut into slices, so that the daemon ends when it is told to. What a
 * callback of the library tells is kept for the message of the error that follows: a log-in that
 * fails shows in the call itself as nothing but a timeout. */
#include "regional/feed/kafka.h"

#include <librdkafka/rdkafka.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/kill_point.h"
#include "base/log.h"
#include "bed/ident.h"
#include "regional/feed/message.h"

#define SLICE_MS      200
#define OPEN_DEADLINE (10 * USEC_PER_SEC)
#define SEND_DEADLINE (5 * USEC_PER_SEC) /* without a delivery */
/* Without a message: longer than others' transactions. */
#define READ_DEADLINE	 (75 * USEC_PER_SEC)
#define TRANSACTION_TIME "30000"  /* ms: the brokers end what lasts longer */
#define BATCH_BYTES	 "200000" /* a topic's max.message.bytes has to be above it */
#define PASSWORD_MAX	 256
#define REASON_MAX	 300

struct kafka {
	struct kafka_options o;
	rd_kafka_t *producer;
	rd_kafka_topic_t *topic;
	int partitions;
	rd_kafka_resp_err_t reason; /* what the library last told of its own accord */
	char reason_text[REASON_MAX];
	rd_kafka_resp_err_t undelivered; /* of the batch on its way */
	int64_t *next;			 /* kafka_send()'s */
};

/* ---- errors ---- */

static const struct {
	rd_kafka_resp_err_t code;
	enum err_code as;
	const char *what_to_do;
} known_errors[] = {
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ERR_NOT_FOUND,
     "make the topic (kafka-topics.sh --create), or name one that is there"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, ERR_NOT_FOUND,
     "make the topic (kafka-topics.sh --create), or name one that is there"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ERR_DENIED,
     "allow the account Write, Read and Describe on the topic"},
    {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, ERR_DENIED,
     "allow the account Write and Describe on transactional ids with the prefix bedpost-"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ERR_DENIED,
     "allow the account IdempotentWrite on the cluster"},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, ERR_DENIED,
     "check sasl_mechanism, sasl_user and sasl_password_file"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, ERR_DENIED,
     "check sasl_mechanism, sasl_user and sasl_password_file"},
    {RD_KAFKA_RESP_ERR__SSL, ERR_INVALID,
     "check ca, cert and key, and that brokers names a TLS port"},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ERR_INVALID,
     "raise the topic's max.message.bytes; it has to be above " BATCH_BYTES},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, ERR_INVALID,
     "raise the topic's segment.bytes; it has to be above " BATCH_BYTES},
    {RD_KAFKA_RESP_ERR__FENCED, ERR_CONFLICT, "another daemon sends now"},
    {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, ERR_CONFLICT, "another daemon sends now"},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, ERR_CONFLICT, "another daemon sends now"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, ERR_TIMEOUT, NULL},
};

static int fail(const struct kafka *k, rd_kafka_resp_err_t code, const char *doing, struct err *err)
{
	const char *text = rd_kafka_err2str(code), *what_to_do = NULL;
	enum err_code as = ERR_UNAVAILABLE;

	/* A timeout is the symptom of what was told before. */
	if (k->reason &&
	    (code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
	     code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)) {
		code = k->reason;
		text = k->reason_text;
	}
	for (size_t i = 0; i < ARRAY_LEN(known_errors); i++)
		if (known_errors[i].code == code) {
			as = known_errors[i].as;
			what_to_do = known_errors[i].what_to_do;
		}
	return err_set(err, as, "%s: %s%s%s", doing, text, what_to_do ? "; " : "",
		       what_to_do ? what_to_do : "");
}

static int fail_error(const struct kafka *k, rd_kafka_error_t *e, const char *doing,
		      struct err *err)
{
	int r = fail(k, rd_kafka_error_code(e), doing, err);

	rd_kafka_error_destroy(e);
	return r;
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct kafka *k = opaque;

	(void)rk;
	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && k->reason)
		return; /* says less than what came before */
	k->reason = (rd_kafka_resp_err_t)code;
	(void)snprintf(k->reason_text, sizeof(k->reason_text), "%s", reason);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	(void)rk;
	log_debug("kafka_library", "level=%d facility=%s text=%s", level, facility,
		  log_quote(span_str(text)).s);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct kafka *k = opaque;

	(void)rk;
	if (m->err && !k->undelivered)
		k->undelivered = m->err;
	if (!m->err && k->next && m->partition < k->partitions &&
	    m->offset >= k->next[m->partition])
		k->next[m->partition] = m->offset + 1;
}

static int still_wanted(const struct kafka *k, struct err *err)
{
	return k->o.stopped && k->o.stopped(k->o.user)
		   ? err_set(err, ERR_UNAVAILABLE, "the daemon is stopping")
		   : 0;
}

/* ---- settings ---- */

static int set(rd_kafka_conf_t *c, const char *name, const char *value, struct err *err)
{
	char text[512];

	if (!value || rd_kafka_conf_set(c, name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK)
		return 0;
	return err_set(err, ERR_INVALID, "librdkafka does not take %s: %s", name, text);
}

static int set_password(rd_kafka_conf_t *c, const char *path, struct err *err)
{
	char password[PASSWORD_MAX + 2] = "";
	_cleanup_(fclosep) FILE *f = path ? fopen(path, "re") : NULL;

	if (!path)
		return 0;
	if (!f || !fgets(password, sizeof(password), f))
		return err_set(err, ERR_DENIED, "sasl_password_file %s cannot be read", path);
	password[strcspn(password, "\r\n")] = '\0';
	int e = set(c, "sasl.password", password, err);
	sodium_memzero(password, sizeof(password));
	return e;
}

/* What the producer and the reader of the topic have in common. */
static int new_conf(struct kafka *k, rd_kafka_conf_t **ret, struct err *err)
{
	const struct kafka_options *o = &k->o;
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	const char *const settings[][2] = {
	    {"bootstrap.servers", o->brokers},		 {"client.id", "bedpost-regional"},
	    {"security.protocol", o->security_protocol}, {"ssl.ca.location", o->ca},
	    {"ssl.certificate.location", o->cert},	 {"ssl.key.location", o->key},
	    {"sasl.mechanism", o->sasl_mechanism},	 {"sasl.username", o->sasl_user}};
	int e = 0;

	rd_kafka_conf_set_opaque(c, k);
	rd_kafka_conf_set_error_cb(c, on_error);
	rd_kafka_conf_set_log_cb(c, on_log);
	for (size_t i = 0; e == 0 && i < ARRAY_LEN(settings); i++)
		e = set(c, settings[i][0], settings[i][1], err);
	if (e == 0)
		e = set_password(c, o->sasl_password_file, err);
	if (e < 0) {
		rd_kafka_conf_destroy(c);
		return e;
	}
	*ret = c;
	return 0;
}

/* Takes the configuration, whatever becomes of it. */
static int new_handle(rd_kafka_type_t type, rd_kafka_conf_t *c, rd_kafka_t **ret, struct err *err)
{
	char text[512];

	*ret = rd_kafka_new(type, c, text, sizeof(text));
	if (*ret)
		return 0;
	rd_kafka_conf_destroy(c);
	return err_set(err, ERR_INVALID, "librdkafka: %s", text);
}

static int new_producer(struct kafka *k, struct err *err)
{
	static const char *const settings[][2] = {{"enable.idempotence", "true"},
						  {"acks", "all"},
						  {"transaction.timeout.ms", TRANSACTION_TIME},
						  {"partitioner", "murmur2_random"},
						  {"compression.type", "lz4"},
						  {"batch.size", BATCH_BYTES},
						  {"linger.ms", "1"}};
	rd_kafka_conf_t *c;
	int e = new_conf(k, &c, err);

	if (e < 0)
		return e;
	e = set(c, "transactional.id", k->o.transactional_id, err);
	for (size_t i = 0; e == 0 && i < ARRAY_LEN(settings); i++)
		e = set(c, settings[i][0], settings[i][1], err);
	if (e < 0) {
		rd_kafka_conf_destroy(c);
		return e;
	}
	rd_kafka_conf_set_dr_msg_cb(c, on_delivery);
	return new_handle(RD_KAFKA_PRODUCER, c, &k->producer, err);
}

/* ---- opening ---- */

static int count_partitions(struct kafka *k, const struct rd_kafka_metadata *m, struct err *err)
{
	const struct rd_kafka_metadata_topic *t = m->topics;

	if (m->topic_cnt != 1 || t->err)
		return fail(k, m->topic_cnt == 1 ? t->err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
			    k->o.topic, err);
	if (t->partition_cnt < 1 || t->partition_cnt > KAFKA_PARTITIONS_MAX)
		return err_set(err, ERR_LIMIT, "%s has %d partitions; 1 to %d can be", k->o.topic,
			       t->partition_cnt, KAFKA_PARTITIONS_MAX);
	k->partitions = t->partition_cnt;
	return 0;
}

/* Also the first word with a broker: addresses, certificates and passwords are proved here. */
static int look_at_topic(struct kafka *k, struct err *err)
{
	usec_t deadline = clock_monotonic() + OPEN_DEADLINE;
	const struct rd_kafka_metadata *m;
	rd_kafka_resp_err_t code;
	int e;

	k->topic = rd_kafka_topic_new(k->producer, k->o.topic, NULL);
	if (!k->topic)
		return fail(k, rd_kafka_last_error(), k->o.topic, err);
	do {
		e = still_wanted(k, err);
		if (e < 0)
			return e;
		code = rd_kafka_metadata(k->producer, 0, k->topic, &m, SLICE_MS);
		(void)rd_kafka_poll(k->producer, 0);
	} while (code && k->reason != RD_KAFKA_RESP_ERR__AUTHENTICATION &&
		 k->reason != RD_KAFKA_RESP_ERR__SSL && clock_monotonic() < deadline);
	if (code)
		return fail(k, code, "no broker answers", err);
	e = count_partitions(k, m, err);
	rd_kafka_metadata_destroy(m);
	return e;
}

static int shut_others_out(struct kafka *k, struct err *err)
{
	usec_t deadline = clock_monotonic() + OPEN_DEADLINE;
	rd_kafka_error_t *error;
	int e = 0;

	while (e == 0 && (error = rd_kafka_init_transactions(k->producer, SLICE_MS))) {
		(void)rd_kafka_poll(k->producer, 0);
		if (!rd_kafka_error_is_retriable(error) || clock_monotonic() >= deadline)
			return fail_error(k, error, "transactions cannot begin", err);
		rd_kafka_error_destroy(error);
		e = still_wanted(k, err);
	}
	return e;
}

int kafka_open(const struct kafka_options *o, struct kafka **ret, struct err *err)
{
	_cleanup_(kafka_closep) struct kafka *k = calloc(1, sizeof(*k));

	if (!k)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	k->o = *o;
	int e = new_producer(k, err);
	if (e == 0)
		e = look_at_topic(k, err);
	if (e == 0)
		e = shut_others_out(k, err);
	if (e < 0)
		return e;
	*ret = TAKE_PTR(k);
	return 0;
}

void kafka_close(struct kafka *k)
{
	if (!k)
		return;
	if (k->topic)
		rd_kafka_topic_destroy(k->topic);
	if (k->producer) {
		(void)rd_kafka_purge(k->producer, RD_KAFKA_PURGE_F_QUEUE |
						      RD_KAFKA_PURGE_F_INFLIGHT |
						      RD_KAFKA_PURGE_F_NON_BLOCKING);
		k->next = NULL;
		(void)rd_kafka_poll(k->producer, 0);
		rd_kafka_destroy(k->producer);
	}
	free(k);
}

int kafka_partitions(const struct kafka *k)
{
	return k->partitions;
}

/* ---- sending ---- */

static rd_kafka_headers_t *headers_of(const struct kafka *k, const struct kafka_message *m)
{
	rd_kafka_headers_t *h = rd_kafka_headers_new(5);
	char n[24];

	(void)snprintf(n, sizeof(n), "%lld", (long long)m->n);
	(void)rd_kafka_header_add(h, "content-type", -1, "application/json", -1);
	(void)rd_kafka_header_add(h, "schema", -1, MESSAGE_SCHEMA, -1);
	(void)rd_kafka_header_add(h, "n", -1, n, -1);
	(void)rd_kafka_header_add(h, "event_id", -1, m->event_id.p, (ssize_t)m->event_id.n);
	(void)rd_kafka_header_add(h, "sender", -1, k->o.transactional_id, -1);
	return h;
}

static int queue_one(struct kafka *k, const struct kafka_message *m, struct err *err)
{
	rd_kafka_headers_t *headers = headers_of(k, m);
	rd_kafka_resp_err_t code = rd_kafka_producev(
	    k->producer, RD_KAFKA_V_RKT(k->topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
	    RD_KAFKA_V_KEY(m->facility_id.p, m->facility_id.n),
	    RD_KAFKA_V_VALUE((void *)m->value.p, m->value.n), RD_KAFKA_V_HEADERS(headers),
	    RD_KAFKA_V_END);

	if (!code)
		return 0;
	rd_kafka_headers_destroy(headers);
	return fail(k, code, "a message is not taken", err);
}

static int wait_for_deliveries(struct kafka *k, struct err *err)
{
	usec_t deadline = clock_monotonic() + SEND_DEADLINE;
	int e = 0, left = rd_kafka_outq_len(k->producer);

	while (e == 0 && rd_kafka_flush(k->producer, SLICE_MS) && !k->undelivered) {
		e = still_wanted(k, err);
		if (rd_kafka_outq_len(k->producer) < left)
			deadline = clock_monotonic() + SEND_DEADLINE;
		left = rd_kafka_outq_len(k->producer);
		if (e == 0 && clock_monotonic() >= deadline)
			return fail(k, RD_KAFKA_RESP_ERR__TIMED_OUT, "messages are not delivered",
				    err);
	}
	if (e == 0 && k->undelivered)
		return fail(k, k->undelivered, "messages are not delivered", err);
	return e;
}

static int commit(struct kafka *k, struct err *err)
{
	usec_t deadline = clock_monotonic() + SEND_DEADLINE;
	rd_kafka_error_t *error;
	int e = 0;

	while (e == 0 && (error = rd_kafka_commit_transaction(k->producer, SLICE_MS))) {
		(void)rd_kafka_poll(k->producer, 0);
		if (!rd_kafka_error_is_retriable(error) || clock_monotonic() >= deadline)
			return fail_error(k, error, "a transaction is not committed", err);
		rd_kafka_error_destroy(error);
		e = still_wanted(k, err);
	}
	return e;
}

int kafka_send(struct kafka *k, const struct kafka_message *messages, size_t n, int64_t *next,
	       struct err *err)
{
	rd_kafka_error_t *error = rd_kafka_begin_transaction(k->producer);
	int e = 0;

	if (error)
		return fail_error(k, error, "a transaction does not begin", err);
	k->reason = RD_KAFKA_RESP_ERR_NO_ERROR;
	k->undelivered = RD_KAFKA_RESP_ERR_NO_ERROR;
	k->next = next;
	for (size_t i = 0; e == 0 && i < n; i++) {
		e = queue_one(k, &messages[i], err);
		(void)rd_kafka_poll(k->producer, 0);
	}
	if (e == 0)
		e = wait_for_deliveries(k, err);
	k->next = NULL;
	if (e < 0)
		return e;
	kill_point("kafka_before_commit");
	return commit(k, err);
}

/* ---- reading back ---- */

/* A reader for a while, without a group: the places are ours to keep. */
static int new_reader(struct kafka *k, const char *isolation, rd_kafka_t **ret,
		      rd_kafka_topic_t **ret_topic, struct err *err)
{
	rd_kafka_conf_t *c;
	int e = new_conf(k, &c, err);

	if (e < 0)
		return e;
	e = set(c, "isolation.level", isolation, err);
	if (e == 0)
		e = set(c, "enable.partition.eof", "true", err);
	if (e == 0)
		e = set(c, "auto.offset.reset", "earliest", err);
	if (e < 0) {
		rd_kafka_conf_destroy(c);
		return e;
	}
	e = new_handle(RD_KAFKA_CONSUMER, c, ret, err);
	if (e < 0)
		return e;
	*ret_topic = rd_kafka_topic_new(*ret, k->o.topic, NULL);
	if (*ret_topic)
		return 0;
	rd_kafka_destroy(*ret);
	return fail(k, rd_kafka_last_error(), k->o.topic, err);
}

static void end_reader(rd_kafka_t *reader, rd_kafka_topic_t *topic)
{
	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(reader);
}

/* Behind everything, committed or not. */
static int ask_end(struct kafka *k, rd_kafka_t *reader, int partition, int64_t *ret,
		   struct err *err)
{
	usec_t deadline = clock_monotonic() + OPEN_DEADLINE;
	rd_kafka_resp_err_t code;
	int64_t low;

	for (;;) {
		int e = still_wanted(k, err);
		if (e < 0)
			return e;
		code = rd_kafka_query_watermark_offsets(reader, k->o.topic, partition, &low, ret,
							SLICE_MS);
		(void)rd_kafka_poll(reader, 0);
		if (!code)
			return 0;
		if (clock_monotonic() >= deadline)
			return fail(k, code, "the topic's end is not told", err);
	}
}

int kafka_ends(struct kafka *k, int64_t *ret_ends, struct err *err)
{
	rd_kafka_topic_t *topic;
	rd_kafka_t *reader;
	int e = new_reader(k, "read_uncommitted", &reader, &topic, err);

	if (e < 0)
		return e;
	for (int i = 0; e == 0 && i < k->partitions; i++)
		e = ask_end(k, reader, i, &ret_ends[i], err);
	end_reader(reader, topic);
	return e;
}

static struct span header(const rd_kafka_headers_t *headers, const char *name)
{
	const void *value;
	size_t n;

	return rd_kafka_header_get_last(headers, name, &value, &n)
		   ? SPAN_NONE
		   : span_of((const char *)value, n);
}

/* Others may write to the topic too. */
static bool is_ours(const struct kafka *k, const rd_kafka_message_t *m, struct kafka_message *ret)
{
	rd_kafka_headers_t *headers;
	uint64_t n;

	if (rd_kafka_message_headers(m, &headers) ||
	    !span_eq_str(header(headers, "sender"), k->o.transactional_id))
		return false;
	*ret = (struct kafka_message){.facility_id = span_of(m->key, m->key_len),
				      .event_id = header(headers, "event_id"),
				      .value = span_of(m->payload, m->len)};
	if (!span_to_u64(header(headers, "n"), &n) || n > INT64_MAX ||
	    !ident_is_facility(ret->facility_id) || !ret->event_id.p)
		return false;
	ret->n = (int64_t)n;
	return true;
}

/* One message or the end of what is committed. ret_at: up to where the partition was read. */
static int read_one(struct kafka *k, const rd_kafka_message_t *m, kafka_seen_t seen, void *user,
		    int64_t *ret_at, struct err *err)
{
	struct kafka_message found;

	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		*ret_at = m->offset;
		return 0;
	}
	if (m->err)
		return fail(k, m->err, "the topic cannot be read back", err);
	*ret_at = m->offset + 1;
	return is_ours(k, m, &found) ? seen(user, &found, err) : 0;
}

/* Until the partition's end, also where another sender's open transaction lies before it. */
static int read_partition(struct kafka *k, rd_kafka_t *reader, rd_kafka_topic_t *topic,
			  int partition, int64_t from, int64_t end, kafka_seen_t seen, void *user,
			  struct err *err)
{
	usec_t deadline = clock_monotonic() + READ_DEADLINE;
	int64_t at = from;
	int e = 0;

	if (rd_kafka_consume_start(topic, partition, from) < 0)
		return fail(k, rd_kafka_last_error(), "the topic cannot be read back", err);
	while (e == 0 && at < end) {
		rd_kafka_message_t *m = rd_kafka_consume(topic, partition, SLICE_MS);
		int64_t was = at;
		(void)rd_kafka_poll(reader, 0);
		if (m) {
			e = read_one(k, m, seen, user, &at, err);
			rd_kafka_message_destroy(m);
		}
		if (at != was)
			deadline = clock_monotonic() + READ_DEADLINE;
		else if (e == 0 && clock_monotonic() >= deadline)
			e = fail(k, RD_KAFKA_RESP_ERR__TIMED_OUT, "the topic cannot be read back",
				 err);
		if (e == 0)
			e = still_wanted(k, err);
	}
	(void)rd_kafka_consume_stop(topic, partition);
	return e;
}

int kafka_read_back(struct kafka *k, int64_t *next, kafka_seen_t seen, void *user, struct err *err)
{
	_cleanup_(freep) int64_t *ends = calloc((size_t)k->partitions, sizeof(*ends));
	rd_kafka_topic_t *topic = NULL;
	rd_kafka_t *reader = NULL;

	if (!ends)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	int e = kafka_ends(k, ends, err);
	if (e == 0)
		e = new_reader(k, "read_committed", &reader, &topic, err);
	if (e < 0)
		return e;
	for (int i = 0; e == 0 && i < k->partitions; i++) {
		/* A topic that ends before our place was made anew. */
		if (next[i] > ends[i])
			next[i] = 0;
		if (next[i] < ends[i])
			e = read_partition(k, reader, topic, i, next[i], ends[i], seen, user, err);
		next[i] = ends[i];
	}
	end_reader(reader, topic);
	return e;
}

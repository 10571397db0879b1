/* The door for homes: an HTTPS listener that requires a client certificate.
 *
 *     POST /api/v1/events ─► certificate's name = header's facility? ─► merge ─► commit ─► answer
 *
 *     200  the answer of bed/wire.h, after the commit
 *     400  bad-batch: not a batch; nothing of it was taken in
 *     403  wrong-facility: the certificate is for another home
 *          unknown-facility: the home is not registered, or is closed
 *          certificate-revoked: the home is let in, but not with this certificate
 *     409  epoch: other events, or more, stand under these seqs; the home begins a new epoch
 *     413  too-large
 *     415  another type or encoding
 *     503  away, with Retry-After: PostgreSQL is away, or too much is waiting
 *
 * /events is the same door. Errors are RFC 9457 problem+json (http/httpd.h). */
#pragma once

#include "base/err.h"
#include "http/httpd.h"
#include "regional/merge/merge.h"

struct ingest_options {
	const char *listen;
	const char *cert, *key, *client_ca; /* PEM files */
	struct merge *merge;
	struct metrics *metrics; /* NULL: nothing is counted */
};

struct ingest;

int ingest_open(const struct ingest_options *o, struct ingest **ret, struct err *err);
void ingest_close(
    struct ingest *in); /* waits for the batches under way: before merge_stop(). NULL allowed */
unsigned ingest_port(const struct ingest *in);

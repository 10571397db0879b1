/* The messages that were read before: the same one again is a duplicate, whichever file it comes
 * in.
 *
 * A message is known by digests, which are random: a table in their order would be written at
 * another page for each of them. So they are kept in the order in which they come, and put in order
 * many at a time:
 *
 *     fresh     of the file that is read now             memory
 *     recent    MESSAGES_RECENT_MAX at most              message_runs: a row a file; and memory
 *     merged    all before                               message_buckets: by the digest's first
 * bits old       from before there were runs              messages: a row a message; never added to
 *
 * Whether a message may be among the last two is asked of a filter in memory first.
 *
 * messages_see() and messages_write() belong into the write transaction of a file; messages_end()
 * says how it ended. What other processes have written between two transactions is seen. */
#pragma once

#include "adapters/memory.h"
#include "outbox/db.h"

#define MESSAGES_RECENT_MAX 65536

struct messages;

struct messages *messages_new(struct db *db);
void messages_free(struct messages *m);
/* Remembers it if it is new. */
int messages_see(struct messages *m, const struct digest *identity, const struct digest *content,
		 usec_t now, enum message_seen *ret, struct err *err);
/* What was seen in this transaction → the database. */
int messages_write(struct messages *m, usec_t now, struct err *err);
/* After the transaction, or after it was taken back to its beginning: then what it has seen is
 * forgotten. Without a transaction nothing happens. */
void messages_end(struct messages *m, bool committed);

/* Those older than `before`; 0 and the number of rows. */
int messages_prune(struct db *db, usec_t before, int64_t rows, int64_t *ret_rows, struct err *err);

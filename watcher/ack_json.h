/* What became of a file, as JSON for those who exported it: what was read, each bad record with its
 * place and reason, and what the region answered. No value of the file stands in it. */
#pragma once

#include "base/buf.h"
#include "outbox/ack.h"

void ack_json(const struct ack *ack, const char *facility, usec_t now, struct buf *out);

/* Parts of it, for who writes a like file: ,"key":"value" (null where it is no text to show), and
 * "bad_records":[…]. */
void ack_json_pair(struct buf *out, const char *key, const char *value);
void ack_json_bad(struct buf *out, const struct listing_bad *bad, size_t n);

/* What there is to acknowledge of a file's messages (adapters/hl7_ack.h), kept in state_dir from
 * before the file's commit until its result file goes: state_dir/ack.kept/<ledger number>. It is on
 * the disk before the commit, so a crash after it finds it there; one before leaves a file that
 * belongs to no row, which the next file of that number overwrites. */
#pragma once

#include "adapters/adapter.h"
#include "outbox/ack.h"
#include "outbox/home.h"

struct ack_kept {
	int fd; /* -1: not open */
	char *path;
	struct buf pending;
	struct adapter_acks acks; /* for the adapter's run */
};
#define ACK_KEPT_INIT ((struct ack_kept){.fd = -1})

/* k must stay where it is. */
int ack_kept_begin(struct ack_kept *k, const struct home *home, int64_t id, struct err *err);
/* Everything is on the disk; call before the commit. Nothing if it was not begun. */
int ack_kept_sync(struct ack_kept *k, struct err *err);
/* The file was not committed. */
void ack_kept_drop(struct ack_kept *k);
void ack_kept_done(struct ack_kept *k);

/* The acknowledgements as HL7 messages into fd. *ret_any: there was something kept and it has been
 * written. */
int ack_kept_write(const struct home *home, const struct ack *ack, int fd, bool *ret_any,
		   struct err *err);
void ack_kept_forget(const struct home *home, int64_t id);

/* What syncd and the process that walks the SFTP road for it say to each other, over a socket pair:
 *
 *     syncd ── CHILD_OPEN ──>           once: where to, with which key (child_open)
 *           ── CHILD_SEND ──>           a batch (child_send)
 *           <── CHILD_ALIVE ──          now and then while it is under way: the child turns
 *           <── CHILD_REPLY ──          what was seen (child_reply)
 *
 * A message is a head and n bytes: numbers and texts in a row. Both ends are the same program on
 * the same machine, so numbers are the machine's own. Pure: bytes from and to memory.
 */
#pragma once

#include "base/buf.h"
#include "syncd/transport_sftp.h"

#define CHILD_MESSAGE_MAX ((size_t)16 << 20) /* more than a batch or an answer ever is */

enum child_message { CHILD_OPEN = 1, CHILD_SEND, CHILD_ALIVE, CHILD_REPLY };

struct child_head {
	uint32_t message;
	uint32_t n;
};

/* What `from` begins with, if that is whole: true, and ret_body points into it. CORRUPT: it is none
 * of ours. */
int child_next(struct span from, bool *ret_whole, struct child_head *ret, struct span *ret_body,
	       struct err *err);

/* CHILD_OPEN: the options and the enrolment's SFTP part, that of `ret` allocated. The text of a
 * message that holds a key is the caller's to wipe. */
void child_add_open(struct buf *out, const struct sftp_options *o);
int child_read_open(struct span body, struct enrolment_sftp *ret_to, struct sftp_options *ret,
		    struct err *err);
void child_open_done(struct enrolment_sftp *to);

/* CHILD_SEND: all but the batch's body, which follows as it is and makes the message whole. */
void child_add_send(struct buf *out, const struct transport_batch *b);
int child_read_send(struct span body, struct transport_batch *ret, struct err *err);

void child_add_alive(struct buf *out);

/* CHILD_REPLY: texts point into body. */
void child_add_reply(struct buf *out, const struct transport_reply *r);
int child_read_reply(struct span body, struct transport_reply *ret, struct err *err);

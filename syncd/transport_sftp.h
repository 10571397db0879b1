/* The road over SFTP, where nothing but SSH comes through to the region. The only caller of
 * libssh2.
 *
 *     inbox/.<name>.part  ── rename ──>  inbox/<name>.ndjson.zst     (bed/batch_name.h)
 *     ack/<name>.json     <── the region, when it has committed; read, then removed
 *
 * under the folder that the enrolment's url names. The answer file holds either the answer
 * (bed/wire.h) or, where there is none, the problem+json that HTTPS would have given, with its
 * status. The server's host key is the enrolment's or the line is refused. One session is kept and
 * reused; everything is non-blocking, so that a signal ends it at once.
 *
 * What libssh2 makes of a damaged line can end the process it is in: in syncd this runs in a child
 * (transport_child.h).
 */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "syncd/enrolment_sftp.h"
#include "syncd/transport.h"

#define SFTP_CONNECT_TIMEOUT (10 * USEC_PER_SEC)
#define SFTP_STALL_TIMEOUT   (60 * USEC_PER_SEC) /* not a byte moved */
#define SFTP_ANSWER_TIMEOUT  (30 * USEC_PER_SEC) /* from the rename to the answer */
/* Likewise where there is another road to try. A region answers a batch in well under a second, and
 * a new home's folder is seen within ten; how slow the line is does not count, for the batch is
 * there already. */
#define SFTP_ANSWER_TIMEOUT_OTHER (15 * USEC_PER_SEC)
#define SFTP_ASK_FIRST		  (3 * USEC_PER_MSEC) /* between two looks for the answer; … */
#define SFTP_ASK_MOST		  USEC_PER_SEC /* … each is half as long again as the one before */

struct sftp_options {
	const struct enrolment_sftp *to;		       /* lives as long as the transport */
	usec_t connect_timeout, stall_timeout, answer_timeout; /* 0: as above */
	const char *left; /* a batch that may lie in the inbox and was never answered; NULL: none */
};

int transport_sftp_new(const struct sftp_options *o, struct transport **ret, struct err *err);

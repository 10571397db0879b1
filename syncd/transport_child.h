/* The road over SFTP, walked by a process of its own: what comes down a line that damages bytes can
 * make libssh2 1.10 end the process it is in, by an assertion of its own, and that must not be
 * syncd. transport_sftp.h is what the child does; here are its two ends.
 *
 *     syncd ── socket pair (child_wire.h) ── bedpost-syncd --sftp-child ── SSH ── the region
 *
 * The child is this program, begun anew: it has nothing of syncd's (no outbox, no certificate) but
 * the enrolment's SFTP part, which comes over the socket and never stands in a file, an argument or
 * a core. It is begun with the first batch and kept, with its SSH session. Where it dies, or does
 * not turn for CHILD_SILENT_MAX, the batch has failed as one does over a line that broke, in words,
 * and the next attempt begins a new one. A cancelled exchange costs the child. It ends when syncd
 * does, however that ends.
 */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "syncd/transport_sftp.h"

#define CHILD_OPTION	  "sftp-child" /* of bedpost-syncd */
#define CHILD_FD	  3	       /* where the child finds its end of the socket pair */
#define CHILD_ALIVE_EVERY (5 * USEC_PER_SEC)
#define CHILD_SILENT_MAX  (60 * USEC_PER_SEC)

/* The road, as syncd takes it. What o points to lives as long as the transport. */
int transport_child_new(const struct sftp_options *o, struct transport **ret, struct err *err);

/* The child's whole life, until syncd is gone (child_sftp.c). INVALID: CHILD_FD is no socket. */
int child_sftp_run(struct err *err);

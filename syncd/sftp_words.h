/* What libssh2 and an SFTP server say of a failure, in words for people and by what helps against
 * it. Pure: constants of libssh2, no call. */
#pragma once

#include "base/span.h"
#include "syncd/transport.h"

#define SFTP_FINGERPRINT_MAX 64
#define SFTP_WORDS_DAMAGED                                                                         \
	"the line damages bytes: what came down the SFTP line is not what was sent"

/* error: LIBSSH2_ERROR_…; detail: libssh2's own text, may be NULL. */
void sftp_words_of_error(int error, const char *detail, struct transport_reply *ret);
/* The connection is gone, as one that idled too long is. */
bool sftp_words_is_broken_line(int error);
/* status: LIBSSH2_FX_…, not OK; what: "inbox/" or "ack/". */
void sftp_words_of_file(unsigned long status, const char *what, struct transport_reply *ret);
/* status: waitpid()'s, of the process that spoke libssh2's part. */
void sftp_words_of_death(int status, struct transport_reply *ret);
void sftp_words_of_host_key(struct span pinned, struct span shown, struct transport_reply *ret);

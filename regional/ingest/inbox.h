/* The other door for homes: batches as files that an SFTP server (OpenSSH) puts into folders.
 *
 *     <root>/<facility>/inbox/<name>  ─► checked ─► decoded ─► merge ─► commit ─► ack/, then
 * removed
 *
 * One folder per facility: it says whose batch it is, and the batch's name and header must say the
 * same. The answer is that of HTTPS (ingest.h), with a problem's status inside it. While PostgreSQL
 * is away a batch stays where it is. Killed at any point, the daemon finds the batch again: it is
 * merged then, or recognised. A thread of its own looks by inotify and, for what was missed, by
 * going through all folders.
 */
#pragma once

#include "base/err.h"
#include "regional/merge/merge.h"
#include "regional/metrics.h"

#define INBOX_RESCAN	    (10 * USEC_PER_SEC)
#define INBOX_UNDER_WAY_MAX 64 /* batches handed to the merge */

struct inbox_options {
	const char *root;
	struct merge *merge;
	struct metrics *metrics; /* NULL: nothing is counted */
};

struct inbox;

int inbox_open(const struct inbox_options *o, struct inbox **ret, struct err *err);
/* Waits for the batches under way: before merge_stop(). NULL allowed. */
void inbox_close(struct inbox *in);

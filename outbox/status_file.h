/* What a daemon says of itself to whoever may read state_dir: one small file, replaced as a whole,
 * never seen half-written. It is not synced to disk: it tells of the process that writes it, and
 * after a power cut there is none. */
#pragma once

#include "base/backlog.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/member.h"
#include "base/span.h"

#define STATUS_FILE_SYNC    "sync.status.json"	  /* syncd's: the line to the region */
#define STATUS_FILE_WATCHER "watcher.status.json" /* the watcher's: adapters, folders, intake */

#define STATUS_FILE_BOARD "board.status.json" /* the board's: is it on? */

#define STATUS_FILE_SILENCE (2 * USEC_PER_MIN) /* beyond two heartbeats */
/* syncd runs, and hangs: it said last at `said`, and that it would try again at `next` (either may
 * be USEC_NONE: not known). */
bool status_file_is_silent(usec_t said, usec_t next, usec_t heartbeat, usec_t now);

int status_file_write(const char *state_dir, const char *name, struct span text, struct err *err);

/* A member as of member_text(): a text that is empty is null, one that was cut is whole letters. */
void status_file_text(struct buf *out, const char *key, const char *text);
/* ,"backlog":{"<done>":…,"of":…,"rate":…,"left_s":…}: null while there is none. */
void status_file_backlog(struct buf *out, const char *done, const struct backlog *b);

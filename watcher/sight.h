/* What a name in a drop folder is: nothing, a done file, a file to take, or one that stays and is
 * reported. */
#pragma once

#include "watcher/watcher.h"

/* Looks at the name and tells the queue. closed:
 * somebody was seen to close or rename it just now. */
void sight_name(struct watcher *w, unsigned folder, const char *name, bool closed);

/* A file stays where it is: the outbox lists it, the log says it once. state: "unmatched",
 * "refused", "unreadable" … */
void sight_report(struct watcher *w, struct queue_file *f, const char *state, const char *message);
/* Between them what is reported is written together, and the log names the first few only. */
void sight_batch_begin(struct watcher *w);
void sight_batch_end(struct watcher *w);
/* It does not stay any longer. */
void sight_report_over(struct watcher *w, struct queue_file *f);

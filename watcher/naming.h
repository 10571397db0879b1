/* A dropped file's name as log and outbox may have it (outbox/file_name.h), by the adapter that it
 * falls to. */
#pragma once

#include "watcher/watcher.h"

void naming_of(const struct watcher *w, unsigned folder, const char *name, struct file_name *ret);

/* For the log, quoted. */
struct log_text naming_quote(const struct watcher *w, const struct queue_file *f);

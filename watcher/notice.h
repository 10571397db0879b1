/* How the names in drop folders come to the queue: by inotify's notices, by scans, by a second
 * look. */
#pragma once

#include "watcher/watcher.h"

void notice_read(struct watcher *w); /* what inotify has; lost notices ask for scans */
void notice_scan_due(struct watcher *w, usec_t now);	/* scans the folders whose time has come */
void notice_scan_all(struct watcher *w);		/* their time has come */
void notice_look_at_due(struct watcher *w, usec_t now); /* files whose waiting time is over */

/* Writes the result files that are due (outbox/ack.h), into folders of their own. */
#pragma once

#include "watcher/watcher.h"

/* If it is time: what is due is written, a few files at once, and what has stood there long enough
 * goes. w->ack_at says when to come again. */
void ack_tend(struct watcher *w, usec_t now);
/* Something is to be told now, or may be soon. */
void ack_soon(struct watcher *w);

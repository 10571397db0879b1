/* The archive's limits: home.yaml, archive: {keep, max_size}. Only files that the ledger knows to
 * be there go, the oldest first. */
#pragma once

#include "watcher/watcher.h"

/* A few hundred at once; true: there is more. now: wall clock. */
bool retention_apply(struct watcher *w, usec_t now);

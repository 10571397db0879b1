/* Taking the next file, and what becomes of it in queue, log and listing. */
#pragma once

#include "watcher/watcher.h"

bool outcome_take_one(struct watcher *w); /* false: none is ready, or intake stands still */

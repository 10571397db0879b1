/* Which files and which port the watcher needs from here on, and no others (confine.h). */
#pragma once

#include "watcher/watcher.h"

/* Once, after everything is open and before the board's threads are started. */
void walls_enter(struct watcher *w);

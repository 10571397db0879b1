/* Does a file system send notices of what other machines, or the host, do in it? */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* type: f_type of statfs(2). NULL: as far as is known it does, and inotify will do; else what it is
 * called. */
const char *file_system_remote_name(uint64_t type);

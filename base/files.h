/* Writing files that must be whole or absent, and never take the place of another by accident. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"

/* All of it, in as many writes as it takes. 0, or -1 with errno. */
int files_write_all(int fd, struct span bytes);
/* Written beside, synced, then given its name. EXISTS if the name is taken. */
int files_create(const char *path, mode_t mode, struct span text, struct err *err);
/* The same, but takes the place of what is there. */
int files_replace(const char *path, mode_t mode, struct span text, struct err *err);
/* Makes the folder with this mode; one that is there already is fine. */
int files_make_dir(const char *path, mode_t mode, struct err *err);
bool files_exist(const char *path);

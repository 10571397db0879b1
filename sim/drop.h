/* Puts a file into a drop folder the way an EHR does. Never overwrites: a name that is taken is
 * EXISTS. */
#pragma once

#include "base/err.h"
#include "base/span.h"

enum drop_way {
	DROP_RENAME, /* under ".<name>.part", then renamed */
	DROP_CLOSE,  /* under its own name, ready when closed */
	DROP_DONE,   /* under its own name, then an empty "<name>.done" */
};

int drop_file(int dir_fd, const char *name, struct span bytes, enum drop_way way, struct err *err);

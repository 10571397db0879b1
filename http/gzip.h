/* gzip (RFC 1952): the only caller of zlib here. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

enum { GZIP_QUICK = 1, GZIP_SMALL = 9 };

/* Appends; false if it would not get smaller. */
bool gzip(struct span s, int level, struct buf *out);

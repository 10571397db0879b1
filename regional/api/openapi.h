/* The API described by itself: OpenAPI 3.1 from the tables of routes, endpoints and the manual. */
#pragma once

#include "base/buf.h"
#include "regional/api/manual.h"

/* The whole document, without a running API. */
void openapi_print(struct buf *out);
/* What the manual says of a route; NULL: nothing. */
const struct manual *openapi_manual(const char *method, const char *pattern);

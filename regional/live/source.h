/* Reading homes and availability from PostgreSQL. */
#pragma once

#include "base/err.h"
#include "regional/live/live.h"
#include "regional/live/picture.h"
#include "store/pg.h"

/* SET ROLE of connections that only read; with ROW_SCOPE_ALL for all homes. */
#define SOURCE_ROLE "bedpost_api"

/* n == 0: all. *ret is the caller's to free(). */
int source_rows(struct pg *pg, const struct span *facility_ids, size_t n, struct live_row **ret,
		size_t *ret_n, struct err *err);
int source_facilities(struct pg *pg, const struct span *ids, size_t n, struct facility **ret,
		      size_t *ret_n, struct err *err);
/* A text of the database, cut to max bytes but not inside a character, and a NUL. */
void source_copy_text(char *to, size_t max, struct span s);

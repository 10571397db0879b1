/* Adding events to the outbox, inside a transaction of the caller. */
#pragma once

#include "bed/event.h"
#include "outbox/db.h"

/* As number n (schema.c); no event of its id may be kept (sources.h). file_id 0: from no file.
 * scratch is used and left as it comes. */
int append_event(struct db *db, int64_t n, const struct event *e, int64_t file_id, usec_t now,
		 struct buf *scratch, struct err *err);
/* last is the highest n given out now; beds_changed: the projection is another. */
int append_cursor(struct db *db, int64_t last, bool beds_changed, struct err *err);

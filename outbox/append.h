/* Adding events to the outbox, inside a transaction of the caller. */
#pragma once

#include "bed/event.h"
#include "outbox/db.h"

/* Is an event of this id kept? 1, 0, or < 0. */
int append_is_known(struct db *db, struct ulid id, struct err *err);
/* As number n (schema.c); file_id 0: from no file. scratch is used and left as it comes. */
int append_event(struct db *db, int64_t n, const struct event *e, int64_t file_id, usec_t now,
		 struct buf *scratch, struct err *err);
/* The same in one statement with the question whether its id is kept: 1, and n is still free. */
int append_unless_known(struct db *db, int64_t n, const struct event *e, int64_t file_id,
			usec_t now, struct buf *scratch, struct err *err);
/* last is the highest n given out now; beds_changed: the projection is another. */
int append_cursor(struct db *db, int64_t last, bool beds_changed, struct err *err);

/* The bytes of a file that was taken, as they lie in the archive. */
#pragma once

#include "outbox/listing.h"
#include "watcher/dropped.h"

/* The watcher moves a file just after it has committed it: whoever asks in between waits for that,
 * rather than being told to ask again. Reads the row anew until it is so, or for five seconds. */
int kept_bytes_await(struct outbox *o, struct listing_file *f, struct arena *a, struct err *err);

/* The bytes that were read when the file came, or why they cannot be had, with what to do:
 * UNAVAILABLE (it is just being put away), NOT_FOUND (deleted, gone), DENIED (sealed), CONFLICT
 * (other bytes lie there now). from: a copy to read instead; NULL: none. */
int kept_bytes_open(const struct listing_file *f, const char *from, struct dropped *d,
		    struct err *err);

/* What the archive holds, by the ledger: retention goes by it and touches no file that the watcher
 * did not put there. */
#pragma once

#include "base/arena.h"
#include "outbox/outbox.h"

/* A row of the ledger whose file lies in the archive; the index files_archived says so too. */
#define KEPT_ARCHIVED                                                                              \
	"disposed IS NOT NULL AND where_now NOT IN ('', '?') AND state NOT IN ('rejected', "       \
	"'held')"

struct kept_file {
	int64_t id;
	const char *where;
};

/* The oldest files of the archive that are to go: in it since before `before` (USEC_NONE: for age
 * none goes), or, oldest first, as many as bring its size down to max_size (0: any size is well).
 * A file stays while the region has not acknowledged all of its events. At most KEPT_MAX at once.
 */
#define KEPT_MAX 500
int kept_too_long(struct outbox *o, usec_t before, int64_t max_size, struct arena *a,
		  struct kept_file **ret, size_t *ret_n, struct err *err);
/* They are gone from the archive. */
int kept_no_more(struct outbox *o, const struct kept_file *files, size_t n, struct err *err);

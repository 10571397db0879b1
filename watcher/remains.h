/* At start: where the files are whose leaving was not written down before a crash. The ledger has
 * no file's name, only its keyed digest: so a drop folder is read once, and its names are looked up
 * by theirs. */
#pragma once

#include "base/arena.h"
#include "outbox/intake.h"
#include "watcher/watcher.h"

struct remains_name {
	struct digest key;
	const char *name;
};

struct remains {
	const struct watcher *watcher;
	const char *dir; /* the folder that was read last, as it is told; NULL: none */
	int fd;		 /* of it; -1: it is not there */
	struct remains_name *names;
	size_t n, cap;
	struct arena names_arena, arena;
};
#define REMAINS_INIT(w) ((struct remains){.watcher = (w), .fd = -1})
void remains_done(struct remains *r);

/* As intake_reconcile() asks; good until the next call. */
const char *remains_where(struct remains *r, int64_t id, const struct intake_file *file);

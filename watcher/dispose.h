/* Where a taken file goes: into the archive, away, or to the rejected ones with its reason beside
 * it. Nothing is ever overwritten: if the name is taken, the ledger's number is put behind it. */
#pragma once

#include "base/arena.h"
#include "base/seal.h"
#include "outbox/home.h"
#include "outbox/intake.h"
#include "outbox/listing.h"
#include "watcher/dropped.h"

struct disposal_place {
	int dir;	      /* of the drop folder */
	const char *dir_path; /* for messages and to find the file again */
	const char *name;
	const char *shown; /* the name as it may be told, which it has from now on */
	const struct dropped *dropped;
	const struct seal_key *key; /* of a sealed archive; NULL: it is plain */
	bool is_repeat; /* it was on its way before a crash: a copy that is there already is its own
			 */
};

/* Archives (or deletes). *ret_where: the path it has now, from the arena; "" if it was deleted.
 * CONFLICT: the name leads to another file by now, or somebody went on writing; that file is left,
 * or put back, to be taken by itself. */
int dispose_taken(const struct home *home, const struct disposal_place *p, int64_t id,
		  struct arena *a, const char **ret_where, struct err *err);

/* Moves it to the rejected files; `<name>.reason.json` says why, with the first bad records. */
int dispose_rejected(const struct home *home, struct outbox *o, const struct disposal_place *p,
		     int64_t id, struct arena *a, const char **ret_where, struct err *err);

/* Makes the folder, with those above it, if it is not there. */
/* What is open becomes a file of that name again, unless there is one. */
bool dispose_put_back(int fd, int dir, const char *name);
int dispose_open_folder(const char *path, int *ret_fd, struct err *err);

/* After a crash: where a file of the ledger went, if it is found there; INTAKE_WHERE_GONE if not.
 * From the arena. */
const char *dispose_find(const struct home *home, const struct intake_file *file, int64_t id,
			 struct arena *a);

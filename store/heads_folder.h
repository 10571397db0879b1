/* The folder of signed heads: YYYY-MM-DD.heads, one a day (UTC), never written twice. */
#pragma once

#include "store/audit_walk.h"
#include "store/heads.h"
#include "store/pg.h"

enum heads_signed { HEADS_NEW, HEADS_SAME };

/* Signs what the database holds now, unless this day has its file already. The key is read from its
 * file. Several may try at once: one of them writes. CONFLICT: the folder holds a later day. */
int heads_sign(struct pg *pg, const char *dir, const char *key_file, usec_t now,
	       enum heads_signed *ret, struct err *err);

/* Everything that was signed, by home. */
struct heads_set {
	struct arena arena;
	struct heads_home {
		struct span facility_id;
		struct audit_signed *heads; /* by n, each n and hash once: the earliest day */
		size_t n;
	} * homes; /* by id */
	size_t n_homes, n_files;
	char first_day[HEADS_DAY_CHARS + 1], last_day[HEADS_DAY_CHARS + 1];
};

/* why: a file that is not as it was signed, or does not follow the one before it. */
typedef void (*heads_wrong_t)(void *user, const char *file, const char *why);

/* Files that are wrong are told of and left out. NOT_FOUND: the folder is not there. */
int heads_load(const char *dir, const struct digest *public_key, heads_wrong_t wrong, void *user,
	       struct heads_set *ret, struct err *err);
void heads_set_done(struct heads_set *s);
const struct heads_home *heads_of(const struct heads_set *s, struct span facility_id); /* NULL */

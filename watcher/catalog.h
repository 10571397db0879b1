/* The adapters in force: the *.yaml of a folder, compiled, in the order of their file names. */
#pragma once

#include "adapters/adapter.h"

#define CATALOG_MAX 256

struct catalog {
	struct adapter *adapters[CATALOG_MAX];
	size_t n;
};
#define CATALOG_INIT ((struct catalog){0})
void catalog_done(struct catalog *c);

/* Reads the folder anew. An adapter with a problem (text for people, file:line:column in it) is
 * reported and is off; if the same file was in force before, that one stays. facility: the home's,
 * which an adapter that names one must name. Fails, changing nothing, only if the folder cannot be
 * read. */
int catalog_load(struct catalog *c, const char *dir, const char *facility,
		 void (*problem)(void *ctx, const char *path, const char *text), void *ctx,
		 struct err *err);

/* The first whose glob matches and whose name is allowed (NULL-terminated; NULL: all); NULL if
 * none. */
const struct adapter *catalog_pick(const struct catalog *c, const char *file_name,
				   const char *const *allowed);
const struct adapter *catalog_find(const struct catalog *c, const char *name);
/* If it is the done file that one of the adapters waits for: of which file. From the arena; NULL if
 * it is none. */
const char *catalog_released_by(const struct catalog *c, const char *file_name,
				const char *const *allowed, struct arena *arena);
/* The done file's name for this file, from the arena. */
const char *catalog_done_file(const struct adapter *a, const char *file_name, struct arena *arena);

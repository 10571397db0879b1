#include "watcher/remains.h"

#include <stdlib.h>
#include <string.h>
#include <fcntl.h>

#include "watcher/dispose.h"
#include "watcher/dropped.h"

void remains_done(struct remains *r)
{
	free(r->names);
	arena_done(&r->names_arena);
	arena_done(&r->arena);
}

static int compare(const void *a, const void *b)
{
	return memcmp(&((const struct remains_name *)a)->key,
		      &((const struct remains_name *)b)->key, sizeof(struct digest));
}

static bool add_name(void *ctx, const char *name)
{
	struct remains *r = ctx;
	struct file_name known;

	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 64;
		r->names = reallocarray(r->names, r->cap, sizeof(*r->names));
		if (!r->names)
			abort();
	}
	outbox_file_name(r->watcher->outbox, name, NULL, &known);
	r->names[r->n++] = (struct remains_name){known.key, arena_strdup(&r->names_arena, name)};
	return true;
}

static void read_folder(struct remains *r, const char *dir)
{
	struct folder folder = {.path = dir, .fd = -1, .watch = -1};
	struct err err;

	arena_reset(&r->names_arena);
	r->n = 0;
	r->dir = arena_strdup(&r->names_arena, dir);
	if (folder_open(&folder, -1, &err) == 0)
		(void)folder_list(&folder, add_name, r, &err);
	folder_close(&folder, -1);
	if (r->n > 0)
		qsort(r->names, r->n, sizeof(*r->names), compare);
}

static bool is_in_its_folder(struct remains *r, const struct intake_file *file)
{
	const struct remains_name wanted = {.key = file->name_key};
	struct queue_stat stat;

	if (!r->dir || strcmp(r->dir, file->dir) != 0)
		read_folder(r, file->dir);
	const struct remains_name *found =
	    r->n > 0 ? bsearch(&wanted, r->names, r->n, sizeof(*r->names), compare) : NULL;
	if (!found)
		return false;
	const char *path = arena_printf(&r->arena, "%s/%s", file->dir, found->name);
	return dropped_look(AT_FDCWD, path, &stat) == DROPPED_FILE && stat.size == file->size &&
	       stat.mtime == file->mtime;
}

const char *remains_where(struct remains *r, int64_t id, const struct intake_file *file)
{
	arena_reset(&r->arena);
	if (is_in_its_folder(r, file))
		return NULL;
	return dispose_find(r->watcher->home, file, id, &r->arena);
}

#include "watcher/remains.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watcher/dispose.h"
#include "watcher/dropped.h"

void remains_done(struct remains *r)
{
	free(r->names);
	closep(&r->fd);
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

/* The folder in `in` that is told by this name; -1: none. */
static int open_told(const struct watcher *w, int in, struct span told)
{
	int fd = openat(in, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), found = -1;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct file_name name;

	if (!dir)
		closep(&fd);
	for (const struct dirent *e; found < 0 && dir && (e = readdir(dir));) {
		outbox_file_name(w->outbox, e->d_name, NULL, &name);
		if (e->d_name[0] != '.' && span_eq_str(told, name.shown))
			found =
			    openat(in, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (dir)
		(void)closedir(dir);
	return found;
}

/* From a drop folder down, as far as the path as it is told goes. */
static int open_below(const struct watcher *w, const char *root, const char *rest)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && *rest == '/') {
		size_t n = strcspn(++rest, "/");
		int next = open_told(w, fd, span_of(rest, n));
		(void)close(fd);
		fd = next;
		rest += n;
	}
	return fd;
}

static int open_dir(const struct watcher *w, const char *dir)
{
	for (size_t i = 0; i < w->home->n_drops; i++) {
		const char *root = w->home->drops[i].dir;
		size_t n = strlen(root);
		if (strncmp(dir, root, n) == 0 && (dir[n] == '/' || dir[n] == '\0'))
			return open_below(w, root, dir + n);
	}
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void read_folder(struct remains *r, const char *dir)
{
	struct err err;

	arena_reset(&r->names_arena);
	r->n = 0;
	r->dir = arena_strdup(&r->names_arena, dir);
	closep(&r->fd);
	r->fd = open_dir(r->watcher, dir);
	struct folder folder = {.path = dir, .fd = r->fd, .watch = -1};
	if (r->fd >= 0)
		(void)folder_list(&folder, add_name, r, &err);
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
	return found && dropped_look(r->fd, found->name, &stat) == DROPPED_FILE &&
	       stat.size == file->size && stat.mtime == file->mtime;
}

const char *remains_where(struct remains *r, int64_t id, const struct intake_file *file)
{
	arena_reset(&r->arena);
	if (is_in_its_folder(r, file))
		return NULL;
	return dispose_find(r->watcher->home, file, id, &r->arena);
}

/* Two names of one folder (a rename that was noticed late, a bind mount) would be one watch for
 * inotify: so what had the folder before is asked whether it still does. */
#include "watcher/folders.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watcher/sight.h"

static struct folder *folder_new(const char *path, const char *name)
{
	struct folder *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	f->path = path;
	f->name = name;
	f->fd = f->watch = -1;
	return f;
}

void folders_begin(struct watcher *w)
{
	w->n_folders = (unsigned)w->home->n_drops;
	for (unsigned i = 0; i < w->n_folders; i++) {
		const struct home_drop *drop = &w->home->drops[i];
		struct folder *f = w->folders[i] = folder_new(strdup(drop->dir), NULL);
		if (!f->path)
			abort();
		f->drop = i;
		f->adapters = drop->adapters;
		f->marker = drop->marker;
		f->recursive = drop->recursive;
	}
}

static void folder_free(struct folder *f, int inotify)
{
	folder_close(f, inotify);
	free((char *)f->path);
	free((char *)f->name);
	free(f);
}

void folders_end(struct watcher *w)
{
	for (unsigned i = 0; i < w->n_folders; i++)
		if (w->folders[i])
			folder_free(w->folders[i], w->inotify);
	w->n_folders = 0;
}

static bool is_at(const struct stat *st, const char *path)
{
	struct stat there;

	return path && stat(path, &there) == 0 && there.st_dev == st->st_dev &&
	       there.st_ino == st->st_ino;
}

static bool is_own(const struct watcher *w, const struct stat *st)
{
	const struct home *h = w->home;

	return is_at(st, h->archive_dir) || is_at(st, h->rejected_dir) || is_at(st, h->state_dir) ||
	       is_at(st, h->adapters);
}

bool folders_is_own(const struct watcher *w, const struct folder *f)
{
	struct stat st;

	return fstat(f->fd, &st) == 0 && is_own(w, &st);
}

bool folders_is_own_at(const struct watcher *w, const struct folder *in, const char *name)
{
	struct stat st;

	return fstatat(in->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_own(w, &st);
}

static bool is_a_drop(const struct watcher *w, const struct stat *st)
{
	for (size_t i = 0; i < w->home->n_drops; i++)
		if (is_at(st, w->home->drops[i].dir))
			return true;
	return false;
}

static unsigned find(const struct watcher *w, const struct folder *parent, const char *name)
{
	for (unsigned i = 0; i < w->n_folders; i++) {
		const struct folder *f = w->folders[i];
		if (f && f->parent == parent && f->name && strcmp(f->name, name) == 0)
			return i;
	}
	return FOLDERS_MAX;
}

/* Who is open on this folder by another name. */
static unsigned find_open(const struct watcher *w, const struct stat *st)
{
	struct stat open_one;

	for (unsigned i = 0; i < w->n_folders; i++) {
		const struct folder *f = w->folders[i];
		if (f && f->fd >= 0 && fstat(f->fd, &open_one) == 0 &&
		    open_one.st_dev == st->st_dev && open_one.st_ino == st->st_ino)
			return i;
	}
	return FOLDERS_MAX;
}

/* True: somebody rightly has it. */
static bool is_taken(struct watcher *w, const struct stat *st)
{
	unsigned holder = find_open(w, st);
	struct err err;

	if (holder == FOLDERS_MAX)
		return false;
	struct folder *f = w->folders[holder];
	if (!f->parent)
		return true;
	int was = f->fd;
	if (folder_open(f, w->inotify, &err) == 0 && f->fd == was)
		return true;
	folders_leave(w, holder);
	return false;
}

static unsigned free_place(struct watcher *w)
{
	unsigned i = (unsigned)w->home->n_drops;

	while (i < w->n_folders && w->folders[i])
		i++;
	if (i == w->n_folders && i < FOLDERS_MAX)
		w->n_folders++;
	return i;
}

static void add(struct watcher *w, unsigned place, const struct folder *parent, const char *name)
{
	struct file_name told;
	char *path;

	outbox_file_name(w->outbox, name, NULL, &told);
	if (asprintf(&path, "%s/%s", parent->path, told.shown) < 0)
		abort();
	struct folder *f = w->folders[place] = folder_new(path, strdup(name));
	if (!f->name)
		abort();
	f->drop = parent->drop;
	f->adapters = parent->adapters;
	f->parent = parent;
	f->depth = parent->depth + 1;
	f->recursive = true;
}

enum folders_entry folders_enter(struct watcher *w, unsigned in, const char *name,
				 const char **ret_why)
{
	const struct folder *parent = w->folders[in];
	struct stat st;

	if (find(w, parent, name) != FOLDERS_MAX)
		return FOLDERS_ENTERED;
	if (fstatat(parent->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return FOLDERS_SKIPPED;
	if (is_own(w, &st) || is_a_drop(w, &st) || is_taken(w, &st))
		return FOLDERS_SKIPPED;
	if (parent->depth == FOLDERS_DEPTH_MAX) {
		*ret_why = "it is a folder deeper than eight levels, and what is in it is not read";
		return FOLDERS_REFUSED;
	}
	unsigned place = free_place(w);
	if (place == FOLDERS_MAX) {
		*ret_why = "it is one folder too many, and what is in it is not read";
		return FOLDERS_REFUSED;
	}
	add(w, place, parent, name);
	return FOLDERS_ENTERED;
}

void folders_look(struct watcher *w, const struct folder *parent, const char *name)
{
	unsigned i = find(w, parent, name);

	if (i != FOLDERS_MAX)
		w->folders[i]->next_scan = 0;
}

static void file_gone(void *ctx, struct queue_file *f)
{
	sight_report_over(ctx, f);
}

void folders_leave(struct watcher *w, unsigned folder)
{
	struct folder *f = w->folders[folder];

	for (unsigned i = 0; i < w->n_folders; i++)
		if (w->folders[i] && w->folders[i]->parent == f)
			folders_leave(w, i);
	queue_forget_folder(w->queue, folder, file_gone, w);
	condition_folder_over(&w->condition, folder);
	w->folders[folder] = NULL;
	folder_free(f, w->inotify);
}

unsigned folders_below(const struct watcher *w, unsigned folder)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n_folders; i++) {
		const struct folder *f = w->folders[i];
		for (f = f ? f->parent : NULL; f && f != w->folders[folder];)
			f = f->parent;
		n += f != NULL;
	}
	return n;
}

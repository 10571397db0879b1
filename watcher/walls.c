/* A drop folder may be mounted, or made, after the start: a rule does not hold for what is mounted
 * over its folder, but one for the folder above does. That is why the one above is opened as well,
 * unless it is the system's own. */
#include "watcher/walls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>

#include "base/arena.h"
#include "watcher/dispose.h"

static const char *const of_the_system[] = {"/",     "/bin", "/boot", "/dev",  "/etc",
					    "/home", "/lib", "/proc", "/root", "/run",
					    "/sbin", "/sys", "/usr",  "/var"};

/* What name look-ups, TLS and the C library read for a board. */
static const char *const for_a_board[] = {
    "/etc/hosts",  "/etc/host.conf",   "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/gnutls", "/etc/localtime",   "/usr/lib",	   "/usr/lib64",	 "/lib",
    "/lib64",	   "/etc/ld.so.cache", "/etc/services",
};
static const char *const for_all[] = {"/usr/share/zoneinfo", "/dev/null", "/dev/urandom",
				      BEDPOST_DATADIR};

static bool is_of_the_system(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(of_the_system); i++)
		if (strcmp(path, of_the_system[i]) == 0)
			return true;
	return false;
}

/* The folder above it, or above that, that is there. */
static const char *above(struct arena *a, const char *path)
{
	char *up = arena_strdup(a, path);
	struct stat st;

	for (char *slash; (slash = strrchr(up, '/')) && slash > up;) {
		*slash = '\0';
		if (stat(up, &st) == 0)
			return is_of_the_system(up) ? NULL : up;
	}
	return NULL;
}

static void allow_place(struct confine *c, struct arena *a, const char *path)
{
	char *real = realpath(path, NULL);

	if (real)
		confine_allow(c, arena_strdup(a, real), CONFINE_WRITE);
	confine_allow(c, above(a, real ? real : path), CONFINE_WRITE);
	free(real);
}

/* A target in its own place is made now, so that nothing above it need be opened. */
static void allow_target(struct confine *c, struct arena *a, const char *path)
{
	_cleanup_(closep) int fd = -1;
	struct err err;

	if (dispose_open_folder(path, &fd, &err) == 0)
		confine_allow(c, path, CONFINE_WRITE);
	else
		allow_place(c, a, path);
}

/* Adapters may be links into a package's folder. */
static void allow_adapters(struct confine *c, struct arena *a, const char *path)
{
	DIR *dir = opendir(path);

	confine_allow(c, path, CONFINE_READ);
	for (const struct dirent *e; dir && (e = readdir(dir));) {
		char *real = realpath(arena_printf(a, "%s/%s", path, e->d_name), NULL);
		if (real && e->d_name[0] != '.')
			confine_allow(c, arena_strdup(a, real), CONFINE_READ);
		free(real);
	}
	if (dir)
		(void)closedir(dir);
}

/* A file that is not there yet: its folder. */
static void allow_file(struct confine *c, struct arena *a, const char *path)
{
	if (path && access(path, F_OK) < 0)
		path = above(a, path);
	confine_allow(c, path, CONFINE_READ);
}

static void allow_board(struct confine *c, struct arena *a, const struct home_board *b)
{
	const char *colon = b->listen ? strrchr(b->listen, ':') : NULL;

	if (!colon)
		return;
	c->listens = true;
	c->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	allow_file(c, a, b->pins);
	allow_file(c, a, b->certificate);
	allow_file(c, a, b->key);
	confine_allow(c, b->pages, CONFINE_READ);
	for (size_t i = 0; i < ARRAY_LEN(for_a_board); i++)
		confine_allow(c, for_a_board[i], CONFINE_READ);
}

static void allow_all(struct confine *c, struct arena *a, const struct home *h)
{
	confine_allow(c, h->state_dir, CONFINE_WRITE);
	allow_target(c, a, h->rejected_dir);
	if (h->archive != HOME_ARCHIVE_NONE)
		allow_target(c, a, h->archive_dir);
	for (size_t i = 0; i < h->n_drops; i++) {
		allow_place(c, a, h->drops[i].dir);
		allow_place(c, a, h->drops[i].ack);
	}
	allow_adapters(c, a, h->adapters);
	for (size_t i = 0; i < ARRAY_LEN(for_all); i++)
		confine_allow(c, for_all[i], CONFINE_READ);
	allow_board(c, a, &h->board);
}

void walls_enter(struct watcher *w)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct confine *c = arena_new(&a, struct confine);
	struct confined *is = &w->condition.confined;
	char files[32] = "open";

	*c = (struct confine){0};
	allow_all(c, &a, w->home);
	confine_enter(c, is);
	w->condition.dirty = true;
	if (is->files)
		(void)snprintf(files, sizeof(files), "landlock:%d", is->files);
	log_line(is->files && is->calls ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "confined",
		 "files=%s calls=%s network=%s%s%s", files, is->calls ? "seccomp" : "open",
		 c->listens  ? "board"
		 : is->calls ? "none"
			     : "open",
		 is->files && is->calls ? "" : " reason=",
		 is->files && is->calls
		     ? ""
		     : log_quote(span_str(is->files ? is->why_not_calls : is->why_not_files)).s);
}

/* Everything goes through the folder's descriptor, so that a path changed under us cannot mix two
 * folders. */
#include "watcher/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/span.h"
#include "watcher/file_system.h"

#define WATCHED                                                                                    \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
/* A folder that is held open is not told that it is removed: the one that it is in is. */
#define WATCHED_BELOW (IN_DELETE | IN_MOVED_FROM)

static bool is_remote(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	return file_system_remote_name((uint64_t)fs.f_type);
}

bool folder_is_remote(const struct folder *f)
{
	_cleanup_(closep) int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && is_remote(fd);
}

static int open_it(const struct folder *f)
{
	if (!f->parent)
		return open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return openat(f->parent->fd, f->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool look_at_it(const struct folder *f, struct stat *ret)
{
	return f->parent ? fstatat(f->parent->fd, f->name, ret, AT_SYMLINK_NOFOLLOW) == 0
			 : stat(f->path, ret) == 0;
}

static bool is_still_it(const struct folder *f)
{
	struct stat open_one, named;

	return fstat(f->fd, &open_one) == 0 && look_at_it(f, &named) &&
	       open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* After how many slashes of its path the file system begins that it is on; 0: it is not there. */
static unsigned mount_of(const char *path)
{
	_cleanup_(freep) char *real = realpath(path, NULL);
	unsigned mount = 1, slashes = 1;
	struct stat above, here;

	if (!real || stat("/", &above) < 0)
		return 0;
	for (char *slash = real; slash; slashes++) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (stat(real, &here) < 0)
			return 0;
		if (here.st_dev != above.st_dev)
			mount = slashes + 1;
		above = here;
		if (slash)
			*slash = '/';
	}
	return mount;
}

/* A folder under a share that went away is empty or old: it is no drop folder. */
static int check_mount(struct folder *f, int inotify, struct err *err)
{
	unsigned mount = f->parent ? 0 : mount_of(f->path);

	if (mount == 0 || mount >= f->mount) {
		f->mount = mount ? mount : f->mount;
		return 0;
	}
	folder_close(f, inotify);
	return err_set(err, ERR_NOT_FOUND,
		       "%s: what was mounted there is not any longer; mount it again, or restart "
		       "the watcher if it shall read what is there now",
		       f->path);
}

void folder_close(struct folder *f, int inotify)
{
	if (f->watch >= 0)
		(void)inotify_rm_watch(inotify, f->watch);
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = f->watch = -1;
}

/* Where a share is not mounted there is an empty folder, or an old one: neither is the EHR's. */
static int check_marker(struct folder *f, int inotify, struct err *err)
{
	if (!f->marker || faccessat(f->fd, f->marker, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	folder_close(f, inotify);
	return err_set(err, ERR_NOT_FOUND, "%s: %s is not in it: is it mounted?", f->path,
		       f->marker);
}

static bool is_on_another_file_system(const struct folder *f, int was)
{
	struct stat old, new;

	return was >= 0 && fstat(was, &old) == 0 && fstat(f->fd, &new) == 0 &&
	       old.st_dev != new.st_dev;
}

static int open_anew(struct folder *f, int inotify, struct err *err)
{
	char path[64];
	_cleanup_(closep) int was = f->fd >= 0 ? fcntl(f->fd, F_DUPFD_CLOEXEC, 0) : -1;

	folder_close(f, inotify);
	f->fd = open_it(f);
	if (f->fd < 0)
		return err_errno(err, errno, "%s", f->path);
	int r = check_marker(f, inotify, err);
	if (r < 0)
		return r;
	f->is_replaced = is_on_another_file_system(f, was);
	f->is_polled = is_remote(f->fd);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	f->watch = inotify_add_watch(inotify, path, WATCHED | (f->recursive ? WATCHED_BELOW : 0));
	if (f->watch < 0)
		f->is_polled = true; /* the user's inotify instances or watches may be used up */
	return 0;
}

int folder_open(struct folder *f, int inotify, struct err *err)
{
	f->is_replaced = false;
	if (f->parent && f->parent->fd < 0)
		return err_set(err, ERR_UNAVAILABLE, "%s: the folder it is in is not open",
			       f->path);
	int r = check_mount(f, inotify, err);
	if (r < 0)
		return r;
	if (f->fd >= 0 && is_still_it(f))
		return check_marker(f, inotify, err);
	return open_anew(f, inotify, err);
}

bool folder_ignores(const char *name)
{
	static const char *const suffixes[] = {".part", ".tmp", ".filepart", ".ack.json",
					       ".ack.hl7"};
	struct span s = span_str(name);

	if (name[0] == '.')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		struct span suffix = span_str(suffixes[i]);
		if (s.n >= suffix.n &&
		    span_eq_nocase(span_of(s.p + s.n - suffix.n, suffix.n), suffix))
			return true;
	}
	return false;
}

int folder_list(struct folder *f, bool (*each)(void *ctx, const char *name), void *ctx,
		struct err *err)
{
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		int errnum = errno;
		closep(&fd);
		return err_errno(err, errnum, "%s: listing", f->path);
	}
	bool goes_on = true;
	while (goes_on) {
		errno = 0;
		const struct dirent *e = readdir(dir);
		if (!e)
			break;
		if (!folder_ignores(e->d_name))
			goes_on = each(ctx, e->d_name);
	}
	int errnum = goes_on ? errno : 0;
	(void)closedir(dir);
	if (!goes_on)
		return err_set(err, ERR_UNAVAILABLE, "%s: listing was broken off", f->path);
	return errnum ? err_errno(err, errnum, "%s: listing", f->path) : 0;
}

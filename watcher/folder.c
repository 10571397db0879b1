/* Everything goes through the folder's descriptor, so that a path changed under us cannot mix two
 * folders. */
#include "watcher/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/span.h"

#define WATCHED                                                                                    \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

/* Not every libc's magic.h names them all. */
#define CIFS_MAGIC   0xFF534D42
#define SMB2_MAGIC   0xFE534D42
#define VBOXSF_MAGIC 0x786f4256
#define CEPH_MAGIC   0x00c36400

static bool is_remote(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	switch ((unsigned long)fs.f_type & 0xffffffffUL) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_MAGIC:
	case SMB2_MAGIC:
	case FUSE_SUPER_MAGIC:
	case V9FS_MAGIC:
	case AFS_SUPER_MAGIC:
	case CEPH_MAGIC:
	case VBOXSF_MAGIC: return true;
	default: return false;
	}
}

bool folder_is_remote(const struct folder *f)
{
	_cleanup_(closep) int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && is_remote(fd);
}

static bool is_same_folder(int fd, const char *path)
{
	struct stat open_one, named;

	return fstat(fd, &open_one) == 0 && stat(path, &named) == 0 &&
	       open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
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

int folder_open(struct folder *f, int inotify, struct err *err)
{
	char path[64];

	if (f->fd >= 0 && is_same_folder(f->fd, f->path))
		return check_marker(f, inotify, err);
	folder_close(f, inotify);
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return err_errno(err, errno, "%s", f->path);
	int r = check_marker(f, inotify, err);
	if (r < 0)
		return r;
	f->is_polled = is_remote(f->fd);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	f->watch = inotify_add_watch(inotify, path, WATCHED);
	if (f->watch < 0)
		f->is_polled = true; /* the user's inotify instances or watches may be used up */
	return 0;
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

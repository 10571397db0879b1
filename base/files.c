/* link(2) rather than rename(2) where nothing may be replaced: it fails if the name is taken, at
 * any time. */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int files_write_all(int fd, struct span bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes = span_of(bytes.p + n, bytes.n - (size_t)n);
	}
	return 0;
}

static int sync_folder_of(const char *path)
{
	_cleanup_(freep) char *copy = strdup(path);
	_cleanup_(closep) int fd =
	    copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return fd < 0 ? -1 : fsync(fd);
}

static int write_beside(const char *temp, mode_t mode, struct span text, const char *path,
			struct err *err)
{
	_cleanup_(closep) int fd =
	    open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(err, errno, "cannot write %s", path);
	if (files_write_all(fd, text) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0) {
		int errnum = errno;
		(void)unlink(temp);
		return err_errno(err, errnum, "cannot write %s", path);
	}
	return 0;
}

static int put(const char *path, mode_t mode, struct span text, bool replace, struct err *err)
{
	_cleanup_(freep) char *temp = NULL;

	if (asprintf(&temp, "%s.part-%ld", path, (long)getpid()) < 0)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	int r = write_beside(temp, mode, text, path, err);
	if (r < 0)
		return r;
	int failed = replace ? rename(temp, path) : link(temp, path);
	int errnum = errno;
	if (!replace || failed)
		(void)unlink(temp);
	if (failed)
		return err_errno(err, errnum, "cannot write %s", path);
	if (sync_folder_of(path) < 0)
		return err_errno(err, errno, "cannot write %s", path);
	return 0;
}

int files_create(const char *path, mode_t mode, struct span text, struct err *err)
{
	return put(path, mode, text, false, err);
}

int files_replace(const char *path, mode_t mode, struct span text, struct err *err)
{
	return put(path, mode, text, true, err);
}

int files_make_dir(const char *path, mode_t mode, struct err *err)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return err_errno(err, errno, "cannot make folder %s", path);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(err, ERR_EXISTS, "%s is there and is not a folder", path);
	return 0;
}

bool files_exist(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

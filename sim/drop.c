#include "sim/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/files.h"

static int create(int dir_fd, const char *name, struct span bytes, struct err *err)
{
	_cleanup_(closep) int fd =
	    openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_errno(err, errno, "%s", name);
	int rc = files_write_all(fd, bytes) < 0 ? -errno : 0;
	if (rc == 0 && close(TAKE_FD(fd)) < 0)
		rc = -errno;
	return rc < 0 ? err_errno(err, -rc, "%s", name) : 0;
}

int drop_file(int dir_fd, const char *name, struct span bytes, enum drop_way way, struct err *err)
{
	char other[NAME_MAX + 1];

	(void)snprintf(other, sizeof(other), way == DROP_RENAME ? ".%s.part" : "%s.done", name);
	int rc = create(dir_fd, way == DROP_RENAME ? other : name, bytes, err);
	if (rc < 0 || way == DROP_CLOSE)
		return rc;
	if (way == DROP_DONE)
		return create(dir_fd, other, SPAN(""), err);
	if (renameat2(dir_fd, other, dir_fd, name, RENAME_NOREPLACE) == 0)
		return 0;
	rc = err_errno(err, errno, "%s", name);
	(void)unlinkat(dir_fd, other, 0);
	return rc;
}

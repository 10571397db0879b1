/* Addresses go through /proc/self/fd so that a long state_dir fits into sun_path's 108 bytes. */
#include "outbox/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define WAKE_NAME "sync.wake"

static int open_dir(const char *state_dir)
{
	return open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static struct sockaddr_un address_in(int dir)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/" WAKE_NAME, dir);
	return a;
}

int outbox_wake_listen(const char *state_dir, int *ret_fd, struct err *err)
{
	_cleanup_(closep) int dir = open_dir(state_dir);
	if (dir < 0)
		return err_errno(err, errno, "%s", state_dir);

	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, errno, "wake socket");
	struct sockaddr_un a = address_in(dir);
	(void)unlinkat(dir, WAKE_NAME, 0); /* one left behind by a process that was killed */
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return err_errno(err, errno, "%s/" WAKE_NAME, state_dir);
	(void)fchmodat(dir, WAKE_NAME, 0660, 0); /* the watcher may be another user of the group */
	*ret_fd = TAKE_FD(fd);
	return 0;
}

void outbox_wake_drain(int fd)
{
	char byte[8];

	while (recv(fd, byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		;
}

void outbox_wake(const char *state_dir)
{
	_cleanup_(closep) int dir = open_dir(state_dir);
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (dir < 0 || fd < 0)
		return;
	struct sockaddr_un a = address_in(dir);
	(void)sendto(fd, "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&a, sizeof(a));
}

bool outbox_wake_is_heard(const char *state_dir)
{
	_cleanup_(closep) int dir = open_dir(state_dir);
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (dir < 0 || fd < 0)
		return false;
	struct sockaddr_un a = address_in(dir);
	return connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

#include "regional/thread.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <sodium/randombytes.h>

#include "base/cleanup.h"

int thread_start(struct thread *t, void *(*run)(void *), void *arg, const char *whose,
		 struct err *err)
{
	t->stop_fd = eventfd(0, EFD_CLOEXEC);
	int e = t->stop_fd < 0 ? errno : pthread_create(&t->id, NULL, run, arg);
	if (e) {
		closep(&t->stop_fd);
		return err_errno(err, e, "thread of %s", whose);
	}
	return 0;
}

void thread_stop(struct thread *t)
{
	atomic_store(&t->stop, true);
	(void)eventfd_write(t->stop_fd, 1);
	(void)pthread_join(t->id, NULL);
	closep(&t->stop_fd);
}

bool thread_is_stopped(const struct thread *t)
{
	return atomic_load(&t->stop);
}

void thread_sleep_until(const struct thread *t, int fd, usec_t until)
{
	struct pollfd p[2] = {{.fd = t->stop_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	usec_t left = until - clock_monotonic();

	(void)poll(p, 2, left > 0 ? (int)((left + USEC_PER_MSEC - 1) / USEC_PER_MSEC) : 0);
}

usec_t thread_backoff(usec_t *backoff)
{
	usec_t pause = *backoff / 10 + (usec_t)randombytes_uniform((uint32_t)*backoff);

	*backoff = 2 * *backoff < THREAD_BACKOFF_MAX ? 2 * *backoff : THREAD_BACKOFF_MAX;
	return pause;
}

/* Loaded before everything else (LD_PRELOAD), by tests/stack/misfortune.py:
 *
 *     BEDPOST_CLOCK_OFF=SECONDS   the wall clock is so much off
 *     BEDPOST_NO_INOTIFY=1        the account's inotify instances are used up
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <time.h>

static time_t off(void)
{
	const char *seconds = getenv("BEDPOST_CLOCK_OFF");

	return seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	static int (*real)(clockid_t, struct timespec *);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	int r = real(id, ret);
	if (r == 0 && id == CLOCK_REALTIME)
		ret->tv_sec += off();
	return r;
}

time_t time(time_t *ret)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int inotify_init1(int flags)
{
	static int (*real)(int);

	if (getenv("BEDPOST_NO_INOTIFY")) {
		errno = EMFILE;
		return -1;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "inotify_init1");
	return real(flags);
}

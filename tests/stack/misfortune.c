/* Loaded before everything else (LD_PRELOAD), by tests/stack/misfortune.py:
 *
 *     BEDPOST_CLOCK_OFF=SECONDS   the wall clock is so much off
 *     BEDPOST_NO_INOTIFY=1        the account's inotify instances are used up
 *     BEDPOST_STALE=FILE          while it is there, no directory can be listed:
 *     BEDPOST_STALE_ERROR=ERRNO   this is the answer
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

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

static int is_stale(void)
{
	const char *file = getenv("BEDPOST_STALE"), *error = getenv("BEDPOST_STALE_ERROR");
	int before = errno, stale = file && error && access(file, F_OK) == 0;

	errno = stale ? atoi(error) : before;
	return stale;
}

struct dirent *readdir(DIR *dir)
{
	static struct dirent *(*real)(DIR *);

	if (is_stale())
		return NULL;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "readdir");
	return real(dir);
}

struct dirent64 *readdir64(DIR *dir)
{
	static struct dirent64 *(*real)(DIR *);

	if (is_stale())
		return NULL;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "readdir64");
	return real(dir);
}

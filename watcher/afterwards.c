/* A file is put back only while no other has its name: then that one speaks for itself. */
#include "watcher/afterwards.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watcher/dispose.h"

static void forget(struct afterwards_file *f)
{
	closep(&f->fd);
	closep(&f->dir);
	free(f->name);
	*f = (struct afterwards_file){.fd = -1, .dir = -1};
}

void afterwards_init(struct afterwards *a)
{
	*a = (struct afterwards){.look_at = USEC_NONE};
	for (size_t i = 0; i < AFTERWARDS_MAX; i++)
		a->files[i].fd = a->files[i].dir = -1;
}

void afterwards_done(struct afterwards *a)
{
	for (size_t i = 0; i < AFTERWARDS_MAX; i++)
		forget(&a->files[i]);
}

void afterwards_add(struct afterwards *a, int fd, int dir, const char *name,
		    const struct queue_stat *was, usec_t now)
{
	struct afterwards_file *f = &a->files[a->next++ % AFTERWARDS_MAX];

	forget(f);
	*f = (struct afterwards_file){
	    .fd = fd,
	    .dir = fcntl(dir, F_DUPFD_CLOEXEC, 0),
	    .name = strdup(name),
	    .was = *was,
	    .now = *was,
	    .since = now,
	    .until = now + AFTERWARDS_KEEP,
	};
	if (!f->name)
		abort();
	if (a->look_at == USEC_NONE)
		a->look_at = now + AFTERWARDS_EVERY;
}

/* True: it has changed since it was read, and not for a while. */
static bool is_to_go_back(struct afterwards_file *f, usec_t now)
{
	struct queue_stat stat;

	if (!dropped_look_at(f->fd, &stat))
		return false;
	if (!queue_stat_eq(&stat, &f->now)) {
		f->now = stat;
		f->since = now;
		f->until = now + AFTERWARDS_KEEP;
	}
	return !queue_stat_eq(&f->now, &f->was) && now - f->since >= AFTERWARDS_QUIET;
}

static void look_at(struct afterwards_file *f, usec_t now,
		    void (*put_back)(void *ctx, const char *name), void *ctx)
{
	if (is_to_go_back(f, now) && dispose_put_back(f->fd, f->dir, f->name)) {
		put_back(ctx, f->name);
		forget(f);
	} else if (f->until <= now) {
		forget(f);
	}
}

void afterwards_look(struct afterwards *a, usec_t now,
		     void (*put_back)(void *ctx, const char *name), void *ctx)
{
	bool any = false;

	if (a->look_at == USEC_NONE || a->look_at > now)
		return;
	for (size_t i = 0; i < AFTERWARDS_MAX; i++) {
		if (a->files[i].fd >= 0)
			look_at(&a->files[i], now, put_back, ctx);
		any |= a->files[i].fd >= 0;
	}
	a->look_at = any ? now + AFTERWARDS_EVERY : USEC_NONE;
}

/* Looking never opens a file but to ask for a lease; taking does. */
#include "watcher/sight.h"

#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include "outbox/intake.h"
#include "watcher/dropped.h"

void sight_report(struct watcher *w, struct queue_file *f, const char *state, const char *message)
{
	const struct folder *folder = &w->folders[f->folder];
	struct err err;

	if (!f->reported)
		log_warn("file_waits", "file=%s folder=%s state=%s reason=%s",
			 log_quote(span_str(f->name)).s, log_quote(span_str(folder->path)).s, state,
			 log_quote(span_str(message)).s);
	f->reported = true;
	if (intake_waiting(w->outbox, folder->path, f->name, state, message, clock_now(), &err) < 0)
		log_failure("outbox_failed", &err);
}

void sight_report_over(struct watcher *w, struct queue_file *f)
{
	struct err err;

	if (!f->reported)
		return;
	f->reported = false;
	if (intake_waiting_over(w->outbox, w->folders[f->folder].path, f->name, &err) < 0)
		log_failure("outbox_failed", &err);
}

/* Each look at a stuck file would report it again. */
static bool is_news(struct watcher *w, const struct queue_sight *s)
{
	const struct queue_file *f = queue_find(w->queue, s->folder, s->name);

	return !f || !f->reported || !queue_stat_eq(&f->stat, &s->stat);
}

static void see_stuck(struct watcher *w, struct queue_sight *s, const char *state,
		      const char *message)
{
	bool news = is_news(w, s);

	s->stuck = true;
	struct queue_file *f = queue_see(w->queue, s, clock_monotonic(), clock_now());
	if (news && f->state == QUEUE_STUCK)
		sight_report(w, f, state, message);
}

static bool done_file_is_there(const struct folder *folder, const struct adapter *a,
			       const char *name)
{
	struct arena arena = ARENA_INIT;
	const char *done = catalog_done_file(a, name, &arena);
	bool is_there = done && faccessat(folder->fd, done, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	arena_done(&arena);
	return is_there;
}

static void see_file(struct watcher *w, struct queue_sight *s)
{
	const struct folder *folder = &w->folders[s->folder];
	const struct adapter *a = catalog_pick(&w->catalog, s->name, folder->adapters);

	if (!a) {
		see_stuck(w, s, "unmatched", "no adapter matches its name");
		return;
	}
	const struct adapter_ready *ready = adapter_ready(a);
	s->rule = ready->rule;
	s->quiet = ready->quiet;
	s->trusts_clock = !folder->is_polled;
	if (s->rule == READY_DONE_FILE)
		s->done = done_file_is_there(folder, a, s->name);
	if (s->rule == READY_CLOSE && !s->closed && !folder->is_polled && s->stat.size > 0)
		s->closed = dropped_is_closed(folder->fd, s->name);
	(void)queue_see(w->queue, s, clock_monotonic(), clock_now());
}

static bool waits_for_done_file(void *ctx, const struct queue_file *f)
{
	struct watcher *w = ctx;
	const struct adapter *a =
	    catalog_pick(&w->catalog, f->name, w->folders[f->folder].adapters);

	return f->state == QUEUE_WAITING && a && adapter_ready(a)->rule == READY_DONE_FILE &&
	       done_file_is_there(&w->folders[f->folder], a, f->name);
}

/* A done file has come: those that waited for one are looked at. Seldom more than one is found. */
static void release(struct watcher *w)
{
	struct queue_file *f;

	while ((f = queue_search(w->queue, waits_for_done_file, w))) {
		struct queue_sight s = {.folder = f->folder, .name = f->name};
		if (dropped_look(w->folders[f->folder].fd, f->name, &s.stat) == DROPPED_FILE)
			see_file(w, &s);
		if (f->state == QUEUE_WAITING)
			break;
	}
}

static void forget(struct watcher *w, unsigned folder, const char *name)
{
	struct queue_file *f = queue_find(w->queue, folder, name);

	if (!f || f->state == QUEUE_TAKEN)
		return;
	sight_report_over(w, f);
	queue_done(w->queue, f);
}

void sight_name(struct watcher *w, unsigned folder, const char *name, bool closed)
{
	const struct folder *f = &w->folders[folder];
	struct queue_sight s = {.folder = folder, .name = name, .closed = closed};

	if (f->fd < 0 || folder_ignores(name))
		return;
	switch (dropped_look(f->fd, name, &s.stat)) {
	case DROPPED_FOLDER: break;
	case DROPPED_GONE: forget(w, folder, name); break;
	case DROPPED_OTHER: see_stuck(w, &s, "refused", "it is no regular file"); break;
	case DROPPED_FILE:
		if (catalog_is_done_file(&w->catalog, name, f->adapters))
			release(w);
		else
			see_file(w, &s);
		break;
	}
}

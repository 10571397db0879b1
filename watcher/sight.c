/* Looking never opens a file but to ask for a lease; taking does. */
#include "watcher/sight.h"

#include <string.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "outbox/intake.h"
#include "watcher/dropped.h"
#include "watcher/folders.h"
#include "watcher/naming.h"

#define REPORTS_TOGETHER 500
#define REPORTS_LOGGED	 20
#define CLOSING_TRIES	 10
#define CLOSING_PAUSE_NS 20000L

/* ---- what the outbox lists ---- */

/* Nothing of it is in the outbox: it is said again when the folder is next looked through. */
static void reports_lost(struct watcher *w, const struct err *err)
{
	log_failure("outbox_failed", err);
	queue_retell(w->queue);
}

static void close_batch(struct watcher *w)
{
	struct err err;

	if (w->reports.is_open && intake_waiting_commit(w->outbox, &err) < 0)
		reports_lost(w, &err);
	w->reports.is_open = false;
}

static void open_batch(struct watcher *w)
{
	struct sight_batch *b = &w->reports;
	struct err err;

	if (!b->is_on)
		return;
	if (++b->n % REPORTS_TOGETHER == 0)
		close_batch(w);
	if (!b->is_open)
		b->is_open = intake_waiting_begin(w->outbox, &err) == 0;
}

void sight_batch_begin(struct watcher *w)
{
	w->reports = (struct sight_batch){.is_on = true};
}

void sight_batch_end(struct watcher *w)
{
	close_batch(w);
	if (w->reports.n > REPORTS_LOGGED)
		log_warn("files_wait", "more=%u see=\"bedpost files\"",
			 w->reports.n - REPORTS_LOGGED);
	w->reports.is_on = false;
}

void sight_report(struct watcher *w, struct queue_file *f, const char *state, const char *message)
{
	const struct folder *folder = w->folders[f->folder];
	struct file_name name;
	struct err err;

	open_batch(w);
	naming_of(w, f->folder, f->name, &name);
	if (!f->reported && (!w->reports.is_on || w->reports.n <= REPORTS_LOGGED))
		log_warn("file_waits", "file=%s folder=%s state=%s reason=%s",
			 log_quote(span_str(name.shown)).s, log_quote(span_str(folder->path)).s,
			 state, log_quote(span_str(message)).s);
	f->reported = true;
	f->retell = false;
	if (intake_waiting(w->outbox, folder->path, &name, state, message, clock_now(), &err) < 0)
		reports_lost(w, &err);
}

void sight_report_over(struct watcher *w, struct queue_file *f)
{
	struct file_name name;
	struct err err;

	if (!f->reported)
		return;
	open_batch(w);
	f->reported = false;
	naming_of(w, f->folder, f->name, &name);
	if (intake_waiting_over(w->outbox, w->folders[f->folder]->path, &name, &err) < 0)
		log_failure("outbox_failed", &err);
}

/* ---- looking ---- */

/* Each look at a stuck file would report it again. */
static bool is_news(struct watcher *w, const struct queue_sight *s)
{
	const struct queue_file *f = queue_find(w->queue, s->folder, s->name);

	return !f || !f->reported || f->retell || !queue_stat_eq(&f->stat, &s->stat);
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

/* The kernel tells of a close a few microseconds before the file is closed: so the question is put
 * again. */
static enum dropped_writers writers_now(const struct folder *folder, const struct queue_sight *s)
{
	enum dropped_writers writers = dropped_writers(folder->fd, s->name);

	for (int i = 0; i < CLOSING_TRIES && s->closed && writers == DROPPED_OPEN; i++) {
		(void)nanosleep(&(struct timespec){.tv_nsec = CLOSING_PAUSE_NS}, NULL);
		writers = dropped_writers(folder->fd, s->name);
	}
	return writers;
}

static void see_file(struct watcher *w, struct queue_sight *s)
{
	const struct folder *folder = w->folders[s->folder];
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
	if (s->rule == READY_CLOSE && !folder->is_polled) {
		/* A notice may be of an earlier file of this name, or of one that was renamed while
		 * open. */
		enum dropped_writers writers = writers_now(folder, s);
		s->open = writers == DROPPED_OPEN;
		s->closed |= writers == DROPPED_CLOSED;
	}
	(void)queue_see(w->queue, s, clock_monotonic(), clock_now());
}

static void forget(struct watcher *w, unsigned folder, const char *name)
{
	struct queue_file *f = queue_find(w->queue, folder, name);

	if (!f || f->state == QUEUE_TAKEN)
		return;
	sight_report_over(w, f);
	queue_done(w->queue, f);
}

/* A done file is nothing by itself: it makes the file it speaks of worth a look. */
static bool see_done_file(struct watcher *w, unsigned folder, const char *name)
{
	const struct folder *f = w->folders[folder];
	struct arena arena = ARENA_INIT;
	const char *file = catalog_released_by(&w->catalog, name, f->adapters, &arena);
	struct queue_sight s = {.folder = folder, .name = file};

	if (file && dropped_look(f->fd, file, &s.stat) == DROPPED_FILE)
		see_file(w, &s);
	arena_done(&arena);
	return file != NULL;
}

/* It is told once that there is one which is not read. */
static void see_folder(struct watcher *w, struct queue_sight *s)
{
	const struct folder *in = w->folders[s->folder];
	const char *why = NULL;

	if (in->recursive) {
		switch (folders_enter(w, s->folder, s->name, &why)) {
		case FOLDERS_REFUSED: see_stuck(w, s, "refused", why); return;
		case FOLDERS_SKIPPED:
		case FOLDERS_ENTERED: forget(w, s->folder, s->name); return;
		}
	}
	bool is_news = !queue_find(w->queue, s->folder, s->name);
	s->stuck = true;
	struct queue_file *f = queue_see(w->queue, s, clock_monotonic(), clock_now());
	if (is_news && !folders_is_own_at(w, in, s->name))
		log_warn("folder_not_read", "name=%s folder=%s hint=%s", naming_quote(w, f).s,
			 log_quote(span_str(in->path)).s,
			 "\"recursive: true reads what is in it\"");
}

void sight_name(struct watcher *w, unsigned folder, const char *name, bool closed)
{
	const struct folder *f = w->folders[folder];
	struct queue_sight s = {.folder = folder, .name = name, .closed = closed};

	if (f->fd < 0 || folder_ignores(name))
		return;
	switch (dropped_look(f->fd, name, &s.stat)) {
	case DROPPED_FOLDER: see_folder(w, &s); break;
	case DROPPED_GONE: forget(w, folder, name); break;
	case DROPPED_OTHER: see_stuck(w, &s, "refused", "it is no regular file"); break;
	case DROPPED_FILE:
		if (!see_done_file(w, folder, name))
			see_file(w, &s);
		break;
	}
}

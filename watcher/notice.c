/* Notices are a hurry-up, never the truth: the folder is. */
#include "watcher/notice.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "watcher/progress.h"
#include "watcher/sight.h"

#define NOTICES_MAX ((size_t)64 << 10)
#define SCAN_SHARE  4

static void file_gone(void *ctx, struct queue_file *f)
{
	sight_report_over(ctx, f);
}

struct scan {
	struct watcher *watcher;
	unsigned folder;
	struct progress_scan progress;
};

static bool scan_name(void *ctx, const char *name)
{
	struct scan *scan = ctx;

	sight_name(scan->watcher, scan->folder, name, false);
	progress_scan_step(&scan->progress);
	return !watcher_must_stop(scan->watcher);
}

/* What was not seen is gone, if the list is whole. */
static int list(struct watcher *w, unsigned folder, struct err *err)
{
	struct scan scan = {w, folder, progress_scan_begin(&w->folders[folder])};

	sight_batch_begin(w);
	queue_scan_begin(w->queue);
	int r = folder_list(&w->folders[folder], scan_name, &scan, err);
	if (r == 0)
		queue_scan_end(w->queue, folder, file_gone, w);
	sight_batch_end(w);
	return r;
}

static void scan_folder(struct watcher *w, unsigned folder)
{
	struct folder *f = &w->folders[folder];
	struct err err;

	if (folder_open(f, w->inotify, &err) < 0) {
		if (!f->is_missing)
			log_failure("folder_missing", &err);
		f->is_missing = true;
		condition_folder(&w->condition, folder, err.message, clock_now());
		return;
	}
	if (f->is_missing)
		log_info("folder_back", "folder=%s", log_quote(span_str(f->path)).s);
	f->is_missing = false;
	if (list(w, folder, &err) < 0 && !w->stopping)
		log_failure("folder_unreadable", &err);
	else
		err.message[0] = '\0';
	condition_folder(&w->condition, folder, err.message[0] ? err.message : NULL, clock_now());
}

void notice_scan_due(struct watcher *w, usec_t now)
{
	for (unsigned i = 0; i < w->n_folders; i++) {
		struct folder *f = &w->folders[i];
		if (f->next_scan > now)
			continue;
		scan_folder(w, i);
		usec_t every = f->is_polled && w->home->poll < w->home->rescan ? w->home->poll
									       : w->home->rescan;
		/* Looking through a full or slow folder takes its time: most of it is for taking.
		 */
		usec_t end = clock_monotonic(), took = end - now;
		f->next_scan = end + (every > SCAN_SHARE * took ? every : SCAN_SHARE * took);
		now = end;
	}
}

void notice_scan_all(struct watcher *w)
{
	for (unsigned i = 0; i < w->n_folders; i++)
		w->folders[i].next_scan = 0;
}

static void take_notice(struct watcher *w, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW) {
		log_warn("notices_lost", "scan=all");
		notice_scan_all(w);
		return;
	}
	for (unsigned i = 0; i < w->n_folders; i++) {
		struct folder *f = &w->folders[i];
		if (f->watch != e->wd)
			continue;
		if (e->mask & IN_IGNORED)
			f->watch = -1;
		if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) {
			folder_close(f, w->inotify);
			f->next_scan = 0;
		} else if (e->len > 0 && !(e->mask & IN_ISDIR)) {
			sight_name(w, i, e->name, (e->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0);
		}
		return;
	}
}

void notice_read(struct watcher *w)
{
	_Alignas(struct inotify_event) char buf[NOTICES_MAX];
	ssize_t n;

	while ((n = read(w->inotify, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const struct inotify_event *)(buf + at);
			take_notice(w, e);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
}

void notice_look_at_due(struct watcher *w, usec_t now)
{
	struct queue_file *f;

	while ((f = queue_due(w->queue, now))) {
		_cleanup_(freep) char *name = strdup(f->name); /* f may be forgotten on the way */
		if (!name)
			abort();
		sight_name(w, f->folder, name, false);
	}
}

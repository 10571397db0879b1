/* Notices are a hurry-up, never the truth: the folder is. */
#include "watcher/notice.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "watcher/sight.h"

#define NOTICES_MAX ((size_t)64 << 10)

static void file_gone(void *ctx, struct queue_file *f)
{
	sight_report_over(ctx, f);
}

struct scan {
	struct watcher *watcher;
	unsigned folder;
};

static void scan_name(void *ctx, const char *name)
{
	struct scan *scan = ctx;

	sight_name(scan->watcher, scan->folder, name, false);
}

static void scan_folder(struct watcher *w, unsigned folder)
{
	struct folder *f = &w->folders[folder];
	struct scan scan = {w, folder};
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
	queue_scan_begin(w->queue);
	if (folder_list(f, scan_name, &scan, &err) < 0) {
		log_failure("folder_unreadable", &err);
		condition_folder(&w->condition, folder, err.message, clock_now());
		return; /* what was not seen is not gone */
	}
	condition_folder(&w->condition, folder, NULL, clock_now());
	queue_scan_end(w->queue, folder, file_gone, w);
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
		f->next_scan = now + every;
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

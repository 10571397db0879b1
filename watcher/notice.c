/* Notices are a hurry-up, never the truth: the folder is. */
#include "watcher/notice.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "watcher/folders.h"
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
	struct scan scan = {w, folder, progress_scan_begin(w->folders[folder])};

	sight_batch_begin(w);
	queue_scan_begin(w->queue);
	int r = folder_list(w->folders[folder], scan_name, &scan, err);
	if (r == 0)
		queue_scan_end(w->queue, folder, file_gone, w);
	sight_batch_end(w);
	return r;
}

/* One within another that is not there was removed or renamed: that is no alarm. */
static void not_open(struct watcher *w, unsigned folder, const struct err *err)
{
	struct folder *f = w->folders[folder];

	if (f->parent && (err->code == ERR_NOT_FOUND || err->code == ERR_INVALID)) {
		folders_leave(w, folder);
		return;
	}
	if (f->parent && f->parent->fd < 0)
		return; /* the alarm is about that one */
	if (!f->is_missing)
		log_failure("folder_missing", err);
	f->is_missing = true;
	condition_folder(&w->condition, folder, err->message, clock_now());
}

static int open_folder(struct watcher *w, struct folder *f, struct err *err)
{
	int r = folder_open(f, w->inotify, err);

	if (r == 0 && folders_is_own(w, f)) {
		folder_close(f, w->inotify);
		r = err_set(err, ERR_CONFLICT,
			    "%s: it is a folder of the watcher's own (archive, rejected, state_dir "
			    "or adapters), and no file is taken from it",
			    f->path);
	}
	return r;
}

/* A share that went away answers so (ESTALE, EIO, ENOTCONN), perhaps for as long as it is held
 * open: it is opened anew by the next scan. The alarm is told once. */
static void not_readable(struct watcher *w, struct folder *f, const struct err *err)
{
	if (!f->is_missing)
		log_failure("folder_unreadable", err);
	f->is_missing = true;
	if (err->code == ERR_IO || err->code == ERR_NOT_FOUND)
		folder_close(f, w->inotify);
}

static void is_readable(struct folder *f, struct err *err)
{
	if (f->is_missing)
		log_info("folder_back", "folder=%s", log_quote(span_str(f->path)).s);
	f->is_missing = false;
	err->message[0] = '\0';
}

static void scan_folder(struct watcher *w, unsigned folder)
{
	struct folder *f = w->folders[folder];
	struct err err;

	if (open_folder(w, f, &err) < 0) {
		not_open(w, folder, &err);
		return;
	}
	if (f->is_replaced)
		log_warn("folder_replaced", "folder=%s reason=%s", log_quote(span_str(f->path)).s,
			 "\"another file system was mounted there; what lay there before is "
			 "hidden\"");
	if (list(w, folder, &err) < 0 && !w->stopping)
		not_readable(w, f, &err);
	else
		is_readable(f, &err);
	condition_folder(&w->condition, folder, err.message[0] ? err.message : NULL, clock_now());
}

static usec_t next_scan(const struct watcher *w, const struct folder *f, usec_t began)
{
	usec_t every =
	    f->is_polled && w->home->poll < w->home->rescan ? w->home->poll : w->home->rescan;
	/* Looking through a full or slow folder takes its time: most of it is for taking. */
	usec_t end = clock_monotonic(), pause = SCAN_SHARE * (end - began);

	return end + (every > pause ? every : pause);
}

/* Folders found on the way stand behind, and have their turn in the same round. */
void notice_scan_due(struct watcher *w, usec_t now)
{
	for (unsigned i = 0; i < w->n_folders; i++) {
		if (!w->folders[i] || w->folders[i]->next_scan > now)
			continue;
		usec_t began = clock_monotonic();
		scan_folder(w, i);
		if (w->folders[i])
			w->folders[i]->next_scan = next_scan(w, w->folders[i], began);
	}
}

void notice_scan_all(struct watcher *w)
{
	for (unsigned i = 0; i < w->n_folders; i++)
		if (w->folders[i])
			w->folders[i]->next_scan = 0;
}

static void take_folder_notice(struct watcher *w, unsigned i, const struct inotify_event *e)
{
	struct folder *f = w->folders[i];
	bool has_moved = (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0;

	if (e->mask & IN_IGNORED)
		f->watch = -1;
	if (has_moved) {
		folder_close(f, w->inotify);
		f->next_scan = 0;
	} else if (e->mask & (IN_DELETE | IN_MOVED_FROM)) {
		if (e->mask & IN_ISDIR)
			folders_look(w, f, e->name);
	} else if (e->len > 0) {
		sight_name(w, i, e->name,
			   !(e->mask & IN_ISDIR) &&
			       (e->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0);
	}
}

static void take_notice(struct watcher *w, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW) {
		log_warn("notices_lost", "scan=all");
		notice_scan_all(w);
		return;
	}
	for (unsigned i = 0; i < w->n_folders; i++)
		if (w->folders[i] && w->folders[i]->watch == e->wd) {
			take_folder_notice(w, i, e);
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

/* The loop: wait, listen, look, take one file, and again. Between two files it listens, so that a
 * storm cannot fill inotify's queue, and SIGTERM is heard at once. */
#include "watcher/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/notify.h"
#include "outbox/intake.h"
#include "watcher/sight.h"
#include "watcher/take.h"

#define NOTICES_MAX   ((size_t)64 << 10)
#define LOCK_NAME     "watcher.lock"
#define FULL_PAUSE    (5 * USEC_PER_SEC)
#define SETTLE_DELAY  (200 * USEC_PER_MSEC)
#define PRUNE_EVERY   (10 * USEC_PER_MIN)
#define PRUNE_BACKLOG USEC_PER_SEC

static void log_failure(const char *event, const struct err *err)
{
	log_error(event, "error=%s", log_quote(span_str(err->message)).s);
}

/* ---- folders ---- */

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
		return;
	}
	if (f->is_missing)
		log_info("folder_back", "folder=%s", log_quote(span_str(f->path)).s);
	f->is_missing = false;
	queue_scan_begin(w->queue);
	if (folder_list(f, scan_name, &scan, &err) < 0) {
		log_failure("folder_unreadable", &err);
		return; /* what was not seen is not gone */
	}
	queue_scan_end(w->queue, folder, file_gone, w);
}

static void scan_due(struct watcher *w, usec_t now)
{
	for (unsigned i = 0; i < w->n_folders; i++) {
		struct folder *f = &w->folders[i];
		if (f->next_scan > now)
			continue;
		scan_folder(w, i);
		usec_t every = f->is_remote && w->home->poll < w->home->rescan ? w->home->poll
									       : w->home->rescan;
		f->next_scan = now + every;
	}
}

static void scan_all(struct watcher *w)
{
	for (unsigned i = 0; i < w->n_folders; i++)
		w->folders[i].next_scan = 0;
}

/* ---- adapters ---- */

static void adapter_problem(void *ctx, const char *path, const char *text)
{
	(void)ctx;
	log_error("adapter_off", "file=%s problem=%s", log_quote(span_str(path)).s,
		  log_quote(span_trim(span_str(text))).s);
}

static void reload(struct watcher *w)
{
	struct err err;

	if (catalog_load(&w->catalog, w->home->adapters, w->home->facility, adapter_problem, NULL,
			 &err) < 0)
		log_failure("adapters_unreadable", &err);
	log_info("adapters_loaded", "n=%zu", w->catalog.n);
	queue_unstick(w->queue, clock_monotonic());
	scan_all(w);
}

/* ---- notices ---- */

static void take_notice(struct watcher *w, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW) {
		log_warn("notices_lost", "scan=all");
		scan_all(w);
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

static void take_notices(struct watcher *w)
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

static void look_at_due(struct watcher *w, usec_t now)
{
	struct queue_file *f;

	while ((f = queue_due(w->queue, now))) {
		_cleanup_(freep) char *name = strdup(f->name); /* f may be forgotten on the way */
		if (!name)
			abort();
		sight_name(w, f->folder, name, false);
	}
}

/* ---- one file ---- */

static void wake_syncd(void *ctx)
{
	struct watcher *w = ctx;

	outbox_wake(w->home->state_dir);
}

static void log_taken(const struct queue_file *f, const struct adapter *a, enum take_result result,
		      const struct take_report *r)
{
	log_line(result == TAKE_REJECTED ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "file_taken",
		 "file=%s result=%s id=%lld adapter=%s records=%llu events=%llu bad=%llu%s%s%s%s",
		 log_quote(span_str(f->name)).s, take_result_name(result), (long long)r->id,
		 adapter_name(a), (unsigned long long)r->counts.records,
		 (unsigned long long)r->counts.events, (unsigned long long)r->counts.bad,
		 r->reason[0] ? " reason=" : "", r->reason, r->reason[0] ? " message=" : "",
		 r->reason[0] ? log_quote(span_str(r->message)).s : "");
}

static void set_full(struct watcher *w, bool is_full, const struct err *err)
{
	if (is_full && !w->is_full) {
		log_failure("intake_stopped", err);
		notify_status("intake stopped: %s", err->message);
	} else if (!is_full && w->is_full) {
		log_info("intake_resumed", "room=yes");
		notify_status("taking files in");
	}
	w->is_full = is_full;
}

static void put_off(struct watcher *w, struct queue_file *f, const struct err *err)
{
	if (err->code == ERR_FULL) {
		w->full_until = clock_monotonic() + FULL_PAUSE;
		set_full(w, true, err);
	} else if (err->code == ERR_DENIED) {
		sight_report(w, f, "unreadable", err->message);
	} else {
		log_warn("file_later", "file=%s error=%s", log_quote(span_str(f->name)).s,
			 log_quote(span_str(err->message)).s);
	}
	queue_retry(w->queue, f, clock_monotonic());
}

static void file_left(struct watcher *w, struct queue_file *f, const struct take_report *r)
{
	w->settle_at = clock_monotonic() + SETTLE_DELAY;
	if (r->disposal.code == ERR_CONFLICT) {
		log_warn("file_replaced", "file=%s reason=%s", log_quote(span_str(f->name)).s,
			 log_quote(span_str(r->disposal.message)).s);
		queue_retry(w->queue, f, clock_monotonic());
	} else if (r->disposal.code != ERR_NONE) {
		char message[ERR_MESSAGE_MAX + 64];
		(void)snprintf(message, sizeof(message),
			       "its events are taken, but it cannot be put away: %s",
			       r->disposal.message);
		sight_report(w, f, "not_put_away", message);
		queue_retry(w->queue, f, clock_monotonic());
	} else {
		sight_report_over(w, f);
		queue_done(w->queue, f);
	}
}

static void take_ready(struct watcher *w, struct queue_file *f, const struct adapter *a)
{
	const struct folder *folder = &w->folders[f->folder];
	struct arena arena = ARENA_INIT;
	struct take_report report;
	struct err err;
	const struct take_order order = {
	    .home = w->home,
	    .outbox = w->outbox,
	    .adapter = a,
	    .zone = w->zone,
	    .dir = folder->fd,
	    .dir_path = folder->path,
	    .name = f->name,
	    .done_file = catalog_done_file(a, f->name, &arena),
	    .now = clock_now(),
	    .committed = wake_syncd,
	    .ctx = w,
	};

	enum take_result result = take_file(&order, &report, &err);
	arena_done(&arena);
	switch (result) {
	case TAKE_COMMITTED:
	case TAKE_DUPLICATE:
	case TAKE_REPEATED:
	case TAKE_REJECTED:
		set_full(w, false, NULL);
		log_taken(f, a, result, &report);
		file_left(w, f, &report);
		break;
	case TAKE_GONE:
		sight_report_over(w, f);
		queue_done(w->queue, f);
		break;
	case TAKE_REFUSED:
		queue_stuck(w->queue, f);
		sight_report(w, f, "refused", err.message);
		break;
	case TAKE_CHANGED: queue_retry(w->queue, f, clock_monotonic()); break;
	case TAKE_LATER: put_off(w, f, &err); break;
	}
}

static bool take_one(struct watcher *w)
{
	if (w->is_full && clock_monotonic() < w->full_until)
		return false;
	struct queue_file *f = queue_take(w->queue);
	if (!f)
		return false;
	const struct adapter *a =
	    catalog_pick(&w->catalog, f->name, w->folders[f->folder].adapters);
	if (!a || w->folders[f->folder].fd < 0)
		queue_retry(w->queue, f, clock_monotonic()); /* adapters or folder went meanwhile */
	else
		take_ready(w, f, a);
	return true;
}

/* ---- the loop ---- */

static void take_signals(struct watcher *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			log_info("reload", "signal=HUP");
			reload(w);
		} else {
			w->stopping = true;
		}
	}
}

static usec_t sooner(usec_t a, usec_t b)
{
	return a == USEC_NONE ? b : b == USEC_NONE ? a : a < b ? a : b;
}

/* Milliseconds until something is to be done, rounded up. */
static int time_to_wait(const struct watcher *w, usec_t longest)
{
	usec_t now = clock_monotonic(), next = sooner(queue_next_look(w->queue), w->settle_at);

	if (w->has_work)
		return 0;
	next = sooner(sooner(next, w->prune_at), now + longest);
	if (w->is_full)
		next = sooner(next, w->full_until);
	for (unsigned i = 0; i < w->n_folders; i++)
		next = sooner(next, w->folders[i].next_scan);
	return next <= now ? 0 : (int)((next - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
}

static void settle(struct watcher *w, usec_t now)
{
	struct err err;

	if (w->settle_at != USEC_NONE && w->settle_at <= now) {
		w->settle_at = USEC_NONE;
		if (intake_settle(w->outbox, &err) < 0) {
			log_failure("outbox_failed", &err);
			w->settle_at = now + FULL_PAUSE;
		}
	}
	if (w->prune_at <= now) {
		bool more = false;
		if (outbox_prune(w->outbox, clock_now(), w->home->keep_events, &more, &err) < 0)
			log_failure("prune_failed", &err);
		w->prune_at = now + (more ? PRUNE_BACKLOG : PRUNE_EVERY);
	}
}

int watcher_step(struct watcher *w, usec_t longest, struct err *err)
{
	struct epoll_event events[2];
	int n = epoll_wait(w->epoll, events, ARRAY_LEN(events), time_to_wait(w, longest));

	if (n < 0 && errno != EINTR)
		return err_errno(err, errno, "epoll_wait");
	take_signals(w);
	take_notices(w);
	usec_t now = clock_monotonic();
	scan_due(w, now);
	look_at_due(w, now);
	if (w->stopping)
		return 0;
	w->has_work = take_one(w);
	if (!w->has_work)
		settle(w, now);
	return 0;
}

int watcher_run(struct watcher *w, struct err *err)
{
	while (!w->stopping) {
		int r = watcher_step(w, USEC_PER_HOUR, err);
		if (r < 0)
			return r;
	}
	return intake_settle(w->outbox, err);
}

/* ---- beginning and end ---- */

static int lock_state(struct watcher *w, struct err *err)
{
	_cleanup_(freep) char *path = NULL;

	if (asprintf(&path, "%s/" LOCK_NAME, w->home->state_dir) < 0)
		abort();
	w->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (w->lock < 0)
		return err_errno(err, errno, "%s", path);
	if (flock(w->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, ERR_CONFLICT, "%s: another bedpost-watcher runs here", path);
	return 0;
}

static int watch_fd(struct watcher *w, int fd, struct err *err)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? err_errno(err, errno, "epoll_ctl")
							      : 0;
}

static int open_descriptors(struct watcher *w, struct err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGIO, SIG_IGN); /* somebody opens a file while its lease is asked for */
	(void)signal(SIGPIPE, SIG_IGN);
	w->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->signals < 0 || w->inotify < 0 || w->epoll < 0)
		return err_errno(err, errno, "signalfd, inotify or epoll");
	int r = watch_fd(w, w->signals, err);
	return r < 0 ? r : watch_fd(w, w->inotify, err);
}

static bool is_there(const char *dir, const char *name)
{
	_cleanup_(freep) char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	return lstat(path, &st) == 0;
}

static int open_outbox(struct watcher *w, struct err *err)
{
	int r = outbox_open(w->home->state_dir, w->home->facility, OUTBOX_WRITE, &w->outbox, err);

	if (r == 0)
		r = lock_state(w, err);
	if (r < 0)
		return r;
	outbox_set_min_free(w->outbox, w->home->min_free);
	r = intake_waiting_clear(w->outbox, err);
	return r < 0 ? r : intake_reconcile(w->outbox, is_there, clock_now(), err);
}

int watcher_new(struct home *home, struct watcher **ret, struct err *err)
{
	_cleanup_(watcher_freep) struct watcher *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->home = home;
	w->inotify = w->signals = w->epoll = w->lock = -1;
	w->settle_at = USEC_NONE;
	w->queue = queue_new();
	w->n_folders = (unsigned)home->n_drops;
	for (unsigned i = 0; i < w->n_folders; i++)
		w->folders[i] = (struct folder){.path = home->drops[i].dir,
						.adapters = home->drops[i].adapters,
						.fd = -1,
						.watch = -1};
	int r = zone_load(home->zone, &w->zone, err);
	if (r == 0)
		r = open_outbox(w, err);
	if (r == 0)
		r = open_descriptors(w, err);
	if (r < 0)
		return r;
	w->prune_at = clock_monotonic() + PRUNE_EVERY;
	reload(w);
	*ret = TAKE_PTR(w);
	return 0;
}

void watcher_free(struct watcher *w)
{
	if (!w)
		return;
	for (unsigned i = 0; i < w->n_folders; i++)
		folder_close(&w->folders[i], w->inotify);
	queue_free(w->queue);
	catalog_done(&w->catalog);
	outbox_close(w->outbox);
	zone_free(w->zone);
	closep(&w->inotify);
	closep(&w->signals);
	closep(&w->epoll);
	closep(&w->lock);
	free(w);
}

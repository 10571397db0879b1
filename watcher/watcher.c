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
#include "watcher/ack.h"
#include "watcher/folders.h"
#include "watcher/notice.h"
#include "watcher/outcome.h"
#include "watcher/progress.h"
#include "watcher/remains.h"
#include "watcher/retention.h"

#define LOCK_NAME     "watcher.lock"
#define SETTLE_RETRY  (5 * USEC_PER_SEC)
#define PRUNE_EVERY   (10 * USEC_PER_MIN)
#define PRUNE_BACKLOG USEC_PER_SEC

/* ---- adapters ---- */

static void adapter_problem(void *ctx, const char *path, const char *text)
{
	struct watcher *w = ctx;

	condition_adapter_bad(&w->condition, path, text);
	log_error("adapter_off", "file=%s problem=%s", log_quote(span_str(path)).s,
		  log_quote(span_trim(span_str(text))).s);
}

static void reload(struct watcher *w)
{
	struct err err;

	condition_adapters_begin(&w->condition, clock_now());
	if (catalog_load(&w->catalog, w->home->adapters, w->home->facility, adapter_problem, w,
			 &err) < 0) {
		log_failure("adapters_unreadable", &err);
		(void)snprintf(w->condition.adapters_error, sizeof(w->condition.adapters_error),
			       "%s", err.message);
	}
	log_info("adapters_loaded", "n=%zu", w->catalog.n);
	w->reloading = false;
	queue_unstick(w->queue, clock_monotonic());
	notice_scan_all(w);
}

/* ---- the loop ---- */

bool watcher_must_stop(struct watcher *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			w->reloading = true; /* done between two files: a run holds its adapter */
		else
			w->stopping = true;
	}
	return w->stopping;
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
	next = sooner(sooner(next, w->retention_at), w->ack_at);
	next = sooner(next, w->afterwards.look_at);
	if (w->is_full)
		next = sooner(next, w->full_until);
	for (unsigned i = 0; i < w->n_folders; i++)
		if (w->folders[i])
			next = sooner(next, w->folders[i]->next_scan);
	return next <= now ? 0 : (int)((next - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
}

static void settle(struct watcher *w, usec_t now)
{
	struct err err;

	if (w->settle_at != USEC_NONE && w->settle_at <= now) {
		w->settle_at = USEC_NONE;
		if (intake_settle(w->outbox, &err) < 0) {
			log_failure("outbox_failed", &err);
			w->settle_at = now + SETTLE_RETRY;
		}
	}
	if (w->prune_at <= now) {
		bool more = false;
		if (outbox_prune(w->outbox, clock_now(), w->home->keep_events, &more, &err) < 0)
			log_failure("prune_failed", &err);
		w->prune_at = now + (more ? PRUNE_BACKLOG : PRUNE_EVERY);
	}
	if (w->retention_at <= now)
		w->retention_at =
		    now + (retention_apply(w, clock_now()) ? PRUNE_BACKLOG : PRUNE_EVERY);
}

static void put_back(void *ctx, const char *name)
{
	struct watcher *w = ctx;
	struct file_name told;

	outbox_file_name(w->outbox, name, NULL, &told);
	log_warn("file_grew", "file=%s reason=%s", log_quote(span_str(told.shown)).s,
		 "\"it was written to after it was read, and is read again\"");
}

int watcher_step(struct watcher *w, usec_t longest, struct err *err)
{
	struct epoll_event events[2];
	int n = epoll_wait(w->epoll, events, ARRAY_LEN(events), time_to_wait(w, longest));

	if (n < 0 && errno != EINTR)
		return err_errno(err, errno, "epoll_wait");
	if (watcher_must_stop(w))
		return 0;
	if (w->reloading)
		reload(w);
	notice_read(w);
	usec_t now = clock_monotonic();
	notice_scan_due(w, now);
	notice_look_at_due(w, now);
	w->has_work = outcome_take_one(w);
	if (w->has_work)
		progress_step(w);
	afterwards_look(&w->afterwards, now, put_back, w);
	condition_tell(w);
	ack_tend(w, now);
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

/* An account may have used up its inotify instances (other programs', other homes'): folders are
 * polled then, as those without notices are. */
static void open_inotify(struct watcher *w)
{
	struct err err;

	w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->inotify >= 0)
		return;
	(void)err_errno(&err, errno, "inotify");
	log_warn("no_notices", "folders=polled reason=%s", log_quote(span_str(err.message)).s);
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
	open_inotify(w);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->signals < 0 || w->epoll < 0)
		return err_errno(err, errno, "signalfd or epoll");
	int r = watch_fd(w, w->signals, err);
	return r < 0 || w->inotify < 0 ? r : watch_fd(w, w->inotify, err);
}

static const char *where_is(void *ctx, int64_t id, const struct intake_file *file)
{
	return remains_where(ctx, id, file);
}

static int reconcile(struct watcher *w, struct err *err)
{
	_cleanup_(remains_done) struct remains remains = REMAINS_INIT(w);

	return intake_reconcile(w->outbox, where_is, &remains, clock_now(), err);
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
	return r < 0 ? r : reconcile(w, err);
}

int watcher_new(struct home *home, struct watcher **ret, struct err *err)
{
	_cleanup_(watcher_freep) struct watcher *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->home = home;
	w->inotify = w->signals = w->epoll = w->lock = -1;
	w->settle_at = USEC_NONE;
	afterwards_init(&w->afterwards);
	w->queue = queue_new();
	folders_begin(w);
	int r = zone_load(home->zone, &w->zone, err);
	if (r == 0 && home->archive == HOME_ARCHIVE_SEALED)
		r = seal_key_read(home->archive_key, false, &w->archive_key, err);
	if (r == 0)
		r = open_outbox(w, err);
	if (r == 0)
		r = open_descriptors(w, err);
	if (r < 0)
		return r;
	w->prune_at = clock_monotonic() + PRUNE_EVERY;
	w->retention_at = clock_monotonic();
	ack_soon(w);
	reload(w);
	*ret = TAKE_PTR(w);
	return 0;
}

void watcher_free(struct watcher *w)
{
	if (!w)
		return;
	folders_end(w);
	afterwards_done(&w->afterwards);
	queue_free(w->queue);
	catalog_done(&w->catalog);
	condition_done(&w->condition);
	outbox_close(w->outbox);
	zone_free(w->zone);
	closep(&w->inotify);
	closep(&w->signals);
	closep(&w->epoll);
	closep(&w->lock);
	free(w);
}

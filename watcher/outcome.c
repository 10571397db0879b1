/* One line in the log per file; a failure of the outbox is said once, not once per file. */
#include "watcher/outcome.h"

#include "base/notify.h"
#include "watcher/ack.h"
#include "watcher/naming.h"
#include "watcher/progress.h"
#include "watcher/sight.h"
#include "watcher/take.h"

#define FULL_PAUSE   (5 * USEC_PER_SEC)
#define SETTLE_DELAY (200 * USEC_PER_MSEC)

static void wake_syncd(void *ctx)
{
	struct watcher *w = ctx;

	outbox_wake(w->home->state_dir);
}

static bool must_stop(void *ctx)
{
	return watcher_must_stop(ctx);
}

static void log_taken(struct watcher *w, const struct file_name *name, const struct adapter *a,
		      enum take_result result, const struct take_report *r)
{
	enum log_level level =
	    result == TAKE_REJECTED || result == TAKE_HELD ? LOG_LEVEL_WARN : LOG_LEVEL_INFO;

	log_line(progress_tells(w, result) ? level : LOG_LEVEL_DEBUG, "file_taken",
		 "file=%s result=%s id=%lld adapter=%s records=%llu events=%llu bad=%llu%s%s%s%s",
		 log_quote(span_str(name->shown)).s, take_result_name(result), (long long)r->id,
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
	condition_intake(&w->condition, is_full ? err->message : NULL, clock_now());
}

static void put_off(struct watcher *w, struct queue_file *f, const struct err *err)
{
	if (err->code == ERR_FULL) {
		w->full_until = clock_monotonic() + FULL_PAUSE;
		set_full(w, true, err);
	} else if (err->code == ERR_DENIED) {
		sight_report(w, f, "unreadable", err->message);
	} else if (err->code == ERR_CORRUPT) {
		log_failure("outbox_damaged", err);
	} else if (!w->stopping) {
		log_warn("file_later", "file=%s error=%s", naming_quote(w, f).s,
			 log_quote(span_str(err->message)).s);
	}
	queue_retry(w->queue, f, clock_monotonic());
}

static void file_left(struct watcher *w, struct queue_file *f, const struct take_report *r)
{
	w->settle_at = clock_monotonic() + SETTLE_DELAY;
	if (r->disposal.code == ERR_CONFLICT) {
		log_warn("file_replaced", "file=%s reason=%s", naming_quote(w, f).s,
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

/* On a share an open file that is removed would stay there under another name until it is closed.
 */
static void keep_an_eye(struct watcher *w, const struct folder *folder, const char *name,
			struct take_report *r)
{
	if (r->fd >= 0 && !folder->is_polled)
		afterwards_add(&w->afterwards, TAKE_FD(r->fd), folder->fd, name, &r->stat,
			       clock_monotonic());
	closep(&r->fd);
}

/* What comes from a folder within a drop folder is told in a folder of the same name within that of
 * the result files: equal names from two of them are two files. */
static const char *ack_dir(const struct watcher *w, const struct folder *f, struct arena *a)
{
	const struct home_drop *drop = &w->home->drops[f->drop];

	return f->parent ? arena_printf(a, "%s%s", drop->ack, f->path + strlen(drop->dir))
			 : drop->ack;
}

static void take_ready(struct watcher *w, struct queue_file *f, const struct adapter *a)
{
	const struct folder *folder = w->folders[f->folder];
	struct arena arena = ARENA_INIT;
	struct take_report report;
	struct file_name name;
	struct err err;
	const struct take_order order = {
	    .home = w->home,
	    .outbox = w->outbox,
	    .adapter = a,
	    .zone = w->zone,
	    .dir = folder->fd,
	    .dir_path = folder->path,
	    .name = f->name,
	    .shown = &name,
	    .archive_key = w->home->archive == HOME_ARCHIVE_SEALED ? &w->archive_key : NULL,
	    .ack_dir = adapter_ack(a) ? ack_dir(w, folder, &arena) : NULL,
	    .done_file = catalog_done_file(a, f->name, &arena),
	    .now = clock_now(),
	    .committed = wake_syncd,
	    .must_stop = must_stop,
	    .ctx = w,
	};

	outbox_file_name(w->outbox, f->name, adapter_pattern(a, f->name), &name);
	enum take_result result = take_file(&order, &report, &err);
	bool wants_ack = order.ack_dir != NULL;
	arena_done(&arena);
	switch (result) {
	case TAKE_COMMITTED:
	case TAKE_DUPLICATE:
	case TAKE_REPEATED:
	case TAKE_REJECTED:
	case TAKE_HELD:
		set_full(w, false, NULL);
		log_taken(w, &name, a, result, &report);
		if (wants_ack)
			ack_soon(w);
		keep_an_eye(w, folder, f->name, &report);
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

bool outcome_take_one(struct watcher *w)
{
	if (w->is_full && clock_monotonic() < w->full_until)
		return false;
	struct queue_file *f = queue_take(w->queue);
	if (!f)
		return false;
	const struct adapter *a =
	    catalog_pick(&w->catalog, f->name, w->folders[f->folder]->adapters);
	if (!a || w->folders[f->folder]->fd < 0)
		queue_retry(w->queue, f, clock_monotonic()); /* adapters or folder went meanwhile */
	else
		take_ready(w, f, a);
	return true;
}

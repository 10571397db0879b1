/* Per-file lines of a hundred thousand files would push everything else out of the journal, which
 * drops what comes too fast. */
#include "watcher/progress.h"

#include <inttypes.h>

#include "base/notify.h"

#define REJECTED_LOGGED 20
#define TELL_EVERY	USEC_PER_SEC /* in watcher.status.json */
#define SCAN_LOOKS	1024	     /* the clock is asked once in so many names */

static void tell(const struct watcher *w)
{
	const struct backlog *b = &w->backlog;

	log_info("working_off",
		 "done=%" PRIu64 " of=%" PRIu64 " left=%" PRIu64 " percent=%" PRIu64
		 " per_second=%.0f left_s=%" PRId64 " rejected=%" PRIu64,
		 b->done, b->of, b->of - b->done, b->done * 100 / b->of, b->rate, backlog_left(b),
		 w->backlog_rejected);
	notify_status("%" PRIu64 " of %" PRIu64 " files taken, %.0f/s, about %" PRId64 " s left",
		      b->done, b->of, b->rate, backlog_left(b));
}

static void tell_end(const struct watcher *w, usec_t now)
{
	const struct backlog *b = &w->backlog;
	double took = (double)(now - b->began) / (double)USEC_PER_SEC;

	log_info("worked_off", "files=%" PRIu64 " seconds=%.1f per_second=%.0f rejected=%" PRIu64,
		 b->done, took, took > 0 ? (double)b->done / took : 0, w->backlog_rejected);
	notify_status("taking files in");
}

void progress_step(struct watcher *w)
{
	usec_t now = clock_monotonic();

	switch (
	    backlog_step(&w->backlog, now, 1, queue_count(w->queue, QUEUE_READY), PROGRESS_LEAST)) {
	case BACKLOG_NOTHING:
		if (!w->backlog.active || now < w->backlog_told_at)
			return;
		break;
	case BACKLOG_BEGAN:
		w->backlog_rejected = 0;
		log_info("working_off", "done=%" PRIu64 " of=%" PRIu64, w->backlog.done,
			 w->backlog.of);
		break;
	case BACKLOG_PROGRESS: tell(w); break;
	case BACKLOG_OVER: tell_end(w, now); break;
	}
	w->backlog_told_at = now + TELL_EVERY;
	w->condition.dirty = true;
}

bool progress_tells(struct watcher *w, enum take_result result)
{
	if (!w->backlog.active)
		return true;
	return result == TAKE_REJECTED && ++w->backlog_rejected <= REJECTED_LOGGED;
}

struct progress_scan progress_scan_begin(const struct folder *folder)
{
	return (struct progress_scan){.folder = folder,
				      .tell_at = clock_monotonic() + BACKLOG_LOG_EVERY};
}

void progress_scan_step(struct progress_scan *s)
{
	if (++s->seen % SCAN_LOOKS != 0 || clock_monotonic() < s->tell_at)
		return;
	s->tell_at = clock_monotonic() + BACKLOG_LOG_EVERY;
	log_info("looking_through", "folder=%s names=%" PRIu64,
		 log_quote(span_str(s->folder->path)).s, s->seen);
}

/* A line that is down is worth one warning, not one per attempt; one that needs a person is worth
 * an error each time. */
#include "syncd/report.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/notify.h"

#define WRITE_EVERY USEC_PER_SEC

void report_init(struct report *r, const char *state_dir)
{
	*r = (struct report){.state_dir = state_dir};
	line_init(&r->line, NULL, NULL, clock_now());
}

void report_now(struct report *r)
{
	const struct line *l = &r->line;
	struct err err;

	if (line_write(l, r->state_dir, clock_now(), &err) < 0)
		log_warn("status_not_written", "reason=%s", log_quote(span_str(err.message)).s);
	if (l->backlog.active && l->failures == 0)
		notify_status(
		    "%" PRIu64 " of %" PRIu64 " events sent, %.0f/s, about %" PRId64 " s left",
		    l->backlog.done, l->backlog.of, l->backlog.rate, backlog_left(&l->backlog));
	else
		notify_status("%s, %" PRIu64 " events queued%s%s", line_state_name(l->state),
			      l->queued, l->failures ? ": " : "",
			      l->failures ? l->last_error.message : "");
	r->write_at = clock_monotonic() + WRITE_EVERY;
	r->dirty = false;
}

void report_flush(struct report *r)
{
	if (clock_monotonic() >= report_due(r))
		report_now(r);
}

usec_t report_due(const struct report *r)
{
	return r->dirty ? r->write_at : INT64_MAX;
}

/* A large queue on its way tells how far it is now and then, not of each batch. */
static void log_backlog(struct backlog *d, const struct report_batch *b, uint64_t queued)
{
	usec_t now = clock_monotonic();
	double took;

	switch (backlog_step(d, now, b->events, queued, WIRE_EVENTS_MAX)) {
	case BACKLOG_NOTHING: break;
	case BACKLOG_BEGAN:
		log_info("draining", "sent=%" PRIu64 " of=%" PRIu64, d->done, d->of);
		break;
	case BACKLOG_PROGRESS:
		log_info("draining",
			 "sent=%" PRIu64 " of=%" PRIu64 " percent=%" PRIu64
			 " per_second=%.0f left_s=%" PRId64,
			 d->done, d->of, d->done * 100 / d->of, d->rate, backlog_left(d));
		break;
	case BACKLOG_OVER:
		took = (double)(now - d->began) / (double)USEC_PER_SEC;
		log_info("drained", "events=%" PRIu64 " seconds=%.1f per_second=%.0f", d->done,
			 took, took > 0 ? (double)d->done / took : 0);
		break;
	}
}

static void log_batch(const struct report_batch *b, bool is_one_of_many)
{
	if (b->is_heartbeat)
		log_debug("heartbeat", "through=%" PRIu64, b->through);
	else
		log_line(is_one_of_many ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "shipped",
			 "first=%" PRIu64 " through=%" PRIu64 " events=%" PRIu64
			 " rejected=%" PRIu64 " conflicts=%" PRIu64 " bytes=%zu ms=%" PRId64,
			 b->first, b->through, b->events, b->rejected, b->conflicts, b->bytes,
			 (int64_t)(b->took / USEC_PER_MSEC));
	if (b->snapshot > 0)
		log_warn("snapshot",
			 "events=%" PRIu64 " reason=\"the region's picture of this home differs\"",
			 b->snapshot);
}

void report_success(struct report *r, const struct report_batch *b)
{
	struct line *l = &r->line;
	usec_t now = clock_now();
	bool was_away = l->state == LINE_DOWN || l->state == LINE_NEEDS_PERSON;
	usec_t since = l->since;

	r->dirty = true;
	if (line_succeeded(l, now)) {
		log_info("line_up", "away_s=%" PRId64,
			 was_away ? (int64_t)((now - since) / USEC_PER_SEC) : 0);
		r->write_at = 0;
	}
	l->events_shipped += b->events;
	l->rejected += b->rejected;
	bool was_backlog = l->backlog.active;
	log_backlog(&l->backlog, b, l->queued);
	log_batch(b, was_backlog && l->backlog.active);
	report_expiry(r);
	report_flush(r);
}

void report_failure(struct report *r, bool needs_person, const struct err *why, usec_t wait)
{
	struct line *l = &r->line;
	usec_t now = clock_now();
	bool changed = line_failed(l, now, needs_person, why, now + wait);
	enum log_level level = needs_person ? LOG_LEVEL_ERROR
			       : changed    ? LOG_LEVEL_WARN
					    : LOG_LEVEL_DEBUG;

	log_line(level, needs_person ? "line_needs_person" : "line_down",
		 "failures=%u retry_ms=%" PRId64 " reason=%s", l->failures,
		 (int64_t)(wait / USEC_PER_MSEC), log_quote(span_str(why->message)).s);
	report_now(r);
}

void report_expiry(struct report *r)
{
	usec_t now = clock_monotonic();
	char at[CLOCK_RFC3339_MAX];

	if (r->line.expires == USEC_NONE || now < r->warn_at)
		return;
	usec_t left = r->line.expires - clock_now();
	if (left > REPORT_EXPIRY_AHEAD)
		return;
	r->warn_at = now + USEC_PER_DAY;
	log_warn("enrolment_expires", "at=%s days=%" PRId64,
		 clock_format_rfc3339(r->line.expires, at), (int64_t)(left / USEC_PER_DAY));
}

void report_end(struct report *r)
{
	line_stopped(&r->line, clock_now());
	report_now(r);
	log_info("stopped", "queued=%" PRIu64 " shipped=%" PRIu64, r->line.queued,
		 r->line.events_shipped);
}

#include "syncd/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"

static bool is_away(enum line_state s)
{
	return s == LINE_DOWN || s == LINE_NEEDS_PERSON;
}

static bool change(enum line_state *state, usec_t *since, enum line_state to, usec_t now)
{
	bool changed = *state != to;

	if (changed && !(is_away(*state) && is_away(to)))
		*since = now;
	*state = to;
	return changed;
}

static bool set_state(struct line *l, enum line_state to, usec_t now)
{
	return change(&l->state, &l->since, to, now);
}

void line_init(struct line *l, const char *transport, const char *url, usec_t now)
{
	*l = (struct line){
	    .state = LINE_STARTING,
	    .since = now,
	    .last_success = USEC_NONE,
	    .last_error_at = USEC_NONE,
	    .next_attempt = USEC_NONE,
	    .expires = USEC_NONE,
	    .clock_ahead = LINE_CLOCK_UNKNOWN,
	    .transport = transport,
	    .url = url,
	};
}

bool line_succeeded(struct line *l, usec_t now)
{
	l->last_success = now;
	l->failures = 0;
	l->next_attempt = USEC_NONE;
	return set_state(l, LINE_UP, now);
}

bool line_failed(struct line *l, usec_t now, bool needs_person, const struct err *why,
		 usec_t next_attempt)
{
	l->last_error_at = now;
	l->failures++;
	l->next_attempt = next_attempt;
	l->last_error = *why;
	return set_state(l, needs_person ? LINE_NEEDS_PERSON : LINE_DOWN, now);
}

void line_stopped(struct line *l, usec_t now)
{
	l->next_attempt = USEC_NONE;
	(void)set_state(l, LINE_STOPPED, now);
}

const char *line_state_name(enum line_state s)
{
	switch (s) {
	case LINE_STARTING: return "starting";
	case LINE_UP: return "up";
	case LINE_DOWN: return "down";
	case LINE_NEEDS_PERSON: return "needs_person";
	case LINE_STOPPED: return "stopped";
	}
	return "unknown";
}

/* ---- roads ---- */

void line_road_set(struct line *l, size_t i, const char *transport, const char *url, usec_t now)
{
	struct line_road *r = &l->roads[i];

	if (i >= l->n_roads)
		*r = (struct line_road){.state = LINE_STARTING,
					.since = now,
					.last_success = USEC_NONE,
					.last_error_at = USEC_NONE,
					.next_probe = USEC_NONE};
	r->transport = transport;
	r->url = url;
	if (i >= l->n_roads)
		l->n_roads = i + 1;
}

bool line_road_answered(struct line *l, size_t i, usec_t now)
{
	struct line_road *r = &l->roads[i];

	r->last_success = now;
	r->failures = 0;
	return change(&r->state, &r->since, LINE_UP, now);
}

bool line_road_failed(struct line *l, size_t i, usec_t now, bool needs_person,
		      const struct err *why)
{
	struct line_road *r = &l->roads[i];

	r->last_error_at = now;
	r->failures++;
	r->last_error = *why;
	return change(&r->state, &r->since, needs_person ? LINE_NEEDS_PERSON : LINE_DOWN, now);
}

usec_t line_clock_ahead(usec_t sent, usec_t received, usec_t region)
{
	if (region < sent)
		return sent - region;
	return region > received ? received - region : 0;
}

/* ---- as JSON ---- */

static void add_error(struct buf *out, const struct err *e)
{
	status_file_text(out, "last_error", e->message);
	status_file_text(out, "last_error_code", e->code ? err_code_name(e->code) : NULL);
}

static void add_roads(const struct line *l, struct buf *out)
{
	buf_adds(out, ",\"roads\":[");
	for (size_t i = 0; i < l->n_roads; i++) {
		const struct line_road *r = &l->roads[i];
		buf_addf(out, "%s{\"transport\":\"%s\"", i ? "," : "", r->transport);
		status_file_text(out, "url", r->url);
		buf_addf(out, ",\"state\":\"%s\",\"carries\":%s", line_state_name(r->state),
			 i == l->carries ? "true" : "false");
		member_time(out, "since", r->since);
		member_time(out, "last_success", r->last_success);
		add_error(out, &r->last_error);
		member_time(out, "last_error_at", r->last_error_at);
		buf_addf(out, ",\"failures\":%u", r->failures);
		member_time(out, "next_probe", r->next_probe);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void add_contact(const struct line *l, struct buf *out)
{
	static const char *const words[] = {
	    [WIRE_SYNC_UNKNOWN] = "null",
	    [WIRE_SYNC_DIFFERS] = "false",
	    [WIRE_SYNC_AGREES] = "true",
	};
	if (l->clock_ahead == LINE_CLOCK_UNKNOWN)
		buf_adds(out, ",\"clock_ahead_ms\":null");
	else
		buf_addf(out, ",\"clock_ahead_ms\":%" PRId64, l->clock_ahead / USEC_PER_MSEC);
	buf_addf(out, ",\"in_sync\":%s", words[l->in_sync]);
}

void line_to_json(const struct line *l, usec_t now, long pid, struct buf *out)
{
	buf_addf(out, "{\"state\":\"%s\"", line_state_name(l->state));
	member_time(out, "since", l->since);
	member_time(out, "written_at", now);
	buf_addf(out, ",\"pid\":%ld", pid);
	status_file_text(out, "transport", l->transport);
	status_file_text(out, "url", l->url);
	buf_addf(out, ",\"queued\":%" PRIu64, l->queued);
	member_time(out, "last_success", l->last_success);
	add_error(out, &l->last_error);
	member_time(out, "last_error_at", l->last_error_at);
	buf_addf(out, ",\"failures\":%u", l->failures);
	member_time(out, "next_attempt", l->next_attempt);
	buf_addf(out, ",\"events_shipped\":%" PRIu64 ",\"rejected\":%" PRIu64, l->events_shipped,
		 l->rejected);
	member_time(out, "enrolment_expires", l->expires);
	add_contact(l, out);
	status_file_backlog(out, "sent", &l->backlog);
	add_roads(l, out);
	buf_adds(out, "}\n");
}

int line_write(const struct line *l, const char *state_dir, usec_t now, struct err *err)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	line_to_json(l, now, (long)getpid(), &text);
	return status_file_write(state_dir, LINE_FILE, buf_span(&text), err);
}

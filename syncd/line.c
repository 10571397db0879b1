/* The file is not synced to disk: it tells of the process that writes it, and after a power cut
 * there is none. */
#include "syncd/line.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/span.h"

static bool set_state(struct line *l, enum line_state to, usec_t now)
{
	bool was_away = l->state == LINE_DOWN || l->state == LINE_NEEDS_PERSON;
	bool is_away = to == LINE_DOWN || to == LINE_NEEDS_PERSON;
	bool changed = l->state != to;

	if (changed && !(was_away && is_away))
		l->since = now;
	l->state = to;
	return changed;
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
	(void)snprintf(l->last_error, sizeof(l->last_error), "%s", why->message);
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

static void add_time(struct buf *out, const char *key, usec_t at)
{
	char text[CLOCK_RFC3339_MAX];

	if (at == USEC_NONE)
		buf_addf(out, ",\"%s\":null", key);
	else
		buf_addf(out, ",\"%s\":\"%s\"", key, clock_format_rfc3339(at, text));
}

static void add_text(struct buf *out, const char *key, const char *text)
{
	struct span s = span_str(text);
	size_t bad;

	if (s.p && !span_is_utf8(s, &bad))
		s.n = bad; /* a message cut in mid-character */
	buf_addf(out, ",\"%s\":", key);
	if (span_is_empty(s))
		buf_adds(out, "null");
	else
		buf_add_json(out, s);
}

void line_to_json(const struct line *l, usec_t now, long pid, struct buf *out)
{
	buf_addf(out, "{\"state\":\"%s\"", line_state_name(l->state));
	add_time(out, "since", l->since);
	add_time(out, "written_at", now);
	buf_addf(out, ",\"pid\":%ld", pid);
	add_text(out, "transport", l->transport);
	add_text(out, "url", l->url);
	buf_addf(out, ",\"queued\":%" PRIu64, l->queued);
	add_time(out, "last_success", l->last_success);
	add_text(out, "last_error", l->last_error);
	add_time(out, "last_error_at", l->last_error_at);
	buf_addf(out, ",\"failures\":%u", l->failures);
	add_time(out, "next_attempt", l->next_attempt);
	buf_addf(out, ",\"events_shipped\":%" PRIu64 ",\"rejected\":%" PRIu64, l->events_shipped,
		 l->rejected);
	add_time(out, "enrolment_expires", l->expires);
	buf_adds(out, "}\n");
}

static int write_text(int fd, struct span text)
{
	return write(fd, text.p, text.n) == (ssize_t)text.n ? 0 : -1;
}

int line_write(const struct line *l, const char *state_dir, usec_t now, struct err *err)
{
	_cleanup_(freep) char *path = NULL, *temp = NULL;
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	if (asprintf(&path, "%s/" LINE_FILE, state_dir) < 0 || asprintf(&temp, "%s.part", path) < 0)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	line_to_json(l, now, (long)getpid(), &text);
	_cleanup_(closep) int fd =
	    open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || write_text(fd, buf_span(&text)) < 0 || rename(temp, path) < 0)
		return err_errno(err, errno, "cannot write %s", path);
	return 0;
}

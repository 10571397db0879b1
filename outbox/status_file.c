#include "outbox/status_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"

int status_file_write(const char *state_dir, const char *name, struct span text, struct err *err)
{
	_cleanup_(freep) char *path = NULL, *temp = NULL;

	if (asprintf(&path, "%s/%s", state_dir, name) < 0 || asprintf(&temp, "%s.part", path) < 0)
		return err_set(err, ERR_NO_MEMORY, "out of memory");
	_cleanup_(closep) int fd =
	    open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n || rename(temp, path) < 0)
		return err_errno(err, errno, "cannot write %s", path);
	return 0;
}

bool status_file_is_silent(usec_t said, usec_t next, usec_t heartbeat, usec_t now)
{
	usec_t heard = next != USEC_NONE && next > said ? next : said;

	return said != USEC_NONE && now - heard > 2 * heartbeat + STATUS_FILE_SILENCE;
}

void status_file_text(struct buf *out, const char *key, const char *text)
{
	struct span s = span_str(text);
	size_t bad;

	if (s.p && !span_is_utf8(s, &bad))
		s.n = bad; /* a message cut in mid-character */
	member_span(out, key, span_is_empty(s) ? SPAN_NONE : s);
}

void status_file_backlog(struct buf *out, const char *done, const struct backlog *b)
{
	int64_t left = backlog_left(b);

	if (!b->active) {
		buf_adds(out, ",\"backlog\":null");
		return;
	}
	buf_addf(out,
		 ",\"backlog\":{\"%s\":%" PRIu64 ",\"of\":%" PRIu64 ",\"rate\":%.0f,\"left_s\":",
		 done, b->done, b->of, b->rate);
	if (left < 0)
		buf_adds(out, "null}");
	else
		buf_addf(out, "%" PRId64 "}", left);
}

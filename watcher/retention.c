/* The file goes first, then the note that it has: a crash between them finds it gone, and notes
 * that. */
#include "watcher/retention.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "outbox/intake.h"
#include "outbox/kept.h"

/* The files that are gone, moved together at the front of the list. */
static size_t remove_files(struct kept_file *files, size_t n)
{
	size_t gone = 0;

	for (size_t i = 0; i < n; i++) {
		if (unlink(files[i].where) < 0 && errno != ENOENT) {
			struct err err;
			(void)err_errno(&err, errno, "%s", files[i].where);
			log_failure("archive_not_pruned", &err);
			break;
		}
		files[gone++] = files[i];
	}
	return gone;
}

bool retention_apply(struct watcher *w, usec_t now)
{
	const struct home *home = w->home;
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct kept_file *files;
	struct err err;
	size_t n = 0;
	usec_t before = home->archive_keep ? now - home->archive_keep : USEC_NONE;

	if (!home->archive_keep && !home->archive_max)
		return false;
	if (intake_settle(w->outbox, &err) < 0 ||
	    kept_too_long(w->outbox, before, home->archive_max, &a, &files, &n, &err) < 0) {
		log_failure("outbox_failed", &err);
		return false;
	}
	size_t gone = remove_files(files, n);
	if (kept_no_more(w->outbox, files, gone, &err) < 0) {
		log_failure("outbox_failed", &err);
		return false;
	}
	if (gone > 0)
		log_info("archive_pruned", "files=%zu", gone);
	return gone == KEPT_MAX;
}

/* What the watcher says of itself, for `bedpost status`: state_dir/watcher.status.json, written
 * anew when something of it changes (outbox/status_file.h).
 *
 *   {"written_at":"…","pid":4711,"adapters_read_at":"…","adapters_error":null,
 *    "adapters":[{"file":"/etc/bedpost/adapters/ehr.yaml","state":"on","problem":null}],
 *    "folders":[{"dir":"/srv/ehr/out","state":"watched","problem":null,"since":"…"}],
 *    "intake_stopped":null,"intake_stopped_since":null,
 *    "backlog":{"done":4000,"of":100000,"rate":812,"left_s":119},
 *    "confined_files":"landlock 7","confined_calls":"seccomp","not_confined":null}
 *
 *   adapters        state: on; off (problem says file:line:column and why); old (likewise, and what
 *                   was read before is in use)
 *   adapters_error  the folder of the adapters could not be read
 *   folders         state: watched (by notices), polled (a network file system, or no notices to be
 *                   had), missing (problem says why); subfolders: how many in it are read as well.
 *                   Folders in it are named themselves only when they have a problem
 *   confined_…, not_confined   what holds the process (confine.h), and why something does not
 *   backlog         null but while many files are worked off (progress.h); left_s: null until it
 * can be said
 */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "outbox/home.h"
#include "watcher/catalog.h"
#include "watcher/confine.h"

struct condition_adapter {
	char *path, *problem;
};

/* Each is an open descriptor, of which a process has some 1,000. */
#define FOLDERS_MAX 512

struct condition_folder {
	char problem[256]; /* "" while it can be opened */
	usec_t since;
};

struct condition {
	usec_t read_at; /* the adapters; wall clock */
	char adapters_error[ERR_MESSAGE_MAX];
	struct condition_adapter bad[CATALOG_MAX]; /* adapters with a problem */
	size_t n_bad;
	struct condition_folder folders[FOLDERS_MAX];
	char stopped[256]; /* why intake stands still; "" while it does not */
	usec_t stopped_since;
	struct confined confined; /* in what the process is held */
	bool dirty;
};

void condition_done(struct condition *c);

void condition_adapters_begin(struct condition *c, usec_t now); /* they are read anew */
void condition_adapter_bad(struct condition *c, const char *path, const char *problem);
/* problem: NULL if it is there. */
void condition_folder(struct condition *c, unsigned i, const char *problem, usec_t now);
void condition_folder_over(struct condition *c, unsigned i); /* there is no such folder any more */
/* why: NULL if intake goes on. */
void condition_intake(struct condition *c, const char *why, usec_t now);

struct watcher;
void condition_to_json(const struct watcher *w, usec_t now, long pid, struct buf *out);
/* If something has changed; a failure is logged once. */
void condition_tell(struct watcher *w);

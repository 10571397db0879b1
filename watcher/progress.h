/* Many files at once: how far they are worked off, told in the log every few seconds, to systemd
 * and in watcher.status.json. The log then says of single files only what is wrong, and not of all.
 */
#pragma once

#include "watcher/take.h"
#include "watcher/watcher.h"

#define PROGRESS_LEAST 500 /* fewer files are no backlog */

/* A file was taken, or tried to. */
void progress_step(struct watcher *w);
/* Is this outcome worth a line of its own? */
bool progress_tells(struct watcher *w, enum take_result result);

/* A folder is looked through: so many names so far. */
struct progress_scan {
	const struct folder *folder;
	uint64_t seen;
	usec_t tell_at;
};
struct progress_scan progress_scan_begin(const struct folder *folder);
void progress_scan_step(struct progress_scan *s);

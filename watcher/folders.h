/* The drop folders, and with `recursive` the folders in them, to a depth of FOLDERS_DEPTH_MAX. A
 * place in watcher.folders stays a folder's own as long as the queue may have files of it.
 *
 *     mkdir, or renamed into it ─▶ folders_enter() ─▶ watched, then looked through
 *     removed, or renamed        ─▶ folders_leave()     its files are forgotten, and those below it
 *
 * The watch comes before the look, so what is put into a new folder is noticed by one or the other.
 * Left out, without a word: our own folders (archive, rejected, state, adapters), a drop folder
 * that home.yaml names too, hidden ones. Left out and reported: what is too deep or too many.
 */
#pragma once

#include "watcher/watcher.h"

#define FOLDERS_DEPTH_MAX 8

enum folders_entry {
	FOLDERS_ENTERED, /* or it was known */
	FOLDERS_SKIPPED, /* it is none of ours to read */
	FOLDERS_REFUSED, /* *ret_why: for people */
};

void folders_begin(struct watcher *w); /* those that home.yaml names */
void folders_end(struct watcher *w);

/* A folder of that name is in w->folders[parent]. */
enum folders_entry folders_enter(struct watcher *w, unsigned parent, const char *name,
				 const char **ret_why);
/* Something became of that name in it: if it is a folder that is known, it is looked at next. */
void folders_look(struct watcher *w, const struct folder *parent, const char *name);
/* A folder within another: it is no longer there. */
void folders_leave(struct watcher *w, unsigned folder);
bool folders_is_own_at(const struct watcher *w, const struct folder *in, const char *name);
/* Is an open drop folder a place where the watcher itself puts files? */
bool folders_is_own(const struct watcher *w, const struct folder *f);
/* How many are watched within this one. */
unsigned folders_below(const struct watcher *w, unsigned folder);

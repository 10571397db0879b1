/* A drop folder, or one within it: open, watched, listed. It may be missing, come later, be
 * replaced by a mount: each scan looks anew. One within another is known by its name there, and no
 * link is followed to it. */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct folder {
	const char *path; /* as it may be told: names within a drop folder may be residents' */
	const struct folder *parent; /* NULL: home.yaml names it */
	const char *name;	     /* in its parent */
	unsigned drop;		     /* of home.yaml: which it is, or is in */
	unsigned depth;		     /* 0: home.yaml names it */
	bool recursive;
	const char *const *adapters; /* allowed here; NULL: all */
	const char *marker; /* a file in it, without which it is not the folder meant; NULL: none */
	int fd;		    /* -1: not open */
	int watch;	    /* of inotify; -1: none */
	bool is_polled; /* no notices can be had: NFS, SMB, FUSE …, or no watch is left; clocks may
			   differ */
	bool is_missing;  /* the last try to open it failed */
	bool is_replaced; /* the last opening found another file system in its place */
	unsigned
	    mount; /* how deep in its path the file system begins that it was on; 0: not known */
	usec_t next_scan; /* monotonic */
};

/* Opens and watches it; if it is open and the path leads elsewhere by now, anew. NOT_FOUND also
 * where its marker is missing, or what was mounted there is not any longer: it is then closed. */
int folder_open(struct folder *f, int inotify, struct err *err);
/* Is it on a file system that sends no notices of what others do there? Open or not. */
bool folder_is_remote(const struct folder *f);
void folder_close(struct folder *f, int inotify);

/* Names that are never looked at: hidden, of files in the making (.part .tmp .filepart), and our
 * own results. */
bool folder_ignores(const char *name);

/* Every name that is not ignored, in no order; UNAVAILABLE if each() says false: it is to end. */
int folder_list(struct folder *f, bool (*each)(void *ctx, const char *name), void *ctx,
		struct err *err);

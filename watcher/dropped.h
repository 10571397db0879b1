/* One file of a drop folder, opened so that nothing in that folder can lead the watcher astray: no
 * link is followed, no pipe is waited for, nothing is mapped into memory. What was read is known by
 * a digest, and by inode, size and mtime. */
#pragma once

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "watcher/queue.h"

#define DROPPED_PIECE ((size_t)256 << 10)
#define DROPPED_KEEP  ((size_t)4 << 20) /* a file up to this is read once and kept */

enum dropped_kind { DROPPED_FILE, DROPPED_GONE, DROPPED_FOLDER, DROPPED_OTHER };

/* What stands there, without opening it. */
enum dropped_kind dropped_look(int dir, const char *name, struct queue_stat *ret);

/* Of what is open; false: it cannot be said. */
bool dropped_look_at(int fd, struct queue_stat *ret);

/* Has somebody opened it for writing? The kernel tells it to the file's owner and to root only. */
enum dropped_writers { DROPPED_CLOSED, DROPPED_OPEN, DROPPED_UNKNOWN };
enum dropped_writers dropped_writers(int dir, const char *name);

struct dropped {
	int fd; /* -1: not open */
	struct queue_stat stat;
	struct digest digest;
	bool is_kept;	 /* the bytes are in `bytes` */
	bool is_too_big; /* more than ADAPTER_FILE_MAX: the digest is of its beginning */
	struct buf bytes;
};
#define DROPPED_INIT ((struct dropped){.fd = -1})
void dropped_done(struct dropped *d);

/* Opens and reads it once for its digest. NOT_FOUND: gone; INVALID: no regular file; CONFLICT: it
 * changed meanwhile; else as the system says. */
int dropped_open(struct dropped *d, int dir, const char *name, struct err *err);

/* Hands the bytes on, piece by piece; CONFLICT if they are not those of the digest any more. The
 * last call has last. */
int dropped_read(struct dropped *d,
		 int (*take)(void *ctx, struct span bytes, bool last, struct err *err), void *ctx,
		 struct err *err);

/* Is what is open unchanged since dropped_open()? */
bool dropped_is_same(const struct dropped *d);
/* Does the name still lead to what is open? */
bool dropped_is_there(const struct dropped *d, int dir, const char *name);

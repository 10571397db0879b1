/* Where a report goes: a file that is there whole or not at all, or standard output.
 *
 *     --out FILE   written beside it as .FILE.<random>, synced, then renamed over FILE, and the
 *                  folder synced: a reader sees the old file or the new one
 *     none         standard output, as the bytes come
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct output;

/* path NULL: standard output. */
int output_open(const char *path, struct output **ret, struct err *err);
/* A file without a name in folder, for whoever sends it on: nothing of it is left however the
 * program ends. Once *stop is true no more is written (UNAVAILABLE). stop may be NULL. */
int output_open_nameless(const char *folder, const _Atomic bool *stop, struct output **ret,
			 struct err *err);
/* What output_open_nameless() opened, from its beginning, after the commit; the caller's. */
int output_take_fd(struct output *o);
/* Bytes into a buffer of the caller's instead: for tests and for whoever sends them on. */
struct output *output_to_buf(struct buf *b);
int output_write(struct output *o, struct span s, struct err *err);
/* The bytes of b, which is emptied. */
int output_flush_buf(struct output *o, struct buf *b, struct err *err);
/* A file of the name *ret that a library may write in place of output_write(); what it holds goes
 * where the output goes. The name lives as long as o. */
int output_as_file(struct output *o, const char **ret, struct err *err);
/* All bytes are on their way to stay: synced and renamed, or flushed. */
int output_commit(struct output *o, struct err *err);
/* Without a commit before, nothing is left. */
void output_free(struct output *o);
DEFINE_CLEANUP(struct output *, output_free)

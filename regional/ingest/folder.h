/* One home's folder on the region's SFTP server, as the region sees it:
 *
 *     <inbox root>/<facility>/inbox/        the home writes; the region reads and removes
 *                             ack/          the region writes; the home reads and removes
 *                             quarantine/   the region's: what was no batch, each with
 * <name>.reason
 *
 * The home's account owns inbox/ and nothing in it is trusted: no link is followed, only regular
 * files of inbox/'s owner are read, and each is read once, whole, before anything is decided.
 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "bed/batch_name.h"

#define FOLDER_NAMES_MAX      4096	   /* looked at in one go */
#define FOLDER_QUARANTINE_MAX 1000	   /* files kept; more are removed */
#define FOLDER_PART_KEPT      USEC_PER_DAY /* a part that nobody finished */
#define FOLDER_ANSWER_KEPT    USEC_PER_DAY /* to a batch whose home took the other road */

struct folder {
	char facility[80];
	int home_fd, inbox_fd, ack_fd;
	uid_t owner;
};

struct folder_file {
	const char *name;     /* in inbox/ */
	bool is_batch;	      /* its name is that of a batch of this home */
	struct batch_name id; /* if so */
	dev_t dev;	      /* filled by folder_read */
	ino_t ino;
};

/* Start from {.home_fd = -1, .inbox_fd = -1, .ack_fd = -1}. */
int folder_open(struct folder *f, int root_fd, const char *facility, struct err *err);
void folder_close(struct folder *f);

/* Batches in the order in which they are to be merged, then what is none. Parts are left out, and
 * removed when they are old. */
int folder_list(const struct folder *f, struct arena *a, usec_t now, struct folder_file **ret,
		size_t *ret_n, struct err *err);
/* NOT_FOUND: gone meanwhile. INVALID, DENIED, LIMIT: not to be read, ever. */
int folder_read(const struct folder *f, struct folder_file *file, struct arena *a, struct span *ret,
		struct err *err);
/* Makes ack/<name>.json, whole or not at all. */
int folder_answer(const struct folder *f, const struct batch_name *id, struct span json,
		  struct err *err);
/* Removes answers that nobody has fetched for FOLDER_ANSWER_KEPT. */
void folder_forget_answers(const struct folder *f, usec_t now);
/* Removes what was read, unless another file has taken its name. */
void folder_remove(const struct folder *f, const struct folder_file *file);
/* Moves it to quarantine/ and says why beside it. */
int folder_quarantine(const struct folder *f, const char *name, const char *reason, usec_t now,
		      struct err *err);

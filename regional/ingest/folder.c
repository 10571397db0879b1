/* Everything goes by descriptors of folders that were opened without following links, so that a
 * home that moves its own folders about leads the region nowhere.
 *
 * OpenSSH renames a file by giving it a second name and taking the first away: between the two, and
 * for good where a server died there, a batch has two links. Any other second link is somebody
 * else's file brought in by a side door. */
#include "regional/ingest/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bed/wire.h"

#define DIR_FLAGS   (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define QUARANTINE  "quarantine"
#define REASON	    ".reason"
#define ACK_MODE    0640
#define KEPT_LENGTH 200 /* of a quarantined file's name */

DEFINE_CLEANUP(DIR *, closedir)

static int open_dir(int at, const char *name, const char *facility, int *ret, struct err *err)
{
	*ret = openat(at, name, DIR_FLAGS);
	return *ret < 0 ? err_errno(err, errno, "%s/%s", facility, name) : 0;
}

int folder_open(struct folder *f, int root_fd, const char *facility, struct err *err)
{
	struct stat st;

	(void)snprintf(f->facility, sizeof(f->facility), "%s", facility);
	f->home_fd = openat(root_fd, facility, DIR_FLAGS);
	if (f->home_fd < 0)
		return err_errno(err, errno, "%s", facility);
	int r = open_dir(f->home_fd, "inbox", facility, &f->inbox_fd, err);
	if (r == 0)
		r = open_dir(f->home_fd, "ack", facility, &f->ack_fd, err);
	if (r == 0 && fstat(f->inbox_fd, &st) < 0)
		r = err_errno(err, errno, "%s/inbox", facility);
	if (r == 0)
		f->owner = st.st_uid;
	return r;
}

void folder_close(struct folder *f)
{
	closep(&f->ack_fd);
	closep(&f->inbox_fd);
	closep(&f->home_fd);
}

/* ---- looking ---- */

static void remove_older(int dir_fd, const char *name, usec_t age, usec_t now)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    now - (usec_t)st.st_mtim.tv_sec * USEC_PER_SEC > age)
		(void)unlinkat(dir_fd, name, 0);
}

static int by_order(const void *a, const void *b)
{
	const struct folder_file *x = a, *y = b;

	if (x->is_batch != y->is_batch)
		return x->is_batch ? -1 : 1;
	return x->is_batch ? batch_name_cmp(&x->id, &y->id) : strcmp(x->name, y->name);
}

static bool is_ours(const struct folder *f, struct folder_file *file)
{
	return batch_name_parse(span_str(file->name), &file->id) &&
	       span_eq_str(file->id.facility, f->facility);
}

int folder_list(const struct folder *f, struct arena *a, usec_t now, struct folder_file **ret,
		size_t *ret_n, struct err *err)
{
	int fd = openat(f->inbox_fd, ".", DIR_FLAGS);
	_cleanup_(closedirp) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir) {
		int errnum = errno;
		closep(&fd);
		return err_errno(err, errnum, "%s/inbox", f->facility);
	}
	*ret = arena_array(a, struct folder_file, FOLDER_NAMES_MAX);
	*ret_n = 0;
	while (*ret_n < FOLDER_NAMES_MAX && (e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_name[0] == '.') {
			remove_older(f->inbox_fd, e->d_name, FOLDER_PART_KEPT, now);
			continue;
		}
		struct folder_file *file = &(*ret)[(*ret_n)++];
		*file = (struct folder_file){.name = arena_strdup(a, e->d_name)};
		file->is_batch = is_ours(f, file);
	}
	qsort(*ret, *ret_n, sizeof(**ret), by_order);
	return 0;
}

/* ---- reading ---- */

static bool is_under_its_part_name_too(const struct folder *f, const char *name,
				       const struct stat *st)
{
	char part[NAME_MAX + 8];
	struct stat other;

	(void)snprintf(part, sizeof(part), ".%s" BATCH_NAME_PARTIAL, name);
	return fstatat(f->inbox_fd, part, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
	       other.st_ino == st->st_ino && other.st_dev == st->st_dev;
}

static int check(const struct folder *f, const char *name, int fd, struct stat *st, struct err *err)
{
	if (fstat(fd, st) < 0)
		return err_errno(err, errno, "a file of the inbox");
	if (!S_ISREG(st->st_mode))
		return err_set(err, ERR_INVALID, "not a regular file");
	if (st->st_uid != f->owner)
		return err_set(err, ERR_DENIED, "belongs to another account than the inbox does");
	if (st->st_nlink > 2 || (st->st_nlink == 2 && !is_under_its_part_name_too(f, name, st)))
		return err_set(err, ERR_DENIED, "has a name somewhere else too (hard link)");
	if ((size_t)st->st_size > WIRE_BODY_MAX)
		return err_set(err, ERR_LIMIT, "larger than %zu bytes", WIRE_BODY_MAX);
	return 0;
}

static int read_whole(int fd, char *to, size_t size, struct err *err)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, to + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "a file of the inbox");
		if (n == 0)
			return err_set(err, ERR_INVALID, "became shorter while it was read");
		done += (size_t)n;
	}
	return 0;
}

int folder_read(const struct folder *f, struct folder_file *file, struct arena *a, struct span *ret,
		struct err *err)
{
	_cleanup_(closep) int fd =
	    openat(f->inbox_fd, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return err_set(err, ERR_INVALID, "a symbolic link");
	if (fd < 0 && errno == ENXIO)
		return err_set(err, ERR_INVALID, "not a regular file");
	if (fd < 0)
		return err_errno(err, errno, "a file of the inbox");
	int r = check(f, file->name, fd, &st, err);
	if (r < 0)
		return r;
	char *p = arena_alloc(a, (size_t)st.st_size + 1);
	r = read_whole(fd, p, (size_t)st.st_size, err);
	if (r < 0)
		return r;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	*ret = span_of(p, (size_t)st.st_size);
	return 0;
}

/* ---- answering ---- */

static int write_new(int dir_fd, const char *name, mode_t mode, struct span text)
{
	(void)unlinkat(dir_fd, name, 0);
	_cleanup_(closep) int fd =
	    openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text = span_of(text.p + n, text.n - (size_t)n);
	}
	return fchmod(fd, mode);
}

/* Not synced to disk: an answer that a power cut takes away is asked for again with its batch. */
int folder_answer(const struct folder *f, const struct batch_name *id, struct span json,
		  struct err *err)
{
	char stem[BATCH_NAME_MAX], name[BATCH_NAME_MAX + 8], part[BATCH_NAME_MAX + 16];

	batch_name_format(id, stem);
	(void)snprintf(name, sizeof(name), "%s" BATCH_NAME_ANSWER, stem);
	(void)snprintf(part, sizeof(part), ".%s" BATCH_NAME_PARTIAL, name);
	if (write_new(f->ack_fd, part, ACK_MODE, json) < 0 ||
	    renameat(f->ack_fd, part, f->ack_fd, name) < 0)
		return err_errno(err, errno, "cannot write %s/ack", f->facility);
	return 0;
}

void folder_forget_answers(const struct folder *f, usec_t now)
{
	int fd = openat(f->ack_fd, ".", DIR_FLAGS);
	_cleanup_(closedirp) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!dir) {
		closep(&fd);
		return;
	}
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove_older(f->ack_fd, e->d_name, FOLDER_ANSWER_KEPT, now);
}

void folder_remove(const struct folder *f, const struct folder_file *file)
{
	struct stat st;

	if (fstatat(f->inbox_fd, file->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == file->dev && st.st_ino == file->ino)
		(void)unlinkat(f->inbox_fd, file->name, 0);
}

/* ---- quarantine ---- */

static size_t count_entries(int dir_fd)
{
	int fd = openat(dir_fd, ".", DIR_FLAGS);
	_cleanup_(closedirp) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0;

	if (!dir) {
		closep(&fd);
		return 0;
	}
	while (readdir(dir))
		n++;
	return n;
}

static int move_in(const struct folder *f, int dir_fd, const char *name, char kept[NAME_MAX + 1])
{
	for (unsigned i = 1; i < 10 * FOLDER_QUARANTINE_MAX; i++) {
		(void)snprintf(kept, NAME_MAX + 1, "%.*s~%u", KEPT_LENGTH, name, i);
		if (renameat2(f->inbox_fd, name, dir_fd, kept, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static int write_reason(int dir_fd, const char *kept, const char *reason, usec_t now)
{
	char name[NAME_MAX + 16], text[ERR_MESSAGE_MAX + 64], at[CLOCK_RFC3339_MAX];
	int n = snprintf(text, sizeof(text), "%s %s\n", clock_format_rfc3339(now, at), reason);

	(void)snprintf(name, sizeof(name), "%s" REASON, kept);
	return write_new(dir_fd, name, 0600,
			 span_of(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
}

int folder_quarantine(const struct folder *f, const char *name, const char *reason, usec_t now,
		      struct err *err)
{
	char kept[NAME_MAX + 1];

	(void)mkdirat(f->home_fd, QUARANTINE, 0700);
	_cleanup_(closep) int fd = openat(f->home_fd, QUARANTINE, DIR_FLAGS);
	if (fd >= 0 && count_entries(fd) < (size_t)2 * FOLDER_QUARANTINE_MAX &&
	    move_in(f, fd, name, kept) == 0)
		return write_reason(fd, kept, reason, now) < 0
			   ? err_errno(err, errno, "%s/" QUARANTINE, f->facility)
			   : 0;
	int errnum = errno;
	if (unlinkat(f->inbox_fd, name, 0) == 0)
		return fd < 0 ? err_errno(err, errnum, "%s/" QUARANTINE ", so it was removed",
					  f->facility)
			      : 0;
	return err_errno(err, errnum, "%s/" QUARANTINE, f->facility);
}

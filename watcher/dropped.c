/* The digest comes first because it decides whether the file is read at all; the second pass checks
 * it again, so that what was parsed is what the ledger says. */
#include "watcher/dropped.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct queue_stat stat_of(const struct stat *st)
{
	return (struct queue_stat){
	    .inode = st->st_ino,
	    .size = (uint64_t)st->st_size,
	    .mtime = st->st_mtim.tv_sec * USEC_PER_SEC + st->st_mtim.tv_nsec / 1000,
	};
}

enum dropped_kind dropped_look(int dir, const char *name, struct queue_stat *ret)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return DROPPED_GONE;
	*ret = stat_of(&st);
	return S_ISREG(st.st_mode)   ? DROPPED_FILE
	       : S_ISDIR(st.st_mode) ? DROPPED_FOLDER
				     : DROPPED_OTHER;
}

bool dropped_look_at(int fd, struct queue_stat *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	*ret = stat_of(&st);
	return true;
}

static int open_name(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* A read lease is refused with EAGAIN while the file is open for writing, otherwise where it may
 * not be had. */
enum dropped_writers dropped_writers(int dir, const char *name)
{
	_cleanup_(closep) int fd = open_name(dir, name);

	if (fd < 0)
		return DROPPED_UNKNOWN;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN ? DROPPED_OPEN : DROPPED_UNKNOWN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return DROPPED_CLOSED;
}

void dropped_done(struct dropped *d)
{
	closep(&d->fd);
	buf_done(&d->bytes);
	*d = DROPPED_INIT;
}

/* Reads the whole file in pieces. */
static int read_pieces(struct dropped *d,
		       int (*take)(void *ctx, struct span bytes, bool last, struct err *err),
		       void *ctx, struct err *err)
{
	uint64_t total = 0;
	int r = 0;

	_cleanup_(freep) char *piece = malloc(DROPPED_PIECE);
	if (!piece)
		abort();
	while (r == 0 && total < ADAPTER_FILE_MAX) {
		ssize_t n = pread(d->fd, piece, DROPPED_PIECE, (off_t)total);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "reading");
		if (n == 0)
			break;
		total += (uint64_t)n;
		r = take(ctx, span_of(piece, (size_t)n), false, err);
	}
	return r < 0 ? r : take(ctx, SPAN(""), true, err);
}

struct first_pass {
	struct dropped *dropped;
	struct digest_stream digest;
};

static int add_to_digest(void *ctx, struct span bytes, bool last, struct err *err)
{
	struct first_pass *pass = ctx;
	(void)last, (void)err;

	digest_add(&pass->digest, bytes);
	if (pass->dropped->bytes.n + bytes.n > DROPPED_KEEP)
		pass->dropped->is_kept = false; /* it grows under our eyes */
	if (pass->dropped->is_kept)
		buf_add(&pass->dropped->bytes, bytes);
	return 0;
}

int dropped_open(struct dropped *d, int dir, const char *name, struct err *err)
{
	struct stat st;

	d->fd = open_name(dir, name);
	if (d->fd < 0 && (errno == ELOOP || errno == ENXIO || errno == ENODEV))
		return err_set(err, ERR_INVALID, "it is no regular file");
	if (d->fd < 0)
		return err_errno(err, errno, "opening");
	if (fstat(d->fd, &st) < 0)
		return err_errno(err, errno, "opening");
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, "it is no regular file");
	d->stat = stat_of(&st);
	d->is_kept = d->stat.size <= DROPPED_KEEP;
	d->is_too_big = d->stat.size > ADAPTER_FILE_MAX;
	(void)posix_fadvise(d->fd, 0, 0, POSIX_FADV_SEQUENTIAL);

	struct first_pass pass = {.dropped = d};
	digest_begin(&pass.digest);
	int r = read_pieces(d, add_to_digest, &pass, err);
	if (r < 0)
		return r;
	d->digest = digest_end(&pass.digest);
	return dropped_is_same(d) ? 0 : err_set(err, ERR_CONFLICT, "it changed while it was read");
}

struct second_pass {
	struct digest_stream digest;
	int (*take)(void *ctx, struct span bytes, bool last, struct err *err);
	void *ctx;
};

static int hand_on(void *ctx, struct span bytes, bool last, struct err *err)
{
	struct second_pass *pass = ctx;

	digest_add(&pass->digest, bytes);
	return pass->take(pass->ctx, bytes, last, err);
}

int dropped_read(struct dropped *d,
		 int (*take)(void *ctx, struct span bytes, bool last, struct err *err), void *ctx,
		 struct err *err)
{
	struct second_pass pass = {.take = take, .ctx = ctx};

	if (d->is_kept)
		return take(ctx, buf_span(&d->bytes), true, err);
	digest_begin(&pass.digest);
	int r = read_pieces(d, hand_on, &pass, err);
	struct digest again = digest_end(&pass.digest);
	/* A file that changed may well have failed to parse for that reason alone. */
	if (!dropped_is_same(d) || (r == 0 && !digest_eq(&again, &d->digest)))
		return err_set(err, ERR_CONFLICT, "it changed while it was read");
	return r;
}

bool dropped_is_same(const struct dropped *d)
{
	struct stat st;

	if (fstat(d->fd, &st) < 0)
		return false;
	struct queue_stat now = stat_of(&st);
	return queue_stat_eq(&now, &d->stat);
}

bool dropped_is_there(const struct dropped *d, int dir, const char *name)
{
	struct queue_stat now;

	return dropped_look(dir, name, &now) == DROPPED_FILE && queue_stat_eq(&now, &d->stat);
}

#include "watcher/ack_kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapters/hl7_ack.h"
#include "base/files.h"
#include "watcher/dispose.h"

#define FOLDER	       "ack.kept"
#define FLUSH_AT       ((size_t)64 << 10)
#define LINE_MAX_BYTES 2048

static char *path_of(const struct home *home, int64_t id)
{
	char *path;

	if (asprintf(&path, "%s/" FOLDER "/%lld", home->state_dir, (long long)id) < 0)
		abort();
	return path;
}

static int flush(int fd, struct buf *b, struct err *err)
{
	if (files_write_all(fd, buf_span(b)) < 0)
		return err_errno(err, errno, "writing acknowledgements");
	buf_clear(b);
	return 0;
}

/* ---- while the file is read ---- */

static int add_line(void *ctx, struct span line, struct err *err)
{
	struct ack_kept *k = ctx;

	buf_add(&k->pending, line);
	return k->pending.n < FLUSH_AT ? 0 : flush(k->fd, &k->pending, err);
}

int ack_kept_begin(struct ack_kept *k, const struct home *home, int64_t id, struct err *err)
{
	_cleanup_(freep) char *folder = NULL;
	_cleanup_(closep) int dir = -1;

	if (asprintf(&folder, "%s/" FOLDER, home->state_dir) < 0)
		abort();
	int r = dispose_open_folder(folder, &dir, err);
	if (r < 0)
		return r;
	k->path = path_of(home, id);
	k->fd = open(k->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (k->fd < 0)
		return err_errno(err, errno, "%s", k->path);
	k->acks = (struct adapter_acks){.ctx = k, .line = add_line};
	return 0;
}

int ack_kept_sync(struct ack_kept *k, struct err *err)
{
	int r = k->fd < 0 ? 0 : flush(k->fd, &k->pending, err);

	if (r == 0 && k->fd >= 0 && fsync(k->fd) < 0)
		return err_errno(err, errno, "%s", k->path);
	return r;
}

void ack_kept_drop(struct ack_kept *k)
{
	if (k->path)
		(void)unlink(k->path);
}

void ack_kept_done(struct ack_kept *k)
{
	closep(&k->fd);
	free(k->path);
	buf_done(&k->pending);
	*k = ACK_KEPT_INIT;
}

/* ---- when it is committed ---- */

static int write_lines(FILE *from, const struct hl7_ack_file *file, int fd, struct err *err)
{
	_cleanup_(buf_done) struct buf out = BUF_INIT;
	char line[LINE_MAX_BYTES];
	struct hl7_ack ack;
	int r = 0;

	while (r == 0 && fgets(line, sizeof(line), from)) {
		size_t n = strcspn(line, "\n");
		r = hl7_ack_from_line(span_of(line, n), &ack, err);
		if (r == 0)
			hl7_ack_write(&ack, file, &out);
		if (r == 0 && out.n >= FLUSH_AT)
			r = flush(fd, &out, err);
	}
	if (r == 0 && ferror(from))
		return err_set(err, ERR_IO, "reading kept acknowledgements");
	return r < 0 ? r : flush(fd, &out, err);
}

int ack_kept_write(const struct home *home, const struct ack *ack, int fd, bool *ret_any,
		   struct err *err)
{
	_cleanup_(freep) char *path = path_of(home, ack->file.id);
	bool is_rejected = strcmp(ack->file.state, "rejected") == 0;
	const struct hl7_ack_file file = {
	    .facility = home->facility,
	    .digest = ack->file.digest,
	    .taken = ack->file.taken,
	    .rejected = is_rejected ? ack->file.reason : NULL,
	};
	FILE *from = fopen(path, "re");

	*ret_any = false;
	if (!from)
		return errno == ENOENT ? 0 : err_errno(err, errno, "%s", path);
	int r = write_lines(from, &file, fd, err);
	(void)fclose(from);
	*ret_any = r == 0;
	return r;
}

void ack_kept_forget(const struct home *home, int64_t id)
{
	_cleanup_(freep) char *path = path_of(home, id);

	(void)unlink(path);
}

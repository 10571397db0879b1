/* The half-written file has a name of its own in the same folder, so that the rename stays within
 * one file system and a crash leaves the old report in place. */
#include "reports/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_BUFFER ((size_t)256 * 1024)
#define OUTPUT_MODE   0640 /* reports name homes and staff: not for everybody on the machine */

struct output {
	int fd;		    /* -1: a buffer */
	struct buf waits;   /* written when it is full */
	struct buf *into;   /* the caller's buffer */
	char *path;	    /* NULL: standard output */
	char *temporary;    /* to be removed unless it is renamed */
	const char *folder; /* of a nameless one */
	const _Atomic bool *stop;
	bool library_file; /* temporary holds what is to be copied to fd or into */
};

static struct output *output_alloc(void)
{
	struct output *o = calloc(1, sizeof(*o));

	if (!o)
		abort();
	o->fd = -1;
	return o;
}

struct output *output_to_buf(struct buf *b)
{
	struct output *o = output_alloc();

	o->into = b;
	return o;
}

/* "<folder of path>/.<name>.<16 hex digits>" */
static char *name_beside(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	uint64_t random = 0;
	char *made;

	(void)getrandom(&random, sizeof(random), 0);
	if (asprintf(&made, "%.*s.%s.%016llx", (int)(name - path), path, name,
		     (unsigned long long)random) < 0)
		abort();
	return made;
}

int output_open(const char *path, struct output **ret, struct err *err)
{
	_cleanup_(output_freep) struct output *o = output_alloc();

	if (!path) {
		o->fd = STDOUT_FILENO;
		*ret = TAKE_PTR(o);
		return 0;
	}
	o->path = strdup(path);
	char *temporary = name_beside(path);
	o->fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, OUTPUT_MODE);
	if (o->fd < 0) {
		int e = errno;
		free(temporary);
		return err_errno(err, e, "cannot write beside %s", path);
	}
	o->temporary = temporary;
	*ret = TAKE_PTR(o);
	return 0;
}

int output_open_nameless(const char *folder, const _Atomic bool *stop, struct output **ret,
			 struct err *err)
{
	_cleanup_(output_freep) struct output *o = output_alloc();

	o->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (o->fd < 0)
		return err_errno(err, errno, "cannot write in %s", folder);
	o->folder = folder;
	o->stop = stop;
	*ret = TAKE_PTR(o);
	return 0;
}

int output_take_fd(struct output *o)
{
	(void)lseek(o->fd, 0, SEEK_SET);
	return TAKE_FD(o->fd);
}

static const char *name_of(const struct output *o)
{
	return o->path ? o->path : o->folder ? o->folder : "standard output";
}

static int write_all(const struct output *o, const char *p, size_t n, struct err *err)
{
	if (o->stop && atomic_load(o->stop))
		return err_set(err, ERR_UNAVAILABLE, "given up");
	while (n > 0) {
		ssize_t done = write(o->fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_errno(err, errno, "%s", name_of(o));
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int output_write(struct output *o, struct span s, struct err *err)
{
	if (o->into) {
		buf_add(o->into, s);
		return 0;
	}
	buf_add(&o->waits, s);
	if (o->waits.n < OUTPUT_BUFFER)
		return 0;
	int r = write_all(o, o->waits.p, o->waits.n, err);
	buf_clear(&o->waits);
	return r;
}

int output_flush_buf(struct output *o, struct buf *b, struct err *err)
{
	int r = output_write(o, buf_span(b), err);

	buf_clear(b);
	return r;
}

int output_as_file(struct output *o, const char **ret, struct err *err)
{
	if (o->temporary) {
		*ret = o->temporary;
		return 0;
	}
	const char *folder = o->folder ? o->folder : getenv("TMPDIR");
	char *name;
	if (asprintf(&name, "%s/bedpost-report.XXXXXX", folder && *folder ? folder : "/tmp") < 0)
		abort();
	int fd = mkstemp(name);
	if (fd < 0) {
		int r = err_errno(err, errno, "%s", name);
		free(name);
		return r;
	}
	(void)close(fd);
	o->temporary = name;
	o->library_file = true;
	*ret = name;
	return 0;
}

/* What a library wrote into its own file goes where the output goes. */
static int copy_library_file(struct output *o, struct err *err)
{
	_cleanup_(closep) int fd = open(o->temporary, O_RDONLY | O_CLOEXEC);
	char chunk[64 * 1024];
	ssize_t n;

	if (fd < 0)
		return err_errno(err, errno, "%s", o->temporary);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		int r = output_write(o, span_of(chunk, (size_t)n), err);
		if (r < 0)
			return r;
	}
	return n < 0 ? err_errno(err, errno, "%s", o->temporary) : 0;
}

static int sync_folder_of(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";

	if (slash)
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path);
	_cleanup_(closep) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return err_errno(err, errno, "cannot sync %s", folder);
	return 0;
}

int output_commit(struct output *o, struct err *err)
{
	if (o->library_file) {
		int r = copy_library_file(o, err);
		if (r < 0)
			return r;
	}
	if (o->into)
		return 0;
	int r = write_all(o, o->waits.p ? o->waits.p : "", o->waits.n, err);
	buf_clear(&o->waits);
	if (r < 0 || !o->path)
		return r;
	/* A library may have made the file anew under its name: what is synced is the name. */
	_cleanup_(closep) int fd = open(o->temporary, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return err_errno(err, errno, "cannot sync %s", o->temporary);
	if (rename(o->temporary, o->path) < 0)
		return err_errno(err, errno, "cannot rename to %s", o->path);
	free(o->temporary);
	o->temporary = NULL;
	return sync_folder_of(o->path, err);
}

void output_free(struct output *o)
{
	if (!o)
		return;
	if (o->fd >= 0 && o->fd != STDOUT_FILENO)
		(void)close(o->fd);
	if (o->temporary)
		(void)unlink(o->temporary);
	free(o->temporary);
	free(o->path);
	buf_done(&o->waits);
	free(o);
}

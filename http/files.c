/* A page is a handful of small files that everybody asks for: each is read once, and its time and
 * size compared per request. The bytes are copied into the request, so a file may change while it
 * is being sent. */
#include "http/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "http/gzip.h"
#include "http/media.h"

struct file {
	char *path;
	struct timespec mtime;
	off_t size;
	const char *type;
	char tag[33];
	struct buf plain, packed; /* packed: empty if it would not be smaller */
};

struct files {
	int root;
	pthread_mutex_t lock;
	struct file kept[FILES_KEPT_MAX];
	size_t n;
};

static const struct {
	const char *suffix, *type;
	bool pack;
} types[] = {
    {".html", "text/html; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".json", "application/json", true},
    {".svg", "image/svg+xml", true},
    {".webmanifest", "application/manifest+json", true},
    {".png", "image/png", false},
    {".ico", "image/x-icon", false},
    {".woff2", "font/woff2", false},
};

int files_open(const char *root, struct files **ret, struct err *err)
{
	struct files *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	f->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (f->root < 0) {
		int e = errno;
		free(f);
		return err_errno(err, e, "%s", root);
	}
	pthread_mutex_init(&f->lock, NULL);
	*ret = f;
	return 0;
}

static void file_done(struct file *file)
{
	free(file->path);
	buf_done(&file->plain);
	buf_done(&file->packed);
	*file = (struct file){0};
}

void files_close(struct files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		file_done(&f->kept[i]);
	pthread_mutex_destroy(&f->lock);
	closep(&f->root);
	free(f);
}

static int type_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (span_ends(span_str(path), span_str(types[i].suffix)))
			return (int)i;
	return -1;
}

/* Opens segment by segment: no link, no dot, nothing above the root. */
static int open_below(int root, struct span path)
{
	_cleanup_(closep) int dir = dup(root);
	struct span part;
	char name[256];

	while (span_cut(&path, '/', &part)) {
		if (!part.n || part.n >= sizeof(name) || part.p[0] == '.' ||
		    memchr(part.p, '\0', part.n))
			return -1;
		memcpy(name, part.p, part.n);
		name[part.n] = '\0';
		int fd = openat(dir, name,
				(path.p ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK) |
				    O_NOFOLLOW | O_CLOEXEC);
		closep(&dir);
		dir = fd;
		if (fd < 0)
			return -1;
	}
	return TAKE_FD(dir);
}

static bool read_file(int fd, const struct stat *st, const char *path, struct file *ret)
{
	struct file file = {.path = strdup(path), .mtime = st->st_mtim, .size = st->st_size};
	size_t size = (size_t)st->st_size, n = 0;
	char hex[DIGEST_HEX + 1];
	int type = type_of(path);
	ssize_t got;

	if (!file.path)
		abort();
	char *to = buf_reserve(&file.plain, size);
	while (n < size && (got = read(fd, to + n, size - n)) > 0)
		n += (size_t)got;
	file.plain.n = n;
	to[n] = '\0';
	file.type = types[type].type;
	if (types[type].pack)
		(void)gzip(buf_span(&file.plain), GZIP_SMALL, &file.packed);
	struct digest d = digest_of(buf_span(&file.plain));
	(void)snprintf(file.tag, sizeof(file.tag), "%.32s", digest_hex(&d, hex));
	*ret = file;
	return n == size;
}

/* Under the lock: the file as it is on disk now, or NULL. */
static struct file *find(struct files *f, const char *path)
{
	_cleanup_(closep) int fd = open_below(f->root, span_str(path));
	struct file fresh, *kept = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (size_t)st.st_size > FILES_MAX || type_of(path) < 0)
		return NULL;
	for (size_t i = 0; i < f->n && !kept; i++)
		if (strcmp(f->kept[i].path, path) == 0)
			kept = &f->kept[i];
	if (kept && kept->size == st.st_size && kept->mtime.tv_sec == st.st_mtim.tv_sec &&
	    kept->mtime.tv_nsec == st.st_mtim.tv_nsec)
		return kept;
	if (!kept && f->n == FILES_KEPT_MAX)
		return NULL;
	if (!read_file(fd, &st, path, &fresh)) {
		file_done(&fresh);
		return NULL;
	}
	if (kept)
		file_done(kept);
	else
		kept = &f->kept[f->n++];
	*kept = fresh;
	return kept;
}

/* "more-JZPSBIJF.js": what a bundler names by what is in it never changes under that name. */
static bool is_named_by_content(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (!dot || dot - path < 10 || dot[-9] != '-')
		return false;
	for (const char *p = dot - 8; p < dot; p++)
		if (!(*p >= 'A' && *p <= 'Z') && !(*p >= '2' && *p <= '7'))
			return false;
	return true;
}

static void answer_file(struct httpd_rq *rq, const struct file *file)
{
	bool packed = file->packed.n &&
		      media_accepts_coding(httpd_header(rq, "Accept-Encoding"), SPAN("gzip"));

	httpd_set_header(rq, "Vary", "Accept-Encoding");
	if (is_named_by_content(file->path))
		httpd_set_header(rq, "Cache-Control", "public, max-age=31536000, immutable");
	if (httpd_not_modified_tag(rq, file->tag))
		return;
	if (packed)
		httpd_set_header(rq, "Content-Encoding", "gzip");
	httpd_answer(rq, 200, file->type,
		     arena_span(&rq->arena, buf_span(packed ? &file->packed : &file->plain)));
}

void files_answer(struct files *f, struct httpd_rq *rq, struct span path)
{
	const char *index = !path.n || path.p[path.n - 1] == '/' ? "index.html" : "";
	const char *name = arena_printf(&rq->arena, SPAN_FMT "%s", SPAN_ARG(path), index);

	pthread_mutex_lock(&f->lock);
	const struct file *file = find(f, name);
	if (file)
		answer_file(rq, file);
	else
		httpd_problem(rq, 404, "not-found", "nothing is served here");
	pthread_mutex_unlock(&f->lock);
}

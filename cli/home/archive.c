/* bedpost archive key, open, list */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/seal.h"
#include "cli/home/commands.h"
#include "cli/home/place.h"
#include "cli/table.h"
#include "outbox/listing.h"

int archive_key(const struct command_line *line)
{
	const struct archive_options *o = line->options;
	struct err err;

	if (!o->out)
		return command_error(EXIT_USAGE, "archive key: --out FILE is wanted");
	if (seal_key_make(o->out, &err) < 0)
		return command_failed(&err);
	if (line->json)
		(void)printf("{\"secret\":\"%s\",\"public\":\"%s.pub\"}\n", o->out, o->out);
	else
		(void)printf("%s       secret: opens the archive; keep it away from the home\n"
			     "%s.pub   public: archive: {mode: sealed, key: …} in home.yaml\n",
			     o->out, o->out);
	return EXIT_OK;
}

/* ---- open ---- */

struct destination {
	const char *dir; /* NULL: standard output */
	int dir_fd, fd;
	char name[SEAL_NAME_MAX + 1];
};

/* A sealed name is what an EHR once wrote, and stays in its folder all the same. */
static int begin(void *ctx, const char *name, int *ret_to, struct err *err)
{
	struct destination *d = ctx;

	if (!d->dir) {
		*ret_to = STDOUT_FILENO;
		return 0;
	}
	if (!name[0] || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(err, ERR_CORRUPT, "the name in it is no file name");
	d->fd = openat(d->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d->fd < 0)
		return err_errno(err, errno, "%s/%s", d->dir, name);
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	*ret_to = d->fd;
	return 0;
}

/* What was not opened whole is not left behind. */
static int open_one(const char *path, const struct seal_key *key, struct destination *d,
		    struct err *err)
{
	_cleanup_(closep) int from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	d->fd = -1;
	if (from < 0 || fstat(from, &st) < 0)
		return err_errno(err, errno, "%s", path);
	int r = seal_open(key, from, begin, d, err);
	if (d->fd >= 0) {
		if (r == 0)
			(void)futimens(d->fd, (struct timespec[2]){st.st_atim, st.st_mtim});
		else
			(void)unlinkat(d->dir_fd, d->name, 0);
		closep(&d->fd);
	}
	return r;
}

static int open_all(const struct command_line *line, const struct seal_key *key,
		    struct destination *d)
{
	int code = EXIT_OK;

	for (size_t i = 0; i < line->n; i++) {
		struct err err;
		if (open_one(line->operands[i], key, d, &err) < 0)
			code = command_error(EXIT_FAILED, "%s: %s", line->operands[i], err.message);
		else if (d->dir && !line->json)
			(void)printf("%s/%s\n", d->dir, d->name);
	}
	return code;
}

int archive_open(const struct command_line *line)
{
	const struct archive_options *o = line->options;
	struct destination d = {.dir = o->out ? o->out : ".", .dir_fd = -1, .fd = -1};
	struct seal_key key;
	struct err err;

	if (!o->key)
		return command_error(EXIT_USAGE, "archive open: --key FILE is wanted");
	if (strcmp(d.dir, "-") == 0)
		d.dir = NULL;
	if (!d.dir && line->n > 1)
		return command_error(EXIT_USAGE, "archive open: --out - takes one file");
	if (d.dir && (d.dir_fd = open(d.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return command_error(EXIT_FAILED, "%s: %s", d.dir, strerror(errno));
	int code = seal_key_read(o->key, true, &key, &err) < 0 ? command_failed(&err)
							       : open_all(line, &key, &d);
	seal_key_forget(&key);
	closep(&d.dir_fd);
	return code;
}

/* ---- list ---- */

static const struct table_column columns[] = {
    {"id", "ID", TABLE_NUMBER},
    {"name", "FILE"},
    {"archived_at", "SINCE", TABLE_TIME},
    {"size", "SIZE", TABLE_NUMBER},
    {"sealed", "SEALED", TABLE_BOOL},
    {"where", "WHERE"},
    {0},
};

static int add_archived(const struct place *p, const struct command_line *line, struct arena *a,
			struct table *t, struct err *err)
{
	const struct archive_options *o = line->options;
	struct listing_file *files;
	size_t n = 0;

	int r = listing_archived(p->outbox, (size_t)o->limit, a, &files, &n, err);
	for (size_t i = 0; i < n; i++) {
		const struct listing_file *f = &files[i];
		table_number(t, f->id);
		table_text(t, f->name);
		table_time(t, f->disposed);
		table_number(t, (int64_t)f->size);
		table_bool(t, span_ends(span_str(f->where), SPAN(".sealed")));
		table_text(t, f->where);
	}
	return r;
}

int archive_list(const struct command_line *line)
{
	return place_list(line, "archive", columns, add_archived);
}

/* Rename where the file systems allow it, else copy or seal, sync, rename, remove. The name is
 * looked at just before and the open file just after: an EHR that replaces or goes on writing its
 * export must not find the new one in the archive unread. */
#include "watcher/dispose.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/kill_point.h"
#include "watcher/ack_json.h"

#define REASON_SUFFIX	   ".reason.json"
#define SEALED_SUFFIX	   ".sealed"
#define REASON_RECORDS_MAX 20
#define NAME_TRIES	   1000

int dispose_open_folder(const char *path, int *ret_fd, struct err *err)
{
	_cleanup_(freep) char *part = strdup(path);

	if (!part)
		abort();
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(part, 0750);
		*slash = '/';
	}
	(void)mkdir(path, 0750);
	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? err_errno(err, errno, "%s", path) : 0;
}

/* The nth name to try: name, name.<id>, name.<id>.2 …;
 * a name as it is shown leaves room for that. */
static const char *name_to_try(struct arena *a, const char *name, int64_t id, unsigned n)
{
	if (n == 0)
		return name;
	if (n == 1)
		return arena_printf(a, "%s.%lld", name, (long long)id);
	return arena_printf(a, "%s.%lld.%u", name, (long long)id, n);
}

static int copy_bytes(int from, int to, struct err *err)
{
	struct stat st;
	off_t at = 0;

	if (fstat(from, &st) < 0)
		return err_errno(err, errno, "copying");
	while (at < st.st_size) {
		ssize_t n = sendfile(to, from, &at, (size_t)(st.st_size - at));
		if (n < 0 && errno != EINTR)
			return err_errno(err, errno, "copying");
		if (n == 0)
			break;
	}
	struct timespec times[2] = {st.st_atim, st.st_mtim};
	(void)futimens(to, times);
	return fsync(to) < 0 ? err_errno(err, errno, "copying") : 0;
}

static int copy_plain(const struct disposal_place *p, int to, struct err *err)
{
	return copy_bytes(p->dropped->fd, to, err);
}

/* With the time of the file, by which its copy is known again after a crash. */
static int copy_sealed(const struct disposal_place *p, int to, struct err *err)
{
	struct stat st;
	int r = fstat(p->dropped->fd, &st) < 0
		    ? err_errno(err, errno, "sealing")
		    : seal_file(p->key, span_str(p->name), p->dropped->fd, to, err);

	if (r < 0)
		return r;
	(void)futimens(to, (struct timespec[2]){st.st_atim, st.st_mtim});
	return fsync(to) < 0 ? err_errno(err, errno, "sealing") : 0;
}

static int check_name(const struct disposal_place *p, struct err *err)
{
	if (dropped_is_there(p->dropped, p->dir, p->name) && dropped_is_same(p->dropped))
		return 0;
	return err_set(err, ERR_CONFLICT, "the name leads to another file by now");
}

/* Is this the copy that was made before a crash? */
static bool is_own_copy(const struct disposal_place *p, int to, const char *name)
{
	const struct queue_stat *was = &p->dropped->stat;
	struct queue_stat there;
	uint64_t size = p->key ? seal_size(was->size, strlen(p->name)) : was->size;

	return p->is_repeat && dropped_look(to, name, &there) == DROPPED_FILE &&
	       there.size == size && there.mtime == was->mtime;
}

/* To another file system, or sealed. The copy has a hidden name until it is whole, and the file
 * leaves its folder when the copy is safe on the disk. */
static int copy_over(const struct disposal_place *p, int to, const char *name, int64_t id,
		     struct err *err)
{
	char part[64];

	if (is_own_copy(p, to, name))
		return unlinkat(p->dir, p->name, 0) < 0 ? err_errno(err, errno, "removing") : 0;
	(void)snprintf(part, sizeof(part), ".%lld.part", (long long)id);
	_cleanup_(closep) int fd =
	    openat(to, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, errno, "copying");
	int r = p->key ? copy_sealed(p, fd, err) : copy_plain(p, fd, err);
	if (r == 0)
		r = check_name(p, err);
	if (r == 0 && renameat2(to, part, to, name, RENAME_NOREPLACE) < 0)
		r = err_errno(err, errno, "copying");
	if (r < 0) {
		(void)unlinkat(to, part, 0);
		return r;
	}
	(void)fsync(to);
	kill_point("mid_dispose");
	return unlinkat(p->dir, p->name, 0) < 0 ? err_errno(err, errno, "removing") : 0;
}

/* EXISTS: the name is taken. */
static int move_to(const struct disposal_place *p, int to, const char *name, int64_t id,
		   bool *ret_is_copy, struct err *err)
{
	*ret_is_copy = p->key != NULL;
	if (p->key)
		return copy_over(p, to, name, id, err);
	if (renameat2(p->dir, p->name, to, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EXDEV) {
		*ret_is_copy = true;
		return copy_over(p, to, name, id, err);
	}
	if (errno != EINVAL)
		return err_errno(err, errno, "moving");
	/* A file system without RENAME_NOREPLACE: a hard link never overwrites either. */
	if (linkat(p->dir, p->name, to, name, 0) == 0)
		return unlinkat(p->dir, p->name, 0) < 0 ? err_errno(err, errno, "removing") : 0;
	*ret_is_copy = true;
	if (errno == EPERM || errno == EOPNOTSUPP)
		return copy_over(p, to, name, id, err);
	return err_errno(err, errno, "moving");
}

/* A new file of the same name and bytes, from what is still open. */
bool dispose_put_back(int fd, int dir, const char *name)
{
	char part[64];
	struct err err;

	(void)snprintf(part, sizeof(part), ".bedpost-%ld.part", (long)getpid());
	_cleanup_(closep) int to =
	    openat(dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (to >= 0 && copy_bytes(fd, to, &err) == 0 &&
	    renameat2(dir, part, dir, name, RENAME_NOREPLACE) == 0)
		return true;
	(void)unlinkat(dir, part, 0);
	return false;
}

/* Somebody who still had it open wrote on: back it goes, to be read again. */
static int check_after(const struct disposal_place *p, int to, const char *name, bool is_copy,
		       struct err *err)
{
	if (dropped_is_same(p->dropped))
		return 0;
	if (is_copy)
		(void)dispose_put_back(p->dropped->fd, p->dir, p->name);
	else
		(void)renameat2(to, name, p->dir, p->name, RENAME_NOREPLACE);
	return err_set(err, ERR_CONFLICT, "it was still being written to");
}

static int move_and_check(const struct disposal_place *p, int to, const char *name, int64_t id,
			  struct err *err)
{
	bool is_copy;
	int r = move_to(p, to, name, id, &is_copy, err);

	return r < 0 ? r : check_after(p, to, name, is_copy, err);
}

static const char *archive_name(struct arena *a, const struct disposal_place *p, int64_t id,
				unsigned n)
{
	const char *name = name_to_try(a, p->shown, id, n);

	return p->key ? arena_printf(a, "%s" SEALED_SUFFIX, name) : name;
}

static int dispose_into(const struct disposal_place *p, const char *folder, int64_t id,
			struct arena *a, const char **ret_where, struct err *err)
{
	_cleanup_(closep) int to = -1;
	int r = dispose_open_folder(folder, &to, err);

	for (unsigned n = 0; r == 0 && n < NAME_TRIES; n++) {
		const char *name = archive_name(a, p, id, n);
		r = move_and_check(p, to, name, id, err);
		if (r == -ERR_EXISTS) {
			r = 0;
			continue;
		}
		if (r == 0)
			*ret_where = arena_printf(a, "%s/%s", folder, name);
		return r;
	}
	return r < 0 ? r : err_set(err, ERR_EXISTS, "%s: no free name", folder);
}

int dispose_taken(const struct home *home, const struct disposal_place *p, int64_t id,
		  struct arena *a, const char **ret_where, struct err *err)
{
	int r = check_name(p, err);

	if (r < 0)
		return r;
	kill_point("before_dispose");
	if (home->archive == HOME_ARCHIVE_NONE) {
		*ret_where = "";
		r = unlinkat(p->dir, p->name, 0) < 0 ? err_errno(err, errno, "deleting") : 0;
	} else {
		r = dispose_into(p, home->archive_dir, id, a, ret_where, err);
	}
	kill_point("after_dispose");
	return r;
}

/* ---- rejected ---- */

static void reason_to_json(const struct listing_file *f, const struct listing_bad *bad, size_t n,
			   struct buf *out)
{
	char hex[DIGEST_HEX + 1], at[CLOCK_RFC3339_MAX];

	buf_addf(out, "{\"id\":%lld", (long long)f->id);
	ack_json_pair(out, "file", f->name);
	ack_json_pair(out, "digest", digest_hex(&f->digest, hex));
	ack_json_pair(out, "adapter", f->adapter);
	ack_json_pair(out, "rejected_at", clock_format_rfc3339(f->taken, at));
	ack_json_pair(out, "reason", f->reason);
	ack_json_pair(out, "message", f->message);
	buf_addf(out, ",\"records\":%llu,\"bad\":%llu,\n ", (unsigned long long)f->records,
		 (unsigned long long)f->bad);
	ack_json_bad(out, bad, n);
	buf_adds(out, "}\n");
}

static int write_reason(int to, const char *name, struct span text, struct err *err)
{
	_cleanup_(closep) int fd =
	    openat(to, ".reason.part", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);

	if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n ||
	    renameat(to, ".reason.part", to, name) < 0)
		return err_errno(err, errno, "writing the reason");
	return 0;
}

/* The reason stands there before the file does: a file among the rejected always has one. */
static int dispose_with_reason(const struct disposal_place *p, const char *folder, int64_t id,
			       struct span reason, struct arena *a, const char **ret_where,
			       struct err *err)
{
	_cleanup_(closep) int to = -1;
	int r = dispose_open_folder(folder, &to, err);

	for (unsigned n = 0; r == 0 && n < NAME_TRIES; n++) {
		const char *name = name_to_try(a, p->shown, id, n);
		if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		r = write_reason(to, arena_printf(a, "%s" REASON_SUFFIX, name), reason, err);
		if (r == 0)
			r = move_and_check(p, to, name, id, err);
		if (r == 0)
			*ret_where = arena_printf(a, "%s/%s", folder, name);
		return r;
	}
	return r < 0 ? r : err_set(err, ERR_EXISTS, "%s: no free name", folder);
}

int dispose_rejected(const struct home *home, struct outbox *o, const struct disposal_place *p,
		     int64_t id, struct arena *a, const char **ret_where, struct err *err)
{
	_cleanup_(buf_done) struct buf reason = BUF_INIT;
	struct listing_file file = {0};
	struct listing_bad *bad = NULL;
	size_t n = 0;
	int r = check_name(p, err);

	if (r == 0)
		r = listing_file(o, id, a, &file, err);
	if (r == 0)
		r = listing_quarantine(o, id, REASON_RECORDS_MAX, a, &bad, &n, err);
	if (r < 0)
		return r;
	reason_to_json(&file, bad, n, &reason);
	kill_point("before_dispose");
	/* A person has to look at it: it is not sealed. */
	struct disposal_place plain = *p;
	plain.key = NULL;
	r = dispose_with_reason(&plain, home->rejected_dir, id, buf_span(&reason), a, ret_where,
				err);
	kill_point("after_dispose");
	return r;
}

/* ---- after a crash ---- */

static bool is_at(const char *path, const struct intake_file *file)
{
	struct queue_stat stat;

	return dropped_look(AT_FDCWD, path, &stat) == DROPPED_FILE &&
	       (stat.size == file->size || span_ends(span_str(path), SPAN(SEALED_SUFFIX))) &&
	       stat.mtime == file->mtime;
}

const char *dispose_find(const struct home *home, const struct intake_file *file, int64_t id,
			 struct arena *a)
{
	const char *const folders[] = {home->archive_dir, home->rejected_dir};

	/* The name with the ledger's number first: the plain name may be another file's. */
	for (unsigned n = 2; n-- > 0;) {
		const char *name = name_to_try(a, file->name, id, n);
		for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
			const char *path = arena_printf(a, "%s/%s", folders[i], name);
			const char *sealed = arena_printf(a, "%s" SEALED_SUFFIX, path);
			if (is_at(path, file))
				return path;
			if (is_at(sealed, file))
				return sealed;
		}
	}
	return home->archive == HOME_ARCHIVE_NONE ? "" : INTAKE_WHERE_GONE;
}

/* A result file is written whole under a hidden name, synced and renamed. What it says stands in
 * the outbox, so it can be written any number of times: a crash repeats it. Which files the region
 * has answered is found by looking: syncd knows no folder, and the watcher no region. */
#include "watcher/ack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/kill_point.h"
#include "watcher/ack_json.h"
#include "watcher/ack_kept.h"
#include "watcher/dispose.h"

#define LOOK_EVERY  USEC_PER_SEC /* while the region has not answered everything */
#define IDLE_EVERY  (5 * USEC_PER_SEC)
#define RETRY_EVERY (5 * USEC_PER_SEC)
#define JSON_SUFFIX ".ack.json"
#define HL7_SUFFIX  ".ack.hl7"
#define PART_NAME   ".bedpost-ack.part"
#define MODE	    0644 /* no patient stands in it, and the EHR's account is another */

void ack_soon(struct watcher *w)
{
	w->ack_at = clock_monotonic();
	w->ack_version = -1;
}

/* ---- the folder ---- */

static bool is_above(const char *a, const char *b)
{
	struct span x = span_str(a), y = span_str(b);

	return span_starts(y, x) && (y.n == x.n || y.p[x.n] == '/' || x.n == 1);
}

/* A link may lead where the configuration's words do not: an export is never to be written. */
static int check_place(const struct watcher *w, const char *dir, struct err *err)
{
	_cleanup_(freep) char *real = realpath(dir, NULL);

	if (!real)
		return err_errno(err, errno, "%s", dir);
	for (size_t i = 0; i < w->home->n_drops; i++) {
		_cleanup_(freep) char *drop = realpath(w->home->drops[i].dir, NULL);
		if (drop && (is_above(drop, real) || is_above(real, drop)))
			return err_set(err, ERR_INVALID,
				       "%s: result files do not go into, or above, a drop folder",
				       dir);
	}
	return 0;
}

/* The default one is made; one that home.yaml names is there, or its share is not mounted. */
static int open_root(const struct watcher *w, const char *dir, int *ret_fd, struct err *err)
{
	_cleanup_(freep) char *own = NULL;

	if (asprintf(&own, "%s/ack", w->home->state_dir) < 0)
		abort();
	if (strcmp(dir, own) == 0)
		return dispose_open_folder(dir, ret_fd, err);
	*ret_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? err_errno(err, errno, "%s", dir) : 0;
}

/* The folder of home.yaml that this is, or is in; itself if home.yaml has changed since. */
static struct span root_of(const struct watcher *w, const char *dir)
{
	struct span best = SPAN_NONE, all = span_of(dir, strlen(dir));

	for (size_t i = 0; i < w->home->n_drops; i++) {
		struct span root = span_str(w->home->drops[i].ack);
		bool is_in = span_starts(all, root) && (all.n == root.n || all.p[root.n] == '/');
		if (is_in && root.n >= best.n)
			best = root;
	}
	return best.p ? best : all;
}

/* A folder in it is made, for the same people, as often as its reader removes it. */
static int enter(int *fd, const char *name, struct err *err)
{
	struct stat st;

	if (fstat(*fd, &st) == 0)
		(void)mkdirat(*fd, name, st.st_mode & 0777);
	int in = openat(*fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return err_errno(err, errno, "a folder of the result files");
	(void)close(*fd);
	*fd = in;
	return 0;
}

static int open_place(const struct watcher *w, const char *dir, int *ret_fd, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct span root = root_of(w, dir), rest = span_str(dir + root.n), name;
	int r = open_root(w, arena_strndup(&a, root.p, root.n), ret_fd, err);

	while (r == 0 && rest.n && span_cut(&rest, '/', &name))
		if (name.n)
			r = enter(ret_fd, arena_strndup(&a, name.p, name.n), err);
	return r < 0 ? r : check_place(w, dir, err);
}

/* ---- writing ---- */

static int open_part(int dir, int *ret_fd, struct err *err)
{
	(void)unlinkat(dir, PART_NAME, 0);
	*ret_fd =
	    openat(dir, PART_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
	return *ret_fd < 0 ? err_errno(err, errno, "creating") : 0;
}

static int name_part(int dir, int fd, const struct ack *ack, const char *suffix, struct err *err)
{
	_cleanup_(buf_done) struct buf name = BUF_INIT;

	buf_addf(&name, "%s%s", ack->name, suffix);
	if (fchmod(fd, MODE) < 0 || fsync(fd) < 0)
		return err_errno(err, errno, "writing");
	kill_point("mid_ack");
	return renameat(dir, PART_NAME, dir, name.p) < 0 ? err_errno(err, errno, "renaming") : 0;
}

static int write_json(const struct watcher *w, const struct ack *ack, int dir, struct err *err)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	_cleanup_(closep) int fd = -1;

	ack_json(ack, w->home->facility, clock_now(), &text);
	int r = open_part(dir, &fd, err);
	if (r == 0 && files_write_all(fd, buf_span(&text)) < 0)
		r = err_errno(err, errno, "writing");
	return r < 0 ? r : name_part(dir, fd, ack, JSON_SUFFIX, err);
}

/* Once: the region's answers change nothing of it, and its reader may have removed it. */
static int write_hl7(const struct watcher *w, struct ack *ack, int dir, struct err *err)
{
	_cleanup_(closep) int fd = -1;
	bool any = false;
	int r = open_part(dir, &fd, err);

	if (r == 0)
		r = ack_kept_write(w->home, ack, fd, &any, err);
	if (r == 0 && any)
		r = name_part(dir, fd, ack, HL7_SUFFIX, err);
	else
		(void)unlinkat(dir, PART_NAME, 0);
	ack->has_hl7 = r == 0;
	return r;
}

static int write_one(const struct watcher *w, struct ack *ack, struct err *err)
{
	_cleanup_(closep) int dir = -1;
	bool has_place = ack->name[0] != '\0', is_held = strcmp(ack->file.state, "held") == 0;
	int r = has_place ? open_place(w, ack->dir, &dir, err) : 0;

	if (r == 0 && has_place && ack->wants_hl7 && !is_held)
		r = write_hl7(w, ack, dir, err);
	if (r == 0 && has_place && ack->forms & ACK_JSON)
		r = write_json(w, ack, dir, err);
	if (r == 0 && dir >= 0)
		(void)fsync(dir);
	return r;
}

/* Those that were written, moved together at the front. */
static size_t write_due(struct watcher *w, struct ack *acks, size_t n)
{
	size_t written = 0;

	for (size_t i = 0; i < n; i++) {
		struct err err = {0}, other;
		if (write_one(w, &acks[i], &err) == 0) {
			acks[written++] = acks[i];
			continue;
		}
		if (!w->ack_is_off)
			log_failure("ack_not_written", &err);
		w->ack_is_off = true;
		if (ack_failed(w->outbox, &acks[i], err.message, &other) < 0)
			log_failure("outbox_failed", &other);
	}
	if (written > 0 && written == n && w->ack_is_off) {
		log_info("acks_written_again", "n=%zu", n);
		w->ack_is_off = false;
	}
	return written;
}

static int tend(struct watcher *w, size_t *ret_due, size_t *ret_written, struct err *err)
{
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct ack *acks = NULL;
	int r = intake_settle(w->outbox, err); /* where the file is stands in it */

	if (r == 0)
		r = ack_due(w->outbox, &a, &acks, ret_due, err);
	if (r < 0)
		return r;
	*ret_written = write_due(w, acks, *ret_due);
	kill_point("before_ack_told");
	return ack_written(w->outbox, acks, *ret_written, clock_now(), err);
}

/* ---- retention ---- */

static void forget_old(struct watcher *w)
{
	static const char *const suffixes[] = {JSON_SUFFIX, HL7_SUFFIX};
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct ack_old *old;
	struct err err;
	size_t n = 0;

	if (!w->home->keep_acks)
		return;
	if (ack_too_old(w->outbox, clock_now() - w->home->keep_acks, &a, &old, &n, &err) < 0) {
		log_failure("outbox_failed", &err);
		return;
	}
	for (size_t i = 0; i < n; i++)
		ack_kept_forget(w->home, old[i].id);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; old[i].name[0] && k < ARRAY_LEN(suffixes); k++)
			(void)unlink(
			    arena_printf(&a, "%s/%s%s", old[i].dir, old[i].name, suffixes[k]));
		if (root_of(w, old[i].dir).n < strlen(old[i].dir))
			(void)rmdir(old[i].dir); /* unless there are others in it */
	}
	if (ack_forget(w->outbox, old, n, &err) < 0)
		log_failure("outbox_failed", &err);
}

/* ---- when ---- */

/* Where all is told, another program may still make something due: a replay. */
static usec_t next_look(struct watcher *w, usec_t now)
{
	enum ack_state state;
	struct err err;

	if (ack_state(w->outbox, &state, &err) < 0 || state == ACK_OPEN)
		return now + LOOK_EVERY;
	return state == ACK_NONE ? USEC_NONE : now + IDLE_EVERY;
}

void ack_tend(struct watcher *w, usec_t now)
{
	size_t due = 0, written = 0;
	int64_t version = 0;
	struct err err;

	if (w->ack_at == USEC_NONE || w->ack_at > now)
		return;
	int r = outbox_version(w->outbox, &version, &err);
	if (r == 0 && version != w->ack_version)
		r = tend(w, &due, &written, &err);
	if (r < 0 || written < due) {
		if (r < 0)
			log_failure("outbox_failed", &err);
		w->ack_at = now + RETRY_EVERY;
		return;
	}
	w->ack_version = version;
	forget_old(w);
	w->ack_at = next_look(w, now);
	if (due == ACK_DUE_MAX)
		ack_soon(w);
}

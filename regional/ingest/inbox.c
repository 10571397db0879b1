/* Folders are opened anew for each look: a home's folder may be moved, remade or given to another
 * account at any time, and nothing is remembered of it but its name and that a batch is under way.
 */
#include "regional/ingest/inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/kill_point.h"
#include "base/log.h"
#include "bed/ident.h"
#include "bed/wire.h"
#include "regional/ingest/folder.h"
#include "regional/ingest/refusal.h"

/* A rename of OpenSSH is a link and an unlink: it shows as IN_CREATE. */
#define WATCH_INBOX (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW)
#define WATCH_ROOT  (IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)
#define RETRY_AFTER (MERGE_RETRY_AFTER * USEC_PER_SEC)

struct home {
	struct home *next;
	char facility[IDENT_MAX + 1];
	int wd; /* inotify; -1: none, the rescan finds what comes */
	bool dirty;
	bool told;	 /* that its folder is wrong */
	usec_t retry_at; /* monotonic: not looked at before */
};

struct delivery {
	struct delivery *next;	    /* of the home's batches under way */
	struct delivery *next_done; /* of the answered ones, under the lock */
	struct inbox *in;
	struct home *home;
	struct folder_file file;
	struct arena arena;
	struct wire_batch batch;
	struct merge_job job;
	usec_t began;
};

struct inbox {
	struct inbox_options o;
	pthread_t thread;
	int root_fd, inotify_fd, wake_fd;
	pthread_mutex_t lock; /* of done and stopping */
	struct delivery *done;
	bool stopping;
	/* the thread's own */
	struct home *homes;
	struct delivery *under_way;
	size_t n_under_way;
	usec_t rescan_at;
};

/* ---- answering ---- */

static void add_problem(struct buf *out, const struct refusal *refusal)
{
	buf_addf(out,
		 "{\"type\":\"urn:bedpost:problem:%s\",\"status\":%d,\"detail\":", refusal->code,
		 refusal->status);
	buf_add_json(out, span_str(refusal->detail));
	buf_adds(out, "}\n");
}

static void say_refused(struct inbox *in, const char *facility, const struct refusal *refusal)
{
	metric_add(in->o.metrics, METRIC_BATCHES, METRIC_BATCH_REFUSED, 1);
	log_warn("batch_refused", "facility=%s road=sftp status=%d code=%s reason=%s", facility,
		 refusal->status, refusal->code, log_quote(span_str(refusal->detail)).s);
}

static void put_off(struct home *home)
{
	home->retry_at = clock_monotonic() + RETRY_AFTER;
	home->dirty = true;
}

static int write_answer(const struct folder *f, const struct folder_file *file,
			const struct buf *json, struct home *home)
{
	struct err err;
	int r = folder_answer(f, &file->id, buf_span(json), &err);

	if (r < 0) {
		log_error("answer_not_written", "facility=%s reason=%s", home->facility,
			  log_quote(span_str(err.message)).s);
		put_off(home);
	}
	return r;
}

static void quarantine(struct inbox *in, const struct folder *f, const struct folder_file *file,
		       const char *reason)
{
	struct err err;

	metric_add(in->o.metrics, METRIC_BATCHES, METRIC_BATCH_REFUSED, 1);
	log_warn("inbox_quarantine", "facility=%s reason=%s", f->facility,
		 log_quote(span_str(reason)).s);
	if (folder_quarantine(f, file->name, reason, clock_now(), &err) < 0)
		log_error("not_quarantined", "facility=%s reason=%s", f->facility,
			  log_quote(span_str(err.message)).s);
}

/* The home is told what it would be told over HTTPS, then the file is put aside. */
static void refuse_file(struct inbox *in, const struct folder *f, const struct folder_file *file,
			struct home *home, const struct refusal *refusal)
{
	_cleanup_(buf_done) struct buf json = BUF_INIT;

	add_problem(&json, refusal);
	if (write_answer(f, file, &json, home) == 0)
		quarantine(in, f, file, refusal->detail);
}

static void finish_in(struct delivery *d, const struct folder *f)
{
	_cleanup_(buf_done) struct buf json = BUF_INIT;
	struct inbox *in = d->in;

	if (d->job.verdict == MERGE_TAKEN) {
		metric_add(in->o.metrics, METRIC_BATCHES, METRIC_BATCH_TAKEN, 1);
		if (d->batch.header.count == 0)
			metric_add(in->o.metrics, METRIC_HEARTBEATS, 0, 1);
		metric_observe(in->o.metrics, METRIC_INGEST_TIME, clock_monotonic() - d->began);
		wire_answer_to_json(&d->job.answer, &json);
	} else {
		struct refusal refusal = refusal_of_verdict(d->job.verdict);
		say_refused(in, f->facility, &refusal);
		add_problem(&json, &refusal);
	}
	kill_point("inbox_before_answer");
	if (write_answer(f, &d->file, &json, d->home) < 0)
		return;
	kill_point("inbox_after_answer");
	folder_remove(f, &d->file);
}

static void finish(struct delivery *d)
{
	_cleanup_(folder_close) struct folder f = {.home_fd = -1, .inbox_fd = -1, .ack_fd = -1};
	struct err err;

	if (d->job.verdict == MERGE_AWAY) {
		metric_add(d->in->o.metrics, METRIC_BATCHES, METRIC_BATCH_UNAVAILABLE, 1);
		put_off(d->home);
	} else if (folder_open(&f, d->in->root_fd, d->home->facility, &err) < 0) {
		put_off(d->home);
	} else {
		finish_in(d, &f);
	}
	d->home->dirty = true; /* what came meanwhile under a name that was under way */
}

static void drop(struct delivery *d)
{
	struct delivery **at = &d->in->under_way;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	d->in->n_under_way--;
	arena_done(&d->arena);
	free(d);
}

static void finish_all(struct inbox *in)
{
	(void)pthread_mutex_lock(&in->lock);
	struct delivery *d = TAKE_PTR(in->done);
	(void)pthread_mutex_unlock(&in->lock);
	while (d) {
		struct delivery *next = d->next_done;
		finish(d);
		drop(d);
		d = next;
	}
}

static void wake(struct inbox *in)
{
	const uint64_t one = 1;

	(void)!write(in->wake_fd, &one, sizeof(one));
}

/* In a merge worker's thread. */
static void merged(struct merge_job *job _unused_, void *user)
{
	struct delivery *d = user;
	struct inbox *in = d->in;

	(void)pthread_mutex_lock(&in->lock);
	d->next_done = in->done;
	in->done = d;
	wake(in); /* under the lock: once it is let go the inbox may be closed */
	(void)pthread_mutex_unlock(&in->lock);
}

/* ---- taking in ---- */

static bool is_under_way(const struct inbox *in, const struct home *home, const char *name)
{
	for (const struct delivery *d = in->under_way; d; d = d->next)
		if (d->home == home && strcmp(d->file.name, name) == 0)
			return true;
	return false;
}

static bool header_fits(const struct wire_header *h, const struct batch_name *id)
{
	return span_eq(h->facility, id->facility) && span_eq(h->epoch, id->epoch) &&
	       h->first == id->first && h->last == id->last;
}

static void submit(struct inbox *in, struct home *home, struct delivery *d)
{
	d->in = in;
	d->home = home;
	d->began = clock_monotonic();
	d->job = (struct merge_job){
	    .batch = &d->batch,
	    .received_at = clock_now(),
	    .road = "sftp",
	    .arena = &d->arena,
	    .done = merged,
	    .user = d,
	};
	d->next = in->under_way;
	in->under_way = d;
	in->n_under_way++;
	merge_submit(in->o.merge, &d->job);
}

/* The file's batch in d, or false: it was put aside, or is gone. */
static bool take(struct inbox *in, const struct folder *f, struct home *home, struct delivery *d)
{
	struct folder_file *file = &d->file;
	struct span body;
	struct err err;
	int r = folder_read(f, file, &d->arena, &body, &err);

	if (r == -ERR_NOT_FOUND)
		return false;
	if (r == -ERR_INVALID || r == -ERR_DENIED || r == -ERR_LIMIT) {
		quarantine(in, f, file, err.message);
		return false;
	}
	if (r < 0) {
		log_error("inbox_unreadable", "facility=%s reason=%s", home->facility,
			  log_quote(span_str(err.message)).s);
		put_off(home);
		return false;
	}
	struct refusal refusal;
	if (wire_decode(body, &d->arena, &d->batch, &err) < 0)
		refusal = refusal_of_bad_batch(&err);
	else if (!header_fits(&d->batch.header, &file->id))
		refusal = refusal_wrong_facility;
	else
		return true;
	refuse_file(in, f, file, home, &refusal);
	return false;
}

static void take_file(struct inbox *in, const struct folder *f, struct home *home,
		      const struct folder_file *file)
{
	struct delivery *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->file = *file;
	d->file.name = arena_strdup(&d->arena, file->name);
	(void)batch_name_parse(span_str(d->file.name), &d->file.id);
	if (take(in, f, home, d)) {
		submit(in, home, d);
		return;
	}
	arena_done(&d->arena);
	free(d);
}

static void look_in(struct inbox *in, const struct folder *f, struct home *home, struct arena *a)
{
	struct folder_file *files;
	size_t n;
	struct err err;

	if (folder_list(f, a, clock_now(), &files, &n, &err) < 0) {
		put_off(home);
		return;
	}
	home->dirty = n == FOLDER_NAMES_MAX;
	for (size_t i = 0; i < n; i++) {
		if (!files[i].is_batch) {
			quarantine(in, f, &files[i],
				   "its name is not that of a batch of this home");
			continue;
		}
		if (is_under_way(in, home, files[i].name))
			continue;
		if (in->n_under_way >= INBOX_UNDER_WAY_MAX) {
			home->dirty = true;
			return;
		}
		take_file(in, f, home, &files[i]);
	}
}

static void look(struct inbox *in, struct home *home)
{
	_cleanup_(folder_close) struct folder f = {.home_fd = -1, .inbox_fd = -1, .ack_fd = -1};
	_cleanup_(arena_done) struct arena a = ARENA_INIT;
	struct err err;

	home->dirty = false;
	if (folder_open(&f, in->root_fd, home->facility, &err) < 0) {
		if (!home->told)
			log_error("inbox_folder_wrong", "facility=%s reason=%s", home->facility,
				  log_quote(span_str(err.message)).s);
		home->told = true;
		return;
	}
	home->told = false;
	look_in(in, &f, home, &a);
	folder_forget_answers(&f, clock_now());
}

static void look_at_dirty(struct inbox *in)
{
	usec_t now = clock_monotonic();

	for (struct home *h = in->homes; h && in->n_under_way < INBOX_UNDER_WAY_MAX; h = h->next)
		if (h->dirty && now >= h->retry_at)
			look(in, h);
}

/* ---- folders that come and go ---- */

static void watch(struct inbox *in, struct home *home)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s/inbox", in->o.root, home->facility);
	home->wd = inotify_add_watch(in->inotify_fd, path, WATCH_INBOX);
}

static struct home *home_of(struct inbox *in, const char *facility)
{
	struct home *h = in->homes;

	while (h && strcmp(h->facility, facility) != 0)
		h = h->next;
	if (h)
		return h;
	h = calloc(1, sizeof(*h));
	if (!h)
		abort();
	(void)snprintf(h->facility, sizeof(h->facility), "%.*s", IDENT_MAX, facility);
	h->wd = -1;
	h->next = in->homes;
	in->homes = h;
	return h;
}

DEFINE_CLEANUP(DIR *, closedir)

/* Homes are never forgotten: a folder that is gone is found to be wrong, and costs a line. */
static void rescan(struct inbox *in)
{
	int fd = openat(in->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closedirp) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	in->rescan_at = clock_monotonic() + INBOX_RESCAN;
	if (!dir) {
		log_error("inbox_unreadable", "reason=%s", strerror(errno));
		closep(&fd);
		return;
	}
	while ((e = readdir(dir))) {
		if (!ident_is_facility(span_str(e->d_name)))
			continue;
		struct home *h = home_of(in, e->d_name);
		watch(in, h); /* the folder may have been remade */
		h->dirty = true;
	}
}

static void read_notices(struct inbox *in)
{
	_Alignas(struct inotify_event) char notices[16384];
	ssize_t n;

	while ((n = read(in->inotify_fd, notices, sizeof(notices))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(notices + at);
			struct home *h = in->homes;
			while (h && h->wd != e->wd)
				h = h->next;
			if (h)
				h->dirty = true;
			else if (!(e->mask & IN_IGNORED))
				in->rescan_at = 0; /* the root, or an overflow */
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
}

/* ---- the thread ---- */

static bool is_stopping(struct inbox *in)
{
	(void)pthread_mutex_lock(&in->lock);
	bool stopping = in->stopping;
	(void)pthread_mutex_unlock(&in->lock);
	return stopping;
}

static int milliseconds_until_next(const struct inbox *in)
{
	usec_t at = in->rescan_at, now = clock_monotonic();

	for (const struct home *h = in->homes; h; h = h->next)
		if (h->dirty && h->retry_at < at && in->n_under_way < INBOX_UNDER_WAY_MAX)
			at = h->retry_at;
	return at <= now ? 0 : (int)((at - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
}

static void wait_for_something(struct inbox *in, int timeout)
{
	struct pollfd fds[] = {{.fd = in->wake_fd, .events = POLLIN},
			       {.fd = in->inotify_fd, .events = POLLIN}};
	uint64_t count;

	(void)poll(fds, ARRAY_LEN(fds), timeout);
	(void)!read(in->wake_fd, &count, sizeof(count));
}

static void *run(void *user)
{
	struct inbox *in = user;

	while (!is_stopping(in)) {
		finish_all(in);
		read_notices(in);
		if (clock_monotonic() >= in->rescan_at)
			rescan(in);
		look_at_dirty(in);
		wait_for_something(in, milliseconds_until_next(in));
	}
	while (in->n_under_way > 0) {
		finish_all(in);
		if (in->n_under_way > 0)
			wait_for_something(in, -1);
	}
	return NULL;
}

static void release(struct inbox *in)
{
	while (in->homes) {
		struct home *next = in->homes->next;
		free(in->homes);
		in->homes = next;
	}
	closep(&in->root_fd);
	closep(&in->inotify_fd);
	closep(&in->wake_fd);
	(void)pthread_mutex_destroy(&in->lock);
	free(in);
}

static int begin(struct inbox *in, struct err *err)
{
	in->root_fd = open(in->o.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (in->root_fd < 0)
		return err_errno(err, errno, "inbox %s", in->o.root);
	in->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	in->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (in->wake_fd < 0 || in->inotify_fd < 0)
		return err_errno(err, errno, "inbox");
	(void)inotify_add_watch(in->inotify_fd, in->o.root, WATCH_ROOT);
	int errnum = pthread_create(&in->thread, NULL, run, in);
	return errnum ? err_errno(err, errnum, "inbox: thread") : 0;
}

int inbox_open(const struct inbox_options *o, struct inbox **ret, struct err *err)
{
	struct inbox *in = calloc(1, sizeof(*in));

	if (!in)
		abort();
	*in = (struct inbox){.o = *o, .root_fd = -1, .inotify_fd = -1, .wake_fd = -1};
	(void)pthread_mutex_init(&in->lock, NULL);
	int r = begin(in, err);
	if (r < 0) {
		release(in);
		return r;
	}
	*ret = in;
	return 0;
}

void inbox_close(struct inbox *in)
{
	if (!in)
		return;
	(void)pthread_mutex_lock(&in->lock);
	in->stopping = true;
	(void)pthread_mutex_unlock(&in->lock);
	wake(in);
	(void)pthread_join(in->thread, NULL);
	release(in);
}
